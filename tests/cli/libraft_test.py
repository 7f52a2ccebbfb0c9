#!/usr/bin/env python3
"""Somebody else's Raft as a plug-in.  Speaks TAP.

    libraft_test.py CLUSTERSIM ROOT [PLUGIN]

Without the plug-in, because libraft-dev is not installed, what needs it is skipped.
"""
import json
import re
import shlex
import sys

from live_support import ports
from support import PLUGINS, ROOT, run
from tap import Skipped, check, main, test

SCENARIOS = ROOT / "protocols" / "libraft" / "scenarios"


def plugged(verb, name, *arguments, cwd):
    if not PLUGINS:
        raise Skipped("libraft-dev is not installed")
    return run(verb, SCENARIOS / f"{name}.json", "--plugin", PLUGINS["clustersim-libraft"], *arguments, cwd=cwd)


def outcome(name, *arguments, cwd):
    result = plugged("run", name, "--no-charts", "--format", "json", *arguments, cwd=cwd)
    return result, json.loads(result.stdout)


@test
def a_plugin_that_was_not_built_is_bad_input_with_its_place(folder):
    result = run("run", SCENARIOS / "steady.json", cwd=folder)
    check(result.returncode == 2, result)
    check("steady.json:7:15: error: plug-in" in result.stderr, result.stderr)
    check('clustersim-libraft.so" does not exist; one that was built elsewhere is named by --plugin' in result.stderr, result.stderr)
    check("(at /plugins/0)" in result.stderr, result.stderr)


@test
def three_servers_elect_a_leader_and_commit_writes(folder):
    result, answer = outcome("steady", cwd=folder)
    check(result.returncode == 0 and answer["verdict"] == "pass", result)
    check(answer["metrics"]["operations"]["ok"] > 1500, answer)
    check(answer["metrics"]["operations"]["failed"] == answer["metrics"]["operations"]["unknown"] == 0, answer)


@test
def the_same_seed_is_the_same_run(folder):
    check(plugged("run", "steady", "--twice", "--no-charts", cwd=folder).returncode == 0)


@test
def a_transfer_of_leadership_makes_it_vote_twice_in_one_term(folder):
    result, answer = outcome("double-vote", cwd=folder)
    check(result.returncode == 0 and answer["verdict"] == "violation", result)
    check([f["check"] for f in answer["findings"]] == ["one_vote_per_term"], answer["findings"])
    check("voted twice in term" in answer["findings"][0]["detail"], answer["findings"])


@test
def a_sweep_finds_it_and_prints_the_command_that_does_it_again(folder):
    result = plugged("sweep", "double-vote", "--seeds", "0x684..0x687", "--set", '/expect={"verdict":"pass"}',
                     "-j2", "--out", "out", cwd=folder)
    check(result.returncode == 1 and "4: 3 passed, 1 failed" in result.stdout, result)
    again = shlex.split(result.stderr.splitlines()[-1])
    check(again[:2] == ["again:", "clustersim"] and "0x0000000000000685" in again, again)
    replayed = run(*again[2:], "--no-charts", "--format", "json", cwd=folder)
    check(replayed.returncode == 1, replayed)
    (finding,) = json.loads(replayed.stdout)["findings"]
    check(finding["check"] == "one_vote_per_term" and finding["detail"] in result.stdout, finding, result)


@test
def with_pre_vote_or_without_transfers_the_same_seed_survives(folder):
    for name in ("pre-vote", "no-transfers"):
        result, answer = outcome(name, cwd=folder)
        check(result.returncode == 0 and answer["verdict"] == "pass", name, result)


@test
def servers_that_lose_power_recover_what_they_had_promised(folder):
    result = plugged("sweep", "no-transfers", "--seeds", "0..19", "-j2", "--out", "out", cwd=folder)
    check(result.returncode == 0, result)


@test
def an_answer_of_a_longer_log_commits_what_one_server_has(folder):
    result, answer = outcome("longer-log", cwd=folder)
    check(result.returncode == 0 and answer["verdict"] == "violation", result)
    check(answer["findings"][0]["check"] == "leader_completeness", answer["findings"])
    check("at index 1107" in answer["findings"][0]["detail"], answer["findings"])


@test
def who_was_away_is_sent_a_snapshot_and_who_lost_power_begins_with_its_own(folder):
    result, answer = outcome("snapshots", cwd=folder)
    check(result.returncode == 0 and answer["verdict"] == "pass", result)
    check(answer["metrics"]["counters"]["snapshots_taken"] > 50, answer["metrics"])
    check(answer["metrics"]["counters"]["snapshots_installed"] > 5, answer["metrics"])
    check(plugged("sweep", "snapshots", "--seeds", "0..9", "-j2", "--out", "out", cwd=folder).returncode == 0)


@test
def the_same_plugin_runs_in_real_processes(folder):
    quick = '/groups/kv/config={"election_timeout":"200ms","heartbeat":"50ms"}'
    result = plugged("live", "steady", "--no-charts", "--format", "json", f"--port-base={ports()}", "--set", quick,
                     "--set", '/time={"warmup":"300ms","duration":"1s","settle":"3s"}', cwd=folder)
    answer = json.loads(result.stdout)
    check(result.returncode == 0 and answer["verdict"] == "pass" and answer["host"] == "live", result)
    check(answer["metrics"]["operations"]["ok"] > 10, answer["metrics"])


@test
def every_scenario_stands_in_the_readme(folder):
    told = set(re.findall(r"`(\S+\.json)`\]\(scenarios/", (SCENARIOS.parent / "README.md").read_text()))
    check(told == {path.name for path in SCENARIOS.glob("*.json")}, told)


if __name__ == "__main__":
    sys.exit(main())
