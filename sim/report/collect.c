/* Reading a report off a finished simulation. */
#include "report/internal.h"
#include "report/report.h"

static struct report_totals totals_of(const struct cluster *cluster)
{
    struct report_totals totals = {
        .events = cluster_events(cluster),
        .simulated_ns = cluster_now(cluster),
    };
    for (uint32_t i = 0; i < cluster_options_of(cluster)->instance_count; i++) {
        const struct instance_counters *counters = cluster_counters(cluster, i);
        totals.messages_sent += counters->messages_sent;
        totals.messages_delivered += counters->messages_delivered;
        totals.messages_lost += counters->messages_lost;
        totals.messages_cut += counters->messages_cut;
        totals.messages_tail_dropped += counters->messages_tail_dropped;
        totals.messages_dead += counters->messages_dead;
        totals.messages_overflowed += counters->messages_overflowed;
        totals.messages_duplicated += counters->messages_duplicated;
        totals.messages_held += counters->messages_held;
        totals.messages_corrupted += counters->messages_corrupted;
        totals.messages_dropped += counters->messages_lost + counters->messages_cut +
                                   counters->messages_tail_dropped + counters->messages_dead +
                                   counters->messages_overflowed;
        totals.bytes_sent += counters->bytes_sent;
        totals.disk_bytes += counters->disk_bytes_written;
        totals.flushes += counters->disk_flushes;
        totals.disk_waits += counters->disk_waits;
        totals.disk_turned_away += counters->disk_turned_away;
        totals.disk_errors += counters->disk_errors;
        totals.barriers_failed += counters->barriers_failed;
        totals.starts += cluster_view(cluster, i).incarnation;
    }
    return totals;
}

static const struct oracle *oracle_of(const struct verifier *verifier,
                                      const struct oracle_type *type)
{
    for (size_t i = 0; i < verifier_count(verifier); i++) {
        if (verifier_at(verifier, i)->type == type)
            return verifier_at(verifier, i);
    }
    return NULL;
}

/* Every oracle that the scenario switched off or names, or that saw anything. */
static void collect_checks(struct run_report *report, const struct verifier *verifier)
{
    for (size_t t = 0; oracle_types[t] != NULL; t++) {
        const struct plan_check *wanted = &report->plan->checks[t];
        const struct oracle *oracle = oracle_of(verifier, oracle_types[t]);
        if (!wanted->enabled && oracle_types[t]->on_request)
            continue;
        struct report_check check = {
            .name = oracle_types[t]->name,
            .detail = "",
            .at_ns = UINT64_MAX,
        };
        if (wanted->enabled && oracle != NULL) {
            check.enabled = true;
            check.verdict = oracle_verdict(oracle);
            check.detail = text_string(&oracle->detail);
            check.seen = oracle->seen;
            if (oracle->violated)
                check.at_ns = oracle->violated_at_ns;
            if (oracle->seen == 0 && !oracle->violated && !wanted->named)
                continue;
        }
        run_report_add_check(report, &check);
    }
}

static void collect_faults(struct run_report *report, const struct timeline *timeline)
{
    for (size_t i = 0; i < timeline_record_count(timeline); i++)
        g_array_append_vals(report->faults, timeline_record(timeline, i), 1);
}

/* NOLINTNEXTLINE(readability-function-size): each parameter is a part of the simulation */
void run_report_init(struct run_report *report, const struct plan *plan, struct cluster *cluster,
                     const struct history *history, struct samples *samples,
                     const struct timeline *timeline, const struct verifier *verifier)
{
    cs_assert(cluster_options_of(cluster) == &plan->cluster);
    report->plan = plan;
    report->history = history;
    report->digest = cluster_digest(cluster);
    report->totals = totals_of(cluster);
    report->checks = g_array_new(FALSE, FALSE, sizeof(struct report_check));
    report->faults = g_array_new(FALSE, FALSE, sizeof(struct fault_record));
    collect_checks(report, verifier);
    collect_faults(report, timeline);
    samples_finish(samples);
    report->samples = samples_table(samples);

    uint64_t until_ns;
    wide integral_ns;
    cs_assert(history_integral(history, &until_ns, &integral_ns)); /* metrics_new() checks it */
    g_autoptr(GArray) spans = report_fault_spans(report->faults);
    const struct metrics_options options = {
        .window_ns = plan->window_ns,
        .warmup_ns = plan->warmup_ns,
        .duration_ns = plan->duration_ns,
        .end_ns = report->samples.end_ns,
        .faults = (const struct fault_span *)(const void *)spans->data,
        .fault_count = spans->len,
    };
    report->metrics = metrics_new(history, &options);
}
