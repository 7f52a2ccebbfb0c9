#include "support/small_cluster.h"

#include <string.h>

static const char *const instance_names[SMALL_INSTANCES_MAX] = {
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p",
};

static void instance_defaults(struct small_cluster *small, uint32_t i,
                              const struct cs_program *program)
{
    small->machines[i] = (struct machine_options){ .name = instance_names[i], .cores = 1 };
    small->instances[i] = (struct instance_options){
        .name = instance_names[i],
        .machine = i,
        .program_name = "test",
        .program = program,
        .disk = {
            .read_latency = distribution_constant(50000),
            .write_latency = distribution_constant(10000),
            .flush_latency = distribution_constant(100000),
            .sector = 512,
        },
        .start = CS_START_FOUND,
    };
    small->members[0][i] = i;
}

void small_cluster_init(struct small_cluster *small, const struct cs_program *program,
                        uint32_t count)
{
    cs_assert(count <= SMALL_INSTANCES_MAX);
    memset(small, 0, sizeof *small);
    for (uint32_t i = 0; i < count; i++)
        instance_defaults(small, i, program);
    small->groups[0] = (struct group_options){ .name = "all",
                                               .members = small->members[0],
                                               .member_count = count };
    small->link.latency = distribution_constant(1000000);
    small->names[0] = "here";
    small->options = (struct cluster_options){
        .seed = 1,
        .topology = {
            .machine_count = count,
            .rack_count = 1,
            .region_count = 1,
            .region_names = small->names,
            .rack_names = small->names,
            .region_of_rack = small->region_of_rack,
            .rack_of_machine = small->rack_of_machine,
            .links = &small->link,
            .link_count = 1,
            .link_of_racks = small->link_of_racks,
        },
        .machines = small->machines,
        .instances = small->instances,
        .instance_count = count,
        .groups = small->groups,
        .group_count = 1,
    };
}
