/* Thresholds and sweeps as texts: what they become, and what is wrong with them. */
#include "given.h"
#include "support/suite.h"

#define HEAD                                                                                       \
    "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"                     \
    "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"] } },\n"           \
    "  \"faults\": { \"timeline\": [{ \"id\": \"kill\", \"at\": \"1s\", \"crash\": \"A\" }] },\n"

static struct plan *plan_with(const char *key, const char *expression)
{
    g_autofree char *text =
        g_strdup_printf(HEAD "  \"thresholds\": { \"%s\": [\"%s\"] } }\n", key, expression);
    return given_plan_of_text(text);
}

/* The first line of what is wrong. */
static void check(const char *key, const char *expression, const char *expected)
{
    g_autofree char *text =
        g_strdup_printf(HEAD "  \"thresholds\": { \"%s\": [\"%s\"] } }\n", key, expression);
    g_autofree char *errors = given_errors_of_text(text);
    g_auto(GStrv) lines = g_strsplit(errors, "\n", 2);
    ck_assert_str_eq(lines[0], expected);
}

START_TEST(an_expression_has_an_aggregate_a_comparison_and_a_limit_in_the_unit)
{
    static const struct {
        const char *key, *expression;
        enum metric metric;
        enum aggregate aggregate;
        uint32_t percentile;
        enum comparison comparison;
        uint64_t limit;
    } table[] = {
        { "latency", "p(99) < 200ms", METRIC_LATENCY, AGGREGATE_PERCENTILE, 990000, COMPARE_LESS,
          200000000 },
        { "latency", "p(99.95)<=1s", METRIC_LATENCY, AGGREGATE_PERCENTILE, 999500, COMPARE_AT_MOST,
          1000000000 },
        { "errors", "rate < 5%", METRIC_ERRORS, AGGREGATE_RATE, 0, COMPARE_LESS, 50000000 },
        { "errors", "rate < 0.05", METRIC_ERRORS, AGGREGATE_RATE, 0, COMPARE_LESS, 50000000 },
        { "throughput", "avg > 900/s", METRIC_THROUGHPUT, AGGREGATE_AVG, 0, COMPARE_MORE, 900000 },
        { "elections", "count == 3", METRIC_ELECTIONS, AGGREGATE_COUNT, 0, COMPARE_EQUAL, 3 },
        { "bytes", "rate >= 8kbit/s", METRIC_BYTES, AGGREGATE_RATE, 0, COMPARE_AT_LEAST, 8000 },
        { "bytes", "value < 4KiB", METRIC_BYTES, AGGREGATE_VALUE, 0, COMPARE_LESS, 4096 },
        { "flushes", "min > 2/s", METRIC_FLUSHES, AGGREGATE_MIN, 0, COMPARE_MORE, 2000 },
        { "retries", "count < 9", METRIC_COUNTER, AGGREGATE_COUNT, 0, COMPARE_LESS, 9 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct plan *plan = plan_with(table[i].key, table[i].expression);
        ck_assert_uint_eq(plan->threshold_count, 1);
        const struct threshold *threshold = &plan->thresholds[0];
        ck_assert_str_eq(threshold->metric_text, table[i].key);
        ck_assert_str_eq(threshold->expression, table[i].expression);
        ck_assert_int_eq(threshold->metric, table[i].metric);
        ck_assert_int_eq(threshold->aggregate, table[i].aggregate);
        ck_assert_uint_eq(threshold->percentile, table[i].percentile);
        ck_assert_int_eq(threshold->comparison, table[i].comparison);
        ck_assert_uint_eq(threshold->limit, table[i].limit);
        plan_free(plan);
    }
}
END_TEST

START_TEST(filters_are_looked_up)
{
    struct plan *plan = plan_with("messages{phase=heal, group=kv, node=B}", "rate < 1/s");
    const struct threshold_filter *filter = &plan->thresholds[0].filter;
    ck_assert_uint_eq(filter->phase, PHASE_HEAL);
    ck_assert_uint_eq(filter->op, FILTER_ANY);
    ck_assert_uint_eq(filter->group, 0);
    ck_assert_uint_eq(filter->group_count, 1);
    ck_assert_uint_eq(filter->node, 1);
    ck_assert_uint_eq(filter->region, FILTER_ANY);
    ck_assert_ptr_null(filter->of_fault);
    plan_free(plan);
    plan = plan_with("recovery{fault=kill}", "max < 1s");
    ck_assert(plan->thresholds[0].filter.of_fault[0]);
    plan_free(plan);
}
END_TEST

START_TEST(a_fault_of_a_written_out_timeline_is_found_by_its_first_name)
{
    struct plan *plan = given_plan_of_text(
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"duration\": \"10s\" },\n"
        "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"] } },\n"
        "  \"faults\": { \"timeline\": [{ \"id\": \"kill.1\", \"at\": \"1s\", \"crash\": \"A\" },\n"
        "    { \"id\": \"killer\", \"at\": \"2s\", \"crash\": \"A\" }] },\n"
        "  \"thresholds\": { \"recovery{fault=kill}\": [\"max < 1s\"] } }\n");
    ck_assert(plan->thresholds[0].filter.of_fault[0]);
    ck_assert(!plan->thresholds[0].filter.of_fault[1]);
    plan_free(plan);
}
END_TEST

