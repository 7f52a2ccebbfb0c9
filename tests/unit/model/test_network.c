/* Messages fare as their links, cuts and conditions say, and nothing shifts anybody else's draws.
 */
#include "base/random.h"
#include "model/network.h"
#include "support/suite.h"

#define MILLISECOND UINT64_C(1000000)
#define HALF        (PROBABILITY_ONE / 2)

enum { MACHINES_MAX = 120, SEED = 42 };

/* Machines in one rack, all pairs with the same link. */
struct world {
    struct topology topology;
    struct link_options link;
    uint32_t rack_of_machine[MACHINES_MAX];
    uint64_t keys[MACHINES_MAX];
    struct network *network;
};

static void world_init(struct world *world, uint32_t machine_count, struct link_options link)
{
    static const uint32_t zero = 0;
    static const char *const name = "only";
    *world = (struct world){ .link = link };
    for (uint32_t i = 0; i < machine_count; i++)
        world->keys[i] = random_mix(1000 + i);
    world->topology = (struct topology){
        .machine_count = machine_count,
        .rack_count = 1,
        .region_count = 1,
        .region_names = &name,
        .rack_names = &name,
        .region_of_rack = &zero,
        .rack_of_machine = world->rack_of_machine,
        .links = &world->link,
        .link_count = 1,
        .link_of_racks = &zero,
    };
    world->network = network_new(SEED, &world->topology, world->keys);
}

static void world_done(struct world *world) { network_free(world->network); }

static struct network_route send_at(struct world *world, uint64_t now, uint32_t from, uint32_t to,
                                    uint64_t size)
{
    struct network_route route;
    network_send(world->network, now, from, to, size, &route);
    return route;
}

static struct network_route send(struct world *world, uint32_t from, uint32_t to)
{
    return send_at(world, 0, from, to, 100);
}

static struct link_options uniform_link(void)
{
    return (struct link_options){ .latency = distribution_uniform(1, 1000 * MILLISECOND) };
}

/* `count` of `total` is within five standard errors of the probability parts / 2^32. */
static void check_rate(uint64_t count, uint64_t total, uint64_t parts)
{
    double probability = (double)parts / (double)PROBABILITY_ONE;
    double distance = (double)count - (double)total * probability;
    double variance = (double)total * probability * (1 - probability);
    ck_assert_msg(distance * distance <= 25 * variance, "%lu of %lu", count, total);
}

/* Put every machine on side 0 but `machine`, which goes to side 1. */
static uint32_t cut_off(struct world *world, uint32_t machine, uint8_t blocked_from_others,
                        uint8_t blocked_from_it)
{
    uint8_t sides[MACHINES_MAX] = { 0 };
    sides[machine] = 1;
    uint8_t blocked[NETWORK_SIDES_MAX] = { blocked_from_others, blocked_from_it };
    return network_cut(world->network, sides, blocked);
}

/* ---- Draws ----------------------------------------------------------------------------------- */

