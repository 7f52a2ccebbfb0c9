/* Latency by percentile, the tail stretched: the axis is 1 / (1 - percentile), logarithmic, as in
 * HdrHistogram's plots.  One curve for the measured interval, one for each phase in it. */
#include "report/internal.h"

enum { HEIGHT = 900, PER_MILLION = 1000000 };

/* Those with anything in them; returns how many. */
static size_t curves_of(const struct run_report *report, struct chart_curve ret_curves[4])
{
    const struct metrics *metrics = report->metrics;
    const struct chart_curve curves[] = {
        { "measured", COLOUR_BLACK, metrics->measured.latency },
        { "steady", COLOUR_BLUE, metrics->phases[PHASE_STEADY].latency },
        { "during faults", COLOUR_RED, metrics->phases[PHASE_FAULTS].latency },
        { "healing", COLOUR_GREEN, metrics->phases[PHASE_HEAL].latency },
    };
    size_t count = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(curves); i++) {
        if (histogram_count(curves[i].latency) > 0)
            ret_curves[count++] = curves[i];
    }
    /* A phase that is all there is would hide the first curve. */
    bool alone = count == 2 &&
                 histogram_count(ret_curves[0].latency) == histogram_count(ret_curves[1].latency);
    return alone ? 1 : count;
}

/* The axis reaches from the least to the most of all. */
static void write_axis(const struct run_report *report, const struct chart_curve *curves,
                       size_t count, FILE *file)
{
    uint64_t low_ns = UINT64_MAX, high_ns = 0;
    for (size_t i = 0; i < count; i++) {
        low_ns = MIN(low_ns, histogram_min(curves[i].latency));
        high_ns = MAX(high_ns, histogram_max(curves[i].latency));
    }
    chart_latency_axis(low_ns, high_ns, file);
    chart_deadlines(report, low_ns, high_ns, file);
}

void chart_curves_script(const struct run_report *report, const char *name, const char *about,
                         const struct chart_curve *curves, size_t count, FILE *file)
{
    cs_assert(count > 0);
    chart_begin(report, name, about, HEIGHT, file);
    fputs("set xlabel 'percentile of operations'\nset logscale x\n"
          "set xtics ('0 %%' 1, '50 %%' 2, '90 %%' 10, '99 %%' 100, '99.9 %%' 1000, '99.99 %%' "
          "10000, "
          "'99.999 %%' 100000, '99.9999 %%' 1000000)\n"
          "set grid xtics\n"
          "set offsets graph 0, graph 0.03, graph 0, graph 0\n",
          file);
    write_axis(report, curves, count, file);
    fputs("plot", file);
    for (size_t i = 0; i < count; i++) {
        char operations[FIXED_TEXT_MAX];
        fprintf(file,
                "%s \\\n    '%s.csv' index %zu using 1:3 with lines linewidth %s "
                "linecolor '%s' title '%s (%s operations)'",
                i > 0 ? "," : "", name, i, i == 0 ? "5" : "3", curves[i].colour, curves[i].title,
                grouped_text(operations, histogram_count(curves[i].latency)));
    }
    fputc('\n', file);
    chart_end(name, HEIGHT, file);
}

void chart_percentiles_script(const struct run_report *report, FILE *file)
{
    struct chart_curve curves[4];
    size_t count = curves_of(report, curves);
    chart_curves_script(report, "percentiles", "Latency by percentile", curves, count, file);
}

static void write_point(const struct histogram *latency, uint64_t count, uint32_t rest, FILE *file)
{
    char value[FIXED_TEXT_MAX], percentile[FIXED_TEXT_MAX], over[FIXED_TEXT_MAX];
    uint64_t thousandths = rest > 0 ? UINT64_C(1000) * PER_MILLION / rest : count * 1000;
    uint32_t parts = PER_MILLION - rest;
    fprintf(file, "%s,%s,%s\n", fixed_text(over, thousandths, 3, 3),
            fixed_text(percentile, parts, 4, 4),
            fixed_text(value, histogram_percentile(latency, parts), 6, 6));
}

/* Some fifty points for each power of ten of what lies above, as far as there are operations. */
static void write_curve(const struct histogram *latency, FILE *file)
{
    uint64_t count = histogram_count(latency);
    for (uint32_t rest = PER_MILLION; rest > 0 && count * rest >= PER_MILLION;
         rest = rest * 24 / 25)
        write_point(latency, count, rest, file);
    write_point(latency, count, 0, file);
}

void chart_curves_data(const struct chart_curve *curves, size_t count, FILE *file)
{
    fputs("# 1 / (1 - percentile), percentile (%), latency (ms)\n", file);
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "%s# %s\n", i > 0 ? "\n\n" : "", curves[i].title);
        write_curve(curves[i].latency, file);
    }
}

void chart_percentiles_data(const struct run_report *report, FILE *file)
{
    struct chart_curve curves[4];
    size_t count = curves_of(report, curves);
    chart_curves_data(curves, count, file);
}
