"""What the READMEs show of runs is what these print.

Usage: readme_test.py CLUSTERSIM SOURCE [--bless]
Runs the flagship, compares the block of output in README.md line by line (wall time and the
folder's hash, which covers the build, aside), and the digest that the gallery names.  Then follows
protocols/README.md to its plug-in, and compares what that prints.  --bless writes them anew, and
draws the gallery's pictures.  Prints TAP.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FLAGSHIP = "scenarios/raft/leader-crash.json"
FLAGSHIP_TITLE, PLUGIN_TITLE = "raft-leader-crash", "parrot-hello"
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


def follow(clustersim, source, mine):
    """Do what protocols/README.md says under "Your own, as a plug-in", in the folder `mine`; what its run prints."""
    readme = (source / "protocols/README.md").read_text()
    part = readme[readme.index("## Your own, as a plug-in"):readme.index(f"{PLUGIN_TITLE} PASS\n")]
    blocks = re.findall(r"^```(c?)\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
    (plugin,) = [text for language, text in blocks if language == "c"]
    commands = [text for language, text in blocks if language == ""]
    (mine / "parrot").mkdir()
    (mine / "parrot/plugin.c").write_text(plugin)
    script = "\n".join(commands).replace("/tmp/mine", str(mine)).replace("scripts/run run", f'"{clustersim}" run')
    done = subprocess.run(["sh", "-euc", f"{script.rstrip()} --no-charts --out {mine}/results"],
                          cwd=source, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"Bail out! what protocols/README.md says fails: {done.stderr}")
    return done.stdout.replace(f"{mine}/", "")


def bless_plugin(source, text):
    readme = source / "protocols/README.md"
    old = readme.read_text()
    start, end = block(old, PLUGIN_TITLE)
    readme.write_text(old[:start] + text + old[end:])


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
        with tempfile.TemporaryDirectory() as mine:
            followed = follow(clustersim, source, pathlib.Path(mine))
        if blessing:
            bless(source, text, digest, folder)
            bless_plugin(source, followed)
            return 0
        readme = (source / "README.md").read_text()
        start, end = block(readme, FLAGSHIP_TITLE)
        shown = readme[start:end]
        protocols = (source / "protocols/README.md").read_text()
        start, end = block(protocols, PLUGIN_TITLE)
        gallery = source / "results/gallery"
        results = [
            ("the README shows what the flagship prints",
             steady(shown) == steady(text[text.index(FLAGSHIP_TITLE):])),
            ("the gallery names the flagship's digest", digest in (gallery / "README.md").read_text()),
            ("protocols/README.md leads to a plug-in that prints what it shows",
             steady(protocols[start:end]) == steady(followed)),
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
