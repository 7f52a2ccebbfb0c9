"""What a protocol or the simulator cannot do is said, with its place, and ends no process.

Usage: limits_test.py CLUSTERSIM
Prints TAP.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

from support import CLUSTERSIM
from tap import check, main, test


def scenario(**changes):
    workload = {"name": "users", "target": "kv", "model": "open", "clients": 2, "arrivals": {"constant": "100/s"},
                "ops": {"put": 1}, "keys": {"uniform": 5}, "value_size": "8B", "timeout": "1s"}
    return {"format": 1, "name": "limits", "time": {"duration": "4s"},
            "groups": {"kv": {"program": "raft", "nodes": ["A", "B", "C"]}}, "workload": [workload], **changes}


def tell(verb, content):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "limits.json"
        path.write_text(json.dumps(content))
        options = ["--no-charts", "--out", folder] if verb == "run" else []
        return subprocess.run([CLUSTERSIM, verb, str(path), *options], capture_output=True,
                              text=True, check=False)


@test
def a_group_that_is_too_large_for_its_protocol_is_refused(expect):
    result = tell("validate", scenario(groups={"kv": {"program": "raft", "nodes": {"count": 65}}}))
    expect(result.returncode == 2, result)
    expect('"raft" runs in groups of at most 64, not 65 (at /groups/kv/nodes)' in result.stderr, result)


@test
def the_largest_one_is_not(expect):
    result = tell("validate", scenario(groups={"kv": {"program": "raft", "nodes": {"count": 64}}}))
    expect(result.returncode == 0, result)


@test
def a_run_of_too_many_windows_is_refused_with_one_that_would_do(expect):
    result = tell("validate", scenario(time={"duration": "2000001s", "window": "1s"}))
    expect(result.returncode == 2, result)
    expect('more than 1000000 rows of series.csv; write "3s" or more (at /time/window)' in result.stderr, result)
    result = tell("validate", scenario(time={"duration": "2000001s", "window": "3s"}))
    expect(result.returncode == 0, result)


@test
def a_raft_server_that_no_other_knows_gives_itself_up(expect):
    result = tell("run", scenario(groups={"kv": {"program": "raft", "nodes": ["A", "B", "C"], "spares": ["D"]}},
                                  faults={"timeline": [{"id": "more", "at": "1s", "add": "D"}]}))
    expect(result.returncode == 1 and "not a member of its group" in result.stdout, result)


@test
def a_heartbeat_is_below_the_least_election_timeout(expect):
    for config, wrong in (({"heartbeat": "150ms"}, "heartbeat"), ({"heartbeat": "149ms"}, None),
                          ({"election_timeout": "50ms"}, "election_timeout"), ({"election_timeout": "51ms"}, None)):
        result = tell("validate", scenario(groups={"kv": {"program": "raft", "nodes": ["A"], "config": config}}))
        expect(result.returncode == (0 if wrong is None else 2), config, result)
        told = f'must be below "election_timeout", which can be 150ms (at /groups/kv/config/{wrong})'
        expect((told.replace("150ms (", "50ms (") if wrong == "election_timeout" else told) in result.stderr
               or wrong is None, config, result)


@test
def gaps_without_end_end_with_the_run(expect):
    endless = {"pareto": {"xm": "1s", "alpha": 0.01}}
    for kind, part in (("swizzle", {"target": ["A", "B", "C"], "hold": endless, "gap": endless}),
                       ("rolling-restart", {"target": ["A", "B", "C"], "down": endless, "gap": endless})):
        result = tell("run", scenario(faults={"timeline": [{"id": "slow", "at": "1s", kind: part}]}))
        expect(result.returncode == 4 and "1 fired" in result.stdout and
               '2 of the firings of "slow" were due when the duration was over' in result.stdout, kind, result)


sys.exit(main(wrap=lambda folder: (check,)))
