/* The weaker models against their definitions, on random small histories.
 *
 *     weak-fuzz COUNT [FIRST]
 *
 * What a model means is written down here a second time, as plain as can be: all orders are tried,
 * all choices of which write a read has read from, and of which operations without an answer
 * happened. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify/weak.h"
#include "weak_story.h"

enum { EVENTS_MAX = 2 * OPS_MAX, SHOWN_MAX = 5 };

/* ---- Sequential consistency ---------------------------------------------------------------------
 */

static bool apply(const struct call *call, int *state)
{
    bool asks = call->kind == LINEAR_CAS || call->kind == LINEAR_DELETE;
    bool holds = call->kind == LINEAR_CAS ? *state == call->seen : *state != 0;
    if (call->kind == LINEAR_READ)
        return call->returned < 0 || *state == call->seen;
    if (asks && call->outcome != LINEAR_ANY && holds != (call->outcome == LINEAR_YES))
        return false;
    if (!asks || holds)
        *state = call->kind == LINEAR_DELETE ? 0 : call->value;
    return true;
}

static bool orders(const struct story *story, const int *sessions, unsigned left, const int *states)
{
    bool must = false;
    for (int i = 0; i < story->count; i++)
        must |= (left >> i & 1) != 0 && story->calls[i].returned >= 0;
    if (!must)
        return true;
    for (int i = 0; i < story->count; i++) {
        bool next = (left >> i & 1) != 0;
        for (int j = 0; j < i; j++)
            next &= (left >> j & 1) == 0 || sessions[j] != sessions[i];
        int after[KEYS] = { states[0], states[1] };
        if (!next)
            continue;
        if (apply(&story->calls[i], &after[story->calls[i].key]) &&
            orders(story, sessions, left & ~(1u << i), after))
            return true;
        if (story->calls[i].returned < 0 &&
            orders(story, sessions, left & ~(1u << i), states)) /* it never happened */
            return true;
    }
    return false;
}

/* ---- Reads and writes ---------------------------------------------------------------------------
 */

struct event {
    int call, session, key, value; /* that it writes, or has read */
    bool reads, writes;
    int from; /* the event that it has read from, or -1 */
};

struct relation {
    bool of[EVENTS_MAX][EVENTS_MAX];
};

struct definition {
    enum weak_model weak;
    struct event events[EVENTS_MAX];
    int written[EVENTS_MAX]; /* by event that both reads and writes: what it writes */
    int count;
    struct relation before; /* what is seen, or must come first */
};

static void close(struct relation *relation, int count)
{
    for (int k = 0; k < count; k++) {
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < count; j++)
                relation->of[i][j] |= relation->of[i][k] && relation->of[k][j];
        }
    }
}

static bool carried(enum weak_model weak, bool from_writes, bool to_writes)
{
    switch (weak) {
    case WEAK_MONOTONIC_READS:
        return !from_writes && !to_writes;
    case WEAK_READ_YOUR_WRITES:
        return from_writes && !to_writes;
    case WEAK_MONOTONIC_WRITES:
        return from_writes == to_writes;
    case WEAK_WRITES_FOLLOW_READS:
        return !from_writes;
    case WEAK_CAUSAL:
    case WEAK_SEQUENTIAL:
    case WEAK_MODEL_COUNT:
        break;
    }
    return true;
}

static int value_left(const struct definition *definition, int event)
{
    return definition->events[event].reads ? definition->written[event]
                                           : definition->events[event].value;
}

/* Whether every read returns the latest write on its key, in this order, of those that it sees. */
static bool explains(const struct definition *definition, const int *writes, int count,
                     bool for_one, int one)
{
    int rank[EVENTS_MAX] = { 0 };
    for (int i = 0; i < count; i++)
        rank[writes[i]] = i;
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            if (definition->before.of[writes[i]][writes[j]] && rank[writes[i]] >= rank[writes[j]])
                return false;
        }
    }
    for (int r = 0; r < definition->count; r++) {
        const struct event *read = &definition->events[r];
        if (!read->reads || (for_one && r != one))
            continue;
        for (int i = 0; i < count; i++) {
            int w = writes[i];
            if (definition->events[w].key != read->key || !definition->before.of[w][r] || w == r)
                continue;
            if (read->from < 0 || rank[w] > rank[read->from])
                return false;
        }
    }
    return true;
}

static bool some_order(const struct definition *definition, int *writes, int count, int fixed,
                       bool for_one, int one)
{
    if (fixed == count)
        return explains(definition, writes, count, for_one, one);
    for (int i = fixed; i < count; i++) {
        int other = writes[fixed];
        writes[fixed] = writes[i];
        writes[i] = other;
        bool found = some_order(definition, writes, count, fixed + 1, for_one, one);
        other = writes[fixed];
        writes[fixed] = writes[i];
        writes[i] = other;
        if (found)
            return true;
    }
    return false;
}

