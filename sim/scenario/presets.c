/* What each preset stands for, and how it gets into a scenario: as if it had been written there,
 * where nothing else was. */
#include "scenario/presets.h"

#include <string.h>

#include "scenario/reader.h"
#include "scenario/value.h"

const char *const preset_topology_names[] = { "aws-2017", "ec2-2013", NULL };
const char *const preset_disk_names[] = { "hdd", "ssd", "ssd-fast", NULL };

static const struct preset presets[] = {
    { "aws-2017", "topology",
      "links between regions that bear the names of AWS's, us-east-1 or VA: half of the mean round "
      "trip of 2017, each direction its own",
      "averages between AWS regions, published 2017; from SAO by symmetry" },
    { "ec2-2013", "topology",
      "links in a rack, as a zone: round trips of 227us at least, 400us in the mean, 11.6ms at "
      "p99.9; in a region, as across zones: 693us at least, 800us in the mean",
      "a week of pings on EC2, Bailis, 2013" },
    { "hdd", "disk", "a spinning disk: fsync and read 10ms",
      "Ongaro's thesis, 2014; etcd's documentation: fdatasync about 10ms" },
    { "ssd", "disk", "a SATA solid-state disk: fsync 250us",
      "Ongaro's thesis, 2014: an Intel S3500 with a record of 1 KB; etcd's documentation: below "
      "1ms" },
    { "ssd-fast", "disk", "a fast solid-state disk: fsync 100us", "Ongaro's thesis, 2014" },
};

const struct preset *preset_at(size_t index)
{
    return index < G_N_ELEMENTS(presets) ? &presets[index] : NULL;
}

/* ---- What they stand for ---- */

static const struct {
    const char *name, *json;
} disks[] = {
    { "hdd", "{ \"read\": \"10ms\", \"fsync\": \"10ms\" }" },
    { "ssd", "{ \"fsync\": \"250us\" }" },
    { "ssd-fast", "{ \"fsync\": \"100us\" }" },
};

/* One way of what was published for round trips: half of the least, and half of what the mean lies
 * above it.  A round trip is in the tail if either way is, so a way is with half of the chance: a
 * quarter of a percent, with a mean of 7 ms, puts the p99.9 of round trips at 11.6 ms (published:
 * 11.6 to 21) and adds 17 us to the mean of a way. */
#define WAY(least, more)                                                                           \
    "{ \"mixture\": [[0.9975, { \"shifted\": [\"" least "\", { \"exponential\": \"" more           \
    "\" }] }], [0.0025, { \"shifted\": [\"" least "\", { \"exponential\": \"7ms\" }] }]] }"

static const char ec2_links[] = "{ \"same-region\": { \"latency\": " WAY(
    "346500ns", "36us") " }, "
                        "\"same-rack\": { \"latency\": " WAY("113500ns", "69us") " } }";

/* ---- Into the scenario ---- */

/* The object at `key`, made if it is missing; NULL if something else is there. */
static json_t *object_at(json_t *owner, const char *key)
{
    cs_assert(json_is_object(owner));
    if (json_object_get(owner, key) == NULL)
        json_object_set_new(owner, key, json_object());
    json_t *object = json_object_get(owner, key);
    return json_is_object(object) ? object : NULL;
}

/* Add the members of `weak` that `object` has not. */
static void add_missing(json_t *object, json_t *weak)
{
    cs_assert(json_is_object(object));
    json_object_update_missing(object, weak);
    json_decref(weak);
}

static void apply_disk(json_t *disk)
{
    const char *name = json_string_value(json_object_get(disk, "preset"));
    for (size_t i = 0; name != NULL && i < G_N_ELEMENTS(disks); i++) {
        if (strcmp(name, disks[i].name) == 0)
            add_missing(disk, reader_fallback(disks[i].json));
    }
}

static bool has_latency(const json_t *links, const char *left, const char *arrow, const char *right)
{
    g_autofree char *name = g_strconcat(left, arrow, right, NULL);
    return json_object_get(json_object_get(links, name), "latency") != NULL;
}

