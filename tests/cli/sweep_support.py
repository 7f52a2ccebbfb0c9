"""What the tests of sweeps share: the program, scenarios of echo, what a sweep left behind.  Speaks TAP.

Their arguments are CLUSTERSIM ROOT PLUGIN…
"""
import json
import pathlib
import time

import support
from support import run
from tap import check


def scenario(folder, name="s.json", **changes):
    """Write a short scenario; its name in the folder, as sweeps print it."""
    return support.scenario(folder, name, duration="1s", **changes).name


def sweep(folder, *arguments, out="out", **options):
    return run("sweep", *arguments, "--out", out, cwd=folder, **options)


def lines(folder, out="out"):
    return [json.loads(line) for line in (pathlib.Path(folder) / out / "runs.jsonl").read_text().splitlines()]


def manifest(folder, out="out"):
    return json.loads((pathlib.Path(folder) / out / "sweep.json").read_text())


def same_files(folder, one, other):
    for name in ("runs.jsonl", "sweep.json"):
        a, b = (pathlib.Path(folder) / out / name for out in (one, other))
        check(a.read_bytes() == b.read_bytes(), f"{name} of {one} and {other} differ")


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        check(time.monotonic() < end, "nothing happened within a minute")
        time.sleep(0.005)
