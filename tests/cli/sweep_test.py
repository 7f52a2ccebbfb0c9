#!/usr/bin/env python3
"""Thresholds, sweeps and merges as a user meets them.  Speaks TAP.

    sweep_test.py CLUSTERSIM ROOT PLUGIN…
"""
import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import xml.etree.ElementTree

from support import CLUSTERSIM, PLUGINS, ROOT, run
from sweep_support import lines, manifest, same_files, scenario, sweep, wait_for
from tap import check, main, test


# ---- Processes


def digests(folder, plugin, out):
    """Of five seeds, one after the other in one worker."""
    sweep(folder, scenario(folder), "--seeds", "0..4", "-j1", "--plugin", PLUGINS[plugin], out=out)
    return [line["digest"] for line in lines(folder, out)]


def alone(folder, plugin, seed):
    result = run("run", scenario(folder), "--seed", hex(seed), "--plugin", PLUGINS[plugin], "--no-charts", "--format",
                 "json", cwd=folder)
    return json.loads(result.stdout)["digest"]


@test
def a_plugin_that_says_it_keeps_state_has_each_run_in_a_process_of_its_own(folder):
    check(digests(folder, "echo_confesses", "one") == [alone(folder, "echo_confesses", seed) for seed in range(5)])
    quiet = digests(folder, "echo_remembers", "two")
    check(quiet[0] == alone(folder, "echo_remembers", 0) and quiet[4] != alone(folder, "echo_remembers", 4), quiet)


@test
def crash_points_are_those_of_a_process_that_has_run_nothing_else(folder):
    """Where a plug-in says so: else the run that was recorded moves the steps of those that follow."""
    for plugin, came in (("echo_confesses", True), ("echo_remembers", False)):
        result = run("sweep", scenario(folder), "--crash-points", "--down", "10us", "--plugin", PLUGINS[plugin], "--format",
                     "json", "--to", "250ms", cwd=folder)
        answer = json.loads(result.stdout)
        check(answer["runs"] > 5 and (answer["not_crashed"] == 0) == came, plugin, answer)


# ---- Thresholds of a run


@test
def a_threshold_that_is_not_met_exits_3_with_a_finding(folder):
    path = scenario(folder, thresholds={"latency": ["max < 1us", "count > 10"]})
    result = run("run", path, "--no-charts", "--format", "json", cwd=folder)
    answer = json.loads(result.stdout)
    check(result.returncode == 3 and answer["verdict"] == "threshold", result)
    check([t["met"] for t in answer["thresholds"]] == [False, True], answer["thresholds"])
    check(len(answer["findings"]) == 1 and answer["findings"][0]["check"] == "threshold", answer["findings"])
    check(answer["findings"][0]["detail"].startswith("latency: max < 1us is not met: "), answer["findings"])


@test
def a_threshold_without_samples_is_inconclusive(folder):
    path = scenario(folder, thresholds={"never_counted": ["count == 0"]})
    result = run("run", path, "--no-charts", "--format", "json", cwd=folder)
    threshold = json.loads(result.stdout)["thresholds"][0]
    check(result.returncode == 4, result)
    check(threshold["value"] is None and threshold["met"] is None, threshold)


@test
def thresholds_that_are_met_change_nothing(folder):
    plain = json.loads(run("run", scenario(folder), "--no-charts", "--format", "json", cwd=folder).stdout)
    path = scenario(folder, thresholds={"latency": ["max < 1h"], "errors": ["rate < 100%"]})
    result = run("run", path, "--no-charts", "--format", "json", cwd=folder)
    answer = json.loads(result.stdout)
    check(result.returncode == 0 and answer["digest"] == plain["digest"], result)


# ---- Sweeps


