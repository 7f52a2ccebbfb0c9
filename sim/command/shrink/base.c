/* Where a search begins: the failure, and a scenario that has it without chance in its faults. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/interrupt.h"
#include "command/shrink/shrink.h"
#include "scenario/reduce.h"
#include "scenario/scalar.h"
#include "scenario/value.h"

/* ---- The failure ----------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A finding that can be shrunk: what only says that too little was seen is everywhere in smaller
 * runs.  Running into the limit of events is another matter. */
static bool is_failure(const json_t *finding)
{
    const char *verdict = text_of(finding, "verdict");
    return g_strcmp0(verdict, "violation") == 0 || g_strcmp0(verdict, "threshold") == 0 ||
           (g_strcmp0(verdict, "inconclusive") == 0 &&
            g_strcmp0(text_of(finding, "check"), "events") == 0);
}

/* The finding that the scenario expects, or the worst one; NULL if there is nothing to shrink. */
static const json_t *failure_of(const json_t *outcome)
{
    const json_t *findings = json_object_get(outcome, "findings");
    const char *expected = text_of(outcome, "expected");
    const json_t *worst = json_array_get(findings, 0);
    if (!is_failure(worst))
        return NULL;
    for (size_t i = 0; i < json_array_size(findings); i++) {
        const json_t *finding = json_array_get(findings, i);
        bool alike = g_strcmp0(text_of(finding, "verdict"), text_of(worst, "verdict")) == 0;
        if (alike && g_strcmp0(text_of(finding, "check"), expected) == 0)
            return finding;
    }
    return worst;
}

static uint64_t time_of(const json_t *object)
{
    const json_t *at = json_object_get(object, "at_ns");
    return json_is_integer(at) ? (uint64_t)json_integer_value(at) : UINT64_MAX;
}

static enum verdict verdict_named(const char *name)
{
    enum verdict verdict = VERDICT_PASS;
    while (strcmp(verdict_name(verdict), name) != 0) {
        cs_assert(verdict < VERDICT_INTERRUPTED);
        verdict++;
    }
    return verdict;
}

/* What tells one finding by a check from another by the same: why an instance stopped, or what was
 * asked of a metric. */
static char *reason_of(const char *check, const char *detail)
{
    const char *stop = strstr(detail, " is not met");
    if (strcmp(check, "threshold") == 0 && stop != NULL)
        return g_strndup(detail, (gsize)(stop - detail));
    const char *reason = strstr(detail, "stopped itself: ");
    return strcmp(check, "stopped") == 0 && reason != NULL ? g_strdup(reason) : NULL;
}

static void aim(const json_t *outcome, const json_t *finding, struct shrink_target *ret_target)
{
    enum { WORK_TIMES = 4, WORK_MORE = 1000000 };
    const json_t *last = json_object_get(outcome, "last");
    const char *crash = text_of(outcome, "crashed");
    cs_assert(crash != NULL || finding != NULL);
    uint64_t work =
        (uint64_t)json_integer_value(json_object_get(crash != NULL ? last : outcome, "work"));
    *ret_target = (struct shrink_target){
        .crash = g_strdup(crash),
        .verdict = VERDICT_VIOLATION,
        .check = g_strdup(crash != NULL ? "process" : text_of(finding, "check")),
        .detail = g_strdup(crash != NULL ? crash : text_of(finding, "detail")),
        .at_ns = crash != NULL ? time_of(last) : time_of(finding),
        .work_max = work * WORK_TIMES + WORK_MORE,
    };
    if (crash != NULL)
        return;
    ret_target->verdict = verdict_named(text_of(finding, "verdict"));
    ret_target->reason = reason_of(ret_target->check, ret_target->detail);
    if (ret_target->verdict == VERDICT_INCONCLUSIVE)
        ret_target->work_max = UINT64_MAX;
}

/* ---- The first run --------------------------------------------------------------------------- */

struct first {
    const struct shrink_world *world;
    bool has_seed;
    uint64_t seed;
};

static json_t *run_first(void *self, size_t index, int descriptor)
{
    (void)index;
    const struct first *first = self;
    return shrink_first_run(first->world, first->has_seed, first->seed, descriptor);
}

static bool never(void *self, const json_t *result)
{
    (void)self;
    (void)result;
    return false;
}

