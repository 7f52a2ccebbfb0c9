/* Sampling: one call in the cluster's queue at a time, each arranging the next. */
#include "measure/samples.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 64 };

#define LABEL UINT64_C(0x73616d706c65) /* "sample" */

struct tallies {
    struct tally *items; /* sorted by name */
    size_t count, capacity;
};

struct samples {
    struct cluster *cluster;
    uint64_t window_ns, until_ns;
    uint64_t sampled_ns; /* the end of the last window */
    uint32_t instance_count;
    struct instance_counters *before; /* by instance: at the end of the last window */
    struct usage *usage;
    struct sample *samples;
    size_t window_count, window_capacity;
    struct role_change *changes;
    size_t change_count, change_capacity;
    struct tallies counters, reached, stops;
};

static void *grown(void *array, size_t *capacity, size_t count, size_t item_size)
{
    if (count <= *capacity)
        return array;
    size_t wanted = *capacity == 0 ? CAPACITY_FIRST : *capacity * 2;
    cs_assert(wanted >= count);
    array = realloc(array, wanted * item_size);
    cs_assert(array != NULL);
    *capacity = wanted;
    return array;
}

/* ---- Windows ----------------------------------------------------------------------------------
 */

static struct sample sample_of(const struct samples *samples, uint32_t instance, uint64_t length_ns)
{
    const struct instance_view view = cluster_view(samples->cluster, instance);
    const struct instance_counters *now = cluster_counters(samples->cluster, instance);
    const struct instance_counters *before = &samples->before[instance];
    struct sample sample = {
        .up = view.up,
        .role = (uint8_t)view.role,
        .term = view.term,
        .commit_index = view.commit_index,
        .messages_sent = now->messages_sent - before->messages_sent,
        .bytes_sent = now->bytes_sent - before->bytes_sent,
        .disk_bytes = now->disk_bytes_written - before->disk_bytes_written,
        .flushes = now->disk_flushes - before->disk_flushes,
    };
    usage_take(samples->usage, instance, length_ns, sample.use);
    sample.disk_depth = usage_disk_depth(samples->usage, instance, &sample.disk_most);
    return sample;
}

static void close_window(struct samples *samples, uint64_t end_ns)
{
    cs_assert(end_ns > samples->sampled_ns);
    uint64_t length_ns = end_ns - samples->sampled_ns;
    cs_assert(length_ns <= samples->window_ns);
    samples->samples = grown(samples->samples, &samples->window_capacity, samples->window_count + 1,
                             samples->instance_count * sizeof(struct sample));
    usage_end_window(samples->usage);
    struct sample *row = samples->samples + samples->window_count * samples->instance_count;
    for (uint32_t i = 0; i < samples->instance_count; i++) {
        row[i] = sample_of(samples, i, length_ns);
        samples->before[i] = *cluster_counters(samples->cluster, i);
    }
    usage_begin_window(samples->usage);
    samples->window_count++;
    samples->sampled_ns = end_ns;
}

static uint64_t next_end(const struct samples *samples)
{
    uint64_t rest = samples->until_ns - samples->sampled_ns;
    return samples->sampled_ns + (rest < samples->window_ns ? rest : samples->window_ns);
}

static void on_window_end(void *argument, uint64_t at_ns)
{
    struct samples *samples = argument;
    close_window(samples, at_ns);
    if (at_ns < samples->until_ns)
        cluster_call_at(samples->cluster, next_end(samples), on_window_end, samples, LABEL);
}

void samples_finish(struct samples *samples)
{
    uint64_t now = cluster_now(samples->cluster);
    uint64_t end = now < samples->until_ns ? now : samples->until_ns;
    if (end > samples->sampled_ns)
        close_window(samples, end);
}

/* ---- Roles ------------------------------------------------------------------------------------
 */

static void add_change(struct samples *samples, struct role_change change)
{
    cs_assert(change.instance < samples->instance_count);
    samples->changes = grown(samples->changes, &samples->change_capacity, samples->change_count + 1,
                             sizeof *samples->changes);
    samples->changes[samples->change_count++] = change;
}

static void on_fact(void *self, const struct stated_fact *fact)
{
    if (fact->kind != CS_FACT_ROLE)
        return;
    cs_assert(fact->a < CS_ROLE_COUNT);
    add_change(self, (struct role_change){ .at_ns = fact->at_ns,
                                           .instance = fact->instance,
                                           .up = true,
                                           .role = (uint8_t)fact->a,
                                           .term = fact->b });
}

