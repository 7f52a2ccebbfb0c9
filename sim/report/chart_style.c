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
          "set grid ytics linecolor '#dddddd' linewidth 1 dashtype solid\n"
          "set key outside bottom center horizontal samplen 2\n",
          file);
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
        fprintf(
            file,
            "set label 'warm-up' at %s, graph 0.03 center font ',14' textcolor '#555555' front\n",
            seconds_text(at, MIN(plan->warmup_ns, end_ns) / 2));
    }
    if (plan->duration_ns < end_ns) {
        write_band(plan->duration_ns, end_ns, COLOUR_GREY, "0.15", file);
        fprintf(
            file,
            "set label 'settling' at %s, graph 0.03 center font ',14' textcolor '#555555' front\n",
            seconds_text(at, plan->duration_ns + (end_ns - plan->duration_ns) / 2));
    }
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

/* Bands for the faults that fired, each with a label in the first row where it does not run into
 * the one before; where all rows are taken the label is left out. */
static void write_faults(const struct run_report *report, FILE *file)
{
    uint64_t end_ns = report->samples.end_ns;
    uint64_t taken_ns[LABEL_ROWS] = { 0 };
    char at[FIXED_TEXT_MAX];
    for (guint i = 0; i < report->faults->len; i++) {
        const struct fault_record *fault = &g_array_index(report->faults, struct fault_record, i);
        if (!fault->fired || fault->at_ns >= end_ns)
            continue;
        uint64_t least = fault->at_ns + end_ns / 400; /* a short one shows, too */
        uint64_t until_ns = MIN(MAX(fault->until_ns, least), end_ns);
        write_band(fault->at_ns, until_ns, COLOUR_PURPLE, "0.25", file);
        g_autofree char *label = label_of(report, fault);
        unsigned row = 0;
        while (row < LABEL_ROWS && taken_ns[row] > fault->at_ns)
            row++;
        if (row == LABEL_ROWS)
            continue;
        taken_ns[row] = fault->at_ns + end_ns / CHARACTERS * (g_utf8_strlen(label, -1) + 1);
        fputs("set label ", file);
        chart_quote(label, file);
        fprintf(file,
                " at %s, graph 0.%02u left offset 0.3,0 font ',15' textcolor '#7a3560' front\n",
                seconds_text(at, fault->at_ns), 97 - 4 * row);
    }
}

void chart_time_axis(const struct run_report *report, FILE *file)
{
    char end[FIXED_TEXT_MAX];
    fprintf(file, "set xlabel 'simulated time (s)'\nset xrange [0:%s]\n",
            seconds_text(end, report->samples.end_ns));
    write_margins(report, file);
    write_faults(report, file);
}
