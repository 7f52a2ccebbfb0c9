/* Links: which of the entries of "links" apply to a pair of racks or machines, merged weakest
 * first.
 *
 * What applies is a list of entries; equal lists share one link. */
#include <string.h>

#include "scenario/build.h"
#include "scenario/distribution_json.h"
#include "scenario/reader.h"
#include "scenario/scalar.h"

enum level { LEVEL_REGION, LEVEL_RACK, LEVEL_NODE, LEVEL_COUNT };

/* "from -> to"; one written with "<->" stands twice. */
struct pair_entry {
    int64_t key; /* pair_key() */
    enum level level;
    bool directed; /* "->", which beats "<->" */
    uint32_t from, to;
    const json_t *json;
};

static int64_t pair_key(enum level level, bool directed, uint32_t from, uint32_t to)
{
    cs_assert(level < LEVEL_COUNT);
    cs_assert(from < 1 << 28);
    cs_assert(to < 1 << 28);
    _Static_assert(BUILD_NODES_MAX < 1 << 24, "an index has room");
    return (int64_t)level << 60 | (int64_t)directed << 56 | (int64_t)from << 28 | (int64_t)to;
}

struct links {
    struct build *build;
    const json_t *json;  /* "links" */
    GPtrArray *pairs;    /* struct pair_entry */
    GHashTable *by_key;  /* the same by their keys */
    GArray *made;        /* struct link_options */
    GHashTable *by_list; /* the entries that apply, as bytes -> index + 1 */
};

/* ---- Reading the entries' names ---- */

static uint32_t find_end(const struct build *build, enum level level, const char *name)
{
    if (level == LEVEL_REGION)
        return build_find(build->region_index, name);
    if (level == LEVEL_RACK)
        return build_find(build->rack_index, name);
    uint32_t instance = build_find(build->instance_index, name);
    return instance == BUILD_NONE ? build_find(build->machine_index, name)
                                  : build_instance(build, instance)->machine;
}

static bool exists(const struct build *build, const char *name)
{
    for (enum level level = 0; level < LEVEL_COUNT; level++) {
        if (find_end(build, level, name) != BUILD_NONE)
            return true;
    }
    return false;
}

static GPtrArray *end_names(const struct build *build)
{
    GPtrArray *names = g_ptr_array_new();
    for (guint i = 0; i < build->region_names->len; i++)
        g_ptr_array_add(names, build->region_names->pdata[i]);
    for (guint i = 0; i < build->rack_names->len; i++)
        g_ptr_array_add(names, build->rack_names->pdata[i]);
    for (guint i = 0; i < MIN(build->machines->len, 10000); i++)
        g_ptr_array_add(names, (void *)build_machine(build, i)->name);
    return names;
}

/* False if there is one between the two already. */
static bool add_pair(struct links *links, struct pair_entry pair)
{
    pair.key = pair_key(pair.level, pair.directed, pair.from, pair.to);
    if (g_hash_table_lookup(links->by_key, &pair.key) != NULL)
        return false;
    struct pair_entry *kept = g_memdup2(&pair, sizeof pair);
    g_ptr_array_add(links->pairs, kept);
    g_hash_table_insert(links->by_key, &kept->key, kept);
    return true;
}

static void add_name(struct links *links, const char *left, const char *right, bool directed,
                     const json_t *json, const struct path *path)
{
    struct build *build = links->build;
    const char *const ends[] = { left, right };
    for (enum level level = 0; level < LEVEL_COUNT; level++) {
        uint32_t from = find_end(build, level, left);
        uint32_t to = find_end(build, level, right);
        if (from == BUILD_NONE || to == BUILD_NONE)
            continue;
        if (level == LEVEL_NODE && from == to) {
            wrong_key(build->loading, path,
                      "\"%s\" reaches itself in no time, whatever its links are", right);
            return;
        }
        bool fresh = add_pair(links, (struct pair_entry){ 0, level, directed, from, to, json });
        if (fresh && !directed && from != to)
            fresh = add_pair(links, (struct pair_entry){ 0, level, directed, to, from, json });
        if (!fresh) {
            wrong_key(build->loading, path, "the link \"%s\" to \"%s\" is there already", left,
                      right);
        }
        return;
    }
    bool told = false;
    for (size_t i = 0; i < 2; i++) {
        if (exists(build, ends[i]))
            continue;
        g_autoptr(GPtrArray) names = end_names(build);
        build_unknown(build, path, PART_KEY, "region, rack or node", ends[i], names);
        told = true;
    }
    if (!told) {
        wrong_key(build->loading, path,
                  "\"%s\" and \"%s\" are not both regions, both racks or both nodes", left, right);
    }
}

