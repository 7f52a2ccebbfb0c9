#!/usr/bin/env python3
"""The second host: scenarios in real processes, their faults, their end.  Speaks TAP.

    live_test.py CLUSTERSIM ROOT [ten]

With `ten`, ten runs of scenarios/live/raft.json, whose leader is killed with kill -9, pass one after another; and one with a
mistake planted in Raft does not.
"""
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

from live_support import (CLUSTERSIM, LONG, RAFT, ROOT, begin, begin_and_ask, check, check_gone, check_nothing_left, head_of, live,
                          main, node, nodes, ports, raft, result_of, scenario, test, wait_for_inputs)

# ---- Runs ------------------------------------------------------------------------------------------------------------


@test
def every_instance_is_a_process_of_the_file_that_simulates(folder):
    process, base = begin(scenario(folder), cwd=folder)
    files, found, called = set(), {}, set()
    while (len(found) < 3 or "exe" in called) and process.poll() is None:
        found, called = nodes(base), set()
        for pid in found.values():
            try:
                files.add(os.stat(f"/proc/{pid}/exe").st_ino)
                called.add(pathlib.Path(f"/proc/{pid}/comm").read_text().strip())
            except OSError:
                pass
        time.sleep(0.02)
    check(sorted(found) == ["asker-1", "asker-2", "server"], found)
    check(files == {os.stat(CLUSTERSIM).st_ino} and called == {"clustersim"}, files, called)
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
    process, base = begin_and_ask(scenario(folder, time=LONG), folder)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    check(process.returncode == 130, process.returncode, out, err)
    check(result_of(folder)["verdict"] == "interrupted", out)
    check_gone(base, folder)


@test
def a_signal_to_all_processes_at_once_is_an_interruption_too(folder):
    process, base = begin_and_ask(scenario(folder, time=LONG), folder, start_new_session=True)
    os.killpg(process.pid, signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    check(process.returncode == 143, process.returncode, out, err)
    check(result_of(folder)["verdict"] == "interrupted", out)
    check_gone(base, folder)


@test
def a_parent_that_is_killed_takes_every_process_along(folder):
    process, base = begin_and_ask(scenario(folder, time=LONG), folder)
    check(list(pathlib.Path(folder).glob("results/.live*")), "the volumes are there meanwhile")
    process.kill()
    process.communicate(timeout=30)
    check_gone(base, folder)
    until = time.monotonic() + 10
    while (pathlib.Path(folder) / "results").exists() and time.monotonic() < until:
        time.sleep(0.02)
    check_nothing_left(folder, base, "logs")


@test
def a_process_that_dies_by_itself_ends_the_run(folder):
    process, base = begin_and_ask(scenario(folder, time=LONG), folder)
    os.kill(nodes(base)["server"], signal.SIGKILL)
    out, err = process.communicate(timeout=30)
    check(process.returncode == 70, process.returncode, out, err)
    check("clustersim: server died: signal 9 (Killed); there are no results" in err, err)
    check_gone(base, folder)


# ---- Bad input -------------------------------------------------------------------------------------------------------


@test
def a_port_in_use_ends_everything_with_7(folder):
    for name, kind in (("UDP", socket.SOCK_DGRAM), ("TCP", socket.SOCK_STREAM)):
        base = ports()
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("127.0.0.1", base + 1))
            if name == "TCP":
                taken.listen()
            done = live(scenario(folder), cwd=folder, base=base)
        check(done.returncode == 7, done)
        check(f"{name} port {base + 1} of 127.0.0.1 cannot be used: Address already in use" in done.stderr, done.stderr)
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


@test
def nodes_started_by_hand_elect_a_leader_and_start_again(folder):
    folder, base = pathlib.Path(folder), ports()
    path = raft(folder)
    for start in (1, 2):
        logs = [folder / f"{name}-{start}.log" for name in "ABC"]
        processes = [node(name, path, base, folder, "--record", str(log)) for name, log in zip("ABC", logs)]
        for process, log in zip(processes, logs):
            wait_for_inputs(log, process, 15)
        for process in processes:
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
           (("--instance=servr", "--folder=x"), 2, 'has no instance "servr"; did you mean "server"?'),
           (("--instance=server",), 2, "node needs one scenario, --instance and --folder"),
           (("--instance=server", "--folder=/proc/nowhere"), 7, "server cannot start: /proc/nowhere")]
    for arguments, status, words in bad:
        done = subprocess.run([CLUSTERSIM, "node", str(path), f"--port-base={base}", *arguments], cwd=folder,
                              capture_output=True, text=True, timeout=60, check=False)
        check(done.returncode == status and words in done.stderr, done)


@test
def a_node_that_cannot_start_leaves_nothing_behind(folder):
    folder, base = pathlib.Path(folder), ports()
    path = scenario(folder)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", base))
        process = node("server", path, base, folder / "nodes", "--record", str(folder / "server.log"))
        _, err = process.communicate(timeout=60)
    check(process.returncode == 7, process.returncode, err)
    check(f"server cannot start: UDP port {base} of 127.0.0.1 cannot be used" in err, err)
    check([file.name for file in folder.iterdir()] == ["s.json"], list(folder.iterdir()))
    process = node("server", path, base, folder, "--record", str(path))  # the log is there
    _, err = process.communicate(timeout=60)
    check(process.returncode == 7 and "s.json cannot be written: File exists" in err, process.returncode, err)
    check([file.name for file in folder.iterdir()] == ["s.json"], list(folder.iterdir()))


# ---- Ten in a row ----------------------------------------------------------------------------------------------------


def the_leader_is_killed_ten_times_in_a_row_and_all_is_kept(folder):
    for number in range(10):
        done = live(RAFT, cwd=folder)
        check(done.returncode == 0, f"run {number + 1}:", done.stdout, done.stderr)
        faults = json.loads((pathlib.Path(folder) / "results" / "latest" / "faults.json").read_text())["faults"]
        check([fault["id"] for fault in faults if fault["fired"]] == ["kill", "cut-off", "stop-for-a-while"], faults)
        checks = {entry["name"]: entry for entry in result_of(folder)["checks"]}
        check(all(entry["verdict"] == "pass" for entry in checks.values()), checks)
        check(result_of(folder)["metrics"]["messages"]["cut"] > 0, "the links were cut")
        check(checks["election_safety"]["seen"] >= 2, "a leader and its successor:", checks)
        check(checks["recovered_agrees"]["seen"] >= 1, "the killed one has recovered:", checks)


def a_vote_that_was_not_kept_is_missed_after_kill_9(folder):
    loader = importlib.machinery.SourceFileLoader("zoo", str(ROOT / "scripts" / "zoo"))
    zoo = importlib.util.module_from_spec(importlib.util.spec_from_loader("zoo", loader))
    loader.exec_module(zoo)
    row = zoo.Row(ROOT / "tests" / "zoo" / "raft" / "vote-not-durable.patch")
    plugin = zoo.build_plugin(row, pathlib.Path(CLUSTERSIM).resolve().parents[2], pathlib.Path(folder))
    done = live(RAFT, "--plugin", plugin, cwd=folder)
    check(done.returncode == 1, done.stdout, done.stderr)
    check("recovered_agrees" in [finding["check"] for finding in result_of(folder)["findings"]], done.stdout)


SLOW = [the_leader_is_killed_ten_times_in_a_row_and_all_is_kept, a_vote_that_was_not_kept_is_missed_after_kill_9]
sys.exit(main(SLOW if sys.argv[3:] == ["ten"] else None))
