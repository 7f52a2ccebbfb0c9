/* The nemesis adds spares, removes members and clogs links. */
#include <check.h>
#include <string.h>

#include "beat.h"
#include "support/suite.h"

static struct beat beat;
static struct fault_options fault;
static struct nemesis_entry entry;
static struct nemesis_options nemesis;

static const struct selector any_of_all = { .kind = SELECT_ONE, .any_role = true };
static const struct selector spare_of_all = { .kind = SELECT_ONE, .spare = true };
static const struct fault_side any_side[] = { { &any_of_all, 1 }, { &any_of_all, 1 } };
static const struct fault_side spare_side = { &spare_of_all, 1 };

/* a to c are members, d and e are spares. */
static void set_up(void)
{
    beat_init(&beat);
    beat.small.groups[0].member_count = 3;
    beat.small.groups[0].spare_count = 2;
    beat.small.instances[D].boot_at_ns = beat.small.instances[E].boot_at_ns = UINT64_MAX;
    entry = (struct nemesis_entry){ .weight = 1 };
    nemesis = (struct nemesis_options){ .entries = &entry,
                                        .entry_count = 1,
                                        .start_ns = MS(1000),
                                        .stop_ns = MS(9000),
                                        .gap = { .value = MS(100) } };
    beat.nemesis = &nemesis;
}

static void tear_down(void) { beat_done(&beat); }

static void begin(enum fault_kind kind, const struct fault_side *sides, uint64_t seed)
{
    fault = (struct fault_options){ .id = "x",
                                    .kind = kind,
                                    .sides = sides,
                                    .side_count = kind == FAULT_CLOG_LINK ? 2 : 1,
                                    .has_duration = kind == FAULT_CLOG_LINK,
                                    .duration = { .value = MS(50) },
                                    .unscheduled = true };
    beat_begin(&beat, seed, &fault, 1);
}

static const struct fault_record *record(size_t index)
{
    return timeline_record(beat.timeline, index);
}

START_TEST(each_spare_joins_once_in_an_order_that_the_seed_draws)
{
    unsigned d_first = 0;
    begin(FAULT_ADD, &spare_side, 0);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        tear_down();
        set_up();
        begin(FAULT_ADD, &spare_side, seed);
        beat_run_to_ms(&beat, 1150);
        ck_assert_uint_eq(beat_up(&beat, D) + beat_up(&beat, E), 1);
        beat_run_to_ms(&beat, 5000);
        ck_assert(beat_up(&beat, D) && beat_up(&beat, E));
        ck_assert_uint_eq(timeline_record_count(beat.timeline), 2);
        ck_assert_uint_ne(record(0)->targets[0], record(1)->targets[0]);
        ck_assert_int_eq(beat_start[D], CS_START_JOIN);
        d_first += record(0)->targets[0] == D;
    }
    ck_assert(d_first > 4 && d_first < 36); /* 20, and five standard errors of 3.2 */
}
END_TEST

START_TEST(who_is_removed_stays_away_and_a_majority_stays)
{
    begin(FAULT_REMOVE, any_side, 1);
    beat_run_to_ms(&beat, 20000); /* the heal is at 10 s */
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 1);
    uint32_t gone = record(0)->targets[0];
    for (uint32_t i = A; i <= C; i++)
        ck_assert(beat_up(&beat, i) == (i != gone));
    ck_assert_uint_eq(record(0)->until_ns, UINT64_MAX);
}
END_TEST

START_TEST(without_a_limit_all_are_removed_one_by_one)
{
    nemesis.out_limit = OUT_ANY;
    begin(FAULT_REMOVE, any_side, 1);
    beat_run_to_ms(&beat, 20000);
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 3);
    ck_assert(!beat_up(&beat, A) && !beat_up(&beat, B) && !beat_up(&beat, C));
}
END_TEST

START_TEST(a_clogged_link_leads_from_one_to_another)
{
    unsigned links[3][3] = { 0 };
    nemesis.out_limit = OUT_ANY;
    begin(FAULT_CLOG_LINK, any_side, 1);
    beat_run_to_ms(&beat, 1100);
    beat_see_to_ms(&beat, 1145);
    ck_assert_uint_eq(beat_seen.heard[record(0)->targets[1]][record(0)->targets[0]], 0);
    ck_assert_uint_gt(beat_seen.heard[record(0)->targets[0]][record(0)->targets[1]], 0);
    beat_run_to_ms(&beat, 9500);
    for (size_t i = 0; i < timeline_record_count(beat.timeline); i++) {
        ck_assert_int_eq(record(i)->kind, FAULT_CLOG_LINK);
        ck_assert_uint_eq(record(i)->target_count, 2);
        ck_assert_uint_eq(record(i)->side_of[1], 1);
        links[record(i)->targets[0]][record(i)->targets[1]]++;
    }
    for (unsigned from = A; from <= C; from++) {
        for (unsigned to = A; to <= C; to++)
            ck_assert((links[from][to] > 0) == (from != to));
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("nemesis members");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, each_spare_joins_once_in_an_order_that_the_seed_draws);
    tcase_add_test(tests, who_is_removed_stays_away_and_a_majority_stays);
    tcase_add_test(tests, without_a_limit_all_are_removed_one_by_one);
    tcase_add_test(tests, a_clogged_link_leads_from_one_to_another);
    Suite *suite = suite_create("nemesis members");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
