#!/usr/bin/env python3
"""Failures that are kept beside their scenario, as a user meets them.  Speaks TAP.

    corpus_test.py CLUSTERSIM ROOT PLUGIN…
"""
import json
import pathlib
import shlex
import sys

from support import PLUGINS, run
from sweep_support import lines, manifest, same_files, scenario, sweep
from tap import check, main, test

TIRES = PLUGINS["echo_tires"]
FIRST = "0x0000000000000004"
ENTRY = "seeds/s-stopped-0x4.json"


def fail(folder, name="s.json", seed="0x4", plugin=TIRES):
    """Run a scenario that fails; its results are in results/latest."""
    result = run("run", scenario(folder, name), "--seed", seed, "--plugin", plugin, "--no-charts", cwd=folder)
    check(result.returncode == 1, result)


def add(folder, *more, source="results/latest", plugin=TIRES):
    return run("corpus", "add", source, "--plugin", plugin, *more, cwd=folder)


def kept(folder):
    """A corpus of one entry, taken from a run."""
    fail(folder)
    result = add(folder)
    check(result.returncode == 0 and result.stdout == ENTRY + "\n", result)
    return pathlib.Path(folder) / ENTRY


def corpus(folder, *arguments):
    result = run("corpus", *arguments, "s.json", cwd=folder)
    return result.returncode, result.stdout, result.stderr


def damaged(folder, change):
    """What `list` says first of an entry after a change to it."""
    entry = kept(folder)
    content = json.loads(entry.read_text())
    change(content)
    entry.write_text(json.dumps(content, indent=2))
    status, out, err = corpus(folder, "list")
    check(status == 2 and out == "", status, out)
    return err.splitlines()[0]



@test
def a_scenario_that_is_not_there_is_told_as_by_any_verb(folder):
    for verb in ("list", "run"):
        result = run("corpus", verb, "none.json", cwd=folder)
        check(result.returncode == 2 and result.stderr == run("run", "none.json", cwd=folder).stderr, result)
        check(result.stderr == "none.json: error: there is no such file\n", result)


@test
def a_failed_run_becomes_an_entry_that_runs_by_itself(folder):
    content = json.loads(kept(folder).read_text())
    check(content["found"] == {"scenario": "s.json", "check": "stopped",
                               "cause": "stopped: NODE stopped itself: tired"}, content["found"])
    check(content["seed"] == FIRST and "expect" not in content, content)
    (pathlib.Path(folder) / "s.json").unlink()
    alone = run("run", ENTRY, "--plugin", TIRES, "--no-charts", "--format", "json", cwd=folder)
    first = json.loads((pathlib.Path(folder) / "results/echo-hello").glob("*/run.json").__next__().read_text())
    check(alone.returncode == 1, alone)
    check(json.loads(alone.stdout)["findings"][0] == first["findings"][0], alone.stdout)


@test
def what_shrink_wrote_becomes_an_entry_that_expects_nothing(folder):
    fail(folder)
    shrunk = run("shrink", "results/latest", "-o", "small.json", "--plugin", TIRES, cwd=folder)
    check(shrunk.returncode == 0, shrunk)
    check("expect" in json.loads((pathlib.Path(folder) / "small.json").read_text()))
    result = add(folder, "--name", "small", "--scenario", "s.json", source="small.json")
    check(result.returncode == 0 and result.stdout == "seeds/small.json\n", result)
    content = json.loads((pathlib.Path(folder) / "seeds/small.json").read_text())
    check(content["found"]["cause"] == "stopped: NODE stopped itself: tired" and "expect" not in content, content)
    status, out, _ = corpus(folder, "run", "--plugin", TIRES)
    check(status == 1 and out.splitlines()[-1] == "0 passed, 1 failed, 0 inconclusive", out)


