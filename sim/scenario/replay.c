/* A run's faults as a scenario of its own: what was drawn is written down, so that it replays
 * without chance.
 *
 * The effective scenario is taken as it is; its timeline becomes the list of what fired, with
 * targets by name and numbers as they were drawn, and its nemesis goes.  What no firing changes (a
 * distribution of delays, a list of message kinds, a volume's name) is copied from the fault that
 * fired. */
#include <string.h>

#include "scenario/fault_syntax.h"
#include "scenario/json_text.h"
#include "scenario/plan.h"
#include "scenario/threshold_text.h"

static void set(json_t *object, const char *key, json_t *value)
{
    int failed = json_object_set_new(object, key, value);
    cs_assert(failed == 0);
}

static json_t *duration_json(uint64_t ns)
{
    return fault_syntax_number(KIND_DURATION, (int64_t)MIN(ns, (uint64_t)INT64_MAX));
}

/* The names of those on a side. */
static json_t *side_json(const struct plan *plan, const struct fault_record *record, uint32_t side)
{
    json_t *names = json_array();
    for (uint32_t i = 0; i < record->target_count; i++) {
        const char *name = plan->cluster.instances[record->targets[i]].name;
        if (record->side_of[i] == side)
            json_array_append_new(names, json_string(name));
    }
    return names;
}

/* What the fault that fired says about its kind; a compound one says nothing of its parts. */
static const json_t *source_of(const struct plan *plan, const json_t *root,
                               const struct fault_record *record)
{
    const json_t *faults = json_object_get(root, "faults");
    const char *key = fault_syntax[record->kind].key;
    if (plan->faults[record->fault].kind != record->kind)
        return NULL;
    if (record->fault < plan->placed_count) {
        const json_t *list = json_object_get(faults, "timeline");
        return json_object_get(json_array_get(list, record->fault), key);
    }
    return json_object_get(json_object_get(json_object_get(faults, "nemesis"), "faults"), key);
}

static void set_member(json_t *object, const struct fault_member *member, int64_t value)
{
    const char *dot = strchr(member->key, '.');
    json_t *number = fault_syntax_number(member->kind, value);
    if (dot == NULL) {
        set(object, member->key, number);
        return;
    }
    g_autofree char *outer = g_strndup(member->key, (gsize)(dot - member->key));
    if (json_object_get(object, outer) == NULL)
        set(object, outer, json_object());
    set(json_object_get(object, outer), dot + 1, number);
}

static json_t *object_json(const struct plan *plan, const json_t *source,
                           const struct fault_record *record)
{
    static const char *const copied[] = { "delay", "kinds", "where" };
    const struct fault_syntax *syntax = &fault_syntax[record->kind];
    uint32_t last = record->side_of[record->target_count - 1];
    bool alone = syntax->second == NULL || (syntax->either && last == 0);
    json_t *object = json_object();
    set(object, alone && syntax->either ? "target" : syntax->first, side_json(plan, record, 0));
    if (!alone)
        set(object, syntax->second, side_json(plan, record, 1));
    for (size_t i = 0; i < G_N_ELEMENTS(copied); i++) {
        json_t *value = json_object_get(source, copied[i]);
        if (value != NULL)
            json_object_set(object, copied[i], value);
    }
    for (const struct fault_member *member = syntax->members; member->key != NULL; member++) {
        bool given = source == NULL || fault_syntax_member(source, member) != NULL;
        if (given)
            set_member(object, member, record->amounts[member->amount]);
    }
    return object;
}

static json_t *kind_json(const struct plan *plan, const json_t *root,
                         const struct fault_record *record)
{
    const struct fault_syntax *syntax = &fault_syntax[record->kind];
    if (syntax->form == FORM_TARGETS)
        return side_json(plan, record, 0);
    if (syntax->form == FORM_OBJECT)
        return object_json(plan, source_of(plan, root, record), record);
    json_t *sides = json_array();
    uint32_t last = record->side_of[record->target_count - 1];
    for (uint32_t s = 0; s <= last; s++)
        json_array_append_new(sides, side_json(plan, record, s));
    return sides;
}

static json_t *entry_json(const struct plan *plan, const json_t *root,
                          const struct fault_record *record)
{
    const struct fault_syntax *syntax = &fault_syntax[record->kind];
    json_t *entry = json_object();
    set(entry, "id", json_string(record->name));
    set(entry, "at", duration_json(record->at_ns));
    if (record->due_ns != UINT64_MAX) {
        set(entry, "for", duration_json(record->due_ns - record->at_ns));
    } else if (syntax->duration == FOR_REQUIRED) {
        set(entry, "for", json_string("heal"));
    }
    set(entry, syntax->key, kind_json(plan, root, record));
    if (record->kind == FAULT_CRASH || record->kind == FAULT_POWER_LOSS) {
        set(entry, "disk", json_string(fault_loss_name(record->loss)));
        if (record->amounts[AMOUNT_EFFECTS] > 0)
            set(entry, "after_effects", json_integer(record->amounts[AMOUNT_EFFECTS] - 1));
        if (record->amounts[AMOUNT_STEP] > 0)
            set(entry, "at_step", json_integer(record->amounts[AMOUNT_STEP]));
    }
    if (record->rebuilt > 0)
        set(entry, "build", json_string(record->build));
    return entry;
}

/* Whether a fault with this id fired; NULL: any at all. */
static bool fired(const struct plan *plan, const struct fault_record *const *records, size_t count,
                  const char *id)
{
    for (size_t i = 0; i < count; i++) {
        bool meant = id == NULL || fault_is_named(plan->faults[records[i]->fault].id, id);
        if (records[i]->fired && meant)
            return true;
    }
    return false;
}

/* A threshold about a fault that did not fire would name a fault that the replay does not have; so
 * would one about the time of faults, where there was none. */
static void drop_thresholds(const struct plan *plan, json_t *thresholds,
                            const struct fault_record *const *records, size_t count)
{
    const char *key = NULL;
    json_t *list = NULL;
    void *next = NULL;
    json_object_foreach_safe(thresholds, next, key, list)
    {
        g_autofree char *id = metric_text_filter(key, "fault");
        if (metric_text_needs_faults(key) && !fired(plan, records, count, id))
            json_object_del(thresholds, key);
    }
}

json_t *plan_placed(const struct plan *plan)
{
    json_t *scenario = json_loads(plan->effective, 0, NULL);
    cs_assert(scenario != NULL);
    g_autofree char *folder = g_path_get_dirname(plan->source);
    g_autofree char *whole = g_canonicalize_filename(folder, NULL);
    json_t *list = json_object_get(scenario, "plugins");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        g_autofree char *file = g_canonicalize_filename(name, whole);
        json_array_set_new(list, i, json_string(file));
    }
    return scenario;
}

char *plan_replay(const struct plan *plan, const struct fault_record *const *records, size_t count)
{
    json_t *root = json_loads(plan->effective, 0, NULL);
    cs_assert(root != NULL);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (records[i]->fired)
            json_array_append_new(list, entry_json(plan, root, records[i]));
    }
    json_t *faults = json_object_get(root, "faults");
    if (faults == NULL) {
        faults = json_object();
        set(root, "faults", faults);
    }
    json_object_del(faults, "nemesis");
    json_object_del(root, "sweep");
    drop_thresholds(plan, json_object_get(root, "thresholds"), records, count);
    set(faults, "timeline", list);
    GString *text = g_string_new(NULL);
    json_text_add(text, root, 0);
    g_string_append_c(text, '\n');
    json_decref(root);
    return g_string_free(text, FALSE);
}
