#!/bin/sh
# Lives of whole townships for as long as one likes, from fresh seeds; stops at the first that fails, with the one
# command that tells its story.
#   sh tests/soak.sh MINUTES [BUILD_FOLDER]
set -eu
cd "$(dirname "$0")/.."
minutes=${1:?how many minutes}
build=${2:-build}
[ -d "$build" ] || meson setup "$build" --buildtype=debugoptimized
ninja -C "$build" tests/sim/sim >/dev/null
exec nice -n 15 "$build/tests/sim/sim" --minutes "$minutes" --workers "$(nproc)"
