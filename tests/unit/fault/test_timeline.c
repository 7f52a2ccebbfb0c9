/* When faults fire, how often, and what a heal leaves. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "beat.h"
#include "support/suite.h"

static struct beat beat;

static void set_up(void) { beat_init(&beat); }
static void tear_down(void) { beat_done(&beat); }

/* ---- Repetition ------------------------------------------------------------------------------ */

START_TEST(a_fault_repeats_as_often_as_it_says)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_CRASH,
                                         AT_MS(1000),
                                         FOR_MS(100),
                                         SIDES(SIDE(NODE(B))),
                                         .repeats = true,
                                         .every = { .value = 500000000 },
                                         .repeat_count = 3 };
    beat_begin(&beat, 1, &fault, 1);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, &fault),
                     "x#0 1s..1.1s b\nx#1 1.5s..1.6s b\nx#2 2s..2.1s b\n");
    ck_assert_uint_eq(cluster_view(beat.cluster, B).incarnation, 4);
}
END_TEST

START_TEST(a_fault_repeats_until_before_its_end)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_CRASH,
                                         AT_MS(1000),
                                         FOR_MS(100),
                                         SIDES(SIDE(NODE(B))),
                                         .repeats = true,
                                         .every = { .value = 500000000 },
                                         .repeat_until_ns = 2000000000 };
    beat_begin(&beat, 1, &fault, 1);
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1s..1.1s b\nx#1 1.5s..1.6s b\n");
}
END_TEST

START_TEST(a_fault_that_does_not_repeat_fires_once)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_CRASH, AT_MS(1000), FOR_MS(100), SIDES(SIDE(NODE(B)))
    };
    beat_begin(&beat, 1, &fault, 1);
    beat_run_to_ms(&beat, 20000);
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1s..1.1s b\n");
}
END_TEST

START_TEST(a_gap_of_nothing_lets_time_go_on)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_CLOCK,
                                         AMOUNT(DRIFT, 1),
                                         AT_MS(1000),
                                         FOR_MS(0),
                                         SIDES(SIDE(NODE(B))),
                                         .repeats = true,
                                         .repeat_until_ns = 1000000010 };
    beat_begin(&beat, 1, &fault, 1);
    beat_run_to_ms(&beat, 2000);
    ck_assert_uint_eq(timeline_record_count(beat.timeline), 10);
    ck_assert(!beat_any_lasts(&beat));
}
END_TEST

/* Firings with gaps, durations and targets by chance. */
static struct fault_options by_chance(const char *id, const struct fault_side *side)
{
    return (struct fault_options){ .id = id,
                                   .kind = FAULT_SLOW_DISK,
                                   AMOUNT(FACTOR, 2 << 16),
                                   AT_MS(100),
                                   .has_duration = true,
                                   .duration = distribution_uniform(1000000, 90000000),
                                   .sides = side,
                                   .side_count = 1,
                                   .repeats = true,
                                   .every = distribution_uniform(100000000, 200000000),
                                   .repeat_until_ns = 9000000000 };
}

START_TEST(gaps_durations_and_targets_are_drawn_for_each_firing)
{
    struct fault_side any = SIDE(ANY);
    const struct fault_options fault = by_chance("x", &any);
    beat_begin(&beat, 1, &fault, 1);
    beat_run_to_ms(&beat, 9500);
    size_t count = timeline_record_count(beat.timeline);
    ck_assert_uint_ge(count, 50);
    ck_assert_uint_le(count, 70);
    unsigned met[BEAT_NODES] = { 0 };
    uint64_t last_gap = 0, last_duration = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        const struct fault_record *record = timeline_record(beat.timeline, i);
        uint64_t gap = timeline_record(beat.timeline, i + 1)->at_ns - record->at_ns;
        uint64_t duration = record->until_ns - record->at_ns;
        ck_assert(gap >= 100000000 && gap <= 200000000 && gap != last_gap);
        ck_assert(duration >= 1000000 && duration <= 90000000 && duration != last_duration);
        met[record->targets[0]]++;
        last_gap = gap;
        last_duration = duration;
    }
    for (uint32_t i = A; i <= E; i++)
        ck_assert_uint_gt(met[i], 3);
}
END_TEST

