/* run.json, faults.json and host.json.  Keys stay in the order in which they are set here; numbers
 * are integers. */
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "report/internal.h"
#include "scenario/fault_syntax.h"

static void write_json(json_t *root, FILE *file)
{
    int failed = json_dumpf(root, file, JSON_INDENT(2));
    json_decref(root);
    cs_assert(failed == 0 || ferror(file));
    fputc('\n', file);
}

/* Text from a protocol may be any bytes: what is no UTF-8 is replaced. */
static json_t *json_text(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static void set(json_t *object, const char *key, json_t *value)
{
    int failed = json_object_set_new(object, key, value);
    cs_assert(failed == 0);
}

static void append(json_t *array, json_t *value)
{
    int failed = json_array_append_new(array, value);
    cs_assert(failed == 0);
}

static json_t *hexadecimal(const char *prefix, uint64_t value)
{
    g_autofree char *text = g_strdup_printf("%s%016" G_GINT64_MODIFIER "x", prefix, value);
    return json_string(text);
}

/* ---- run.json ---------------------------------------------------------------------------------
 */

static const char *check_verdict_name(const struct report_check *check)
{
    if (!check->enabled)
        return "off";
    switch (check->verdict) {
    case CHECK_PASS:
        return "pass";
    case CHECK_VIOLATION:
        return "violation";
    case CHECK_INCONCLUSIVE:
        break;
    }
    cs_assert(check->verdict == CHECK_INCONCLUSIVE);
    return "inconclusive";
}

static json_t *checks_json(const struct run_report *report)
{
    json_t *checks = json_array();
    for (guint i = 0; i < report->checks->len; i++) {
        const struct report_check *check = &g_array_index(report->checks, struct report_check, i);
        json_t *item = json_object();
        set(item, "name", json_string(check->name));
        set(item, "verdict", json_string(check_verdict_name(check)));
        set(item, "detail", json_text(check->detail));
        set(item, "at_ns", json_time(check->at_ns));
        set(item, "seen", json_number(check->seen));
        append(checks, item);
    }
    return checks;
}

/* The names of the firings that were active at an instant. */
static json_t *active_faults(const struct run_report *report, uint64_t at_ns)
{
    json_t *active = json_array();
    for (guint i = 0; i < report->faults->len; i++) {
        const struct fault_record *fault = &g_array_index(report->faults, struct fault_record, i);
        if (fault->fired && fault->at_ns <= at_ns && at_ns < fault->until_ns)
            append(active, json_text(fault->name));
    }
    return active;
}

static json_t *findings_json(const struct run_report *report)
{
    json_t *findings = json_array();
    for (guint i = 0; report->findings != NULL && i < report->findings->len; i++) {
        const struct finding *finding = &g_array_index(report->findings, struct finding, i);
        json_t *item = json_object();
        set(item, "check", json_string(finding->check));
        set(item, "verdict", json_string(verdict_name(finding->verdict)));
        set(item, "detail", json_text(finding->detail));
        set(item, "at_ns", json_time(finding->at_ns));
        if (finding->evidence != NULL)
            set(item, "evidence", json_text(finding->evidence));
        set(item, "faults",
            finding->at_ns == UINT64_MAX ? json_array() : active_faults(report, finding->at_ns));
        append(findings, item);
    }
    return findings;
}

static json_t *counts_json(const struct outcome_counts *counts)
{
    json_t *item = json_object();
    set(item, "ok", json_number(counts->ok));
    set(item, "failed", json_number(counts->failed));
    set(item, "unknown", json_number(counts->unknown));
    return item;
}

/* All null when there is nothing to tell. */
static json_t *latency_json(const struct histogram *latency)
{
    static const struct {
        const char *name;
        uint32_t parts_per_million;
    } percentiles[] = {
        { "p50", 500000 },   { "p90", 900000 },  { "p99", 990000 },
        { "p99_9", 999000 }, { "max", 1000000 },
    };
    json_t *item = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(percentiles); i++) {
        uint64_t value = histogram_percentile(latency, percentiles[i].parts_per_million);
        set(item, percentiles[i].name,
            histogram_count(latency) > 0 ? json_number(value) : json_null());
    }
    return item;
}

static json_t *phases_json(const struct metrics *metrics)
{
    json_t *phases = json_object();
    for (unsigned phase = 0; phase < PHASE_COUNT; phase++) {
        json_t *item = json_object();
        set(item, "operations", counts_json(&metrics->phases[phase].counts));
        set(item, "latency_ns", latency_json(metrics->phases[phase].latency));
        set(phases, phase_name((enum phase)phase), item);
    }
    return phases;
}

