/* The timeline's faults. */
#include "scenario/build_faults.h"

#include <string.h>

#include "scenario/build_selectors.h"
#include "scenario/distribution_json.h"
#include "scenario/scalar.h"

/* ---- Whom ------------------------------------------------------------------------------------ */

static void set_sides(struct build *build, struct fault_options *fault, size_t count,
                      const json_t *const *values, const struct path *paths)
{
    cs_assert(count > 0 || problems_count(build->loading->problems) > 0);
    cs_assert(count <= NETWORK_SIDES_MAX);
    struct fault_side *sides = plan_memory_alloc(build->loading->memory, count, sizeof *sides);
    for (size_t i = 0; i < count; i++)
        sides[i] = build_side(build, values[i], &paths[i]);
    fault->sides = sides;
    fault->side_count = (uint32_t)count;
}

static void read_partition(struct build *build, const json_t *value, const struct path *path,
                           struct fault_options *fault)
{
    const json_t *values[NETWORK_SIDES_MAX];
    struct path paths[NETWORK_SIDES_MAX];
    size_t count = MIN(json_array_size(value), NETWORK_SIDES_MAX);
    for (size_t i = 0; i < count; i++) {
        values[i] = json_array_get(value, i);
        paths[i] = path_index(path, i);
    }
    set_sides(build, fault, count, values, paths);
}

/* The sides of a kind that is an object: under one key or under two. */
static void read_members(struct build *build, const json_t *value, const struct path *path,
                         struct fault_options *fault)
{
    const struct fault_syntax *syntax = &fault_syntax[fault->kind];
    const char *first = syntax->first, *second = syntax->second;
    if (syntax->either && json_object_get(value, "target") != NULL) {
        if (json_object_get(value, first) != NULL || json_object_get(value, second) != NULL) {
            wrong_value(build->loading, path, "\"target\" excludes \"%s\" and \"%s\"", first,
                        second);
        }
        first = "target";
        second = NULL;
    } else if (syntax->either &&
               (json_object_get(value, first) == NULL || json_object_get(value, second) == NULL)) {
        if (!build_given(build, path, "target") &&
            (!build_given(build, path, first) || !build_given(build, path, second))) {
            wrong_value(build->loading, path, "missing key \"target\", or \"%s\" and \"%s\"", first,
                        second);
        }
        return;
    }
    const json_t *values[] = { json_object_get(value, first),
                               second == NULL ? NULL : json_object_get(value, second) };
    const struct path paths[] = { path_key(path, first), path_key(path, second) };
    set_sides(build, fault, second == NULL ? 1 : 2, values, paths);
}

/* ---- How much -------------------------------------------------------------------------------- */

static struct fault_draw draw_of(struct build *build, enum kind kind, const json_t *value)
{
    struct drawn drawn = distribution_make(build->loading->memory, kind, value);
    return (struct fault_draw){ drawn.distribution, drawn.shift };
}

static void read_message_kinds(struct build *build, const json_t *list, struct fault_options *fault)
{
    size_t count = json_array_size(list);
    uint32_t *kinds = plan_memory_alloc(build->loading->memory, count, sizeof *kinds);
    for (size_t i = 0; i < count; i++)
        kinds[i] = (uint32_t)json_integer_value(json_array_get(list, i));
    fault->message_kinds = kinds;
    fault->message_kind_count = (uint32_t)count;
}

static void read_where(struct build *build, const json_t *value, struct fault_options *fault)
{
    const char *where = json_string_value(json_object_get(value, "where"));
    if (where != NULL)
        fault->where = plan_memory_string(build->loading->memory, where);
}

void build_fault_amounts(struct build *build, const json_t *value, const struct path *path,
                         struct fault_options *fault)
{
    const struct fault_syntax *syntax = &fault_syntax[fault->kind];
    fault->delay = distribution_constant(0);
    for (const struct fault_member *member = syntax->members; member->key != NULL; member++) {
        const json_t *number = fault_syntax_member(value, member);
        if (number != NULL)
            fault->amounts[member->amount] = draw_of(build, member->kind, number);
    }
    if (fault->kind == FAULT_FAILING_FLUSH && json_object_get(value, "count") == NULL)
        fault->amounts[AMOUNT_COUNT].distribution = distribution_constant(1);
    if (syntax->form != FORM_OBJECT)
        return;
    const json_t *delay = json_object_get(value, "delay");
    if (delay != NULL) {
        fault->delay = distribution_make(build->loading->memory, KIND_DURATION, delay).distribution;
    }
    read_message_kinds(build, json_object_get(value, "kinds"), fault);
    read_where(build, value, fault);
    build_check_amounts(build, value, path, fault);
}

