"""What the tests of sweeps share: the program, scenarios of echo, what a sweep left behind.  Speaks TAP.

Their arguments are CLUSTERSIM ROOT PLUGIN…
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

CLUSTERSIM, ROOT = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
PLUGINS = {pathlib.Path(p).stem: str(pathlib.Path(p).resolve()) for p in sys.argv[3:]}
ECHO = ROOT / "scenarios" / "echo" / "hello.json"
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def run(*arguments, cwd, **options):
    return subprocess.run([CLUSTERSIM, *map(str, arguments)], cwd=cwd, capture_output=True, text=True,
                          timeout=120, check=False, **options)


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what))


def scenario(folder, name="s.json", **changes):
    content = json.loads(ECHO.read_text())
    content.pop("$schema", None)
    content["time"] = {"warmup": "100ms", "duration": "1s", "settle": "500ms"}
    content.update(changes)
    (pathlib.Path(folder) / name).write_text(json.dumps(content, indent=2))
    return name


def sweep(folder, *arguments, out="out", **options):
    return run("sweep", *arguments, "--out", out, cwd=folder, **options)


def lines(folder, out="out"):
    return [json.loads(line) for line in (pathlib.Path(folder) / out / "runs.jsonl").read_text().splitlines()]


def manifest(folder, out="out"):
    return json.loads((pathlib.Path(folder) / out / "sweep.json").read_text())


def same_files(folder, one, other):
    for name in ("runs.jsonl", "sweep.json"):
        a, b = (pathlib.Path(folder) / out / name for out in (one, other))
        check(a.read_bytes() == b.read_bytes(), f"{name} of {one} and {other} differ")


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        check(time.monotonic() < end, "nothing happened within a minute")
        time.sleep(0.005)


def main():
    print(f"1..{len(TESTS)}")
    failed = 0
    for number, function in enumerate(TESTS, 1):
        with tempfile.TemporaryDirectory(prefix="clustersim-test.") as folder:
            try:
                function(folder)
                print(f"ok {number} - {function.__name__}", flush=True)
            except Exception as error:  # every test is told of, whatever went wrong in it
                failed += 1
                print(f"not ok {number} - {function.__name__}")
                print("\n".join("# " + line for line in f"{type(error).__name__}: {error}".splitlines()), flush=True)
    return failed > 0