static bool is_general(const char *name)
{
    return strcmp(name, "default") == 0 || strcmp(name, "same-region") == 0 ||
           strcmp(name, "same-rack") == 0;
}

static void read_names(struct links *links)
{
    const char *name = NULL;
    const json_t *json = NULL;
    json_object_foreach((json_t *)links->json, name, json)
    {
        if (is_general(name) || !json_is_object(json))
            continue;
        struct path path = path_key(&links->build->links_path, name);
        bool both = strstr(name, " <-> ") != NULL;
        const char *arrow = both ? " <-> " : " -> ";
        const char *found = strstr(name, arrow);
        if (found == NULL) {
            static const char *const general[] = { "default", "same-region", "same-rack" };
            wrong_name(links->build->loading, &path, PART_KEY,
                       nearest_name(name, general, G_N_ELEMENTS(general)),
                       "\"%s\" is no link: expected \"default\", \"same-region\", \"same-rack\", "
                       "\"A <-> B\" or \"A -> B\"",
                       name);
            continue;
        }
        g_autofree char *left = g_strndup(name, (gsize)(found - name));
        add_name(links, left, found + strlen(arrow), !both, json, &path);
    }
}

/* ---- Making links ---- */

static struct link_options make_link(struct links *links, const json_t *json)
{
    cs_assert(json_object_get(json, "latency") != NULL);
    struct link_options link = { 0 };
    struct plan_memory *memory = links->build->loading->memory;
    const json_t *latency = json_object_get(json, "latency");
    if (latency != NULL)
        link.latency = distribution_make(memory, KIND_DURATION, latency).distribution;
    link.jitter_ns = build_ns(json, "jitter", 0);
    link.loss = (uint64_t)build_number(KIND_PROBABILITY, json, "loss", 0);
    link.duplicate = (uint64_t)build_number(KIND_PROBABILITY, json, "duplicate", 0);
    link.reorder = (uint64_t)build_number(KIND_PROBABILITY, json, "reorder", 0);
    link.corrupt = (uint64_t)build_number(KIND_PROBABILITY, json, "corrupt", 0);
    const json_t *burst = json_object_get(json, "burst");
    link.burst_begin = (uint64_t)build_number(KIND_PROBABILITY, burst, "begin", 0);
    link.burst_end = (uint64_t)build_number(KIND_PROBABILITY, burst, "end", 0);
    link.bandwidth_bits_per_s = build_limit(KIND_BANDWIDTH, json_object_get(json, "bandwidth"));
    link.queue_limit_bytes = build_limit(KIND_SIZE, json_object_get(json, "queue"));
    return link;
}

/* The link on which these entries apply, weakest first. */
static uint32_t link_of(struct links *links, GPtrArray *list)
{
    cs_assert(list->len > 0);
    g_autoptr(GBytes) key = g_bytes_new(list->pdata, list->len * sizeof *list->pdata);
    uint32_t known = build_find(links->by_list, key);
    if (known != BUILD_NONE)
        return known;
    json_t *merged = json_object();
    for (guint i = 0; i < list->len; i++) {
        json_t *next = reader_merge(&format_link, merged, list->pdata[i]);
        json_decref(merged);
        merged = next;
    }
    struct link_options link = make_link(links, merged);
    json_decref(merged);
    g_array_append_val(links->made, link);
    build_index(links->by_list, g_steal_pointer(&key), links->made->len - 1);
    return links->made->len - 1;
}

static void add_general(const struct links *links, GPtrArray *list, const char *name)
{
    json_t *entry = json_object_get(links->json, name);
    if (json_is_object(entry))
        g_ptr_array_add(list, entry);
}

