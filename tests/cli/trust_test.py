#!/usr/bin/env python3
"""A sweep loses no run and repeats none, whatever ends it or its workers.  Speaks TAP.

    trust_test.py CLUSTERSIM ROOT DIE_AT PLUGIN…
"""
import os
import pathlib
import re
import resource
import shlex
import signal
import subprocess
import sys

from support import CLUSTERSIM, PLUGINS, run
from sweep_support import lines, manifest, same_files, scenario, sweep, wait_for
from tap import Skipped, check, main, test

DIE_AT = PLUGINS["die_at"]
KILLED, CANNOT_TRACE = 9, 77
SANITIZED = b"__asan_init" in pathlib.Path(CLUSTERSIM).read_bytes()


# ---- Whatever ends the sweep


def files_of(folder):
    return [pathlib.Path(folder) / "out" / name for name in ("runs.jsonl", "runs.part.jsonl")]


def mark_what_is_there(folder):
    """Change the lines that are complete so that a run that is done again shows; the seeds of the runs."""
    seeds = set()
    for path in files_of(folder):
        if path.exists():
            whole, end, rest = path.read_text().rpartition("\n")
            seeds |= set(re.findall(r'"seed":"(\w+)"', whole))
            path.write_text(whole.replace('"xxh3:', '"mark:') + end + rest)
    return seeds


def go_on_and_compare(folder, arguments):
    """Resume; how many runs were there already."""
    there = mark_what_is_there(folder)
    result = sweep(folder, *arguments, "--resume")
    check(result.returncode == 0, result)
    kept = {line["seed"] for line in lines(folder) if line["digest"].startswith("mark:")}
    check(kept == there, "done again:", there - kept)
    runs = files_of(folder)[0]
    runs.write_text(runs.read_text().replace('"mark:', '"xxh3:'))
    same_files(folder, "whole", "out")
    check(sorted(os.listdir(pathlib.Path(folder) / "out")) == ["runs.jsonl", "sweep.json"])
    return len(there)


def die_at(folder, number, arguments):
    env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
    return subprocess.run([DIE_AT, str(number), CLUSTERSIM, "sweep", *arguments, "--out", "out"], cwd=folder, env=env,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=False).returncode


def clear(folder):
    for path in (pathlib.Path(folder) / "out").glob("*"):
        path.unlink()


@test
def a_sweep_that_is_killed_before_any_change_of_a_file_goes_on(folder):
    arguments = [scenario(folder), "--seeds", "0..5", "-j2"]
    check(sweep(folder, *arguments, out="whole").returncode == 0)
    done, number = set(), 1
    while (status := die_at(folder, number, arguments)) == KILLED:
        done.add(go_on_and_compare(folder, arguments))
        clear(folder)
        number += 1
    if status == CANNOT_TRACE:
        raise Skipped("tracing a process is forbidden here")
    check(status == 0, status)
    check(done == set(range(7)), "not every number of finished runs was met:", done)


@test
def a_sweep_that_is_killed_again_and_again_gets_there(folder):
    arguments = [scenario(folder), "--seeds", "0..5", "-j2"]
    check(sweep(folder, *arguments, out="whole").returncode == 0)
    times = 0
    while die_at(folder, 12, [*arguments, "--resume"]) == KILLED:
        times += 1
        check(times < 9, "it does not get on")
    go_on_and_compare(folder, arguments)


@test
def a_sweep_that_is_asked_to_end_goes_on(folder):
    arguments = [scenario(folder), "--seeds", "0..999", "-j2"]
    check(sweep(folder, *arguments, out="whole").returncode == 0)
    part = files_of(folder)[1]
    for number, count in ((signal.SIGTERM, 1), (signal.SIGINT, 20), (signal.SIGTERM, 60)):
        clear(folder)
        process = subprocess.Popen([CLUSTERSIM, "sweep", *arguments, "--out", "out"], cwd=folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: part.exists() and part.read_bytes().count(b"\n") >= count)
        process.send_signal(number)
        check(process.wait(timeout=60) == 128 + number)
        check(count <= go_on_and_compare(folder, arguments) < 1000)


