#!/usr/bin/env python3
"""Runs that are held to less than linearizability.  Speaks TAP.

    promises_test.py CLUSTERSIM SCENARIO PLUGIN

The plug-in is a store that keeps two promises to each client, and breaks the others, and comes to one state in the end.
Asked to roam, it keeps neither of the two; with stubborn servers it does not come to one state.
"""
import json
import pathlib
import re
import subprocess
import sys

from tap import check, main, test

CLUSTERSIM, SCENARIO, PLUGIN = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
def run(folder, checks, *arguments):
    sets = [argument for key, value in checks.items() for argument in ("--set", f"/checks/{key}={json.dumps(value)}")]
    result = subprocess.run([CLUSTERSIM, "run", SCENARIO, "--plugin", PLUGIN, "--no-charts", "--out", folder, "--format", "json",
                             *sets, *arguments], capture_output=True, text=True, check=False, timeout=120)
    check(result.returncode in (0, 1), result)
    report = json.loads(result.stdout)
    return result.returncode, {c["name"]: c for c in report["checks"]}, report


ROAMS = ("--set", '/workload/0/config={"roams": true}')
CUT = '/faults={"timeline": [{"id": "cut", "at": "1ms", "for": "3s", "partition": [["n1"], ["rest"]]}]}'
ALL = {"linearizable": {}, "sequential": True, "causal": True,
       "session": ["monotonic_reads", "read_your_writes", "monotonic_writes", "writes_follow_reads"]}


@test
def what_a_store_promises_it_keeps(folder):
    status, checks, _ = run(folder, {})
    check(status == 0, checks)
    for name in ("monotonic_reads", "read_your_writes"):
        check(checks[name]["verdict"] == "pass" and checks[name]["seen"] > 100, checks[name])
    check("causal" not in checks, "only what is asked for is judged")


@test
def what_is_not_linearizable_is_drawn(folder):
    status, _, report = run(folder, {"linearizable": {}}, "--set", CUT)
    finding = report["findings"][0]
    key = finding["detail"].split('"')[1]
    check(status == 1 and finding["evidence"] == f"evidence/linearizable-{key}.svg", finding)
    drawn = (pathlib.Path(folder) / "latest" / finding["evidence"]).read_text(encoding="utf-8")
    check("Not linearizable: key &quot;" in drawn and ">impossible</text>" in drawn, drawn)
    check("fault: cut</text>" in drawn, "the fault of that time is a band", drawn)
    run(folder, {}, "--set", CUT)
    check(not (pathlib.Path(folder) / "latest" / "evidence").exists(), "nothing is drawn of what is not asked")


@test
def what_it_does_not_promise_it_breaks(folder):
    status, checks, report = run(folder, ALL)
    verdicts = {name: checks[name]["verdict"] for name in ("linearizable", "sequential", "causal", "writes_follow_reads",
                                                           "monotonic_reads", "read_your_writes")}
    check(status == 1 and verdicts == {"linearizable": "violation", "sequential": "violation", "causal": "violation",
                                       "writes_follow_reads": "violation", "monotonic_reads": "pass",
                                       "read_your_writes": "pass"}, checks)
    causal = next(f["detail"] for f in report["findings"] if f["check"] == "causal")
    check(causal.startswith('key "') and ": it has " in causal and " comes before " in causal, causal)


@test
def the_planted_mistake_breaks_both_promises(folder):
    status, checks, _ = run(folder, {}, *ROAMS)
    check(status == 1, checks)
    check(checks["monotonic_reads"]["verdict"] == checks["read_your_writes"]["verdict"] == "violation", checks)


def cut_off(until):
    """n1 hears of nothing up to then, and is healed."""
    return "--set", CUT.replace("3s", until)


ONE_SERVER = '/groups/store/nodes={"count": 1, "prefix": "n"}'
MENDED = {  # by promise: what mends the mistake, or leaves only one server to ask
    "sequential": ONE_SERVER,
    "causal": ONE_SERVER,
    "monotonic-reads": '/workload/0/config={"roams": false}',
    "read-your-writes": '/workload/0/config={"roams": false}',
    "monotonic-writes": '/groups/store/config={"tardy": false}',
    "writes-follow-reads": ONE_SERVER,
}


