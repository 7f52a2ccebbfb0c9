#include "model/image.h"

#include <stdlib.h>
#include <string.h>

#include "clustersim/protocol.h"

#define LEAF_BYTES ((uint64_t)IMAGE_PAGE_BYTES * IMAGE_LEAF_PAGES)

void image_reset(struct image *image)
{
    for (size_t i = 0; i < image->leaf_capacity; i++) {
        for (size_t j = 0; image->leaves[i] != NULL && j < IMAGE_LEAF_PAGES; j++)
            free(image->leaves[i]->pages[j]);
        free(image->leaves[i]);
    }
    free(image->leaves);
    *image = (struct image){ 0 };
}

/* The part of `size` bytes from `offset` on that lies in the first page. */
static size_t part_in_page(uint64_t offset, uint64_t size)
{
    size_t room = IMAGE_PAGE_BYTES - (size_t)(offset % IMAGE_PAGE_BYTES);
    return size < room ? (size_t)size : room;
}

static struct image_leaf *leaf_at(const struct image *image, uint64_t offset)
{
    uint64_t index = offset / LEAF_BYTES;
    return index < image->leaf_capacity ? image->leaves[index] : NULL;
}

static size_t page_index(uint64_t offset)
{
    return (size_t)(offset / IMAGE_PAGE_BYTES % IMAGE_LEAF_PAGES);
}

static uint8_t *page_at(const struct image *image, uint64_t offset)
{
    struct image_leaf *leaf = leaf_at(image, offset);
    return leaf == NULL ? NULL : leaf->pages[page_index(offset)];
}

static void grow_leaves(struct image *image, size_t needed)
{
    size_t capacity = image->leaf_capacity * 2 > needed ? image->leaf_capacity * 2 : needed;
    image->leaves = realloc(image->leaves, capacity * sizeof(struct image_leaf *));
    cs_assert(image->leaves != NULL);
    memset(image->leaves + image->leaf_capacity, 0,
           (capacity - image->leaf_capacity) * sizeof(struct image_leaf *));
    image->leaf_capacity = capacity;
}

/* The page of `offset`, made if it is not there. */
static uint8_t *page_for_writing(struct image *image, uint64_t offset)
{
    uint64_t index = offset / LEAF_BYTES;
    if (index >= image->leaf_capacity)
        grow_leaves(image, (size_t)index + 1);
    struct image_leaf **leaf = &image->leaves[index];
    if (*leaf == NULL) {
        *leaf = calloc(1, sizeof **leaf);
        cs_assert(*leaf != NULL);
    }
    uint8_t **page = &(*leaf)->pages[page_index(offset)];
    if (*page == NULL) {
        *page = calloc(1, IMAGE_PAGE_BYTES);
        cs_assert(*page != NULL);
        image->page_count++;
    }
    return *page;
}

void image_read(const struct image *image, uint64_t offset, void *ret_data, size_t size)
{
    cs_assert(size <= IMAGE_SIZE_MAX);
    cs_assert(offset <= IMAGE_SIZE_MAX - size);
    uint8_t *to = ret_data;
    while (size > 0) {
        size_t part = part_in_page(offset, size);
        const uint8_t *page = page_at(image, offset);
        if (page == NULL) {
            memset(to, 0, part);
        } else {
            memcpy(to, page + offset % IMAGE_PAGE_BYTES, part);
        }
        to += part;
        offset += part;
        size -= part;
    }
}

void image_write(struct image *image, uint64_t offset, const void *data, size_t size)
{
    cs_assert(size <= IMAGE_SIZE_MAX);
    cs_assert(offset <= IMAGE_SIZE_MAX - size);
    const uint8_t *from = data;
    while (size > 0) {
        size_t part = part_in_page(offset, size);
        memcpy(page_for_writing(image, offset) + offset % IMAGE_PAGE_BYTES, from, part);
        from += part;
        offset += part;
        size -= part;
    }
}

bool image_next(const struct image *image, uint64_t offset, uint64_t end, uint64_t *ret_offset,
                size_t *ret_size)
{
    uint64_t held_end = (uint64_t)image->leaf_capacity * LEAF_BYTES;
    if (end > held_end)
        end = held_end;
    while (offset < end) {
        const struct image_leaf *leaf = leaf_at(image, offset);
        if (leaf == NULL) {
            offset = (offset / LEAF_BYTES + 1) * LEAF_BYTES;
            continue;
        }
        size_t part = part_in_page(offset, end - offset);
        if (leaf->pages[page_index(offset)] != NULL) {
            *ret_offset = offset;
            *ret_size = part;
            return true;
        }
        offset += part;
    }
    return false;
}

void image_clear(struct image *image, uint64_t offset, uint64_t size)
{
    cs_assert(size <= IMAGE_SIZE_MAX);
    cs_assert(offset <= IMAGE_SIZE_MAX - size);
    uint64_t end = offset + size;
    size_t part;
    while (image_next(image, offset, end, &offset, &part)) {
        uint8_t **page = &leaf_at(image, offset)->pages[page_index(offset)];
        if (part < IMAGE_PAGE_BYTES) {
            memset(*page + offset % IMAGE_PAGE_BYTES, 0, part);
        } else {
            free(*page);
            *page = NULL;
            cs_assert(image->page_count > 0);
            image->page_count--;
        }
        offset += part;
    }
}

bool image_holds(const struct image *image, uint64_t offset, uint64_t size)
{
    uint64_t end = offset + size;
    while (offset < end) {
        if (page_at(image, offset) == NULL)
            return false;
        offset += part_in_page(offset, end - offset);
    }
    return true;
}

uint64_t image_end(const struct image *image)
{
    for (size_t i = image->leaf_capacity; i-- > 0;) {
        for (size_t j = IMAGE_LEAF_PAGES; image->leaves[i] != NULL && j-- > 0;) {
            if (image->leaves[i]->pages[j] != NULL)
                return i * LEAF_BYTES + (j + 1) * IMAGE_PAGE_BYTES;
        }
    }
    return 0;
}

const uint8_t *image_peek(const struct image *image, uint64_t offset)
{
    const uint8_t *page = page_at(image, offset);
    return page == NULL ? NULL : page + offset % IMAGE_PAGE_BYTES;
}
