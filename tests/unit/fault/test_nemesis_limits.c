/* How many the nemesis may put out of action: at no instant more than a minority of a group. */
#include <check.h>

#include "outages.h"
#include "support/suite.h"

enum { SEEDS = 150 };

START_TEST(at_no_instant_is_more_than_a_minority_of_a_group_out_of_action)
{
    unsigned at_limit[2] = { 0 };
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        beat_split(&beat, D, "server");      /* two groups of three ... */
        beat.small.instances[D].machine = A; /* ... which share two machines */
        beat.small.instances[E].machine = B;
        fill(2);
        nemesis.swarm = seed % 2 == 1;
        run_seed(seed);
        for (uint32_t g = 0; g < 2; g++) {
            ck_assert_msg(most[g] <= 1, "seed %u", (unsigned)seed);
            at_limit[g] += most[g] == 1;
        }
    }
    fill(2);
    beat_begin(&beat, 1, faults, nemesis.entry_count);
    ck_assert_uint_gt(at_limit[0], SEEDS / 4 * 3);
    ck_assert_uint_gt(at_limit[1], SEEDS / 4 * 3);
    for (size_t k = 0; k < KINDS; k++)
        ck_assert_msg(fired[k] > 0, "%s never fired", fault_kind_name(kinds[k].kind));
}
END_TEST

START_TEST(of_five_two_may_be_out_and_never_three)
{
    unsigned two = 0;
    for (uint64_t seed = 0; seed < SEEDS / 2; seed++) {
        beat.small.instances[B].machine = A;
        fill(1);
        run_seed(seed);
        ck_assert_msg(most[0] <= 2, "seed %u", (unsigned)seed);
        two += most[0] == 2;
    }
    fill(1);
    beat_begin(&beat, 1, faults, nemesis.entry_count);
    ck_assert_uint_gt(two, SEEDS / 8 * 3);
}
END_TEST

/* Each alone leaves 55 of 100 messages, two leave 30. */
START_TEST(losses_that_add_up_are_no_way_round_the_limit)
{
    unsigned fired_once = 0;
    for (uint64_t seed = 0; seed < 10; seed++) {
        fill(1);
        for (uint32_t i = 0; i < nemesis.entry_count; i++) {
            faults[i].sides = &sides[0][1];
            faults[i].amounts[AMOUNT_LOSS].distribution =
                distribution_constant(PROBABILITY_ONE / 20 * 9);
            if (faults[i].kind == FAULT_PACKETS)
                entries[0] = entries[i];
        }
        nemesis.entry_count = 1;
        beat_begin(&beat, seed, faults, KINDS);
        for (uint64_t ms = 101; ms < 2500; ms += 3) {
            beat_run_to_ms(&beat, ms);
            ck_assert_uint_eq(out_of(0), 0);
        }
        fired_once += fired_in_all() > 3;
        tear_down();
        set_up();
    }
    fill(1);
    beat_begin(&beat, 1, faults, nemesis.entry_count);
    ck_assert_uint_eq(fired_once, 10);
}
END_TEST

START_TEST(a_number_limits_instead_of_a_minority)
{
    static const uint32_t numbers[] = { 0, 1, 4 };
    for (int i = 0; i < 3; i++) {
        uint32_t highest = 0;
        for (uint64_t seed = 0; seed < 20; seed++) {
            fill(1);
            nemesis.out_limit = OUT_NUMBER;
            nemesis.out_max = numbers[i];
            run_seed(seed);
            highest = most[0] > highest ? most[0] : highest;
        }
        ck_assert_uint_eq(highest, numbers[i]);
    }
    fill(1);
    beat_begin(&beat, 1, faults, nemesis.entry_count);
}
END_TEST

START_TEST(beyond_its_tolerance_a_cluster_may_be_out_of_action_as_a_whole)
{
    unsigned all = 0;
    for (uint64_t seed = 0; seed < 20; seed++) {
        fill(1);
        nemesis.out_limit = OUT_ANY;
        run_seed(seed);
        all += most[0] == 5;
    }
    fill(1);
    beat_begin(&beat, 1, faults, nemesis.entry_count);
    ck_assert_uint_gt(all, 10);
}
END_TEST

