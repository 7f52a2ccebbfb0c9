/* costs.json holds distributions and durations as a scenario has them, and how often each was
 * measured:
 *
 *     { "format": 1, "network": { "count": 5120, "latency": { "empirical": [[0, "9us"], …] } },
 *       "write": { "count": …, "latency": … }, "fsync": { "count": …, "latency": … },
 *       "cpu": { "count": …, "per_message": "4us", "per_byte": "0.4ns" } }
 */
#include "command/live/costs.h"

#include <string.h>

#include "scenario/value.h"

enum { FORMAT = 1 };

static const char *const timed[] = { "network", "write", "fsync" };

/* ---- Writing --------------------------------------------------------------------------------- */

static json_t *duration_json(uint64_t ns)
{
    g_autofree char *text = value_duration_text((int64_t)MIN(ns, (uint64_t)INT64_MAX));
    return json_string(text);
}

/* Parts of a million. */
static const uint32_t quantiles[] = { 0,      10000,  50000,  100000, 200000, 300000,
                                      400000, 500000, 600000, 700000, 800000, 900000,
                                      950000, 990000, 999000, 1000000 };

static json_t *distribution_json(const struct histogram *histogram)
{
    cs_assert(histogram_count(histogram) > 0);
    json_t *points = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(quantiles); i++) {
        uint64_t ns = quantiles[i] == 0 ? histogram_min(histogram)
                                        : histogram_percentile(histogram, quantiles[i]);
        json_t *point = json_array();
        json_array_append_new(point, json_real(quantiles[i] / 1e6));
        json_array_append_new(point, duration_json(ns));
        json_array_append_new(points, point);
    }
    json_t *distribution = json_object();
    json_object_set_new(distribution, "empirical", points);
    return distribution;
}

static json_t *latency_json(const struct histogram *histogram)
{
    json_t *item = json_object();
    uint64_t count = histogram_count(histogram);
    json_object_set_new(item, "count", json_integer((json_int_t)count));
    if (count > 0)
        json_object_set_new(item, "latency", distribution_json(histogram));
    return item;
}

/* Picoseconds as decimals of nanoseconds. */
static json_t *per_byte_json(uint64_t ps)
{
    g_autofree char *text =
        g_strdup_printf("%" G_GUINT64_FORMAT ".%03" G_GUINT64_FORMAT "ns", ps / 1000, ps % 1000);
    return json_string(text);
}

static json_t *cpu_json(const struct costs *costs)
{
    uint64_t per_message_ns = 0, per_byte_ps = 0;
    costs_cpu(costs, &per_message_ns, &per_byte_ps);
    json_t *item = json_object();
    json_object_set_new(item, "count", json_integer((json_int_t)costs->cpu.count));
    json_object_set_new(item, "per_message", duration_json(per_message_ns));
    json_object_set_new(item, "per_byte", per_byte_json(per_byte_ps));
    return item;
}

bool costs_write(const struct costs *costs, const char *folder, GError **error)
{
    const struct histogram *const histograms[] = { costs->network, costs->write, costs->flush };
    _Static_assert(G_N_ELEMENTS(histograms) == G_N_ELEMENTS(timed), "one for each name");
    g_autofree char *path = g_build_filename(folder, COSTS_FILE, NULL);
    json_t *file = json_object();
    json_object_set_new(file, "format", json_integer(FORMAT));
    for (size_t i = 0; i < G_N_ELEMENTS(timed); i++)
        json_object_set_new(file, timed[i], latency_json(histograms[i]));
    json_object_set_new(file, "cpu", cpu_json(costs));
    char *text = json_dumps(file, JSON_INDENT(2));
    cs_assert(text != NULL);
    bool good = g_file_set_contents(path, text, -1, error);
    free(text);
    json_decref(file);
    return good;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static bool has_count(const json_t *item)
{
    return json_is_object(item) && json_is_integer(json_object_get(item, "count"));
}

static bool is_fine(const json_t *file)
{
    bool fine = json_integer_value(json_object_get(file, "format")) == FORMAT;
    for (size_t i = 0; i < G_N_ELEMENTS(timed); i++)
        fine = fine && has_count(json_object_get(file, timed[i]));
    const json_t *cpu = json_object_get(file, "cpu");
    return fine && has_count(cpu) && json_is_string(json_object_get(cpu, "per_message")) &&
           json_is_string(json_object_get(cpu, "per_byte"));
}

json_t *costs_read(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, COSTS_FILE, NULL);
    g_autofree char *text = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &text, &size, error))
        return NULL;
    json_error_t problem;
    json_t *file = json_loadb(text, size, JSON_REJECT_DUPLICATES, &problem);
    if (file != NULL && is_fine(file))
        return file;
    if (file == NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s:%d:%d: %s", path, problem.line,
                    problem.column, problem.text);
    } else {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "%s is not what a live run of this version has measured", path);
    }
    json_decref(file);
    return NULL;
}

/* ---- Applying -------------------------------------------------------------------------------- */

/* The member of an object that is an object itself, made if need be. */
static json_t *member(json_t *object, const char *key)
{
    json_t *inner = json_object_get(object, key);
    if (!json_is_object(inner)) {
        inner = json_object();
        json_object_set_new(object, key, inner);
    }
    return inner;
}

static void forget(json_t *object, const char *const *keys)
{
    for (; *keys != NULL; keys++)
        json_object_del(object, *keys);
}

/* One link for all: what it loses, holds up or harms was the model's. */
static void apply_network(const json_t *costs, json_t *topology)
{
    json_t *latency = json_object_get(json_object_get(costs, "network"), "latency");
    if (latency == NULL)
        return;
    json_t *links = json_object();
    json_object_set(member(links, "default"), "latency", latency);
    json_object_set_new(topology, "links", links);
}

static void apply_disk(const json_t *costs, json_t *every)
{
    for (size_t i = 1; i < G_N_ELEMENTS(timed); i++) {
        json_t *latency = json_object_get(json_object_get(costs, timed[i]), "latency");
        if (latency != NULL)
            json_object_set(member(every, "disk"), timed[i], latency);
    }
}

static void apply_cpu(const json_t *costs, json_t *every)
{
    static const char *const keys[] = { "per_message", "per_byte" };
    const json_t *measured = json_object_get(costs, "cpu");
    if (json_integer_value(json_object_get(measured, "count")) == 0)
        return;
    json_t *cpu = member(every, "cpu");
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        json_object_set(cpu, keys[i], json_object_get(measured, keys[i]));
}

void costs_apply(const json_t *costs, json_t *scenario)
{
    cs_assert(json_is_object(costs));
    cs_assert(json_is_object(scenario));
    static const char *const cpu_keys[] = { "per_message", "per_byte", "units", NULL };
    static const char *const disk_keys[] = { "write", "fsync", "bandwidth", NULL };
    json_t *topology = member(scenario, "topology");
    json_t *nodes = member(topology, "nodes");
    const char *name = NULL;
    json_t *node = NULL;
    json_object_foreach(nodes, name, node)
    {
        json_object_del(node, "nic");
        forget(json_object_get(node, "cpu"), cpu_keys);
        forget(json_object_get(node, "disk"), disk_keys);
    }
    json_t *every = member(nodes, "*");
    apply_network(costs, topology);
    apply_disk(costs, every);
    apply_cpu(costs, every);
}
