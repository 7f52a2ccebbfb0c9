#include "base/hash.h"

#include <string.h>

/* As a part of this file: most of what is hashed is so short that a call through the linkage table
 * and the choice by size cost more than the hash. */
#define XXH_INLINE_ALL
#define static_assert _Static_assert /* <assert.h> would be ours */
#include <xxhash.h>

#include "clustersim/protocol.h"

/* A hash_state is the library's own state under our name: it is never defined. */
static XXH3_state_t *library_state(struct hash_state *state) { return (XXH3_state_t *)state; }

uint64_t hash_bytes(const void *data, size_t size)
{
    cs_assert(data != NULL || size == 0);
    return XXH3_64bits(data, size);
}

uint64_t hash_string(const char *string)
{
    cs_assert(string != NULL);
    return XXH3_64bits(string, strlen(string));
}

struct hash_state *hash_state_new(void)
{
    struct hash_state *state = (struct hash_state *)XXH3_createState();
    cs_assert(state != NULL);
    hash_state_reset(state);
    return state;
}

void hash_state_free(struct hash_state *state) { XXH3_freeState(library_state(state)); }

void hash_state_reset(struct hash_state *state)
{
    XXH_errorcode code = XXH3_64bits_reset(library_state(state));
    cs_assert(code == XXH_OK);
}

void hash_state_add(struct hash_state *state, const void *data, size_t size)
{
    cs_assert(data != NULL || size == 0);
    if (size == 0)
        return;
    XXH_errorcode code = XXH3_64bits_update(library_state(state), data, size);
    cs_assert(code == XXH_OK);
}

uint64_t hash_state_value(const struct hash_state *state)
{
    return XXH3_64bits_digest((const XXH3_state_t *)state);
}
