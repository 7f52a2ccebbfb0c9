/* Canonical's C Raft, unmodified from Debian's libraft-dev, as a protocol of this contract.  A
 * plug-in: it is built only where that package is installed. */
#ifndef LIBRAFT_PROTOCOL_H
#define LIBRAFT_PROTOCOL_H
#include "clustersim/protocol.h"

extern const struct cs_protocol libraft_protocol;

#endif
