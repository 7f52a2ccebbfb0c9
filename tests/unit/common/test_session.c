/* Sessions around the key-value machine; the sentences are those of the thesis, section 6.3. */
#include <stdio.h>
#include <string.h>

#include "common/session.h"
#include "scratch.h"
#include "support/suite.h"

enum { TIMEOUT_NS = 1000 };

static struct scratch scratch;
static struct sessions sessions;
static uint64_t next_index;

static void setup(void)
{
    scratch_init(&scratch);
    sessions_init(&sessions, &scratch.cx, &state_machines[0], TIMEOUT_NS);
    next_index = 1;
}

static void teardown(void) { scratch_done(&scratch); }

static uint64_t open_session(uint64_t stamp_ns)
{
    sessions_advance(&sessions, &scratch.cx, stamp_ns);
    sessions_register(&sessions, &scratch.cx, next_index);
    return next_index++;
}

static struct cs_bytes text(const char *string) { return cs_bytes_of(string, strlen(string)); }

/* Append `value` to key "log", and answer with the verdict. */
static const char *append(uint64_t stamp_ns, uint64_t session, uint64_t serial,
                          uint64_t first_unanswered, const char *value)
{
    static const char *const verdicts[] = { "applied", "repeated", "expired", "stale" };
    uint8_t bytes[256];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    op_put(&writer,
           &(struct cs_op){ .kind = CS_OP_APPEND, .key = text("log"), .value = text(value) });
    const struct session_command command = { .session = session,
                                             .serial = serial,
                                             .first_unanswered = first_unanswered,
                                             .command = cs_bytes_of(bytes, writer.size) };
    struct cs_bytes result = { 0 };
    sessions_advance(&sessions, &scratch.cx, stamp_ns);
    return verdicts[sessions_apply(&sessions, &scratch.cx, next_index++, &command, &result)];
}

static const char *content(void)
{
    static char line[256];
    uint8_t bytes[64];
    struct cs_result result;
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    op_put(&writer, &(struct cs_op){ .kind = CS_OP_GET, .key = text("log") });
    ck_assert(result_get(sessions_query(&sessions, &scratch.cx, cs_bytes_of(bytes, writer.size)),
                         &result));
    snprintf(line, sizeof line, "%.*s", (int)result.value.size,
             result.value.size > 0 ? (const char *)result.value.data : "");
    return line;
}

START_TEST(a_command_that_comes_again_is_not_carried_out_again)
{
    uint64_t session = open_session(0);
    ck_assert_str_eq(append(0, session, 1, 1, "a"), "applied");
    ck_assert_str_eq(append(0, session, 1, 1, "a"), "repeated");
    ck_assert_str_eq(append(0, session, 2, 2, "b"), "applied");
    ck_assert_str_eq(append(0, session, 2, 2, "b"), "repeated");
    ck_assert_str_eq(content(), "ab");
}
END_TEST

START_TEST(a_repeated_command_gets_the_reply_that_it_got_first)
{
    uint64_t session = open_session(0);
    uint8_t bytes[64];
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    op_put(&writer, &(struct cs_op){ .kind = CS_OP_CAS, .key = text("k"), .value = text("v") });
    struct session_command command = { session, 1, 1, cs_bytes_of(bytes, writer.size) };
    struct cs_bytes first, again;
    struct cs_result result;
    ck_assert_int_eq(sessions_apply(&sessions, &scratch.cx, 2, &command, &first), SESSION_APPLIED);
    ck_assert(result_get(first, &result));
    ck_assert(result.applied);
    ck_assert_int_eq(sessions_apply(&sessions, &scratch.cx, 3, &command, &again), SESSION_REPEATED);
    ck_assert(result_get(again, &result));
    ck_assert(result.applied); /* carried out now it would be refused: the key is there */
}
END_TEST

