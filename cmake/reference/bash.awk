# Writes a completion for bash from the lines of describe.awk. Set with -v: program.
function choices(value) {
  if (match(value, /\{[^}]*\}/)) {
    value = substr(value, RSTART + 1, RLENGTH - 2)
    gsub(/,/, " ", value)
    return value
  }
  if (value ~ /^[A-Za-z]+(\|[A-Za-z]+)+/) {
    sub(/=.*/, "", value)
    gsub(/\|/, " ", value)
    sub(/^N /, "", value)
    return value
  }
  return ""
}
BEGIN { FS = "\t" }
$1 == "sub" { subs[$2] = subs[$2] " " $3 }
$1 == "option" {
  if (!($2 in options)) order[++commands] = $2
  names = $3
  gsub(/,/, " ", names)
  options[$2] = options[$2] " " names
  patterns = "\"" $2 " " $3 "\""
  gsub(/,/, "\"|\"" $2 " ", patterns)
  if (choices($4) != "") cases = cases "    " patterns ") COMPREPLY=($(compgen -W '" choices($4) "' -- \"$current\")); return ;;\n"
  else if ($4 ~ /^(FLOAT|INT|UINT)/) cases = cases "    " patterns ") COMPREPLY=(); return ;;\n"
}
END {
  name = program
  gsub(/-/, "_", name)
  printf "# bash completion of %s, made from the output of --help.\n_%s() {\n", program, name
  printf "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=%s word options= words=\n", program
  print "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do"
  print "    case \"$command $word\" in"
  for (i = 1; i <= commands; i++) if (order[i] != program) printf "      \"%s\") command=\"%s\" ;;\n", order[i], order[i]
  print "      *) ;;\n    esac\n  done"
  printf "  case \"$command $previous\" in\n%s  esac\n", cases
  print "  case $command in"
  for (i = 1; i <= commands; i++)
    printf "    \"%s\") options='%s' words='%s' ;;\n", order[i], substr(options[order[i]], 2), substr(subs[order[i]], 2)
  print "  esac"
  print "  if [[ $current == -* ]]; then\n    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))"
  print "  elif [[ -n $words && $previous != -* ]]; then\n    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))"
  print "  else\n    compopt -o filenames 2>/dev/null\n    COMPREPLY=($(compgen -f -- \"$current\"))\n  fi\n}"
  printf "complete -F _%s %s\n", name, program
}
