/* The files of a run's folder: their text, and how the folder gets to its place.
 *
 * golden/ holds what the tiny report leaves, but for host.json and pictures.  To accept a change,
 * run this test with BLESS=1 and look at the difference. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/internal.h"
#include "support/suite.h"
#include "synthetic.h"

static char *out; /* a fresh folder for each test */

static void make_out(void)
{
    out = g_dir_make_tmp("clustersim-report-XXXXXX", NULL);
    ck_assert_ptr_nonnull(out);
}

static void remove_out(void)
{
    const char *const arguments[] = { "rm", "-rf", out, NULL };
    g_autoptr(GSubprocess) rm = g_subprocess_newv(arguments, G_SUBPROCESS_FLAGS_NONE, NULL);
    ck_assert(g_subprocess_wait_check(rm, NULL, NULL));
    g_clear_pointer(&out, g_free);
}

static char *read_text(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *text = NULL;
    g_autoptr(GError) error = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, NULL, &error), "%s",
                  error ? error->message : "");
    return text;
}

/* Write `synthetic`'s folder without pictures; returns its path. */
static char *write_folder(struct synthetic *synthetic)
{
    g_autoptr(GError) error = NULL;
    char *folder = report_write(synthetic_report(synthetic), out, &error);
    ck_assert_msg(folder != NULL, "%s", error ? error->message : "");
    return folder;
}

/* ---- Text -------------------------------------------------------------------------------------
 */

static const char *const golden_files[] = {
    "run.json",
    "scenario.json",
    "faults.json",
    "replay.json",
    "history.jsonl",
    "series.csv",
    "latency.hgrm",
    "repro.sh",
    "charts/latency.gp",
    "charts/latency.csv",
    "charts/percentiles.gp",
    "charts/percentiles.csv",
    "charts/roles.gp",
    "charts/roles.csv",
    "charts/throughput.gp",
    "charts/throughput.csv",
    "charts/utilisation.gp",
    "charts/utilisation.csv",
};

START_TEST(file_is_as_the_golden_one)
{
    struct synthetic *tiny = synthetic_tiny();
    g_autofree char *folder = write_folder(tiny);
    g_autofree char *got = read_text(folder, golden_files[_i]);
    g_autofree char *base = g_path_get_basename(golden_files[_i]);
    g_autofree char *golden = g_build_filename(g_getenv("GOLDEN"), base, NULL);
    if (g_getenv("BLESS") != NULL)
        ck_assert(g_file_set_contents(golden, got, -1, NULL));
    g_autofree char *expected = NULL;
    ck_assert_msg(g_file_get_contents(golden, &expected, NULL, NULL), "there is no %s", golden);
    ck_assert_str_eq(got, expected);
    synthetic_free(tiny);
}
END_TEST

static unsigned count_entries(const char *folder)
{
    unsigned count = 0;
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    ck_assert_ptr_nonnull(entries);
    while (g_dir_read_name(entries) != NULL)
        count++;
    return count;
}

START_TEST(a_folder_holds_these_files_host_json_and_nothing_else)
{
    struct synthetic *tiny = synthetic_tiny();
    g_autofree char *folder = write_folder(tiny);
    g_autofree char *charts = g_build_filename(folder, "charts", NULL);
    ck_assert_uint_eq(count_entries(charts), 10);
    ck_assert_uint_eq(count_entries(folder), 8 + 1 + 1); /* host.json and charts */
    g_autofree char *host = read_text(folder, "host.json");
    ck_assert_ptr_nonnull(strstr(host, "\"wall_ns\": 0"));
    synthetic_free(tiny);
}
END_TEST

START_TEST(no_file_holds_an_absolute_path)
{
    struct synthetic *tiny = synthetic_tiny();
    g_autofree char *folder = write_folder(tiny);
    for (size_t i = 0; i < G_N_ELEMENTS(golden_files); i++) {
        g_autofree char *text = read_text(folder, golden_files[i]);
        ck_assert_msg(strstr(text, out) == NULL, "%s", golden_files[i]);
    }
    synthetic_free(tiny);
}
END_TEST

