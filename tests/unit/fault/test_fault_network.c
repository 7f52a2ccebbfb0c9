/* Faults of the network: rings, clogs, and each way in which packets fare worse. */
#include <check.h>

#include "beat.h"
#include "support/suite.h"

static struct beat beat;

static void set_up(void) { beat_init(&beat); }
static void tear_down(void) { beat_done(&beat); }

static void begin(const struct fault_options *faults, uint32_t count)
{
    beat_begin(&beat, 1, faults, count);
}

static bool heard(uint32_t to, uint32_t from) { return beat_seen.heard[to][from] > 0; }

/* "bcdef ac… ": for each instance whom it hears. */
static const char *hearing(void)
{
    static char text[64];
    char *at = text;
    for (uint32_t to = A; to <= F; to++) {
        for (uint32_t from = A; from <= F; from++) {
            if (heard(to, from))
                *at++ = "abcdef"[from];
        }
        *at++ = to < F ? ' ' : '\0';
    }
    return text;
}

static const char *const everybody = "bcdef acdef abdef abcef abcdf abcde";

/* ---- Rings ----------------------------------------------------------------------------------- */

START_TEST(in_a_ring_each_reaches_its_two_neighbours_and_who_is_not_in_it_reaches_all)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_RING,
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         SIDES(SIDE(NODE(A), NODE(C), NODE(E)),
                                               SIDE(NODE(B), NODE(D))) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    beat_see_to_ms(&beat, 1490); /* a c e b d, and a again */
    ck_assert_str_eq(hearing(), "cdf def aef abf bcf abcde");
    beat_run_to_ms(&beat, 1500);
    beat_see_to_ms(&beat, 1600);
    ck_assert_str_eq(hearing(), everybody);
}
END_TEST

START_TEST(a_ring_of_three_would_cut_nobody_off_and_does_not_fire)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_RING,
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A), NODE(B), NODE(C))) },
        { .id = "y",
          .kind = FAULT_RING,
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A), NODE(B), NODE(C), NODE(D))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1600);
    ck_assert_str_eq(beat_told(&beat, faults), "x#0 1s..1s a b c !\ny#0 1s..1.5s a b c d\n");
}
END_TEST

/* ---- Clogs ----------------------------------------------------------------------------------- */

START_TEST(what_a_clogged_instance_sends_and_receives_is_held_until_the_end)
{
    const struct fault_options fault = {
        .id = "x", .kind = FAULT_CLOG, AT_MS(1001), FOR_MS(500), SIDES(SIDE(NODE(A), NODE(B)))
    };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1001);
    beat_see_to_ms(&beat, 1500);
    ck_assert_str_eq(hearing(), "  def cef cdf cde");
    /* 49 beats of each: to and from one another, and to and from the four others. */
    ck_assert_uint_eq(cluster_held(beat.cluster), 49 * (2 + 8 + 8));
    ck_assert_uint_eq(cluster_counters(beat.cluster, A)->messages_held, 49 * 5);
    ck_assert_uint_eq(cluster_counters(beat.cluster, C)->messages_held, 49 * 2);
    beat_run_to_ms(&beat, 1505);
    ck_assert_uint_eq(beat_seen.heard[A][B], 50);
    ck_assert_uint_eq(beat_seen.heard[C][A], 50);
    ck_assert_uint_eq(beat_seen.heard[A][C], 50);
    ck_assert_uint_eq(cluster_held(beat.cluster), 0);
    beat_see_to_ms(&beat, 1600);
    ck_assert_str_eq(hearing(), everybody);
    ck_assert_str_eq(beat_told(&beat, &fault), "x#0 1.001s..1.501s a b\n");
}
END_TEST

START_TEST(a_clogged_link_holds_one_direction)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_CLOG_LINK,
                                         AT_MS(1001),
                                         FOR_MS(500),
                                         SIDES(SIDE(NODE(A)), SIDE(NODE(B), NODE(C))) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1001);
    beat_see_to_ms(&beat, 1500);
    ck_assert_str_eq(hearing(), "bcdef cdef bdef abcef abcdf abcde");
    beat_run_to_ms(&beat, 1505);
    ck_assert_uint_eq(beat_seen.heard[B][A], 50);
    ck_assert_uint_eq(beat_seen.heard[C][A], 50);
}
END_TEST