@test
def list_tells_each_entry_in_the_order_of_names(folder):
    check(corpus(folder, "list")[0] == 2, "there is no scenario")
    fail(folder)
    check(corpus(folder, "list") == (0, "no entries\n", ""), corpus(folder, "list"))
    check(add(folder, "--name", "z").returncode == 0)
    for name, seed in (("m", "0x0"), ("c", "0x1"), ("x", "0x2"), ("b", "0x7"), ("a", "0x5")):
        fail(folder, seed=seed)
        check(add(folder, "--name", name).returncode == 0)
    status, out, _ = corpus(folder, "list")
    check(status == 0 and [line[:31] for line in out.splitlines()] == [
        "seeds/a.json: seed 0x0000000000", "seeds/b.json: seed 0x0000000000", "seeds/c.json: seed 0x0000000000",
        "seeds/m.json: seed 0x0000000000", "seeds/x.json: seed 0x0000000000", "seeds/z.json: seed 0x0000000000"], out)
    check(out.splitlines()[0] == "seeds/a.json: seed 0x0000000000000005: stopped: NODE stopped itself: tired", out)
    answer = json.loads(corpus(folder, "list", "--format", "json")[1])
    check(answer[5] == {"name": "z", "file": "seeds/z.json", "seed": FIRST, "check": "stopped",
                        "cause": "stopped: NODE stopped itself: tired"}, answer)


@test
def run_is_red_while_the_mistake_is_there_and_green_when_it_is_mended(folder):
    kept(folder)
    status, out, _ = corpus(folder, "run", "--plugin", TIRES)
    check(status == 1, out)
    check(out.splitlines()[0] == f"  violation     s-stopped-0x4: seed {FIRST}", out)
    again = [line.split("again: ")[1] for line in out.splitlines() if "again: " in line]
    check(run(*shlex.split(again[0])[1:], "--no-charts", cwd=folder).returncode == 1, again)
    check(corpus(folder, "run") == (0, f"  pass          s-stopped-0x4: seed {FIRST}\n"
                                       "                found: stopped: NODE stopped itself: tired\n"
                                       "1 passed, 0 failed, 0 inconclusive\n", ""), corpus(folder, "run"))


@test
def an_entry_whose_process_dies_is_told_and_not_the_end(folder):
    kept(folder)
    fail(folder, seed="0x5")
    check(add(folder).returncode == 0)
    status, out, _ = corpus(folder, "run", "--plugin", PLUGINS["echo_is_killed"])
    check(status == 70, status, out)
    check([line.split()[0] for line in out.splitlines() if ": seed " in line] == ["crashed", "crashed"], out)


@test
def no_corpus_is_inconclusive_not_green(folder):
    scenario(folder)
    check(corpus(folder, "run") == (4, "", "clustersim: s.json has no corpus: nothing ran\n"), corpus(folder, "run"))


@test
def a_run_that_passed_is_not_kept(folder):
    run("run", scenario(folder), "--no-charts", cwd=folder)
    result = run("corpus", "add", "results/latest", cwd=folder)
    check(result.returncode == 2, result)
    check(result.stderr == "clustersim: nothing to keep: results/latest has not failed\n", result.stderr)
    result = run("corpus", "add", "s.json", cwd=folder)
    check(result.returncode == 2 and "nothing to keep: s.json has not failed" in result.stderr, result)
    check(not (pathlib.Path(folder) / "seeds").exists())


@test
def nothing_is_kept_twice_and_nothing_is_overwritten(folder):
    before = kept(folder).read_text()
    result = add(folder, "--name", "other")
    check(result.returncode == 2, result)
    check(result.stderr == f"clustersim: {ENTRY} has this seed and finding already\n", result.stderr)
    fail(folder, seed="0x5")
    result = add(folder, "--name", "s-stopped-0x4")
    check(result.returncode == 2 and "is there already; --name says another name" in result.stderr, result)
    check((pathlib.Path(folder) / ENTRY).read_text() == before)


@test
def a_scenario_of_that_name_must_be_the_only_one(folder):
    fail(folder)
    scenario(folder, "t.json")
    result = add(folder)
    check(result.returncode == 2 and "more than one scenario below this folder is named echo-hello; --scenario" in
          result.stderr, result)
    check(add(folder, "--scenario", "t.json").stdout == "seeds/t-stopped-0x4.json\n")
    result = add(folder, "--scenario", "none.json")
    check(result.returncode == 2 and "--scenario none.json: there is no such file" in result.stderr, result)


