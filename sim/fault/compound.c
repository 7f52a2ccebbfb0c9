/* Faults that are made of several simple ones, each with a record of its own.
 *
 * A swizzle (FoundationDB's word: Will Wilson, "Testing Distributed Systems w/ Deterministic
 * Simulation", 2014) clogs its targets one by one, in random order, and releases them in another
 * random order.  A rolling restart stops its targets one by one, in the order in which they are
 * named, each when the one before is back. */
#include <stdlib.h>

#include "fault/internal.h"

/* A part that is yet to begin. */
struct planned {
    struct timeline *timeline;
    struct firing_place place;
    enum fault_kind kind;
    const struct fault_build *build; /* or NULL */
    uint32_t target;
    uint64_t due_ns;
};

static void on_part(void *argument, uint64_t at_ns)
{
    const struct planned *planned = argument;
    struct timeline *timeline = planned->timeline;
    bool up = cluster_view(timeline->cluster, planned->target).up;
    timeline->targets[0] = planned->target;
    timeline->side_of[0] = 0;
    bool may = up || !apply_wants_up(planned->kind);
    if (timeline->faults[planned->place.fault].unscheduled) {
        may = may && nemesis_allows(timeline, planned->kind, NULL, 1);
    }
    uint32_t count = may ? 1 : 0;
    struct firing *firing = firing_new(timeline, &planned->place, planned->kind, at_ns, count);
    firing->record.due_ns = planned->due_ns;
    firing_bring(firing, planned->build);
    firing_begin(firing);
}

static void plan_part(struct timeline *timeline, const struct planned *part, uint64_t at_ns)
{
    if (at_ns >= timeline->heal_at_ns) {
        timeline->states[part->place.fault].late++;
        return;
    }
    struct planned *planned = malloc(sizeof *planned);
    cs_assert(planned != NULL);
    *planned = *part;
    timeline->planned =
        timeline_grown(timeline->planned, &timeline->planned_capacity, timeline->planned_count);
    timeline->planned[timeline->planned_count++] = planned;
    cluster_intervene_at(
        timeline->cluster, at_ns,
        rank_of(RANK_BEGIN, (uint64_t)timeline->fault_count + timeline->planned_count), on_part,
        planned);
}

/* Knuth, "The Art of Computer Programming" 2, section 3.4.2, algorithm P. */
void shuffle(uint32_t *items, uint32_t count, struct random_stream *stream)
{
    for (uint32_t i = count; i > 1; i--) {
        uint32_t other = (uint32_t)random_below(stream, i);
        uint32_t item = items[other];
        items[other] = items[i - 1];
        items[i - 1] = item;
    }
}

/* A time so short that a sum of one for each part, and a beginning, stays below the end of time:
 * what is drawn may be of any length. */
static uint64_t bounded(int64_t ns, uint32_t count)
{
    cs_assert(ns >= 0);
    uint64_t most = (uint64_t)INT64_MAX / (2 * ((uint64_t)count + 2));
    return (uint64_t)ns < most ? (uint64_t)ns : most;
}

/* The i-th clog begins at i gaps; the k-th to be released is so k gaps after the last has begun and
 * has held for its time. */
static void plan_swizzle(struct timeline *timeline, const struct fault_state *state,
                         const int64_t *amounts, uint64_t at_ns, uint32_t count)
{
    uint64_t gap = bounded(amounts[AMOUNT_GAP], 2 * count);
    uint32_t *releases = malloc(count * sizeof *releases);
    cs_assert(releases != NULL);
    for (uint32_t i = 0; i < count; i++) {
        releases[i] = i;
    }
    struct random_stream order = firing_stream(timeline, state, "order");
    struct random_stream release = firing_stream(timeline, state, "releases");
    shuffle(timeline->targets, count, &order);
    shuffle(releases, count, &release);
    uint64_t released_ns = at_ns + gap * (count - 1) + bounded(amounts[AMOUNT_HOLD], count);
    for (uint32_t i = 0; i < count; i++) {
        struct planned part = {
            .timeline = timeline,
            .place = { state->index, state->firings, i + 1 },
            .kind = FAULT_CLOG,
            .target = timeline->targets[i],
            .due_ns = released_ns + gap * releases[i],
        };
        plan_part(timeline, &part, at_ns + gap * i);
    }
    free(releases);
}

static void plan_rolling_restart(struct timeline *timeline, const struct fault_state *state,
                                 const int64_t *amounts, uint64_t at_ns, uint32_t count)
{
    uint64_t down = bounded(amounts[AMOUNT_HOLD], 2 * count);
    uint64_t gap = bounded(amounts[AMOUNT_GAP], 2 * count);
    const struct fault_build *build = firing_build(timeline, state);
    for (uint32_t i = 0; i < count; i++) {
        struct planned part = {
            .timeline = timeline,
            .place = { state->index, state->firings, i + 1 },
            .kind = FAULT_STOP,
            .build = build,
            .target = timeline->targets[i],
            .due_ns = at_ns + down,
        };
        plan_part(timeline, &part, at_ns);
        at_ns += down + gap;
    }
}

void compound_fire(struct timeline *timeline, const struct fault_state *state,
                   const int64_t *amounts, uint64_t at_ns, uint32_t count)
{
    enum fault_kind kind = timeline->faults[state->index].kind;
    cs_assert(kind == FAULT_SWIZZLE || kind == FAULT_ROLLING_RESTART);
    if (count == 0) {
        struct firing_place place = { state->index, state->firings, 0 };
        firing_new(timeline, &place, kind == FAULT_SWIZZLE ? FAULT_CLOG : FAULT_STOP, at_ns, 0);
        return;
    }
    if (kind == FAULT_SWIZZLE) {
        plan_swizzle(timeline, state, amounts, at_ns, count);
    } else {
        plan_rolling_restart(timeline, state, amounts, at_ns, count);
    }
}

void compound_done(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->planned_count; i++) {
        free(timeline->planned[i]);
    }
    free(timeline->planned);
}