/* ---- What a crash leaves --------------------------------------------------------------------- */

uint64_t build_weight(double weight)
{
    uint64_t parts = (uint64_t)(weight * 1000000.0 + 0.5);
    return weight > 0 && parts == 0 ? 1 : parts;
}

static void set_losses(struct build *build, const json_t *disk, const struct path *path,
                       struct fault_options *fault)
{
    struct fault_loss_choice *choices =
        plan_memory_alloc(build->loading->memory, 8, sizeof *choices);
    const char *one = json_string_value(disk);
    for (size_t i = 0; fault_loss_names[i] != NULL; i++) {
        const char *name = fault_loss_names[i];
        double weight =
            one != NULL ? strcmp(one, name) == 0 : json_number_value(json_object_get(disk, name));
        if (weight > 0) {
            choices[fault->loss_count++] =
                (struct fault_loss_choice){ fault_loss_named(name), build_weight(weight) };
        }
    }
    fault->losses = choices;
    if (fault->loss_count == 0)
        wrong_value(build->loading, path, "all weights are 0");
}

/* "disk": what is lost makes a crash a power loss. */
void build_fault_loss(struct build *build, const json_t *json, const struct path *path,
                      struct fault_options *fault)
{
    static const char *const keys[] = { "disk", "after_effects", "at_step" };
    if (fault->kind != FAULT_CRASH && fault->kind != FAULT_POWER_LOSS) {
        for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
            struct path member = path_key(path, keys[i]);
            if (json_object_get(json, keys[i]) != NULL) {
                wrong_key(build->loading, &member, "\"%s\" belongs to \"crash\" and \"power-loss\"",
                          keys[i]);
            }
        }
        return;
    }
    struct path member = path_key(path, "disk");
    json_t *usual = json_string(fault->kind == FAULT_CRASH ? "keep" : "lose-unsynced");
    const json_t *disk = json_object_get(json, "disk");
    set_losses(build, disk != NULL ? disk : usual, &member, fault);
    json_decref(usual);
    const json_t *effects = json_object_get(json, "after_effects");
    if (effects != NULL) {
        fault->amounts[AMOUNT_EFFECTS] = draw_of(build, KIND_NUMBER, effects);
        fault->amounts[AMOUNT_EFFECTS].shift += 1;
    }
    int64_t step = build_number(KIND_NUMBER, json, "at_step", 0);
    fault->amounts[AMOUNT_STEP].distribution = distribution_constant((uint64_t)step);
    if (step > 0 && effects == NULL)
        fault->amounts[AMOUNT_EFFECTS].shift = 1;
    bool keeps = fault->loss_count == 1 && fault->losses[0].loss.loss == DISK_KEEP;
    if (fault->kind == FAULT_CRASH && !keeps)
        fault->kind = FAULT_POWER_LOSS;
}

/* ---- When ------------------------------------------------------------------------------------ */

static void read_duration(struct build *build, const json_t *json, const struct path *path,
                          struct fault_options *fault)
{
    const struct fault_syntax *syntax = &fault_syntax[fault->kind];
    const json_t *duration = json_object_get(json, "for");
    struct path member = path_key(path, "for");
    if (duration != NULL && syntax->duration == FOR_NONE) {
        wrong_key(build->loading, &member, "\"%s\" happens at once: it takes no \"for\"",
                  syntax->key);
    }
    if (duration != NULL && !build_is(json, "for", "heal")) {
        fault->has_duration = true;
        fault->duration =
            distribution_make(build->loading->memory, KIND_DURATION, duration).distribution;
    }
    build_check_duration(build, path, fault);
    if (!build_given(build, path, "for") && syntax->duration == FOR_REQUIRED) {
        wrong_value(build->loading, path,
                    "missing key \"for\": how long the %s lasts; \"heal\" is until the end",
                    syntax->key);
    }
}

