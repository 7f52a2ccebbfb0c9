/* A few of the faults, and luck: other numbers for everything else that is drawn.
 *
 * A fault may be there for its luck only.  Without it the rest of the run goes another way, so that
 * leaving out faults alone ends at more of them than the mistake needs.  So few faults are drawn
 * from those that are left, brought close to each other, and tried under a seed of their own.  What
 * is drawn depends on the scenario's seed and the number of the step. */
#include <string.h>

#include "base/random.h"
#include "clustersim/protocol.h"
#include "scenario/reduce_internal.h"
#include "scenario/value.h"

#define NS_PER_MS INT64_C(1000000)

enum {
    FEW_FAULTS = 3,
    STEPS = 4000,
    LEAD_MS = 1000,  /* for a first leader */
    AFTER_MS = 2000, /* for what follows the last fault, an election and a read */
};

/* Flags of `size` faults of `count`. */
static bool *draw_few(struct random_stream *stream, size_t count, size_t size)
{
    bool *keep = g_new0(bool, count);
    for (size_t kept = 0; kept < size;) {
        size_t one = random_below(stream, count);
        kept += !keep[one];
        keep[one] = true;
    }
    return keep;
}

/* The faults that are kept, in the order of their times. */
static GPtrArray *in_order(const json_t *timeline, const bool *keep)
{
    GPtrArray *faults = g_ptr_array_new();
    for (size_t i = 0; i < json_array_size(timeline); i++) {
        json_t *fault = json_array_get(timeline, i);
        guint place = faults->len;
        while (place > 0 &&
               reduce_ns(faults->pdata[place - 1], "/at", 0) > reduce_ns(fault, "/at", 0))
            place--;
        if (keep[i])
            g_ptr_array_insert(faults, (gint)place, fault);
    }
    return faults;
}

/* The faults, none beginning more than `gap_ns` after all before it ended.  *ret_end is when the
 * last ends. */
static json_t *close_up(const GPtrArray *faults, int64_t gap_ns, int64_t *ret_end)
{
    json_t *closed = json_array();
    int64_t end = 0, earlier = 0;
    for (guint i = 0; i < faults->len; i++) {
        const json_t *fault = faults->pdata[i];
        int64_t at = reduce_ns(fault, "/at", 0) - earlier;
        int64_t latest = end + (i == 0 ? MAX(gap_ns, LEAD_MS * NS_PER_MS) : gap_ns);
        if (at > latest) {
            earlier += at - latest;
            at = latest;
        }
        end = MAX(end, at + reduce_ns(fault, "/for", 0));
        json_array_append_new(closed, reduce_edit(fault, "/at", reduce_duration(at)));
    }
    *ret_end = end;
    return closed;
}

/* Every second step has few faults.  The others may have more: they are a way to another run, of
 * which few may be enough. */
static json_t *lucky(const json_t *scenario, uint64_t seed, uint64_t number)
{
    static const int64_t gaps_ms[] = { 1, 100, 500, 2000 };
    struct random_stream stream = random_stream_of(random_key_pair(seed, number, 0, "luck"));
    size_t count = reduce_fault_count(scenario);
    size_t most = number % 2 == 0 ? FEW_FAULTS : MAX(count / 4 * 3, FEW_FAULTS);
    size_t size = 1 + random_below(&stream, most);
    bool *keep = draw_few(&stream, count, size);
    g_autoptr(GPtrArray) faults = in_order(reduce_timeline_of(scenario), keep);
    g_free(keep);
    int64_t gap = gaps_ms[random_below(&stream, G_N_ELEMENTS(gaps_ms))] * NS_PER_MS;
    int64_t end = 0, duration = reduce_ns(scenario, "/time/duration", 0);
    json_t *timeline = close_up(faults, gap, &end);
    duration = MIN(duration, (end / NS_PER_MS + AFTER_MS) * NS_PER_MS);
    g_autofree char *text = g_strdup_printf("0x%016" G_GINT64_MODIFIER "x", random_next(&stream));
    json_t *step = reduce_with_timeline(scenario, timeline);
    step = reduce_also(step, "/time/duration", reduce_duration(duration));
    return reduce_also(step, "/seed", json_string(text));
}

void reduce_luck(const json_t *scenario, GPtrArray *list)
{
    uint64_t seed = 0;
    const char *text = json_string_value(json_object_get(scenario, "seed"));
    g_autofree char *wrong = text != NULL ? value_seed(text, &seed) : NULL;
    cs_assert(wrong == NULL);
    if (reduce_fault_count(scenario) <= FEW_FAULTS)
        return;
    for (uint64_t number = 0; number < STEPS; number++)
        reduce_add(list, lucky(scenario, seed, number));
}