static bool holds(struct definition *definition)
{
    memset(&definition->before, 0, sizeof definition->before);
    for (int i = 0; i < definition->count; i++) {
        const struct event *a = &definition->events[i];
        if (a->reads && a->from >= 0)
            definition->before.of[a->from][i] = true;
        for (int j = i + 1; j < definition->count; j++) {
            const struct event *b = &definition->events[j];
            if (a->session == b->session && carried(definition->weak, a->writes, b->writes))
                definition->before.of[i][j] = true;
        }
    }
    close(&definition->before, definition->count);
    int writes[EVENTS_MAX], count = 0;
    for (int i = 0; i < definition->count; i++) {
        if (definition->before.of[i][i])
            return false;
        if (definition->events[i].writes)
            writes[count++] = i;
    }
    if (definition->weak != WEAK_CAUSAL)
        return some_order(definition, writes, count, 0, false, 0);
    for (int r = 0; r < definition->count; r++) {
        int past[EVENTS_MAX], past_count = 0;
        for (int i = 0; i < count; i++) {
            if (definition->before.of[writes[i]][r])
                past[past_count++] = writes[i];
        }
        if (definition->events[r].reads && !some_order(definition, past, past_count, 0, true, r))
            return false;
    }
    return true;
}

/* Whether it holds for some choice of what the reads from number `next` on have read from. */
static bool some_sources(struct definition *definition, int next)
{
    while (next < definition->count && !definition->events[next].reads)
        next++;
    if (next == definition->count)
        return holds(definition);
    struct event *read = &definition->events[next];
    read->from = -1;
    if (read->value == 0 && some_sources(definition, next + 1))
        return true;
    for (int w = 0; w < definition->count; w++) {
        const struct event *write = &definition->events[w];
        if (!write->writes || write->key != read->key || write->call == read->call ||
            value_left(definition, w) != read->value)
            continue;
        definition->events[next].from = w;
        if (some_sources(definition, next + 1))
            return true;
    }
    return false;
}

static void add_event(struct definition *definition, struct event event, int written)
{
    definition->written[definition->count] = written;
    definition->events[definition->count++] = event;
}

/* The events if of the operations that may have happened those of `happened` did. */
static void list_events(struct definition *definition, const struct story *story,
                        const int *sessions, unsigned happened)
{
    definition->count = 0;
    for (int i = 0; i < story->count; i++) {
        const struct call *call = &story->calls[i];
        struct event event = { .call = i, .session = sessions[i], .key = call->key, .from = -1 };
        bool known = call->returned >= 0;
        bool may = call->kind != LINEAR_READ && call->outcome != LINEAR_NO;
        bool sure = known && (call->kind == LINEAR_WRITE || call->outcome == LINEAR_YES ||
                              call->kind == LINEAR_DELETE);
        bool reads = known && (call->kind == LINEAR_READ ||
                               (call->kind == LINEAR_CAS && call->outcome == LINEAR_YES));
        bool writes = may && (sure || (happened >> i & 1) != 0);
        event.reads = reads;
        event.writes = writes;
        event.value = reads ? call->seen : call->value;
        if (reads && writes && definition->weak != WEAK_CAUSAL) {
            event.writes = false;
            add_event(definition, event, 0);
            event.reads = false;
            event.writes = true;
            event.value = call->value;
            add_event(definition, event, call->value);
        } else if (reads || writes) {
            add_event(definition, event, call->value);
        }
    }
}

static bool is_legal(enum weak_model weak, const struct story *story, const int *sessions)
{
    const int nothing[KEYS] = { 0 };
    if (weak == WEAK_SEQUENTIAL)
        return orders(story, sessions, (1u << story->count) - 1, nothing);
    unsigned open = 0;
    for (int i = 0; i < story->count; i++) {
        const struct call *call = &story->calls[i];
        bool may = call->kind != LINEAR_READ && call->outcome == LINEAR_ANY &&
                   (call->returned < 0 || call->kind == LINEAR_CAS);
        open |= (unsigned)may << i;
    }
    for (unsigned happened = open;; happened = (happened - 1) & open) {
        struct definition definition = { .weak = weak };
        list_events(&definition, story, sessions, happened);
        if (some_sources(&definition, 0))
            return true;
        if (happened == 0)
            return false;
    }
}

/* ---- What the checker says ----------------------------------------------------------------------
 */

static struct linear_value value_of(int value)
{
    char text[8];
    if (value == 0)
        return linear_nothing();
    snprintf(text, sizeof text, "v%d", value);
    return linear_bytes(cs_bytes_of(text, strlen(text)));
}

static struct linear_op op_of(const struct story *story, int number)
{
    const struct call *call = &story->calls[number];
    return (struct linear_op){
        .invoked = (uint64_t)call->invoked,
        .returned = call->returned < 0 ? LINEAR_NEVER : (uint64_t)call->returned,
        .value = value_of(call->value),
        .seen = value_of(call->seen),
        .key = (uint32_t)call->key,
        .number = (uint32_t)number,
        .kind = (uint8_t)call->kind,
        .outcome = (uint8_t)call->outcome,
    };
}

