/* Echo, one instance at a time: what it does with each input, and with messages that a network has
 * damaged. */
#include <string.h>

#include "base/text.h"
#include "echo/echo.h"
#include "echo/message.h"
#include "support/rig.h"
#include "support/suite.h"

enum { CLIENT = 9 };

static const cs_node servers[] = { 3, 4 };

static struct rig *server;
static struct rig *client;

static void setup(void)
{
    server = rig_new(&(struct rig_options){ .program = &echo_protocol.programs[0], .self = 3 });
    client = rig_new(&(struct rig_options){
        .program = &echo_protocol.programs[1],
        .self = CLIENT,
        .groups = { { "service", servers, 2 } },
        .params = { { .name = "retry", .number = cs_ms(50).ns },
                    { .name = "attempts", .number = 3 } },
    });
    rig_start(server, CS_START_FOUND);
    rig_start(client, CS_START_FOUND);
}

static void teardown(void)
{
    rig_free(server);
    rig_free(client);
}

static void put(struct rig *rig, cs_request id, const char *value)
{
    rig_request(rig, id,
                &(struct cs_op){ .kind = CS_OP_PUT, .value = cs_bytes_of(value, strlen(value)) });
}

/* The message that `rig` has just sent, copied: it outlives the rig's next input. */
static struct cs_bytes sent_by(struct rig *rig)
{
    static uint8_t copy[256];
    ck_assert_uint_eq(rig_sent_count(rig), 1);
    struct cs_bytes body = rig_sent(rig, 0).body;
    ck_assert_uint_le(body.size, sizeof copy);
    memcpy(copy, body.data, body.size);
    return cs_bytes_of(copy, body.size);
}

static cs_token tag_of(struct cs_bytes body)
{
    struct echo_message message;
    ck_assert(echo_get(ECHO_REQUEST, body, &message));
    return message.tag;
}

static const char *described(cs_kind kind, struct cs_bytes body)
{
    static struct cs_text text;
    text_reset(&text);
    echo_describe(kind, body, &text);
    return text_string(&text);
}

START_TEST(what_is_asked_comes_back)
{
    put(client, 1, "hello");
    struct cs_bytes request = sent_by(client);
    rig_message(server, CLIENT, ECHO_REQUEST, request);
    ck_assert_uint_eq(rig_sent(server, 0).to, CLIENT);
    ck_assert_uint_eq(rig_sent(server, 0).kind, ECHO_REPLY);
    rig_message(client, 3, ECHO_REPLY, sent_by(server));
    rig_expect_lines(client, "reply", "reply 1 OK \"hello\"\n");
}
END_TEST

START_TEST(a_key_is_echoed_by_a_get)
{
    rig_request(client, 1, &(struct cs_op){ .kind = CS_OP_GET, .key = cs_bytes_of("name", 4) });
    struct echo_message message;
    ck_assert(echo_get(ECHO_REQUEST, sent_by(client), &message));
    ck_assert_uint_eq(message.payload.size, 4);
    ck_assert_mem_eq(message.payload.data, "name", 4);
}
END_TEST

START_TEST(work_costs_the_server_as_many_units)
{
    rig_request(client, 1, &(struct cs_op){ .kind = CS_OP_WORK, .number = 250 });
    rig_message(server, CLIENT, ECHO_REQUEST, sent_by(client));
    ck_assert_uint_eq(rig_charged(server), 250);
}
END_TEST

START_TEST(an_operation_that_is_no_question_is_refused)
{
    rig_request(client, 7, &(struct cs_op){ .kind = CS_OP_DELETE });
    rig_expect(client, "reply 7 REFUSED\n");
    rig_request(client, 8, &(struct cs_op){ .kind = CS_OP_WORK, .number = UINT64_MAX });
    rig_expect(client, "reply 8 REFUSED\n");
}
END_TEST

