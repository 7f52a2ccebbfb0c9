/* Soundness: a correct replicated log, walking at random through elections, replication, commits,
 * snapshots and crashes, never makes an oracle complain.  Completeness, one law at a time: a single
 * fact changed so that a law is broken is found by the oracle of that law.
 *
 * A failing walk prints its seed; walk() with that seed repeats it. */
#include <string.h>

#include "base/text.h"
#include "support/suite.h"
#include "walk.h"

enum { WALKS = 1000, ACTIONS = 600 };

static struct script script;

static const struct oracle *oracle_of(const struct oracle_type *type)
{
    for (size_t i = 0; i < verifier_count(stage_verifier()); i++) {
        if (verifier_at(stage_verifier(), i)->type == type)
            return verifier_at(stage_verifier(), i);
    }
    ck_abort_msg("no oracle %s", type->name);
    return NULL;
}

START_TEST(a_correct_log_breaks_no_law)
{
    static const struct oracle_type *const judges[] = {
        &oracle_one_vote_per_term, &oracle_election_safety,       &oracle_leader_completeness,
        &oracle_log_matching,      &oracle_state_machine_safety,  &oracle_committed_entries_agree,
        &oracle_commit_monotonic,  &oracle_durable_before_spoken, &oracle_recovered_agrees,
    };
    uint64_t seen[sizeof judges / sizeof judges[0]] = { 0 };
    for (uint64_t seed = 1; seed <= WALKS; seed++) {
        stage_open(NULL);
        walk(&script, seed, ACTIONS);
        script_play(&script, SIZE_MAX);
        for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++) {
            const struct oracle *oracle = oracle_of(judges[i]);
            seen[i] += oracle->seen;
            ck_assert_msg(!oracle->violated, "walk %d: %s: %s", (int)seed, judges[i]->name,
                          text_string(&oracle->detail));
        }
        stage_close();
    }
    for (size_t i = 0; i < sizeof judges / sizeof judges[0]; i++)
        ck_assert_msg(seen[i] >= WALKS, "%s judged %d times only", judges[i]->name, (int)seen[i]);
}
END_TEST

/* ---- One fact changed ---------------------------------------------------------------------------
 */

/* Change item `at` so that a law is broken, or say that it is not one to be changed. */
typedef bool (*change_function)(size_t at, size_t *ret_omitted);

/* In walk after walk, change one item, a different one each time, and expect the oracle to find it.
 */
static void expect_found(const struct oracle_type *type, change_function change)
{
    unsigned changed = 0;
    for (uint64_t seed = 1; seed <= WALKS / 4; seed++) {
        walk(&script, seed, ACTIONS);
        size_t omitted = SIZE_MAX;
        size_t at = (size_t)(seed * 7919 % script.count);
        while (at < script.count && !change(at, &omitted))
            at++;
        if (at == script.count)
            continue;
        changed++;
        stage_open(NULL);
        script_play(&script, omitted);
        ck_assert_msg(oracle_of(type)->violated, "walk %d: item %d changed, unnoticed by %s",
                      (int)seed, (int)at, type->name);
        stage_close();
    }
    ck_assert_uint_ge(changed, WALKS / 40);
}

static bool is_fact(size_t at, enum cs_fact_kind kind)
{
    return script.items[at].kind == ITEM_FACT && script.items[at].fact.kind == kind;
}

/* Whether an earlier item states the same entry. */
static bool was_appended(size_t at)
{
    const struct stated_fact *fact = &script.items[at].fact;
    for (size_t i = 0; i < at; i++) {
        if (is_fact(i, CS_FACT_APPENDED) && script.items[i].fact.a == fact->a &&
            script.items[i].fact.b == fact->b)
            return true;
    }
    return false;
}

/* Repeat item `at` behind itself. */
static struct item *repeat(size_t at)
{
    ck_assert_uint_lt(script.count, WALK_ITEMS_MAX);
    memmove(&script.items[at + 1], &script.items[at], (script.count - at) * sizeof script.items[0]);
    script.count++;
    return &script.items[at + 1];
}

static bool vote_again(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!is_fact(at, CS_FACT_VOTED) || script.items[at].fact.b == NOBODY)
        return false;
    repeat(at)->fact.b = (script.items[at].fact.b + 1) % WALK_NODES;
    return true;
}

static bool lead_too(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!is_fact(at, CS_FACT_LEADER))
        return false;
    repeat(at)->instance = (script.items[at].instance + 1) % WALK_NODES;
    return true;
}

static bool elect_a_laggard(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!is_fact(at, CS_FACT_LEADER) || script.items[at].laggard == CS_NODE_NONE)
        return false;
    script.items[at].instance = script.items[at].laggard;
    return true;
}

static bool append_another_content(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!is_fact(at, CS_FACT_APPENDED) || !was_appended(at))
        return false;
    script.items[at].fact.digest += 1000000;
    return true;
}

