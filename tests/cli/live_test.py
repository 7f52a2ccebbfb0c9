#!/usr/bin/env python3
"""The second host: scenarios in real processes, their faults, their end.  Speaks TAP.

    live_test.py CLUSTERSIM ROOT [ten]

With `ten`, ten runs of scenarios/live/raft.json, whose leader is killed with kill -9, pass one after another; and one with a
mistake planted in Raft does not.
"""
import concurrent.futures
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

CLUSTERSIM, ROOT = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
RAFT = ROOT / "scenarios" / "live" / "raft.json"
TESTS = []
PORTS = threading.Lock()
NEXT_PORT = [21000 + os.getpid() * 61 % 20000]


def test(function):
    TESTS.append(function)
    return function


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what))


def ports():
    """A base with 16 free ports behind it that no other test of this run has."""
    with PORTS:
        while True:
            base = NEXT_PORT[0]
            NEXT_PORT[0] += 16
            try:
                for port in range(base, base + 16):
                    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                        one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return base


def scenario(folder, **changes):
    content = {
        "format": 1, "name": "small", "time": {"warmup": "100ms", "duration": "700ms", "settle": "300ms"},
        "groups": {"echo": {"program": "echo", "nodes": ["server"]}},
        "workload": [{"name": "asker", "target": "echo", "model": "open", "clients": 2, "arrivals": {"poisson": "200/s"},
                      "ops": {"work": 1}, "value_size": 1, "timeout": "1s"}],
    }
    content.update(changes)
    path = pathlib.Path(folder) / "s.json"
    path.write_text(json.dumps(content))
    return path


LONG = {"warmup": "0s", "duration": "60s", "settle": "0s"}


def raft(folder, **changes):
    content = json.loads(RAFT.read_text())
    content.pop("$schema")
    content.update(changes)
    path = pathlib.Path(folder) / "raft.json"
    path.write_text(json.dumps(content))
    return path


