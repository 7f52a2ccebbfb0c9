/* Workloads and their clients: each entry is a group of client instances, each on a machine of its
 * own. */
#include <string.h>

#include "base/wide.h"
#include "scenario/build.h"
#include "scenario/distribution_json.h"
#include "scenario/scalar.h"
#include "scenario/value.h"

#define WEIGHT_SCALE 1000000.0 /* weights are kept in millionths */

enum { OPERATIONS_MAX = 1000000000 }; /* as many events are the default limit of a run */

/* The key of "ops" for each kind of operation; NULL: not for workloads. */
static const char *const op_names[CS_OP_COUNT] = {
    [CS_OP_GET] = "get",
    [CS_OP_PUT] = "put",
    [CS_OP_DELETE] = "delete",
    [CS_OP_CAS] = "cas",
    [CS_OP_APPEND] = "append",
    [CS_OP_WORK] = "work",
    [CS_OP_TRANSFER_LEADERSHIP] = "transfer",
};

/* ---- Defaults that depend on other values ---- */

/* What `place` adds up to; -1 if there is none. */
static int64_t placed_clients(const json_t *json)
{
    const json_t *place = json_object_get(json, "place");
    int64_t sum = 0;
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)place, name, value)
    {
        if (!format_is_note(name))
            sum += build_number(KIND_NUMBER, place, name, 0);
    }
    return place == NULL ? -1 : sum;
}

static void set_default(json_t *json, const char *key, json_t *value)
{
    if (json_object_get(json, key) == NULL) {
        json_object_set_new(json, key, value);
    } else {
        json_decref(value);
    }
}

static void complete(json_t *json, size_t index)
{
    cs_assert(json_is_object(json));
    g_autofree char *name = g_strdup_printf("load-%zu", index + 1);
    int64_t placed = placed_clients(json);
    set_default(json, "name", json_string(name));
    set_default(json, "clients", json_integer(placed > 0 ? placed : 1));
    if (build_is(json, "model", "closed")) {
        set_default(json, "think", json_string("0s"));
        set_default(json, "outstanding", json_integer(1));
    }
}

/* ---- Clients ---- */

/* Bind what the client program uses: "service" is the target. */
static void bind_service(struct build *build, struct group_build *group, uint32_t target,
                         const struct path *path)
{
    cs_assert(group->program != NULL);
    cs_assert(group->workload != BUILD_NONE);
    size_t count = 0;
    while (group->program->uses != NULL && group->program->uses[count] != NULL)
        count++;
    group->uses = plan_memory_alloc(build->loading->memory, count, sizeof *group->uses);
    for (size_t i = 0; i < count; i++) {
        const char *name = group->program->uses[i];
        if (strcmp(name, "service") != 0) {
            wrong_value(build->loading, path,
                        "program \"%s\" uses \"%s\"; a workload binds \"service\" only",
                        group->program_name, name);
        }
        group->uses[group->use_count++] = (struct group_use){ name, target };
    }
}

/* The program of a workload's clients: `client`, or the target protocol's role "client". */
static void find_client_program(struct build *build, struct group_build *group, uint32_t target,
                                const struct path *path)
{
    struct path client_path = path_key(path, "client");
    struct path target_path = path_key(path, "target");
    const char *said = json_string_value(json_object_get(group->json, "client"));
    const struct cs_protocol *protocol =
        target == BUILD_NONE ? NULL : build_group(build, target)->protocol;
    g_autofree char *usual = protocol == NULL ? NULL : g_strconcat(protocol->name, "-client", NULL);
    const char *name = said != NULL ? said : usual;
    if (name == NULL)
        return;
    group->program_name = plan_memory_string(build->loading->memory, name);
    if (said != NULL) {
        group->program = build_find_program(build, said, &client_path, &group->protocol);
    } else {
        group->program = registry_find(build->loading->registry, usual, &group->protocol);
    }
    if (said == NULL && group->program == NULL) {
        wrong_value(build->loading, &target_path,
                    "protocol \"%s\" has no clients: name the program with \"client\"",
                    protocol->name);
    }
    if (said == NULL && group->program != NULL)
        json_object_set_new(group->json, "client", json_string(usual));
    if (group->program != NULL && group->program->on_request == NULL) {
        wrong_value(build->loading, said != NULL ? &client_path : &target_path,
                    "program \"%s\" cannot be asked anything: it has no on_request", name);
    }
}