START_TEST(what_two_clogs_hold_goes_on_when_the_last_ends)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_CLOG, AT_MS(1001), FOR_MS(500), SIDES(SIDE(NODE(A))) },
        { .id = "y", .kind = FAULT_CLOG, AT_MS(1201), FOR_MS(600), SIDES(SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1001);
    beat_see_to_ms(&beat, 1790);
    /* What waits between a and b goes on at 1.801 s, all other of a's at 1.501 s. */
    ck_assert_uint_eq(beat_seen.heard[B][A], 0);
    ck_assert_uint_eq(beat_seen.heard[C][A], 78);
    ck_assert_uint_eq(beat_seen.heard[C][B], 20);
    beat_run_to_ms(&beat, 1805);
    ck_assert_uint_eq(beat_seen.heard[B][A], 80);
    ck_assert_uint_eq(beat_seen.heard[A][B], 80);
    ck_assert_uint_eq(beat_seen.heard[C][B], 80);
}
END_TEST

START_TEST(what_a_clog_has_held_is_dropped_by_a_partition_that_stands_at_its_end)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_CLOG, AT_MS(1001), FOR_MS(500), SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_PARTITION,
          AT_MS(1401),
          FOR_MS(400),
          SIDES(SIDE(NODE(A)), SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1001);
    beat_see_to_ms(&beat, 1700);
    ck_assert(!heard(A, B) && !heard(B, A));
    ck_assert_uint_ge(beat_seen.heard[C][A], 65);
    beat_run_to_ms(&beat, 1801);
    beat_see_to_ms(&beat, 1900);
    ck_assert_str_eq(hearing(), everybody);
    ck_assert_uint_le(beat_seen.heard[B][A], 10);
}
END_TEST

/* ---- Packets --------------------------------------------------------------------------------- */

/* What a fares, with one fault from 1 s to 1.5 s on what it sends and receives. */
static void fare(struct fault_options fault)
{
    static struct fault_options last;
    last = fault;
    tear_down();
    set_up();
    begin(&last, 1);
    beat_run_to_ms(&beat, 1000);
    beat_see_to_ms(&beat, 1492);
}

/* And a second later, when it must be as if nothing had been. */
static void assert_over(void)
{
    uint64_t later_ms = cluster_now(beat.cluster) / 10000000 * 10 + 1010;
    beat_run_to_ms(&beat, later_ms);
    beat_see_to_ms(&beat, later_ms + 500);
    for (uint32_t to = A; to <= F; to++) {
        for (uint32_t from = A; from <= F; from++) {
            ck_assert_uint_eq(beat_seen.heard[to][from], to != from ? 49 : 0);
            ck_assert_uint_eq(beat_seen.damaged[to][from], 0);
            ck_assert_uint_eq(beat_seen.delay_max[to][from], to != from ? 1000000 : 0);
        }
    }
}

#define PACKETS(...)                                                                               \
    fare((struct fault_options){ .id = "x",                                                        \
                                 .kind = FAULT_PACKETS,                                            \
                                 AT_MS(1000),                                                      \
                                 FOR_MS(500),                                                      \
                                 SIDES(SIDE(NODE(A))),                                             \
                                 __VA_ARGS__ })

static uint64_t changed(void) { return timeline_record(beat.timeline, 0)->changed; }

START_TEST(a_message_may_come_twice)
{
    begin(NULL, 0);
    PACKETS(AMOUNT(DUPLICATE, PROBABILITY_ONE));
    ck_assert_uint_eq(beat_seen.heard[A][B], 98);
    ck_assert_uint_eq(beat_seen.heard[B][A], 98);
    ck_assert_uint_eq(beat_seen.heard[B][C], 49);
    assert_over();
    ck_assert_uint_eq(changed(), 50 * 10);
}
END_TEST

START_TEST(a_message_may_draw_a_second_delay)
{
    begin(NULL, 0);
    PACKETS(AMOUNT(REORDER, PROBABILITY_ONE));
    ck_assert_uint_eq(beat_seen.delay_max[A][B], 2000000);
    ck_assert_uint_eq(beat_seen.delay_max[B][A], 2000000);
    ck_assert_uint_eq(beat_seen.delay_max[B][C], 1000000);
    assert_over();
}
END_TEST

START_TEST(a_message_may_be_damaged)
{
    begin(NULL, 0);
    PACKETS(AMOUNT(CORRUPT, PROBABILITY_ONE));
    ck_assert_uint_eq(beat_seen.damaged[A][B], 49);
    ck_assert_uint_eq(beat_seen.damaged[B][A], 49);
    ck_assert_uint_eq(beat_seen.damaged[B][C], 0);
    assert_over();
}
END_TEST

START_TEST(a_message_may_be_delayed)
{
    begin(NULL, 0);
    PACKETS(.delay = { .value = 3000000 });
    ck_assert_uint_eq(beat_seen.delay_max[A][B], 4000000);
    ck_assert_uint_eq(beat_seen.delay_max[B][A], 4000000);
    ck_assert_uint_eq(beat_seen.delay_max[B][C], 1000000);
    assert_over();
}
END_TEST

