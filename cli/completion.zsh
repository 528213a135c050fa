#compdef grid
# zsh completion of grid, written by: grid completion zsh
# A line of the table: where | what may stand there | what its value may be | what it is for.
_grid_table='
@TABLE@
'

# WHERE WHAT: leaves in REPLY what the value may be; false when the table has no such line.
_grid_find() {
  local where what value
  while IFS='|' read -r where what value _; do
    if [[ $what == "$2" && ( $where == "$1" || $where == '*' ) ]]; then
      REPLY=$value
      return 0
    fi
  done <<< "$_grid_table"
  return 1
}

# The value of the argument of that number; one that may be repeated stands as <2+>.
_grid_argument() {
  integer number=$2
  _grid_find "$1" "<$number>" && return 0
  while (( number > 0 )); do
    _grid_find "$1" "<$number+>" && return 0
    (( number-- ))
  done
  return 1
}

_grid_offer() {
  case $1 in
    @files) _files ;;
    @folders) _files -/ ;;
    *@) compadd -S '' -- ${=1} ;;
    ?*) compadd -- ${=1} ;;
  esac
}

# WHERE --|"": the options, or the commands and second words, that may stand there.
_grid_names() {
  local where what value help
  local -a lines
  while IFS='|' read -r where what value help; do
    [[ $where == "$1" || ( $where == '*' && $2 == -- ) ]] || continue
    [[ $2 == -- && $what != --* ]] && continue
    [[ $2 == '' && $what == [-\<]* ]] && continue
    [[ -n $what ]] && lines+=("${${what%=}//:/\\:}:$help")
  done <<< "$_grid_table"
  (( $#lines )) && _describe grid lines
}

_grid() {
  local where='' word REPLY=''
  integer count=0 i
  for (( i = 2; i < CURRENT; i++ )); do
    word=$words[i]
    if [[ $word == --* ]]; then
      _grid_find "$where" "$word=" || continue
      (( i++ ))
      if (( i >= CURRENT )); then
        _grid_offer "$REPLY"
        return
      fi
    elif (( count == 0 )) && _grid_find "$where" "$word"; then
      where=${where:+$where }$word
    else
      (( count++ ))
    fi
  done
  if [[ $PREFIX == --*=* ]]; then
    _grid_find "$where" "${PREFIX%%=*}=" || return 1
    compset -P '*='
    _grid_offer "$REPLY"
  elif [[ $PREFIX == -* ]]; then
    _grid_names "$where" --
  else
    (( count == 0 )) && _grid_names "$where" ''
    if _grid_argument "$where" $(( count + 1 )) && [[ -n $REPLY ]]; then
      _grid_offer "$REPLY"
    elif [[ -n $where && -z $PREFIX ]]; then
      _grid_names "$where" --
    fi
  fi
}

if [[ $funcstack[1] == _grid ]]; then
  _grid "$@"
elif (( $+functions[compdef] )); then
  compdef _grid grid
fi
