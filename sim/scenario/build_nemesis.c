/* The nemesis: one template for each kind that it chooses from, in the order of enum fault_kind,
 * behind the timeline's faults. */
#include <string.h>

#include "scenario/build_faults.h"
#include "scenario/build_selectors.h"
#include "scenario/distribution_json.h"

static const json_t *chosen_of(const struct build *build)
{
    const json_t *faults = json_object_get(build->root, "faults");
    return json_object_get(json_object_get(faults, "nemesis"), "faults");
}

size_t build_nemesis_size(const struct build *build)
{
    size_t count = 0;
    for (unsigned kind = 0; kind < FAULT_KIND_COUNT; kind++)
        count += json_object_get(chosen_of(build), fault_syntax[kind].key) != NULL;
    return count;
}

/* Weights, as whole numbers: millionths. */
static uint64_t weight_of(const json_t *object, const char *key)
{
    return build_weight(json_number_value(json_object_get(object, key)));
}

/* Every server group, as one side. */
static struct fault_side all_servers(struct build *build)
{
    struct selector *selectors =
        plan_memory_alloc(build->loading->memory, build->server_groups, sizeof *selectors);
    for (uint32_t g = 0; g < build->server_groups; g++) {
        selectors[g] = (struct selector){ .kind = SELECT_GROUP,
                                          .group = g,
                                          .text = build_group(build, g)->name };
    }
    return (struct fault_side){ selectors, build->server_groups };
}

static const char *usual_targets(enum fault_kind kind)
{
    return kind == FAULT_SWIZZLE ? "fraction:0.5" : kind == FAULT_ADD ? "one:spare" : "one:any";
}

/* What stands under `key`, or what is usual. */
static struct fault_side targets_of(struct build *build, enum fault_kind kind, const json_t *value,
                                    const char *key, const struct path *path)
{
    const json_t *given = json_object_get(value, key);
    struct path member = path_key(path, key);
    if (given != NULL)
        return build_side(build, given, &member);
    if (kind == FAULT_PARTITION || kind == FAULT_ROLLING_RESTART)
        return all_servers(build);
    const char *whom = usual_targets(kind);
    if (build->server_groups > 1) {
        const char *group = build_group(build, 0)->name;
        wrong_value(build->loading, path,
                    "missing key \"%s\": with several groups say whom, like \"%s/%s\"", key, group,
                    whom);
        return (struct fault_side){ 0 };
    }
    json_t *usual = json_string(whom);
    struct fault_side side = build_side(build, usual, path);
    json_decref(usual);
    return side;
}

static void read_shapes(struct build *build, const json_t *value, const struct path *path,
                        struct nemesis_entry *entry)
{
    static const char *const names[SHAPE_COUNT] = {
        [SHAPE_HALVES] = "halves",
        [SHAPE_ISOLATE_ONE] = "isolate-one",
        [SHAPE_RING] = "ring",
        [SHAPE_MAJORITY] = "majority",
    };
    const json_t *shapes = json_object_get(value, "shape");
    uint64_t sum = 0;
    for (unsigned s = 0; s < SHAPE_COUNT; s++) {
        entry->shapes[s] = shapes == NULL ? 1 : weight_of(shapes, names[s]);
        sum += entry->shapes[s];
    }
    struct path member = path_key(path, "shape");
    if (sum == 0)
        wrong_value(build->loading, &member, "all weights are 0");
    entry->symmetric = (uint64_t)build_number(KIND_PROBABILITY, value, "symmetric", 0);
}

