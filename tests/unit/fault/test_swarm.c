/* The swarm: which kinds of fault each seed has, and how often they come. */
#include <check.h>
#include <string.h>

#include "beat.h"
#include "support/suite.h"

enum { ENTRIES_MAX = 8 };

static struct beat beat;
static struct fault_options faults[ENTRIES_MAX];
static struct nemesis_entry entries[ENTRIES_MAX];
static struct nemesis_options nemesis;

static const struct selector any_of_all = { .kind = SELECT_ONE, .any_role = true };
static const struct fault_side any_side = { &any_of_all, 1 };

static void set_up(void)
{
    beat_init(&beat);
    memset(faults, 0, sizeof faults);
    memset(entries, 0, sizeof entries);
    nemesis = (struct nemesis_options){ .entries = entries,
                                        .start_ns = MS(1000),
                                        .stop_ns = MS(9000),
                                        .gap = { .value = MS(8) },
                                        .swarm = true,
                                        .out_limit = OUT_ANY };
    beat.nemesis = &nemesis;
}

static void tear_down(void) { beat_done(&beat); }

/* One more kind, of any one, for 10 ms; of equal weights. */
static void add(enum fault_kind kind)
{
    uint32_t index = nemesis.entry_count++;
    cs_assert(index < ENTRIES_MAX);
    faults[index] = (struct fault_options){ .id = fault_kind_name(kind),
                                            .kind = kind,
                                            FOR_MS(10),
                                            AMOUNT(FACTOR, 2 << 16),
                                            AMOUNT(DRIFT, 1),
                                            AMOUNT(LOSS, 1),
                                            .sides = &any_side,
                                            .side_count = 1,
                                            .unscheduled = true };
    entries[index] = (struct nemesis_entry){ .fault = index, .weight = 1 };
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

static const enum fault_kind harmless[] = { FAULT_SLOW_CPU, FAULT_CLOCK, FAULT_SLOW_DISK,
                                            FAULT_PACKETS };

/* Which kinds there are, a bit each, and how many faults. */
static unsigned swarm_of(uint64_t seed, size_t *ret_count)
{
    unsigned seen = 0;
    tear_down();
    beat_init(&beat);
    beat.nemesis = &nemesis;
    beat_quiet = true;
    begin(seed);
    beat_run_to_ms(&beat, 9500);
    for (size_t i = 0; i < count(); i++)
        seen |= 1u << record(i)->kind;
    *ret_count = count();
    return seen;
}

START_TEST(a_swarm_draws_for_each_seed_which_kinds_there_are_and_how_many)
{
    unsigned in[4] = { 0 }, alone = 0, several_gaps[5] = { 0 };
    size_t faults_seen;
    for (int i = 0; i < 4; i++)
        add(harmless[i]);
    begin(1);
    for (uint64_t seed = 0; seed < 400; seed++) {
        unsigned seen = swarm_of(seed, &faults_seen);
        ck_assert_uint_ne(seen, 0);
        alone += (seen & (seen - 1)) == 0;
        for (int i = 0; i < 4; i++)
            in[i] += seen >> harmless[i] & 1;
        /* Gaps of 2, 4, 8, 16 or 32 ms in 8 s. */
        int gaps = 0;
        while (faults_seen < (size_t)(3999 >> gaps) - 8)
            gaps++;
        ck_assert_int_lt(gaps, 5);
        several_gaps[gaps]++;
    }
    /* Each is in with one half, or where it is all there is: with 1/2 + 1/4 * 1/16.  One alone is
     * in with 4 / 16 and, where none was, with 1 / 16. */
    for (int i = 0; i < 4; i++)
        ck_assert(is_share(in[i], 400, 1 / 2.0 + 1 / 64.0));
    ck_assert(is_share(alone, 400, 5 / 16.0));
    for (int i = 0; i < 5; i++)
        ck_assert(is_share(several_gaps[i], 400, 1 / 5.0));
}
END_TEST

/* Each weight is multiplied by 1, 2, 4 or 8: of two kinds of equal weight the second has one of
 * these shares. */
static const double swarm_shares[] = {
    1 / 9.0, 1 / 5.0, 1 / 3.0, 1 / 2.0, 2 / 3.0, 4 / 5.0, 8 / 9.0
};

START_TEST(a_swarm_multiplies_each_weight_by_a_power_of_two_up_to_eight)
{
    unsigned both = 0, seen[7] = { 0 };
    add(FAULT_SLOW_CPU);
    add(FAULT_CLOCK);
    nemesis.gap.value = MS(2);
    begin(1);
    for (uint64_t seed = 0; seed < 100; seed++) {
        size_t n, second = 0;
        unsigned kinds = swarm_of(seed, &n);
        for (size_t i = 0; i < n; i++)
            second += record(i)->kind == FAULT_CLOCK;
        if ((kinds & (kinds - 1)) == 0 || n < 900)
            continue;
        both++;
        int share = 0;
        while (share < 7 && !is_share((unsigned)second, (unsigned)n, swarm_shares[share]))
            share++;
        ck_assert_msg(share < 7, "%zu of %zu", second, n);
        seen[share]++;
    }
    ck_assert_uint_gt(both, 10);
    /* Both are multiplied alike in a quarter of the cases. */
    ck_assert(is_share(seen[3], both, 1 / 4.0));
    ck_assert_uint_gt(seen[0] + seen[6], 0);
}
END_TEST

START_TEST(a_kind_more_does_not_change_which_others_a_swarm_has)
{
    unsigned without[50];
    size_t counts[50], other;
    for (int i = 1; i < 4; i++)
        add(harmless[i]);
    begin(1);
    for (uint64_t seed = 0; seed < 50; seed++)
        without[seed] = swarm_of(seed, &counts[seed]);
    tear_down();
    set_up();
    for (int i = 0; i < 4; i++)
        add(harmless[i]);
    begin(1);
    for (uint64_t seed = 0; seed < 50; seed++) {
        unsigned with = swarm_of(seed, &other) & ~(1u << FAULT_SLOW_CPU);
        ck_assert_uint_eq(other, counts[seed]);
        bool alone = (without[seed] & (without[seed] - 1)) == 0; /* perhaps for want of others */
        ck_assert(with == without[seed] || (alone && with == 0));
    }
}
END_TEST

START_TEST(the_order_in_which_kinds_stand_does_not_change_which_a_swarm_has)
{
    unsigned forward[60];
    size_t n;
    add(harmless[0]);
    add(harmless[1]);
    begin(1);
    for (uint64_t seed = 0; seed < 60; seed++)
        forward[seed] = swarm_of(seed, &n);
    tear_down();
    set_up();
    add(harmless[1]);
    add(harmless[0]);
    begin(1);
    for (uint64_t seed = 0; seed < 60; seed++)
        ck_assert_uint_eq(swarm_of(seed, &n), forward[seed]);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("swarm");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_swarm_draws_for_each_seed_which_kinds_there_are_and_how_many);
    tcase_add_test(tests, a_swarm_multiplies_each_weight_by_a_power_of_two_up_to_eight);
    tcase_add_test(tests, a_kind_more_does_not_change_which_others_a_swarm_has);
    tcase_add_test(tests, the_order_in_which_kinds_stand_does_not_change_which_a_swarm_has);
    Suite *suite = suite_create("swarm");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
