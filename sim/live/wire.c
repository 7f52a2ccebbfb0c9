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
uint64_t wire_cpu_ns(void) { return clock_ns(CLOCK_THREAD_CPUTIME_ID); }

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

/* Pointers mean nothing elsewhere, and would make equal operations differ. */
static void append_op(GByteArray *out, const struct cs_op *op)
{
    struct cs_op bare = *op;
    bare.key.data = bare.value.data = bare.expected.data = NULL;
    bare.parts = NULL;
    const struct cs_bytes parts[] = { cs_bytes_of(&bare, sizeof bare), op->key, op->value,
                                      op->expected };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].size > 0)
            g_byte_array_append(out, parts[i].data, (guint)parts[i].size);
    }
}

void wire_add_request(GByteArray *out, cs_request request, const struct cs_op *op)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    append_op(bytes, op);
    for (size_t i = 0; i < op->part_count; i++) {
        cs_assert(op->parts[i].part_count == 0);
        append_op(bytes, &op->parts[i]);
    }
    const struct cs_bytes part = cs_bytes_of(bytes->data, bytes->len);
    wire_add(out, WIRE_REQUEST, request, &part, 1);
}

static void append_result(GByteArray *out, const struct cs_result *result)
{
    struct cs_result bare = *result;
    bare.value.data = NULL;
    bare.parts = NULL;
    g_byte_array_append(out, (const guint8 *)&bare, sizeof bare);
    if (result->value.size > 0)
        g_byte_array_append(out, result->value.data, (guint)result->value.size);
}

void wire_add_reply(GByteArray *out, cs_request request, const struct cs_result *result)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    append_result(bytes, result);
    for (size_t i = 0; i < result->part_count; i++) {
        cs_assert(result->parts[i].part_count == 0);
        append_result(bytes, &result->parts[i]);
    }
    const struct cs_bytes part = cs_bytes_of(bytes->data, bytes->len);
    wire_add(out, WIRE_REPLY, request, &part, 1);
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

static bool take_op(struct cs_bytes body, size_t *at, struct cs_op *ret_op)
{
    struct cs_bytes head = { NULL, sizeof *ret_op };
    if (!point_into(body, at, &head))
        return false;
    memcpy(ret_op, head.data, sizeof *ret_op);
    ret_op->parts = NULL;
    return (unsigned)ret_op->kind < CS_OP_COUNT && point_into(body, at, &ret_op->key) &&
           point_into(body, at, &ret_op->value) && point_into(body, at, &ret_op->expected);
}

/* The operation, its parts behind it. */
static bool take_ops(struct cs_bytes body, struct cs_op *ops, size_t part_count)
{
    size_t at = 0;
    bool good = true;
    for (size_t i = 0; i <= part_count && good; i++)
        good = take_op(body, &at, &ops[i]) && (i == 0 || ops[i].part_count == 0);
    ops[0].parts = part_count > 0 ? ops + 1 : NULL;
    return good && at == body.size;
}

struct cs_op *wire_get_request(struct cs_bytes body)
{
    struct cs_op whole;
    size_t at = 0;
    if (!take_op(body, &at, &whole) || whole.part_count > body.size / sizeof whole)
        return NULL;
    struct cs_op *ops = g_new0(struct cs_op, whole.part_count + 1);
    if (take_ops(body, ops, whole.part_count))
        return ops;
    g_free(ops);
    return NULL;
}

static bool take_result(struct cs_bytes body, size_t *at, struct cs_result *ret_result)
{
    struct cs_bytes head = { NULL, sizeof *ret_result };
    if (!point_into(body, at, &head))
        return false;
    memcpy(ret_result, head.data, sizeof *ret_result);
    ret_result->parts = NULL;
    return (unsigned)ret_result->status < CS_STATUS_COUNT &&
           point_into(body, at, &ret_result->value);
}

static bool take_results(struct cs_bytes body, struct cs_result *results, size_t part_count)
{
    size_t at = 0;
    bool good = true;
    for (size_t i = 0; i <= part_count && good; i++)
        good = take_result(body, &at, &results[i]) && (i == 0 || results[i].part_count == 0);
    results[0].parts = part_count > 0 ? results + 1 : NULL;
    return good && at == body.size;
}

struct cs_result *wire_get_reply(struct cs_bytes body)
{
    struct cs_result whole;
    size_t at = 0;
    if (!take_result(body, &at, &whole) || whole.part_count > body.size / sizeof whole)
        return NULL;
    struct cs_result *results = g_new0(struct cs_result, whole.part_count + 1);
    if (take_results(body, results, whole.part_count))
        return results;
    g_free(results);
    return NULL;
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
