#!/usr/bin/env python3
"""A crash at every effect boundary, as a user meets it.  Speaks TAP.

    crash_points_test.py CLUSTERSIM ROOT [zoo]

With "zoo": all the directed scenarios, and mistakes of tests/zoo/raft that they find.
"""
import importlib.machinery
import importlib.util
import json
import pathlib
import re
import shlex
import sys

from support import CLUSTERSIM, ROOT, run
from tap import check, main, test

FOLDER = ROOT / "scenarios" / "crash-points"
VOTE = FOLDER / "vote.json"
ZOO_TESTS = []


def zoo_test(function):
    ZOO_TESTS.append(function)
    return function


def points(folder, *arguments, scenario=VOTE):
    return run("sweep", scenario, "--crash-points", "--out", "out", *arguments, cwd=folder, timeout=240)


def again(folder, finding):
    words = shlex.split(finding["replay"])
    check(words[0] == "clustersim", words)
    result = run(*words[1:], "--no-charts", "--format", "json", cwd=folder)
    return result.returncode, json.loads(result.stdout)


@test
def the_clean_build_passes_and_says_what_was_crashed(folder):
    result = points(folder, "--from", "120ms", "--to", "170ms", "--format", "json")
    answer = json.loads(result.stdout)
    check(result.returncode == 0 and answer["verdict"] == "pass" and answer["findings"] == [], result)
    check(answer["instances"] == 3 and answer["runs"] == answer["planned"] > 50, answer)
    check(answer["merged"] > 0 and answer["not_crashed"] == 0 and answer["inconclusive"] == 0, answer)


@test
def a_server_that_was_not_founded_is_found_and_each_finding_replays(folder):
    """Before the warm-up's end: whoever loses what it was founded with stops itself."""
    result = points(folder, "--from", "0s", "--to", "20ms", "--instances", "B", "--format", "json")
    answer = json.loads(result.stdout)
    check(result.returncode == 1 and answer["instances"] == 1, result)
    places = [(f["instance"], f["step"], f["effect"], f["disk"], f["check"]) for f in answer["findings"]]
    check(places == [("B", 1, 0, "keep", "stopped"), ("B", 1, 1, "lose-unsynced", "stopped")], places)
    first, second = answer["findings"]
    check(first["before"] is None and first["after"] == "write meta 512+512", first)
    check(second["before"] == "write meta 512+512" and second["after"] == "barrier meta", second)
    check(second["input"] == "start found" and second["at_ns"] == 400000, second)
    for finding in answer["findings"]:
        status, what = again(folder, finding)
        check(status == 1 and what["findings"][0]["detail"] == "B stopped itself: term and vote lost", what)


@test
def what_a_finding_has_fired_is_a_timeline_that_fires_it_again(folder):
    points(folder, "--from", "0s", "--to", "20ms", "--instances", "B")
    digests = []
    for scenario, out in (("out/crash-vote-B-1-0-keep.json", "one"), ("one/latest/replay.json", "two")):
        answer = run("run", scenario, "--no-charts", "--out", out, cwd=folder)
        check(answer.returncode == 1, answer)
        digests.append(json.loads((pathlib.Path(folder) / out / "latest" / "run.json").read_text())["digest"])
    check(digests[0] == digests[1], digests)
    timeline = json.loads((pathlib.Path(folder) / "one" / "latest" / "replay.json").read_text())["faults"]["timeline"]
    check([(f["at_step"], f["after_effects"], f["power-loss"]) for f in timeline if "power-loss" in f] == [(1, 0, ["B"])], timeline)


@test
def findings_of_one_cause_stand_together_each_one_line_with_its_place_and_command(folder):
    result = points(folder, "--from", "0s", "--to", "20ms", "--instances", "B")
    lines = result.stdout.splitlines()
    check(len(lines) == 4, result.stdout)
    check(lines[0] == "stopped: NODE stopped itself: term and vote lost, 2 times", lines[0])
    check(lines[2] == '  B at 400us, step 1 (start found), effect 1, behind "write meta 512+512", before "barrier meta", '
          "lose-unsynced: stopped: B stopped itself: term and vote lost; "
          "again: clustersim run out/crash-vote-B-1-1-lose-unsynced.json", lines[2])
    check(re.fullmatch(r"crash-vote: violation: \d+ boundaries of 1 servers, \d+ of them merged; (\d+) of \1 runs, "
                       r"2 findings", lines[3]), lines[3])


