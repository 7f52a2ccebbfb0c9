/* One run, in a process of its own, and what is to be known of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "command/command.h"
#include "command/shrink/shrink.h"
#include "command/simulate.h"
#include "scenario/reduce.h"

void shrink_target_done(struct shrink_target *target)
{
    g_free(target->crash);
    g_free(target->check);
    g_free(target->detail);
    g_free(target->reason);
    *target = (struct shrink_target){ 0 };
}

bool shrink_is_same(const json_t *outcome)
{
    return json_is_true(json_object_get(outcome, "same"));
}

/* ---- What is told ---------------------------------------------------------------------------- */

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)MIN(value, (uint64_t)INT64_MAX));
}

static void add_sizes(json_t *outcome, const struct simulation *simulation)
{
    const struct plan *plan = simulation->plan;
    json_int_t clients = 0;
    for (uint32_t w = 0; w < plan->workload_count; w++)
        clients += plan->workloads[w].client_count;
    cs_assert(clients <= plan->cluster.instance_count);
    json_object_set_new(outcome, "nodes", json_integer(plan->cluster.instance_count - clients));
    json_object_set_new(outcome, "clients", json_integer(clients));
    json_object_set_new(outcome, "operations", number(history_count(simulation->history)));
    json_object_set_new(outcome, "simulated_ns", number(cluster_now(simulation->cluster)));
    json_object_set_new(outcome, "work", number(cluster_work(simulation->cluster)));
}

/* A string of any bytes as JSON's. */
static json_t *text_json(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static char *replay_of(const struct simulation *simulation)
{
    size_t count = timeline_record_count(simulation->timeline);
    g_autofree const struct fault_record **records = g_new0(const struct fault_record *, count + 1);
    for (size_t i = 0; i < count; i++)
        records[i] = timeline_record(simulation->timeline, i);
    return plan_replay(simulation->plan, records, count);
}

static json_t *findings_json(const struct simulation *simulation)
{
    json_t *list = json_array();
    for (guint i = 0; i < simulation->findings->len; i++) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, i);
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:o, s:o}", "check", finding->check, "verdict",
                      verdict_name(finding->verdict), "detail", text_json(finding->detail), "at_ns",
                      finding->at_ns == UINT64_MAX ? json_null() : number(finding->at_ns)));
    }
    return list;
}

static json_t *described(const struct simulation *simulation)
{
    g_autofree char *replay = replay_of(simulation);
    json_t *outcome = json_pack("{s:s, s:s}", "name", simulation->plan->name, "replay", replay);
    cs_assert(outcome != NULL);
    g_autofree char *digest =
        g_strdup_printf("xxh3:%016" G_GINT64_MODIFIER "x", cluster_digest(simulation->cluster));
    g_autofree char *seed = g_strdup_printf("0x%016" G_GINT64_MODIFIER "x", simulation->plan->seed);
    json_object_set_new(outcome, "seed", json_string(seed));
    json_object_set_new(outcome, "digest", json_string(digest));
    json_object_set_new(outcome, "seeds",
                        json_integer(MAX(simulation->plan->expect.within_seeds, 1)));
    if (simulation->plan->expect.check != NULL)
        json_object_set_new(outcome, "expected", json_string(simulation->plan->expect.check));
    add_sizes(outcome, simulation);
    return outcome;
}

/* The last words of a run that kills its process. */
static void tell_failure(void *argument, const struct simulation *simulation)
{
    const int *descriptor = argument;
    json_t *outcome = described(simulation);
    json_object_set_new(outcome, "at_ns", number(cluster_now(simulation->cluster)));
    (void)json_dumpfd(outcome, *descriptor, JSON_COMPACT);
    json_decref(outcome);
}

/* ---- The first run --------------------------------------------------------------------------- */

json_t *shrink_first_run(const struct shrink_world *world, bool has_seed, uint64_t seed,
                         int descriptor)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    struct registry *registry = registry_new(world->protocols);
    const struct plan_overrides overrides = {
        .has_seed = has_seed, .seed = seed, .sets = world->sets, .plugins = world->plugins
    };
    struct plan *plan = plan_load(world->path, &overrides, registry, errors);
    json_t *outcome = NULL;
    if (plan == NULL) {
        outcome = json_pack("{s:o}", "wrong", text_json(errors->str));
    } else {
        const struct simulation_options options = { .on_failure = tell_failure,
                                                    .failure_argument = &descriptor };
        struct simulation *simulation = simulation_run(plan, &options);
        outcome = described(simulation);
        json_object_set_new(outcome, "verdict", json_string(verdict_name(simulation->verdict)));
        json_object_set_new(outcome, "findings", findings_json(simulation));
        simulation_free(simulation);
    }
    plan_free(plan);
    registry_free(registry);
    return outcome;
}

/* ---- Candidates ------------------------------------------------------------------------------ */

static const struct finding *find_same(const struct simulation *simulation,
                                       const struct shrink_target *target)
{
    if (target->crash != NULL || simulation->verdict != target->verdict)
        return NULL;
    for (guint i = 0; i < simulation->findings->len; i++) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, i);
        if (finding->verdict == target->verdict && strcmp(finding->check, target->check) == 0 &&
            (target->reason == NULL || strstr(finding->detail, target->reason) != NULL))
            return finding;
    }
    return NULL;
}

struct trial {
    const struct shrink_world *world;
    const struct shrink_target *target;
    int descriptor;
};

/* Run a scenario.  {"same": false} if it is none. */
static json_t *try_scenario(const struct trial *trial, const json_t *scenario)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    char *text = json_dumps(scenario, JSON_COMPACT);
    cs_assert(text != NULL);
    struct registry *registry = registry_new(trial->world->protocols);
    const struct plan_overrides overrides = { .text = text, .plugins = trial->world->plugins };
    struct plan *plan = plan_load(trial->world->path, &overrides, registry, errors);
    json_t *outcome = json_pack("{s:b}", "same", 0);
    if (plan != NULL) {
        int descriptor = trial->descriptor;
        const struct simulation_options options = { .on_failure = tell_failure,
                                                    .failure_argument = &descriptor };
        plan->events_max = MIN(plan->events_max, trial->target->work_max);
        struct simulation *simulation = simulation_run(plan, &options);
        const struct finding *finding = find_same(simulation, trial->target);
        if (finding != NULL) {
            json_object_set_new(outcome, "same", json_true());
            json_object_set_new(outcome, "at_ns",
                                finding->at_ns == UINT64_MAX ? json_null()
                                                             : number(finding->at_ns));
            json_object_set_new(outcome, "detail", text_json(finding->detail));
            add_sizes(outcome, simulation);
        }
        simulation_free(simulation);
    }
    plan_free(plan);
    registry_free(registry);
    free(text);
    return outcome;
}

json_t *shrink_trial(const struct shrink_world *world, const json_t *scenario,
                     const struct shrink_target *target, int descriptor)
{
    const struct trial trial = { world, target, descriptor };
    json_t *outcome = try_scenario(&trial, scenario);
    size_t faults = reduce_fault_count(scenario);
    if (!target->needs_faults || !shrink_is_same(outcome))
        return outcome;
    bool *none = g_new0(bool, faults + 1);
    json_t *bare = faults > 0 ? reduce_timeline(scenario, none) : json_incref((json_t *)scenario);
    g_free(none);
    json_t *control = try_scenario(&trial, bare);
    if (shrink_is_same(control))
        json_object_set_new(outcome, "same", json_false());
    json_decref(control);
    json_decref(bare);
    return outcome;
}