START_TEST(a_message_may_find_little_bandwidth)
{
    begin(NULL, 0);
    PACKETS(AMOUNT(BANDWIDTH, 64000)); /* the 128 bits of a beat take 2 ms */
    ck_assert_uint_eq(beat_seen.delay_max[A][B], 3000000);
    ck_assert_uint_eq(beat_seen.delay_max[B][A], 3000000);
    ck_assert_uint_eq(beat_seen.delay_max[B][C], 1000000);
    assert_over();
}
END_TEST

START_TEST(bursts_lose_many_in_a_row)
{
    begin(NULL, 0);
    PACKETS(AMOUNT(BURST_BEGIN, PROBABILITY_ONE)); /* and none ever ends */
    ck_assert_uint_eq(beat_seen.heard[A][B], 0);
    ck_assert_uint_eq(beat_seen.heard[B][A], 0);
    ck_assert_uint_eq(beat_seen.heard[B][C], 49);
    assert_over();
    PACKETS(AMOUNT(BURST_END, PROBABILITY_ONE)); /* none ever begins */
    ck_assert_uint_eq(beat_seen.heard[A][B], 49);
    /* Each tenth message begins one, which ends with a later one by the same chance: about half of
     * all are lost, about ten in a row.  Alone, each second would be a gap of its own. */
    PACKETS(AMOUNT(BURST_BEGIN, PROBABILITY_ONE / 10), AMOUNT(BURST_END, PROBABILITY_ONE / 10));
    unsigned came = 0, gaps = 0;
    for (uint32_t i = B; i <= F; i++) {
        came += beat_seen.heard[A][i] + beat_seen.heard[i][A];
        gaps += beat_seen.gaps[A][i] + beat_seen.gaps[i][A];
    }
    ck_assert(came > 120 && came < 370); /* of 490 */
    ck_assert(gaps > 5 && gaps < 60);
    assert_over();
}
END_TEST

START_TEST(packets_may_fare_worse_by_kind)
{
    static const uint32_t kinds[] = { 5, 1 };
    begin(NULL, 0);
    PACKETS(AMOUNT(LOSS, PROBABILITY_ONE), .message_kinds = kinds, .message_kind_count = 2);
    ck_assert_uint_eq(beat_seen.odd[A][B], 0);
    ck_assert_uint_eq(beat_seen.odd[B][A], 0);
    ck_assert(beat_seen.heard[A][B] >= 24 && beat_seen.heard[A][B] <= 25);
    ck_assert(beat_seen.odd[B][C] >= 24 && beat_seen.odd[B][C] <= 25);
    assert_over();
    ck_assert_uint_eq(changed(), 25 * 10);
}
END_TEST

START_TEST(packets_from_some_to_others_fare_worse_one_way)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_PACKETS,
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         AMOUNT(LOSS, PROBABILITY_ONE),
                                         SIDES(SIDE(NODE(A), NODE(B)), SIDE(NODE(C))) };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    beat_see_to_ms(&beat, 1490);
    ck_assert_str_eq(hearing(), "bcdef acdef def abcef abcdf abcde");
    assert_over();
    ck_assert_uint_eq(changed(), 50 * 2);
}
END_TEST

START_TEST(what_two_faults_do_to_packets_adds_up_and_each_ends_for_itself)
{
    const struct fault_options faults[] = {
        { .id = "x",
          .kind = FAULT_PACKETS,
          AT_MS(1000),
          FOR_MS(2000),
          .delay = { .value = 2000000 },
          AMOUNT(LOSS, PROBABILITY_ONE / 2),
          SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_PACKETS,
          AT_MS(2000),
          FOR_MS(2000),
          .delay = { .value = 3000000 },
          AMOUNT(LOSS, PROBABILITY_ONE / 2),
          SIDES(SIDE(NODE(A))) },
    };
    static const struct {
        unsigned low, high; /* of 980 messages to and from a; with half and with a quarter */
        uint64_t delay_ns;
    } cases[] = { { 412, 568, 3000000 }, { 177, 313, 6000000 }, { 412, 568, 4000000 } };
    begin(faults, 2);
    for (unsigned i = 0; i < 3; i++) {
        beat_run_to_ms(&beat, 1000 + 1000 * i);
        beat_see_to_ms(&beat, 1985 + 1000 * i);
        unsigned came = 0;
        for (uint32_t n = B; n <= F; n++)
            came += beat_seen.heard[A][n] + beat_seen.heard[n][A];
        ck_assert(came >= cases[i].low && came <= cases[i].high);
        ck_assert_uint_eq(beat_seen.delay_max[A][B], cases[i].delay_ns);
    }
    assert_over();
}
END_TEST

