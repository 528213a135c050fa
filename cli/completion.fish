# fish completion of grid, written by: grid completion fish
# A line of the table: where | what may stand there | what its value may be | what it is for.
set -g __grid_table (string split \n '
@TABLE@
')

# WHERE WHAT: prints what the value may be; false when the table has no such line.
function __grid_find
    for line in $__grid_table
        set -l part (string split -m 3 '|' -- $line)
        if test "$part[2]" = "$argv[2]"; and contains -- "$part[1]" "$argv[1]" '*'
            echo "$part[3]"
            return 0
        end
    end
    return 1
end

# The value of the argument of that number; one that may be repeated stands as <2+>.
function __grid_argument
    __grid_find "$argv[1]" "<$argv[2]>"; and return 0
    for number in (seq $argv[2] -1 1)
        __grid_find "$argv[1]" "<$number+>"; and return 0
    end
    return 1
end

# VALUE CURRENT PREFIX
function __grid_offer
    switch "$argv[1]"
        case @files
            __fish_complete_path "$argv[2]"
        case @folders
            __fish_complete_directories "$argv[2]"
        case '?*'
            printf "$argv[3]%s\n" (string split ' ' -- $argv[1])
    end
end

# WHERE --|"": the options, or the commands and second words, that may stand there.
function __grid_names
    for line in $__grid_table
        set -l part (string split -m 3 '|' -- $line)
        test -n "$part[2]"; or continue
        if test "$argv[2]" = --
            contains -- "$part[1]" "$argv[1]" '*'; or continue
            string match -q -- '--*' "$part[2]"; or continue
        else
            test "$part[1]" = "$argv[1]"; or continue
            string match -qr -- '^[-<]' "$part[2]"; and continue
        end
        printf '%s\t%s\n' (string replace -r '=$' '' -- $part[2]) "$part[4]"
    end
end

function __grid_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l where ''
    set -l count 0
    set -l open ''
    for word in $words[2..-1]
        if test -n "$open"
            set open ''
        else if string match -q -- '--*' $word
            __grid_find "$where" "$word=" >/dev/null; and set open $word
        else if test $count = 0; and __grid_find "$where" $word >/dev/null
            set where (string trim -- "$where $word")
        else
            set count (math $count + 1)
        end
    end
    if test -n "$open"
        __grid_offer (__grid_find "$where" "$open=") "$current" ''
    else if string match -q -- '--*=*' $current
        set -l option (string split -m 1 = -- $current)[1]
        __grid_offer (__grid_find "$where" "$option=") "$current" "$option="
    else if string match -q -- '-*' $current
        __grid_names "$where" --
    else
        test $count = 0; and __grid_names "$where" ''
        set -l value (__grid_argument "$where" (math $count + 1))
        if test -n "$value"
            __grid_offer "$value" "$current" ''
        else if test -n "$where" -a -z "$current"
            __grid_names "$where" --
        end
    end
end

complete -c grid -f -a '(__grid_complete)'
