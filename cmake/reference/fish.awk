# Writes a completion for fish from the lines of describe.awk. Set with -v: program.
function quoted(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/'/, "\\'", text)
  return "'" text "'"
}
function condition(command,    words, count) {
  count = split(command, words, " ")
  if (count == 1) return program == "auscult" ? " -n __fish_use_subcommand" : ""
  return " -n '__fish_seen_subcommand_from " words[count] "'"
}
BEGIN {
  FS = "\t"
  printf "# fish completion of %s, made from the output of --help.\n", program
}
$1 == "sub" { printf "complete -c %s%s -f -a %s -d %s\n", program, condition($2), $3, quoted($4) }
$1 == "option" {
  line = "complete -c " program condition($2)
  count = split($3, names, ",")
  for (i = 1; i <= count; i++) line = line (names[i] ~ /^--/ ? " -l " substr(names[i], 3) : " -s " substr(names[i], 2))
  value = $4
  if (match(value, /\{[^}]*\}/)) {
    value = substr(value, RSTART + 1, RLENGTH - 2)
    gsub(/,/, " ", value)
    line = line " -x -a '" value "'"
  } else if (value ~ /^[A-Za-z]+(\|[A-Za-z]+)+/) {
    sub(/=.*/, "", value)
    gsub(/\|/, " ", value)
    line = line " -x -a '" value "'"
  } else if (value ~ /^(FLOAT|INT|UINT)/) {
    line = line " -x"
  } else if (value != "") {
    line = line " -r"
  }
  print line " -d " quoted($5)
}
