/* A finding: something that went wrong in a run, or could not be told.  Findings are the product.
 */
#ifndef REPORT_FINDING_H
#define REPORT_FINDING_H
#include "scenario/plan.h"

struct finding {
    const char *check;    /* an oracle's name, "liveness", "stopped", "fault", "events", … */
    enum verdict verdict; /* of the run, if this were all */
    char *detail;         /* one sentence */
    uint64_t at_ns;       /* UINT64_MAX if it has no time */
    char *evidence;       /* a file in the run's folder, or NULL */
};

#endif
