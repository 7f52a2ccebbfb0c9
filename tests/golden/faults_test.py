"""One scenario for each kind of fault does what it is there to show, and further ones what they are.

Usage: faults_test.py CLUSTERSIM SCENARIOS GOLDEN
Runs each SCENARIOS/faults/KIND.json and compares what was injected, and the counts that show what
it did, with GOLDEN/faults/KIND.txt.  Each kind that `clustersim list faults` has in a timeline has one;
FURTHER names those that show more.  With BLESS=1 the files are written anew.  Prints TAP.
"""
import difflib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

MESSAGES = ["lost", "cut", "tail_dropped", "dead", "duplicated", "held", "corrupted"]
COUNTERS = ["elections", "malformed"]
FURTHER = {  # what each injects among others
    "faults/lost-writes": "lying-disk",
    "faults/misdirected-writes": "lying-disk",
    "faults/loss-by-kind": "packets",
    "faults/start-jitter": "pause",
    "faults/at-events": "power-loss",
    "faults/nemesis-limits": "crash",
    "faults/nemesis-members": "clog-link",
    "topology/region-loss": "power-loss",
    "topology/rack-loss": "power-loss",
    "topology/selectors": "partition",
    "topology/measured-latency": None,
}
NOTHING = [0, "0bit/s", "0B", "+0ns", "keep"]  # drawn, of a number that the scenario does not mention


def time(ns):
    return "the end" if ns is None else f"{ns / 1e6:.3f} ms"


def number(value):
    return f"{value:.6g}" if isinstance(value, float) else value


def fault_lines(fault):
    """One firing: who, from when until when, what it drew, what it changed."""
    sides = " | ".join(", ".join(side) for side in fault["targets"])
    until = "" if fault["until_ns"] == fault["at_ns"] else f" until {time(fault['until_ns'])}"
    yield f"{fault['name']}: {fault['kind']} {sides or 'nobody'}, at {time(fault['at_ns'])}{until}"
    drawn = [f"{key} {number(value)}" for key, value in fault["drawn"].items() if value not in NOTHING]
    if drawn:
        yield "  drawn: " + ", ".join(drawn)
    if fault["changed"]:
        yield f"  changed: {fault['changed']}"


def counted(label, pairs):
    found = [f"{name} {count}" for name, count in pairs if count]
    return [f"{label}: " + ", ".join(found)] if found else []


def story(run, faults):
    """What a run was, in a few lines."""
    metrics = run["metrics"]
    lines = [line for fault in faults for line in fault_lines(fault)]
    lines.append(f"verdict: {run['verdict']}")
    lines += [f"{finding['check']}: {finding['detail']}" for finding in run["findings"]]
    lines += counted("messages", [(name, metrics["messages"][name]) for name in MESSAGES])
    lines += counted("disks", [(name, metrics[name]) for name in ("disk_errors", "barriers_failed")])
    lines += counted("programs", [("starts", metrics["starts"]),
                                  *((name, metrics["counters"].get(name, 0)) for name in COUNTERS)])
    lines += [f"stopped: {reason}, {count}" for reason, count in metrics["stops"].items()]
    operations = metrics["operations"]
    lines.append("operations: " + ", ".join(f"{operations[name]} {name}" for name in ("ok", "failed", "unknown")))
    lines.append(f"latency: p50 {time(metrics['latency_ns']['p50'])}, max {time(metrics['latency_ns']['max'])}")
    lines.append(f"unavailable: {time(metrics['unavailable_ns_max'])}")
    return "\n".join(lines) + "\n"


def tell(clustersim, scenario):
    """Run a scenario that must exit with 0."""
    with tempfile.TemporaryDirectory() as out:
        done = subprocess.run([clustersim, "run", str(scenario), "--out", out, "--no-charts"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")
        folder = pathlib.Path(out) / "latest"
        return story(json.loads((folder / "run.json").read_text()),
                     json.loads((folder / "faults.json").read_text())["faults"])


def compare(clustersim, scenario, golden, kind):
    """What is wrong with the story of this kind, or None."""
    if not scenario.exists():
        return "it has no scenario"
    told = tell(clustersim, scenario)
    if kind is not None and f": {kind} " not in told and kind not in ("swizzle", "rolling-restart"):
        return f"nothing of that kind was injected:\n{told}"
    if os.environ.get("BLESS"):
        golden.write_text(told)
        return None
    expected = golden.read_text() if golden.exists() else ""
    if told == expected:
        return None
    lines = difflib.unified_diff(expected.splitlines(), told.splitlines(), "expected", "told", lineterm="", n=0)
    return "\n".join(lines) + "\nBLESS=1 writes the stories anew"


def main():
    clustersim = str(pathlib.Path(sys.argv[1]).resolve())
    scenarios, golden = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    listed = subprocess.run([clustersim, "list", "faults", "--format", "json"], capture_output=True, text=True,
                            check=True)
    kinds = [fault["name"] for fault in json.loads(listed.stdout) if fault["where"] == "faults.timeline"]
    shown = {f"faults/{kind}": kind for kind in kinds} | FURTHER
    files = [(path, scenarios) for path in scenarios.glob("faults/*.json")]
    files += [(path, golden) for folder in ("faults", "topology") for path in golden.glob(f"{folder}/*.txt")]
    stray = {str(path.relative_to(root).with_suffix("")) for path, root in files} - set(shown)
    print(f"1..{len(shown) + 1}")
    failed = bool(stray)
    print(f"{'not ok' if stray else 'ok'} 1 - every file is known {' '.join(sorted(stray))}")
    for index, (name, kind) in enumerate(shown.items(), 2):
        try:
            wrong = compare(clustersim, scenarios / f"{name}.json", golden / f"{name}.txt", kind)
        except AssertionError as error:
            wrong = str(error)
        failed |= wrong is not None
        print(f"{'not ok' if wrong else 'ok'} {index} - {name}", flush=True)
        if wrong:
            print("\n".join("# " + line for line in wrong.splitlines()), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
