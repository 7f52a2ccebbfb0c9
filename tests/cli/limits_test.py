"""What a protocol cannot do is said before a run, with its place.

Usage: limits_test.py CLUSTERSIM
Prints TAP.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

SCENARIO = {"format": 1, "name": "large", "time": {"duration": "1s"},
            "groups": {"kv": {"program": "raft", "nodes": {"count": 65}}}}


def main():
    clustersim = str(pathlib.Path(sys.argv[1]).resolve())
    print("1..2")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "large.json"
        path.write_text(json.dumps(SCENARIO))
        refused = subprocess.run([clustersim, "validate", str(path)], capture_output=True, text=True,
                                 check=False)
        path.write_text(json.dumps(dict(SCENARIO, groups={"kv": {"program": "raft", "nodes": {"count": 64}}})))
        taken = subprocess.run([clustersim, "validate", str(path)], capture_output=True, text=True,
                               check=False)
    good = [refused.returncode == 2 and '"raft" runs in groups of at most 64, not 65 (at /groups/kv/nodes)'
            in refused.stderr, taken.returncode == 0]
    names = ["a group that is too large for its protocol is refused", "the largest one is not"]
    for number, (ok, name) in enumerate(zip(good, names), 1):
        print(f"{'ok' if ok else 'not ok'} {number} - {name}" + ("" if ok else f": {refused.stderr}{taken.stderr}"))
    return not all(good)


if __name__ == "__main__":
    sys.exit(main())
