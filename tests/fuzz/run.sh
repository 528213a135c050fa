#!/bin/sh
# Fuzzes each target, one after the other, and prints what each did. Needs clang and its libFuzzer.
#   sh tests/fuzz/run.sh [SECONDS] [TARGET…]        600 seconds of each target, unless said
# It starts from the committed corpus and leaves that as it is: new inputs, findings and each
# target's log stay in build-fuzz/found/TARGET. Ends with 1 when there is a finding.
set -u
cd "$(dirname "$0")/../.." || exit 2
seconds=600
case ${1:-} in
[0-9]*)
    seconds=$1
    shift
    ;;
esac
if [ $# -eq 0 ]; then
    cd tests/fuzz/corpus && set -- * && cd ../../..
fi
export ASAN_OPTIONS=detect_stack_use_after_return=1:quarantine_size_mb=16
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1

build() {
    if [ ! -e build-fuzz/build.ninja ]; then
        CC=${CC:-clang-14} meson setup build-fuzz -Dfuzz=true -Db_lundef=false \
            --buildtype=debugoptimized || return 1
    fi
    programs=
    for target in "$@"; do
        programs="$programs tests/fuzz/libfuzzer_$target"
    done
    # shellcheck disable=SC2086 # a list of words
    ninja -C build-fuzz $programs
}

# One number out of the last line that libFuzzer wrote of it.
number() {
    grep -o "$1 *[0-9]*" "$log" | tail -n 1 | grep -o '[0-9]*$'
}

fuzz() {
    target=$1
    kept=build-fuzz/found/$target
    log=$kept/log
    mkdir -p "$kept/inputs"
    began=$(date +%s)
    # The first folder takes what is new. A copy of the program: a build may replace it meanwhile.
    cp "build-fuzz/tests/fuzz/libfuzzer_$target" "$kept/program"
    "$kept/program" -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$kept/" \
        "$kept/inputs" "tests/fuzz/corpus/$target" >"$log" 2>&1
    result=$?
    finding=none
    [ $result -eq 0 ] || finding="see $log"
    printf '%-10s %12s %8s %8s %8s %8s  %s\n' "$target" "$(number stat::number_of_executed_units:)" \
        "$(number cov:)" "$(number ft:)" "$(number corp:)" $(($(date +%s) - began)) "$finding"
    return $result
}

output=$(build "$@" 2>&1) || {
    echo "$output" | tail -n 20
    exit 2
}
printf '%-10s %12s %8s %8s %8s %8s  %s\n' target executions cov ft corpus seconds finding
status=0
for target in "$@"; do
    fuzz "$target" || status=1
done
exit $status
