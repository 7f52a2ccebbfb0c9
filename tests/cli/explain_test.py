#!/usr/bin/env python3
"""What the command line says of the scenario format: list and explain.  Speaks TAP.

    explain_test.py CLUSTERSIM
"""
import json
import pathlib
import sys

from support import run
from tap import check, main, test

TOPICS = ("programs", "checks", "faults", "events", "selectors", "presets")


def listed(topic, folder):
    return json.loads(run("list", topic, "--format", "json", cwd=folder).stdout)


def listed_kinds(folder):
    """The faults that stand in a timeline, and those that stand elsewhere."""
    faults = listed("faults", folder)
    placed = [fault for fault in faults if fault["where"] == "faults.timeline"]
    return placed, [fault for fault in faults if fault not in placed and not fault["name"].endswith("-loss")]


def valid(folder, *faults, **more):
    """Whether a scenario of five nodes and two spares with these faults is valid, and what is said."""
    content = {"format": 1, "name": "x", "time": {"duration": "30s"},
               "groups": {"kv": {"program": "raft", "nodes": ["A", "B", "C"], "spares": ["D", "E"]}},
               "faults": {"timeline": list(faults)}, **more}
    (pathlib.Path(folder) / "s.json").write_text(json.dumps(content, indent=2))
    result = run("validate", "s.json", cwd=folder)
    return result.returncode == 0, result.stderr


@test
def every_fault_is_listed_with_an_entry_that_is_valid(folder):
    faults, _ = listed_kinds(folder)
    check(len(faults) == 26, len(faults))
    for fault in faults:
        entry = json.loads(fault["example"])
        check(fault["name"] in entry and fault["about"] != "", fault)
        check(valid(folder, entry)[0], fault, valid(folder, entry)[1])
    text = " ".join(run("list", "faults", cwd=folder).stdout.split())
    check(all(fault["example"] in text for fault in faults), text)


@test
def late_starts_are_listed_with_a_part_of_a_group_that_is_valid(folder):
    _, (jitter,) = listed_kinds(folder)
    check(jitter["name"] == "start.jitter" and jitter["where"] == "groups.NAME", jitter)
    group = {"program": "echo", "nodes": ["A"]} | json.loads(jitter["example"])
    check(group["start"]["jitter"] == {"uniform": ["0s", "2s"]}, group)
    good, said = valid(folder, groups={"kv": group})
    check(good, said)
    check(jitter["example"] in " ".join(run("list", "faults", cwd=folder).stdout.split()), "the text has it too")
    for name in ("start.jitter", "groups.kv.start.jitter"):
        told = run("explain", name, cwd=folder).stdout
        check('\nHow late each node of a group starts, drawn for each: they come one by one.\n'
              'Example: { "uniform": ["0s", "2s"] }\n' in told, told)


@test
def the_loss_of_a_rack_and_of_a_region_are_listed_and_explained(folder):
    place = {"regions": {"eu": {"racks": {"eu-1": ["A", "B"], "eu-2": ["C", "D", "E"]}}}}
    losses = [fault for fault in listed("faults", folder) if fault["where"] == "faults.timeline.power-loss"]
    check([fault["name"] for fault in losses] == ["rack-loss", "region-loss"], losses)
    for fault in losses:
        good, said = valid(folder, json.loads(fault["example"]), topology=place)
        check(good, said)
    rack = run("explain", "rack-loss", cwd=folder).stdout
    check(rack.startswith("faults.timeline.power-loss: ") and "\nEvery machine of a rack goes down. " in rack, rack)
    check('\nExample: "rack:eu-1"\n' in rack, rack)


@test
def words_for_faults_lead_to_their_keys(folder):
    for word, key in (("duplication", "packets.duplicate"), ("one-way", "block"), ("torn", "disk"),
                      ("drift", "clock.drift_ppm"), ("latent-sector-errors", "bad-sectors")):
        told = run("explain", word, cwd=folder).stdout
        check(told.startswith(f"faults.timeline.{key}: "), word, told)


