/* Histories as others write them, and what is wrong with some. */
#include <string.h>

#include "archive/archive.h"
#include "support/suite.h"

static struct archive archive;
static struct archive_problem problem;

static void tear_down(void)
{
    archive_done(&archive);
    text_done(&problem.text);
}

static enum linear_verdict judge(const char *model, const char *text)
{
    const struct linear_model *found = linear_model_find(model);
    if (!archive_parse(&archive, text, strlen(text), found, &problem))
        ck_abort_msg("line %d: %s", (int)problem.line, text_string(&problem.text));
    struct linear_report report;
    linear_check(found, &(struct linear_options){ 0 }, archive.ops, archive.count, &report);
    linear_report_done(&report);
    return report.verdict;
}

static void refuse(const char *model, const char *text, uint64_t line, const char *sentence)
{
    tear_down();
    ck_assert(!archive_parse(&archive, text, strlen(text), linear_model_find(model), &problem));
    ck_assert_str_eq(text_string(&problem.text), sentence);
    ck_assert_uint_eq(problem.line, line);
}

START_TEST(a_log_of_etcd)
{
    const char *log = "INFO  jepsen.util - 0\t:invoke\t:write\t3\n"
                      "INFO  jepsen.core - what else was logged\n"
                      "INFO  jepsen.util - :nemesis\t:info\t:start\t\"Cut off {:n1 #{:n2}}\"\n"
                      "INFO  jepsen.util - 0   :ok    :write  3\n"
                      "INFO  jepsen.util - 1\t:invoke\t:cas\t[3 4]\n"
                      "INFO  jepsen.util - 1\t:info\t:cas\t:timed-out\n"
                      "INFO  jepsen.util - 2\t:invoke\t:read\tnil\n"
                      "INFO  jepsen.util - 2\t:ok\t:read\t4\n";
    ck_assert_int_eq(judge("cas-register", log), LINEAR_OK);
    ck_assert_uint_eq(archive.count, 3);
    ck_assert_uint_eq(archive.calls[2].line, 7);
    ck_assert_uint_eq(archive.calls[2].end_line, 8);
}
END_TEST

START_TEST(in_a_log_of_etcd_a_failed_compare_and_set_says_that_the_value_was_another)
{
    const char *log = "INFO  jepsen.util - 0\t:invoke\t:write\t3\n"
                      "INFO  jepsen.util - 0\t:ok\t:write\t3\n"
                      "INFO  jepsen.util - 1\t:invoke\t:cas\t[3 4]\n"
                      "INFO  jepsen.util - 1\t:fail\t:cas\t[3 4]\n";
    ck_assert_int_eq(judge("cas-register", log), LINEAR_ILLEGAL);
}
END_TEST

START_TEST(elsewhere_what_failed_did_not_happen)
{
    const char *edn = "[{:process 0, :type :invoke, :f :write, :value 3}\n"
                      " {:process 0, :type :ok, :f :write, :value 3}\n"
                      " {:process 1, :type :invoke, :f :cas, :value [3 4]}\n"
                      " {:process 1, :type :fail, :f :cas, :value [3 4]}]\n";
    ck_assert_int_eq(judge("cas-register", edn), LINEAR_OK);
    ck_assert_uint_eq(archive.count, 1);
    ck_assert_uint_eq(archive.failed, 1);
}
END_TEST

START_TEST(edn_with_comments_tags_strangers_and_an_open_end)
{
    const char *edn = "; a note\n"
                      "#jepsen.history.History (#jepsen.history.Op{:index 0, :type :invoke, :f "
                      ":write,\n"
                      "   :value 1, :process 0}\n"
                      " {:index 1, :process :nemesis, :type :info, :f :kill, :value nil}\n"
                      " {:index 2, :process 0, :type :info, :f :write, :value 1, :error [:timeout "
                      "\"a \\\"b\\\"\"]}\n"
                      " {:index 3, :process 0, :type :invoke, :f :read, :value nil}\n"
                      " {:index 4, :process 0, :type :ok, :f :read, :value 1}\n"
                      " {:index 5, :process 1, :type :invoke, :f :write, :value 2})\n";
    ck_assert_int_eq(judge("register", edn), LINEAR_OK);
    ck_assert_uint_eq(archive.count, 3);
    ck_assert_uint_eq(archive.ops[2].returned, LINEAR_NEVER);
}
END_TEST

