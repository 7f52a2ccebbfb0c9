#include "verify/linear_witness.h"

#include <stdlib.h>

/* For each event, and once: operations of unknown outcome are tried in pairs. */
enum { TRIES_EACH = 64, TRIES_ONCE = 4096, TOGETHER_MAX = 2 };

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
    struct linear_value state;
    uint64_t invoked_last; /* of all that have taken effect */
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
    return (x->op->invoked > y->op->invoked) - (x->op->invoked < y->op->invoked);
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
    witness->steps++;
    if (op->returned < witness->invoked_last ||
        !witness->model->step(NULL, op, witness->state, &witness->state))
        return false;
    if (op->invoked > witness->invoked_last)
        witness->invoked_last = op->invoked;
    return true;
}

/* As take_effect(), after up to `more` of the lost operations that were invoked by then. */
static bool take_effect_after(struct witness *witness, const struct linear_op *op, unsigned more)
{
    struct linear_value state = witness->state;
    uint64_t invoked_last = witness->invoked_last;
    if (take_effect(witness, op))
        return true;
    witness->state = state;
    for (size_t i = 0; more > 0 && i < witness->lost_count; i++) {
        const struct linear_op *lost = witness->lost[i];
        if (lost->invoked > op->returned || witness->steps >= witness->steps_max)
            return false;
        if (witness->used[i])
            continue;
        witness->used[i] = true;
        bool changes = take_effect(witness, lost) && !linear_same(witness->state, state);
        if (changes && take_effect_after(witness, op, more - 1))
            return true;
        witness->used[i] = false;
        witness->state = state;
        witness->invoked_last = invoked_last;
    }
    return false;
}

bool linear_witness(const struct linear_model *model, const struct linear_events *events,
                    const uint64_t *places, uint64_t *steps)
{
    struct witness witness = { .model = model, .state = events->initial };
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
    for (size_t i = 0; i < witness.count && holds; i++) {
        holds = false;
        for (unsigned more = 0; more <= TOGETHER_MAX && !holds; more++)
            holds = take_effect_after(&witness, witness.ranked[i].op, more);
    }
    *steps += witness.steps;
    free(witness.ranked);
    free(witness.lost);
    free(witness.used);
    return holds;
}