@test
def each_promise_has_a_mistake_that_breaks_it_and_holds_without(folder):
    files = sorted((SCENARIO.parent / "promises").glob("*.json"))
    check([file.stem for file in files] == sorted(MENDED), files)
    for file in files:
        name, mended = file.stem.replace("-", "_"), MENDED[file.stem]
        for sets, status, wanted in (([], 0, "violation"), (["--set", mended, "--set", "/expect={}"], 0, "pass"),
                                     (["--set", mended], 5, "pass")):
            result = subprocess.run([CLUSTERSIM, "run", file, "--plugin", PLUGIN, "--no-charts", "--out", folder, "--format",
                                     "json", *sets], capture_output=True, text=True, check=False, timeout=120)
            found = {c["name"]: c for c in json.loads(result.stdout)["checks"]}[name]
            check(result.returncode == status and found["verdict"] == wanted and found["seen"] > 100, file, sets, result)


@test
def replicas_come_to_one_state_when_all_is_healed(folder):
    status, checks, _ = run(folder, {}, *cut_off("3999ms"))
    check(status == 0 and checks["convergence"]["verdict"] == "pass", checks)
    check(checks["convergence"]["seen"] == 3, "three replicas were compared", checks["convergence"])


@test
def stubborn_servers_never_come_to_one_state(folder):
    status, checks, report = run(folder, {}, "--set", '/groups/store/config={"stubborn": true}')
    found = checks["convergence"]
    check(status == 1 and found["verdict"] == "violation" and found["seen"] == 3, checks)
    check(re.fullmatch(r"n[123] has another state than n[123], 2s after the last operation ended", found["detail"]), found)
    check([f["check"] for f in report["findings"]] == ["convergence"], report["findings"])


@test
def they_are_given_the_time_that_is_asked_for(folder):
    writes = ("--set", '/workload/0/ops={"put": 1}', "--set", '/workload/0/keys={"uniform": 50}')
    status, checks, _ = run(folder, {"convergence": {"within": "1us"}, "session": []}, *writes)
    check(status == 1 and checks["convergence"]["detail"].endswith(", 1us after the last operation ended"), checks)
    status, checks, _ = run(folder, {"convergence": {"within": "3s"}, "session": []}, *writes)
    check(status == 0 and checks["convergence"]["verdict"] == "pass", checks)


@test
def one_that_is_down_is_not_compared(folder):
    gone = '/faults={"timeline": [{"id": "gone", "at": "1s", "crash": "n3"}], "heal_at_end": false}'
    status, checks, _ = run(folder, {"session": ["monotonic_reads"]}, "--set", gone)
    check(status == 0 and checks["convergence"]["seen"] == 2, checks)


@test
def where_nobody_states_anything_it_is_inconclusive(folder):
    steady = SCENARIO.parent.parent.parent / "scenarios" / "echo" / "hello.json"
    result = subprocess.run([CLUSTERSIM, "run", steady, "--no-charts", "--out", folder, "--format", "json", "--set",
                             "/checks/convergence={}"], capture_output=True, text=True, check=False, timeout=60)
    report = json.loads(result.stdout)
    found = {c["name"]: (c["verdict"], c["seen"]) for c in report["checks"]}
    check(result.returncode == 4 and found["convergence"] == ("inconclusive", 0), result)


@test
def the_history_says_the_same_as_the_run(folder):
    run(folder, {}, *ROAMS)
    history = next(pathlib.Path(folder).glob("promises/*/history.jsonl"))
    result = subprocess.run([CLUSTERSIM, "check", history, "--model", "kv", "--format", "json", "--consistency", "monotonic-reads",
                             "--consistency", "read-your-writes"], capture_output=True, text=True, check=False, timeout=60)
    answers = json.loads(result.stdout)
    check(result.returncode == 1 and [a["verdict"] for a in answers] == ["illegal", "illegal"], result.stdout)


sys.exit(main())
