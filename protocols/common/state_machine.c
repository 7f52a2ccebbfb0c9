#include "common/state_machine.h"

#include "common/kv.h"

/* The table is written by hand; a new machine adds a line here and a name below. */
const struct state_machine state_machines[] = {
    { .name = "kv",
      .state_size = sizeof(struct kv),
      .init = kv_init,
      .apply = kv_apply,
      .query = kv_query,
      .digest = kv_digest,
      .save = kv_save,
      .load = kv_load },
    { .name = NULL },
};

const char *const state_machine_names[] = { "kv", NULL };

_Static_assert(sizeof state_machines / sizeof state_machines[0] ==
                   sizeof state_machine_names / sizeof state_machine_names[0],
               "every machine has a name to choose it by");

enum { RESULT_APPLIED = 1, RESULT_PRESENT = 2 };

void op_put(struct wire_writer *writer, const struct cs_op *op)
{
    cs_assert(op->kind < CS_OP_COUNT);
    cs_assert(op->part_count == 0);
    wire_put_u8(writer, (uint8_t)op->kind);
    wire_put_u64(writer, op->number);
    wire_put_u32(writer, op->node);
    wire_put_bytes(writer, op->key);
    wire_put_bytes(writer, op->value);
    wire_put_bytes(writer, op->expected);
}

bool op_get(struct cs_bytes bytes, struct cs_op *ret_op)
{
    struct wire_reader reader = wire_reader_on(bytes);
    struct cs_op op = { 0 };
    uint8_t kind = wire_get_u8(&reader);
    op.number = wire_get_u64(&reader);
    op.node = wire_get_u32(&reader);
    op.key = wire_get_bytes(&reader);
    op.value = wire_get_bytes(&reader);
    op.expected = wire_get_bytes(&reader);
    if (!wire_end(&reader) || kind >= CS_OP_COUNT)
        return false;
    op.kind = (enum cs_op_kind)kind;
    *ret_op = op;
    return true;
}

void result_put(struct wire_writer *writer, const struct cs_result *result)
{
    cs_assert(result->status < CS_STATUS_COUNT);
    cs_assert(result->part_count == 0);
    wire_put_u8(writer, (uint8_t)result->status);
    wire_put_u8(writer, (uint8_t)((result->applied ? RESULT_APPLIED : 0) |
                                  (result->present ? RESULT_PRESENT : 0)));
    wire_put_u64(writer, result->number);
    wire_put_bytes(writer, result->value);
}

bool result_get(struct cs_bytes bytes, struct cs_result *ret_result)
{
    struct wire_reader reader = wire_reader_on(bytes);
    struct cs_result result = { 0 };
    uint8_t status = wire_get_u8(&reader);
    uint8_t flags = wire_get_u8(&reader);
    result.number = wire_get_u64(&reader);
    result.value = wire_get_bytes(&reader);
    if (!wire_end(&reader) || status >= CS_STATUS_COUNT ||
        flags > (RESULT_APPLIED | RESULT_PRESENT))
        return false;
    result.status = (enum cs_status)status;
    result.applied = (flags & RESULT_APPLIED) != 0;
    result.present = (flags & RESULT_PRESENT) != 0;
    *ret_result = result;
    return true;
}

bool op_is_query(enum cs_op_kind kind)
{
    return kind == CS_OP_GET || kind == CS_OP_SCAN || kind == CS_OP_READ_BLOCK;
}

bool op_is_administration(enum cs_op_kind kind)
{
    return kind == CS_OP_ADD_MEMBER || kind == CS_OP_REMOVE_MEMBER ||
           kind == CS_OP_PROMOTE_MEMBER || kind == CS_OP_TRANSFER_LEADERSHIP ||
           kind == CS_OP_SNAPSHOT;
}

static const char *const op_names[] = {
    [CS_OP_GET] = "get",
    [CS_OP_PUT] = "put",
    [CS_OP_DELETE] = "delete",
    [CS_OP_CAS] = "cas",
    [CS_OP_APPEND] = "append",
    [CS_OP_SCAN] = "scan",
    [CS_OP_TXN] = "txn",
    [CS_OP_ACQUIRE] = "acquire",
    [CS_OP_RELEASE] = "release",
    [CS_OP_READ_BLOCK] = "read-block",
    [CS_OP_WRITE_BLOCK] = "write-block",
    [CS_OP_WORK] = "work",
    [CS_OP_ADD_MEMBER] = "add-member",
    [CS_OP_REMOVE_MEMBER] = "remove-member",
    [CS_OP_PROMOTE_MEMBER] = "promote-member",
    [CS_OP_TRANSFER_LEADERSHIP] = "transfer-leadership",
    [CS_OP_SNAPSHOT] = "snapshot",
};
_Static_assert(sizeof op_names / sizeof op_names[0] == CS_OP_COUNT, "every operation has a name");

const char *op_name(enum cs_op_kind kind) { return kind < CS_OP_COUNT ? op_names[kind] : "?"; }
