/* Trace records as lines for people. */
#include "host/describe.h"

#include "host/effect_text.h"
#include "host/internal.h"

static const char *const input_names[] = {
    [TRACE_START] = "start", [TRACE_MESSAGE] = "message", [TRACE_TIMER] = "timer",
    [TRACE_DISK] = "disk",   [TRACE_JOB] = "job",         [TRACE_REQUEST] = "request",
    [TRACE_END] = "end",     [TRACE_CALL] = "call",       [TRACE_DROP] = "drop",
};

static const char *record_name(const struct trace_record *record)
{
    if (record->kind >= TRACE_EFFECT && record->kind - TRACE_EFFECT < EFFECT_KIND_COUNT)
        return effect_verb((enum effect_kind)(record->kind - TRACE_EFFECT));
    if (record->kind < sizeof input_names / sizeof input_names[0] &&
        input_names[record->kind] != NULL)
        return input_names[record->kind];
    return "?";
}

static const char *instance_name(const struct cluster *cluster, uint64_t index)
{
    if (index >= cluster->options->instance_count)
        return "-";
    return cluster->options->instances[index].name;
}

static bool names_a_peer(const struct trace_record *record)
{
    return record->kind == TRACE_MESSAGE || record->kind == TRACE_DROP ||
           record->kind == TRACE_EFFECT + EFFECT_SEND;
}

static const char *message_name(const struct cluster *cluster, const struct trace_record *record)
{
    if (record->instance >= cluster->options->instance_count)
        return "";
    const char *const *kinds = cluster->instances[record->instance].lent.program->kinds;
    for (unsigned kind = 0; kinds != NULL && kinds[kind] != NULL; kind++) {
        if (kind == record->detail)
            return kinds[kind];
    }
    return "";
}

void describe_record(const struct cluster *cluster, const struct trace_record *record, FILE *file)
{
    fprintf(file, "%14llu ns  %-10s %-12s", (unsigned long long)record->at,
            instance_name(cluster, record->instance), record_name(record));
    if (names_a_peer(record)) {
        fprintf(file, " %s %s %s", message_name(cluster, record),
                record->kind == TRACE_EFFECT + EFFECT_SEND ? "to" : "from",
                instance_name(cluster, record->a & UINT32_MAX));
    } else {
        fprintf(file, " %u %llu", record->detail, (unsigned long long)record->a);
    }
    fputc('\n', file);
}

void describe_last(const struct cluster *cluster, size_t count, FILE *file)
{
    struct trace_record records[TRACE_KEPT];
    size_t kept = trace_last(cluster->trace, records, count < TRACE_KEPT ? count : TRACE_KEPT);
    for (size_t i = 0; i < kept; i++)
        describe_record(cluster, &records[i], file);
}
