#!/usr/bin/env python3
"""Several builds of one program in a cluster: from the start, and by a rolling upgrade.  Speaks TAP.

    builds_test.py CLUSTERSIM ROOT PLUGIN…
"""
import json
import pathlib
import sys

from support import PLUGINS, ROOT, latest, run
from tap import check, main, test

NODES = ["A", "B", "C"]
SAME = ["history.jsonl", "series.csv", "latency.hgrm"]
UPGRADE = {"id": "upgrade", "at": "2s", "rolling-restart": {"target": NODES, "down": "300ms", "gap": "1s"},
           "build": "raft_next"}


def scenario(folder, *faults, name="s.json", **kv):
    """Three nodes of raft under load, with the checks of a shipped scenario; its path."""
    content = json.loads((ROOT / "scenarios" / "raft" / "leader-crash.json").read_text())
    content.pop("$schema")
    content["time"] = {"warmup": "1s", "duration": "8s", "settle": "3s"}
    content["groups"] = {"kv": {"program": "raft", "nodes": NODES} | kv}
    content["workload"][0]["arrivals"] = {"poisson": "200/s"}
    content["faults"] = {"timeline": list(faults)}
    for check_of_more in ("recovered_agrees", "leader_completeness"):  # than one leader, and of what was recovered
        content["checks"][check_of_more] = any("rolling-restart" in fault for fault in faults)
    path = pathlib.Path(folder) / name
    path.write_text(json.dumps(content))
    return path


def answer(folder, path, *arguments, plugins=("raft_next",), status=0, verb="run"):
    """What a run says as JSON."""
    given = [word for plugin in plugins for word in ("--plugin", PLUGINS[plugin])]
    done = run(verb, path, "--no-charts", "--format", "json", *given, *arguments, cwd=folder)
    check(done.returncode == status, done)
    return json.loads(done.stdout)


def old(*nodes):
    return {node: "built-in" for node in nodes}


def starts_of_next(told):
    """How often a server of the build "raft_next" has started."""
    return told["metrics"]["reached"].get("next", 0)


def refused(folder, path, *arguments, verb="run"):
    done = run(verb, path, *arguments, cwd=folder)
    check(done.returncode == 2, done)
    return done.stderr


@test
def nodes_of_two_builds_make_one_cluster_from_the_start(folder):
    told = answer(folder, scenario(folder, build=old("A", "B")))
    check(told["verdict"] == "pass" and starts_of_next(told) == 1, told)
    all_next = answer(folder, scenario(folder))
    check(starts_of_next(all_next) == 3, all_next["metrics"]["reached"])


@test
def a_rolling_upgrade_under_load_passes_its_checks(folder):
    told = answer(folder, scenario(folder, UPGRADE, build=old(*NODES)))
    check(told["verdict"] == "pass" and starts_of_next(told) == 3, told)
    check(told["metrics"]["operations"]["ok"] > 1000, told["metrics"]["operations"])
    faults = json.loads((latest(folder) / "faults.json").read_text())["faults"]
    check([(f["kind"], f["targets"], f["build"]) for f in faults] ==
          [("stop", [[node]], "raft_next") for node in NODES], faults)


@test
def a_rolling_restart_without_a_build_changes_none(folder):
    restart = {key: value for key, value in UPGRADE.items() if key != "build"}
    told = answer(folder, scenario(folder, restart, build=old(*NODES)))
    check(told["verdict"] == "pass" and starts_of_next(told) == 0 and told["metrics"]["starts"] > 3, told)
    faults = json.loads((latest(folder) / "faults.json").read_text())["faults"]
    check(all("build" not in fault for fault in faults), faults)


@test
def an_upgrade_replays_byte_for_byte_from_what_was_injected(folder):
    drawn = {"at": "6s", "for": {"uniform": ["100ms", "900ms"]}, "crash": "leader", "build": "built-in"}
    first = answer(folder, scenario(folder, UPGRADE, drawn, build=old(*NODES)), "--out", "first")
    out = latest(folder, "first")
    written = json.loads((out / "replay.json").read_text())["faults"]["timeline"]
    check([fault["build"] for fault in written] == ["raft_next"] * 3 + ["built-in"], written)
    second = answer(folder, out / "replay.json", "--out", "second")
    check(first["digest"] == second["digest"] and first["metrics"] == second["metrics"], first, second)
    for name in SAME:
        check((out / name).read_bytes() == (latest(folder, "second") / name).read_bytes(), name)
    check(starts_of_next(second) == 3, second)
    again = run("replay", out, "--plugin", PLUGINS["raft_next"], "--at", "4s", cwd=folder)
    check(again.returncode == 0 and "as recorded, to the digest" in again.stdout, again)
    told = {line.split()[0]: line for line in again.stdout.splitlines() if "(node " in line}
    check(["build raft_next" in told[node] for node in NODES] == [True, True, False], told)
    check("build built-in" in told["C"], told)