/* ---- Draws ----------------------------------------------------------------------------------- */

/* What is told of the fault "x" alone. */
static char *told_of_x(const struct fault_options *faults)
{
    char *told = strdup(beat_told(&beat, faults)), *to = told;
    for (const char *line = told; *line != '\0';) {
        size_t length = strcspn(line, "\n") + 1;
        if (line[0] == 'x') {
            memmove(to, line, length);
            to += length;
        }
        line += length;
    }
    *to = '\0';
    return told;
}

START_TEST(the_same_seed_draws_the_same_and_another_does_not)
{
    struct fault_side any = SIDE(ANY);
    const struct fault_options fault = by_chance("x", &any);
    char *told[3];
    for (int i = 0; i < 3; i++) {
        beat_begin(&beat, i < 2 ? 1 : 2, &fault, 1);
        beat_run_to_ms(&beat, 9500);
        told[i] = told_of_x(&fault);
        beat_done(&beat);
        beat_init(&beat);
    }
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_uint_gt(strlen(told[0]), 1000);
    ck_assert_str_eq(told[0], told[1]);
    ck_assert_str_ne(told[0], told[2]);
    for (int i = 0; i < 3; i++)
        free(told[i]);
}
END_TEST

START_TEST(one_faults_draws_do_not_move_when_another_is_added)
{
    struct fault_side any = SIDE(ANY);
    const struct fault_options alone = by_chance("x", &any);
    const struct fault_options faults[] = { by_chance("y", &any), alone, by_chance("z", &any) };
    beat_begin(&beat, 1, &alone, 1);
    beat_run_to_ms(&beat, 9500);
    char *before = told_of_x(&alone);
    tear_down();
    set_up();
    beat_begin(&beat, 1, faults, 3);
    beat_run_to_ms(&beat, 9500);
    char *after = told_of_x(faults);
    ck_assert_uint_gt(strlen(before), 1000);
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
}
END_TEST

START_TEST(two_faults_draw_differently)
{
    struct fault_side any = SIDE(ANY);
    const struct fault_options faults[] = { by_chance("x", &any), by_chance("y", &any) };
    beat_begin(&beat, 1, faults, 2);
    beat_run_to_ms(&beat, 9500);
    const struct fault_record *x = timeline_record(beat.timeline, 0);
    const struct fault_record *y = timeline_record(beat.timeline, 1);
    ck_assert_uint_eq(x->at_ns, y->at_ns);
    ck_assert_uint_ne(x->until_ns, y->until_ns);
    ck_assert_uint_ne(timeline_record(beat.timeline, 2)->at_ns,
                      timeline_record(beat.timeline, 3)->at_ns);
}
END_TEST

START_TEST(a_firing_without_a_target_shifts_no_later_one)
{
    struct fault_side any = SIDE(FOLLOWER, ANY);
    const struct fault_options fault = by_chance("x", &any);
    char *told[2];
    for (int i = 0; i < 2; i++) {
        beat_begin(&beat, 1, &fault, 1);
        beat_run_to_ms(&beat, i == 0 ? 50 : 1050); /* there is a follower early, or late */
        beat_say_role(&beat, A, CS_ROLE_FOLLOWER, 1);
        beat_run_to_ms(&beat, 9500);
        told[i] = told_of_x(&fault);
        beat_done(&beat);
        beat_init(&beat);
    }
    beat_begin(&beat, 1, NULL, 0);
    ck_assert_ptr_nonnull(strchr(told[1], '!'));
    ck_assert_ptr_null(strchr(told[0], '!'));
    const char *late = strstr(told[1], "x#20 ");
    ck_assert_ptr_nonnull(late);
    ck_assert_str_eq(strstr(told[0], "x#20 "), late);
    free(told[0]);
    free(told[1]);
}
END_TEST

/* ---- The heal -------------------------------------------------------------------------------- */

