/* Links and interfaces take the time that their bandwidth says, and hold what their queues do.
 *
 * At 1 Gbit/s a message of 1250 bytes takes 10 us. */
#include "support/suite.h"
#include "world.h"

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
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125).delay_ns[0], 11500);
    ck_assert_uint_eq(world_send_at(&world, 4000, 0, 1, 1250).delay_ns[0], 17500);
    ck_assert_uint_eq(world_send_at(&world, 100000, 0, 1, 1250).delay_ns[0], 10500);
    world_done(&world);
}
END_TEST

START_TEST(each_direction_of_each_pair_has_its_own_bandwidth)
{
    struct world world;
    world_init(&world, 3, gigabit_link());
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(world_send_at(&world, 0, 1, 0, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 2, 1250).delay_ns[0], 10500);
    world_done(&world);
}
END_TEST

START_TEST(a_part_of_a_nanosecond_on_the_link_counts_as_one)
{
    struct link_options link = { .latency = distribution_constant(0), .bandwidth_bits_per_s = 3 };
    struct world world;
    world_init(&world, 2, link);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1).delay_ns[0], 2666666667);
    world_done(&world);
}
END_TEST

START_TEST(lost_and_cut_messages_occupy_the_link_too)
{
    struct world world;
    world_init(&world, 2, gigabit_link());
    uint32_t cut = world_cut_off(&world, 1, 2, 1, false);
    world_send_at(&world, 0, 0, 1, 1250);
    network_heal(world.network, cut);
    world.link.loss = PROBABILITY_ONE;
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).drop, NETWORK_LOST);
    world.link.loss = 0;
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0], 30500);
    world_done(&world);
}
END_TEST

START_TEST(the_second_copy_of_a_message_does_not_occupy_the_link)
{
    struct world world;
    world_init(&world, 2, gigabit_link());
    world.link.duplicate = PROBABILITY_ONE;
    struct network_route route = world_send_at(&world, 0, 0, 1, 1250);
    ck_assert_uint_eq(route.copies, 2);
    ck_assert_uint_eq(route.delay_ns[1], 10500);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0], 20500);
    world_done(&world);
}
END_TEST

/* ---- Queues ---------------------------------------------------------------------------------- */

static struct link_options limited_link(uint64_t limit_bytes)
{
    struct link_options link = gigabit_link();
    link.queue_limit_bytes = limit_bytes;
    return link;
}

START_TEST(who_finds_more_waiting_than_the_limit_is_dropped_and_occupies_nothing)
{
    struct world world;
    world_init(&world, 2, limited_link(2500));
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0], 20500);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0],
                      30500); /* finds 2500 bytes */
    struct network_route route = world_send_at(&world, 0, 0, 1, 1250);
    ck_assert_uint_eq(route.drop, NETWORK_OVERFLOW);
    ck_assert_uint_eq(route.copies, 0);
    ck_assert_uint_eq(world_send_at(&world, 9999, 0, 1, 1250).drop, NETWORK_OVERFLOW);
    ck_assert_uint_eq(world_send_at(&world, 10000, 0, 1, 1250).delay_ns[0], 30500);
    ck_assert_uint_eq(world_send_at(&world, 10000, 1, 0, 1250).delay_ns[0], 10500);
    world_done(&world);
}
END_TEST

START_TEST(a_message_that_is_larger_than_the_queue_passes_while_it_is_empty)
{
    struct world world;
    world_init(&world, 2, limited_link(1));
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 125000).delay_ns[0], 1000500);
    ck_assert_uint_eq(world_send_at(&world, 999990, 0, 1, 1).drop,
                      NETWORK_OVERFLOW); /* of 1.25 bytes */
    ck_assert_uint_eq(world_send_at(&world, 999992, 0, 1, 1).drop, NETWORK_DELIVERED); /* of one */
    world_done(&world);
}
END_TEST

START_TEST(a_dropped_message_draws_as_much_as_a_delivered_one)
{
    struct link_options link = world_uniform_link();
    struct world roomy, narrow;
    world_init(&roomy, 2, link);
    link.bandwidth_bits_per_s = 8; /* one byte a second */
    link.queue_limit_bytes = 1;
    world_init(&narrow, 2, link);
    ck_assert_uint_eq(world_send_at(&roomy, 0, 0, 1, 0).delay_ns[0],
                      world_send_at(&narrow, 0, 0, 1, 0).delay_ns[0]);
    world_send_at(&narrow, 0, 0, 1, 100);
    world_send_at(&roomy, 0, 0, 1, 100);
    for (int i = 0; i < 10; i++) {
        world_send_at(&roomy, 0, 0, 1, 100);
        ck_assert_uint_eq(world_send_at(&narrow, 0, 0, 1, 100).drop, NETWORK_OVERFLOW);
    }
    uint64_t later = 1000 * MILLISECOND * 100;
    ck_assert_uint_eq(world_send_at(&narrow, later, 0, 1, 0).delay_ns[0],
                      world_send_at(&roomy, later, 0, 1, 0).delay_ns[0]);
    world_done(&roomy);
    world_done(&narrow);
}
END_TEST