@test
def the_nemesis_upgrades_and_downgrades_and_that_replays(folder):
    """Rolling upgrades, and nodes that go back by chance; each build of the group is told of."""
    path = scenario(folder, build=old(*NODES))
    content = json.loads(path.read_text())
    content["faults"] = {"nemesis": {"mean_gap": "500ms", "faults": {
        "rolling-restart": {"down": "200ms", "gap": "100ms", "build": "raft_next"},
        "stop": {"for": "200ms", "build": {"raft_next": 1, "built-in": 3}}}}}
    content["checks"] |= {"leader_completeness": False, "recovered_agrees": False}
    path.write_text(json.dumps(content))
    done = run("run", path, "--no-charts", "--plugin", PLUGINS["raft_next"], "--out", "first", cwd=folder)
    check(done.returncode == 0, done)
    check("note: builds of kv: built-in (A, B, C; faults: nemesis-stop), raft_next (faults: nemesis-stop, "
          "nemesis-rolling-restart)" in done.stderr.splitlines(), done.stderr)
    out = latest(folder, "first")
    told = json.loads((out / "run.json").read_text())
    check(told["builds"] == [
        {"group": "kv", "build": "built-in", "nodes": NODES, "faults": ["nemesis-stop"]},
        {"group": "kv", "build": "raft_next", "nodes": [], "faults": ["nemesis-stop", "nemesis-rolling-restart"]},
    ], told["builds"])
    faults = json.loads((out / "faults.json").read_text())["faults"]
    changes = {(f["kind"], f["build"]) for f in faults if f["rebuilt"] > 0}
    check(changes >= {("stop", "raft_next"), ("stop", "built-in")}, faults)
    second = answer(folder, out / "replay.json", "--out", "second")
    check(told["digest"] == second["digest"] and told["metrics"] == second["metrics"], told, second)


@test
def a_build_that_nobody_lacks_is_no_upgrade(folder):
    """Refused where that is plain; where another fault could have come before, the run says so."""
    idle = {"id": "idle", "at": "3s", "for": "1s", "crash": "A", "build": "built-in"}
    said = refused(folder, scenario(folder, idle, build=old(*NODES)), "--plugin", PLUGINS["raft_next"])
    check('it would change nothing: whoever is met has the build "built-in" already (at /faults/timeline/0/build)'
          in said, said)
    later = {"id": "later", "at": "5s", "for": "1s", "crash": "A", "build": "raft_next"}
    told = answer(folder, scenario(folder, idle, later, build=old(*NODES)), status=4)
    check([f["detail"] for f in told["findings"]] == ['"idle" brought no build to anybody who had another one'], told)
    faults = json.loads((latest(folder) / "faults.json").read_text())["faults"]
    check([(f["id"], f["fired"], f["rebuilt"]) for f in faults] == [("idle", True, 0), ("later", True, 1)], faults)


@test
def an_upgrade_that_the_heal_cuts_short_is_inconclusive(folder):
    told = answer(folder, scenario(folder, UPGRADE | {"at": "6s"}, build=old(*NODES)), status=4)
    check([f["detail"] for f in told["findings"] if f["check"] == "fault"] ==
          ['1 of the firings of "upgrade" was due when the duration was over'], told["findings"])


@test
def the_list_of_programs_names_the_builds(folder):
    """Of a program that has several; in JSON of all."""
    listed = run("list", "programs", "--plugin", PLUGINS["raft_next"], cwd=folder).stdout
    check(" ".join(listed.split()).count("Builds:") == 1 and "Builds: built-in, raft_next." in " ".join(listed.split()),
          listed)
    answered = run("list", "programs", "--plugin", PLUGINS["raft_next"], "--format", "json", cwd=folder)
    builds = {p["name"]: p["builds"] for p in json.loads(answered.stdout)}
    check(builds["raft"] == ["built-in", "raft_next"] and builds["echo"] == ["built-in"], builds)


@test
def one_node_that_comes_back_with_a_mistake_is_found(folder):
    """It votes for everybody who asks: here for two who ask at once, as their timeouts are equal."""
    config = {"pre_vote": False, "election_timeout": "300ms"}
    restart = {"at": "100ms", "for": "100ms", "crash": "C"}
    for brought, status in (({}, 0), ({"build": "raft_forgets"}, 1)):
        path = scenario(folder, restart | brought, config=config, build=old(*NODES))
        told = answer(folder, path, plugins=("raft_forgets",), status=status)
        found = {finding["check"] for finding in told["findings"] if finding["verdict"] == "violation"}
        check(("one_vote_per_term" in found) == bool(brought), told["findings"])


@test
def a_build_that_does_not_fit_is_bad_input_with_its_place(folder):
    path = scenario(folder, UPGRADE | {"build": "raft_small"}, build=old(*NODES))
    said = refused(folder, path, "--plugin", PLUGINS["raft_small"], "--plugin", PLUGINS["raft_next"])
    check('build "raft_small" cannot take the place of the "raft" that "kv" runs: its groups have at most 3 members'
          in said and "(at /faults/timeline/0/build)" in said, said)


@test
def an_upgrade_without_its_plug_in_names_the_builds_that_there_are(folder):
    said = refused(folder, scenario(folder, UPGRADE))
    check('build "raft_next" does not exist, of "raft"; builds of it: "built-in" (at /faults/timeline/0/build)' in said,
          said)


@test
def real_processes_run_one_build_of_each_program(folder):
    for path in (scenario(folder, build=old("A")), scenario(folder, UPGRADE, build=old(*NODES))):
        said = refused(folder, path, "--plugin", PLUGINS["raft_next"], verb="live")
        check('raft-leader-crash has nodes with another "build" of their program' in said, said)


sys.exit(main())
