/* The link of a pair is its exception's, or else that of its racks. */
#include <signal.h>

#include "base/random.h"
#include "model/topology.h"
#include "support/suite.h"

enum { LOCAL, REMOTE, BACK, SLOW, LINKS };

static const struct link_options links[LINKS];
static const char *const names[] = { "one", "two" };

/* Machines 0 to 2 are in the first rack, 3 and 4 in the second. */
static struct topology two_racks(const struct link_exception *exceptions, size_t count)
{
    static const uint32_t regions[] = { 0, 1 };
    static const uint32_t racks[] = { 0, 0, 0, 1, 1 };
    static const uint32_t rack_links[] = { LOCAL, REMOTE, BACK, LOCAL };
    return (struct topology){
        .machine_count = 5,
        .rack_count = 2,
        .region_count = 2,
        .region_names = names,
        .rack_names = names,
        .region_of_rack = regions,
        .rack_of_machine = racks,
        .links = links,
        .link_count = LINKS,
        .link_of_racks = rack_links,
        .exceptions = exceptions,
        .exception_count = count,
    };
}

START_TEST(a_pair_takes_the_link_of_its_racks_in_its_direction)
{
    struct topology topology = two_racks(NULL, 0);
    topology_check(&topology);
    ck_assert_uint_eq(topology_link(&topology, 0, 2), LOCAL);
    ck_assert_uint_eq(topology_link(&topology, 4, 3), LOCAL);
    ck_assert_uint_eq(topology_link(&topology, 2, 3), REMOTE);
    ck_assert_uint_eq(topology_link(&topology, 3, 2), BACK);
}
END_TEST

START_TEST(an_exception_holds_for_one_direction_of_one_pair)
{
    static const struct link_exception exceptions[] = { { 0, 1, SLOW }, { 2, 4, SLOW } };
    struct topology topology = two_racks(exceptions, 2);
    topology_check(&topology);
    ck_assert_uint_eq(topology_link(&topology, 0, 1), SLOW);
    ck_assert_uint_eq(topology_link(&topology, 1, 0), LOCAL);
    ck_assert_uint_eq(topology_link(&topology, 2, 4), SLOW);
    ck_assert_uint_eq(topology_link(&topology, 2, 3), REMOTE);
}
END_TEST

START_TEST(every_exception_of_any_set_is_found)
{
    struct random_stream stream = random_stream_of(3);
    for (int round = 0; round < 200; round++) {
        struct link_exception exceptions[25];
        uint32_t expected[25];
        size_t count = 0;
        struct topology topology = two_racks(exceptions, 0);
        for (uint32_t pair = 0; pair < 25; pair++) {
            expected[pair] = topology_link(&topology, pair / 5, pair % 5);
            if (random_chance(&stream, PROBABILITY_ONE / 2))
                continue;
            expected[pair] = (uint32_t)random_below(&stream, LINKS);
            exceptions[count++] = (struct link_exception){ pair / 5, pair % 5, expected[pair] };
        }
        topology.exception_count = count;
        topology_check(&topology);
        for (uint32_t pair = 0; pair < 25; pair++)
            ck_assert_uint_eq(topology_link(&topology, pair / 5, pair % 5), expected[pair]);
    }
}
END_TEST

START_TEST(exceptions_out_of_order_are_refused)
{
    static const struct link_exception exceptions[] = { { 2, 4, SLOW }, { 0, 1, SLOW } };
    struct topology topology = two_racks(exceptions, 2);
    topology_check(&topology);
}
END_TEST

START_TEST(a_chance_above_one_is_refused)
{
    struct link_options link = { 0 };
    uint64_t *const chances[] = { &link.loss,    &link.duplicate,   &link.reorder,
                                  &link.corrupt, &link.burst_begin, &link.burst_end };
    uint32_t rack_links[] = { 0, 0, 0, 0 };
    struct topology topology = two_racks(NULL, 0);
    topology.links = &link;
    topology.link_count = 1;
    topology.link_of_racks = rack_links;
    for (size_t i = 0; i < 6; i++)
        *chances[i] = PROBABILITY_ONE;
    topology_check(&topology);
    *chances[_i] = PROBABILITY_ONE + 1;
    topology_check(&topology);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("topology");
    TCase *tests = tcase_create("topology");
    tcase_add_test(tests, a_pair_takes_the_link_of_its_racks_in_its_direction);
    tcase_add_test(tests, an_exception_holds_for_one_direction_of_one_pair);
    tcase_add_test(tests, every_exception_of_any_set_is_found);
    tcase_add_test_raise_signal(tests, exceptions_out_of_order_are_refused, SIGABRT);
    tcase_add_loop_test_raise_signal(tests, a_chance_above_one_is_refused, SIGABRT, 0, 6);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
