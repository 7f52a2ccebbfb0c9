/* Whether one build of a program can run in another one's place: with the same values of parameters
 * and costs, the same volumes and the same groups.  What it does with them is its own affair, and
 * so is the size of its state. */
#ifndef HOST_FITS_H
#define HOST_FITS_H
#include <stdbool.h>

#include "clustersim/protocol.h"

/* True if `other` can take the place of `program`.  Else `difference`, empty before, is the end of
 * a sentence that says what is different first. */
bool program_fits(const struct cs_program *program, const struct cs_program *other,
                  struct cs_text *difference);

#endif