/* Seed after seed, as `run` does, until one fails.  NULL if interrupted. */
static json_t *find_failure(const struct shrink_input *input, const struct shrink_pool *pool,
                            const struct shrink_world *world)
{
    struct first first = { world, input->has_seed, input->seed };
    const struct shrink_task task = { run_first, never, &first };
    for (json_int_t tried = 1;; tried++) {
        json_t *outcome = NULL;
        size_t none = 0;
        if (!shrink_pool_run(pool, &task, 1, &outcome, &none)) {
            json_decref(outcome);
            return NULL;
        }
        cs_assert(outcome != NULL);
        bool over = input->has_seed || json_object_get(outcome, "wrong") != NULL ||
                    json_object_get(outcome, "crashed") != NULL || failure_of(outcome) != NULL ||
                    tried >= json_integer_value(json_object_get(outcome, "seeds"));
        if (over)
            return outcome;
        char *wrong = value_seed(text_of(outcome, "seed"), &first.seed);
        cs_assert(wrong == NULL);
        first.has_seed = true;
        first.seed++;
        json_decref(outcome);
    }
}

/* ---- The scenario ---------------------------------------------------------------------------- */

/* The plug-ins that it names are found from where the result will be. */
static void place_plugins(json_t *scenario, const struct shrink_input *input,
                          const struct shrink_base *base)
{
    g_autofree char *from = g_path_get_dirname(base->path);
    g_autofree char *to = g_path_get_dirname(input->file);
    g_autofree char *from_whole = g_canonicalize_filename(from, NULL);
    g_autofree char *to_whole = g_canonicalize_filename(to, NULL);
    json_t *list = json_object_get(scenario, "plugins");
    for (size_t i = 0; i < json_array_size(list) && strcmp(from_whole, to_whole) != 0; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        g_autofree char *whole = g_canonicalize_filename(name, from_whole);
        json_array_set_new(list, i, json_string(whole));
    }
}

static char *effective_of(const struct shrink_base *base, const json_t *scenario)
{
    g_autoptr(GString) errors = g_string_new(NULL);
    char *text = json_dumps(scenario, JSON_COMPACT);
    const struct plan_overrides overrides = { .text = text, .plugins = base->world.plugins };
    struct plan *plan = plan_load(base->path, &overrides, base->registry, errors);
    char *effective = plan != NULL ? g_strdup(plan->effective) : NULL;
    plan_free(plan);
    free(text);
    return effective;
}

/* Leave out whatever has its default: the scenario that is run stays the same. */
static json_t *without_defaults(const struct shrink_base *base, json_t *scenario)
{
    g_autofree char *whole = effective_of(base, scenario);
    size_t from = 0;
    for (bool any = whole != NULL; any;) {
        g_autoptr(GPtrArray) steps = reduce_defaults(scenario);
        any = false;
        for (size_t i = from; i < steps->len && !any; i++) {
            g_autofree char *effective = effective_of(base, steps->pdata[i]);
            any = g_strcmp0(whole, effective) == 0;
            from = i;
            if (any) {
                json_decref(scenario);
                scenario = json_incref(steps->pdata[i]);
            }
        }
    }
    return scenario;
}

static void rename_shrunk(json_t *scenario)
{
    g_autofree char *name = g_strconcat(text_of(scenario, "name"), "-shrunk", NULL);
    if (name_valid(name))
        json_object_set_new(scenario, "name", json_string(name));
}

static json_t *expectation(const struct shrink_target *target)
{
    json_t *expect = json_pack("{s:s}", "verdict", verdict_name(target->verdict));
    json_object_set_new(expect, "check", json_string(target->check));
    return expect;
}

/* The scenario that failed, with what fired for its faults, the seed in it, and what it should end
 * with. */
static json_t *begin_with(const struct shrink_input *input, const struct shrink_base *base)
{
    const json_t *last = json_object_get(base->outcome, "last");
    const char *replay = text_of(json_is_object(last) ? last : base->outcome, "replay");
    json_t *recorded = json_loads(replay, 0, NULL);
    cs_assert(recorded != NULL);
    json_t *scenario = reduce_named_nodes(recorded);
    json_decref(recorded);
    place_plugins(scenario, input, base);
    rename_shrunk(scenario);
    json_object_del(scenario, "about");
    json_object_del(scenario, "expect");
    json_t *bare = without_defaults(base, scenario);
    if (base->target.crash != NULL)
        return bare;
    json_object_set_new(bare, "expect", expectation(&base->target));
    g_autofree char *effective = effective_of(base, bare);
    if (effective == NULL) /* what found it is no check that a scenario can name */
        json_object_del(json_object_get(bare, "expect"), "check");
    return bare;
}

/* ---- A folder of results --------------------------------------------------------------------- */

static json_t *run_of_folder(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "run.json", NULL);
    json_t *run = json_load_file(path, 0, NULL);
    if (run == NULL)
        complain("%s is no folder of results: it has no run.json that can be read", folder);
    return run;
}

