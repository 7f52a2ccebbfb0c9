/* channel: what the other end takes, whatever the network does. */
#include <string.h>

#include "channel_pair.h"
#include "common/channel_frame.h"
#include "support/suite.h"

static void make_network_bad(uint64_t seed)
{
    network.draws = random_stream_of(random_key(seed, "network", "test"));
    network.loss = 30;
    network.duplicate = 20;
    network.late = 20;
}

/* Send 1 to `last` from each end, as there is room. */
static void exchange(uint64_t last)
{
    uint64_t next[ENDS] = { 1, 1 };
    while (taken[LEFT].count < last || taken[RIGHT].count < last) {
        for (int end = 0; end < ENDS; end++) {
            while (next[end] <= last && channel_room(pair_channel(end)) > 0)
                ck_assert(pair_send(end, next[end]++));
        }
        ck_assert(pair_step());
        ck_assert_uint_lt(rig_now(ends[LEFT]).ns, cs_seconds(600).ns);
    }
}

START_TEST(all_arrives_once_and_in_order_whatever_the_network_does)
{
    make_network_bad((uint64_t)_i);
    exchange(200);
    pair_run(cs_seconds(2)); /* what is still under way changes nothing */
    for (int end = 0; end < ENDS; end++) {
        ck_assert_uint_eq(taken[end].count, 200);
        ck_assert_uint_eq(taken[end].resets, 0);
        for (size_t i = 0; i < 200; i++)
            ck_assert_uint_eq(taken[end].numbers[i], i + 1);
    }
    ck_assert_uint_gt(pair_channel(LEFT)->counts.again, 10);
    ck_assert_uint_gt(pair_channel(RIGHT)->counts.doubled, 10);
}
END_TEST

/* What is sent while a message is lent speaks of what came, and of nothing else. */
START_TEST(answers_within_the_taking_acknowledge_only_what_came)
{
    if (_i > 0)
        make_network_bad((uint64_t)_i);
    pair_answers = true;
    for (uint64_t next = 1; next <= 300;) {
        while (next <= 300 && channel_room(pair_channel(LEFT)) > 0)
            ck_assert(pair_send(LEFT, next++));
        ck_assert(pair_step());
    }
    pair_run(cs_seconds(5));
    ck_assert_uint_eq(taken[RIGHT].count, 300);
    ck_assert_uint_gt(taken[LEFT].count, 100);
    for (int end = 0; end < ENDS; end++) {
        ck_assert_uint_eq(pair_channel(end)->counts.malformed, 0);
        ck_assert_uint_eq(pair_channel(end)->acknowledged, pair_channel(end)->accepted);
    }
    for (size_t i = 0; i < 300; i++)
        ck_assert_uint_eq(taken[RIGHT].numbers[i], i + 1);
    for (size_t i = 1; i < taken[LEFT].count; i++)
        ck_assert_uint_gt(taken[LEFT].numbers[i], taken[LEFT].numbers[i - 1]);
}
END_TEST

START_TEST(on_a_good_network_nothing_is_sent_twice_and_all_timers_end)
{
    exchange(200);
    pair_run(cs_ms(10));
    ck_assert_uint_eq(pair_channel(LEFT)->counts.again, 0);
    ck_assert_uint_eq(pair_channel(RIGHT)->counts.doubled, 0);
    ck_assert(!pair_step());
}
END_TEST

START_TEST(who_sends_more_than_the_window_is_told_that_it_is_full)
{
    pair_run(cs_ms(10));
    for (uint64_t i = 1; i <= WINDOW; i++)
        ck_assert(pair_send(LEFT, i));
    ck_assert_uint_eq(channel_room(pair_channel(LEFT)), 0);
    ck_assert(!pair_send(LEFT, 99));
    pair_run(cs_ms(10));
    ck_assert_uint_eq(channel_room(pair_channel(LEFT)), WINDOW);
    ck_assert(pair_send(LEFT, 100));
    pair_run(cs_ms(10));
    ck_assert_uint_eq(taken[RIGHT].count, WINDOW + 1);
    ck_assert_uint_eq(taken[RIGHT].numbers[WINDOW], 100);
}
END_TEST

START_TEST(what_is_sent_before_anybody_has_answered_waits_and_arrives)
{
    pair_clear_network();
    ck_assert(pair_send(LEFT, 1));
    rig_expect_lines(ends[LEFT], "send", "");
    exchange(1);
    ck_assert_uint_eq(taken[RIGHT].resets, 0);
}
END_TEST

