/* The histogram: buckets that grow with the values, so that the relative error is bounded.
 *
 * Values below 2 * LINEAR have a bucket each.  Above, each power of two ("octave") is cut into
 * LINEAR buckets of equal width: a bucket's width is at most 1 / LINEAR of the values in it.  The
 * buckets of an octave are allocated when its first value comes.  A bucket stands for the highest
 * value that falls into it, or for the exact maximum if that is lower. */
#include "measure/histogram.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fixed.h"
#include "base/wide.h"
#include "clustersim/protocol.h"

enum {
    LINEAR_BITS = 7,
    LINEAR = 1 << LINEAR_BITS,
    VALUE_BITS = 62,
    OCTAVES = VALUE_BITS - LINEAR_BITS + 2, /* the first holds 0 to LINEAR - 1 */
    TICKS_PER_HALF = 5,                     /* rows of the percentile table, as HdrHistogram's */
};

#define VALUE_MAX (UINT64_C(1) << VALUE_BITS)
#define MILLION   UINT64_C(1000000)

struct histogram {
    uint64_t *octaves[OCTAVES]; /* LINEAR counts each, or NULL */
    uint64_t count;
    uint64_t min, max;
    wide sum;
};

struct histogram *histogram_new(void)
{
    struct histogram *histogram = calloc(1, sizeof *histogram);
    cs_assert(histogram != NULL);
    return histogram;
}

void histogram_free(struct histogram *histogram)
{
    if (histogram == NULL)
        return;
    for (unsigned octave = 0; octave < OCTAVES; octave++)
        free(histogram->octaves[octave]);
    free(histogram);
}

void histogram_reset(struct histogram *histogram)
{
    for (unsigned octave = 0; octave < OCTAVES; octave++) {
        if (histogram->octaves[octave] != NULL)
            memset(histogram->octaves[octave], 0, LINEAR * sizeof(uint64_t));
    }
    histogram->count = 0;
    histogram->min = 0;
    histogram->max = 0;
    histogram->sum = 0;
}

/* The octave of a value; *ret_bucket is its place in it. */
static unsigned octave_of(uint64_t value, unsigned *ret_bucket)
{
    if (value < LINEAR) {
        *ret_bucket = (unsigned)value;
        return 0;
    }
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - LINEAR_BITS;
    *ret_bucket = (unsigned)(value >> shift) - LINEAR;
    cs_assert(*ret_bucket < LINEAR);
    return shift + 1;
}

/* The lowest and the highest value of a bucket. */
static uint64_t bucket_low(unsigned octave, unsigned bucket)
{
    return octave == 0 ? bucket : (uint64_t)(LINEAR + bucket) << (octave - 1);
}

static uint64_t bucket_high(unsigned octave, unsigned bucket)
{
    uint64_t width = octave == 0 ? 1 : UINT64_C(1) << (octave - 1);
    return bucket_low(octave, bucket) + width - 1;
}

static uint64_t *octave_counts(struct histogram *histogram, unsigned octave)
{
    cs_assert(octave < OCTAVES);
    if (histogram->octaves[octave] == NULL) {
        histogram->octaves[octave] = calloc(LINEAR, sizeof(uint64_t));
        cs_assert(histogram->octaves[octave] != NULL);
    }
    return histogram->octaves[octave];
}

static void widen_range(struct histogram *histogram, uint64_t min, uint64_t max)
{
    cs_assert(min <= max);
    if (histogram->count == 0 || min < histogram->min)
        histogram->min = min;
    if (histogram->count == 0 || max > histogram->max)
        histogram->max = max;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    cs_assert(value <= VALUE_MAX);
    unsigned bucket;
    unsigned octave = octave_of(value, &bucket);
    octave_counts(histogram, octave)[bucket]++;
    widen_range(histogram, value, value);
    histogram->count++;
    histogram->sum += value;
}

uint64_t histogram_count(const struct histogram *histogram) { return histogram->count; }
uint64_t histogram_max(const struct histogram *histogram) { return histogram->max; }
uint64_t histogram_min(const struct histogram *histogram) { return histogram->min; }

uint64_t histogram_mean(const struct histogram *histogram)
{
    return histogram->count == 0 ? 0 : (uint64_t)(histogram->sum / histogram->count);
}

/* ---- Reading in ascending order ---------------------------------------------------------------
 */

/* A walk over the buckets that hold anything. */
struct walk {
    const struct histogram *histogram;
    unsigned octave, bucket;
    uint64_t value; /* that the present bucket stands for */
    uint64_t count; /* in it */
    uint64_t below; /* in it and all before it */
};

