/* Messages fare as their links say, and nothing shifts anybody else's draws. */
#include "support/suite.h"
#include "world.h"

/* ---- Draws ----------------------------------------------------------------------------------- */

START_TEST(a_message_draws_loss_latency_jitter_reorder_and_duplicate_in_this_order)
{
    struct link_options link = world_uniform_link();
    link.jitter_ns = MILLISECOND;
    link.loss = link.reorder = link.duplicate = HALF;
    struct world world;
    world_init(&world, 2, link);
    struct random_stream stream =
        random_stream_of(random_key_pair(SEED, world.keys[0], world.keys[1], "message"));
    for (int i = 0; i < 1000; i++) {
        struct network_route route = world_send(&world, 0, 1);
        bool lost = random_chance(&stream, HALF);
        uint64_t delay_ns = distribution_sample(&link.latency, &stream);
        delay_ns += random_below(&stream, MILLISECOND + 1);
        bool late = random_chance(&stream, HALF);
        uint64_t more_ns = distribution_sample(&link.latency, &stream);
        bool twice = random_chance(&stream, HALF);
        uint64_t second_ns = distribution_sample(&link.latency, &stream);
        ck_assert_uint_eq(route.copies, lost ? 0 : twice ? 2 : 1);
        ck_assert_uint_eq(route.drop, lost ? NETWORK_LOST : NETWORK_DELIVERED);
        ck_assert_uint_eq(route.delay_ns[0], lost ? 0 : delay_ns + (late ? more_ns : 0));
        ck_assert_uint_eq(route.delay_ns[1], lost || !twice ? 0 : second_ns);
    }
    world_done(&world);
}
END_TEST

START_TEST(a_lost_message_draws_as_much_as_a_delivered_one)
{
    struct world safe, lossy;
    struct link_options link = world_uniform_link();
    world_init(&safe, 2, link);
    link.loss = HALF;
    world_init(&lossy, 2, link);
    int delivered = 0;
    for (int i = 0; i < 1000; i++) {
        struct network_route expected = world_send(&safe, 0, 1);
        struct network_route route = world_send(&lossy, 0, 1);
        if (route.drop == NETWORK_DELIVERED)
            ck_assert_uint_eq(route.delay_ns[0], expected.delay_ns[0]);
        delivered += route.drop == NETWORK_DELIVERED;
    }
    ck_assert_int_gt(delivered, 400);
    ck_assert_int_lt(delivered, 600);
    world_done(&safe);
    world_done(&lossy);
}
END_TEST

START_TEST(a_cut_message_draws_as_much_as_a_delivered_one)
{
    struct world whole, cut;
    world_init(&whole, 2, world_uniform_link());
    world_init(&cut, 2, world_uniform_link());
    uint32_t handle = world_cut_off(&cut, 1, 2, 1, false);
    for (int i = 0; i < 10; i++) {
        world_send(&whole, 0, 1);
        ck_assert_uint_eq(world_send(&cut, 0, 1).drop, NETWORK_CUT);
    }
    network_heal(cut.network, handle);
    ck_assert_uint_eq(world_send(&cut, 0, 1).delay_ns[0], world_send(&whole, 0, 1).delay_ns[0]);
    world_done(&whole);
    world_done(&cut);
}
END_TEST

START_TEST(adding_a_machine_shifts_no_other_pairs_delays)
{
    struct world small, large;
    world_init(&small, 3, world_uniform_link());
    world_init(&large, 4, world_uniform_link());
    network_free(large.network);
    /* The new machine comes first, so that the others have other numbers, and it talks to all. */
    for (uint32_t i = 1; i < 4; i++)
        large.keys[i] = small.keys[i - 1];
    large.keys[0] = 77;
    large.network = network_new(SEED, &large.topology, large.keys);
    for (int round = 0; round < 100; round++) {
        for (uint32_t from = 0; from < 3; from++) {
            world_send(&large, from + 1, 0);
            world_send(&large, 0, from + 1);
            uint32_t to = (from + 1) % 3;
            ck_assert_uint_eq(world_send(&large, from + 1, to + 1).delay_ns[0],
                              world_send(&small, from, to).delay_ns[0]);
        }
    }
    world_done(&small);
    world_done(&large);
}
END_TEST

START_TEST(the_two_directions_of_a_pair_and_two_seeds_have_streams_of_their_own)
{
    struct world world, other;
    world_init(&world, 2, world_uniform_link());
    world_init(&other, 2, world_uniform_link());
    network_free(other.network);
    other.network = network_new(SEED + 1, &other.topology, other.keys);
    uint64_t there_ns = world_send(&world, 0, 1).delay_ns[0];
    ck_assert_uint_ne(there_ns, world_send(&world, 1, 0).delay_ns[0]);
    ck_assert_uint_ne(there_ns, world_send(&other, 0, 1).delay_ns[0]);
    world_done(&world);
    world_done(&other);
}
END_TEST

START_TEST(pairs_keep_their_streams_while_their_table_grows)
{
    enum { COUNT = MACHINES_MAX };
    static uint64_t second_ns[COUNT * COUNT];
    struct world world, lonely;
    world_init(&world, COUNT, world_uniform_link());
    for (uint32_t pair = 0; pair < COUNT * COUNT; pair++)
        world_send(&world, pair / COUNT, pair % COUNT);
    for (uint32_t pair = COUNT * COUNT; pair-- > 0;)
        second_ns[pair] = world_send(&world, pair / COUNT, pair % COUNT).delay_ns[0];
    for (uint32_t pair = 0; pair < COUNT * COUNT; pair += 97) {
        world_init(&lonely, COUNT, world_uniform_link());
        world_send(&lonely, pair / COUNT, pair % COUNT);
        ck_assert_uint_eq(world_send(&lonely, pair / COUNT, pair % COUNT).delay_ns[0],
                          second_ns[pair]);
        world_done(&lonely);
    }
    world_done(&world);
}
END_TEST

