/* Regions, racks, and which machine is where. */
#include <string.h>

#include "scenario/build.h"
#include "scenario/scalar.h"

enum { UNPLACED_SHOWN = 5 };

static uint32_t add_rack(struct build *build, const char *name, uint32_t region)
{
    cs_assert(region < build->region_names->len);
    cs_assert(build->rack_names->len == build->rack_region->len);
    const char *kept = plan_memory_string(build->loading->memory, name);
    g_ptr_array_add(build->rack_names, (void *)kept);
    g_array_append_val(build->rack_region, region);
    build_index(build->rack_index, kept, build->rack_names->len - 1);
    return build->rack_names->len - 1;
}

static uint32_t add_region(struct build *build, const char *name)
{
    cs_assert(build->region_names->len == build->client_rack->len);
    const char *kept = plan_memory_string(build->loading->memory, name);
    uint32_t none = BUILD_NONE;
    g_ptr_array_add(build->region_names, (void *)kept);
    g_array_append_val(build->client_rack, none);
    build_index(build->region_index, kept, build->region_names->len - 1);
    return build->region_names->len - 1;
}

/* The rack of a region's clients: made when the first of them is placed, unless the scenario has
 * one of that name. */
static uint32_t client_rack(struct build *build, uint32_t region)
{
    cs_assert(region < build->client_rack->len);
    uint32_t *rack = &g_array_index(build->client_rack, uint32_t, region);
    if (*rack != BUILD_NONE)
        return *rack;
    g_autofree char *name =
        g_strconcat(g_ptr_array_index(build->region_names, region), "-clients", NULL);
    *rack = build_find(build->rack_index, name);
    if (*rack == BUILD_NONE)
        *rack = add_rack(build, name, region);
    return *rack;
}

/* ---- Servers ---- */

static void place_machine(struct build *build, uint32_t index, uint32_t rack,
                          const struct path *path)
{
    cs_assert(rack < build->rack_names->len);
    struct machine_build *machine = build_machine(build, index);
    if (machine->rack != BUILD_NONE && machine->rack != rack) {
        wrong_value(build->loading, path, "\"%s\" is in rack \"%s\" already", machine->name,
                    (const char *)g_ptr_array_index(build->rack_names, machine->rack));
    }
    machine->rack = rack;
}

/* Place the machines of every group, or copy, of that name.  False if there is none. */
static bool place_group(struct build *build, const char *name, uint32_t rack,
                        const struct path *path)
{
    bool found = false;
    for (uint32_t g = 0; g < build->server_groups; g++) {
        const struct group_build *group = build_group(build, g);
        if (strcmp(group->name, name) != 0 && strcmp(group->base, name) != 0)
            continue;
        found = true;
        for (uint32_t i = 0; i < group->count; i++)
            place_machine(build, build_instance(build, group->first + i)->machine, rack, path);
    }
    return found;
}

/* Every name that a rack can hold, for suggestions; at most the first ten thousand. */
static GPtrArray *placeable_names(const struct build *build)
{
    GPtrArray *names = g_ptr_array_new();
    for (uint32_t g = 0; g < build->server_groups; g++)
        g_ptr_array_add(names, (void *)build_group(build, g)->name);
    for (uint32_t m = 0; m < MIN(build->machines->len, 10000); m++)
        g_ptr_array_add(names, (void *)build_machine(build, m)->name);
    return names;
}

static void place_name(struct build *build, const char *name, uint32_t rack,
                       const struct path *path)
{
    uint32_t machine = build_find(build->machine_index, name);
    uint32_t instance = build_find(build->instance_index, name);
    if (instance != BUILD_NONE && instance < build->server_instances) {
        place_machine(build, build_instance(build, instance)->machine, rack, path);
    } else if (machine != BUILD_NONE && instance == BUILD_NONE) {
        place_machine(build, machine, rack, path);
    } else if (!place_group(build, name, rack, path)) {
        g_autoptr(GPtrArray) names = placeable_names(build);
        build_unknown(build, path, PART_VALUE, "node", name, names);
    }
}

