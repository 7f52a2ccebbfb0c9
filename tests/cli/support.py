"""What the tests of the command share: the program, its source tree, plug-ins, a scenario of echo.

Their arguments are CLUSTERSIM [ROOT [PLUGIN…]].
"""
import json
import pathlib
import subprocess
import sys

from tap import check

CLUSTERSIM = str(pathlib.Path(sys.argv[1]).resolve())
ROOT = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None
PLUGINS = {pathlib.Path(p).stem: str(pathlib.Path(p).resolve()) for p in sys.argv[3:]}


def run(*arguments, cwd, timeout=120, **options):
    return subprocess.run([CLUSTERSIM, *map(str, arguments)], cwd=cwd, capture_output=True, text=True,
                          timeout=timeout, check=False, **options)


def scenario(folder, name="s.json", duration="2s", **changes):
    """Write the scenario of echo, shortened and changed; its path."""
    content = json.loads((ROOT / "scenarios" / "echo" / "hello.json").read_text())
    content.pop("$schema", None)
    content["time"] = {"warmup": "100ms", "duration": duration, "settle": "500ms"}
    content.update(changes)
    path = pathlib.Path(folder) / name
    path.write_text(json.dumps(content, indent=2))
    return path


def latest(folder, out="results"):
    """Where the last run in this folder left its results."""
    return (pathlib.Path(folder) / out / "latest").resolve()


def digest(folder, path, **options):
    """Run a scenario that passes; the digest of its trace."""
    result = run("run", path, "--format", "json", "--no-charts", cwd=folder, **options)
    check(result.returncode == 0, result)
    return json.loads(result.stdout)["digest"]
