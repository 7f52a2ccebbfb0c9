#include "world.h"

#include <check.h>

void world_init(struct world *world, uint32_t machine_count, struct link_options link)
{
    static const uint32_t zero = 0;
    static const char *const name = "only";
    *world = (struct world){ .link = link };
    for (uint32_t i = 0; i < machine_count; i++)
        world->keys[i] = random_mix(1000 + i);
    world->topology = (struct topology){
        .machine_count = machine_count,
        .rack_count = 1,
        .region_count = 1,
        .region_names = &name,
        .rack_names = &name,
        .region_of_rack = &zero,
        .rack_of_machine = world->rack_of_machine,
        .links = &world->link,
        .link_count = 1,
        .link_of_racks = &zero,
    };
    world->network = network_new(SEED, &world->topology, world->keys);
}

void world_done(struct world *world) { network_free(world->network); }

void world_again(struct world *world)
{
    network_free(world->network);
    world->network = network_new(SEED, &world->topology, world->keys);
}

void world_use_interfaces(struct world *world, struct interface_options options)
{
    for (uint32_t i = 0; i < world->topology.machine_count; i++)
        world->interfaces[i] = options;
    world->topology.interfaces = world->interfaces;
    world_again(world);
}

struct network_route world_send_at(struct world *world, uint64_t now, uint32_t from, uint32_t to,
                                   uint64_t size)
{
    struct network_route route;
    network_send(world->network, now, from, to, 0, size, &route);
    return route;
}

struct network_route world_send(struct world *world, uint32_t from, uint32_t to)
{
    return world_send_at(world, 0, from, to, 100);
}

struct link_options world_uniform_link(void)
{
    return (struct link_options){ .latency = distribution_uniform(1, 1000 * MILLISECOND) };
}

uint32_t world_cut_off(struct world *world, uint32_t machine, uint64_t blocked_from_others,
                       uint64_t blocked_from_it, bool clog)
{
    uint8_t sides[MACHINES_MAX] = { 0 };
    sides[machine] = 1;
    uint64_t blocked[NETWORK_SIDES_MAX] = { blocked_from_others, blocked_from_it };
    return network_cut(world->network, sides, blocked, clog);
}

uint32_t world_degrade(struct world *world, uint64_t members,
                       const struct network_condition *condition)
{
    uint8_t set[MACHINES_MAX] = { 0 };
    for (uint32_t i = 0; i < 64; i++)
        set[i] = members >> i & 1;
    struct network_condition either = *condition;
    either.either = true;
    return network_degrade(world->network, set, set, &either);
}

void world_check_rate(uint64_t count, uint64_t total, uint64_t parts)
{
    double probability = (double)parts / (double)PROBABILITY_ONE;
    double distance = (double)count - (double)total * probability;
    double variance = (double)total * probability * (1 - probability);
    ck_assert_msg(distance * distance <= 25 * variance, "%lu of %lu", count, total);
}
