/* The timeline's faults. */
#include <string.h>

#include "scenario/build.h"
#include "scenario/build_selectors.h"
#include "scenario/distribution_json.h"
#include "scenario/scalar.h"

/* The keys that name a kind, in the order of enum fault_kind. */
static const char *const kind_keys[FAULT_KIND_COUNT] = {
    "crash", "power-loss", "pause", "partition", "block", "packets", "slow-disk", "clock",
};

/* The fault's kind; FAULT_KIND_COUNT if it has none. */
static enum fault_kind kind_of(const json_t *json)
{
    enum fault_kind kind = 0;
    while (kind < FAULT_KIND_COUNT && json_object_get(json, kind_keys[kind]) == NULL)
        kind++;
    return kind;
}

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

/* How often a selector that means "the others" stands in a fault.  Twice says nothing. */
static void check_rest(struct build *build, const struct fault_options *fault,
                       const struct path *path)
{
    unsigned count = 0;
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            count += fault->sides[s].selectors[i].kind == SELECT_REST &&
                     fault->sides[s].selectors[i].text != NULL;
        }
    }
    if (count > 1 && build->server_groups == 1)
        wrong_value(build->loading, path, "\"rest\" stands here more than once");
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

static void read_members(struct build *build, const json_t *value, const struct path *path,
                         struct fault_options *fault, const char *first, const char *second)
{
    const json_t *values[] = { json_object_get(value, first),
                               second == NULL ? NULL : json_object_get(value, second) };
    const struct path paths[] = { path_key(path, first), path_key(path, second) };
    set_sides(build, fault, second == NULL ? 1 : 2, values, paths);
}

static void read_packets(struct build *build, const json_t *value, struct fault_options *fault)
{
    const json_t *delay = json_object_get(value, "delay");
    fault->condition.loss = (uint64_t)build_number(KIND_PROBABILITY, value, "loss", 0);
    fault->condition.duplicate = (uint64_t)build_number(KIND_PROBABILITY, value, "duplicate", 0);
    fault->condition.delay = distribution_constant(0);
    if (delay != NULL) {
        fault->condition.delay =
            distribution_make(build->loading->memory, KIND_DURATION, delay).distribution;
    }
}

static void read_kind(struct build *build, const json_t *value, const struct path *path,
                      struct fault_options *fault)
{
    cs_assert(fault->kind < FAULT_KIND_COUNT);
    switch (fault->kind) {
    case FAULT_PARTITION:
        read_partition(build, value, path, fault);
        break;
    case FAULT_BLOCK:
        read_members(build, value, path, fault, "from", "to");
        break;
    case FAULT_PACKETS:
        read_members(build, value, path, fault, "target", NULL);
        read_packets(build, value, fault);
        break;
    case FAULT_SLOW_DISK:
        read_members(build, value, path, fault, "target", NULL);
        fault->factor =
            (uint32_t)(json_number_value(json_object_get(value, "factor")) * 65536.0 + 0.5);
        break;
    case FAULT_CLOCK:
        read_members(build, value, path, fault, "node", NULL);
        fault->jump_ns = build_number(KIND_SHIFT, value, "jump", 0);
        break;
    case FAULT_CRASH:
    case FAULT_POWER_LOSS:
    case FAULT_PAUSE:
        set_sides(build, fault, 1, &value, path);
        break;
    case FAULT_KIND_COUNT:
        break;
    }
    check_rest(build, fault, path);
}