@test
def entries_of_other_scenarios_beside_it_are_theirs(folder):
    kept(folder)
    scenario(folder, "t.json")
    result = run("corpus", "list", "t.json", cwd=folder)
    check(result.returncode == 0 and result.stdout == "no entries\n", result)


@test
def a_foreign_entry_is_an_error_with_its_place(folder):
    line = damaged(folder, lambda content: content["found"].update(scenario="so.json"))
    check(line == ENTRY + ':4:17: error: a foreign entry: there is no scenario "so.json" in the folder above '
          '(at /found/scenario); did you mean "s.json"?', line)


@test
def a_scenario_that_is_no_entry_is_an_error_with_its_place(folder):
    line = damaged(folder, lambda content: content.pop("found"))
    check(line == ENTRY + ':1:1: error: no entry of a corpus: it has no object "found"', line)


@test
def an_entry_that_says_no_cause_is_an_error_with_its_place(folder):
    line = damaged(folder, lambda content: content["found"].pop("cause"))
    check(line == ENTRY + ':3:12: error: missing key "cause" (at /found)', line)


@test
def an_entry_that_expects_its_failure_is_an_error_with_its_place(folder):
    def expects(content):
        found = content.pop("found")
        rest = dict(content)
        content.clear()
        content.update({"expect": {"verdict": "violation"}, "found": found, **rest})
    line = damaged(folder, expects)
    check(line == ENTRY + ":2:13: error: an entry expects nothing: its mistake is mended when it passes (at /expect)",
          line)


@test
def a_duplicate_is_an_error_with_its_place(folder):
    entry = kept(folder)
    (entry.parent / "t.json").write_text(entry.read_text())
    status, out, err = corpus(folder, "run")
    check(status == 2 and out == "", status)
    check(err.splitlines()[0] == "seeds/t.json:3:12: error: a duplicate: s-stopped-0x4.json has this seed and finding "
          "too (at /found)", err)


@test
def a_corrupt_entry_is_an_error_with_its_place(folder):
    entry = kept(folder)
    entry.write_text(entry.read_text()[:40])
    status, out, err = corpus(folder, "run")
    check(status == 2 and out == "" and err.startswith(ENTRY + ":2:12: error: not JSON: this string has no "
                                                          "closing quote (at /about)"), err)
    entry.write_text('{ "found": { "scenario": "s.json", "check": "x", "cause": "y" }, "seed": "0x1" }')
    status, out, err = corpus(folder, "run")
    check(status == 2 and err.startswith(ENTRY + ':1:1: error: missing key "format"'), err)


@test
def the_command_line_is_checked(folder):
    for words, said in ((["corpus"], "corpus needs add, list or run"), (["corpus", "keep", "s.json"], "corpus keep: "),
                        (["corpus", "run", "s.json", "--name", "n"], "--scenario and --name go with corpus add"),
                        (["corpus", "list", ""], "an argument is empty")):
        result = run(*words, cwd=folder)
        check(result.returncode == 2 and said in result.stderr, words, result)
    fail(folder)
    result = add(folder, "--name", "../up")
    check(result.returncode == 2 and '--name "../up": a name is of letters' in result.stderr, result)


@test
def what_was_found_is_a_key_of_the_format(folder):
    good = {"scenario": "s.json", "check": "stopped", "cause": "stopped: it did"}
    for found, said in ((good, None), ({**good, "check": 7}, '"check" must be a string, not a number'), ({**good, "chek": "x"}, '"chek"'),
                        ({}, 'missing key "scenario" (at /found)'), ("here", "(at /found)")):
        result = run("validate", scenario(folder, found=found), cwd=folder)
        check(result.returncode == (0 if said is None else 2), found, result)
        check(said is None or said in result.stderr, found, result.stderr)
    effective = run("validate", scenario(folder, found=good), "--print-effective", cwd=folder)
    check("found" not in json.loads(effective.stdout), "it changes no run")


