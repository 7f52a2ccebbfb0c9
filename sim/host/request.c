/* An operation as one block of bytes, so that it outlives the call that asked for it. */
#include <string.h>

#include "host/internal.h"

static size_t packed_size(const struct cs_op *op)
{
    cs_assert(op->part_count == 0 || op->parts != NULL);
    size_t size = sizeof *op + op->key.size + op->value.size + op->expected.size;
    for (size_t i = 0; i < op->part_count; i++)
        size += packed_size(&op->parts[i]);
    return size;
}

static struct cs_bytes copy_bytes(uint8_t **at, struct cs_bytes bytes)
{
    struct cs_bytes copy = { *at, bytes.size };
    if (bytes.size > 0)
        memcpy(*at, bytes.data, bytes.size);
    *at += bytes.size;
    return copy;
}

/* Copy what `op` points to behind `at`.  The nested operations come first: they stay aligned. */
static void pack_contents(struct cs_op *copy, const struct cs_op *op, uint8_t **at)
{
    if (op->part_count > 0) {
        struct cs_op *parts = (struct cs_op *)(void *)*at;
        *at += op->part_count * sizeof *parts;
        memcpy(parts, op->parts, op->part_count * sizeof *parts);
        copy->parts = parts;
        for (size_t i = 0; i < op->part_count; i++) {
            cs_assert(op->parts[i].part_count == 0); /* transactions do not nest */
            pack_contents(&parts[i], &op->parts[i], at);
        }
    }
    copy->key = copy_bytes(at, op->key);
    copy->value = copy_bytes(at, op->value);
    copy->expected = copy_bytes(at, op->expected);
}

struct payload *request_pack(struct cluster *cluster, const struct cs_op *op)
{
    struct payload *payload = payload_new(cluster, packed_size(op));
    struct cs_op *copy = (struct cs_op *)(void *)payload->data;
    *copy = *op;
    uint8_t *at = payload->data + sizeof *copy;
    pack_contents(copy, op, &at);
    cs_assert(at == payload->data + payload->size);
    return payload;
}

const struct cs_op *request_unpack(struct payload *payload)
{
    return (const struct cs_op *)(const void *)payload->data;
}
