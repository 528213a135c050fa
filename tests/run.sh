#!/bin/sh
# THE test command: installs what is missing (Debian 12, as root or with sudo), builds, runs every
# suite, and ends with "N passed, N failed".
#   sh tests/run.sh
# What it leaves behind are the build folders; a second run does only what changed.
set -u
cd "$(dirname "$0")/.." || exit 2
export LC_ALL=C.UTF-8
. tests/lib/packages.sh

# shellcheck disable=SC2086,SC2154 # a list of words
install_missing $test_packages || exit 1

state=$(mktemp -d) || exit 1
trap 'rm -rf "$state"' EXIT
trap 'exit 130' INT TERM
: >"$state/steps"
logs=

say() {
    printf '\n==== %s\n' "$*"
}

# One step that counts: its output is shown only when it fails.
step() {
    name=$1
    shift
    began=$(date +%s)
    if "$@" >"$state/output" 2>&1; then
        result=pass
    else
        result=fail
        tail -n 60 "$state/output"
    fi
    took=$(($(date +%s) - began))
    echo "$result $name $took" >>"$state/steps"
    printf '%-4s %s (%s s)\n' "$result" "$name" "$took"
    [ $result = pass ]
}

# A build folder of these options, whatever state it was left in.
configure() {
    folder=$1
    shift
    if [ -e "$folder/build.ninja" ] && meson setup --reconfigure "$folder" "$@"; then
        return 0
    fi
    rm -rf "$folder"
    meson setup "$folder" "$@"
}

build() {
    configure "$@" && ninja -C "$1"
}

# suites NAME FOLDER SUITE…: runs them and keeps the log for the count
suites() {
    name=$1
    folder=$2
    shift 2
    say "$name"
    for suite in "$@"; do
        set -- "$@" --suite "$suite"
        shift
    done
    began=$(date +%s)
    rm -f "$folder/meson-logs/$name.json"
    meson test -C "$folder" --no-rebuild --logbase "$name" --timeout-multiplier "${patience:-1}" "$@" ||
        [ -e "$folder/meson-logs/$name.json" ] || echo "fail $name 0" >>"$state/steps"
    logs="$logs $folder/meson-logs/$name.json"
    echo "$name: $(($(date +%s) - began)) s"
}

say build
step build build build -Dwerror=true --buildtype=debugoptimized && gcc_built=yes
step build-asan build build-asan -Dwerror=true -Db_sanitize=address,undefined -Db_lundef=false &&
    asan_built=yes
step build-release build build-release -Dwerror=true --buildtype=release
step build-clang env CC=clang-14 sh -c 'meson setup --reconfigure build-clang ||
    { rm -rf build-clang; meson setup build-clang; }'

if [ "${gcc_built:-}" = yes ]; then
    suites unit build unit spec sim fuzz-corpus
    suites conversation build conversation
    suites lint build lint
fi
if [ "${asan_built:-}" = yes ]; then
    patience=4
    export ASAN_OPTIONS=detect_stack_use_after_return=1
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    suites sanitized-unit build-asan unit sim fuzz-corpus
    suites sanitized-conversation build-asan conversation
fi

say result
# shellcheck disable=SC2086 # a list of files without blanks
python3 tests/lib/tally.py "$state/steps" $logs