static void read_repeat(struct build *build, const json_t *json, const struct path *path,
                        struct fault_options *fault)
{
    const json_t *repeat = json_object_get(json, "repeat");
    const json_t *every = json_object_get(repeat, "every");
    if (every == NULL)
        return;
    struct path repeat_path = path_key(path, "repeat");
    struct path every_path = path_key(&repeat_path, "every");
    fault->repeats = true;
    fault->every = distribution_make(build->loading->memory, KIND_DURATION, every).distribution;
    fault->repeat_count = (uint32_t)build_number(KIND_NUMBER, repeat, "count", 0);
    fault->repeat_until_ns = build_ns(repeat, "until", 0);
    if (distribution_is_only(&fault->every, 0))
        wrong_value(build->loading, &every_path, "the next firing must come later than this one");
    struct path until_path = path_key(&repeat_path, "until");
    if (fault->repeat_until_ns > 0 && fault->repeat_until_ns <= fault->at_ns) {
        wrong_value(build->loading, &until_path,
                    "it would not repeat: \"until\" is not after \"at\"");
    }
    if (fault->on != NULL) {
        wrong_key(build->loading, &repeat_path,
                  "a fault that waits for an event fires after each, or after the one with the "
                  "number that \"on\" gives");
    }
}

/* The event that was meant by a name that is nearly one, or NULL.  Programs' own names are longer
 * or shorter than what they resemble. */
static const char *meant_event(const char *name, GPtrArray *events)
{
    const char *near = nearest_name(name, (const char *const *)events->pdata, events->len);
    if (near == NULL)
        return NULL;
    size_t size = strlen(name), other = strlen(near);
    return MAX(size, other) - MIN(size, other) <= 2 ? near : NULL;
}

#define REACHED "reached:"

/* "leader-elected#3".  A name that is no event of ours may be one that a program reaches; with
 * "reached:" before it, it is. */
static void read_event(struct build *build, const char *text, const struct path *path,
                       struct fault_options *fault)
{
    const char *sharp = strchr(text, '#');
    g_autofree char *name = sharp == NULL ? g_strdup(text) : g_strndup(text, (gsize)(sharp - text));
    bool own = g_str_has_prefix(name, REACHED);
    const char *event = own ? name + strlen(REACHED) : name;
    fault->on = plan_memory_string(build->loading->memory, event);
    guint64 number = 0;
    if (sharp != NULL && (!g_ascii_string_to_unsigned(sharp + 1, 10, 1, UINT32_MAX, &number, NULL)))
        wrong_value(build->loading, path, "\"%s\": behind '#' stands a number from 1", text);
    fault->on_number = (uint32_t)number;
    bool known = own && event[0] != '\0';
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; fault_event_name(i) != NULL; i++) {
        known |= strcmp(fault_event_name(i), name) == 0;
        g_ptr_array_add(names, (void *)fault_event_name(i));
    }
    bool free_name = !own && name[0] != '\0' && !g_str_has_prefix(name, "phase:");
    if (!known && !(free_name && meant_event(name, names) == NULL))
        build_unknown(build, path, PART_VALUE, "event", name, names);
}

