/* What the network does to datagrams, as programs see it: clogs, damage and the interfaces of
 * machines. */
#include <check.h>
#include <string.h>

#include "base/hash.h"
#include "host/internal.h"
#include "host/narrate.h"
#include "story.h"
#include "support/suite.h"

enum { A, B, C };

static struct small_cluster small;
static struct cluster *cluster;
static struct interface_options interfaces[SMALL_INSTANCES_MAX];

static void set_up(void)
{
    static const uint64_t free_of_charge[] = { 0 };
    story_act = NULL;
    small_cluster_init(&small, &story_program, 3);
    for (int i = 0; i < 3; i++)
        small.instances[i].unit_costs_ns = free_of_charge;
}

static void tear_down(void) { cluster_free(cluster); }

static void run_to_us(uint64_t us) { cluster_run(cluster, us * 1000 + 1, UINT64_MAX); }

static void begin(void)
{
    cluster = story_begin(&small);
    run_to_us(0);
    ck_assert_str_eq(story_told(), "0s a start 0\n0s b start 0\n0s c start 0\n");
}

static void ask(uint32_t instance)
{
    cluster_request(cluster, instance, &(struct cs_op){ .kind = CS_OP_WORK });
}

/* What stands between `machine` and all others, both ways. */
static uint32_t cut_off(uint32_t machine, bool clog)
{
    uint8_t sides[3] = { 0 };
    sides[machine] = 1;
    const uint64_t blocked[NETWORK_SIDES_MAX] = { 2, 1 };
    return network_cut(cluster_network(cluster), sides, blocked, clog);
}

static const struct instance_counters *counters(uint32_t instance)
{
    return cluster_counters(cluster, instance);
}

/* sent + duplicated = all that became of it, with nothing on its way. */
static void check_conservation(void)
{
    uint64_t begun = 0, ended = 0;
    for (uint32_t i = 0; i < 3; i++) {
        const struct instance_counters *n = counters(i);
        begun += n->messages_sent + n->messages_duplicated;
        ended += n->messages_delivered + n->messages_lost + n->messages_cut +
                 n->messages_tail_dropped + n->messages_dead + n->messages_overflowed;
    }
    ck_assert_uint_gt(begun, 0);
    ck_assert_uint_eq(begun, ended + cluster_held(cluster));
}

/* ---- Clogs ----------------------------------------------------------------------------------- */

/* The n-th request makes a send b the kind n. */
static void send_to_b(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        cs_send(event->cx, B, (cs_kind)event->number, cs_bytes_of("x", 1));
}

static void ask_at_1_2_and_3_ms(void)
{
    for (uint64_t ms = 1; ms <= 3; ms++) {
        run_to_us(1000 * ms);
        ask(A);
    }
    run_to_us(9000);
    ck_assert_str_eq(story_told(), "1.000001ms a request 1\n2.000001ms a request 2\n"
                                   "3.000001ms a request 3\n");
}

START_TEST(clogged_messages_arrive_after_the_release_in_the_order_of_their_sending)
{
    story_act = send_to_b;
    begin();
    uint32_t clog = cut_off(B, true);
    ask_at_1_2_and_3_ms();
    ck_assert_uint_eq(cluster_held(cluster), 3);
    ck_assert_uint_eq(counters(A)->messages_held, 3);
    check_conservation();
    cluster_heal(cluster, clog);
    ck_assert_uint_eq(cluster_held(cluster), 0);
    run_to_us(20000);
    ck_assert_str_eq(story_told(),
                     "10.000001ms b message 1 from a\n10.000001ms b message 2 from a\n"
                     "10.000001ms b message 3 from a\n");
    check_conservation();
}
END_TEST

