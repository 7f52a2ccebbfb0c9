/* Latencies of several runs in one picture. */
#include <errno.h>
#include <stdio.h>

#include "report/internal.h"

static bool fail(const char *path, GError **error)
{
    int number = errno;
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(number), "cannot write %s: %s",
                path, g_strerror(number));
    return false;
}

/* A file of the folder's charts, or NULL. */
static FILE *open_file(const char *folder, const char *name, const char *suffix, GError **error)
{
    g_autofree char *path = g_strdup_printf("%s/charts/%s.%s", folder, name, suffix);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        (void)fail(path, error);
    return file;
}

static bool close_file(FILE *file, const char *folder, GError **error)
{
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    return !failed || fail(folder, error);
}

bool report_write_curves(const struct run_report *report, const char *folder,
                         const struct latency_chart *chart, GError **error)
{
    static const char *const colours[LATENCY_CURVES_MAX] = { COLOUR_BLACK, COLOUR_BLUE,
                                                             COLOUR_ORANGE, COLOUR_GREEN };
    struct chart_curve shown[LATENCY_CURVES_MAX];
    size_t count = 0;
    cs_assert(chart->count <= LATENCY_CURVES_MAX);
    for (size_t i = 0; i < chart->count; i++) {
        const struct latency_curve *curve = &chart->curves[i];
        if (histogram_count(curve->latency) > 0)
            shown[count++] = (struct chart_curve){ curve->title, colours[i], curve->latency };
    }
    FILE *script = open_file(folder, chart->name, "gp", error);
    if (script == NULL)
        return false;
    chart_curves_script(report, chart->name, chart->about, shown, count, script);
    bool written = close_file(script, folder, error);
    FILE *data = written ? open_file(folder, chart->name, "csv", error) : NULL;
    if (data == NULL)
        return false;
    chart_curves_data(shown, count, data);
    return close_file(data, folder, error);
}
