/* Who comes back at a heal, who does not, and what waits no longer. */
#include <check.h>

#include "beat.h"
#include "support/suite.h"

static struct beat beat;

static void set_up(void) { beat_init(&beat); }
static void tear_down(void) { beat_done(&beat); }

/* "ab...f": who is up. */
static const char *up(void)
{
    static char text[BEAT_NODES + 1];
    for (uint32_t i = A; i <= F; i++)
        text[i] = "abcdef."[beat_up(&beat, i) ? i : 6];
    return text;
}

/* What is up right behind the heal at 2 s. */
static const char *up_after(const struct fault_options *faults, uint32_t count, enum heal heal)
{
    beat_begin_with_heal(&beat, 1, faults, count, 2000, heal);
    beat_run_to_ms(&beat, 2010);
    return up();
}

#define DOWN(name, fault, ...)                                                                     \
    {                                                                                              \
        .id = (name), .kind = (fault), AT_MS(1000), SIDES(SIDE(__VA_ARGS__))                       \
    }

START_TEST(one_that_was_removed_stays_away_after_any_heal)
{
    /* Of a majority of the four others nobody is missing, so c stays down. */
    static const enum heal heals[] = { HEAL_ALL, HEAL_MAJORITY, HEAL_NONE };
    static const char *const expected[] = { "abc.ef", "ab..ef", "ab..ef" };
    for (int i = 0; i < 3; i++) {
        const struct fault_options faults[] = {
            DOWN("x", FAULT_REMOVE, NODE(D)),
            DOWN("y", FAULT_CRASH, NODE(C)),
        };
        ck_assert_str_eq(up_after(faults, 2, heals[i]), expected[i]);
        tear_down();
        set_up();
    }
    beat_begin(&beat, 1, NULL, 0);
}
END_TEST

START_TEST(a_majority_is_one_of_the_members_that_were_not_removed)
{
    /* c and d are removed: of a, b and e, two are to be up. */
    const struct fault_options faults[] = {
        DOWN("x", FAULT_REMOVE, NODE(C), NODE(D)),
        DOWN("y", FAULT_CRASH, NODE(A), NODE(B), NODE(E)),
    };
    ck_assert_str_eq(up_after(faults, 2, HEAL_MAJORITY), "ab...f");
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(up(), "ab...f");
    ck_assert_uint_eq(cluster_view(beat.cluster, C).incarnation, 1);
}
END_TEST

START_TEST(a_removed_one_is_never_started_for_a_majority)
{
    /* Only d is left: it is all the majority there is. */
    const struct fault_options faults[] = {
        DOWN("x", FAULT_REMOVE, NODE(A), NODE(B), NODE(C), NODE(E)),
        DOWN("y", FAULT_CRASH, NODE(D)),
    };
    ck_assert_str_eq(up_after(faults, 2, HEAL_MAJORITY), "...d.f");
}
END_TEST

START_TEST(one_that_has_never_joined_is_no_member)
{
    const struct fault_options faults[] = {
        DOWN("y", FAULT_CRASH, NODE(A), NODE(B), NODE(E)),
    };
    beat.small.instances[C].boot_at_ns = UINT64_MAX;
    beat.small.instances[D].boot_at_ns = UINT64_MAX;
    ck_assert_str_eq(up_after(faults, 1, HEAL_MAJORITY), "ab...f");
}
END_TEST

START_TEST(spares_that_have_joined_are_members)
{
    static const char *const expected[] = { "ab...f", "abc..f" };
    for (uint32_t i = 0; i < 2; i++) {
        const struct fault_options faults[] = {
            DOWN("y", FAULT_CRASH, NODE(A), NODE(B), NODE(C), NODE(D), NODE(E)),
            { .id = "x", .kind = FAULT_ADD, AT_MS(500), SIDES(SIDE(NODE(D), NODE(E))) },
        };
        beat.small.groups[0].member_count = 3;
        beat.small.groups[0].spare_count = 2;
        beat.small.instances[D].boot_at_ns = beat.small.instances[E].boot_at_ns = UINT64_MAX;
        ck_assert_str_eq(up_after(faults, 1 + i, HEAL_MAJORITY), expected[i]);
        tear_down();
        set_up();
    }
    beat_begin(&beat, 1, NULL, 0);
}
END_TEST

