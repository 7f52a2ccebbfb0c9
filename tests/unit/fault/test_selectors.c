/* Whom a fault meets. */
#include <check.h>
#include <string.h>

#include "beat.h"
#include "support/suite.h"

static struct beat beat;

static void set_up(void) { beat_init(&beat); }
static void tear_down(void) { beat_done(&beat); }

/* Group 2 is "a" to "d". */
static void add_group_of_four(void)
{
    beat.small.groups[2] = (struct group_options){ .name = "four",
                                                   .members = beat.small.members[0],
                                                   .member_count = 4 };
    beat.small.options.group_count = 3;
}

/* The targets, "a c | b", of a fault that fires 100 ms from the start; b leads in term 2, d thought
 * so in term 1, e is a candidate, c is down. */
static const char *met_with(uint64_t seed, struct fault_options fault)
{
    static struct fault_options faults[2];
    static char told[256];
    faults[0] = (struct fault_options){
        .id = "down", .kind = FAULT_CRASH, AT_MS(50), SIDES(SIDE(NODE(C)))
    };
    faults[1] = fault;
    faults[1].id = "x";
    faults[1].at_ns = 100000000;
    beat_done(&beat);
    beat_init(&beat);
    add_group_of_four();
    beat_begin(&beat, seed, faults, 2);
    beat_run_to_ms(&beat, 1);
    beat_say_role(&beat, A, CS_ROLE_FOLLOWER, 2);
    beat_say_role(&beat, B, CS_ROLE_LEADER, 2);
    beat_say_role(&beat, D, CS_ROLE_LEADER, 1);
    beat_say_role(&beat, E, CS_ROLE_CANDIDATE, 2);
    beat_run_to_ms(&beat, 100);
    const char *line = strchr(beat_told(&beat, faults), '\n') + 1;
    cs_assert(strncmp(line, "x#0 100ms..", 11) == 0);
    line += 11;
    line += strcspn(line, " ") + 1;
    strncpy(told, line, sizeof told - 1);
    told[strcspn(told, "\n")] = '\0';
    return told;
}

static const char *met(struct fault_options fault) { return met_with(1, fault); }

#define CUT(...) met((struct fault_options){ .kind = FAULT_PARTITION, SIDES(__VA_ARGS__) })
#define SLOW(...)                                                                                  \
    met((struct fault_options){                                                                    \
        .kind = FAULT_SLOW_DISK, AMOUNT(FACTOR, 2 << 16), SIDES(SIDE(__VA_ARGS__)) })
#define GROUP(g) SELECT(.kind = SELECT_GROUP, .group = (g))

START_TEST(a_name_a_group_and_a_place_say_who_is_met)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_str_eq(SLOW(NODE(D)), "d");
    ck_assert_str_eq(SLOW(GROUP(0)), "a b c d e");
    ck_assert_str_eq(SLOW(GROUP(1)), "f");
    ck_assert_str_eq(SLOW(SELECT(.kind = SELECT_RACK, .index = 2)), "e f");
    ck_assert_str_eq(SLOW(SELECT(.kind = SELECT_REGION, .index = 1)), "c d e f");
}
END_TEST

START_TEST(the_leader_is_the_one_with_the_highest_term)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_str_eq(SLOW(LEADER), "b");
}
END_TEST

START_TEST(where_nobody_leads_nothing_happens)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_str_eq(SLOW(SELECT(.kind = SELECT_LEADER, .group = 1)), "!");
    ck_assert(!timeline_record(beat.timeline, 1)->fired);
    ck_assert_uint_eq(timeline_record(beat.timeline, 1)->target_count, 0);
    ck_assert_str_eq(CUT(SIDE(NODE(F), SELECT(.kind = SELECT_LEADER, .group = 1)), SIDE(REST)),
                     "!");
    ck_assert(network_reachable(cluster_network(beat.cluster), F, A));
}
END_TEST