START_TEST(a_message_is_held_until_the_last_clog_between_is_healed)
{
    story_act = send_to_b;
    begin();
    uint32_t first = cut_off(B, true);
    uint32_t second = cut_off(A, true);
    uint32_t elsewhere = cut_off(C, true);
    ask(A);
    run_to_us(5000);
    cluster_heal(cluster, first);
    ck_assert_uint_eq(cluster_held(cluster), 1);
    cluster_heal(cluster, second);
    ck_assert_uint_eq(cluster_held(cluster), 0);
    run_to_us(7000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n6.000001ms b message 1 from a\n");
    cluster_heal(cluster, elsewhere);
    check_conservation();
}
END_TEST

/* It stays behind while the clog stands, though the cut beside it changes. */
START_TEST(a_held_message_is_cut_if_a_cut_stands_when_the_clog_is_healed)
{
    story_act = send_to_b;
    begin();
    small.link.duplicate = PROBABILITY_ONE; /* the network reads its options as it goes */
    uint32_t clog = cut_off(B, true);
    ask(A);
    run_to_us(1000);
    uint32_t healed = cut_off(B, false), lasting = cut_off(B, false);
    cluster_heal(cluster, healed);
    ck_assert_uint_eq(cluster_held(cluster), 2);
    cluster_heal(cluster, clog);
    ck_assert_uint_eq(cluster_held(cluster), 0);
    ck_assert_uint_eq(counters(A)->messages_cut, 2);
    cluster_heal(cluster, lasting);
    run_to_us(9000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    check_conservation();
}
END_TEST

START_TEST(a_held_message_goes_to_whoever_lives_there_at_its_arrival)
{
    story_act = send_to_b;
    begin();
    uint32_t clog = cut_off(B, true);
    ask(A);
    ask(A);
    run_to_us(1000);
    cluster_crash(cluster, B);
    cluster_restart(cluster, B);
    cluster_heal(cluster, clog);
    run_to_us(3000);
    ck_assert_str_eq(story_told(),
                     "1ns a request 1\n1ns a request 2\n1.000001ms b start 2\n"
                     "2.000001ms b message 1 from a\n2.000001ms b message 2 from a\n");
    check_conservation();
}
END_TEST

START_TEST(a_held_message_of_a_sender_that_has_died_goes_on)
{
    story_act = send_to_b;
    begin();
    uint32_t clog = cut_off(B, true);
    ask(A);
    run_to_us(1000);
    cluster_crash(cluster, A);
    cluster_heal(cluster, clog);
    run_to_us(3000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n2.000001ms b message 1 from a\n");
}
END_TEST

START_TEST(thousands_of_held_messages_keep_their_order_and_give_their_memory_back)
{
    enum { COUNT = 5000 };
    story_act = send_to_b;
    begin();
    uint32_t slab_count = 0;
    size_t bytes = arena_bytes(cluster->memory);
    for (int round = 0; round < 3; round++) {
        uint32_t clog = cut_off(B, true);
        for (int i = 0; i < COUNT; i++)
            ask(A);
        run_to_us(10000 * (uint64_t)round + 5000);
        ck_assert_uint_eq(cluster_held(cluster), COUNT);
        story_told();
        cluster_heal(cluster, clog);
        run_to_us(10000 * (uint64_t)round + 9000);
        const char *told = story_told();
        for (unsigned i = 1; i <= COUNT; i++) {
            unsigned number = 0;
            told = strstr(told, "b message ");
            suite_require(told != NULL);
            number = (unsigned)strtoul(told + strlen("b message "), NULL, 10);
            suite_require(number == (unsigned)round * COUNT + i);
            told++;
        }
        ck_assert(round == 0 || slab_count == cluster->held.slab_count);
        slab_count = cluster->held.slab_count;
        ck_assert_uint_eq(arena_bytes(cluster->memory), bytes);
    }
    ck_assert_uint_eq(slab_count, COUNT);
}
END_TEST

/* ---- Damage ---------------------------------------------------------------------------------- */

static const char sent[] = "to be, or not to be";
static char heard[3][sizeof sent];
static uint64_t recorded[3]; /* the digests of the deliveries */

static void send_to_both(const struct story_event *event)
{
    static const cs_node to[] = { B, C };
    struct cs_bytes part = cs_bytes_of(sent, sizeof sent);
    if (event->input == STORY_REQUEST)
        cs_send_many(event->cx, to, 2, 7, &part, 1);
    if (event->input == STORY_MESSAGE)
        memcpy(heard[cs_self(event->cx)], event->bytes.data, event->bytes.size);
}

static void on_record(void *argument, const struct trace_record *record)
{
    (void)argument;
    if (record->kind == TRACE_MESSAGE)
        recorded[record->instance] = record->b;
}

START_TEST(a_damaged_copy_is_delivered_and_the_others_of_its_broadcast_are_whole)
{
    static const uint8_t all[] = { 1, 1, 1 }, to_b[] = { 0, 1, 0 };
    story_act = send_to_both;
    begin();
    size_t bytes = arena_bytes(cluster->memory);
    trace_set_sink(cluster_trace(cluster), on_record, NULL);
    network_degrade(cluster_network(cluster), all, to_b,
                    &(struct network_condition){ .corrupt = PROBABILITY_ONE });
    ask(A);
    run_to_us(2000);
    ck_assert_str_eq(
        story_told(),
        "1ns a request 1\n1.000001ms b message 7 from a\n1.000001ms c message 7 from a\n");
    ck_assert_uint_eq(counters(A)->messages_corrupted, 1);
    ck_assert_mem_ne(heard[B], sent, sizeof sent);
    ck_assert_mem_eq(heard[C], sent, sizeof sent);
    ck_assert_uint_eq(recorded[B], hash_bytes(heard[B], sizeof sent));
    ck_assert_uint_eq(recorded[C], hash_bytes(sent, sizeof sent));
    ck_assert_uint_eq(arena_bytes(cluster->memory), bytes);
    check_conservation();
}
END_TEST

START_TEST(a_held_copy_that_was_damaged_arrives_damaged)
{
    story_act = send_to_both;
    begin();
    small.link.corrupt = PROBABILITY_ONE;
    uint32_t clog = cut_off(B, true);
    ask(A);
    run_to_us(2000);
    cluster_heal(cluster, clog);
    run_to_us(4000);
    ck_assert_mem_ne(heard[B], sent, sizeof sent);
    ck_assert_mem_ne(heard[C], sent, sizeof sent);
    ck_assert_mem_ne(heard[B], heard[C], sizeof sent);
    ck_assert_uint_eq(counters(A)->messages_corrupted, 2);
}
END_TEST

/* ---- What is told ---------------------------------------------------------------------------- */

static struct cs_text told;

static void expect_told(const char *words)
{
    ck_assert_msg(strstr(text_string(&told), words) != NULL, "no \"%s\" in:\n%s", words,
                  text_string(&told));
}

START_TEST(the_narration_tells_of_what_is_held_let_go_cut_dropped_and_damaged)
{
    story_act = send_to_b;
    begin();
    cluster_narrate(cluster, &told, NULL);
    uint32_t clog = cut_off(B, true);
    ask(A);
    run_to_us(1000);
    expect_told("0.000ms  a    hold kind 1 to b\n");
    cluster_heal(cluster, clog);
    expect_told("1.000ms  a  let go kind 1 to b\n");
    clog = cut_off(B, true);
    ask(A);
    run_to_us(2000);
    uint32_t cut = cut_off(B, false);
    cluster_heal(cluster, clog);
    expect_told("2.000ms  a  drop held kind 2 to b: cut off\n");
    cluster_heal(cluster, cut);
    small.link.corrupt = PROBABILITY_ONE;
    ask(A);
    run_to_us(3000);
    expect_told("2.000ms  a    damage kind 3 to b\n");
    small.link.duplicate = PROBABILITY_ONE;
    ask(A);
    run_to_us(4000);
    expect_told("3.000ms  a    double kind 4 to b: both damaged\n");
    small.link.bandwidth_bits_per_s = 8;
    small.link.queue_limit_bytes = 1;
    for (int i = 0; i < 3; i++)
        ask(A);
    run_to_us(5000);
    expect_told("4.000ms  a    drop kind 7 to b: a queue is full\n");
    text_done(&told);
}
END_TEST

/* ---- Interfaces ------------------------------------------------------------------------------ */

/* At 8 Mbit/s a byte takes 1 us. */
static void use_interfaces(uint64_t queue_limit_bytes)
{
    for (int i = 0; i < 3; i++)
        interfaces[i] = (struct interface_options){ 8000000, queue_limit_bytes };
    small.options.topology.interfaces = interfaces;
}

static void send_100_bytes_to_c(const struct story_event *event)
{
    static const uint8_t zeros[100];
    if (event->input == STORY_REQUEST)
        cs_send(event->cx, C, (cs_kind)event->number, cs_bytes_of(zeros, sizeof zeros));
}

START_TEST(two_senders_take_turns_at_the_interface_of_their_receiver)
{
    story_act = send_100_bytes_to_c;
    use_interfaces(0);
    begin();
    ask(A);
    ask(B);
    run_to_us(3000);
    ck_assert_str_eq(story_told(),
                     "1ns a request 1\n1ns b request 1\n"
                     "1.200001ms c message 1 from a\n1.300001ms c message 1 from b\n");
    check_conservation();
}
END_TEST

START_TEST(what_was_sent_later_and_comes_earlier_does_not_wait_at_the_receivers_interface)
{
    static const uint8_t from_a[] = { 1, 0, 0 }, all[] = { 1, 1, 1 };
    story_act = send_100_bytes_to_c;
    use_interfaces(0);
    begin();
    network_degrade(cluster_network(cluster), from_a, all,
                    &(struct network_condition){ .delay = distribution_constant(5000000) });
    ask(A);
    ask(B);
    run_to_us(9000);
    ck_assert_str_eq(story_told(),
                     "1ns a request 1\n1ns b request 1\n"
                     "1.200001ms c message 1 from b\n6.200001ms c message 1 from a\n");
}
END_TEST

START_TEST(a_full_queue_drops_for_its_sender_at_either_interface)
{
    story_act = send_100_bytes_to_c;
    use_interfaces(50);
    begin();
    ask(A);
    ask(A); /* finds 100 bytes waiting in a's interface */
    ask(B); /* finds 100 bytes waiting in c's */
    run_to_us(3000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a request 2\n1ns b request 1\n"
                                   "1.200001ms c message 1 from a\n");
    ck_assert_uint_eq(counters(A)->messages_tail_dropped, 1);
    ck_assert_uint_eq(counters(B)->messages_tail_dropped, 1);
    ck_assert_uint_eq(counters(C)->messages_delivered, 1);
    check_conservation();
}
END_TEST

START_TEST(instances_of_one_machine_reach_each_other_past_its_interface)
{
    small.instances[C].machine = A;
    story_act = send_100_bytes_to_c;
    use_interfaces(0);
    begin();
    ask(A);
    run_to_us(1000);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns c message 1 from a\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network faults");
    TCase *tests = tcase_create("network faults");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, clogged_messages_arrive_after_the_release_in_the_order_of_their_sending);
    tcase_add_test(tests, a_message_is_held_until_the_last_clog_between_is_healed);
    tcase_add_test(tests, a_held_message_is_cut_if_a_cut_stands_when_the_clog_is_healed);
    tcase_add_test(tests, a_held_message_goes_to_whoever_lives_there_at_its_arrival);
    tcase_add_test(tests, a_held_message_of_a_sender_that_has_died_goes_on);
    tcase_add_test(tests, thousands_of_held_messages_keep_their_order_and_give_their_memory_back);
    tcase_add_test(tests, a_damaged_copy_is_delivered_and_the_others_of_its_broadcast_are_whole);
    tcase_add_test(tests, a_held_copy_that_was_damaged_arrives_damaged);
    tcase_add_test(tests, the_narration_tells_of_what_is_held_let_go_cut_dropped_and_damaged);
    tcase_add_test(tests, two_senders_take_turns_at_the_interface_of_their_receiver);
    tcase_add_test(tests,
                   what_was_sent_later_and_comes_earlier_does_not_wait_at_the_receivers_interface);
    tcase_add_test(tests, a_full_queue_drops_for_its_sender_at_either_interface);
    tcase_add_test(tests, instances_of_one_machine_reach_each_other_past_its_interface);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