def live(*arguments, cwd, base=None):
    return subprocess.run([CLUSTERSIM, "live", *map(str, arguments), "--no-charts", f"--port-base={base or ports()}"],
                          cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def begin(*arguments, cwd):
    """A run, and the base of its ports; returns when the first node can be seen."""
    base = ports()
    process = subprocess.Popen([CLUSTERSIM, "live", *map(str, arguments), "--no-charts", f"--port-base={base}"],
                               cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 20
    while not nodes(base):
        check(time.monotonic() < until and process.poll() is None, "no node was started")
        time.sleep(0.02)
    return process, base


def nodes(base):
    """The processes of the nodes of a run, by its ports: {instance: pid}."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if f"--port-base={base}" in words and "node" in words:
            found.update({word[11:]: int(folder.name) for word in words if word.startswith("--instance=")})
    return found


def check_gone(base, folder):
    until = time.monotonic() + 10
    while nodes(base) and time.monotonic() < until:
        time.sleep(0.02)
    check(not nodes(base), "left running:", nodes(base))
    check(not list(pathlib.Path(folder).glob("results/.live*")), "left behind:", list(pathlib.Path(folder).glob("*/.*")))


def head_of(volume):
    """Volumes are sparse and large; what a short run writes is at their beginnings."""
    with volume.open("rb") as file:
        return file.read(1 << 20)


def result_of(folder):
    return json.loads((pathlib.Path(folder) / "results" / "latest" / "run.json").read_text())


# ---- Runs ------------------------------------------------------------------------------------------------------------


@test
def every_instance_is_a_process_of_the_file_that_simulates(folder):
    process, base = begin(scenario(folder), cwd=folder)
    files = set()
    for _ in range(20):
        found = nodes(base)
        for pid in found.values():
            try:
                files.add(os.stat(f"/proc/{pid}/exe").st_ino)
            except OSError:
                pass
        if len(found) == 3:
            break
        time.sleep(0.02)
    check(sorted(found) == ["asker-1", "asker-2", "server"], found)
    check(files == {os.stat(CLUSTERSIM).st_ino}, files)
    out, err = process.communicate(timeout=60)
    check(process.returncode == 0, out, err)
    check(result_of(folder)["host"] == "live", result_of(folder))
    check(result_of(folder)["metrics"]["operations"]["ok"] > 50, result_of(folder)["metrics"])
    check_gone(base, folder)


@test
def raft_is_judged_by_facts_and_answers_and_its_entries_are_in_files(folder):
    path = raft(folder, time={"warmup": "0s", "duration": "1s", "settle": "500ms"}, faults={},
                checks={"acknowledged_survives": True, "final_reads": True, "linearizable": {"model": "kv"},
                        "durable_before_spoken": True, "liveness": {"progress_within": "500ms", "after": "heal"}})
    done = live(path, "--folder", "volumes", cwd=folder)
    check(done.returncode == 0, done.stdout, done.stderr)
    seen = {entry["name"]: entry["seen"] for entry in result_of(folder)["checks"]}
    for name in ("election_safety", "log_matching", "state_machine_safety", "durable_before_spoken", "acknowledged_survives",
                 "final_reads", "linearizable"):
        check(seen[name] > 0, name, seen)
    check(seen["durable_before_spoken"] > 100, seen)
    history = (pathlib.Path(folder) / "results" / "latest" / "history.jsonl").read_text()
    written = next(entry["value"] for entry in map(json.loads, history.splitlines())
                   if entry.get("op") == "put" or entry.get("f") == "put")
    volumes = [file for name in "ABC" for file in (pathlib.Path(folder) / "volumes" / name).iterdir()]
    held = [file for file in volumes if file.name != "starts" and written.encode() in head_of(file)]
    check(len(held) >= 2, "a majority holds what was written:", held)


@test
def a_pause_stops_the_process_and_lets_it_go_on(folder):
    faults = {"timeline": [{"id": "still", "at": "200ms", "for": "400ms", "pause": "server"}]}
    process, base = begin(scenario(folder, faults=faults), cwd=folder)
    states = ""
    while process.poll() is None:
        pid = nodes(base).get("server")
        try:
            states += pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            pass
        time.sleep(0.02)
    out, err = process.communicate(timeout=30)
    check(process.returncode == 0, out, err)
    check("T" in states and states.rstrip("Z")[-1] != "T", states)
    check(max(result_of(folder)["metrics"]["latency_ns"].values()) > 300e6, "it did not answer meanwhile")


@test
def what_a_process_cannot_be_given_is_named_and_makes_the_run_inconclusive(folder):
    faults = {"timeline": [{"id": "rain", "at": "200ms", "for": "100ms", "packets": {"target": "server", "loss": 0.5}}]}
    done = live(scenario(folder, faults=faults), cwd=folder)
    check('note: fault "rain" (packets) is left out: the loopback interface' in done.stderr, done.stderr)
    check(done.returncode == 4 and '"rain" never fired' in done.stdout, done.stdout)


@test
def the_time_limit_ends_a_run(folder):
    done = live(scenario(folder, time=LONG), "--time-limit", "600ms", cwd=folder)
    check(done.returncode == 4 and "the time limit was reached" in done.stdout, done)


# ---- Ends ------------------------------------------------------------------------------------------------------------


@test
def ctrl_c_ends_every_process_and_writes_what_there_was(folder):
    process, base = begin(scenario(folder, time=LONG), cwd=folder)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    check(process.returncode == 130, process.returncode, out, err)
    check(result_of(folder)["verdict"] == "interrupted", out)
    check_gone(base, folder)


@test
def a_parent_that_is_killed_takes_every_process_along(folder):
    process, base = begin(scenario(folder, time=LONG), cwd=folder)
    time.sleep(0.3)
    process.kill()
    process.communicate(timeout=30)
    until = time.monotonic() + 10
    while nodes(base) and time.monotonic() < until:
        time.sleep(0.02)
    check(not nodes(base), "left running:", nodes(base))


@test
def a_process_that_dies_by_itself_ends_the_run(folder):
    process, base = begin(scenario(folder, time=LONG), cwd=folder)
    time.sleep(0.5)
    os.kill(nodes(base)["server"], signal.SIGKILL)
    out, err = process.communicate(timeout=30)
    check(process.returncode == 70, process.returncode, out, err)
    check("clustersim: server died: signal 9 (Killed); there are no results" in err, err)
    check_gone(base, folder)


# ---- Bad input -------------------------------------------------------------------------------------------------------


def check_nothing_left(folder, base):
    check_gone(base, folder)
    left = sorted(path.name for path in pathlib.Path(folder).iterdir())
    check(left == ["s.json"], "left behind:", left)


@test
def a_port_in_use_ends_everything_with_7(folder):
    base = ports()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", base + 1))
        done = live(scenario(folder), cwd=folder, base=base)
    check(done.returncode == 7, done)
    check(f"port {base + 1} of 127.0.0.1 cannot be used: Address already in use" in done.stderr, done.stderr)
    check("clustersim: asker-1 died at its start: exit status 7" in done.stderr, done.stderr)
    check_nothing_left(folder, base)


@test
def a_folder_that_cannot_be_written_ends_everything_with_7(folder):
    for arguments, words in ((("--folder", "/proc/nowhere"), "the nodes' folder cannot be made: /proc/nowhere"),
                             (("--out", "/proc/nowhere"), "the results cannot be written: /proc/nowhere")):
        base = ports()
        done = live(scenario(folder), *arguments, cwd=folder, base=base)
        check(done.returncode == 7 and words in done.stderr, done)
        check_nothing_left(folder, base)


@test
def a_folder_with_something_in_it_is_not_mixed_up_with_the_run(folder):
    path = pathlib.Path(folder) / "old"
    path.mkdir()
    (path / "kept").write_text("mine")
    done = live(scenario(folder), "--folder", path, cwd=folder)
    check(done.returncode == 7 and "is not empty" in done.stderr, done)
    check((path / "kept").read_text() == "mine", "untouched")


@test
def options_that_make_no_sense_are_refused(folder):
    path = scenario(folder)
    for arguments, words in ((("--port-base", "80"), "is not between 1024 and 65535"),
                             (("--port-base", "65534"), "3 instances need ports up to 65536"),
                             (("--sync", "maybe"), 'neither fdatasync nor none'),
                             (("--time-limit", "0s"), "not a time after 0")):
        done = subprocess.run([CLUSTERSIM, "live", str(path), *arguments], cwd=folder, capture_output=True, text=True,
                              timeout=60, check=False)
        check(done.returncode == 2 and words in done.stderr, done)
    many = json.loads(path.read_text())["workload"]
    many[0]["clients"] = 64
    done = live(scenario(folder, workload=many), cwd=folder)
    check(done.returncode == 2 and "65 instances, each of which is a process; live runs 64 at most" in done.stderr, done)


# ---- One node by hand ------------------------------------------------------------------------------------------------


def node(name, path, base, folder):
    return subprocess.Popen([CLUSTERSIM, "node", str(path), f"--instance={name}", "--folder", str(folder / name), "--log",
                             f"--port-base={base}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@test
def nodes_started_by_hand_elect_a_leader_and_start_again(folder):
    folder, base = pathlib.Path(folder), ports()
    path = raft(folder)
    for start in (1, 2):
        processes = [node(name, path, base, folder) for name in "ABC"]
        time.sleep(1)
        for process in processes:
            check(process.poll() is None, "runs until it is told to end")
            process.terminate()
        ends = [process.communicate(timeout=20) + (process.returncode,) for process in processes]
        check([end[2] for end in ends] == [0, 0, 0], ends)
        check([(folder / name / "starts").read_text() for name in "ABC"] == [f"{start}\n"] * 3, start)
    check(any(b"\1" in head_of(file) for name in "ABC" for file in (folder / name).iterdir()
              if file.name != "starts"), "votes and entries were written")


@test
def a_node_says_why_it_cannot_start(folder):
    folder, base = pathlib.Path(folder), ports()
    path = scenario(folder)
    bad = [(("--instance=nobody", "--folder=x"), 2, 'has no instance "nobody"'),
           (("--instance=server",), 2, "node needs one scenario, --instance and --folder"),
           (("--instance=server", "--folder=/proc/nowhere"), 7, "server cannot start: /proc/nowhere")]
    for arguments, status, words in bad:
        done = subprocess.run([CLUSTERSIM, "node", str(path), f"--port-base={base}", *arguments], cwd=folder,
                              capture_output=True, text=True, timeout=60, check=False)
        check(done.returncode == status and words in done.stderr, done)


# ---- Ten in a row ----------------------------------------------------------------------------------------------------


def the_leader_is_killed_ten_times_in_a_row_and_all_is_kept(folder):
    for number in range(10):
        done = live(RAFT, cwd=folder)
        check(done.returncode == 0, f"run {number + 1}:", done.stdout, done.stderr)
        faults = json.loads((pathlib.Path(folder) / "results" / "latest" / "faults.json").read_text())["faults"]
        check([fault["id"] for fault in faults if fault["fired"]] == ["kill", "stop-for-a-while", "cut-off"], faults)
        checks = {entry["name"]: entry for entry in result_of(folder)["checks"]}
        check(all(entry["verdict"] == "pass" for entry in checks.values()), checks)
        check(result_of(folder)["metrics"]["messages"]["cut"] > 0, "the links were cut")
        check(checks["election_safety"]["seen"] >= 2, "a leader and its successor:", checks)
        check(checks["recovered_agrees"]["seen"] >= 1, "the killed one has recovered:", checks)


def a_vote_that_was_not_kept_is_missed_after_kill_9(folder):
    loader = importlib.machinery.SourceFileLoader("zoo", str(ROOT / "scripts" / "zoo"))
    zoo = importlib.util.module_from_spec(importlib.util.spec_from_loader("zoo", loader))
    loader.exec_module(zoo)
    plugin = zoo.build_plugin(zoo.Row(ROOT / "tests" / "zoo" / "raft" / "vote-not-durable.patch"), pathlib.Path(folder))
    done = live(RAFT, "--plugin", plugin, cwd=folder)
    check(done.returncode == 1, done.stdout, done.stderr)
    check("recovered_agrees" in [finding["check"] for finding in result_of(folder)["findings"]], done.stdout)


def carry_out(number, function):
    with tempfile.TemporaryDirectory(prefix="clustersim-test.") as folder:
        try:
            function(folder)
            return True, f"ok {number} - {function.__name__}"
        except Exception as error:  # every test is told of, whatever went wrong in it
            lines = "\n".join("# " + line for line in f"{type(error).__name__}: {error}".splitlines())
            return False, f"not ok {number} - {function.__name__}\n{lines}"


def main():
    slow = [the_leader_is_killed_ten_times_in_a_row_and_all_is_kept, a_vote_that_was_not_kept_is_missed_after_kill_9]
    tests = slow if sys.argv[3:] == ["ten"] else TESTS
    print(f"1..{len(tests)}", flush=True)
    good = True
    with concurrent.futures.ThreadPoolExecutor(4) as pool:  # they mostly wait
        for passed, text in pool.map(carry_out, range(1, len(tests) + 1), tests):
            good &= passed
            print(text, flush=True)
    return not good


sys.exit(main())
