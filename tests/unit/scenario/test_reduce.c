/* What is left of lists and of scenarios. */
#include <stdlib.h>
#include <string.h>

#include "given.h"
#include "scenario/ddmin.h"
#include "scenario/reduce.h"
#include "scenario/value.h"
#include "support/suite.h"

/* ---- ddmin ----------------------------------------------------------------------------------- */

enum { ELEMENTS = 16 };

struct asked {
    bool (*does_it)(const bool *keep);
    size_t subsets; /* how many were asked in all */
};

static size_t first(void *self, bool *const *subsets, size_t count)
{
    struct asked *asked = self;
    for (size_t i = 0; i < count; i++) {
        asked->subsets++;
        if (asked->does_it(subsets[i]))
            return i;
    }
    return count;
}

/* What is kept, as letters from A. */
static char *reduced(bool (*does_it)(const bool *keep), size_t *ret_asked)
{
    struct asked asked = { does_it, 0 };
    bool keep[ELEMENTS];
    memset(keep, true, sizeof keep);
    ddmin(keep, ELEMENTS, first, &asked);
    GString *text = g_string_new(NULL);
    for (int i = 0; i < ELEMENTS; i++) {
        if (keep[i])
            g_string_append_c(text, (char)('A' + i));
    }
    *ret_asked = asked.subsets;
    return g_string_free(text, FALSE);
}

static bool always(const bool *keep)
{
    (void)keep;
    return true;
}

static bool with_c_and_n(const bool *keep) { return keep['C' - 'A'] && keep['N' - 'A']; }

static bool with_all(const bool *keep)
{
    for (int i = 0; i < ELEMENTS; i++) {
        if (!keep[i])
            return false;
    }
    return true;
}

/* B alone does it, and so does anything with an even number of others beside it. */
static bool with_b_and_pairs(const bool *keep)
{
    int count = 0;
    for (int i = 0; i < ELEMENTS; i++)
        count += keep[i];
    return keep[1] && (count == 1 || count % 2 == 0);
}

