/* The verifier hands each oracle what it lives on, and nothing is green that saw nothing. */
#include <string.h>

#include "base/random.h"
#include "stage.h"
#include "support/suite.h"

START_TEST(all_oracles_begin_inconclusive)
{
    stage_open(NULL);
    size_t count = 0;
    while (oracle_types[count] != NULL)
        count++;
    ck_assert_uint_eq(verifier_count(stage_verifier()), count);
    stage_finish();
    for (size_t i = 0; i < count; i++) {
        const struct oracle *oracle = verifier_at(stage_verifier(), i);
        ck_assert_ptr_eq(oracle->type, oracle_types[i]);
        ck_assert_int_eq(oracle_verdict(oracle), CHECK_INCONCLUSIVE);
    }
    ck_assert(!verifier_violated(stage_verifier()));
    stage_close();
}
END_TEST

START_TEST(an_oracle_that_is_off_sees_nothing)
{
    stage_open(&oracle_election_safety);
    ck_assert_uint_eq(verifier_count(stage_verifier()), 1);
    voted(B, 4, A);
    voted(B, 4, C);
    leader(A, 4);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 1);
    stage_close();
}
END_TEST

START_TEST(names_are_unique_and_each_oracle_says_what_it_is_about)
{
    for (size_t i = 0; oracle_types[i] != NULL; i++) {
        ck_assert_uint_gt(strlen(oracle_types[i]->about), 20);
        ck_assert(oracle_types[i]->facts != 0 || oracle_types[i]->needs_history);
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(oracle_types[i]->name, oracle_types[j]->name);
    }
}
END_TEST

/* Small numbers, so that facts meet, and now and then the largest. */
static uint64_t draw_number(struct random_stream *random)
{
    uint64_t kind = random_below(random, 50);
    if (kind == 0)
        return UINT64_MAX - random_below(random, 2);
    return random_below(random, kind < 25 ? 4 : 20);
}

START_TEST(a_program_that_states_nonsense_is_found_and_never_trips_an_assertion)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random_stream random = random_stream_of(seed);
        stage_open(NULL);
        for (unsigned i = 0; i < 500; i++) {
            uint32_t instance = (uint32_t)random_below(&random, STAGE_INSTANCES);
            if (random_below(&random, 30) == 0) {
                crash(instance);
                restart(instance);
                if (random_below(&random, 4) > 0)
                    restart_done(instance);
                continue;
            }
            struct stated_fact fact = {
                .kind = (enum cs_fact_kind)random_below(&random, CS_FACT_KIND_COUNT),
                .recovered = random_below(&random, 4) == 0,
                .rests = true,
                .durable = random_below(&random, 4) > 0,
                .a = draw_number(&random),
                .b = draw_number(&random),
                .digest = random_below(&random, 3),
            };
            stage_fact(instance, fact);
        }
        stage_finish();
        ck_assert(verifier_violated(stage_verifier()));
        stage_close();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verifier");
    TCase *tests = tcase_create("dispatch");
    tcase_add_test(tests, all_oracles_begin_inconclusive);
    tcase_add_test(tests, an_oracle_that_is_off_sees_nothing);
    tcase_add_test(tests, names_are_unique_and_each_oracle_says_what_it_is_about);
    tcase_add_test(tests, a_program_that_states_nonsense_is_found_and_never_trips_an_assertion);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
