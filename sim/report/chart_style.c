/* What all charts look like: size, fonts, title, and the time axis with its fault bands. */
#include <inttypes.h>
#include <string.h>

#include "report/internal.h"

enum {
    WIDTH = 1600,        /* pixels: a slide */
    LABEL_ROWS = 4,      /* of fault labels, below one another */
    LABEL_SIZE_MAX = 28, /* characters; a longer one loses its targets */
    CHARACTERS = 130,    /* of a label that fit beside one another on the time axis */
};

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
            terminal, WIDTH, height, name, suffix);
}

void chart_begin(const struct run_report *report, const char *name, const char *about,
                 unsigned height, FILE *file)
{
    g_autofree char *title = g_strdup_printf("%s: %s, seed 0x%016" G_GINT64_MODIFIER "x", about,
                                             report->plan->name, report->plan->seed);
    fprintf(file, "# Draws %s.png and %s.svg from %s.csv: gnuplot %s.gp\nreset session\n", name,
            name, name, name);
    write_terminal("pngcairo", name, "png", height, file);
    fputs("set encoding utf8\nset decimalsign '.'\nset datafile separator comma\n"
          "set title ",
          file);
    chart_quote(title, file);
    fputs(" font ',24'\n"
          "set border 3 linewidth 1.5 linecolor '#444444'\n"
          "set tics nomirror out textcolor '#000000'\n"
          "set grid ytics linecolor '#cccccc' linewidth 1 dashtype solid\n"
          "set bmargin 6.2\nset rmargin 5\n"
          "set key at screen 0.5, character 0.6 center bottom horizontal Left reverse samplen 2 "
          "width 2\n",
          file);
}

/* The 1, 2 and 5 of each power of ten of milliseconds, for an axis too short for powers of ten. */
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

void chart_latency_axis(uint64_t low_ns, uint64_t high_ns, const char *room, FILE *file)
{
    cs_assert(low_ns <= high_ns);
    char low[FIXED_TEXT_MAX], high[FIXED_TEXT_MAX];
    fprintf(file,
            "set ylabel 'latency from the intended start (ms, log scale)'\n"
            "set logscale y\nset format y '%%g'\nlow = %s\nhigh = %s\n"
            "set yrange [low/1.5:high*1.5*(high/low)**%s] noextend\n",
            fixed_text(low, MAX(low_ns, 1), 6, 6), fixed_text(high, MAX(high_ns, 1), 6, 6), room);
    if (high_ns / 50 < MAX(low_ns, 1))
        write_fine_tics(file);
}

void chart_end(const char *name, unsigned height, FILE *file)
{
    write_terminal("svg", name, "svg", height, file);
    fputs("replot\nunset output\n", file);
}

/* ---- The time axis ----------------------------------------------------------------------------
 */

static void write_band(uint64_t from_ns, uint64_t until_ns, const char *colour, const char *opacity,
                       FILE *file)
{
    cs_assert(from_ns <= until_ns);
    char from[FIXED_TEXT_MAX], until[FIXED_TEXT_MAX];
    fprintf(file,
            "set object rectangle from %s, graph 0 to %s, graph 1 behind fillcolor '%s' "
            "fillstyle transparent solid %s noborder\n",
            seconds_text(from, from_ns), seconds_text(until, until_ns), colour, opacity);
}

/* The parts of the run that are not measured. */
static void write_margins(const struct run_report *report, FILE *file)
{
    const struct plan *plan = report->plan;
    uint64_t end_ns = report->samples.end_ns;
    char at[FIXED_TEXT_MAX];
    if (plan->warmup_ns > 0) {
        write_band(0, MIN(plan->warmup_ns, end_ns), COLOUR_GREY, "0.15", file);
        fprintf(file,
                "set label 'warm-up' at %s, graph 1 center offset 0,0.5 font ',15' textcolor "
                "'#555555' front\n",
                seconds_text(at, MIN(plan->warmup_ns, end_ns) / 2));
    }
    if (plan->duration_ns < end_ns) {
        write_band(plan->duration_ns, end_ns, COLOUR_GREY, "0.15", file);
        fprintf(file,
                "set label 'settling' at %s, graph 1 center offset 0,0.5 font ',15' textcolor "
                "'#555555' front\n",
                seconds_text(at, plan->duration_ns + (end_ns - plan->duration_ns) / 2));
    }
}

