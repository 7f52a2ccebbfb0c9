/* A plug-in that brings nothing. */
#include "clustersim/protocol.h"

const struct cs_protocol *const *clustersim_plugin_1(void);
const struct cs_protocol *const *clustersim_plugin_1(void) { return NULL; }
