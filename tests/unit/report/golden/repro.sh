#!/bin/sh
# Run this again: repro.sh [OPTION…]; works from any directory.
# As it was run: clustersim run 'synthetic.json' --seed 0x000000000000002a
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
# $1 in this folder or the nearest one above it that has it, or else in the caller's.
find_up() {
    folder=$here
    while [ "$folder" != / ] && [ ! -e "$folder/$1" ]; do
        folder=$(dirname -- "$folder")
    done
    [ -e "$folder/$1" ] || folder=$PWD
    printf '%s\n' "${folder%/}/$1"
}
program=${CLUSTERSIM:-$(find_up scripts/run)}
[ -x "$program" ] || program=clustersim
command -v "$program" >/dev/null || {
    echo "$0: there is no scripts/run above, and no clustersim on the PATH; name the program:" >&2
    echo "    CLUSTERSIM=.../build/sim/command/clustersim $0" >&2
    exit 7
}
exec "$program" run "$here/scenario.json" --seed 0x000000000000002a "$@"
