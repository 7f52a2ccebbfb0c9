#!/usr/bin/env python3
"""Logs of live nodes, fed to a simulated instance.  Speaks TAP.

    live_replay_test.py CLUSTERSIM ROOT ECHO_STOPS

The plug-in is another build of echo, which stops where echo answers.
"""
import pathlib
import re
import resource
import signal
import subprocess
import sys
import time

from live_support import CLUSTERSIM, check, live, main, node, ports, raft, scenario, test

ECHO_STOPS = str(pathlib.Path(sys.argv[3]).resolve())
SAME = re.compile(r"^(\S+): (\d+) inputs, (\d+) effects, all the same byte for byte(; then the node was killed)?$", re.M)


def replay(*arguments, cwd):
    return subprocess.run([CLUSTERSIM, "replay", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=120,
                          check=False)


def record(folder, path, *arguments):
    done = live(path, "--record", "logs", *arguments, cwd=folder)
    check(done.returncode in (0, 4), done.stdout, done.stderr)  # a slow machine may see too little
    return sorted((pathlib.Path(folder) / "logs").iterdir())


@test
def every_incarnation_of_a_live_raft_is_replayed_byte_for_byte(folder):
    killed = {"timeline": [{"id": "kill", "at": "500ms", "for": "200ms", "crash": "A"}]}
    path = raft(folder, time={"warmup": "0s", "duration": "1200ms", "settle": "200ms"}, faults=killed,
                checks={"election_safety": True})
    logs = record(folder, path)
    names = [log.name for log in logs]
    check(len(names) == 7 and "A-2.log" in names, names)
    cut = set()
    for log in logs:
        done = replay("--node", log, cwd=folder)
        if done.returncode != 0:
            check(done.returncode == 2 and "without its end" in done.stderr, done)
            check(f"{log}: byte {log.stat().st_size}: " in done.stderr, done)
            cut.add(log.name[0])
            done = replay("--node", log, "--cut", cwd=folder)
        check(done.returncode == 0, log.name, done)
        same = SAME.search(done.stdout)
        check(same and same[1] == log.name.rsplit("-", 1)[0] and int(same[2]) > 3 and int(same[3]) > 3, done.stdout)
    check(cut == {"A"}, "the one that was killed:", cut)


@test
def a_log_of_a_node_started_by_hand_is_replayed(folder):
    folder, base = pathlib.Path(folder), ports()
    path = raft(folder)
    process = node("A", path, base, folder, "--record", str(folder / "A.log"))
    until = time.monotonic() + 20
    while time.monotonic() < until and not ((folder / "A.log").exists() and (folder / "A.log").stat().st_size > 5000):
        time.sleep(0.05)  # it campaigns in vain
    process.terminate()
    out, err = process.communicate(timeout=20)
    check(process.returncode == 0, out, err)
    done = replay("--node", folder / "A.log", cwd=folder)
    check(done.returncode == 0 and SAME.search(done.stdout), done)
    again = node("A", path, base, folder, "--record", str(folder / "A.log"))
    out, err = again.communicate(timeout=20)
    check(again.returncode == 7 and "A.log cannot be written: File exists" in err, again.returncode, err)


@test
def a_log_that_is_damaged_or_cut_off_is_refused_at_its_place(folder):
    (client, *_) = record(folder, scenario(folder, time={"warmup": "0s", "duration": "300ms", "settle": "100ms"}))
    whole = client.read_bytes()
    bad = pathlib.Path(folder) / "bad.log"
    middle = len(whole) // 2
    for content, words in ((whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:], r"bad\.log: byte \d+: "),
                           (whole[:-1], rf"bad\.log: byte {len(whole) - 24}: the log ends within a record"),
                           (whole[:100], r"bad\.log: byte 22: the log ends within a record"),
                           (whole.replace(b"node log 1", b"node log 7", 1), r"byte 20: a log of another version than 1"),
                           (b"{}", r"byte 0: this is no log of a node"),
                           (b"", r"byte 0: this is no log of a node")):
        bad.write_bytes(content)
        done = replay("--node", bad, cwd=folder)
        check(done.returncode == 2 and re.search(words, done.stderr) and not done.stdout, words, done)
    bad.write_bytes(whole[:-1])  # as of a node that is killed while it writes
    done = replay("--node", bad, "--cut", cwd=folder)
    check(done.returncode == 0 and "all the same byte for byte; then the node was killed" in done.stdout, done)
    check(f"bad.log breaks off within the record at byte {len(whole) - 24} of {len(whole) - 1}" in done.stderr, done)
    done = replay("--node", "nowhere.log", cwd=folder)
    check(done.returncode == 2 and "nowhere.log" in done.stderr, done)
    for more in (["results/latest"], ["--at", "1s"], ["--seed", "0x2"], ["--format", "json"]):
        done = replay("--node", client, *more, cwd=folder)
        check(done.returncode == 2 and "takes a log, no run" in done.stderr, done)


@test
def a_log_that_cannot_be_written_ends_the_run_with_7(folder):
    path = scenario(folder, time={"warmup": "0s", "duration": "20s", "settle": "0s"})
    small = (64 << 10,) * 2  # bytes of a file: the server's log reaches that, no volume does

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, small)

    done = subprocess.run([CLUSTERSIM, "live", str(path), "--record", "logs", "--no-charts", f"--port-base={ports()}"], cwd=folder,
                          capture_output=True, text=True, timeout=120, check=False, preexec_fn=limit)
    check(done.returncode == 7 and "cannot go on: the log of inputs logs/" in done.stderr, done)
    check("File too large" in done.stderr and "there are no results" in done.stderr, done)
    again = live(path, "--record", "logs", cwd=folder)
    check(again.returncode == 7 and "the nodes' logs cannot be written: logs/" in again.stderr, again)
    check("-1.log is there already" in again.stderr, again)


@test
def a_log_of_another_build_is_named_and_its_first_difference_too(folder):
    logs = record(folder, scenario(folder, time={"warmup": "0s", "duration": "300ms", "settle": "100ms"}))
    server = next(log for log in logs if log.name == "server-1.log")
    check(replay("--node", server, cwd=folder).returncode == 0, "the same build")
    done = replay("--node", server, "--plugin", ECHO_STOPS, cwd=folder)
    check(done.returncode == 2 and "was recorded by build" in done.stderr and not done.stdout, done)
    done = replay("--node", server, "--plugin", ECHO_STOPS, "--other-build", cwd=folder)
    check(done.returncode == 6 and "note: recorded by build" in done.stderr, done)
    first, *rest = done.stdout.splitlines()
    check(first.startswith("server differs at input 2 of ") and "(message REQUEST from " in first, first)
    check("): effect 1 of 1 differs at byte 0 of " in first, first)
    check(rest[0].startswith("  recorded: send REPLY to ") and rest[1] == "  replayed: stop tired", rest)


sys.exit(main())
