/* What is odd in a history, in each of the formats: read as it is meant, or refused with its line.
 */
#include <stdio.h>
#include <string.h>

#include "archive/archive.h"
#include "support/suite.h"

enum { TEXT_MAX = 4096 };

static struct archive archive;
static struct archive_problem problem;

static void tear_down(void)
{
    archive_done(&archive);
    text_done(&problem.text);
    archive = (struct archive){ 0 };
}

static bool parse(const char *model, const char *text, size_t size)
{
    tear_down();
    return archive_parse(&archive, text, size, linear_model_find(model), &problem);
}

static enum linear_verdict verdict_of(const char *model)
{
    struct linear_report report;
    linear_check(linear_model_find(model), &(struct linear_options){ .places = archive.places },
                 archive.ops, archive.count, &report);
    linear_report_done(&report);
    return report.verdict;
}

static enum linear_verdict judge(const char *model, const char *text)
{
    if (!parse(model, text, strlen(text)))
        ck_abort_msg("line %d: %s, of\n%s", (int)problem.line, text_string(&problem.text), text);
    return verdict_of(model);
}

static void refuse(const char *model, const char *text, uint64_t line, const char *sentence)
{
    if (parse(model, text, strlen(text)))
        ck_abort_msg("not refused:\n%s", text);
    ck_assert_str_eq(text_string(&problem.text), sentence);
    ck_assert_uint_eq(problem.line, line);
}

/* ---- The formats ------------------------------------------------------------------------------
 */

/* A line of each format: what process P says of its write or read.  0 writes 1 (lines 1 and 3), 1
 * reads it beside that (2 and 4). */
#define ETCD(p, type, f, v) "INFO  jepsen.util - " #p "\t:" #type "\t:" #f "\t" v "\n"
#define EDN(p, type, f, v)  "{:process " #p ", :type :" #type ", :f :" #f ", :value " v "}\n"
#define JSON(p, type, f, v)                                                                        \
    "{\"process\":" #p ",\"type\":\"" #type "\",\"f\":\"" #f "\",\"value\":" v "}\n"
#define NATIVE(p, type, f, v)                                                                      \
    "{\"session\":" #p ",\"type\":\"" #type "\",\"op\":\"" #f "\",\"key\":\"k\",\"value\":" v      \
    ",\"group\":\"g\"}\n"
#define KV(p, type, f, v)                                                                          \
    "{:process " #p ", :type :" #type ", :f :" #f ", :key \"7\", :value " v "}\n"

static const struct {
    const char *name, *model;
    const char *good;
    const char *lone;    /* an end without a beginning, in line 3 */
    const char *twice;   /* process 0 begins again in line 2 */
    const char *unknown; /* an operation that the model does not have, in line 2 */
    const char *late;    /* process 0 gave up in line 2 and has an answer in line 3 */
} formats[] = {
    { "etcd", "register",
      ETCD(0, invoke, write, "1") ETCD(1, invoke, read, "nil") ETCD(0, ok, write, "1")
          ETCD(1, ok, read, "1"),
      ETCD(0, invoke, write, "1") ETCD(0, ok, write, "1") ETCD(1, ok, read, "1"),
      ETCD(0, invoke, write, "1") ETCD(0, invoke, write, "2"),
      ETCD(0, invoke, write, "1") ETCD(1, invoke, drain, "2"),
      ETCD(0, invoke, write, "1") ETCD(0, info, write, ":timed-out") ETCD(0, ok, write, "1") },
    { "EDN", "register",
      EDN(0, invoke, write, "1") EDN(1, invoke, read, "nil") EDN(0, ok, write, "1")
          EDN(1, ok, read, "1"),
      EDN(0, invoke, write, "1") EDN(0, ok, write, "1") EDN(1, ok, read, "1"),
      EDN(0, invoke, write, "1") EDN(0, invoke, write, "2"),
      EDN(0, invoke, write, "1") EDN(1, invoke, drain, "2"),
      EDN(0, invoke, write, "1") EDN(0, info, write, "1") EDN(0, ok, write, "1") },
    { "JSON", "register",
      JSON(0, invoke, write, "1") JSON(1, invoke, read, "null") JSON(0, ok, write, "1")
          JSON(1, ok, read, "1"),
      JSON(0, invoke, write, "1") JSON(0, ok, write, "1") JSON(1, ok, read, "1"),
      JSON(0, invoke, write, "1") JSON(0, invoke, write, "2"),
      JSON(0, invoke, write, "1") JSON(1, invoke, drain, "2"),
      JSON(0, invoke, write, "1") JSON(0, info, write, "1") JSON(0, ok, write, "1") },
    { "a run's", "kv",
      NATIVE(0, invoke, put, "\"1\"") NATIVE(1, invoke, get, "null") NATIVE(0, ok, put, "\"1\"")
          NATIVE(1, ok, get, "\"1\""),
      NATIVE(0, invoke, put, "\"1\"") NATIVE(0, ok, put, "\"1\"") NATIVE(1, ok, get, "\"1\""),
      NATIVE(0, invoke, put, "\"1\"") NATIVE(0, invoke, put, "\"2\""),
      NATIVE(0, invoke, put, "\"1\"") NATIVE(1, invoke, drain, "\"2\""),
      NATIVE(0, invoke, put, "\"1\"") NATIVE(0, unknown, put, "\"1\"")
          NATIVE(0, ok, put, "\"1\"") },
    { "a key-value log", "kv",
      KV(0, invoke, put, "\"1\"") KV(1, invoke, get, "nil") KV(0, ok, put, "\"1\"")
          KV(1, ok, get, "\"1\""),
      KV(0, invoke, put, "\"1\"") KV(0, ok, put, "\"1\"") KV(1, ok, get, "\"1\""),
      KV(0, invoke, put, "\"1\"") KV(0, invoke, put, "\"2\""),
      KV(0, invoke, put, "\"1\"") KV(1, invoke, drain, "\"2\""),
      KV(0, invoke, put, "\"1\"") KV(0, info, put, "\"1\"") KV(0, ok, put, "\"1\"") },
};
enum { FORMATS = sizeof formats / sizeof *formats };

