/* Cuts and clogs stand between whom they were told to, alone and together. */
#include "support/suite.h"
#include "world.h"

static void check_reachable(const struct world *world, uint32_t from, uint32_t to, bool expected)
{
    ck_assert_msg(network_reachable(world->network, from, to) == expected, "%u to %u", from, to);
}

START_TEST(a_cut_blocks_both_ways_between_its_sides_and_nothing_within)
{
    struct world world;
    world_init(&world, 3, world_uniform_link());
    uint32_t cut = world_cut_off(&world, 2, 2, 1, false);
    check_reachable(&world, 0, 2, false);
    check_reachable(&world, 2, 0, false);
    check_reachable(&world, 0, 1, true);
    network_heal(world.network, cut);
    check_reachable(&world, 0, 2, true);
    check_reachable(&world, 2, 0, true);
    world_done(&world);
}
END_TEST

START_TEST(a_cut_blocks_one_way_only_when_told_so)
{
    struct world world;
    world_init(&world, 3, world_uniform_link());
    world_cut_off(&world, 2, 2, 0, false); /* the others cannot reach it */
    check_reachable(&world, 0, 2, false);
    check_reachable(&world, 2, 0, true);
    ck_assert_uint_eq(world_send(&world, 0, 2).drop, NETWORK_CUT);
    ck_assert_uint_eq(world_send(&world, 0, 2).copies, 0);
    ck_assert_uint_eq(world_send(&world, 2, 0).drop, NETWORK_DELIVERED);
    world_done(&world);
}
END_TEST

START_TEST(a_ring_of_sides_reaches_its_neighbours_only)
{
    static const uint8_t sides[] = { 0, 1, 2, 3, 4 };
    static const uint64_t blocked[NETWORK_SIDES_MAX] = { 0x0c, 0x18, 0x11, 0x03, 0x06 };
    struct world world;
    world_init(&world, 5, world_uniform_link());
    network_cut(world.network, sides, blocked, false);
    for (uint32_t from = 0; from < 5; from++) {
        check_reachable(&world, from, (from + 1) % 5, true);
        check_reachable(&world, from, (from + 4) % 5, true);
        check_reachable(&world, from, (from + 2) % 5, false);
        check_reachable(&world, from, (from + 3) % 5, false);
    }
    world_done(&world);
}
END_TEST

START_TEST(a_pair_is_cut_until_the_last_cut_between_it_is_healed)
{
    struct world world;
    world_init(&world, 3, world_uniform_link());
    uint32_t first = world_cut_off(&world, 2, 2, 1, false);
    uint32_t second = world_cut_off(&world, 1, 2, 1, false);
    network_heal(world.network, first);
    check_reachable(&world, 1, 2, false);
    check_reachable(&world, 0, 2, true);
    network_heal(world.network, second);
    check_reachable(&world, 1, 2, true);
    world_done(&world);
}
END_TEST

/* Against a list of cuts that is asked one by one. */
struct listed_cut {
    uint64_t blocked[NETWORK_SIDES_MAX];
    uint32_t handle;
    bool in_place, clog;
    uint8_t sides[9];
};

static void put_or_heal(struct world *world, struct listed_cut *cut, struct random_stream *stream)
{
    cut->in_place = !cut->in_place;
    if (!cut->in_place) {
        network_heal(world->network, cut->handle);
        return;
    }
    for (size_t i = 0; i < 9; i++)
        cut->sides[i] = (uint8_t)random_below(stream, NETWORK_SIDES_MAX);
    for (size_t s = 0; s < NETWORK_SIDES_MAX; s++)
        cut->blocked[s] = UINT64_C(1) << random_below(stream, 64);
    cut->clog = random_chance(stream, HALF);
    cut->handle = network_cut(world->network, cut->sides, cut->blocked, cut->clog);
}

