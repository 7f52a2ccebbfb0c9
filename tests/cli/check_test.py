#!/usr/bin/env python3
"""The verb check, from outside: exit statuses, texts, JSON.  Speaks TAP.

    check_test.py CLUSTERSIM ROOT
"""
import json
import pathlib
import subprocess
import sys
import tempfile

CLUSTERSIM, ROOT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
TESTS = []
WRITTEN = "{:process 0, :type :invoke, :f :write, :value 1}\n{:process 0, :type :ok, :f :write, :value 1}\n"
STALE = ("{:process 1, :type :invoke, :f :read, :value nil}\n{:process 1, :type :ok, :f :read, :value nil}\n")


def test(function):
    TESTS.append(function)
    return function


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what))


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
def what_cannot_be_read_is_told_with_its_line(folder):
    result = run(folder, WRITTEN + "{:process 1, :type :ok, :f :read, :value nil}\n", "--model", "register")
    check(result.returncode == 2 and result.stdout == "", result)
    check(result.stderr.endswith("history:3: error: process 1 ends an operation that it has not begun\n"), result.stderr)


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


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, function in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory(prefix="check-test.") as folder:
            try:
                function(folder)
                print(f"ok {number} - {function.__name__}", flush=True)
            except Exception as error:  # every test is told of, whatever went wrong in it
                failed += 1
                print(f"not ok {number} - {function.__name__}")
                print("\n".join("# " + line for line in f"{type(error).__name__}: {error}".splitlines()), flush=True)
    return failed > 0


sys.exit(main())
