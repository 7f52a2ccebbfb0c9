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
        grep -v " warnings generated\.$" "$log" | tail -n 60
        echo "failed: $step"
    fi
}

# Compilers, optimisation levels, sanitizers and arm64: the same bytes of all.  It counts for itself.
matrix() {
    "$root/scripts/check-matrix" >"$build/meson-logs/matrix.log" 2>&1 || true
    cat "$build/meson-logs/matrix.log"
    counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' \
        "$build/meson-logs/matrix.log" | tail -n 1)
    # shellcheck disable=SC2086
    set -- ${counts:-0 1 0}
    passed=$((passed + $1))
    failed=$((failed + $2))
    skipped=$((skipped + $3))
}

sanitized_tests() {
    meson test -C "$build/variant-sanitized" --no-suite slow --no-suite quick-only --timeout-multiplier 10 \
        --num-processes "$at_once" --print-errorlogs
}

valgrind_run() {
    valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite \
        "$build/sim/command/clustersim" run "$root/scenarios/echo/hello.json" "$root/scenarios/raft/swarm.json" \
        --no-charts --out "$build/variant-results"
}

formatted() { find "$root/sim" "$root/protocols" "$root/tests" -name '*.[ch]' -exec clang-format --dry-run --Werror {} +; }

# But for a plug-in that this build has left out: nothing says how it is compiled.
tidy() {
    grep -q "/protocols/libraft/server\.c" "$build/compile_commands.json" && left_out= || left_out=$root/protocols/libraft
    find "$root/sim" "$root/protocols" "$root/tests" -path "${left_out:-/dev/null}" -prune -o -name '*.c' -print0 |
        xargs -0 -P 2 -n 8 clang-tidy --quiet -p "$build" --warnings-as-errors='*'
}

matrix
step "build all with AddressSanitizer and UndefinedBehaviorSanitizer" ninja -C "$build/variant-sanitized" all
step "tests under AddressSanitizer and UndefinedBehaviorSanitizer" sanitized_tests
step "echo and the swarm under valgrind" valgrind_run
step "the bug zoo" "$root/scripts/zoo" --build "$build" --seeds 300
step "clang-format" formatted
step "clang-tidy" tidy
