#!/usr/bin/env python3
"""The caller's locale changes no byte of results and no word of messages.  Speaks TAP.

    locale_test.py CLUSTERSIM ROOT

The locales are compiled for the test alone, into a folder that the C library finds through LOCPATH: a locale that is
not installed silently means "C", under which everything holds.  Where they cannot be compiled (no package `locales`),
all is skipped.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from support import CLUSTERSIM, ROOT
from tap import check, main, test

PATH = "/usr/bin:/bin:/usr/sbin"
LOCALES = ("de_DE", "tr_TR")
SOURCES = pathlib.Path("/usr/share/i18n/locales")
MISSING_FILE = {"de_DE": "Datei oder Verzeichnis nicht gefunden", "tr_TR": "Böyle bir dosya ya da dizin yok"}


def why_not():
    """What this machine lacks, or None."""
    if shutil.which("localedef", path=PATH) is None:
        return "there is no localedef (Debian: libc-bin)"
    for name in LOCALES:
        if not (SOURCES / name).is_file():
            return f"there is no source of {name} (Debian: locales)"
        if not pathlib.Path(f"/usr/share/locale/{name[:2]}/LC_MESSAGES/libc.mo").is_file():
            return f"there are no messages in the language of {name} (Debian: libc-l10n)"
    return None


def compile_locales(folder):
    for name in LOCALES:
        subprocess.run(["localedef", "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")], check=True,
                       env={"PATH": PATH})


def environments(compiled):
    """Those of a user in Germany and of one in Turkey, who also ask for messages in their languages."""
    for name in LOCALES:
        yield name, {"PATH": PATH, "LOCPATH": str(compiled), "LC_ALL": f"{name}.UTF-8", "LANG": f"{name}.UTF-8",
                     "LANGUAGE": name[:2]}


def run(arguments, cwd, env):
    return subprocess.run([CLUSTERSIM, *map(str, arguments)], cwd=cwd, env=env, capture_output=True, encoding="utf-8",
                          timeout=120, check=False)


@test
def the_locales_of_this_test_are_active(compiled, folder):
    """Other programs write decimal commas, group by points and complain in the user's language."""
    for name, env in environments(compiled):
        numbers = subprocess.run(["printf", "%.1f %'d", "2", "1234567"], env=env, capture_output=True, encoding="utf-8",
                                 check=True)
        check(numbers.stdout == "2,0 1.234.567", name, numbers.stdout)
        complaint = subprocess.run(["cat", "missing"], cwd=folder, env=env, capture_output=True, encoding="utf-8",
                                   check=False)
        check(MISSING_FILE[name] in complaint.stderr, name, complaint.stderr)


def files_of_a_run(folder, env):
    """All that a run leaves and says, but for what depends on the day and on the machine's speed."""
    folder.mkdir()
    result = run(["run", ROOT / "scenarios" / "raft" / "partition.json"], folder, env)
    check(result.returncode == 0, result)
    files = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*")
             if p.is_file() and p.name != "host.json"}
    check(len(files) >= 7, files.keys())
    return {**files, "stdout": re.sub(r" in \d+\.\d\d s,", " in TIME,", result.stdout), "stderr": result.stderr}


@test
def a_run_leaves_and_says_the_same_bytes(compiled, folder):
    plain = files_of_a_run(folder / "plain", {"PATH": PATH})
    for name, env in environments(compiled):
        found = files_of_a_run(folder / name, env)
        check(found.keys() == plain.keys(), name, found.keys() ^ plain.keys())
        for file, content in plain.items():
            check(found[file] == content, name, file, "differs")


@test
def every_message_is_the_same(compiled, folder):
    """Usage, errors of the options' library, of scenarios, and of the system."""
    hello = ROOT / "scenarios" / "echo" / "hello.json"
    (folder / "file").write_text("in the way")
    (folder / "comma.json").write_text(hello.read_text().replace('"format": 1', '"format": 1,5'))
    for arguments, status in ((["run", "--help"], 0), (["list", "faults"], 0), (["schema"], 0), (["run", "--ways"], 2),
                              (["validate", "missing.json"], 2), (["validate", "comma.json"], 2),
                              (["run", hello, "--format", "json", "--no-charts", "--out", "file/results"], 7)):
        plain = run(arguments, folder, {"PATH": PATH})
        check(plain.returncode == status and plain.stdout + plain.stderr != "", arguments, plain)
        for name, env in environments(compiled):
            found = run(arguments, folder, env)
            check(found.returncode == status, name, found)
            check(found.stdout == plain.stdout, name, arguments, found.stdout)
            check(found.stderr == plain.stderr, name, arguments, found.stderr)


missing = why_not()
if missing is not None:
    print(f"1..0 # SKIP {missing}")
    sys.exit(0)
with tempfile.TemporaryDirectory(prefix="clustersim-test.") as compiled:
    compile_locales(pathlib.Path(compiled))
    status = main(wrap=lambda folder: (pathlib.Path(compiled), pathlib.Path(folder)))
sys.exit(status)
