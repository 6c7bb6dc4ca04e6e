# Writes a manual page (man 7) of one command from the lines of describe.awk. Set with -v: command, version, date, others
# (names of related pages, such as "auscult(1) auscult-score(1)").
function escaped(text) {
  gsub(/\\/, "\\e", text)
  gsub(/-/, "\\-", text)
  gsub(/`/, "\\(cq", text)
  if (text ~ /^[.']/) text = "\\&" text
  return text
}
function section(title) { printf ".SH %s\n", title }
BEGIN {
  FS = "\t"
  page = command
  gsub(/ /, "-", page)
  printf ".\\\" Made from the output of %s --help.\n", command
  printf ".TH %s 1 \"%s\" \"Auscult %s\" \"User Commands\"\n", toupper(page), date, version
}
$2 != command { next }
$1 == "about" {
  text = $3
  sub(/\.$/, "", text)
  if (text ~ "^A" substr(page, 2) " ") sub(/^[^ ]* /, "", text)
  section("NAME")
  printf "%s \\- %s\n", escaped(page), escaped(tolower(substr(text, 1, 1)) substr(text, 2))
}
$1 == "usage" {
  section("SYNOPSIS")
  synopsis = substr($3, length(command) + 2)
  printf ".B %s\n%s\n", escaped(command), escaped(synopsis)
}
$1 == "place" || $1 == "option" || $1 == "sub" {
  if (kind != $1) {
    if ($1 == "place") section("ARGUMENTS")
    if ($1 == "option" && !options) section("OPTIONS")
    if ($1 == "option") options = 1
    if ($1 == "sub") section("COMMANDS")
    kind = $1
  }
  value = $1 == "sub" ? "" : $4
  sub(/ *REQUIRED/, "", value)
  sub(/^(FLOAT|INT|UINT):(FLOAT|INT) in /, "", value)
  sub(/^(FLOAT|INT|UINT):[A-Z]*/, "NUMBER", value)
  name = $3
  gsub(/,/, ", ", name)
  printf ".TP\n\\fB%s\\fR%s\n%s\n", escaped(name), value == "" ? "" : " " escaped(value), escaped($1 == "sub" ? $4 : $5)
}
$1 == "group" { printf ".SS %s\n", escaped($3) }
$1 == "note" {
  if (!notes++) section("NOTES")
  if ($3 ~ /^  /) {
    if (!verbatim++) print ".PP\n.nf\n.RS 2"
    print escaped(substr($3, 3))
    next
  }
  if (verbatim && $3 == "") { print ""; next }
  if (verbatim) { print ".RE\n.fi"; verbatim = 0 }
  print ".PP\n" escaped($3)
}
END {
  if (verbatim) print ".RE\n.fi"
  section("SEE ALSO")
  count = split(others, names, " ")
  for (i = 1; i <= count; i++) {
    name = names[i]
    sub(/\(.*/, "", name)
    printf ".BR %s (1)%s\n", escaped(name), i < count ? "," : ""
  }
}
