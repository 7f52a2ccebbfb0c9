/* Faults by chance: how often, how far apart, of which shapes, and never more than it may. */
#include <check.h>
#include <string.h>

#include "beat.h"
#include "support/suite.h"

enum { ENTRIES_MAX = 24 };

static struct beat beat;
static struct fault_options faults[ENTRIES_MAX];
static struct nemesis_entry entries[ENTRIES_MAX];
static struct nemesis_options nemesis;

static const struct selector any_of_all = { .kind = SELECT_ONE, .any_role = true };
static const struct fault_side any_side = { &any_of_all, 1 };
static const struct selector all_of_all = { .kind = SELECT_GROUP };
static const struct fault_side all_side = { &all_of_all, 1 };

static void set_up(void)
{
    beat_init(&beat);
    memset(faults, 0, sizeof faults);
    memset(entries, 0, sizeof entries);
    nemesis = (struct nemesis_options){ .entries = entries,
                                        .start_ns = MS(1000),
                                        .stop_ns = MS(9000),
                                        .gap = { .value = MS(100) },
                                        .out_limit = OUT_ANY };
    beat.nemesis = &nemesis;
}

static void tear_down(void) { beat_done(&beat); }

static void again(void)
{
    tear_down();
    beat_init(&beat);
    beat.nemesis = &nemesis;
}

/* One more kind, of any one, for 10 ms. */
static struct fault_options *add(enum fault_kind kind, uint64_t weight)
{
    uint32_t index = nemesis.entry_count++;
    cs_assert(index < ENTRIES_MAX);
    faults[index] = (struct fault_options){
        .id = fault_kind_name(kind),
        .kind = kind,
        FOR_MS(10),
        .sides = kind == FAULT_PARTITION ? &all_side : &any_side,
        .side_count = 1,
        .unscheduled = true,
    };
    faults[index].amounts[AMOUNT_FACTOR].distribution.value = 2 << 16;
    faults[index].amounts[AMOUNT_DRIFT].distribution.value = 1;
    faults[index].amounts[AMOUNT_LOSS].distribution.value = 1;
    entries[index] = (struct nemesis_entry){ .fault = index, .weight = weight };
    return &faults[index];
}

static void begin(uint64_t seed) { beat_begin(&beat, seed, faults, nemesis.entry_count); }
static size_t count(void) { return timeline_record_count(beat.timeline); }
static const struct fault_record *record(size_t index)
{
    return timeline_record(beat.timeline, index);
}

/* Within 5 standard errors of a share p of n. */
static bool is_share(unsigned seen, unsigned n, double p)
{
    double off = seen - n * p;
    return off * off <= 25 * n * p * (1 - p);
}

/* ---- When and what --------------------------------------------------------------------------- */

START_TEST(faults_begin_a_gap_apart_between_start_and_stop)
{
    add(FAULT_SLOW_CPU, 1);
    nemesis.gap = distribution_uniform(MS(50), MS(150));
    begin(1);
    beat_run_to_ms(&beat, 11000);
    ck_assert(count() > 60 && count() < 100);
    uint64_t last = MS(1000), last_gap = 0;
    for (size_t i = 0; i < count(); i++) {
        uint64_t gap = record(i)->at_ns - last;
        ck_assert(gap >= MS(50) && gap <= MS(150) && gap != last_gap);
        ck_assert_uint_lt(record(i)->at_ns, MS(9000));
        last = record(i)->at_ns;
        last_gap = gap;
    }
    ck_assert_uint_ge(last, MS(8850));
    ck_assert_str_eq(record(0)->name, "slow-cpu.1");
    ck_assert_str_eq(record(9)->name, "slow-cpu.10");
}
END_TEST

START_TEST(no_fault_begins_so_soon_after_anothers_end)
{
    add(FAULT_PAUSE, 1);
    nemesis.stable_ns = MS(200);
    begin(1);
    beat_run_to_ms(&beat, 11000);
    ck_assert(count() > 30);
    ck_assert_uint_eq(record(0)->at_ns, MS(1100));
    for (size_t i = 1; i < count(); i++)
        ck_assert_uint_eq(record(i)->at_ns, record(i - 1)->until_ns + MS(200));
}
END_TEST