static void read_chosen(struct build *build, enum fault_kind kind, uint32_t index,
                        const struct path *faults_path, struct nemesis_entry *entry)
{
    const json_t *value = json_object_get(chosen_of(build), fault_syntax[kind].key);
    struct fault_options *fault = (struct fault_options *)&build->plan->faults[index];
    struct path path = path_key(faults_path, fault_syntax[kind].key);
    g_autofree char *id = g_strdup_printf("nemesis-%s", fault_syntax[kind].key);
    bool link = kind == FAULT_CLOG_LINK;
    struct fault_side *sides = plan_memory_alloc(build->loading->memory, 2, sizeof *sides);
    sides[0] = targets_of(build, kind, value, link ? "from" : "target", &path);
    if (link)
        sides[1] = targets_of(build, kind, value, "to", &path);
    fault->id = plan_memory_string(build->loading->memory, id);
    fault->kind = kind;
    fault->unscheduled = true;
    fault->sides = sides;
    fault->side_count = link ? 2 : 1;
    build_fault_spares(build, fault, &path);
    *entry = (struct nemesis_entry){ .fault = index, .weight = weight_of(value, "weight") };
    build_fault_amounts(build, value, &path, fault);
    build_fault_loss(build, value, &path, fault);
    const json_t *duration = json_object_get(value, "for");
    if (duration != NULL) {
        fault->has_duration = true;
        fault->duration =
            distribution_make(build->loading->memory, KIND_DURATION, duration).distribution;
        build_check_duration(build, &path, fault);
    }
    if (json_object_get(value, "build") != NULL)
        build_fault_builds(build, value, &path, fault);
    if (kind == FAULT_PARTITION)
        read_shapes(build, value, &path, entry);
}

static void read_times(struct build *build, const json_t *json, const struct path *path,
                       struct nemesis_options *nemesis)
{
    nemesis->start_ns = build_ns(json, "start", build->plan->warmup_ns);
    nemesis->stop_ns = build_ns(json, "stop", build->plan->duration_ns);
    nemesis->stable_ns = build_ns(json, "min_stable", 0);
    nemesis->swarm = json_is_true(json_object_get(json, "swarm"));
    const json_t *gap = json_object_get(json, "mean_gap");
    struct path gap_path = path_key(path, "mean_gap");
    if (gap != NULL) {
        nemesis->gap = distribution_make(build->loading->memory, KIND_DURATION, gap).distribution;
        if (distribution_is_only(&nemesis->gap, 0))
            wrong_value(build->loading, &gap_path, "the next fault must come later than this one");
    }
    struct path stop_path = path_key(path, "stop");
    struct path start_path = path_key(path, "start");
    bool late = nemesis->start_ns >= build->plan->duration_ns && build->plan->duration_ns > 0;
    if (nemesis->start_ns >= nemesis->stop_ns) {
        wrong_value(build->loading, &stop_path, "\"stop\" must be later than \"start\"");
    } else if (late && build_given(build, path, "start") && !build->loading->cut_short) {
        wrong_value(build->loading, &start_path,
                    "it would never begin: the cluster is healed at \"duration\"");
    }
}

void build_nemesis(struct build *build)
{
    const json_t *json = json_object_get(json_object_get(build->root, "faults"), "nemesis");
    if (json == NULL)
        return;
    size_t count = build_nemesis_size(build);
    struct nemesis_options *nemesis = plan_memory_alloc(build->loading->memory, 1, sizeof *nemesis);
    struct nemesis_entry *entries =
        plan_memory_alloc(build->loading->memory, count, sizeof *entries);
    struct path path = path_key(&build->faults_path, "nemesis");
    struct path faults_path = path_key(&path, "faults");
    uint32_t index = build->plan->placed_count, filled = 0;
    for (unsigned kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        if (json_object_get(chosen_of(build), fault_syntax[kind].key) == NULL)
            continue;
        read_chosen(build, (enum fault_kind)kind, index, &faults_path, &entries[filled++]);
        index++;
    }
    cs_assert(filled == count);
    const json_t *given = json_object_get(json, "faults");
    if (count == 0 && given != NULL && problems_count(build->loading->problems) == 0)
        wrong_value(build->loading, &faults_path, "\"faults\" must not be empty");
    nemesis->entries = entries;
    nemesis->entry_count = (uint32_t)count;
    read_times(build, json, &path, nemesis);
    nemesis->out_limit = OUT_MINORITY;
    if (!build_is(json, "max_down", "minority")) {
        nemesis->out_limit = OUT_NUMBER;
        nemesis->out_max = (uint32_t)build_number(KIND_NUMBER, json, "max_down", 0);
    }
    if (json_is_true(json_object_get(json, "over_tolerance")))
        nemesis->out_limit = OUT_ANY;
    build->plan->nemesis = nemesis;
}
