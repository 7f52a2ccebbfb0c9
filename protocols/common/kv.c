#include "common/kv.h"

#include <string.h>

/* One allocation: the key, then room for the value. */
struct kv_entry {
    struct kv_entry *next;
    uint64_t hash;
    uint32_t key_size;
    uint32_t value_size;
    uint32_t value_capacity;
    uint32_t value_crc; /* of the value alone: an append goes on from it */
    uint8_t bytes[];
};

enum { KV_BUCKETS_FIRST = 64 };

_Static_assert(KV_VALUE_MAX + 64 <= STATE_MACHINE_RESULT_MAX, "every result fits");

/* FNV-1a over the key, then SplitMix64's finalizer, because FNV's low bits are weak for short keys
 * that differ in the last byte. */
static uint64_t hash_of(struct cs_bytes key)
{
    const uint8_t *bytes = key.data;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < key.size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    hash = (hash ^ (hash >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ (hash >> 27)) * UINT64_C(0x94d049bb133111eb);
    return hash ^ (hash >> 31);
}

static struct cs_bytes value_of(const struct kv_entry *entry)
{
    return cs_bytes_of(entry->bytes + entry->key_size, entry->value_size);
}

static bool equal(struct cs_bytes a, struct cs_bytes b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* What an entry adds to the digest of the state: a sum, so that no order of the entries matters. */
static uint64_t share_of(const struct kv_entry *entry)
{
    uint64_t share = entry->hash ^ ((uint64_t)entry->value_crc << 32 | entry->value_size);
    share = (share ^ (share >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    share = (share ^ (share >> 27)) * UINT64_C(0x94d049bb133111eb);
    return share ^ (share >> 31);
}

/* The link that points to the entry of `key`, or to the NULL at the end of its chain. */
static struct kv_entry **find(const struct kv *kv, struct cs_bytes key, uint64_t hash)
{
    cs_assert(kv->bucket_count > 0);
    struct kv_entry **link = &kv->buckets[hash & (kv->bucket_count - 1)];
    while (*link != NULL) {
        const struct kv_entry *entry = *link;
        if (entry->hash == hash && equal(cs_bytes_of(entry->bytes, entry->key_size), key))
            return link;
        link = &(*link)->next;
    }
    return link;
}

static void grow(struct kv *kv, struct cs_context *cx)
{
    size_t count = kv->bucket_count * 2;
    struct kv_entry **buckets = cs_alloc(cx, count * sizeof(struct kv_entry *));
    for (size_t i = 0; i < kv->bucket_count; i++) {
        struct kv_entry *entry = kv->buckets[i];
        while (entry != NULL) {
            struct kv_entry *next = entry->next;
            struct kv_entry **head = &buckets[entry->hash & (count - 1)];
            entry->next = *head;
            *head = entry;
            entry = next;
        }
    }
    cs_release(cx, kv->buckets);
    kv->buckets = buckets;
    kv->bucket_count = count;
}

/* Of `head` and `tail` one after the other; `head` may be the value that `present` has. */
static uint32_t crc_of(const struct kv_entry *present, struct cs_bytes head, struct cs_bytes tail)
{
    bool grows = present != NULL && head.size > 0 && head.data == value_of(present).data;
    cs_assert(!grows || head.size == present->value_size);
    return cs_crc32c(grows ? present->value_crc : cs_crc32c(0, head), tail);
}

/* Make the value of `key` the bytes of `head` and `tail` one after the other; `head` may be the
 * present value itself. */
static void set(struct kv *kv, struct cs_context *cx, struct cs_bytes key, struct cs_bytes head,
                struct cs_bytes tail)
{
    uint64_t hash = hash_of(key);
    struct kv_entry **link = find(kv, key, hash);
    size_t size = head.size + tail.size;
    cs_assert(size <= KV_VALUE_MAX);
    uint32_t value_crc = crc_of(*link, head, tail);
    if (*link != NULL)
        kv->digest -= share_of(*link);

    if (*link != NULL && (*link)->value_capacity >= size) {
        struct kv_entry *entry = *link;
        uint8_t *value = entry->bytes + entry->key_size;
        if (head.size > 0)
            memmove(value, head.data, head.size);
        if (tail.size > 0)
            memcpy(value + head.size, tail.data, tail.size);
        entry->value_size = (uint32_t)size;
        entry->value_crc = value_crc;
        kv->digest += share_of(entry);
        return;
    }

    size_t capacity = *link == NULL ? size : size * 2;
    struct kv_entry *entry = cs_alloc(cx, sizeof *entry + key.size + capacity);
    entry->hash = hash;
    entry->key_size = (uint32_t)key.size;
    entry->value_size = (uint32_t)size;
    entry->value_capacity = (uint32_t)capacity;
    entry->value_crc = value_crc;
    kv->digest += share_of(entry);
    if (key.size > 0)
        memcpy(entry->bytes, key.data, key.size);
    if (head.size > 0)
        memcpy(entry->bytes + key.size, head.data, head.size);
    if (tail.size > 0)
        memcpy(entry->bytes + key.size + head.size, tail.data, tail.size);

    struct kv_entry *replaced = *link;
    entry->next = replaced != NULL ? replaced->next : NULL;
    *link = entry;
    cs_release(cx, replaced);
    if (replaced == NULL && ++kv->entry_count > kv->bucket_count)
        grow(kv, cx);
}

static bool erase(struct kv *kv, struct cs_context *cx, struct cs_bytes key)
{
    struct kv_entry **link = find(kv, key, hash_of(key));
    struct kv_entry *entry = *link;
    if (entry == NULL)
        return false;
    *link = entry->next;
    kv->digest -= share_of(entry);
    cs_release(cx, entry);
    cs_assert(kv->entry_count > 0);
    kv->entry_count--;
    return true;
}

/* The value of `key`, empty if there is none. */
static struct cs_bytes get(const struct kv *kv, struct cs_bytes key, bool *ret_present)
{
    const struct kv_entry *entry = *find(kv, key, hash_of(key));
    *ret_present = entry != NULL;
    return entry != NULL ? value_of(entry) : cs_bytes_of(NULL, 0);
}

void kv_init(void *state, struct cs_context *cx)
{
    struct kv *kv = state;
    kv->bucket_count = KV_BUCKETS_FIRST;
    kv->buckets = cs_alloc(cx, kv->bucket_count * sizeof(struct kv_entry *));
}

static struct cs_result carry_out(struct kv *kv, struct cs_context *cx, const struct cs_op *op)
{
    const struct cs_bytes none = cs_bytes_of(NULL, 0);
    struct cs_result result = { .status = CS_OK };
    if (op->key.size > KV_KEY_MAX || op->value.size > KV_VALUE_MAX)
        return (struct cs_result){ .status = CS_REFUSED };

    bool present;
    struct cs_bytes value = get(kv, op->key, &present);
    switch (op->kind) {
    case CS_OP_GET:
        result.present = present;
        result.value = value;
        break;
    case CS_OP_PUT:
        set(kv, cx, op->key, op->value, none);
        break;
    case CS_OP_DELETE:
        result.applied = erase(kv, cx, op->key);
        break;
    case CS_OP_CAS:
        result.applied = equal(value, op->expected);
        if (result.applied)
            set(kv, cx, op->key, op->value, none);
        break;
    case CS_OP_APPEND:
        if (value.size + op->value.size > KV_VALUE_MAX)
            return (struct cs_result){ .status = CS_REFUSED };
        set(kv, cx, op->key, value, op->value);
        break;
    case CS_OP_SCAN:
    case CS_OP_TXN:
    case CS_OP_ACQUIRE:
    case CS_OP_RELEASE:
    case CS_OP_READ_BLOCK:
    case CS_OP_WRITE_BLOCK:
    case CS_OP_WORK:
    case CS_OP_ADD_MEMBER:
    case CS_OP_REMOVE_MEMBER:
    case CS_OP_PROMOTE_MEMBER:
    case CS_OP_TRANSFER_LEADERSHIP:
    case CS_OP_SNAPSHOT:
    case CS_OP_COUNT:
        result.status = CS_REFUSED;
        break;
    }
    return result;
}

void kv_apply(void *state, struct cs_context *cx, const struct state_machine_place *place,
              struct cs_bytes command, struct wire_writer *result)
{
    struct kv *kv = state;
    struct cs_result answer = { .status = CS_REFUSED };
    struct cs_op op;
    kv->index = place->index;
    if (op_get(command, &op))
        answer = carry_out(kv, cx, &op);
    answer.number = kv->index + 1;
    result_put(result, &answer);
}

void kv_query(const void *state, struct cs_bytes query, struct wire_writer *result)
{
    const struct kv *kv = state;
    struct cs_result answer = { .status = CS_REFUSED };
    struct cs_op op;
    if (op_get(query, &op) && op.kind == CS_OP_GET) {
        answer.status = CS_OK;
        answer.value = get(kv, op.key, &answer.present);
        answer.number = kv->index + 1;
    }
    result_put(result, &answer);
}

uint64_t kv_digest(const void *state)
{
    const struct kv *kv = state;
    return kv->digest;
}

/* One bucket a part: its place does not matter to whoever loads it. */
bool kv_save(const void *state, uint64_t *cursor, struct wire_writer *part)
{
    const struct kv *kv = state;
    while (*cursor > 0 && *cursor <= kv->bucket_count && kv->buckets[*cursor - 1] == NULL)
        ++*cursor;
    if (*cursor > kv->bucket_count)
        return false;
    wire_put_u64(part, kv->index);
    const struct kv_entry *entry = *cursor > 0 ? kv->buckets[*cursor - 1] : NULL;
    for (; entry != NULL; entry = entry->next) {
        wire_put_bytes(part, cs_bytes_of(entry->bytes, entry->key_size));
        wire_put_bytes(part, value_of(entry));
    }
    ++*cursor;
    return true;
}

bool kv_load(void *state, struct cs_context *cx, struct cs_bytes part)
{
    struct kv *kv = state;
    struct wire_reader reader = wire_reader_on(part);
    kv->index = wire_get_u64(&reader);
    while (!reader.bad && reader.size > 0) {
        struct cs_bytes key = wire_get_bytes(&reader);
        struct cs_bytes value = wire_get_bytes(&reader);
        if (reader.bad || key.size > KV_KEY_MAX || value.size > KV_VALUE_MAX)
            return false;
        set(kv, cx, key, value, cs_bytes_of(NULL, 0));
    }
    return wire_end(&reader);
}