# ---- In a sweep


def two_kept(folder):
    kept(folder)
    fail(folder, seed="0x5")
    check(add(folder, "--name", "b").returncode == 0)


def origin(line):
    return line.get("corpus"), line.get("stored"), int(line["seed"], 16), line["verdict"]


@test
def a_sweep_runs_the_corpus_first_and_tells_it_apart(folder):
    kept(folder)
    result = sweep(folder, "s.json", "--seeds", "3..3", "--plugin", TIRES, "--junit", "junit.xml")
    check([origin(line) for line in lines(folder)] == [
        ("s-stopped-0x4", True, 4, "violation"), ("s-stopped-0x4", False, 4, "violation"), (None, None, 3, "pass")],
        lines(folder))
    summary = manifest(folder)["summary"]
    check(result.returncode == 1 and summary["status"] == 1, result)
    check(summary["corpus"] == {"wanted": 2, "runs": 2, "passed": 0, "failed": 2, "inconclusive": 0}, summary)
    check((summary["wanted"], summary["runs"], summary["passed"], summary["failed"], summary["complete"]) ==
          (1, 1, 1, 0, True), summary)
    check([(p["name"], p["runs"], p["failed"]) for p in summary["properties"]] == [("liveness", 1, 0)], summary)
    text = result.stdout.splitlines()
    check(text[1:4] == ["  runs          1: 1 passed, 0 failed, 0 inconclusive",
                        "  corpus        2: 0 passed, 2 failed, 0 inconclusive",
                        "  cells         echo-hello: 1 runs, 0 failed, 0 inconclusive"], text)
    check("  proves        0 of 1 seeds failed: failure probability below 95 % at 95 %" in text, text)
    junit = (pathlib.Path(folder) / "junit.xml").read_text()
    check('name="corpus s-stopped-0x4, seed 0x0000000000000004, as stored"' in junit, junit)
    check('name="corpus s-stopped-0x4, seed 0x0000000000000004"' in junit, junit)


@test
def a_failure_of_the_corpus_is_told_with_its_entry_and_a_command(folder):
    two_kept(folder)
    result = sweep(folder, "s.json", "--seeds", "4..5", "--plugin", TIRES)
    failures = manifest(folder)["summary"]["failures"]
    check([(f["corpus"], f["runs"], f["seed"]) for f in failures] == [
        ("b", 2, "0x0000000000000005"), ("s-stopped-0x4", 2, FIRST), (None, 2, FIRST)], failures)
    check("                corpus entry b, in 2 runs, first by seed 0x0000000000000005: server stopped itself: tired" in
          result.stdout.splitlines(), result.stdout)
    words = shlex.split(failures[0]["again"])
    check(words[2] == "seeds/b.json", words)
    again = run(*words[1:], "--no-charts", "--format", "json", cwd=folder)
    check(json.loads(again.stdout)["digest"] == lines(folder)[0]["digest"], again)


@test
def a_mended_corpus_is_green(folder):
    two_kept(folder)
    result = sweep(folder, "s.json", "--seeds", "0..1")
    check(result.returncode == 0, result)
    check(manifest(folder)["summary"]["corpus"]["passed"] == 4, manifest(folder))


@test
def an_entry_outlives_its_seed(folder):
    kept(folder)
    short = ["--set", '/workload/0/arrivals={"constant":"10/s"}', "--set", '/time/duration="300ms"']
    result = sweep(folder, "s.json", "--seeds", "3..3", "--plugin", TIRES, *short)
    check([origin(line)[1:] for line in lines(folder)][:2] == [(True, 4, "violation"), (False, 4, "pass")], lines(folder))
    check(result.returncode == 1, result)


