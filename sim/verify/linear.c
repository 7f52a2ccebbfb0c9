/* All keys of a history, and what there is to say of the first that fails. */
#include "verify/linear.h"

#include <stdlib.h>

#include "verify/index.h"
#include "verify/linear_carry.h"
#include "verify/linear_search.h"
#include "verify/linear_shrink.h"
#include "verify/linear_witness.h"
#include "verify/linear_zones.h"

#define NO_EVENT SIZE_MAX
enum { WINDOW_DEFAULT = 8192 };

/* The events of all keys, key after key. */
struct keyed {
    size_t *events;
    size_t *first; /* by key, and one more: where its events begin */
    size_t keys;
    bool *shown, *answered; /* by key: what its zones have told */
};

struct check {
    const struct linear_model *model;
    struct linear_op *ops;
    size_t count;
    const uint64_t *places; /* or NULL */
    struct linear_report *report;
    struct linear_search search;
    size_t window;      /* events that are searched together */
    uint64_t last;      /* place of an event */
    uint64_t failed_at; /* the place of the earliest event that failed */
};

/* ---- What nobody has seen -----------------------------------------------------------------------
 */

enum {
    KEY_APPENDS = 1,  /* values grow */
    KEY_NEGATIVE = 2, /* somebody observes that a value is not there, or that there is one */
};

/* What is observed of each key. */
struct wants {
    struct index values; /* of operations, by key and the value that they have seen or expect */
    struct index heads;  /* by key and how that value begins */
    uint8_t *keys;       /* flags, by key */
};

static uint64_t hash_of(uint32_t key, struct linear_value value)
{
    return index_hash(index_hash(value.hash, value.size), key);
}

/* Whether some operation on the key has seen, or expects, this value. */
static bool is_seen(const struct check *check, const struct wants *wants, uint32_t key,
                    struct linear_value value)
{
    struct index_probe probe = index_probe(&wants->values, hash_of(key, value));
    while (index_next(&wants->values, &probe)) {
        const struct linear_op *other = &check->ops[probe.number];
        if (other->key == key && linear_same(other->seen, value))
            return true;
    }
    return false;
}

static bool is_head_seen(const struct check *check, const struct wants *wants, uint32_t key,
                         uint32_t head)
{
    struct index_probe probe = index_probe(&wants->heads, index_hash(head, key));
    while (index_next(&wants->heads, &probe)) {
        const struct linear_op *other = &check->ops[probe.number];
        if (other->key == key && other->seen_head == head)
            return true;
    }
    return false;
}

static void know_seen(const struct check *check, struct wants *wants, uint32_t number)
{
    const struct linear_op *op = &check->ops[number];
    if (!is_seen(check, wants, op->key, op->seen))
        index_add(&wants->values, hash_of(op->key, op->seen), number);
    if (op->seen_head != 0 && !is_head_seen(check, wants, op->key, op->seen_head))
        index_add(&wants->heads, index_hash(op->seen_head, op->key), number);
}

static void know_wants(const struct check *check, struct wants *wants)
{
    for (size_t i = 0; i < check->count; i++) {
        const struct linear_op *op = &check->ops[i];
        bool reads = op->kind == LINEAR_READ;
        if (op->kind == LINEAR_CAS || (reads && op->returned != LINEAR_NEVER))
            know_seen(check, wants, (uint32_t)i);
        if (op->kind == LINEAR_APPEND)
            wants->keys[op->key] |= KEY_APPENDS;
        if (!reads && op->kind != LINEAR_WRITE &&
            (op->kind != LINEAR_CAS || op->outcome == LINEAR_NO))
            wants->keys[op->key] |= KEY_NEGATIVE;
    }
}

/* Whether somebody may have seen what this operation writes, or what became of it. */
static bool is_wanted(const struct check *check, const struct wants *wants,
                      const struct linear_op *op)
{
    if (op->value.size == 0 || op->value.size == LINEAR_ABSENT)
        return true; /* a compare-and-set takes the one for the other */
    if (is_seen(check, wants, op->key, op->value))
        return true;
    if ((wants->keys[op->key] & KEY_APPENDS) == 0)
        return false;
    return op->head == 0 || is_head_seen(check, wants, op->key, op->head);
}

/* Values that nobody has seen cannot be told apart: they become one, so that states do.  True for
 * each operation that can be left out altogether: a read that never returned, which says nothing;
 * and a write of such a value that never returned, on a key where nothing observes that a value is
 * not there, or adds to it: what follows it, up to the next write, has not looked. */
