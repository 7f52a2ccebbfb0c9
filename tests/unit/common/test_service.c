/* The client of a replicated service, against members that the test plays. */
#include <string.h>

#include "common/service.h"
#include "common/state_machine.h"
#include "support/rig.h"
#include "support/suite.h"

static const struct cs_program client = SERVICE_CLIENT_PROGRAM;

static const cs_node members[] = { 1, 2, 3 };
static struct rig *rig;

/* The first operation's tag, and the second's: the operation's number above 24 bits of slot. */
#define TAG(operation, slot) (((uint64_t)(operation) << 24) | (slot))

static void setup(void)
{
    rig = rig_new(&(struct rig_options){ .program = &client,
                                         .self = 100,
                                         .groups = { { "service", members, 3 } },
                                         .params = { { "retry_first", .number = cs_ms(100).ns },
                                                     { "retry_max", .number = cs_ms(400).ns },
                                                     { "give_up", .number = cs_ms(1000).ns } },
                                         .seed = 2 });
    rig_start(rig, CS_START_FOUND);
    struct service_client *state = rig_state(rig);
    state->leader = 1; /* where the tests begin */
}

static void teardown(void) { rig_free(rig); }

static struct cs_bytes text(const char *string) { return cs_bytes_of(string, strlen(string)); }

static void put(cs_request id, uint64_t session)
{
    rig_request(rig, id,
                &(struct cs_op){
                    .kind = CS_OP_PUT, .session = session, .key = text("k"), .value = text("v") });
}

static void get(cs_request id, uint64_t session)
{
    rig_request(rig, id,
                &(struct cs_op){ .kind = CS_OP_GET, .session = session, .key = text("k") });
}

static void reply(cs_node from, const struct service_reply *message)
{
    uint8_t buffer[256];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    rig_message(rig, from, SERVICE_REPLY, service_reply_put(&writer, message));
}

static void registered(cs_node from, uint64_t tag, uint32_t attempt, uint64_t session)
{
    reply(from, &(struct service_reply){ .status = SERVICE_REGISTERED,
                                         .tag = tag,
                                         .attempt = attempt,
                                         .leader = from,
                                         .session = session });
}

static void done(cs_node from, uint64_t tag, uint32_t attempt, const char *value)
{
    uint8_t bytes[128];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    result_put(&writer, &(struct cs_result){ .status = CS_OK, .value = text(value) });
    reply(from, &(struct service_reply){ .status = SERVICE_DONE,
                                         .tag = tag,
                                         .attempt = attempt,
                                         .leader = from,
                                         .result = cs_bytes_of(bytes, writer.size) });
}

static void not_leader(cs_node from, uint64_t tag, uint32_t attempt, cs_node leader)
{
    reply(from,
          &(struct service_reply){
              .status = SERVICE_NOT_LEADER, .tag = tag, .attempt = attempt, .leader = leader });
}

static void expect_sends(const char *lines) { rig_expect_lines(rig, "send", lines); }

static void expect_replies(const char *lines) { rig_expect_lines(rig, "reply", lines); }

START_TEST(the_first_command_of_a_session_registers_it)
{
    put(7, 50);
    expect_sends("send Request to 1: Request register tag=16777216/1\n");
    registered(1, TAG(1, 0), 1, 42);
    expect_sends("send Request to 1: "
                 "Request command tag=16777216/2 session=42/1 put key=1 value=1 bytes\n");
    done(1, TAG(1, 0), 2, "");
    expect_replies("reply 7 OK\n");
    put(8, 50);
    expect_sends("send Request to 1: "
                 "Request command tag=33554432/1 session=42/2 put key=1 value=1 bytes\n");
}
END_TEST

START_TEST(a_query_needs_no_session)
{
    get(7, 50);
    expect_sends("send Request to 1: Request query tag=16777216/1 get key=1 value=0 bytes\n");
    done(1, TAG(1, 0), 1, "hello");
    expect_replies("reply 7 OK \"hello\"\n");
}
END_TEST

START_TEST(sessions_do_not_wait_for_each_other)
{
    get(7, 50);
    get(8, 51);
    expect_sends("send Request to 1: Request query tag=33554433/1 get key=1 value=0 bytes\n");
    done(1, TAG(2, 1), 1, "b");
    expect_replies("reply 8 OK \"b\"\n");
    done(1, TAG(1, 0), 1, "a");
    expect_replies("reply 7 OK \"a\"\n");
}
END_TEST

START_TEST(a_redirect_is_followed_at_once)
{
    get(7, 50);
    not_leader(1, TAG(1, 0), 1, 3);
    expect_sends("send Request to 3: Request query tag=16777216/2 get key=1 value=0 bytes\n");
    get(8, 51);
    expect_sends("send Request to 3: Request query tag=33554433/1 get key=1 value=0 bytes\n");
}
END_TEST

