"""Every shipped scenario replays from the timeline of what it injected, byte for byte.

Usage: replay_test.py CLUSTERSIM SCENARIOS
Runs each scenario, then the replay.json of its results, and compares what both leave behind.  A
scenario that expects a violation is replayed too.  Prints TAP.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

SAME = ["history.jsonl", "series.csv", "latency.hgrm"]
DRAWN = ["nemesis", "repeat", "on", "after"]


def run(clustersim, scenario, out):
    """Run a scenario without charts; returns its run.json and the folder of its results."""
    done = subprocess.run(
        [clustersim, "run", str(scenario), "--out", str(out), "--format", "json", "--no-charts"],
        capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        raise AssertionError(f"{scenario}: {done.stderr}")
    return json.loads(done.stdout), (out / "latest").resolve()


def is_drawn(value):
    """Whether a value of a fault is a distribution that still has to be drawn."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in (
        "uniform", "exponential", "normal", "lognormal", "pareto", "weibull", "shifted", "mixture",
        "empirical")


def compare(clustersim, scenario, folder):
    """Returns what differs between a run and its replay, as one line, or None."""
    first, first_folder = run(clustersim, scenario, folder / "first")
    replay = first_folder / "replay.json"
    planned = json.loads(replay.read_text())["faults"]
    for fault in planned["timeline"]:
        if any(key in fault for key in DRAWN) or is_drawn(fault.get("for")):
            return f"{fault['id']} is still to be drawn"
    if "nemesis" in planned:
        return "there is still a nemesis"
    second, second_folder = run(clustersim, replay, folder / "second")
    if first["digest"] != second["digest"]:
        return f"digests {first['digest']} and {second['digest']}"
    if first["metrics"] != second["metrics"]:
        return "other metrics"
    for name in SAME:
        if (first_folder / name).read_bytes() != (second_folder / name).read_bytes():
            return f"another {name}"
    return None


def main():
    clustersim, scenarios = sys.argv[1], pathlib.Path(sys.argv[2])
    paths = sorted(scenarios.glob("*/*.json"))
    assert paths, f"no scenario below {scenarios}"
    print(f"1..{len(paths)}")
    failed = 0
    for number, path in enumerate(paths, 1):
        with tempfile.TemporaryDirectory() as folder:
            difference = compare(clustersim, path, pathlib.Path(folder))
        failed += difference is not None
        name = path.relative_to(scenarios)
        print(f"{'not ok' if difference else 'ok'} {number} - {name} replays"
              + (f": {difference}" if difference else ""), flush=True)
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