static void read_time(struct build *build, const json_t *json, const struct path *path,
                      struct fault_options *fault)
{
    const char *event = json_string_value(json_object_get(json, "on"));
    const json_t *after = json_object_get(json, "after");
    bool timed = json_object_get(json, "at") != NULL;
    struct path on_path = path_key(path, "on");
    struct path after_path = path_key(path, "after");
    fault->at_ns = build_ns(json, "at", 0);
    uint64_t end_ns = build->plan->duration_ns;
    bool late = timed && end_ns > 0 && fault->at_ns >= end_ns;
    if (late && !build->loading->cut_short) {
        struct path at_path = path_key(path, "at");
        wrong_value(
            build->loading, &at_path,
            "it would never fire: the cluster is healed at \"duration\", %s",
            json_string_value(json_object_get(json_object_get(build->root, "time"), "duration")));
    }
    if (event != NULL)
        read_event(build, event, &on_path, fault);
    if (after != NULL)
        fault->after = draw_of(build, KIND_DURATION, after);
    if (timed && event != NULL) {
        wrong_key(build->loading, &on_path, "\"at\" and \"on\" exclude each other");
    } else if (!build_given(build, path, "at") && !build_given(build, path, "on")) {
        wrong_value(build->loading, path, "missing key \"at\" or \"on\": when the fault fires");
    }
    if (after != NULL && event == NULL)
        wrong_key(build->loading, &after_path, "\"after\" belongs to \"on\"");
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void read_kind(struct build *build, const json_t *json, const struct path *path,
                      struct fault_options *fault)
{
    const struct fault_syntax *syntax = &fault_syntax[fault->kind];
    const json_t *value = json_object_get(json, syntax->key);
    struct path member = path_key(path, syntax->key);
    switch (syntax->form) {
    case FORM_SIDES:
        read_partition(build, value, &member, fault);
        break;
    case FORM_TARGETS:
        set_sides(build, fault, 1, (const json_t *const[]){ value }, &member);
        break;
    case FORM_OBJECT:
        read_members(build, value, &member, fault);
        break;
    }
    build_fault_amounts(build, value, &member, fault);
    build_check_targets(build, fault, value, &member);
}

static void read_fault(struct build *build, json_t *json, size_t index)
{
    cs_assert(index < build->plan->fault_count);
    struct fault_options *fault = (struct fault_options *)&build->plan->faults[index];
    struct path path = path_index(&build->timeline_path, index);
    fault->kind = fault_syntax_kind(json);
    build_fault_id(build, json, index, fault);
    read_time(build, json, &path, fault);
    if (fault->kind == FAULT_KIND_COUNT)
        return;
    read_kind(build, json, &path, fault);
    read_duration(build, json, &path, fault);
    read_repeat(build, json, &path, fault);
    build_fault_loss(build, json, &path, fault);
    build_fault_builds(build, json, &path, fault);
}

/* Leave out what --until has cut off: it is not part of this run. */
static void drop_late(struct build *build, json_t *list)
{
    struct plan *plan = build->plan;
    struct fault_options *faults = (struct fault_options *)plan->faults;
    json_t *kept = json_array();
    uint32_t count = 0;
    for (uint32_t i = 0; i < plan->placed_count; i++) {
        if (faults[i].on == NULL && faults[i].at_ns >= plan->duration_ns)
            continue;
        json_array_append(kept, json_array_get(list, i));
        faults[count++] = faults[i];
    }
    json_array_clear(list);
    json_array_extend(list, kept);
    json_decref(kept);
    memset(&faults[count], 0, (plan->placed_count - count) * sizeof *faults);
    plan->fault_count -= plan->placed_count - count;
    plan->placed_count = count;
}

static enum heal heal_of(const struct build *build)
{
    const json_t *time = json_object_get(build->root, "time");
    const json_t *faults = json_object_get(build->root, "faults");
    if (json_is_false(json_object_get(faults, "heal_at_end")) || build_is(time, "heal", "none"))
        return HEAL_NONE;
    return build_is(time, "heal", "majority") ? HEAL_MAJORITY : HEAL_ALL;
}

void build_faults(struct build *build)
{
    const json_t *faults = json_object_get(build->root, "faults");
    json_t *list = json_object_get(faults, "timeline");
    size_t count = json_array_size(list);
    size_t chosen = build_nemesis_size(build);
    build->plan->faults =
        plan_memory_alloc(build->loading->memory, count + chosen, sizeof *build->plan->faults);
    build->plan->fault_count = (uint32_t)(count + chosen);
    build->plan->placed_count = (uint32_t)count;
    build->plan->heal = heal_of(build);
    for (size_t i = 0; i < count; i++) {
        if (json_is_object(json_array_get(list, i)))
            read_fault(build, json_array_get(list, i), i);
    }
    if (build->loading->cut_short)
        drop_late(build, list);
    build_nemesis(build);
    build_check_builds(build);
    build_fault_names(build);
}
