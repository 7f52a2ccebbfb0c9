"""A finding about liveness says what is stuck: who is down, paused, cut off or waits for its disk.

Usage: stuck_test.py CLUSTERSIM
Prints TAP.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

SCENARIO = {
    "format": 1, "name": "stuck",
    "time": {"duration": "6s", "settle": "4s", "heal": "none"},
    "groups": {"kv": {"program": "raft", "nodes": ["A", "B", "C", "D", "E"]}},
    "workload": [{"name": "w", "target": "kv", "model": "open", "clients": 2,
                  "arrivals": {"poisson": "50/s"}, "ops": {"put": 1}, "keys": {"uniform": 5},
                  "timeout": "500ms"}],
    "checks": {"final_reads": False, "liveness": {"progress_within": "2s", "after": "heal"}},
}
CASES = [
    ("no quorum", [{"at": "2s", "crash": ["A", "B"]}, {"at": "3s", "for": "heal", "pause": "C"}],
     ["kv has no quorum, 2 of 5 work", "A is down", "B is down", "C is paused"], ["D is down"]),
    ("a leader whose disk stalls",
     [{"at": "2s", "for": "heal", "stalled-disk": {"target": ["A", "B", "C", "D"]}}],
     ["kv commits nothing, though", "A waits for its disk", "D waits for its disk"],
     ["E waits", "cut off"]),
    ("everybody alone", [{"at": "2s", "for": "heal", "partition": [["A"], ["B"], ["C"], ["D"], ["E"]]}],
     ["kv has no leader", "A is ", ", cut off from 4"], ["waits for its disk", "is down"]),
]


def finding(clustersim, folder, faults):
    path = folder / "stuck.json"
    path.write_text(json.dumps(dict(SCENARIO, faults={"timeline": faults})))
    done = subprocess.run([clustersim, "run", str(path), "--no-charts", "--format", "json",
                           "--out", str(folder / "results")],
                          capture_output=True, text=True, check=False)
    if done.returncode != 1:
        return f"exit {done.returncode}: {done.stderr}"
    found = [f for f in json.loads(done.stdout)["findings"] if f["check"] == "liveness"]
    return found[0]["detail"] if found else "no finding"


def main():
    clustersim = str(pathlib.Path(sys.argv[1]).resolve())
    print(f"1..{len(CASES)}")
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        for number, (title, faults, wanted, unwanted) in enumerate(CASES, 1):
            detail = finding(clustersim, pathlib.Path(name), faults)
            good = all(w in detail for w in wanted) and not any(u in detail for u in unwanted)
            failed += not good
            print(f"{'ok' if good else 'not ok'} {number} - {title}" + ("" if good else f": {detail}"))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
