# The one list of Debian 12 packages, shared by tests/run.sh and cli/demo.sh; sourced, not run.
# shellcheck shell=sh

# to build and run the programs
build_packages='gcc libc6-dev meson ninja-build pkgconf python3
    libmsgpack-dev zlib1g-dev libssl-dev libsqlite3-dev libuv1-dev libinih-dev
    libjansson-dev libcsv-dev libutf8proc-dev libqrencode-dev libcmocka-dev'

# to run every test and lint
# shellcheck disable=SC2034 # read by tests/run.sh
test_packages="$build_packages
    clang-14 clang-tidy-14 clang-format-14 libclang-rt-14-dev cppcheck codespell shellcheck
    binutils strace zsh fish groff-base"

# Installs those of the given packages that are missing: as root, or through sudo.
install_missing() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    as_root=
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "需要安装软件包，请用 root 运行，或先装好 (missing packages; run as root or install):" >&2
            echo "   apt-get install$missing" >&2
            return 1
        fi
        as_root=sudo
    fi
    echo "安装缺少的软件包 (installing):$missing"
    said=$(mktemp) || return 1
    # --allow-releaseinfo-change: an old image meets a newer point release
    # shellcheck disable=SC2086 # the words of $missing are packages
    if ! { $as_root apt-get update -q --allow-releaseinfo-change &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
            $missing; } >"$said" 2>&1; then
        tail -n 20 "$said" >&2
        echo "apt-get 未能装上 (could not install):$missing" >&2
        rm -f "$said"
        return 1
    fi
    rm -f "$said"
}