@test
def the_bytes_do_not_depend_on_workers_or_shards(folder):
    path = scenario(folder)
    arguments = [path, "--seeds", "0..23", "--matrix", "/topology/links/default/loss=0,0.1"]
    check(sweep(folder, *arguments, "-j1", out="one").returncode == 0)
    check(sweep(folder, *arguments, "-j", "2", out="two").returncode == 0)
    same_files(folder, "one", "two")
    for k in (1, 2, 3):
        check(sweep(folder, *arguments, "--shard", f"{k}/3", out=f"shard{k}").returncode == 0)
    result = run("merge", "shard2", "shard3", "shard1", "--out", "merged", cwd=folder)
    check(result.returncode == 0, result)
    same_files(folder, "one", "merged")
    numbers = [(line["cell"], int(line["seed"], 16)) for line in lines(folder, "one")]
    check(numbers == [(cell, seed) for cell in (0, 1) for seed in range(24)], numbers)


@test
def a_run_of_a_sweep_is_the_run_of_its_seed(folder):
    path = scenario(folder)
    sweep(folder, path, "--seeds", "0x10..0x12", "--matrix", "/topology/links/default/loss=0.1")
    line = lines(folder)[2]
    alone = run("run", path, "--seed", "0x12", "--set", "/topology/links/default/loss=0.1", "--no-charts",
                "--format", "json", cwd=folder)
    check(json.loads(alone.stdout)["digest"] == line["digest"], line)


@test
def a_planted_mistake_goes_red_with_its_seed_and_a_command_that_replays_it(folder):
    path = scenario(folder)
    result = sweep(folder, path, "--seeds", "0..19", "--plugin", PLUGINS["echo_tires"])
    failed = [line for line in lines(folder) if line["verdict"] == "violation"]
    check(result.returncode == 1 and 0 < len(failed) < 20, result, len(failed))
    (failure,) = manifest(folder)["summary"]["failures"]
    check(failure["runs"] == len(failed) and failure["seed"] == failed[0]["seed"], failure)
    check(failure["cause"] == "stopped: NODE stopped itself: tired", failure)
    check(result.stderr.splitlines()[-1] == "again: " + failure["again"], result.stderr)
    words = shlex.split(failure["again"])
    again = run(*words[1:], "--no-charts", "--format", "json", cwd=folder)
    check(again.returncode == 1 and json.loads(again.stdout)["digest"] == failed[0]["digest"], again)


@test
def a_worker_that_dies_is_told_with_its_seed_and_is_not_the_end(folder):
    path = scenario(folder)
    tires = [line["seed"] for line in (sweep(folder, path, "--seeds", "0..19", "--plugin", PLUGINS["echo_tires"]),
                                       lines(folder))[1] if line["verdict"] == "violation"]
    result = sweep(folder, path, "--seeds", "0..19", "--plugin", PLUGINS["echo_is_killed"], "-j2")
    killed = [line["seed"] for line in lines(folder) if line["verdict"] == "crashed"]
    check(result.returncode == 70 and killed == tires, killed, tires)
    check(len(lines(folder)) == 20, "every other seed has run")
    detail = lines(folder)[int(killed[0], 16)]["findings"][0]["detail"]
    check(detail == "killed by signal 9 (Killed)", detail)
    sweep(folder, path, "--seeds", "0..1", "--plugin", PLUGINS["echo_asserts"])
    detail = lines(folder)[0]["findings"][0]["detail"]
    check('status 70: echo_asserts.c:8: assertion failed: false && "nobody asks"' in detail, detail)


@test
def a_run_that_hangs_is_stopped_by_the_guard_and_is_no_verdict(folder):
    path = scenario(folder)
    result = sweep(folder, path, "--seeds", "0..7", "--plugin", PLUGINS["echo_hangs"], "--run-timeout", "1s", "-j4")
    stopped = [line for line in lines(folder) if line["verdict"] == "stopped"]
    check(result.returncode == 4 and 0 < len(stopped) < 8, result, stopped)
    check(stopped[0]["digest"] is None and "wall-clock" in stopped[0]["findings"][0]["detail"], stopped[0])