START_TEST(without_a_hint_the_next_member_is_asked)
{
    get(7, 50);
    not_leader(1, TAG(1, 0), 1, CS_NODE_NONE);
    expect_sends("send Request to 2: Request query tag=16777216/2 get key=1 value=0 bytes\n");
    not_leader(2, TAG(1, 0), 2, 99); /* no member */
    expect_sends("send Request to 3: Request query tag=16777216/3 get key=1 value=0 bytes\n");
}
END_TEST

START_TEST(redirects_in_a_circle_wait_for_the_timer)
{
    get(7, 50);
    not_leader(1, TAG(1, 0), 1, 2);
    not_leader(2, TAG(1, 0), 2, 1);
    not_leader(1, TAG(1, 0), 3, 2);
    expect_sends("send Request to 2: Request query tag=16777216/4 get key=1 value=0 bytes\n");
    not_leader(2, TAG(1, 0), 4, 1);
    expect_sends("");
    rig_timer(rig, 0);
    expect_sends("send Request to 1: Request query tag=16777216/5 get key=1 value=0 bytes\n");
}
END_TEST

START_TEST(a_redirect_of_an_earlier_attempt_is_ignored)
{
    get(7, 50);
    not_leader(1, TAG(1, 0), 1, 3);
    not_leader(1, TAG(1, 0), 1, 2);
    expect_sends("");
}
END_TEST

START_TEST(a_request_without_an_answer_is_repeated_elsewhere_and_more_slowly)
{
    cs_duration left;
    get(7, 50);
    ck_assert(rig_timer_left(rig, 0, &left));
    ck_assert_uint_ge(left.ns, cs_ms(100).ns);
    ck_assert_uint_le(left.ns, cs_ms(125).ns);
    rig_timer(rig, 0);
    expect_sends("send Request to 2: Request query tag=16777216/2 get key=1 value=0 bytes\n");
    ck_assert(rig_timer_left(rig, 0, &left));
    ck_assert_uint_ge(left.ns, cs_ms(200).ns);
    rig_timer(rig, 0);
    expect_sends("send Request to 3: Request query tag=16777216/3 get key=1 value=0 bytes\n");
}
END_TEST

START_TEST(a_command_is_repeated_in_its_session_under_its_number)
{
    put(7, 50);
    registered(1, TAG(1, 0), 1, 42);
    rig_timer(rig, 0);
    expect_sends("send Request to 2: "
                 "Request command tag=16777216/3 session=42/1 put key=1 value=1 bytes\n");
    not_leader(2, TAG(1, 0), 3, 3);
    expect_sends("send Request to 3: "
                 "Request command tag=16777216/4 session=42/1 put key=1 value=1 bytes\n");
}
END_TEST

START_TEST(an_answer_to_any_attempt_will_do)
{
    get(7, 50);
    rig_timer(rig, 0);
    done(1, TAG(1, 0), 1, "late");
    expect_replies("reply 7 OK \"late\"\n");
    done(2, TAG(1, 0), 2, "later");
    expect_replies("");
}
END_TEST

/* Two copies of a registration make two sessions; the second expires unused. */
START_TEST(a_second_registration_is_left_alone)
{
    put(7, 50);
    registered(1, TAG(1, 0), 1, 42);
    registered(1, TAG(1, 0), 1, 43);
    expect_sends("");
}
END_TEST

START_TEST(a_command_without_an_answer_ends_unknown)
{
    put(7, 50);
    registered(1, TAG(1, 0), 1, 42);
    rig_advance(rig, cs_ms(1000));
    rig_timer(rig, 0);
    expect_replies("reply 7 UNKNOWN\n");
    put(8, 60); /* the slot serves another session, with nothing left of the first */
    expect_sends("send Request to 1: Request register tag=33554432/1\n");
}
END_TEST

START_TEST(a_command_that_was_never_sent_ends_failed)
{
    put(7, 50);
    rig_advance(rig, cs_ms(1000));
    rig_timer(rig, 0);
    expect_replies("reply 7 FAILED\n");
}
END_TEST

START_TEST(a_query_without_an_answer_ends_failed)
{
    get(7, 50);
    rig_advance(rig, cs_ms(1000));
    rig_timer(rig, 0);
    expect_replies("reply 7 FAILED\n");
}
END_TEST

/* The last wait is cut short, so that an operation never outlasts give_up. */
START_TEST(no_operation_outlasts_its_deadline)
{
    cs_instant begun = rig_now(rig);
    get(7, 50);
    while (rig_lines(rig, "reply")[0] == '\0')
        rig_timer(rig, 0);
    ck_assert_uint_eq(cs_since(rig_now(rig), begun).ns, cs_ms(1000).ns);
}
END_TEST