/* ---- Interfaces ------------------------------------------------------------------------------ */

static const struct interface_options gigabit = { .bandwidth_bits_per_s = 1000000000 };

static struct link_options constant_link(void)
{
    return (struct link_options){ .latency = distribution_constant(500) };
}

START_TEST(what_a_machine_sends_shares_its_interface_whoever_it_is_for)
{
    struct world world;
    world_init(&world, 3, constant_link());
    world_use_interfaces(&world, gigabit);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 2, 1250).delay_ns[0], 20500);
    ck_assert_uint_eq(world_send_at(&world, 0, 1, 2, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(world_send_at(&world, 5000, 0, 1, 125).delay_ns[0], 16500);
    world_done(&world);
}
END_TEST

START_TEST(a_message_passes_the_interface_before_its_link)
{
    struct link_options link = constant_link();
    struct world world;
    link.bandwidth_bits_per_s = 500000000; /* 20 us for 1250 bytes */
    world_init(&world, 3, link);
    world_use_interfaces(&world, gigabit);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0], 30500);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).delay_ns[0],
                      50500); /* waits for the link */
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 2, 1250).delay_ns[0],
                      50500); /* for the interface */
    world_done(&world);
}
END_TEST

START_TEST(the_queue_of_a_sending_interface_has_a_limit)
{
    struct world world;
    world_init(&world, 3, constant_link());
    world_use_interfaces(&world, (struct interface_options){ 1000000000, 1250 });
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1250).drop, NETWORK_DELIVERED);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 2, 1250).drop, NETWORK_DELIVERED);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 1, 1).drop, NETWORK_OVERFLOW);
    ck_assert_uint_eq(world_send_at(&world, 0, 0, 0, 1).drop, NETWORK_DELIVERED); /* itself */
    ck_assert_uint_eq(world_send_at(&world, 10000, 0, 1, 1).drop, NETWORK_DELIVERED);
    world_done(&world);
}
END_TEST

static uint64_t receive_at(struct world *world, uint64_t now, uint64_t size)
{
    uint64_t at = 0;
    ck_assert(network_receive(world->network, now, 1, size, &at));
    return at;
}

START_TEST(copies_take_their_turn_at_the_receivers_interface_as_they_come)
{
    struct world world;
    world_init(&world, 2, constant_link());
    world_use_interfaces(&world, (struct interface_options){ 1000000000, 2500 });
    ck_assert(network_receives_in_turn(world.network, 0, 1));
    ck_assert(!network_receives_in_turn(world.network, 1, 1));
    ck_assert_uint_eq(receive_at(&world, 1000, 1250), 11000);
    ck_assert_uint_eq(receive_at(&world, 5000, 125), 12000);
    ck_assert_uint_eq(receive_at(&world, 12000, 3750), 42000);
    uint64_t at = 7;
    ck_assert(!network_receive(world.network, 21999, 1, 1, &at)); /* 2500.125 bytes wait */
    ck_assert_uint_eq(at, 7);
    ck_assert_uint_eq(receive_at(&world, 22000, 1250), 52000);
    world_done(&world);
}
END_TEST

START_TEST(an_interface_sends_and_receives_at_the_same_time)
{
    struct world world;
    world_init(&world, 2, constant_link());
    world_use_interfaces(&world, gigabit);
    ck_assert_uint_eq(receive_at(&world, 0, 1250), 10000);
    ck_assert_uint_eq(world_send_at(&world, 0, 1, 0, 1250).delay_ns[0], 10500);
    ck_assert_uint_eq(receive_at(&world, 0, 1250), 20000);
    world_done(&world);
}
END_TEST

START_TEST(nobody_takes_turns_at_an_interface_without_a_limit)
{
    struct world world;
    world_init(&world, 2, constant_link());
    ck_assert(!network_receives_in_turn(world.network, 0, 1));
    world_use_interfaces(&world, gigabit);
    world.interfaces[1].bandwidth_bits_per_s = 0;
    ck_assert(!network_receives_in_turn(world.network, 0, 1));
    ck_assert(network_receives_in_turn(world.network, 1, 0));
    ck_assert_uint_eq(world_send_at(&world, 0, 1, 0, 1250).delay_ns[0], 500);
    world_done(&world);
}
END_TEST

START_TEST(an_interface_tells_how_long_it_was_busy_and_what_waits)
{
    struct world world;
    world_init(&world, 2, constant_link());
    struct network_interface_view view = network_interface(world.network, 0, 0);
    ck_assert_uint_eq(view.sent_busy_ns + view.received_busy_ns + view.send_backlog_ns, 0);
    world_use_interfaces(&world, gigabit);
    world_send_at(&world, 0, 0, 1, 1250);
    world_send_at(&world, 4000, 0, 1, 1250);
    world_send_at(&world, 50000, 0, 1, 1250);
    receive_at(&world, 50000, 125);
    view = network_interface(world.network, 0, 53000);
    ck_assert_uint_eq(view.sent_busy_ns, 30000);
    ck_assert_uint_eq(view.received_busy_ns, 0);
    ck_assert_uint_eq(view.send_backlog_ns, 7000);
    ck_assert_uint_eq(network_interface(world.network, 0, 60000).send_backlog_ns, 0);
    ck_assert_uint_eq(network_interface(world.network, 1, 60000).received_busy_ns, 1000);
    world_done(&world);
}
END_TEST