START_TEST(nothing_is_kept_where_nothing_matters)
{
    size_t asked = 0;
    g_autofree char *kept = reduced(always, &asked);
    ck_assert_str_eq(kept, "");
    ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(two_that_matter_together_are_kept)
{
    size_t asked = 0;
    g_autofree char *kept = reduced(with_c_and_n, &asked);
    ck_assert_str_eq(kept, "CN");
    ck_assert_uint_lt(asked, 40);
}
END_TEST

START_TEST(what_is_needed_as_a_whole_stays_whole)
{
    size_t asked = 0;
    g_autofree char *kept = reduced(with_all, &asked);
    ck_assert_str_eq(kept, "ABCDEFGHIJKLMNOP");
    ck_assert_uint_eq(asked, 1 + 2 + 4 + 8 + 16);
}
END_TEST

START_TEST(no_single_element_of_what_is_kept_can_go)
{
    size_t asked = 0;
    g_autofree char *kept = reduced(with_b_and_pairs, &asked);
    ck_assert_str_eq(kept, "B");
}
END_TEST

START_TEST(an_empty_list_asks_nothing)
{
    struct asked asked = { always, 0 };
    bool keep[1] = { true };
    ddmin(keep, 0, first, &asked);
    ck_assert_uint_eq(asked.subsets, 0);
    ck_assert(keep[0]);
}
END_TEST

/* ---- Scenarios ------------------------------------------------------------------------------- */

#define SCENARIO(timeline)                                                                         \
    "{ \"format\": 1, \"name\": \"x\", \"seed\": \"0x7\",\n"                                       \
    "  \"time\": { \"duration\": \"10s\", \"settle\": \"5s\" },\n"                                 \
    "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\", \"C\", \"D\", "   \
    "\"E\"] } },\n"                                                                                \
    "  \"topology\": { \"links\": { \"A <-> B\": { \"latency\": { \"uniform\": [\"2ms\", "         \
    "\"4ms\"] } } } },\n"                                                                          \
    "  \"faults\": { \"timeline\": [ " timeline " ] } }"

static json_t *parsed(const char *text)
{
    json_error_t error;
    json_t *value = json_loads(text, 0, &error);
    ck_assert_msg(value != NULL, "%s", error.text);
    return value;
}

static GPtrArray *steps_of(const json_t *scenario, enum reduce_pass pass, uint64_t at_ns)
{
    const struct reduce_facts facts = { .check = "liveness", .at_ns = at_ns };
    return reduce_list(scenario, pass, &facts);
}

/* How many of the steps have a part that equals `part`, a JSON text, at this place. */
static unsigned having(const GPtrArray *steps, const char *object, const char *key,
                       const char *part)
{
    unsigned count = 0;
    json_t *wanted = json_loads(part, JSON_DECODE_ANY, NULL);
    ck_assert_ptr_nonnull(wanted);
    for (guint i = 0; i < steps->len; i++) {
        const json_t *outer = json_object_get(steps->pdata[i], object);
        count += json_equal(json_object_get(outer, key), wanted);
    }
    json_decref(wanted);
    return count;
}

START_TEST(an_end_after_the_finding_takes_the_later_faults_along)
{
    json_t *scenario = parsed(SCENARIO("{ \"id\": \"a\", \"at\": \"2s\", \"pause\": [\"A\"] },"
                                       "{ \"id\": \"b\", \"at\": \"9s\", \"pause\": [\"B\"] }"));
    g_autoptr(GPtrArray) steps = steps_of(scenario, REDUCE_TIME, 3000000001);
    ck_assert_uint_gt(steps->len, 0);
    const json_t *first_step = steps->pdata[0];
    const json_t *time = json_object_get(first_step, "time");
    ck_assert_str_eq(json_string_value(json_object_get(time, "duration")), "3001ms");
    ck_assert_str_eq(json_string_value(json_object_get(time, "settle")), "0s");
    ck_assert_uint_eq(reduce_fault_count(first_step), 1);
    ck_assert_str_eq(reduce_fault_id(first_step, 0), "a");
    json_decref(scenario);
}
END_TEST

START_TEST(a_node_takes_along_its_faults_and_its_links)
{
    json_t *scenario = parsed(SCENARIO(
        "{ \"id\": \"a\", \"at\": \"2s\", \"for\": \"1s\", \"pause\": [\"A\"] },"
        "{ \"id\": \"b\", \"at\": \"3s\", \"for\": \"1s\", \"partition\": [[\"A\", \"C\"], "
        "[\"B\"]] }"));
    g_autoptr(GPtrArray) steps = steps_of(scenario, REDUCE_NODES, UINT64_MAX);
    const json_t *found = NULL;
    json_t *wanted = parsed("[\"B\", \"C\", \"D\", \"E\"]");
    for (guint i = 0; i < steps->len && found == NULL; i++) {
        const json_t *groups = json_object_get(steps->pdata[i], "groups");
        const json_t *nodes = json_object_get(json_object_get(groups, "kv"), "nodes");
        if (json_equal(nodes, wanted))
            found = steps->pdata[i];
    }
    ck_assert_ptr_nonnull(found);
    ck_assert_uint_eq(reduce_fault_count(found), 1);
    ck_assert_str_eq(reduce_fault_id(found, 0), "b");
    const json_t *links = json_object_get(json_object_get(found, "topology"), "links");
    ck_assert_uint_eq(json_object_size(links), 0);
    json_decref(wanted);
    json_decref(scenario);
}
END_TEST

START_TEST(a_node_takes_along_its_build_and_the_faults_of_others_keep_theirs)
{
    json_t *scenario =
        parsed(SCENARIO("{ \"id\": \"a\", \"at\": \"2s\", \"for\": \"1s\", \"crash\": "
                        "[\"A\", \"B\"], \"build\": \"next\" }"));
    json_t *kv = json_object_get(json_object_get(scenario, "groups"), "kv");
    json_object_set_new(kv, "build", parsed("{ \"A\": \"next\", \"B\": \"next\" }"));
    g_autoptr(GPtrArray) steps = steps_of(scenario, REDUCE_NODES, UINT64_MAX);
    json_t *wanted = parsed("{ \"nodes\": [\"B\", \"C\", \"D\", \"E\"], \"program\": \"store\","
                            "  \"build\": { \"B\": \"next\" } }");
    g_autofree char *text = json_dumps(wanted, 0);
    ck_assert_uint_eq(having(steps, "groups", "kv", text), 1);
    for (guint i = 0; i < steps->len; i++) {
        const json_t *timeline =
            json_object_get(json_object_get(steps->pdata[i], "faults"), "timeline");
        const json_t *fault = json_array_get(timeline, 0);
        ck_assert(fault == NULL || json_object_get(fault, "build") != NULL);
    }
    json_decref(wanted);
    json_decref(scenario);
}
END_TEST

/* Two of five may be down, two of three may not: any failure of theirs would be nobody's. */
START_TEST(a_group_does_not_shrink_below_what_its_faults_ask_of_it)
{
    json_t *scenario =
        parsed(SCENARIO("{ \"id\": \"a\", \"at\": \"2s\", \"for\": \"1s\", \"crash\": [\"A\"] },"
                        "{ \"id\": \"b\", \"at\": \"2500ms\", \"for\": \"1s\", \"crash\": [\"B\"] "
                        "}"));
    g_autoptr(GPtrArray) steps = steps_of(scenario, REDUCE_NODES, UINT64_MAX);
    ck_assert_uint_gt(steps->len, 0);
    for (guint i = 0; i < steps->len; i++) {
        const json_t *groups = json_object_get(steps->pdata[i], "groups");
        size_t nodes = json_array_size(json_object_get(json_object_get(groups, "kv"), "nodes"));
        ck_assert_msg(nodes > 4 || reduce_fault_count(steps->pdata[i]) < 2,
                      "%zu nodes bear both crashes", nodes);
    }
    json_decref(scenario);
}
END_TEST

START_TEST(a_distribution_becomes_its_median)
{
    json_t *scenario = parsed(SCENARIO("{ \"id\": \"a\", \"at\": \"2s\", \"pause\": [\"A\"] }"));
    g_autoptr(GPtrArray) steps = steps_of(scenario, REDUCE_SPREAD, UINT64_MAX);
    ck_assert_uint_eq(steps->len, 1);
    ck_assert_uint_eq(having(steps, "topology", "links", "{\"A <-> B\": {\"latency\": \"3ms\"}}"),
                      1);
    json_decref(scenario);
}
END_TEST

START_TEST(a_window_is_halved_from_both_sides_and_made_round)
{
    json_t *scenario = parsed(
        SCENARIO("{ \"id\": \"a\", \"at\": \"2345ms\", \"for\": \"400ms\", \"pause\": [\"A\"] }"));
    g_autoptr(GPtrArray) steps = steps_of(scenario, REDUCE_WINDOWS, UINT64_MAX);
    static const char *const wanted[] = {
        "[{\"id\":\"a\",\"at\":\"2345ms\",\"for\":\"200ms\",\"pause\":[\"A\"]}]",
        "[{\"id\":\"a\",\"at\":\"2545ms\",\"for\":\"200ms\",\"pause\":[\"A\"]}]",
        "[{\"id\":\"a\",\"at\":\"2s\",\"for\":\"400ms\",\"pause\":[\"A\"]}]",
        "[{\"id\":\"a\",\"at\":\"2300ms\",\"for\":\"400ms\",\"pause\":[\"A\"]}]",
        "[{\"id\":\"a\",\"at\":\"2340ms\",\"for\":\"400ms\",\"pause\":[\"A\"]}]",
    };
    ck_assert_uint_eq(steps->len, G_N_ELEMENTS(wanted));
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
        ck_assert_msg(having(steps, "faults", "timeline", wanted[i]) == 1, "no %s", wanted[i]);
    json_decref(scenario);
}
END_TEST

/* The seed, and what bounds the run, are no parts that can go. */
START_TEST(what_says_which_run_it_is_stays)
{
    json_t *scenario = parsed(SCENARIO("{ \"id\": \"a\", \"at\": \"2s\", \"pause\": [\"A\"] }"));
    g_autoptr(GPtrArray) steps = steps_of(scenario, REDUCE_PARTS, UINT64_MAX);
    ck_assert_uint_gt(steps->len, 0);
    for (guint i = 0; i < steps->len; i++) {
        ck_assert_ptr_nonnull(json_object_get(steps->pdata[i], "seed"));
        ck_assert_ptr_nonnull(json_object_get(steps->pdata[i], "faults"));
        ck_assert_uint_eq(json_object_size(json_object_get(steps->pdata[i], "time")), 2);
    }
    json_decref(scenario);
}
END_TEST

/* A check that a scenario switches off must not come back: the mended build could fail by it. */
START_TEST(a_check_that_is_switched_off_stays_off)
{
    json_t *scenario = parsed(SCENARIO("{ \"id\": \"a\", \"at\": \"2s\", \"pause\": [\"A\"] }"));
    json_t *checks =
        json_pack("{s:b, s:b, s:{}}", "final_reads", 0, "election_safety", 1, "linearizable");
    json_object_set_new(scenario, "checks", checks);
    g_autoptr(GPtrArray) steps = steps_of(scenario, REDUCE_PARTS, UINT64_MAX);
    for (guint i = 0; i < steps->len; i++) {
        const json_t *left = json_object_get(steps->pdata[i], "checks");
        ck_assert(json_is_false(json_object_get(left, "final_reads")));
    }
    static const char *const wanted[] = {
        "{\"final_reads\": false, \"linearizable\": {}}",
        "{\"final_reads\": false, \"election_safety\": true}",
    };
    for (size_t w = 0; w < G_N_ELEMENTS(wanted); w++) {
        unsigned count = 0;
        json_t *part = json_loads(wanted[w], 0, NULL);
        for (guint i = 0; i < steps->len; i++)
            count += json_equal(json_object_get(steps->pdata[i], "checks"), part);
        ck_assert_msg(count == 1, "%u with %s", count, wanted[w]);
        json_decref(part);
    }
    json_decref(scenario);
}
END_TEST

START_TEST(nodes_with_a_count_get_their_names)
{
    json_t *counted = parsed("{ \"groups\": { \"kv\": { \"nodes\": { \"count\": 2 }, \"spares\": { "
                             "\"count\": 1, \"prefix\": \"s\" } } } }");
    json_t *wanted =
        parsed("{ \"groups\": { \"kv\": { \"nodes\": [\"kv-1\", \"kv-2\"], \"spares\": [\"s3\"] "
               "} } }");
    json_t *named = reduce_named_nodes(counted);
    ck_assert(json_equal(named, wanted));
    json_decref(named);
    json_decref(wanted);
    json_decref(counted);
}
END_TEST

/* ---- Luck ------------------------------------------------------------------------------------ */

static GPtrArray *lucky_steps(const json_t *scenario)
{
    const struct reduce_facts facts = { .at_ns = UINT64_MAX };
    return reduce_list(scenario, REDUCE_LUCK, &facts);
}

static json_t *six_pauses(void)
{
    g_autofree char *text =
        g_strdup("{ 'seed': '0x1', 'time': { 'duration': '60s' }, 'faults': { 'timeline': ["
                 "  { 'at': '10s', 'for': '1s', 'pause': ['a'] },"
                 "  { 'at': '20s', 'for': '1s', 'pause': ['b'] },"
                 "  { 'at': '30s', 'for': '1s', 'pause': ['c'] },"
                 "  { 'at': '40s', 'for': '1s', 'pause': ['d'] },"
                 "  { 'at': '50s', 'for': '1s', 'pause': ['e'] },"
                 "  { 'at': '55s', 'for': '1s', 'pause': ['f'] } ] } }");
    return parsed(g_strdelimit(text, "'", '"'));
}

START_TEST(luck_leaves_fewer_faults_closer_together_in_a_shorter_run)
{
    json_t *scenario = six_pauses();
    g_autoptr(GPtrArray) steps = lucky_steps(scenario);
    ck_assert_uint_gt(steps->len, 100);
    for (guint i = 0; i < steps->len; i++) {
        const json_t *step = steps->pdata[i];
        size_t count = reduce_fault_count(step);
        ck_assert_uint_ge(count, 1);
        ck_assert_uint_le(count, 4);
        int64_t duration = 0;
        const json_t *text = json_object_get(json_object_get(step, "time"), "duration");
        ck_assert_ptr_null(value_duration(json_string_value(text), &duration));
        /* four pauses of 1 s, at most 2 s before each, and 2 s behind the last */
        ck_assert_int_le(duration, (int64_t)14 * 1000000000);
        ck_assert_str_ne(json_string_value(json_object_get(step, "seed")), "0x1");
    }
    json_decref(scenario);
}
END_TEST

START_TEST(luck_has_the_same_steps_each_time)
{
    json_t *scenario = six_pauses();
    g_autoptr(GPtrArray) once = lucky_steps(scenario);
    g_autoptr(GPtrArray) twice = lucky_steps(scenario);
    ck_assert_uint_eq(once->len, twice->len);
    for (guint i = 0; i < once->len; i++)
        ck_assert(json_equal(once->pdata[i], twice->pdata[i]));
    ck_assert(!json_equal(once->pdata[0], once->pdata[1]));
    json_decref(scenario);
}
END_TEST

START_TEST(three_faults_need_no_luck)
{
    const bool keep[] = { true, true, true, false, false, false };
    json_t *six = six_pauses();
    json_t *scenario = reduce_timeline(six, keep);
    json_decref(six);
    g_autoptr(GPtrArray) steps = lucky_steps(scenario);
    ck_assert_uint_eq(steps->len, 0);
    json_decref(scenario);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reduce");
    TCase *lists = tcase_create("ddmin");
    tcase_add_test(lists, nothing_is_kept_where_nothing_matters);
    tcase_add_test(lists, two_that_matter_together_are_kept);
    tcase_add_test(lists, what_is_needed_as_a_whole_stays_whole);
    tcase_add_test(lists, no_single_element_of_what_is_kept_can_go);
    tcase_add_test(lists, an_empty_list_asks_nothing);
    suite_add_tcase(suite, lists);
    TCase *scenarios = tcase_create("scenarios");
    tcase_add_test(scenarios, an_end_after_the_finding_takes_the_later_faults_along);
    tcase_add_test(scenarios, a_node_takes_along_its_faults_and_its_links);
    tcase_add_test(scenarios, a_node_takes_along_its_build_and_the_faults_of_others_keep_theirs);
    tcase_add_test(scenarios, a_group_does_not_shrink_below_what_its_faults_ask_of_it);
    tcase_add_test(scenarios, a_distribution_becomes_its_median);
    tcase_add_test(scenarios, a_window_is_halved_from_both_sides_and_made_round);
    tcase_add_test(scenarios, what_says_which_run_it_is_stays);
    tcase_add_test(scenarios, a_check_that_is_switched_off_stays_off);
    tcase_add_test(scenarios, nodes_with_a_count_get_their_names);
    tcase_add_test(scenarios, luck_leaves_fewer_faults_closer_together_in_a_shorter_run);
    tcase_add_test(scenarios, luck_has_the_same_steps_each_time);
    tcase_add_test(scenarios, three_faults_need_no_luck);
    suite_add_tcase(suite, scenarios);
    return suite_run(suite);
}
