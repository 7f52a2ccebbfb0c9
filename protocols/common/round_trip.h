/* How long to wait for an answer before asking again: RFC 6298, "Computing TCP's Retransmission
 * Timer", in whole nanoseconds.
 *
 * The caller keeps to Karn's rule (section 3): an answer to what was sent more than once is not
 * measured, since nobody knows which copy it answers. */
#ifndef COMMON_ROUND_TRIP_H
#define COMMON_ROUND_TRIP_H
#include "clustersim/protocol.h"

struct round_trip {
    cs_duration min, max; /* of the timeout */
    cs_duration timeout;  /* RTO: how long to wait now */
    cs_duration smoothed; /* SRTT; 0: nothing is measured yet */
    cs_duration varied;   /* RTTVAR */
};

/* Forget all measurements.  Requires 0 < min <= first <= max. */
void round_trip_init(struct round_trip *round, cs_duration first, cs_duration min, cs_duration max);

/* An answer came `took` after the question: section 2.2 and 2.3.  Ends what back_off did. */
void round_trip_measured(struct round_trip *round, cs_duration took);

/* None came in time: twice as long the next time, up to the maximum; section 5.5. */
void round_trip_back_off(struct round_trip *round);

#endif
