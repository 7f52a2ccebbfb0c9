#!/usr/bin/env python3
"""The commands that README.md tells its readers to run, one a line, in order:

    recipe.py README HEADING sh|yaml

of the block of that language below the heading "### HEADING".  Of a workflow these are the `run:` steps, those that
speak of a shard once for each of the four.
"""
import pathlib
import re
import sys


def block(readme, heading, language):
    text = pathlib.Path(readme).read_text()
    part = text[text.index(f"\n### {heading}\n"):]
    (found, *_) = re.findall(rf"^```{language}\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
    return found


def commands(readme, heading, language):
    text = block(readme, heading, language)
    if language == "sh":
        return [line for line in text.splitlines() if line]
    result = []
    for step in re.findall(r"^ *- run: (.*)$", text, re.MULTILINE):
        shards = range(1, 5) if "matrix.shard" in step else [0]
        result += [step.replace("${{ matrix.shard }}", str(shard)) for shard in shards]
    return result


if __name__ == "__main__":
    print("\n".join(commands(*sys.argv[1:])))
