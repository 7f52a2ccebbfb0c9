#!/usr/bin/env python3
"""What a program asks for happens in real processes as it does in the simulator.  Speaks TAP.

    live_effects_test.py CLUSTERSIM ROOT PLUGIN

The plug-in uses every effect of the contract, and says what came of it.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

from live_support import CLUSTERSIM, begin, check, live, main, nodes, result_of, scenario, test

PLUGIN = str(pathlib.Path(sys.argv[3]).resolve())
REACHED = {"a barrier", "a discard", "a flush", "a job", "a large message", "a read", "a small message",
           "a step reads what it wrote", "a timer", "a write", "what was discarded is zero"}


def every(folder, **changes):
    return scenario(folder, **{
        "name": "every", "time": {"warmup": "0s", "duration": "700ms", "settle": "100ms"},
        "groups": {"all": {"program": "every", "nodes": ["A", "B"], "allowed_stops": ["enough"]}},
        "workload": [{"name": "asker", "target": "all", "model": "open", "clients": 1, "arrivals": {"poisson": "20/s"},
                      "ops": {"get": 1}, "keys": {"uniform": 3}, "timeout": "1s"}], **changes})


def reached_in(run):
    """By name, how often."""
    return run["metrics"]["reached"]


@test
def every_effect_of_the_contract_comes_out_as_in_the_simulator(folder):
    path = every(folder)
    simulated = subprocess.run([CLUSTERSIM, "run", str(path), "--plugin", PLUGIN, "--no-charts", "--out", "simulated", "--format",
                                "json"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    check(simulated.returncode == 0, simulated)
    done = live(path, "--plugin", PLUGIN, "--format", "json", cwd=folder)
    check(done.returncode == 0, done.stdout, done.stderr)
    one, other = json.loads(simulated.stdout), json.loads(done.stdout)
    check(set(reached_in(one)) == REACHED, sorted(reached_in(one)))
    check(set(reached_in(other)) == REACHED, sorted(reached_in(other)))
    counters = one["metrics"]["counters"], other["metrics"]["counters"]
    check(counters[0] == counters[1] == {"counted": 6}, counters)
    check(one["build"] == other["build"], "both are the same build of program and plug-in")
    check(other["metrics"]["operations"]["ok"] > 5, "answers with parts arrive")


@test
def a_stop_that_is_not_allowed_is_a_violation_live_too(folder):
    path = every(folder, groups={"all": {"program": "every", "nodes": ["A", "B"]}})
    done = live(path, "--plugin", PLUGIN, cwd=folder)
    check(done.returncode == 1 and "B stopped itself: enough" in done.stdout, done.stdout, done.stderr)


@test
def a_plug_in_beside_the_scenario_is_found_by_every_node(folder):
    (pathlib.Path(folder) / "there").mkdir()
    (pathlib.Path(folder) / "there" / "beside.so").symlink_to(PLUGIN)
    path = every(pathlib.Path(folder) / "there", plugins=["./beside.so"])
    done = live(path, cwd=folder)
    check(done.returncode == 0, done.stdout, done.stderr)


def connections(base):
    """The ports of the run to which there are connections."""
    ports = set()
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        words = line.split()
        port, state = int(words[2].rsplit(":", 1)[1], 16), words[3]
        if base <= port < base + 3 and state == "01":
            ports.add(port - base)
    return ports


@test
def long_messages_go_through_tcp_and_others_through_udp(folder):
    inode = os.stat(PLUGIN).st_ino
    for datagram_max, wanted in ((39999, True), (40000, False)):
        process, base = begin(every(folder), "--plugin", PLUGIN, f"--datagram-max={datagram_max}", cwd=folder)
        seen, mapped = set(), set()
        while process.poll() is None:
            seen |= connections(base)
            for pid in nodes(base).values():
                try:
                    mapped |= {int(line.split()[4]) for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()}
                except OSError:
                    pass
            time.sleep(0.02)
        out, err = process.communicate(timeout=60)
        check(process.returncode == 0, out, err)
        check(bool(seen) == wanted, datagram_max, seen)
        check(inode in mapped, "the nodes run the plug-in's file itself")
        check("a large message" in reached_in(result_of(folder)), result_of(folder)["metrics"]["reached"])


@test
def all_messages_may_go_through_tcp(folder):
    path = scenario(folder)
    done = live(path, "--datagram-max", "0", cwd=folder)
    check(done.returncode == 0, done.stdout, done.stderr)
    metrics = result_of(folder)["metrics"]
    check(metrics["operations"]["ok"] > 50 and metrics["operations"]["unknown"] == 0, metrics)
    bad = live(path, "--datagram-max", "65001", cwd=folder)
    check(bad.returncode == 2 and "--datagram-max 65001 is not between 0 and 65000" in bad.stderr, bad)


@test
def series_and_charts_are_those_of_any_run(folder):
    done = live(scenario(folder), cwd=folder, charts=True)
    check(done.returncode == 0, done.stdout, done.stderr)
    results = pathlib.Path(folder) / "results" / "latest"
    header, *rows = (line.split(",") for line in (results / "series.csv").read_text().splitlines())
    answered = sum(int(row[header.index("ok")]) for row in rows)
    check(answered > 50, header, rows[:3])
    check("warning: no charts" not in done.stderr, done.stderr)
    for name in ("latency", "throughput", "percentiles"):
        for suffix in ("svg", "png"):
            check((results / "charts" / f"{name}.{suffix}").stat().st_size > 1000, name, suffix)


sys.exit(main())