START_TEST(json_of_lines_and_of_a_list)
{
    const char *lines =
        "{\"type\":\"invoke\",\"f\":\"add\",\"value\":2,\"process\":7,\"time\":-1}\n"
        "{\"type\":\"ok\",\"f\":\"add\",\"value\":2,\"process\":7}\n"
        "{\"type\":\"invoke\",\"f\":\"read\",\"value\":null,\"process\":7}\n"
        "{\"type\":\"ok\",\"f\":\"read\",\"value\":2,\"process\":7}\n";
    ck_assert_int_eq(judge("counter", lines), LINEAR_OK);
    tear_down();
    const char *list = "[{\"type\":\"invoke\",\"f\":\"add\",\"value\":\"x\",\"process\":7},\n"
                       "{\"type\":\"ok\",\"f\":\"add\",\"value\":\"x\",\"process\":7},\n"
                       "{\"type\":\"invoke\",\"f\":\"read\",\"value\":null,\"process\":7},\n"
                       "{\"type\":\"ok\",\"f\":\"read\",\"value\":[],\"process\":7}]\n";
    ck_assert_int_eq(judge("set", list), LINEAR_ILLEGAL);
}
END_TEST

START_TEST(a_log_of_a_key_value_store_whose_keys_begin_empty)
{
    const char *log = "{:process 0, :type :invoke, :f :get, :key \"7\", :value nil}\n"
                      "{:process 0, :type :ok, :f :get, :key \"7\", :value \"\"}\n"
                      "{:process 0, :type :invoke, :f :append, :key \"7\", :value \"a b\"}\n"
                      "{:process 0, :type :ok, :f :append, :key \"7\", :value \"a b\"}\n"
                      "{:process 0, :type :invoke, :f :put, :key \"8\", :value \"c\"}\n"
                      "{:process 0, :type :ok, :f :put, :key \"8\", :value \"c\"}\n"
                      "{:process 0, :type :invoke, :f :append, :key \"7\", :value \"c\"}\n"
                      "{:process 0, :type :ok, :f :append, :key \"7\", :value \"c\"}\n"
                      "{:process 0, :type :invoke, :f :get, :key \"7\", :value nil}\n"
                      "{:process 0, :type :ok, :f :get, :key \"7\", :value \"a bc\"}\n";
    ck_assert_int_eq(judge("kv", log), LINEAR_OK);
    ck_assert_uint_eq(archive.key_count, 2);
}
END_TEST

#define LINE(t, session, rest)                                                                     \
    "{\"t_ns\":" #t ",\"session\":" #session "," rest ",\"group\":\"kv\"}\n"

START_TEST(a_runs_own_history)
{
    const char *run = LINE(1, 3,
                           "\"type\":\"invoke\",\"op\":\"put\",\"key\":\"k\",\"value\":\"v~200~0x"
                           "000000000000002a\"")
        LINE(2, 4, "\"type\":\"invoke\",\"op\":\"transfer\",\"key\":null,\"value\":null") LINE(
            5, 3,
            "\"type\":\"unknown\",\"op\":\"put\",\"key\":\"k\",\"value\":\"v~200~0x"
            "000000000000002a\"")
            LINE(5, 3, "\"type\":\"invoke\",\"op\":\"cas\",\"key\":\"k\",\"value\":[\"x\",\"y\"]")
                LINE(6, 3,
                     "\"type\":\"ok\",\"op\":\"cas\",\"key\":\"k\",\"value\":[\"x\",\"y\"],"
                     "\"applied\":false")
                    LINE(7, 3, "\"type\":\"invoke\",\"op\":\"delete\",\"key\":\"k\",\"value\":null")
                        LINE(8, 3,
                             "\"type\":\"ok\",\"op\":\"delete\",\"key\":\"k\",\"value\":null,"
                             "\"applied\":true");
    ck_assert_int_eq(judge("kv", run), LINEAR_OK);
    ck_assert_uint_eq(archive.count, 3);
    ck_assert_uint_eq(archive.ops[0].value.size, 200);
    ck_assert_uint_eq(archive.ops[0].value.hash, 42);
    ck_assert_int_eq(archive.ops[1].outcome, LINEAR_NO);
    ck_assert_int_eq(archive.ops[2].outcome, LINEAR_YES);
}
END_TEST

START_TEST(queues_and_locks)
{
    const char *queue = "{:process 0, :type :invoke, :f :enqueue, :value 1}"
                        "{:process 0, :type :ok, :f :enqueue, :value 1}"
                        "{:process 0, :type :invoke, :f :dequeue, :value nil}"
                        "{:process 0, :type :ok, :f :dequeue, :value nil}";
    ck_assert_int_eq(judge("queue", queue), LINEAR_ILLEGAL);
    tear_down();
    const char *lock = "{:process 0, :type :invoke, :f :acquire, :value nil}"
                       "{:process 0, :type :ok, :f :acquire, :value nil}"
                       "{:process 1, :type :invoke, :f :acquire, :value nil}"
                       "{:type :fail, :process 1, :f :acquire, :error :held, :index 1}"
                       "{:process 1, :type :invoke, :f :acquire, :value nil}"
                       "{:process 1, :type :ok, :f :acquire, :value nil}";
    ck_assert_int_eq(judge("lock", lock), LINEAR_ILLEGAL);
}
END_TEST

