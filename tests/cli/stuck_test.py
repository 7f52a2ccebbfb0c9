"""A finding about liveness says what is stuck: which servers and clients are down, paused or cut off.  Speaks TAP.

    stuck_test.py CLUSTERSIM
"""
import json
import pathlib
import sys

from support import run
from tap import check, main

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
     ["kv has committed nothing since, though", "A waits for its disk", "D waits for its disk"],
     ["E waits", "cut off"]),
    ("everybody alone", [{"at": "2s", "for": "heal", "partition": [["A"], ["B"], ["C"], ["D"], ["E"]]}],
     ["kv has no quorum, at most 1 of 5 are in touch", "A is ", ", cannot reach B, C, D, E; B is"],
     ["waits for its disk", "is down"]),
    ("a partition and a crash", [{"at": "2s", "crash": "A"},
                                 {"at": "3s", "for": "heal", "partition": [["A", "B", "C"], ["D", "E"]]}],
     ["kv has no quorum, at most 2 of 5 are in touch: A is down; B is ", ", cannot reach D, E"],
     []),
    ("one direction", [{"at": "2s", "for": "heal", "block": {"from": ["A", "B", "C"], "to": ["D", "E"]}},
                       {"at": "2s", "crash": "C"}],
     ["kv has no quorum, at most 2 of 5 are in touch: A is ", ", cannot reach D, E; B is "], ["cannot reach A"]),
    ("packets that are lost", [{"at": "2s", "for": "heal", "packets": {"target": ["A", "B", "C"], "loss": 1}}],
     ["kv has no quorum, at most 2 of 5 are in touch: A is ", ", cannot reach B, C, D, E; B is "], ["is down"]),
    ("clients that reach nobody",
     [{"at": "2s", "for": "heal", "partition": [["kv"], ["w-1", "w-2"]]}],
     [". w-1 cannot reach A, B, C, D, E. w-2 cannot reach A, B, C, D, E"],
     ["no quorum", "no leader", ", cannot", "does not hear"]),
    ("clients that are gone", [{"at": "2s", "remove": ["w-1", "w-2"]}],
     [". Nobody is there to ask kv, which ", " leads: A is ", ". w-1 is down. w-2 is down"], ["committed", "though"]),
    ("clients that are down or paused", [{"at": "2s", "crash": "w-1"}, {"at": "2s", "for": "heal", "pause": "w-2"}],
     [". Nobody is there to ask kv, which ", ". w-1 is down. w-2 is paused"], ["committed", "though"]),
    ("answers that do not arrive", [{"at": "2s", "for": "heal", "block": {"from": "kv", "to": ["w-1", "w-2"]}}],
     [". kv has committed since: ", ". w-1 does not hear A, B, C, D, E. w-2 does not hear A, B, C, D, E"],
     ["cannot reach", "Nobody"]),
]


def finding(folder, faults):
    """What is said of the progress that a run with these faults does not make."""
    path = pathlib.Path(folder) / "stuck.json"
    path.write_text(json.dumps(dict(SCENARIO, faults={"timeline": faults})))
    result = run("run", path, "--no-charts", "--format", "json", cwd=folder)
    check(result.returncode == 1, result)
    (found,) = [f for f in json.loads(result.stdout)["findings"] if f["check"] == "liveness"]
    return found["detail"]


def case(title, faults, wanted, unwanted):
    def judged(folder):
        detail = finding(folder, faults)
        check(all(w in detail for w in wanted) and not any(u in detail for u in unwanted), detail)
    judged.__name__ = title.replace(" ", "_")
    return judged


sys.exit(main([case(*each) for each in CASES]))
