/* A sparse array of bytes, zero where nothing was written: what a volume holds.
 *
 * A two-level table of 4 KiB pages that grows with the highest offset written, so that a large
 * volume that holds little costs little. */
#ifndef MODEL_IMAGE_H
#define MODEL_IMAGE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_PAGE_BYTES = 4096, IMAGE_LEAF_PAGES = 512 };

/* The end of the highest offset: 64 TiB. */
#define IMAGE_SIZE_MAX (UINT64_C(1) << 46)

struct image_leaf {
    uint8_t *pages[IMAGE_LEAF_PAGES]; /* NULL: zeros */
};

struct image {
    struct image_leaf **leaves; /* NULL: zeros */
    size_t leaf_capacity;
    size_t page_count; /* pages held */
};

/* A zeroed struct is an empty image. */
void image_reset(struct image *image); /* empty, and without memory */

void image_read(const struct image *image, uint64_t offset, void *ret_data, size_t size);
void image_write(struct image *image, uint64_t offset, const void *data, size_t size);

/* Zero a range; pages that lie in it as a whole are given back. */
void image_clear(struct image *image, uint64_t offset, uint64_t size);

/* The first part of [offset, end) that lies in one page that is held.  False if none is. */
bool image_next(const struct image *image, uint64_t offset, uint64_t end, uint64_t *ret_offset,
                size_t *ret_size);

/* Whether every byte of it lies in a page that is held. */
bool image_holds(const struct image *image, uint64_t offset, uint64_t size);

/* Behind the last page that is held; 0 if none is. */
uint64_t image_end(const struct image *image);

/* What is held at `offset`, up to the end of its page; NULL: zeros. */
const uint8_t *image_peek(const struct image *image, uint64_t offset);

#endif
