/* The chart of what was busy and what waited: in three panels, the highest of all servers.  How
 * busy they were is of a whole window and stands in its middle; what waited is of its end and
 * stands there. */
#include <inttypes.h>

#include "report/internal.h"

enum { PANELS = 3, PANEL = 280, GAP = 36, BELOW = 170 }; /* pixels */

static const struct {
    const char *title, *colour;
} lines[RESOURCE_COUNT] = {
    [RESOURCE_CPU] = { "CPU, its inbox", COLOUR_BLUE },
    [RESOURCE_CORES] = { "cores", COLOUR_SKY },
    [RESOURCE_NIC_OUT] = { "network, out", COLOUR_ORANGE },
    [RESOURCE_NIC_IN] = { "network, in", COLOUR_RED },
    [RESOURCE_DISK] = { "disk", COLOUR_GREEN },
    [RESOURCE_LINK] = { "link", COLOUR_PURPLE },
};

static const struct {
    const char *label;
    enum resource first, last;
    uint32_t column; /* in the data, of RESOURCE_CPU if it were there */
} panels[PANELS] = {
    { "busy (%)", RESOURCE_CPU, RESOURCE_LINK, 2 },
    { "number waiting", RESOURCE_CPU, RESOURCE_CORES, 2 + RESOURCE_COUNT },
    { "waiting work (ms)", RESOURCE_NIC_OUT, RESOURCE_LINK, 2 + RESOURCE_COUNT },
};
enum {
    COUNTS_PANEL = 1,
    DEPTH_COLUMN = 2 + 2 * RESOURCE_COUNT, /* the disk's operations */
    END_COLUMN,                            /* of the window, in seconds */
    FEW = 10,                              /* so many have a tick each */
};

/* One line of a panel; the first panel names them. */
static void write_line(size_t panel, enum resource resource, uint32_t column, FILE *file)
{
    fprintf(file,
            " \\\n    'utilisation.csv' using %d:%" PRIu32
            " with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '%s' %s%s%s,",
            panel == 0 ? 1 : END_COLUMN, column, lines[resource].colour,
            panel == 0 ? "title '" : "notitle", panel == 0 ? lines[resource].title : "",
            panel == 0 ? "'" : "");
}

/* The highest of all servers, each for itself. */
static void highest(const struct run_report *report, size_t window,
                    struct resource_use ret_use[RESOURCE_COUNT])
{
    const struct sample_table *table = &report->samples;
    cs_assert(window < table->window_count);
    for (int r = 0; r < RESOURCE_COUNT; r++)
        ret_use[r] = (struct resource_use){ 0 };
    for (uint32_t i = 0; i < table->instance_count; i++) {
        const struct sample *sample = &table->samples[window * table->instance_count + i];
        for (int r = 0; report_is_server(report, i) && r < RESOURCE_COUNT; r++) {
            ret_use[r].busy_ppm = MAX(ret_use[r].busy_ppm, sample->use[r].busy_ppm);
            ret_use[r].waiting = MAX(ret_use[r].waiting, sample->use[r].waiting);
        }
    }
}

static uint32_t deepest_disk(const struct run_report *report, size_t window)
{
    const struct sample_table *table = &report->samples;
    uint32_t deepest = 0;
    for (uint32_t i = 0; i < table->instance_count; i++) {
        if (report_is_server(report, i)) {
            deepest = MAX(deepest, table->samples[window * table->instance_count + i].disk_depth);
        }
    }
    return deepest;
}

static bool is_used(const struct run_report *report, enum resource resource)
{
    for (size_t w = 0; w < report->samples.window_count; w++) {
        struct resource_use use[RESOURCE_COUNT];
        highest(report, w, use);
        if (use[resource].busy_ppm > 0 || use[resource].waiting > 0)
            return true;
    }
    return false;
}

bool chart_usage_is_worth(const struct run_report *report)
{
    for (int r = 0; r < RESOURCE_COUNT; r++) {
        if (is_used(report, (enum resource)r))
            return true;
    }
    return false;
}

