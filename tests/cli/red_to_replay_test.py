#!/usr/bin/env python3
"""From a red sweep to the smallest scenario to its replay, by pasting what each step prints.  Speaks TAP.

    red_to_replay_test.py CLUSTERSIM ROOT PLUGIN…
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from support import CLUSTERSIM, PLUGINS, ROOT
from tap import check, main, test

ECHO = ROOT / "scenarios" / "echo" / "hello.json"


def shell(command, folder):
    """What a user who pastes the command gets."""
    path = os.pathsep.join([os.path.dirname(CLUSTERSIM), os.environ["PATH"]])
    return subprocess.run(command, shell=True, cwd=folder, env=dict(os.environ, PATH=path), capture_output=True, text=True,
                          timeout=120, check=False)


def plant(folder):
    """A server that bears one jump of its clock and not two, and a nemesis with other things to do, too."""
    shutil.copy(PLUGINS["echo_forgives_once"], folder / "late.so")
    content = json.loads(ECHO.read_text())
    content.pop("$schema", None)
    content["time"] = {"warmup": "100ms", "duration": "2s", "settle": "300ms"}
    content["groups"]["echo"]["nodes"] = ["server", "idle"]
    clock = {"for": {"uniform": ["300ms", "900ms"]}, "target": "server", "jump": "-1s"}
    noise = {"pause": {"for": "20ms", "target": "idle"}, "slow-cpu": {"for": "20ms", "target": "idle", "factor": 2}}
    content["faults"] = {"nemesis": {"mean_gap": {"exponential": "150ms"}, "faults": {"clock": clock, **noise}}}
    (folder / "chance.json").write_text(json.dumps(content))


def printed(text, label):
    """The command behind the first such label."""
    found = re.search(rf"^ *{label}:? +(clustersim .*)$", text, re.MULTILINE)
    check(found is not None, f"no {label} in", text)
    return found.group(1)


def follow(here, scenario, plugin):
    """All steps, typed in the folder `here`; what the smallest scenario is."""
    swept = shell(f"clustersim sweep {scenario} --plugin {plugin} --seeds 0..2 --out swept", here)
    check(swept.returncode == 1, swept)
    again = shell(printed(swept.stdout, "again") + " --no-charts", here)
    check(again.returncode == 1 and "stopped itself" in again.stdout, again)
    shrunk = shell(printed(swept.stdout, "smallest"), here)
    check(shrunk.returncode == 0, shrunk)
    replayed = shell(printed(shrunk.stdout, "look"), here)
    check(replayed.returncode in (0, 1) and re.search(r"-------- here\n.*stop ", replayed.stdout), replayed)
    check(shell(printed(shrunk.stdout, "passes"), here).returncode == 0, shrunk.stdout)
    fails = shell(printed(shrunk.stdout, "fails"), here)
    check(fails.returncode == 1 and "stopped itself" in fails.stdout, fails)
    looked = shell(printed(fails.stderr, "look"), here)
    check(looked.returncode in (0, 1) and "as recorded, to the digest" in looked.stdout, looked)
    (small,) = here.glob("echo*-0x*.json")
    return small


def left(path):
    timeline = json.loads(path.read_text())["faults"]["timeline"]
    return [next(kind for kind in ("clock", "pause", "slow-cpu") if kind in fault) for fault in timeline]


@test
def each_step_prints_the_command_of_the_next(folder):
    here = pathlib.Path(folder)
    plant(here)
    small = follow(here, "chance.json", "late.so")
    check(left(small) == ["clock", "clock"], small.read_text())


@test
def it_does_not_matter_where_they_are_typed(folder):
    home, away = pathlib.Path(folder) / "home", pathlib.Path(folder) / "away from home"
    home.mkdir()
    away.mkdir()
    plant(home)
    small = follow(away, "../home/chance.json", "../home/late.so")
    check(left(small) == ["clock", "clock"], small.read_text())
    check(sorted(os.listdir(home)) == ["chance.json", "late.so"], "all is left where it was typed", os.listdir(home))
    shutil.move(small, home / "small.json")
    moved = shell("clustersim run small.json --plugin late.so --no-charts", home)
    check(moved.returncode == 0, "the file alone is enough", moved)


sys.exit(main())