/* "disk": what is lost makes a crash a power loss. */
static void read_disk(struct build *build, const json_t *json, const struct path *path,
                      struct fault_options *fault)
{
    struct path member = path_key(path, "disk");
    bool given = json_object_get(json, "disk") != NULL;
    if (fault->kind != FAULT_CRASH && fault->kind != FAULT_POWER_LOSS) {
        if (given)
            wrong_key(build->loading, &member, "\"disk\" belongs to \"crash\" and \"power-loss\"");
        return;
    }
    fault->loss = fault->kind == FAULT_CRASH ? DISK_KEEP : DISK_LOSE;
    if (build_is(json, "disk", "keep")) {
        fault->loss = DISK_KEEP;
    } else if (build_is(json, "disk", "lose-unsynced")) {
        fault->loss = DISK_LOSE;
    } else if (build_is(json, "disk", "random")) {
        fault->loss = DISK_ANY;
    } else if (build_is(json, "disk", "torn-write")) {
        fault->loss = DISK_TORN;
    }
    if (fault->loss != DISK_KEEP)
        fault->kind = FAULT_POWER_LOSS;
}

static bool ends_by_itself(enum fault_kind kind)
{
    cs_assert(kind < FAULT_KIND_COUNT);
    return kind == FAULT_CRASH || kind == FAULT_POWER_LOSS || kind == FAULT_CLOCK;
}

static void read_duration(struct build *build, const json_t *json, const struct path *path,
                          struct fault_options *fault)
{
    const json_t *duration = json_object_get(json, "for");
    if (duration != NULL && !build_is(json, "for", "heal")) {
        fault->has_duration = true;
        fault->duration =
            distribution_make(build->loading->memory, KIND_DURATION, duration).distribution;
    }
    if (duration == NULL && fault->kind < FAULT_KIND_COUNT && !ends_by_itself(fault->kind)) {
        wrong_value(build->loading, path,
                    "missing key \"for\": how long the %s lasts; \"heal\" is until the end",
                    kind_keys[fault->kind]);
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
    if (distribution_quantile(&fault->every, UINT64_MAX) == 0)
        wrong_value(build->loading, &every_path, "the next firing must come later than this one");
}

static void read_fault(struct build *build, json_t *json, size_t index, GHashTable *ids)
{
    cs_assert(index < build->plan->fault_count);
    struct fault_options *fault = (struct fault_options *)&build->plan->faults[index];
    struct path path = path_index(&build->timeline_path, index);
    fault->kind = kind_of(json);
    bool known = fault->kind < FAULT_KIND_COUNT;
    g_autofree char *usual =
        g_strdup_printf("%s-%zu", known ? kind_keys[fault->kind] : "fault", index + 1);
    if (json_object_get(json, "id") == NULL)
        json_object_set_new(json, "id", json_string(usual));
    const char *id = json_string_value(json_object_get(json, "id"));
    fault->id = plan_memory_string(build->loading->memory, id);
    struct path id_path = path_key(&path, "id");
    if (!g_hash_table_add(ids, (void *)fault->id))
        wrong_value(build->loading, &id_path, "duplicate fault id \"%s\"", id);
    fault->at_ns = build_ns(json, "at", 0);
    if (known) {
        struct path member = path_key(&path, kind_keys[fault->kind]);
        read_kind(build, json_object_get(json, kind_keys[fault->kind]), &member, fault);
    }
    read_duration(build, json, &path, fault);
    read_repeat(build, json, &path, fault);
    read_disk(build, json, &path, fault);
}

void build_faults(struct build *build)
{
    const json_t *faults = json_object_get(build->root, "faults");
    const json_t *list = json_object_get(faults, "timeline");
    size_t count = json_array_size(list);
    build->plan->faults =
        plan_memory_alloc(build->loading->memory, count, sizeof *build->plan->faults);
    build->plan->fault_count = (uint32_t)count;
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < count; i++) {
        if (json_is_object(json_array_get(list, i)))
            read_fault(build, json_array_get(list, i), i, ids);
    }
    const json_t *time = json_object_get(build->root, "time");
    build->plan->heal = build_is(time, "heal", "majority") ? HEAL_MAJORITY
                        : build_is(time, "heal", "none")   ? HEAL_NONE
                                                           : HEAL_ALL;
    if (json_is_false(json_object_get(faults, "heal_at_end")))
        build->plan->heal = HEAL_NONE;
}