/* The nemesis partitions a to e for 300 ms each time, two against three or one against four. */
static void partition_often(uint64_t halves, uint64_t isolate, uint64_t ring)
{
    fill(1);
    uint32_t p = 0;
    while (kinds[p].kind != FAULT_PARTITION)
        p++;
    entries[0] = entries[p];
    entries[0].shapes[SHAPE_HALVES] = halves;
    entries[0].shapes[SHAPE_ISOLATE_ONE] = isolate;
    entries[0].shapes[SHAPE_RING] = ring;
    entries[0].shapes[SHAPE_MAJORITY] = 0;
    entries[0].symmetric = PROBABILITY_ONE;
    nemesis.entry_count = 1;
    faults[p].duration = distribution_constant(MS(50));
}

/* The largest side must still be a majority without those that are down. */
START_TEST(no_partition_takes_the_quorum_from_those_that_are_left)
{
    static const struct {
        uint64_t halves, isolate, ring;
        uint32_t down; /* of five */
    } cases[] = { { 1, 0, 0, 0 }, { 0, 1, 0, 1 }, { 0, 1, 0, 2 }, { 0, 0, 1, 0 }, { 1, 1, 1, 1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        tear_down();
        set_up();
        partition_often(cases[i].halves, cases[i].isolate, cases[i].ring);
        beat_begin(&beat, i, faults, KINDS);
        beat_run_to_ms(&beat, 50);
        for (uint32_t d = 0; d < cases[i].down; d++)
            beat_ask(&beat, d, BEAT_STOP);
        uint32_t most_out = 0;
        for (uint64_t ms = 101; ms < 2500; ms += 3) {
            beat_run_to_ms(&beat, ms);
            uint32_t out = out_of(0);
            most_out = out > most_out ? out : most_out;
        }
        ck_assert_msg(most_out == 2, "case %zu", i);
        ck_assert_uint_gt(fired_in_all(), 3);
    }
}
END_TEST

START_TEST(clients_do_not_keep_a_machine_from_losing_its_power)
{
    beat_split(&beat, F, "client");
    beat.small.instances[F].machine = A;
    const struct selector a = NODE(A);
    const struct fault_side side = { &a, 1 };
    nemesis.entry_count = 1;
    entries[0] = (struct nemesis_entry){ .weight = 1 };
    faults[0] = (struct fault_options){ .id = "p",
                                        .kind = FAULT_POWER_LOSS,
                                        FOR_MS(50),
                                        .sides = &side,
                                        .side_count = 1,
                                        .unscheduled = true };
    beat_begin(&beat, 1, faults, 1);
    beat_run_to_ms(&beat, 2000);
    ck_assert(timeline_record(beat.timeline, 0)->fired);
    ck_assert_uint_gt(cluster_view(beat.cluster, F).incarnation, 1);
}
END_TEST

/* The nemesis knows these two kinds only. */
static void only(struct fault_options first, struct fault_options second)
{
    nemesis.entry_count = 2;
    faults[0] = first;
    faults[1] = second;
    for (uint32_t i = 0; i < 2; i++) {
        faults[i].unscheduled = true;
        entries[i] = (struct nemesis_entry){ .fault = i, .weight = 1 };
    }
}

START_TEST(of_four_one_may_be_out)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        beat_split(&beat, E, "client");
        fill(1);
        run_seed(seed);
        ck_assert_uint_eq(most[0], 1);
    }
    fill(1);
    beat_begin(&beat, 1, faults, nemesis.entry_count);
}
END_TEST