START_TEST(what_is_placed_by_time_counts_for_the_calm_too)
{
    add(FAULT_SLOW_CPU, 1);
    struct fault_options *placed = add(FAULT_PAUSE, 1);
    nemesis.entry_count--;
    *placed = (struct fault_options){
        .id = "p", .kind = FAULT_PAUSE, AT_MS(900), FOR_MS(150), .sides = &any_side, .side_count = 1
    };
    nemesis.stable_ns = MS(500);
    beat_begin(&beat, 1, faults, 2);
    beat_run_to_ms(&beat, 2000);
    ck_assert_uint_eq(record(1)->at_ns, MS(1550));
}
END_TEST

START_TEST(kinds_come_by_their_weights)
{
    static const enum fault_kind kinds[] = { FAULT_SLOW_CPU, FAULT_CLOCK, FAULT_SLOW_DISK };
    static const uint64_t weights[] = { 1, 3, 4 };
    unsigned counts[3] = { 0 };
    for (int i = 0; i < 3; i++)
        add(kinds[i], weights[i]);
    nemesis.gap.value = MS(1);
    beat_quiet = true;
    begin(1);
    beat_run_to_ms(&beat, 11000);
    unsigned n = (unsigned)count();
    ck_assert_uint_eq(n, 7999);
    for (size_t i = 0; i < n; i++)
        counts[record(i)->fault]++;
    for (int i = 0; i < 3; i++)
        ck_assert(is_share(counts[i], n, (double)weights[i] / 8));
}
END_TEST

START_TEST(the_same_seed_does_the_same_and_another_does_not)
{
    char *told[3];
    add(FAULT_CRASH, 1);
    add(FAULT_PAUSE, 1);
    nemesis.gap = distribution_uniform(MS(50), MS(150));
    for (int i = 0; i < 3; i++) {
        begin(i < 2 ? 1 : 2);
        beat_run_to_ms(&beat, 9500);
        told[i] = strdup(beat_told(&beat, faults));
        again();
    }
    begin(1);
    ck_assert_str_eq(told[0], told[1]);
    ck_assert_str_ne(told[0], told[2]);
    for (int i = 0; i < 3; i++)
        free(told[i]);
}
END_TEST

/* ---- Partitions ------------------------------------------------------------------------------ */

/* What a partition of a to e looks like: its shape, as far as that can be told. */
static enum partition_shape shape_of(const struct fault_record *cut)
{
    unsigned first = 0;
    for (uint32_t i = 0; i < cut->target_count; i++)
        first += cut->side_of[i] == 0;
    suite_require(cut->target_count == 5);
    if (cut->kind == FAULT_RING)
        return SHAPE_RING;
    suite_require(cut->side_of[4] == 1);
    return first == 1 ? SHAPE_ISOLATE_ONE : first == 3 ? SHAPE_MAJORITY : SHAPE_HALVES;
}

static void cut_often(uint64_t halves, uint64_t isolate, uint64_t ring, uint64_t majority)
{
    add(FAULT_PARTITION, 1);
    entries[0].shapes[SHAPE_HALVES] = halves;
    entries[0].shapes[SHAPE_ISOLATE_ONE] = isolate;
    entries[0].shapes[SHAPE_RING] = ring;
    entries[0].shapes[SHAPE_MAJORITY] = majority;
    entries[0].symmetric = PROBABILITY_ONE;
    nemesis.gap.value = MS(2);
    faults[0].duration.value = MS(1);
    beat_quiet = true;
    begin(1);
    beat_run_to_ms(&beat, 9500);
    ck_assert_uint_eq(count(), 3999);
}

START_TEST(partitions_have_their_shapes_by_weight)
{
    unsigned shapes[SHAPE_COUNT] = { 0 };
    cut_often(0, 2, 5, 1);
    for (size_t i = 0; i < count(); i++)
        shapes[shape_of(record(i))]++;
    ck_assert_uint_eq(shapes[SHAPE_HALVES], 0);
    ck_assert(is_share(shapes[SHAPE_ISOLATE_ONE], 3999, 2 / 8.0));
    ck_assert(is_share(shapes[SHAPE_RING], 3999, 5 / 8.0));
    ck_assert(is_share(shapes[SHAPE_MAJORITY], 3999, 1 / 8.0));
}
END_TEST