START_TEST(the_largest_payload_fits_a_message_and_one_more_byte_does_not)
{
    enum { MESSAGE_MAX = 65000 }; /* of every host there is */
    static const uint8_t zeros[MESSAGE_MAX];
    struct cs_op op = { .kind = CS_OP_PUT,
                        .value = cs_bytes_of(zeros, MESSAGE_MAX - ECHO_OVERHEAD) };
    rig_request(client, 1, &op);
    ck_assert_uint_eq(rig_sent(client, 0).body.size, MESSAGE_MAX);
    op.value.size++;
    rig_request(client, 2, &op);
    rig_expect(client, "reply 2 REFUSED\n");
}
END_TEST

START_TEST(servers_are_asked_in_turn)
{
    put(client, 1, "a");
    ck_assert_uint_eq(rig_sent(client, 0).to, 3);
    put(client, 2, "b");
    ck_assert_uint_eq(rig_sent(client, 0).to, 4);
    put(client, 3, "c");
    ck_assert_uint_eq(rig_sent(client, 0).to, 3);
}
END_TEST

START_TEST(a_lost_message_is_sent_again_to_the_next_server)
{
    put(client, 1, "hello");
    struct cs_bytes first = sent_by(client);
    cs_token tag = tag_of(first);
    cs_duration left;
    ck_assert(rig_timer_left(client, tag, &left));
    ck_assert_uint_eq(left.ns, 50000000);

    rig_timer(client, tag);
    ck_assert_uint_eq(rig_sent(client, 0).to, 4);
    ck_assert_uint_eq(rig_sent(client, 0).body.size, first.size);
    ck_assert_mem_eq(rig_sent(client, 0).body.data, first.data, first.size);
    ck_assert(rig_timer_left(client, tag, &left));
}
END_TEST

START_TEST(after_the_last_attempt_the_client_gives_up)
{
    put(client, 1, "hello");
    cs_token tag = tag_of(sent_by(client));
    rig_timer(client, tag);
    rig_timer(client, tag);
    ck_assert_uint_eq(rig_sent_count(client), 1);
    rig_timer(client, tag);
    rig_expect(client, "reply 1 FAILED\n");
    ck_assert_str_eq(rig_inspect(client), "waiting for 0, dropped 0\n");
}
END_TEST

START_TEST(a_reply_that_comes_twice_answers_once)
{
    put(client, 1, "hello");
    rig_message(server, CLIENT, ECHO_REQUEST, sent_by(client));
    struct cs_bytes reply = sent_by(server);
    rig_message(client, 3, ECHO_REPLY, reply);
    rig_expect_lines(client, "reply", "reply 1 OK \"hello\"\n");
    rig_message(client, 3, ECHO_REPLY, reply);
    rig_expect(client, "");
}
END_TEST

START_TEST(an_answer_disarms_the_timer)
{
    put(client, 1, "hello");
    struct cs_bytes request = sent_by(client);
    cs_token tag = tag_of(request);
    rig_message(server, CLIENT, ECHO_REQUEST, request);
    rig_message(client, 3, ECHO_REPLY, sent_by(server));
    cs_duration left;
    ck_assert(!rig_timer_left(client, tag, &left));
}
END_TEST

START_TEST(a_reply_to_an_earlier_incarnation_answers_nothing)
{
    put(client, 1, "before");
    rig_message(server, CLIENT, ECHO_REQUEST, sent_by(client));
    struct cs_bytes late = sent_by(server);
    rig_crash(client, DISK_LOSE);
    rig_restart(client);
    put(client, 2, "after");
    rig_message(client, 3, ECHO_REPLY, late);
    rig_expect(client, "");
}
END_TEST

START_TEST(many_questions_are_open_at_a_time)
{
    enum { COUNT = 100 };
    cs_token tags[COUNT];
    for (cs_request id = 0; id < COUNT; id++) {
        put(client, id, "q");
        tags[id] = tag_of(sent_by(client));
    }
    /* Each is answered under its own name, in an order that is not the one of asking. */
    for (size_t i = 0; i < COUNT; i++) {
        size_t id = i * 37 % COUNT;
        uint8_t buffer[64];
        struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
        struct echo_message reply = { .tag = tags[id] };
        rig_message(client, 3, ECHO_REPLY, echo_put(&writer, ECHO_REPLY, &reply));
        const char *line = rig_lines(client, "reply");
        char *end;
        ck_assert_uint_eq(strtoul(line + strlen("reply "), &end, 10), id);
        ck_assert_str_eq(end, " OK\n");
    }
    ck_assert_str_eq(rig_inspect(client), "waiting for 0, dropped 0\n");
}
END_TEST