static json_t *messages_json(const struct report_totals *totals)
{
    json_t *item = json_object();
    set(item, "sent", json_number(totals->messages_sent));
    set(item, "delivered", json_number(totals->messages_delivered));
    set(item, "dropped", json_number(totals->messages_dropped));
    set(item, "lost", json_number(totals->messages_lost));
    set(item, "cut", json_number(totals->messages_cut));
    set(item, "tail_dropped", json_number(totals->messages_tail_dropped));
    set(item, "dead", json_number(totals->messages_dead));
    set(item, "overflowed", json_number(totals->messages_overflowed));
    set(item, "duplicated", json_number(totals->messages_duplicated));
    set(item, "held", json_number(totals->messages_held));
    set(item, "corrupted", json_number(totals->messages_corrupted));
    return item;
}

static json_t *tallies_json(const struct tally *tallies, size_t count)
{
    json_t *item = json_object();
    for (size_t i = 0; i < count; i++) {
        g_autofree char *name = g_utf8_make_valid(tallies[i].name, -1);
        set(item, name, json_number(tallies[i].count));
    }
    return item;
}

static json_t *metrics_json(const struct run_report *report)
{
    const struct metrics *metrics = report->metrics;
    json_t *item = json_object();
    set(item, "operations", counts_json(&metrics->measured.counts));
    set(item, "latency_ns", latency_json(metrics->measured.latency));
    set(item, "throughput_per_s", json_number(metrics->throughput_per_s));
    set(item, "unavailable_ns_max", json_number(metrics->unavailable_ns_max));
    set(item, "unavailable_at_ns",
        json_time(metrics->unavailable_ns_max > 0 ? metrics->unavailable_at_ns : UINT64_MAX));
    set(item, "events", json_number(report->totals.events));
    set(item, "messages", messages_json(&report->totals));
    set(item, "bytes", json_number(report->totals.bytes_sent));
    set(item, "disk_bytes", json_number(report->totals.disk_bytes));
    set(item, "flushes", json_number(report->totals.flushes));
    set(item, "disk_waits", json_number(report->totals.disk_waits));
    set(item, "disk_turned_away", json_number(report->totals.disk_turned_away));
    set(item, "disk_errors", json_number(report->totals.disk_errors));
    set(item, "barriers_failed", json_number(report->totals.barriers_failed));
    set(item, "starts", json_number(report->totals.starts));
    set(item, "stops", tallies_json(report->samples.stops, report->samples.stop_count));
    set(item, "simulated_ns", json_number(report->totals.simulated_ns));
    set(item, "phases", phases_json(metrics));
    set(item, "counters", tallies_json(report->samples.counters, report->samples.counter_count));
    set(item, "reached", tallies_json(report->samples.reached, report->samples.reached_count));
    return item;
}

/* How often each fault of the plan fired. */
static json_t *fault_counts_json(const struct run_report *report)
{
    json_t *item = json_object();
    uint32_t count = report->plan->fault_count;
    uint64_t *fired = g_new0(uint64_t, count + 1);
    for (guint i = 0; i < report->faults->len; i++) {
        const struct fault_record *record = &g_array_index(report->faults, struct fault_record, i);
        cs_assert(record->fault < count);
        fired[record->fault] += record->fired;
    }
    for (uint32_t f = 0; f < count; f++)
        set(item, report->plan->faults[f].id, json_number(fired[f]));
    g_free(fired);
    return item;
}

/* Strings, without slashes at the front if they are `paths`: no file holds an absolute one. */
static json_t *strings_json(const char *const *strings, bool paths)
{
    json_t *list = json_array();
    for (; strings != NULL && *strings != NULL; strings++)
        append(list, json_text(*strings + (paths ? strspn(*strings, "/") : 0)));
    return list;
}

/* Of groups that have several: who starts with which, and which faults may bring it. */
static json_t *builds_json(const struct plan *plan)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < plan->build_count; i++) {
        const struct plan_build *listed = &plan->builds[i];
        json_t *item = json_object();
        set(item, "group", json_text(listed->group));
        set(item, "build", json_text(listed->name));
        set(item, "nodes", strings_json(listed->nodes, false));
        set(item, "faults", strings_json(listed->faults, false));
        append(list, item);
    }
    return list;
}