static bool is_same_finding(const json_t *a, const json_t *b)
{
    return g_strcmp0(text_of(a, "verdict"), text_of(b, "verdict")) == 0 &&
           g_strcmp0(text_of(a, "check"), text_of(b, "check")) == 0;
}

/* Is it the failure that the folder tells of? */
static int compare_with(const json_t *run, const struct shrink_base *base)
{
    const char *build = text_of(run, "build");
    const json_t *told = failure_of(run);
    const json_t *findings = json_object_get(base->outcome, "findings");
    bool other = g_strcmp0(build, base->build) != 0;
    if (other)
        complain("note: that run was made by build %s; this is build %s", build, base->build);
    for (size_t i = 0; i < json_array_size(findings); i++) {
        if (is_same_finding(told, json_array_get(findings, i)))
            return EXIT_PASS;
    }
    complain("not reproduced: that run ended with %s, %s; with this build it does not%s",
             text_of(told, "verdict"), text_of(told, "check"),
             other ? ".  Was there a --plugin?" : "");
    return EXIT_NONDETERMINISM;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static int nothing(const char *argument, const json_t *outcome)
{
    const char *seed = text_of(outcome, "seed");
    complain("nothing to shrink: %s %s%s%s", argument,
             g_strcmp0(text_of(outcome, "verdict"), "inconclusive") == 0
                 ? "was inconclusive, and nothing else was found"
                 : "passed",
             seed != NULL ? " with seed " : "", seed != NULL ? seed : "");
    return EXIT_USAGE;
}

static int judge(const struct shrink_input *input, const json_t *run, struct shrink_base *base)
{
    const char *wrong = text_of(base->outcome, "wrong");
    const json_t *crash = json_object_get(base->outcome, "crashed");
    const json_t *finding = crash == NULL ? failure_of(base->outcome) : NULL;
    if (wrong != NULL) {
        fputs(wrong, stderr);
        return EXIT_USAGE;
    }
    if (crash != NULL && !json_is_object(json_object_get(base->outcome, "last"))) {
        complain("the run's process ended without a word about the run: %s",
                 json_string_value(crash));
        return EXIT_INTERNAL;
    }
    int status = run != NULL ? compare_with(run, base) : EXIT_PASS;
    if (status != EXIT_PASS)
        return status;
    if (finding == NULL && crash == NULL)
        return nothing(input->argument, base->outcome);
    aim(base->outcome, finding, &base->target);
    base->scenario = begin_with(input, base);
    return EXIT_PASS;
}

int shrink_base_make(const struct shrink_input *input, const struct shrink_pool *pool,
                     struct shrink_base *ret_base)
{
    bool folder = g_file_test(input->argument, G_FILE_TEST_IS_DIR);
    struct shrink_base *base = ret_base;
    *base = (struct shrink_base){ 0 };
    json_t *run = folder ? run_of_folder(input->argument) : NULL;
    if (folder && run == NULL)
        return EXIT_USAGE;
    if (folder && failure_of(run) == NULL) {
        int status = nothing(input->argument, run);
        json_decref(run);
        return status;
    }
    base->path =
        folder ? g_build_filename(input->argument, "replay.json", NULL) : g_strdup(input->argument);
    base->world =
        (struct shrink_world){ base->path, input->plugins, input->sets, input->protocols };
    base->registry = registry_new(input->protocols);
    g_autoptr(GString) errors = g_string_new(NULL);
    const struct plan_overrides overrides = { .sets = input->sets, .plugins = input->plugins };
    struct plan *plan = plan_load(base->path, &overrides, base->registry, errors);
    fputs(errors->str, stderr);
    int status = plan != NULL ? EXIT_PASS : EXIT_USAGE;
    plan_free(plan);
    base->build = build_of(base->registry);
    if (status == EXIT_PASS) {
        interrupt_catch(INTERRUPT_AGAIN_IGNORED); /* a pipe that nobody writes to is behind us */
        base->outcome = find_failure(input, pool, &base->world);
        status = base->outcome != NULL ? judge(input, run, base) : EXIT_INTERRUPTED;
    }
    json_decref(run);
    cs_assert(status != EXIT_PASS || base->scenario != NULL);
    return status;
}

void shrink_base_done(struct shrink_base *base)
{
    json_decref(base->scenario);
    json_decref(base->outcome);
    shrink_target_done(&base->target);
    if (base->registry != NULL)
        registry_free(base->registry);
    g_free(base->path);
    g_free(base->build);
    *base = (struct shrink_base){ 0 };
}