START_TEST(a_message_draws_loss_latency_jitter_reorder_and_duplicate_in_this_order)
{
    struct link_options link = uniform_link();
    link.jitter_ns = MILLISECOND;
    link.loss = link.reorder = link.duplicate = HALF;
    struct world world;
    world_init(&world, 2, link);
    struct random_stream stream =
        random_stream_of(random_key_pair(SEED, world.keys[0], world.keys[1], "message"));
    for (int i = 0; i < 1000; i++) {
        struct network_route route = send(&world, 0, 1);
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
    struct link_options link = uniform_link();
    world_init(&safe, 2, link);
    link.loss = HALF;
    world_init(&lossy, 2, link);
    int delivered = 0;
    for (int i = 0; i < 1000; i++) {
        struct network_route expected = send(&safe, 0, 1);
        struct network_route route = send(&lossy, 0, 1);
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
    world_init(&whole, 2, uniform_link());
    world_init(&cut, 2, uniform_link());
    uint32_t handle = cut_off(&cut, 1, 2, 1);
    for (int i = 0; i < 10; i++) {
        send(&whole, 0, 1);
        ck_assert_uint_eq(send(&cut, 0, 1).drop, NETWORK_CUT);
    }
    network_heal(cut.network, handle);
    ck_assert_uint_eq(send(&cut, 0, 1).delay_ns[0], send(&whole, 0, 1).delay_ns[0]);
    world_done(&whole);
    world_done(&cut);
}
END_TEST

START_TEST(adding_a_machine_shifts_no_other_pairs_delays)
{
    struct world small, large;
    world_init(&small, 3, uniform_link());
    world_init(&large, 4, uniform_link());
    network_free(large.network);
    /* The new machine comes first, so that the others have other numbers, and it talks to all. */
    for (uint32_t i = 1; i < 4; i++)
        large.keys[i] = small.keys[i - 1];
    large.keys[0] = 77;
    large.network = network_new(SEED, &large.topology, large.keys);
    for (int round = 0; round < 100; round++) {
        for (uint32_t from = 0; from < 3; from++) {
            send(&large, from + 1, 0);
            send(&large, 0, from + 1);
            uint32_t to = (from + 1) % 3;
            ck_assert_uint_eq(send(&large, from + 1, to + 1).delay_ns[0],
                              send(&small, from, to).delay_ns[0]);
        }
    }
    world_done(&small);
    world_done(&large);
}
END_TEST

START_TEST(the_two_directions_of_a_pair_and_two_seeds_have_streams_of_their_own)
{
    struct world world, other;
    world_init(&world, 2, uniform_link());
    world_init(&other, 2, uniform_link());
    network_free(other.network);
    other.network = network_new(SEED + 1, &other.topology, other.keys);
    uint64_t there_ns = send(&world, 0, 1).delay_ns[0];
    ck_assert_uint_ne(there_ns, send(&world, 1, 0).delay_ns[0]);
    ck_assert_uint_ne(there_ns, send(&other, 0, 1).delay_ns[0]);
    world_done(&world);
    world_done(&other);
}
END_TEST

START_TEST(pairs_keep_their_streams_while_their_table_grows)
{
    enum { COUNT = MACHINES_MAX };
    static uint64_t second_ns[COUNT * COUNT];
    struct world world, lonely;
    world_init(&world, COUNT, uniform_link());
    for (uint32_t pair = 0; pair < COUNT * COUNT; pair++)
        send(&world, pair / COUNT, pair % COUNT);
    for (uint32_t pair = COUNT * COUNT; pair-- > 0;)
        second_ns[pair] = send(&world, pair / COUNT, pair % COUNT).delay_ns[0];
    for (uint32_t pair = 0; pair < COUNT * COUNT; pair += 97) {
        world_init(&lonely, COUNT, uniform_link());
        send(&lonely, pair / COUNT, pair % COUNT);
        ck_assert_uint_eq(send(&lonely, pair / COUNT, pair % COUNT).delay_ns[0], second_ns[pair]);
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
        struct network_route route = send(&world, 0, 1);
        lost += route.drop == NETWORK_LOST;
        duplicated += route.copies == 2;
        reordered += route.copies > 0 && route.delay_ns[0] == 1000;
    }
    check_rate(lost, TOTAL, link.loss);
    check_rate(duplicated, TOTAL - lost, link.duplicate);
    check_rate(reordered, TOTAL - lost, link.reorder);
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
        ck_assert_uint_eq(send(&safe, 0, 1).copies, 1);
        ck_assert_uint_eq(send(&dead, 0, 1).copies, 0);
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
        uint64_t delay_ns = send(&world, 0, 1).delay_ns[0];
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
    cut_off(&world, 1, 0xff, 0xff);
    struct network_route route = send(&world, 1, 1);
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
    ck_assert_uint_eq(send(&world, 0, 1).delay_ns[0], NETWORK_DELAY_MAX);
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
    ck_assert_uint_eq(send(&world, 2, 0).delay_ns[0], 9);
    ck_assert_uint_eq(send(&world, 0, 2).delay_ns[0], 500);
    world_done(&world);
}
END_TEST

/* ---- Bandwidth ------------------------------------------------------------------------------- */

/* At 1 Gbit/s a message of 1250 bytes occupies the link for 10 us. */
static struct link_options gigabit_link(void)
{
    return (struct link_options){ .latency = distribution_constant(500),
                                  .bandwidth_bits_per_s = 1000000000 };
}

START_TEST(bandwidth_spaces_messages_by_their_size)
{
    struct world world;
    world_init(&world, 2, gigabit_link());
    ck_assert_uint_eq(send_at(&world, 0, 0, 1, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(send_at(&world, 0, 0, 1, 125).delay_ns[0], 11500);
    ck_assert_uint_eq(send_at(&world, 4000, 0, 1, 1250).delay_ns[0], 17500);
    ck_assert_uint_eq(send_at(&world, 100000, 0, 1, 1250).delay_ns[0], 10500);
    world_done(&world);
}
END_TEST

START_TEST(each_direction_of_each_pair_has_its_own_bandwidth)
{
    struct world world;
    world_init(&world, 3, gigabit_link());
    ck_assert_uint_eq(send_at(&world, 0, 0, 1, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(send_at(&world, 0, 1, 0, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(send_at(&world, 0, 0, 2, 1250).delay_ns[0], 10500);
    world_done(&world);
}
END_TEST

START_TEST(a_part_of_a_nanosecond_on_the_link_counts_as_one)
{
    struct link_options link = { .latency = distribution_constant(0), .bandwidth_bits_per_s = 3 };
    struct world world;
    world_init(&world, 2, link);
    ck_assert_uint_eq(send_at(&world, 0, 0, 1, 1).delay_ns[0], 2666666667);
    world_done(&world);
}
END_TEST

START_TEST(lost_and_cut_messages_occupy_the_link_too)
{
    struct world world;
    world_init(&world, 2, gigabit_link());
    uint32_t cut = cut_off(&world, 1, 2, 1);
    send_at(&world, 0, 0, 1, 1250);
    network_heal(world.network, cut);
    world.link.loss = PROBABILITY_ONE;
    ck_assert_uint_eq(send_at(&world, 0, 0, 1, 1250).drop, NETWORK_LOST);
    world.link.loss = 0;
    ck_assert_uint_eq(send_at(&world, 0, 0, 1, 1250).delay_ns[0], 30500);
    world_done(&world);
}
END_TEST

START_TEST(the_second_copy_of_a_message_does_not_occupy_the_link)
{
    struct world world;
    world_init(&world, 2, gigabit_link());
    world.link.duplicate = PROBABILITY_ONE;
    struct network_route route = send_at(&world, 0, 0, 1, 1250);
    ck_assert_uint_eq(route.copies, 2);
    ck_assert_uint_eq(route.delay_ns[1], 10500);
    ck_assert_uint_eq(send_at(&world, 0, 0, 1, 1250).delay_ns[0], 20500);
    world_done(&world);
}
END_TEST

/* ---- Cuts ------------------------------------------------------------------------------------ */

static void check_reachable(const struct world *world, uint32_t from, uint32_t to, bool expected)
{
    ck_assert_msg(network_reachable(world->network, from, to) == expected, "%u to %u", from, to);
}

START_TEST(a_cut_blocks_both_ways_between_its_sides_and_nothing_within)
{
    struct world world;
    world_init(&world, 3, uniform_link());
    uint32_t cut = cut_off(&world, 2, 2, 1);
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
    world_init(&world, 3, uniform_link());
    cut_off(&world, 2, 2, 0); /* the others cannot reach it */
    check_reachable(&world, 0, 2, false);
    check_reachable(&world, 2, 0, true);
    ck_assert_uint_eq(send(&world, 0, 2).drop, NETWORK_CUT);
    ck_assert_uint_eq(send(&world, 0, 2).copies, 0);
    ck_assert_uint_eq(send(&world, 2, 0).drop, NETWORK_DELIVERED);
    world_done(&world);
}
END_TEST

START_TEST(a_ring_of_sides_reaches_its_neighbours_only)
{
    static const uint8_t sides[] = { 0, 1, 2, 3, 4 };
    static const uint8_t blocked[NETWORK_SIDES_MAX] = { 0x0c, 0x18, 0x11, 0x03, 0x06 };
    struct world world;
    world_init(&world, 5, uniform_link());
    network_cut(world.network, sides, blocked);
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
    world_init(&world, 3, uniform_link());
    uint32_t first = cut_off(&world, 2, 2, 1);
    uint32_t second = cut_off(&world, 1, 2, 1);
    network_heal(world.network, first);
    check_reachable(&world, 1, 2, false);
    check_reachable(&world, 0, 2, true);
    network_heal(world.network, second);
    check_reachable(&world, 1, 2, true);
    world_done(&world);
}
END_TEST

/* Against a list of cuts that is asked one by one. */
START_TEST(any_set_of_64_cuts_blocks_what_any_of_them_blocks)
{
    enum { MACHINES = 9 };
    struct random_stream stream = random_stream_of(8);
    uint8_t sides[NETWORK_CUTS_MAX][MACHINES], blocked[NETWORK_CUTS_MAX][NETWORK_SIDES_MAX];
    uint32_t handles[NETWORK_CUTS_MAX];
    bool in_place[NETWORK_CUTS_MAX] = { false };
    struct world world;
    world_init(&world, MACHINES, uniform_link());
    for (int step = 0; step < 3000; step++) {
        size_t c = (size_t)random_below(&stream, NETWORK_CUTS_MAX);
        for (int i = 0; i < MACHINES && !in_place[c]; i++)
            sides[c][i] = (uint8_t)random_below(&stream, NETWORK_SIDES_MAX);
        for (int s = 0; s < NETWORK_SIDES_MAX && !in_place[c]; s++)
            blocked[c][s] = (uint8_t)(UINT64_C(1) << random_below(&stream, 14));
        if (in_place[c]) {
            network_heal(world.network, handles[c]);
        } else {
            handles[c] = network_cut(world.network, sides[c], blocked[c]);
        }
        in_place[c] = !in_place[c];
        uint32_t from = (uint32_t)random_below(&stream, MACHINES);
        uint32_t to = (uint32_t)random_below(&stream, MACHINES);
        bool reachable = true;
        for (size_t i = 0; i < NETWORK_CUTS_MAX && from != to; i++) {
            if (in_place[i] && (blocked[i][sides[i][from]] >> sides[i][to] & 1) != 0)
                reachable = false;
        }
        check_reachable(&world, from, to, reachable);
    }
    world_done(&world);
}
END_TEST

/* ---- Conditions ------------------------------------------------------------------------------ */

static const struct network_condition slower = { .delay = { .kind = DISTRIBUTION_CONSTANT,
                                                            .value = MILLISECOND } };

START_TEST(a_condition_holds_for_what_its_members_send_and_receive)
{
    static const uint8_t members[] = { 0, 1, 0 };
    struct world world;
    world_init(&world, 3, (struct link_options){ .latency = distribution_constant(500) });
    uint32_t condition = network_degrade(world.network, members, &slower);
    ck_assert_uint_eq(send(&world, 1, 0).delay_ns[0], MILLISECOND + 500);
    ck_assert_uint_eq(send(&world, 0, 1).delay_ns[0], MILLISECOND + 500);
    ck_assert_uint_eq(send(&world, 0, 2).delay_ns[0], 500);
    network_restore(world.network, condition);
    ck_assert_uint_eq(send(&world, 1, 0).delay_ns[0], 500);
    world_done(&world);
}
END_TEST

START_TEST(a_condition_shifts_no_draw_of_its_links)
{
    static const uint8_t members[] = { 1, 1 };
    struct world plain, degraded;
    world_init(&plain, 2, uniform_link());
    world_init(&degraded, 2, uniform_link());
    uint32_t condition = network_degrade(degraded.network, members, &slower);
    for (int i = 0; i < 100; i++) {
        ck_assert_uint_eq(send(&degraded, 0, 1).delay_ns[0],
                          send(&plain, 0, 1).delay_ns[0] + MILLISECOND);
    }
    network_restore(degraded.network, condition);
    ck_assert_uint_eq(send(&degraded, 0, 1).delay_ns[0], send(&plain, 0, 1).delay_ns[0]);
    world_done(&plain);
    world_done(&degraded);
}
END_TEST

START_TEST(several_conditions_are_joined_as_independent_causes)
{
    enum { TOTAL = 1000000 };
    static const uint8_t all[] = { 1, 1 }, sender[] = { 1, 0 };
    struct world world;
    world_init(&world, 2,
               (struct link_options){ .latency = distribution_constant(500),
                                      .loss = PROBABILITY_ONE / 8,
                                      .duplicate = PROBABILITY_ONE / 8 });
    struct network_condition condition = slower;
    condition.loss = PROBABILITY_ONE / 4;
    condition.duplicate = HALF;
    network_degrade(world.network, all, &condition);
    network_degrade(world.network, sender, &condition);
    uint64_t lost = 0, duplicated = 0;
    for (int i = 0; i < TOTAL; i++) {
        struct network_route route = send(&world, 0, 1);
        lost += route.copies == 0;
        duplicated += route.copies == 2;
        for (uint32_t copy = 0; copy < route.copies; copy++)
            ck_assert_uint_eq(route.delay_ns[copy], 2 * MILLISECOND + 500);
    }
    /* Kept: 7/8 * 3/4 * 3/4 = 63/128.  Single: 7/8 * 1/2 * 1/2 = 7/32. */
    check_rate(lost, TOTAL, PROBABILITY_ONE / 128 * 65);
    check_rate(duplicated, TOTAL - lost, PROBABILITY_ONE / 32 * 25);
    world_done(&world);
}
END_TEST

/* Two conditions, the lossy one put in place before the other or after it. */
static void degrade_twice(struct world *world, bool lossy_first, bool restore_lossy)
{
    static const uint8_t all[] = { 1, 1 };
    struct network_condition lossy = slower;
    struct network_condition uneven = { .delay = distribution_uniform(0, 1000 * MILLISECOND) };
    lossy.loss = HALF;
    uint32_t first = network_degrade(world->network, all, lossy_first ? &lossy : &uneven);
    uint32_t second = network_degrade(world->network, all, lossy_first ? &uneven : &lossy);
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
        struct network_route expected = send(&one, 0, 1);
        struct network_route route = send(&both, 0, 1);
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
    tcase_add_test(tests, bandwidth_spaces_messages_by_their_size);
    tcase_add_test(tests, each_direction_of_each_pair_has_its_own_bandwidth);
    tcase_add_test(tests, a_part_of_a_nanosecond_on_the_link_counts_as_one);
    tcase_add_test(tests, lost_and_cut_messages_occupy_the_link_too);
    tcase_add_test(tests, the_second_copy_of_a_message_does_not_occupy_the_link);
    return tests;
}

static TCase *fault_tests(void)
{
    TCase *tests = tcase_create("faults");
    tcase_add_test(tests, a_cut_blocks_both_ways_between_its_sides_and_nothing_within);
    tcase_add_test(tests, a_cut_blocks_one_way_only_when_told_so);
    tcase_add_test(tests, a_ring_of_sides_reaches_its_neighbours_only);
    tcase_add_test(tests, a_pair_is_cut_until_the_last_cut_between_it_is_healed);
    tcase_add_test(tests, any_set_of_64_cuts_blocks_what_any_of_them_blocks);
    tcase_add_test(tests, a_condition_holds_for_what_its_members_send_and_receive);
    tcase_add_test(tests, a_condition_shifts_no_draw_of_its_links);
    tcase_add_test(tests, several_conditions_are_joined_as_independent_causes);
    tcase_add_loop_test(tests, restoring_one_condition_shifts_no_draw_of_another, 0, 2);
    return tests;
}

int main(void)
{
    Suite *suite = suite_create("network");
    suite_add_tcase(suite, draw_tests());
    suite_add_tcase(suite, link_tests());
    suite_add_tcase(suite, fault_tests());
    return suite_run(suite);
}
