/* Earlier ends, and less time before what matters; windows of faults. */
#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/fault_syntax.h"
#include "scenario/reduce_internal.h"

#define NS_PER_MS INT64_C(1000000)

/* ---- The run --------------------------------------------------------------------------------- */

/* The faults that begin before `end_ns`. */
static json_t *begun_by(const json_t *scenario, int64_t end_ns)
{
    const json_t *timeline = reduce_timeline_of(scenario);
    json_t *kept = json_array();
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        json_t *fault = json_array_get(timeline, i);
        if (reduce_ns(fault, "/at", 0) < end_ns)
            json_array_append(kept, fault);
    }
    return kept;
}

/* The duration ends at `end_ns`; a warm-up that would leave nothing of it goes. */
static json_t *ends_at(const json_t *scenario, int64_t end_ns)
{
    json_t *step = reduce_edit(scenario, "/time/duration", reduce_duration(end_ns));
    if (reduce_ns(scenario, "/time/warmup", 0) >= end_ns)
        step = reduce_also(step, "/time/warmup", NULL);
    json_t *kept = begun_by(scenario, end_ns);
    if (json_array_size(kept) < reduce_fault_count(scenario) && step != NULL) {
        json_t *shorter = reduce_with_timeline(step, kept);
        json_decref(step);
        return shorter;
    }
    json_decref(kept);
    return step;
}

static int64_t last_end(const json_t *scenario)
{
    const json_t *timeline = reduce_timeline_of(scenario);
    int64_t last = 0;
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        const json_t *fault = json_array_get(timeline, i);
        last = MAX(last, reduce_ns(fault, "/at", 0) + reduce_ns(fault, "/for", 0));
    }
    return last;
}

/* Everything happens earlier: less goes on before the first fault. */
static json_t *shifted(const json_t *scenario, int64_t by_ns)
{
    const json_t *timeline = reduce_timeline_of(scenario);
    int64_t duration = reduce_ns(scenario, "/time/duration", 0);
    if (by_ns <= 0 || by_ns >= duration)
        return NULL;
    json_t *moved = json_array();
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        const json_t *fault = json_array_get(timeline, i);
        int64_t at = reduce_ns(fault, "/at", 0);
        cs_assert(at >= by_ns);
        json_array_append_new(moved, reduce_edit(fault, "/at", reduce_duration(at - by_ns)));
    }
    json_t *step = reduce_edit(scenario, "/time/duration", reduce_duration(duration - by_ns));
    return reduce_also(step, "/faults/timeline", moved);
}

static void add_shifts(const json_t *scenario, GPtrArray *list)
{
    if (reduce_fault_count(scenario) == 0)
        return;
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < reduce_fault_count(scenario); i++) {
        const json_t *fault = json_array_get(reduce_timeline_of(scenario), i);
        first = MIN(first, reduce_ns(fault, "/at", 0));
    }
    for (int64_t share = 2; share <= 8; share *= 2) {
        int64_t by = first / share / NS_PER_MS * NS_PER_MS;
        if (by >= 100 * NS_PER_MS)
            reduce_add(list, shifted(scenario, by));
    }
}

