/* Loading a plan: read the files, merge, check by the tables, resolve. */
#include "scenario/plan.h"

#include <string.h>

#include "scenario/build.h"
#include "scenario/draws.h"
#include "scenario/json_text.h"
#include "scenario/presets.h"
#include "scenario/reader.h"
#include "scenario/threshold_text.h"
#include "scenario/value.h"

/* ---- Plug-ins ---- */

/* Does one of the command line's plug-ins stand for this one?  It does if it has the same file
 * name. */
static bool stands_for(const struct plan_overrides *overrides, const char *name)
{
    g_autofree char *wanted = g_path_get_basename(name);
    for (size_t i = 0; overrides->plugins != NULL && overrides->plugins[i] != NULL; i++) {
        g_autofree char *given = g_path_get_basename(overrides->plugins[i]);
        if (strcmp(given, wanted) == 0)
            return true;
    }
    return false;
}

static void load_plugins(struct loading *loading, const json_t *root,
                         const struct plan_overrides *overrides)
{
    struct path root_path = path_root();
    struct path path = path_key(&root_path, "plugins");
    const json_t *list = json_object_get(root, "plugins");
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct path element = path_index(&path, i);
        const char *name = json_string_value(json_array_get(list, i));
        if (name == NULL || stands_for(overrides, name))
            continue;
        const char *folder = document_folder(loading->document, &element);
        g_autofree char *file = g_path_is_absolute(name) || strcmp(folder, ".") == 0
                                    ? g_strdup(name)
                                    : g_build_filename(folder, name, NULL);
        g_autofree char *error = NULL;
        if (registry_load(loading->registry, file, &error))
            continue;
        bool is_there = g_file_test(file, G_FILE_TEST_EXISTS);
        wrong_value(loading, &element, "%s%s", error,
                    is_there ? "" : "; one that was built elsewhere is named by --plugin");
    }
}

/* Those of the command line; an error has no place in the scenario. */
static void load_given_plugins(struct loading *loading, const struct plan_overrides *overrides)
{
    for (size_t i = 0; overrides->plugins != NULL && overrides->plugins[i] != NULL; i++) {
        g_autofree char *error = NULL;
        if (registry_load(loading->registry, overrides->plugins[i], &error))
            continue;
        g_autofree char *name = g_strconcat("--plugin ", overrides->plugins[i], NULL);
        struct source *option = source_new_option(name, "", 3000);
        g_ptr_array_add(loading->document->others, option);
        problems_add(loading->problems, option, (struct span){ 0, 0 }, NULL, NULL, error);
    }
}

/* ---- What the command line adds ---- */

static void apply_overrides(struct loading *loading, const struct plan_overrides *overrides)
{
    for (size_t i = 0; overrides->sets != NULL && overrides->sets[i] != NULL; i++)
        document_set_text(loading->document, overrides->sets[i], loading->problems);
    if (overrides->has_seed) {
        g_autofree char *seed = g_strdup_printf("0x%016" G_GINT64_MODIFIER "x", overrides->seed);
        g_autofree char *name = g_strconcat("--seed ", seed, NULL);
        document_set(loading->document, name, "/seed", json_string(seed), loading->problems);
    }
    loading->cut_short = overrides->has_duration;
    if (overrides->has_duration) {
        cs_assert(overrides->duration_ns <= INT64_MAX);
        g_autofree char *duration = value_duration_text((int64_t)overrides->duration_ns);
        g_autofree char *name = g_strconcat("--until ", duration, NULL);
        document_set(loading->document, name, "/time/duration", json_string(duration),
                     loading->problems);
    }
}

/* ---- Building ---- */

static void build_begin(struct build *build)
{
    build->groups = g_array_new(FALSE, TRUE, sizeof(struct group_build));
    build->instances = g_array_new(FALSE, TRUE, sizeof(struct instance_build));
    build->machines = g_array_new(FALSE, TRUE, sizeof(struct machine_build));
    build->rack_region = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    build->client_rack = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    build->start_draws = g_array_new(FALSE, TRUE, sizeof(struct start_draw));
    build->clock_draws = g_array_new(FALSE, TRUE, sizeof(struct clock_draw));
    build->region_names = g_ptr_array_new();
    build->rack_names = g_ptr_array_new();
    build->group_index = g_hash_table_new(g_str_hash, g_str_equal);
    build->instance_index = g_hash_table_new(g_str_hash, g_str_equal);
    build->machine_index = g_hash_table_new(g_str_hash, g_str_equal);
    build->region_index = g_hash_table_new(g_str_hash, g_str_equal);
    build->rack_index = g_hash_table_new(g_str_hash, g_str_equal);
    build->path = path_root();
    build->groups_path = path_key(&build->path, "groups");
    build->workload_path = path_key(&build->path, "workload");
    build->topology_path = path_key(&build->path, "topology");
    build->regions_path = path_key(&build->topology_path, "regions");
    build->nodes_path = path_key(&build->topology_path, "nodes");
    build->links_path = path_key(&build->topology_path, "links");
    build->faults_path = path_key(&build->path, "faults");
    build->timeline_path = path_key(&build->faults_path, "timeline");
    build->checks_path = path_key(&build->path, "checks");
    build->expect_path = path_key(&build->path, "expect");
    build->time_path = path_key(&build->path, "time");
}