/* `text` with `other` for each line's end. */
static const char *with_line_ends(const char *text, const char *other)
{
    static char changed[TEXT_MAX];
    size_t size = 0;
    for (; *text != 0; text++) {
        ck_assert_uint_lt(size + 4, TEXT_MAX);
        size_t added = *text == '\n' ? strlen(other) : 1;
        memcpy(changed + size, *text == '\n' ? other : text, added);
        size += added;
    }
    changed[size] = 0;
    return changed;
}

static void two_operations(size_t f, uint64_t last_line)
{
    ck_assert_uint_eq(archive.count, 2);
    ck_assert_uint_eq(archive.calls[1].end_line, last_line);
    ck_assert_int_eq(verdict_of(formats[f].model), LINEAR_OK);
}

START_TEST(lines_may_end_in_any_way)
{
    for (size_t f = 0; f < FORMATS; f++) {
        judge(formats[f].model, formats[f].good);
        two_operations(f, 4);
        judge(formats[f].model, with_line_ends(formats[f].good, "\r\n"));
        two_operations(f, 4);
        judge(formats[f].model, with_line_ends(formats[f].good, "\n\n"));
        two_operations(f, 7);
        bool is_log = strcmp(formats[f].name, "etcd") == 0;
        judge(formats[f].model, with_line_ends(formats[f].good, is_log ? "\n" : " "));
        two_operations(f, is_log ? 4 : 1);
    }
}
END_TEST

START_TEST(a_mark_of_utf_8_is_no_part_of_the_text)
{
    for (size_t f = 0; f < FORMATS; f++) {
        char marked[TEXT_MAX];
        snprintf(marked, sizeof marked, "\xef\xbb\xbf%s", formats[f].good);
        judge(formats[f].model, marked);
        two_operations(f, 4);
    }
}
END_TEST

/* What is cut off is refused in a line that there is, or else nothing that is left is wrong: what
 * has happened by some time is right if all is. */
START_TEST(a_history_may_be_cut_off_anywhere)
{
    for (size_t f = 0; f < FORMATS; f++) {
        size_t refused = 0;
        for (size_t size = 0; size < strlen(formats[f].good); size++) {
            if (parse(formats[f].model, formats[f].good, size)) {
                ck_assert_int_eq(verdict_of(formats[f].model), LINEAR_OK);
                continue;
            }
            refused++;
            ck_assert_uint_ge(problem.line, 1);
            ck_assert_uint_le(problem.line, 4);
            ck_assert_uint_gt(problem.text.size, 10);
        }
        ck_assert_msg(refused > 60, "%s: %d", formats[f].name, (int)refused);
    }
}
END_TEST

