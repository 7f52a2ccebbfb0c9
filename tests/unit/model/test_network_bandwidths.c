/* Conditions that limit bandwidth: who waits behind whom. */
#include "support/suite.h"
#include "world.h"

/* At 1 Mbit/s a message of 125 bytes takes 1 ms. */
START_TEST(the_lowest_bandwidth_of_several_conditions_counts)
{
    struct network_condition slow = { .bandwidth_bits_per_s = 1000000 };
    struct network_condition slower_yet = { .bandwidth_bits_per_s = 500000 };
    struct world world;
    world_init(&world, 2, (struct link_options){ .latency = distribution_constant(500) });
    uint32_t first = world_degrade(&world, 3, &slow);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 1000500);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 2000500);
    ck_assert_uint_eq(world_send_at(&world, 0, 1, 0, 125).delay_ns[0], 1000500);
    uint32_t second = world_degrade(&world, 3, &slower_yet);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 4000500);
    ck_assert_uint_eq(network_condition_count(world.network, first), 4);
    ck_assert_uint_eq(network_condition_count(world.network, second), 1);
    world_done(&world);
}
END_TEST

START_TEST(the_lowest_bandwidth_counts_in_whatever_order_they_come)
{
    static const uint64_t bandwidths[][3] = { { 500000, 1000000, 2000000 },
                                              { 2000000, 500000, 1000000 },
                                              { 2000000, 1000000, 500000 } };
    struct world world;
    world_init(&world, 2, (struct link_options){ .latency = distribution_constant(500) });
    for (size_t i = 0; i < 3; i++) {
        struct network_condition slow = { .bandwidth_bits_per_s = bandwidths[_i][i] };
        world_degrade(&world, 3, &slow);
    }
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 2000500);
    world_done(&world);
}
END_TEST

START_TEST(nobody_waits_behind_a_bandwidth_that_is_restored)
{
    struct network_condition slow = { .bandwidth_bits_per_s = 1 };
    struct world world;
    world_init(&world, 2, (struct link_options){ .latency = distribution_constant(500) });
    uint32_t handle = world_degrade(&world, 3, &slow);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1).delay_ns[0], UINT64_C(8000000500));
    network_restore(world.network, handle);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1).delay_ns[0], 500);
    slow.bandwidth_bits_per_s = 1000000;
    world_degrade(&world, 3, &slow);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 1000500);
    world_done(&world);
}
END_TEST

START_TEST(what_waits_for_another_bandwidth_goes_on_waiting)
{
    struct network_condition slow = { .bandwidth_bits_per_s = 1000000 };
    struct world world;
    world_init(&world, 2, (struct link_options){ .latency = distribution_constant(500) });
    uint32_t first = world_degrade(&world, 3, &slow);
    world_degrade(&world, 3, &slow);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 1000500);
    network_restore(world.network, first);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 2000500);
    world_done(&world);
}
END_TEST

/* The second condition concerns machines that have nothing to do with the first one's. */
START_TEST(a_bandwidth_elsewhere_keeps_nobody_waiting_behind_one_that_is_restored)
{
    struct network_condition slow = { .bandwidth_bits_per_s = 1000000 };
    struct world world;
    world_init(&world, 6, (struct link_options){ .latency = distribution_constant(500) });
    uint32_t first = world_degrade(&world, 3, &slow);
    world_degrade(&world, 12, &slow);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 4, 125).delay_ns[0], 1000500);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 2, 125).delay_ns[0], 1000500);
    ck_assert_uint_eq(world_send_at(&world, 0, 2, 5, 125).delay_ns[0], 1000500);
    network_restore(world.network, first);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 4, 125).delay_ns[0], 500);
    /* Those of which the second one concerns one go on. */
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 2, 125).delay_ns[0], 2000500);
    ck_assert_uint_eq(world_send_at(&world, 0, 2, 5, 125).delay_ns[0], 2000500);
    world_done(&world);
}
END_TEST

START_TEST(a_message_passes_its_link_before_the_bandwidth_of_a_condition)
{
    struct network_condition slow = { .bandwidth_bits_per_s = 1000000 };
    struct world world;
    world_init(&world, 2,
               (struct link_options){ .latency = distribution_constant(500),
                                      .bandwidth_bits_per_s = 2000000,
                                      .queue_limit_bytes = 100 });
    world_degrade(&world, 3, &slow);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 1500500);
    /* Finds 87.5 bytes waiting for the link, leaves it at 1 ms, and finds 62.5 bytes waiting for
     * the condition's bandwidth, which is free at 1.5 ms.  Had it come there first, it would have
     * found 106 bytes. */
    ck_assert_uint_eq(world_send_at(&world, 150000, 0, 1, 125).delay_ns[0], 2350500);
    /* Passes the link from 1 ms to 1.5 ms, where another 1 ms of 125 bytes waits. */
    ck_assert_uint_eq(world_send_at(&world, 1000000, 0, 1, 125).drop, NETWORK_OVERFLOW);
    world_done(&world);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network bandwidths");
    TCase *tests = tcase_create("network bandwidths");
    tcase_add_test(tests, the_lowest_bandwidth_of_several_conditions_counts);
    tcase_add_loop_test(tests, the_lowest_bandwidth_counts_in_whatever_order_they_come, 0, 3);
    tcase_add_test(tests, nobody_waits_behind_a_bandwidth_that_is_restored);
    tcase_add_test(tests, what_waits_for_another_bandwidth_goes_on_waiting);
    tcase_add_test(tests, a_bandwidth_elsewhere_keeps_nobody_waiting_behind_one_that_is_restored);
    tcase_add_test(tests, a_message_passes_its_link_before_the_bandwidth_of_a_condition);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
