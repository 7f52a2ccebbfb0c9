/* What pending writes have replaced: for each, in order, the bytes that were there before it.
 *
 * A volume's image always shows the newest content.  Taking pieces back from the last to the first
 * gives every version that a sector has had since it was last durable; making a write durable is to
 * forget its pieces, which are the first ones.  Both ends move within two arrays that are compacted
 * when they would grow, so that a steady stream of writes and flushes allocates nothing. */
#ifndef MODEL_PENDING_H
#define MODEL_PENDING_H
#include <stddef.h>
#include <stdint.h>

struct pending_piece {
    uint64_t write;  /* the number of the write or discard that it belongs to */
    uint64_t offset; /* in the volume */
    size_t size;     /* bytes, not 0 */
    uint64_t at;     /* of its bytes, counted from the first byte ever pushed */
};

struct pending {
    struct pending_piece *pieces; /* [first, end) are pending, in ascending order of `write` */
    size_t first, end, capacity;
    uint8_t *bytes; /* [byte_first, byte_end) are theirs, adjacent and in the same order */
    size_t byte_first, byte_end, byte_capacity;
    uint64_t byte_base; /* `at` of bytes[0] */
};

/* A zeroed struct is empty. */
void pending_done(struct pending *pending);
void pending_reset(struct pending *pending); /* forget all, keep the memory */

/* One more piece, of a write not below those before.  Returns room for its `size` bytes, valid
 * until the next push.  Requires size > 0. */
uint8_t *pending_push(struct pending *pending, uint64_t write, uint64_t offset, size_t size);

/* Forget the pieces of the writes up to `write`. */
void pending_forget(struct pending *pending, uint64_t write);

static inline size_t pending_count(const struct pending *pending)
{
    return pending->end - pending->first;
}

/* By index, the oldest first. */
const struct pending_piece *pending_piece(const struct pending *pending, size_t index);
uint8_t *pending_bytes(const struct pending *pending, const struct pending_piece *piece);

#endif
