/* A run with a crash at one place. */
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/crash/points.h"
#include "command/simulate.h"

#define FAULT_ID "crash-point"

static json_t *duration_json(uint64_t ns)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "ns", ns);
    return json_string(text);
}

/* It is ordered when the step begins, and lasts from then on. */
static json_t *fault_json(const struct crash_world *world, const struct crash_run *run)
{
    const struct crash_point *point = run->point;
    cs_assert(point->step > 0);
    cs_assert(point->step_ns <= point->at_ns);
    cs_assert(point->at_ns < world->plan->duration_ns);
    json_t *fault =
        json_pack("{s:s, s:s, s:s}", "id", FAULT_ID, "power-loss",
                  world->plan->cluster.instances[point->instance].name, "disk", run->disk);
    json_object_set_new(fault, "at", duration_json(point->step_ns));
    json_object_set_new(fault, "for",
                        duration_json(point->at_ns - point->step_ns + world->down_ns));
    json_object_set_new(fault, "at_step", json_integer((json_int_t)point->step));
    json_object_set_new(fault, "after_effects", json_integer(point->effect));
    return fault;
}

json_t *crash_scenario(const struct crash_world *world, const struct crash_run *run)
{
    json_t *scenario = json_deep_copy(world->scenario);
    json_t *faults = json_object_get(scenario, "faults");
    if (faults == NULL) {
        faults = json_object();
        json_object_set_new(scenario, "faults", faults);
    }
    json_t *timeline = json_object_get(faults, "timeline");
    if (timeline == NULL) {
        timeline = json_array();
        json_object_set_new(faults, "timeline", timeline);
    }
    cs_assert(json_is_array(timeline));
    json_array_append_new(timeline, fault_json(world, run));
    return scenario;
}

static bool has_crashed(const struct simulation *simulation)
{
    for (size_t i = 0; i < timeline_record_count(simulation->timeline); i++) {
        const struct fault_record *record = timeline_record(simulation->timeline, i);
        if (strcmp(record->name, FAULT_ID) == 0)
            return record->fired;
    }
    return false;
}

static json_t *text_json(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    return json_string(valid);
}

static json_t *findings_json(const struct simulation *simulation)
{
    json_t *list = json_array();
    for (guint i = 0; i < simulation->findings->len; i++) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, i);
        if (finding->verdict != VERDICT_VIOLATION)
            continue;
        bool timed = finding->at_ns != UINT64_MAX;
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:o}", "check", finding->check, "detail",
                            text_json(finding->detail), "at_ns",
                            timed ? json_integer((json_int_t)finding->at_ns) : json_null()));
    }
    return list;
}

/* Why a run is inconclusive, or null.  That a fault of the scenario found its target down already
 * is what a crash does, and leaves no doubt. */
static json_t *doubt_json(const struct simulation *simulation)
{
    for (guint i = 0; i < simulation->findings->len; i++) {
        const struct finding *finding = &g_array_index(simulation->findings, struct finding, i);
        if (finding->verdict == VERDICT_INCONCLUSIVE && strcmp(finding->check, "fault") != 0) {
            g_autofree char *text = g_strdup_printf("%s: %s", finding->check, finding->detail);
            return text_json(text);
        }
    }
    return json_null();
}

json_t *crash_trial(const struct crash_world *world, const struct crash_run *run)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    json_t *scenario = crash_scenario(world, run);
    char *text = json_dumps(scenario, JSON_COMPACT);
    struct registry *registry = registry_new(world->protocols);
    const struct plan_overrides overrides = { .text = text, .plugins = world->plugins };
    struct plan *plan = plan_load(world->path, &overrides, registry, errors);
    json_t *result = NULL;
    if (plan == NULL) {
        result = json_pack("{s:o}", "wrong", text_json(errors->str));
    } else {
        struct simulation *simulation = simulation_run(plan, &(struct simulation_options){ 0 });
        result = json_pack("{s:s, s:b, s:o, s:o}", "verdict", verdict_name(simulation->verdict),
                           "came", has_crashed(simulation), "findings", findings_json(simulation),
                           "doubt", doubt_json(simulation));
        simulation_free(simulation);
    }
    plan_free(plan);
    registry_free(registry);
    free(text);
    json_decref(scenario);
    return result;
}
