#include "verify/linear_witness.h"

#include <stdlib.h>

/* For each event, and once: operations of unknown outcome are tried in pairs. */
enum { TRIES_EACH = 64, TRIES_ONCE = 4096, TOGETHER_MAX = 2 };

/* So many operations before the one that finds something else may have come after what was lost. */
enum { BACK_MAX = 8 };

struct standing {
    struct linear_value state;
    uint64_t invoked_last; /* of all that have taken effect */
};

struct ranked {
    uint64_t place;
    const struct linear_op *op;
};

struct witness {
    const struct linear_model *model;
    struct ranked *ranked; /* what has a place */
    size_t count;
    const struct linear_op **lost; /* what never returned, by invocation */
    bool *used;                    /* of these: it has taken effect */
    size_t lost_count;
    struct standing now;
    struct standing before[BACK_MAX + 1]; /* before ranked[i], at i modulo so many */
    uint64_t steps, steps_max;
};

static int compare(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    bool x_reads = x->op->kind == LINEAR_READ, y_reads = y->op->kind == LINEAR_READ;
    if (x_reads != y_reads)
        return x_reads ? 1 : -1;
    if (x->op->invoked != y->op->invoked)
        return x->op->invoked < y->op->invoked ? -1 : 1;
    return (x->op->number > y->op->number) - (x->op->number < y->op->number);
}

/* False if an operation that returned has no place. */
static bool take_operations(struct witness *witness, const struct linear_events *events,
                            const uint64_t *places)
{
    for (size_t e = 0; e < events->count; e++) {
        size_t index = events->events[e] / 2;
        const struct linear_op *op = &events->ops[index];
        if (events->events[e] % 2 == 1)
            continue;
        if (op->returned == LINEAR_NEVER && places[index] == 0) {
            witness->lost[witness->lost_count++] = op;
        } else if (places[index] == 0) {
            return false;
        } else {
            witness->ranked[witness->count++] = (struct ranked){ places[index], op };
        }
    }
    return true;
}

/* The operation takes effect where the order has it: not after it returned. */
static bool take_effect(struct witness *witness, const struct linear_op *op)
{
    struct standing *now = &witness->now;
    witness->steps++;
    if (op->returned < now->invoked_last ||
        !witness->model->step(NULL, op, now->state, &now->state))
        return false;
    if (op->invoked > now->invoked_last)
        now->invoked_last = op->invoked;
    return true;
}

/* ranked[from] to ranked[to] take effect, one after the other. */
static bool take_effects(struct witness *witness, size_t from, size_t to)
{
    cs_assert(to < witness->count);
    for (size_t i = from; i <= to; i++) {
        if (!take_effect(witness, witness->ranked[i].op))
            return false;
    }
    return true;
}

/* As take_effects(), after `more` of the lost operations that were invoked by then. */
static bool take_effects_after(struct witness *witness, size_t from, size_t to, unsigned more)
{
    const struct standing before = witness->now;
    if (more == 0)
        return take_effects(witness, from, to);
    for (size_t i = 0; i < witness->lost_count; i++) {
        const struct linear_op *lost = witness->lost[i];
        if (lost->invoked > witness->ranked[from].op->returned ||
            witness->steps >= witness->steps_max)
            return false;
        if (witness->used[i])
            continue;
        witness->used[i] = true;
        witness->now = before;
        bool changes = take_effect(witness, lost) && !linear_same(witness->now.state, before.state);
        if (changes && take_effects_after(witness, from, to, more - 1))
            return true;
        witness->used[i] = false;
    }
    return false;
}

/* Whether what came before it still shows behind it, and it does not say exactly what that was. */
static bool lets_through(const struct linear_op *op)
{
    return op->kind == LINEAR_APPEND || (op->kind == LINEAR_CAS && op->outcome != LINEAR_YES);
}

/* ranked[i] takes effect, if need be after lost operations, just before it or further back. */
static bool reach(struct witness *witness, size_t i)
{
    const size_t slots = sizeof witness->before / sizeof *witness->before;
    witness->before[i % slots] = witness->now;
    if (take_effect(witness, witness->ranked[i].op))
        return true;
    for (unsigned more = 1; more <= TOGETHER_MAX; more++) {
        for (size_t back = 0; back <= BACK_MAX && back <= i; back++) {
            if (back > 0 && !lets_through(witness->ranked[i - back].op))
                break;
            witness->now = witness->before[(i - back) % slots];
            if (take_effects_after(witness, i - back, i, more))
                return true;
        }
    }
    return false;
}

bool linear_witness(const struct linear_model *model, const struct linear_events *events,
                    const uint64_t *places, uint64_t *steps)
{
    struct witness witness = { .model = model, .now.state = events->initial };
    cs_assert(!model->in_sequences);
    witness.ranked = malloc((events->count + 1) * sizeof *witness.ranked);
    witness.lost = malloc((events->count + 1) * sizeof(struct linear_op *));
    witness.used = calloc(events->count + 1, sizeof *witness.used);
    cs_assert(witness.ranked != NULL);
    cs_assert(witness.used != NULL);
    cs_assert(witness.lost != NULL);
    witness.steps_max = TRIES_ONCE + TRIES_EACH * events->count;
    bool holds = take_operations(&witness, events, places);
    if (holds && witness.count > 1)
        qsort(witness.ranked, witness.count, sizeof *witness.ranked, compare);
    for (size_t i = 0; i < witness.count && holds; i++)
        holds = reach(&witness, i);
    *steps += witness.steps;
    free(witness.ranked);
    free(witness.lost);
    free(witness.used);
    return holds;
}
