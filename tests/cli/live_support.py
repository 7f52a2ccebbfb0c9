"""What the tests of live runs share: free ports, small scenarios, the processes of a run, tests that wait side by side.

The first arguments of such a test are CLUSTERSIM ROOT.
"""
import concurrent.futures
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

CLUSTERSIM, ROOT = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
RAFT = ROOT / "scenarios" / "live" / "raft.json"
TESTS = []
PORTS = threading.Lock()
NEXT_PORT = [20000 + os.getpid() * 61 % 10000]  # below those that the kernel gives away


def test(function):
    TESTS.append(function)
    return function


def check(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(w) for w in what))


def ports():
    """A base with 16 free ports behind it that no other test of this run has."""
    with PORTS:
        while True:
            base = NEXT_PORT[0]
            NEXT_PORT[0] += 16
            try:
                for port in range(base, base + 16):
                    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                        with socket.socket(socket.AF_INET, kind) as one:
                            one.bind(("127.0.0.1", port))
            except OSError:
                continue
            return base


def scenario(folder, **changes):
    content = {
        "format": 1, "name": "small", "time": {"warmup": "100ms", "duration": "700ms", "settle": "300ms"},
        "groups": {"echo": {"program": "echo", "nodes": ["server"]}},
        "workload": [{"name": "asker", "target": "echo", "model": "open", "clients": 2, "arrivals": {"poisson": "200/s"},
                      "ops": {"work": 1}, "value_size": 1, "timeout": "1s"}],
    }
    content.update(changes)
    path = pathlib.Path(folder) / "s.json"
    path.write_text(json.dumps(content))
    return path


LONG = {"warmup": "0s", "duration": "60s", "settle": "0s"}


def raft(folder, **changes):
    content = json.loads(RAFT.read_text())
    content.pop("$schema")
    content.update(changes)
    path = pathlib.Path(folder) / "raft.json"
    path.write_text(json.dumps(content))
    return path


def live(*arguments, cwd, base=None, charts=False):
    more = [] if charts else ["--no-charts"]
    return subprocess.run([CLUSTERSIM, "live", *map(str, arguments), *more, f"--port-base={base or ports()}"],
                          cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


def begin(*arguments, cwd, **how):
    """A run, and the base of its ports; returns when the first node can be seen."""
    base = ports()
    process = subprocess.Popen([CLUSTERSIM, "live", *map(str, arguments), "--no-charts", f"--port-base={base}"],
                               cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)
    until = time.monotonic() + 20
    while not nodes(base):
        check(time.monotonic() < until and process.poll() is None, "no node was started")
        time.sleep(0.02)
    return process, base


def begin_and_ask(path, cwd, **how):
    """The same; returns when its server, called so, has been asked something."""
    process, base = begin(path, "--record", "logs", cwd=cwd, **how)
    wait_for_inputs(pathlib.Path(cwd) / "logs" / "server-1.log", process)
    return process, base


def wait_for_inputs(log, process, growths=4):
    """Until a node's log has grown a few times."""
    sizes, until = set(), time.monotonic() + 60
    while len(sizes) < growths:
        check(time.monotonic() < until and process.poll() is None, "it gets no inputs")
        sizes |= {log.stat().st_size} if log.exists() else set()
        time.sleep(0.02)


def nodes(base):
    """The processes of the nodes of a run, by its ports: {instance: pid}."""
    found = {}
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if f"--port-base={base}" in words and "node" in words:
            found.update({word[11:]: int(folder.name) for word in words if word.startswith("--instance=")})
    return found


def check_gone(base, folder):
    until = time.monotonic() + 10
    while (nodes(base) or list(pathlib.Path(folder).glob("results/.live*"))) and time.monotonic() < until:
        time.sleep(0.02)
    check(not nodes(base), "left running:", nodes(base))
    check(not list(pathlib.Path(folder).glob("results/.live*")), "left behind:", list(pathlib.Path(folder).glob("*/.*")))


def head_of(volume):
    """Volumes are sparse and large; what a short run writes is at their beginnings."""
    with volume.open("rb") as file:
        return file.read(1 << 20)


def result_of(folder):
    return json.loads((pathlib.Path(folder) / "results" / "latest" / "run.json").read_text())


def check_nothing_left(folder, base, *kept):
    check_gone(base, folder)
    left = sorted(path.name for path in pathlib.Path(folder).iterdir())
    check(left == sorted(["s.json", *kept]), "left behind:", left)


def node(name, path, base, folder, *more):
    return subprocess.Popen([CLUSTERSIM, "node", str(path), f"--instance={name}", "--folder", str(folder / name), "--log",
                             f"--port-base={base}", *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def carry_out(number, function):
    with tempfile.TemporaryDirectory(prefix="clustersim-test.") as folder:
        try:
            function(folder)
            return True, f"ok {number} - {function.__name__}"
        except Exception as error:  # every test is told of, whatever went wrong in it
            lines = "\n".join("# " + line for line in f"{type(error).__name__}: {error}".splitlines())
            return False, f"not ok {number} - {function.__name__}\n{lines}"


def main(tests=None):
    tests = TESTS if tests is None else tests
    print(f"1..{len(tests)}", flush=True)
    good = True
    with concurrent.futures.ThreadPoolExecutor(4) as pool:  # they mostly wait
        for passed, text in pool.map(carry_out, range(1, len(tests) + 1), tests):
            good &= passed
            print(text, flush=True)
    return not good