static void build_end(struct build *build)
{
    for (guint g = 0; g < build->groups->len; g++)
        json_decref(build_group(build, g)->node);
    for (guint i = 0; i < build->instances->len; i++)
        json_decref(build_instance(build, i)->node);
    g_array_free(build->groups, TRUE);
    g_array_free(build->instances, TRUE);
    g_array_free(build->machines, TRUE);
    g_array_free(build->rack_region, TRUE);
    g_array_free(build->client_rack, TRUE);
    g_array_free(build->start_draws, TRUE);
    g_array_free(build->clock_draws, TRUE);
    g_ptr_array_free(build->region_names, TRUE);
    g_ptr_array_free(build->rack_names, TRUE);
    g_hash_table_destroy(build->group_index);
    g_hash_table_destroy(build->instance_index);
    g_hash_table_destroy(build->machine_index);
    g_hash_table_destroy(build->region_index);
    g_hash_table_destroy(build->rack_index);
}

/* Each is a row for each instance, kept in memory until the end. */
enum { WINDOWS_MAX = 1000000 };

static void build_time(struct build *build)
{
    struct plan *plan = build->plan;
    const json_t *time = json_object_get(build->root, "time");
    struct path warmup_path = path_key(&build->time_path, "warmup");
    plan->warmup_ns = build_ns(time, "warmup", 0);
    plan->duration_ns = build_ns(time, "duration", 0);
    plan->settle_ns = build_ns(time, "settle", 0);
    plan->window_ns = build_ns(time, "window", 0);
    plan->events_max = (uint64_t)build_number(KIND_NUMBER, time, "max_events", 0);
    plan->cluster.shuffle_ties = build_is(time, "tie_break", "random");
    if (plan->warmup_ns >= plan->duration_ns && plan->duration_ns > 0)
        wrong_value(build->loading, &warmup_path, "the warm-up leaves nothing of the duration");
    if (plan->window_ns > 0 && plan->duration_ns / plan->window_ns > WINDOWS_MAX) {
        struct path window_path = path_key(&build->time_path, "window");
        g_autofree char *least = g_strdup_printf(
            "%" G_GUINT64_FORMAT "s", plan->duration_ns / WINDOWS_MAX / UINT64_C(1000000000) + 1);
        wrong_value(build->loading, &window_path,
                    "so short a window makes more than %d rows of series.csv; write \"%s\" or more",
                    WINDOWS_MAX, least);
    }
}

/* It names a folder of the results, beside the link "latest". */
static void check_name(struct build *build, const char *name)
{
    struct path path = path_key(&build->path, "name");
    if (name[0] == '.') {
        wrong_value(build->loading, &path,
                    "\"%s\" cannot be a scenario's name: it begins with a dot, and names a folder",
                    name);
    }
    if (g_ascii_strcasecmp(name, "latest") == 0) {
        wrong_value(build->loading, &path,
                    "\"%s\" cannot be a scenario's name: the results of the last run are called so",
                    name);
    }
}

static void build_head(struct build *build)
{
    struct plan *plan = build->plan;
    struct plan_memory *memory = build->loading->memory;
    const char *name = json_string_value(json_object_get(build->root, "name"));
    const char *about = json_string_value(json_object_get(build->root, "about"));
    const char *seed = json_string_value(json_object_get(build->root, "seed"));
    if (name != NULL)
        check_name(build, name);
    plan->name = plan_memory_string(memory, name);
    plan->about = plan_memory_string(memory, about);
    plan->tags = plan_memory_strings(memory, json_object_get(build->root, "tags"));
    if (seed != NULL) {
        g_autofree char *wrong = value_seed(seed, &plan->seed);
        cs_assert(wrong == NULL);
    }
}

/* The scenario that is run, as text: read once more, so that what was filled in later stands in the
 * tables' order too. */
static const char *effective_text(struct loading *loading, const json_t *root)
{
    cs_assert(json_is_object(root));
    struct path path = path_root();
    json_t *ordered = reader_object(loading, &format_scenario, root, &path, true);
    cs_assert(problems_count(loading->problems) == 0);
    GString *text = g_string_new(NULL);
    json_text_add(text, ordered, 0);
    g_string_append_c(text, '\n');
    json_decref(ordered);
    g_ptr_array_add(loading->memory->blocks, text->str);
    return g_string_free(text, FALSE);
}

