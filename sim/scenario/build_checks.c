/* Checks, what is expected, what is written. */
#include <string.h>

#include "scenario/build.h"
#include "scenario/value.h"

static const char *const verdict_names[] = {
    [VERDICT_PASS] = "pass",
    [VERDICT_VIOLATION] = "violation",
    [VERDICT_THRESHOLD] = "threshold",
    [VERDICT_INCONCLUSIVE] = "inconclusive",
    [VERDICT_UNEXPECTED] = "unexpected",
    [VERDICT_NONDETERMINISM] = "nondeterminism",
    [VERDICT_INTERRUPTED] = "interrupted",
};

const char *verdict_name(enum verdict verdict)
{
    cs_assert(verdict < G_N_ELEMENTS(verdict_names));
    return verdict_names[verdict];
}

#define LIVENESS_DEFAULT_NS    UINT64_C(5000000000)
#define CONVERGENCE_DEFAULT_NS UINT64_C(5000000000)

/* Does the nemesis go beyond what the cluster is meant to survive? */
static bool over_tolerance(const struct build *build)
{
    const json_t *faults = json_object_get(build->root, "faults");
    const json_t *nemesis = json_object_get(faults, "nemesis");
    return json_is_true(json_object_get(nemesis, "over_tolerance"));
}

/* Whether those that are needed for progress are there once the faults have ended, by what the
 * scenario says. */
static bool promises_recovery(const struct build *build)
{
    return build->plan->heal != HEAL_NONE && !over_tolerance(build);
}

/* By default progress is asked for if there is load and time to judge it, and the faults stay
 * within what is meant to be survived. */
static void complete_liveness(struct build *build, json_t *checks)
{
    cs_assert(json_is_object(checks));
    if (json_object_get(checks, "liveness") != NULL)
        return;
    const struct plan *plan = build->plan;
    if (plan->workload_count == 0 || plan->settle_ns == 0 || !promises_recovery(build)) {
        json_object_set_new(checks, "liveness", json_false());
        return;
    }
    uint64_t within = MIN(LIVENESS_DEFAULT_NS, plan->settle_ns);
    g_autofree char *text = value_duration_text((int64_t)within);
    json_t *liveness = json_object();
    json_object_set_new(liveness, "progress_within", json_string(text));
    json_object_set_new(liveness, "after", json_string("heal"));
    json_object_set_new(checks, "liveness", liveness);
}

static void read_liveness(struct build *build, json_t *checks)
{
    struct plan_liveness *liveness = &build->plan->liveness;
    complete_liveness(build, checks);
    const json_t *value = json_object_get(checks, "liveness");
    struct path path = path_key(&build->checks_path, "liveness");
    struct path within_path = path_key(&path, "progress_within");
    liveness->enabled = json_is_object(value);
    liveness->progress_within_ns = build_ns(value, "progress_within", 0);
    if (liveness->enabled && liveness->progress_within_ns > build->plan->settle_ns) {
        g_autofree char *settle = value_duration_text((int64_t)build->plan->settle_ns);
        wrong_value(build->loading, &within_path,
                    "\"progress_within\" is longer than \"settle\", %s: it could not be judged",
                    settle);
    }
}

static void read_linearizable(struct build *build, const json_t *checks)
{
    const json_t *value = json_object_get(checks, "linearizable");
    struct plan_linearizable *linearizable = &build->plan->linearizable;
    linearizable->enabled = json_is_object(value);
    linearizable->witness = !json_is_false(json_object_get(value, "witness"));
    linearizable->steps_max = build_number(KIND_NUMBER, value, "max_steps", 0);
}

static void read_convergence(struct build *build, const json_t *checks)
{
    const json_t *value = json_object_get(checks, "convergence");
    struct plan_convergence *convergence = &build->plan->convergence;
    convergence->enabled = json_is_object(value) || json_is_true(value);
    convergence->within_ns = build_ns(value, "within", CONVERGENCE_DEFAULT_NS);
}