/* ---- How busy links are ---- */

static void check_use(struct world *world, uint64_t now, uint64_t done_ns, uint64_t backlog_ns)
{
    struct network_link_use use[MACHINES_MAX];
    network_take_link_use(world->network, now, use);
    ck_assert_uint_eq(use[0].done_ns, done_ns);
    ck_assert_uint_eq(use[0].backlog_ns, backlog_ns);
    for (uint32_t i = 1; i < world->topology.machine_count; i++)
        ck_assert_uint_eq(use[i].done_ns + use[i].backlog_ns, 0);
}

/* 1250 bytes take 10 us at 1 Gbit/s. */
START_TEST(the_busiest_link_of_a_machine_tells_what_it_has_done_and_what_waits)
{
    struct world world;
    world_init(&world, 3, gigabit_link());
    ck_assert(network_has_link_use(world.network));
    check_use(&world, 0, 0, 0);
    world_send_at(&world, 0, 0, 2, 1250);
    for (int i = 0; i < 3; i++)
        world_send_at(&world, 0, 0, 1, 1250);
    check_use(&world, 25000, 25000, 5000);
    check_use(&world, 25000, 0, 5000);
    world_send_at(&world, 50000, 0, 2, 1250);
    check_use(&world, 100000, 10000, 0); /* 5 us of the one, 10 of the other */
    world_done(&world);
}
END_TEST

START_TEST(links_keep_what_they_have_done_while_their_table_grows)
{
    struct world world;
    world_init(&world, MACHINES_MAX, gigabit_link());
    world_send_at(&world, 0, 0, 1, 1250);
    check_use(&world, 4000, 4000, 6000);
    for (uint32_t to = 2; to < MACHINES_MAX; to++)
        world_send_at(&world, 10000, 0, to, 125);
    check_use(&world, 20000, 6000, 0);
    world_done(&world);
}
END_TEST

/* 1250 bytes take 1 ms to leave the interface and 10 us on the link. */
START_TEST(a_link_behind_a_slow_interface_is_idle_between_messages)
{
    struct world world;
    world_init(&world, 2, gigabit_link());
    struct interface_options slow = { .bandwidth_bits_per_s = 10000000 };
    world_use_interfaces(&world, slow);
    for (int i = 0; i < 3; i++)
        world_send_at(&world, 0, 0, 1, 1250);
    check_use(&world, 500000, 0, 30000);
    check_use(&world, 1004000, 4000, 26000);
    check_use(&world, 2500000, 16000, 10000);
    check_use(&world, 4000000, 10000, 0);
    world_done(&world);
}
END_TEST

START_TEST(links_without_a_limit_are_never_busy)
{
    struct world world;
    world_init(&world, 2, constant_link());
    ck_assert(!network_has_link_use(world.network));
    world_done(&world);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network queues");
    TCase *tests = tcase_create("network queues");
    tcase_add_test(tests, bandwidth_spaces_messages_by_their_size);
    tcase_add_test(tests, each_direction_of_each_pair_has_its_own_bandwidth);
    tcase_add_test(tests, a_part_of_a_nanosecond_on_the_link_counts_as_one);
    tcase_add_test(tests, lost_and_cut_messages_occupy_the_link_too);
    tcase_add_test(tests, the_second_copy_of_a_message_does_not_occupy_the_link);
    tcase_add_test(tests, who_finds_more_waiting_than_the_limit_is_dropped_and_occupies_nothing);
    tcase_add_test(tests, a_message_that_is_larger_than_the_queue_passes_while_it_is_empty);
    tcase_add_test(tests, a_dropped_message_draws_as_much_as_a_delivered_one);
    tcase_add_test(tests, what_a_machine_sends_shares_its_interface_whoever_it_is_for);
    tcase_add_test(tests, a_message_passes_the_interface_before_its_link);
    tcase_add_test(tests, the_queue_of_a_sending_interface_has_a_limit);
    tcase_add_test(tests, copies_take_their_turn_at_the_receivers_interface_as_they_come);
    tcase_add_test(tests, an_interface_sends_and_receives_at_the_same_time);
    tcase_add_test(tests, nobody_takes_turns_at_an_interface_without_a_limit);
    tcase_add_test(tests, an_interface_tells_how_long_it_was_busy_and_what_waits);
    tcase_add_test(tests, the_busiest_link_of_a_machine_tells_what_it_has_done_and_what_waits);
    tcase_add_test(tests, links_keep_what_they_have_done_while_their_table_grows);
    tcase_add_test(tests, a_link_behind_a_slow_interface_is_idle_between_messages);
    tcase_add_test(tests, links_without_a_limit_are_never_busy);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
