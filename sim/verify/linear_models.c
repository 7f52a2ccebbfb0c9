/* What each operation does to each kind of object: the sequential specifications. */
#include <string.h>

#include "base/rolling.h"
#include "verify/index.h"
#include "verify/keys.h"
#include "verify/linear.h"
#include "verify/linear_sequences.h"

/* ---- Values -------------------------------------------------------------------------------------
 */

struct linear_value linear_nothing(void) { return (struct linear_value){ 0, LINEAR_ABSENT }; }

/* The digits behind the last "0x". */
static uint64_t described_hash(struct cs_bytes kept)
{
    const char *data = kept.data;
    uint64_t hash = 0;
    for (size_t i = kept.size - 16; i < kept.size; i++)
        hash = hash << 4 | (uint64_t)(data[i] <= '9' ? data[i] - '0' : data[i] - 'a' + 10);
    return hash & ((UINT64_C(1) << 61) - 1);
}

struct linear_value linear_bytes(struct cs_bytes kept)
{
    bool whole;
    uint64_t size = value_size(kept, &whole);
    uint64_t hash = whole ? rolling_hash(kept.data, kept.size) : described_hash(kept);
    return (struct linear_value){ hash, size };
}

/* The letters and digits that it begins with, which histories keep of long values too, where there
 * is something behind them that ends them. */
uint32_t linear_head(struct cs_bytes kept)
{
    enum { HEAD_MAX = 15 };
    const char *data = kept.data;
    bool whole;
    uint64_t size = value_size(kept, &whole);
    uint64_t hash = 1;
    size_t i = 0;
    for (; i < kept.size && i < HEAD_MAX; i++) {
        bool plain = (data[i] >= '0' && data[i] <= '9') || (data[i] >= 'a' && data[i] <= 'z') ||
                     (data[i] >= 'A' && data[i] <= 'Z');
        if (!plain)
            break;
        hash = random_mix(hash + (uint8_t)data[i]);
    }
    return i == 0 || i == HEAD_MAX || i == size ? 0 : (uint32_t)(hash >> 32) | 1;
}

struct linear_value linear_number(int64_t number)
{
    return (struct linear_value){ (uint64_t)number, 0 };
}

struct linear_value linear_element(struct linear_value element)
{
    return (struct linear_value){ index_hash(element.hash, element.size), 1 };
}

/* ---- Registers and key-value stores -------------------------------------------------------------
 */

static struct linear_value joined(struct linear_value head, struct linear_value tail)
{
    if (head.size == LINEAR_ABSENT)
        return tail;
    if (head.size == LINEAR_UNSEEN)
        return head;
    if (tail.size == LINEAR_ABSENT)
        return head;
    return (struct linear_value){ rolling_join(head.hash, tail.hash, tail.size),
                                  head.size + tail.size };
}

/* A compare-and-set takes no value for an empty one. */
static bool expected(struct linear_value state, struct linear_value value)
{
    bool none = state.size == 0 || state.size == LINEAR_ABSENT;
    bool none_expected = value.size == 0 || value.size == LINEAR_ABSENT;
    return none ? none_expected : linear_same(state, value);
}

static struct linear_value written(const struct linear_op *op)
{
    return op->unseen ? (struct linear_value){ 0, LINEAR_UNSEEN } : op->value;
}

static bool step_value(struct linear_sequences *sequences, const struct linear_op *op,
                       struct linear_value state, struct linear_value *ret_state)
{
    (void)sequences;
    bool present = state.size != LINEAR_ABSENT;
    *ret_state = state;
    switch ((enum linear_kind)op->kind) {
    case LINEAR_READ:
        return linear_same(state, op->seen);
    case LINEAR_WRITE:
        *ret_state = written(op);
        return true;
    case LINEAR_CAS:
        if (!expected(state, op->seen))
            return op->outcome != LINEAR_YES;
        if (op->outcome != LINEAR_NO)
            *ret_state = written(op);
        return op->outcome != LINEAR_NO;
    case LINEAR_DELETE:
        *ret_state = linear_nothing();
        return op->outcome == LINEAR_ANY || present == (op->outcome == LINEAR_YES);
    case LINEAR_APPEND:
        *ret_state = joined(state, op->value);
        return true;
    case LINEAR_ADD:
    case LINEAR_ENQUEUE:
    case LINEAR_DEQUEUE:
    case LINEAR_ACQUIRE:
    case LINEAR_RELEASE:
    case LINEAR_INSERT:
    case LINEAR_REMOVE:
    case LINEAR_KIND_COUNT:
        break;
    }
    cs_assert(false && "an operation of values");
    return false;
}

/* ---- Counters and locks -------------------------------------------------------------------------
 */

static bool step_counter(struct linear_sequences *sequences, const struct linear_op *op,
                         struct linear_value state, struct linear_value *ret_state)
{
    (void)sequences;
    *ret_state = state;
    if (op->kind == LINEAR_READ)
        return state.hash == op->seen.hash;
    cs_assert(op->kind == LINEAR_ADD);
    ret_state->hash += op->value.hash;
    return true;
}

/* The state's hash is 1 while the lock is held. */
static bool step_lock(struct linear_sequences *sequences, const struct linear_op *op,
                      struct linear_value state, struct linear_value *ret_state)
{
    (void)sequences;
    bool acquires = op->kind == LINEAR_ACQUIRE;
    cs_assert(acquires || op->kind == LINEAR_RELEASE);
    bool possible = (state.hash == 0) == acquires;
    *ret_state = state;
    if (possible && op->outcome != LINEAR_NO)
        ret_state->hash = acquires;
    return op->outcome == LINEAR_ANY || possible == (op->outcome == LINEAR_YES);
}

