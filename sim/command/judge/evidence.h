/* The picture of a history that is not linearizable, of a run or of a file. */
#ifndef COMMAND_EVIDENCE_H
#define COMMAND_EVIDENCE_H
#include "command/simulate.h"
#include "report/picture.h"
#include "verify/linear_history.h"

/* Of the window of an illegal report, with the faults that were active.  The caller frees it. */
struct picture *evidence_picture(const struct simulation *simulation,
                                 const struct linear_history *linear,
                                 const struct linear_report *report);

#endif
