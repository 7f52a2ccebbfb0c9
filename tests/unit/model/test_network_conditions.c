/* Conditions do what they say to whom they say, and draw by their keys alone. */
#include "support/suite.h"
#include "world.h"

static const struct network_condition slower = { .delay = { .kind = DISTRIBUTION_CONSTANT,
                                                            .value = MILLISECOND } };

START_TEST(a_condition_holds_for_what_its_members_send_and_receive)
{
    struct world world;
    world_init(&world, 3, (struct link_options){ .latency = distribution_constant(500) });
    uint32_t condition = world_degrade(&world, 2, &slower);
    ck_assert_uint_eq(world_send(&world, 1, 0).delay_ns[0], MILLISECOND + 500);
    ck_assert_uint_eq(world_send(&world, 0, 1).delay_ns[0], MILLISECOND + 500);
    ck_assert_uint_eq(world_send(&world, 0, 2).delay_ns[0], 500);
    network_restore(world.network, condition);
    ck_assert_uint_eq(world_send(&world, 1, 0).delay_ns[0], 500);
    world_done(&world);
}
END_TEST

START_TEST(a_condition_shifts_no_draw_of_its_links)
{
    struct world plain, degraded;
    world_init(&plain, 2, world_uniform_link());
    world_init(&degraded, 2, world_uniform_link());
    uint32_t condition = world_degrade(&degraded, 3, &slower);
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(world_send(&degraded, 0, 1).delay_ns[0],
                          world_send(&plain, 0, 1).delay_ns[0] + MILLISECOND);
    }
    network_restore(degraded.network, condition);
    ck_assert_uint_eq(world_send(&degraded, 0, 1).delay_ns[0],
                      world_send(&plain, 0, 1).delay_ns[0]);
    world_done(&plain);
    world_done(&degraded);
}
END_TEST

START_TEST(each_copy_of_a_message_has_a_delay_of_its_own)
{
    struct world world;
    world_init(&world, 2,
               (struct link_options){ .latency = distribution_constant(500),
                                      .duplicate = PROBABILITY_ONE });
    struct network_condition condition = { .delay = distribution_uniform(0, MILLISECOND) };
    world_degrade(&world, 3, &condition);
    unsigned equal = 0;
    for (int i = 0; i < 100; i++) {
        struct network_route route = world_send(&world, 0, 1);
        ck_assert_uint_eq(route.copies, 2);
        equal += route.delay_ns[0] == route.delay_ns[1];
    }
    ck_assert_uint_eq(equal, 0);
    world_done(&world);
}
END_TEST

/* At 1 Mbit/s a message of 100 bytes takes 800 us. */
START_TEST(the_shortest_queue_of_the_conditions_drops_who_finds_it_full)
{
    struct world world;
    world_init(&world, 2,
               (struct link_options){ .latency = distribution_constant(500),
                                      .queue_limit_bytes = 100000 });
    struct network_condition condition = { .bandwidth_bits_per_s = 1000000, .key = 1 };
    world_degrade(&world, 3, &condition);
    condition.queue_limit_bytes = 250;
    uint32_t short_queue = world_degrade(&world, 3, &condition);
    condition.queue_limit_bytes = 1000;
    world_degrade(&world, 3, &condition);
    for (uint64_t i = 1; i <= 3; i++)
        ck_assert_uint_eq(world_send(&world, 0, 1).delay_ns[0], i * 800000 + 500);
    ck_assert_uint_eq(world_send(&world, 0, 1).copies, 0); /* it finds 300 bytes */
    network_restore(world.network, short_queue);
    ck_assert_uint_eq(world_send(&world, 0, 1).copies, 1);
    world_done(&world);
}
END_TEST

