/* How long a write takes over regions that are as far apart as AWS's were in 2017.
 *
 * Nothing but the ways takes time, and a client stands beside each server, so a write that is asked
 * for beside the leader takes what the leader's message takes to the follower that completes the
 * majority, and the answer back: the mean of the two directions' round trips, as published.  Of
 * three, that is the nearest follower, of five the second nearest. */
#include <check.h>

#include "support/suite.h"
#include "whole_run.h"

enum { REGIONS_MAX = 5, SEEDS = 12 };

#define REGION(code, node) "\"" code "\": { \"racks\": { \"rack-" node "\": [\"" node "\"] } }"
#define LOAD(code)                                                                                 \
    "{ \"name\": \"put-" code "\", \"target\": \"kv\", \"model\": \"closed\", "                    \
    "\"place\": { \"" code "\": 1 }, \"ops\": { \"put\": 1 }, \"timeout\": \"9s\" }"
#define SCENARIO(nodes, regions, loads)                                                            \
    "{ \"format\": 1, \"name\": \"regions\",\n"                                                    \
    "  \"time\": { \"warmup\": \"5s\", \"duration\": \"10s\", \"settle\": \"5s\" },\n"             \
    "  \"groups\": { \"kv\": { \"program\": \"raft\", \"nodes\": [" nodes "], \"config\": {\n"     \
    "    \"election_timeout\": { \"uniform\": [\"1s\", \"2s\"] }, \"heartbeat\": \"250ms\" } } "   \
    "},\n  \"topology\": { \"preset\": \"aws-2017\", \"regions\": { " regions " },\n"              \
    "    \"links\": { \"same-region\": { \"latency\": \"0s\" } },\n"                               \
    "    \"nodes\": { \"*\": { \"cpu\": { \"per_message\": \"0s\" }, "                             \
    "\"disk\": { \"write\": \"0s\", \"fsync\": \"0s\" } } } },\n"                                  \
    "  \"workload\": [" loads "] }\n"

static const struct {
    const char *scenario;
    uint32_t count;
    uint64_t write_us[REGIONS_MAX]; /* by the leader's region */
    uint32_t leaders_least;         /* of the seeds that are tried, so many have led */
} cases[] = {
    /* VA - IE (80.55 + 80.52) / 2; OR - VA (86.98 + 88.68) / 2. */
    { SCENARIO("\"va\", \"or\", \"ie\"",
               REGION("VA", "va") ", " REGION("OR", "or") ", " REGION("IE", "ie"),
               LOAD("VA") ", " LOAD("OR") ", " LOAD("IE")),
      3,
      { 80535, 87830, 80535 },
      3 },
    /* VA - OR; OR - TYO (89.1 + 89.16) / 2; IE - OR 137; TYO - SYD 103.9; SYD - OR (161.9 + 162.2)
     * / 2. */
    { SCENARIO("\"va\", \"or\", \"ie\", \"tyo\", \"syd\"",
               REGION("VA", "va") ", " REGION("OR", "or") ", " REGION("IE", "ie") ", " REGION(
                   "TYO", "tyo") ", " REGION("SYD", "syd"),
               LOAD("VA") ", " LOAD("OR") ", " LOAD("IE") ", " LOAD("TYO") ", " LOAD("SYD")),
      5,
      { 87830, 89130, 137000, 103900, 162050 },
      4 },
};

/* In the last window; servers come first, in the order of the regions. */
static uint32_t leader_of(const struct sample_table *table, uint32_t servers)
{
    const struct sample *last = &table->samples[(table->window_count - 1) * table->instance_count];
    uint32_t leader = 0;
    while (leader < servers && last[leader].role != CS_ROLE_LEADER)
        leader++;
    ck_assert_uint_lt(leader, servers);
    return leader;
}

/* Every write of that workload in the measured interval took so long. */
static void check_writes(const struct whole_run *run, uint16_t workload, uint64_t expected_us)
{
    const struct history *history = run->simulation->history;
    size_t seen = 0;
    for (size_t i = 0; i < history_count(history); i++) {
        const struct operation *operation = history_at(history, i);
        if (operation->workload != workload || operation->intended_ns < run->plan->warmup_ns ||
            operation->intended_ns >= run->plan->duration_ns)
            continue;
        ck_assert_int_eq(operation->outcome, OUTCOME_OK);
        ck_assert_uint_eq(operation->ended_ns - operation->intended_ns, expected_us * 1000);
        seen++;
    }
    ck_assert_uint_ge(seen, 30);
}

START_TEST(a_write_beside_the_leader_takes_the_way_to_a_majority_and_back)
{
    bool led[REGIONS_MAX] = { false };
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct whole_run run;
        whole_run_of(&run, cases[_i].scenario, seed);
        ck_assert_uint_eq(run.simulation->verdict, VERDICT_PASS);
        uint32_t leader = leader_of(&run.report.samples, cases[_i].count);
        led[leader] = true;
        check_writes(&run, (uint16_t)leader, cases[_i].write_us[leader]);
        whole_run_done(&run);
    }
    uint32_t leaders = 0;
    for (uint32_t r = 0; r < cases[_i].count; r++)
        leaders += led[r];
    ck_assert_uint_ge(leaders, cases[_i].leaders_least);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("regions");
    TCase *tests = tcase_create("regions");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, a_write_beside_the_leader_takes_the_way_to_a_majority_and_back, 0,
                        sizeof cases / sizeof cases[0]);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
