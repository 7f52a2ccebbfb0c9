#!/usr/bin/env python3
"""From a failure to the smallest scenario that has it, as a user meets it.  Speaks TAP.

    shrink_test.py CLUSTERSIM ROOT PLUGIN…
"""
import json
import pathlib
import shlex
import signal
import subprocess
import sys
import time

from support import CLUSTERSIM, PLUGINS, ROOT, run
from tap import check, main, test

ECHO = ROOT / "scenarios" / "echo" / "hello.json"
LATE = PLUGINS["echo_forgives_once"]


def scenario(folder, timeline, name="s.json", **changes):
    content = json.loads(ECHO.read_text())
    content.pop("$schema", None)
    content["time"] = {"warmup": "100ms", "duration": "3s", "settle": "500ms"}
    content["groups"]["echo"]["nodes"] = ["server", "idle", "spare"]
    content["faults"] = {"timeline": timeline}
    content.update(changes)
    (pathlib.Path(folder) / name).write_text(json.dumps(content, indent=2))
    return name


def two_jumps_among_many(folder):
    """The server bears one jump of its clock and not two; ten faults have nothing to do with it."""
    timeline = [{"id": f"noise-{i}", "at": f"{200 * i + 150}ms", "for": "50ms", "pause": ["idle"]} for i in range(5)]
    timeline += [{"id": f"slow-{i}", "at": f"{200 * i + 170}ms", "for": "50ms",
                  "slow-cpu": {"target": ["spare"], "factor": 2}} for i in range(5)]
    timeline += [{"id": "first", "at": "500ms", "for": "1s", "clock": {"node": ["server"], "jump": "-1s"}},
                 {"id": "second", "at": "900ms", "for": "1s", "clock": {"node": ["server"], "jump": "-1s"}}]
    return scenario(folder, timeline)


def shrink(folder, *arguments, out="small.json"):
    return run("shrink", *arguments, "-o", out, "--plugin", LATE, "--format", "json", cwd=folder)


def content_of(folder, name):
    return json.loads((pathlib.Path(folder) / name).read_text())


def verdict_of(folder, command):
    words = shlex.split(command)
    check(words[0] == "clustersim", command)
    result = run(*words[1:], "--no-charts", "--format", "json", cwd=folder)
    return result.returncode, json.loads(result.stdout)


@test
def the_file_fails_in_the_same_way_with_fewer_faults(folder):
    result = shrink(folder, two_jumps_among_many(folder))
    check(result.returncode == 0, result)
    answer = json.loads(result.stdout)
    check(answer["finding"]["check"] == "stopped" and answer["minimal"] is True, answer)
    check(answer["before"]["faults"] == 12 and answer["left"]["faults"] == 2, answer)
    check(answer["before"]["nodes"] == 3 and answer["left"]["nodes"] == 1, answer)
    check(answer["left"]["clients"] == 1 and answer["left"]["operations"] < 10, answer)
    status, passes = verdict_of(folder, answer["commands"]["passes"])
    check(status == 0 and passes["verdict"] == "violation", status, passes["findings"])
    status, fails = verdict_of(folder, answer["commands"]["fails"])
    check(status == 1 and fails["findings"][0]["check"] == "stopped", status, fails["findings"])
    small = content_of(folder, "small.json")
    check("nemesis" not in small["faults"] and small["seed"] == "0x1", small)
    check(not (pathlib.Path(folder) / "small.json.state").exists(), "the state is left")


def run_of(folder, path, out):
    """The run.json and the folder of a run under the plug-in that forgives once."""
    result = run("run", path, "--plugin", LATE, "--out", out, "--no-charts", "--format", "json", cwd=folder)
    check(result.stdout.startswith("{"), result)
    return json.loads(result.stdout), (pathlib.Path(folder) / out / "latest").resolve()


@test
def what_was_shrunk_replays_byte_for_byte(folder):
    """From faults placed by time, and from those of a nemesis: no draw is left, and all that is written is the same."""
    clock = {"for": {"uniform": ["300ms", "900ms"]}, "target": "server", "jump": "-1s"}
    nemesis = {"mean_gap": {"exponential": "150ms"}, "faults": {"clock": clock, "pause": {"for": "20ms", "target": "idle"}}}
    by_chance = scenario(folder, [], name="chance.json", faults={"nemesis": nemesis})
    for path in (two_jumps_among_many(folder), by_chance):
        result = shrink(folder, path)
        check(result.returncode == 0, result)
        small = content_of(folder, "small.json")
        check("nemesis" not in small["faults"] and 2 <= len(small["faults"]["timeline"]) <= 3, small)
        first, one = run_of(folder, "small.json", "one")
        second, two = run_of(folder, one / "replay.json", "two")
        check(first["digest"] == second["digest"] and first["metrics"] == second["metrics"], first, second)
        check(first["findings"] == second["findings"] != [], first["findings"])
        for name in ("history.jsonl", "series.csv", "latency.hgrm", "faults.json"):
            check((one / name).read_bytes() == (two / name).read_bytes(), "another", name)


@test
def what_is_necessary_makes_it_pass_when_it_is_left_out(folder):
    answer = json.loads(shrink(folder, two_jumps_among_many(folder)).stdout)
    check(answer["necessary"] == {"left": ["first", "second"], "before": ["first", "second"]}, answer)
    small = content_of(folder, "small.json")
    for i in range(2):
        less = json.loads(json.dumps(small))
        del less["faults"]["timeline"][i]
        less["expect"] = {}
        (pathlib.Path(folder) / "less.json").write_text(json.dumps(less))
        result = run("run", "less.json", "--plugin", LATE, "--no-charts", "--format", "json", cwd=folder)
        findings = [f["check"] for f in json.loads(result.stdout)["findings"] if f["verdict"] == "violation"]
        check(findings == [], findings)