/* ---- Rates and delays ------------------------------------------------------------------------ */

START_TEST(loss_duplication_and_reordering_come_at_their_rates)
{
    enum { TOTAL = 1000000 };
    struct link_options link = {
        .latency = distribution_constant(500),
        .loss = PROBABILITY_ONE / 100,
        .duplicate = PROBABILITY_ONE / 20,
        .reorder = PROBABILITY_ONE / 7,
    };
    struct world world;
    world_init(&world, 2, link);
    uint64_t lost = 0, duplicated = 0, reordered = 0;
    for (int i = 0; i < TOTAL; i++) {
        struct network_route route = world_send(&world, 0, 1);
        lost += route.drop == NETWORK_LOST;
        duplicated += route.copies == 2;
        reordered += route.copies > 0 && route.delay_ns[0] == 1000;
    }
    world_check_rate(lost, TOTAL, link.loss);
    world_check_rate(duplicated, TOTAL - lost, link.duplicate);
    world_check_rate(reordered, TOTAL - lost, link.reorder);
    world_done(&world);
}
END_TEST

START_TEST(certain_loss_loses_all_and_no_loss_loses_none)
{
    struct world safe, dead;
    struct link_options link = { .latency = distribution_constant(500) };
    world_init(&safe, 2, link);
    link.loss = PROBABILITY_ONE;
    world_init(&dead, 2, link);
    for (int i = 0; i < 1000; i++) {
        ck_assert_uint_eq(world_send(&safe, 0, 1).copies, 1);
        ck_assert_uint_eq(world_send(&dead, 0, 1).copies, 0);
    }
    world_done(&safe);
    world_done(&dead);
}
END_TEST

START_TEST(jitter_adds_up_to_its_bound)
{
    struct link_options link = { .latency = distribution_constant(500), .jitter_ns = 3 };
    struct world world;
    world_init(&world, 2, link);
    uint64_t seen = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t delay_ns = world_send(&world, 0, 1).delay_ns[0];
        ck_assert_uint_ge(delay_ns, 500);
        ck_assert_uint_le(delay_ns, 503);
        seen |= UINT64_C(1) << (delay_ns - 500);
    }
    ck_assert_uint_eq(seen, 0xf);
    world_done(&world);
}
END_TEST

START_TEST(a_machine_reaches_itself_at_once_whatever_is_cut)
{
    struct link_options link = { .latency = distribution_constant(500), .loss = PROBABILITY_ONE };
    struct world world;
    world_init(&world, 2, link);
    world_cut_off(&world, 1, 3, 3, false);
    struct network_route route = world_send(&world, 1, 1);
    ck_assert_uint_eq(route.drop, NETWORK_DELIVERED);
    ck_assert_uint_eq(route.copies, 1);
    ck_assert_uint_eq(route.delay_ns[0], 0);
    ck_assert(network_reachable(world.network, 1, 1));
    world_done(&world);
}
END_TEST

START_TEST(delays_have_an_end)
{
    struct link_options link = { .latency = distribution_constant(INT64_MAX),
                                 .reorder = PROBABILITY_ONE };
    struct world world;
    world_init(&world, 2, link);
    ck_assert_uint_eq(world_send(&world, 0, 1).delay_ns[0], NETWORK_DELAY_MAX);
    world_done(&world);
}
END_TEST

START_TEST(an_exceptional_pair_has_its_own_link)
{
    struct link_options links[] = { { .latency = distribution_constant(500) },
                                    { .latency = distribution_constant(9) } };
    struct link_exception exception = { .from = 2, .to = 0, .link = 1 };
    struct world world;
    world_init(&world, 3, links[0]);
    network_free(world.network);
    world.topology.links = links;
    world.topology.link_count = 2;
    world.topology.exceptions = &exception;
    world.topology.exception_count = 1;
    world.network = network_new(SEED, &world.topology, world.keys);
    ck_assert_uint_eq(world_send(&world, 2, 0).delay_ns[0], 9);
    ck_assert_uint_eq(world_send(&world, 0, 2).delay_ns[0], 500);
    world_done(&world);
}
END_TEST

static TCase *draw_tests(void)
{
    TCase *tests = tcase_create("draws");
    tcase_add_test(tests, a_message_draws_loss_latency_jitter_reorder_and_duplicate_in_this_order);
    tcase_add_test(tests, a_lost_message_draws_as_much_as_a_delivered_one);
    tcase_add_test(tests, a_cut_message_draws_as_much_as_a_delivered_one);
    tcase_add_test(tests, adding_a_machine_shifts_no_other_pairs_delays);
    tcase_add_test(tests, the_two_directions_of_a_pair_and_two_seeds_have_streams_of_their_own);
    tcase_add_test(tests, pairs_keep_their_streams_while_their_table_grows);
    return tests;
}

static TCase *link_tests(void)
{
    TCase *tests = tcase_create("links");
    tcase_add_test(tests, loss_duplication_and_reordering_come_at_their_rates);
    tcase_add_test(tests, certain_loss_loses_all_and_no_loss_loses_none);
    tcase_add_test(tests, jitter_adds_up_to_its_bound);
    tcase_add_test(tests, a_machine_reaches_itself_at_once_whatever_is_cut);
    tcase_add_test(tests, delays_have_an_end);
    tcase_add_test(tests, an_exceptional_pair_has_its_own_link);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("network");
    suite_add_tcase(suite, draw_tests());
    suite_add_tcase(suite, link_tests());
    return suite_run(suite);
}