/* What this run's draw has left without a fault would be refused where nothing is drawn any more.
 */
static void drop_faultless_thresholds(const struct plan *plan, json_t *thresholds)
{
    const char *key = NULL;
    json_t *list = NULL;
    void *next = NULL;
    json_object_foreach_safe(thresholds, next, key, list)
    {
        if (plan->swarm && plan->fault_count == 0 && metric_text_needs_faults(key))
            json_object_del(thresholds, key);
    }
}

static void resolve(struct loading *loading, struct plan *plan, json_t *root)
{
    cs_assert(json_is_object(root));
    struct build build = { .loading = loading, .plan = plan, .root = root };
    build_begin(&build);
    build_head(&build);
    build_time(&build);
    build_groups(&build);
    build_clients(&build);
    build_places(&build);
    build_nodes(&build);
    build_links(&build);
    build_faults(&build);
    build_checks(&build);
    build_thresholds(&build);
    build_sweep(&build);
    if (problems_count(loading->problems) == 0) {
        build_cluster(&build);
        build_list_builds(&build);
        drop_faultless_thresholds(plan, json_object_get(root, "thresholds"));
        plan->effective = effective_text(loading, root);
    }
    build_end(&build);
}

static void load(struct loading *loading, struct plan *plan, const struct plan_overrides *overrides)
{
    struct path path = path_root();
    presets_apply(loading);
    json_t *root = reader_object(loading, &format_scenario, loading->document->root, &path, true);
    load_given_plugins(loading, overrides);
    load_plugins(loading, root, overrides);
    resolve(loading, plan, root);
    json_decref(root);
}

/* The seed of the command line, else the scenario's; a wrong one is told of later. */
static uint64_t seed_of(const struct document *document, const struct plan_overrides *overrides)
{
    uint64_t seed = overrides->seed;
    const char *text = json_string_value(json_object_get(document->root, "seed"));
    if (!overrides->has_seed) {
        seed = 1;
        if (text != NULL)
            g_free(value_seed(text, &seed));
    }
    return seed;
}

/* Load the plan with the values of number `choice`, or what the seed draws, or without any draw.
 * *ret_choices is how many there are. */
#define DRAW_BY_SEED 0
#define DRAW_NOTHING UINT32_MAX
static struct plan *load_choice(const char *path, const struct plan_overrides *overrides,
                                struct registry *registry, uint32_t choice, GString *errors,
                                uint32_t *ret_choices)
{
    struct loading loading = { .problems = problems_new(),
                               .registry = registry,
                               .memory = plan_memory_new() };
    struct plan *plan = plan_memory_alloc(loading.memory, 1, sizeof *plan);
    plan->memory = loading.memory;
    plan->source = plan_memory_string(loading.memory, path);
    loading.document = document_load(path, overrides->text, loading.problems);
    if (loading.document->root != NULL) {
        apply_overrides(&loading, overrides);
        *ret_choices = draws_count(loading.document);
        plan->swarm = *ret_choices > 0;
        if (choice != DRAW_NOTHING)
            draws_apply(&loading, seed_of(loading.document, overrides), choice);
        load(&loading, plan, overrides);
    }
    bool good = problems_count(loading.problems) == 0;
    cs_assert(!good || plan->effective != NULL);
    problems_print(loading.problems, errors);
    problems_free(loading.problems);
    document_free(loading.document);
    if (!good)
        plan_free(plan);
    return good ? plan : NULL;
}

struct plan *plan_load(const char *path, const struct plan_overrides *overrides,
                       struct registry *registry, GString *errors)
{
    cs_assert(path != NULL);
    cs_assert(registry != NULL);
    cs_assert(errors != NULL);
    static const struct plan_overrides none = { 0 };
    uint32_t choices = 0;
    if (overrides == NULL)
        overrides = &none;
    if (overrides->again)
        return load_choice(path, overrides, registry, DRAW_BY_SEED, errors, &choices);
    /* What stands there first, so that its errors are told where they stand; then each drawn
     * value. */
    struct plan *plan = load_choice(path, overrides, registry, DRAW_NOTHING, errors, &choices);
    if (plan == NULL || choices == 0)
        return plan;
    for (uint32_t choice = 1; plan != NULL && choice <= choices; choice++) {
        plan_free(plan);
        plan = load_choice(path, overrides, registry, choice, errors, &choices);
    }
    if (plan == NULL)
        return NULL;
    plan_free(plan);
    return load_choice(path, overrides, registry, DRAW_BY_SEED, errors, &choices);
}

void plan_free(struct plan *plan)
{
    if (plan != NULL)
        plan_memory_free(plan->memory);
}