START_TEST(several_conditions_are_joined_as_independent_causes)
{
    enum { TOTAL = 1000000 };
    struct world world;
    world_init(&world, 2,
               (struct link_options){ .latency = distribution_constant(500),
                                      .loss = PROBABILITY_ONE / 8,
                                      .duplicate = PROBABILITY_ONE / 8 });
    struct network_condition condition = slower;
    condition.loss = PROBABILITY_ONE / 4;
    condition.duplicate = HALF;
    condition.key = 1;
    world_degrade(&world, 3, &condition);
    condition.key = 2;
    world_degrade(&world, 1, &condition);
    uint64_t lost = 0, duplicated = 0;
    for (int i = 0; i < TOTAL; i++) {
        struct network_route route = world_send(&world, 0, 1);
        lost += route.copies == 0;
        duplicated += route.copies == 2;
        for (uint32_t copy = 0; copy < route.copies; copy++)
            ck_assert_uint_eq(route.delay_ns[copy], 2 * MILLISECOND + 500);
    }
    /* Kept: 7/8 * 3/4 * 3/4 = 63/128.  Single: 7/8 * 1/2 * 1/2 = 7/32. */
    world_check_rate(lost, TOTAL, PROBABILITY_ONE / 128 * 65);
    world_check_rate(duplicated, TOTAL - lost, PROBABILITY_ONE / 32 * 25);
    world_done(&world);
}
END_TEST

/* Two conditions, the lossy one put in place before the other or after it. */
static void degrade_twice(struct world *world, bool lossy_first, bool restore_lossy)
{
    struct network_condition lossy = slower;
    struct network_condition uneven = { .key = 1,
                                        .delay = distribution_uniform(0, 1000 * MILLISECOND) };
    lossy.loss = HALF;
    uint32_t first = world_degrade(world, 3, lossy_first ? &lossy : &uneven);
    uint32_t second = world_degrade(world, 3, lossy_first ? &uneven : &lossy);
    if (restore_lossy)
        network_restore(world->network, lossy_first ? first : second);
}

START_TEST(restoring_one_condition_shifts_no_draw_of_another)
{
    struct world both, one;
    world_init(&both, 2, (struct link_options){ .latency = distribution_constant(500) });
    world_init(&one, 2, (struct link_options){ .latency = distribution_constant(500) });
    degrade_twice(&both, _i == 0, false);
    degrade_twice(&one, _i == 0, true);
    int compared = 0;
    for (int i = 0; i < 100; i++) {
        struct network_route expected = world_send(&one, 0, 1);
        struct network_route route = world_send(&both, 0, 1);
        if (route.copies == 0)
            continue;
        ck_assert_uint_eq(route.delay_ns[0], expected.delay_ns[0] + MILLISECOND);
        compared++;
    }
    ck_assert_int_gt(compared, 25);
    world_done(&both);
    world_done(&one);
}
END_TEST

/* ---- Keys ------------------------------------------------------------------------------------ */

START_TEST(a_condition_of_one_key_draws_the_same_whatever_else_is_in_place)
{
    struct network_condition watched = { .key = 99,
                                         .loss = PROBABILITY_ONE / 4,
                                         .duplicate = PROBABILITY_ONE / 4,
                                         .reorder = PROBABILITY_ONE / 4,
                                         .corrupt = PROBABILITY_ONE / 4,
                                         .burst_begin = PROBABILITY_ONE / 10,
                                         .burst_end = HALF,
                                         .delay = distribution_uniform(0, 1000 * MILLISECOND) };
    struct network_condition other = slower;
    struct world alone, crowded;
    world_init(&alone, 2, world_uniform_link());
    world_init(&crowded, 2, world_uniform_link());
    world_degrade(&alone, 3, &watched);
    for (other.key = 1; other.key <= 9; other.key++)
        world_degrade(&crowded, 3, &other);
    network_restore(crowded.network, 4); /* a handle in the middle is free again */
    ck_assert_uint_eq(world_degrade(&crowded, 3, &watched), 4);
    uint32_t doubled = 0, damaged = 0, lost = 0;
    for (int i = 0; i < 1000; i++) {
        struct network_route expected = world_send(&alone, 0, 1);
        struct network_route route = world_send(&crowded, 0, 1);
        ck_assert_uint_eq(route.drop, expected.drop);
        ck_assert_uint_eq(route.copies, expected.copies);
        for (uint32_t copy = 0; copy < route.copies; copy++) {
            ck_assert_uint_eq(route.delay_ns[copy], expected.delay_ns[copy] + 8 * MILLISECOND);
            ck_assert_uint_eq(route.damage[copy], expected.damage[copy]);
            damaged += route.damage[copy] != 0;
        }
        doubled += route.copies == 2;
        lost += route.drop == NETWORK_LOST;
    }
    ck_assert_uint_gt(lost, 100);
    ck_assert_uint_gt(doubled, 100);
    ck_assert_uint_gt(damaged, 100);
    world_done(&alone);
    world_done(&crowded);
}
END_TEST