START_TEST(a_selector_by_role_finds_only_who_has_the_role)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_str_eq(SLOW(FOLLOWER), "a");
    ck_assert_str_eq(SLOW(SELECT(.kind = SELECT_ONE, .role = CS_ROLE_CANDIDATE)), "e");
    ck_assert_str_eq(SLOW(SELECT(.kind = SELECT_ONE, .role = CS_ROLE_LEARNER)), "!");
    ck_assert_str_eq(SLOW(FOLLOWER, FOLLOWER), "!");
}
END_TEST

/* How often each instance is met over 3000 seeds. */
static void count_met(struct selector selector, unsigned counts[BEAT_NODES],
                      unsigned sizes[BEAT_NODES + 1])
{
    memset(counts, 0, BEAT_NODES * sizeof *counts);
    memset(sizes, 0, (BEAT_NODES + 1) * sizeof *sizes);
    for (uint64_t seed = 0; seed < 3000; seed++) {
        met_with(seed, (struct fault_options){ .kind = FAULT_SLOW_DISK,
                                               AMOUNT(FACTOR, 2 << 16),
                                               SIDES(SIDE(selector)) });
        const struct fault_record *record = timeline_record(beat.timeline, 1);
        sizes[record->target_count]++;
        for (uint32_t i = 0; i < record->target_count; i++)
            counts[record->targets[i]]++;
    }
}

/* Within 5 standard errors of 3000 p. */
static void assert_share(unsigned count, double p)
{
    double off = count - 3000 * p;
    ck_assert_double_le(off * off, 25 * 3000 * p * (1 - p));
}

START_TEST(any_is_each_of_those_that_are_up_equally_often)
{
    unsigned counts[BEAT_NODES], sizes[BEAT_NODES + 1];
    beat_begin(&beat, 1, NULL, 0);
    count_met(ANY, counts, sizes);
    ck_assert_uint_eq(sizes[1], 3000);
    ck_assert_uint_eq(counts[C], 0);
    ck_assert_uint_eq(counts[F], 0);
    assert_share(counts[A], 0.25);
    assert_share(counts[B], 0.25);
    assert_share(counts[D], 0.25);
    assert_share(counts[E], 0.25);
}
END_TEST

START_TEST(minority_majority_and_fraction_have_their_sizes_and_meet_all_equally_often)
{
    static const struct {
        struct selector selector;
        unsigned size;
    } cases[] = {
        { { .kind = SELECT_MINORITY }, 2 },
        { { .kind = SELECT_MAJORITY }, 3 },
        { { .kind = SELECT_FRACTION, .fraction = PROBABILITY_ONE / 100 * 79 }, 3 },
        { { .kind = SELECT_FRACTION, .fraction = PROBABILITY_ONE / 100 }, 1 },
        { { .kind = SELECT_FRACTION, .fraction = PROBABILITY_ONE }, 5 },
    };
    unsigned counts[BEAT_NODES], sizes[BEAT_NODES + 1];
    beat_begin(&beat, 1, NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        count_met(cases[i].selector, counts, sizes);
        ck_assert_uint_eq(sizes[cases[i].size], 3000);
        for (uint32_t n = A; n <= E; n++)
            assert_share(counts[n], cases[i].size / 5.0);
    }
}
END_TEST

START_TEST(half_of_a_group_is_neither_a_minority_nor_a_majority)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_uint_eq(strlen(SLOW(SELECT(.kind = SELECT_MINORITY, .group = 2))), 1);
    ck_assert_uint_eq(strlen(SLOW(SELECT(.kind = SELECT_MAJORITY, .group = 2))), 5); /* "a b c" */
}
END_TEST

START_TEST(a_group_of_one_has_no_minority)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_str_eq(SLOW(SELECT(.kind = SELECT_MINORITY, .group = 1)), "!");
    ck_assert_str_eq(SLOW(SELECT(.kind = SELECT_MAJORITY, .group = 1)), "f");
}
END_TEST

START_TEST(the_rest_is_who_no_other_selector_chose_wherever_it_is_written)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_str_eq(CUT(SIDE(LEADER, FOLLOWER), SIDE(REST)), "b a | c d e");
    ck_assert_str_eq(CUT(SIDE(REST), SIDE(LEADER, FOLLOWER)), "c d e | b a");
    ck_assert_str_eq(CUT(SIDE(GROUP(0)), SIDE(REST)), "!");
}
END_TEST