/* `sequential` and `causal` are flags, `session` lists the session guarantees. */
static void read_weak(struct build *build, const json_t *checks)
{
    bool *weak = build->plan->weak;
    weak[WEAK_SEQUENTIAL] = json_is_true(json_object_get(checks, "sequential"));
    weak[WEAK_CAUSAL] = json_is_true(json_object_get(checks, "causal"));
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(checks, "session"), i, item)
    {
        for (int m = WEAK_CAUSAL + 1; m < WEAK_MODEL_COUNT; m++) {
            const char *name = weak_model_check((enum weak_model)m);
            weak[m] = weak[m] || g_strcmp0(json_string_value(item), name) == 0;
        }
    }
    build->plan->weak_steps_max = 5000000;
}

/* That every key can be read at the end is asked for by default as progress is.  The keys are read
 * all the same, and what the answers say is judged by others.  Said in the scenario, since a replay
 * knows the faults as they were, and no more what they might have been. */
static void complete_final_reads(const struct build *build, json_t *checks)
{
    if (json_object_get(checks, "final_reads") == NULL && !promises_recovery(build))
        json_object_set_new(checks, "final_reads", json_false());
}

static void read_checks(struct build *build)
{
    json_t *checks = json_object_get(build->root, "checks");
    complete_final_reads(build, checks);
    size_t count = 0;
    while (oracle_types[count] != NULL)
        count++;
    struct plan_check *list =
        plan_memory_alloc(build->loading->memory, count + 3 + WEAK_MODEL_COUNT, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(checks, oracle_types[i]->name);
        bool named = json_is_true(value) || json_is_object(value);
        bool enabled = oracle_types[i]->on_request ? named : !json_is_false(value);
        list[i] = (struct plan_check){ oracle_types[i]->name, enabled, named };
    }
    list[count] = (struct plan_check){ "liveness", build->plan->liveness.enabled,
                                       build->plan->liveness.enabled };
    list[count + 1] = (struct plan_check){ "linearizable", build->plan->linearizable.enabled,
                                           build->plan->linearizable.enabled };
    for (int m = 0; m < WEAK_MODEL_COUNT; m++) {
        list[count + 2 + m] = (struct plan_check){ weak_model_check((enum weak_model)m),
                                                   build->plan->weak[m], build->plan->weak[m] };
    }
    build->plan->checks = list;
}

/* What findings name beside the checks that a scenario has. */
static const char *const other_findings[] = { "stopped", "threshold", "fault",
                                              "faults",  "events",    "checks" };

/* The plan's name of a finding that `expect` names. */
static void read_expected_check(struct build *build, const char *check)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    bool found = false;
    for (const struct plan_check *c = build->plan->checks; c->name != NULL; c++)
        g_ptr_array_add(names, (void *)c->name);
    for (size_t i = 0; i < G_N_ELEMENTS(other_findings); i++)
        g_ptr_array_add(names, (void *)other_findings[i]);
    for (guint i = 0; i < names->len && !found; i++)
        found = strcmp(g_ptr_array_index(names, i), check) == 0;
    struct path path = path_key(&build->expect_path, "check");
    if (!found)
        build_unknown(build, &path, PART_VALUE, "check", check, names);
}

static void read_expect(struct build *build)
{
    const json_t *expect = json_object_get(build->root, "expect");
    struct plan_expect *plan = &build->plan->expect;
    for (size_t i = 0; i < G_N_ELEMENTS(verdict_names); i++) {
        if (build_is(expect, "verdict", verdict_names[i]))
            plan->verdict = (enum verdict)i;
    }
    const char *check = json_string_value(json_object_get(expect, "check"));
    plan->check = plan_memory_string(build->loading->memory, check);
    plan->within_seeds =
        (uint32_t)build_number(KIND_NUMBER, json_object_get(expect, "within"), "seeds", 0);
    if (check != NULL && build->plan->checks != NULL)
        read_expected_check(build, check);
}

void build_checks(struct build *build)
{
    json_t *checks = json_object_get(build->root, "checks");
    if (json_is_object(checks)) {
        read_liveness(build, checks);
        read_linearizable(build, checks);
        read_convergence(build, checks);
        read_weak(build, checks);
        read_checks(build);
    }
    read_expect(build);
    const json_t *output = json_object_get(build->root, "output");
    const json_t *charts = json_object_get(output, "charts");
    struct plan_memory *memory = build->loading->memory;
    build->plan->output.charts = json_array_size(charts) > 0;
    build->plan->output.chart_names = plan_memory_strings(memory, charts);
    const char *trace = json_string_value(json_object_get(output, "trace"));
    build->plan->output.trace = plan_memory_string(memory, trace);
}
