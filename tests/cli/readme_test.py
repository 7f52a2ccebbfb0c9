"""What README.md shows of the flagship is what it prints.

Usage: readme_test.py CLUSTERSIM SOURCE [--bless]
Runs the flagship, compares the block of output in README.md line by line (wall time and the
folder's hash, which covers the build, aside), and the digest that the gallery names.  --bless
writes them anew, and draws the gallery's pictures.  Prints TAP.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FLAGSHIP = "scenarios/raft/leader-crash.json"
FLAGSHIP_TITLE = "raft-leader-crash"
VARIES = [(re.compile(r" in [0-9.]+ s,"), " in # s,"), (re.compile(r"-[0-9a-f]{8}$", re.M), "-#")]


def steady(text):
    """The text without what differs from run to run and from build to build."""
    for pattern, replacement in VARIES:
        text = pattern.sub(replacement, text)
    return text


def block(readme, title):
    """Where a run's output, which begins with that line, stands in a README: start and end."""
    start = readme.index(f"{title} PASS\n")
    return start, readme.index("```", start)


def run(clustersim, source, out, charts):
    command = [clustersim, "run", FLAGSHIP, "--out", str(out)]
    done = subprocess.run(command + ([] if charts else ["--no-charts"]), cwd=source,
                          capture_output=True, text=True, check=True)
    folder = (out / "latest").resolve()
    text = done.stdout.replace(str(out), "results")
    return text, json.loads((folder / "run.json").read_text())["digest"], folder


def bless(source, text, digest, folder):
    readme = source / "README.md"
    old = readme.read_text()
    start, end = block(old, FLAGSHIP_TITLE)
    readme.write_text(old[:start] + text[text.index(FLAGSHIP_TITLE):] + old[end:])
    note = source / "results/gallery/README.md"
    note.write_text(re.sub(r"xxh3:[0-9a-f]{16}", digest, note.read_text()))
    for path in (source / "results/gallery/raft-leader-crash").iterdir():
        shutil.copy(folder / "charts" / path.name, path)


def main():
    clustersim, source = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    blessing = "--bless" in sys.argv[3:]
    with tempfile.TemporaryDirectory() as out:
        text, digest, folder = run(clustersim, source, pathlib.Path(out), blessing)
        if blessing:
            bless(source, text, digest, folder)
            return 0
        readme = (source / "README.md").read_text()
        start, end = block(readme, FLAGSHIP_TITLE)
        shown = readme[start:end]
        gallery = source / "results/gallery"
        results = [
            ("the README shows what the flagship prints",
             steady(shown) == steady(text[text.index(FLAGSHIP_TITLE):])),
            ("the gallery names the flagship's digest", digest in (gallery / "README.md").read_text()),
        ]
    print(f"1..{len(results)}")
    for number, (name, good) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
    if not all(good for _, good in results):
        print("# tests/cli/readme_test.py CLUSTERSIM SOURCE --bless writes them anew")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