static bool *simplify(struct check *check, size_t keys)
{
    bool *skip = calloc(check->count + 1, sizeof *skip);
    struct wants wants = { .keys = calloc(keys + 1, sizeof *wants.keys) };
    cs_assert(skip != NULL);
    cs_assert(wants.keys != NULL);
    cs_assert(check->count < UINT32_MAX);
    bool has_values = (check->model->kinds >> LINEAR_WRITE & 1) != 0;
    if (has_values)
        know_wants(check, &wants);
    for (size_t i = 0; i < check->count; i++) {
        struct linear_op *op = &check->ops[i];
        bool lost = op->returned == LINEAR_NEVER;
        op->unseen = false;
        skip[i] = lost && op->kind == LINEAR_READ;
        bool writes =
            op->kind == LINEAR_WRITE || (op->kind == LINEAR_CAS && op->outcome != LINEAR_NO);
        if (!writes || is_wanted(check, &wants, op))
            continue;
        op->unseen = true;
        skip[i] = lost && op->kind == LINEAR_WRITE && (wants.keys[op->key] & KEY_NEGATIVE) == 0;
    }
    index_done(&wants.values);
    index_done(&wants.heads);
    free(wants.keys);
    return skip;
}

/* ---- Events by key ------------------------------------------------------------------------------
 */

/* All events in their order: an operation's index, times two, plus one for its end; NO_EVENT where
 * there is none. */
static size_t *ordered(const struct check *check, const bool *skip, size_t *ret_count)
{
    size_t count = check->count == 0 ? 0 : (size_t)check->last + 1;
    size_t *events = malloc((count + 1) * sizeof *events);
    cs_assert(events != NULL);
    for (size_t i = 0; i < count; i++)
        events[i] = NO_EVENT;
    for (size_t i = 0; i < check->count; i++) {
        const struct linear_op *op = &check->ops[i];
        if (skip[i])
            continue;
        cs_assert(events[op->invoked] == NO_EVENT);
        events[op->invoked] = i * 2;
        if (op->returned != LINEAR_NEVER) {
            cs_assert(events[op->returned] == NO_EVENT);
            events[op->returned] = i * 2 + 1;
        }
    }
    *ret_count = count;
    return events;
}

static void keyed_init(struct keyed *keyed, struct check *check)
{
    size_t count;
    bool *skip = simplify(check, keyed->keys);
    for (size_t i = 0; i < check->count; i++)
        skip[i] |= keyed->shown[check->ops[i].key];
    size_t *events = ordered(check, skip, &count);
    keyed->first = calloc(keyed->keys + 2, sizeof *keyed->first);
    keyed->events = malloc((count + 1) * sizeof *keyed->events);
    cs_assert(keyed->first != NULL);
    cs_assert(keyed->events != NULL);
    for (size_t i = 0; i < count; i++) {
        if (events[i] != NO_EVENT)
            keyed->first[check->ops[events[i] / 2].key + 2]++;
    }
    for (size_t k = 2; k < keyed->keys + 2; k++)
        keyed->first[k] += keyed->first[k - 1];
    for (size_t i = 0; i < count; i++) {
        if (events[i] != NO_EVENT)
            keyed->events[keyed->first[check->ops[events[i] / 2].key + 1]++] = events[i];
    }
    free(events);
    free(skip);
}

static void keyed_done(struct keyed *keyed)
{
    free(keyed->events);
    free(keyed->first);
    free(keyed->shown);
    free(keyed->answered);
}

static struct linear_events events_of(const struct keyed *keyed, const struct check *check,
                                      size_t key)
{
    return (struct linear_events){
        .ops = check->ops,
        .events = keyed->events + keyed->first[key],
        .count = keyed->first[key + 1] - keyed->first[key],
        .initial = check->model->initial,
    };
}

/* ---- Evidence -----------------------------------------------------------------------------------
 */

static void keep_states(struct check *check)
{
    struct linear_report *report = check->report;
    const struct linear_set *set = &check->search.sets[check->search.current];
    report->states_count = report->states_kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct linear_value state = linear_state_of(linear_set_at(set, i));
        bool known = false;
        for (size_t j = 0; j < report->states_kept && !known; j++)
            known = linear_same(report->states[j], state);
        if (known)
            continue;
        report->states_count++;
        if (report->states_kept < LINEAR_STATES_KEPT)
            report->states[report->states_kept++] = state;
    }
}

