/* Faults whose targets come back with another build of their program. */
#include <check.h>
#include <string.h>

#include "beat.h"
#include "support/suite.h"

static struct beat beat;
static struct cs_program next;                   /* as the beat's, but its boots are counted */
static const struct cs_program *programs[2];     /* of the build "next", by group */
static const struct cs_program *old_programs[2]; /* of the one that all have at first */
static unsigned next_boots[BEAT_NODES];

static void next_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    next_boots[cs_self(cx)]++;
    old_programs[0]->on_start(state, cx, kind);
}

static void set_up(void)
{
    beat_init(&beat);
    memset(next_boots, 0, sizeof next_boots);
    old_programs[0] = old_programs[1] = beat.small.instances[A].program;
    next = *old_programs[0];
    next.on_start = next_on_start;
    programs[0] = programs[1] = &next;
}

static void tear_down(void) { beat_done(&beat); }

#define NEXT .builds = (const struct fault_build[]){ { "next", programs, 1 } }, .build_count = 1
#define BUILTIN                                                                                    \
    .builds = (const struct fault_build[]){ { "built-in", old_programs, 1 } }, .build_count = 1

static void expect_boots(unsigned a, unsigned b, unsigned c)
{
    ck_assert_uint_eq(next_boots[A], a);
    ck_assert_uint_eq(next_boots[B], b);
    ck_assert_uint_eq(next_boots[C], c);
}

START_TEST(targets_come_back_with_the_build_and_nobody_else_does)
{
    static const enum fault_kind kinds[] = { FAULT_CRASH, FAULT_POWER_LOSS, FAULT_STOP };
    const struct fault_options fault = {
        .id = "x", .kind = kinds[_i], AT_MS(1000), FOR_MS(500), NEXT, SIDES(SIDE(NODE(A), NODE(C)))
    };
    beat.small.instances[B].machine = A; /* it goes down with A's machine */
    beat_begin(&beat, 1, &fault, 1);
    beat_run_to_ms(&beat, 1499);
    ck_assert(!beat_up(&beat, A) && !beat_up(&beat, C));
    ck_assert(beat_up(&beat, B) == (kinds[_i] != FAULT_POWER_LOSS));
    expect_boots(0, 0, 0);
    beat_run_to_ms(&beat, 1500);
    ck_assert(beat_up(&beat, A) && beat_up(&beat, B) && beat_up(&beat, C));
    expect_boots(1, 0, 1);
    ck_assert_str_eq(timeline_record(beat.timeline, 0)->build, "next");
    ck_assert_uint_eq(timeline_record(beat.timeline, 0)->rebuilt, 2);
}
END_TEST

START_TEST(they_keep_it_until_another_fault_changes_it)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_STOP, AT_MS(1000), FOR_MS(100), NEXT, SIDES(SIDE(NODE(A))) },
        { .id = "y", .kind = FAULT_CRASH, AT_MS(2000), FOR_MS(100), SIDES(SIDE(NODE(A))) },
        { .id = "z", .kind = FAULT_CRASH, AT_MS(3000), FOR_MS(100), BUILTIN, SIDES(SIDE(NODE(A))) },
    };
    beat_begin(&beat, 1, faults, 3);
    beat_run_to_ms(&beat, 2500);
    ck_assert_uint_eq(next_boots[A], 2);
    beat_run_to_ms(&beat, 3500);
    ck_assert(beat_up(&beat, A));
    ck_assert_uint_eq(next_boots[A], 2);
    ck_assert_uint_eq(cluster_view(beat.cluster, A).incarnation, 4);
}
END_TEST

START_TEST(those_that_have_it_already_are_not_counted)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_STOP, AT_MS(1000), FOR_MS(100), NEXT, SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_CRASH,
          AT_MS(2000),
          FOR_MS(100),
          NEXT,
          SIDES(SIDE(NODE(A), NODE(B))) },
        { .id = "z", .kind = FAULT_CRASH, AT_MS(3000), FOR_MS(100), NEXT, SIDES(SIDE(NODE(A))) },
        { .id = "w", .kind = FAULT_CRASH, AT_MS(4000), FOR_MS(100), SIDES(SIDE(NODE(A))) },
    };
    static const uint32_t rebuilt[] = { 1, 1, 0, 0 };
    beat_begin(&beat, 1, faults, 4);
    beat_run_to_ms(&beat, 5000);
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(timeline_record(beat.timeline, i)->rebuilt, rebuilt[i]);
    ck_assert_ptr_null(timeline_record(beat.timeline, 3)->build);
}
END_TEST

/* Of 60 firings a quarter brings "next" and the others what all have at first. */
START_TEST(of_several_builds_each_firing_draws_one_by_their_weights)
{
    const struct fault_options fault = {
        .id = "x",
        .kind = FAULT_CRASH,
        AT_MS(1000),
        FOR_MS(10),
        .repeats = true,
        .every = { .value = MS(100) },
        .repeat_count = 60,
        .builds = (const struct fault_build[]){ { "next", programs, 1 },
                                                { "built-in", old_programs, 3 } },
        .build_count = 2,
        SIDES(SIDE(NODE(A)))
    };
    beat_begin(&beat, 1, &fault, 1);
    beat_run_to_ms(&beat, 9000);
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 60);
    unsigned brought = 0;
    bool had_next = false;
    for (size_t i = 0; i < 60; i++) {
        const struct fault_record *record = timeline_record(beat.timeline, i);
        bool brings_next = strcmp(record->build, "next") == 0;
        ck_assert_uint_eq(record->rebuilt, brings_next != had_next);
        brought += brings_next;
        had_next = brings_next;
    }
    ck_assert(brought >= 8 && brought <= 22);
    ck_assert_uint_eq(next_boots[A], brought);
}
END_TEST

