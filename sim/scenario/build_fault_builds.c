/* Builds that faults bring: which there are, and whether they change anything. */
#include "scenario/build_faults.h"

/* ---- Which ones ------------------------------------------------------------------------------ */

/* Whether a "build" can stand beside the fault: somebody ends and comes back. */
static bool brings_back(struct build *build, const json_t *json, const struct path *path,
                        const struct fault_options *fault)
{
    struct path member = path_key(path, "build");
    bool ends =
        fault->kind == FAULT_CRASH || fault->kind == FAULT_POWER_LOSS || fault->kind == FAULT_STOP;
    if (!ends && fault->kind != FAULT_ROLLING_RESTART) {
        wrong_key(build->loading, &member,
                  "\"build\" belongs to \"crash\", \"power-loss\", \"stop\" and "
                  "\"rolling-restart\"");
        return false;
    }
    bool for_good = ends && build->plan->heal == HEAL_NONE && !fault->has_duration;
    bool wrong = build_given(build, path, "for") && json_object_get(json, "for") == NULL;
    if (for_good && !wrong) {
        wrong_key(build->loading, &member,
                  "nobody would come back with it: there is no \"for\", and no heal at the end");
        return false;
    }
    return true;
}

/* By group what it runs in that build; NULL, and an error at `path`, if that cannot be had. */
static const struct cs_program *const *programs_of(struct build *build,
                                                   const struct fault_options *fault,
                                                   const char *name, const struct path *path)
{
    const struct cs_program **programs =
        plan_memory_alloc(build->loading->memory, build->groups->len, sizeof(void *));
    for (uint32_t g = 0; g < build->groups->len; g++) {
        const struct group_build *group = build_group(build, g);
        if (group->program == NULL || !build_fault_meets(build, fault, g))
            continue;
        programs[g] = build_of_program(build, group, name, path);
        if (programs[g] == NULL)
            return NULL;
    }
    return programs;
}

/* One more build, unless it is never chosen or cannot be had. */
static void add_build(struct build *build, struct fault_options *fault, const char *name,
                      double weight, const struct path *path)
{
    const struct cs_program *const *programs = programs_of(build, fault, name, path);
    if (programs == NULL || weight <= 0)
        return;
    struct fault_build *builds = (struct fault_build *)fault->builds;
    builds[fault->build_count++] = (struct fault_build){
        .name = plan_memory_string(build->loading->memory, name),
        .programs = programs,
        .weight = build_weight(weight),
    };
    build->plan->mixed_builds = true;
}

void build_fault_builds(struct build *build, const json_t *json, const struct path *path,
                        struct fault_options *fault)
{
    json_t *given = json_object_get(json, "build");
    struct path member = path_key(path, "build");
    if (given == NULL || !brings_back(build, json, path, fault))
        return;
    fault->builds = plan_memory_alloc(build->loading->memory, 1 + json_object_size(given),
                                      sizeof *fault->builds);
    if (json_is_string(given))
        add_build(build, fault, json_string_value(given), 1, &member);
    const char *name = NULL;
    json_t *weight = NULL;
    double sum = 0;
    json_object_foreach(given, name, weight)
    {
        struct path choice = path_key(&member, name);
        if (format_is_note(name))
            continue;
        sum += json_number_value(weight);
        add_build(build, fault, name, json_number_value(weight), &choice);
    }
    if (json_is_object(given) && sum <= 0 && problems_count(build->loading->problems) == 0)
        wrong_value(build->loading, &member, "all weights are 0");
}

/* ---- Those that change nothing --------------------------------------------------------------- */

/* Whether a fault can meet this instance, as far as its selectors tell. */
static bool can_meet(const struct build *build, const struct fault_options *fault,
                     uint32_t instance)
{
    for (uint32_t s = 0; s < fault->side_count; s++) {
        for (uint32_t i = 0; i < fault->sides[s].count; i++) {
            const struct selector *selector = &fault->sides[s].selectors[i];
            bool other = selector->kind == SELECT_INSTANCE && selector->index != instance;
            if (!other && build_fault_meets(build, fault, build_instance(build, instance)->group))
                return true;
        }
    }
    return false;
}

/* Whether somebody in the group may have another program than this one when the fault comes. */
static bool may_differ(const struct build *build, const struct fault_options *fault, uint32_t index,
                       const struct cs_program *program)
{
    const struct group_build *group = build_group(build, index);
    for (uint32_t i = group->first; i < group->first + group->count; i++) {
        const struct cs_program *own = build_instance(build, i)->program;
        if (can_meet(build, fault, i) && (own != NULL ? own : group->program) != program)
            return true;
    }
    for (uint32_t f = 0; f < build->plan->fault_count; f++) {
        const struct fault_options *other = &build->plan->faults[f];
        for (uint32_t b = 0; b < other->build_count; b++) {
            const struct cs_program *brought = other->builds[b].programs[index];
            if (brought != NULL && brought != program)
                return true;
        }
    }
    return false;
}

static bool changes_anything(const struct build *build, const struct fault_options *fault)
{
    for (uint32_t b = 0; b < fault->build_count; b++) {
        for (uint32_t g = 0; g < build->groups->len; g++) {
            const struct cs_program *program = fault->builds[b].programs[g];
            if (program != NULL && may_differ(build, fault, g, program))
                return true;
        }
    }
    return fault->build_count == 0;
}

void build_check_builds(struct build *build)
{
    const struct plan *plan = build->plan;
    if (problems_count(build->loading->problems) > 0 || build->loading->cut_short)
        return;
    struct path nemesis = path_key(&build->faults_path, "nemesis");
    struct path chosen = path_key(&nemesis, "faults");
    for (uint32_t f = 0; f < plan->fault_count; f++) {
        const struct fault_options *fault = &plan->faults[f];
        if (changes_anything(build, fault))
            continue;
        struct path path = f < plan->placed_count
                               ? path_index(&build->timeline_path, f)
                               : path_key(&chosen, fault_syntax[fault->kind].key);
        struct path member = path_key(&path, "build");
        wrong_value(build->loading, &member,
                    "it would change nothing: whoever is met has the build \"%s\" already",
                    fault->builds[0].name);
    }
}
