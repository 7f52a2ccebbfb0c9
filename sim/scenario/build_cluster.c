/* The last part: what the others have found, as the options of a cluster. */
#include <string.h>

#include "base/random.h"
#include "scenario/build.h"
#include "scenario/distribution_json.h"
#include "scenario/scalar.h"

/* ---- Settings of a node ---- */

/* What a node's merged settings mean for an instance of a program. */
struct node_options {
    struct cpu_options cpu;
    struct disk_options disk;
    const uint64_t *unit_costs_ns;
    const uint64_t *volume_sizes;
};

static struct distribution latency_of(struct build *build, const json_t *disk, const char *key)
{
    const json_t *value = json_object_get(disk, key);
    cs_assert(value != NULL);
    return distribution_make(build->loading->memory, KIND_DURATION, value).distribution;
}

static struct disk_options disk_of(struct build *build, const json_t *disk)
{
    const json_t *queue = json_object_get(disk, "queue");
    const char *when_full = json_string_value(json_object_get(queue, "when_full"));
    struct disk_options options = {
        .read_latency = latency_of(build, disk, "read"),
        .write_latency = latency_of(build, disk, "write"),
        .flush_latency = latency_of(build, disk, "fsync"),
        .bandwidth_bytes_per_s =
            build_limit(KIND_BANDWIDTH, json_object_get(disk, "bandwidth")) / 8,
        .sector = (uint32_t)build_number(KIND_SIZE, disk, "sector", 512),
        .group_flush = json_is_true(json_object_get(disk, "group_flush")),
        .queue_limit = (uint32_t)build_number(KIND_NUMBER, queue, "limit", 0),
        .queue_fails = g_strcmp0(when_full, "fail") == 0,
    };
    return options;
}

static const uint64_t *unit_costs_of(struct build *build, const json_t *cpu,
                                     const struct cs_program *program)
{
    size_t count = 0;
    while (program->costs != NULL && program->costs[count] != NULL)
        count++;
    uint64_t *costs = plan_memory_alloc(build->loading->memory, count, sizeof *costs);
    const json_t *units = json_object_get(cpu, "units");
    for (size_t i = 0; i < count; i++)
        costs[i] = build_ns(units, program->costs[i], 0);
    return costs;
}

static const uint64_t *volume_sizes_of(struct build *build, const json_t *disk,
                                       const struct cs_program *program)
{
    size_t count = 0;
    while (program->volumes != NULL && program->volumes[count].name != NULL)
        count++;
    uint64_t *sizes = plan_memory_alloc(build->loading->memory, count, sizeof *sizes);
    const json_t *volumes = json_object_get(disk, "volumes");
    for (size_t i = 0; i < count; i++)
        sizes[i] = (uint64_t)build_number(KIND_SIZE, volumes, program->volumes[i].name, 0);
    return sizes;
}

static struct node_options node_options_of(struct build *build, const json_t *settings,
                                           const struct cs_program *program)
{
    cs_assert(program != NULL);
    cs_assert(json_is_object(settings));
    const json_t *cpu = json_object_get(settings, "cpu");
    const json_t *disk = json_object_get(settings, "disk");
    return (struct node_options){
        .cpu = { .per_message_ns = build_ns(cpu, "per_message", 0),
                 .per_byte_ps = (uint64_t)build_number(KIND_FINE_DURATION, cpu, "per_byte", 0),
                 .inbox_limit = (uint32_t)build_number(KIND_NUMBER, cpu, "queue", 0) },
        .disk = disk_of(build, disk),
        .unit_costs_ns = unit_costs_of(build, cpu, program),
        .volume_sizes = volume_sizes_of(build, disk, program),
    };
}

/* ---- Instances, groups, machines ---- */

static const char *const *copy_names(struct build *build, const GPtrArray *names)
{
    const char **copy = plan_memory_alloc(build->loading->memory, names->len, sizeof *copy);
    for (guint i = 0; i < names->len; i++)
        copy[i] = names->pdata[i];
    return copy;
}

static void add_name(struct build *build, GPtrArray *names, const json_t *name)
{
    cs_assert(json_is_string(name));
    g_ptr_array_add(names,
                    (void *)plan_memory_string(build->loading->memory, json_string_value(name)));
}

/* When an instance starts by itself, unless plan_reseed() draws it. */
static uint64_t start_of(struct build *build, const struct group_build *group, uint32_t index,
                         struct instance_options *instance)
{
    const json_t *jitter = json_object_get(json_object_get(group->json, "start"), "jitter");
    if (build_is_spare(build, index))
        return UINT64_MAX;
    if (jitter == NULL || group->workload != BUILD_NONE)
        return 0;
    struct start_draw draw = {
        .instance = instance,
        .late = distribution_make(build->loading->memory, KIND_DURATION, jitter).distribution,
    };
    g_array_append_val(build->start_draws, draw);
    return 0;
}

