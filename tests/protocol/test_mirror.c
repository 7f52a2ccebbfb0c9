/* Mirror, one server at a time: what a primary and a backup do with what comes over a channel. */
#include <string.h>

#include "common/channel_frame.h"
#include "common/state_machine.h"
#include "mirror/message.h"
#include "mirror/mirror.h"
#include "support/rig.h"
#include "support/suite.h"

enum { PRIMARY, BACKUP, CLIENT = 9, PAIR = 2 };

static const cs_node pair[PAIR] = { PRIMARY, BACKUP };

/* What the test says over the channels, in the place of a partner and of a client. */
struct voice {
    uint64_t name, sent, server; /* incarnations, and how many messages */
};

static struct rig *server;
static struct voice voices[CLIENT + 1];

static struct rig *new_server(cs_node self)
{
    return rig_new(&(struct rig_options){ .program = &mirror_protocol.programs[0],
                                          .self = self,
                                          .groups = { { "self", pair, PAIR } } });
}

static void send_frame(cs_node from, const struct channel_frame *frame)
{
    uint8_t bytes[512];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    rig_message(server, from, MIRROR_CHANNEL, channel_frame_put(&writer, MIRROR_CHANNEL, frame));
}

/* The frame of a HELLO that the server has just sent to `to`. */
static struct channel_frame hello_to(cs_node to)
{
    struct channel_frame frame = { 0 };
    for (size_t i = 0; i < rig_sent_count(server); i++) {
        struct rig_sent_message sent = rig_sent(server, i);
        if (sent.to == to)
            ck_assert(channel_frame_get(MIRROR_CHANNEL, sent.body, &frame));
    }
    ck_assert_uint_eq(frame.what, CHANNEL_HELLO);
    return frame;
}

/* Make the server know the incarnation `name` of `who`. */
static void meet(cs_node who, uint64_t name)
{
    send_frame(who, &(struct channel_frame){ .what = CHANNEL_HELLO, .from = name, .nonce = 1 });
    struct channel_frame hello = hello_to(who);
    voices[who] = (struct voice){ .name = name, .server = hello.from };
    send_frame(who,
               &(struct channel_frame){ .what = CHANNEL_HELLO, .from = name, .echo = hello.nonce });
}

static void say(cs_node from, enum mirror_what what, uint64_t number, struct cs_bytes body)
{
    uint8_t bytes[256];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    struct voice *voice = &voices[from];
    struct channel_frame frame = { .what = CHANNEL_DATA, .from = voice->name, .window = 64 };
    frame.to = voice->server;
    frame.sequence = ++voice->sent;
    frame.message = mirror_message_put(&writer, &(struct mirror_message){ what, number, body });
    send_frame(from, &frame);
}

static void say_op(cs_node from, enum mirror_what what, uint64_t number, const struct cs_op *op)
{
    uint8_t bytes[128];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    op_put(&writer, op);
    say(from, what, number, cs_bytes_of(bytes, writer.size));
}

static const struct cs_op append = { .kind = CS_OP_APPEND, .key = { "k", 1 }, .value = { "x", 1 } };
static const struct cs_op get = { .kind = CS_OP_GET, .key = { "k", 1 } };

/* How many answers the server has just sent to the client, and the last one. */
static size_t answers(struct cs_result *ret_last)
{
    struct channel_frame frame;
    struct mirror_message message;
    size_t count = 0;
    for (size_t i = 0; i < rig_sent_count(server); i++) {
        struct rig_sent_message sent = rig_sent(server, i);
        if (sent.to == CLIENT && channel_frame_get(MIRROR_CHANNEL, sent.body, &frame) &&
            mirror_message_get(frame.message, &message)) {
            ck_assert_uint_eq(message.what, MIRROR_ANSWER);
            ck_assert(result_get(message.body, ret_last));
            count++;
        }
    }
    return count;
}

/* The status of the one answer, and its value's size. */
static enum cs_status answered(size_t *ret_size)
{
    struct cs_result result = { 0 };
    ck_assert_uint_eq(answers(&result), 1);
    *ret_size = result.value.size;
    return result.status;
}

/* Whether the server has just said this to its partner. */
static bool said(cs_node partner, enum mirror_what what)
{
    struct channel_frame frame;
    struct mirror_message message;
    for (size_t i = 0; i < rig_sent_count(server); i++) {
        struct rig_sent_message sent = rig_sent(server, i);
        if (sent.to == partner && channel_frame_get(MIRROR_CHANNEL, sent.body, &frame) &&
            mirror_message_get(frame.message, &message) && message.what == what)
            return true;
    }
    return false;
}

static void start(cs_node self, enum cs_start kind)
{
    server = new_server(self);
    rig_start(server, kind);
    meet(pair[1 - self], 100);
}

static void teardown(void) { rig_free(server); }

