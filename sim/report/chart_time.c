/* Two charts over time: latency percentiles, and throughput by outcome. */
#include <inttypes.h>

#include "report/internal.h"

enum { HEIGHT = 900 };

uint64_t chart_window_end(const struct run_report *report, size_t w)
{
    uint64_t end = report->metrics->windows[w].start_ns + report->samples.window_ns;
    return MIN(end, report->samples.end_ns);
}

uint64_t chart_window_middle(const struct run_report *report, size_t w)
{
    uint64_t start = report->metrics->windows[w].start_ns;
    return start + (chart_window_end(report, w) - start) / 2;
}

/* ---- Latency ----------------------------------------------------------------------------------
 */

/* The percentiles that are drawn; of fewer operations than `least` one is their maximum. */
static const struct {
    const char *title, *colour;
    uint64_t least;
} latency_lines[] = {
    { "p50", COLOUR_SKY, 1 },
    { "p95", COLOUR_BLUE, 20 },
    { "p99", COLOUR_ORANGE, 100 },
    { "p99.9", COLOUR_RED, 1000 },
};

/* Say of a percentile that it is a maximum where that is so of some window. */
static void write_latency_title(const struct run_report *report, size_t line, FILE *file)
{
    uint64_t least = latency_lines[line].least;
    bool fewer = false;
    for (size_t w = 0; w < report->metrics->window_count; w++) {
        uint64_t count = report->metrics->windows[w].latency_count;
        fewer |= count > 0 && count < least;
    }
    char text[FIXED_TEXT_MAX];
    fprintf(file, "%s", latency_lines[line].title);
    if (fewer)
        fprintf(file, " (maximum of windows under %s)", grouped_text(text, least));
}

void chart_latency_script(const struct run_report *report, FILE *file)
{
    chart_begin(report, "latency", "Latency over time", HEIGHT, file);
    chart_time_axis(report, file);
    uint64_t low_ns = UINT64_MAX, high_ns = 0;
    for (size_t w = 0; w < report->metrics->window_count; w++) {
        const struct metrics_window *window = &report->metrics->windows[w];
        if (window->latency_count > 0) {
            low_ns = MIN(low_ns, window->p50_ns);
            high_ns = MAX(high_ns, window->p99_9_ns);
        }
    }
    chart_latency_axis(low_ns, high_ns, file);
    chart_deadlines(report, low_ns, high_ns, file);
    fputs("plot", file);
    for (size_t i = 0; i < G_N_ELEMENTS(latency_lines); i++) {
        fprintf(file,
                "%s \\\n    'latency.csv' using 1:%zu with linespoints linewidth 3 pointtype 7 "
                "pointsize 0.5 linecolor '%s' title '",
                i > 0 ? "," : "", i + 2, latency_lines[i].colour);
        write_latency_title(report, i, file);
        fputc('\'', file);
    }
    fputc('\n', file);
    chart_end("latency", HEIGHT, file);
}

void chart_latency_data(const struct run_report *report, FILE *file)
{
    fputs("# middle of the window (s), p50, p95, p99, p99.9 (ms); NaN: no operation began in it\n",
          file);
    for (size_t w = 0; w < report->metrics->window_count; w++) {
        const struct metrics_window *window = &report->metrics->windows[w];
        const uint64_t latencies[] = { window->p50_ns, window->p95_ns, window->p99_ns,
                                       window->p99_9_ns };
        char buffer[FIXED_TEXT_MAX];
        fputs(seconds_text(buffer, chart_window_middle(report, w)), file);
        for (size_t i = 0; i < G_N_ELEMENTS(latencies); i++) {
            fprintf(file, ",%s",
                    window->latency_count > 0 ? fixed_text(buffer, latencies[i], 6, 6) : "NaN");
        }
        fputc('\n', file);
    }
}

/* ---- Throughput -------------------------------------------------------------------------------
 */

/* Per second, with three decimals, over a window of `length_ns`. */
static const char *rate_text(char buffer[FIXED_TEXT_MAX], uint64_t count, uint64_t length_ns)
{
    cs_assert(length_ns > 0);
    cs_assert(count <= UINT64_MAX / 1000000000000u);
    return fixed_text(buffer, count * 1000000000000u / length_ns, 3, 3);
}

/* The most that ended in a window, per second. */
static uint64_t highest_rate(const struct run_report *report)
{
    uint64_t highest = 1;
    for (size_t w = 0; w < report->metrics->window_count; w++) {
        const struct metrics_window *window = &report->metrics->windows[w];
        uint64_t ended = window->counts.ok + window->counts.unknown + window->counts.failed;
        uint64_t length_ns = chart_window_end(report, w) - window->start_ns;
        cs_assert(ended <= UINT64_MAX / 1000000000);
        highest = MAX(highest, ended * 1000000000 / length_ns);
    }
    return highest;
}

/* The outcomes are stacked: each box reaches down to 0, and the next one is drawn over it.  Boxes
 * have a border of their colour, or what is behind them shows between them. */
void chart_throughput_script(const struct run_report *report, FILE *file)
{
    chart_begin(report, "throughput", "Throughput by outcome", HEIGHT, file);
    chart_time_axis(report, file);
    fprintf(file,
            "set ylabel 'operations per second'\n"
            "set yrange [0:1.05*%" PRIu64 "] noextend\n"
            "set style fill solid 1.0 border\n"
            "plot 'throughput.csv' using 1:($5 > 0 ? $3+$4+$5 : NaN):2 with boxes "
            "linecolor '" COLOUR_RED "' title 'failed', \\\n"
            "    'throughput.csv' using 1:($4 > 0 ? $3+$4 : NaN):2 with boxes "
            "linecolor '" COLOUR_ORANGE "' title 'unknown', \\\n"
            "    'throughput.csv' using 1:3:2 with boxes linecolor '" COLOUR_GREEN "' title 'ok'\n",
            highest_rate(report));
    chart_end("throughput", HEIGHT, file);
}

void chart_throughput_data(const struct run_report *report, FILE *file)
{
    fputs("# middle of the window (s), its length (s), ok, unknown, failed (per second)\n", file);
    for (size_t w = 0; w < report->metrics->window_count; w++) {
        const struct metrics_window *window = &report->metrics->windows[w];
        uint64_t length_ns = chart_window_end(report, w) - window->start_ns;
        char at[FIXED_TEXT_MAX], length[FIXED_TEXT_MAX];
        char ok[FIXED_TEXT_MAX], unknown[FIXED_TEXT_MAX], failed[FIXED_TEXT_MAX];
        fprintf(file, "%s,%s,%s,%s,%s\n", seconds_text(at, chart_window_middle(report, w)),
                seconds_text(length, length_ns), rate_text(ok, window->counts.ok, length_ns),
                rate_text(unknown, window->counts.unknown, length_ns),
                rate_text(failed, window->counts.failed, length_ns));
    }
}
