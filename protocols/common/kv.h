/* A key-value store as a replicated state machine: get, put, delete, compare-and-set, append.
 *
 * A hash table with chains in the incarnation's arena.  The hash is fixed and nothing iterates the
 * table, so its order decides nothing.  An entry keeps room to grow, so that appending to a value
 * costs amortised time in what is appended. */
#ifndef COMMON_KV_H
#define COMMON_KV_H
#include "common/state_machine.h"

/* Longer keys and values are refused, so that every result fits a message. */
enum { KV_KEY_MAX = 1024, KV_VALUE_MAX = 48 * 1024 };

struct kv_entry; /* one key and its value */

struct kv {
    struct kv_entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t entry_count;
    uint64_t index;  /* of the last command that was applied */
    uint64_t digest; /* of the keys and their values; 0: there are none */
};

void kv_init(void *state, struct cs_context *cx);
void kv_apply(void *state, struct cs_context *cx, const struct state_machine_place *place,
              struct cs_bytes command, struct wire_writer *result);
void kv_query(const void *state, struct cs_bytes query, struct wire_writer *result);
uint64_t kv_digest(const void *state);
/* A part is u64 index, then for each entry bytes key, bytes value.  The first has no entries. */
bool kv_save(const void *state, uint64_t *cursor, struct wire_writer *part);
bool kv_load(void *state, struct cs_context *cx, struct cs_bytes part);

#endif
