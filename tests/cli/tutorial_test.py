#!/usr/bin/env python3
"""protocols/README.md leads where it says.  Speaks TAP.

    tutorial_test.py CLUSTERSIM BUILD [--bless]
    tutorial_test.py --files FOLDER     only writes the document's files there

Does what the document tells its reader to do: blocks that begin with ```c FILE or ```json FILE make that file, in their
order, all before the first command; what begins with ```c from FILE stands in that file of protocols/; blocks of `sh` are run
in one shell, in a home of their own; a block without a word is what the commands above it print.  No other block may be there, but `sh installed`, which install_test.py runs.  --bless writes the outputs anew.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from tap import check, main, test

SOURCE = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = SOURCE / "protocols" / "README.md"
FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# The wall-clock time of a run, the hash of build and scenario in the name of its folder.
VARIES = [(re.compile(r" in [0-9]+\.[0-9]+ s,"), " in # s,"), (re.compile(r"(0x[0-9a-f]{16})-[0-9a-f]{8}\b"), r"\1-#")]
WAITING = re.compile(r"^[0-9]+ of [0-9]+ (runs|faults), .*\n", re.MULTILINE)  # is told where it takes long
READER = "/home/you"  # whose home the document shows
NEXT = "\x1e"  # between the outputs of two blocks


class Block:
    """A fenced block: its words, its text, and where the text stands in the document."""

    def __init__(self, match):
        self.words, self.text = match.group(1).split(), match.group(2)
        self.start, self.end = match.span(2)

    @property
    def runs(self):
        return self.words == ["sh"]

    @property
    def file(self):
        return self.words[1] if len(self.words) == 2 and self.words[0] in ("c", "json") else None

    @property
    def quoted(self):
        return self.words[2] if len(self.words) == 3 and self.words[:2] == ["c", "from"] else None

    @property
    def shown(self):
        return not self.words


def blocks_of(document):
    return [Block(match) for match in FENCE.finditer(document)]


def steady(text):
    """The text without what differs from run to run and from build to build."""
    for pattern, replacement in VARIES:
        text = pattern.sub(replacement, text)
    return text


def files_of(blocks):
    files = {}
    for block in blocks:
        if block.file:
            files[block.file] = files.get(block.file, "") + block.text
    return files


def write_files(document, folder):
    for name, content in files_of(blocks_of(document)).items():
        (pathlib.Path(folder) / name).write_text(content)


def script_of(blocks, build):
    """All commands, for one shell.  The document's reader has built in the tree; here that is done, and elsewhere."""
    text = f"printf '{NEXT}'\n".join(block.text for block in blocks if block.runs)
    return text.replace("scripts/run ", "clustersim ").replace("$PWD/build", str(build))


def follow(document, clustersim, build, home):
    """What the commands of each block print, in their order."""
    stubs = home / "stubs"
    stubs.mkdir()
    (stubs / "clustersim").symlink_to(clustersim)
    # All is built; ninja itself says whether there are such targets, in that folder.
    (stubs / "ninja").write_text(f'#!/bin/sh\nexec "{shutil.which("ninja") or "true"}" -n "$@" >/dev/null\n')
    (stubs / "ninja").chmod(0o755)
    env = dict(os.environ, HOME=str(home), PATH=f"{stubs}:{os.environ['PATH']}", LC_ALL="C.UTF-8")
    for name in [name for name in env if name.startswith("CK_")]:
        del env[name]
    done = subprocess.run(["sh", "-c", f"exec 2>&1; {script_of(blocks_of(document), build)}"], cwd=SOURCE, env=env, check=False,
                          stdout=subprocess.PIPE, text=True, timeout=300)
    return [WAITING.sub("", text) for text in done.stdout.replace(str(home), READER).split(NEXT)]


def pairs(document, printed):
    """Each block of commands with what it has printed and the block that shows it, or None."""
    blocks = blocks_of(document)
    runs = [number for number, block in enumerate(blocks) if block.runs]
    check(len(runs) == len(printed), f"{len(runs)} blocks were run, and {len(printed)} came to their end:", printed[-1])
    for number, text in zip(runs, printed):
        behind = blocks[number + 1] if number + 1 < len(blocks) else None
        yield blocks[number], text, behind if behind is not None and behind.shown else None


def differences(document, printed):
    for block, text, shown in pairs(document, printed):
        if shown is None and text and not block.text.startswith("scripts/run"):
            yield f"nothing is shown of what these print:\n{block.text}{text}"
        elif shown is not None and steady(shown.text) != steady(text):
            yield f"these print something else:\n{block.text}-- shown:\n{shown.text}-- printed:\n{text}"


@test
def every_block_is_a_file_a_command_or_its_output(document, printed):
    blocks = blocks_of(document)
    odd = [block.words for block in blocks if not (block.runs or block.file or block.shown or block.quoted or
                                                   block.words == ["sh", "installed"])]
    check(not odd, odd)
    check(document.count("```") == 2 * len(blocks), "a fence is not closed")
    before = [None, *blocks]
    check(all(before[number].runs for number, block in enumerate(blocks) if block.shown), "an output of nothing")
    check(sum(block.shown for block in blocks) > 5)


def is_quoted(text, path):
    return text.strip() != "" and text in (DOCUMENT.parent / path).read_text()


@test
def what_is_quoted_stands_in_the_file(document, printed):
    quotes = [block for block in blocks_of(document) if block.quoted]
    check(len(quotes) >= 3, "the walk through echo quotes it")
    for block in quotes:
        check(is_quoted(block.text, block.quoted), f"{block.quoted} does not have\n{block.text}")
        check(not is_quoted(block.text.replace(";", ",", 1), block.quoted), "a changed byte passes")


@test
def every_command_prints_what_is_shown(document, printed):
    found = list(differences(document, printed))
    check(not found, "\n".join(found), "\n(tests/cli/tutorial_test.py CLUSTERSIM BUILD --bless writes them anew)")


@test
def a_changed_byte_of_any_output_is_noticed(document, printed):
    for _, text, shown in pairs(document, printed):
        if shown is None:
            continue
        right = steady(text)
        for at in range(len(shown.text)):
            changed = shown.text[:at] + "~" + shown.text[at + 1:]
            check(steady(changed) != right, f"{changed!r} passes")


def bless(document, printed):
    for _, text, shown in reversed(list(pairs(document, printed))):
        if shown is not None:
            document = document[:shown.start] + text + document[shown.end:]
    DOCUMENT.write_text(document)


if __name__ == "__main__":
    told = DOCUMENT.read_text()
    if sys.argv[1] == "--files":
        write_files(told, sys.argv[2])
        sys.exit(0)
    with tempfile.TemporaryDirectory(prefix="clustersim-home.") as home_folder:
        outputs = follow(told, *(pathlib.Path(path).resolve() for path in sys.argv[1:3]), pathlib.Path(home_folder))
    if "--bless" in sys.argv[3:]:
        bless(told, outputs)
        sys.exit(0)
    sys.exit(main(wrap=lambda folder: (told, outputs)))
