/* Charts: a gnuplot script and its data each.  A script draws a PNG and an SVG into its own folder,
 * and can be run there by hand: gnuplot latency.gp */
#include <glib/gstdio.h>
#include <string.h>

#include "report/internal.h"

static bool has_windows(const struct run_report *report)
{
    return report->metrics->measured.counts.ok + report->metrics->measured.counts.failed +
               report->metrics->measured.counts.unknown >
           0;
}

static bool has_latencies(const struct run_report *report)
{
    return histogram_count(report->metrics->measured.latency) > 0;
}

static bool has_roles(const struct run_report *report)
{
    return report->samples.change_count > 0 && report->samples.end_ns > 0;
}

static const struct {
    const char *name; /* as in a scenario's "charts" */
    bool (*worth)(const struct run_report *report);
    report_writer script, data;
} charts[] = {
    { "latency", has_latencies, chart_latency_script, chart_latency_data },
    { "percentiles", has_latencies, chart_percentiles_script, chart_percentiles_data },
    { "roles", has_roles, chart_roles_script, chart_roles_data },
    { "throughput", has_windows, chart_throughput_script, chart_throughput_data },
    { "utilisation", chart_usage_is_worth, chart_usage_script, chart_usage_data },
};

static bool is_wanted(const struct run_report *report, const char *name)
{
    const struct plan_output *output = &report->plan->output;
    bool all = output->chart_names == NULL || output->chart_names[0] == NULL;
    return output->charts && (all || g_strv_contains(output->chart_names, name));
}

static bool write_charts(const struct run_report *report, const char *folder, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(charts); i++) {
        if (!is_wanted(report, charts[i].name) || !charts[i].worth(report))
            continue;
        g_autofree char *script = g_strconcat(charts[i].name, ".gp", NULL);
        g_autofree char *data = g_strconcat(charts[i].name, ".csv", NULL);
        if (!report_write_file(report, folder, script, charts[i].script, error) ||
            !report_write_file(report, folder, data, charts[i].data, error))
            return false;
    }
    return true;
}

/* More firings than that are no bars that anybody could tell apart, but hours of gnuplot's time:
 * then the charts show none. */
enum { FIRINGS_SHOWN_MAX = 10000 };

bool charts_write(const struct run_report *report, const char *folder, GError **error)
{
    if (report->faults->len <= FIRINGS_SHOWN_MAX)
        return write_charts(report, folder, error);
    struct run_report shown = *report;
    shown.faults = g_array_new(FALSE, FALSE, sizeof(struct fault_record));
    bool good = write_charts(&shown, folder, error);
    g_array_unref(shown.faults);
    return good;
}

/* ---- Drawing ----------------------------------------------------------------------------------
 */

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in a folder that end so, sorted; NULL and `error` if it cannot be read. */
static GPtrArray *names_in(const char *folder, const char *suffix, GError **error)
{
    g_autoptr(GDir) entries = g_dir_open(folder, 0, error);
    if (entries == NULL)
        return NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while ((name = g_dir_read_name(entries)) != NULL) {
        if (g_str_has_suffix(name, suffix))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* Remove the pictures: one that was being drawn is not whole. */
static void remove_pictures(const char *folder)
{
    g_autoptr(GDir) entries = g_dir_open(folder, 0, NULL);
    const char *name;
    while (entries != NULL && (name = g_dir_read_name(entries)) != NULL) {
        if (g_str_has_suffix(name, ".png") || g_str_has_suffix(name, ".svg")) {
            g_autofree char *picture = g_build_filename(folder, name, NULL);
            (void)g_unlink(picture);
        }
    }
}

/* Whether `inside` holds a file with the name of `path`, but for its suffix, that is not empty. */
static bool has_partner(const char *inside, const char *path, const char *suffix, GError **error)
{
    g_autofree char *stem = g_strndup(path, (gsize)(strrchr(path, '.') - path));
    g_autofree char *name = g_strconcat(stem, suffix, NULL);
    g_autofree char *partner = g_build_filename(inside, name, NULL);
    GStatBuf status;
    if (g_stat(partner, &status) != 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s has no %s beside it in %s", path,
                    name, inside);
        return false;
    }
    if (status.st_size == 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is empty", partner);
        return false;
    }
    return true;
}

/* gnuplot may end well and have drawn nothing: a stand-in for it, or a build without a terminal. */
static bool is_drawn(const char *folder, const char *script, GError **error)
{
    static const char *const suffixes[] = { ".svg", ".png" };
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        if (!has_partner(folder, script, suffixes[i], NULL)) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                        "gnuplot ended well, but has made no *%s of %s", suffixes[i], script);
            return false;
        }
    }
    return true;
}

/* Run gnuplot over all scripts of a folder, in the order of their names.  If it is stopped, no
 * picture stays that might be half drawn. */
static bool draw_all(const char *folder, const struct draw_limits *limits, GError **error)
{
    g_autoptr(GPtrArray) arguments = names_in(folder, ".gp", error);
    if (arguments == NULL)
        return false;
    if (arguments->len == 0)
        return true;
    g_ptr_array_insert(arguments, 0, g_strdup("gnuplot"));
    g_ptr_array_insert(arguments, 1, g_strdup("-d")); /* no settings of the user's */
    g_ptr_array_add(arguments, NULL);
    bool stopped = false;
    const char *const *words = (const char *const *)(void *)arguments->pdata;
    bool good = gnuplot_run(folder, words, limits, &stopped, error);
    if (stopped)
        remove_pictures(folder);
    for (guint i = 2; good && words[i] != NULL; i++)
        good = is_drawn(folder, words[i], error);
    return good;
}

bool report_draw(const char *folder, const volatile sig_atomic_t *interrupted, GError **error)
{
    const struct draw_limits limits = { .ms = DRAW_MS_MAX, .interrupted = interrupted };
    g_autofree char *inside = g_build_filename(folder, "charts", NULL);
    return draw_all(inside, &limits, error);
}

/* ---- Again ----------------------------------------------------------------------------------- */

/* gnuplot itself is content with little: it draws a picture of nothing. */
static bool is_whole(const char *inside, GError **error)
{
    g_autoptr(GPtrArray) scripts = names_in(inside, ".gp", error);
    g_autoptr(GPtrArray) data = scripts != NULL ? names_in(inside, ".csv", error) : NULL;
    if (data == NULL)
        return false;
    if (scripts->len == 0 && data->len == 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s holds no chart", inside);
        return false;
    }
    bool whole = true;
    for (guint i = 0; whole && i < scripts->len; i++)
        whole = has_partner(inside, scripts->pdata[i], ".csv", error);
    for (guint i = 0; whole && i < data->len; i++)
        whole = has_partner(inside, data->pdata[i], ".gp", error);
    return whole;
}

bool report_plot(const char *folder, GError **error)
{
    g_autofree char *inside = g_build_filename(folder, "charts", NULL);
    if (!g_file_test(folder, G_FILE_TEST_EXISTS)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "there is no \"%s\"", folder);
        return false;
    }
    if (!g_file_test(inside, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "\"%s\" is no folder of a run: there is no folder \"charts\" in it", folder);
        return false;
    }
    return is_whole(inside, error) && report_draw(folder, NULL, error);
}
