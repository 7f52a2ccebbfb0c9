#!/usr/bin/env python3
"""The verb check, from outside: exit statuses, texts, JSON.  Speaks TAP.

    check_test.py CLUSTERSIM ROOT
"""
import json
import pathlib
import subprocess
import sys
import xml.etree.ElementTree

from support import CLUSTERSIM, ROOT
from tap import check, main, test

WRITTEN = "{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ok, :f :write, :value 1}\n"
STALE = ("{:process 1, :type :invoke, :f :read, :value nil}\n{:process 1, :type :ok, :f :read, :value nil}\n")


def run(folder, text, *arguments):
    path = pathlib.Path(folder) / "history"
    path.write_text(text, encoding="utf-8")
    return subprocess.run([CLUSTERSIM, "check", path, *arguments], capture_output=True, text=True, check=False, timeout=60)


@test
def what_is_linearizable_is_ok(folder):
    result = run(folder, WRITTEN, "--model", "register", "--format", "json")
    answer = json.loads(result.stdout)
    check(result.returncode == 0 and answer["verdict"] == "ok" and answer["operations"] == 1, result)


@test
def what_is_not_says_which_operation_and_why(folder):
    result = run(folder, WRITTEN + STALE, "--model", "register")
    check(result.returncode == 1, result)
    check("history: illegal\n" in result.stdout, result.stdout)
    check("history:4: process 1: read -> nil (line 3 to 4)\n" in result.stdout, result.stdout)
    check("the state was 1; no order" in result.stdout, result.stdout)
    answer = json.loads(run(folder, WRITTEN + STALE, "--model", "register", "--format", "json").stdout)
    check(answer["verdict"] == "illegal" and answer["evidence"]["line"] == 4, answer)


@test
def too_few_steps_are_unknown(folder):
    writes = "".join(f"{{:process {p}, :type :invoke, :f :write, :value {p}}}\n" for p in range(9))
    read = "{:process 10, :type :invoke, :f :read, :value nil}\n{:process 10, :type :ok, :f :read, :value 3}\n"
    other = "{:process 10, :type :invoke, :f :read, :value nil}\n{:process 10, :type :ok, :f :read, :value 5}\n"
    result = run(folder, writes + read + other, "--model", "register", "--max-steps", "2", "--format", "json")
    check(result.returncode == 4 and json.loads(result.stdout)["verdict"] == "unknown", result)
    check(run(folder, writes + read + other, "--model", "register").returncode == 0, "with steps enough it is ok")


@test
def what_is_checked_while_it_is_read_gets_the_same_answer(folder):
    lost = "{:process 2, :type :invoke, :f :write, :value 2}\n{:process 2, :type :info, :f :write, :value 2}\n"
    failed = "{:process 3, :type :invoke, :f :write, :value 3}\n{:process 3, :type :fail, :f :write, :value 3}\n"
    again = "{:process 2, :type :ok, :f :write, :value 2}\n"
    reads = "".join(f"{{:process 1, :type :{t}, :f :read, :value {v}}}\n" for v in (1, 1, 2, 2) for t in ("invoke", "ok"))
    legal = WRITTEN + lost + failed + reads
    for text, status in ((legal, 0), (legal + STALE, 1), (legal + again, 2), (legal + "\x00", 2)):
        whole = run(folder, text, "--model", "register")
        told = run(folder, text, "--model", "register", "--window", "2")
        check(whole.returncode == status, whole)
        check((told.returncode, told.stdout, told.stderr) == (whole.returncode, whole.stdout, whole.stderr), told)


@test
def what_cannot_be_read_is_told_with_its_line(folder):
    result = run(folder, WRITTEN + "{:process 1, :type :ok, :f :read, :value nil}\n", "--model", "register")
    check(result.returncode == 2 and result.stdout == "", result)
    check(result.stderr.endswith("history:3: error: process 1 ends an operation that it has not begun\n"), result.stderr)


@test
def what_is_illegal_is_drawn(folder):
    svg = pathlib.Path(folder) / "window.svg"
    result = run(folder, WRITTEN + STALE, "--model", "register", "--svg", svg)
    check(result.returncode == 1, result)
    root = xml.etree.ElementTree.parse(svg).getroot()
    text = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
    check("read → nil" in text and "impossible" in text and "process 1" in text, text)
    check("Just before the impossible one returned it can only have been 1." in text, text)
    before = svg.read_bytes()
    run(folder, WRITTEN + STALE, "--model", "register", "--svg", svg)
    check(svg.read_bytes() == before, "the same bytes again")


@test
def what_is_legal_is_not_drawn(folder):
    svg = pathlib.Path(folder) / "window.svg"
    result = run(folder, WRITTEN, "--model", "register", "--svg", svg)
    check(result.returncode == 0 and not svg.exists(), result)


