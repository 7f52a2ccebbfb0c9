#!/usr/bin/env python3
"""A plug-in in C++.  Speaks TAP.

    cpp_test.py CLUSTERSIM ROOT

Needs g++, and is skipped without.
"""
import pathlib
import shutil
import subprocess
import sys

from support import ROOT, run, scenario
from tap import Skipped, check, main, test

SOURCE = ROOT / "tests" / "cli" / "tally.cc"


def built(folder, text):
    """The plug-in made of this text, without a warning."""
    if shutil.which("g++") is None:
        raise Skipped("g++ is not installed")
    (folder / "tally.cc").write_text(text)
    command = ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fPIC", "-shared",
               "-I", ROOT / "sim" / "include", "-o", folder / "tally.so", folder / "tally.cc"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    check(done.returncode == 0, done.stderr)
    return folder / "tally.so"


def tallied(folder, plugin):
    path = scenario(folder, groups={"echo": {"program": "tally", "nodes": ["server"]}}, topology={},
                    workload=[{"target": "echo", "model": "closed", "clients": 2, "ops": {"work": 1}}])
    return run("run", path, "--plugin", plugin, "--no-charts", cwd=folder)


@test
def it_runs_like_one_in_c(folder):
    result = tallied(folder, built(folder, SOURCE.read_text()))
    check(result.returncode == 0 and "echo-hello PASS" in result.stdout, result)
    check(" 0 failed, 0 unknown" in result.stdout, result)


@test
def without_extern_c_it_is_told_so(folder):
    text = SOURCE.read_text()
    check(text.count('extern "C" ') == 1)
    result = tallied(folder, built(folder, text.replace('extern "C" ', "")))
    check(result.returncode == 2, result)
    check('it does not export "clustersim_plugin_1", but a function of C++ of that name: declare it extern "C"'
          in result.stderr, result)


if __name__ == "__main__":
    sys.exit(main(wrap=lambda folder: (pathlib.Path(folder),)))