def interrupt(folder, arguments, number):
    """Begin a sweep, and end it with a signal once some runs are written down; returns its status."""
    part = pathlib.Path(folder) / "out" / "runs.part.jsonl"
    process = subprocess.Popen([CLUSTERSIM, "sweep", *arguments, "--out", "out"], cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: part.exists() and part.read_bytes().count(b"\n") >= 5)
    process.send_signal(number)
    return process.wait(timeout=60)


def is_of_seed(line, seed):
    return int(json.loads(line)["seed"], 16) == seed


@test
def an_interrupted_sweep_goes_on_where_it_was(folder):
    path = scenario(folder)
    arguments = [path, "--seeds", "0..499", "-j2"]
    result = sweep(folder, *arguments, out="whole")
    check(result.returncode == 0, result)
    status = interrupt(folder, arguments, signal.SIGINT)
    summary = manifest(folder)["summary"]
    check(status == 130 and not summary["complete"] and summary["stopped"].startswith("interrupted"), summary)
    check(5 <= len(lines(folder)) < 500, len(lines(folder)))
    # Runs that were under way are missing, among them perhaps the first one; here it always is.
    runs = pathlib.Path(folder) / "out" / "runs.jsonl"
    runs.write_text("".join(line for line in runs.read_text().splitlines(True) if not is_of_seed(line, 0)))
    # What is there is not run again: a mark in it stays.
    first = lines(folder)[0]
    mark = f'"events":{first["metrics"]["events"]}'
    runs.write_text(runs.read_text().replace(mark, mark + "0", 1))
    result = sweep(folder, *arguments, "--resume")
    check(result.returncode == 0, result)
    whole = runs.read_text().splitlines(True)
    number = int(first["seed"], 16)
    events = json.loads(whole[number])["metrics"]["events"]
    check(number > 0 and events == first["metrics"]["events"] * 10, number, events, first)
    whole[number] = whole[number].replace(mark + "0", mark, 1)
    runs.write_text("".join(whole))
    same_files(folder, "whole", "out")


@test
def a_sweep_that_was_killed_goes_on_after_its_last_whole_line(folder):
    path = scenario(folder)
    arguments = [path, "--seeds", "0..199", "-j2"]
    check(sweep(folder, *arguments, out="whole").returncode == 0)
    part = pathlib.Path(folder) / "out" / "runs.part.jsonl"
    for missing in (1, 10):  # the line's end alone, and some of the line
        check(interrupt(folder, arguments, signal.SIGKILL) == -signal.SIGKILL)
        whole_lines = part.read_bytes().rpartition(b"\n")[0] + b"\n"
        part.write_bytes(whole_lines[:-missing])
        check(sweep(folder, *arguments, "--resume").returncode == 0)
        same_files(folder, "whole", "out")
        check(not part.exists())


@test
def another_sweep_or_build_is_not_gone_on_with(folder):
    path = scenario(folder)
    check(sweep(folder, path, "--seeds", "0..3").returncode == 0)
    result = sweep(folder, path, "--seeds", "0..4", "--resume")
    check(result.returncode == 2 and "a sweep of other runs" in result.stderr, result)
    result = sweep(folder, path, "--seeds", "0..3", "--resume", "--plugin", PLUGINS["echo_slow"])
    check(result.returncode == 2 and "of another build" in result.stderr, result)


@test
def merge_refuses_mixed_builds_and_names_what_is_missing(folder):
    path = scenario(folder)
    sweep(folder, path, "--seeds", "0..9", "--shard", "1/2", out="a")
    sweep(folder, path, "--seeds", "0..9", "--shard", "2/2", "--plugin", PLUGINS["echo_slow"], out="b")
    result = run("merge", "a", "b", cwd=folder)
    check(result.returncode == 2 and "different builds" in result.stderr, result)
    result = run("merge", "a", cwd=folder)
    check(result.returncode == 4 and "5 runs are missing, the first is seed 0x0000000000000001" in result.stderr,
          result)
    sweep(folder, path, "--seeds", "0..8", "--shard", "2/2", out="c")
    result = run("merge", "a", "c", cwd=folder)
    check(result.returncode == 2 and "different sweeps" in result.stderr, result)