@test
def what_cannot_be_drawn_is_told(folder):
    result = run(folder, WRITTEN + STALE, "--model", "register", "--svg", "/dev/null/window.svg")
    check(result.returncode == 2 and "cannot write /dev/null/window.svg" in result.stderr, result)
    result = run(folder, WRITTEN, "--model", "register", "--consistency", "causal", "--svg", "window.svg")
    check(result.returncode == 2 and "--svg" in result.stderr, result)


def story(*steps):
    """Operations one after the other: "0 write 1", "1 read nil"; a lost one ends with "?"."""
    lines = []
    for step in steps:
        process, word, value, *lost = step.split()
        asked = value if word == "write" else "nil"
        lines.append(f"{{:process {process}, :type :invoke, :f :{word}, :value {asked}}}\n")
        if not lost:
            lines.append(f"{{:process {process}, :type :ok, :f :{word}, :value {value}}}\n")
    return "".join(lines)


PROMISES = ["linearizable", "sequential", "causal", "monotonic-reads", "read-your-writes", "monotonic-writes",
            "writes-follow-reads"]
BROKEN = [  # what each history breaks, and nothing else
    (story("0 write 1", "1 read nil"), ["linearizable"]),
    (story("0 write 1", "0 read nil"), ["linearizable", "sequential", "causal", "read-your-writes"]),
    (story("0 write 1", "1 read 1", "1 read nil"), ["linearizable", "sequential", "causal", "monotonic-reads"]),
    (story("0 write 1", "0 write 2", "1 read 2", "1 read 1"), ["linearizable", "sequential", "causal", "monotonic-writes"]),
    (story("0 write 1", "1 read 1", "1 write 2", "2 read 2", "2 read 1"),
     ["linearizable", "sequential", "causal", "writes-follow-reads"]),
    (story("0 write 1", "1 write 2", "2 read 1", "2 read 2", "3 read 2", "3 read 1"),
     ["linearizable", "sequential", "monotonic-reads"]),
    (story("0 write 1", "1 read 2"), PROMISES),
]
def keyed(*steps):
    """As story(), of keys: "0 put x 1", "1 get y nil"."""
    lines = []
    for step in steps:
        process, word, key, value = step.split()
        value = value if value == "nil" else f'"{value}"'
        lines.append(f'{{:process {process}, :type :invoke, :f :{word}, :key "{key}", :value {value if word == "put" else "nil"}}}\n')
        lines.append(f'{{:process {process}, :type :ok, :f :{word}, :key "{key}", :value {value}}}\n')
    return "".join(lines)


# Of two keys, each the smallest that shows what it is known for, and what it breaks.
CLASSIC = [
    ("store buffering: each misses the other's write",
     keyed("0 put x 1", "1 put y 1", "0 get y nil", "1 get x nil"), ["linearizable", "sequential"]),
    ("message passing: what was written second is there, and the first is not",
     keyed("0 put x 1", "0 put y 1", "1 get y 1", "1 get x nil"),
     ["linearizable", "sequential", "causal", "monotonic-writes"]),
    ("independent readers see independent writes in different orders",
     keyed("0 put x 1", "1 put y 1", "2 get x 1", "2 get y nil", "3 get y 1", "3 get x nil"), ["linearizable", "sequential"]),
    ("a write that rests on what was read is there, and what was read is not",
     keyed("0 put x 1", "1 get x 1", "1 put y 1", "2 get y 1", "2 get x nil"),
     ["linearizable", "sequential", "causal", "writes-follow-reads"]),
    ("stale, but in order: only time tells",
     keyed("0 put x 1", "0 put y 1", "1 get x nil", "1 get y nil", "1 get x 1", "1 get y 1"), ["linearizable"]),
    ("nothing is wrong", keyed("0 put x 1", "1 get x 1", "1 put y 1", "2 get y 1", "2 get x 1"), []),
]
UNDECIDED = {"monotonic-writes", "writes-follow-reads"}  # where the reads of a session go back by themselves


@test
def each_promise_is_judged_by_itself(folder):
    for text, broken in BROKEN:
        for promise in PROMISES:
            result = run(folder, text, "--model", "register", "--consistency", promise, "--format", "json")
            answer = json.loads(result.stdout)
            wanted = "illegal" if promise in broken else "ok"
            if promise in UNDECIDED and promise not in broken and "monotonic-reads" in broken:
                wanted = "unknown"
            check(answer["consistency"] == promise and answer["verdict"] == wanted, promise, answer, text)
            check(result.returncode == {"ok": 0, "illegal": 1, "unknown": 4}[wanted], promise, result)