/* ---- Queues and sets ----------------------------------------------------------------------------
 */

static uint64_t item_of(struct linear_value value) { return linear_element(value).hash; }

/* The items stand in the order in which they came. */
static bool step_queue(struct linear_sequences *sequences, const struct linear_op *op,
                       struct linear_value state, struct linear_value *ret_state)
{
    size_t size = linear_sequence_size(sequences, state.hash);
    *ret_state = state;
    if (op->kind == LINEAR_ENQUEUE) {
        ret_state->hash = linear_sequence_with(sequences, state.hash, size, item_of(op->value));
        return true;
    }
    cs_assert(op->kind == LINEAR_DEQUEUE);
    if (size == 0)
        return op->outcome != LINEAR_YES;
    if (op->outcome == LINEAR_NO ||
        (op->outcome == LINEAR_YES &&
         linear_sequence_item(sequences, state.hash, 0) != item_of(op->seen)))
        return false;
    ret_state->hash = linear_sequence_without(sequences, state.hash, 0);
    return true;
}

/* What a read that found the items of this sequence says. */
static struct linear_value contents(const struct linear_sequences *sequences, uint64_t number)
{
    struct linear_value sum = { 0, linear_sequence_size(sequences, number) };
    for (size_t i = 0; i < sum.size; i++)
        sum.hash += linear_sequence_item(sequences, number, i);
    return sum;
}

/* The items stand in ascending order. */
static bool step_set(struct linear_sequences *sequences, const struct linear_op *op,
                     struct linear_value state, struct linear_value *ret_state)
{
    *ret_state = state;
    if (op->kind == LINEAR_READ)
        return linear_same(contents(sequences, state.hash), op->seen);
    uint64_t item = item_of(op->value);
    size_t place = linear_sequence_place(sequences, state.hash, item);
    bool present = place < linear_sequence_size(sequences, state.hash) &&
                   linear_sequence_item(sequences, state.hash, place) == item;
    bool possible = present == (op->kind == LINEAR_REMOVE);
    if (op->outcome != LINEAR_ANY && possible != (op->outcome == LINEAR_YES))
        return false;
    if (!possible)
        return true;
    ret_state->hash = present ? linear_sequence_without(sequences, state.hash, place)
                              : linear_sequence_with(sequences, state.hash, place, item);
    return true;
}

/* ---- The table ----------------------------------------------------------------------------------
 */

#define KIND(kind) (1u << LINEAR_##kind)
#define VALUE_ABSENT                                                                               \
    {                                                                                              \
        0, LINEAR_ABSENT                                                                           \
    }

static const struct linear_model model_register = {
    .name = "register",
    .about = "One value that is read and written.",
    .kinds = KIND(READ) | KIND(WRITE),
    .initial = VALUE_ABSENT,
    .step = step_value,
};
static const struct linear_model model_cas_register = {
    .name = "cas-register",
    .about = "A register with compare-and-set.",
    .kinds = KIND(READ) | KIND(WRITE) | KIND(CAS),
    .initial = VALUE_ABSENT,
    .step = step_value,
};
static const struct linear_model model_kv = {
    .name = "kv",
    .about = "Keys with values: get, put, delete, compare-and-set, append.",
    .kinds = KIND(READ) | KIND(WRITE) | KIND(CAS) | KIND(DELETE) | KIND(APPEND),
    .initial = VALUE_ABSENT,
    .step = step_value,
};
static const struct linear_model model_counter = {
    .name = "counter",
    .about = "A number that is read and added to.",
    .kinds = KIND(READ) | KIND(ADD),
    .initial = { 0, 0 },
    .step = step_counter,
};
static const struct linear_model model_queue = {
    .name = "queue",
    .about = "First in, first out.",
    .kinds = KIND(ENQUEUE) | KIND(DEQUEUE),
    .initial = { LINEAR_EMPTY, 0 },
    .step = step_queue,
    .in_sequences = true,
};
static const struct linear_model model_lock = {
    .name = "lock",
    .about = "Acquired only when it is free, released only when it is held.",
    .kinds = KIND(ACQUIRE) | KIND(RELEASE),
    .initial = { 0, 0 },
    .step = step_lock,
};
static const struct linear_model model_set = {
    .name = "set",
    .about = "Elements that come and go; a read finds all of them.",
    .kinds = KIND(READ) | KIND(INSERT) | KIND(REMOVE),
    .initial = { LINEAR_EMPTY, 0 },
    .step = step_set,
    .in_sequences = true,
};

const struct linear_model *const linear_models[] = {
    &model_register, &model_cas_register, &model_kv,  &model_counter,
    &model_queue,    &model_lock,         &model_set, NULL,
};

const struct linear_model *linear_model_find(const char *name)
{
    for (size_t i = 0; linear_models[i] != NULL; i++) {
        if (strcmp(linear_models[i]->name, name) == 0)
            return linear_models[i];
    }
    return NULL;
}

const char *linear_verdict_name(enum linear_verdict verdict)
{
    static const char *const names[] = { "ok", "illegal", "unknown" };
    cs_assert(verdict <= LINEAR_UNKNOWN);
    return names[verdict];
}
