/* What runs prove: bounds of a probability from how often something happened. */
#ifndef MEASURE_CONFIDENCE_H
#define MEASURE_CONFIDENCE_H
#include <stdint.h>

/* The upper end of the one-sided exact (Clopper-Pearson) interval: with a higher probability of
 * failure, `failures` or fewer of `runs` would be seen with a probability of at most
 * 1 - `confidence`.  In parts per 10^9, rounded up.  Clopper and Pearson, "The Use of Confidence or
 * Fiducial Limits Illustrated in the Case of the Binomial", 1934. */
uint64_t confidence_upper_ppb(uint64_t failures, uint64_t runs, double confidence);

#endif