static void add_client_instances(struct build *build, uint32_t index, const struct path *path)
{
    const struct group_build *group = build_group(build, index);
    uint64_t count = (uint64_t)build_number(KIND_NUMBER, group->json, "clients", 0);
    struct path name_path = path_key(path, "name");
    if (build->instances->len + count > BUILD_NODES_MAX) {
        wrong_value(build->loading, path, "more than %d nodes in all", BUILD_NODES_MAX);
        build->too_many_nodes = true;
        return;
    }
    for (uint64_t i = 1; i <= count; i++) {
        g_autofree char *name =
            g_strdup_printf("%s-%" G_GUINT64_FORMAT, build_group(build, index)->name, i);
        if (!build_add_instance(build, name, index, NULL, &name_path))
            return;
    }
}

static void add_clients(struct build *build, uint32_t workload, json_t *json)
{
    cs_assert(workload < build->plan->workload_count);
    struct loading *loading = build->loading;
    struct path path = path_index(&build->workload_path, workload);
    struct path name_path = path_key(&path, "name");
    struct path target_path = path_key(&path, "target");
    const char *name = json_string_value(json_object_get(json, "name"));
    const char *target_name = json_string_value(json_object_get(json, "target"));
    uint32_t target =
        target_name == NULL ? BUILD_NONE : build_find_group(build, target_name, &target_path, 0, 0);
    struct group_build group = { .base = plan_memory_string(loading->memory, name),
                                 .json = json,
                                 .workload = workload,
                                 .first = build->instances->len };
    group.name = group.base;
    if (build_find(build->group_index, name) != BUILD_NONE ||
        build_find(build->instance_index, name) != BUILD_NONE) {
        wrong_value(loading, &name_path,
                    "duplicate name \"%s\": a group, a node or another workload bears it", name);
        return;
    }
    find_client_program(build, &group, target, &path);
    if (group.program != NULL) {
        bind_service(build, &group, target, &path);
        group.params = build_params(build, group.program, json, &path);
    }
    g_array_append_val(build->groups, group);
    uint32_t index = build->groups->len - 1;
    build_index(build->group_index, group.name, index);
    add_client_instances(build, index, &path);
    struct workload_options *options = (struct workload_options *)&build->plan->workloads[workload];
    options->name = group.name;
    options->target = target;
}

/* ---- What they do ---- */

static void read_ops(struct build *build, const json_t *json, const struct path *path,
                     struct workload_options *options)
{
    cs_assert(path->key == NULL);
    const json_t *ops = json_object_get(json, "ops");
    struct path ops_path = path_key(path, "ops");
    bool any = false;
    for (size_t kind = 0; kind < CS_OP_COUNT; kind++) {
        const json_t *weight = op_names[kind] == NULL ? NULL : json_object_get(ops, op_names[kind]);
        double scaled = json_number_value(weight) * WEIGHT_SCALE + 0.5;
        options->weights[kind] = (uint32_t)scaled;
        any = any || options->weights[kind] > 0;
    }
    /* Weights that were wrong are gone by now, and were reported. */
    const json_t *given = json_object_get(
        json_array_get(json_object_get(build->loading->document->root, "workload"), path->index),
        "ops");
    bool whole = given == NULL || json_object_size(given) == json_object_size(ops);
    if (ops != NULL && whole && !any)
        wrong_value(build->loading, &ops_path, "no operation has a weight above 0");
}

