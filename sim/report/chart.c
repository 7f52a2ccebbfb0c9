/* Charts: a gnuplot script and its data each.  A script draws a PNG and an SVG into its own folder,
 * and can be run there by hand: gnuplot latency.gp */
#include <gio/gio.h>
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

bool charts_write(const struct run_report *report, const char *folder, GError **error)
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

/* ---- Drawing ----------------------------------------------------------------------------------
 */

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The scripts of a folder, sorted; NULL and `error` if it cannot be read. */
static GPtrArray *scripts_of(const char *folder, GError **error)
{
    g_autoptr(GDir) entries = g_dir_open(folder, 0, error);
    if (entries == NULL)
        return NULL;
    GPtrArray *scripts = g_ptr_array_new_with_free_func(g_free);
    const char *name;
    while ((name = g_dir_read_name(entries)) != NULL) {
        if (g_str_has_suffix(name, ".gp"))
            g_ptr_array_add(scripts, g_strdup(name));
    }
    g_ptr_array_sort(scripts, compare_names);
    return scripts;
}

/* Run gnuplot in `folder` on the NULL-terminated `arguments`. */
static bool run_gnuplot(const char *folder, const char *const *arguments, GError **error)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(
        G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
    g_subprocess_launcher_set_cwd(launcher, folder);
    g_subprocess_launcher_setenv(launcher, "LC_ALL", "C.UTF-8", TRUE);
    g_subprocess_launcher_unsetenv(launcher, "GNUTERM");
    g_autoptr(GSubprocess) gnuplot = g_subprocess_launcher_spawnv(launcher, arguments, error);
    g_autofree char *complaint = NULL;
    if (gnuplot == NULL ||
        !g_subprocess_communicate_utf8(gnuplot, NULL, NULL, NULL, &complaint, error))
        return false;
    if (g_subprocess_get_successful(gnuplot))
        return true;
    g_strstrip(g_strdelimit(complaint, "\r\n", ' '));
    g_set_error(error, G_SPAWN_EXIT_ERROR, 1, "gnuplot failed: %s", complaint);
    return false;
}

bool charts_draw(const char *folder, GError **error)
{
    g_autoptr(GPtrArray) scripts = scripts_of(folder, error);
    if (scripts == NULL)
        return false;
    if (scripts->len == 0)
        return true;
    g_ptr_array_insert(scripts, 0, g_strdup("gnuplot"));
    g_ptr_array_insert(scripts, 1, g_strdup("-d")); /* no settings of the user's */
    g_ptr_array_add(scripts, NULL);
    return run_gnuplot(folder, (const char *const *)(void *)scripts->pdata, error);
}

bool report_plot(const char *folder, GError **error)
{
    g_autofree char *inside = g_build_filename(folder, "charts", NULL);
    if (!g_file_test(inside, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "\"%s\" is no folder of a run: there is no folder \"charts\" in it", folder);
        return false;
    }
    return charts_draw(inside, error);
}