START_TEST(what_a_process_cannot_do_is_refused_in_every_format)
{
    for (size_t f = 0; f < FORMATS; f++) {
        char sentence[100];
        refuse(formats[f].model, formats[f].lone, 3,
               "process 1 ends an operation that it has not begun");
        refuse(formats[f].model, formats[f].twice, 2,
               "process 0 begins another operation before the one of line 1 has ended");
        snprintf(sentence, sizeof sentence, "model %s has no operation \"drain\"",
                 formats[f].model);
        refuse(formats[f].model, formats[f].unknown, 2, sentence);
        refuse(formats[f].model, formats[f].late, 3,
               "process 0 ends an operation that it has not begun; the one of line 1 was given up, "
               "outcome unknown, in line 2");
    }
}
END_TEST

START_TEST(bytes_that_are_no_text_are_refused_in_every_format)
{
    static const char *const wrong[] = { "\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80" };
    for (size_t f = 0; f < FORMATS; f++) {
        for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
            char text[TEXT_MAX];
            snprintf(text, sizeof text, "%s%s\n", formats[f].good, wrong[w]);
            refuse(formats[f].model, text, 5, "this is no UTF-8 text");
        }
        size_t size = strlen(formats[f].good);
        ck_assert(!parse(formats[f].model, formats[f].good, size + 1)); /* with the NUL */
        ck_assert_uint_eq(problem.line, 5);
    }
}
END_TEST

START_TEST(events_that_go_back_are_refused_where_their_order_is_told)
{
    refuse("register",
           "{\"index\":4,\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"value\":1}\n"
           "{\"index\":3,\"process\":0,\"type\":\"ok\",\"f\":\"write\",\"value\":1}\n",
           2, "\"index\" goes back: the events are out of order");
    refuse("kv",
           "{\"t_ns\":4,\"session\":0,\"type\":\"invoke\",\"op\":\"get\",\"key\":\"k\"}\n"
           "{\"t_ns\":3,\"session\":0,\"type\":\"ok\",\"op\":\"get\",\"key\":\"k\"}\n",
           2, "\"t_ns\" goes back: the events are out of order");
}
END_TEST

/* ---- Values ------------------------------------------------------------------------------------
 */

/* Write one value, then read the other: whether they are the same. */
static bool is_same(const char *written, const char *read)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof text,
             EDN(0, invoke, write, "%s") EDN(0, ok, write, "%s") EDN(1, invoke, read, "nil")
                 EDN(1, ok, read, "%s"),
             written, written, read);
    enum linear_verdict verdict = judge("register", text);
    ck_assert_uint_eq(archive.count, 2);
    return verdict == LINEAR_OK;
}