START_TEST(any_set_of_cuts_and_clogs_blocks_what_any_of_them_blocks)
{
    enum { CUTS = 150 };
    static struct listed_cut cuts[CUTS];
    struct random_stream stream = random_stream_of(8);
    struct world world;
    uint32_t seen[NETWORK_DROP_COUNT] = { 0 };
    world_init(&world, 9, world_uniform_link());
    for (int step = 0; step < 3000; step++) {
        put_or_heal(&world, &cuts[random_below(&stream, CUTS)], &stream);
        uint32_t from = (uint32_t)random_below(&stream, 9);
        uint32_t to = (uint32_t)random_below(&stream, 9);
        bool cut = false, clogged = false;
        for (size_t i = 0; i < CUTS && from != to; i++) {
            const struct listed_cut *one = &cuts[i];
            bool between =
                one->in_place && (one->blocked[one->sides[from]] >> one->sides[to] & 1) != 0;
            cut |= between && !one->clog;
            clogged |= between && one->clog;
        }
        enum network_drop expected = cut ? NETWORK_CUT : clogged ? NETWORK_HELD : NETWORK_DELIVERED;
        ck_assert_uint_eq(network_obstacle(world.network, from, to), expected);
        check_reachable(&world, from, to, !cut && !clogged);
        ck_assert(network_clogged(world.network, from, to) == clogged);
        seen[expected]++;
    }
    ck_assert_uint_gt(seen[NETWORK_CUT], 200);
    ck_assert_uint_gt(seen[NETWORK_HELD], 200);
    ck_assert_uint_gt(seen[NETWORK_DELIVERED], 200);
    world_done(&world);
}
END_TEST

START_TEST(sixty_four_machines_in_a_ring_reach_their_two_neighbours_only)
{
    uint8_t sides[64];
    uint64_t blocked[NETWORK_SIDES_MAX];
    struct world world;
    world_init(&world, 64, world_uniform_link());
    for (uint32_t s = 0; s < 64; s++) {
        sides[s] = (uint8_t)s;
        blocked[s] =
            ~(UINT64_C(1) << s | UINT64_C(1) << (s + 1) % 64 | UINT64_C(1) << (s + 63) % 64);
    }
    network_cut(world.network, sides, blocked, false);
    for (uint32_t from = 0; from < 64; from++) {
        uint32_t reached = 0;
        for (uint32_t to = 0; to < 64; to++)
            reached += network_reachable(world.network, from, to);
        ck_assert_uint_eq(reached, 3); /* itself too */
    }
    check_reachable(&world, 63, 0, true);
    check_reachable(&world, 62, 0, false);
    world_done(&world);
}
END_TEST

START_TEST(a_clog_holds_what_will_arrive_and_a_cut_beside_it_drops_it)
{
    struct link_options link = { .latency = distribution_constant(500),
                                 .duplicate = PROBABILITY_ONE };
    struct world world;
    world_init(&world, 2, link);
    uint32_t clog = world_cut_off(&world, 1, 2, 0, true);
    struct network_route route = world_send(&world, 0, 1);
    ck_assert_uint_eq(route.drop, NETWORK_HELD);
    ck_assert_uint_eq(route.copies, 2);
    ck_assert_uint_eq(route.delay_ns[0], 500);
    ck_assert_uint_eq(world_send(&world, 1, 0).drop, NETWORK_DELIVERED);
    uint32_t cut = world_cut_off(&world, 1, 2, 0, false);
    ck_assert_uint_eq(world_send(&world, 0, 1).drop, NETWORK_CUT);
    ck_assert(network_clogged(world.network, 0, 1));
    network_heal(world.network, cut);
    ck_assert_uint_eq(world_send(&world, 0, 1).drop, NETWORK_HELD);
    network_heal(world.network, clog);
    ck_assert(!network_clogged(world.network, 0, 1));
    ck_assert_uint_eq(world_send(&world, 0, 1).drop, NETWORK_DELIVERED);
    world_done(&world);
}
END_TEST

START_TEST(a_lost_message_is_not_held)
{
    struct link_options link = { .latency = distribution_constant(500), .loss = PROBABILITY_ONE };
    struct world world;
    world_init(&world, 2, link);
    world_cut_off(&world, 1, 2, 1, true);
    struct network_route route = world_send(&world, 0, 1);
    ck_assert_uint_eq(route.drop, NETWORK_LOST);
    ck_assert_uint_eq(route.copies, 0);
    world_done(&world);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network cuts");
    TCase *tests = tcase_create("network cuts");
    tcase_add_test(tests, a_cut_blocks_both_ways_between_its_sides_and_nothing_within);
    tcase_add_test(tests, a_cut_blocks_one_way_only_when_told_so);
    tcase_add_test(tests, a_ring_of_sides_reaches_its_neighbours_only);
    tcase_add_test(tests, a_pair_is_cut_until_the_last_cut_between_it_is_healed);
    tcase_add_test(tests, any_set_of_cuts_and_clogs_blocks_what_any_of_them_blocks);
    tcase_add_test(tests, sixty_four_machines_in_a_ring_reach_their_two_neighbours_only);
    tcase_add_test(tests, a_clog_holds_what_will_arrive_and_a_cut_beside_it_drops_it);
    tcase_add_test(tests, a_lost_message_is_not_held);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