@test
def a_full_disk_ends_a_sweep_that_then_goes_on(folder):
    arguments = [scenario(folder), "--seeds", "0..5", "-j2"]
    check(sweep(folder, *arguments, out="whole").returncode == 0)
    full = (pathlib.Path(folder) / "whole" / "runs.jsonl").stat().st_size
    begun = 1500  # the manifest fits
    for size in [begun + (full - begun) * k // 7 for k in range(7)] + [full - 1]:
        clear(folder)
        # What would be written beyond this size of a file is refused.
        result = sweep(folder, *arguments, restore_signals=False,
                       preexec_fn=lambda limit=size: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        check(result.returncode == 7 and "cannot be written" in result.stderr, size, result)
        check(go_on_and_compare(folder, arguments) < 6)


@test
def lines_without_a_manifest_are_not_gone_on_with(folder):
    arguments = [scenario(folder), "--seeds", "0..5"]
    check(sweep(folder, *arguments, out="whole").returncode == 0)
    check(sweep(folder, *arguments).returncode == 0)
    mark_what_is_there(folder)
    (pathlib.Path(folder) / "out" / "sweep.json").unlink()
    check(sweep(folder, *arguments, "--resume").returncode == 0)
    same_files(folder, "whole", "out")


@test
def two_sweeps_do_not_write_into_one_folder_at_a_time(folder):
    path, part = scenario(folder), files_of(folder)[1]
    first = subprocess.Popen([CLUSTERSIM, "sweep", path, "--seeds", "0..7", "--plugin", PLUGINS["echo_hangs"], "-j1",
                              "--out", "out"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: part.exists())
    before = part.read_bytes()
    for more in ([], ["--resume"]):
        result = sweep(folder, path, "--seeds", "0..1", *more)
        check(result.returncode == 7 and result.stdout == "", result)
        check("another sweep is writing into out; wait for its end, or give each a folder of its own with --out"
              in result.stderr, result.stderr)
    check(part.read_bytes().startswith(before), "what the first one has written is there")
    first.send_signal(signal.SIGTERM)
    check(first.wait(timeout=60) == 143)
    check(sweep(folder, path, "--seeds", "0..1").returncode == 0, "its end is enough")


# ---- Enough failures, not enough time


@test
def a_run_that_is_missing_before_the_last_failure_is_not_forgotten(folder):
    arguments = [scenario(folder), "--seeds", "0..39", "--plugin", PLUGINS["echo_tires"]]
    check(sweep(folder, *arguments, "--max-failures", "3", out="whole").returncode == 1)
    check(sweep(folder, *arguments).returncode == 1)
    runs, part = files_of(folder)
    found = runs.read_text().splitlines(keepends=True)
    first = next(i for i, line in enumerate(found) if '"verdict":"violation"' in line)
    part.write_text("".join(found[:first] + found[first + 1:]))  # as if another worker had still been at it
    runs.unlink()
    check(sweep(folder, *arguments, "--max-failures", "3", "--resume").returncode == 1)
    same_files(folder, "whole", "out")


@test
def many_short_budgets_end_where_one_sweep_ends(folder):
    arguments = [scenario(folder), "--seeds", "0..39", "--plugin", PLUGINS["echo_tires"], "--max-failures", "3", "-j2"]
    check(sweep(folder, *arguments, out="whole").returncode == 1)
    parts, stopped = 0, "the time is up; --resume goes on"
    while stopped == "the time is up; --resume goes on":
        sweep(folder, *arguments, "--time-budget", "1ms", "--resume")
        stopped = manifest(folder)["summary"]["stopped"]
        parts += 1
        check(parts < 100, "it does not get on")
    check(parts > 1, "one budget was enough")
    same_files(folder, "whole", "out")


# ---- Whatever ends a worker


def crashed(folder):
    return [line for line in lines(folder) if line["verdict"] == "crashed"]


def check_again(folder, words):
    """The command that the sweep printed for its first failure ends in the same way."""
    again = manifest(folder)["summary"]["failures"][0]["again"]
    result = run(*shlex.split(again)[1:], "--no-charts", cwd=folder)
    check(result.returncode == 70 and words in result.stderr and "again: clustersim run" in result.stderr, result)


@test
def a_run_that_needs_more_memory_than_it_may_have_is_told_with_its_seed(folder):
    if SANITIZED:
        raise Skipped("AddressSanitizer needs terabytes of addresses")
    result = sweep(folder, scenario(folder), "--seeds", "0..7", "--plugin", PLUGINS["echo_hoards"], "-j2",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29)))
    check(result.returncode == 70 and 0 < len(crashed(folder)) < 8, result)
    check(len(lines(folder)) == 8 and len(manifest(folder)["summary"]["failures"]) == 1, lines(folder))
    check("arena" in crashed(folder)[0]["findings"][0]["detail"], crashed(folder)[0])


@test
def a_handler_that_never_returns_is_a_finding_where_its_blocks_are_counted(folder):
    result = sweep(folder, scenario(folder), "--seeds", "0..7", "--plugin", PLUGINS["echo_hangs_counted"], "-j2")
    check(result.returncode == 70 and 0 < len(crashed(folder)) < 8, result)
    check("a step ends within 100,000,000 basic blocks" in crashed(folder)[0]["findings"][0]["detail"], result)
    check_again(folder, "basic blocks")


@test
def too_many_events_make_a_run_inconclusive(folder):
    path = scenario(folder, time={"duration": "1s", "settle": "500ms", "max_events": 1000})
    result = sweep(folder, path, "--seeds", "0..3")
    check(result.returncode == 4 and "limit of 1000 events was reached" in result.stdout, result)
    check([line["verdict"] for line in lines(folder)] == ["inconclusive"] * 4)


def words_of(path):
    """The words of a file of a process; none if the process has ended meanwhile."""
    try:
        return pathlib.Path(path).read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


@test
def a_worker_that_somebody_kills_is_told_with_its_seed(folder):
    process = subprocess.Popen([CLUSTERSIM, "sweep", scenario(folder), "--seeds", "0..7", "--plugin",
                                PLUGINS["echo_hangs"], "-j2", "--out", "out"], cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    victims = set()

    def nothing_hangs_any_more():
        """Kills the workers that say that they hang."""
        if process.poll() is not None:
            return True
        for child in (int(word) for word in words_of(children)):
            if child not in victims and words_of(f"/proc/{child}/comm") == ["hangs"]:
                victims.add(child)
                os.kill(child, signal.SIGKILL)
        return False

    wait_for(nothing_hangs_any_more)
    found = crashed(folder)
    check(process.returncode == 70 and found and len(lines(folder)) == 8, process.returncode, lines(folder))
    check({line["findings"][0]["detail"] for line in found} == {"killed by signal 9 (Killed)"}, found)
    check(len(found) == len(victims), found, victims)


sys.exit(main())
