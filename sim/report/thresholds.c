/* Thresholds of a run: the plan's, judged by what the run left behind. */
#include <jansson.h>

#include "report/internal.h"

/* What a number can be made of; the arrays live as long as this. */
struct subject {
    struct metrics_options times;
    struct sample_table samples;
    GArray *spans, *faults; /* struct fault_span and the fault of each */
    struct threshold_subject subject;
};

static void add_span(struct subject *subject, const struct fault_record *record)
{
    const struct fault_span span = { record->at_ns, record->until_ns };
    if (!record->fired)
        return;
    g_array_append_val(subject->spans, span);
    g_array_append_val(subject->faults, record->fault);
}

static void subject_begin(struct subject *subject)
{
    *subject = (struct subject){
        .spans = g_array_new(FALSE, FALSE, sizeof(struct fault_span)),
        .faults = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
    };
}

static void subject_end(struct subject *subject, const struct plan *plan,
                        const struct history *history, struct sample_table samples)
{
    subject->samples = samples;
    subject->times = (struct metrics_options){
        .window_ns = plan->window_ns,
        .warmup_ns = plan->warmup_ns,
        .duration_ns = plan->duration_ns,
        .end_ns = samples.end_ns,
        .faults = (const struct fault_span *)(const void *)subject->spans->data,
        .fault_count = subject->spans->len,
    };
    subject->subject = (struct threshold_subject){
        .cluster = &plan->cluster,
        .history = history,
        .samples = &subject->samples,
        .times = &subject->times,
        .fault_of_span = (const uint32_t *)(const void *)subject->faults->data,
    };
}

static void subject_done(struct subject *subject)
{
    g_array_free(subject->spans, TRUE);
    g_array_free(subject->faults, TRUE);
}

GArray *report_judge_thresholds(const struct plan *plan, const struct history *history,
                                struct samples *samples, const struct timeline *timeline)
{
    struct subject subject;
    GArray *results = g_array_new(FALSE, TRUE, sizeof(struct threshold_result));
    samples_finish(samples);
    subject_begin(&subject);
    for (size_t i = 0; i < timeline_record_count(timeline); i++)
        add_span(&subject, timeline_record(timeline, i));
    subject_end(&subject, plan, history, samples_table(samples));
    for (uint32_t i = 0; i < plan->threshold_count; i++) {
        struct threshold_result result = { .threshold = &plan->thresholds[i] };
        result.judged = threshold_value(result.threshold, &subject.subject, &result.value);
        result.met = result.judged && threshold_met(result.threshold, result.value);
        g_array_append_val(results, result);
    }
    subject_done(&subject);
    return results;
}

bool report_metric(const struct run_report *report, const struct threshold *threshold,
                   uint64_t *ret_value)
{
    struct subject subject;
    subject_begin(&subject);
    for (guint i = 0; i < report->faults->len; i++)
        add_span(&subject, &g_array_index(report->faults, struct fault_record, i));
    subject_end(&subject, report->plan, report->history, report->samples);
    bool any = threshold_value(threshold, &subject.subject, ret_value);
    subject_done(&subject);
    return any;
}

json_t *report_thresholds_json(const GArray *results)
{
    json_t *list = json_array();
    for (guint i = 0; results != NULL && i < results->len; i++) {
        const struct threshold_result *result = &g_array_index(results, struct threshold_result, i);
        const struct threshold *threshold = result->threshold;
        struct cs_text value = { 0 };
        if (result->judged) {
            threshold_add_text(&value, threshold_unit(threshold->metric, threshold->aggregate),
                               result->value);
        }
        json_t *item = json_pack("{s:s, s:s, s:o, s:o}", "metric", threshold->metric_text,
                                 "expression", threshold->expression, "value",
                                 result->judged ? json_string(text_string(&value)) : json_null(),
                                 "met", result->judged ? json_boolean(result->met) : json_null());
        cs_assert(item != NULL);
        json_array_append_new(list, item);
        text_done(&value);
    }
    return list;
}