/* Whether the links lead from each to the next. */
static bool links_hang_together(const struct weak_report *report)
{
    for (size_t i = 0; i + 1 < report->link_count; i++) {
        if (report->links[i].to != report->links[i + 1].from)
            return false;
    }
    if (report->reason == WEAK_CYCLE) {
        return report->link_count > 1 &&
               report->links[report->link_count - 1].to == report->links[0].from;
    }
    if (report->reason == WEAK_NOTHING || report->reason == WEAK_REPLACED)
        return report->link_count > 0 && report->links[report->link_count - 1].to == report->failed;
    return true;
}

/* A client whose operation had no answer goes on as another session. */
static void sessions_of(const struct story *story, int *sessions)
{
    int now[SESSIONS] = { 0, 1, 2, 3 }, next = SESSIONS;
    for (int i = 0; i < story->count; i++) {
        const struct call *call = &story->calls[i];
        sessions[i] = now[call->session];
        if (call->returned < 0 && call->kind != LINEAR_READ)
            now[call->session] = next++;
    }
}

/* Whether each value is written once, and nothing is deleted. */
static bool is_plain(const struct story *story)
{
    for (int i = 0; i < story->count; i++) {
        const struct call *a = &story->calls[i];
        if (a->kind == LINEAR_DELETE)
            return false;
        for (int j = 0; j < i; j++) {
            if (a->kind != LINEAR_READ && story->calls[j].value == a->value)
                return false;
        }
    }
    return true;
}

struct tally {
    uint64_t legal, illegal, unknown;
};

static bool agrees(enum weak_model weak, const struct story *story, struct tally *tally,
                   const char **ret_what)
{
    struct linear_op ops[OPS_MAX];
    uint32_t clients[OPS_MAX];
    int sessions[OPS_MAX];
    sessions_of(story, sessions);
    for (int i = 0; i < story->count; i++) {
        ops[i] = op_of(story, i);
        clients[i] = (uint32_t)story->calls[i].session % (uint32_t)story->count;
    }
    struct weak_report report;
    bool legal = is_legal(weak, story, sessions);
    const struct weak_input input = { .model = linear_model_find("kv"),
                                      .ops = ops,
                                      .sessions = clients,
                                      .count = (size_t)story->count };
    weak_check(weak, &input, &report);
    bool agreed = report.verdict == (legal ? LINEAR_OK : LINEAR_ILLEGAL);
    if (report.verdict == LINEAR_UNKNOWN && report.reason == WEAK_UNCLEAR)
        agreed = !is_plain(story) && weak != WEAK_SEQUENTIAL;
    if (report.verdict == LINEAR_UNKNOWN && report.reason == WEAK_GOES_BACK)
        agreed = !is_legal(WEAK_MONOTONIC_READS, story, sessions);
    *ret_what = linear_verdict_name(report.verdict);
    if (!links_hang_together(&report)) {
        agreed = false;
        *ret_what = "broken links";
    }
    tally->legal += report.verdict == LINEAR_OK;
    tally->illegal += report.verdict == LINEAR_ILLEGAL;
    tally->unknown += report.verdict == LINEAR_UNKNOWN;
    weak_report_done(&report);
    return agreed;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 10000;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
    uint64_t mismatches = 0;
    struct tally tallies[WEAK_MODEL_COUNT] = { { 0 } };
    for (uint64_t number = first; number < first + count; number++) {
        struct story story;
        story_make(&story, number);
        for (int m = 0; m < WEAK_MODEL_COUNT && story.count >= SESSIONS; m++) {
            const char *what;
            if (agrees((enum weak_model)m, &story, &tallies[m], &what) || ++mismatches > SHOWN_MAX)
                continue;
            printf("history %" PRIu64 ", %s: the checker says %s, the definition does not; again: "
                   "weak-fuzz 1 %" PRIu64 "\n",
                   number, weak_model_name((enum weak_model)m), what, number);
            story_print(&story);
        }
    }
    bool vacuous = false;
    for (int m = 0; m < WEAK_MODEL_COUNT; m++) {
        printf("%-20s %" PRIu64 " ok, %" PRIu64 " illegal, %" PRIu64 " unknown\n",
               weak_model_name((enum weak_model)m), tallies[m].legal, tallies[m].illegal,
               tallies[m].unknown);
        vacuous |= tallies[m].legal < count / 5 || tallies[m].illegal < count / 400;
    }
    printf("%" PRIu64 " histories: %" PRIu64 " mismatches\n", count, mismatches);
    if (count >= 10000 && vacuous)
        printf("too few of one kind to mean anything\n");
    return mismatches > 0 || (count >= 10000 && vacuous);
}