START_TEST(an_acknowledgement_goes_with_the_answer_or_alone)
{
    pair_run(cs_ms(10));
    pair_send(LEFT, 1);
    rig_expect_lines(ends[LEFT], "send", "send DATAGRAM to 1: received=0 message=1\n");
    ck_assert(pair_step());
    rig_expect_lines(ends[RIGHT], "send", "send DATAGRAM to 0: received=1\n");
    pair_send(RIGHT, 1);
    rig_expect_lines(ends[RIGHT], "send", "send DATAGRAM to 0: received=1 message=1\n");
}
END_TEST

/* ---- Sent again ------------------------------------------------------------------------------ */

static uint64_t timer_left_ms(int end)
{
    cs_duration left;
    ck_assert(rig_timer_left(ends[end], TIMER, &left));
    return left.ns / cs_ms(1).ns;
}

/* Both know each other; a round trip takes 2 ms, and was measured. */
static void meet(void)
{
    exchange(1);
    pair_run(cs_ms(10));
    ck_assert_uint_eq(pair_channel(LEFT)->round.smoothed.ns, cs_ms(2).ns);
}

START_TEST(who_gets_no_answer_waits_twice_as_long_each_time_up_to_the_most)
{
    meet();
    network.loss = 100;
    pair_send(LEFT, 2);
    const uint64_t expected[] = { 6, 12, 24, 48, 96, 192, 200, 200 };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        ck_assert_uint_eq(timer_left_ms(LEFT), expected[i]);
        ck_assert(pair_step());
        rig_expect_lines(ends[LEFT], "send", "send DATAGRAM to 1: received=1 message=2\n");
    }
}
END_TEST

START_TEST(an_answer_to_what_was_sent_twice_is_not_measured)
{
    meet();
    network.loss = 100;
    pair_send(LEFT, 2);
    ck_assert(pair_step());
    network.loss = 0;
    ck_assert(pair_step());
    pair_run(cs_ms(5));
    ck_assert_uint_eq(taken[RIGHT].count, 2);
    ck_assert_uint_eq(pair_channel(LEFT)->round.smoothed.ns, cs_ms(2).ns);
    pair_send(LEFT, 3);
    ck_assert_uint_eq(timer_left_ms(LEFT), 24); /* still backed off */
    pair_run(cs_ms(5));
    pair_send(LEFT, 4);
    ck_assert_uint_lt(timer_left_ms(LEFT), 7); /* a new measurement ends that */
}
END_TEST

START_TEST(what_three_later_ones_have_overtaken_is_sent_before_its_time)
{
    meet();
    network.loss = 100;
    pair_send(LEFT, 2);
    network.loss = 0;
    for (uint64_t i = 3; i <= 5; i++)
        pair_send(LEFT, i);
    pair_run(cs_ms(3));
    ck_assert_uint_eq(pair_channel(LEFT)->counts.again, 1);
    ck_assert_uint_eq(pair_channel(RIGHT)->counts.doubled, 0);
    ck_assert_uint_eq(taken[RIGHT].count, 5);
    for (uint64_t i = 1; i <= 5; i++)
        ck_assert_uint_eq(taken[RIGHT].numbers[i - 1], i);
}
END_TEST

START_TEST(what_arrived_out_of_order_is_not_sent_again)
{
    meet();
    network.loss = 100;
    pair_send(LEFT, 2);
    network.loss = 0;
    pair_send(LEFT, 3);
    ck_assert(pair_step());
    rig_expect_lines(ends[RIGHT], "send", "send DATAGRAM to 0: received=1+1\n");
    pair_run(cs_ms(20));
    ck_assert_uint_eq(pair_channel(LEFT)->counts.again, 1);
    ck_assert_uint_eq(taken[RIGHT].count, 3);
}
END_TEST

/* ---- Another incarnation --------------------------------------------------------------------- */

START_TEST(who_lives_on_is_told_once_that_the_other_end_has_started_again)
{
    meet();
    pair_restart(RIGHT);
    pair_run(cs_ms(10));
    ck_assert_uint_eq(taken[LEFT].resets, 1);
    ck_assert_uint_eq(taken[RIGHT].resets, 0);
    ck_assert(pair_send(LEFT, 7));
    ck_assert(pair_send(RIGHT, 8));
    pair_run(cs_ms(10));
    ck_assert_uint_eq(taken[RIGHT].numbers[1], 7);
    ck_assert_uint_eq(taken[LEFT].numbers[1], 8);
}
END_TEST

