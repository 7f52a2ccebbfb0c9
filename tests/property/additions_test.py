#!/usr/bin/env python3
"""Adding a node, a fault, a client or a draw in one place changes nothing elsewhere.  Speaks TAP.

    additions_test.py CLUSTERSIM SCENARIOS

Each test runs a shipped scenario as it is and with something added that cannot have an influence on the rest: an
isolated group of echo servers with clients of their own, a draw that always gives what was fixed before, …  Then
every record of the trace that does not concern what was added must be the same: each message with its contents and its
time, each answer of a disk, each timer; and so must what the others asked, and which faults fired when, at whom.

Then: a run after other runs in one process is the run of a process of its own.
"""
import copy
import json
import pathlib
import re
import subprocess
import sys

CLUSTERSIM, SCENARIOS = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
from tap import check, main, test

CALL = "8"  # kinds of records: sim/host/internal.h
NAMES_A_PEER = {"2", "9", "32"}  # message, drop, send: the low half of `a` is the peer


def load(name):
    content = json.loads((SCENARIOS / f"{name}.json").read_text())
    content.pop("$schema", None)
    return content


def short(name, seconds):
    """A shipped scenario's beginning, without its faults."""
    content = load(name)
    content["time"] = {"warmup": "1s", "duration": f"{seconds}s", "settle": "1s"}
    content["checks"] = {"liveness": False}
    content.pop("faults", None)
    for workload in content["workload"]:
        workload.pop("stages", None)
    return content


def with_island(content, servers=("z1",)):
    """A group of echo servers that nobody else talks to, on machines of their own whose work costs nothing."""
    content = copy.deepcopy(content)
    content["groups"]["island"] = {"program": "echo", "nodes": list(servers)}
    regions = content.get("topology", {}).get("regions")
    if regions is not None:
        regions["sea"] = {"racks": {"sea-1": list(servers)}}
    return content


def visitors(count=1, **changes):
    return {"name": "visitor", "target": "island", "model": "closed", "clients": count, "ops": {"work": 1},
            "think": {"exponential": "20ms"}, "timeout": "1s", **changes}


def is_added(name):
    return name.startswith(("z", "visitor"))


class Run:
    """What one run did, as far as it concerns none of what was added."""

    def __init__(self, folder, content, added=is_added, without="island"):
        path, log = pathlib.Path(folder) / "s.json", pathlib.Path(folder) / "log"
        path.write_text(json.dumps(content))
        done = subprocess.run([CLUSTERSIM, "run", str(path), "--no-charts", "--digest-log", str(log), "--records",
                               "0..500000"], cwd=folder, capture_output=True, text=True, timeout=120, check=False)
        check(done.returncode in (0, 4), done)
        lines = log.read_text().splitlines()
        self.names = [line.split()[2] for line in lines if line.startswith("instance ")]
        self.added = {i for i, name in enumerate(self.names) if added(name)}
        end_ns = 10 ** 9 * int(re.match(r"\d+", content["time"]["duration"]).group())
        self.records = list(self.records_of(lines, end_ns))
        results = (pathlib.Path(folder) / "results" / "latest").resolve()
        lines = map(json.loads, (results / "history.jsonl").read_text().splitlines())
        self.history = [line for line in lines if line.get("group") != without and line["t_ns"] < end_ns]
        self.faults = json.loads((results / "faults.json").read_text())

    def records_of(self, lines, end_ns):
        """Those that concern nobody who was added; a million lines, so as text as far as that goes."""
        strangers = {str(i) for i in self.added}
        for line in lines:
            if not line.startswith("record "):
                continue
            _, _, at, kind, detail, instance, a, b = line.split()
            if kind == CALL or instance in strangers or int(at) >= end_ns:
                continue
            if kind in NAMES_A_PEER:
                number = int(a, 16)
                if number & 0xffffffff in self.added:
                    continue
                a = (number >> 32, self.names[number & 0xffffffff])
            yield at, kind, detail, self.names[int(instance)], a, b


def check_same(base, changed, least=1000):
    check(len(base.records) >= least and len(base.history) >= 20, "it is no idle run:", len(base.records),
          len(base.history))
    for what in ("records", "history"):
        one, two = getattr(base, what), getattr(changed, what)
        for number, (a, b) in enumerate(zip(one, two)):
            check(a == b, f"{what}, number {number}:", a, "is", b, "with the addition")
        check(len(one) == len(two), what, len(one), len(two))


FLAGSHIPS = ("raft/leader-crash", "raft/three-regions", "raft/partition")


@test
def a_node_in_another_group_shifts_nothing(folder):
    for name in FLAGSHIPS:
        base = short(name, 2)
        check_same(Run(folder, base), Run(folder, with_island(base, ("z1", "z2"))))


@test
def a_workload_on_another_group_shifts_nothing(folder):
    """Neither when the others ask, nor what, nor their sessions and values."""
    for name in FLAGSHIPS:
        base = with_island(short(name, 2))
        changed = copy.deepcopy(base)
        changed["workload"].append(visitors(3))
        one, two = Run(folder, base), Run(folder, changed)
        check(len(two.added) == 4, "the visitors are there", two.names)
        check_same(one, two)