START_TEST(values_are_the_same_however_they_are_written)
{
    static const char *const same[][2] = {
        { "[1 2]", "[1, 2]" },
        { "[1 2]", "( 1\n2 )" },
        { "[1 ; one\n 2]", "[1 2]" },
        { "#{1 2 3}", "#{3, 1 2}" },
        { "{:a 1, :b [2 3]}", "{:b (2 3) :a 1}" },
        { "{:a {:c 1, :b 2}}", "{:a {:b 2 :c 1}}" },
        { "#_5 6", "6" },
        { "#_ {:a [1 \"}\"]} 6", "6" },
        { "#_ #_ 4 5 6", "6" },
        { "[1 #_2]", "[1]" },
        { "#inst \"2020\"", "\"2020\"" },
        { "#my/tag{:a 1}", "{:a 1}" },
        { "1N", "1" },
        { "+1", "1" },
        { "1/2", "1/2" },
        { "##NaN", "##NaN" },
        { "\\(", "\\(" },
        { ":a/b", ":a/b" },
        { "\"\\u00e9\\n\"", "\"\xc3\xa9\n\"" },
        { "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"" },
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        ck_assert_msg(is_same(same[i][0], same[i][1]), "%s and %s", same[i][0], same[i][1]);
}
END_TEST

START_TEST(other_values_differ)
{
    static const char *const other[][2] = {
        { "[1 2]", "[2 1]" },      { "#{1 2}", "[1 2]" }, { "{:a 1}", "{:a 2}" },
        { "1/2", "1/3" },          { ":a/b", ":b" },      { "[[1] 2]", "[[1 2]]" },
        { "##Inf", "##-Inf" },     { "\\a", "\\b" },      { "[\"1 2\"]", "[1 2]" },
        { "{:a #{}}", "{:a {}}" },
    };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        ck_assert_msg(!is_same(other[i][0], other[i][1]), "%s and %s", other[i][0], other[i][1]);
}
END_TEST

START_TEST(values_that_are_none_are_refused)
{
    refuse("register", "{:process 0, :value #_[1}", 1, "something here cannot begin a value");
    refuse("register", "{:process 0, :value #_[1", 1, "the file ends in the middle of a list");
    refuse("register", "{:process 0, :value #_}", 1, "a map has a key without a value");
    refuse("register", "{:process 0, :value \"\\ud83d\"}", 1, "a string has an unknown escape");
    refuse("register", "{\"process\": 0, \"value\": #{1}}", 1,
           "something here cannot begin a value");
    char text[TEXT_MAX] = "{:process ";
    for (size_t i = strlen(text); i < 600; i += 3)
        memcpy(text + i, "#_ ", 4);
    refuse("register", text, 1, "this is nested too deeply");
}
END_TEST

/* ---- Who and what ------------------------------------------------------------------------------
 */

START_TEST(maps_may_have_one_name_for_all_their_keys)
{
    ck_assert_int_eq(judge("register", "#:jepsen{:process 0, :type :invoke, :f :write, :value 1}"),
                     LINEAR_OK);
    ck_assert_uint_eq(archive.count, 1);
    refuse("register", "{:process 0, :type :invoke, :f :my/write, :value 1}", 1,
           "model register has no operation \"my/write\"");
}
END_TEST

START_TEST(processes_have_numbers_or_names_and_a_nemesis_is_none)
{
    const char *named = "{\"process\":\"c1\",\"type\":\"invoke\",\"f\":\"write\",\"value\":1}\n"
                        "{\"process\":\"nemesis\",\"type\":\"info\",\"f\":\"kill\"}\n"
                        "{\"process\":\"c2\",\"type\":\"invoke\",\"f\":\"read\",\"value\":null}\n"
                        "{\"process\":\"c2\",\"type\":\"ok\",\"f\":\"read\",\"value\":2}\n";
    ck_assert_int_eq(judge("register", named), LINEAR_ILLEGAL);
    ck_assert_uint_eq(archive.count, 2);
    refuse("register", "{:process [1], :type :invoke, :f :write, :value 1}", 1,
           "\"process\" is neither a number nor a name");
    refuse("kv", "{\"session\":\"3\",\"type\":\"invoke\",\"op\":\"get\",\"key\":\"k\"}", 1,
           "there is no \"session\" that is a number");
}
END_TEST

static void ck_assert_key(struct cs_bytes key, const char *wanted)
{
    ck_assert_mem_eq(key.data, wanted, strlen(wanted));
    ck_assert_uint_eq(key.size, strlen(wanted));
}

START_TEST(values_with_their_keys_are_taken_apart)
{
    /* jepsen.independent's [key value]: a register each, 1 and "b". */
    const char *tuples = "{:process 0, :type :invoke, :f :write, :value [1 3]}\n"
                         "{:process 1, :type :invoke, :f :read, :value [\"b\" nil]}\n"
                         "{:process 0, :type :ok, :f :write, :value [1 3]}\n"
                         "{:process :nemesis, :type :info, :f :cut, :value nil}\n"
                         "{:process 1, :type :ok, :f :read, :value [\"b\" nil]}\n"
                         "{:process 0, :type :invoke, :f :cas, :value [1 [3 4]]}\n"
                         "{:process 0, :type :ok, :f :cas, :value [1 [3 4]]}\n"
                         "{:process 2, :type :invoke, :f :write, :value [1 9]}\n"
                         "{:process 2, :type :info, :f :write, :value :timed-out}\n"
                         "{:process 1, :type :invoke, :f :read, :value [1 nil]}\n";
    char text[TEXT_MAX];
    snprintf(text, sizeof text, "%s%s", tuples, EDN(1, ok, read, "[1 4]"));
    ck_assert_int_eq(judge("cas-register", text), LINEAR_OK);
    ck_assert_uint_eq(archive.count, 5);
    ck_assert_uint_eq(archive.key_count, 2);
    ck_assert_key(archive.keys[1].key, "b");
    snprintf(text, sizeof text, "%s%s", tuples, EDN(1, ok, read, "[1 3]"));
    ck_assert_int_eq(judge("cas-register", text), LINEAR_ILLEGAL);
    snprintf(text, sizeof text, "%s%s", tuples, EDN(1, ok, read, "4"));
    refuse("cas-register", text, 11, "the value is no [key value], as those of other lines are");
    /* A compare-and-set or a set's read tells it too. */
    ck_assert_int_eq(judge("cas-register", EDN(0, invoke, cas, "[7 [nil 1]]")), LINEAR_OK);
    ck_assert_key(archive.keys[0].key, "7");
    ck_assert_int_eq(judge("set", EDN(0, invoke, add, "[x 1]") EDN(1, invoke, read, "[x nil]")
                                      EDN(1, ok, read, "[x #{1}]")),
                     LINEAR_OK);
}
END_TEST

START_TEST(lists_are_values_where_reads_ask_for_nothing)
{
    const char *begin =
        EDN(0, invoke, write, "[1 3]") EDN(0, ok, write, "[1 3]") EDN(1, invoke, read, "nil");
    char text[TEXT_MAX];
    snprintf(text, sizeof text, "%s%s", begin, EDN(1, ok, read, "[1 3]"));
    ck_assert_int_eq(judge("cas-register", text), LINEAR_OK);
    ck_assert_uint_eq(archive.key_count, 1);
    snprintf(text, sizeof text, "%s%s", begin, EDN(1, ok, read, "3"));
    ck_assert_int_eq(judge("cas-register", text), LINEAR_ILLEGAL);
    ck_assert_int_eq(judge("cas-register", EDN(0, invoke, cas, "[[0 1] [2 3]]")), LINEAR_OK);
    ck_assert_uint_eq(archive.keys[0].key.size, 0);
}
END_TEST

START_TEST(a_comment_does_not_say_which_format_it_is)
{
    const char *edn = "; {\"process\": 1}\n[ ; {\"session\n" EDN(0, invoke, write, "1") "]";
    ck_assert_int_eq(judge("register", edn), LINEAR_OK);
    ck_assert_uint_eq(archive.count, 1);
}
END_TEST

START_TEST(a_run_tells_where_its_operations_stand)
{
    const char *run =
        "{\"session\":1,\"type\":\"invoke\",\"op\":\"put\",\"key\":\"k\",\"value\":\"a\"}\n"
        "{\"session\":2,\"type\":\"invoke\",\"op\":\"put\",\"key\":\"k\",\"value\":\"b\"}\n"
        "{\"session\":3,\"type\":\"invoke\",\"op\":\"put\",\"key\":\"k\",\"value\":\"c\"}\n"
        "{\"session\":3,\"type\":\"failed\",\"op\":\"put\",\"key\":\"k\"}\n"
        "{\"session\":1,\"type\":\"unknown\",\"op\":\"put\",\"key\":\"k\",\"place\":9}\n"
        "{\"session\":2,\"type\":\"ok\",\"op\":\"put\",\"key\":\"k\",\"place\":8}\n"
        "{\"session\":4,\"type\":\"invoke\",\"op\":\"get\",\"key\":\"k\"}\n"
        "{\"session\":4,\"type\":\"ok\",\"op\":\"get\",\"key\":\"k\",\"value\":\"a\"}\n";
    ck_assert_int_eq(judge("kv", run), LINEAR_OK);
    ck_assert_uint_eq(archive.count, 3);
    ck_assert_uint_eq(archive.places[0], 9);
    ck_assert_uint_eq(archive.places[1], 8);
    ck_assert_uint_eq(archive.places[2], 0);
    judge("kv", formats[3].good);
    ck_assert_ptr_null(archive.places);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("odd histories");
    TCase *tests = tcase_create("odd histories");
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_test(tests, lines_may_end_in_any_way);
    tcase_add_test(tests, a_mark_of_utf_8_is_no_part_of_the_text);
    tcase_add_test(tests, a_history_may_be_cut_off_anywhere);
    tcase_add_test(tests, what_a_process_cannot_do_is_refused_in_every_format);
    tcase_add_test(tests, bytes_that_are_no_text_are_refused_in_every_format);
    tcase_add_test(tests, events_that_go_back_are_refused_where_their_order_is_told);
    tcase_add_test(tests, values_are_the_same_however_they_are_written);
    tcase_add_test(tests, other_values_differ);
    tcase_add_test(tests, values_that_are_none_are_refused);
    tcase_add_test(tests, maps_may_have_one_name_for_all_their_keys);
    tcase_add_test(tests, processes_have_numbers_or_names_and_a_nemesis_is_none);
    tcase_add_test(tests, values_with_their_keys_are_taken_apart);
    tcase_add_test(tests, lists_are_values_where_reads_ask_for_nothing);
    tcase_add_test(tests, values_with_their_keys_are_taken_apart);
    tcase_add_test(tests, lists_are_values_where_reads_ask_for_nothing);
    tcase_add_test(tests, a_comment_does_not_say_which_format_it_is);
    tcase_add_test(tests, a_run_tells_where_its_operations_stand);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