/* Go to the next bucket with a count; false at the end. */
static bool walk_next(struct walk *walk)
{
    const struct histogram *histogram = walk->histogram;
    for (; walk->octave < OCTAVES; walk->octave++, walk->bucket = 0) {
        const uint64_t *counts = histogram->octaves[walk->octave];
        while (counts != NULL && walk->bucket < LINEAR) {
            unsigned bucket = walk->bucket++;
            if (counts[bucket] == 0)
                continue;
            uint64_t high = bucket_high(walk->octave, bucket);
            walk->value = high < histogram->max ? high : histogram->max;
            walk->count = counts[bucket];
            walk->below += counts[bucket];
            return true;
        }
    }
    cs_assert(walk->below == histogram->count);
    return false;
}

/* Go on until at least `rank` values lie at or below walk->value. */
static void walk_to(struct walk *walk, uint64_t rank)
{
    cs_assert(rank <= walk->histogram->count);
    while (walk->below < rank) {
        bool more = walk_next(walk);
        cs_assert(more);
    }
}

uint64_t histogram_percentile(const struct histogram *histogram, uint32_t parts_per_million)
{
    cs_assert(parts_per_million <= MILLION);
    if (histogram->count == 0)
        return 0;
    wide rank = ((wide)histogram->count * parts_per_million + MILLION - 1) / MILLION;
    struct walk walk = { .histogram = histogram };
    walk_to(&walk, rank > 0 ? (uint64_t)rank : 1);
    return walk.value;
}

/* ---- The percentile table ---------------------------------------------------------------------
 */

/* The root of a sum of squares' mean.  Basic operations on doubles in a fixed order, then an
 * integer root. */
static uint64_t deviation(const struct histogram *histogram)
{
    if (histogram->count == 0)
        return 0;
    double mean = (double)histogram->sum / (double)histogram->count;
    double squares = 0;
    struct walk walk = { .histogram = histogram };
    while (walk_next(&walk)) {
        double distance = (double)walk.value - mean;
        squares += distance * distance * (double)walk.count;
    }
    double variance = squares / (double)histogram->count;
    unsigned halvings = 0; /* of the root */
    while (variance >= (double)VALUE_MAX) {
        variance /= 4;
        halvings++;
    }
    return fixed_sqrt((uint64_t)variance) << halvings;
}

/* value / unit with three decimals, rounded to the nearest, in 12 columns. */
static void write_value(FILE *file, uint64_t value, uint64_t unit)
{
    wide thousandths = ((wide)value * 1000 + unit / 2) / unit;
    fprintf(file, "%8" PRIu64 ".%03u", (uint64_t)(thousandths / 1000),
            (unsigned)(thousandths % 1000));
}

/* One row of the table, for the share of values 1 - tenths / (10 * 2^half). */
static void write_row(FILE *file, const struct walk *walk, uint64_t unit, unsigned half,
                      unsigned tenths)
{
    const uint64_t whole = UINT64_C(1000000000000);
    uint64_t rest = half < 40 ? tenths * (whole / 10) / (UINT64_C(1) << half) : 0;
    wide hundredths = (((wide)1000 << half) + tenths / 2) / tenths;
    write_value(file, walk->value, unit);
    fprintf(file, " %" PRIu64 ".%012" PRIu64 " %10" PRIu64 " %11" PRIu64 ".%02u\n",
            (whole - rest) / whole, (whole - rest) % whole, walk->below,
            (uint64_t)(hundredths / 100), (unsigned)(hundredths % 100));
}

static void write_rows(const struct histogram *histogram, uint64_t unit, FILE *file)
{
    const unsigned steps = 2 * TICKS_PER_HALF;
    struct walk walk = { .histogram = histogram };
    for (unsigned half = 0; walk.below < histogram->count; half++) {
        cs_assert(half < 64);
        for (unsigned tick = 0; tick < TICKS_PER_HALF && walk.below < histogram->count; tick++) {
            unsigned tenths = steps - tick;
            uint64_t above = (uint64_t)(((wide)histogram->count * tenths / steps) >> half);
            uint64_t rank = histogram->count - above;
            walk_to(&walk, rank > 0 ? rank : 1);
            write_row(file, &walk, unit, half, tenths);
        }
    }
    if (histogram->count > 0) {
        write_value(file, histogram->max, unit);
        fprintf(file, " 1.000000000000 %10" PRIu64 "            inf\n", histogram->count);
    }
}

void histogram_write(const struct histogram *histogram, uint64_t unit, FILE *file)
{
    cs_assert(unit > 0);
    fprintf(file, "       Value     Percentile TotalCount 1/(1-Percentile)\n\n");
    write_rows(histogram, unit, file);
    fprintf(file, "#[Mean    = ");
    write_value(file, histogram_mean(histogram), unit);
    fprintf(file, ", StdDeviation   = ");
    write_value(file, deviation(histogram), unit);
    fprintf(file, "]\n#[Max     = ");
    write_value(file, histogram->max, unit);
    fprintf(file, ", Total count    = %12" PRIu64 "]\n#[Buckets = %12d, SubBuckets     = %12d]\n",
            histogram->count, OCTAVES, LINEAR);
}
