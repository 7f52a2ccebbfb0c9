#!/usr/bin/env python3
"""The JSON Schema is valid, takes every scenario there is, and refuses what is misspelt or mistyped."""
import copy
import json
import pathlib
import re
import sys

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not installed: skipped")
    sys.exit(77)

scenarios = pathlib.Path(sys.argv[1])
given = json.loads(pathlib.Path(sys.argv[2]).read_text())
schema = json.loads((scenarios / "scenario.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
failed = 0


def check(name, scenario, good):
    global failed
    errors = [error.message for error in validator.iter_errors(scenario)]
    if good == (not errors):
        return
    failed += 1
    print(f"{name}: {errors[0] if errors else 'was taken'}")


def with_change(pointer, value):
    scenario = copy.deepcopy(given)
    *way, last = [int(t) if t.isdigit() else t for t in pointer.split("/")[1:]]
    part = scenario
    for token in way:
        part = part[token]
    part[last] = value
    return scenario


check("given.json", given, True)
files = [path for path in sorted(scenarios.glob("**/*.json")) if path.name != "scenario.schema.json"]
for path in files:
    check(path, json.loads(path.read_text()), True)
examples = re.findall(r"```json\n(.*?)```", (scenarios / "README.md").read_text(), re.S)
for example in examples:
    check("README.md", json.loads(example), True)

GOOD = [
    ("/time/duration", "1.5min"),
    ("/topology/links/default", {"latency": {"mixture": [[1, "5ms"], [2, {"pareto": {"xm": "1ms", "alpha": 2}}]]}}),
    ("/topology/nodes/C", {"disk": {"bandwidth": "unlimited", "volumes": {"log": "1MiB"}}}),
    ("/groups/kv/nodes", {"count": 5, "prefix": "n"}),
    ("/checks/liveness", False),
    ("/faults/timeline/0/for", "heal"),
    ("/faults/note", "why"),
]
BAD = [
    ("/colour", 1),
    ("/format", 2),
    ("/name", "a b"),
    ("/seed", "42"),
    ("/time/duration", "10"),
    ("/time/duration", 10),
    ("/time/duration", "-10s"),
    ("/groups", {}),
    ("/groups/kv/nodes", []),
    ("/groups/kv/nodes", {"count": 0}),
    ("/topology/links/default", {"latncy": "1ms"}),
    ("/topology/links/default", {"loss": 1.5}),
    ("/topology/links/default", {"latency": {"uniform": ["1ms"]}}),
    ("/topology/links/default", {"latency": {"exponential": "1ms", "uniform": ["1ms", "2ms"]}}),
    ("/topology/nodes/*/clock/offset", {"exponential": "1ms"}),
    ("/workload/0/arrivals", {"poisson": "1/s", "constant": "1/s"}),
    ("/workload/0/ops", {"get": -1}),
    ("/faults/timeline/0", {"at": "1s"}),
    ("/faults/timeline/0", {"at": "1s", "crash": "A", "pause": "A"}),
    ("/checks/liveness", True),
    ("/checks/no_such_oracle", True),
    ("/nemesis", {}),
]
for pointer, value in GOOD:
    check(f"{pointer} = {value}", with_change(pointer, value), True)
for pointer, value in BAD:
    check(f"{pointer} = {value}", with_change(pointer, value), False)
check("a patch", {"extends": "base.json", "time": {"warmup": None}}, True)
check("a patch with an unknown key", {"extends": "base.json", "tmie": {}}, False)
print(f"{len(files)} scenarios, {len(examples)} examples, {len(GOOD) + len(BAD) + 3} cases, {failed} failed")
sys.exit(1 if failed or not examples else 0)