START_TEST(an_error_has_its_place_the_line_and_a_caret)
{
    g_autofree char *errors = given_errors_of_text(
        HEAD "  \"thresholds\": { \"latncy\": [\"max < 1s\"], \"errors\": [\"rate < much\"] } }\n");
    ck_assert_str_eq(
        errors,
        "s.json:4:19: error: there is no metric \"latncy\" (at /thresholds/latncy); did you mean "
        "\"latency\"?\n"
        "    4 |   \"thresholds\": { \"latncy\": [\"max < 1s\"], \"errors\": [\"rate < much\"] } "
        "}\n"
        "      |                   ^^^^^^^^\n"
        "s.json:4:54: error: \"much\" is not a share; it is written like \"5%\" or \"0.05\" (at "
        "/thresholds/errors/0)\n"
        "    4 |   \"thresholds\": { \"latncy\": [\"max < 1s\"], \"errors\": [\"rate < much\"] } "
        "}\n"
        "      |                                                      ^^^^^^^^^^^^^\n");
}
END_TEST

START_TEST(each_part_has_an_error_of_its_own)
{
    check("latency{phase=stedy}", "max < 1s",
          "s.json:4:19: error: there is no phase \"stedy\": they are warmup, steady, faults, heal "
          "and settle (at /thresholds/latency{phase=stedy}); did you mean \"steady\"?");
    check("latency{fault=kil}", "max < 1s",
          "s.json:4:19: error: fault \"kil\" does not exist (at /thresholds/latency{fault=kil}); "
          "did you mean \"kill\"?");
    check("latency{node=C}", "max < 1s",
          "s.json:4:19: error: node \"C\" does not exist (at /thresholds/latency{node=C})");
    check("latency{region=eu}", "max < 1s",
          "s.json:4:19: error: region \"eu\" does not exist (at /thresholds/latency{region=eu})");
    check("latency{gruop=kv}", "max < 1s",
          "s.json:4:19: error: there is no filter \"gruop\": they are phase, fault, op, group, "
          "region and node (at /thresholds/latency{gruop=kv}); did you mean \"group\"?");
    check("recovery{phase=steady}", "max < 1s",
          "s.json:4:19: error: recovery cannot be told by phase, but by fault, op, group, region "
          "and node (at /thresholds/recovery{phase=steady})");
    check("elections{op=put}", "count < 1",
          "s.json:4:19: error: elections cannot be told by op, but by phase, fault, group, region "
          "and node (at /thresholds/elections{op=put})");
    check("retries{node=A}", "count < 1",
          "s.json:4:19: error: retries cannot be told by node: nobody keeps when and where it was "
          "counted (at /thresholds/retries{node=A})");
    check("latency{phase}", "max < 1s",
          "s.json:4:19: error: a filter is written like {phase=steady}, not \"phase\" (at "
          "/thresholds/latency{phase})");
    check("latency{phase=heal", "max < 1s",
          "s.json:4:19: error: a filter is written like {phase=steady} (at "
          "/thresholds/latency{phase=heal)");
    check("errors", "ratte < 5%",
          "s.json:4:30: error: errors has no aggregate \"ratte\": it has count, rate, value (at "
          "/thresholds/errors/0); did you mean \"rate\"?");
    check("errors", "p(99) < 5%",
          "s.json:4:30: error: errors has no aggregate \"p(99)\": it has count, rate, value (at "
          "/thresholds/errors/0)");
    check("latency", "p(101) < 5s",
          "s.json:4:31: error: \"p(101)\": a percentile lies above 0 and up to 100 (at "
          "/thresholds/latency/0)");
    check("latency", "max =< 5s",
          "s.json:4:31: error: \"=<\" is no comparison: they are <, <=, >, >= and == (at "
          "/thresholds/latency/0)");
    check("latency", "max",
          "s.json:4:31: error: \"max\" is not AGGREGATE OP VALUE; write it like \"p(99) < 200ms\" "
          "(at /thresholds/latency/0)");
    check("elections", "count < 1.5",
          "s.json:4:33: error: \"1.5\" is not a whole number (at /thresholds/elections/0)");
    check("errors", "rate < 101%",
          "s.json:4:30: error: \"101%\" is not a share; it is written like \"5%\" or \"0.05\" (at "
          "/thresholds/errors/0)");
}
END_TEST