/* Search the events of a key, a window of them after the other. */
static enum linear_verdict search_key(struct check *check, const struct linear_events *events,
                                      size_t *ret_ended)
{
    struct linear_carry carry = { 0 };
    struct linear_events part = *events;
    enum linear_verdict verdict = LINEAR_OK;
    do {
        size_t left = events->count - part.passed, ended;
        part.more = left > check->window;
        part.count = part.more ? check->window : left;
        part.events = events->events + part.passed;
        verdict = linear_search_run(&check->search, &part, &ended);
        *ret_ended = part.passed + ended;
        if (verdict != LINEAR_OK || !part.more)
            break;
        linear_carry_save(&carry, &check->search, check->ops);
        part.carry = &carry;
        part.passed += part.count;
    } while (true);
    linear_carry_done(&carry);
    return verdict;
}

/* Search an illegal key again, for evidence: as it is, if that can be afforded; else with states
 * that no answer tells apart made one; else as it was judged, which may say that it is impossible
 * some events before it shows. */
static size_t search_again(struct check *check, const struct linear_events *events, size_t keys)
{
    enum { STEPS_MAX = 200000 };
    struct linear_search *search = &check->search;
    uint64_t steps_max = search->steps_max;
    size_t ended;
    for (size_t i = 0; i < check->count; i++)
        check->ops[i].unseen = false;
    search->steps_max = steps_max < STEPS_MAX ? steps_max : STEPS_MAX;
    search->looks_ahead = search->merges = false;
    if (linear_search_run(search, events, &ended) == LINEAR_ILLEGAL)
        return ended;
    search->merges = true;
    free(simplify(check, keys));
    if (linear_search_run(search, events, &ended) == LINEAR_ILLEGAL)
        return ended;
    search->looks_ahead = true;
    search->steps_max = steps_max;
    enum linear_verdict verdict = search_key(check, events, &ended);
    cs_assert(verdict == LINEAR_ILLEGAL);
    return ended;
}

/* The smallest window found: from the last moment at which the object was in one known state, up to
 * the event that failed. */
static void explain(struct check *check, struct linear_events events, size_t keys)
{
    struct linear_report *report = check->report;
    struct linear_search *search = &check->search;
    bool illegal = report->verdict == LINEAR_ILLEGAL;
    size_t ended;
    if (illegal) {
        ended = search_again(check, &events, keys);
    } else {
        search_key(check, &events, &ended);
    }
    cs_assert(ended < events.count);
    keep_states(check);
    report->failed = &check->ops[events.events[ended] / 2];
    report->window_state = search->quiet_state;
    size_t count = 0;
    size_t *window =
        malloc((search->quiet_open_count + ended + 1 - search->quiet_event) * sizeof *window);
    cs_assert(window != NULL);
    for (size_t i = 0; i < search->quiet_open_count; i++)
        window[count++] = search->quiet_open[i];
    for (size_t i = search->quiet_event; i <= ended; i++)
        window[count++] = events.events[i];
    events.initial = search->quiet_state;
    if (illegal)
        count = linear_shrink(search, events, window, count);
    cs_assert(count > 0);
    report->window = malloc(count * sizeof(struct linear_op *));
    cs_assert(report->window != NULL);
    for (size_t i = 0; i < count; i++) {
        if (window[i] % 2 == 0)
            report->window[report->window_count++] = &check->ops[window[i] / 2];
    }
    free(window);
}

/* ---- All keys -----------------------------------------------------------------------------------
 */

/* A read of what nobody has written yet is right in any store: how many say more. */
static void count_observed(struct check *check, size_t keys)
{
    uint64_t *written_from = malloc((keys + 1) * sizeof *written_from);
    cs_assert(written_from != NULL);
    size_t left = keys;
    for (size_t k = 0; k < keys; k++)
        written_from[k] = UINT64_MAX;
    for (size_t i = 0; i < check->count && left > 0; i++) {
        const struct linear_op *op = &check->ops[i];
        if (linear_only_observes(op) || written_from[op->key] != UINT64_MAX)
            continue;
        written_from[op->key] = op->invoked; /* operations come in this order */
        left--;
    }
    for (size_t i = 0; i < check->count; i++) {
        const struct linear_op *op = &check->ops[i];
        if (op->returned == LINEAR_NEVER || !linear_observes(op))
            continue;
        check->report->observed++;
        check->report->constrained += op->returned > written_from[op->key];
    }
    free(written_from);
}

