/* The Zipf distribution by its cumulated weights.
 *
 * A draw is the first rank whose cumulated weight is above a uniform number.  A guide table (Chen,
 * Asau, "On Generating Random Variates from an Empirical Distribution", AIIE Transactions 6, 1974)
 * with at least as many entries as ranks says between which ranks to look: two on average, so a
 * draw costs O(1), and never more than a binary search. */
#include <stdlib.h>

#include "base/distribution.h"
#include "base/fixed.h"
#include "base/wide.h"
#include "clustersim/protocol.h"

#define THETA_MAX    8.0
#define WEIGHT_FIRST (UINT64_C(1) << 62) /* of rank 0 */

struct zipf {
    uint32_t count;
    unsigned guide_shift; /* bits >> guide_shift is the guide's entry */
    uint64_t *cumulated;  /* by rank, its own weight included; below 2^63 in all */
    uint32_t *guide; /* the first rank that bits of this entry can mean, one entry more: the last */
};

static uint64_t weight(uint32_t rank, fixed32 theta)
{
    wide exponent = (wide)fixed_log2((uint64_t)rank + 1) * theta >> 32;
    return fixed_scale_exp2(WEIGHT_FIRST, -(int64_t)exponent);
}

/* By how much the weights must be shifted for their sum to stay below 2^63. */
static unsigned weight_shift(uint32_t count, fixed32 theta)
{
    wide sum = 0;
    unsigned shift = 0;
    for (uint32_t rank = 0; rank < count; rank++)
        sum += weight(rank, theta);
    while (sum >> shift >> 63 != 0)
        shift++;
    return shift;
}

static void cumulate(struct zipf *zipf, fixed32 theta)
{
    unsigned shift = weight_shift(zipf->count, theta);
    wide sum = 0;
    for (uint32_t rank = 0; rank < zipf->count; rank++) {
        sum += weight(rank, theta);
        zipf->cumulated[rank] = (uint64_t)(sum >> shift);
    }
    cs_assert(zipf->cumulated[zipf->count - 1] > 0);
}

/* The uniform number, below the sum of all weights, that `bits` stand for. */
static uint64_t target(const struct zipf *zipf, uint64_t bits)
{
    return random_scale(bits, zipf->cumulated[zipf->count - 1]);
}

static void make_guide(struct zipf *zipf, size_t entries)
{
    uint32_t rank = 0;
    for (size_t entry = 0; entry < entries; entry++) {
        uint64_t least = target(zipf, (uint64_t)entry << zipf->guide_shift);
        while (zipf->cumulated[rank] <= least)
            rank++;
        zipf->guide[entry] = rank;
    }
    zipf->guide[entries] = zipf->count - 1;
}

struct zipf *zipf_new(uint32_t count, double theta)
{
    cs_assert(count > 0);
    cs_assert(theta >= 0);
    cs_assert(theta <= THETA_MAX);

    unsigned guide_bits = 1;
    while (UINT64_C(1) << guide_bits < count)
        guide_bits++;
    size_t entries = (size_t)1 << guide_bits;

    struct zipf *zipf = calloc(1, sizeof(*zipf));
    cs_assert(zipf != NULL);
    zipf->count = count;
    zipf->guide_shift = 64 - guide_bits;
    zipf->cumulated = calloc(count, sizeof(*zipf->cumulated));
    zipf->guide = calloc(entries + 1, sizeof(*zipf->guide));
    cs_assert(zipf->cumulated != NULL);
    cs_assert(zipf->guide != NULL);
    cumulate(zipf, (fixed32)(theta * 0x1p32 + 0.5));
    make_guide(zipf, entries);
    return zipf;
}

void zipf_free(struct zipf *zipf)
{
    if (zipf == NULL)
        return;
    free(zipf->cumulated);
    free(zipf->guide);
    free(zipf);
}

uint32_t zipf_rank(const struct zipf *zipf, uint64_t bits)
{
    size_t entry = bits >> zipf->guide_shift;
    uint64_t wanted = target(zipf, bits);
    uint32_t low = zipf->guide[entry];
    uint32_t high = zipf->guide[entry + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zipf->cumulated[middle] > wanted) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    cs_assert(low < zipf->count);
    return low;
}