void report_write_run(const struct run_report *report, FILE *file)
{
    json_t *root = json_object();
    set(root, "format", json_integer(1));
    set(root, "scenario", json_string(report->plan->name));
    if (report->host != NULL)
        set(root, "host", json_string(report->host));
    set(root, "seed", hexadecimal("0x", report->plan->seed));
    set(root, "build", json_string(report->build_id));
    set(root, "set", strings_json(report->sets, false));
    set(root, "plugins", strings_json(report->plugins, true));
    if (report->plan->build_count > 0)
        set(root, "builds", builds_json(report->plan));
    set(root, "digest", hexadecimal("xxh3:", report->digest));
    set(root, "verdict", json_string(verdict_name(report->verdict)));
    set(root, "expected", json_boolean(report->expected));
    set(root, "checks", checks_json(report));
    set(root, "thresholds", report_thresholds_json(report->thresholds));
    set(root, "findings", findings_json(report));
    set(root, "faults", fault_counts_json(report));
    set(root, "metrics", metrics_json(report));
    write_json(root, file);
}

/* ---- faults.json ------------------------------------------------------------------------------
 */

/* The names of those on each side. */
static json_t *targets_json(const struct run_report *report, const struct fault_record *fault)
{
    cs_assert(fault->target_count == 0 || fault->side_of != NULL);
    json_t *sides = json_array();
    for (uint32_t i = 0; i < fault->target_count; i++) {
        uint32_t side = fault->side_of[i];
        cs_assert(side <= json_array_size(sides) + fault->target_count);
        while (json_array_size(sides) <= side)
            append(sides, json_array());
        append(json_array_get(sides, side),
               json_string(report_instance_name(report, fault->targets[i])));
    }
    return sides;
}

/* What a firing drew: the numbers of its kind, and the fate of what was not flushed. */
static json_t *drawn_json(const struct fault_record *fault)
{
    const struct fault_syntax *syntax = &fault_syntax[fault->kind];
    json_t *drawn = json_object();
    for (const struct fault_member *member = syntax->members; member->key != NULL; member++) {
        bool limits = member->amount == AMOUNT_BANDWIDTH || member->amount == AMOUNT_QUEUE;
        if (limits && fault->amounts[member->amount] == 0)
            continue; /* there is none */
        set(drawn, member->key, fault_syntax_number(member->kind, fault->amounts[member->amount]));
    }
    if (fault->kind == FAULT_CRASH || fault->kind == FAULT_POWER_LOSS) {
        set(drawn, "disk", json_string(fault_loss_name(fault->loss)));
        if (fault->amounts[AMOUNT_EFFECTS] > 0)
            set(drawn, "after_effects", json_integer(fault->amounts[AMOUNT_EFFECTS] - 1));
    }
    return drawn;
}

void report_write_faults(const struct run_report *report, FILE *file)
{
    json_t *faults = json_array();
    for (guint i = 0; i < report->faults->len; i++) {
        const struct fault_record *fault = &g_array_index(report->faults, struct fault_record, i);
        json_t *item = json_object();
        set(item, "id", json_text(report_fault_id(report, fault)));
        set(item, "name", json_text(fault->name));
        set(item, "kind", json_string(fault_kind_name(fault->kind)));
        set(item, "firing", json_number(fault->firing));
        set(item, "fired", json_boolean(fault->fired));
        set(item, "at_ns", json_number(fault->at_ns));
        set(item, "until_ns", json_time(fault->until_ns));
        set(item, "targets", targets_json(report, fault));
        set(item, "drawn", drawn_json(fault));
        if (fault->build != NULL) {
            set(item, "build", json_text(fault->build));
            set(item, "rebuilt", json_number(fault->rebuilt));
        }
        set(item, "changed", json_number(fault->changed));
        append(faults, item);
    }
    json_t *root = json_object();
    set(root, "format", json_integer(1));
    set(root, "faults", faults);
    write_json(root, file);
}

/* ---- host.json --------------------------------------------------------------------------------
 */

static json_t *started_json(uint64_t started_s)
{
    if (started_s == 0)
        return json_null();
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc((gint64)started_s);
    g_autofree char *text = g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
    return json_string(text);
}

void report_write_host(const struct run_report *report, FILE *file)
{
    struct utsname system = { 0 };
    (void)uname(&system); /* what it does not tell stays empty */
    json_t *root = json_object();
    set(root, "format", json_integer(1));
    set(root, "started", started_json(report->wall_started_s));
    set(root, "wall_ns", json_number(report->wall_ns));
    uint64_t wall_us = report->wall_ns / 1000;
    set(root, "events_per_s",
        wall_us > 0 ? json_number(report->totals.events * 1000000 / wall_us) : json_null());
    set(root, "system", json_text(system.sysname));
    set(root, "release", json_text(system.release));
    set(root, "machine", json_text(system.machine));
    set(root, "processors", json_number((uint64_t)MAX(sysconf(_SC_NPROCESSORS_ONLN), 1)));
    write_json(root, file);
}
