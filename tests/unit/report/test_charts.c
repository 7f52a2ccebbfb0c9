/* Charts: which there are, that gnuplot draws them, and what happens without it. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "report/internal.h"
#include "report/report.h"
#include "support/suite.h"
#include "synthetic.h"

static char *out;

static void make_out(void)
{
    out = g_dir_make_tmp("clustersim-charts-XXXXXX", NULL);
    ck_assert_ptr_nonnull(out);
}

static void remove_out(void)
{
    const char *const arguments[] = { "rm", "-rf", out, NULL };
    g_autoptr(GSubprocess) rm = g_subprocess_newv(arguments, G_SUBPROCESS_FLAGS_NONE, NULL);
    ck_assert(g_subprocess_wait_check(rm, NULL, NULL));
    g_clear_pointer(&out, g_free);
}

static bool has_gnuplot(void)
{
    g_autofree char *program = g_find_program_in_path("gnuplot");
    return program != NULL;
}

static char *write_folder(struct synthetic *synthetic, bool *ret_charts)
{
    g_autoptr(GError) error = NULL;
    char *folder = report_write(synthetic_report(synthetic), out, &error);
    ck_assert_msg(folder != NULL, "%s", error ? error->message : "");
    *ret_charts = report_draw(folder, NULL, NULL);
    return folder;
}

static bool exists(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, "charts", name, NULL);
    return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/* The contents of a picture, which the caller frees. */
static char *read_picture(const char *folder, const char *chart, const char *suffix,
                          gsize *ret_size)
{
    g_autofree char *name = g_strconcat(chart, suffix, NULL);
    g_autofree char *path = g_build_filename(folder, "charts", name, NULL);
    char *data = NULL;
    ck_assert_msg(g_file_get_contents(path, &data, ret_size, NULL), "there is no %s", path);
    return data;
}

static const char *const chart_names[] = { "latency", "throughput", "percentiles", "roles",
                                           "utilisation" };

static void assert_pictures(const char *folder)
{
    for (size_t i = 0; i < G_N_ELEMENTS(chart_names); i++) {
        gsize size = 0;
        g_autofree char *png = read_picture(folder, chart_names[i], ".png", &size);
        ck_assert_uint_gt(size, 10000);
        ck_assert_mem_eq(png, "\x89PNG\r\n\x1a\n", 8);
        g_autofree char *svg = read_picture(folder, chart_names[i], ".svg", &size);
        ck_assert_ptr_nonnull(strstr(svg, "<svg"));
        ck_assert_msg(g_str_has_suffix(svg, "</svg>\n\n"), "%s.svg is cut", chart_names[i]);
        ck_assert_ptr_nonnull(strstr(svg, "seed 0x"));
    }
}

START_TEST(gnuplot_draws_every_chart_twice)
{
    if (!has_gnuplot())
        return;
    bool charts = false;
    struct synthetic *rich = synthetic_rich(42, 5);
    g_autofree char *folder = write_folder(rich, &charts);
    ck_assert(charts);
    assert_pictures(folder);
    synthetic_free(rich);
}
END_TEST

START_TEST(few_operations_and_many_servers_can_be_drawn)
{
    if (!has_gnuplot())
        return;
    bool charts = false;
    struct synthetic *tiny = synthetic_tiny(), *large = synthetic_rich(1, 120);
    g_autofree char *tiny_folder = write_folder(tiny, &charts);
    ck_assert(charts);
    assert_pictures(tiny_folder);
    g_autofree char *large_folder = write_folder(large, &charts);
    ck_assert(charts);
    assert_pictures(large_folder);
    synthetic_free(tiny);
    synthetic_free(large);
}
END_TEST

START_TEST(plot_draws_a_folder_again)
{
    if (!has_gnuplot())
        return;
    bool charts = false;
    struct synthetic *tiny = synthetic_tiny();
    g_autofree char *folder = write_folder(tiny, &charts);
    g_autofree char *picture = g_build_filename(folder, "charts", "roles.svg", NULL);
    gsize size = 0;
    g_autofree char *before = read_picture(folder, "roles", ".svg", &size);
    ck_assert_int_eq(g_unlink(picture), 0);
    g_autoptr(GError) error = NULL;
    ck_assert_msg(report_plot(folder, &error), "%s", error ? error->message : "");
    g_autofree char *after = read_picture(folder, "roles", ".svg", &size);
    ck_assert_str_eq(before, after);
    synthetic_free(tiny);
}
END_TEST

START_TEST(only_the_charts_asked_for_are_there)
{
    static const char *const names[] = { "roles", "heatmap", NULL };
    bool charts = false;
    struct synthetic *tiny = synthetic_tiny();
    synthetic_plan(tiny)->output.chart_names = names;
    g_autofree char *folder = write_folder(tiny, &charts);
    ck_assert(exists(folder, "roles.gp"));
    ck_assert(!exists(folder, "latency.gp"));
    synthetic_free(tiny);
}
END_TEST

