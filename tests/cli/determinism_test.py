#!/usr/bin/env python3
"""What gives the same bytes again, and how a difference is found.  Speaks TAP.

    determinism_test.py CLUSTERSIM ROOT PLUGIN…
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from support import CLUSTERSIM, PLUGINS, ROOT, digest, latest, run, scenario
from tap import check, main, test


@test
def the_same_seed_gives_byte_identical_folders_but_for_host_json(folder):
    path = ROOT / "scenarios" / "raft" / "leader-crash.json"
    for out in ("one", "two"):
        check(run("run", path, "--seed", "0x2a", "--out", out, cwd=folder).returncode == 0)
    one, two = latest(folder, "one"), latest(folder, "two")
    names = sorted(p.relative_to(one) for p in one.rglob("*") if p.is_file())
    check(names == sorted(p.relative_to(two) for p in two.rglob("*") if p.is_file()))
    check(len(names) >= 8, names)
    for name in names:
        if name.name != "host.json":
            check((one / name).read_bytes() == (two / name).read_bytes(), name)


@test
def time_zone_and_environment_change_nothing(folder):
    """Nor does the locale: locale_test.py."""
    path = ROOT / "scenarios" / "raft" / "partition.json"
    plain = digest(folder, path, env={"PATH": "/usr/bin:/bin"})
    for extra in ({"TZ": "Asia/Kathmandu"}, {"TZ": "NOT-5:45"},
                  {"CLUSTERSIM_SEED": "7", "SEED": "9", "MALLOC_PERTURB_": "165", "HOME": "/nowhere"}):
        check(digest(folder, path, env={"PATH": "/usr/bin:/bin", **extra}) == plain, extra)


@test
def addresses_change_nothing(folder):
    """With randomised addresses (several runs) and without."""
    path = ROOT / "scenarios" / "raft" / "partition.json"
    digests = {digest(folder, path) for _ in range(3)}
    if shutil.which("setarch"):
        result = subprocess.run(["setarch", "-R", CLUSTERSIM, "run", str(path), "--format", "json", "--no-charts"],
                                cwd=folder, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            digests.add(json.loads(result.stdout)["digest"])
    check(len(digests) == 1, digests)


@test
def another_seed_gives_another_digest(folder):
    path = scenario(folder)
    check(digest(folder, scenario(folder, seed="0x1")) != digest(folder, scenario(folder, seed="0x2")), path)


@test
def twice_finds_no_difference(folder):
    check(run("run", scenario(folder), "--twice", "--no-charts", cwd=folder).returncode == 0)


def sides(result, first="first", second="second"):
    """The two records of standard error at which the runs part, without the blanks."""
    return [" ".join(re.search(f"^  {name} +(.*)$", result.stderr, re.M).group(1).split()) for name in (first, second)]


@test
def twice_names_the_first_event_that_differs(folder):
    result = run("run", scenario(folder), "--twice", "--no-charts", "--plugin", PLUGINS["echo_remembers"], cwd=folder)
    check(result.returncode == 6 and result.stdout.startswith("echo-hello NONDETERMINISM\n"), result)
    first, second = sides(result)
    for side in (first, second):
        check(re.fullmatch(r"\d+ ns server send REPLY to asker-1", side), "the server's first answer", side)
    # The unit that it charges in the second run, from the first request on, is 100 us.
    check(int(second.split()[0]) - int(first.split()[0]) == 100000, first, second)
    check("\n  they differ in the time (+100000 ns);\n" in result.stderr, result.stderr)
    check(f'they part at record 12: "{first}" is "{second}" in the other' in result.stdout, result.stdout)
    check(result.stderr.splitlines()[-1].endswith(" --twice"), result.stderr)


@test
def twice_names_an_event_beyond_what_the_first_run_kept(folder):
    """A second pair of runs tells; by then the scenario has more than half a million records."""
    costs = {"*": {"cpu": {"per_message": "1us"}}, "echo": {"cpu": {"units": {"request": "100ns"}}}}
    result = run("run", scenario(folder, time={"duration": "5200ms"}), "--twice", "--no-charts", "--plugin",
                 PLUGINS["echo_wavers"], "--set", '/workload/0/arrivals={"poisson":"25000/s"}', "--set",
                 f"/topology/nodes={json.dumps(costs)}", cwd=folder)
    check(result.returncode == 6, result)
    number = int(re.search(r"they part at record (\d+):", result.stdout).group(1))
    check(number > 2 ** 19, number)
    first, second = sides(result)
    for side in (first, second):
        check(5e9 <= int(side.split()[0]) < 5.01e9, "the clock is looked at from 5 s on", side)
    check(any(" server send REPLY to asker-" in side for side in (first, second)), first, second)


@test
def two_builds_are_compared_by_their_digest_logs(folder):
    path = scenario(folder)
    plain = digest(folder, path)
    result = run("run", path, "--no-charts", "--format", "json", "--digest-log", "theirs", cwd=folder)
    check(result.returncode == 0 and json.loads(result.stdout)["digest"] == plain, "logging changes nothing", result)
    check(run("run", path, "--no-charts", "--compare", "theirs", cwd=folder).returncode == 0)
    slow = ("run", path, "--no-charts", "--compare", "theirs", "--plugin", PLUGINS["echo_slow"])
    result = run(*slow, cwd=folder)
    check(result.returncode == 6, result)
    check("differ: they part among records 0 to " in result.stdout, result.stdout)
    records = re.search(r"make their log again with --records (\d+\.\.\d+)\n", result.stderr).group(1)
    check(run("run", path, "--no-charts", "--digest-log", "theirs", "--records", records, cwd=folder).returncode == 0)
    result = run(*slow, cwd=folder)
    check(result.returncode == 6, result)
    theirs, ours = sides(result, "theirs", "ours")
    check(theirs.endswith(" server send REPLY to asker-1") and ours.split()[1:] == theirs.split()[1:], theirs, ours)
    check(int(ours.split()[0]) - int(theirs.split()[0]) == 100000, theirs, ours)


@test
def a_digest_log_that_does_not_fit_exits_2(folder):
    path = scenario(folder)
    check(run("run", path, "--no-charts", "--digest-log", "log", cwd=folder).returncode == 0)
    lines = (pathlib.Path(folder) / "log").read_text().splitlines(keepends=True)
    for name, text in (("cut", "".join(lines[:-1])), ("empty", ""), ("other", "hello\n"),
                       ("gap", "".join(line for line in lines if not line.startswith("checkpoint 4096 ")))):
        (pathlib.Path(folder) / name).write_text(text)
        result = run("run", path, "--no-charts", "--compare", name, cwd=folder)
        check(result.returncode == 2 and f"{name} is no digest log, or not a whole one" in result.stderr, name, result)
    result = run("run", path, "--no-charts", "--compare", "log", "--seed", "0x9", cwd=folder)
    check(result.returncode == 2 and "log is the log of another run: echo-hello with seed 0x" in result.stderr, result)
    for arguments in (["--compare", "nowhere"], ["--records", "1..2"], ["--twice", "--compare", "log"],
                      ["--digest-log", "x", "--records", "9..3"], ["--digest-log", "x", "--records", "0..9999999"],
                      [path, "--digest-log", "x"]):
        result = run("run", path, "--no-charts", *arguments, cwd=folder)
        check(result.returncode == 2 and result.stdout == "" and result.stderr != "", arguments, result)
    result = run("run", path, "--no-charts", "--digest-log", "no/where", cwd=folder)
    check(result.returncode == 7, result)


@test
def the_effective_scenario_gives_the_same_run(folder):
    path = scenario(folder)
    first = digest(folder, path)
    effective = latest(folder) / "scenario.json"
    again = pathlib.Path(folder) / "effective.json"
    shutil.copy(effective, again)
    check(digest(folder, again) == first)


@test
def repro_sh_works_from_any_directory(folder):
    path = scenario(folder)
    first = digest(folder, path)
    repro = latest(folder) / "repro.sh"
    with tempfile.TemporaryDirectory() as elsewhere:
        result = subprocess.run([str(repro), "--format", "json", "--no-charts", "--out", elsewhere], cwd=elsewhere,
                                capture_output=True, text=True, check=False,
                                env={**os.environ, "PATH": f"{pathlib.Path(CLUSTERSIM).parent}:{os.environ['PATH']}"})
        check(result.returncode == 0, result)
        check(json.loads(result.stdout)["digest"] == first)


sys.exit(main())
