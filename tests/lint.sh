#!/bin/sh
# Form and habit, one check a name; each says what to do when it fails.
#   sh tests/lint.sh CHECK…        format tidy cppcheck spelling shell catalogues sql rules
# Without a name: all of them. BUILD is a gcc build folder, BUILD_CLANG one made with CC=clang (for
# clang-tidy, which rejects gcc's own flags). A check whose tool is not installed ends with 77.
set -u
cd "$(dirname "$0")/.." || exit 2
BUILD=${BUILD:-build}
BUILD_CLANG=${BUILD_CLANG:-build-clang}

sources() {
    find proto libgrid daemon cli tests -name '*.[ch]' | sort
}

need() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null || {
            echo "$tool is not installed (tests/run.sh installs it)"
            exit 77
        }
    done
}

# Sources are laid out by .clang-format; `ninja -C build clang-format` repairs.
check_format() {
    need clang-format-14
    sources | xargs clang-format-14 --dry-run --Werror --ferror-limit=3
}

# A file that passed is not looked at again until it, a header of ours that it reads, or the
# configuration changes.
check_tidy() {
    need clang-14 clang-tidy-14
    if [ ! -e "$BUILD_CLANG/build.ninja" ]; then
        CC=clang-14 meson setup "$BUILD_CLANG" >/dev/null || return 1
    fi
    ninja -C "$BUILD_CLANG" build.ninja >/dev/null || return 1 # its list of sources is the present one
    mkdir -p "$BUILD_CLANG/tidy"
    # planted.c is built from what the build folder makes
    sources | grep '\.c$' | grep -v '^tests/sim/planted\.c$' | while read -r file; do
        grep -qF "\"../$file\"" "$BUILD_CLANG/compile_commands.json" && echo "$file"
    done | BUILD_CLANG=$BUILD_CLANG xargs -P "$(nproc)" -n 1 sh tests/lint.sh tidy-one
}

tidy_one() {
    seen=$(clang-14 -MM -D_GNU_SOURCE -I . "$1" 2>/dev/null | tr -s ' \\\n' '\n' | grep -E '\.[ch]$' |
        xargs cat .clang-tidy | sha256sum | cut -c1-32)
    mark="$BUILD_CLANG/tidy/$(printf '%s' "$1" | tr / _).$seen"
    [ -e "$mark" ] && return 0
    # the analyzer does not know that an assert of cmocka ends a test, and tests want rand() predictable
    checks=
    case $1 in
    tests/*) checks='-clang-analyzer-*,-cert-msc*' ;;
    esac
    # its count of suppressed warnings is no news
    if clang-tidy-14 -p "$BUILD_CLANG" --quiet --checks="$checks" "$1" 2>"$mark.err"; then
        rm -f "$mark.err"
        : >"$mark"
        return 0
    fi
    grep -v 'warnings\? \(generated\|treated\)' "$mark.err"
    rm -f "$mark.err"
    return 1
}

check_cppcheck() {
    need cppcheck
    mkdir -p "$BUILD/cppcheck"
    # objectIndex takes a borrowed pointer for the address of a local; internalAstError is cppcheck's
    # own trouble with `? (struct bytes){0} :`; NULL ends our lists of arguments on every system we run on
    cppcheck --project="$BUILD/compile_commands.json" --enable=warning,performance,portability \
        --library=tests/lib/cppcheck.cfg --inline-suppr --suppress='*:/usr/*' --suppress=objectIndex \
        --suppress=internalAstError --suppress=varFuncNullUB --cppcheck-build-dir="$BUILD/cppcheck" \
        --error-exitcode=1 -j "$(nproc)" -q
}

check_spelling() {
    need codespell
    codespell
}

check_shell() {
    need shellcheck
    # SC2317: the checks are called by name; the others are matters of taste
    find .ci/run tests cli -name '*.sh' -o -name '*.bash' -o -path .ci/run | sort |
        xargs shellcheck -x -e SC2317,SC2015,SC2013,SC2016
}

# Every failure has words for a person, in both languages.
check_catalogues() {
    need python3
    python3 tests/lib/reasons.py
}

# No SQL asks SQLite for the time or a random number, which purity.sh cannot see: both are handed in.
check_sql() {
    found=$(grep -rnIE "'now'|CURRENT_(TIME|DATE|TIMESTAMP)|(^|[^.>_[:alnum:]])random(blob)? *\(" libgrid/store)
    [ -z "$found" ] || {
        echo "SQL that asks for the time or a random number (hand it in as a parameter):"
        echo "$found"
        return 1
    }
}

# A rule that the code cites stands in the SPEC.
check_rules() {
    status=0
    [ -e proto/SPEC.md ] || {
        echo "proto/SPEC.md is missing"
        return 1
    }
    for rule in $(grep -rhoIE '\bP-[0-9]+\b' proto libgrid daemon cli tests --include='*.[ch]' | sort -u); do
        grep -qE "\b$rule\b" proto/SPEC.md || {
            echo "$rule is cited but proto/SPEC.md does not define it:"
            grep -rnIE "\b$rule\b" proto libgrid daemon cli tests --include='*.[ch]'
            status=1
        }
    done
    return "$status"
}

if [ "${1:-}" = tidy-one ]; then
    tidy_one "$2"
    exit
fi
[ $# -gt 0 ] || set -- format tidy cppcheck spelling shell catalogues sql rules
status=0
for check in "$@"; do
    "check_$check" || {
        echo "lint: $check failed"
        status=1
    }
done
exit $status