@test
def enough_failures_are_enough_and_always_the_same(folder):
    path = scenario(folder)
    arguments = [path, "--seeds", "0..39", "--plugin", PLUGINS["echo_tires"], "--max-failures", "3"]
    check(sweep(folder, *arguments, "-j1", out="one").returncode == 1)
    check(sweep(folder, *arguments, "-j4", out="four").returncode == 1)
    same_files(folder, "one", "four")
    check(manifest(folder, "one")["summary"]["failed"] == 3)
    check(lines(folder, "one")[-1]["verdict"] == "violation")


@test
def a_time_budget_ends_a_sweep_early(folder):
    result = sweep(folder, scenario(folder), "--seeds", "0..99999", "--time-budget", "300ms")
    summary = manifest(folder)["summary"]
    check(result.returncode == 0 and not summary["complete"], result)
    check(summary["stopped"] == "the time is up; --resume goes on" and summary["runs"] > 0, summary)


@test
def a_dry_run_names_the_cells_and_writes_nothing(folder):
    path = scenario(folder, sweep={"seeds": "0..9", "matrix": {"/topology/links/default/loss": [0, 0.5]}})
    result = sweep(folder, path, "--dry-run")
    check(result.stdout.splitlines() == [
        "echo-hello /topology/links/default/loss=0: seeds 0x0000000000000000 to 0x0000000000000009",
        "echo-hello /topology/links/default/loss=0.5: seeds 0x0000000000000000 to 0x0000000000000009",
        "20 runs"], result)
    check(result.returncode == 0 and os.listdir(folder) == ["s.json"], os.listdir(folder))


@test
def what_is_never_reached_makes_a_sweep_inconclusive(folder):
    path = scenario(folder, checks={"sometimes": ["gives_up"]})
    check(run("run", path, "--no-charts", cwd=folder).returncode == 0, "it binds sweeps only")
    result = sweep(folder, path, "--seeds", "0..3")
    check(result.returncode == 4 and "never reached gives_up (echo-hello)" in result.stdout, result)
    result = sweep(folder, path, "--seeds", "0..3", "--shard", "1/2")
    check(result.returncode == 0, "one shard cannot tell", result)


@test
def thresholds_over_runs_are_judged_at_the_end(folder):
    path = scenario(folder, sweep={"seeds": "0..9", "thresholds": {
        "violations": ["count == 0", "rate < 10%"], "runs": ["count >= 10"],
        "latency": ["max < 1h", "p(50) < 1us"]}})
    result = sweep(folder, path)
    judged = manifest(folder)["summary"]["cells"][0]["thresholds"]
    check(result.returncode == 3, result)
    check([(t["expression"], t["met"]) for t in judged] == [
        ("count == 0", True), ("rate < 10%", True), ("count >= 10", True), ("max < 1h", True),
        ("p(50) < 1us", False)], judged)
    check(judged[0]["value"] == "0" and judged[2]["value"] == "10", judged)


@test
def one_seed_of_many_is_enough_where_the_scenario_says_so(folder):
    path = scenario(folder, expect={"verdict": "violation", "within": {"seeds": 20}})
    result = sweep(folder, path, "--seeds", "0..19", "--plugin", PLUGINS["echo_tires"])
    check(result.returncode == 0, result)
    check(sweep(folder, path, "--seeds", "0..19").returncode == 5, "nobody was tired")