static void on_boot(void *self, uint64_t at_ns, uint32_t instance, uint32_t incarnation,
                    enum cs_start start)
{
    (void)incarnation;
    (void)start;
    add_change(self, (struct role_change){
                         .at_ns = at_ns, .instance = instance, .up = true, .role = CS_ROLE_OTHER });
}

/* ---- Names ------------------------------------------------------------------------------------
 */

/* Returns what it has become; `name` is kept where it is the first of its name. */
static struct tally *tally_add(struct tallies *tallies, const char *name, uint64_t count)
{
    size_t low = 0, high = tallies->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(tallies->items[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == tallies->count || strcmp(tallies->items[low].name, name) != 0) {
        tallies->items =
            grown(tallies->items, &tallies->capacity, tallies->count + 1, sizeof *tallies->items);
        memmove(&tallies->items[low + 1], &tallies->items[low],
                (tallies->count - low) * sizeof *tallies->items);
        tallies->items[low] = (struct tally){ .name = name };
        tallies->count++;
    }
    tallies->items[low].count += count;
    return &tallies->items[low];
}

/* A reason is told once: it is copied. */
static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    struct samples *samples = self;
    add_change(samples,
               (struct role_change){ .at_ns = at_ns, .instance = instance, .role = CS_ROLE_OTHER });
    if (end != END_STOPPED)
        return;
    struct tally *stops = tally_add(&samples->stops, reason, 1);
    if (stops->count == 1) {
        stops->name = strdup(reason);
        cs_assert(stops->name != NULL);
    }
}

static void on_reached(void *self, uint64_t at_ns, uint32_t instance, const char *name)
{
    struct samples *samples = self;
    (void)at_ns;
    (void)instance;
    tally_add(&samples->reached, name, 1);
}

static void on_count(void *self, uint64_t at_ns, uint32_t instance, const char *name,
                     uint64_t count)
{
    struct samples *samples = self;
    (void)at_ns;
    (void)instance;
    tally_add(&samples->counters, name, count);
}

/* ---- The whole --------------------------------------------------------------------------------
 */

struct samples *samples_new(struct cluster *cluster, uint64_t window_ns, uint64_t until_ns)
{
    cs_assert(window_ns > 0);
    cs_assert(until_ns > 0);
    struct samples *samples = calloc(1, sizeof *samples);
    cs_assert(samples != NULL);
    samples->cluster = cluster;
    samples->window_ns = window_ns;
    samples->until_ns = until_ns;
    samples->sampled_ns = cluster_now(cluster);
    cs_assert(samples->sampled_ns == 0);
    samples->instance_count = cluster_options_of(cluster)->instance_count;
    cs_assert(samples->instance_count > 0);
    samples->before = calloc(samples->instance_count, sizeof *samples->before);
    cs_assert(samples->before != NULL);
    samples->usage = usage_new(cluster);
    const struct cluster_observer observer = {
        .self = samples,
        .on_fact = on_fact,
        .on_boot = on_boot,
        .on_end = on_end,
        .on_reached = on_reached,
        .on_count = on_count,
    };
    cluster_observe(cluster, &observer);
    cluster_call_at(cluster, next_end(samples), on_window_end, samples, LABEL);
    return samples;
}

void samples_free(struct samples *samples)
{
    if (samples == NULL)
        return;
    free(samples->before);
    usage_free(samples->usage);
    free(samples->samples);
    free(samples->changes);
    free(samples->counters.items);
    free(samples->reached.items);
    for (size_t i = 0; i < samples->stops.count; i++)
        free((char *)samples->stops.items[i].name);
    free(samples->stops.items);
    free(samples);
}

struct sample_table samples_table(const struct samples *samples)
{
    return (struct sample_table){
        .window_ns = samples->window_ns,
        .end_ns = samples->sampled_ns,
        .instance_count = samples->instance_count,
        .window_count = samples->window_count,
        .samples = samples->samples,
        .changes = samples->changes,
        .change_count = samples->change_count,
        .counters = samples->counters.items,
        .counter_count = samples->counters.count,
        .reached = samples->reached.items,
        .reached_count = samples->reached.count,
        .stops = samples->stops.items,
        .stop_count = samples->stops.count,
    };
}