void reduce_time(const json_t *scenario, const struct reduce_facts *facts, GPtrArray *list)
{
    int64_t duration = reduce_ns(scenario, "/time/duration", 0);
    int64_t settle = reduce_ns(scenario, "/time/settle", INT64_MAX);
    int64_t warmup = reduce_ns(scenario, "/time/warmup", 0);
    if (facts->at_ns < (uint64_t)duration) {
        int64_t end = ((int64_t)facts->at_ns / NS_PER_MS + 1) * NS_PER_MS;
        if (end < duration) {
            reduce_add(list,
                       reduce_also(ends_at(scenario, end), "/time/settle", json_string("0s")));
            reduce_add(list, ends_at(scenario, end));
        }
    }
    if (warmup > 0)
        reduce_add(list, reduce_edit(scenario, "/time/warmup", NULL));
    if (settle > 0)
        reduce_add(list, reduce_edit(scenario, "/time/settle", json_string("0s")));
    int64_t last = (last_end(scenario) / NS_PER_MS + 1) * NS_PER_MS;
    if (last < duration)
        reduce_add(list, ends_at(scenario, last));
    for (int64_t eighths = 4; eighths < 8; eighths++) {
        int64_t end = duration / 8 * eighths / NS_PER_MS * NS_PER_MS;
        if (end >= 10 * NS_PER_MS)
            reduce_add(list, ends_at(scenario, end));
    }
    if (settle != INT64_MAX && settle > 1000 * NS_PER_MS)
        reduce_add(list, reduce_edit(scenario, "/time/settle", reduce_duration(settle / 2)));
    add_shifts(scenario, list);
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static json_t *with_fault(const json_t *scenario, size_t index, json_t *fault)
{
    g_autofree char *pointer = g_strdup_printf("/faults/timeline/%zu", index);
    return fault != NULL ? reduce_edit(scenario, pointer, fault) : NULL;
}

/* Half as long: the first half, or the second. */
static void add_halves(const json_t *scenario, size_t index, const json_t *fault, GPtrArray *list)
{
    int64_t length = reduce_ns(fault, "/for", 0);
    int64_t half = length / 2 / NS_PER_MS * NS_PER_MS;
    if (half < NS_PER_MS)
        return;
    int64_t at = reduce_ns(fault, "/at", 0);
    reduce_add(list,
               with_fault(scenario, index, reduce_edit(fault, "/for", reduce_duration(half))));
    json_t *later = reduce_edit(fault, "/at", reduce_duration(at + length - half));
    later = reduce_also(later, "/for", reduce_duration(half));
    reduce_add(list, with_fault(scenario, index, later));
}

/* Fewer digits: the roundest time at or before this one comes first. */
static void add_rounder(const json_t *scenario, size_t index, const json_t *fault, const char *key,
                        GPtrArray *list)
{
    int64_t ns = reduce_ns(fault, key, 0);
    for (int64_t unit = 1000 * NS_PER_MS; unit >= NS_PER_MS; unit /= 10) {
        int64_t round = ns / unit * unit;
        if (ns % unit == 0)
            return;
        if (round > 0) {
            reduce_add(
                list, with_fault(scenario, index, reduce_edit(fault, key, reduce_duration(round))));
        }
    }
}

/* One target less, at `pointer` of the fault, for each of several. */
static void add_fewer(const json_t *scenario, size_t index, const json_t *fault,
                      const char *pointer, const json_t *targets, GPtrArray *list)
{
    for (size_t t = 0; json_array_size(targets) > 1 && t < json_array_size(targets); t++) {
        g_autofree char *one = g_strdup_printf("%s/%zu", pointer, t);
        reduce_add(list, with_fault(scenario, index, reduce_edit(fault, one, NULL)));
    }
}

static void add_targets(const json_t *scenario, size_t index, const json_t *fault,
                        const struct fault_syntax *syntax, GPtrArray *list)
{
    static const char *const keys[] = { "target", "from", "to", "node" };
    g_autofree char *pointer = g_strconcat("/", syntax->key, NULL);
    const json_t *value = json_object_get(fault, syntax->key);
    if (syntax->form == FORM_TARGETS)
        add_fewer(scenario, index, fault, pointer, value, list);
    for (size_t s = 0; syntax->form == FORM_SIDES && s < json_array_size(value); s++) {
        g_autofree char *side = g_strdup_printf("%s/%zu", pointer, s);
        add_fewer(scenario, index, fault, side, json_array_get(value, s), list);
    }
    for (size_t k = 0; syntax->form == FORM_OBJECT && k < G_N_ELEMENTS(keys); k++) {
        g_autofree char *side = g_strdup_printf("%s/%s", pointer, keys[k]);
        add_fewer(scenario, index, fault, side, json_object_get(value, keys[k]), list);
    }
}

/* What it does beside the rest: a packet fault without its duplicates.  "kinds" and "where" say
 * what is spared, and stay. */
static void add_amounts(const json_t *scenario, size_t index, const json_t *fault,
                        const struct fault_syntax *syntax, GPtrArray *list)
{
    static const char *const extras[] = { "delay", "burst" };
    const json_t *value = json_object_get(fault, syntax->key);
    for (size_t e = 0; e < G_N_ELEMENTS(extras); e++) {
        g_autofree char *pointer = g_strdup_printf("/%s/%s", syntax->key, extras[e]);
        if (json_object_get(value, extras[e]) != NULL)
            reduce_add(list, with_fault(scenario, index, reduce_edit(fault, pointer, NULL)));
    }
    for (const struct fault_member *member = syntax->members; member->key != NULL; member++) {
        if (strchr(member->key, '.') != NULL || json_object_get(value, member->key) == NULL)
            continue;
        g_autofree char *pointer = g_strdup_printf("/%s/%s", syntax->key, member->key);
        reduce_add(list, with_fault(scenario, index, reduce_edit(fault, pointer, NULL)));
    }
}

/* A crash that leaves more on the disk, or that comes between two steps. */
static void add_gentler(const json_t *scenario, size_t index, const json_t *fault, GPtrArray *list)
{
    const char *loss = json_string_value(json_object_get(fault, "disk"));
    if (json_object_get(fault, "after_effects") != NULL)
        reduce_add(list, with_fault(scenario, index, reduce_edit(fault, "/after_effects", NULL)));
    if (loss == NULL)
        return;
    reduce_add(list, with_fault(scenario, index, reduce_edit(fault, "/disk", NULL)));
    for (const char *const *name = fault_loss_names; *name != NULL && strcmp(*name, loss) != 0;
         name++) {
        reduce_add(list,
                   with_fault(scenario, index, reduce_edit(fault, "/disk", json_string(*name))));
    }
}

void reduce_windows(const json_t *scenario, GPtrArray *list)
{
    for (size_t i = 0; i < reduce_fault_count(scenario); i++) {
        const json_t *fault = json_array_get(reduce_timeline_of(scenario), i);
        enum fault_kind kind = fault_syntax_kind(fault);
        if (kind == FAULT_KIND_COUNT)
            continue;
        add_targets(scenario, i, fault, &fault_syntax[kind], list);
        if (fault_syntax[kind].form == FORM_OBJECT)
            add_amounts(scenario, i, fault, &fault_syntax[kind], list);
        add_gentler(scenario, i, fault, list);
        add_halves(scenario, i, fault, list);
        add_rounder(scenario, i, fault, "/at", list);
        add_rounder(scenario, i, fault, "/for", list);
    }
}