START_TEST(spares_count_once_they_have_joined)
{
    /* Of a, b and c one may be out; d and e join them and change nothing about that. */
    unsigned spares_met = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        beat.small.groups[0].member_count = 3;
        beat.small.groups[0].spare_count = 2;
        beat.small.instances[D].boot_at_ns = beat.small.instances[E].boot_at_ns = UINT64_MAX;
        fill(1);
        faults[nemesis.entry_count] = (struct fault_options){
            .id = "add", .kind = FAULT_ADD, AT_MS(1000), SIDES(SIDE(NODE(D), NODE(E)))
        };
        beat_begin_with_heal(&beat, seed, faults, nemesis.entry_count + 1, 2500, HEAL_ALL);
        uint32_t early = 0;
        for (uint64_t ms = 101; ms < 2500; ms += 3) {
            beat_run_to_ms(&beat, ms);
            uint32_t out = 0;
            for (uint32_t i = A; i <= E; i++)
                out += cluster_view(beat.cluster, i).incarnation > 0 && is_out(i);
            ck_assert_msg(out <= 1, "seed %u", (unsigned)seed);
            early += ms < 1000 && out > 0;
            spares_met += ms > 1003 && (is_out(D) || is_out(E));
        }
        ck_assert_uint_gt(early, 0); /* spares that are yet to join are not missed */
        tear_down();
        set_up();
    }
    fill(1);
    beat_begin(&beat, 1, faults, nemesis.entry_count);
    ck_assert_uint_gt(spares_met, 0);
}
END_TEST

START_TEST(who_has_stopped_itself_is_out)
{
    fill(1);
    beat_begin(&beat, 1, faults, nemesis.entry_count);
    beat_run_to_ms(&beat, 50);
    beat_ask(&beat, A, BEAT_STOP);
    beat_ask(&beat, B, BEAT_STOP);
    beat_run_to_ms(&beat, 2400);
    for (uint32_t i = C; i <= E; i++)
        ck_assert(!is_out(i) && cluster_view(beat.cluster, i).incarnation == 1);
}
END_TEST

START_TEST(a_power_loss_that_waits_for_a_step_counts_the_whole_machine)
{
    /* c may crash before a's order is given, but not while it waits: a, b and c would be three. */
    beat.small.instances[B].machine = A;
    only(
        (struct fault_options){
            .id = "p", .kind = FAULT_POWER_LOSS, AMOUNT(EFFECTS, 100), SIDES(SIDE(NODE(A))) },
        (struct fault_options){ .id = "c", .kind = FAULT_CRASH, FOR_MS(1), SIDES(SIDE(NODE(C))) });
    beat_begin(&beat, 1, faults, 2);
    beat_run_to_ms(&beat, 2400);
    bool waits = false;
    for (size_t r = 0; r < timeline_record_count(beat.timeline); r++) {
        bool loss = timeline_record(beat.timeline, r)->kind == FAULT_POWER_LOSS;
        ck_assert(loss || !waits);
        waits |= loss;
    }
    ck_assert(waits);
}
END_TEST

START_TEST(what_is_placed_by_time_counts_too)
{
    /* c's and d's disks have rotted by a fault of the timeline: nobody else may be put out. */
    fill(1);
    faults[nemesis.entry_count] = (struct fault_options){
        .id = "rot", .kind = FAULT_REPLACED_DISK, AT_MS(50), SIDES(SIDE(NODE(C), NODE(D)))
    };
    beat_begin(&beat, 1, faults, nemesis.entry_count + 1);
    beat_run_to_ms(&beat, 2400);
    for (uint32_t i = A; i <= E; i++)
        ck_assert(i == C || i == D || !is_out(i));
    ck_assert_uint_eq(cluster_view(beat.cluster, A).incarnation, 1);
    ck_assert_uint_gt(timeline_record_count(beat.timeline), 5);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("nemesis_limits");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, at_no_instant_is_more_than_a_minority_of_a_group_out_of_action);
    tcase_add_test(tcase, of_five_two_may_be_out_and_never_three);
    tcase_add_test(tcase, losses_that_add_up_are_no_way_round_the_limit);
    tcase_add_test(tcase, a_number_limits_instead_of_a_minority);
    tcase_add_test(tcase, beyond_its_tolerance_a_cluster_may_be_out_of_action_as_a_whole);
    tcase_add_test(tcase, no_partition_takes_the_quorum_from_those_that_are_left);
    tcase_add_test(tcase, clients_do_not_keep_a_machine_from_losing_its_power);
    tcase_add_test(tcase, a_power_loss_that_waits_for_a_step_counts_the_whole_machine);
    tcase_add_test(tcase, spares_count_once_they_have_joined);
    tcase_add_test(tcase, who_has_stopped_itself_is_out);
    tcase_add_test(tcase, of_four_one_may_be_out);
    tcase_add_test(tcase, what_is_placed_by_time_counts_too);
    Suite *suite = suite_create("nemesis_limits");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
