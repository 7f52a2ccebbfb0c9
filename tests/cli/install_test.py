#!/usr/bin/env python3
"""What `meson install` puts in place serves a project outside this repository, as README.md says.  Speaks TAP.

    install_test.py BUILD ROOT

The commands of README.md run as they stand there, with fewer seeds; `apt-get` and `meson`, which would install packages
and build all this again, do nothing here (scripts/check-fresh-machine runs them).
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

from tap import check, main, test

from recipe import commands

BUILD, ROOT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
INSIDE, OUTSIDE = "Gate on it", "Gate on it from another repository"
def run(command, cwd, status=0, **options):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False, **options)
    check(done.returncode == status, done)
    return done


class World:
    """An installed clustersim, and an environment that finds it."""

    def __init__(self, folder):
        run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet"], cwd=BUILD,
            env=dict(os.environ, DESTDIR=str(folder / "root")))
        (pc,) = (folder / "root").rglob("clustersim.pc")
        self.env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent))
        self.env["PATH"] = f"{pathlib.Path(self.variable('program')).parent}:{os.environ['PATH']}"

    def variable(self, name):
        return run(["pkg-config", f"--variable={name}", "clustersim"], "/", env=self.env).stdout.strip()

    def follow(self, heading, language, folder, seeds="0..3"):
        """Run what README.md says there, in this folder; what the last command prints."""
        stubs = folder / "stubs"
        stubs.mkdir(exist_ok=True)
        for name in ("apt-get", "meson"):
            (stubs / name).write_text("#!/bin/sh\n")
            (stubs / name).chmod(0o755)
        env = dict(self.env, PATH=f"{stubs}:{self.env['PATH']}")
        lines = commands(ROOT / "README.md", heading, language)
        script = re.sub(r"--seeds [0-9.]+", f"--seeds {seeds}", "\n".join(lines))
        check(f"--seeds {seeds}" in script, "there is no sweep in", script)
        return run(["sh", "-euc", script], folder, env=env).stdout

    def shelf(self, folder, mistake=False):
        """The example's folder, with its plug-in built."""
        shutil.copytree(self.variable("example"), folder / "shelf")
        source = folder / "shelf" / "shelf.c"
        if mistake:
            right = source.read_text()
            check(right.count(".serial = request->serial") == 1)
            source.write_text(right.replace(".serial = request->serial", ".serial = shelf->commands"))
        (line,) = [c for c in commands(ROOT / "README.md", OUTSIDE, "sh") if c.startswith("cc ")]
        run(["sh", "-c", line], folder / "shelf", env=self.env)
        return folder / "shelf"


def manifest(folder):
    return json.loads((folder / "sweep.json").read_text())


@test
def the_shell_recipe_for_another_repository_works_as_it_stands(world, folder):
    said = world.follow(OUTSIDE, "sh", folder, seeds="0..19")
    check("sweep PASS" in said and "20 passed" in said, said)
    check((folder / "shelf" / "sweep.xml").exists())


@test
def the_workflow_for_another_repository_works_as_it_stands(world, folder):
    for path in pathlib.Path(world.variable("example")).iterdir():
        shutil.copy(path, folder)
    said = world.follow(OUTSIDE, "yaml", folder, seeds="0..19")
    check("sweep PASS" in said, said)
    check(manifest(folder / "sweep")["summary"]["passed"] == 20)


def sources(folder):
    """What a checkout of this repository has, as far as its workflow needs it."""
    (folder / "scripts").mkdir()
    (folder / "scripts" / "run").write_text('#!/bin/sh\nexec clustersim "$@"\n')
    (folder / "scripts" / "run").chmod(0o755)
    (folder / "scenarios").symlink_to(ROOT / "scenarios")


@test
def the_recipes_for_this_repository_work_as_they_stand(world, folder):
    sources(folder)
    said = world.follow(INSIDE, "sh", folder)
    check("sweep " in said and "4 passed" in said, said)
    said = world.follow(INSIDE, "yaml", folder)
    check("4 passed" in said, said)
    check([manifest(folder / f"shard{k}")["summary"]["runs"] for k in (1, 2, 3, 4)] == [1, 1, 1, 1])