@test
def bytes_do_not_depend_on_workers_or_shards(folder):
    two_kept(folder)
    arguments = ["s.json", "--seeds", "0..4", "--matrix", "/topology/links/default/loss=0,0.1", "--plugin", TIRES]
    sweep(folder, *arguments, "-j1", out="one")
    sweep(folder, *arguments, "-j2", out="two")
    same_files(folder, "one", "two")
    check([line.get("corpus") for line in lines(folder, "one")] == ["b", "s-stopped-0x4"] * 3 + [None] * 10)
    told = []
    for k in (1, 2, 3, 4):
        sweep(folder, *arguments, "--shard", f"{k}/4", out=f"shard{k}")
        summary = manifest(folder, f"shard{k}")["summary"]
        told.append((summary["corpus"]["runs"], summary["corpus"]["wanted"], summary["runs"], summary["complete"]))
    check(told == [(2, 2, 2, True), (2, 2, 2, True), (1, 1, 3, True), (1, 1, 3, True)], told)
    result = run("merge", "shard4", "shard2", "shard3", "shard1", "--out", "merged", cwd=folder)
    check(result.returncode == 1, result)
    same_files(folder, "one", "merged")


@test
def a_red_entry_ends_nothing_but_counts_for_max_failures(folder):
    kept(folder)
    arguments = ["s.json", "--seeds", "3..5", "--plugin", TIRES]
    sweep(folder, *arguments)
    check(len(lines(folder)) == 5, lines(folder))
    sweep(folder, *arguments, "--max-failures", "3")
    check([origin(line)[2:] for line in lines(folder)] == [(4, "violation"), (4, "violation"), (3, "pass"),
                                                           (4, "violation")], lines(folder))


@test
def no_corpus_leaves_it_out(folder):
    path = scenario(folder)
    sweep(folder, path, "--seeds", "0..3", out="before")
    kept(folder)
    check(sweep(folder, path, "--seeds", "0..3", "--no-corpus", out="after").returncode == 0)
    same_files(folder, "before", "after")


@test
def resume_runs_what_is_missing_of_the_corpus(folder):
    two_kept(folder)
    arguments = ["s.json", "--seeds", "0..3", "--plugin", TIRES]
    sweep(folder, *arguments, out="whole")
    sweep(folder, *arguments)
    runs = pathlib.Path(folder) / "out" / "runs.jsonl"
    text = runs.read_text().splitlines(keepends=True)
    runs.write_text("".join(text[1:2] + text[3:]))
    check(sweep(folder, *arguments, "--resume").returncode == 1)
    same_files(folder, "whole", "out")
    (pathlib.Path(folder) / "seeds/b.json").unlink()
    result = sweep(folder, *arguments, "--resume")
    check(result.returncode == 2 and "cannot resume: what is there is a sweep of other runs" in result.stderr, result)


@test
def a_worker_that_dies_at_an_entry_is_told_with_it(folder):
    kept(folder)
    result = sweep(folder, "s.json", "--seeds", "3..3", "--plugin", PLUGINS["echo_is_killed"])
    check(result.returncode == 70, result)
    check([origin(line) for line in lines(folder)][:2] == [
        ("s-stopped-0x4", True, 4, "crashed"), ("s-stopped-0x4", False, 4, "crashed")], lines(folder))


@test
def a_sweep_with_a_wrong_entry_runs_nothing(folder):
    entry = kept(folder)
    entry.write_text(entry.read_text().replace('"s.json"', '"x.json"'))
    result = sweep(folder, "s.json", "--seeds", "0..3")
    check(result.returncode == 2 and not (pathlib.Path(folder) / "out").exists(), result)
    check(result.stderr.startswith(ENTRY + ':4:17: error: a foreign entry: there is no scenario "x.json"'), result)


@test
def a_dry_run_says_what_of_the_corpus_would_run(folder):
    kept(folder)
    result = sweep(folder, "s.json", "--seeds", "0..1", "--dry-run")
    check(result.stdout.splitlines() == [
        f"corpus s-stopped-0x4: echo-hello: seeds {FIRST} to {FIRST}"] * 2 + [
        "echo-hello: seeds 0x0000000000000000 to 0x0000000000000001", "4 runs"], result)


sys.exit(main())
