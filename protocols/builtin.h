/* The protocols that are built in: a table written by hand. */
#ifndef PROTOCOLS_BUILTIN_H
#define PROTOCOLS_BUILTIN_H
#include "clustersim/protocol.h"

extern const struct cs_protocol *const builtin_protocols[]; /* NULL-terminated */

#endif
