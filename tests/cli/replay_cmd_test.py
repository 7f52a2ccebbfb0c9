#!/usr/bin/env python3
"""`clustersim replay` as a user meets it.  Speaks TAP.

    replay_cmd_test.py CLUSTERSIM ROOT PLUGIN…
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

from support import CLUSTERSIM, PLUGINS, ROOT, latest, run, scenario
from tap import Skipped, check, main, test

RAFT = ROOT / "scenarios" / "raft" / "leader-crash.json"


def recorded(folder, *arguments):
    """Run the echo scenario; the path of its results."""
    result = run("run", scenario(folder), "--no-charts", *arguments, cwd=folder)
    check(latest(folder).exists(), result)
    return latest(folder)


def trace_lines(folder):
    return (folder / "trace.txt").read_text().splitlines()


@test
def a_replay_is_the_recorded_run_to_the_digest(folder):
    out = recorded(folder)
    for path in ("results/latest", "results/latest/run.json", out):
        result = run("replay", path, cwd=folder)
        check(result.returncode == 0 and "as recorded, to the digest" in result.stdout, result)
        check("recorded with build" not in result.stderr, result.stderr)
    answer = json.loads(run("replay", out, "--format", "json", cwd=folder).stdout)
    ran = json.loads((out / "run.json").read_text())
    check(answer["same"] is True and answer["differs"] is None, answer)
    check(answer["recorded"] == {key: ran[key] for key in ("build", "digest", "verdict")}, answer)
    check([answer[key] for key in ("scenario", "seed", "build", "digest")] ==
          [ran[key] for key in ("scenario", "seed", "build", "digest")], answer)


@test
def a_scenario_and_a_seed_replay_what_run_does(folder):
    path = scenario(folder)
    ran = json.loads(run("run", path, "--seed", "0x2a", "--no-charts", "--format", "json", cwd=folder).stdout)
    answer = json.loads(run("replay", path, "--seed", "0x2a", "--at", "1s", "--format", "json", cwd=folder).stdout)
    check(answer["digest"] == ran["digest"] and answer["recorded"] is None and answer["same"] is None, answer)


@test
def what_is_looked_at_is_not_changed(folder):
    out = recorded(folder)
    result = run("replay", out, "--at", "500ms", "--around", "event:300", "--trace", "all.txt", "--break-at", "77",
                 cwd=folder)
    check(result.returncode == 0 and "as recorded, to the digest" in result.stdout, result)


@test
def the_state_of_nodes_is_told_at_a_time_and_before_an_event(folder):
    check(run("run", RAFT, "--until", "12s", "--no-charts", cwd=folder).returncode in (0, 4))
    result = run("replay", "results/latest", "--at", "8s", "--format", "json", cwd=folder)
    at = json.loads(result.stdout)["at"]
    check(at["at_ns"] == 8000000000 and sorted(at["nodes"]) == ["A", "B", "C", "D", "E"], result)
    states = {name: "\n".join(lines) for name, lines in at["nodes"].items()}
    leaders = [name for name, text in states.items() if ", leader, term 1" in text]
    check(len(leaders) == 1 and "replicating in flight" in states[leaders[0]], "raft's own words", states)
    check(all("timers: " in text for text in states.values()), states)
    # At most a heartbeat later its messages are on their way.
    around = run("replay", "results/latest", "--around", "8s", "--lines", "1", "--nodes", leaders[0], cwd=folder).stdout
    sends_at = float(re.search(r"-------- here\n *([0-9.]+)ms", around).group(1))
    text = run("replay", "results/latest", "--at", f"{sends_at + 0.01:.3f}ms", "--nodes", leaders[0], cwd=folder).stdout
    check(f"  {leaders[0]} (node " in text and text.count(" (node ") == 1, text)
    flight = text[text.index("in flight, "):text.index("raft-leader-crash")].splitlines()[1:]
    times = [float(line.split()[0]) for line in flight]
    check(times == sorted(times) and times and times[0] >= sends_at / 1000, text)
    check(all(f"  {leaders[0]}  " in line or f" from {leaders[0]}:" in line for line in flight), flight)


@test
def a_crashed_node_is_told_as_down_and_a_message_to_it_as_in_flight(folder):
    faults = {"timeline": [{"id": "end", "at": "400ms", "for": "300ms", "crash": ["server"]}]}
    path = scenario(folder, faults=faults)
    at = json.loads(run("replay", path, "--at", "500ms", "--nodes", "server", "--format", "json",
                        cwd=folder).stdout)["at"]
    check(at["nodes"]["server"] == ["  server (node 0): down"], at)
    at = json.loads(run("replay", path, "--at", "400ms", "--nodes", "server", "--format", "json",
                        cwd=folder).stdout)["at"]
    check(": up, incarnation 1" in at["nodes"]["server"][0], "before anything happens at that time", at)


@test
def the_trace_around_a_moment_is_that_of_the_run(folder):
    out = recorded(folder, "--trace", "full")
    lines = trace_lines(out)
    answer = json.loads(run("replay", out, "--around", "700ms", "--lines", "7", "--format", "json", cwd=folder).stdout)
    around = answer["around"]
    check(len(around["before"]) == 7 and len(around["after"]) == 7, around)
    first_after = next(i for i, line in enumerate(lines) if float(line.split("ms")[0]) >= 700)
    check(around["before"] == lines[first_after - 7:first_after], around["before"], lines[first_after - 7:first_after])
    check(around["after"] == lines[first_after:first_after + 7], around["after"])
    text = run("replay", out, "--around", "700ms", "--lines", "2", cwd=folder).stdout
    check("\n".join(lines[first_after - 2:first_after]) + "\n-------- here\n" +
          "\n".join(lines[first_after:first_after + 2]) + "\n" in text, text)
    near_end = json.loads(run("replay", out, "--around", "event:2", "--format", "json", cwd=folder).stdout)["around"]
    check(near_end["before"] + near_end["after"] == lines[:len(near_end["before"]) + 20], near_end)


@test
def the_whole_trace_goes_to_a_file(folder):
    out = recorded(folder, "--trace", "full")
    for more in ([], ["--around", "700ms"]):
        check(run("replay", out, "--trace", "all.txt", *more, cwd=folder).returncode == 0)
        check((pathlib.Path(folder) / "all.txt").read_text().splitlines() == trace_lines(out), more)
    only = run("replay", out, "--trace", "-", "--nodes", "server", cwd=folder).stdout.splitlines()
    told = [line.split() for line in only if re.match(r" *\d+\.\d{3}ms  ", line)]
    check(told and told == [line.split() for line in trace_lines(out) if line.split()[1] == "server"], only[:5])


@test
def another_build_is_named_and_the_first_event_that_differs(folder):
    out = recorded(folder)
    slow = ("replay", out, "--plugin", PLUGINS["echo_slow"])
    result = run(*slow, cwd=folder)
    check(result.returncode == 6 and "DIFFERS" in result.stdout, result)
    build = json.loads((out / "run.json").read_text())["build"]
    check(re.search(rf"note: recorded with build {build}, this is [0-9a-f]+\n", result.stderr), result.stderr)
    check(result.stderr.index("note: recorded") < result.stderr.index("seed 0x"), "before it runs", result.stderr)
    answer = json.loads(run(*slow, "--format", "json", cwd=folder).stdout)
    check(answer["same"] is False and answer["build"] != build, answer)
    # Logs with records say the same.
    check(run("run", "s.json", "--no-charts", "--digest-log", "log", "--records", "0..99999", cwd=folder).returncode == 0)
    exact = run("run", "s.json", "--no-charts", "--compare", "log", "--plugin", PLUGINS["echo_slow"], cwd=folder)
    number = int(re.search(r"they part at record (\d+):", exact.stdout).group(1))
    check(number > 2 and answer["differs"]["record"] == number, exact.stdout, answer["differs"])
    event = answer["differs"]["event"]
    check(f"it first differs at event {event}, at " in result.stderr and "now  " in result.stderr, result.stderr)
    # That event is where the looking finds it.
    at = json.loads(run("replay", "s.json", "--at", f"event:{event}", "--plugin", PLUGINS["echo_slow"], "--format",
                        "json", cwd=folder).stdout)["at"]
    check(at["event"] == event - 1 and at["at_ns"] <= answer["differs"]["at_ns"], at["event"], event)


@test
def a_run_that_failed_fails_again_by_the_command_that_it_prints(folder):
    path = scenario(folder, seed="0x3")
    for seed in range(40):
        result = run("run", path, "--seed", hex(seed), "--plugin", PLUGINS["echo_tires"], "--no-charts", cwd=folder)
        if result.returncode == 1:
            break
    check(result.returncode == 1, result)
    look, again = result.stderr.splitlines()[-2:]
    check(look.startswith("look: clustersim replay ") and again.startswith("again: clustersim run "), result.stderr)
    result = run(*shlex.split(look)[2:], cwd=folder)
    check(result.returncode == 1 and "as recorded, to the digest" in result.stdout, result)
    check("in flight, " in result.stdout and "-------- here\n" in result.stdout, result.stdout)
    check(re.search(r"-------- here\n.*stop tired", result.stdout), "the finding is what comes next", result.stdout)


@test
def a_failed_seed_of_a_sweep_is_looked_at_by_the_command_that_it_prints(folder):
    result = run("sweep", scenario(folder), "--seeds", "0..19", "--plugin", PLUGINS["echo_tires"], "--out", "out", cwd=folder)
    (failure,) = json.loads((pathlib.Path(folder) / "out/sweep.json").read_text())["summary"]["failures"]
    check("look: " + failure["look"] in result.stdout, result.stdout)
    result = run(*shlex.split(failure["look"])[1:], cwd=folder)
    check(result.returncode == 1 and re.search(r"-------- here\n.*stop tired", result.stdout), result)


@test
def plugins_are_found_from_another_directory_and_a_missing_one_is_named(folder):
    shutil.copy(PLUGINS["echo_slow"], pathlib.Path(folder) / "mine.so")
    out = recorded(folder, "--plugin", "mine.so")
    with tempfile.TemporaryDirectory() as elsewhere:
        result = run("replay", out, cwd=elsewhere)
        check(result.returncode == 0 and "as recorded" in result.stdout, result)
        os.rename(pathlib.Path(folder) / "mine.so", pathlib.Path(elsewhere) / "moved.so")
        result = run("replay", out, cwd=elsewhere)
        check(result.returncode == 2 and "mine.so" in result.stderr and "--plugin FILE says where" in result.stderr, result)
        os.rename(pathlib.Path(elsewhere) / "moved.so", pathlib.Path(elsewhere) / "mine.so")
        result = run("replay", out, "--plugin", "mine.so", cwd=elsewhere)
        check(result.returncode == 0 and "as recorded" in result.stdout, result)


@test
def a_folder_that_is_no_whole_run_is_refused(folder):
    out = recorded(folder)
    broken = pathlib.Path(folder) / "broken"

    def refused(words, status=2, change=None):
        shutil.rmtree(broken, ignore_errors=True)
        shutil.copytree(out, broken)
        change()
        result = run("replay", broken, cwd=folder)
        check(result.returncode == status and words in result.stderr and result.stdout == "", words, result)

    def rewrite(name, old, new):
        text = (broken / name).read_text()
        check(old in text, name, old)
        (broken / name).write_text(text.replace(old, new, 1))

    refused("there is no run.json in it", change=lambda: (broken / "run.json").unlink())
    refused("there is no scenario.json in it", change=lambda: (broken / "scenario.json").unlink())
    refused("run.json:3:", change=lambda: (broken / "run.json").write_text('{\n "format": 1,\n "scen'))
    refused("is of format 2", change=lambda: rewrite("run.json", '"format": 1', '"format": 2'))
    refused("is not what a run has written", change=lambda: (broken / "run.json").write_text("{}"))
    refused("is not what a run has written", change=lambda: rewrite("run.json", '"xxh3:', '"md5:'))
    refused("the run was interrupted", change=lambda: rewrite("run.json", '"verdict": "pass"', '"verdict": "interrupted"'))
    refused("is no digest log, or not a whole one", change=lambda: rewrite("digest.log", "\nend ", "\ndne "))
    refused("is no digest log, or not a whole one",
            change=lambda: (broken / "digest.log").write_text((broken / "digest.log").read_text()[:-9]))
    refused("is the log of another run", change=lambda: rewrite("digest.log", "\nseed 0x0", "\nseed 0x1"))
    refused("scenario.json:2:", change=lambda: rewrite("scenario.json", "{", "["))
    result = run("replay", "nowhere", cwd=folder)
    check(result.returncode == 2, result)
    check(run("sweep", "s.json", "--seeds", "0..1", "--out", "swept", cwd=folder).returncode == 0)
    result = run("replay", "swept", cwd=folder)
    check(result.returncode == 2 and "swept holds a sweep, not a run" in result.stderr, result)
    shutil.rmtree(broken)
    shutil.copytree(out, broken)
    (broken / "digest.log").unlink()
    check(run("replay", broken, cwd=folder).returncode == 0, "the log of an older version is missed by nobody")
    result = run("replay", broken, "--plugin", PLUGINS["echo_slow"], cwd=folder)
    check(result.returncode == 6 and "where is not known" in result.stderr, result)


@test
def options_that_make_no_sense_exit_2(folder):
    out = recorded(folder)
    for arguments, words in (([], "needs one run"), ([out, out], "needs one run"), ([out, "--at", "noon"], "neither a time"),
                             ([out, "--at", "event:0"], "no number of an event"), ([out, "--around", "-1s"], "neither a time"),
                             ([out, "--break-at", "x"], "no number of an event"), ([out, "--lines", "0"], "--lines"),
                             ([out, "--nodes", "sever"], 'did you mean "server"?'), ([out, "--seed", "0x9"], "another run"),
                             ([out, "--set", "/seed=1"], "another run"), ([out, "--until", "1s"], "another run"),
                             ([out, "--trace", "full"], "name it"), ([out, "--format", "xml"], "--format"),
                             (["s.json", "--seed", "many"], "--seed")):
        result = run("replay", *arguments, cwd=folder)
        check(result.returncode == 2 and words in result.stderr and result.stdout == "", arguments, result)
    for arguments in (["--at", "99s"], ["--around", "event:99999999"], ["--break-at", "99999999"]):
        result = run("replay", out, *arguments, cwd=folder)
        check(result.returncode == 2 and arguments[0] in result.stderr, "the run was over before", arguments, result)
    result = run("replay", out, "--trace", "no/where", cwd=folder)
    check(result.returncode == 7 and "no/where" in result.stderr, result)


@test
def a_debugger_stops_before_the_chosen_event(folder):
    if shutil.which("gdb") is None:
        raise Skipped("there is no gdb")
    out = recorded(folder)
    at = json.loads(run("replay", out, "--at", "event:500", "--format", "json", cwd=folder).stdout)["at"]
    command = ["gdb", "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "break cs_breakpoint", "-ex", "run",
               "-ex", "printf \"here %lu %lu %s\\n\", event, at_ns, node", "-ex", "up", "-ex", "continue", "--args",
               CLUSTERSIM, "replay", str(out), "--break-at", "500"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if "ptrace" in result.stderr:
        raise Skipped("gdb may not trace here")
    event, at_ns, node = re.search(r"^here (\d+) (\d+) (\S+)$", result.stdout, re.M).groups()
    check(event == "500" and int(at_ns) >= at["at_ns"] and re.fullmatch(r"server|asker-\d+|-", node), result.stdout)
    check(result.stdout.count("Breakpoint 1, ") == 1 and "as recorded, to the digest" in result.stdout, result.stdout)


sys.exit(main())