@test
def what_the_classic_histories_break_is_known(folder):
    for name, text, broken in CLASSIC:
        found = []
        for promise in PROMISES:
            result = run(folder, text, "--model", "kv", "--consistency", promise, "--format", "json")
            answer = json.loads(result.stdout)
            check(answer["verdict"] in ("ok", "illegal"), name, answer)
            found += [promise] if answer["verdict"] == "illegal" else []
        check(found == broken, name, found)


@test
def a_broken_promise_is_explained(folder):
    result = run(folder, BROKEN[3][0], "--model", "register", "--consistency", "monotonic-writes")
    check(result.returncode == 1 and "history: illegal\n" in result.stdout, result)
    check("  answers     2 that tell what they have read from, 0 that do not; 1 could have been wrong\n" in result.stdout,
          result.stdout)
    check("each of these must come before the next, and the last before the first:\n"
          "    process 0: write 1 -> ok (line 1 to 2); later in its session process 0: write 2 -> ok (line 3 to 4)\n"
          "    process 1: read -> 1 (line 7 to 8) has read what was written by process 0: write 1 -> ok (line 1 to 2), though "
          "it must see process 0: write 2 -> ok (line 3 to 4)" in result.stdout, result.stdout)
    answer = json.loads(run(folder, BROKEN[1][0], "--model", "register", "--consistency", "causal", "--format", "json").stdout)
    check(answer["evidence"]["line"] == 4 and answer["constrained"] == 1, answer)
    check(answer["evidence"]["because"] == ["process 0: write 1 -> ok (line 1 to 2); later in its session process 0: "
                                            "read -> nil (line 3 to 4)"], answer)


@test
def what_answers_do_not_tell_is_unknown(folder):
    twice = story("0 write 1", "1 write 1", "2 read 1")
    answer = json.loads(run(folder, twice, "--model", "register", "--consistency", "causal", "--format", "json").stdout)
    check(answer["verdict"] == "unknown" and answer["unclear"] == 1, answer)
    check(run(folder, twice, "--model", "register", "--consistency", "sequential").returncode == 0, "an order is found")
    lost = story("0 write 1 ?", "1 read nil", "1 read 1")
    check(run(folder, lost, "--model", "register", "--consistency", "causal").returncode == 0, "it happened late")
    queue = "{:process 0, :type :invoke, :f :enqueue, :value 1}\n{:process 0, :type :ok, :f :enqueue, :value 1}\n"
    result = run(folder, queue, "--model", "queue", "--consistency", "causal")
    check(result.returncode == 4 and "the answers of this model do not tell" in result.stdout, result)
    check(run(folder, queue, "--model", "queue", "--consistency", "sequential").returncode == 0, "it is linearizable")


@test
def of_several_promises_the_worst_counts(folder):
    result = run(folder, BROKEN[5][0], "--model", "register", "--consistency", "causal", "--consistency", "sequential",
                 "--format", "json")
    check([a["verdict"] for a in json.loads(result.stdout)] == ["ok", "illegal"] and result.returncode == 1, result)
    result = run(folder, BROKEN[0][0], "--model", "register", "--consistency", "eventual")
    check(result.returncode == 2 and 'there is no consistency "eventual"; there are linearizable, sequential' in result.stderr,
          result)


@test
def wrong_command_lines_are_refused(folder):
    check(run(folder, WRITTEN).returncode == 2, "no model")
    result = run(folder, WRITTEN, "--model", "stack")
    check(result.returncode == 2 and 'there is no model "stack"; there are register, cas-register' in result.stderr, result)
    missing = subprocess.run([CLUSTERSIM, "check", "/nowhere", "--model", "kv"], capture_output=True, text=True, check=False)
    check(missing.returncode == 2 and "/nowhere: error: No such file or directory" in missing.stderr, missing)


@test
def the_history_of_a_run_is_linearizable(folder):
    scenario = ROOT / "scenarios" / "raft" / "partition.json"
    subprocess.run([CLUSTERSIM, "run", scenario, "--no-charts", "--out", folder], capture_output=True, check=True, timeout=120)
    history = next(pathlib.Path(folder).glob("raft-partition/*/history.jsonl"))
    result = subprocess.run([CLUSTERSIM, "check", history, "--model", "kv", "--format", "json"], capture_output=True,
                            text=True, check=False, timeout=120)
    answer = json.loads(result.stdout)
    check(result.returncode == 0 and answer["operations"] > 1000 and answer["constrained"] > 100, answer)
    check(answer["keys_witnessed"] == answer["keys"] > 0, "the history tells the run's own order", answer)
    result = subprocess.run([CLUSTERSIM, "check", history, "--model", "kv", "--format", "json", "--no-witness"],
                            capture_output=True, text=True, check=False, timeout=120)
    without = json.loads(result.stdout)
    check(result.returncode == 0 and without["keys_witnessed"] == 0 and without["steps"] > answer["steps"], without)