/* Of 100000 messages, lost with 1/2: 50000 and five standard errors of 158; with 3/4: 75000 and
 * 137.
 */
static uint32_t lost_of_100000(uint64_t first_key, uint64_t second_key)
{
    struct network_condition condition = { .key = first_key, .loss = HALF };
    struct world world;
    uint32_t lost = 0;
    world_init(&world, 2, world_uniform_link());
    world_degrade(&world, 3, &condition);
    condition.key = second_key;
    world_degrade(&world, 3, &condition);
    for (int i = 0; i < 100000; i++)
        lost += world_send(&world, 0, 1).drop == NETWORK_LOST;
    world_done(&world);
    return lost;
}

START_TEST(conditions_of_one_key_lose_the_same_messages_and_those_of_two_keys_others)
{
    uint32_t same = lost_of_100000(7, 7);
    ck_assert_uint_gt(same, 49209);
    ck_assert_uint_lt(same, 50791);
    uint32_t different = lost_of_100000(7, 8);
    ck_assert_uint_gt(different, 74315);
    ck_assert_uint_lt(different, 75685);
}
END_TEST

START_TEST(a_place_that_is_taken_again_has_forgotten_its_bursts)
{
    struct network_condition endless = { .burst_begin = PROBABILITY_ONE };
    struct network_condition harmless = { .burst_end = 0 };
    struct world world;
    world_init(&world, 2, world_uniform_link());
    uint32_t first = world_degrade(&world, 3, &endless);
    ck_assert_uint_eq(world_send(&world, 0, 1).drop, NETWORK_LOST);
    network_restore(world.network, first);
    ck_assert_uint_eq(world_degrade(&world, 3, &harmless), first);
    ck_assert_uint_eq(world_send(&world, 0, 1).drop, NETWORK_DELIVERED);
    world_done(&world);
}
END_TEST

START_TEST(there_is_room_for_any_number_of_conditions)
{
    struct world world;
    world_init(&world, 2, (struct link_options){ .latency = distribution_constant(500) });
    for (uint32_t i = 0; i < 200; i++)
        ck_assert_uint_eq(world_degrade(&world, 3, &slower), i);
    ck_assert_uint_eq(world_send(&world, 0, 1).delay_ns[0], 200 * MILLISECOND + 500);
    for (uint32_t i = 0; i < 200; i += 2)
        network_restore(world.network, i);
    ck_assert_uint_eq(world_send(&world, 0, 1).delay_ns[0], 100 * MILLISECOND + 500);
    ck_assert_uint_eq(world_degrade(&world, 3, &slower), 0); /* the lowest that is free */
    ck_assert_uint_eq(world_degrade(&world, 3, &slower), 2);
    ck_assert_uint_eq(network_condition_count(world.network, 199), 2);
    world_done(&world);
}
END_TEST

