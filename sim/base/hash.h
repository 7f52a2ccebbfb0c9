/* Hashes: XXH3 of bytes and names, for the digest, for stream names and for comparing contents.
 * Never a lookup order that anything iterates. */
#ifndef BASE_HASH_H
#define BASE_HASH_H
#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *data, size_t size);
uint64_t hash_string(const char *string);

/* A running hash of 64 bits whose value depends on the bytes only, not on how they were cut. */
struct hash_state;
struct hash_state *hash_state_new(void);
void hash_state_free(struct hash_state *state);
void hash_state_reset(struct hash_state *state);
void hash_state_add(struct hash_state *state, const void *data, size_t size);
uint64_t hash_state_value(const struct hash_state *state);

#endif
