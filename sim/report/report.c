/* Questions to a report, and numbers as text. */
#include "report/report.h"

#include <string.h>

#include "base/wide.h"
#include "report/internal.h"

void run_report_done(struct run_report *report)
{
    if (report->checks != NULL)
        g_array_unref(report->checks);
    if (report->faults != NULL)
        g_array_unref(report->faults);
    metrics_free(report->metrics);
    report->checks = NULL;
    report->faults = NULL;
    report->metrics = NULL;
}

void run_report_add_check(struct run_report *report, const struct report_check *check)
{
    g_array_append_val(report->checks, *check);
}

bool report_is_server(const struct run_report *report, uint32_t instance)
{
    cs_assert(instance < report->plan->cluster.instance_count);
    return strcmp(report->plan->cluster.instances[instance].program->role, "client") != 0;
}

GArray *report_fault_spans(const GArray *faults)
{
    GArray *spans = g_array_new(FALSE, FALSE, sizeof(struct fault_span));
    for (guint i = 0; i < faults->len; i++) {
        const struct fault_record *fault = &g_array_index(faults, struct fault_record, i);
        const struct fault_span span = { fault->at_ns, fault->until_ns };
        if (fault->fired)
            g_array_append_val(spans, span);
    }
    return spans;
}

const char *report_instance_name(const struct run_report *report, uint32_t instance)
{
    cs_assert(instance < report->plan->cluster.instance_count);
    return report->plan->cluster.instances[instance].name;
}

const char *report_group_name(const struct run_report *report, uint32_t group)
{
    cs_assert(group < report->plan->cluster.group_count);
    return report->plan->cluster.groups[group].name;
}

const char *report_fault_id(const struct run_report *report, const struct fault_record *fault)
{
    cs_assert(fault->fault < report->plan->fault_count);
    return report->plan->faults[fault->fault].id;
}

const char *report_role_name(bool up, uint8_t role)
{
    static const char *const names[] = {
        [CS_ROLE_FOLLOWER] = "follower", [CS_ROLE_CANDIDATE] = "candidate",
        [CS_ROLE_LEADER] = "leader",     [CS_ROLE_LEARNER] = "learner",
        [CS_ROLE_OTHER] = "other",
    };
    _Static_assert(G_N_ELEMENTS(names) == CS_ROLE_COUNT, "every role has a name");
    cs_assert(role < CS_ROLE_COUNT);
    return up ? names[role] : "down";
}

/* ---- Numbers as text ------------------------------------------------------------------------- */

static uint64_t power_of_ten(unsigned exponent)
{
    cs_assert(exponent <= 19);
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

const char *fixed_text(char buffer[FIXED_TEXT_MAX], uint64_t value, unsigned digits,
                       unsigned decimals)
{
    cs_assert(decimals <= digits);
    uint64_t step = power_of_ten(digits - decimals);
    uint64_t one = power_of_ten(decimals);
    uint64_t rounded = (uint64_t)(((wide)value + step / 2) / step);
    if (decimals == 0) {
        g_snprintf(buffer, FIXED_TEXT_MAX, "%" G_GUINT64_FORMAT, rounded);
    } else {
        g_snprintf(buffer, FIXED_TEXT_MAX, "%" G_GUINT64_FORMAT ".%0*" G_GUINT64_FORMAT,
                   rounded / one, (int)decimals, rounded % one);
    }
    return buffer;
}

const char *grouped_text(char buffer[FIXED_TEXT_MAX], uint64_t value)
{
    char plain[FIXED_TEXT_MAX];
    size_t at = 0;
    for (size_t left = strlen(fixed_text(plain, value, 0, 0)); left > 0; left--) {
        cs_assert(at + 2 < FIXED_TEXT_MAX);
        buffer[at] = plain[strlen(plain) - left];
        at++;
        if (left % 3 == 1 && left > 1)
            buffer[at++] = ',';
    }
    buffer[at] = '\0';
    return buffer;
}

const char *seconds_text(char buffer[FIXED_TEXT_MAX], uint64_t ns)
{
    unsigned decimals = 9;
    while (decimals > 3 && ns % power_of_ten(10 - decimals) == 0)
        decimals--;
    return fixed_text(buffer, ns, 9, decimals);
}

const char *milliseconds_text(char buffer[FIXED_TEXT_MAX], uint64_t ns)
{
    return fixed_text(buffer, ns, 6, 3);
}

json_t *json_number(uint64_t value)
{
    return json_integer(value < INT64_MAX ? (json_int_t)value : INT64_MAX);
}

json_t *json_time(uint64_t at_ns) { return at_ns == UINT64_MAX ? json_null() : json_number(at_ns); }
