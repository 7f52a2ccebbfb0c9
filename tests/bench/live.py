#!/usr/bin/env python3
"""Three nodes of Raft in real processes on the loopback interface, and simulated: live.py CLUSTERSIM SCENARIO

With 1 and 16 writes outstanding, with and without fdatasync: commits per second, p50 and p99 of the live run, of the
simulation as the scenario says, and of the simulation with the costs that the live run has measured.  Prints JSON lines.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

CLUSTERSIM, SCENARIO = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
OUTSTANDING = (1, 16)
SYNC = ("fdatasync", "none")
SIDES = ("live", "simulated", "calibrated")


def measure(outstanding, sync, folder):
    done = subprocess.run([CLUSTERSIM, "calibrate", SCENARIO, "--format", "json", "--out", folder, "--sync", sync,
                           "--set", f"/workload/0/outstanding={outstanding}"],
                          capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        sys.exit(f"calibrate ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def tell(name, value, unit, **parameters):
    print(json.dumps({"name": name, "parameters": parameters, "value": value, "unit": unit}), flush=True)


def main():
    for outstanding in OUTSTANDING:
        for sync in SYNC:
            with tempfile.TemporaryDirectory(prefix="clustersim-bench.") as folder:
                answer = measure(outstanding, sync, folder)
            for side in SIDES:
                metrics, where = answer[side]["metrics"], {"outstanding": outstanding, "sync": sync, "run": side}
                tell("live-commits", metrics["throughput_per_s"], "commits/s", **where)
                for percentile in ("p50", "p99"):
                    tell(f"live-{percentile}", round(metrics["latency_ns"][percentile] / 1e6, 3), "ms", **where)


main()
