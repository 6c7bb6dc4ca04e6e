# Reads what `PROGRAM --help` prints (CLI11) and writes one tab-separated line an item, for man.awk and the completions:
#   about COMMAND TEXT     usage COMMAND TEXT     group COMMAND TITLE     sub COMMAND NAME TEXT     note COMMAND LINE
#   option COMMAND NAMES VALUE TEXT     place COMMAND NAME VALUE TEXT
# Set with -v: command="auscult listen". VALUE is "TEXT REQUIRED", "{csv,jsonl}=csv", or nothing.
function item(left, text,    names, value) {
  sub(/ +$/, "", left)
  names = left
  sub(/ .*/, "", names)
  value = substr(left, length(names) + 2)
  sub(/ *(Excludes|Needs): .*/, "", value)
  sub(/^TEXT:\{/, "{", value)
  if (section == "Subcommands") print "sub", command, names, text
  else print (names ~ /^-/ ? "option" : "place"), command, names, value, text
}
function flush_item() {
  if (held != "") item(substr(held, 3, 28), substr(held, 31))
  held = ""
}
function notes_begin() {
  in_notes = 1
  if (title != "") print "note", command, title ":"
  title = ""
  print "note", command, $0
}
BEGIN { OFS = "\t" }
in_notes { print "note", command, $0; next }
/^Usage: / {
  print "about", command, about
  print "usage", command, substr($0, 8)
  section = "none"
  next
}
section == "" { about = about (about == "" ? "" : " ") $0; next }
# The text of an item whose names are too long for the column.
/^                              / {
  text = $0
  sub(/^ +/, "", text)
  if (held != "") item(substr(held, 3), text)
  held = ""
  next
}
/^  [^ ]/ {
  flush_item()
  if (title != "" && $0 !~ /^  -/) { notes_begin(); next }  # examples, not a group of options
  if (title != "") print "group", command, title
  title = ""
  held = $0
  next
}
{ flush_item() }
/^$/ { next }
/^(Positionals|POSITIONALS|Options|OPTIONS|Subcommands|SUBCOMMANDS):$/ {
  section = substr($0, 1, 1) tolower(substr($0, 2, length($0) - 2))
  next
}
/^[^ ].*:$/ { title = substr($0, 1, length($0) - 1); section = title; next }
{ notes_begin() }
END { flush_item() }