START_TEST(a_report_is_written_twice_the_same)
{
    char *texts[2] = { NULL, NULL };
    struct synthetic *rich = synthetic_rich(7, 5);
    for (int turn = 0; turn < 2; turn++) {
        g_autofree char *folder = write_folder(rich);
        texts[turn] = read_text(folder, "history.jsonl");
    }
    ck_assert_str_eq(texts[0], texts[1]);
    g_free(texts[0]);
    g_free(texts[1]);
    synthetic_free(rich);
}
END_TEST

/* Each kind of operation that asks or answers in a way of its own, invoked at 1 and ok at 2. */
START_TEST(operations_say_what_they_asked_and_got)
{
    static const struct {
        struct cs_op op;
        struct cs_result result;
        const char *asked, *answered; /* from "op" on */
    } rows[] = {
        { { .kind = CS_OP_GET, .key = { "k", 1 } },
          { .present = true },
          "\"get\",\"key\":\"k\",\"value\":null,\"group\":\"kv\"}",
          "\"get\",\"key\":\"k\",\"value\":\"\",\"group\":\"kv\"}" },
        { { .kind = CS_OP_PUT, .key = { "\t\x1f\\", 3 }, .value = { "\xc3\xa9", 2 } },
          { .present = true },
          "\"put\",\"key\":\"\\u0009\\u001f\\\\\",\"value\":\"\xc3\xa9\",\"group\":\"kv\"}",
          "\"put\",\"key\":\"\\u0009\\u001f\\\\\",\"value\":\"\xc3\xa9\",\"group\":\"kv\"}" },
        { { .kind = CS_OP_DELETE, .key = { "k", 1 } },
          { .applied = true, .number = 5 },
          "\"delete\",\"key\":\"k\",\"value\":null,\"group\":\"kv\"}",
          "\"delete\",\"key\":\"k\",\"value\":null,\"group\":\"kv\",\"applied\":true,\"place\":"
          "5}" },
        { { .kind = CS_OP_ACQUIRE, .key = { "l", 1 } },
          { .applied = true, .number = 9 },
          "\"acquire\",\"key\":\"l\",\"value\":null,\"group\":\"kv\"}",
          "\"acquire\",\"key\":\"l\",\"value\":9,\"group\":\"kv\",\"applied\":true}" },
        { { .kind = CS_OP_SCAN, .key = { "a", 1 }, .number = 7 },
          { .value = { "x", 1 } },
          "\"scan\",\"key\":\"a\",\"value\":7,\"group\":\"kv\"}",
          "\"scan\",\"key\":\"a\",\"value\":\"x\",\"group\":\"kv\"}" },
        { { .kind = CS_OP_WRITE_BLOCK, .number = 12, .value = { "b", 1 } },
          { .applied = true },
          "\"write\",\"key\":\"12\",\"value\":\"b\",\"group\":\"kv\"}",
          "\"write\",\"key\":\"12\",\"value\":\"b\",\"group\":\"kv\"}" },
        { { .kind = CS_OP_SNAPSHOT },
          { .applied = true },
          "\"snapshot\",\"key\":null,\"value\":null,\"group\":\"kv\"}",
          "\"snapshot\",\"key\":null,\"value\":null,\"group\":\"kv\"}" },
    };
    struct synthetic *tiny = synthetic_tiny();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct history *history = history_new();
        history_end(history, history_begin(history, 1, 1, 3, 0, 0, &rows[i].op), 2,
                    &rows[i].result);
        synthetic_report(tiny)->history = history;
        g_autofree char *folder = write_folder(tiny);
        g_autofree char *text = read_text(folder, "history.jsonl");
        g_autofree char *expected =
            g_strdup_printf("{\"t_ns\":1,\"session\":0,\"type\":\"invoke\",\"op\":%s\n"
                            "{\"t_ns\":2,\"session\":0,\"type\":\"ok\",\"op\":%s\n",
                            rows[i].asked, rows[i].answered);
        ck_assert_str_eq(text, expected);
        history_free(history);
    }
    synthetic_free(tiny);
}
END_TEST