static void read_keys(const json_t *json, struct workload_options *options)
{
    const json_t *keys = json_object_get(json, "keys");
    const json_t *zipf = json_object_get(keys, "zipf");
    options->key_choice = zipf != NULL ? KEYS_ZIPF : KEYS_UNIFORM;
    options->key_count = (uint32_t)(zipf != NULL ? build_number(KIND_NUMBER, zipf, "count", 1)
                                                 : build_number(KIND_NUMBER, keys, "uniform", 1));
    options->key_theta = json_number_value(json_object_get(zipf, "theta"));
}

static void read_stages(struct build *build, const json_t *json, const struct path *path,
                        struct workload_options *options)
{
    const json_t *list = json_object_get(json, "stages");
    struct path stages_path = path_key(path, "stages");
    size_t count = json_array_size(list);
    struct workload_stage *stages =
        plan_memory_alloc(build->loading->memory, count, sizeof *stages);
    uint64_t before = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *stage = json_array_get(list, i);
        struct path element = path_index(&stages_path, i);
        struct path until = path_key(&element, "until");
        stages[i].until_ns = build_ns(stage, "until", before + 1);
        stages[i].rate_milli_per_s = (uint64_t)build_number(KIND_RATE, stage, "rate", 0);
        if (stages[i].until_ns <= before)
            wrong_value(build->loading, &until, "a stage ends after the one before it");
        before = stages[i].until_ns;
    }
    options->stages = stages;
    options->stage_count = (uint32_t)count;
}

/* Thousandths of an operation, times 10^9, that a rate comes to until the load ends. */
static wide growth_until(const struct build *build, uint64_t rate_milli_per_s, uint64_t from_ns,
                         uint64_t until_ns)
{
    uint64_t end_ns = MIN(until_ns, build->plan->duration_ns);
    return end_ns > from_ns ? (wide)rate_milli_per_s * (end_ns - from_ns) : 0;
}

/* No run has an end, or memory enough, for more operations than this. */
static void refuse_rate(struct build *build, const struct path *path)
{
    g_autofree char *duration = value_duration_text((int64_t)build->plan->duration_ns);
    wrong_value(build->loading, path,
                "more than %d operations in a run of %s: at such a rate it comes to no end",
                OPERATIONS_MAX, duration);
}

static void check_rates(struct build *build, const struct path *path, const char *arrivals,
                        const struct workload_options *options)
{
    const wide most = (wide)OPERATIONS_MAX * 1000 * 1000000000;
    struct path stages_path = path_key(path, "stages"), arrivals_path = path_key(path, "arrivals");
    uint64_t from_ns = 0;
    wide sum = 0;
    for (uint32_t i = 0; i < options->stage_count; i++) {
        const struct workload_stage *stage = &options->stages[i];
        struct path element = path_index(&stages_path, i), rate = path_key(&element, "rate");
        sum += growth_until(build, stage->rate_milli_per_s, from_ns, stage->until_ns);
        from_ns = stage->until_ns;
        if (sum > most) {
            refuse_rate(build, &rate);
            return;
        }
    }
    struct path rate = path_key(&arrivals_path, arrivals);
    sum += growth_until(build, options->rate_milli_per_s, from_ns, UINT64_MAX);
    if (sum > most)
        refuse_rate(build, &rate);
}

/* Report keys that belong to the other model. */
static void refuse_keys(struct build *build, const json_t *json, const struct path *path,
                        const char *const *keys, const char *model)
{
    for (; *keys != NULL; keys++) {
        struct path member = path_key(path, *keys);
        if (json_object_get(json, *keys) != NULL)
            wrong_key(build->loading, &member, "\"%s\" belongs to \"model\": \"%s\"", *keys, model);
    }
}