START_TEST(no_text_is_no_operations)
{
    ck_assert_int_eq(judge("kv", ""), LINEAR_OK);
    ck_assert_uint_eq(archive.count, 0);
}
END_TEST

#define INVOKE "{:process 0, :type :invoke, :f :write, :value 1}\n"
#define OK     "{:process 0, :type :ok, :f :write, :value 1}\n"

START_TEST(operations_that_do_not_pair)
{
    refuse("register", OK, 1, "process 0 ends an operation that it has not begun");
    refuse("register", INVOKE INVOKE, 2,
           "process 0 begins another operation before the one of line 1 has ended");
    refuse("register", INVOKE OK OK, 3, "process 0 ends an operation that it has not begun");
    refuse("register", INVOKE "{:process 0, :type :ok, :f :read, :value 1}", 2,
           "process 0 ends \"read\", but it has begun \"write\" in line 1");
}
END_TEST

START_TEST(operations_that_the_model_does_not_have)
{
    refuse("queue", INVOKE, 1, "model queue has no operation \"write\"");
    refuse("register", "{:process 0, :type :invoke, :f :cas, :value [1 2]}", 1,
           "model register has no operation \"cas\"");
    refuse("cas-register", "{:process 0, :type :invoke, :f :cas, :value [1]}", 1,
           "\"cas\" needs the value [expected new]");
    refuse("register", "{:process 0, :type :began, :f :write, :value 1}", 1,
           "\"type\" is none of invoke, ok, fail, info");
    refuse("register", "{:process 0, :type :invoke}", 1,
           "there is no \"f\" that names the operation");
}
END_TEST

START_TEST(texts_that_end_too_early)
{
    refuse("register", "[" INVOKE OK, 3, "the file ends in the middle of the history");
    refuse("register", INVOKE "{:process 0, :ty", 2, "the file ends in the middle of a map");
    refuse("register", INVOKE "{:process 0, :error \"ab", 2,
           "the file ends in the middle of a string");
    refuse("kv", "{\"session\":1,\"op\":\"get\n", 1, "the line ends in the middle of a string");
    refuse("register", "INFO  jepsen.util - 0\t:invoke\t:write\t3\nINFO  jepsen.util - 0\t:o", 2,
           "none of :invoke, :ok, :fail, :info follows the process");
    refuse("register", "INFO  jepsen.util - 0\t:invoke\t:write", 1, "the value is missing");
}
END_TEST

START_TEST(events_that_go_back)
{
    refuse("register",
           "{:index 4, :process 0, :type :invoke, :f :write, :value 1}\n"
           "{:index 3, :process 0, :type :ok, :f :write, :value 1}\n",
           2, "\"index\" goes back: the events are out of order");
}
END_TEST

START_TEST(bytes_that_are_no_text)
{
    refuse("register", INVOKE "{:process \xff}", 2, "this is no UTF-8 text");
    refuse("register", INVOKE OK "\xc3", 3, "this is no UTF-8 text");
    refuse("register", "<html>", 1,
           "this begins like no history that is known: a run's history.jsonl, Jepsen's EDN or "
           "JSON, a log of jepsen.util");
}
END_TEST

START_TEST(lists_without_end_are_refused)
{
    static char deep[1001];
    memset(deep, '[', 1000);
    refuse("register", deep, 1, "this is nested too deeply");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("archive");
    TCase *tests = tcase_create("archive");
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, a_log_of_etcd);
    tcase_add_test(tests,
                   in_a_log_of_etcd_a_failed_compare_and_set_says_that_the_value_was_another);
    tcase_add_test(tests, elsewhere_what_failed_did_not_happen);
    tcase_add_test(tests, edn_with_comments_tags_strangers_and_an_open_end);
    tcase_add_test(tests, json_of_lines_and_of_a_list);
    tcase_add_test(tests, a_log_of_a_key_value_store_whose_keys_begin_empty);
    tcase_add_test(tests, a_runs_own_history);
    tcase_add_test(tests, queues_and_locks);
    tcase_add_test(tests, no_text_is_no_operations);
    tcase_add_test(tests, operations_that_do_not_pair);
    tcase_add_test(tests, operations_that_the_model_does_not_have);
    tcase_add_test(tests, texts_that_end_too_early);
    tcase_add_test(tests, events_that_go_back);
    tcase_add_test(tests, bytes_that_are_no_text);
    tcase_add_test(tests, lists_without_end_are_refused);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