@test
def of_many_findings_of_one_cause_a_few_are_told(folder):
    result = points(folder, "--from", "0s", "--to", "20ms")
    answer = json.loads(points(folder, "--from", "0s", "--to", "20ms", "--format", "json").stdout)
    count = len(answer["findings"])
    check(count > 3 and answer["causes"] == [{"cause": "stopped: NODE stopped itself: term and vote lost",
                                              "findings": count, "first": 0}], answer["causes"])
    lines = result.stdout.splitlines()
    check(lines[0].endswith(f", {count} times") and lines[4] == f"  and {count - 3} more like these", lines)
    check(len(lines) == 6, lines)


@test
def the_bytes_do_not_depend_on_how_many_run_at_a_time(folder):
    some = ("--from", "0s", "--to", "30ms", "--format", "json")
    one, three = points(folder, *some, "-j1"), points(folder, *some, "-j", "3")
    check(one.returncode == 1 and one.stdout == three.stdout, one, three)


@test
def max_runs_takes_the_first_and_a_dry_run_none(folder):
    answer = json.loads(points(folder, "--max-runs", 7, "--format", "json").stdout)
    check(answer["runs"] == answer["planned"] == 7, answer)
    dry = json.loads(points(folder, "--dry-run", "--format", "json").stdout)
    check(dry["runs"] == 0 and dry["planned"] > 500 and dry["verdict"] == "dry run", dry)


@test
def where_nothing_is_crashed_it_is_inconclusive(folder):
    result = points(folder, "--from", "2s")
    check(result.returncode == 4 and "nothing was crashed" in result.stdout, result)


@test
def what_is_missing_or_wrong_is_said(folder):
    for arguments, said in ((["--instances", "A,load-1"], 'no server "load-1"; there are A, B, C'),
                            (["--from", "soon"], '--from "soon"'), (["--max-runs", "-1"], "numbers above 0"),
                            (["--down", "x"], '--down "x"'), ([VOTE], "needs one scenario file"),
                            (["--matrix", "/a=1"], "Unknown option --matrix")):
        result = points(folder, *arguments)
        check(result.returncode == 2 and said in result.stderr, arguments, result)


# ---- The zoo ---------------------------------------------------------------------------------------------------------


def plugin_of(name, folder):
    loader = importlib.machinery.SourceFileLoader("zoo", str(ROOT / "scripts" / "zoo"))
    zoo = importlib.util.module_from_spec(importlib.util.spec_from_loader("zoo", loader))
    loader.exec_module(zoo)
    build = pathlib.Path(CLUSTERSIM).parents[2]
    return zoo.build_plugin(zoo.Row(ROOT / "tests" / "zoo" / "raft" / f"{name}.patch"), build, pathlib.Path(folder))


def checks_found(folder, scenario, name):
    plugin = plugin_of(name, folder)
    result = points(folder, "--plugin", plugin, "--format", "json", scenario=FOLDER / scenario)
    answer = json.loads(result.stdout)
    check(result.returncode == 1, result)
    for finding in answer["findings"][:3]:
        status, what = again(folder, finding)
        check(status == 1 and finding["check"] in [f["check"] for f in what["findings"]], finding, what)
    return {f["check"] for f in answer["findings"]}


@zoo_test
def r02_a_vote_that_is_not_durable_is_found(folder):
    check("recovered_agrees" in checks_found(folder, "vote.json", "vote-not-durable"))


@zoo_test
def r04_a_term_that_is_not_durable_is_found(folder):
    check("one_vote_per_term" in checks_found(folder, "vote.json", "term-not-durable"))


@zoo_test
def r07_an_acknowledgement_before_the_flush_is_found(folder):
    check("leader_completeness" in checks_found(folder, "append.json", "acknowledges-before-flush"))


@zoo_test
def the_clean_build_passes_all_directed_scenarios(folder):
    for scenario in ("vote.json", "append.json", "truncate.json", "recovery.json"):
        answer = json.loads(points(folder, "--format", "json", scenario=FOLDER / scenario).stdout)
        check(answer["verdict"] == "pass" and answer["runs"] > 700, scenario, answer)


sys.exit(main(ZOO_TESTS if sys.argv[3:] == ["zoo"] else None))