/* ---- What scripts say -------------------------------------------------------------------------
 */

#define MS     UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

static const uint32_t everyone[] = { 0, 1, 2, 3, 4 }, one_against_all[] = { 0, 1, 1, 1, 1 };

/* The rich report with no faults but these. */
static struct synthetic *rich_with(const struct fault_options *options, uint32_t option_count,
                                   const struct fault_record *records, uint32_t record_count)
{
    struct synthetic *rich = synthetic_rich(42, 5);
    GArray *faults = synthetic_report(rich)->faults;
    synthetic_plan(rich)->faults = options;
    synthetic_plan(rich)->fault_count = option_count;
    g_array_set_size(faults, 0);
    for (uint32_t i = 0; i < record_count; i++) {
        struct fault_record record = records[i];
        record.kind = options[record.fault].kind;
        record.name = options[record.fault].id;
        g_array_append_val(faults, record);
    }
    return rich;
}

/* A file of the charts, which the caller frees; frees the report. */
static char *read_script(struct synthetic *synthetic, const char *name)
{
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    g_autofree char *folder = report_write(synthetic_report(synthetic), out, &error);
    ck_assert_msg(folder != NULL, "%s", error ? error->message : "");
    g_autofree char *path = g_build_filename(folder, "charts", name, NULL);
    ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "there is no %s", path);
    synthetic_free(synthetic);
    return text;
}

/* The lines that have `part` in them, joined; the caller frees them. */
static char *lines_with(const char *text, const char *part)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *found = g_string_new(NULL);
    for (char **line = lines; *line != NULL; line++) {
        if (strstr(*line, part) != NULL)
            g_string_append_printf(found, "%s\n", *line);
    }
    return g_string_free(found, FALSE);
}

/* Of two workloads with the same time-out, one beyond what is drawn, and one far below. */
START_TEST(a_deadline_among_the_latencies_is_one_line_with_its_name)
{
    static const struct fault_options none[1];
    static const struct workload_options workloads[] = {
        { .timeout_ns = 50000000 },
        { .timeout_ns = 50000000 },
        { .timeout_ns = UINT64_C(3600000000000) },
        { .timeout_ns = 1000 },
    };
    struct synthetic *synthetic = rich_with(none, 0, NULL, 0);
    synthetic_plan(synthetic)->workloads = workloads;
    synthetic_plan(synthetic)->workload_count = G_N_ELEMENTS(workloads);
    g_autofree char *script = read_script(synthetic, "latency.gp");
    g_autofree char *labels = lines_with(script, "deadline");
    ck_assert_str_eq(labels, "set label sprintf('deadline %g ms', 50.000000) at graph 0.995, first "
                             "50.000000 right offset 0, character 0.6 font ',15' front\n");
    ck_assert_ptr_nonnull(strstr(script, "\nset arrow from graph 0, first 50.000000 to graph 1, "));
    ck_assert_ptr_nonnull(strstr(script, ", 20.000000, 50.000000, 100.000000, "));
}
END_TEST

START_TEST(a_legend_says_which_percentile_is_a_maximum)
{
    static const struct fault_options none[1];
    g_autofree char *script = read_script(rich_with(none, 0, NULL, 0), "latency.gp");
    ck_assert_ptr_nonnull(strstr(script, "title 'p95', "));
    ck_assert_ptr_nonnull(strstr(script, "title 'p99.9 (maximum of windows under 1,000)'"));
}
END_TEST

START_TEST(a_legend_tells_its_operations_with_commas)
{
    static const struct fault_options none[1];
    g_autofree char *script = read_script(rich_with(none, 0, NULL, 0), "percentiles.gp");
    g_autofree char *line = lines_with(script, " operations)'");
    ck_assert_msg(strstr(line, "title 'measured (54,189 operations)'") != NULL, "%s", line);
}
END_TEST

/* D leads from 45.8 s on. */
START_TEST(a_paused_server_keeps_its_role_without_leading)
{
    static const struct fault_options options[] = { { .id = "stall", .kind = FAULT_PAUSE } };
    static const uint32_t targets[] = { 3 }, sides[] = { 0 };
    static const struct fault_record records[] = { {
        .at_ns = 52 * SECOND,
        .until_ns = 55 * SECOND,
        .fired = true,
        .targets = targets,
        .side_of = sides,
        .target_count = 1,
    } };
    g_autofree char *data = read_script(rich_with(options, 1, records, 1), "roles.csv");
    g_autofree char *lane = lines_with(data, ",3,leader,7,");
    g_autofree char *paused = lines_with(data, "paused");
    ck_assert_str_eq(lane, "45.800,52.000,3,leader,7,term 7\n"
                           "52.000,55.000,3,leader,7,\n"
                           "55.000,70.000,3,leader,7,term 7\n");
    ck_assert_str_eq(paused, "52.000,55.000,3,paused,7,\n");
}
END_TEST

