#!/usr/bin/env python3
"""What shrinking makes of the five-node findings of the zoo: shrink.py CLUSTERSIM ROOT [NAME…]

Planted mistakes of Raft that a partition brings out, in scenarios/raft/partition.json, and others in
scenarios/raft/nemesis.json: for each, the first seeds that find it with at least ten faults that fired are shrunk with two
runs at a time.  Prints JSON lines, of each finding and the medians of a scenario's.
"""
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import types

CLUSTERSIM, ROOT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
# Scenario, how many seeds are looked through and how many are shrunk for each mistake, and the mistakes.
PLAN = (
    ("partition", 400, 3, ("compares-only-the-index", "reads-without-a-round", "keeps-its-old-leader",
                           "refusal-counts-as-agreement", "minority-of-five-is-enough", "pre-vote-counts-as-a-vote")),
    ("nemesis", 300, 1, ("vote-not-durable", "acknowledges-before-flush", "truncates-without-conflict",
                         "compares-only-the-index")),
)
FAULTS_MIN, WORKERS = 10, 2
SECONDS_MAX = 600


def the_zoo():
    """scripts/zoo as a module."""
    path = ROOT / "scripts" / "zoo"
    module = types.ModuleType("zoo")
    module.__file__ = str(path)
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)  # pylint: disable=exec-used
    return module


def command(*words, cwd):
    return subprocess.run([CLUSTERSIM, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False,
                          timeout=SECONDS_MAX)


def failing_seeds(scenario, seeds, plugin, folder):
    """In order; a finding stops the sweep, which then goes on behind it."""
    first = 1
    while first <= seeds:
        swept = command("sweep", scenario, "--plugin", plugin, "--seeds", f"{first}..{seeds}", "--max-failures", 1,
                        "-j", WORKERS, "--out", f"sweep-{first}", "--format", "json", cwd=folder)
        failures = json.loads(swept.stdout)["summary"]["failures"]
        if not failures:
            return
        yield failures[0]["seed"]
        first = int(failures[0]["seed"], 16) + 1


def shrink(scenario, plugin, seed, folder):
    """The answer, wall-clock seconds and CPU seconds; None if too few faults fired."""
    words = ("shrink", scenario, "--seed", seed, "--plugin", plugin, "-j", WORKERS, "--format", "json")
    few = command(*words, "-o", "few.json", "--max-runs", 1, cwd=folder)
    if few.returncode != 0 or json.loads(few.stdout)["before"]["faults"] < FAULTS_MIN:
        return None
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = command(*words, "-o", "small.json", cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return json.loads(done.stdout), time.monotonic() - began, cpu


def say(parameters, values):
    for value, unit in values:
        print(json.dumps({"name": "shrink", "parameters": parameters, "value": value, "unit": unit}), flush=True)


def measure(zoo, name, scenario, seeds, most):
    """Says what each finding came to; returns (faults left, seconds, CPU seconds) of each."""
    row = zoo.Row(ROOT / "tests" / "zoo" / "raft" / f"{name}.patch")
    path = ROOT / "scenarios" / "raft" / f"{scenario}.json"
    parameters = {"scenario": scenario, "mistake": row.id, "patch": f"raft/{name}", "workers": WORKERS}
    figures = []
    with tempfile.TemporaryDirectory(prefix="shrink.") as place:
        folder = pathlib.Path(place)
        plugin = zoo.build_plugin(row, CLUSTERSIM.parents[2], folder)
        for seed in failing_seeds(path, seeds, plugin, folder):
            measured = shrink(path, plugin, seed, folder)
            if measured is None:
                continue
            answer, seconds, cpu = measured
            figures.append((answer["left"]["faults"], round(seconds, 1), round(cpu, 1)))
            say(parameters | {"seed": int(seed, 16), "check": answer["finding"]["check"],
                              "faults_before": answer["before"]["faults"], "nodes": answer["left"]["nodes"],
                              "runs": answer["runs"], "minimal": answer["minimal"]},
                zip(figures[-1], ("faults", "s", "CPU s")))
            if len(figures) == most:
                break
    if not figures:
        say(parameters | {"seeds": seeds}, [(None, "faults")])
    return figures


def main():
    os.environ["LC_ALL"] = "C"
    zoo = the_zoo()
    for scenario, seeds, most, names in PLAN:
        figures = []
        for name in names:
            if not sys.argv[3:] or name in sys.argv[3:]:
                figures += measure(zoo, name, scenario, seeds, most)
        if figures:
            say({"scenario": scenario, "findings": len(figures), "of": "the median"},
                zip((statistics.median(of) for of in zip(*figures)), ("faults", "s", "CPU s")))


if __name__ == "__main__":
    main()
