#!/usr/bin/env python3
"""The edges of the command line: signals, limits, gnuplot, full disks, odd names, traces.  Speaks TAP.

    edges_test.py CLUSTERSIM ROOT
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from support import CLUSTERSIM, ROOT, latest, run, scenario
from tap import check, main, test


def named(folder, name):
    path = scenario(folder)
    path.write_text(path.read_text().replace('"name": "echo-hello"', f'"name": "{name}"'))
    return path


def storm(folder, **changes):
    """Faults each nanosecond: much happens in little simulated time."""
    faults = {"timeline": [{"id": "x", "at": "1ms", "repeat": {"every": "1ns", "until": "2s"}, "for": "1ns",
                            "pause": "server"}]}
    return scenario(folder, faults=faults, **changes)


def quiet_storm(folder, **changes):
    """The same with faults that find nobody they may meet: nothing is kept of them."""
    faults = {"nemesis": {"mean_gap": "1ns", "faults": {"crash": {"for": "1ns"}}}}
    return scenario(folder, faults=faults, **changes)


def gnuplot(folder, script):
    """A stand-in for gnuplot; returns the environment that finds it first."""
    fake = pathlib.Path(folder) / "bin" / "gnuplot"
    fake.parent.mkdir(exist_ok=True)
    fake.write_text("#!/bin/sh\n" + script)
    fake.chmod(0o755)
    return {**os.environ, "PATH": f"{fake.parent}:/usr/bin:/bin"}


# ---- Signals and limits ----------------------------------------------------------------------------------------------


@test
def a_signal_ends_the_wait_for_a_scenario_that_nobody_writes(folder):
    os.mkfifo(pathlib.Path(folder) / "pipe.json")
    for verb in ("run", "replay", "live", "shrink -o small.json", "sweep --crash-points", "corpus add", "corpus list"):
        with subprocess.Popen([CLUSTERSIM, *verb.split(), "pipe.json"], cwd=folder) as process:
            for _ in range(1000):
                state = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
                if state == "S":
                    break
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            try:
                check(process.wait(timeout=20) == -signal.SIGTERM, verb, process.returncode)
            finally:
                process.kill()


@test
def a_signal_ends_a_run_whose_time_hardly_goes_on(folder):
    with subprocess.Popen([CLUSTERSIM, "run", str(quiet_storm(folder)), "--no-charts"], cwd=folder,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        out, err = process.communicate(timeout=60)
    check(process.returncode == 143 and "INTERRUPTED" in out, process.returncode, out, err)
    check(time.monotonic() - asked < 10, "at once")


@test
def interventions_count_as_events_for_their_limit(folder):
    path = quiet_storm(folder, time={"duration": "2s", "max_events": 100000})
    results = [run("run", path, "--no-charts", "--format", "json", cwd=folder) for _ in range(2)]
    check(results[0].returncode == 4, results[0])
    check("the limit of 100000 events was reached" in results[0].stdout, results[0].stdout)
    check(results[0].stdout == results[1].stdout, "at the same place each time")


@test
def a_run_ends_at_the_limit_of_firings(folder):
    result = run("run", storm(folder), "--no-charts", cwd=folder)
    check(result.returncode == 4, result)
    check("inconclusive  faults: the limit of 100000 firings was reached" in result.stdout, result.stdout)


@test
def so_many_firings_are_possible_and_one_more_is_told_by_its_time(folder):
    for count, status in ((100000, 0), (100001, 4)):
        faults = {"timeline": [{"id": "x", "at": "1ms", "repeat": {"every": "1ns", "count": count}, "for": "1ns",
                                "pause": "server"}]}
        result = run("run", scenario(folder, faults=faults), "--no-charts", "--format", "json", cwd=folder)
        check(result.returncode == status, count, result)
        found = [(finding["check"], finding["at_ns"]) for finding in json.loads(result.stdout)["findings"]]
        check((("faults", 1100000) in found) == (status == 4), found)


# ---- gnuplot ---------------------------------------------------------------------------------------------------------


@test
def a_hanging_gnuplot_holds_up_neither_the_verdict_nor_a_signal(folder):
    environment = gnuplot(folder, "sleep 1000 &\necho > latency.png\nsleep 1000\n")
    with subprocess.Popen([CLUSTERSIM, "run", str(scenario(folder))], cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, env=environment) as process:
        first = process.stdout.readline()
        check(first == "echo-hello PASS\n", first)
        time.sleep(0.5)
        check(process.poll() is None, "gnuplot hangs")
        process.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        out, err = process.communicate(timeout=60)
    check(time.monotonic() - asked < 10, "at once")
    check(process.returncode == 143, process.returncode, out, err)
    warnings = [line for line in err.splitlines() if "warning" in line]
    check(warnings == ["clustersim: warning: no charts: gnuplot was interrupted"], err)
    check(list((pathlib.Path(folder) / "results").rglob(".draft*")) == [], "no draft is left")
    check((latest(folder) / "run.json").is_file() and (latest(folder) / "charts" / "latency.csv").is_file(), err)
    check(not (latest(folder) / "charts" / "latency.png").exists(), "no picture that may be half drawn")


@test
def gnuplot_gets_neither_the_callers_locale_nor_the_callers_terminal(folder):
    seen = pathlib.Path(folder) / "seen"
    environment = gnuplot(folder, f'printf "%s|%s" "$LC_ALL" "${{GNUTERM-none}}" > "{seen}"\nexit 3\n')
    run("run", scenario(folder), cwd=folder, env={**environment, "LC_ALL": "de_DE.UTF-8", "GNUTERM": "x11"})
    check(seen.read_text() == "C.UTF-8|none", seen.read_text())


@test
def a_gnuplot_that_fails_without_a_word_is_told_by_its_status(folder):
    for script, words in (("exit 3\n", "it ended with status 3"), ("kill -9 $$\n", "signal 9 (Killed)")):
        result = run("run", scenario(folder), cwd=folder, env=gnuplot(folder, script))
        check(result.returncode == 0, result)
        check(f"clustersim: warning: no charts: gnuplot failed: {words}\n" in result.stderr, result.stderr)


@test
def a_missing_gnuplot_is_told_with_its_package(folder):
    result = run("run", scenario(folder), cwd=folder, env={**os.environ, "PATH": folder})
    check(result.returncode == 0, result)
    check("warning: no charts: there is no gnuplot on the PATH; Debian has it in gnuplot-nox\n" in result.stderr, result)
    result = run("plot", "nowhere", cwd=folder)
    check(result.returncode == 2 and 'there is no "nowhere"' in result.stderr, result)


@test
def a_threshold_that_does_not_hold_is_named_once(folder):
    result = run("run", scenario(folder, thresholds={"latency": ["max < 1us"]}), "--no-charts", cwd=folder)
    check(result.returncode == 3 and "  threshold     latency" in result.stdout, result)


@test
def strict_charts_make_a_failing_gnuplot_an_error(folder):
    result = run("run", scenario(folder), "--strict-charts", cwd=folder, env=gnuplot(folder, "exit 3\n"))
    check(result.returncode == 7 and "clustersim: no charts: gnuplot failed" in result.stderr, result)
    check(" PASS\n" in result.stdout, result.stdout)


@test
def what_costs_nothing_has_charts_too(folder):
    """No link, disk or processor of it is ever used: there are panels without a line."""
    result = run("run", ROOT / "scenarios" / "echo" / "hello.json", "--strict-charts", cwd=folder)
    check(result.returncode == 0 and "charts" not in result.stderr, result)


def plotted(folder, run_of):
    result = run("plot", run_of, cwd=folder)
    return result.returncode, result.stderr


@test
def plot_says_what_is_missing(folder):
    run("run", scenario(folder), "--no-charts", cwd=folder)
    whole = latest(folder)

    def copy(name):
        path = pathlib.Path(folder) / name
        shutil.copytree(whole, path)
        return path, path / "charts"

    path, charts = copy("no-charts")
    shutil.rmtree(charts)
    charts.mkdir()
    check(plotted(folder, path.name) == (2, "clustersim: no-charts/charts holds no chart\n"))
    path, charts = copy("no-script")
    (charts / "latency.gp").unlink()
    check(plotted(folder, path.name) ==
          (2, "clustersim: latency.csv has no latency.gp beside it in no-script/charts\n"), plotted(folder, path.name))
    path, charts = copy("no-data")
    (charts / "latency.csv").unlink()
    check(plotted(folder, path.name) ==
          (2, "clustersim: latency.gp has no latency.csv beside it in no-data/charts\n"))
    path, charts = copy("empty-data")
    (charts / "latency.csv").write_text("")
    check(plotted(folder, path.name) == (2, "clustersim: empty-data/charts/latency.csv is empty\n"))


@test
def a_run_that_has_nothing_to_draw_needs_no_gnuplot(folder):
    result = run("run", scenario(folder, output={"charts": []}), cwd=folder, env={"PATH": "/nonexistent"})
    check(result.returncode == 0 and "warning" not in result.stderr, result)


# ---- Before anything runs --------------------------------------------------------------------------------------------


@test
def a_name_that_would_leave_its_folder_is_refused(folder):
    for name in (".", "..", ".hidden", "latest", "Latest"):
        path = named(folder, name)
        result = run("run", path.name, "--no-charts", cwd=folder)
        check(result.returncode == 2, name, result)
        text = path.read_text().splitlines()
        line = next(i for i, t in enumerate(text, 1) if '"name"' in t)
        place = f"s.json:{line}:{text[line - 1].index(json.dumps(name)) + 1}: error: "
        check(result.stderr.startswith(f'{place}"{name}" cannot be a scenario\'s name'), name, result.stderr)
        check("(at /name)" in result.stderr, result.stderr)
    check([p.name for p in pathlib.Path(folder).iterdir()] == ["s.json"], "nothing is written")
    for name in ("latest-2", "a.b", "x..y"):
        check(run("validate", named(folder, name).name, cwd=folder).returncode == 0, name)


@test
def nothing_runs_unless_all_scenarios_are_right(folder):
    good, bad = scenario(folder, "good.json"), scenario(folder, "bad.json", nmae="x")
    worse = scenario(folder, "worse.json", groups={})
    for order in ((good, bad), (bad, good), (good, bad, worse)):
        result = run("run", *(p.name for p in order), "--no-charts", cwd=folder)
        check(result.returncode == 2 and result.stdout == "", result)
        check("seed 0x" not in result.stderr and "bad.json:" in result.stderr, result.stderr)
        check(("worse.json:" in result.stderr) == (worse in order), "all errors are told", result.stderr)
    check(not (pathlib.Path(folder) / "results").exists(), "nothing is written")


@test
def results_that_cannot_be_written_are_noticed_before_the_run(folder):
    blocked = pathlib.Path(folder) / "file"
    blocked.write_text("in the way")
    result = run("run", scenario(folder), "--no-charts", "--out", "file/results", cwd=folder)
    check(result.returncode == 7 and result.stdout == "", result)
    check(result.stderr == "clustersim: the results cannot be written: file: Not a directory\n", result.stderr)


@test
def the_line_says_what_is_wrong_with_it(folder):
    path = scenario(folder).name
    for arguments, words in (
            (["run", ""], "clustersim: an argument is empty; see clustersim run --help"),
            (["run", path, ""], "clustersim: an argument is empty; see clustersim run --help"),
            (["validate", ""], "clustersim: an argument is empty; see clustersim validate --help"),
            (["plot", ""], "clustersim: an argument is empty; see clustersim plot --help"),
            (["run", path, "--out", ""], 'clustersim: --out "": the name of a folder is empty'),
            (["run", path, "--plugin", folder], f'plug-in "{folder}" is a folder, not a shared object'),
            (["run", path, "--seed", "0x12345678901234567"], "is too long: a seed has at most 16 digits"),
            (["run", path, "--set", '/name="\udcff"'], r'clustersim: not UTF-8: /name=\"\377\"; see clustersim run'),
            (["run", path, "--seed", "12"], "is not a seed; it is written in hexadecimal"),
            (["run", path, "--trace", "some"],
             'clustersim: --trace "some" is none of none, on-failure and full')):
        result = run(*arguments, cwd=folder)
        check(result.returncode == 2 and result.stdout == "", arguments, result)
        check(words in result.stderr, arguments, result.stderr)
    check(not (pathlib.Path(folder) / "results").exists(), "nothing is written")


@test
def what_follows_two_dashes_is_an_argument(folder):
    path = scenario(folder).name
    for arguments in (["run", "--no-charts", "--", path], ["validate", "--", path], ["list", "--", "checks"]):
        result = run(*arguments, cwd=folder)
        check(result.returncode == 0 and result.stderr.count("error") == 0, arguments, result)
    os.rename(pathlib.Path(folder) / path, pathlib.Path(folder) / "-s.json")
    result = run("validate", "--", "-s.json", cwd=folder)
    check(result.returncode == 0 and result.stdout == "-s.json: ok\n" and result.stderr == "", result)


@test
def check_symbols_without_a_build_says_how_to_use_it(folder):
    for arguments in ([], ["one", "two"], [folder]):
        result = subprocess.run([ROOT / "scripts" / "check-symbols", *arguments], capture_output=True, text=True,
                                check=False)
        check(result.returncode == 2 and result.stderr.startswith("usage: scripts/check-symbols "), arguments, result)


# ---- Standard output -------------------------------------------------------------------------------------------------


@test
def a_full_disk_behind_standard_output_is_told_by_every_verb(folder):
    path = scenario(folder).name
    run("run", path, "--no-charts", cwd=folder)
    for arguments in (["--help"], ["--version"], ["run", "--help"], ["list", "programs"],
                      ["list", "checks", "--format", "json"], ["schema"], ["validate", path],
                      ["validate", path, "--print-effective"], ["explain", "seed"], ["run", path, "--no-charts"],
                      ["run", path, "--no-charts", "--format", "json"]):
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([CLUSTERSIM, *arguments], cwd=folder, stdout=full, stderr=subprocess.PIPE,
                                    text=True, check=False)
        check(result.returncode == 7, arguments, result)
        check(result.stderr.count("clustersim: standard output cannot be written") == 1, arguments, result.stderr)


# ---- trace.txt -------------------------------------------------------------------------------------------------------


def trace_of(folder, *arguments, status=0):
    shutil.rmtree(pathlib.Path(folder) / "results", ignore_errors=True)
    result = run("run", *arguments, "--no-charts", "--format", "json", cwd=folder)
    check(result.returncode == status, arguments, result)
    path = latest(folder) / "trace.txt"
    return (path.read_text() if path.is_file() else None), json.loads(result.stdout)["digest"]


@test
def a_full_trace_tells_the_run_and_changes_nothing(folder):
    path = scenario(folder, output={"trace": "full"})
    trace, digest = trace_of(folder, path)
    lines = trace.splitlines()
    check(lines[0] == "     0.000ms  server   start found", lines[:3])
    check(any("  server   <- REQUEST from asker-1: tag=" in line for line in lines), lines[:20])
    check(trace_of(folder, path, "--trace", "none") == (None, digest))
    check(trace_of(folder, path, "--trace", "on-failure") == (None, digest))
    check(trace_of(folder, scenario(folder), "--trace", "full") == (trace, digest))


@test
def a_run_that_fails_is_traced_by_default(folder):
    path = scenario(folder, expect={"verdict": "violation"})
    failed, digest = trace_of(folder, path, status=5)
    check(failed == trace_of(folder, path, "--trace", "full", status=5)[0] and failed is not None)
    check(trace_of(folder, path, "--trace", "none", status=5) == (None, digest))
    check(trace_of(folder, scenario(folder)) == (None, digest), "one that does as it should is not")


@test
def a_trace_keeps_its_last_hundred_thousand_lines(folder):
    path = scenario(folder, time={"duration": "200s"})
    result = run("run", path, "--no-charts", "--trace", "full", cwd=folder)
    check(result.returncode == 0, result)
    lines = (latest(folder) / "trace.txt").read_text().splitlines()
    check(len(lines) == 100001, len(lines))
    cut = int(lines[0].removeprefix("(").partition(" ")[0])
    check(lines[0] == f"({cut} earlier lines are left out)" and cut > 0, lines[0])
    check(float(lines[-1].split("ms")[0]) > 199000, lines[-1])


# ---- Copied trees ----------------------------------------------------------------------------------------------------


def tree_with_stand_ins(folder):
    """A tree that has nothing but the set-up, and what runs it there: what counts is which tool is called, for what."""
    tools, tree = folder / "tools", folder / "a tree"
    tools.mkdir()
    (tools / "meson").write_text('#!/bin/sh\nsleep 0.3\necho "meson $*" >>"$LOG"\nmkdir -p "$2"\n'
                                 'touch "$2/build.ninja"\n')
    (tools / "ninja").write_text('#!/bin/sh\necho "ninja: no work to do."\n')
    (tools / "dpkg-query").write_text("#!/bin/sh\necho installed\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    (tree / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "set-up.sh", tree / "scripts")
    (tree / "scripts" / "try").write_text('set -eu\n. "$(dirname -- "$(readlink -f -- "$0")")/set-up.sh"\n'
                                          "set_up_build all\n")
    log = folder / "log"
    log.write_text("")
    environment = {"PATH": f"{tools}:/usr/bin:/bin", "LOG": str(log)}

    def start(script):
        return subprocess.Popen(["sh", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=environment)

    return tree, log, start


@test
def a_copied_tree_is_configured_anew(folder):
    folder = pathlib.Path(folder)
    tree, log, start = tree_with_stand_ins(folder)

    def set_up(tree):
        log.write_text("")
        process = start(tree / "scripts" / "try")
        check(process.wait() == 0, process.communicate())
        return log.read_text()

    copied = folder / "copied"
    check(set_up(tree) == f"meson setup {tree}/build {tree}\n", log.read_text())
    check(set_up(tree) == "", "nothing to do")
    shutil.copytree(tree, copied)
    check(set_up(copied) == f"meson setup {copied}/build {copied}\n", log.read_text())
    check(set_up(copied) == "", "nothing to do")
    (copied / "build" / "configured-for").unlink()
    info = copied / "build" / "meson-info"
    info.mkdir()
    (info / "meson-info.json").write_text(json.dumps({"directories": {"source": str(copied)}}))
    check(set_up(copied) == "", "by hand, for this place")
    (info / "meson-info.json").write_text(json.dumps({"directories": {"source": str(tree)}}))
    check(set_up(copied) != "", "by hand, for another place")


@test
def scripts_that_start_together_set_up_once(folder):
    tree, log, start = tree_with_stand_ins(pathlib.Path(folder))
    link = pathlib.Path(folder) / "link"
    link.symlink_to(tree / "scripts" / "try")
    processes = [start(script) for script in (tree / "scripts" / "try", link, link)]
    errors = [process.communicate()[1] for process in processes]
    check([process.returncode for process in processes] == [0, 0, 0], errors)
    check(log.read_text() == f"meson setup {tree}/build {tree}\n", log.read_text())
    check("".join(errors).count("configuring") == 1, errors)


sys.exit(main())