/* C crashes at 45 s and is back at 51 s; the pause outlasts both. */
START_TEST(who_is_down_is_not_paused)
{
    static const struct fault_options options[] = { { .id = "stall", .kind = FAULT_PAUSE } };
    static const uint32_t targets[] = { 2 }, sides[] = { 0 };
    static const struct fault_record records[] = { {
        .at_ns = 44 * SECOND,
        .until_ns = UINT64_MAX,
        .fired = true,
        .targets = targets,
        .side_of = sides,
        .target_count = 1,
    } };
    g_autofree char *data = read_script(rich_with(options, 1, records, 1), "roles.csv");
    g_autofree char *lane = lines_with(data, ",2,paused,");
    g_autofree char *down = lines_with(data, ",2,down,");
    ck_assert_str_eq(lane, "44.000,45.000,2,paused,5,\n51.000,70.000,2,paused,7,\n");
    ck_assert_str_eq(down, "45.000,51.000,2,down,0,\n");
}
END_TEST

/* The plot is 1380 pixels wide, 19.7 a second; "A | B, C, D, E" takes 151 of them. */
START_TEST(targets_stand_where_nothing_else_does)
{
    static const struct fault_options options[] = { { .id = "flap", .kind = FAULT_PARTITION } };
    static const uint64_t times_ms[][2] = {
        { 1000, 11000 },  /* in the bar */
        { 20000, 21000 }, /* right of it: the next comes late */
        { 40000, 41000 }, /* left of it: the next comes soon */
        { 43000, 43600 }, /* no room but for one side */
        { 45600, 45800 }, /* no room at all */
        { 46400, 50000 }, /* right of it: none comes */
    };
    struct fault_record records[G_N_ELEMENTS(times_ms)];
    for (size_t i = 0; i < G_N_ELEMENTS(times_ms); i++) {
        records[i] = (struct fault_record){ .at_ns = times_ms[i][0] * MS,
                                            .until_ns = times_ms[i][1] * MS,
                                            .fired = true,
                                            .targets = everyone,
                                            .side_of = one_against_all,
                                            .target_count = 5 };
    }
    struct synthetic *rich = rich_with(options, 1, records, G_N_ELEMENTS(records));
    g_autofree char *script = read_script(rich, "latency.gp");
    g_autofree char *labels = lines_with(script, "set label 'A");
    ck_assert_str_eq(
        labels, "set label 'A | B, C, D, E' at graph 0, screen down(116) center offset screen "
                "117.0/1600, 0 font ',15' front\n"
                "set label 'A | B, C, D, E' at graph 0, screen down(116) left offset screen "
                "420.0/1600, 0 font ',15' front\n"
                "set label 'A | B, C, D, E' at graph 0, screen down(116) right offset screen "
                "782.0/1600, 0 font ',15' front\n"
                "set label 'A' at graph 0, screen down(116) left offset screen 865.0/1600, 0 font "
                "',15' front\n"
                "set label 'A | B, C, D, E' at graph 0, screen down(116) left offset screen "
                "991.0/1600, 0 font ',15' front\n");
}
END_TEST

START_TEST(faults_beyond_the_eighth_row_share_one_and_keep_their_names)
{
    struct fault_options options[10];
    struct fault_record records[10];
    char names[10][8];
    for (uint32_t i = 0; i < 10; i++) {
        g_snprintf(names[i], sizeof names[i], "fault%u", i);
        options[i] = (struct fault_options){ .id = names[i], .kind = FAULT_CRASH };
        records[i] = (struct fault_record){ .fault = i,
                                            .at_ns = (7 * i + 1) * SECOND,
                                            .until_ns = (7 * i + 2) * SECOND,
                                            .fired = true,
                                            .targets = everyone,
                                            .side_of = one_against_all,
                                            .target_count = 1 };
    }
    g_autofree char *script = read_script(rich_with(options, 10, records, 10), "latency.gp");
    /* Warm-up and settling have the first row, 26 pixels each from 80 on. */
    g_autofree char *rows = lines_with(script, "right offset screen -");
    ck_assert_ptr_nonnull(strstr(rows, "'fault6' at graph 0, screen down(272)"));
    ck_assert_ptr_nonnull(strstr(rows, "'others' at graph 0, screen down(298)"));
    ck_assert_ptr_null(strstr(rows, "fault7"));
    for (uint32_t i = 7; i < 10; i++) {
        g_autofree char *label =
            g_strdup_printf("set label 'fault%u' at graph 0, screen down(298) ", i);
        ck_assert_msg(strstr(script, label) != NULL, "no %s", label);
    }
}
END_TEST

