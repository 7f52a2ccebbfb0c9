/* What need not be said, found by the tables of the format: any key that may be left out, any
 * element of a list, any distribution. */
#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/distribution_json.h"
#include "scenario/fault_syntax.h"
#include "scenario/path.h"
#include "scenario/reduce_internal.h"
#include "scenario/scalar.h"

enum walk_purpose { WALK_PARTS, WALK_DEFAULTS, WALK_SPREAD };

struct walk {
    enum walk_purpose purpose;
    const json_t *root;
    const struct reduce_facts *facts; /* PARTS only */
    GPtrArray *list;
};

/* What stays: what says which run this is, and what has a default that makes the run larger. */
static bool is_kept(const struct walk *walk, const struct format *format, const char *name)
{
    static const struct {
        const char *format, *key;
        bool always;
    } kept[] = {
        { "scenario", "seed", true },        { "scenario", "expect", false },
        { "scenario", "faults", true },      { "faults", "timeline", true },
        { "faults", "nemesis", true },       { "scenario", "plugins", false },
        { "group", "allowed_stops", false }, { "time", "settle", false },
        { "time", "warmup", false },         { "time", "max_events", false },
        { "workload", "keys", false },       { "workload", "value_size", false },
        { "workload", "start", false },      { "workload", "stop", false },
        { "workload", "think", false },      { "workload", "ops", false },
        { "workload", "name", false },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        bool meant = strcmp(kept[i].format, format->name) == 0 && strcmp(kept[i].key, name) == 0;
        if (meant)
            return kept[i].always || walk->purpose == WALK_PARTS;
    }
    if (walk->facts == NULL)
        return false;
    return strcmp(name, walk->facts->check) == 0 || g_strcmp0(name, walk->facts->metric) == 0;
}

static void add_without(const struct walk *walk, const char *pointer)
{
    if (walk->purpose != WALK_SPREAD)
        reduce_add(walk->list, reduce_edit(walk->root, pointer, NULL));
}

/* As the format writes it; NULL for a kind that is no number. */
static json_t *number_json(enum kind kind, int64_t value)
{
    bool number = kind == KIND_PROBABILITY || kind == KIND_FACTOR || kind == KIND_PPM ||
                  kind == KIND_NUMBER || kind == KIND_BANDWIDTH;
    if (number)
        return fault_syntax_number(kind, value);
    if (!scalar_kind(kind))
        return NULL;
    g_autofree char *text = scalar_text(kind, value);
    bool sign = kind == KIND_SHIFT && value >= 0;
    g_autofree char *whole = g_strconcat(sign ? "+" : "", text, NULL);
    return json_string(whole);
}

static void add_median(const struct walk *walk, const struct key *key, const json_t *value,
                       const char *pointer)
{
    if (walk->purpose != WALK_SPREAD || !json_is_object(value))
        return;
    struct plan_memory *memory = plan_memory_new();
    struct drawn drawn = distribution_make(memory, key->of, value);
    uint64_t median = distribution_quantile(&drawn.distribution, UINT64_C(1) << 63);
    int64_t number = (int64_t)MIN(median, (uint64_t)INT64_MAX / 2) + drawn.shift;
    plan_memory_free(memory);
    json_t *constant = number_json(key->of, number);
    if (constant != NULL)
        reduce_add(walk->list, reduce_edit(walk->root, pointer, constant));
}

static void walk_object(const struct walk *walk, const struct format *format, const json_t *object,
                        const char *pointer);

static void walk_value(const struct walk *walk, const struct key *key, const json_t *value,
                       const char *pointer);

static char *below(const char *pointer, const char *token)
{
    GString *place = g_string_new(pointer);
    pointer_add(place, token);
    return g_string_free(place, FALSE);
}

/* Entries of the user's choice; NULL: they are a program's parameters, of which we know no more. */
static void walk_map(const struct walk *walk, const struct key *item, const json_t *map,
                     const char *pointer)
{
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)map, name, value)
    {
        g_autofree char *place = below(pointer, name);
        bool kept = walk->facts != NULL && g_strcmp0(name, walk->facts->metric) == 0;
        if (!kept)
            add_without(walk, place);
        if (item != NULL)
            walk_value(walk, item, value, place);
    }
}

static void walk_list(const struct walk *walk, const struct key *item, const json_t *list,
                      const char *pointer)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        g_autofree char *place = g_strdup_printf("%s/%zu", pointer, i);
        add_without(walk, place);
        walk_value(walk, item, json_array_get(list, i), place);
    }
}

static void walk_value(const struct walk *walk, const struct key *key, const json_t *value,
                       const char *pointer)
{
    if (key->kind == KIND_OBJECT && json_is_object(value)) {
        walk_object(walk, key->format, value, pointer);
    } else if (key->kind == KIND_MAP && json_is_object(value)) {
        walk_map(walk, key->item, value, pointer);
    } else if (key->kind == KIND_CONFIG && json_is_object(value)) {
        walk_map(walk, NULL, value, pointer);
    } else if (key->kind == KIND_LIST && json_is_array(value)) {
        walk_list(walk, key->item, value, pointer);
    } else if (key->kind == KIND_DISTRIBUTION) {
        add_median(walk, key, value, pointer);
    }
}

/* Whether a check is switched off here: without that more would be asked, not less. */
static bool switches_off(const struct format *format, const char *name, const json_t *value)
{
    if (strcmp(format->name, "checks") == 0)
        return json_is_false(value);
    const char *check = NULL;
    const json_t *inner = NULL;
    bool any = false;
    if (strcmp(format->name, "scenario") == 0 && strcmp(name, "checks") == 0) {
        json_object_foreach((json_t *)value, check, inner) any |= json_is_false(inner);
    }
    return any;
}

static void walk_object(const struct walk *walk, const struct format *format, const json_t *object,
                        const char *pointer)
{
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)object, name, value)
    {
        const struct key *key = format_find(format, name);
        g_autofree char *place = below(pointer, name);
        bool required = key != NULL && (key->flags & KEY_REQUIRED) != 0;
        bool kept = is_kept(walk, format, name);
        bool off = walk->purpose == WALK_PARTS && switches_off(format, name, value);
        if (!required && !kept && !off)
            add_without(walk, place);
        bool inside = strcmp(name, "ops") == 0 || strcmp(name, "faults") == 0;
        bool leaf = key == NULL || (kept && !inside);
        if (!leaf)
            walk_value(walk, key, value, place);
    }
}

static void walk_all(const struct walk *walk)
{
    cs_assert(json_is_object(walk->root));
    walk_object(walk, &format_scenario, walk->root, "");
}

void reduce_parts(const json_t *scenario, const struct reduce_facts *facts, GPtrArray *list)
{
    const struct walk walk = { facts != NULL ? WALK_PARTS : WALK_DEFAULTS, scenario, facts, list };
    walk_all(&walk);
}

void reduce_spread(const json_t *scenario, GPtrArray *list)
{
    const struct walk walk = { WALK_SPREAD, scenario, NULL, list };
    walk_all(&walk);
}