/* Which keys are seen to be right at once; returns how many are left.  Whoever tells an order has
 * it looked at instead, and whoever allows fewer steps than there are operations gets no further.
 */
static size_t judge_by_zones(struct check *check, struct keyed *keyed)
{
    struct linear_report *report = check->report;
    keyed->shown = calloc(keyed->keys + 1, sizeof *keyed->shown);
    keyed->answered = calloc(keyed->keys + 1, sizeof *keyed->answered);
    cs_assert(keyed->shown != NULL);
    cs_assert(keyed->answered != NULL);
    bool writes = (check->model->kinds >> LINEAR_WRITE & 1) != 0;
    if (!writes || check->places != NULL || check->count > check->search.steps_max ||
        check->last >= UINT32_MAX)
        return keyed->keys;
    report->steps += check->count;
    size_t left = linear_zones(check->model, check->ops, check->count, keyed->keys, keyed->shown,
                               keyed->answered);
    for (size_t key = 0; key < keyed->keys; key++)
        report->keys += keyed->shown[key] && keyed->answered[key];
    return left;
}

static void judge(struct check *check, const struct linear_events *events, size_t key)
{
    struct linear_report *report = check->report;
    size_t ended;
    report->keys += events->count > 0;
    if (check->places != NULL &&
        linear_witness(check->model, events, check->places, &report->steps)) {
        report->keys_witnessed += events->count > 0;
        return;
    }
    enum linear_verdict verdict = search_key(check, events, &ended);
    report->steps += check->search.steps;
    if (check->search.configurations > report->configurations)
        report->configurations = check->search.configurations;
    report->keys_illegal += verdict == LINEAR_ILLEGAL;
    report->keys_unknown += verdict == LINEAR_UNKNOWN;
    if (verdict == LINEAR_OK || (verdict == LINEAR_UNKNOWN && report->verdict == LINEAR_ILLEGAL))
        return;
    const struct linear_op *op = &check->ops[events->events[ended] / 2];
    uint64_t at = events->events[ended] % 2 == 1 ? op->returned : op->invoked;
    if (report->verdict == verdict && at > check->failed_at)
        return;
    report->verdict = verdict;
    report->key = (uint32_t)key;
    check->failed_at = at;
}

static void judge_by_search(struct check *check, struct keyed *keyed)
{
    keyed_init(keyed, check);
    for (size_t key = 0; key < keyed->keys; key++) {
        if (keyed->shown[key])
            continue;
        struct linear_events events = events_of(keyed, check, key);
        judge(check, &events, key);
    }
    if (check->report->verdict != LINEAR_OK)
        explain(check, events_of(keyed, check, check->report->key), keyed->keys);
}

void linear_check(const struct linear_model *model, const struct linear_options *options,
                  struct linear_op *ops, size_t count, struct linear_report *ret_report)
{
    struct check check = { .model = model, .ops = ops, .count = count, .report = ret_report };
    check.window = options->window == 0 ? WINDOW_DEFAULT : options->window;
    if (!model->in_sequences)
        check.places = options->places;
    struct keyed keyed = { .keys = 0 };
    *ret_report = (struct linear_report){ .verdict = LINEAR_OK, .operations = count };
    for (size_t i = 0; i < count; i++) {
        bool lost = ops[i].returned == LINEAR_NEVER;
        uint64_t end = lost ? ops[i].invoked : ops[i].returned;
        cs_assert((model->kinds >> ops[i].kind & 1) != 0);
        cs_assert(!lost || ops[i].outcome == LINEAR_ANY);
        cs_assert(lost || end > ops[i].invoked);
        keyed.keys = ops[i].key >= keyed.keys ? (size_t)ops[i].key + 1 : keyed.keys;
        check.last = end > check.last ? end : check.last;
    }
    uint64_t steps_max = options->steps_max == 0 ? LINEAR_STEPS_DEFAULT : options->steps_max;
    linear_search_init(&check.search, model, steps_max);
    count_observed(&check, keyed.keys);
    if (judge_by_zones(&check, &keyed) > 0)
        judge_by_search(&check, &keyed);
    keyed_done(&keyed);
    linear_search_done(&check.search);
}

void linear_report_done(struct linear_report *report) { free(report->window); }
