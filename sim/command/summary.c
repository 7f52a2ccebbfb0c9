#include "command/summary.h"

#include <glib.h>
#include <string.h>

#include "measure/samples.h"

/* 1234567 as "1,234,567".  The caller frees. */
static char *grouped(uint64_t n)
{
    g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, n);
    GString *text = g_string_new(NULL);
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            g_string_append_c(text, ',');
        g_string_append_c(text, digits[i]);
    }
    return g_string_free(text, FALSE);
}

/* Nanoseconds with three significant digits or so and a unit.  The caller frees. */
static char *rounded(uint64_t ns)
{
    if (ns < 1000)
        return g_strdup_printf("%" G_GUINT64_FORMAT " ns", ns);
    if (ns < 1000000)
        return g_strdup_printf("%.3g us", (double)ns / 1e3);
    if (ns < 1000000000)
        return g_strdup_printf("%.3g ms", (double)ns / 1e6);
    return g_strdup_printf("%.2f s", (double)ns / 1e9);
}

static const char *verdict_word(const struct simulation *simulation)
{
    switch (simulation->verdict) {
    case VERDICT_PASS:
        return "PASS";
    case VERDICT_VIOLATION:
        return "VIOLATION";
    case VERDICT_THRESHOLD:
        return "THRESHOLD";
    case VERDICT_INCONCLUSIVE:
        return "INCONCLUSIVE";
    case VERDICT_UNEXPECTED:
        return "UNEXPECTED";
    case VERDICT_NONDETERMINISM:
        return "NONDETERMINISM";
    case VERDICT_INTERRUPTED:
        return "INTERRUPTED";
    }
    g_assert_not_reached();
}

static void print_findings(const struct simulation *simulation, FILE *file)
{
    for (guint i = 0; i < simulation->findings->len; i++) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, i);
        const char *verdict = verdict_name(finding->verdict);
        bool same = strcmp(verdict, finding->check) == 0; /* a threshold's is */
        fprintf(file, "  %-13s %s%s%s", verdict, same ? "" : finding->check, same ? "" : ": ",
                finding->detail);
        if (finding->at_ns != UINT64_MAX)
            fprintf(file, " (at %.6f s)", (double)finding->at_ns / 1e9);
        fputc('\n', file);
    }
}

static void print_checks(const struct simulation *simulation, FILE *file)
{
    fputs("  checks        ", file);
    bool first = true;
    for (size_t i = 0; i < verifier_count(simulation->verifier); i++) {
        const struct oracle *oracle = verifier_at(simulation->verifier, i);
        if (oracle_verdict(oracle) != CHECK_PASS)
            continue;
        g_autofree char *seen = grouped(oracle->seen);
        fprintf(file, "%s%s saw %s", first ? "" : ",\n                ", oracle->type->name, seen);
        first = false;
    }
    if (simulation->progress_after_heal > 0) {
        g_autofree char *seen = grouped(simulation->progress_after_heal);
        fprintf(file, "%sliveness saw %s", first ? "" : ",\n                ", seen);
        first = false;
    }
    if (simulation_linearizable(simulation).verdict == CHECK_PASS) {
        g_autofree char *seen = grouped(simulation->linearizable_seen);
        fprintf(file, "%slinearizable saw %s", first ? "" : ",\n                ", seen);
        first = false;
    }
    for (int m = 0; m < WEAK_MODEL_COUNT; m++) {
        struct report_check weak = simulation_weak(simulation, (enum weak_model)m);
        if (!weak.enabled || weak.verdict != CHECK_PASS)
            continue;
        g_autofree char *seen = grouped(weak.seen);
        fprintf(file, "%s%s saw %s", first ? "" : ",\n                ", weak.name, seen);
        first = false;
    }
    fputs(first ? "none saw anything\n" : "\n", file);
}

/* Whether a fault that acts on messages or disk operations has ended without meeting any. */
static bool met_nothing(const struct fault_record *record)
{
    static const enum fault_kind kinds[] = { FAULT_PACKETS, FAULT_FAILING_DISK, FAULT_LYING_DISK,
                                             FAULT_FULL_DISK, FAULT_DEAD_DISK };
    bool counts = false;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        counts |= kinds[i] == record->kind;
    return counts && record->fired && record->until_ns != UINT64_MAX && record->changed == 0;
}

static void print_faults(const struct simulation *simulation, FILE *file)
{
    uint64_t fired = 0, missed = 0, idle = 0;
    for (size_t i = 0; i < timeline_record_count(simulation->timeline); i++) {
        const struct fault_record *record = timeline_record(simulation->timeline, i);
        fired += record->fired;
        missed += !record->fired;
        idle += met_nothing(record);
    }
    if (fired + missed == 0)
        return;
    fprintf(file, "  faults        %" G_GUINT64_FORMAT " fired", fired);
    if (missed > 0)
        fprintf(file, ", %" G_GUINT64_FORMAT " found nobody or nothing to do", missed);
    if (idle > 0) {
        fprintf(file, "; %" G_GUINT64_FORMAT " of those that fired met no message or operation",
                idle);
    }
    fputc('\n', file);
}

static void print_latency(const struct histogram *latency, FILE *file)
{
    const uint32_t percentiles[] = { 500000, 900000, 990000, 999000 };
    const char *const names[] = { "p50", "p90", "p99", "p99.9" };
    fputs("  latency       ", file);
    if (histogram_count(latency) == 0) {
        fputs("none measured\n", file);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(percentiles); i++) {
        g_autofree char *value = rounded(histogram_percentile(latency, percentiles[i]));
        fprintf(file, "%s %s, ", names[i], value);
    }
    g_autofree char *max = rounded(histogram_max(latency));
    fprintf(file, "max %s\n", max);
}

static void print_numbers(const struct metrics *metrics, FILE *file)
{
    const struct metrics_share *share = &metrics->measured;
    g_autofree char *ok = grouped(share->counts.ok);
    g_autofree char *failed = grouped(share->counts.failed);
    g_autofree char *unknown = grouped(share->counts.unknown);
    g_autofree char *rate = grouped(metrics->throughput_per_s);
    fprintf(file, "  operations    %s ok, %s failed, %s unknown; %s/s\n", ok, failed, unknown,
            rate);
    print_latency(share->latency, file);
    if (share->counts.ok + share->counts.failed + share->counts.unknown > 0) {
        g_autofree char *gap = rounded(metrics->unavailable_ns_max);
        fprintf(file, "  unavailable   %s at most\n", gap);
    }
}

void summary_print(const struct simulation *simulation, const struct metrics *metrics,
                   const char *folder, double wall_s, FILE *file)
{
    const struct plan *plan = simulation->plan;
    bool expected = plan->expect.verdict != VERDICT_PASS && simulation_as_expected(simulation);
    g_autofree char *events = grouped(cluster_events(simulation->cluster));
    fprintf(file, "%s %s%s\n", plan->name, verdict_word(simulation),
            expected ? " (as expected)" : "");
    print_findings(simulation, file);
    fprintf(file,
            "  simulated     %.1f s in %.2f s, %s events, digest xxh3:%016" G_GINT64_MODIFIER "x\n",
            (double)simulation->end_ns / 1e9, wall_s, events, simulation->digest);
    print_checks(simulation, file);
    print_faults(simulation, file);
    print_numbers(metrics, file);
    if (folder != NULL)
        fprintf(file, "  results       %s\n", folder);
    if (folder != NULL && simulation->evidence != NULL)
        fprintf(file, "  evidence      %s/%s\n", folder, simulation->evidence->file);
}