START_TEST(each_of_many_conditions_has_its_own_bursts)
{
    /* The first loses all from its first message on, the others never begin. */
    struct world world;
    world_init(&world, 3, (struct link_options){ .latency = distribution_constant(500) });
    const struct network_condition never = { .key = 1, .burst_end = PROBABILITY_ONE };
    const struct network_condition always = { .key = 2, .burst_begin = PROBABILITY_ONE };
    for (uint32_t i = 0; i < 70; i++)
        world_degrade(&world, 7, &never);
    uint32_t handle = world_degrade(&world, 1, &always);
    for (int i = 0; i < 5; i++) {
        ck_assert_uint_eq(world_send(&world, 0, 1).copies, 0);
        ck_assert_uint_eq(world_send(&world, 1, 2).copies, 1);
    }
    ck_assert_uint_eq(network_condition_count(world.network, handle), 5);
    network_restore(world.network, handle);
    ck_assert_uint_eq(world_send(&world, 0, 1).copies, 1);
    world_done(&world);
}
END_TEST

START_TEST(what_conditions_let_through_in_the_long_run)
{
    const uint64_t one = PROBABILITY_ONE;
    struct world world;
    world_init(&world, 3, (struct link_options){ .latency = distribution_constant(500) });
    const struct network_condition loses = { .key = 1, .loss = one / 4, .corrupt = one / 2 };
    const struct network_condition bursts = { .key = 2,
                                              .burst_begin = one / 8,
                                              .burst_end = one / 4 };
    ck_assert_uint_eq(network_condition_spared(&slower), one);
    ck_assert_uint_eq(network_condition_spared(&loses), one / 8 * 3);
    ck_assert_uint_eq(network_condition_spared(&bursts), (uint64_t)((double)one / 3 * 2));
    ck_assert_uint_eq(network_spared(world.network, 0, 1), one);
    world_degrade(&world, 1, &loses);
    uint32_t twice = world_degrade(&world, 1, &loses);
    ck_assert_uint_eq(network_spared(world.network, 0, 1), one / 64 * 9);
    ck_assert_uint_eq(network_spared(world.network, 1, 2), one);
    ck_assert_uint_eq(network_spared(world.network, 0, 0), one);
    ck_assert_uint_eq(network_place_of(world.network, 1), network_place_of(world.network, 2));
    ck_assert_uint_ne(network_place_of(world.network, 0), network_place_of(world.network, 1));
    network_restore(world.network, twice);
    ck_assert_uint_eq(network_spared(world.network, 1, 0), one / 8 * 3);
    world_done(&world);
}
END_TEST

/* ---- Whom they concern ----------------------------------------------------------------------- */

START_TEST(a_directed_condition_concerns_what_its_senders_send_to_its_receivers)
{
    static const uint8_t from[] = { 1, 1, 0, 0 }, to[] = { 0, 1, 1, 0 };
    struct world world;
    world_init(&world, 4, (struct link_options){ .latency = distribution_constant(500) });
    network_degrade(world.network, from, to, &slower);
    for (uint32_t i = 0; i < 4; i++) {
        for (uint32_t j = 0; j < 4; j++) {
            bool concerned = i != j && i < 2 && (j == 1 || j == 2);
            uint64_t expected_ns = concerned ? 1000500 : i == j ? 0 : 500;
            ck_assert_uint_eq(world_send(&world, i, j).delay_ns[0], expected_ns);
        }
    }
    world_done(&world);
}
END_TEST

START_TEST(a_condition_concerns_messages_of_its_kinds_only)
{
    static const uint32_t kinds[] = { 3, 70000 };
    struct network_condition condition = slower;
    condition.kinds = kinds;
    condition.kind_count = 2;
    struct world world;
    struct network_route route;
    world_init(&world, 2, (struct link_options){ .latency = distribution_constant(500) });
    world_degrade(&world, 3, &condition);
    for (uint32_t kind = 0; kind < 6; kind++) {
        network_send(world.network, 0, 0, 1, kind, 100, &route);
        ck_assert_uint_eq(route.delay_ns[0], kind == 3 ? 1000500 : 500);
    }
    network_send(world.network, 0, 0, 1, 70000, 100, &route);
    ck_assert_uint_eq(route.delay_ns[0], 1000500);
    world_done(&world);
}
END_TEST

/* ---- What they do ---------------------------------------------------------------------------- */