/* There is no half of a message: a tick each while there are few. */
static void write_range_of_counts(const struct run_report *report, FILE *file)
{
    uint64_t most = 1;
    for (size_t w = 0; w < report->samples.window_count; w++) {
        struct resource_use use[RESOURCE_COUNT];
        highest(report, w, use);
        most = MAX(most, MAX(use[RESOURCE_CPU].waiting, use[RESOURCE_CORES].waiting));
        most = MAX(most, deepest_disk(report, w));
    }
    fputs(most <= FEW ? "set ytics 1\n" : "set ytics autofreq\n", file);
}

static void write_panel(const struct run_report *report, size_t p, FILE *file)
{
    cs_assert(p < PANELS);
    cs_assert(panels[p].last < RESOURCE_COUNT);
    unsigned top = CHART_TOP + chart_rows_height(report) + (unsigned)p * (PANEL + GAP);
    fprintf(file, "set tmargin at screen down(%u)\nset bmargin at screen down(%u)\n", top,
            top + PANEL);
    fprintf(file, "set ylabel '%s'\n", panels[p].label);
    fputs(p == 0 ? "set yrange [0:105] noextend\n" : "set yrange [0:*]\n", file);
    if (p == COUNTS_PANEL) {
        write_range_of_counts(report, file);
    } else {
        fputs("set ytics autofreq\n", file);
    }
    if (p + 1 == PANELS) {
        fputs("set xlabel 'simulated time (s)'\nset format x '%g'\n", file);
    } else {
        fputs("unset xlabel\nset format x ''\n", file);
    }
    fputs("plot", file);
    for (int r = (int)panels[p].first; r <= (int)panels[p].last; r++) {
        if (is_used(report, (enum resource)r))
            write_line(p, (enum resource)r, panels[p].column + (uint32_t)r, file);
    }
    if (p == COUNTS_PANEL && is_used(report, RESOURCE_DISK))
        write_line(p, RESOURCE_DISK, DEPTH_COLUMN, file);
    fputs(" \\\n    NaN notitle\n", file); /* there may be no line */
}

#define ABOUT "Utilisation and queues"

/* The bands are in all panels, bars and labels belong to the uppermost: it is drawn last, lest bars
 * cover their labels. */
static void write_picture(const struct run_report *report, FILE *file)
{
    fputs("unset object\n", file);
    chart_time_axis(report, file);
    fputs("unset label\nset multiplot\n", file);
    for (size_t p = 1; p < PANELS; p++)
        write_panel(report, p, file);
    fputs("unset object\n", file);
    chart_title(report, ABOUT, file);
    chart_time_axis(report, file);
    write_panel(report, 0, file);
    fputs("unset multiplot\nunset output\n", file);
}

void chart_usage_script(const struct run_report *report, FILE *file)
{
    unsigned height =
        CHART_TOP + chart_rows_height(report) + PANELS * PANEL + (PANELS - 1) * GAP + BELOW;
    chart_begin(report, "utilisation", ABOUT, height, file);
    write_picture(report, file);
    chart_svg("utilisation", height, file);
    write_picture(report, file);
}

void chart_usage_data(const struct run_report *report, FILE *file)
{
    cs_assert(report->metrics->window_count == report->samples.window_count);
    fputs(
        "# middle of the window (s); busy (%): CPU, cores, network out and in, disk, link; "
        "waiting: "
        "inputs, jobs, network out and in (ms), disk (ms), link (ms); operations of a disk; end of "
        "the window (s)\n",
        file);
    for (size_t w = 0; w < report->samples.window_count; w++) {
        char buffer[FIXED_TEXT_MAX];
        struct resource_use use[RESOURCE_COUNT];
        highest(report, w, use);
        fputs(seconds_text(buffer, chart_window_middle(report, w)), file);
        for (int r = 0; r < RESOURCE_COUNT; r++)
            fprintf(file, ",%s", fixed_text(buffer, use[r].busy_ppm, 4, 2));
        for (int r = 0; r < RESOURCE_COUNT; r++) {
            bool counts = r <= RESOURCE_CORES;
            fprintf(file, ",%s",
                    counts ? fixed_text(buffer, use[r].waiting, 0, 0)
                           : milliseconds_text(buffer, use[r].waiting));
        }
        fprintf(file, ",%" PRIu32, deepest_disk(report, w));
        fprintf(file, ",%s\n", seconds_text(buffer, chart_window_end(report, w)));
    }
}
