/* Bits flip and losses come in bursts at their rates, and no other draw moves for it. */
#include "support/suite.h"
#include "world.h"

static struct link_options constant_link(void)
{
    return (struct link_options){ .latency = distribution_constant(500) };
}

/* ---- Damage ---------------------------------------------------------------------------------- */

/* How many bits two bodies differ by. */
static uint32_t distance(const uint8_t *left, const uint8_t *right, size_t size)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits += (uint32_t)__builtin_popcount(left[i] ^ right[i]);
    return bits;
}

/* Of 100000, a quarter is 25000 and five standard errors of 137. */
START_TEST(damage_flips_one_to_four_bits_each_as_often)
{
    static const uint8_t sent[1000];
    uint32_t flipped[8001] = { 0 };
    for (uint64_t damage = 1; damage <= 100000; damage++) {
        uint8_t body[sizeof sent] = { 0 };
        network_damage(random_mix(damage), body, sizeof body);
        flipped[distance(sent, body, sizeof body)]++;
    }
    for (int bits = 0; bits <= 8000; bits++) {
        suite_require(flipped[bits] <= (bits >= 1 && bits <= 4 ? 25685 : 0));
        suite_require(flipped[bits] >= (bits >= 1 && bits <= 4 ? 24315 : 0));
    }
}
END_TEST

START_TEST(not_even_a_single_byte_is_left_as_it_was)
{
    uint32_t seen = 0;
    for (uint64_t damage = 1; damage <= 100000; damage++) {
        uint8_t body = 0;
        network_damage(damage, &body, 1);
        suite_require(body != 0);
        seen |= body;
    }
    ck_assert_uint_eq(seen, 0xff);
    network_damage(1, NULL, 0);
}
END_TEST

START_TEST(a_damage_is_the_same_each_time)
{
    uint8_t first[100] = { 0 }, second[100] = { 0 }, third[100] = { 0 };
    network_damage(77, first, sizeof first);
    network_damage(77, second, sizeof second);
    network_damage(78, third, sizeof third);
    ck_assert_uint_eq(distance(first, second, sizeof first), 0);
    ck_assert_uint_gt(distance(first, third, sizeof first), 0);
}
END_TEST

/* Of 100000, 1/20 is 5000 and five standard errors of 69. */
START_TEST(each_copy_is_damaged_at_its_links_rate)
{
    struct link_options link = constant_link();
    link.corrupt = PROBABILITY_ONE / 20;
    link.duplicate = PROBABILITY_ONE;
    struct world world;
    world_init(&world, 2, link);
    uint32_t damaged[2] = { 0 }, both = 0;
    for (int i = 0; i < 100000; i++) {
        struct network_route route = world_send(&world, 0, 1);
        suite_require(route.copies == 2);
        damaged[0] += route.damage[0] != 0;
        damaged[1] += route.damage[1] != 0;
        both += route.damage[0] != 0 && route.damage[1] != 0;
    }
    for (int copy = 0; copy < 2; copy++) {
        ck_assert_uint_gt(damaged[copy], 4655);
        ck_assert_uint_lt(damaged[copy], 5345);
    }
    ck_assert_uint_gt(both, 171); /* 1/400: 250 and five standard errors of 15.8 */
    ck_assert_uint_lt(both, 329);
    world_done(&world);
}
END_TEST

START_TEST(no_two_damages_of_a_link_are_alike)
{
    struct link_options link = constant_link();
    link.corrupt = link.duplicate = PROBABILITY_ONE;
    struct world world;
    world_init(&world, 2, link);
    uint64_t seen[200];
    for (size_t i = 0; i < 100; i++) {
        struct network_route route = world_send(&world, 0, 1);
        seen[2 * i] = route.damage[0];
        seen[2 * i + 1] = route.damage[1];
    }
    for (int i = 0; i < 200; i++) {
        for (int k = 0; k < i; k++)
            suite_require(seen[i] != seen[k]);
    }
    world_done(&world);
}
END_TEST

/* The damage of the first two copies that are sent, with these conditions in place. */
static struct network_route harmed_route(bool link_harms, const uint64_t *keys, size_t count)
{
    struct link_options link = constant_link();
    link.duplicate = PROBABILITY_ONE;
    link.corrupt = link_harms ? PROBABILITY_ONE : 0;
    struct world world;
    world_init(&world, 2, link);
    for (size_t i = 0; i < count; i++) {
        struct network_condition condition = { .key = keys[i], .corrupt = PROBABILITY_ONE };
        world_degrade(&world, 3, &condition);
    }
    struct network_route route = world_send(&world, 0, 1);
    world_done(&world);
    return route;
}

START_TEST(of_several_causes_the_first_decides_how_a_copy_is_harmed)
{
    static const uint64_t keys[] = { 5, 6 };
    struct network_route by_link = harmed_route(true, keys, 0);
    struct network_route by_first = harmed_route(false, keys, 1);
    struct network_route by_second = harmed_route(false, keys + 1, 1);
    struct network_route by_both = harmed_route(false, keys, 2);
    struct network_route by_all = harmed_route(true, keys, 2);
    for (int copy = 0; copy < 2; copy++) {
        ck_assert_uint_ne(by_first.damage[copy], by_second.damage[copy]);
        ck_assert_uint_ne(by_first.damage[copy], by_link.damage[copy]);
        ck_assert_uint_eq(by_both.damage[copy], by_first.damage[copy]);
        ck_assert_uint_eq(by_all.damage[copy], by_link.damage[copy]);
    }
}
END_TEST

/* ---- No other draw moves --------------------------------------------------------------------- */

static struct link_options eventful_link(void)
{
    struct link_options link = world_uniform_link();
    link.loss = link.duplicate = link.reorder = PROBABILITY_ONE / 4;
    link.jitter_ns = MILLISECOND;
    return link;
}