START_TEST(what_was_sent_before_a_reset_is_not_sent_after_it)
{
    meet();
    network.loss = 100;
    for (uint64_t i = 2; i <= WINDOW; i++)
        pair_send(LEFT, i);
    network.loss = 0;
    pair_restart(RIGHT);
    pair_run(cs_seconds(1));
    ck_assert_uint_eq(taken[RIGHT].count, 1);
    ck_assert_uint_eq(channel_room(pair_channel(LEFT)), WINDOW);
}
END_TEST

/* Every datagram between earlier incarnations comes once more, when both ends have started again
 * and know each other. */
START_TEST(datagrams_of_earlier_incarnations_change_nothing)
{
    static struct packet kept[PACKETS_MAX];
    network.duplicate = 100;
    network.late = 50;
    exchange(20);
    size_t count = network.count;
    ck_assert_uint_gt(count, 10);
    memcpy(kept, network.packets, count * sizeof *kept);
    network.count = 0;
    network.duplicate = network.late = 0;
    for (int end = 0; end < ENDS; end++)
        pair_restart(end);
    pair_run(cs_ms(100));
    size_t before[ENDS] = { taken[LEFT].count, taken[RIGHT].count };
    size_t resets = taken[LEFT].resets + taken[RIGHT].resets;

    memcpy(network.packets, kept, count * sizeof *kept);
    network.count = count;
    pair_run(cs_seconds(1));
    ck_assert_uint_eq(taken[LEFT].count, before[LEFT]);
    ck_assert_uint_eq(taken[RIGHT].count, before[RIGHT]);
    ck_assert_uint_eq(taken[LEFT].resets + taken[RIGHT].resets, resets);
    ck_assert_uint_gt(pair_channel(LEFT)->counts.stale + pair_channel(RIGHT)->counts.stale, 10);
    exchange(before[LEFT] + 1);
}
END_TEST

/* Both ends start again and again; whatever an end takes was sent later than what it took before.
 * Numbers go up over all incarnations. */
START_TEST(across_restarts_nothing_comes_twice_or_after_a_later_one)
{
    make_network_bad((uint64_t)_i);
    struct random_stream draws = random_stream_of(random_key((uint64_t)_i, "restarts", "test"));
    uint64_t next = 1;
    size_t restarts = 0;
    for (int step = 0; step < 3000; step++) {
        int end = (int)random_below(&draws, ENDS);
        pair_send(end, next++);
        pair_step();
        if (random_below(&draws, 100) == 0) {
            pair_restart(end);
            restarts++;
        }
    }
    ck_assert_uint_gt(restarts, 10);
    for (int end = 0; end < ENDS; end++) {
        ck_assert_uint_gt(taken[end].count, 50);
        ck_assert_uint_gt(taken[end].resets, 3);
        for (size_t i = 1; i < taken[end].count; i++)
            ck_assert_uint_gt(taken[end].numbers[i], taken[end].numbers[i - 1]);
    }
}
END_TEST

/* ---- Bytes that are none --------------------------------------------------------------------- */

START_TEST(a_damaged_datagram_is_dropped_and_counted)
{
    meet();
    pair_send(LEFT, 2);
    struct packet packet = network.packets[0];
    struct random_stream draws = random_stream_of(1);
    uint64_t malformed = 0;
    for (size_t byte = 0; byte < packet.size; byte++) {
        packet.bytes[byte] ^= (uint8_t)(1 + random_below(&draws, 255));
        rig_message(ends[RIGHT], LEFT, KIND, cs_bytes_of(packet.bytes, packet.size));
        ck_assert_uint_eq(pair_channel(RIGHT)->counts.malformed, ++malformed);
        rig_message(ends[RIGHT], LEFT, KIND, cs_bytes_of(packet.bytes, byte));
        ck_assert_uint_eq(pair_channel(RIGHT)->counts.malformed, ++malformed);
    }
    ck_assert_uint_eq(taken[RIGHT].count, 1);
}
END_TEST

/* Well sealed, and with names that are right more often than not; numbers beyond all bounds. */
static struct cs_bytes random_frame(struct random_stream *draws, uint8_t *bytes, size_t size)
{
    const uint64_t far[] = { 0, 1, 2, WINDOW, WINDOW + 1, 100, UINT64_MAX / 2, UINT64_MAX };
    uint64_t right = pair_channel(RIGHT)->self, left = pair_channel(LEFT)->self;
    struct wire_writer writer = wire_writer_on(bytes, size);
    wire_put_u8(&writer, (uint8_t)random_below(draws, 3));
    wire_put_u64(&writer, random_below(draws, 4) == 0 ? random_next(draws) : left);
    wire_put_u64(&writer, random_below(draws, 4) == 0 ? random_next(draws) : right);
    for (uint64_t words = random_below(draws, 5); words > 0; words--)
        wire_put_u64(&writer, far[random_below(draws, sizeof far / sizeof *far)]);
    wire_put_u32(&writer, (uint32_t)random_below(draws, 3));
    for (uint64_t rest = random_below(draws, 4) + 1; rest > 1; rest--)
        wire_put_u32(&writer, 0);
    return wire_seal(&writer, KIND);
}

