# The part of `scripts/test --all` beyond meson's own tests (sourced by scripts/test): other compilers and optimisation
# levels, sanitizers, valgrind, linters.  Each step adds one to $passed or $failed.

step() {
    step=$1
    shift
    begun=$(date +%s)
    log=$build/meson-logs/step.log
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok: $step ($(($(date +%s) - begun)) s)"
    else
        failed=$((failed + 1))
        tail -n 60 "$log"
        echo "failed: $step"
    fi
}

# Configure and build a variant: variant NAME COMPILER MESON-OPTIONS…
variant() {
    directory=$build/variant-$1
    compiler=$2
    shift 2
    if [ ! -f "$directory/build.ninja" ]; then
        CC=$compiler meson setup "$directory" "$root" "$@" || return 1
    fi
}

build_variant() {
    directory=$build/variant-$1
    shift
    ninja -C "$directory" "$@"
}

digest_of() {
    "$1" run "$2" --format json --no-charts --out "$build/variant-results" |
        sed -n 's/.*"digest": *"\([^"]*\)".*/\1/p' | head -n 1
}

# The same seed gives the same bytes whatever compiled it.
same_digests() {
    for scenario in "$root"/scenarios/*/*.json; do
        wanted=$(digest_of "$build/sim/command/clustersim" "$scenario")
        [ -n "$wanted" ] || { echo "no digest of $scenario"; return 1; }
        for name in "$@"; do
            got=$(digest_of "$build/variant-$name/sim/command/clustersim" "$scenario")
            if [ "$got" != "$wanted" ]; then
                echo "$scenario: $name gives $got, not $wanted"
                return 1
            fi
        done
        echo "$scenario: $wanted from all of: $*"
    done
}

# Draws, logarithms and contents of disks are pinned by digests in these tests: they pass with every compiler.
pinned_tests="unit/base/test-distribution unit/base/test-fixed unit/base/test-math unit/base/test-random
    unit/base/test-zipf unit/engine/test-trace"

same_draws() {
    for name in "$@"; do
        for program in $pinned_tests; do
            ninja -C "$build/variant-$name" "tests/$program" && "$build/variant-$name/tests/$program" || return 1
        done
    done
}

sanitized_tests() {
    meson test -C "$build/variant-sanitized" --no-suite slow --no-suite quick-only --timeout-multiplier 4 --print-errorlogs
}

valgrind_run() {
    valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
        "$build/sim/command/clustersim" run "$root/scenarios/echo/hello.json" "$root/scenarios/raft/swarm.json" \
        --no-charts --out "$build/variant-results"
}

formatted() { find "$root/sim" "$root/protocols" "$root/tests" -name '*.[ch]' -exec clang-format --dry-run --Werror {} +; }

tidy() {
    find "$root/sim" "$root/protocols" "$root/tests" -name '*.c' -print0 |
        xargs -0 -P 2 -n 8 clang-tidy --quiet -p "$build" --warnings-as-errors='*'
}

step "configure gcc -O0" variant gcc-O0 gcc -Doptimization=0
step "configure gcc -O3 -march=native" variant gcc-O3 gcc -Doptimization=3 -Dc_args=-march=native
step "configure clang -O0" variant clang-O0 clang -Doptimization=0
step "configure clang -O3" variant clang-O3 clang -Doptimization=3
step "configure sanitizers" variant sanitized gcc -Db_sanitize=address,undefined -Db_lundef=false
for name in gcc-O0 gcc-O3 clang-O0 clang-O3; do
    step "build $name" build_variant $name sim/command/clustersim
done
step "build with AddressSanitizer and UndefinedBehaviorSanitizer" build_variant sanitized all
step "equal digests: gcc and clang, -O0 and -O3, sanitized" same_digests gcc-O0 gcc-O3 clang-O0 clang-O3 sanitized
step "equal draws: gcc and clang, -O0 and -O3" same_draws gcc-O0 gcc-O3 clang-O0 clang-O3
step "tests under AddressSanitizer and UndefinedBehaviorSanitizer" sanitized_tests
step "echo and the swarm under valgrind" valgrind_run
step "the bug zoo" "$root/scripts/zoo" --build "$build" --seeds 300
step "clang-format" formatted
step "clang-tidy" tidy