def told(*places):
    """A write, another beside it and a read of the first behind both; where each says that it stands."""
    lines = ["{:0:,~invoke~,~op~:~put~,~key~:~k~,~value~:~a~}", "{:1:,~invoke~,~op~:~put~,~key~:~k~,~value~:~b~}",
             "{:0:,~ok~,~op~:~put~,~key~:~k~,~place~:P0}", "{:1:,~ok~,~op~:~put~,~key~:~k~,~place~:P1}",
             "{:2:,~invoke~,~op~:~get~,~key~:~k~}", "{:2:,~ok~,~op~:~get~,~key~:~k~,~value~:~a~,~place~:P2}"]
    text = "".join(line.replace("{:", "{~session~:").replace(":,", ",~type~:") + "\n" for line in lines).replace("~", '"')
    for i, place in enumerate(places):
        text = text.replace(f"P{i}", str(place))
    return text


@test
def the_order_that_a_history_tells_is_tried_and_never_believed(folder):
    for places, witnessed in (((2, 1, 2), 1), ((1, 2, 3), 0), ((2, 1, 1), 0)):
        answer = json.loads(run(folder, told(*places), "--model", "kv", "--format", "json").stdout)
        check(answer["verdict"] == "ok" and answer["keys_witnessed"] == witnessed, places, answer)
        answer = json.loads(run(folder, told(*places), "--model", "kv", "--format", "json", "--no-witness").stdout)
        check(answer["verdict"] == "ok" and answer["keys_witnessed"] == 0, places, answer)
    late = told(1, 2, 3).replace('"value":"a"}', '"value":"c"}', 1)
    for more in ([], ["--no-witness"]):
        check(run(folder, late, "--model", "kv", *more).returncode == 1, "nobody has written that")
    result = run(folder, told(2, 1, 2), "--model", "kv")
    check("witness     the system's own order explains 1 keys\n" in result.stdout, result.stdout)


def effective(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    base = effective(path.parent / content["extends"]) if "extends" in content else {}
    return {key: {**base[key], **value} if key == "checks" and key in base else value
            for key, value in {**base, **content}.items()}


# Its clients only write, far more than it can take: there is next to nothing to judge, for twice the time.
NOT_HELD = {"saturation.json"}


@test
def every_scenario_of_raft_is_held_to_it(folder):
    seen = 0
    for path in sorted((ROOT / "scenarios").glob("*/*.json")):
        content = effective(path)
        if any(group["program"] == "raft" for group in content["groups"].values()):
            check(isinstance(content["checks"].get("linearizable"), dict) != (path.name in NOT_HELD), path)
            seen += 1
    check(seen > 40, seen)


@test
def all_keys_as_one_object_are_judged_alike(folder):
    scenario = ROOT / "scenarios" / "raft" / "flapping-partition.json"
    check(json.loads(scenario.read_text(encoding="utf-8"))["checks"]["linearizable"]["per_key"] is False)
    answers = []
    for per_key in ("true", "false"):
        result = subprocess.run([CLUSTERSIM, "run", scenario, "--no-charts", "--out", folder, "--format", "json", "--set",
                                 f"/checks/linearizable/per_key={per_key}"], capture_output=True, text=True, check=False,
                                timeout=120)
        found = {c["name"]: c for c in json.loads(result.stdout)["checks"]}["linearizable"]
        check(result.returncode == 0 and found["verdict"] == "pass" and found["seen"] > 100, result)
        answers.append(found)
    check(answers[0] == answers[1], answers)


@test
def a_folder_is_checked_by_its_manifest(folder):
    folder = pathlib.Path(folder)
    (folder / "good.edn").write_text(WRITTEN, encoding="utf-8")
    (folder / "bad.edn").write_text(WRITTEN + STALE, encoding="utf-8")
    rows = ["path\tmodel\tverdict", "good.edn\tregister\tOk", "bad.edn\tcas-register(nil)\tOk", "other\tbank\tok"]
    (folder / "MANIFEST.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    result = subprocess.run([ROOT / "scripts" / "check-histories", folder, "--clustersim", CLUSTERSIM], capture_output=True,
                            text=True, check=False, timeout=60)
    check(result.returncode == 1, result)
    check("bad.edn: illegal, but the manifest says Ok\n" in result.stdout, result.stdout)
    check('SKIPPED 1: there is no model "bank"\n' in result.stdout, result.stdout)
    check(result.stdout.endswith("1 passed, 1 failed, 1 skipped\n"), result.stdout)


sys.exit(main())