START_TEST(what_a_firing_draws_about_packets_is_its_own)
{
    const struct fault_options fault = {
        .id = "x",
        .kind = FAULT_PACKETS,
        AT_MS(1000),
        FOR_MS(200),
        .amounts[AMOUNT_LOSS] = { distribution_uniform(0, PROBABILITY_ONE), 0 },
        SIDES(SIDE(NODE(A))),
        .repeats = true,
        .every = { .value = 300000000 },
        .repeat_count = 20
    };
    begin(&fault, 1);
    beat_run_to_ms(&beat, 9000);
    int64_t lowest = INT64_MAX, highest = 0;
    for (size_t i = 0; i < 20; i++) {
        int64_t loss = timeline_record(beat.timeline, i)->amounts[AMOUNT_LOSS];
        ck_assert(loss >= 0 && loss <= (int64_t)PROBABILITY_ONE);
        lowest = loss < lowest ? loss : lowest;
        highest = loss > highest ? loss : highest;
    }
    ck_assert_int_lt(lowest, (int64_t)PROBABILITY_ONE / 4);
    ck_assert_int_gt(highest, (int64_t)PROBABILITY_ONE / 4 * 3);
}
END_TEST

/* ---- Places ---------------------------------------------------------------------------------- */

START_TEST(a_machine_with_instances_on_two_sides_is_on_the_last_ones)
{
    const struct fault_options fault = { .id = "x",
                                         .kind = FAULT_PARTITION,
                                         AT_MS(1000),
                                         FOR_MS(500),
                                         SIDES(SIDE(NODE(A), NODE(C)), SIDE(NODE(B), NODE(D))) };
    beat.small.instances[B].machine = A;
    begin(&fault, 1);
    beat_run_to_ms(&beat, 1000);
    beat_see_to_ms(&beat, 1490);
    ck_assert(heard(A, B) && heard(B, A));
    ck_assert(heard(D, A) && heard(D, B) && heard(A, D) && heard(B, D));
    ck_assert(!heard(C, A) && !heard(C, B) && !heard(A, C) && !heard(B, C));
    ck_assert(!heard(C, D));
}
END_TEST

START_TEST(a_cut_holds_for_who_starts_behind_it)
{
    const struct fault_options faults[] = {
        { .id = "x", .kind = FAULT_CRASH, AT_MS(900), FOR_MS(300), SIDES(SIDE(NODE(A))) },
        { .id = "y",
          .kind = FAULT_PARTITION,
          AT_MS(1000),
          FOR_MS(500),
          SIDES(SIDE(NODE(A)), SIDE(NODE(B))) },
    };
    begin(faults, 2);
    beat_run_to_ms(&beat, 1200);
    beat_see_to_ms(&beat, 1490);
    ck_assert(heard(C, A) && !heard(B, A) && !heard(A, B));
    beat_run_to_ms(&beat, 1600);
    ck_assert(heard(B, A) && heard(A, B));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("network");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase,
                   in_a_ring_each_reaches_its_two_neighbours_and_who_is_not_in_it_reaches_all);
    tcase_add_test(tcase, a_ring_of_three_would_cut_nobody_off_and_does_not_fire);
    tcase_add_test(tcase, what_a_clogged_instance_sends_and_receives_is_held_until_the_end);
    tcase_add_test(tcase, a_clogged_link_holds_one_direction);
    tcase_add_test(tcase, what_two_clogs_hold_goes_on_when_the_last_ends);
    tcase_add_test(tcase, what_a_clog_has_held_is_dropped_by_a_partition_that_stands_at_its_end);
    tcase_add_test(tcase, a_message_may_come_twice);
    tcase_add_test(tcase, a_message_may_draw_a_second_delay);
    tcase_add_test(tcase, a_message_may_be_damaged);
    tcase_add_test(tcase, a_message_may_be_delayed);
    tcase_add_test(tcase, a_message_may_find_little_bandwidth);
    tcase_add_test(tcase, bursts_lose_many_in_a_row);
    tcase_add_test(tcase, packets_may_fare_worse_by_kind);
    tcase_add_test(tcase, packets_from_some_to_others_fare_worse_one_way);
    tcase_add_test(tcase, what_two_faults_do_to_packets_adds_up_and_each_ends_for_itself);
    tcase_add_test(tcase, what_a_firing_draws_about_packets_is_its_own);
    tcase_add_test(tcase, a_machine_with_instances_on_two_sides_is_on_the_last_ones);
    tcase_add_test(tcase, a_cut_holds_for_who_starts_behind_it);
    Suite *suite = suite_create("fault_network");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