enum { ONE_OF_EACH = 16 };

/* One of each kind that lasts, from 1 s on, without an end; and a crash for 3 s. */
static const struct fault_options *one_of_each(void)
{
    static struct selector nodes[E + 1];
    static const struct fault_side sides[] = {
        { &nodes[A], 1 }, { &nodes[B], 1 }, { &nodes[C], 1 }, { &nodes[D], 1 }, { &nodes[E], 1 }
    };
    /* Those that last; the first three end the targets of their own. */
    static const enum fault_kind kinds[ONE_OF_EACH] = {
        FAULT_CRASH,        FAULT_POWER_LOSS, FAULT_CRASH,     FAULT_PAUSE,
        FAULT_PARTITION,    FAULT_BLOCK,      FAULT_PACKETS,   FAULT_SLOW_DISK,
        FAULT_CLOCK,        FAULT_CLOG,       FAULT_CLOG_LINK, FAULT_STALLED_DISK,
        FAULT_FAILING_DISK, FAULT_LYING_DISK, FAULT_FULL_DISK, FAULT_SLOW_CPU,
    };
    static struct fault_options faults[ONE_OF_EACH];
    static char ids[ONE_OF_EACH][2];
    for (uint32_t i = A; i <= E; i++)
        nodes[i] = NODE(i);
    for (int i = 0; i < ONE_OF_EACH; i++) {
        ids[i][0] = (char)('a' + i);
        bool two =
            kinds[i] == FAULT_PARTITION || kinds[i] == FAULT_BLOCK || kinds[i] == FAULT_CLOG_LINK;
        faults[i] = (struct fault_options){ .id = ids[i],
                                            .kind = kinds[i],
                                            AT_MS(1000),
                                            .sides = i < 3 ? &sides[i] : &sides[two ? D : E],
                                            .side_count = two ? 2 : 1,
                                            AMOUNT(JUMP, 1000),
                                            AMOUNT(FACTOR, 3 << 16),
                                            AMOUNT(READ, PROBABILITY_ONE),
                                            AMOUNT(LOST, PROBABILITY_ONE),
                                            AMOUNT(LOSS, PROBABILITY_ONE) };
    }
    faults[2].has_duration = true;
    faults[2].duration = distribution_constant(3000000000);
    return faults;
}

/* Everything but who is up is as it was. */
static void assert_sound(int64_t wall_before_ns)
{
    beat_run_to_ms(&beat, 2100);
    beat_forget();
    beat_run_to_ms(&beat, 2200);
    ck_assert_uint_gt(beat_seen.heard[D][E], 8);
    ck_assert_uint_gt(beat_seen.heard[E][D], 8);
    ck_assert(!cluster_view(beat.cluster, E).paused);
    ck_assert_uint_eq(beat_flush_ns[E], 100000);
    ck_assert_int_eq(beat_wall_ns[E], wall_before_ns);
}

START_TEST(a_heal_of_all_restores_everything)
{
    beat_begin_with_heal(&beat, 1, one_of_each(), ONE_OF_EACH, 2000, HEAL_ALL);
    beat_run_to_ms(&beat, 900);
    int64_t wall_ns = beat_wall_ns[E];
    beat_run_to_ms(&beat, 1500);
    ck_assert(!beat_up(&beat, A) && !beat_up(&beat, B) && !beat_up(&beat, C));
    ck_assert(beat_any_lasts(&beat));
    assert_sound(wall_ns);
    for (uint32_t i = A; i <= F; i++)
        ck_assert(beat_up(&beat, i));
    ck_assert(!beat_any_lasts(&beat));
    for (size_t i = 0; i < timeline_record_count(beat.timeline); i++)
        ck_assert_uint_eq(timeline_record(beat.timeline, i)->until_ns, 2000000000);
    /* What was to end later has ended. */
    beat_run_to_ms(&beat, 5000);
    for (uint32_t i = A; i <= E; i++)
        ck_assert_uint_eq(cluster_view(beat.cluster, i).incarnation, i <= C ? 2 : 1);
}
END_TEST