START_TEST(equal_serials_of_two_sessions_are_two_commands)
{
    uint64_t first = open_session(0), second = open_session(0);
    ck_assert_str_eq(append(0, first, 1, 1, "a"), "applied");
    ck_assert_str_eq(append(0, second, 1, 1, "b"), "applied");
    ck_assert_str_eq(content(), "ab");
}
END_TEST

START_TEST(commands_of_one_session_may_be_applied_in_any_order)
{
    uint64_t session = open_session(0);
    ck_assert_str_eq(append(0, session, 2, 1, "b"), "applied");
    ck_assert_str_eq(append(0, session, 1, 1, "a"), "applied");
    ck_assert_str_eq(append(0, session, 2, 1, "b"), "repeated");
    ck_assert_str_eq(append(0, session, 1, 1, "a"), "repeated");
    ck_assert_str_eq(content(), "ba");
}
END_TEST

START_TEST(a_command_that_its_client_has_given_up_stays_without_effect)
{
    uint64_t session = open_session(0);
    ck_assert_str_eq(append(0, session, 2, 2, "b"), "applied");
    ck_assert_str_eq(append(0, session, 1, 1, "a"), "stale");
    ck_assert_str_eq(content(), "b");
}
END_TEST

START_TEST(a_command_that_gives_itself_up_stays_without_effect)
{
    uint64_t session = open_session(0);
    ck_assert_str_eq(append(0, session, 1, 2, "a"), "stale");
    ck_assert_str_eq(append(0, session, 2, 2, "b"), "applied");
    ck_assert_str_eq(content(), "b");
}
END_TEST

START_TEST(a_session_expires_when_it_was_not_used_for_the_timeout)
{
    uint64_t session = open_session(100);
    ck_assert_str_eq(append(100 + TIMEOUT_NS, session, 1, 1, "a"), "applied");
    ck_assert_str_eq(append(101 + 2 * TIMEOUT_NS, session, 2, 2, "b"), "expired");
    ck_assert_uint_eq(sessions.count, 0);
    ck_assert_str_eq(content(), "a");
}
END_TEST

START_TEST(use_keeps_a_session_alive_and_only_that_one)
{
    uint64_t used = open_session(0), idle = open_session(0);
    for (uint64_t i = 1; i <= 5; i++)
        ck_assert_str_eq(append(i * TIMEOUT_NS / 2, used, i, i, "x"), "applied");
    ck_assert_str_eq(append(5 * TIMEOUT_NS / 2, idle, 1, 1, "y"), "expired");
    ck_assert_uint_eq(sessions.count, 1);
}
END_TEST

START_TEST(a_command_of_an_expired_session_is_never_carried_out_again)
{
    uint64_t session = open_session(0);
    ck_assert_str_eq(append(0, session, 1, 1, "a"), "applied");
    ck_assert_str_eq(append(1 + TIMEOUT_NS, session, 1, 1, "a"), "expired");
    ck_assert_str_eq(content(), "a");
}
END_TEST

START_TEST(the_replicated_clock_never_goes_back)
{
    uint64_t session = open_session(500);
    ck_assert_str_eq(append(100, session, 1, 1, "a"), "applied");
    ck_assert_uint_eq(sessions.clock_ns, 500);
    ck_assert_uint_eq(sessions_advance(&sessions, &scratch.cx, 501 + TIMEOUT_NS), 1);
}
END_TEST

START_TEST(many_sessions_are_kept_apart_and_expire_together)
{
    uint64_t ids[500];
    for (size_t i = 0; i < 500; i++)
        ids[i] = open_session(0);
    for (size_t i = 0; i < 500; i++)
        ck_assert_str_eq(append(0, ids[i], 1, 1, "."), "applied");
    for (size_t i = 0; i < 500; i++)
        ck_assert_str_eq(append(0, ids[i], 1, 1, "."), "repeated");
    ck_assert_uint_eq(sessions_advance(&sessions, &scratch.cx, TIMEOUT_NS + 1), 500);
}
END_TEST