START_TEST(clients_all_come_back_and_servers_as_many_as_are_needed)
{
    static const char *const roles[] = { "client", "server", "coordinator" };
    static const char *const expected[] = { "ab.def", "ab.de.", "ab.de." };
    for (int i = 0; i < 3; i++) {
        const struct fault_options fault =
            DOWN("x", FAULT_CRASH, NODE(A), NODE(B), NODE(C), NODE(D), NODE(E), NODE(F));
        beat_split(&beat, D, roles[i]);
        ck_assert_str_eq(up_after(&fault, 1, HEAL_MAJORITY), expected[i]);
        tear_down();
        set_up();
    }
    beat_begin(&beat, 1, NULL, 0);
}
END_TEST

START_TEST(who_stopped_itself_is_not_started_for_a_majority)
{
    const struct fault_options faults[] = {
        DOWN("x", FAULT_CRASH, NODE(B), NODE(C), NODE(D), NODE(E)),
    };
    beat_begin_with_heal(&beat, 1, faults, 1, 2000, HEAL_MAJORITY);
    beat_run_to_ms(&beat, 900);
    beat_ask(&beat, A, BEAT_STOP);
    beat_run_to_ms(&beat, 2010);
    ck_assert_str_eq(up(), ".bcd.f");
}
END_TEST

START_TEST(one_that_two_faults_hold_down_is_started_for_a_majority)
{
    const struct fault_options faults[] = {
        DOWN("x", FAULT_CRASH, NODE(B), NODE(C), NODE(D), NODE(E)),
        { .id = "y", .kind = FAULT_POWER_LOSS, AT_MS(1500), SIDES(SIDE(NODE(A))) },
    };
    beat.small.instances[B].machine = A;
    ck_assert_str_eq(up_after(faults, 2, HEAL_MAJORITY), "abc..f");
    beat_run_to_ms(&beat, 9000);
    ck_assert_str_eq(up(), "abc..f");
}
END_TEST

START_TEST(a_crash_that_waits_for_a_step_does_not_come_after_a_heal)
{
    static const enum heal heals[] = { HEAL_ALL, HEAL_MAJORITY };
    for (int i = 0; i < 2; i++) {
        const struct fault_options faults[] = {
            /* b and c each crash in a beat, d to f wait for more than a beat. */
            { .id = "x",
              .kind = FAULT_CRASH,
              AMOUNT(EFFECTS, 3),
              AT_MS(1000),
              SIDES(SIDE(NODE(B), NODE(C))) },
            { .id = "y",
              .kind = FAULT_CRASH,
              AMOUNT(EFFECTS, 8),
              AT_MS(1000),
              SIDES(SIDE(NODE(D), NODE(E))) },
        };
        beat_begin_with_heal(&beat, 1, faults, 2, 2000, heals[i]);
        beat_run_to_ms(&beat, 1900);
        ck_assert_str_eq(up(), "a..def");
        beat_ask(&beat, D, BEAT_FILL); /* so that one of y's is down, and y outlasts the heal */
        beat_run_to_ms(&beat, 1950);
        ck_assert_str_eq(up(), "a...ef");
        beat_run_to_ms(&beat, 2010);
        ck_assert_str_eq(up(), i == 0 ? "abcdef" : "ab..ef");
        beat_ask(&beat, E, BEAT_FILL);
        beat_run_to_ms(&beat, 3000);
        ck_assert(beat_up(&beat, E));
        tear_down();
        set_up();
    }
    beat_begin(&beat, 1, NULL, 0);
}
END_TEST

