#include "libraft/protocol.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED const struct cs_protocol *const *clustersim_plugin_1(void);

/* The library has one heap for the whole process.  Each step sets it anew, so that runs may follow
 * each other and even take turns; but what else the library keeps nobody here can tell. */
EXPORTED extern const char clustersim_plugin_keeps_state_1[];
const char clustersim_plugin_keeps_state_1[] = "raft_heap_set()";

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    static const struct cs_protocol *const protocols[] = { &libraft_protocol, NULL };
    return protocols;
}
