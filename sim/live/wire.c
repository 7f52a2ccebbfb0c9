#include "live/wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

static uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    int failed = clock_gettime(clock, &now);
    cs_assert(failed == 0);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t wire_monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
uint64_t wire_wall_ns(void) { return clock_ns(CLOCK_REALTIME); }

void wire_add(GByteArray *out, enum wire_kind kind, uint64_t number, const struct cs_bytes *parts,
              size_t part_count)
{
    struct wire_head head = { .kind = kind, .at_ns = wire_monotonic_ns(), .number = number };
    size_t size = 0;
    for (size_t i = 0; i < part_count; i++)
        size += parts[i].size;
    cs_assert(size <= WIRE_FRAME_MAX);
    head.size = (uint32_t)size;
    g_byte_array_append(out, (const guint8 *)&head, sizeof head);
    for (size_t i = 0; i < part_count; i++) {
        if (parts[i].size > 0)
            g_byte_array_append(out, parts[i].data, (guint)parts[i].size);
    }
}

void wire_add_request(GByteArray *out, cs_request request, const struct cs_op *op)
{
    cs_assert(op->part_count == 0);
    const struct cs_bytes parts[] = { cs_bytes_of(op, sizeof *op), op->key, op->value,
                                      op->expected };
    wire_add(out, WIRE_REQUEST, request, parts, G_N_ELEMENTS(parts));
}

void wire_add_reply(GByteArray *out, cs_request request, const struct cs_result *result)
{
    cs_assert(result->part_count == 0);
    const struct cs_bytes parts[] = { cs_bytes_of(result, sizeof *result), result->value };
    wire_add(out, WIRE_REPLY, request, parts, G_N_ELEMENTS(parts));
}

/* Let `part` point to its bytes at `*at` of the body. */
static bool point_into(struct cs_bytes body, size_t *at, struct cs_bytes *part)
{
    cs_assert(*at <= body.size);
    if (part->size > body.size - *at)
        return false;
    part->data = (const uint8_t *)body.data + *at;
    *at += part->size;
    return true;
}

bool wire_get_request(struct cs_bytes body, struct cs_op *ret_op)
{
    struct cs_op op;
    size_t at = sizeof op;
    if (body.size < sizeof op)
        return false;
    memcpy(&op, body.data, sizeof op);
    bool good = point_into(body, &at, &op.key) && point_into(body, &at, &op.value) &&
                point_into(body, &at, &op.expected) && at == body.size;
    op.parts = NULL;
    if (good)
        *ret_op = op;
    return good;
}

bool wire_get_reply(struct cs_bytes body, struct cs_result *ret_result)
{
    struct cs_result result;
    size_t at = sizeof result;
    if (body.size < sizeof result)
        return false;
    memcpy(&result, body.data, sizeof result);
    bool good = point_into(body, &at, &result.value) && at == body.size;
    result.parts = NULL;
    if (good)
        *ret_result = result;
    return good;
}

bool wire_peek(struct cs_bytes bytes, struct wire_head *ret_head, struct cs_bytes *ret_body)
{
    struct wire_head head;
    if (bytes.size < sizeof head)
        return false;
    memcpy(&head, bytes.data, sizeof head);
    if (bytes.size - sizeof head < head.size)
        return false;
    *ret_head = head;
    *ret_body = cs_bytes_of((const uint8_t *)bytes.data + sizeof head, head.size);
    return true;
}

struct sockaddr_in wire_address(uint32_t port_base, uint32_t index)
{
    cs_assert(port_base + index <= UINT16_MAX);
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)(port_base + index)),
        .sin_addr = { htonl(INADDR_LOOPBACK) },
    };
}