/* Nobody but the members of a server group has one. */
static struct restart_policy restart_of(struct build *build, const struct group_build *group)
{
    const json_t *restart = json_object_get(group->json, "restart");
    if (group->workload != BUILD_NONE || !json_is_object(restart))
        return (struct restart_policy){ 0 };
    const json_t *reasons = json_object_get(restart, "reasons");
    struct restart_policy policy = { .enabled = true, .after_ns = build_ns(restart, "after", 0) };
    if (reasons == NULL)
        return policy;
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (size_t i = 0; i < json_array_size(reasons); i++)
        add_name(build, names, json_array_get(reasons, i));
    g_ptr_array_add(names, NULL);
    policy.reasons = copy_names(build, names);
    return policy;
}

static void make_instances(struct build *build)
{
    cs_assert(build->instances->len <= BUILD_NODES_MAX);
    uint32_t count = build->instances->len;
    struct instance_options *instances =
        plan_memory_alloc(build->loading->memory, count, sizeof *instances);
    for (uint32_t g = 0; g < build->groups->len; g++) {
        const struct group_build *group = build_group(build, g);
        struct node_options common = node_options_of(build, group->node, group->program);
        struct restart_policy restart = restart_of(build, group);
        for (uint32_t i = group->first; i < group->first + group->count; i++) {
            const struct instance_build *instance = build_instance(build, i);
            struct node_options own = instance->node == NULL
                                          ? common
                                          : node_options_of(build, instance->node, group->program);
            instances[i] = (struct instance_options){
                .name = instance->name,
                .machine = instance->machine,
                .group = g,
                .program_name = group->program_name,
                .program = instance->program != NULL ? instance->program : group->program,
                .build = instance->build,
                .params = group->params,
                .unit_costs_ns = own.unit_costs_ns,
                .cpu = own.cpu,
                .disk = own.disk,
                .volume_sizes = own.volume_sizes,
                .boot_at_ns = start_of(build, group, i, &instances[i]),
                .start = CS_START_FOUND,
                .restart = restart,
            };
        }
    }
    build->plan->cluster.instances = instances;
    build->plan->cluster.instance_count = count;
}

static void make_groups(struct build *build)
{
    struct plan_memory *memory = build->loading->memory;
    uint32_t count = build->groups->len;
    struct group_options *groups = plan_memory_alloc(memory, count, sizeof *groups);
    uint32_t *members = plan_memory_alloc(memory, build->instances->len, sizeof *members);
    for (uint32_t i = 0; i < build->instances->len; i++)
        members[i] = i;
    for (uint32_t g = 0; g < count; g++) {
        const struct group_build *group = build_group(build, g);
        groups[g] = (struct group_options){ .name = group->name,
                                            .members = members + group->first,
                                            .member_count = group->count - group->spares,
                                            .spare_count = group->spares,
                                            .uses = group->uses,
                                            .use_count = group->use_count };
        if (group->workload == BUILD_NONE)
            continue;
        struct workload_options *workload =
            (struct workload_options *)&build->plan->workloads[group->workload];
        workload->clients = members + group->first;
        workload->client_count = group->count;
    }
    build->plan->cluster.groups = groups;
    build->plan->cluster.group_count = count;
}

/* The settings of a machine: those of the instance whose own it is, or of its name. */
static const json_t *machine_settings(const struct build *build,
                                      const struct machine_build *machine)
{
    const json_t *nodes = json_object_get(json_object_get(build->root, "topology"), "nodes");
    const json_t *named = json_object_get(nodes, machine->name);
    if (machine->instance == BUILD_NONE)
        return named;
    const struct instance_build *instance = build_instance(build, machine->instance);
    return instance->node != NULL ? instance->node : build_group(build, instance->group)->node;
}

/* A part of a machine's settings; what a shared machine does not say itself, `*` says. */
static const json_t *machine_value(const struct build *build, const struct machine_build *machine,
                                   const char *part, const char *key)
{
    cs_assert(part != NULL);
    const json_t *nodes = json_object_get(json_object_get(build->root, "topology"), "nodes");
    const json_t *value =
        json_object_get(json_object_get(machine_settings(build, machine), part), key);
    return value != NULL ? value
                         : json_object_get(json_object_get(json_object_get(nodes, "*"), part), key);
}

static bool is_constant(const struct drawn *drawn)
{
    return drawn->distribution.kind == DISTRIBUTION_CONSTANT;
}

/* plan_reseed() draws a clock, unless it is the same with every seed. */
static void add_clock(struct build *build, const struct machine_build *machine,
                      struct machine_options *options)
{
    struct plan_memory *memory = build->loading->memory;
    struct clock_draw draw = {
        .machine = options,
        .offset =
            distribution_make(memory, KIND_SHIFT, machine_value(build, machine, "clock", "offset")),
        .drift = distribution_make(memory, KIND_PPM,
                                   machine_value(build, machine, "clock", "drift_ppm")),
    };
    if (is_constant(&draw.offset) && is_constant(&draw.drift)) {
        draw_clock(&draw, build->plan->seed);
    } else {
        g_array_append_val(build->clock_draws, draw);
    }
}

