/* Whether the tables that somebody else's code offers can be worked with: who writes a plug-in is
 * told what is wrong with them before anything runs, and nothing behind here looks again. */
#ifndef HOST_OFFER_H
#define HOST_OFFER_H
#include <stdbool.h>

#include "clustersim/protocol.h"

/* True if these protocols, NULL-terminated, can be used.  Else `fault`, empty before, is the end of
 * a sentence that says why not: of the first mistake. */
bool offer_is_sound(const struct cs_protocol *const *protocols, struct cs_text *fault);

#endif