START_TEST(fixed_point_rounds_to_the_nearest)
{
    static const struct {
        uint64_t value;
        unsigned digits, decimals;
        const char *text;
    } rows[] = {
        { 0, 6, 3, "0.000" },         { 499, 6, 3, "0.000" },
        { 500, 6, 3, "0.001" },       { 1234567, 6, 3, "1.235" },
        { 999999500, 9, 3, "1.000" }, { 7, 0, 0, "7" },
        { 1500000, 6, 0, "2" },       { UINT64_MAX, 6, 3, "18446744073709.552" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char buffer[FIXED_TEXT_MAX];
        ck_assert_str_eq(fixed_text(buffer, rows[i].value, rows[i].digits, rows[i].decimals),
                         rows[i].text);
    }
}
END_TEST

START_TEST(seconds_are_exact)
{
    char buffer[FIXED_TEXT_MAX];
    ck_assert_str_eq(seconds_text(buffer, 0), "0.000");
    ck_assert_str_eq(seconds_text(buffer, 1500000000), "1.500");
    ck_assert_str_eq(seconds_text(buffer, 1500250000), "1.50025");
    ck_assert_str_eq(seconds_text(buffer, 1000000001), "1.000000001");
}
END_TEST

START_TEST(large_numbers_have_commas)
{
    static const struct {
        uint64_t value;
        const char *text;
    } rows[] = {
        { 0, "0" },
        { 999, "999" },
        { 1000, "1,000" },
        { 12345, "12,345" },
        { 100000, "100,000" },
        { 1234567, "1,234,567" },
        { UINT64_MAX, "18,446,744,073,709,551,615" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        char buffer[FIXED_TEXT_MAX];
        ck_assert_str_eq(grouped_text(buffer, rows[i].value), rows[i].text);
    }
}
END_TEST

/* ---- The schema -------------------------------------------------------------------------------
 */

/* The exit status of validating `json` against the schema of run.json. */
static int validate(const char *json)
{
    const char *const arguments[] = { "python3", g_getenv("VALIDATE"), g_getenv("SCHEMA"), NULL };
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) python =
        g_subprocess_newv(arguments, G_SUBPROCESS_FLAGS_STDIN_PIPE, &error);
    ck_assert_msg(python != NULL, "%s", error ? error->message : "");
    ck_assert(g_subprocess_communicate_utf8(python, json, NULL, NULL, NULL, NULL));
    return g_subprocess_get_exit_status(python);
}

START_TEST(run_json_fits_its_schema)
{
    struct synthetic *tiny = synthetic_tiny(), *rich = synthetic_rich(7, 5);
    g_autofree char *folder = write_folder(tiny);
    g_autofree char *text = read_text(folder, "run.json");
    ck_assert_int_eq(validate(text), 0);
    g_autofree char *other_folder = write_folder(rich);
    g_autofree char *other = read_text(other_folder, "run.json");
    ck_assert_int_eq(validate(other), 0);
    synthetic_free(tiny);
    synthetic_free(rich);
}
END_TEST

START_TEST(the_schema_refuses_a_verdict_that_does_not_exist)
{
    struct synthetic *tiny = synthetic_tiny();
    g_autofree char *folder = write_folder(tiny);
    g_autofree char *text = read_text(folder, "run.json");
    char *verdict = strstr(text, "\"violation\"");
    ck_assert_ptr_nonnull(verdict);
    verdict[1] = 'V';
    ck_assert_int_eq(validate(text), 1);
    synthetic_free(tiny);
}
END_TEST

/* ---- The folder -------------------------------------------------------------------------------
 */

START_TEST(the_name_tells_scenario_seed_build_and_effective_scenario)
{
    struct synthetic *tiny = synthetic_tiny();
    struct run_report *report = synthetic_report(tiny);
    g_autofree char *name = report_folder_name(report);
    ck_assert_msg(g_regex_match_simple("^tiny/0x000000000000002a-[0-9a-f]{8}$", name, 0, 0), "%s",
                  name);
    report->build_id = "another";
    g_autofree char *other_build = report_folder_name(report);
    ck_assert_str_ne(name, other_build);
    report->build_id = "0123456789ab";
    report->verdict = VERDICT_INTERRUPTED;
    g_autofree char *part = report_folder_name(report);
    ck_assert_msg(g_str_has_prefix(part, name) && g_str_has_suffix(part, "-interrupted"), "%s",
                  part);
    report->verdict = VERDICT_PASS;
    synthetic_plan(tiny)->effective = "{}";
    g_autofree char *other_scenario = report_folder_name(report);
    ck_assert_str_ne(name, other_scenario);
    synthetic_free(tiny);
}
END_TEST

START_TEST(an_existing_folder_is_replaced_whole)
{
    struct synthetic *tiny = synthetic_tiny();
    g_autofree char *first = write_folder(tiny);
    g_autofree char *stray = g_build_filename(first, "charts", "stray", NULL);
    ck_assert(g_file_set_contents(stray, "left from before", -1, NULL));
    synthetic_report(tiny)->totals.events = 777;
    g_autofree char *second = write_folder(tiny);
    ck_assert_str_eq(first, second);
    ck_assert(!g_file_test(stray, G_FILE_TEST_EXISTS));
    g_autofree char *text = read_text(second, "run.json");
    ck_assert_ptr_nonnull(strstr(text, "\"events\": 777"));
    g_autofree char *parent = g_path_get_dirname(second);
    ck_assert_uint_eq(count_entries(parent), 1); /* no draft is left */
    synthetic_free(tiny);
}
END_TEST

START_TEST(latest_is_a_relative_link_to_the_last_run)
{
    struct synthetic *tiny = synthetic_tiny(), *rich = synthetic_rich(7, 5);
    g_autofree char *link = g_build_filename(out, "latest", NULL);
    g_free(write_folder(tiny));
    g_free(write_folder(rich));
    g_autofree char *target = g_file_read_link(link, NULL);
    g_autofree char *name = report_folder_name(synthetic_report(rich));
    ck_assert_str_eq(target, name);
    ck_assert_uint_eq(count_entries(out), 3);
    synthetic_free(tiny);
    synthetic_free(rich);
}
END_TEST

/* A file where a folder should be: the superuser cannot write there either. */
START_TEST(an_unwritable_place_is_an_error_that_names_it)
{
    struct synthetic *tiny = synthetic_tiny();
    g_autofree char *file = g_build_filename(out, "file", NULL);
    ck_assert(g_file_set_contents(file, "", 0, NULL));
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(report_write(synthetic_report(tiny), file, &error));
    ck_assert(error->domain == G_FILE_ERROR);
    ck_assert_ptr_nonnull(strstr(error->message, file));
    synthetic_free(tiny);
}
END_TEST

START_TEST(a_folder_that_cannot_be_replaced_leaves_no_draft)
{
    struct synthetic *tiny = synthetic_tiny();
    g_autofree char *name = report_folder_name(synthetic_report(tiny));
    g_autofree char *place = g_build_filename(out, name, NULL);
    g_autofree char *parent = g_path_get_dirname(place);
    ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
    ck_assert(g_file_set_contents(place, "not a folder", -1, NULL));
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(report_write(synthetic_report(tiny), out, &error));
    ck_assert(error->domain == G_FILE_ERROR);
    ck_assert_uint_eq(count_entries(parent), 1);
    synthetic_free(tiny);
}
END_TEST

/* ---- repro.sh ---------------------------------------------------------------------------------
 */

/* What repro.sh, called from `cwd`, hands to the program. */
static char *reproduce(const char *folder, const char *cwd)
{
    g_autofree char *program = g_build_filename(out, "program", NULL);
    ck_assert(g_file_set_contents(program, "#!/bin/sh\nprintf '<%s>' \"$@\"\n", -1, NULL));
    ck_assert_int_eq(g_chmod(program, 0755), 0);
    g_autofree char *script = g_build_filename(folder, "repro.sh", NULL);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_subprocess_launcher_set_cwd(launcher, cwd);
    g_subprocess_launcher_setenv(launcher, "CLUSTERSIM", program, TRUE);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSubprocess) run =
        g_subprocess_launcher_spawn(launcher, &error, script, "--twice", NULL);
    ck_assert_msg(run != NULL, "%s", error ? error->message : "");
    char *printed = NULL;
    ck_assert(g_subprocess_communicate_utf8(run, NULL, NULL, &printed, NULL, NULL));
    ck_assert(g_subprocess_get_successful(run));
    return printed;
}