/* The same with clients that get and put, two servers and no time to warm up or settle. */
static void check_asked(const char *key, const char *expression, const char *expected)
{
    g_autofree char *text = g_strdup_printf(
        "{ \"format\": 1, \"name\": \"x\", \"time\": { \"warmup\": \"0s\", "
        "\"duration\": \"10s\", \"settle\": \"0s\" },\n"
        "  \"groups\": { \"kv\": { \"program\": \"store\", \"nodes\": [\"A\", \"B\"] } },\n"
        "  \"workload\": [{ \"name\": \"w\", \"target\": \"kv\", \"model\": \"closed\", "
        "\"clients\": 2, \"ops\": { \"get\": 1, \"put\": 2, \"cas\": 0 } }],\n"
        "  \"thresholds\": { \"%s\": [\"%s\"] } }\n",
        key, expression);
    if (expected == NULL) {
        plan_free(given_plan_of_text(text));
        return;
    }
    g_autofree char *errors = given_errors_of_text(text);
    g_auto(GStrv) lines = g_strsplit(errors, "\n", 2);
    ck_assert_str_eq(lines[0], expected);
}

START_TEST(a_filter_that_nothing_can_pass_is_an_error_before_the_run)
{
    check_asked("latency{op=put, node=w-1}", "max < 1s", NULL);
    check_asked("flushes{node=B}", "count > 0", NULL);
    check_asked("messages{node=w-2}", "count > 0", NULL);
    check_asked("latency{op=cas}", "max < 1s",
                "s.json:4:19: error: no workload asks for \"cas\": they ask for get and put (at "
                "/thresholds/latency{op=cas})");
    static const char *const of_operations[] = { "latency", "throughput", "errors", "unavailable",
                                                 "recovery" };
    for (size_t i = 0; i < G_N_ELEMENTS(of_operations); i++) {
        g_autofree char *key = g_strdup_printf("%s{node=A}", of_operations[i]);
        g_autofree char *expected = g_strdup_printf(
            "s.json:4:19: error: \"A\" is a server, and %s is told by the client that asks, like "
            "w-1 (at /thresholds/%s)",
            of_operations[i], key);
        check_asked(key, "value < 1", expected);
    }
    check_asked("elections{node=w-1}", "count < 1",
                "s.json:4:19: error: \"w-1\" is a client, and elections is told by servers, like A "
                "(at /thresholds/elections{node=w-1})");
    check_asked("errors{phase=settle}", "count < 1",
                "s.json:4:19: error: there is no such phase: \"settle\" is 0s (at "
                "/thresholds/errors{phase=settle})");
    check_asked("errors{phase=warmup}", "count < 1",
                "s.json:4:19: error: there is no such phase: \"warmup\" is 0s (at "
                "/thresholds/errors{phase=warmup})");
    check_asked("errors{phase=faults}", "count < 1",
                "s.json:4:19: error: there is no such phase: the scenario has no faults (at "
                "/thresholds/errors{phase=faults})");
    check_asked("latency{phase=heal}", "max < 1s",
                "s.json:4:19: error: there is no such phase: the scenario has no faults (at "
                "/thresholds/latency{phase=heal})");
    check_asked("latency{phase=steady}", "max < 1s", NULL);
}
END_TEST

