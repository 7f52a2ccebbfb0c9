/* What an instance is made of, before its first boot and after its last. */
#include <string.h>

#include "host/internal.h"

static size_t count_names(const char *const *names)
{
    size_t count = 0;
    while (names != NULL && names[count] != NULL)
        count++;
    return count;
}

static size_t count_params(const struct cs_program *program)
{
    size_t count = 0;
    while (program->params != NULL && program->params[count].name != NULL)
        count++;
    return count;
}

/* How many volumes a specification stands for. */
static uint32_t volumes_of(const struct instance_options *options,
                           const struct cs_volume_spec *spec)
{
    if (spec->counted == NULL)
        return 1;
    const struct cs_param *params = options->program->params;
    for (size_t i = 0; params != NULL && params[i].name != NULL; i++) {
        if (strcmp(params[i].name, spec->counted) == 0)
            return (uint32_t)options->params[i].number;
    }
    cs_assert(false && "a volume is counted by a parameter that does not exist");
    return 0;
}

static void volumes_init(struct cluster *cluster, struct instance *instance)
{
    const struct instance_options *options = instance->options;
    const struct cs_volume_spec *specs = options->program->volumes;
    size_t spec_count = 0;
    uint32_t total = 0;
    while (specs != NULL && specs[spec_count].name != NULL)
        total += volumes_of(options, &specs[spec_count++]);
    uint32_t *first = arena_alloc(cluster->memory, (spec_count + 1) * sizeof *first);
    struct disk **volumes = arena_alloc(cluster->memory, total * sizeof(void *));
    uint32_t next = 0;
    for (size_t i = 0; i < spec_count; i++) {
        first[i] = next;
        uint32_t count = volumes_of(options, &specs[i]);
        bool resized = options->volume_sizes != NULL && options->volume_sizes[i] != 0;
        uint64_t size = resized ? options->volume_sizes[i] : specs[i].size;
        for (uint32_t n = 0; n < count; n++) {
            uint64_t key = random_key(cluster->options->seed, options->name, specs[i].name);
            volumes[next++] = disk_new(&options->disk, size, random_mix(key + n));
        }
    }
    first[spec_count] = next;
    instance->lent.volumes = volumes;
    instance->lent.volume_first = first;
    instance->lent.volume_count = total;
    instance->lent.tickets = arena_alloc(cluster->memory, total * sizeof(cs_ticket));
    instance->ticket_base = arena_alloc(cluster->memory, total * sizeof(uint64_t));
    volume_init(cluster, instance, total);
}

static void streams_init(struct cluster *cluster, struct instance *instance)
{
    const struct instance_options *options = instance->options;
    size_t count = count_params(options->program);
    struct random_stream *streams = arena_alloc(cluster->memory, count * sizeof *streams);
    for (size_t i = 0; i < count; i++) {
        const char *purpose = options->program->params[i].name;
        streams[i] = random_stream_of(random_key(cluster->options->seed, options->name, purpose));
    }
    instance->lent.params = options->params;
    instance->lent.param_count = count;
    instance->lent.param_streams = streams;
    instance->lent.stream_key = random_key(cluster->options->seed, options->name, "program");
}

/* "self" first, then what the scenario bound. */
static void bindings_init(struct cluster *cluster, struct instance *instance)
{
    const struct group_options *groups = cluster->options->groups;
    const struct group_options *own = &groups[instance->options->group];
    struct group_binding *bindings =
        arena_alloc(cluster->memory, (own->use_count + 1) * sizeof *bindings);
    bindings[0] =
        (struct group_binding){ .name = "self", .group = { own->members, own->member_count } };
    for (uint32_t i = 0; i < own->use_count; i++) {
        const struct group_options *used = &groups[own->uses[i].group];
        bindings[i + 1] = (struct group_binding){
            .name = own->uses[i].name,
            .group = { used->members, used->member_count },
        };
    }
    instance->lent.bindings = bindings;
    instance->lent.binding_count = own->use_count + 1;
}

void instance_init(struct cluster *cluster, uint32_t index)
{
    struct instance *instance = &cluster->instances[index];
    const struct instance_options *options = &cluster->options->instances[index];
    cs_assert(options->machine < cluster->options->topology.machine_count);
    cs_assert(options->group < cluster->options->group_count);
    instance->options = options;
    instance->program = options->program;
    instance->build = options->build;
    instance->machine = options->machine;
    instance->start = options->start;
    instance->role = CS_ROLE_OTHER;
    instance->cpu_factor = 1u << 16;
    instance->release_event = NONE;
    instance->inbox_first = instance->inbox_last = NONE;
    instance->awaited_room = NONE;
    instance->timers.free_slot = NONE;
    instance->lent.self = index;
    instance->lent.program = options->program;
    instance->lent.unit_costs_ns = options->unit_costs_ns;
    instance->lent.unit_count = count_names(options->program->costs);
    instance->lent.arena = arena_new(cluster->pool);
    streams_init(cluster, instance);
    bindings_init(cluster, instance);
    volumes_init(cluster, instance);
}

bool cluster_set_program(struct cluster *cluster, uint32_t index, const struct cs_program *program,
                         const char *build)
{
    cs_assert(index < cluster->options->instance_count);
    cs_assert(cluster->runner.self == NULL);
    struct instance *instance = &cluster->instances[index];
    cs_assert(strcmp(program->role, instance->options->program->role) == 0);
    bool other = instance->program != program;
    instance->program = program;
    instance->build = build;
    return other;
}

void instance_done(struct instance *instance)
{
    volume_done(instance);
    for (size_t i = 0; i < instance->lent.volume_count; i++)
        disk_free(instance->lent.volumes[i]);
    arena_free(instance->lent.arena);
    timer_table_done(&instance->timers);
}
