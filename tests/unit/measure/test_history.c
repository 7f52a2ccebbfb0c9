/* The history: what is kept of an operation, its order, and that it ends once. */
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/random.h"
#include "measure/history.h"
#include "support/suite.h"

static struct cs_bytes text(const char *string) { return cs_bytes_of(string, strlen(string)); }

static size_t begin_put(struct history *history, uint64_t at_ns, uint64_t session,
                        const char *value)
{
    const struct cs_op op = {
        .kind = CS_OP_PUT, .session = session, .key = text("k"), .value = text(value)
    };
    return history_begin(history, at_ns, at_ns, 0, 0, 0, &op);
}

static void assert_bytes(const struct history *history, struct history_bytes kept,
                         const char *expected)
{
    struct cs_bytes bytes = history_bytes(history, kept);
    ck_assert_uint_eq(bytes.size, strlen(expected));
    ck_assert_mem_eq(bytes.data, expected, bytes.size);
}

START_TEST(what_was_asked_and_answered_is_kept)
{
    struct history *history = history_new();
    char key[] = "k1";
    const struct cs_op op = { .kind = CS_OP_CAS,
                              .session = 7,
                              .key = text(key),
                              .value = text("new"),
                              .expected = text("old"),
                              .number = 3 };
    size_t index = history_begin(history, 100, 120, 5, 2, 1, &op);
    key[0] = 'x'; /* bytes are copied */
    const struct cs_result result = {
        .status = CS_OK, .applied = true, .present = true, .number = 9, .value = text("old")
    };
    history_end(history, index, 150, &result);

    const struct operation *operation = history_at(history, index);
    ck_assert_uint_eq(operation->intended_ns, 100);
    ck_assert_uint_eq(operation->started_ns, 120);
    ck_assert_uint_eq(operation->ended_ns, 150);
    ck_assert_uint_eq(operation->session, 7);
    ck_assert_uint_eq(operation->client, 5);
    ck_assert_uint_eq(operation->group, 2);
    ck_assert_uint_eq(operation->workload, 1);
    ck_assert_uint_eq(operation->kind, CS_OP_CAS);
    ck_assert_uint_eq(operation->outcome, OUTCOME_OK);
    ck_assert(operation->answered);
    ck_assert(operation->applied);
    ck_assert(operation->present);
    ck_assert_uint_eq(operation->number, 3);
    ck_assert_uint_eq(operation->result_number, 9);
    assert_bytes(history, operation->key, "k1");
    assert_bytes(history, operation->value, "new");
    assert_bytes(history, operation->expected, "old");
    assert_bytes(history, operation->result, "old");
    history_free(history);
}
END_TEST

START_TEST(failed_refused_and_lost_are_without_effect)
{
    static const struct {
        enum cs_status status;
        enum outcome outcome;
    } rows[] = {
        { CS_OK, OUTCOME_OK },           { CS_FAILED, OUTCOME_FAILED },
        { CS_REFUSED, OUTCOME_FAILED },  { CS_LOST, OUTCOME_FAILED },
        { CS_UNKNOWN, OUTCOME_UNKNOWN },
    };
    struct history *history = history_new();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct cs_result result = { .status = rows[i].status };
        size_t index = begin_put(history, i, i, "v");
        history_end(history, index, i + 1, &result);
        ck_assert_uint_eq(history_at(history, index)->outcome, rows[i].outcome);
        ck_assert(history_at(history, index)->answered);
    }
    history_free(history);
}
END_TEST

START_TEST(a_deadline_is_an_end_without_an_answer)
{
    struct history *history = history_new();
    size_t index = begin_put(history, 0, 1, "v");
    ck_assert_uint_eq(history_at(history, index)->outcome, OUTCOME_OPEN);
    history_end(history, index, 2000, NULL);
    ck_assert_uint_eq(history_at(history, index)->outcome, OUTCOME_UNKNOWN);
    ck_assert(!history_at(history, index)->answered);
    history_free(history);
}
END_TEST

/* Printing the reason would be noise: the abort is what counts. */
START_TEST(an_operation_that_ends_twice_is_a_bug)
{
    struct history *history = history_new();
    size_t index = begin_put(history, 0, 1, "v");
    history_end(history, index, 1, NULL);
    history_end(history, index, 2, NULL);
}
END_TEST

START_TEST(an_end_before_the_start_is_a_bug)
{
    struct history *history = history_new();
    size_t index = begin_put(history, 10, 1, "v");
    history_end(history, index, 9, NULL);
}
END_TEST

