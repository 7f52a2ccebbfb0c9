/* Charts: which there are, that gnuplot draws them, and what happens without it. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

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
    char *folder = report_write(synthetic_report(synthetic), out, true, ret_charts, &error);
    ck_assert_msg(folder != NULL, "%s", error ? error->message : "");
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

static const char *const chart_names[] = { "latency", "throughput", "percentiles", "roles" };

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
    tcase_add_test(tests, without_gnuplot_the_folder_is_written_all_the_same);
    tcase_add_test(tests, a_gnuplot_that_fails_is_told_with_its_own_words);
    tcase_add_test(tests, plot_of_what_is_no_run_is_a_file_error);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