START_TEST(what_a_scenario_says_about_sweeps)
{
    struct plan *plan = given_plan_of_text(
        HEAD "  \"checks\": { \"sometimes\": [\"snapshot\"] },\n"
             "  \"sweep\": { \"seeds\": \"0x10..99\",\n"
             "    \"matrix\": { \"/groups/kv/config/batch\": [1, 2], \"/about\": [\"a b\"] },\n"
             "    \"thresholds\": { \"violations\": [\"count == 0\", \"rate < 1%\"],\n"
             "      \"recovery{fault=kill}\": [\"p(95) < 1.5s\"] } } }\n");
    ck_assert_str_eq(plan->sometimes[0], "snapshot");
    ck_assert_ptr_null(plan->sometimes[1]);
    const struct plan_sweep *sweep = &plan->sweep;
    ck_assert(sweep->has_seeds);
    ck_assert_uint_eq(sweep->seed_first, 16);
    ck_assert_uint_eq(sweep->seed_last, 99);
    ck_assert_uint_eq(sweep->matrix_count, 2);
    ck_assert_str_eq(sweep->matrix[0].pointer, "/groups/kv/config/batch");
    ck_assert_str_eq(sweep->matrix[0].values[1], "2");
    ck_assert_str_eq(sweep->matrix[1].values[0], "\"a b\"");
    ck_assert_uint_eq(sweep->threshold_count, 3);
    ck_assert_int_eq(sweep->thresholds[0].of, SWEEP_VIOLATIONS);
    ck_assert_int_eq(sweep->thresholds[1].unit, UNIT_SHARE);
    ck_assert_int_eq(sweep->thresholds[2].of, SWEEP_METRIC);
    ck_assert_uint_eq(sweep->thresholds[2].threshold.limit, 1500000000);
    plan_free(plan);
}
END_TEST

START_TEST(what_is_wrong_with_a_sweep)
{
    g_autofree char *errors = given_errors_of_text(
        HEAD "  \"sweep\": { \"seeds\": \"9..1\", \"matrix\": { \"groups\": [1] },\n"
             "    \"thresholds\": { \"violation\": [\"count == 0\"] } } }\n");
    ck_assert_str_eq(
        errors, "s.json:4:23: error: \"9..1\": the first seed is above the last (at /sweep/seeds)\n"
                "    4 |   \"sweep\": { \"seeds\": \"9..1\", \"matrix\": { \"groups\": [1] },\n"
                "      |                       ^^^^^^\n"
                "s.json:4:43: error: \"groups\" is no JSON pointer; it is written like "
                "\"/topology/links/default/loss\" (at /sweep/matrix/groups)\n"
                "    4 |   \"sweep\": { \"seeds\": \"9..1\", \"matrix\": { \"groups\": [1] },\n"
                "      |                                           ^^^^^^^^\n"
                "s.json:5:21: error: there is no metric \"violation\" of a sweep (at "
                "/sweep/thresholds/violation); did you mean \"violations\"?\n"
                "    5 |     \"thresholds\": { \"violation\": [\"count == 0\"] } } }\n"
                "      |                     ^^^^^^^^^^^\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("thresholds");
    TCase *tests = tcase_create("texts");
    tcase_add_checked_fixture(tests, given_folder, given_no_folder);
    tcase_add_test(tests, an_expression_has_an_aggregate_a_comparison_and_a_limit_in_the_unit);
    tcase_add_test(tests, filters_are_looked_up);
    tcase_add_test(tests, a_fault_of_a_written_out_timeline_is_found_by_its_first_name);
    tcase_add_test(tests, an_error_has_its_place_the_line_and_a_caret);
    tcase_add_test(tests, each_part_has_an_error_of_its_own);
    tcase_add_test(tests, a_filter_that_nothing_can_pass_is_an_error_before_the_run);
    tcase_add_test(tests, what_a_scenario_says_about_sweeps);
    tcase_add_test(tests, what_is_wrong_with_a_sweep);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