static void place_members(struct build *build, const json_t *members, uint32_t rack,
                          const struct path *path)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < json_array_size(members); i++) {
        struct path element = path_index(path, i);
        const char *member = json_string_value(json_array_get(members, i));
        if (member == NULL)
            continue;
        if (!g_hash_table_add(seen, (void *)member))
            wrong_value(build->loading, &element, "\"%s\" stands in this rack twice", member);
        place_name(build, member, rack, &element);
    }
}

static void read_region(struct build *build, const char *name, const json_t *json)
{
    uint32_t region = add_region(build, name);
    struct path region_path = path_key(&build->regions_path, name);
    struct path racks_path = path_key(&region_path, "racks");
    const char *rack_name = NULL;
    const json_t *members = NULL;
    json_object_foreach(json_object_get(json, "racks"), rack_name, members)
    {
        struct path path = path_key(&racks_path, rack_name);
        if (!json_is_array(members))
            continue;
        if (build_find(build->rack_index, rack_name) != BUILD_NONE)
            wrong_key(build->loading, &path, "duplicate rack name \"%s\"", rack_name);
        if (build->rack_names->len == BUILD_RACKS_MAX)
            wrong_key(build->loading, &path, "more than %d racks", BUILD_RACKS_MAX);
        if (build->rack_names->len >= BUILD_RACKS_MAX)
            return;
        place_members(build, members, add_rack(build, rack_name, region), &path);
    }
}

/* Servers that no rack holds: one error for all of them. */
static void check_placed(struct build *build)
{
    g_autoptr(GString) names = g_string_new(NULL);
    uint32_t count = 0;
    for (uint32_t i = 0; i < build->server_instances; i++) {
        const struct machine_build *machine =
            build_machine(build, build_instance(build, i)->machine);
        if (machine->rack != BUILD_NONE)
            continue;
        count++;
        if (count <= UNPLACED_SHOWN)
            g_string_append_printf(names, "%s\"%s\"", count > 1 ? ", " : "", machine->name);
    }
    if (count > UNPLACED_SHOWN)
        g_string_append_printf(names, " and %u more", count - UNPLACED_SHOWN);
    if (count > 0)
        wrong_key(build->loading, &build->regions_path, "in no rack: %s", names->str);
}

/* Without regions all servers share one rack. */
static void place_together(struct build *build)
{
    uint32_t rack = add_rack(build, "local", add_region(build, "local"));
    for (uint32_t i = 0; i < build->server_instances; i++)
        build_machine(build, build_instance(build, i)->machine)->rack = rack;
}

/* ---- Clients ---- */

/* In turn over the regions, unless `place` says how many are where. */
static void place_clients(struct build *build, const struct group_build *group)
{
    cs_assert(group->workload != BUILD_NONE);
    cs_assert(build->region_names->len > 0);
    const json_t *place = json_object_get(group->json, "place");
    struct path path = build_group_path(build, group);
    struct path place_path = path_key(&path, "place");
    uint32_t next = 0;
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)place, name, value)
    {
        if (format_is_note(name))
            continue;
        struct path member = path_key(&place_path, name);
        uint32_t region = build_find(build->region_index, name);
        uint32_t rack =
            region != BUILD_NONE ? client_rack(build, region) : build_find(build->rack_index, name);
        if (rack == BUILD_NONE)
            build_unknown(build, &member, PART_KEY, "region or rack", name, build->region_names);
        int64_t count = build_number(KIND_NUMBER, place, name, 0);
        for (; count > 0 && next < group->count; count--) {
            build_machine(build, build_instance(build, group->first + next++)->machine)->rack =
                rack;
        }
    }
    for (; next < group->count; next++) {
        uint32_t rack = client_rack(build, next % build->region_names->len);
        build_machine(build, build_instance(build, group->first + next)->machine)->rack = rack;
    }
}

void build_places(struct build *build)
{
    const json_t *regions = json_object_get(json_object_get(build->root, "topology"), "regions");
    const char *name = NULL;
    const json_t *json = NULL;
    json_object_foreach((json_t *)regions, name, json)
    {
        if (json_is_object(json))
            read_region(build, name, json);
    }
    if (build->region_names->len == 0) {
        place_together(build);
    } else if (!build->too_many_nodes) {
        check_placed(build);
    }
    for (uint32_t g = build->server_groups; g < build->groups->len; g++)
        place_clients(build, build_group(build, g));
}