START_TEST(every_kind_that_lasts_is_over_after_a_heal_of_all)
{
    static const struct {
        enum fault_kind kind;
        enum fault_amount amount;
        uint64_t value;
    } cases[] = {
        { FAULT_CRASH, AMOUNT_KINDS, 0 },
        { FAULT_POWER_LOSS, AMOUNT_KINDS, 0 },
        { FAULT_STOP, AMOUNT_KINDS, 0 },
        { FAULT_PAUSE, AMOUNT_KINDS, 0 },
        { FAULT_SLOW_CPU, AMOUNT_FACTOR, 9 << 16 },
        { FAULT_CLOG, AMOUNT_KINDS, 0 },
        { FAULT_PACKETS, AMOUNT_CORRUPT, PROBABILITY_ONE },
        { FAULT_SLOW_DISK, AMOUNT_FACTOR, 9 << 16 },
        { FAULT_STALLED_DISK, AMOUNT_KINDS, 0 },
        { FAULT_FAILING_DISK, AMOUNT_FLUSH, PROBABILITY_ONE },
        { FAULT_LYING_DISK, AMOUNT_FLUSH, PROBABILITY_ONE },
        { FAULT_FULL_DISK, AMOUNT_KINDS, 0 },
        { FAULT_DEAD_DISK, AMOUNT_KINDS, 0 },
        { FAULT_CLOCK, AMOUNT_DRIFT, 50000000 },
        { FAULT_SWIZZLE, AMOUNT_HOLD, 5000000000 },
        { FAULT_ROLLING_RESTART, AMOUNT_HOLD, 5000000000 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault_options fault = DOWN("x", cases[i].kind, NODE(A));
        if (cases[i].amount < AMOUNT_KINDS)
            fault.amounts[cases[i].amount].distribution.value = cases[i].value;
        beat_begin_with_heal(&beat, 1, &fault, 1, 2000, HEAL_ALL);
        beat_step_ns[A] = 1000;
        beat_run_to_ms(&beat, 1999);
        ck_assert(beat_any_lasts(&beat));
        beat_run_to_ms(&beat, 2000);
        ck_assert(!beat_any_lasts(&beat));
        ck_assert_uint_eq(timeline_record(beat.timeline, 0)->until_ns, 2000000000);
        beat_run_to_ms(&beat, 2100);
        uint64_t busy_ns = cluster_counters(beat.cluster, A)->busy_ns;
        beat_see_to_ms(&beat, 3102);
        busy_ns = cluster_counters(beat.cluster, A)->busy_ns - busy_ns;
        ck_assert(beat_seen.beats[A] >= 99 && beat_seen.beats[A] <= 101);
        ck_assert(busy_ns >= 99000 && busy_ns <= 101000);
        ck_assert(beat_seen.heard[B][A] >= 99 && beat_seen.heard[A][B] >= 99);
        ck_assert_uint_eq(beat_seen.damaged[B][A], 0);
        ck_assert_uint_eq(beat_flush_ns[A], 101000); /* and the step */
        ck_assert_int_eq(beat_flush_status[A], CS_DISK_OK);
        for (unsigned t = 0; t < DISK_TROUBLE_COUNT; t++)
            ck_assert_uint_eq(disk_trouble(cluster_disk(beat.cluster, A, 0), t), 0);
        tear_down();
        set_up();
    }
    beat_begin(&beat, 1, NULL, 0);
}
END_TEST

START_TEST(what_has_no_time_of_its_own_is_for_good_only_where_nothing_heals)
{
    static const enum heal heals[] = { HEAL_ALL, HEAL_NONE };
    static const char *const expected[] = { "abcdef", "...def" };
    for (int i = 0; i < 2; i++) {
        const struct fault_options faults[] = {
            DOWN("x", FAULT_CRASH, NODE(A)),
            DOWN("y", FAULT_POWER_LOSS, NODE(B)),
            DOWN("z", FAULT_STOP, NODE(C)),
            { .id = "w", .kind = FAULT_CLOCK, AT_MS(1000), SHIFTED(JUMP, 7), SIDES(SIDE(NODE(D))) },
        };
        beat_begin_with_heal(&beat, 1, faults, 4, 2000, heals[i]);
        beat_run_to_ms(&beat, 999);
        int64_t before_ns = beat_wall_ns[D];
        beat_run_to_ms(&beat, 1999);
        ck_assert_str_eq(up(), "...def");
        ck_assert_int_eq(beat_wall_ns[D], before_ns + 7);
        beat_run_to_ms(&beat, 9000);
        ck_assert_str_eq(up(), expected[i]);
        ck_assert_int_eq(beat_wall_ns[D], before_ns + (heals[i] == HEAL_NONE ? 7 : 0));
        tear_down();
        set_up();
    }
    beat_begin(&beat, 1, NULL, 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("heals");
    tcase_add_test(tcase, what_has_no_time_of_its_own_is_for_good_only_where_nothing_heals);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, one_that_was_removed_stays_away_after_any_heal);
    tcase_add_test(tcase, a_majority_is_one_of_the_members_that_were_not_removed);
    tcase_add_test(tcase, a_removed_one_is_never_started_for_a_majority);
    tcase_add_test(tcase, one_that_has_never_joined_is_no_member);
    tcase_add_test(tcase, spares_that_have_joined_are_members);
    tcase_add_test(tcase, clients_all_come_back_and_servers_as_many_as_are_needed);
    tcase_add_test(tcase, who_stopped_itself_is_not_started_for_a_majority);
    tcase_add_test(tcase, one_that_two_faults_hold_down_is_started_for_a_majority);
    tcase_add_test(tcase, a_crash_that_waits_for_a_step_does_not_come_after_a_heal);
    tcase_add_test(tcase, every_kind_that_lasts_is_over_after_a_heal_of_all);
    Suite *suite = suite_create("heals");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