/* Add the entries of a level for a pair; those written with "->" after those with "<->". */
static void add_pairs(const struct links *links, GPtrArray *list, enum level level, uint32_t from,
                      uint32_t to)
{
    for (int directed = 0; directed <= 1; directed++) {
        int64_t key = pair_key(level, directed, from, to);
        const struct pair_entry *pair = g_hash_table_lookup(links->by_key, &key);
        if (pair != NULL)
            g_ptr_array_add(list, (void *)pair->json);
    }
}

/* What applies between two racks. */
static GPtrArray *list_of_racks(const struct links *links, uint32_t from, uint32_t to)
{
    cs_assert(from < links->build->rack_names->len);
    cs_assert(to < links->build->rack_names->len);
    const struct build *build = links->build;
    uint32_t from_region = g_array_index(build->rack_region, uint32_t, from);
    uint32_t to_region = g_array_index(build->rack_region, uint32_t, to);
    GPtrArray *list = g_ptr_array_new();
    add_general(links, list, "default");
    if (from_region == to_region)
        add_general(links, list, "same-region");
    if (from == to)
        add_general(links, list, "same-rack");
    add_pairs(links, list, LEVEL_REGION, from_region, to_region);
    add_pairs(links, list, LEVEL_RACK, from, to);
    return list;
}

static int compare_exceptions(const void *left, const void *right)
{
    const struct link_exception *a = left;
    const struct link_exception *b = right;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return a->to < b->to ? -1 : a->to > b->to;
}

/* Pairs of machines that have entries of their own. */
static void make_exceptions(struct links *links)
{
    struct build *build = links->build;
    struct topology *topology = &build->plan->cluster.topology;
    struct link_exception *exceptions =
        plan_memory_alloc(build->loading->memory, links->pairs->len, sizeof *exceptions);
    size_t count = 0;
    for (guint i = 0; i < links->pairs->len; i++) {
        const struct pair_entry *pair = links->pairs->pdata[i];
        if (pair->level == LEVEL_NODE)
            exceptions[count++] = (struct link_exception){ pair->from, pair->to, 0 };
    }
    qsort(exceptions, count, sizeof *exceptions, compare_exceptions);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && compare_exceptions(&exceptions[kept - 1], &exceptions[i]) == 0)
            continue; /* "<->" and "->" of one pair */
        struct link_exception *exception = &exceptions[kept++];
        *exception = exceptions[i];
        const struct machine_build *from = build_machine(build, exception->from);
        const struct machine_build *to = build_machine(build, exception->to);
        GPtrArray *list = list_of_racks(links, from->rack, to->rack);
        add_pairs(links, list, LEVEL_NODE, exception->from, exception->to);
        exception->link = link_of(links, list);
        g_ptr_array_free(list, TRUE);
    }
    topology->exceptions = exceptions;
    topology->exception_count = kept;
}

static void make_rack_links(struct links *links)
{
    struct build *build = links->build;
    uint32_t count = build->rack_names->len;
    uint32_t *of_racks =
        plan_memory_alloc(build->loading->memory, (size_t)count * count, sizeof *of_racks);
    for (uint32_t from = 0; from < count; from++) {
        for (uint32_t to = 0; to < count; to++) {
            GPtrArray *list = list_of_racks(links, from, to);
            of_racks[(size_t)from * count + to] = link_of(links, list);
            g_ptr_array_free(list, TRUE);
        }
    }
    build->plan->cluster.topology.link_of_racks = of_racks;
}

void build_links(struct build *build)
{
    struct links links = { .build = build };
    links.json = json_object_get(json_object_get(build->root, "topology"), "links");
    links.pairs = g_ptr_array_new_with_free_func(g_free);
    links.by_key = g_hash_table_new(g_int64_hash, g_int64_equal);
    links.made = g_array_new(FALSE, FALSE, sizeof(struct link_options));
    links.by_list =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    read_names(&links);
    if (problems_count(build->loading->problems) == 0) {
        make_rack_links(&links);
        make_exceptions(&links);
        struct link_options *made =
            plan_memory_alloc(build->loading->memory, links.made->len, sizeof *made);
        memcpy(made, links.made->data, links.made->len * sizeof *made);
        build->plan->cluster.topology.links = made;
        build->plan->cluster.topology.link_count = links.made->len;
    }
    g_hash_table_destroy(links.by_key);
    g_ptr_array_free(links.pairs, TRUE);
    g_array_free(links.made, TRUE);
    g_hash_table_destroy(links.by_list);
}
