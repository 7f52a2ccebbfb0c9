/* What all charts look like: size, fonts, title, key, the axis of latencies. */
#include "report/internal.h"

/* Up to so many times from end to end an axis has room for a tic at each 1, 2 and 5. */
enum { FINE_SPAN = 10000 };

void chart_quote(const char *string, FILE *file)
{
    fputc('\'', file);
    for (; *string != '\0'; string++) {
        if (*string == '\'')
            fputc('\'', file);
        fputc((unsigned char)*string < ' ' ? ' ' : *string, file);
    }
    fputc('\'', file);
}

static void write_terminal(const char *terminal, const char *name, const char *suffix,
                           unsigned height, FILE *file)
{
    fprintf(file,
            "set terminal %s size %d,%u font 'DejaVu Sans,20' background '#ffffff' noenhanced\n"
            "set output '%s.%s'\n",
            terminal, CHART_WIDTH, height, name, suffix);
}

void chart_title(const struct run_report *report, const char *about, FILE *file)
{
    g_autofree char *title = g_strdup_printf("%s: %s, seed 0x%016" G_GINT64_MODIFIER "x", about,
                                             report->plan->name, report->plan->seed);
    fputs("set label ", file);
    chart_quote(title, file);
    fprintf(file, " at screen 0.5, screen down(%d) center font ',24'\n", CHART_TOP / 2);
}

void chart_begin(const struct run_report *report, const char *name, const char *about,
                 unsigned height, FILE *file)
{
    fprintf(file, "# Draws %s.png and %s.svg from %s.csv: gnuplot %s.gp\nreset session\n", name,
            name, name, name);
    write_terminal("pngcairo", name, "png", height, file);
    fprintf(file,
            "set encoding utf8\nset decimalsign '.'\nset datafile separator comma\n"
            "down(pixels) = 1 - pixels / %u.0\nset tmargin at screen down(%d)\n",
            height, CHART_TOP);
    chart_title(report, about, file);
    fputs("set border 3 linewidth 1.5 linecolor '#444444'\n"
          "set tics nomirror out textcolor '#000000'\n"
          "set grid ytics linecolor '#cccccc' linewidth 1 dashtype solid\n"
          "set bmargin 6.2\nset rmargin 5\n"
          "set key at screen 0.5, character 0.7 center bottom horizontal Left reverse samplen 2 "
          "width 1 font ',18'\n",
          file);
}

/* The 1, 2 and 5 of each power of ten of milliseconds. */
static void write_fine_tics(FILE *file)
{
    static const unsigned digits[] = { 1, 2, 5 };
    const char *separator = "";
    fputs("set ytics (", file);
    for (uint64_t power_ns = 1; power_ns <= UINT64_C(1000000000000); power_ns *= 10) {
        for (size_t d = 0; d < G_N_ELEMENTS(digits); d++) {
            char tic[FIXED_TEXT_MAX];
            fprintf(file, "%s%s", separator, fixed_text(tic, digits[d] * power_ns, 6, 6));
            separator = ", ";
        }
    }
    fputs(")\n", file);
}

void chart_latency_axis(uint64_t low_ns, uint64_t high_ns, FILE *file)
{
    cs_assert(low_ns <= high_ns);
    char low[FIXED_TEXT_MAX], high[FIXED_TEXT_MAX];
    fprintf(file,
            "set ylabel 'latency (ms, log scale)'\n"
            "set logscale y\nset format y '%%g'\nlow = %s\nhigh = %s\n"
            "set yrange [low/1.5:high*1.5] noextend\n",
            fixed_text(low, MAX(low_ns, 1), 6, 6), fixed_text(high, MAX(high_ns, 1), 6, 6));
    if (high_ns / FINE_SPAN < MAX(low_ns, 1))
        write_fine_tics(file);
}

/* A line for each time-out of the load: what stands there in a row is not answered later, it is not
 * waited for any longer. */
void chart_deadlines(const struct run_report *report, uint64_t low_ns, uint64_t high_ns, FILE *file)
{
    const struct workload_options *workloads = report->plan->workloads;
    for (uint32_t i = 0; i < report->plan->workload_count; i++) {
        uint64_t deadline_ns = workloads[i].timeout_ns;
        bool drawn = false;
        for (uint32_t before = 0; before < i; before++)
            drawn |= workloads[before].timeout_ns == deadline_ns;
        if (drawn || deadline_ns < low_ns || deadline_ns > high_ns + high_ns / 3)
            continue;
        char at[FIXED_TEXT_MAX];
        fixed_text(at, deadline_ns, 6, 6);
        fprintf(file,
                "set arrow from graph 0, first %s to graph 1, first %s nohead back linewidth 2 "
                "dashtype 2 linecolor '#444444'\n"
                "set label sprintf('deadline %%g ms', %s) at graph 0.995, first %s right "
                "offset 0, character 0.6 font ',15' front\n",
                at, at, at, at);
    }
}

void chart_svg(const char *name, unsigned height, FILE *file)
{
    write_terminal("svg", name, "svg", height, file);
}

void chart_end(const char *name, unsigned height, FILE *file)
{
    chart_svg(name, height, file);
    fputs("replot\nunset output\n", file);
}