@test
def the_summary_says_what_the_runs_prove(folder):
    result = sweep(folder, scenario(folder), "--seeds", "0..19")
    check("0 of 20 seeds failed: failure probability below 13.91 % at 95 %\n"
          "                liveness: 0 of 20 failed: below 13.91 %\n" in result.stdout, result)


@test
def linearizability_and_weaker_promises_are_among_what_the_runs_prove(folder):
    result = sweep(folder, ROOT / "scenarios" / "raft" / "steady.json", "--seeds", "0..1", "--set",
                   '/time={"warmup":"1s","duration":"3s","settle":"1s"}', "--set", "/checks/sequential=true")
    check(result.returncode == 0, result)
    for name in ("linearizable", "sequential", "liveness"):
        check(f"{name}: 0 of 2 failed: below 77.64 %\n" in result.stdout, result.stdout)
        check(all(line["checks"][name] > 0 for line in lines(folder)), lines(folder))


@test
def what_a_check_did_not_see_is_not_part_of_what_it_proves(folder):
    path = scenario(folder, time={"warmup": "100ms", "duration": "1s", "settle": "500ms", "max_events": 300})
    result = sweep(folder, path, "--seeds", "0..3")
    check(result.returncode == 4 and "proves        nothing: no run came to a verdict\n" in result.stdout, result)


@test
def each_value_is_tried_with_each_of_other_matrices(folder):
    result = sweep(folder, scenario(folder), "--seeds", "0..1", "--plugin", PLUGINS["echo_asserts"],
                   "--matrix", "/topology/links/default/loss=0,0.5", "--matrix", "/workload/0/clients=1,2")
    cells = [tuple(cell["matrix"].values()) for cell in manifest(folder)["cells"]]
    check(cells == [(0, 1), (0, 2), (0.5, 1), (0.5, 2)], cells)
    check("echo-hello /topology/links/default/loss=0.5 /workload/0/clients=2: 2 runs, 2 failed" in result.stdout, result)
    check("--set '/topology/links/default/loss=0' --set '/workload/0/clients=1'" in result.stderr, result)


@test
def merge_takes_a_run_twice_if_it_is_the_same_and_never_if_it_differs(folder):
    path = scenario(folder)
    sweep(folder, path, "--seeds", "0..3", out="whole")
    for k in (1, 2):
        sweep(folder, path, "--seeds", "0..3", "--shard", f"{k}/2", out=f"s{k}")
    check(run("merge", "s1", "s2", "whole", "s1", "--out", "merged", cwd=folder).returncode == 0)
    same_files(folder, "whole", "merged")
    runs = pathlib.Path(folder) / "s2" / "runs.jsonl"
    runs.write_text(runs.read_text().replace('"xxh3:', '"xxh4:', 1))
    result = run("merge", "s1", "s2", "whole", "--out", "merged", cwd=folder)
    check(result.returncode == 6 and "two runs of one seed differ" in result.stderr, result)
    scenario(folder, "other.json", about="Another one.")
    sweep(folder, "other.json", "--seeds", "0..3", "--shard", "2/2", out="other")
    result = run("merge", "s1", "other", "--out", "merged", cwd=folder)
    check(result.returncode == 2 and "different sweeps" in result.stderr, result)


@test
def junit_and_github_are_told(folder):
    path = scenario(folder)
    env = dict(os.environ, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(pathlib.Path(folder) / "step.md"))
    result = sweep(folder, path, "--seeds", "0..19", "--plugin", PLUGINS["echo_tires"], "--junit", "junit.xml", env=env)
    failed = sum(line["verdict"] == "violation" for line in lines(folder))
    suite = xml.etree.ElementTree.parse(pathlib.Path(folder) / "junit.xml").getroot()[0]
    check(suite.get("tests") == "20" and suite.get("failures") == str(failed), suite.attrib)
    check(len(suite) == 20 and len(suite.findall("testcase/failure")) == failed)
    check("::error title=stopped%3A NODE stopped itself%3A tired::" in result.stderr, result.stderr)
    check("sweep VIOLATION" in (pathlib.Path(folder) / "step.md").read_text())