START_TEST(events_stand_in_the_order_in_which_they_happened)
{
    struct history *history = history_new();
    size_t a = begin_put(history, 0, 1, "a");
    size_t b = begin_put(history, 1, 2, "b");
    history_end(history, b, 2, NULL);
    size_t c = begin_put(history, 3, 3, "c");
    history_end(history, a, 4, NULL);
    const size_t expected[] = { 2 * a, 2 * b, 2 * b + 1, 2 * c, 2 * a + 1 };
    ck_assert_uint_eq(history_event_count(history), 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_uint_eq(history_event_at(history, i), expected[i]);
    history_free(history);
}
END_TEST

/* Whatever the order of ends: each operation has one invocation, at most one end, and that later.
 */
START_TEST(each_operation_begins_once_and_ends_at_most_once)
{
    enum { OPERATIONS = 2000 };
    struct history *history = history_new();
    struct random_stream stream = random_stream_of(random_key(1, "history", "order"));
    size_t open[OPERATIONS], open_count = 0;
    for (uint64_t now = 0; history_count(history) < OPERATIONS; now++) {
        if (open_count == 0 || random_below(&stream, 2) == 0) {
            open[open_count++] = begin_put(history, now, now, "v");
        } else {
            size_t chosen = (size_t)random_below(&stream, open_count);
            history_end(history, open[chosen], now, NULL);
            open[chosen] = open[--open_count];
        }
    }
    uint8_t events[OPERATIONS] = { 0 };
    for (size_t i = 0; i < history_event_count(history); i++) {
        size_t event = history_event_at(history, i);
        ck_assert_uint_eq(events[event / 2], event % 2);
        events[event / 2]++;
    }
    for (size_t i = 0; i < OPERATIONS; i++)
        ck_assert_uint_eq(events[i], history_at(history, i)->outcome == OUTCOME_OPEN ? 1 : 2);
    history_free(history);
}
END_TEST

START_TEST(a_long_value_is_kept_as_prefix_size_and_hash)
{
    char value[4096];
    memset(value, '.', sizeof value);
    value[0] = 'v';
    value[1] = '1';
    value[2] = '7';
    const struct cs_op put = { .kind = CS_OP_PUT,
                               .key = text("k"),
                               .value = cs_bytes_of(value, sizeof value) };
    struct history *history = history_new();
    const struct operation *operation =
        history_at(history, history_begin(history, 0, 0, 0, 0, 0, &put));
    assert_bytes(history, operation->value, "v17~4096~0x1b36bc935de860d6");
    history_free(history);
}
END_TEST

START_TEST(long_values_compare_as_they_did)
{
    char a[100], b[100];
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    b[99] = 'y';
    struct history *history = history_new();
    const struct cs_op put = { .kind = CS_OP_PUT, .value = cs_bytes_of(a, sizeof a) };
    const struct cs_op other = { .kind = CS_OP_PUT, .value = cs_bytes_of(b, sizeof b) };
    const struct cs_result read = { .status = CS_OK, .value = cs_bytes_of(a, sizeof a) };
    size_t first = history_begin(history, 0, 0, 0, 0, 0, &put);
    size_t second = history_begin(history, 0, 0, 0, 0, 0, &other);
    history_end(history, first, 1, &read);

    struct cs_bytes asked = history_bytes(history, history_at(history, first)->value);
    struct cs_bytes got = history_bytes(history, history_at(history, first)->result);
    struct cs_bytes differs = history_bytes(history, history_at(history, second)->value);
    ck_assert_uint_le(asked.size, HISTORY_VALUE_MAX);
    ck_assert_uint_eq(asked.size, got.size);
    ck_assert_mem_eq(asked.data, got.data, got.size);
    ck_assert_uint_eq(asked.size, differs.size);
    ck_assert_mem_ne(asked.data, differs.data, asked.size);
    history_free(history);
}
END_TEST

START_TEST(a_value_of_64_bytes_is_kept_as_it_is)
{
    char value[65] = { 0 };
    memset(value, 'z', 64);
    struct history *history = history_new();
    size_t index = begin_put(history, 0, 1, value);
    assert_bytes(history, history_at(history, index)->value, value);
    history_free(history);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history");
    TCase *tests = tcase_create("history");
    tcase_add_test(tests, what_was_asked_and_answered_is_kept);
    tcase_add_test(tests, failed_refused_and_lost_are_without_effect);
    tcase_add_test(tests, a_deadline_is_an_end_without_an_answer);
    tcase_add_test_raise_signal(tests, an_operation_that_ends_twice_is_a_bug, SIGABRT);
    tcase_add_test_raise_signal(tests, an_end_before_the_start_is_a_bug, SIGABRT);
    tcase_add_test(tests, events_stand_in_the_order_in_which_they_happened);
    tcase_add_test(tests, each_operation_begins_once_and_ends_at_most_once);
    tcase_add_test(tests, a_long_value_is_kept_as_prefix_size_and_hash);
    tcase_add_test(tests, long_values_compare_as_they_did);
    tcase_add_test(tests, a_value_of_64_bytes_is_kept_as_it_is);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