@test
def a_mistake_outside_goes_red_and_comes_again_by_the_command_that_is_printed(world, folder):
    shelf = world.shelf(folder, mistake=True)
    done = run(["clustersim", "sweep", "shelf.json", "--plugin", "./shelf.so", "--seeds", "0..9"], shelf, status=1,
               env=world.env)
    failures = manifest(shelf / "results" / "sweep")["summary"]["failures"]
    check(sum(f["runs"] for f in failures) == 10 and len(failures) < 5, "one cause is told once", failures)
    failure = failures[0]
    check(failure["cause"].startswith('linearizable: key "…": '), failure)
    last = done.stderr.splitlines()[-1]
    check(last.startswith("again: clustersim run "), done.stderr)
    again = run([*shlex.split(last)[1:], "--no-charts", "--format", "json"], shelf, status=1, env=world.env)
    (finding, *_) = json.loads(again.stdout)["findings"]
    check(finding["detail"] == failure["detail"], finding, failure)


def tutorial(words):
    """What stands in the blocks of protocols/README.md that begin with these words."""
    document = (ROOT / "protocols" / "README.md").read_text()
    return "".join(re.findall(rf"^```{re.escape(words)}\n(.*?)^```$", document, re.DOTALL | re.MULTILINE))


@test
def the_tutorials_protocol_is_built_by_what_is_installed(world, folder):
    for name in ("c pair.c", "json pair.json"):
        (folder / name.split()[1]).write_text(tutorial(name))
    line = tutorial("sh installed")
    check(line.startswith("gcc ") and line.count("\n") == 1, line)
    run(["sh", "-euc", line], folder, env=world.env)
    run(["clustersim", "run", "pair.json", "--plugin", "./pair.so", "--no-charts"], folder, env=world.env)


@test
def a_project_of_meson_builds_it_too_and_has_the_sweep_as_a_test(world, folder):
    shutil.copytree(world.variable("example"), folder / "shelf")
    run(["meson", "setup", "build"], folder / "shelf", env=world.env)
    said = run(["meson", "test", "-C", "build"], folder / "shelf", env=world.env).stdout
    check(re.search(r"^Ok: +1", said, re.MULTILINE), said)


@test
def each_installed_header_stands_alone(world, folder):
    include = pathlib.Path(world.variable("includedir"))
    headers = sorted(path.relative_to(include) for path in include.rglob("*.h"))
    names = [str(header) for header in headers if header.name != "banned.h"]
    check("clustersim/protocol.h" in names and "clustersim/common/service.h" in names, names)
    for name in names:
        (folder / "one.c").write_text(f'#include "{name}"\n')
        run(["sh", "-c", "cc -std=gnu11 -Wall -Wextra -Werror -fsyntax-only $(pkg-config --cflags clustersim) one.c"],
            folder, env=world.env)


@test
def the_installed_scenarios_and_schema_are_found_and_good(world, folder):
    scenarios = sorted(pathlib.Path(world.variable("scenarios")).glob("*/*.json"))
    check(len(scenarios) > 30, scenarios)
    run(["clustersim", "validate", *map(str, scenarios)], folder, env=world.env)
    installed = pathlib.Path(world.variable("schema")).read_text()
    check(installed == run(["clustersim", "schema"], folder, env=world.env).stdout)
    mine = {"extends": str(scenarios[0].parents[1] / "echo" / "hello.json"), "name": "mine"}
    (folder / "mine.json").write_text(json.dumps(mine))
    run(["clustersim", "validate", "mine.json"], folder, env=world.env)


with tempfile.TemporaryDirectory(prefix="clustersim-installed.") as installed:
    world = World(pathlib.Path(installed))
    status = main(wrap=lambda folder: (world, pathlib.Path(folder)))
sys.exit(status)
