/* The table of pairs: what one pair draws and has to do is its own, however many there are. */
#include "support/suite.h"
#include "world.h"

enum { MACHINES = 40, ROUNDS = 20 }; /* 1,560 pairs: the table grows five times */

static void send_between_all_others(struct world *world, uint32_t round)
{
    for (uint32_t from = 0; from < MACHINES; from++) {
        for (uint32_t to = 0; to < MACHINES; to++) {
            if (from != to && (from > 1 || to > 1))
                world_send_at(world, round * MILLISECOND, from, to, 100);
        }
    }
}

START_TEST(a_pair_draws_the_same_however_many_others_send)
{
    uint64_t alone[ROUNDS], distinct = 0;
    struct world world;
    world_init(&world, MACHINES, world_uniform_link());
    for (uint32_t round = 0; round < ROUNDS; round++)
        alone[round] = world_send_at(&world, round * MILLISECOND, 0, 1, 100).delay_ns[0];
    world_done(&world);
    world_init(&world, MACHINES, world_uniform_link());
    for (uint32_t round = 0; round < ROUNDS; round++) {
        ck_assert_uint_eq(world_send_at(&world, round * MILLISECOND, 0, 1, 100).delay_ns[0],
                          alone[round]);
        send_between_all_others(&world, round);
        distinct += round > 0 && alone[round] != alone[round - 1];
    }
    ck_assert_uint_gt(distinct, ROUNDS / 2);
    world_done(&world);
}
END_TEST

START_TEST(the_two_directions_of_a_pair_draw_apart)
{
    struct world world;
    uint32_t equal = 0;
    world_init(&world, 2, world_uniform_link());
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint64_t there = world_send_at(&world, round * MILLISECOND, 0, 1, 100).delay_ns[0];
        equal += there == world_send_at(&world, round * MILLISECOND, 1, 0, 100).delay_ns[0];
    }
    ck_assert_uint_lt(equal, 2);
    world_done(&world);
}
END_TEST

/* At 1 Mbit/s a message of 125 bytes takes 1 ms. */
START_TEST(what_a_link_has_to_do_stays_when_the_table_grows)
{
    struct world world;
    world_init(&world, MACHINES,
               (struct link_options){ .latency = distribution_constant(500),
                                      .bandwidth_bits_per_s = 1000000 });
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 1000500);
    send_between_all_others(&world, 0);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 2000500);
    ck_assert_uint_eq(world_send_at(&world, 0, 1, 0, 125).delay_ns[0], 1000500);
    struct network_link_use use[MACHINES_MAX];
    network_take_link_use(world.network, MILLISECOND, use);
    ck_assert_uint_eq(use[0].done_ns, MILLISECOND);
    ck_assert_uint_eq(use[0].backlog_ns, MILLISECOND); /* the second message to 1 */
    ck_assert_uint_eq(use[0].most_ns, 2 * MILLISECOND);
    ck_assert_uint_eq(use[39].done_ns, 800000); /* 100 bytes to each */
    ck_assert_uint_eq(use[39].backlog_ns, 0);
    world_done(&world);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("pairs");
    tcase_add_test(tests, a_pair_draws_the_same_however_many_others_send);
    tcase_add_test(tests, the_two_directions_of_a_pair_draw_apart);
    tcase_add_test(tests, what_a_link_has_to_do_stays_when_the_table_grows);
    Suite *suite = suite_create("network pairs");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
