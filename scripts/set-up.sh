# Shared by the scripts beside it (sourced, POSIX sh): install what is missing, configure, build.
#
#   set_up_packages PACKAGE…   install those that are missing; no apt call at all when none is
#   set_up_build TARGET…       configure once a place, then bring the targets up to date
#
# Talk goes to standard error, and there is none when nothing has to be done.  Where several scripts start together in
# one tree, one sets up and the others wait for it.

root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
build=$root/build

# What building and running needs; test-time packages are named by scripts/test.
build_packages="gcc libc6-dev meson ninja-build pkgconf libglib2.0-dev libjansson-dev libxxhash-dev check
    gnuplot-nox fonts-dejavu-core"

say() { printf '%s\n' "$*" >&2; }

# Run a command under this tree's lock, which goes with the process that holds it.
one_at_a_time() {
    if ! flock -w 5 9; then
        say "waiting for another set-up of this tree"
        flock 9
    fi
    "$@" 9<&-
} 9<"$root/scripts/set-up.sh"

missing_packages() {
    for package in "$@"; do
        status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=
        [ "$status" = installed ] || printf '%s ' "$package"
    done
}

set_up_packages() {
    missing=$(missing_packages "$@")
    [ -z "$missing" ] || one_at_a_time install_packages "$@"
}

install_packages() {
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    command="apt-get install -y --no-install-recommends $missing"
    if [ "$(id -u)" = 0 ]; then
        become=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        become="sudo -n"
    else
        say "clustersim needs packages that are not installed.  As root, run:"
        say "    apt-get update && $command"
        exit 7
    fi
    say "installing: $missing"
    # shellcheck disable=SC2086
    if ! { $become apt-get update -qq && $become env DEBIAN_FRONTEND=noninteractive $command -qq; } \
            >"${TMPDIR:-/tmp}/clustersim-apt.$$" 2>&1 </dev/null; then
        cat "${TMPDIR:-/tmp}/clustersim-apt.$$" >&2
        rm -f "${TMPDIR:-/tmp}/clustersim-apt.$$"
        say "installing failed; the command was: apt-get update && $command"
        exit 7
    fi
    rm -f "${TMPDIR:-/tmp}/clustersim-apt.$$"
}

# Run a command whose output matters only when it fails.
quietly() {
    if ! output=$("$@" 2>&1); then
        printf '%s\n' "$output" >&2
        say "failed: $*"
        exit 7
    fi
}

# Whether the build directory belongs to this tree: one that was copied, or moved, with its build directory still names
# the old one.  A build directory that somebody else has configured has no note of ours, but meson's.
configured_here() {
    [ -f "$build/build.ninja" ] || return 1
    if [ -f "$build/configured-for" ]; then
        [ "$(cat "$build/configured-for")" = "$root" ]
    else
        grep -qF "\"source\": \"$root\"" "$build/meson-info/meson-info.json" 2>/dev/null
    fi
}

set_up_build() {
    one_at_a_time bring_up_to_date "$@"
}

bring_up_to_date() {
    if ! configured_here; then
        say "configuring"
        rm -rf "$build"
        quietly meson setup "$build" "$root"
        printf '%s\n' "$root" >"$build/configured-for"
    fi
    case $(ninja -C "$build" -n "$@" 2>&1) in
    *"no work to do"*) ;;
    *)
        say "building"
        quietly ninja -C "$build" "$@"
        ;;
    esac
}