/* NULL if no machine's interface has a limit. */
static const struct interface_options *make_interfaces(struct build *build)
{
    uint32_t count = build->machines->len;
    bool limited = false;
    struct interface_options *interfaces =
        plan_memory_alloc(build->loading->memory, count, sizeof *interfaces);
    for (uint32_t m = 0; m < count; m++) {
        const struct machine_build *machine = build_machine(build, m);
        const json_t *bandwidth = machine_value(build, machine, "nic", "bandwidth");
        interfaces[m] = (struct interface_options){
            .bandwidth_bits_per_s = build_limit(KIND_BANDWIDTH, bandwidth),
            .queue_limit_bytes =
                build_limit(KIND_SIZE, machine_value(build, machine, "nic", "queue")),
        };
        limited |= interfaces[m].bandwidth_bits_per_s > 0;
    }
    return limited ? interfaces : NULL;
}

static void make_machines(struct build *build)
{
    struct plan_memory *memory = build->loading->memory;
    struct topology *topology = &build->plan->cluster.topology;
    uint32_t count = build->machines->len;
    struct machine_options *machines = plan_memory_alloc(memory, count, sizeof *machines);
    uint32_t *racks = plan_memory_alloc(memory, count, sizeof *racks);
    for (uint32_t m = 0; m < count; m++) {
        const struct machine_build *machine = build_machine(build, m);
        const json_t *cores = machine_value(build, machine, "cpu", "cores");
        machines[m] = (struct machine_options){
            .name = machine->name,
            .cores = (uint32_t)scalar_value(KIND_NUMBER, cores),
        };
        add_clock(build, machine, &machines[m]);
        cs_assert(machine->rack < build->rack_names->len);
        racks[m] = machine->rack;
    }
    build->plan->cluster.machines = machines;
    topology->rack_of_machine = racks;
    topology->machine_count = count;
    topology->interfaces = make_interfaces(build);
}

static void make_places(struct build *build)
{
    cs_assert(build->region_names->len > 0);
    cs_assert(build->rack_region->len == build->rack_names->len);
    struct topology *topology = &build->plan->cluster.topology;
    uint32_t racks = build->rack_names->len;
    uint32_t *regions = plan_memory_alloc(build->loading->memory, racks, sizeof *regions);
    memcpy(regions, build->rack_region->data, racks * sizeof *regions);
    topology->region_names = copy_names(build, build->region_names);
    topology->rack_names = copy_names(build, build->rack_names);
    topology->region_of_rack = regions;
    topology->rack_count = racks;
    topology->region_count = build->region_names->len;
}

/* The reasons that a group allows: those that may bring an instance down for good, and those after
 * which it is to come back. */
static const char *const *stops_of(struct build *build, const struct group_build *group)
{
    g_autoptr(GPtrArray) stops = g_ptr_array_new();
    const json_t *lists[] = {
        json_object_get(group->json, "allowed_stops"),
        json_object_get(json_object_get(group->json, "restart"), "reasons"),
    };
    for (size_t l = 0; l < G_N_ELEMENTS(lists); l++) {
        for (size_t i = 0; i < json_array_size(lists[l]); i++)
            add_name(build, stops, json_array_get(lists[l], i));
    }
    g_ptr_array_add(stops, NULL);
    return copy_names(build, stops);
}

static void make_allowed_stops(struct build *build)
{
    uint32_t count = build->plan->cluster.group_count;
    const char *const **stops = plan_memory_alloc(build->loading->memory, count, sizeof *stops);
    cs_assert(build->server_groups <= count);
    for (uint32_t g = 0; g < build->server_groups; g++)
        stops[g] = stops_of(build, build_group(build, g));
    build->plan->allowed_stops = stops;
}

/* What the seed decides, so that another seed needs no other plan. */
static void keep_draws(struct build *build)
{
    struct plan_memory *memory = build->loading->memory;
    struct plan_draws *draws = plan_memory_alloc(memory, 1, sizeof *draws);
    draws->start_count = build->start_draws->len;
    draws->clock_count = build->clock_draws->len;
    draws->starts = plan_memory_alloc(memory, draws->start_count, sizeof *draws->starts);
    draws->clocks = plan_memory_alloc(memory, draws->clock_count, sizeof *draws->clocks);
    for (size_t i = 0; i < draws->start_count; i++)
        draws->starts[i] = g_array_index(build->start_draws, struct start_draw, i);
    for (size_t i = 0; i < draws->clock_count; i++)
        draws->clocks[i] = g_array_index(build->clock_draws, struct clock_draw, i);
    build->plan->draws = draws;
}

void build_cluster(struct build *build)
{
    cs_assert(problems_count(build->loading->problems) == 0);
    make_places(build);
    make_machines(build);
    make_instances(build);
    make_groups(build);
    make_allowed_stops(build);
    keep_draws(build);
    plan_reseed(build->plan, build->plan->seed);
}