START_TEST(no_bytes_do_harm_and_no_more_than_the_window_is_kept)
{
    uint8_t bytes[128];
    struct random_stream draws = random_stream_of((uint64_t)_i + 1);
    meet();
    for (int i = 0; i < 20000; i++) {
        rig_message(ends[RIGHT], LEFT, KIND, random_frame(&draws, bytes, sizeof bytes));
        ck_assert_uint_le(rig_sent_count(ends[RIGHT]), 1 + WINDOW);
        if (i % 16 == 0)
            pair_send(RIGHT, (uint64_t)i);
    }
    const struct channel_counts *counts = &pair_channel(RIGHT)->counts;
    ck_assert_uint_gt(counts->malformed, 1000);
    ck_assert_uint_gt(counts->stale, 50);
    ck_assert_uint_gt(counts->beyond, 10);
}
END_TEST

static bool makes_sense(const struct channel_frame *frame)
{
    uint8_t bytes[128];
    struct channel_frame again;
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    return channel_frame_get(KIND, channel_frame_put(&writer, KIND, frame), &again);
}

START_TEST(a_frame_without_a_window_or_with_a_message_without_a_number_is_none)
{
    struct channel_frame frame = {
        .what = CHANNEL_DATA, .from = 1, .to = 2, .sequence = 3, .window = 1
    };
    frame.message = cs_bytes_of("text", 4);
    ck_assert(makes_sense(&frame));
    frame.window = 0;
    ck_assert(!makes_sense(&frame));
    frame.window = 1;
    frame.sequence = 0;
    ck_assert(!makes_sense(&frame));
}
END_TEST

START_TEST(a_datagram_of_somebody_else_is_dropped)
{
    meet();
    pair_send(LEFT, 2);
    struct packet packet = network.packets[0];
    rig_message(ends[RIGHT], 5, KIND, cs_bytes_of(packet.bytes, packet.size));
    ck_assert_uint_eq(pair_channel(RIGHT)->counts.stale, 1);
    ck_assert_uint_eq(taken[RIGHT].count, 1);
    rig_expect(ends[RIGHT], "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel");
    TCase *tcase = tcase_create("channel");
    tcase_add_checked_fixture(tcase, pair_setup, pair_teardown);
    tcase_add_loop_test(tcase, all_arrives_once_and_in_order_whatever_the_network_does, 0, 20);
    tcase_add_loop_test(tcase, answers_within_the_taking_acknowledge_only_what_came, 0, 20);
    tcase_add_test(tcase, on_a_good_network_nothing_is_sent_twice_and_all_timers_end);
    tcase_add_test(tcase, who_sends_more_than_the_window_is_told_that_it_is_full);
    tcase_add_test(tcase, what_is_sent_before_anybody_has_answered_waits_and_arrives);
    tcase_add_test(tcase, an_acknowledgement_goes_with_the_answer_or_alone);
    tcase_add_test(tcase, who_gets_no_answer_waits_twice_as_long_each_time_up_to_the_most);
    tcase_add_test(tcase, an_answer_to_what_was_sent_twice_is_not_measured);
    tcase_add_test(tcase, what_three_later_ones_have_overtaken_is_sent_before_its_time);
    tcase_add_test(tcase, what_arrived_out_of_order_is_not_sent_again);
    tcase_add_test(tcase, who_lives_on_is_told_once_that_the_other_end_has_started_again);
    tcase_add_test(tcase, what_was_sent_before_a_reset_is_not_sent_after_it);
    tcase_add_test(tcase, datagrams_of_earlier_incarnations_change_nothing);
    tcase_add_loop_test(tcase, across_restarts_nothing_comes_twice_or_after_a_later_one, 0, 10);
    tcase_add_test(tcase, a_damaged_datagram_is_dropped_and_counted);
    tcase_add_loop_test(tcase, no_bytes_do_harm_and_no_more_than_the_window_is_kept, 0, 3);
    tcase_add_test(tcase, a_frame_without_a_window_or_with_a_message_without_a_number_is_none);
    tcase_add_test(tcase, a_datagram_of_somebody_else_is_dropped);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
