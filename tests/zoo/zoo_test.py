#!/usr/bin/env python3
"""What scripts/zoo says of zoos in which something is wrong.  Speaks TAP.

    zoo_test.py ROOT BUILD
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT, BUILD = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
sys.path.insert(0, str(ROOT / "tests" / "cli"))
from tap import check, main, test

HARMLESS = """X01; breaks nothing; a comment says something else.

--- a/protocols/raft/server.c
+++ b/protocols/raft/server.c
@@ -1,1 +1,1 @@
-/* The table of Raft's programs, and where a server's inputs go. */
+/* The list of Raft's programs, and where a server's inputs go. */
"""


def with_canary(zoo, patch=None):
    (pathlib.Path(zoo) / "canary.patch").write_text(patch or (ROOT / "tests" / "zoo" / "canary.patch").read_text())


def plant(zoo, name, patch=None, kept="", ranges=""):
    """A row of the real zoo in a zoo of its own, or another patch with that row's scenario, and kept lines."""
    with_canary(zoo)
    folder = pathlib.Path(zoo) / "raft"
    folder.mkdir()
    real = ROOT / "tests" / "zoo" / "raft" / name
    (folder / f"{name}.patch").write_text(patch or real.with_suffix(".patch").read_text())
    scenario = json.loads(real.with_suffix(".json").read_text())
    if "extends" in scenario:
        scenario["extends"] = os.path.relpath(real.parent / scenario["extends"], folder)
    scenario["expect"]["within"]["seeds"] = 2
    (folder / f"{name}.json").write_text(json.dumps(scenario))
    (folder.parent / "README.md").write_text(f"<!-- table -->\n{kept}\n<!-- end of table -->\n"
                                            f"<!-- ranges -->\n{ranges}\n<!-- end of ranges -->\n")


def run_zoo(zoo, *arguments):
    return subprocess.run([ROOT / "scripts" / "zoo", "--build", BUILD, "--zoo", zoo, *arguments], capture_output=True,
                          text=True, timeout=240, check=False)


@test
def a_mistake_that_is_never_found_fails(folder):
    plant(folder, "majority-one-short", HARMLESS)
    result = run_zoo(folder, "--seeds", "2", "majority-one-short")
    check(result.returncode == 1, result)
    check("it survived 2 seeds of its own scenario" in result.stdout, result.stdout)
    check(result.stdout.endswith("\n2 passed, 1 failed\n"), "the clean build passes both worlds:", result.stdout)


@test
def a_patch_that_does_not_apply_fails(folder):
    plant(folder, "majority-one-short", HARMLESS.replace("-/* The table", "-/* The tables"))
    result = run_zoo(folder, "--seeds", "2", "majority-one-short")
    check(result.returncode == 1, result)
    check("the patch does not apply" in result.stdout, result.stdout)


@test
def a_row_that_is_not_kept_fails_until_it_is(folder):
    plant(folder, "commits-old-terms")
    new = run_zoo(folder, "commits-old-terms")
    check(new.returncode == 1 and "it is not in the table" in new.stdout, new)
    kept = run_zoo(folder, "--table", "commits-old-terms")
    check(kept.returncode == 0, kept)
    lines = (pathlib.Path(folder) / "README.md").read_text().splitlines()
    check(any(line.startswith("| R01 | `raft/commits-old-terms` |") and
              line.endswith("| 1 | leader_completeness | directed |  |") for line in lines), lines)
    again = run_zoo(folder, "commits-old-terms")
    check(again.returncode == 0 and again.stdout.endswith("\n2 passed, 0 failed\n"), again)


@test
def a_number_that_has_grown_far_fails_and_says_how_to_keep_it(folder):
    plant(folder, "timer-runs-while-the-disk-works",
          kept="| R53 | `raft/timer-runs-while-the-disk-works` | m | 1 | liveness | 2 | liveness |")
    result = run_zoo(folder, "--seeds", "25", "timer-runs-while-the-disk-works")
    check(result.returncode == 1, result)
    check("swarm: grew from 2 to more than 25 seeds: a weakened nemesis or oracle" in result.stdout, result.stdout)
    check("scripts/zoo --table" in result.stdout, result.stdout)


