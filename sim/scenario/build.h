/* Making a plan of a checked scenario: names become indices, defaults that depend on other values
 * are filled in, and relations between values are checked.
 *
 * The parts run in this order, each on what those before it have made: groups, clients, places,
 * nodes, links, faults, checks.  A part that finds an error reports it and goes on, so that all are
 * told at once; the plan is used only if there were none. */
#ifndef SCENARIO_BUILD_H
#define SCENARIO_BUILD_H
#include "scenario/format.h"
#include "scenario/loading.h"
#include "scenario/plan.h"
#include "scenario/reseed.h"

enum { BUILD_NODES_MAX = 1000000, BUILD_RACKS_MAX = 2048 };

#define BUILD_NONE UINT32_MAX

struct group_build {
    const char *name;  /* as instances and results call it: "kv-0" */
    const char *base;  /* as the scenario calls it: "kv" */
    json_t *json;      /* borrowed: the group's object, or the workload's */
    uint32_t workload; /* whose clients these are; BUILD_NONE: servers */
    uint32_t copy, copies;
    const char *program_name;
    const struct cs_program *program; /* NULL if it is wrong */
    const struct cs_protocol *protocol;
    const struct param_value *params;
    uint32_t first, count; /* instances */
    uint32_t spares;       /* of them the last: they start when a fault adds them */
    struct group_use *uses;
    uint32_t use_count;
    json_t *node; /* owned: merged settings of its nodes */
};

struct instance_build {
    const char *name;
    uint32_t group, machine;
    json_t *node; /* owned: merged settings, where they differ from the group's */
    const struct cs_program *program; /* of the build that it starts with; NULL: the group's */
    const char *build;                /* its name, or NULL */
};

struct machine_build {
    const char *name;
    uint32_t instance; /* whose own machine it is; BUILD_NONE: it has a name of its own */
    uint32_t rack;
};

struct build {
    struct loading *loading;
    struct plan *plan;
    json_t *root; /* checked; completed on the way */
    GArray *groups, *instances, *machines;
    GHashTable *group_index, *instance_index, *machine_index; /* name -> index + 1 */
    GPtrArray *region_names, *rack_names;
    GArray *rack_region; /* uint32_t */
    GHashTable *region_index, *rack_index;
    GArray *start_draws, *clock_draws; /* for reseed.h */
    GArray *client_rack;               /* uint32_t by region; BUILD_NONE until a client needs it */
    uint32_t server_groups, server_instances;
    bool too_many_nodes;
    /* Where the parts stand, for errors. */
    struct path path, groups_path, workload_path, topology_path, regions_path, nodes_path,
        links_path, faults_path, timeline_path, checks_path, expect_path, time_path;
};

static inline struct group_build *build_group(const struct build *build, uint32_t index)
{
    cs_assert(index < build->groups->len);
    return &g_array_index(build->groups, struct group_build, index);
}

static inline struct instance_build *build_instance(const struct build *build, uint32_t index)
{
    cs_assert(index < build->instances->len);
    return &g_array_index(build->instances, struct instance_build, index);
}

/* Whether an instance waits to be added. */
static inline bool build_is_spare(const struct build *build, uint32_t index)
{
    const struct group_build *group = build_group(build, build_instance(build, index)->group);
    return index - group->first >= group->count - group->spares;
}

static inline struct machine_build *build_machine(const struct build *build, uint32_t index)
{
    cs_assert(index < build->machines->len);
    return &g_array_index(build->machines, struct machine_build, index);
}

/* An index by name, or BUILD_NONE. */
static inline uint32_t build_find(GHashTable *table, const void *name)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(table, name)) - 1;
}

static inline void build_index(GHashTable *table, const void *name, uint32_t index)
{
    g_hash_table_insert(table, (void *)name, GUINT_TO_POINTER(index + 1));
}

/* The value of a duration, number, …, or `fallback` if the key is missing. */
int64_t build_number(enum kind kind, const json_t *object, const char *key, int64_t fallback);
uint64_t build_ns(const json_t *object, const char *key, uint64_t fallback);
bool build_is(const json_t *object, const char *key, const char *word);
/* A limit's value, or 0 if there is none or it says "unlimited". */
uint64_t build_limit(enum kind kind, const json_t *value);

/* Whether the text has this key in the object at `object`, however wrong its value is. */
bool build_given(const struct build *build, const struct path *object, const char *key);

/* The one of `names` that was probably meant: the same but for the group before a slash ("A" and
 * "kv-0/A"), or the nearest; or NULL. */
const char *build_nearest(const char *name, const GPtrArray *names);

/* Report that something named does not exist, with the nearest of `names`, an array of strings. */
void build_unknown(struct build *build, const struct path *path, enum document_part part,
                   const char *what, const char *name, GPtrArray *names);

/* The path of a group in the scenario; `ret_up` holds the links between. */
struct path build_group_path(const struct build *build, const struct group_build *group);

/* Add an instance and, unless `machine_name` exists, its machine.  False if the name is taken. */
bool build_add_instance(struct build *build, const char *name, uint32_t group,
                        const char *machine_name, const struct path *path);

/* The server group that a scenario's name stands for, BUILD_NONE after an error.  `copy` of
 * `copies` chooses among as many copies. */
uint32_t build_find_group(struct build *build, const char *name, const struct path *path,
                          uint32_t copy, uint32_t copies);

/* Find a program, or report what is wrong. */
const struct cs_program *build_find_program(struct build *build, const char *name,
                                            const struct path *path,
                                            const struct cs_protocol **ret_protocol);

/* What a group runs in another build; NULL, and an error at `path`, if that cannot be. */
const struct cs_program *build_of_program(struct build *build, const struct group_build *group,
                                          const char *name, const struct path *path);
/* All that groups have, for those who ask; behind build_cluster(). */
void build_list_builds(struct build *build);
/* The builds that a group's nodes start with. */
void build_node_builds(struct build *build, uint32_t group, const struct path *group_path);

/* Check a program's "config", complete it in `owner` and make the values; NULL after an error. */
const struct param_value *build_params(struct build *build, const struct cs_program *program,
                                       json_t *owner, const struct path *owner_path);

void build_groups(struct build *build);
void build_clients(struct build *build);
void build_places(struct build *build);
void build_nodes(struct build *build);
void build_links(struct build *build);
void build_faults(struct build *build);
void build_checks(struct build *build);
void build_thresholds(struct build *build);
void build_sweep(struct build *build);
void build_cluster(struct build *build);

#endif
