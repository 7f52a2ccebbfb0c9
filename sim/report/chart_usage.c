/* The chart of what was busy and what waited: in three panels, the highest of all servers.  Each is
 * of a whole window and stands in its middle: the share of it in which they were busy, and the most
 * that waited at any time in it.  A queue's limit is a dashed line where what waited comes near
 * to it, and stands in the key in any case: of several servers' limits the lowest. */
#include <inttypes.h>

#include "base/wide.h"
#include "report/internal.h"

enum { PANELS = 3, PANEL = 280, GAP = 36, BELOW = 200 }; /* pixels */
enum { MILLISECOND_NS = 1000000 };

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

enum {
    DEPTH_COLUMN = 2 + 2 * RESOURCE_COUNT, /* operations of a disk at the window's end, */
    END_COLUMN,                            /* which is this */
    MOST_COLUMN,
    DEPTH_MOST_COLUMN = MOST_COLUMN + RESOURCE_COUNT,
    COUNTS_PANEL = 1,
    FEW = 10, /* so many have a tick each */
    NEAR = 4, /* a limit is drawn if so many times the most that waited reach it */
};

static const struct {
    const char *label;
    enum resource first, last;
    uint32_t column; /* in the data, of RESOURCE_CPU if it were there */
} panels[PANELS] = {
    { "busy (%)", RESOURCE_CPU, RESOURCE_LINK, 2 },
    { "most waiting", RESOURCE_CPU, RESOURCE_CORES, MOST_COLUMN },
    { "most waiting work (ms)", RESOURCE_NIC_OUT, RESOURCE_LINK, MOST_COLUMN },
};

/* ---- What is drawn --------------------------------------------------------------------------- */

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
            ret_use[r].most = MAX(ret_use[r].most, sample->use[r].most);
        }
    }
}

/* Operations of the disk that has most of them, at the window's end and at any time in it. */
struct depth {
    uint32_t last, most;
};

static struct depth deepest_disk(const struct run_report *report, size_t window)
{
    const struct sample_table *table = &report->samples;
    struct depth deepest = { 0, 0 };
    for (uint32_t i = 0; i < table->instance_count; i++) {
        const struct sample *sample = &table->samples[window * table->instance_count + i];
        if (report_is_server(report, i)) {
            deepest.last = MAX(deepest.last, sample->disk_depth);
            deepest.most = MAX(deepest.most, sample->disk_most);
        }
    }
    return deepest;
}

