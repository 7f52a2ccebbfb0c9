"""Every shipped scenario, and worlds made to be hard to write down, replay from the timeline of what was injected, byte
for byte.  Speaks TAP.

    replay_test.py CLUSTERSIM SCENARIOS

Runs each scenario, then the replay.json of its results, and compares what both leave behind.  A scenario that expects
a violation is replayed too.
"""
import json
import pathlib
import sys

from support import ROOT, run
from tap import check, main

SAME = ["history.jsonl", "series.csv", "latency.hgrm"]
DRAWN = ["nemesis", "repeat", "on", "after"]
OFTEN = {"at": "2s", "repeat": {"every": "300ms", "until": "5s"}}

# Whatever in them never happens must have changed nothing, and whatever was drawn can be written down.
HARD = {
    "an order to crash that another one stood beside": {"timeline": [
        {"at": "1900ms", "for": "1100ms", "pause": "A"},
        {"at": "2s", "for": "3s", "crash": ["A", "B"], "after_effects": 0},
        {"at": "2500ms", "for": "200ms", "crash": "A", "after_effects": 0}]},
    "cuts between programs of one machine": {"timeline": [
        OFTEN | {"for": "100ms", "block": {"from": "one:any", "to": "one:any"}},
        OFTEN | {"for": "50ms", "clog-link": {"from": "one:any", "to": "one:any"}}]},
    "a drift that no clock has": {"timeline": [
        OFTEN | {"clock": {"node": "A", "drift_ppm": {"normal": {"mean": 0, "sd": 99999}}}}]},
    "jumps of centuries": {"timeline": [
        OFTEN | {"clock": {"node": "A", "jump": {"normal": {"mean": "0s", "sd": "250y"}}}}]},
    "factors below every one": {"timeline": [
        OFTEN | {"for": "1s", "slow-cpu": {"target": "A", "factor": {"normal": {"mean": 0.0001, "sd": 1}}}}]},
    "pauses beyond all time": {"timeline": [
        OFTEN | {"for": {"pareto": {"xm": "1s", "alpha": 0.01}}, "pause": "A"}]},
    "a crash behind more effects than there are": {"timeline": [
        {"at": "2s", "for": "1s", "crash": "B"},
        {"at": "3s", "for": "1s", "crash": "A", "after_effects": 4294967296}]},
}


def results_of(scenario, folder):
    """Run a scenario without charts; returns its run.json and the folder of its results."""
    done = run("run", scenario, "--out", folder, "--format", "json", "--no-charts", cwd=".")
    check(done.stdout.startswith("{"), scenario, done.stderr)
    return json.loads(done.stdout), (folder / "latest").resolve()


def is_drawn(value):
    """Whether a value of a fault is a distribution that still has to be drawn."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in (
        "uniform", "exponential", "normal", "lognormal", "pareto", "weibull", "shifted", "mixture",
        "empirical")


def findings(answer):
    """Without what never fired, which is not part of a replay."""
    return [(f["check"], f["verdict"], f["detail"], f["at_ns"]) for f in answer["findings"] if f["check"] != "fault"]


def fired(folder):
    """What each firing did to whom and when; what it is called may differ."""
    faults = json.loads((folder / "faults.json").read_text())["faults"]
    return [{k: v for k, v in fault.items() if k not in ("id", "firing")} for fault in faults if fault["fired"]]


def compare(scenario, folder):
    first, first_folder = results_of(scenario, folder / "first")
    replay = first_folder / "replay.json"
    planned = json.loads(replay.read_text())["faults"]
    check("nemesis" not in planned, "there is still a nemesis")
    for fault in planned["timeline"]:
        check(not any(key in fault for key in DRAWN) and not is_drawn(fault.get("for")), "still to be drawn:", fault)
    second, second_folder = results_of(replay, folder / "second")
    check(first["digest"] == second["digest"], "digests", first["digest"], second["digest"])
    check(first["metrics"] == second["metrics"], "other metrics")
    check(findings(first) == findings(second), "other findings:", findings(first), findings(second))
    check(fired(first_folder) == fired(second_folder), "other faults:", fired(first_folder), fired(second_folder))
    for name in SAME:
        check((first_folder / name).read_bytes() == (second_folder / name).read_bytes(), "another", name)


def shipped(path):
    def replays(folder):
        compare(path, pathlib.Path(folder))
    replays.__name__ = f"{path.relative_to(ROOT)}_replays"
    return replays


def write_hard(folder, faults, **more):
    content = json.loads((ROOT / "faults" / "pause.json").read_text()) | {"faults": faults, "expect": {}} | more
    content.pop("$schema", None)
    content["groups"]["kv"]["on"] = ["m1", "m2"]
    path = pathlib.Path(folder) / "hard.json"
    path.write_text(json.dumps(content))
    return path


def thresholds_about_faults_go_where_none_fired(folder):
    """A scenario without faults refuses them, and that is what the replay is."""
    never = {"timeline": [{"id": "never", "on": "leader-elected#9999", "for": "1s", "pause": "A"}]}
    about = {key: ["count >= 0"] for key in ("errors{phase=faults}", "errors{ phase = heal, op=get}",
                                             "errors{fault=never}", "errors{phase=steady}")}
    path = write_hard(folder, never, thresholds=about)
    _, first = results_of(path, pathlib.Path(folder) / "first")
    check(fired(first) == [], "it fired")
    kept = json.loads((first / "replay.json").read_text())["thresholds"]
    check(list(kept) == ["errors{phase=steady}"], kept)
    results_of(first / "replay.json", pathlib.Path(folder) / "second")


def a_run_that_drew_no_faults_has_no_thresholds_about_them(folder):
    """The scenario of its results draws nothing any more: it has to be one that can be run."""
    often = {"timeline": [{"at": "2s", "for": "1s", "pause": "A"}]}
    path = write_hard(folder, {}, swarm={"/faults": [{}, often]},
                      thresholds={"errors{phase=faults}": ["count >= 0"], "errors{phase=steady}": ["count >= 0"]})
    drew_none = 0
    for seed in range(1, 9):
        out = pathlib.Path(folder) / f"out-{seed}"
        run("run", path, "--seed", hex(seed), "--out", out, "--no-charts", cwd=".")
        results = (out / "latest").resolve()
        if fired(results):
            continue
        drew_none += 1
        kept = json.loads((results / "scenario.json").read_text())["thresholds"]
        check(list(kept) == ["errors{phase=steady}"], kept)
        again = run("replay", results, cwd=".")
        check(again.returncode == 0 and "as recorded, to the digest" in again.stdout, again)
    check(0 < drew_none < 8, drew_none)


def hard(name, faults):
    def replays(folder):
        compare(write_hard(folder, faults), pathlib.Path(folder))
    replays.__name__ = name.replace(" ", "_")
    return replays


PATHS = sorted(ROOT.glob("*/*.json"))
check(PATHS, "no scenario below", ROOT)
sys.exit(main([shipped(path) for path in PATHS] + [hard(*each) for each in HARD.items()] +
              [thresholds_about_faults_go_where_none_fired, a_run_that_drew_no_faults_has_no_thresholds_about_them]))
