#!/bin/sh
# How much of each room the tests run, line by line: a table of rooms and the two figures that are
# promised; less than them ends with 1.
#   sh tests/coverage.sh            unit tests, the stranger's reader and the fuzz corpora: a minute
#   sh tests/coverage.sh stories    the conversations as well (what was killed leaves no count)
#   sh tests/coverage.sh lines      also the lines of proto/ and libgrid/ that nothing ran
set -u
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C.UTF-8
proto_min=95
libgrid_min=90
. tests/lib/packages.sh

# shellcheck disable=SC2086,SC2154 # a list of words
install_missing $build_packages gcovr || exit 1

folder=build-coverage
suites='--suite unit --suite spec --suite fuzz-corpus'
list_lines=
for word in "$@"; do
    case $word in
    stories) suites="$suites --suite conversation" ;;
    lines) list_lines=yes ;;
    *)
        echo "coverage.sh: $word? ('stories' or 'lines')" >&2
        exit 2
        ;;
    esac
done

# Without optimization a line is a line.
[ -e $folder/build.ninja ] || meson setup $folder --buildtype=debug -Db_coverage=true >/dev/null || exit 1
ninja -C $folder >$folder/ninja.log || {
    tail -n 20 $folder/ninja.log
    exit 1
}
find $folder -name '*.gcda' -delete
# shellcheck disable=SC2086 # a list of options
meson test -C $folder --no-rebuild --quiet --timeout-multiplier 4 $suites >$folder/tests.log 2>&1 || {
    tail -n 40 $folder/tests.log
    exit 1
}

# embed.c is a tool of the build, it is in no program
gcovr -r . -e libgrid/embed.c -f proto/ -f libgrid/ -f daemon/ -f cli/ --json $folder/lines.json \
    --csv $folder/rooms.csv $folder || exit 1
[ -z "$list_lines" ] || gcovr -r . -f proto/ -f libgrid/ -a $folder/lines.json
awk -F, -v proto_min=$proto_min -v libgrid_min=$libgrid_min '
    function row(name) {
        printf "%-16s %6d lines %6d run %6.1f %%\n", name, lines[name], run[name], share(name)
    }
    function share(name) {
        return lines[name] ? 100 * run[name] / lines[name] : 0
    }
    function count(name) {
        if (!(name in lines))
            order[++rooms] = name
        lines[name] += $2
        run[name] += $3
    }
    NR > 1 {
        room = $1
        sub("/[^/]*$", "", room)
        count(room)
        layer = room
        sub("/.*", "", layer)
        whole_lines[layer] += $2
        whole_run[layer] += $3
    }
    END {
        for (i = 1; i <= rooms; i++)
            row(order[i])
        proto = 100 * whole_run["proto"] / whole_lines["proto"]
        libgrid = 100 * whole_run["libgrid"] / whole_lines["libgrid"]
        printf "\nproto %.1f %% (promised: %d), libgrid %.1f %% (promised: %d)\n", proto, proto_min,
                libgrid, libgrid_min
        exit proto < proto_min || libgrid < libgrid_min
    }' $folder/rooms.csv