static bool is_used(const struct run_report *report, enum resource resource)
{
    for (size_t w = 0; w < report->samples.window_count; w++) {
        struct resource_use use[RESOURCE_COUNT];
        highest(report, w, use);
        if (use[resource].busy_ppm > 0 || use[resource].most > 0)
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

/* What waited most of all, as the panel of counts or else that of times shows it. */
static uint64_t most_of(const struct run_report *report, enum resource resource, bool operations)
{
    uint64_t most = 0;
    for (size_t w = 0; w < report->samples.window_count; w++) {
        struct resource_use use[RESOURCE_COUNT];
        highest(report, w, use);
        most = MAX(most, operations ? deepest_disk(report, w).most : use[resource].most);
    }
    return most;
}

/* ---- Limits ---------------------------------------------------------------------------------- */

static uint64_t lower(uint64_t limit, uint64_t other)
{
    return limit == 0 || other == 0 ? MAX(limit, other) : MIN(limit, other);
}

/* How long so many bytes take; at least 1 for any. */
static uint64_t bytes_ns(uint64_t bytes, uint64_t bits_per_s)
{
    if (bytes == 0 || bits_per_s == 0)
        return 0;
    wide ns = (wide)bytes * 8000000000u / bits_per_s;
    return ns == 0 ? 1 : ns < INT64_MAX ? (uint64_t)ns : INT64_MAX;
}

static uint64_t limit_of_links(const struct topology *topology)
{
    uint64_t limit = 0;
    for (uint32_t i = 0; i < topology->link_count; i++) {
        const struct link_options *link = &topology->links[i];
        limit = lower(limit, bytes_ns(link->queue_limit_bytes, link->bandwidth_bits_per_s));
    }
    return limit;
}

/* Where the resource's queue is full: the lowest of all servers'; 0: they have no limit.  The cores
 * have none, and an inbox is full of messages: other inputs, which are drawn with them, always find
 * room. */
static uint64_t limit_of(const struct run_report *report, enum resource resource)
{
    const struct cluster_options *options = &report->plan->cluster;
    if (resource == RESOURCE_LINK)
        return limit_of_links(&options->topology);
    uint64_t limit = 0;
    for (uint32_t i = 0; i < options->instance_count; i++) {
        const struct instance_options *instance = &options->instances[i];
        const struct interface_options *interfaces = options->topology.interfaces;
        const struct interface_options *nic =
            interfaces != NULL ? &interfaces[instance->machine] : NULL;
        if (!report_is_server(report, i))
            continue;
        if (resource == RESOURCE_CPU)
            limit = lower(limit, instance->cpu.inbox_limit);
        if (resource == RESOURCE_DISK)
            limit = lower(limit, instance->disk.queue_limit);
        if (nic != NULL && (resource == RESOURCE_NIC_OUT || resource == RESOURCE_NIC_IN))
            limit = lower(limit, bytes_ns(nic->queue_limit_bytes, nic->bandwidth_bits_per_s));
    }
    return limit;
}

/* A panel's line for the limit of what it shows, if that comes near to it. */
static void write_limit(const struct run_report *report, size_t panel, enum resource resource,
                        FILE *file)
{
    bool counts = panel == COUNTS_PANEL;
    uint64_t limit = limit_of(report, resource);
    uint64_t most = most_of(report, resource, counts && resource == RESOURCE_DISK);
    if (limit == 0 || (wide)most * NEAR < limit)
        return;
    char buffer[FIXED_TEXT_MAX];
    fprintf(file, " \\\n    %s with lines linewidth 2 dashtype 2 linecolor '%s' notitle,",
            counts ? fixed_text(buffer, limit, 0, 0) : milliseconds_text(buffer, limit),
            lines[resource].colour);
}

/* ---- The script ------------------------------------------------------------------------------ */

static void write_title(const struct run_report *report, enum resource resource, FILE *file)
{
    char buffer[FIXED_TEXT_MAX];
    uint64_t limit = limit_of(report, resource);
    bool counts = resource == RESOURCE_CPU || resource == RESOURCE_DISK;
    bool whole = !counts && limit % MILLISECOND_NS == 0;
    fprintf(file, "title '%s", lines[resource].title);
    if (limit > 0) {
        fprintf(file, " (limit %s%s)",
                counts || whole ? fixed_text(buffer, whole ? limit / MILLISECOND_NS : limit, 0, 0)
                                : milliseconds_text(buffer, limit),
                resource == RESOURCE_CPU ? " messages"
                : counts                 ? ""
                                         : " ms");
    }
    fputc('\'', file);
}

/* One line of a panel; the first panel names them. */
static void write_line(const struct run_report *report, size_t panel, enum resource resource,
                       uint32_t column, FILE *file)
{
    fprintf(file,
            " \\\n    'utilisation.csv' using 1:%" PRIu32
            " with linespoints linewidth 3 pointtype 7 pointsize 0.5 linecolor '%s' ",
            column, lines[resource].colour);
    if (panel == 0) {
        write_title(report, resource, file);
    } else {
        fputs("notitle", file);
    }
    fputc(',', file);
}

/* There is no half of a message: a tick each while there are few. */
static void write_range_of_counts(const struct run_report *report, FILE *file)
{
    uint64_t inputs = most_of(report, RESOURCE_CPU, false);
    uint64_t jobs = most_of(report, RESOURCE_CORES, false);
    uint64_t operations = most_of(report, RESOURCE_DISK, true);
    bool few = MAX(inputs, MAX(jobs, operations)) <= FEW;
    fputs(few ? "set ytics 1\n" : "set ytics autofreq\n", file);
}

/* Whether anything that this panel could show is used at all. */
static bool has_line(const struct run_report *report, size_t p)
{
    bool any = p == COUNTS_PANEL && is_used(report, RESOURCE_DISK);
    for (int r = (int)panels[p].first; r <= (int)panels[p].last; r++)
        any |= is_used(report, (enum resource)r);
    return any;
}

static void write_lines(const struct run_report *report, size_t p, FILE *file)
{
    for (int r = (int)panels[p].first; r <= (int)panels[p].last; r++) {
        if (!is_used(report, (enum resource)r))
            continue;
        write_line(report, p, (enum resource)r, panels[p].column + (uint32_t)r, file);
        if (p > 0 && r != RESOURCE_DISK)
            write_limit(report, p, (enum resource)r, file);
    }
    if (p == COUNTS_PANEL && is_used(report, RESOURCE_DISK)) {
        write_line(report, p, RESOURCE_DISK, DEPTH_MOST_COLUMN, file);
        write_limit(report, p, RESOURCE_DISK, file);
    }
}

static void write_panel(const struct run_report *report, size_t p, FILE *file)
{
    cs_assert(p < PANELS);
    cs_assert(panels[p].last < RESOURCE_COUNT);
    unsigned top = CHART_TOP + chart_rows_height(report) + (unsigned)p * (PANEL + GAP);
    fprintf(file, "set tmargin at screen down(%u)\nset bmargin at screen down(%u)\n", top,
            top + PANEL);
    fprintf(file, "set ylabel '%s'\n", panels[p].label);
    const char *range = has_line(report, p) ? "[0:*]" : "[0:1]"; /* gnuplot finds none in nothing */
    fprintf(file, "set yrange %s\n", p == 0 ? "[0:105] noextend" : range);
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
    write_lines(report, p, file);
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

static void write_waiting(enum resource resource, uint64_t waiting, FILE *file)
{
    char buffer[FIXED_TEXT_MAX];
    bool counts = resource <= RESOURCE_CORES;
    fprintf(file, ",%s",
            counts ? fixed_text(buffer, waiting, 0, 0) : milliseconds_text(buffer, waiting));
}

void chart_usage_data(const struct run_report *report, FILE *file)
{
    cs_assert(report->metrics->window_count == report->samples.window_count);
    fputs(
        "# middle of the window (s); busy (%): CPU, cores, network out and in, disk, link; "
        "waiting: "
        "inputs, jobs, network out and in (ms), disk (ms), link (ms); operations of a disk; end of "
        "the window (s), at which those wait; the most that waited in it, as before\n",
        file);
    for (size_t w = 0; w < report->samples.window_count; w++) {
        char buffer[FIXED_TEXT_MAX];
        struct resource_use use[RESOURCE_COUNT];
        highest(report, w, use);
        fputs(seconds_text(buffer, chart_window_middle(report, w)), file);
        for (int r = 0; r < RESOURCE_COUNT; r++)
            fprintf(file, ",%s", fixed_text(buffer, use[r].busy_ppm, 4, 2));
        struct depth depth = deepest_disk(report, w);
        for (int r = 0; r < RESOURCE_COUNT; r++)
            write_waiting((enum resource)r, use[r].waiting, file);
        fprintf(file, ",%" PRIu32, depth.last);
        fprintf(file, ",%s", seconds_text(buffer, chart_window_end(report, w)));
        for (int r = 0; r < RESOURCE_COUNT; r++)
            write_waiting((enum resource)r, use[r].most, file);
        fprintf(file, ",%" PRIu32 "\n", depth.most);
    }
}