START_TEST(a_rolling_restart_brings_it_to_one_after_the_other)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_ROLLING_RESTART,
                                         AMOUNT(HOLD, MS(300)),
                                         AMOUNT(GAP, MS(200)),
                                         AT_MS(1000),
                                         NEXT,
                                         SIDES(SIDE(NODE(C), NODE(A), NODE(B))) };
    beat_begin(&beat, 1, &fault, 1);
    beat_run_to_ms(&beat, 1400);
    expect_boots(0, 0, 1);
    beat_run_to_ms(&beat, 1900);
    expect_boots(1, 0, 1);
    beat_run_to_ms(&beat, 9000);
    expect_boots(1, 1, 1);
    for (size_t i = 0; i < 3; i++)
        ck_assert_uint_eq(timeline_record(beat.timeline, i)->rebuilt, 1);
}
END_TEST

/* One node after the other, and never two of the three at a time. */
START_TEST(the_nemesis_upgrades_and_downgrades_within_its_limit)
{
    static const struct selector all = { .kind = SELECT_GROUP };
    static const struct selector any = { .kind = SELECT_ONE, .any_role = true };
    const struct fault_side side_of_all = { &all, 1 }, side_of_any = { &any, 1 };
    const struct fault_options faults[] = {
        { .id = "r",
          .kind = FAULT_ROLLING_RESTART,
          AMOUNT(HOLD, MS(60)),
          AMOUNT(GAP, MS(40)),
          NEXT,
          .sides = &side_of_all,
          .side_count = 1,
          .unscheduled = true },
        { .id = "c",
          .kind = FAULT_CRASH,
          FOR_MS(70),
          BUILTIN,
          .sides = &side_of_any,
          .side_count = 1,
          .unscheduled = true },
    };
    const struct nemesis_entry entries[] = { { .fault = 0, .weight = 1 },
                                             { .fault = 1, .weight = 3 } };
    const struct nemesis_options nemesis = { .entries = entries,
                                             .entry_count = 2,
                                             .start_ns = MS(1000),
                                             .stop_ns = MS(9000),
                                             .gap = { .value = MS(110) },
                                             .out_limit = OUT_MINORITY };
    beat_split(&beat, D, "server");
    beat.nemesis = &nemesis;
    beat_begin(&beat, 1, faults, 2);
    for (uint64_t ms = 1001; ms < 9000; ms += 7) {
        beat_run_to_ms(&beat, ms);
        ck_assert_uint_ge(beat_up(&beat, A) + beat_up(&beat, B) + beat_up(&beat, C), 2);
    }
    unsigned upgrades = 0, downgrades = 0;
    for (size_t i = 0; i < timeline_record_count(beat.timeline); i++) {
        const struct fault_record *record = timeline_record(beat.timeline, i);
        *(record->kind == FAULT_CRASH ? &downgrades : &upgrades) += record->rebuilt;
    }
    ck_assert_uint_gt(upgrades, 3);
    ck_assert_uint_gt(downgrades, 3);
}
END_TEST

START_TEST(a_crash_that_waits_for_a_step_brings_it_when_the_step_has_come)
{
    static const enum fault_kind kinds[] = { FAULT_CRASH, FAULT_POWER_LOSS };
    const struct fault_options faults[] = {
        { .id = "never",
          .kind = kinds[_i],
          AMOUNT(EFFECTS, 1000),
          AT_MS(1000),
          FOR_MS(500),
          NEXT,
          SIDES(SIDE(NODE(A))) },
        { .id = "plain", .kind = FAULT_CRASH, AT_MS(1200), FOR_MS(100), SIDES(SIDE(NODE(A))) },
        { .id = "soon",
          .kind = kinds[_i],
          AMOUNT(EFFECTS, 2),
          AT_MS(2000),
          FOR_MS(500),
          NEXT,
          SIDES(SIDE(NODE(A))) },
    };
    beat_begin(&beat, 1, faults, 3);
    beat_run_to_ms(&beat, 1900);
    ck_assert_uint_eq(cluster_view(beat.cluster, A).incarnation, 2);
    expect_boots(0, 0, 0);
    beat_run_to_ms(&beat, 2600);
    ck_assert_uint_eq(cluster_view(beat.cluster, A).incarnation, 3);
    expect_boots(1, 0, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault_builds");
    TCase *tests = tcase_create("fault_builds");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, targets_come_back_with_the_build_and_nobody_else_does, 0, 3);
    tcase_add_test(tests, they_keep_it_until_another_fault_changes_it);
    tcase_add_test(tests, those_that_have_it_already_are_not_counted);
    tcase_add_test(tests, of_several_builds_each_firing_draws_one_by_their_weights);
    tcase_add_test(tests, the_nemesis_upgrades_and_downgrades_within_its_limit);
    tcase_add_test(tests, a_rolling_restart_brings_it_to_one_after_the_other);
    tcase_add_loop_test(tests, a_crash_that_waits_for_a_step_brings_it_when_the_step_has_come, 0,
                        2);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
