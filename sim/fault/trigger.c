/* Faults that wait for an event: what an instance states or reaches, its beginning and its end, or
 * a phase of the run.  They fire one nanosecond after it at the earliest, so that a timeline that
 * is written out by time does the same. */
#include <stdlib.h>
#include <string.h>

#include "fault/internal.h"

struct triggers {
    struct timeline *timeline;
    uint32_t *waiting; /* faults that wait for an event */
    uint32_t count;
    bool steady; /* the phase has begun, and no fault since */
};

static const struct {
    const char *name;
    enum cs_fact_kind fact;
} facts[] = {
    { "leader-elected", CS_FACT_LEADER }, { "voted", CS_FACT_VOTED },
    { "truncated", CS_FACT_TRUNCATED },   { "committed", CS_FACT_COMMITTED },
    { "applied", CS_FACT_APPLIED },       { "snapshot", CS_FACT_SNAPSHOT },
    { "configured", CS_FACT_CONFIG },     { "promised", CS_FACT_PROMISED },
    { "accepted", CS_FACT_ACCEPTED },     { "chosen", CS_FACT_CHOSEN },
    { "prepared", CS_FACT_PREPARED },     { "decided", CS_FACT_DECIDED },
    { "granted", CS_FACT_GRANTED },       { "released", CS_FACT_RELEASED },
    { "owned", CS_FACT_OWNED },           { "suspected", CS_FACT_SUSPECTED },
    { "trusted", CS_FACT_TRUSTED },
};
enum { FACT_EVENTS = sizeof facts / sizeof *facts };

static const char *const other_events[] = { "started", "ended", "phase:steady", "phase:faults" };
enum { OTHER_EVENTS = sizeof other_events / sizeof *other_events };

const char *fault_event_name(size_t index)
{
    if (index < FACT_EVENTS)
        return facts[index].name;
    return index < FACT_EVENTS + OTHER_EVENTS ? other_events[index - FACT_EVENTS] : NULL;
}

static void on_due(void *argument, uint64_t at_ns)
{
    struct fault_state *state = argument;
    timeline_fire(state->timeline, state, at_ns);
    state->firings++;
}

static void happened(struct triggers *triggers, const char *name, uint64_t at_ns)
{
    struct timeline *timeline = triggers->timeline;
    for (uint32_t i = 0; i < triggers->count; i++) {
        struct fault_state *state = &timeline->states[triggers->waiting[i]];
        const struct fault_options *fault = &timeline->faults[state->index];
        if (strcmp(fault->on, name) != 0)
            continue;
        state->events++;
        if (fault->on_number != 0 && state->events != fault->on_number)
            continue;
        struct random_stream stream = firing_stream(timeline, state, "after");
        stream.counter = state->events;
        uint64_t after = distribution_sample(&fault->after.distribution, &stream);
        uint64_t due = after > UINT64_MAX - at_ns ? UINT64_MAX : at_ns + (after > 0 ? after : 1);
        if (due < timeline->heal_at_ns) {
            cluster_intervene_at(timeline->cluster, due, rank_of(RANK_BEGIN, state->index), on_due,
                                 state);
        }
    }
}

static void on_fact(void *self, const struct stated_fact *fact)
{
    for (size_t i = 0; i < FACT_EVENTS; i++) {
        if (facts[i].fact == fact->kind && !fact->recovered)
            happened(self, facts[i].name, fact->at_ns);
    }
}

static void on_reached(void *self, uint64_t at_ns, uint32_t instance, const char *name)
{
    (void)instance;
    happened(self, name, at_ns);
}

static void on_boot(void *self, uint64_t at_ns, uint32_t instance, uint32_t incarnation,
                    enum cs_start start)
{
    (void)instance;
    (void)incarnation;
    (void)start;
    happened(self, "started", at_ns);
}

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    (void)instance;
    (void)end;
    (void)reason;
    happened(self, "ended", at_ns);
}

/* ---- Phases ---------------------------------------------------------------------------------- */

enum { CALM_NS = 1000000000 };

/* No fault has been active for a second, nor is it the warm-up: the steady phase begins. */
static void on_calm(void *argument, uint64_t at_ns)
{
    struct timeline *timeline = argument;
    bool calm = timeline->active_count == 0 &&
                (timeline->ended_ns == 0 || at_ns - timeline->ended_ns >= CALM_NS);
    bool warm = at_ns >= timeline->options->warmup_ns;
    if (!calm || !warm || timeline->triggers->steady)
        return;
    timeline->triggers->steady = true;
    happened(timeline->triggers, "phase:steady", at_ns);
}

void triggers_phase(struct timeline *timeline)
{
    if (timeline->triggers == NULL)
        return;
    uint64_t now = cluster_now(timeline->cluster);
    timeline->triggers->steady = false;
    if (timeline->active_count > 0) {
        happened(timeline->triggers, "phase:faults", now);
    } else {
        cluster_intervene_at(timeline->cluster, now + CALM_NS, rank_of(RANK_END, UINT32_MAX),
                             on_calm, timeline);
    }
}

void triggers_new(struct timeline *timeline)
{
    struct triggers *triggers = calloc(1, sizeof *triggers);
    cs_assert(triggers != NULL);
    triggers->timeline = timeline;
    triggers->waiting = calloc(timeline->fault_count, sizeof *triggers->waiting);
    cs_assert(triggers->waiting != NULL);
    for (uint32_t i = 0; i < timeline->fault_count; i++) {
        if (timeline->faults[i].on != NULL)
            triggers->waiting[triggers->count++] = i;
    }
    timeline->triggers = triggers;
    struct cluster_observer observer = {
        .self = triggers,
        .on_fact = on_fact,
        .on_reached = on_reached,
        .on_boot = on_boot,
        .on_end = on_end,
    };
    cluster_observe(timeline->cluster, &observer);
    cluster_intervene_at(timeline->cluster, timeline->options->warmup_ns,
                         rank_of(RANK_END, UINT32_MAX), on_calm, timeline);
}

void triggers_free(struct timeline *timeline)
{
    if (timeline->triggers == NULL)
        return;
    free(timeline->triggers->waiting);
    free(timeline->triggers);
}
