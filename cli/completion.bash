# shellcheck shell=bash
# bash completion of grid, written by: grid completion bash
# A line of the table: where | what may stand there | what its value may be | what it is for.
_grid_table='
@TABLE@
'

# WHERE WHAT: leaves in REPLY what the value may be; false when the table has no such line.
_grid_find()
{
    local where what value
    while IFS='|' read -r where what value _; do
        if [[ $what == "$2" && ($where == "$1" || $where == '*') ]]; then
            REPLY=$value
            return 0
        fi
    done <<<"$_grid_table"
    return 1
}

# The value of the argument of that number; one that may be repeated stands as <2+>.
_grid_argument()
{
    local number=$2
    _grid_find "$1" "<$number>" && return 0
    while ((number > 0)); do
        _grid_find "$1" "<$number+>" && return 0
        ((number--))
    done
    return 1
}

# VALUE CURRENT
_grid_offer()
{
    local word
    case $1 in
    @files)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$2")
        ;;
    @folders)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$2")
        ;;
    *)
        for word in $1; do
            [[ $word == "$2"* ]] && COMPREPLY+=("$word")
        done
        [[ ${COMPREPLY[0]} == *@ ]] && compopt -o nospace 2>/dev/null
        ;;
    esac
}

# WHERE --|"" CURRENT: the options, or the commands and second words, that may stand there.
_grid_names()
{
    local where what
    while IFS='|' read -r where what _; do
        [[ $where == "$1" || ($where == '*' && $2 == --) ]] || continue
        [[ $2 == -- && $what != --* ]] && continue
        [[ $2 == '' && $what == [-\<]* ]] && continue
        what=${what%=}
        [[ -n $what && $what == "$3"* ]] && COMPREPLY+=("$what")
    done <<<"$_grid_table"
}

_grid()
{
    local current=${COMP_WORDS[COMP_CWORD]} where='' count=0 i word REPLY=''
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == --* ]]; then
            _grid_find "$where" "$word=" || continue
            ((i++))
            # --urgency=U1 comes as three words
            [[ $i -lt $COMP_CWORD && ${COMP_WORDS[i]} == '=' ]] && ((i++))
            if ((i >= COMP_CWORD)); then
                [[ $current == '=' ]] && current=''
                _grid_offer "$REPLY" "$current"
                return 0
            fi
        elif ((count == 0)) && _grid_find "$where" "$word"; then
            where=${where:+$where }$word
        else
            ((count++))
        fi
    done
    if [[ $current == -* ]]; then
        _grid_names "$where" -- "$current"
        return
    fi
    ((count == 0)) && _grid_names "$where" '' "$current"
    _grid_argument "$where" $((count + 1)) && _grid_offer "$REPLY" "$current"
    [[ ${#COMPREPLY[@]} == 0 && -z $current ]] && _grid_names "$where" -- ''
    return 0
}

complete -F _grid grid
