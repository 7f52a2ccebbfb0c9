/* Less to do: clients, rates, keys, sizes, and when the load begins and ends. */
#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/reduce_internal.h"
#include "scenario/scalar.h"

#define NS_PER_MS INT64_C(1000000)

enum { RATE_MIN = 1000 /* milli per second */, SIZE_SMALL = 8 };

struct place {
    const json_t *scenario, *entry;
    size_t index;
    GPtrArray *list;
};

static void try_value(const struct place *place, const char *key, json_t *value)
{
    g_autofree char *pointer = g_strdup_printf("/workload/%zu/%s", place->index, key);
    reduce_add(place->list, reduce_edit(place->scenario, pointer, value));
}

/* One, a half, one less. */
static void add_count(const struct place *place, const char *key, const json_t *value)
{
    json_int_t count = json_integer_value(value);
    if (!json_is_integer(value) || count <= 1)
        return;
    try_value(place, key, json_integer(1));
    if (count > 3)
        try_value(place, key, json_integer(count / 2));
    if (count > 2)
        try_value(place, key, json_integer(count - 1));
}

/* A half of the rate; and no chance in when operations arrive. */
static void add_arrivals(const struct place *place)
{
    const json_t *arrivals = json_object_get(place->entry, "arrivals");
    const json_t *poisson = json_object_get(arrivals, "poisson");
    const json_t *constant = json_object_get(arrivals, "constant");
    if (poisson != NULL)
        try_value(place, "arrivals", json_pack("{s:O}", "constant", poisson));
    const json_t *rate = poisson != NULL ? poisson : constant;
    int64_t milli = 0;
    g_autofree char *wrong = rate != NULL ? scalar_read(KIND_RATE, rate, &milli) : NULL;
    cs_assert(wrong == NULL);
    if (milli / 2 < RATE_MIN)
        return;
    g_autofree char *half = scalar_text(KIND_RATE, milli / 2);
    try_value(place, poisson != NULL ? "arrivals/poisson" : "arrivals/constant", json_string(half));
}

static void add_keys(const struct place *place)
{
    const json_t *keys = json_object_get(place->entry, "keys");
    const json_t *zipf = json_object_get(keys, "zipf");
    if (zipf != NULL)
        try_value(place, "keys", json_pack("{s:O}", "uniform", json_object_get(zipf, "count")));
    add_count(place, "keys/uniform", json_object_get(keys, "uniform"));
    add_count(place, "keys/zipf/count", json_object_get(zipf, "count"));
}

static void add_size(const struct place *place)
{
    int64_t bytes = 0;
    const json_t *size = json_object_get(place->entry, "value_size");
    if (size == NULL || json_is_object(size))
        return;
    g_autofree char *wrong = scalar_read(KIND_SIZE, size, &bytes);
    cs_assert(wrong == NULL);
    if (bytes > SIZE_SMALL)
        try_value(place, "value_size", json_string("8B"));
}

/* The load ends earlier, or begins later: by half of its time, or a quarter. */
static void add_times(const struct place *place)
{
    int64_t settle = reduce_ns(place->scenario, "/time/settle", 10000 * NS_PER_MS);
    int64_t end = reduce_ns(place->scenario, "/time/duration", 0) + settle;
    int64_t start = reduce_ns(place->entry, "/start", 0);
    int64_t stop = reduce_ns(place->entry, "/stop", end);
    for (int64_t share = 2; share <= 4; share *= 2) {
        int64_t part = (MIN(stop, end) - start) / share / NS_PER_MS * NS_PER_MS;
        if (part < 10 * NS_PER_MS)
            return;
        try_value(place, "stop", reduce_duration(MIN(stop, end) - part));
        try_value(place, "start", reduce_duration(start + part));
    }
}

void reduce_load(const json_t *scenario, GPtrArray *list)
{
    const json_t *workload = json_object_get(scenario, "workload");
    for (size_t i = 0; i < json_array_size(workload); i++) {
        const struct place place = { scenario, json_array_get(workload, i), i, list };
        add_count(&place, "clients", json_object_get(place.entry, "clients"));
        add_arrivals(&place);
        add_times(&place);
        add_keys(&place);
        add_size(&place);
        add_count(&place, "outstanding", json_object_get(place.entry, "outstanding"));
    }
}
