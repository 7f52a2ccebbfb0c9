#!/usr/bin/env python3
"""Costs measured live, and what the simulation makes of them.  Speaks TAP.

    calibrate_test.py CLUSTERSIM ROOT ECHO

ECHO is a plug-in, another build of echo.
"""
import json
import pathlib
import subprocess
import sys

from live_support import CLUSTERSIM, check, main, ports, raft, scenario, test

ECHO = str(pathlib.Path(sys.argv[3]).resolve())


def calibrate(*arguments, cwd):
    return subprocess.run([CLUSTERSIM, "calibrate", *map(str, arguments), f"--port-base={ports()}"], cwd=cwd,
                          capture_output=True, text=True, timeout=120, check=False)


def clustersim(*arguments, cwd):
    return subprocess.run([CLUSTERSIM, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def p50(answer, side):
    return answer[side]["metrics"]["latency_ns"]["p50"]


@test
def with_measured_costs_the_simulation_is_nearer_to_the_live_run(folder):
    far = {"links": {"default": {"latency": "40ms"}}}
    path = raft(folder, time={"warmup": "300ms", "duration": "1200ms", "settle": "100ms"}, faults={}, topology=far,
                checks={"election_safety": True, "linearizable": {"model": "kv"}})
    done = calibrate(path, "--format", "json", "-o", "mine.json", cwd=folder)
    check(done.returncode == 0, done.stdout, done.stderr)
    answer = json.loads(done.stdout)
    off = {side: abs(p50(answer, side) - p50(answer, "live")) for side in ("simulated", "calibrated")}
    check(2 * off["calibrated"] < off["simulated"] and p50(answer, "simulated") > 40e6, off)
    check([answer[side]["verdict"] for side in ("simulated", "calibrated")] == ["pass"] * 2, answer)
    for cost in ("network", "write", "fsync", "cpu"):
        check(answer["costs"][cost]["count"] > 0, cost, answer["costs"])
    cpu = answer["costs"]["cpu"]  # a line through the steps; either of its numbers may come out as nothing
    check("latency" in answer["costs"]["network"], answer["costs"])
    check(cpu["per_message"] != "0s" or cpu["per_byte"] not in ("0s", "0ns"), cpu)
    results = pathlib.Path(folder) / "results" / "latest"
    live = json.loads((results / "run.json").read_text())
    judged = [entry for entry in live["checks"] if entry["name"] == "linearizable"]
    check(live["verdict"] == "pass" and judged[0]["verdict"] == "pass" and judged[0]["seen"] > 0, live)
    check((results / "calibrated.json").read_text() == (pathlib.Path(folder) / "mine.json").read_text(), "-o")
    valid = clustersim("validate", "mine.json", cwd=folder)
    check(valid.returncode == 0, valid)
    curves = (results / "charts" / "calibration.csv").read_text()
    check([curves.count(f"# {side}\n") for side in ("live", "calibrated", "simulated")] == [1, 1, 1], curves[:500])
    check((results / "charts" / "calibration.svg").stat().st_size > 1000, "drawn")
    again = calibrate(results, "--format", "json", cwd=folder)
    check(again.returncode == 0 and json.loads(again.stdout)["calibrated"] == answer["calibrated"], again)


@test
def what_a_program_does_not_use_is_left_as_it_was(folder):
    done = calibrate(scenario(folder), "-o", "mine.json", cwd=folder)
    check(done.returncode == 0 and done.stdout.splitlines()[1].split()[0] == "live", done)
    nodes = json.loads((pathlib.Path(folder) / "mine.json").read_text())["topology"]["nodes"]["*"]
    check("fsync" not in nodes["disk"] and "per_message" in nodes["cpu"], nodes)


@test
def a_plug_in_beside_the_scenario_is_found_and_named_where_the_calibrated_one_finds_it(folder):
    there = pathlib.Path(folder) / "there"
    there.mkdir()
    (there / "beside.so").symlink_to(ECHO)
    path = scenario(there, plugins=["./beside.so"])
    for source in (path, "results/latest"):
        more = () if source == path else ("--plugin", there / "beside.so")
        done = calibrate(source, *more, "-o", "mine.json", cwd=folder)
        check(done.returncode == 0, source, done)
    check(json.loads((pathlib.Path(folder) / "mine.json").read_text())["plugins"] == [str(there / "beside.so")], "whole")
    elsewhere = pathlib.Path(folder) / "else"
    elsewhere.mkdir()
    check(clustersim("validate", "../mine.json", cwd=elsewhere).returncode == 0, "it runs from anywhere")


@test
def what_is_no_live_run_is_refused(folder):
    path = scenario(folder)
    check(clustersim("run", path, "--no-charts", cwd=folder).returncode == 0, "simulated")
    done = calibrate("results/latest", cwd=folder)
    check(done.returncode == 2 and "was simulated" in done.stderr, done)
    done = calibrate("nowhere.json", cwd=folder)
    check(done.returncode == 2 and "nowhere.json" in done.stderr, done)
    done = calibrate(cwd=folder)
    check(done.returncode == 2 and "needs one scenario" in done.stderr, done)
    live = clustersim("live", path, "--no-charts", f"--port-base={ports()}", cwd=folder)
    check(live.returncode == 0, live)
    costs = pathlib.Path(folder) / "results" / "latest" / "costs.json"
    good = costs.read_text()
    for content, words in (("{", "costs.json:1:"), ('{"format": 2}', "is not what a live run"), (None, "No such file")):
        costs.unlink()
        if content is not None:
            costs.write_text(content)
        done = calibrate("results/latest", cwd=folder)
        check(done.returncode == 2 and words in done.stderr, content, done)
        costs.write_text(good)


sys.exit(main())