@test
def the_bytes_do_not_depend_on_how_many_run_at_a_time(folder):
    path = two_jumps_among_many(folder)
    one, two = shrink(folder, path, "-j1", out="one.json"), shrink(folder, path, "-j", "2", out="two.json")
    check(one.returncode == 0 and two.returncode == 0, one, two)
    check((pathlib.Path(folder) / "one.json").read_bytes() == (pathlib.Path(folder) / "two.json").read_bytes(), "differ")
    check(json.loads(one.stdout)["runs"] == json.loads(two.stdout)["runs"], one.stdout, two.stdout)


@test
def a_search_that_was_cut_short_goes_on_to_the_same_file(folder):
    path = two_jumps_among_many(folder)
    whole = json.loads(shrink(folder, path, out="whole.json").stdout)
    first = shrink(folder, path, "--max-runs", 7, out="part.json")
    answer = json.loads(first.stdout)
    check(first.returncode == 0 and answer["minimal"] is False and answer["runs"] == 7, first)
    check(verdict_of(folder, answer["commands"]["passes"])[0] == 0, "the best so far does not fail")
    state = pathlib.Path(folder) / "part.json.state"
    state.write_bytes(state.read_bytes()[:-5])  # as if it had been killed in the middle of a line
    again = shrink(folder, path, "--resume", out="part.json")
    check(again.returncode == 0 and json.loads(again.stdout)["runs"] == whole["runs"], again)
    check((pathlib.Path(folder) / "part.json").read_bytes() == (pathlib.Path(folder) / "whole.json").read_bytes(), "differ")


@test
def a_search_that_was_interrupted_goes_on_to_the_same_file(folder):
    path = two_jumps_among_many(folder)
    whole = json.loads(shrink(folder, path, out="whole.json").stdout)
    state = pathlib.Path(folder) / "part.json.state"
    process = subprocess.Popen([CLUSTERSIM, "shrink", path, "-o", "part.json", "--plugin", LATE, "-j", "1", "--format",
                                "json"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and (not state.exists() or state.read_text().count("\n") < 6):
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=60)
    answer = json.loads(text)
    check(process.returncode == 130 and answer["minimal"] is False, process.returncode, answer)
    check(answer["runs"] < whole["runs"], answer["runs"], whole["runs"])
    again = shrink(folder, path, "--resume", out="part.json")
    check(again.returncode == 0 and json.loads(again.stdout)["runs"] == whole["runs"], again)
    check((pathlib.Path(folder) / "part.json").read_bytes() == (pathlib.Path(folder) / "whole.json").read_bytes(), "differ")


@test
def a_search_goes_on_only_where_it_began(folder):
    path = two_jumps_among_many(folder)
    shrink(folder, path, "--max-runs", 3)
    result = shrink(folder, path, "--resume", "--set", "/topology/links/default/loss=0.02")
    check(result.returncode == 2 and "another search" in result.stderr, result)


@test
def a_folder_of_results_can_be_shrunk(folder):
    path = two_jumps_among_many(folder)
    failed = run("run", path, "--plugin", LATE, "--no-charts", cwd=folder)
    check(failed.returncode == 1, failed)
    result = shrink(folder, "results/latest", "--max-runs", 40)
    check(result.returncode == 0 and json.loads(result.stdout)["left"]["faults"] == 2, result)


@test
def a_run_that_is_not_reproduced_exits_6(folder):
    run("run", two_jumps_among_many(folder), "--plugin", LATE, "--no-charts", cwd=folder)
    result = run("shrink", "results/latest", "-o", "small.json", cwd=folder)
    check(result.returncode == 6 and "not reproduced" in result.stderr and "build" in result.stderr, result)


@test
def a_run_that_passed_has_nothing_to_shrink(folder):
    path = two_jumps_among_many(folder)
    result = run("shrink", path, "-o", "small.json", cwd=folder)
    check(result.returncode == 2 and "nothing to shrink" in result.stderr, result)
    run("run", path, "--no-charts", cwd=folder)
    result = run("shrink", "results/latest", "-o", "small.json", cwd=folder)
    check(result.returncode == 2 and "nothing to shrink" in result.stderr, result)
    check(not (pathlib.Path(folder) / "small.json").exists(), "a file was written")


@test
def a_failed_assertion_is_a_finding_too(folder):
    path = scenario(folder, [{"id": "noise", "at": "150ms", "for": "50ms", "pause": ["idle"]}])
    result = run("shrink", path, "-o", "small.json", "--plugin", PLUGINS["echo_asserts"], "--format", "json", cwd=folder)
    check(result.returncode == 0, result)
    answer = json.loads(result.stdout)
    check("nobody asks" in answer["finding"]["detail"] and answer["left"]["faults"] == 0, answer)
    again = run("run", "small.json", "--plugin", PLUGINS["echo_asserts"], "--no-charts", cwd=folder)
    check(again.returncode == 70 and "nobody asks" in again.stderr, again)


@test
def what_is_missing_or_wrong_is_said(folder):
    path = two_jumps_among_many(folder)
    for arguments in (["shrink", path], ["shrink", "-o", "x"], ["shrink", path, "-o", "x", "--seed", "7"],
                      ["shrink", "nowhere.json", "-o", "x"], ["shrink", ".", "-o", "x"]):
        result = run(*arguments, cwd=folder)
        check(result.returncode == 2 and result.stderr != "", arguments, result)


sys.exit(main())