START_TEST(nobody_is_met_twice)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_str_eq(SLOW(NODE(B), LEADER, NODE(B)), "b");
    ck_assert_str_eq(CUT(SIDE(NODE(B), LEADER), SIDE(REST)), "b | a c d e");
    ck_assert_str_eq(SLOW(ANY, ANY, ANY, ANY, ANY), "!");
    const char *all = SLOW(ANY, ANY, ANY, ANY);
    ck_assert_uint_eq(strlen(all), 7);
    for (const char *name = "abde"; *name != '\0'; name++)
        ck_assert_ptr_nonnull(strchr(all, *name));
}
END_TEST

START_TEST(a_side_that_finds_nobody_of_its_own_is_no_side)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_str_eq(CUT(SIDE(LEADER), SIDE(NODE(B))), "!");
}
END_TEST

START_TEST(a_minority_and_a_majority_are_all)
{
    beat_begin(&beat, 1, NULL, 0);
    const char *told =
        CUT(SIDE(SELECT(.kind = SELECT_MINORITY)), SIDE(SELECT(.kind = SELECT_MAJORITY)));
    ck_assert_uint_eq(strlen(told), strlen("a b | c d e"));
    ck_assert_int_eq(told[4], '|');
}
END_TEST

START_TEST(a_crash_meets_only_who_is_up_and_a_loss_of_power_any_machine)
{
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_str_eq(met((struct fault_options){ .kind = FAULT_CRASH, SIDES(SIDE(GROUP(0))) }),
                     "a b d e");
    ck_assert_str_eq(met((struct fault_options){ .kind = FAULT_POWER_LOSS, SIDES(SIDE(NODE(C))) }),
                     "c");
    ck_assert_str_eq(met((struct fault_options){ .kind = FAULT_POWER_LOSS,
                                                 AMOUNT(EFFECTS, 1), /* in one of its steps */
                                                 SIDES(SIDE(NODE(C))) }),
                     "!");
}
END_TEST

START_TEST(of_two_leaders_of_one_term_the_first_in_the_group_counts)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_PAUSE, AT_MS(100), FOR_MS(10), SIDES(SIDE(LEADER))
    };
    beat_begin(&beat, 1, &fault, 1);
    beat_run_to_ms(&beat, 1);
    beat_say_role(&beat, D, CS_ROLE_LEADER, 2);
    beat_say_role(&beat, B, CS_ROLE_LEADER, 2);
    beat_run_to_ms(&beat, 200);
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 100ms..110ms b\n");
}
END_TEST

int main(void)
{
    TCase *selectors = tcase_create("selectors");
    tcase_set_timeout(selectors, 60);
    tcase_add_checked_fixture(selectors, set_up, tear_down);
    tcase_add_test(selectors, a_name_a_group_and_a_place_say_who_is_met);
    tcase_add_test(selectors, the_leader_is_the_one_with_the_highest_term);
    tcase_add_test(selectors, of_two_leaders_of_one_term_the_first_in_the_group_counts);
    tcase_add_test(selectors, where_nobody_leads_nothing_happens);
    tcase_add_test(selectors, a_selector_by_role_finds_only_who_has_the_role);
    tcase_add_test(selectors, any_is_each_of_those_that_are_up_equally_often);
    tcase_add_test(selectors,
                   minority_majority_and_fraction_have_their_sizes_and_meet_all_equally_often);
    tcase_add_test(selectors, half_of_a_group_is_neither_a_minority_nor_a_majority);
    tcase_add_test(selectors, a_group_of_one_has_no_minority);
    tcase_add_test(selectors, the_rest_is_who_no_other_selector_chose_wherever_it_is_written);
    tcase_add_test(selectors, nobody_is_met_twice);
    tcase_add_test(selectors, a_side_that_finds_nobody_of_its_own_is_no_side);
    tcase_add_test(selectors, a_minority_and_a_majority_are_all);
    tcase_add_test(selectors, a_crash_meets_only_who_is_up_and_a_loss_of_power_any_machine);
    Suite *suite = suite_create("selectors");
    suite_add_tcase(suite, selectors);
    return suite_run(suite);
}
