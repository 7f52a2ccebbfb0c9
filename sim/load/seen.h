/* What one client last saw under its keys, to compare and set against.
 *
 * A table of a fixed size, each key with one place that it may share with others: the last one seen
 * has it.  The keys of the lowest ranks, which a Zipf choice asks for most, share none among
 * themselves. */
#ifndef LOAD_SEEN_H
#define LOAD_SEEN_H
#include <stdint.h>

#include "clustersim/protocol.h"

enum { SEEN_MAX = 1024 };

struct seen;
struct seen *seen_new(uint32_t key_count);
void seen_free(struct seen *seen);

void seen_set(struct seen *seen, uint32_t rank, struct cs_bytes value); /* copied */
void seen_forget(struct seen *seen, uint32_t rank);
/* Empty if nothing is known.  Valid until the next change. */
struct cs_bytes seen_get(const struct seen *seen, uint32_t rank);

#endif
