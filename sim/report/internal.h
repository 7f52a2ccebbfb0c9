/* What the writers of the files share.  Each file of a run's folder is one function on a report. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H
#include <jansson.h>
#include <signal.h>

#include "report/report.h"

/* ---- Questions to a report ------------------------------------------------------------------- */

/* Whether an instance is a server: charts and series show no clients. */
bool report_is_server(const struct run_report *report, uint32_t instance);

/* The spans of the faults that fired.  The caller frees it. */
GArray *report_fault_spans(const GArray *faults);

const char *report_instance_name(const struct run_report *report, uint32_t instance);
const char *report_group_name(const struct run_report *report, uint32_t group);
const char *report_fault_id(const struct run_report *report, const struct fault_record *fault);

/* "leader", "follower", …; "down" for an instance that is not up. */
const char *report_role_name(bool up, uint8_t role);

/* ---- Numbers as text, of integers alone ------------------------------------------------------ */

enum { FIXED_TEXT_MAX = 40 };

/* value / 10^digits with `decimals` decimals, rounded to the nearest; "12.345". */
const char *fixed_text(char buffer[FIXED_TEXT_MAX], uint64_t value, unsigned digits,
                       unsigned decimals);
/* A number with a comma between its groups of three digits: "1,234,567". */
const char *grouped_text(char buffer[FIXED_TEXT_MAX], uint64_t value);
/* Nanoseconds as seconds, exact, without trailing zeros beyond the third decimal. */
const char *seconds_text(char buffer[FIXED_TEXT_MAX], uint64_t ns);
/* Nanoseconds as milliseconds with three decimals. */
const char *milliseconds_text(char buffer[FIXED_TEXT_MAX], uint64_t ns);

/* Saturates at what JSON's integers hold. */
json_t *json_number(uint64_t value);
/* As json_number(); null for UINT64_MAX. */
json_t *json_time(uint64_t at_ns);

/* ---- Files ------------------------------------------------------------------------------------
 */

void report_write_faults(const struct run_report *report, FILE *file);
void report_write_history(const struct run_report *report, FILE *file);
void report_write_series(const struct run_report *report, FILE *file);
void report_write_hgrm(const struct run_report *report, FILE *file);
void report_write_repro(const struct run_report *report, FILE *file);
void report_write_host(const struct run_report *report, FILE *file);

typedef void (*report_writer)(const struct run_report *report, FILE *file);

/* Write one file of a folder; `name` is relative to it. */
bool report_write_file(const struct run_report *report, const char *folder, const char *name,
                       report_writer write, GError **error);

/* ---- Charts -----------------------------------------------------------------------------------
 */

/* Write the scripts and data of the charts that the plan wants and that have anything to show into
 * `folder`, which exists. */
bool charts_write(const struct run_report *report, const char *folder, GError **error);

/* For how long gnuplot may draw a folder's charts. */
struct draw_limits {
    uint32_t ms;
    const volatile sig_atomic_t *interrupted; /* not when it is not 0 any more; or NULL */
};
enum { DRAW_MS_MAX = 60000 };

/* Run a program, gnuplot, in `folder` on the NULL-terminated `arguments`; arguments[0] is looked
 * for on the PATH.  *ret_stopped: it was stopped by the limits, and whatever it had started with
 * it. */
bool gnuplot_run(const char *folder, const char *const *arguments, const struct draw_limits *limits,
                 bool *ret_stopped, GError **error);

/* The parts that scripts share.  Distances are pixels, those from the top as gnuplot's
 * down(PIXELS). */
enum {
    CHART_WIDTH = 1600, /* a slide */
    CHART_TOP = 80,     /* what the title takes */
};
void chart_begin(const struct run_report *report, const char *name, const char *about,
                 unsigned height, FILE *file);
/* The time axis, the same in every chart of a report: the runs' phases and faults are rows of bars
 * above the plot, chart_rows_height() high, and bands in it. */
void chart_time_axis(const struct run_report *report, FILE *file);
unsigned chart_rows_height(const struct run_report *report);
/* A logarithmic axis of milliseconds from below `low_ns` to above `high_ns`. */
void chart_latency_axis(uint64_t low_ns, uint64_t high_ns, FILE *file);
void chart_deadlines(const struct run_report *report, uint64_t low_ns, uint64_t high_ns,
                     FILE *file);
void chart_end(const char *name, unsigned height, FILE *file);
/* For a script that draws more than one plot into a picture: what is drawn from here on is an SVG;
 * the title alone, which is a label. */
void chart_svg(const char *name, unsigned height, FILE *file);
void chart_title(const struct run_report *report, const char *about, FILE *file);
/* In ns. */
uint64_t chart_window_middle(const struct run_report *report, size_t window);
uint64_t chart_window_end(const struct run_report *report, size_t w);
/* A name as it stands left of an axis: a long one is cut, with an ellipsis.  The caller frees. */
char *chart_short_name(const char *name);
/* A string as gnuplot's single-quoted literal. */
void chart_quote(const char *string, FILE *file);

/* Colours that colour-blind readers tell apart: Okabe and Ito, "Color Universal Design" (2008). */
#define COLOUR_BLUE   "#0072B2"
#define COLOUR_SKY    "#56B4E9"
#define COLOUR_GREEN  "#009E73"
#define COLOUR_ORANGE "#E69F00"
#define COLOUR_RED    "#D55E00"
#define COLOUR_PURPLE "#CC79A7"
#define COLOUR_BLACK  "#000000"
#define COLOUR_GREY   "#999999"

/* Latencies by percentile, of which none is empty, in one picture. */
struct chart_curve {
    const char *title, *colour;
    const struct histogram *latency;
};
void chart_curves_script(const struct run_report *report, const char *name, const char *about,
                         const struct chart_curve *curves, size_t count, FILE *file);
void chart_curves_data(const struct chart_curve *curves, size_t count, FILE *file);

/* One file each: script and data of a chart. */
void chart_latency_script(const struct run_report *report, FILE *file);
void chart_latency_data(const struct run_report *report, FILE *file);
void chart_throughput_script(const struct run_report *report, FILE *file);
void chart_throughput_data(const struct run_report *report, FILE *file);
void chart_percentiles_script(const struct run_report *report, FILE *file);
void chart_percentiles_data(const struct run_report *report, FILE *file);
void chart_roles_script(const struct run_report *report, FILE *file);
void chart_roles_data(const struct run_report *report, FILE *file);
bool chart_usage_is_worth(const struct run_report *report);
void chart_usage_script(const struct run_report *report, FILE *file);
void chart_usage_data(const struct run_report *report, FILE *file);

#endif