/* An earlier copy may have been carried out before the session expired. */
START_TEST(a_command_of_an_expired_session_ends_unknown)
{
    put(7, 50);
    registered(1, TAG(1, 0), 1, 42);
    reply(1, &(struct service_reply){ .status = SERVICE_EXPIRED, .tag = TAG(1, 0), .attempt = 2 });
    expect_replies("reply 7 UNKNOWN\n");
}
END_TEST

START_TEST(a_session_that_lay_idle_is_replaced_before_use)
{
    put(7, 50);
    registered(1, TAG(1, 0), 1, 42);
    done(1, TAG(1, 0), 2, "");
    rig_advance(rig, cs_seconds(21));
    put(8, 50);
    expect_sends("send Request to 1: Request register tag=33554432/1\n");
    registered(1, TAG(2, 0), 1, 77);
    expect_sends("send Request to 1: "
                 "Request command tag=33554432/2 session=77/1 put key=1 value=1 bytes\n");
}
END_TEST

START_TEST(a_new_operation_of_a_session_ends_the_one_before)
{
    put(7, 50);
    registered(1, TAG(1, 0), 1, 42);
    put(8, 50);
    expect_replies("reply 7 UNKNOWN\n");
    expect_sends("send Request to 1: Request register tag=33554432/1\n");
}
END_TEST

START_TEST(an_operation_too_large_for_a_message_is_refused)
{
    static char value[65000];
    rig_request(
        rig, 7,
        &(struct cs_op){
            .kind = CS_OP_PUT, .session = 50, .key = text("k"), .value = { value, sizeof value } });
    rig_expect(rig, "reply 7 REFUSED\n");
}
END_TEST

START_TEST(many_sessions_are_kept_apart)
{
    for (uint64_t i = 0; i < 250; i++)
        get(1000 + i, 5000 + i);
    for (uint64_t i = 0; i < 250; i++)
        done(1, TAG(i + 1, i), 1, "x");
    expect_replies("reply 1249 OK \"x\"\n");
    for (uint64_t i = 0; i < 250; i++)
        get(2000 + i, 5000 + i);
    ck_assert_str_eq(rig_inspect(rig), "leader=1 calls=250 open=250 operations=500");
}
END_TEST

START_TEST(what_is_malformed_or_from_strangers_is_dropped)
{
    get(7, 50);
    done(99, TAG(1, 0), 1, "x");
    rig_expect(rig, "count malformed 1\n");
    rig_message(rig, 1, SERVICE_REPLY, cs_bytes_of("noise", 5));
    rig_expect(rig, "count malformed 1\n");
    rig_message(rig, 1, SERVICE_REQUEST, cs_bytes_of("noise", 5));
    rig_expect(rig, "count malformed 1\n");
    done(1, TAG(9, 0), 1, "x");
    rig_expect(rig, "");
    done(1, TAG(1, 5000), 1, "x");
    rig_expect(rig, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("service");
    TCase *tcase = tcase_create("client");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_first_command_of_a_session_registers_it);
    tcase_add_test(tcase, a_query_needs_no_session);
    tcase_add_test(tcase, sessions_do_not_wait_for_each_other);
    tcase_add_test(tcase, a_redirect_is_followed_at_once);
    tcase_add_test(tcase, without_a_hint_the_next_member_is_asked);
    tcase_add_test(tcase, redirects_in_a_circle_wait_for_the_timer);
    tcase_add_test(tcase, a_redirect_of_an_earlier_attempt_is_ignored);
    tcase_add_test(tcase, a_request_without_an_answer_is_repeated_elsewhere_and_more_slowly);
    tcase_add_test(tcase, a_command_is_repeated_in_its_session_under_its_number);
    tcase_add_test(tcase, an_answer_to_any_attempt_will_do);
    tcase_add_test(tcase, a_second_registration_is_left_alone);
    tcase_add_test(tcase, a_command_without_an_answer_ends_unknown);
    tcase_add_test(tcase, a_command_that_was_never_sent_ends_failed);
    tcase_add_test(tcase, a_query_without_an_answer_ends_failed);
    tcase_add_test(tcase, no_operation_outlasts_its_deadline);
    tcase_add_test(tcase, a_command_of_an_expired_session_ends_unknown);
    tcase_add_test(tcase, a_session_that_lay_idle_is_replaced_before_use);
    tcase_add_test(tcase, a_new_operation_of_a_session_ends_the_one_before);
    tcase_add_test(tcase, an_operation_too_large_for_a_message_is_refused);
    tcase_add_test(tcase, many_sessions_are_kept_apart);
    tcase_add_test(tcase, what_is_malformed_or_from_strangers_is_dropped);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