START_TEST(halves_have_any_size_and_everybody_is_on_each_side_equally_often)
{
    unsigned sizes[6] = { 0 }, alone[BEAT_NODES] = { 0 };
    cut_often(1, 0, 0, 0);
    for (size_t i = 0; i < count(); i++) {
        unsigned first = 0;
        for (uint32_t t = 0; t < 5; t++)
            first += record(i)->side_of[t] == 0;
        sizes[first]++;
        if (first == 1)
            alone[record(i)->targets[0]]++;
    }
    for (unsigned size = 1; size <= 4; size++)
        ck_assert(is_share(sizes[size], 3999, 1 / 4.0));
    for (uint32_t i = A; i <= E; i++)
        ck_assert(is_share(alone[i], sizes[1], 1 / 5.0));
}
END_TEST

START_TEST(so_many_partitions_are_symmetric_and_the_others_cut_one_direction)
{
    unsigned kinds[FAULT_KIND_COUNT] = { 0 };
    add(FAULT_PARTITION, 1);
    entries[0].shapes[SHAPE_ISOLATE_ONE] = 1;
    entries[0].symmetric = PROBABILITY_ONE / 4 * 3;
    nemesis.gap.value = MS(2);
    faults[0].duration.value = MS(1);
    beat_quiet = true;
    begin(1);
    beat_run_to_ms(&beat, 9500);
    unsigned not_heard = 0;
    for (size_t i = 0; i < count(); i++) {
        const struct fault_record *cut = record(i);
        kinds[cut->kind]++;
        not_heard += cut->kind == FAULT_BLOCK && cut->side_of[1] == 1;
        ck_assert(cut->side_of[1] == 1 || cut->side_of[3] == 0);
    }
    ck_assert(is_share(kinds[FAULT_PARTITION], 3999, 0.75));
    /* Of those who are cut off in one direction half are not heard, half do not hear. */
    ck_assert(is_share(not_heard, kinds[FAULT_BLOCK], 0.5));
    ck_assert_uint_eq(kinds[FAULT_PARTITION] + kinds[FAULT_BLOCK], 3999);
}
END_TEST

START_TEST(who_is_cut_off_is_not_heard)
{
    add(FAULT_PARTITION, 1)->duration.value = MS(500);
    entries[0].shapes[SHAPE_ISOLATE_ONE] = 1;
    entries[0].symmetric = PROBABILITY_ONE;
    nemesis.stop_ns = MS(1150);
    begin(1);
    beat_run_to_ms(&beat, 1100);
    beat_see_to_ms(&beat, 1500);
    ck_assert_uint_eq(count(), 1);
    uint32_t alone = record(0)->targets[0];
    for (uint32_t to = A; to <= E; to++) {
        for (uint32_t from = A; from <= E; from++) {
            bool cut = (to == alone) != (from == alone);
            ck_assert((beat_seen.heard[to][from] == 0) == (cut || to == from));
        }
    }
}
END_TEST

START_TEST(of_two_the_majority_leaves_nobody_and_of_three_there_is_no_ring)
{
    for (uint32_t members = 2; members <= 3; members++) {
        beat.small.groups[0].member_count = members;
        add(FAULT_PARTITION, 1);
        entries[0].shapes[members == 2 ? SHAPE_MAJORITY : SHAPE_RING] = 1;
        begin(1);
        beat_run_to_ms(&beat, 9500);
        ck_assert_uint_eq(count(), 0);
        tear_down();
        set_up();
    }
    add(FAULT_PAUSE, 1);
    begin(1);
}
END_TEST

/* ---- Draws that are one's own ---------------------------------------------------------------- */

START_TEST(a_limit_shifts_no_draw)
{
    /* What may not be done is drawn all the same: those that are done are done to the same. */
    char *told[2];
    for (int i = 0; i < 2; i++) {
        add(FAULT_PAUSE, 1)->duration = distribution_uniform(MS(10), MS(400));
        nemesis.gap = distribution_uniform(MS(20), MS(60));
        nemesis.out_limit = i == 0 ? OUT_ANY : OUT_MINORITY;
        begin(1);
        beat_run_to_ms(&beat, 9900);
        told[i] = strdup(beat_told(&beat, faults));
        tear_down();
        set_up();
    }
    add(FAULT_PAUSE, 1);
    begin(1);
    unsigned lines = 0;
    for (char *line = strtok(told[1], "\n"); line != NULL; line = strtok(NULL, "\n")) {
        ck_assert_ptr_nonnull(strstr(told[0], line));
        lines++;
    }
    ck_assert_uint_gt(lines, 30);
    ck_assert_uint_gt(strlen(told[0]), lines * 20);
    free(told[0]);
    free(told[1]);
}
END_TEST