/* Feed every damaged form of `body` to `rig`: each is dropped and counted, and has no other effect.
 */
static void feed_damaged(struct rig *rig, cs_kind kind, struct cs_bytes body)
{
    uint8_t damaged[256];
    for (size_t size = 0; size < body.size; size++) {
        rig_message(rig, 5, kind, cs_bytes_of(body.data, size));
        rig_expect(rig, "count malformed 1\n");
    }
    for (size_t bit = 0; bit < 8 * body.size; bit++) {
        memcpy(damaged, body.data, body.size);
        damaged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rig_message(rig, 5, kind, cs_bytes_of(damaged, body.size));
        rig_expect(rig, "count malformed 1\n");
    }
    rig_message(rig, 5, kind + 1, body);
    rig_expect(rig, "count malformed 1\n");
    rig_message(rig, 5, 77, body);
    rig_expect(rig, "count malformed 1\n");
}

START_TEST(damaged_messages_are_dropped_and_counted)
{
    put(client, 1, "hello");
    struct cs_bytes request = sent_by(client);
    feed_damaged(server, ECHO_REQUEST, request);
    rig_message(server, CLIENT, ECHO_REQUEST, request);
    feed_damaged(client, ECHO_REPLY, sent_by(server));
    /* A request of 29 bytes: 29 cuts, 232 flipped bits, 2 wrong kinds. */
    ck_assert_str_eq(rig_inspect(server), "answered 1, dropped 263\n");
}
END_TEST

START_TEST(work_beyond_the_limit_is_malformed)
{
    uint8_t buffer[64];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    wire_put_u64(&writer, 1);
    wire_put_u64(&writer, ECHO_WORK_MAX + 1);
    wire_put_bytes(&writer, cs_bytes_of(NULL, 0));
    rig_message(server, CLIENT, ECHO_REQUEST, wire_seal(&writer, ECHO_REQUEST));
    rig_expect(server, "count malformed 1\n");
}
END_TEST

START_TEST(messages_read_as_one_line)
{
    uint8_t buffer[64];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct echo_message message = { .tag = 0xab, .work = 2, .payload = cs_bytes_of("xyz", 3) };
    struct cs_bytes body = echo_put(&writer, ECHO_REQUEST, &message);
    ck_assert_uint_eq(body.size, ECHO_OVERHEAD + 3);
    ck_assert_str_eq(described(ECHO_REQUEST, body), "tag=ab work=2 payload=3");
    ck_assert_str_eq(described(ECHO_REPLY, body), "malformed, 27 bytes");
    ck_assert_str_eq(described(12, body), "malformed, 27 bytes");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("echo");
    TCase *tcase = tcase_create("echo");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_is_asked_comes_back);
    tcase_add_test(tcase, a_key_is_echoed_by_a_get);
    tcase_add_test(tcase, work_costs_the_server_as_many_units);
    tcase_add_test(tcase, an_operation_that_is_no_question_is_refused);
    tcase_add_test(tcase, the_largest_payload_fits_a_message_and_one_more_byte_does_not);
    tcase_add_test(tcase, servers_are_asked_in_turn);
    tcase_add_test(tcase, a_lost_message_is_sent_again_to_the_next_server);
    tcase_add_test(tcase, after_the_last_attempt_the_client_gives_up);
    tcase_add_test(tcase, a_reply_that_comes_twice_answers_once);
    tcase_add_test(tcase, an_answer_disarms_the_timer);
    tcase_add_test(tcase, a_reply_to_an_earlier_incarnation_answers_nothing);
    tcase_add_test(tcase, many_questions_are_open_at_a_time);
    tcase_add_test(tcase, damaged_messages_are_dropped_and_counted);
    tcase_add_test(tcase, work_beyond_the_limit_is_malformed);
    tcase_add_test(tcase, messages_read_as_one_line);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