@test
def a_number_that_is_within_luck_is_noted(folder):
    plant(folder, "timer-runs-while-the-disk-works",
          kept="| R53 | `raft/timer-runs-while-the-disk-works` | m | 2 | liveness | 3 | liveness |")
    result = run_zoo(folder, "--seeds", "4", "timer-runs-while-the-disk-works")
    check(result.returncode == 0, result)
    check("note: own scenario: fell from 2 to 1 seeds" in result.stdout, result.stdout)
    check("note: swarm: grew from 3 to more than 4 seeds" in result.stdout, result.stdout)


@test
def a_number_is_held_against_the_percentile_of_the_ranges_if_there_is_one(folder):
    name = "timer-runs-while-the-disk-works"
    kept, ranges = f"| R53 | `raft/{name}` | m | 1 | liveness | 2 | liveness |", f"| R53 | `raft/{name}` | 20 | 1 | HIGH |"
    plant(folder, name, kept=kept, ranges=ranges.replace("HIGH", "9"))
    within = run_zoo(folder, "--seeds", "25", name)
    check(within.returncode == 0 and "note: swarm: grew from 2 to more than 25 seeds" in within.stdout, within)
    beyond = pathlib.Path(folder) / "README.md"
    beyond.write_text(beyond.read_text().replace("| 9 |", "| 8 |"))
    result = run_zoo(folder, "--seeds", "25", name)
    check(result.returncode == 1 and "swarm: grew from 2 to more than 25 seeds: a weakened" in result.stdout, result)


@test
def a_line_without_a_patch_and_a_check_without_a_mistake_fail(folder):
    plant(folder, "commits-old-terms",
          kept="| R01 | `raft/commits-old-terms` | m | 1 | leader_completeness | directed |  |\n"
               "| R99 | `raft/long-gone` | m | 1 | liveness | 1 | liveness |")
    result = run_zoo(folder)
    check(result.returncode == 1, result)
    check("raft/long-gone: in the table" in result.stdout, result.stdout)
    check("log_matching: no planted mistake shows that it works" in result.stdout, result.stdout)


@test
def a_gate_that_passes_the_canary_fails(folder):
    plant(folder, "majority-one-short")
    with_canary(folder, HARMLESS)
    result = run_zoo(folder, "--seeds", "2", "majority-one-short")
    check(result.returncode == 1, result)
    check(result.stdout.startswith("the gate passes the canary"), result.stdout)
    check(result.stdout.endswith("\n0 passed, 1 failed\n"), result.stdout)


@test
def a_gate_that_cannot_run_the_canary_says_so(folder):
    plant(folder, "majority-one-short")
    with_canary(folder, HARMLESS.replace("-/* The table", "-/* The tables"))
    result = run_zoo(folder, "--seeds", "2", "majority-one-short")
    check(result.returncode == 1, result)
    check(result.stdout.startswith("the canary could not be run: the patch does not apply"), result.stdout)


@test
def ranges_are_disjoint_and_give_median_and_percentile(folder):
    plant(folder, "majority-one-short")
    result = run_zoo(folder, "--ranges", "3", "--seeds", "20", "majority-one-short")
    check(result.returncode == 0, result)
    check(re.search(r"3 ranges: median +\d+, p95 +\d+\n1 passed, 0 failed\n$", result.stdout), result.stdout)


@test
def a_mistake_that_no_range_finds_is_said_to_take_more(folder):
    plant(folder, "majority-one-short", HARMLESS)
    result = run_zoo(folder, "--ranges", "3", "--seeds", "2", "majority-one-short")
    check("median    >2, p95    >2" in result.stdout, result.stdout)


missing = [program for program in ("patch", "gcc") if shutil.which(program) is None]
if missing:
    print(f"1..0 # SKIP {missing[0]} is missing")
    sys.exit(0)
sys.exit(main())