static bool leave_an_entry_out(size_t at, size_t *ret_omitted)
{
    if (!is_fact(at, CS_FACT_APPENDED) || at + 1 == script.count ||
        !is_fact(at + 1, CS_FACT_APPENDED) ||
        script.items[at].instance != script.items[at + 1].instance)
        return false;
    *ret_omitted = at;
    return true;
}

static bool apply_another_content(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!is_fact(at, CS_FACT_APPLIED))
        return false;
    script.items[at].fact.digest += 1000000;
    return true;
}

static bool apply_twice(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!is_fact(at, CS_FACT_APPLIED))
        return false;
    repeat(at);
    return true;
}

static bool commit_beyond_the_log(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!is_fact(at, CS_FACT_COMMITTED))
        return false;
    script.items[at].fact.a += WALK_ENTRIES_MAX;
    return true;
}

static bool commit_another_term(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!is_fact(at, CS_FACT_COMMITTED))
        return false;
    script.items[at].fact.b++;
    return true;
}

static bool speak_too_early(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (script.items[at].kind != ITEM_FACT || !script.items[at].fact.durable)
        return false;
    script.items[at].fact.durable = false;
    return true;
}

/* Whether the incarnation whose recovered fact is at `at` gets ready. */
static bool gets_ready(size_t at)
{
    for (size_t i = at; i < script.count; i++) {
        if (script.items[i].instance == script.items[at].instance &&
            script.items[i].kind != ITEM_FACT)
            return script.items[i].kind == ITEM_READY;
    }
    return false;
}

static bool recover_another_content(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!script.items[at].claimed || !gets_ready(at))
        return false;
    script.items[at].fact.digest += 1000000;
    return true;
}

static bool recover_one_entry_less(size_t at, size_t *ret_omitted)
{
    if (!script.items[at].claimed || script.items[at + 1].kind != ITEM_READY)
        return false;
    *ret_omitted = at;
    return true;
}

static bool recover_an_older_term(size_t at, size_t *ret_omitted)
{
    (void)ret_omitted;
    if (!is_fact(at, CS_FACT_VOTED) || !script.items[at].fact.recovered || !gets_ready(at))
        return false;
    script.items[at].fact.a--;
    return true;
}

START_TEST(a_second_vote_is_found) { expect_found(&oracle_one_vote_per_term, vote_again); }
END_TEST

START_TEST(a_second_leader_is_found) { expect_found(&oracle_election_safety, lead_too); }
END_TEST

START_TEST(a_leader_that_lags_is_found)
{
    expect_found(&oracle_leader_completeness, elect_a_laggard);
}
END_TEST

START_TEST(an_entry_with_another_content_is_found)
{
    expect_found(&oracle_log_matching, append_another_content);
}
END_TEST

START_TEST(a_hole_is_found) { expect_found(&oracle_log_matching, leave_an_entry_out); }
END_TEST

START_TEST(an_applied_entry_with_another_content_is_found)
{
    expect_found(&oracle_state_machine_safety, apply_another_content);
}
END_TEST

START_TEST(an_entry_applied_twice_is_found)
{
    expect_found(&oracle_state_machine_safety, apply_twice);
}
END_TEST

START_TEST(a_commit_beyond_the_log_is_found)
{
    expect_found(&oracle_commit_monotonic, commit_beyond_the_log);
}
END_TEST

START_TEST(a_commit_of_another_term_is_found)
{
    expect_found(&oracle_commit_monotonic, commit_another_term);
}
END_TEST

START_TEST(a_claim_before_its_time_is_found)
{
    expect_found(&oracle_durable_before_spoken, speak_too_early);
}
END_TEST

START_TEST(a_recovered_entry_with_another_content_is_found)
{
    expect_found(&oracle_recovered_agrees, recover_another_content);
}
END_TEST

START_TEST(a_recovered_log_that_is_short_is_found)
{
    expect_found(&oracle_recovered_agrees, recover_one_entry_less);
}
END_TEST

START_TEST(a_recovered_term_that_is_old_is_found)
{
    expect_found(&oracle_recovered_agrees, recover_an_older_term);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("walk");
    TCase *tests = tcase_create("walks");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_correct_log_breaks_no_law);
    tcase_add_test(tests, a_second_vote_is_found);
    tcase_add_test(tests, a_second_leader_is_found);
    tcase_add_test(tests, a_leader_that_lags_is_found);
    tcase_add_test(tests, an_entry_with_another_content_is_found);
    tcase_add_test(tests, a_hole_is_found);
    tcase_add_test(tests, an_applied_entry_with_another_content_is_found);
    tcase_add_test(tests, an_entry_applied_twice_is_found);
    tcase_add_test(tests, a_commit_beyond_the_log_is_found);
    tcase_add_test(tests, a_commit_of_another_term_is_found);
    tcase_add_test(tests, a_claim_before_its_time_is_found);
    tcase_add_test(tests, a_recovered_entry_with_another_content_is_found);
    tcase_add_test(tests, a_recovered_log_that_is_short_is_found);
    tcase_add_test(tests, a_recovered_term_that_is_old_is_found);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