START_TEST(the_digest_tells_the_state_and_the_open_sessions)
{
    uint64_t empty = sessions_digest(&sessions);
    ck_assert_uint_ne(empty, 0);
    uint64_t session = open_session(100);
    uint64_t opened = sessions_digest(&sessions);
    ck_assert_uint_ne(opened, empty);
    append(100, session, 1, 1, "a");
    ck_assert_uint_ne(sessions_digest(&sessions), opened);
    uint64_t applied = sessions_digest(&sessions);
    append(100, session, 1, 1, "a"); /* again: nothing happens */
    ck_assert_uint_eq(sessions_digest(&sessions), applied);
    sessions_advance(&sessions, &scratch.cx, 101 + TIMEOUT_NS);
    ck_assert_uint_ne(sessions_digest(&sessions), applied);
}
END_TEST

static uint8_t saved[4096];

/* Save the sessions; *sessions begin anew. */
static struct cs_bytes save(void)
{
    struct wire_writer writer = wire_writer_on(saved, sizeof saved);
    sessions_save(&sessions, &writer);
    ck_assert(!writer.overflow);
    sessions_init(&sessions, &scratch.cx, &state_machines[0], TIMEOUT_NS);
    return cs_bytes_of(saved, writer.size);
}

START_TEST(what_was_saved_is_loaded)
{
    uint64_t first = open_session(0), second = open_session(10);
    append(20, first, 1, 1, "a");
    append(30, second, 1, 1, "b");
    append(30, second, 2, 1, "c");
    uint64_t digest = sessions_digest(&sessions);
    struct cs_bytes bytes = save();
    ck_assert(sessions_load(&sessions, &scratch.cx, bytes));
    ck_assert_uint_eq(sessions_digest(&sessions), digest);
    ck_assert_str_eq(content(), "abc");
    ck_assert_str_eq(append(30, second, 2, 1, "c"), "repeated");
    ck_assert_str_eq(append(30, second, 3, 3, "d"), "applied");
    ck_assert_str_eq(content(), "abcd");
    ck_assert_str_eq(append(20 + TIMEOUT_NS + 1, first, 2, 2, "e"), "expired");
    ck_assert_str_eq(append(20 + TIMEOUT_NS + 1, second, 4, 4, "f"), "applied");
}
END_TEST

START_TEST(nothing_less_than_what_was_saved_is_loaded)
{
    append(20, open_session(0), 1, 1, "a");
    struct cs_bytes bytes = save();
    for (size_t size = 0; size < bytes.size; size++) {
        ck_assert(!sessions_load(&sessions, &scratch.cx, cs_bytes_of(saved, size)));
        sessions_init(&sessions, &scratch.cx, &state_machines[0], TIMEOUT_NS);
    }
    ck_assert(sessions_load(&sessions, &scratch.cx, bytes));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("session");
    TCase *tcase = tcase_create("session");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_command_that_comes_again_is_not_carried_out_again);
    tcase_add_test(tcase, a_repeated_command_gets_the_reply_that_it_got_first);
    tcase_add_test(tcase, equal_serials_of_two_sessions_are_two_commands);
    tcase_add_test(tcase, commands_of_one_session_may_be_applied_in_any_order);
    tcase_add_test(tcase, a_command_that_its_client_has_given_up_stays_without_effect);
    tcase_add_test(tcase, a_command_that_gives_itself_up_stays_without_effect);
    tcase_add_test(tcase, a_session_expires_when_it_was_not_used_for_the_timeout);
    tcase_add_test(tcase, use_keeps_a_session_alive_and_only_that_one);
    tcase_add_test(tcase, a_command_of_an_expired_session_is_never_carried_out_again);
    tcase_add_test(tcase, the_replicated_clock_never_goes_back);
    tcase_add_test(tcase, many_sessions_are_kept_apart_and_expire_together);
    tcase_add_test(tcase, the_digest_tells_the_state_and_the_open_sessions);
    tcase_add_test(tcase, what_was_saved_is_loaded);
    tcase_add_test(tcase, nothing_less_than_what_was_saved_is_loaded);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
