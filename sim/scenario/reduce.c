#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/path.h"
#include "scenario/reduce_internal.h"
#include "scenario/value.h"

/* ---- Editing --------------------------------------------------------------------------------- */

static json_t *child_of(const json_t *value, const char *token)
{
    if (json_is_object(value))
        return json_object_get(value, token);
    bool number =
        json_is_array(value) && *token != '\0' && strspn(token, "0123456789") == strlen(token);
    return number ? json_array_get(value, (size_t)g_ascii_strtoull(token, NULL, 10)) : NULL;
}

/* Only what lies on the way is copied. */
static json_t *edited(const json_t *value, char **tokens, json_t *replacement)
{
    json_t *child = child_of(value, tokens[0]);
    bool last = tokens[1] == NULL;
    bool possible = last ? child != NULL || (json_is_object(value) && replacement != NULL)
                         : json_is_object(child) || json_is_array(child);
    if (!possible)
        return NULL;
    json_t *fresh = last ? json_incref(replacement) : edited(child, tokens + 1, replacement);
    if (fresh == NULL && !last)
        return NULL;
    json_t *copy = json_copy((json_t *)value);
    if (json_is_object(copy) && fresh == NULL) {
        json_object_del(copy, tokens[0]);
    } else if (json_is_object(copy)) {
        json_object_set_new(copy, tokens[0], fresh);
    } else if (fresh == NULL) {
        json_array_remove(copy, (size_t)g_ascii_strtoull(tokens[0], NULL, 10));
    } else {
        json_array_set_new(copy, (size_t)g_ascii_strtoull(tokens[0], NULL, 10), fresh);
    }
    return copy;
}

json_t *reduce_edit(const json_t *scenario, const char *pointer, json_t *value)
{
    g_auto(GStrv) tokens = pointer_split(pointer);
    cs_assert(tokens != NULL);
    cs_assert(tokens[0] != NULL);
    json_t *result = edited(scenario, tokens, value);
    json_decref(value);
    return result;
}

void reduce_add(GPtrArray *list, json_t *step)
{
    if (step != NULL)
        g_ptr_array_add(list, step);
}

json_t *reduce_also(json_t *scenario, const char *pointer, json_t *value)
{
    if (scenario == NULL) {
        json_decref(value);
        return NULL;
    }
    json_t *result = reduce_edit(scenario, pointer, value);
    json_decref(scenario);
    return result;
}

/* ---- Looking up ------------------------------------------------------------------------------ */

static const json_t *find(const json_t *scenario, const char *pointer)
{
    g_auto(GStrv) tokens = pointer_split(pointer);
    const json_t *value = scenario;
    for (char **token = tokens; value != NULL && *token != NULL; token++)
        value = child_of(value, *token);
    return value;
}

int64_t reduce_ns(const json_t *scenario, const char *pointer, int64_t fallback)
{
    int64_t ns = fallback;
    const char *text = json_string_value(find(scenario, pointer));
    g_autofree char *wrong = text != NULL ? value_duration(text, &ns) : NULL;
    return wrong != NULL ? fallback : ns;
}

json_t *reduce_duration(int64_t ns)
{
    g_autofree char *text = value_duration_text(ns);
    return json_string(text);
}

const json_t *reduce_timeline_of(const json_t *scenario)
{
    return json_object_get(json_object_get(scenario, "faults"), "timeline");
}

json_t *reduce_with_timeline(const json_t *scenario, json_t *timeline)
{
    if (json_array_size(timeline) > 0)
        return reduce_edit(scenario, "/faults/timeline", timeline);
    json_decref(timeline);
    if (json_object_size(json_object_get(scenario, "faults")) == 1)
        return reduce_edit(scenario, "/faults", NULL);
    return reduce_edit(scenario, "/faults/timeline", NULL);
}

/* ---- The timeline ---------------------------------------------------------------------------- */

size_t reduce_fault_count(const json_t *scenario)
{
    return json_array_size(reduce_timeline_of(scenario));
}

const char *reduce_fault_id(const json_t *scenario, size_t index)
{
    const json_t *fault = json_array_get(reduce_timeline_of(scenario), index);
    const char *id = json_string_value(json_object_get(fault, "id"));
    return id != NULL ? id : "";
}

json_t *reduce_timeline(const json_t *scenario, const bool *keep)
{
    const json_t *timeline = reduce_timeline_of(scenario);
    json_t *kept = json_array();
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        if (keep[i])
            json_array_append(kept, json_array_get(timeline, i));
    }
    return reduce_with_timeline(scenario, kept);
}

/* ---- Passes ---------------------------------------------------------------------------------- */

/* What says nothing of the run itself, all at once; what of it can go one by one is a part. */
static void reduce_judges(const json_t *scenario, const struct reduce_facts *facts, GPtrArray *list)
{
    static const char *const words[] = { "/about", "/tags", "/output", "/sweep" };
    const json_t *checks = json_object_get(scenario, "checks");
    const json_t *thresholds = json_object_get(scenario, "thresholds");
    json_t *kept = json_object();
    if (json_object_get(checks, facts->check) != NULL)
        json_object_set(kept, facts->check, json_object_get(checks, facts->check));
    json_t *step = reduce_edit(scenario, "/checks",
                               json_object_size(kept) > 0 ? json_incref(kept) : json_object());
    json_t *metrics = json_object();
    if (facts->metric != NULL && json_object_get(thresholds, facts->metric) != NULL)
        json_object_set(metrics, facts->metric, json_object_get(thresholds, facts->metric));
    if (thresholds != NULL) {
        step = reduce_also(step, "/thresholds",
                           json_object_size(metrics) > 0 ? json_incref(metrics) : NULL);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (json_object_get(scenario, words[i] + 1) != NULL)
            step = reduce_also(step, words[i], NULL);
    }
    json_decref(kept);
    json_decref(metrics);
    if (step != NULL && json_object_size(json_object_get(step, "checks")) == 0)
        step = reduce_also(step, "/checks", NULL);
    if (step != NULL && json_equal(step, scenario)) {
        json_decref(step);
        step = NULL;
    }
    reduce_add(list, step);
}

static void drop(void *step) { json_decref(step); }

GPtrArray *reduce_list(const json_t *scenario, enum reduce_pass pass,
                       const struct reduce_facts *facts)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(drop);
    switch (pass) {
    case REDUCE_JUDGES:
        reduce_judges(scenario, facts, list);
        break;
    case REDUCE_TIME:
        reduce_time(scenario, facts, list);
        break;
    case REDUCE_PARTS:
        reduce_parts(scenario, facts, list);
        break;
    case REDUCE_SPREAD:
        reduce_spread(scenario, list);
        break;
    case REDUCE_NODES:
        reduce_nodes(scenario, list);
        break;
    case REDUCE_LOAD:
        reduce_load(scenario, list);
        break;
    case REDUCE_WINDOWS:
        reduce_windows(scenario, list);
        break;
    case REDUCE_LUCK:
        reduce_luck(scenario, list);
        break;
    case REDUCE_FAULTS:
        cs_assert(false && "a pass without a list");
    }
    return list;
}

GPtrArray *reduce_defaults(const json_t *scenario)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(drop);
    reduce_parts(scenario, NULL, list);
    return list;
}
