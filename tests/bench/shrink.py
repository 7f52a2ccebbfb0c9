#!/usr/bin/env python3
"""What shrinking makes of the five-node findings of the zoo: shrink.py CLUSTERSIM ROOT [NAME…]

For each of a few planted mistakes of Raft, the first seed of scenarios/raft/nemesis.json that finds it with at least ten
faults that fired is shrunk with two runs at a time.  Prints JSON lines.
"""
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import types

CLUSTERSIM, ROOT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
NEMESIS = ROOT / "scenarios" / "raft" / "nemesis.json"
NAMES = ("commits-old-terms", "vote-not-durable", "acknowledges-before-flush", "truncates-without-conflict",
         "compares-only-the-index")
SEEDS, FAULTS_MIN, WORKERS = 100, 10, 2
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


def failing_seeds(plugin, folder):
    """In order; a finding stops the sweep, which then goes on behind it."""
    first = 1
    while first <= SEEDS:
        swept = command("sweep", NEMESIS, "--plugin", plugin, "--seeds", f"{first}..{SEEDS}", "--max-failures", 1,
                        "-j", 1, "--out", f"sweep-{first}", "--format", "json", cwd=folder)
        failures = json.loads(swept.stdout)["summary"]["failures"]
        if not failures:
            return
        yield failures[0]["seed"]
        first = int(failures[0]["seed"], 16) + 1


def shrink(plugin, seed, folder):
    """The answer, wall-clock seconds and CPU seconds; None if too few faults fired."""
    few = command("shrink", NEMESIS, "--seed", seed, "--plugin", plugin, "-o", "few.json", "--max-runs", 1, "--format",
                  "json", cwd=folder)
    if few.returncode != 0 or json.loads(few.stdout)["before"]["faults"] < FAULTS_MIN:
        return None
    began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = command("shrink", NEMESIS, "--seed", seed, "--plugin", plugin, "-o", "small.json", "-j", WORKERS, "--format",
                   "json", cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stderr)
    cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return json.loads(done.stdout), time.monotonic() - began, cpu


def measure(zoo, name):
    row = zoo.Row(ROOT / "tests" / "zoo" / "raft" / f"{name}.patch")
    with tempfile.TemporaryDirectory(prefix="shrink.") as place:
        folder = pathlib.Path(place)
        plugin = zoo.build_plugin(row, CLUSTERSIM.parents[2], folder)
        for seed in failing_seeds(plugin, folder):
            measured = shrink(plugin, seed, folder)
            if measured is not None:
                return row.id, seed, measured
    return row.id, None, None


def main():
    os.environ["LC_ALL"] = "C"
    zoo = the_zoo()
    for name in sys.argv[3:] or NAMES:
        mistake, seed, measured = measure(zoo, name)
        parameters = {"mistake": mistake, "patch": f"raft/{name}", "workers": WORKERS}
        if measured is None:
            print(json.dumps({"name": "shrink", "parameters": parameters | {"seeds": SEEDS}, "value": None,
                              "unit": "faults"}), flush=True)
            continue
        answer, seconds, cpu = measured
        parameters |= {"seed": int(seed, 16), "check": answer["finding"]["check"],
                       "faults_before": answer["before"]["faults"], "nodes": answer["left"]["nodes"],
                       "runs": answer["runs"], "minimal": answer["minimal"]}
        for value, unit in ((answer["left"]["faults"], "faults"), (round(seconds, 1), "s"), (round(cpu, 1), "CPU s")):
            print(json.dumps({"name": "shrink", "parameters": parameters, "value": value, "unit": unit}), flush=True)


if __name__ == "__main__":
    main()