static void read_open(struct build *build, const json_t *json, const struct path *path,
                      struct workload_options *options)
{
    static const char *const closed_keys[] = { "think", "outstanding", NULL };
    refuse_keys(build, json, path, closed_keys, "closed");
    const json_t *arrivals = json_object_get(json, "arrivals");
    bool constant = json_object_get(arrivals, "constant") != NULL;
    options->open = true;
    options->poisson = !constant;
    options->rate_milli_per_s =
        (uint64_t)build_number(KIND_RATE, arrivals, constant ? "constant" : "poisson", 0);
    read_stages(build, json, path, options);
    check_rates(build, path, constant ? "constant" : "poisson", options);
    if (arrivals == NULL && !build_given(build, path, "arrivals")) {
        wrong_value(build->loading, path,
                    "missing key \"arrivals\": an open workload needs a rate, "
                    "like { \"poisson\": \"1000/s\" }");
    }
}

static void read_closed(struct build *build, const json_t *json, const struct path *path,
                        struct workload_options *options)
{
    static const char *const open_keys[] = { "arrivals", "stages", NULL };
    refuse_keys(build, json, path, open_keys, "open");
    const json_t *think = json_object_get(json, "think");
    options->think = distribution_make(build->loading->memory, KIND_DURATION, think).distribution;
    options->outstanding = (uint32_t)build_number(KIND_NUMBER, json, "outstanding", 1);
}

/* Whether it writes any, so that their size counts. */
static bool asks_for_values(const json_t *json)
{
    static const char *const writers[] = { "put", "cas" };
    const json_t *ops = json_object_get(json, "ops");
    for (size_t i = 0; i < G_N_ELEMENTS(writers); i++) {
        if (json_number_value(json_object_get(ops, writers[i])) > 0)
            return true;
    }
    return false;
}

static void read_workload(struct build *build, const json_t *json, uint32_t index)
{
    cs_assert(index < build->plan->workload_count);
    struct workload_options *options = (struct workload_options *)&build->plan->workloads[index];
    struct path path = path_index(&build->workload_path, index);
    struct plan_memory *memory = build->loading->memory;
    options->think = distribution_constant(0);
    options->outstanding = 1;
    if (build_is(json, "model", "closed")) {
        read_closed(build, json, &path, options);
    } else {
        read_open(build, json, &path, options);
    }
    read_ops(build, json, &path, options);
    read_keys(json, options);
    const json_t *size = json_object_get(json, "value_size");
    if (size != NULL) {
        options->value_size = distribution_make(memory, KIND_SIZE, size).distribution;
        struct path size_path = path_key(&path, "value_size");
        if (asks_for_values(json) && distribution_min(&options->value_size) > WORKLOAD_VALUE_MAX) {
            wrong_value(build->loading, &size_path,
                        "values of at least %" G_GUINT64_FORMAT " bytes: at most %d are written, "
                        "so that one fits into a datagram",
                        distribution_min(&options->value_size), WORKLOAD_VALUE_MAX);
        }
    }
    options->timeout_ns = build_ns(json, "timeout", 0);
    options->start_ns = build_ns(json, "start", 0);
    options->stop_ns = build_ns(json, "stop", build->plan->duration_ns + build->plan->settle_ns);
    struct path start = path_key(&path, "start");
    if (options->stop_ns <= options->start_ns && options->stop_ns > 0)
        wrong_value(build->loading, &start, "the workload starts when it, or the run, has ended");
    struct path clients = path_key(&path, "clients");
    int64_t placed = placed_clients(json);
    int64_t count = build_number(KIND_NUMBER, json, "clients", 0);
    if (placed >= 0 && placed != count) {
        wrong_value(build->loading, &clients, "\"place\" has %lld clients, but \"clients\" is %lld",
                    (long long)placed, (long long)count);
    }
}

void build_clients(struct build *build)
{
    cs_assert(build->server_groups == build->groups->len);
    json_t *list = json_object_get(build->root, "workload");
    size_t count = json_array_size(list);
    build->plan->workloads =
        plan_memory_alloc(build->loading->memory, count, sizeof *build->plan->workloads);
    build->plan->workload_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        json_t *json = json_array_get(list, i);
        if (!json_is_object(json))
            continue;
        complete(json, i);
        add_clients(build, (uint32_t)i, json);
        read_workload(build, json, (uint32_t)i);
    }
}
