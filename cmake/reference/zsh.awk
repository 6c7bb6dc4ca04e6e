# Writes a completion for zsh from the lines of describe.awk. Set with -v: program.
function quoted(text) {
  gsub(/'/, "'\\''", text)
  gsub(/[\[\]:]/, "\\\\&", text)
  return text
}
function argument(value) {
  if (value == "") return ""
  if (match(value, /\{[^}]*\}/)) {
    value = substr(value, RSTART + 1, RLENGTH - 2)
    gsub(/,/, " ", value)
    return ":value:(" value ")"
  }
  if (value ~ /^[A-Za-z]+(\|[A-Za-z]+)+/) {
    sub(/=.*/, "", value)
    gsub(/\|/, " ", value)
    return ":value:(" value ")"
  }
  return value ~ /^(FLOAT|INT|UINT)/ ? ":number:" : ":file:_files"
}
BEGIN { FS = "\t" }
$1 == "sub" { subs[$2] = subs[$2] sprintf(" \\\n      '%s:%s'", $3, quoted($4)) }
$1 == "option" {
  if (!($2 in options)) order[++commands] = $2
  count = split($3, names, ",")
  for (i = 1; i <= count; i++)
    options[$2] = options[$2] sprintf(" \\\n      '%s%s[%s]%s'", $4 ~ /\.\.\./ ? "*" : "", names[i], quoted($5), argument($4))
}
END {
  name = program
  gsub(/-/, "_", name)
  printf "#compdef %s\n# zsh completion of %s, made from the output of --help.\n_%s() {\n", program, program, name
  printf "  local command=%s word\n  local -a commands\n", program
  print "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n    case \"$command $word\" in"
  for (i = 1; i <= commands; i++) if (order[i] != program) printf "      '%s') command='%s' ;;\n", order[i], order[i]
  print "    esac\n  done\n  case $command in"
  for (i = 1; i <= commands; i++) {
    printf "  '%s')\n", order[i]
    if (subs[order[i]] != "") {
      printf "    commands=(%s)\n", subs[order[i]]
      print "    [[ $PREFIX == -* ]] || { _describe command commands; return }"
    }
    printf "    _arguments%s \\\n      '*:file:_files' ;;\n", options[order[i]]
  }
  printf "  esac\n}\n_%s \"$@\"\n", name
}