static bool is_shown(const struct run_report *report, const struct fault_record *fault)
{
    return fault->fired && fault->at_ns < report->samples.end_ns;
}

/* "cut: A, B | C": the fault and whom it met, if that is short enough. */
static char *label_of(const struct run_report *report, const struct fault_record *fault)
{
    g_autoptr(GString) label = g_string_new(report_fault_id(report, fault));
    for (uint32_t i = 0; i < fault->target_count && label->len <= LABEL_SIZE_MAX; i++) {
        bool same_side = i > 0 && fault->side_of[i] == fault->side_of[i - 1];
        g_string_append(label, i == 0 ? ": " : same_side ? ", " : " | ");
        g_string_append(label, report_instance_name(report, fault->targets[i]));
    }
    const char *whole = label->len <= LABEL_SIZE_MAX ? label->str : report_fault_id(report, fault);
    return g_strdup(whole);
}

/* Choose for each fault that fired the row of its label: the first in which it does not run into
 * the one before.  LABEL_ROWS: all are taken.  Returns how many rows there are. */
static unsigned place_labels(const struct run_report *report, uint8_t *ret_rows)
{
    uint64_t end_ns = report->samples.end_ns;
    uint64_t taken_ns[LABEL_ROWS] = { 0 };
    unsigned count = 0;
    for (guint i = 0; i < report->faults->len; i++) {
        const struct fault_record *fault = &g_array_index(report->faults, struct fault_record, i);
        uint8_t row = 0;
        if (!is_shown(report, fault))
            continue;
        while (row < LABEL_ROWS && taken_ns[row] > fault->at_ns)
            row++;
        ret_rows[i] = row;
        if (row == LABEL_ROWS)
            continue;
        g_autofree char *label = label_of(report, fault);
        uint64_t width = (uint64_t)g_utf8_strlen(label, -1) + 1;
        taken_ns[row] = fault->at_ns + end_ns / CHARACTERS * width;
        count = MAX(count, row + 1u);
    }
    return count;
}

unsigned chart_label_rows(const struct run_report *report)
{
    uint8_t *rows = g_new0(uint8_t, report->faults->len + 1);
    unsigned count = place_labels(report, rows);
    g_free(rows);
    return count;
}

/* Bands for the faults that fired, and their labels. */
static void write_faults(const struct run_report *report, FILE *file)
{
    uint64_t end_ns = report->samples.end_ns;
    uint8_t *rows = g_new0(uint8_t, report->faults->len + 1);
    place_labels(report, rows);
    for (guint i = 0; i < report->faults->len; i++) {
        const struct fault_record *fault = &g_array_index(report->faults, struct fault_record, i);
        char at[FIXED_TEXT_MAX];
        if (!is_shown(report, fault))
            continue;
        uint64_t least = fault->at_ns + end_ns / 400; /* a short one shows, too */
        uint64_t until_ns = MIN(MAX(fault->until_ns, least), end_ns);
        write_band(fault->at_ns, until_ns, COLOUR_PURPLE, "0.25", file);
        if (rows[i] == LABEL_ROWS)
            continue;
        g_autofree char *label = label_of(report, fault);
        fputs("set label ", file);
        chart_quote(label, file);
        fprintf(file,
                " at %s, graph 1 left offset 0.4,-%u.6 font ',15' textcolor '#7a3560' front\n",
                seconds_text(at, fault->at_ns), rows[i]);
    }
    g_free(rows);
}

void chart_time_axis(const struct run_report *report, FILE *file)
{
    char end[FIXED_TEXT_MAX];
    fprintf(file, "set xlabel 'simulated time (s)'\nset xrange [0:%s]\n",
            seconds_text(end, report->samples.end_ns));
    write_margins(report, file);
    write_faults(report, file);
}
