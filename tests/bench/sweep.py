#!/usr/bin/env python3
"""What a second core is worth to a sweep: sweep.py CLUSTERSIM SCENARIO

Five nodes, 100 operations a second for 10 s, all oracles: the same seeds with one worker and with two, in turns.  Prints
JSON lines: seeds per second of wall-clock time with one worker, CPU seconds of a seed, and how much of twice that speed two
workers reach.  Wall-clock times mean something on a quiet machine only; the load before and behind is beside them.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SEEDS, ROUNDS = 600, 5


def sweep(workers, folder):
    """Wall-clock and CPU seconds."""
    began, before = time.monotonic(), os.times()
    subprocess.run([sys.argv[1], "sweep", sys.argv[2], "--set", '/time/duration="10s"', "--seeds", f"1..{SEEDS}",
                    "-j", str(workers), "--out", folder / f"with-{workers}"], check=True, capture_output=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - began, cpu


def main():
    load, rounds = os.getloadavg()[0], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(prefix="sweep.") as place:
            folder = pathlib.Path(place)
            rounds.append((*sweep(1, folder), *sweep(2, folder)))
            one, two = ((folder / f"with-{workers}" / "runs.jsonl").read_bytes() for workers in (1, 2))
            if one != two:
                sys.exit("one worker and two come to different bytes")
    parameters = {"nodes": 5, "operations_per_s": 100, "oracles": "all", "seeds": SEEDS,
                  "load": [round(load, 1), round(os.getloadavg()[0], 1)]}
    for value, unit in (
            (statistics.median(SEEDS / one for one, _, _, _ in rounds), "seeds/s"),
            (statistics.median(cpu / SEEDS * 1000 for _, cpu, _, _ in rounds), "CPU ms/seed"),
            (statistics.median(100 * one / (2 * two) for one, _, two, _ in rounds), "% of two workers' speed"),
            (statistics.median(100 * alone / both for _, alone, _, both in rounds), "% of two workers' CPU time")):
        print(json.dumps({"name": "sweep", "parameters": parameters, "value": round(value, 2), "unit": unit}), flush=True)


if __name__ == "__main__":
    main()
