#include "load/operation.h"

#include <inttypes.h>
#include <string.h>

static const struct operation_shape shapes[CS_OP_COUNT] = {
    [CS_OP_GET] = { .offered = true, .key = true },
    [CS_OP_PUT] = { .offered = true, .key = true, .value = true },
    [CS_OP_DELETE] = { .offered = true, .key = true },
    [CS_OP_CAS] = { .offered = true, .key = true, .value = true, .expected = true },
    [CS_OP_APPEND] = { .offered = true, .key = true, .element = true },
    [CS_OP_WORK] = { .offered = true, .number = true },
    [CS_OP_TRANSFER_LEADERSHIP] = { .offered = true },
};

const struct operation_shape *operation_shape_of(enum cs_op_kind kind)
{
    cs_assert(kind < CS_OP_COUNT);
    return &shapes[kind];
}

bool workload_offers(enum cs_op_kind kind) { return operation_shape_of(kind)->offered; }

bool operation_writes(enum cs_op_kind kind)
{
    const struct operation_shape *shape = operation_shape_of(kind);
    return shape->value || shape->element || kind == CS_OP_DELETE;
}

void operation_text_done(struct operation_text *text)
{
    text_done(&text->key);
    text_done(&text->value);
}

static void pad(struct cs_text *text, uint64_t size)
{
    static const char dots[] = "................................................................";
    while (text->size < size) {
        uint64_t missing = size - text->size;
        text_add_bytes(text, dots, missing < sizeof dots - 1 ? missing : sizeof dots - 1);
    }
}

/* Short, since values may be small. */
static void add_number(struct cs_text *text, uint64_t number)
{
    uint64_t owner = number / NUMBERS_MAX;
    if (owner > 0) {
        text_add_decimal(text, owner / CLIENTS_MAX);
        text_add_bytes(text, ".", 1);
        text_add_decimal(text, owner % CLIENTS_MAX);
        text_add_bytes(text, ".", 1);
    }
    text_add_decimal(text, number % NUMBERS_MAX);
}

struct cs_bytes operation_value(struct operation_text *text, const struct choice *choice,
                                uint64_t number)
{
    const struct operation_shape *shape = operation_shape_of(choice->kind);
    text_reset(&text->value);
    if (shape->value) {
        text_add_bytes(&text->value, "v", 1);
        add_number(&text->value, number);
        pad(&text->value, choice->size < WORKLOAD_VALUE_MAX ? choice->size : WORKLOAD_VALUE_MAX);
    } else if (shape->element) {
        add_number(&text->value, number);
        text_add_bytes(&text->value, ",", 1);
    }
    return cs_bytes_of(text->value.data, text->value.size);
}

struct cs_op operation_make(struct operation_text *text, const struct choice *choice,
                            uint64_t number, struct cs_bytes expected)
{
    const struct operation_shape *shape = operation_shape_of(choice->kind);
    cs_assert(shape->offered);
    struct cs_op op = { .kind = choice->kind, .node = CS_NODE_NONE };
    if (shape->key) {
        text_reset(&text->key);
        text_add_bytes(&text->key, "k", 1);
        text_add_decimal(&text->key, choice->rank);
        op.key = cs_bytes_of(text->key.data, text->key.size);
    }
    op.value = operation_value(text, choice, number);
    if (shape->expected)
        op.expected = expected;
    if (shape->number)
        op.number = choice->size;
    return op;
}