START_TEST(a_heal_of_a_majority_leaves_the_others_down)
{
    beat_begin_with_heal(&beat, 1, one_of_each(), ONE_OF_EACH, 2000, HEAL_MAJORITY);
    beat_run_to_ms(&beat, 900);
    int64_t wall_ns = beat_wall_ns[E];
    assert_sound(wall_ns);
    ck_assert(beat_up(&beat, A) && beat_up(&beat, D) && beat_up(&beat, E) && beat_up(&beat, F));
    ck_assert(!beat_up(&beat, B) && !beat_up(&beat, C));
    ck_assert_uint_eq(timeline_record(beat.timeline, 0)->until_ns, 2000000000);
    ck_assert_uint_eq(timeline_record(beat.timeline, 1)->until_ns, UINT64_MAX);
    ck_assert(beat_any_lasts(&beat));
    beat_run_to_ms(&beat, 9000);
    ck_assert(!beat_up(&beat, B) && beat_up(&beat, C));
}
END_TEST

START_TEST(without_a_heal_what_lasts_goes_on)
{
    beat_begin_with_heal(&beat, 1, one_of_each(), ONE_OF_EACH, 2000, HEAL_NONE);
    beat_run_to_ms(&beat, 3000);
    ck_assert(!beat_up(&beat, A) && !beat_up(&beat, B) && !beat_up(&beat, C));
    ck_assert(cluster_view(beat.cluster, E).paused);
    beat_run_to_ms(&beat, 4100);
    ck_assert(!beat_up(&beat, A) && !beat_up(&beat, B) && beat_up(&beat, C));
}
END_TEST

START_TEST(nothing_fires_from_the_heal_on)
{
    static const enum heal heals[] = { HEAL_ALL, HEAL_MAJORITY, HEAL_NONE };
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_CRASH,
          AT_MS(1000),
          FOR_MS(100),
          SIDES(SIDE(NODE(B))),
          .repeats = true,
          .every = { .value = 500000000 },
          .repeat_count = 9 },
        { .id = "y", .kind = FAULT_CRASH, AT_MS(2000), FOR_MS(100), SIDES(SIDE(NODE(C))) },
    };
    for (int i = 0; i < 3; i++) {
        beat_begin_with_heal(&beat, 1, faults, 2, 2000, heals[i]);
        beat_run_to_ms(&beat, 9000);
        ck_assert_str_eq(beat_told(&beat, faults), "x#0 1s..1.1s b\nx#1 1.5s..1.6s b\n");
        ck_assert_uint_eq(timeline_late_firings(beat.timeline, 0), 7); /* of nine */
        if (i < 2) {
            tear_down();
            set_up();
        }
    }
}
END_TEST

int main(void)
{
    TCase *timeline = tcase_create("timeline");
    tcase_add_checked_fixture(timeline, set_up, tear_down);
    tcase_add_test(timeline, a_fault_repeats_as_often_as_it_says);
    tcase_add_test(timeline, a_fault_repeats_until_before_its_end);
    tcase_add_test(timeline, a_fault_that_does_not_repeat_fires_once);
    tcase_add_test(timeline, a_gap_of_nothing_lets_time_go_on);
    tcase_add_test(timeline, gaps_durations_and_targets_are_drawn_for_each_firing);
    tcase_add_test(timeline, the_same_seed_draws_the_same_and_another_does_not);
    tcase_add_test(timeline, one_faults_draws_do_not_move_when_another_is_added);
    tcase_add_test(timeline, two_faults_draw_differently);
    tcase_add_test(timeline, a_firing_without_a_target_shifts_no_later_one);
    tcase_add_test(timeline, a_heal_of_all_restores_everything);
    tcase_add_test(timeline, a_heal_of_a_majority_leaves_the_others_down);
    tcase_add_test(timeline, without_a_heal_what_lasts_goes_on);
    tcase_add_test(timeline, nothing_fires_from_the_heal_on);
    Suite *suite = suite_create("timeline");
    suite_add_tcase(suite, timeline);
    return suite_run(suite);
}