/* Of 100000 messages, 1/20: 5000 and five standard errors of 69. */
START_TEST(a_condition_loses_doubles_reorders_and_harms_at_its_rates)
{
    struct network_condition condition = { .key = 5 };
    uint64_t *const rates[] = { &condition.loss, &condition.duplicate, &condition.reorder,
                                &condition.corrupt };
    struct world world;
    *rates[_i] = PROBABILITY_ONE / 20;
    world_init(&world, 2, (struct link_options){ .latency = distribution_constant(500) });
    uint32_t handle = world_degrade(&world, 3, &condition);
    uint32_t seen[4] = { 0 };
    for (int i = 0; i < 100000; i++) {
        struct network_route route = world_send(&world, 0, 1);
        seen[0] += route.drop == NETWORK_LOST;
        seen[1] += route.copies == 2;
        seen[2] += route.delay_ns[0] == 1000;
        seen[3] += route.damage[0] != 0;
    }
    ck_assert_uint_eq(network_condition_count(world.network, handle), seen[_i]);
    for (int i = 0; i < 4; i++) {
        ck_assert_uint_ge(seen[i], i == _i ? 4655 : 0);
        ck_assert_uint_le(seen[i], i == _i ? 5345 : 0);
    }
    world_done(&world);
}
END_TEST

START_TEST(a_condition_counts_what_it_has_done_and_not_what_a_cut_has)
{
    struct network_condition lossy = { .loss = PROBABILITY_ONE };
    struct network_condition idle = { .delay = distribution_constant(0) };
    struct world world;
    world_init(&world, 2, world_uniform_link());
    uint32_t loser = world_degrade(&world, 3, &lossy);
    uint32_t idler = world_degrade(&world, 3, &idle);
    uint32_t late = world_degrade(&world, 3, &slower);
    uint32_t cut = world_cut_off(&world, 1, 2, 1, false);
    world_send(&world, 0, 1);
    ck_assert_uint_eq(network_condition_count(world.network, loser), 0);
    network_heal(world.network, cut);
    world_send(&world, 0, 1);
    world_send(&world, 1, 0);
    ck_assert_uint_eq(network_condition_count(world.network, loser), 2);
    ck_assert_uint_eq(network_condition_count(world.network, idler), 0);
    ck_assert_uint_eq(network_condition_count(world.network, late),
                      0); /* what is lost is not late */
    network_restore(world.network, loser);
    world_send(&world, 0, 1);
    ck_assert_uint_eq(network_condition_count(world.network, late), 1);
    world_done(&world);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network conditions");
    TCase *tests = tcase_create("network conditions");
    tcase_add_test(tests, a_condition_holds_for_what_its_members_send_and_receive);
    tcase_add_test(tests, a_condition_shifts_no_draw_of_its_links);
    tcase_add_test(tests, each_copy_of_a_message_has_a_delay_of_its_own);
    tcase_add_test(tests, the_shortest_queue_of_the_conditions_drops_who_finds_it_full);
    tcase_add_test(tests, several_conditions_are_joined_as_independent_causes);
    tcase_add_loop_test(tests, restoring_one_condition_shifts_no_draw_of_another, 0, 2);
    tcase_add_test(tests, a_condition_of_one_key_draws_the_same_whatever_else_is_in_place);
    tcase_add_test(tests,
                   conditions_of_one_key_lose_the_same_messages_and_those_of_two_keys_others);
    tcase_add_test(tests, a_place_that_is_taken_again_has_forgotten_its_bursts);
    tcase_add_test(tests, there_is_room_for_any_number_of_conditions);
    tcase_add_test(tests, each_of_many_conditions_has_its_own_bursts);
    tcase_add_test(tests, what_conditions_let_through_in_the_long_run);
    tcase_add_test(tests, a_directed_condition_concerns_what_its_senders_send_to_its_receivers);
    tcase_add_test(tests, a_condition_concerns_messages_of_its_kinds_only);
    tcase_add_loop_test(tests, a_condition_loses_doubles_reorders_and_harms_at_its_rates, 0, 4);
    tcase_add_test(tests, a_condition_counts_what_it_has_done_and_not_what_a_cut_has);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