START_TEST(repro_runs_the_scenario_beside_it_from_any_directory)
{
    struct synthetic *tiny = synthetic_tiny();
    g_autofree char *folder = write_folder(tiny);
    g_autofree char *expected =
        g_strdup_printf("<run><%s/scenario.json><--seed><0x000000000000002a><--twice>", folder);
    g_autofree char *here = reproduce(folder, out), *there = reproduce(folder, "/");
    ck_assert_str_eq(here, expected);
    ck_assert_str_eq(there, expected);
    synthetic_free(tiny);
}
END_TEST

START_TEST(repro_finds_plug_ins_and_tells_what_was_set)
{
    static const char *const sets[] = { "/time/duration=\"1s\"", "/name=\"it's\"", NULL };
    g_autofree char *plugin = g_build_filename(out, "my plug-in.so", NULL);
    ck_assert(g_file_set_contents(plugin, "", 0, NULL));
    const char *const plugins[] = { "my plug-in.so", plugin, NULL };
    struct synthetic *tiny = synthetic_tiny();
    synthetic_report(tiny)->sets = sets;
    synthetic_report(tiny)->plugins = plugins;
    g_autofree char *folder = write_folder(tiny);
    g_autofree char *printed = reproduce(folder, "/");
    g_autofree char *expected =
        g_strdup_printf("<--plugin><%s><--plugin><%s><--twice>", plugin, plugin);
    ck_assert_msg(g_str_has_suffix(printed, expected), "%s", printed);
    g_autofree char *text = read_text(folder, "repro.sh");
    ck_assert_ptr_nonnull(
        strstr(text, " --set '/time/duration=\"1s\"' --set '/name=\"it'\\''s\"'\n"));
    synthetic_free(tiny);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report files");
    TCase *tests = tcase_create("files");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, make_out, remove_out);
    tcase_add_loop_test(tests, file_is_as_the_golden_one, 0, G_N_ELEMENTS(golden_files));
    tcase_add_test(tests, a_folder_holds_these_files_host_json_and_nothing_else);
    tcase_add_test(tests, no_file_holds_an_absolute_path);
    tcase_add_test(tests, a_report_is_written_twice_the_same);
    tcase_add_test(tests, operations_say_what_they_asked_and_got);
    tcase_add_test(tests, fixed_point_rounds_to_the_nearest);
    tcase_add_test(tests, seconds_are_exact);
    tcase_add_test(tests, large_numbers_have_commas);
    tcase_add_test(tests, run_json_fits_its_schema);
    tcase_add_test(tests, the_schema_refuses_a_verdict_that_does_not_exist);
    tcase_add_test(tests, the_name_tells_scenario_seed_build_and_effective_scenario);
    tcase_add_test(tests, an_existing_folder_is_replaced_whole);
    tcase_add_test(tests, latest_is_a_relative_link_to_the_last_run);
    tcase_add_test(tests, an_unwritable_place_is_an_error_that_names_it);
    tcase_add_test(tests, a_folder_that_cannot_be_replaced_leaves_no_draft);
    tcase_add_test(tests, repro_runs_the_scenario_beside_it_from_any_directory);
    tcase_add_test(tests, repro_finds_plug_ins_and_tells_what_was_set);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