START_TEST(turning_corruption_on_shifts_no_other_draw)
{
    struct link_options link = eventful_link();
    struct world plain, corrupting;
    world_init(&plain, 2, link);
    link.corrupt = HALF;
    world_init(&corrupting, 2, link);
    uint32_t damaged = 0;
    for (int i = 0; i < 1000; i++) {
        struct network_route expected = world_send(&plain, 0, 1);
        struct network_route route = world_send(&corrupting, 0, 1);
        ck_assert_uint_eq(route.drop, expected.drop);
        ck_assert_uint_eq(route.copies, expected.copies);
        for (int copy = 0; copy < 2; copy++) {
            ck_assert_uint_eq(route.delay_ns[copy], expected.delay_ns[copy]);
            damaged += route.damage[copy] != 0;
        }
    }
    ck_assert_uint_gt(damaged, 300);
    world_done(&plain);
    world_done(&corrupting);
}
END_TEST

START_TEST(turning_bursts_on_shifts_no_other_draw)
{
    struct link_options link = eventful_link();
    struct world plain, bursting;
    link.corrupt = HALF;
    world_init(&plain, 2, link);
    link.burst_begin = PROBABILITY_ONE / 10;
    link.burst_end = HALF;
    world_init(&bursting, 2, link);
    uint32_t compared = 0, more_lost = 0;
    for (int i = 0; i < 1000; i++) {
        struct network_route expected = world_send(&plain, 0, 1);
        struct network_route route = world_send(&bursting, 0, 1);
        more_lost += route.copies == 0 && expected.copies > 0;
        if (route.copies == 0)
            continue;
        ck_assert_uint_eq(route.copies, expected.copies);
        for (int copy = 0; copy < 2; copy++) {
            ck_assert_uint_eq(route.delay_ns[copy], expected.delay_ns[copy]);
            ck_assert_uint_eq(route.damage[copy], expected.damage[copy]);
        }
        compared++;
    }
    ck_assert_uint_gt(compared, 500);
    ck_assert_uint_gt(more_lost, 50);
    world_done(&plain);
    world_done(&bursting);
}
END_TEST

/* ---- Bursts ---------------------------------------------------------------------------------- */

/* Begun by one message of 100 and ended by one of 5: a burst has 5 messages, a round trip of the
 * chain 105, and 1/21 of all is lost.  The limits are five standard errors wide: 146 bursts (the
 * rounds are a renewal process), 0.72 messages of length, 983 messages lost. */
static void check_bursts(struct world *world)
{
    uint32_t lost = 0, bursts = 0;
    bool before = false;
    for (int i = 0; i < 100000; i++) {
        bool now = world_send(world, 0, 1).drop == NETWORK_LOST;
        lost += now;
        bursts += now && !before;
        before = now;
    }
    ck_assert_uint_gt(bursts, 806);
    ck_assert_uint_lt(bursts, 1098);
    ck_assert_uint_gt(lost, 3779);
    ck_assert_uint_lt(lost, 5745);
    ck_assert_uint_gt(lost, bursts * 428 / 100);
    ck_assert_uint_lt(lost, bursts * 572 / 100);
}

START_TEST(bursts_of_a_link_come_at_their_rate_and_have_their_mean_length)
{
    struct link_options link = constant_link();
    link.burst_begin = PROBABILITY_ONE / 100;
    link.burst_end = PROBABILITY_ONE / 5;
    struct world world;
    world_init(&world, 2, link);
    check_bursts(&world);
    world_done(&world);
}
END_TEST

START_TEST(bursts_of_a_condition_come_at_their_rate_and_have_their_mean_length)
{
    struct network_condition condition = { .burst_begin = PROBABILITY_ONE / 100,
                                           .burst_end = PROBABILITY_ONE / 5 };
    struct world world;
    world_init(&world, 2, constant_link());
    world_degrade(&world, 3, &condition);
    check_bursts(&world);
    world_done(&world);
}
END_TEST

START_TEST(each_directed_pair_has_bursts_of_its_own)
{
    struct link_options link = constant_link();
    link.burst_begin = link.burst_end = HALF;
    struct world world;
    world_init(&world, 3, link);
    uint32_t together = 0;
    for (int i = 0; i < 1000; i++) {
        bool there = world_send(&world, 0, 1).drop == NETWORK_LOST;
        bool back = world_send(&world, 1, 0).drop == NETWORK_LOST;
        bool elsewhere = world_send(&world, 0, 2).drop == NETWORK_LOST;
        together += there == back;
        together += there == elsewhere;
    }
    ck_assert_uint_gt(together, 888); /* 1000 and five standard errors of 22.4 */
    ck_assert_uint_lt(together, 1112);
    world_done(&world);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network damage");
    TCase *tests = tcase_create("network damage");
    tcase_add_test(tests, damage_flips_one_to_four_bits_each_as_often);
    tcase_add_test(tests, not_even_a_single_byte_is_left_as_it_was);
    tcase_add_test(tests, a_damage_is_the_same_each_time);
    tcase_add_test(tests, each_copy_is_damaged_at_its_links_rate);
    tcase_add_test(tests, no_two_damages_of_a_link_are_alike);
    tcase_add_test(tests, of_several_causes_the_first_decides_how_a_copy_is_harmed);
    tcase_add_test(tests, turning_corruption_on_shifts_no_other_draw);
    tcase_add_test(tests, turning_bursts_on_shifts_no_other_draw);
    tcase_add_test(tests, bursts_of_a_link_come_at_their_rate_and_have_their_mean_length);
    tcase_add_test(tests, bursts_of_a_condition_come_at_their_rate_and_have_their_mean_length);
    tcase_add_test(tests, each_directed_pair_has_bursts_of_its_own);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