/* The way `left` -> `right`, unless the scenario gives it, or both ways. */
static void add_way(json_t *links, const char *left, const char *right, uint32_t round_trip)
{
    if (has_latency(links, left, " <-> ", right) || has_latency(links, right, " <-> ", left))
        return;
    cs_assert(round_trip > 0);
    g_autofree char *name = g_strconcat(left, " -> ", right, NULL);
    g_autofree char *latency = value_duration_text((int64_t)round_trip * 5000);
    json_t *link = object_at(links, name);
    if (link != NULL)
        add_missing(link, json_pack("{s:s}", "latency", latency));
}

/* Which of the preset's regions bears this name; PRESET_REGIONS if none does. */
static size_t region_of(const char *name)
{
    size_t region = 0;
    while (region < PRESET_REGIONS && strcmp(name, preset_regions[region].code) != 0 &&
           strcmp(name, preset_regions[region].name) != 0)
        region++;
    return region;
}

static void report_region(struct loading *loading, const char *name)
{
    cs_assert(loading->document->root != NULL);
    const char *names[2 * PRESET_REGIONS];
    for (size_t i = 0; i < PRESET_REGIONS; i++) {
        names[i] = preset_regions[i].code;
        names[PRESET_REGIONS + i] = preset_regions[i].name;
    }
    struct path root = path_root();
    struct path topology = path_key(&root, "topology");
    struct path regions = path_key(&topology, "regions");
    struct path path = path_key(&regions, name);
    wrong_name(loading, &path, PART_KEY, nearest_name(name, names, G_N_ELEMENTS(names)),
               "the preset \"aws-2017\" knows no region \"%s\"", name);
}

/* The region before this one that is the same place by its other name; NULL if there is none. */
static const char *earlier_name(const json_t *regions, const char *name)
{
    const char *other = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)regions, other, value)
    {
        if (strcmp(other, name) == 0)
            return NULL;
        if (region_of(other) == region_of(name))
            return other;
    }
    return NULL;
}

static void apply_regions(struct loading *loading, const json_t *regions, json_t *links)
{
    struct path root = path_root();
    struct path topology = path_key(&root, "topology");
    struct path preset = path_key(&topology, "preset");
    if (json_object_size(regions) == 0) {
        wrong_value(loading, &preset,
                    "the preset \"aws-2017\" is of links between regions, and "
                    "there are none");
    }
    const char *from = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)regions, from, value)
    {
        const char *to = NULL;
        const json_t *other = NULL;
        if (!json_is_object(value))
            continue;
        if (region_of(from) == PRESET_REGIONS) {
            report_region(loading, from);
            continue;
        }
        if (earlier_name(regions, from) != NULL) {
            struct path path = path_key(&topology, "regions");
            struct path place = path_key(&path, from);
            wrong_key(loading, &place,
                      "\"%s\" and \"%s\" are one region of the preset \"aws-2017\"",
                      earlier_name(regions, from), from);
        }
        json_object_foreach((json_t *)regions, to, other)
        {
            uint32_t round_trip = region_of(to) < PRESET_REGIONS
                                      ? preset_round_trip(region_of(from), region_of(to))
                                      : 0;
            if (round_trip > 0)
                add_way(links, from, to, round_trip);
        }
    }
}

static void apply_topology(struct loading *loading, json_t *topology)
{
    cs_assert(json_is_object(topology));
    const char *name = json_string_value(json_object_get(topology, "preset"));
    json_t *links = name == NULL ? NULL : object_at(topology, "links");
    if (links == NULL)
        return;
    if (strcmp(name, "aws-2017") == 0) {
        apply_regions(loading, json_object_get(topology, "regions"), links);
    } else if (strcmp(name, "ec2-2013") == 0) {
        json_t *entries = reader_fallback(ec2_links);
        const char *entry = NULL;
        json_t *value = NULL;
        json_object_foreach(entries, entry, value)
        {
            json_t *link = object_at(links, entry);
            if (link != NULL)
                add_missing(link, json_incref(value));
        }
        json_decref(entries);
    }
}

void presets_apply(struct loading *loading)
{
    json_t *topology = json_object_get(loading->document->root, "topology");
    const char *name = NULL;
    json_t *node = NULL;
    if (!json_is_object(topology))
        return;
    apply_topology(loading, topology);
    json_object_foreach(json_object_get(topology, "nodes"), name, node)
    {
        json_t *disk = json_object_get(node, "disk");
        if (json_is_object(disk)) /* or an error, which is told when it is read */
            apply_disk(disk);
    }
}