@test
def every_event_that_is_listed_can_be_waited_for(folder):
    events = listed("events", folder)
    check({"leader-elected", "started", "phase:steady"} <= {event["name"] for event in events}, events)
    for event in events:
        check(event["about"] != "", event)
        check(valid(folder, {"on": event["name"] + "#2", "crash": "A"})[0], event)


@test
def every_selector_that_is_listed_can_be_written(folder):
    place = {"regions": {"eu": {"racks": {"eu-1": ["A"], "eu-2": ["kv-0", "kv-1"]}}}}
    groups = {"kv": {"program": "echo", "copies": 2, "nodes": ["A"]}, "one": {"program": "echo", "nodes": ["A"]}}
    for selector in listed("selectors", folder):
        name = selector["name"]
        if name in ("rest", "kv-0/A") or name.startswith(("region", "rack")):
            continue
        kind = "add" if name == "one:spare" else "crash"
        check(selector["about"] != "" and valid(folder, {"at": "1s", kind: name})[0], selector)
    check(valid(folder, {"at": "1s", "for": "1s", "partition": ["leader", "rest"]})[0])
    for name in ("kv-0/A", "region:eu", "rack:eu-1"):
        good, said = valid(folder, {"at": "1s", "crash": name}, groups=groups, topology=place)
        check(good, name, said)


@test
def a_key_is_explained_by_its_path_or_a_part_of_it(folder):
    by_path = run("explain", "faults.timeline.partition", cwd=folder)
    check(by_path.returncode == 0 and by_path.stderr == "", by_path)
    check("\nSides that cannot reach one another; who is on none reaches all.\n"
          'Example: ["minority", "rest"]\n' in by_path.stdout, by_path.stdout)
    rot = run("explain", "bit-rot", cwd=folder).stdout
    check(rot == "faults.timeline.bit-rot: an object\n"
                 "Bits flip where data lies; nothing tells.\n"
                 'Example: { "target": "A", "count": 3 }\n'
                 "Its keys:\n"
                 "  target       Whose disks.\n"
                 "  count        How many sectors that hold data.\n"
                 "  probability  The share of the sectors that hold data, rounded up.\n"
                 "  where        Only volumes of this name; by default all.\n"
                 "See also: faults.nemesis.faults.bit-rot\n", rot)
    settle = run("explain", "time.settle", cwd=folder).stdout
    check('\nDefault: "10s"\n' in settle, settle)
    check("(required)" in run("explain", "groups.program", cwd=folder).stdout)


@test
def every_fault_is_explained_by_its_bare_name(folder):
    for fault in listed_kinds(folder)[0]:
        result = run("explain", fault["name"], cwd=folder)
        check(result.stdout.startswith(f"faults.timeline.{fault['name']}: "), result)


@test
def an_explanation_is_json_too(folder):
    answer = json.loads(run("explain", "nemesis.clock", "--format", "json", cwd=folder).stdout)
    check(answer["name"] == "faults.nemesis.faults.clock", answer)
    check([key["name"] for key in answer["keys"]] == ["weight", "for", "target", "jump", "drift_ppm"], answer)
    check(answer["required"] is False and answer["default"] is None and answer["also"] == [], answer)


@test
def a_misspelt_key_exits_2_with_a_suggestion(folder):
    for key, meant in (("bit-rto", "bit-rot"), ("faults.timeline.partitoin", "faults.timeline.partition")):
        result = run("explain", key, cwd=folder)
        check(result.returncode == 2 and result.stdout == "", result)
        check(result.stderr == f'clustersim: there is no key "{key}"; did you mean "{meant}"?\n', result.stderr)
    for arguments in (["explain"], ["explain", "time", "seed"], ["explain", "time", "--format", "xml"],
                      ["list", "starts"]):
        result = run(*arguments, cwd=folder)
        check(result.returncode == 2 and result.stdout == "" and result.stderr != "", result)


@test
def lines_stay_within_90_columns(folder):
    answers = [["--help"], ["explain", "--help"], ["explain", ""], ["explain", "faults.nemesis"],
               *(["list", topic] for topic in TOPICS)]
    for arguments in answers:
        lines = run(*arguments, cwd=folder).stdout.splitlines()
        check(len(lines) > 4 and max(map(len, lines)) <= 90, arguments, lines)


sys.exit(main())