@test
def a_workload_on_a_busy_group_shifts_nothing_on_another(folder):
    base = with_island(short("raft/leader-crash", 2))
    base["workload"].insert(0, visitors(3))
    changed = copy.deepcopy(base)
    changed["workload"].append({"name": "zealot", "target": "kv", "model": "closed", "clients": 1, "ops": {"put": 1},
                                "keys": {"uniform": 5}, "think": "10ms", "timeout": "1s"})
    one, two = (Run(folder, c, lambda name: not name.startswith(("z1", "visitor")), "kv") for c in (base, changed))
    check(any(name.startswith("zealot") for name in two.names), two.names)
    check_same(one, two)


@test
def another_client_of_a_closed_workload_shifts_no_other_client(folder):
    base = with_island(short("echo/hello", 4))
    base["topology"]["nodes"] = {"*": {"cpu": {"per_message": "0s"}}}  # nobody waits for another's message
    base["workload"].append(visitors(2))
    changed = copy.deepcopy(base)
    changed["workload"][1] = visitors(3)

    def is_third(name):
        return name == "visitor-3"

    one, two = (Run(folder, c, is_third, "echo") for c in (base, changed))
    two.history = [line for line in two.history if line["session"] // 10 ** 8 % 10 ** 6 != 2]
    check(len(two.added) == 1, two.names)
    check_same(one, two)


@test
def a_fault_elsewhere_shifts_no_fault(folder):
    def often(first, every):
        return {"at": first, "for": {"uniform": ["10ms", "90ms"]}, "repeat": {"every": {"uniform": every}, "until": "3500ms"}}

    for name in FLAGSHIPS:
        base = with_island(short(name, 4))
        base["faults"] = {"timeline": [
            {"id": "kill", "crash": "kv/one:follower"} | often("1500ms", ["300ms", "900ms"]),
            {"id": "cut", "partition": [["kv/leader"], ["kv/rest"]]} | often("1700ms", ["500ms", "700ms"])]}
        changed = copy.deepcopy(base)
        changed["faults"]["timeline"].insert(0, {"id": "quake", "crash": "z1"} | often("1s", ["100ms", "200ms"]))
        one, two = Run(folder, base), Run(folder, changed)
        check_same(one, two)
        own = [fault for fault in two.faults["faults"] if fault["id"] != "quake"]
        check(len(two.faults["faults"]) - len(own) >= 8, "the island is shaken", two.faults)
        check(own == one.faults["faults"] and len(own) >= 5, own, one.faults)


@test
def a_draw_that_gives_what_was_fixed_shifts_no_other_draw(folder):
    """Each path below was a constant; a draw of it takes a number from a stream of its own, or none of the others'."""
    base = short("raft/leader-crash", 2)
    nodes = base["topology"]["nodes"].setdefault("kv", {})
    link = base["topology"]["links"].setdefault("default", {})
    base["groups"]["kv"].setdefault("config", {})["election_timeout"] = "1500ms"
    nodes.setdefault("disk", {})["write"] = "20us"
    nodes.setdefault("clock", {}).update(offset="1ms", drift_ppm=5)
    link |= {"loss": 0, "duplicate": 0, "reorder": 0}
    base["workload"][0]["value_size"] = "64B"
    one = Run(folder, base)

    never = 1e-9  # of 2^32 parts: 4
    for where, key, value in (
            (("groups", "kv", "config"), "election_timeout", {"uniform": ["1500ms", "1500ms"]}),
            (("topology", "nodes", "kv", "disk"), "write", {"uniform": ["20us", "20us"]}),
            (("topology", "nodes", "kv", "clock"), "offset", {"uniform": ["1ms", "1ms"]}),
            (("topology", "nodes", "kv", "clock"), "drift_ppm", {"uniform": [5, 5]}),
            (("topology", "links", "default"), "loss", never),
            (("topology", "links", "default"), "duplicate", never),
            (("topology", "links", "default"), "reorder", never),
            (("workload", 0), "value_size", {"uniform": ["64B", "64B"]})):
        content = copy.deepcopy(base)
        place = content
        for step in where:
            place = place[step]
        place[key] = value
        check_same(one, Run(folder, content))


def digests(folder, paths):
    done = subprocess.run([CLUSTERSIM, "run", *map(str, paths), "--no-charts"], cwd=folder, capture_output=True,
                          text=True, timeout=300, check=False)
    found = re.findall("digest (xxh3:[0-9a-f]{16})", done.stdout)
    check(len(found) == len(paths), done)
    return found


@test
def runs_of_one_process_are_those_of_a_process_each(folder):
    """As a runner of many seeds does it: nothing of a run is left in the next, whatever ran before."""
    paths = []
    for name in ("raft/swarm", "raft/partition", "echo/hello"):
        for seed in range(1, 5):
            path = pathlib.Path(folder) / f"{name.replace('/', '-')}-{seed}.json"
            path.write_text(json.dumps(load(name) | {"seed": f"0x{seed:x}"}))
            paths.append(path)
    alone = [digests(folder, [path])[0] for path in paths]
    check(len(set(alone)) == len(paths), "each is another run", alone)
    check(digests(folder, paths) == alone, "one after the other")
    check(digests(folder, paths[::-1]) == alone[::-1], "in the other order")


sys.exit(main())