START_TEST(a_kind_more_leaves_the_times_as_they_were_and_what_each_firing_draws)
{
    uint64_t at_ns[2][200], ends[2][200];
    uint32_t targets[2][200];
    size_t counts[2], firings[2];
    for (int i = 0; i < 2; i++) {
        struct fault_options *clock = add(FAULT_CLOCK, 1);
        clock->duration = distribution_uniform(MS(10), MS(400));
        if (i == 1)
            add(FAULT_SLOW_CPU, 1);
        nemesis.gap = distribution_uniform(MS(20), MS(200));
        begin(1);
        beat_run_to_ms(&beat, 9900);
        counts[i] = count();
        ck_assert(counts[i] > 50 && counts[i] < 200);
        firings[i] = 0;
        for (size_t r = 0; r < counts[i]; r++) {
            at_ns[i][r] = record(r)->at_ns;
            if (record(r)->kind == FAULT_CLOCK) {
                ends[i][firings[i]] = record(r)->until_ns - record(r)->at_ns;
                targets[i][firings[i]++] = record(r)->targets[0];
            }
        }
        tear_down();
        set_up();
    }
    add(FAULT_PAUSE, 1);
    begin(1);
    ck_assert_uint_eq(counts[0], counts[1]);
    ck_assert_mem_eq(at_ns[0], at_ns[1], counts[0] * sizeof at_ns[0][0]);
    ck_assert(firings[1] > 20 && firings[1] < firings[0]);
    ck_assert_mem_eq(ends[0], ends[1], firings[1] * sizeof ends[0][0]);
    ck_assert_mem_eq(targets[0], targets[1], firings[1] * sizeof targets[0][0]);
}
END_TEST

START_TEST(a_node_more_leaves_times_and_kinds_as_they_were)
{
    char *told[2];
    for (uint32_t i = 0; i < 2; i++) {
        add(FAULT_CLOCK, 1)->duration = distribution_uniform(MS(10), MS(400));
        add(FAULT_SLOW_CPU, 2);
        nemesis.gap = distribution_uniform(MS(20), MS(200));
        beat.small.groups[0].member_count = 4 + i;
        begin(1);
        beat_run_to_ms(&beat, 9900);
        told[i] = strdup(beat_told(&beat, faults));
        for (char *at = told[i]; (at = strchr(at, '\n')) != NULL; at++)
            at[-1] = '-'; /* whom */
        tear_down();
        set_up();
    }
    add(FAULT_PAUSE, 1);
    begin(1);
    ck_assert_uint_gt(strlen(told[0]), 1000);
    ck_assert_str_eq(told[0], told[1]);
    free(told[0]);
    free(told[1]);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("nemesis");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, faults_begin_a_gap_apart_between_start_and_stop);
    tcase_add_test(tcase, no_fault_begins_so_soon_after_anothers_end);
    tcase_add_test(tcase, what_is_placed_by_time_counts_for_the_calm_too);
    tcase_add_test(tcase, kinds_come_by_their_weights);
    tcase_add_test(tcase, the_same_seed_does_the_same_and_another_does_not);
    tcase_add_test(tcase, partitions_have_their_shapes_by_weight);
    tcase_add_test(tcase, halves_have_any_size_and_everybody_is_on_each_side_equally_often);
    tcase_add_test(tcase, so_many_partitions_are_symmetric_and_the_others_cut_one_direction);
    tcase_add_test(tcase, who_is_cut_off_is_not_heard);
    tcase_add_test(tcase, of_two_the_majority_leaves_nobody_and_of_three_there_is_no_ring);
    tcase_add_test(tcase, a_limit_shifts_no_draw);
    tcase_add_test(tcase, a_kind_more_leaves_the_times_as_they_were_and_what_each_firing_draws);
    tcase_add_test(tcase, a_node_more_leaves_times_and_kinds_as_they_were);
    Suite *suite = suite_create("nemesis");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
