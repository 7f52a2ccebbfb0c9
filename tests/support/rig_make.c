/* Making a rig: parameters, volumes and groups as the program's tables and the options say. */
#include <stdlib.h>
#include <string.h>

#include "support/rig_internal.h"

static void make_params(struct rig *rig)
{
    const struct cs_param *params = rig->options.program->params;
    size_t count = 0;
    for (; params != NULL && params[count].name != NULL; count++) {
        cs_assert(count < RIG_PARAMS_MAX);
        rig->params[count] = rig_param_value(&params[count], rig->options.params);
        rig->param_streams[count] =
            random_stream_of(random_key(rig->options.seed, params[count].name, "param"));
    }
    for (size_t i = 0; i < RIG_PARAMS_MAX && rig->options.params[i].name != NULL; i++) {
        size_t known = 0;
        while (known < count && strcmp(params[known].name, rig->options.params[i].name) != 0)
            known++;
        cs_assert(known < count); /* a parameter of the program */
    }
    rig->instance.params = rig->params;
    rig->instance.param_streams = rig->param_streams;
    rig->instance.param_count = count;
}

static uint64_t volumes_of_spec(const struct rig *rig, const struct cs_volume_spec *spec)
{
    if (spec->counted == NULL)
        return 1;
    size_t index = 0;
    while (strcmp(rig->options.program->params[index].name, spec->counted) != 0)
        cs_assert(++index < rig->instance.param_count);
    return rig->params[index].number;
}

static void make_volume(struct rig *rig, const struct cs_volume_spec *spec)
{
    uint32_t volume = (uint32_t)rig->instance.volume_count++;
    cs_assert(volume < RIG_VOLUMES_MAX);
    struct disk_options options = {
        .read_latency = distribution_constant(0),
        .write_latency = distribution_constant(0),
        .flush_latency = distribution_constant(0),
        .sector = rig->options.sector == 0 ? 512 : rig->options.sector,
    };
    uint64_t size = rig->options.volume_size == 0 ? spec->size : rig->options.volume_size;
    rig->volumes[volume] = disk_new(&options, size, random_mix(rig->options.seed) + volume);
}

static void make_volumes(struct rig *rig)
{
    const struct cs_volume_spec *specs = rig->options.program->volumes;
    for (size_t i = 0; specs != NULL && specs[i].name != NULL; i++) {
        cs_assert(i < RIG_SPECS_MAX);
        uint64_t count = volumes_of_spec(rig, &specs[i]);
        for (uint32_t place = 0; place < count; place++)
            make_volume(rig, &specs[i]);
        rig->volume_first[i + 1] = (uint32_t)rig->instance.volume_count;
    }
    rig->instance.volumes = rig->volumes;
    rig->instance.volume_first = rig->volume_first;
    rig->instance.tickets = rig->tickets;
}

static void make_bindings(struct rig *rig)
{
    size_t count = 0;
    for (; count < RIG_GROUPS_MAX && rig->options.groups[count].name != NULL; count++) {
        const struct rig_group *group = &rig->options.groups[count];
        rig->bindings[count] =
            (struct group_binding){ group->name, { group->nodes, group->count } };
    }
    rig->instance.bindings = rig->bindings;
    rig->instance.binding_count = count;
}

static void make_units(struct rig *rig)
{
    const char *const *costs = rig->options.program->costs;
    size_t count = 0;
    for (; costs != NULL && costs[count] != NULL; count++) {
        cs_assert(count < RIG_UNITS_MAX);
        rig->unit_costs_ns[count] = 1;
    }
    rig->instance.unit_costs_ns = rig->unit_costs_ns;
    rig->instance.unit_count = count;
}

struct rig *rig_new(const struct rig_options *options)
{
    struct rig *rig = calloc(1, sizeof *rig);
    cs_assert(rig != NULL);
    cs_assert(options->program != NULL);
    rig->options = *options;
    rig->now_ns = 1000000000; /* clocks do not begin at zero */
    rig->crash_after = SIZE_MAX;
    rig->pool = arena_pool_new(0);
    rig->instance.self = options->self;
    rig->instance.program = options->program;
    rig->instance.stream_key = random_key(options->seed, "rig", "instance");
    rig->instance.arena = arena_new(rig->pool);
    rig->instance.log_wanted = options->log_wanted;
    make_params(rig);
    make_volumes(rig);
    make_bindings(rig);
    make_units(rig);
    context_init(&rig->cx);
    return rig;
}

void rig_free(struct rig *rig)
{
    if (rig == NULL)
        return;
    rig_forget_incarnation(rig);
    rig_forget_sent(rig);
    for (size_t i = 0; i < rig->instance.volume_count; i++)
        disk_free(rig->volumes[i]);
    arena_free(rig->instance.arena);
    arena_pool_free(rig->pool);
    context_done(&rig->cx);
    text_done(&rig->effects);
    text_done(&rig->lines);
    text_done(&rig->inspected);
    free(rig);
}