START_TEST(without_gnuplot_the_folder_is_written_all_the_same)
{
    bool charts = true;
    struct synthetic *tiny = synthetic_tiny();
    g_setenv("PATH", out, TRUE);
    g_autofree char *folder = write_folder(tiny, &charts);
    ck_assert(!charts);
    ck_assert(exists(folder, "latency.gp"));
    ck_assert(!exists(folder, "latency.png"));
    g_autoptr(GError) error = NULL;
    ck_assert(!report_plot(folder, &error));
    ck_assert(error->domain != G_FILE_ERROR);
    g_setenv("PATH", "/usr/bin:/bin", TRUE);
    synthetic_free(tiny);
}
END_TEST

START_TEST(a_gnuplot_that_fails_is_told_with_its_own_words)
{
    struct synthetic *tiny = synthetic_tiny();
    bool charts = false;
    g_autofree char *folder = write_folder(tiny, &charts);
    g_autofree char *gnuplot = g_build_filename(out, "gnuplot", NULL);
    ck_assert(g_file_set_contents(gnuplot, "#!/bin/sh\necho no fonts >&2\nexit 1\n", -1, NULL));
    ck_assert_int_eq(g_chmod(gnuplot, 0755), 0);
    g_setenv("PATH", out, TRUE);
    g_autoptr(GError) error = NULL;
    ck_assert(!report_plot(folder, &error));
    g_setenv("PATH", "/usr/bin:/bin", TRUE);
    ck_assert_str_eq(error->message, "gnuplot failed: no fonts");
    synthetic_free(tiny);
}
END_TEST

/* What it has started holds its standard error open: it ends too. */
START_TEST(a_gnuplot_that_takes_too_long_is_stopped)
{
    const char *const arguments[] = { "sh", "-c", "echo slow >&2; sleep 1000 & sleep 1000", NULL };
    const struct draw_limits limits = { .ms = 200 };
    bool stopped = false;
    g_autoptr(GError) error = NULL;
    gint64 begun = g_get_monotonic_time();
    ck_assert(!gnuplot_run(out, arguments, &limits, &stopped, &error));
    ck_assert(stopped);
    ck_assert_str_eq(error->message, "gnuplot was stopped, since it took more than 0.2 s");
    ck_assert(g_get_monotonic_time() - begun < 10000000);
}
END_TEST

START_TEST(a_gnuplot_that_says_much_is_heard_to_its_end)
{
    const char *const arguments[] = { "sh", "-c", "yes no ink | head -c 1000000 >&2; exit 2",
                                      NULL };
    const struct draw_limits limits = { .ms = 60000 };
    bool stopped = false;
    g_autoptr(GError) error = NULL;
    ck_assert(!gnuplot_run(out, arguments, &limits, &stopped, &error));
    ck_assert(!stopped);
    ck_assert(g_str_has_prefix(error->message, "gnuplot failed: no ink no ink no ink "));
    ck_assert_uint_lt(strlen(error->message), 5000);
}
END_TEST

START_TEST(plot_of_what_is_no_run_is_a_file_error)
{
    g_autoptr(GError) error = NULL;
    ck_assert(!report_plot(out, &error));
    ck_assert(error->domain == G_FILE_ERROR);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report charts");
    TCase *tests = tcase_create("charts");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, make_out, remove_out);
    tcase_add_test(tests, gnuplot_draws_every_chart_twice);
    tcase_add_test(tests, few_operations_and_many_servers_can_be_drawn);
    tcase_add_test(tests, plot_draws_a_folder_again);
    tcase_add_test(tests, only_the_charts_asked_for_are_there);
    tcase_add_test(tests, a_deadline_among_the_latencies_is_one_line_with_its_name);
    tcase_add_test(tests, a_legend_says_which_percentile_is_a_maximum);
    tcase_add_test(tests, a_legend_tells_its_operations_with_commas);
    tcase_add_test(tests, a_paused_server_keeps_its_role_without_leading);
    tcase_add_test(tests, who_is_down_is_not_paused);
    tcase_add_test(tests, targets_stand_where_nothing_else_does);
    tcase_add_test(tests, faults_beyond_the_eighth_row_share_one_and_keep_their_names);
    tcase_add_test(tests, without_gnuplot_the_folder_is_written_all_the_same);
    tcase_add_test(tests, a_gnuplot_that_fails_is_told_with_its_own_words);
    tcase_add_test(tests, a_gnuplot_that_takes_too_long_is_stopped);
    tcase_add_test(tests, a_gnuplot_that_says_much_is_heard_to_its_end);
    tcase_add_test(tests, plot_of_what_is_no_run_is_a_file_error);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
