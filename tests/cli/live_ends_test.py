#!/usr/bin/env python3
"""How nodes and live runs end, and what they leave behind.  Speaks TAP.

    live_ends_test.py CLUSTERSIM ROOT DIE_AT ECHO_STOPS ECHO_FREEZES

The plug-ins are other builds of echo: the server of the one stops at its first request, that of the other hangs.
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from live_support import (CLUSTERSIM, LONG, begin, begin_and_ask, check, check_gone, live, main, node, ports, raft, result_of,
                          scenario, test, wait_for_inputs)

DIE_AT, ECHO_STOPS, ECHO_FREEZES = (str(pathlib.Path(path).resolve()) for path in sys.argv[3:6])
KILLED, CANNOT_TRACE = 9, 77


def run_node(name, path, folder, *more, before=()):
    """A node by hand up to its end: its exit status, and what it said."""
    done = subprocess.run([*before, CLUSTERSIM, "node", str(path), f"--instance={name}", "--folder", str(folder),
                           f"--port-base={ports()}", *map(str, more)], capture_output=True, text=True, timeout=60, check=False,
                          env=dict(os.environ, ASAN_OPTIONS="detect_leaks=0"))
    return done.returncode, done.stderr


def names(folder):
    return sorted(path.name for path in pathlib.Path(folder).iterdir())


# ---- One node --------------------------------------------------------------------------------------------------------


@test
def a_node_killed_at_any_change_within_its_first_start_starts_again(folder):
    path, number, left, founded = raft(folder), 0, set(), False
    while not founded:
        number += 1
        volumes = pathlib.Path(folder, f"A{number}")
        status, err = run_node("A", path, volumes, "--time-limit", "20s", before=(DIE_AT, str(number)))
        if status == CANNOT_TRACE:
            return
        check(status == KILLED, status, err)
        there = set(names(volumes)) if volumes.exists() else set()
        founded = "starts" in there and "founding" not in there
        left.add(" ".join(sorted(there & {"founding", "meta", "starts"})))
        status, err = run_node("A", path, volumes, "--time-limit", "100ms")
        check(status == 0 and "the time limit was reached" in err, "killed at change", number, status, err)
    check(left == {"", "founding", "founding meta", "founding meta starts", "meta starts"}, "killed at all stages:", left)


@test
def a_node_that_has_lost_what_it_promised_stops_itself_and_exits_with_7(folder):
    path, volumes = raft(folder), pathlib.Path(folder) / "A"
    check(run_node("A", path, volumes, "--time-limit", "100ms")[0] == 0)
    (volumes / "meta").write_bytes(b"")
    status, err = run_node("A", path, volumes, "--time-limit", "20s")
    check(status == 7 and "clustersim: A stopped itself: term and vote lost" in err, status, err)


@test
def live_says_which_node_stopped_itself_and_why(folder):
    done = live(scenario(folder), "--plugin", ECHO_STOPS, cwd=folder)
    check("clustersim: server stopped itself: tired" in done.stderr, done)
    check(result_of(folder)["metrics"]["stops"] == {"tired": 1}, result_of(folder)["metrics"]["stops"])


@test
def a_folder_is_one_nodes_at_a_time(folder):
    path, volumes = raft(folder), pathlib.Path(folder) / "A"
    first = node("A", path, ports(), pathlib.Path(folder), "--record", f"{folder}/first.log")
    try:
        wait_for_inputs(pathlib.Path(folder) / "first.log", first, 2)
        before = (volumes / "starts").stat().st_mtime_ns
        status, err = run_node("A", path, volumes, "--record", f"{folder}/second.log")
    finally:
        first.kill()
        first.communicate(timeout=20)
    check(status == 7 and f"A cannot start: {volumes} is in use by another process" in err, status, err)
    check((volumes / "starts").stat().st_mtime_ns == before, "untouched")
    check(not pathlib.Path(folder, "second.log").exists(), "nothing left behind")
    status, err = run_node("A", path, volumes, "--time-limit", "100ms")
    check(status == 0, "a killed node holds nothing:", err)


@test
def a_node_says_where_it_listens_and_ends_at_its_time_limit(folder):
    status, err = run_node("server", scenario(folder), f"{folder}/server", "--time-limit", "50ms")
    first, last = err.splitlines()
    check(status == 0 and first.startswith("server listens on 127.0.0.1:") and first.endswith(
        f"folder {folder}/server; ends at Ctrl-C or the time limit"), err)
    check(last == "server ends: the time limit was reached", err)
    status, err = run_node("server", scenario(folder), f"{folder}/server", "--time-limit", "soon")
    check(status == 2 and '--time-limit "soon"' in err, status, err)


@test
def a_node_whose_log_cannot_be_written_leaves_its_folder_as_it_was(folder):
    path = raft(folder)
    (pathlib.Path(folder) / "mine").mkdir()
    for volumes in ("mine", "new/and/deep"):
        status, err = run_node("A", path, f"{folder}/{volumes}", "--record", f"{folder}/nowhere/A.log")
        check(status == 7 and "nowhere/A.log cannot be written" in err, status, err)
    check(names(folder) == ["mine", "raft.json"] and not names(f"{folder}/mine"), names(folder))


# ---- A run -----------------------------------------------------------------------------------------------------------


@test
def a_run_that_cannot_start_leaves_everything_as_it_was(folder):
    path, base = scenario(folder), ports()
    for name in ("volumes", "logs"):
        (pathlib.Path(folder) / name).mkdir()
    (pathlib.Path(folder) / "logs" / "notes").write_text("mine")
    there = sorted(str(file) for file in pathlib.Path(folder).rglob("*"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", base + 2))
        for places in (("--record", "logs", "--folder", "volumes", "--out", "a/b/c"),
                       ("--record", "d/e", "--folder", "f/g", "--out", "a/b/c")):
            done = live(path, *places, cwd=folder, base=base)
            check(done.returncode == 7 and "cannot be used: Address already in use" in done.stderr, done)
            now = sorted(str(file) for file in pathlib.Path(folder).rglob("*"))
            check(now == there, "left behind or removed:", set(now) ^ set(there))
    done = live(path, "--record", "logs", "--folder", "volumes", cwd=folder, base=base)
    check(done.returncode == 0, "the second try:", done)
    check(len(names(f"{folder}/logs")) == 4 and len(names(f"{folder}/volumes")) == 4, "the user's folders have them now")
    (pathlib.Path(folder) / "volumes").rename(f"{folder}/old")
    done = live(path, "--record", "logs", "--folder", "volumes", cwd=folder)
    check(done.returncode == 7 and "-1.log is there already" in done.stderr, done)
    check(len(names(f"{folder}/logs")) == 4 and not pathlib.Path(folder, "volumes").exists(), "logs of another run stay")


@test
def the_terminals_other_signals_end_a_run_as_ctrl_c_does(folder):
    for number in (signal.SIGQUIT, signal.SIGHUP):
        process, base = begin(scenario(folder, time=LONG), cwd=folder, start_new_session=True)
        os.killpg(process.pid, number)
        out, err = process.communicate(timeout=30)
        check(process.returncode == 128 + number, process.returncode, out, err)
        check_gone(base, folder)


@test
def nodes_that_hang_do_not_hold_up_the_end_one_after_another(folder):
    path = scenario(folder, time=LONG, groups={"echo": {"program": "echo", "nodes": ["one", "two", "three"]}})
    begun = time.monotonic()
    done = live(path, "--plugin", ECHO_FREEZES, "--time-limit", "1s", cwd=folder)
    check(done.returncode == 4 and "the time limit was reached" in done.stdout, done)
    check(time.monotonic() - begun < 9, "5 seconds for each of three are 15")


@test
def what_a_run_that_was_killed_has_left_goes_with_the_next_one(folder):
    dead = subprocess.run(["sh", "-c", "echo $$"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    left = [pathlib.Path(folder) / "results" / f".live.{pid}" / "server" for pid in (dead, os.getpid())]
    for path in left:
        path.mkdir(parents=True)
        (path / "log").write_text("old")
    done = live(scenario(folder), cwd=folder)
    check(done.returncode == 0, done)
    check([path.exists() for path in left] == [False, True], "a process that lives keeps its own:", left)


@test
def a_live_run_is_not_replayed_as_a_whole(folder):
    check(live(scenario(folder), cwd=folder).returncode == 0)
    done = subprocess.run([CLUSTERSIM, "replay", "results/latest"], cwd=folder, capture_output=True, text=True, timeout=60,
                          check=False)
    check(done.returncode == 2 and not done.stdout, done)
    check("the run was live, so it cannot be replayed as a whole" in done.stderr and "replay --node LOG" in done.stderr, done)


@test
def progress_ends_at_100_percent_however_long_the_rest_takes(folder):
    workload = json.loads(scenario(folder).read_text())["workload"]
    workload[0]["timeout"] = "3s"
    path = scenario(folder, workload=workload, faults={"timeline": [{"id": "still", "at": "100ms", "for": "9s", "pause": "asker-1"}]},
                    time={"warmup": "0s", "duration": "300ms", "settle": "0s", "heal": "none"})
    done = live(path, cwd=folder)
    said = [line for line in done.stderr.splitlines() if " % " in line]
    check(said == ["100 %  0.3 of 0.3 s live, closing"], done.stderr)


sys.exit(main())