@test
def what_is_wrong_with_the_options_is_said_before_anything_runs(folder):
    path = scenario(folder)
    for arguments, words in ((["--seeds", "9..1"], "the first seed is above the last"),
                             (["--shard", "3/2"], "is not K/N"), (["--matrix", "loss=1"], "is not POINTER=VALUE"),
                             (["--time-budget", "soon"], "--time-budget"),
                             (["--matrix", "/topology/links/default/lss=1"], "unknown key \"lss\"")):
        result = sweep(folder, path, *arguments)
        check(result.returncode == 2 and words in result.stderr, result)
    check(os.listdir(folder) == ["s.json"], os.listdir(folder))


@test
def a_shard_is_taken_from_the_ci_system_and_told(folder):
    path = scenario(folder)
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    for index, count, first in (("CI_NODE_INDEX", "CI_NODE_TOTAL", 1), ("CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL", 0),
                                ("BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", 0),
                                ("SEMAPHORE_JOB_INDEX", "SEMAPHORE_JOB_COUNT", 1),
                                ("BITBUCKET_PARALLEL_STEP", "BITBUCKET_PARALLEL_STEP_COUNT", 0),
                                ("SYSTEM_JOBPOSITIONINPHASE", "SYSTEM_TOTALJOBSINPHASE", 1)):
        env = dict(plain, **{index: str(first + 1), count: "3"})
        result = sweep(folder, path, "--seeds", "0..9", "--shard", "auto", "--dry-run", env=env)
        check(result.returncode == 0 and f"shard 2/3, from {index} and {count}" in result.stderr, result)
        check(result.stdout.endswith("\n3 runs\n"), result.stdout)
        for wrong in ({index: str(first + 3), count: "3"}, {index: str(first - 1), count: "3"}, {count: "3"},
                      {index: "1"}, {index: "one", count: "3"}):
            result = sweep(folder, path, "--shard", "auto", "--dry-run", env=dict(plain, **wrong))
            check(result.returncode == 2 and "--shard auto: " in result.stderr and index in result.stderr, wrong, result)
    env = dict(plain, CI_NODE_INDEX="2", CI_NODE_TOTAL="3")
    sweep(folder, path, "--seeds", "0..9", "--shard", "auto", env=env, out="auto")
    sweep(folder, path, "--seeds", "0..9", "--shard", "2/3", out="given")
    same_files(folder, "auto", "given")


@test
def a_shard_that_no_variable_names_is_an_error(folder):
    plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    result = sweep(folder, scenario(folder), "--shard", "auto", env=plain)
    check(result.returncode == 2 and "none of CI_NODE_INDEX, CIRCLE_NODE_INDEX, " in result.stderr, result)
    check(os.listdir(folder) == ["s.json"], os.listdir(folder))
    # A job of GitLab that is not parallel has a total, and is all of it.
    result = sweep(folder, "s.json", "--shard", "auto", "--dry-run", env=dict(plain, CI_NODE_TOTAL="1"))
    check(result.returncode == 0 and "shard 1/1" in result.stderr, result)


@test
def a_scenario_may_expect_that_a_node_stops_itself(folder):
    path = scenario(folder, expect={"verdict": "violation", "check": "stopped", "within": {"seeds": 20}})
    result = run("run", path, "--plugin", PLUGINS["echo_tires"], "--no-charts", cwd=folder)
    check(result.returncode == 0 and "VIOLATION (as expected)" in result.stdout, result)
    check(run("run", path, "--no-charts", cwd=folder).returncode == 5, "nobody was tired")
    result = run("validate", scenario(folder, expect={"verdict": "violation", "check": "stoped"}), cwd=folder)
    check(result.returncode == 2 and 'did you mean "stopped"?' in result.stderr, result)


sys.exit(main())
