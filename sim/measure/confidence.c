#include "measure/confidence.h"

#include "clustersim/protocol.h"

#define ONE_PPB UINT64_C(1000000000)

enum { HALVINGS = 60, LOG_MIN = -700 };

/* P(X <= failures) of a binomial distribution, its terms kept as logarithms. */
static double at_most(uint64_t failures, uint64_t runs, double p)
{
    double log_odds = cs_math_log(p) - cs_math_log(1 - p);
    double log_term = (double)runs * cs_math_log(1 - p), sum = 0;
    for (uint64_t i = 0;; i++) {
        if (log_term > LOG_MIN)
            sum += cs_math_exp(log_term);
        if (i == failures)
            return sum;
        log_term += cs_math_log((double)(runs - i)) - cs_math_log((double)(i + 1)) + log_odds;
    }
}

uint64_t confidence_upper_ppb(uint64_t failures, uint64_t runs, double confidence)
{
    cs_assert(failures <= runs);
    cs_assert(confidence > 0 && confidence < 1);
    if (failures == runs)
        return ONE_PPB;
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = low + (high - low) / 2;
        if (middle <= 0 || middle >= 1)
            break;
        if (at_most(failures, runs, middle) > 1 - confidence) {
            low = middle;
        } else {
            high = middle;
        }
    }
    double ppb = high * (double)ONE_PPB;
    uint64_t whole = (uint64_t)ppb;
    uint64_t rounded = whole + ((double)whole < ppb);
    return rounded < ONE_PPB ? rounded : ONE_PPB;
}