START_TEST(a_change_is_answered_when_the_backup_has_it_and_is_not_read_before)
{
    size_t size;
    start(PRIMARY, CS_START_FOUND);
    meet(CLIENT, 200);
    say_op(CLIENT, MIRROR_ASK, 1, &append);
    ck_assert(said(BACKUP, MIRROR_COPY));
    ck_assert_uint_eq(answers(&(struct cs_result){ 0 }), 0);
    say_op(CLIENT, MIRROR_ASK, 2, &get);
    ck_assert_uint_eq(answered(&size), CS_OK);
    ck_assert_uint_eq(size, 0);
    say(BACKUP, MIRROR_KEPT, 1, cs_bytes_of(NULL, 0));
    ck_assert_uint_eq(answered(&size), CS_OK);
    say_op(CLIENT, MIRROR_ASK, 3, &get);
    ck_assert_uint_eq(answered(&size), CS_OK);
    ck_assert_uint_eq(size, 1);
}
END_TEST

START_TEST(a_backup_says_how_far_it_is)
{
    start(BACKUP, CS_START_FOUND);
    say_op(PRIMARY, MIRROR_COPY, 1, &append);
    ck_assert(said(PRIMARY, MIRROR_KEPT));
    rig_expect_lines(server, "fact", "fact STATE (8 bytes)\n");
    ck_assert_str_eq(rig_inspect(server), "backup, whole, 1 changes, 0 pending, dropped 0\n");
}
END_TEST

START_TEST(who_starts_again_asks_for_all_and_answers_nobody_before_it_has_it)
{
    size_t size;
    start(PRIMARY, CS_START_RESTART);
    ck_assert(said(BACKUP, MIRROR_WANT));
    meet(CLIENT, 200);
    say_op(CLIENT, MIRROR_ASK, 1, &get);
    ck_assert_uint_eq(answered(&size), CS_FAILED);
    const uint8_t part[] = { 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 'k', 2, 0, 0, 0, 'y', 'z' };
    say(BACKUP, MIRROR_PART, 0, cs_bytes_of(part, sizeof part));
    say(BACKUP, MIRROR_WHOLE, 0, cs_bytes_of(NULL, 0));
    rig_expect_lines(server, "reached", "reached restored\n");
    say_op(CLIENT, MIRROR_ASK, 2, &get);
    ck_assert_uint_eq(answered(&size), CS_OK);
    ck_assert_uint_eq(size, 2);
    ck_assert_str_eq(rig_inspect(server), "primary, whole, 5 changes, 0 pending, dropped 0\n");
}
END_TEST

START_TEST(a_backup_that_starts_again_gets_the_store_and_then_what_waits)
{
    start(PRIMARY, CS_START_FOUND);
    meet(CLIENT, 200);
    say_op(CLIENT, MIRROR_ASK, 1, &append);
    meet(BACKUP, 101);
    say_op(CLIENT, MIRROR_ASK, 2, &append);
    ck_assert(!said(BACKUP, MIRROR_COPY));
    say(BACKUP, MIRROR_WANT, 0, cs_bytes_of(NULL, 0));
    ck_assert(said(BACKUP, MIRROR_PART));
    ck_assert(said(BACKUP, MIRROR_WHOLE));
    ck_assert(said(BACKUP, MIRROR_COPY));
    ck_assert_str_eq(rig_inspect(server), "primary, whole, 0 changes, 2 pending, dropped 0\n");
}
END_TEST

START_TEST(a_backup_is_not_asked)
{
    size_t size;
    start(BACKUP, CS_START_FOUND);
    meet(CLIENT, 200);
    say_op(CLIENT, MIRROR_ASK, 1, &get);
    ck_assert_uint_eq(answered(&size), CS_REFUSED);
}
END_TEST

START_TEST(what_makes_no_sense_is_dropped_and_counted)
{
    start(BACKUP, CS_START_FOUND);
    say(PRIMARY, MIRROR_PART, 0, cs_bytes_of("part", 4)); /* it is whole */
    say(PRIMARY, MIRROR_WHAT_COUNT, 0, cs_bytes_of(NULL, 0));
    rig_message(server, PRIMARY, MIRROR_CHANNEL + 1, cs_bytes_of("text", 4));
    ck_assert_str_eq(rig_inspect(server), "backup, whole, 0 changes, 0 pending, dropped 3\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mirror");
    TCase *tcase = tcase_create("mirror");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_add_test(tcase, a_change_is_answered_when_the_backup_has_it_and_is_not_read_before);
    tcase_add_test(tcase, a_backup_says_how_far_it_is);
    tcase_add_test(tcase, who_starts_again_asks_for_all_and_answers_nobody_before_it_has_it);
    tcase_add_test(tcase, a_backup_that_starts_again_gets_the_store_and_then_what_waits);
    tcase_add_test(tcase, a_backup_is_not_asked);
    tcase_add_test(tcase, what_makes_no_sense_is_dropped_and_counted);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
