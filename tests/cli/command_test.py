#!/usr/bin/env python3
"""The command line as a user meets it: exit statuses, errors, output, determinism.  Speaks TAP.

    command_test.py CLUSTERSIM ROOT PLUGIN…
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from support import CLUSTERSIM, PLUGINS, ROOT, digest, latest, run, scenario
from tap import Skipped, check, main, test

SANITIZED = b"__asan_init" in pathlib.Path(CLUSTERSIM).read_bytes()


@test
def a_run_that_passes_exits_0_and_leaves_its_results(folder):
    result = run("run", scenario(folder), "--no-charts", cwd=folder)
    check(result.returncode == 0, result)
    check("PASS" in result.stdout, result.stdout)
    check(result.stderr.startswith("echo-hello: seed 0x"), "the seed comes first:", result.stderr)
    for name in ("run.json", "scenario.json", "faults.json", "history.jsonl", "series.csv", "latency.hgrm",
                 "repro.sh", "host.json"):
        check((latest(folder) / name).is_file(), name)


@test
def every_shipped_scenario_exits_0_within_a_minute(folder):
    scenarios = sorted((ROOT / "scenarios").glob("*/*.json"))
    check(len(scenarios) >= 6, scenarios)
    for path in scenarios:
        begun = time.monotonic()
        result = run("run", path, "--no-charts", cwd=folder)
        check(result.returncode == 0 and time.monotonic() - begun < 60, path, result)


@test
def json_output_is_run_json(folder):
    result = run("run", scenario(folder), "--format", "json", "--no-charts", cwd=folder)
    text = (latest(folder) / "run.json").read_text()
    check(json.loads(result.stdout) == json.loads(text))
    check(json.loads(text)["verdict"] == "pass")


@test
def an_expectation_that_is_not_met_exits_5(folder):
    result = run("run", scenario(folder, expect={"verdict": "violation"}), "--no-charts", cwd=folder)
    check(result.returncode == 5, result)


@test
def a_fault_that_never_fires_is_inconclusive(folder):
    faults = {"timeline": [{"id": "late", "at": "1s", "for": "1s", "crash": "leader"}]}
    result = run("run", scenario(folder, faults=faults), "--no-charts", cwd=folder)
    check(result.returncode == 4, result)
    check('  inconclusive  fault: "late" never fired\n' in result.stdout, result.stdout)


@test
def an_event_limit_that_is_reached_is_inconclusive(folder):
    result = run("run", scenario(folder, time={"duration": "2s", "max_events": 100}), "--no-charts", cwd=folder)
    check(result.returncode == 4, result)


@test
def bad_usage_exits_2_and_says_why(folder):
    path = scenario(folder)
    for arguments in ([], ["walk"], ["run"], ["run", path, "--nonsense"], ["run", path, "--seed", "many"],
                      ["run", path, "--format", "xml"], ["list"], ["list", "stars"], ["validate"],
                      ["run", path, "--until", "soon"]):
        result = run(*arguments, cwd=folder)
        check(result.returncode == 2, arguments, result)
        check(result.stderr.strip() != "", arguments)
    check(not (pathlib.Path(folder) / "results").exists(), "nothing is written")


@test
def a_bad_scenario_exits_2_with_its_place_and_writes_nothing(folder):
    path = scenario(folder)
    text = path.read_text().replace('"duration": "2s"', '"duratoin": "2s"')
    path.write_text(text)
    result = run("run", path.name, cwd=folder)
    check(result.returncode == 2, result)
    line = next(i for i, t in enumerate(text.splitlines(), 1) if "duratoin" in t)
    check(f"s.json:{line}:" in result.stderr, result.stderr)
    check('did you mean "duration"?' in result.stderr, result.stderr)
    check("    \"duratoin\": \"2s\"" in result.stderr and "^^^^^^^^^^" in result.stderr, result.stderr)
    check(not (pathlib.Path(folder) / "results").exists(), "nothing is written")


@test
def strange_files_are_refused(folder):
    folder = pathlib.Path(folder)
    files = {
        "empty.json": b"",
        "not.json": b"hello",
        "utf8.json": b'{"format": 1, "name": "\xff\xfe"}',
        "deep.json": b"[" * 10000 + b"]" * 10000,
        "huge.json": b'{"format": 1, "about": "' + b"x" * 100_000_000 + b'"}',
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
        result = run("validate", name, cwd=folder)
        check(result.returncode == 2, name, result.stderr[:500])
        check(name in result.stderr, name, result.stderr[:500])
        check(len(result.stderr) < 3000, name, "the message is short")
    for name in (".", "missing.json"):
        result = run("validate", name, cwd=folder)
        check(result.returncode == 2 and result.stderr != "", name, result)


@test
def results_that_cannot_be_written_exit_7(folder):
    (pathlib.Path(folder) / "results" / "latest").mkdir(parents=True)  # where the link should be
    result = run("run", scenario(folder), "--no-charts", cwd=folder)
    check(result.returncode == 7, result)
    check("PASS" in result.stdout, "the verdict is still said:", result.stdout)


@test
def an_interrupted_run_keeps_its_partial_results_and_exits_130(folder):
    path = scenario(folder, time={"duration": "20000s", "window": "10s", "max_events": 100000000000})
    with subprocess.Popen([CLUSTERSIM, "run", str(path), "--no-charts"], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    check(process.returncode == 130, process.returncode, out, err)
    found = json.loads((latest(folder) / "run.json").read_text())
    check(found["verdict"] == "interrupted", found["verdict"])
    check(found["metrics"]["operations"]["ok"] > 0, found["metrics"])


@test
def two_signals_within_a_second_are_one_request_to_stop(folder):
    """As timeout(1) sends them: to the process, then to its whole group."""
    # A slice of the run takes about a second, so that both come before the first is noticed.
    path = scenario(folder, time={"duration": "200000s", "window": "1000s", "max_events": 100000000000})
    with subprocess.Popen([CLUSTERSIM, "run", str(path), "--no-charts"], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        time.sleep(0.4)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    check(process.returncode == 143, process.returncode, out, err)
    found = json.loads((latest(folder) / "run.json").read_text())
    check(found["verdict"] == "interrupted", found["verdict"])


@test
def asked_twice_a_run_ends_at_once(folder):
    # Nobody reads its standard output, which is full already: it cannot end by itself.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    with subprocess.Popen([CLUSTERSIM, "run", str(scenario(folder)), "--no-charts"], cwd=folder, stdout=writer,
                          stderr=subprocess.PIPE, text=True) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(1.2)
        check(process.poll() is None, "asked once, it still wants to say its verdict")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=5)
    os.close(reader)
    os.close(writer)
    check(process.returncode == 143 and "cannot be written" not in err, process.returncode, err)


@test
def checks_of_the_end_are_not_reached_by_an_interrupted_run(folder):
    path = scenario(folder, checks={"final_reads": True, "acknowledged_survives": True},
                    time={"duration": "20000s", "window": "10s", "max_events": 100000000000})
    with subprocess.Popen([CLUSTERSIM, "run", str(path), "--no-charts"], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    check(process.returncode == 130, process.returncode, out, err)
    for name in ("final_reads", "acknowledged_survives", "liveness"):
        check(f"  inconclusive  {name}: not reached: it is judged at the end of a run\n" in out, name, out)
    check("saw nothing" not in out, out)
    found = json.loads((latest(folder) / "run.json").read_text())
    check([c["detail"] for c in found["checks"] if c["name"] == "liveness"] ==
          ["not reached: it is judged at the end of a run"], found["checks"])


@test
def without_gnuplot_the_verdict_stands_with_one_warning(folder):
    result = run("run", scenario(folder), cwd=folder, env={"PATH": "/nonexistent"})
    check(result.returncode == 0, result)
    warnings = [line for line in result.stderr.splitlines() if "gnuplot" in line]
    check(len(warnings) == 1, result.stderr)


@test
def a_gnuplot_that_draws_nothing_is_one_warning(folder):
    bare = pathlib.Path(folder) / "bin"
    bare.mkdir()
    (bare / "gnuplot").write_text("#!/bin/sh\necho drawing\n")
    (bare / "gnuplot").chmod(0o755)
    result = run("run", scenario(folder), cwd=folder, env={**os.environ, "PATH": f"{bare}:{os.environ['PATH']}"})
    warnings = [line for line in result.stderr.splitlines() if "warning" in line]
    check(result.returncode == 0 and len(warnings) == 1 and "gnuplot ended well, but has made no" in warnings[0], result)


@test
def a_gnuplot_that_fails_is_one_warning_and_the_same_verdict(folder):
    fake = pathlib.Path(folder) / "bin" / "gnuplot"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'out of ink' >&2\nexit 1\n")
    fake.chmod(0o755)
    result = run("run", scenario(folder), cwd=folder, env={"PATH": f"{fake.parent}:/usr/bin:/bin"})
    check(result.returncode == 0 and "PASS" in result.stdout, result)
    warnings = [line for line in result.stderr.splitlines() if "warning" in line]
    check(warnings == ["clustersim: warning: no charts: gnuplot failed: out of ink"], result.stderr)


def run_again(result, folder):
    """Run the command that the last line of standard error gives."""
    last = result.stderr.splitlines()[-1]
    check(last.startswith("again: clustersim run "), result.stderr)
    path = f"{pathlib.Path(CLUSTERSIM).parent}:{os.environ['PATH']}"
    command = last.removeprefix("again: ") + " --no-charts"
    return subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False,
                          timeout=120, env={**os.environ, "PATH": path})


@test
def a_violation_exits_1_and_its_last_line_gives_it_again(folder):
    result = run("run", scenario(folder, "it's.json"), "--no-charts", "--plugin", PLUGINS["echo_stops"],
                 "--set", "/checks/liveness=false", cwd=folder)
    check(result.returncode == 1, result)
    check("echo-hello VIOLATION" in result.stdout, result.stdout)
    check("stopped: server stopped itself: tired" in result.stdout, result.stdout)
    again = run_again(result, folder)
    check(again.returncode == 1, again)
    digests = [re.search("digest xxh3:([0-9a-f]{16})", r.stdout).group(1) for r in (result, again)]
    check(digests[0] == digests[1], digests)


@test
def a_stop_that_the_scenario_allows_is_no_violation(folder):
    groups = {"echo": {"program": "echo", "nodes": ["server"], "allowed_stops": ["tired"]}}
    result = run("run", scenario(folder, groups=groups), "--no-charts", "--plugin", PLUGINS["echo_stops"],
                 "--set", "/checks/liveness=false", cwd=folder)
    check("stopped itself" not in result.stdout and result.returncode != 1, result)
    groups["echo"]["allowed_stops"] = ["tire", "tired of it"]
    groups["other"] = {"program": "echo", "nodes": ["another"], "allowed_stops": ["tired"]}
    result = run("run", scenario(folder, groups=groups), "--no-charts", "--plugin", PLUGINS["echo_stops"],
                 "--set", "/checks/liveness=false", cwd=folder)
    check("stopped itself" in result.stdout and result.returncode == 1, result)


@test
def another_build_from_a_plug_in_is_said_and_runs_otherwise(folder):
    path = scenario(folder)
    plain = digest(folder, path)
    result = run("run", path, "--no-charts", "--format", "json", "--plugin", PLUGINS["echo_slow"], cwd=folder)
    check(result.returncode == 0, result)
    check(f"note: echo comes from plug-in {PLUGINS['echo_slow']}" in result.stderr.splitlines(), result.stderr)
    check(json.loads(result.stdout)["digest"] != plain, "the digest is that of another run")
    folders = [p for p in (pathlib.Path(folder) / "results" / "echo-hello").iterdir()]
    check(len(folders) == 2, "another build has a folder of its own", folders)
    check("note:" not in run("run", path, "--no-charts", cwd=folder).stderr)


@test
def scenarios_of_one_command_give_the_same_runs_as_alone(folder):
    first, second = scenario(folder, "1.json"), scenario(folder, "2.json", seed="0x2")
    both = run("run", first, second, "--no-charts", cwd=folder)
    check(both.returncode == 0, both)
    digests = re.findall("digest (xxh3:[0-9a-f]{16})", both.stdout)
    check(digests == [digest(folder, first), digest(folder, second)], digests)


@test
def a_plug_in_that_cannot_be_used_exits_2_and_says_why(folder):
    for plugin in ("missing.so", str(ROOT / "scenarios" / "echo" / "hello.json")):
        result = run("run", scenario(folder), "--plugin", plugin, cwd=folder)
        check(result.returncode == 2 and result.stdout == "", result)
        check(f'plug-in "{plugin}" ' in result.stderr, result.stderr)
        check(not (pathlib.Path(folder) / "results").exists(), "nothing is written")


@test
def a_fatal_signal_tells_all_and_exits_70(folder):
    for plugin, number in (("echo_faults", 11), ("echo_recurses", 11), ("echo_aborts", 6)):
        result = run("run", scenario(folder), "--no-charts", "--plugin", PLUGINS[plugin], cwd=folder)
        if "AddressSanitizer" in result.stderr:
            raise Skipped("AddressSanitizer tells it itself")
        check(result.returncode == 70, result)
        check(f"fatal signal {number}" in result.stderr and "the last events:" in result.stderr, result.stderr)
        check(result.stderr.splitlines()[-1].startswith("again: clustersim run "), result.stderr)


@test
def a_folder_outside_the_tree_says_which_program_it_needs(folder):
    run("run", scenario(folder), "--no-charts", cwd=folder)
    command = ["sh", latest(folder) / "repro.sh", "--no-charts"]
    paths = {"PATH": "/usr/bin:/bin"}
    result = subprocess.run(command, cwd=folder, env=paths, capture_output=True, text=True, check=False)
    check(result.returncode == 7 and "CLUSTERSIM=" in result.stderr, result)
    paths["CLUSTERSIM"] = CLUSTERSIM
    result = subprocess.run(command, cwd=folder, env=paths, capture_output=True, text=True, check=False)
    check(result.returncode == 0 and "PASS" in result.stdout, result)


@test
def one_signal_ends_a_handler_that_never_returns(folder):
    command = [CLUSTERSIM, "run", str(scenario(folder)), "--no-charts", "--plugin", PLUGINS["echo_hangs"]]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        check("seed" in process.stderr.readline(), "it runs")
        time.sleep(0.2)
        process.terminate()
        _, errors = process.communicate(timeout=60)
    if process.returncode == -signal.SIGPROF:
        raise Skipped("AddressSanitizer keeps the signals to itself")
    check(process.returncode == 70 and "a program's handler does not return" in errors, errors)
    check("the last events:" in errors and errors.splitlines()[-1].startswith("again: clustersim run "), errors)


@test
def a_program_that_ends_the_process_is_no_pass(folder):
    for plugin, function in (("echo_exits", "exit"), ("echo_calls__exit", "_exit"), ("echo_calls__capital_exit", "_Exit"),
                             ("echo_calls_quick_exit", "quick_exit")):
        result = run("run", scenario(folder), "--no-charts", "--plugin", PLUGINS[plugin], cwd=folder)
        if function != "exit" and SANITIZED:
            continue  # the sanitizer has functions of its own
        check(result.returncode == 70 and f"a program has called {function}();" in result.stderr, result)
        check(result.stderr.splitlines()[-1].startswith("again: clustersim run "), result.stderr)


@test
def a_run_in_which_no_check_saw_anything_is_inconclusive(folder):
    path = scenario(folder, workload=[])
    result = run("run", path, "--no-charts", cwd=folder)
    check(result.returncode == 4 and "no check saw anything" in result.stdout, result)
    check("latency       none measured" in result.stdout and "unavailable" not in result.stdout, result.stdout)


@test
def a_full_disk_behind_standard_output_exits_7(folder):
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([CLUSTERSIM, "run", str(scenario(folder)), "--no-charts"], cwd=folder, stdout=full,
                                stderr=subprocess.PIPE, text=True, check=False)
    check(result.returncode == 7 and "cannot be written" in result.stderr, result)


@test
def every_verb_that_answers_answers_in_json_too(folder):
    good, bad = scenario(folder), scenario(folder, "bad.json", nmae="x")
    result = run("validate", good, bad, "--format", "json", cwd=folder)
    check(result.returncode == 2 and result.stderr == "", result)
    answers = json.loads(result.stdout)
    check([a["valid"] for a in answers] == [True, False], answers)
    check('did you mean "name"?' in answers[1]["errors"], answers)
    for topic, name in (("programs", "raft"), ("checks", "election_safety"), ("faults", "partition")):
        result = run("list", topic, "--format", "json", cwd=folder)
        check(result.returncode == 0 and name in [item["name"] for item in json.loads(result.stdout)], result)
        check(run("list", topic, "--format", "yaml", cwd=folder).returncode == 2)


@test
def a_failed_assertion_tells_all_and_exits_70(folder):
    result = run("run", scenario(folder), "--no-charts", "--plugin", PLUGINS["echo_asserts"], "--seed", "0x2a",
                 cwd=folder)
    check(result.returncode == 70, result)
    check(result.stdout == "", result.stdout)
    check('assertion failed: false && "nobody asks"' in result.stderr, result.stderr)
    check(re.search(r"^seed 0x000000000000002a, at \d+ ns; the last events:$", result.stderr, re.M), result.stderr)
    events = [line for line in result.stderr.splitlines() if re.match(r" +\d+ ns  ", line)]
    check(len(events) > 3 and "REQUEST from asker-" in events[-1], events)
    check(not (pathlib.Path(folder) / "results").exists(), "nothing is written")
    again = run_again(result, folder)
    check(again.returncode == 70, again)
    check(again.stderr == result.stderr, "the same in every word", again.stderr)


BAD = [
    ({"groups": {"echo": {"program": "echo", "nodes": []}}}, "/groups/echo/nodes"),
    ({"groups": {"echo": {"program": "echo", "nodes": 0}}}, "/groups/echo/nodes"),
    ({"groups": {"echo": {"program": "echo", "nodes": {"count": 0, "prefix": "n"}}}}, "/groups/echo/nodes/count"),
    ({"groups": {"echo": {"program": "echo", "nodes": {"count": 1000000000, "prefix": "n"}}}},
     "/groups/echo/nodes/count"),
    ({"topology": {"links": {"default": {"latency": "-1ms"}}}}, "/topology/links/default/latency"),
    ({"topology": {"links": {"default": {"loss": 1.5}}}}, "/topology/links/default/loss"),
    ({"faults": {"timeline": [{"id": "x", "at": "1s", "crash": "ghost"}]}}, "/faults/timeline/0/crash"),
]


@test
def what_cannot_be_is_refused_with_its_place(folder):
    for changes, pointer in BAD:
        began = time.monotonic()
        result = run("run", scenario(folder, **changes).name, "--format", "json", cwd=folder)
        check(result.returncode == 2, changes, result)
        check(result.stdout == "", "nothing on standard output", changes, result.stdout)
        errors = [line for line in result.stderr.splitlines() if ": error: " in line]
        check(errors and all(re.match(r"s\.json:\d+:\d+: error: \S", line) for line in errors), changes, errors)
        check(any(f"(at {pointer}" in line for line in errors), changes, errors)
        check(time.monotonic() - began < 5, "at once", changes)
    check(not (pathlib.Path(folder) / "results").exists(), "nothing is written")


@test
def all_errors_of_a_scenario_are_told_at_once(folder):
    wrong = {}
    for changes, _ in BAD[-3:]:
        for key, value in changes.items():
            wrong.setdefault(key, {}).update(value)
    wrong["topology"] = {"links": {"default": {"latency": "-1ms", "loss": 1.5}}}
    result = run("validate", scenario(folder, **wrong).name, cwd=folder)
    check(result.returncode == 2, result)
    for _, pointer in BAD[-3:]:
        check(f"(at {pointer})" in result.stderr, pointer, result.stderr)
    lines = [int(line.split(":")[1]) for line in result.stderr.splitlines() if ": error: " in line]
    check(lines == sorted(lines) and len(lines) >= 3, "in the file's order", lines)


@test
def help_and_version_are_on_standard_output(folder):
    for arguments in (["--help"], ["--version"], ["run", "--help"], ["validate", "--help"], ["list", "programs"],
                      ["list", "checks"], ["list", "faults"], ["schema"]):
        result = run(*arguments, cwd=folder)
        check(result.returncode == 0 and result.stdout != "" and result.stderr == "", arguments, result)


@test
def an_argument_too_many_is_refused(folder):
    for arguments, said in ((["--version", "extra"], "--version takes no argument"),
                            (["list", "programs", "extra"], 'list takes one argument, and "extra" is another'),
                            (["list", "extra", "programs"], 'list takes one argument, and "programs" is another')):
        result = run(*arguments, cwd=folder)
        check(result.returncode == 2 and result.stdout == "", arguments, result)
        check(result.stderr.startswith(f"clustersim: {said}") and result.stderr.count("\n") == 1, arguments, result)


@test
def a_name_of_ten_thousand_characters_is_cut(folder):
    long = 10000 * "n"
    for arguments in ([long], ["list", long], ["explain", long], ["run", scenario(folder), "--format", long],
                      ["replay", scenario(folder), "--nodes", long, "--at", "1s"]):
        result = run(*arguments, cwd=folder)
        check(result.returncode == 2 and len(result.stderr) < 1500, arguments[0], len(result.stderr))
        check(900 * "n" + "…" in result.stderr.replace(1000 * "n", 900 * "n"), arguments[0], result.stderr)


@test
def help_and_lists_stay_within_90_columns_and_align(folder):
    verbs = ("run", "validate", "list", "explain", "plot", "schema")
    for arguments in (["--help"], *([v, "--help"] for v in verbs), ["list", "programs"], ["list", "checks"],
                      ["list", "faults"]):
        lines = run(*arguments, cwd=folder).stdout.splitlines()
        check(len(lines) > 4 and max(map(len, lines)) <= 90, arguments, lines)
    usage = run("--help", cwd=folder).stdout.splitlines()
    starts = {re.match(r"  [a-z]+ +\S* +(?=[A-Z][a-z])", line).end() for line in usage if line[2:].startswith(verbs)}
    check(len(starts) == 1, "what verbs do stands in one column", starts)
    for topic in ("checks", "faults"):
        items = json.loads(run("list", topic, "--format", "json", cwd=folder).stdout)
        text = run("list", topic, cwd=folder).stdout
        width = max(len(item["name"]) for item in items)
        for item in items:
            check(f"\n  {item['name']:{width}}  {item['about'].split()[0]} " in text, item, text)
        check(all(item["about"] in " ".join(text.split()) for item in items), "no word is lost", text)
    programs = " ".join(run("list", "programs", cwd=folder).stdout.split())
    check('read_mode How queries are made linearizable: through the log, or by a round of heartbeats. '
          'One of "log", "read_index". Default: "read_index"' in programs, programs)


sys.exit(main())
