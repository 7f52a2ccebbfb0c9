/* A hash of bytes that knows how to join: the hash of two strings one after the other follows from
 * their hashes and the second one's size.  A polynomial modulo 2^61 - 1, so nothing for whoever
 * looks for collisions on purpose. */
#ifndef BASE_ROLLING_H
#define BASE_ROLLING_H
#include <stddef.h>
#include <stdint.h>

/* Below 2^61; 0 for no bytes at all. */
uint64_t rolling_hash(const void *data, size_t size);

/* The hash of what is behind `head`, followed by what is behind `tail`, `tail_size` bytes. */
uint64_t rolling_join(uint64_t head, uint64_t tail, uint64_t tail_size);

#endif
