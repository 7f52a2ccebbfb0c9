#include "libraft/protocol.h"

__attribute__((visibility("default"))) const struct cs_protocol *const *clustersim_plugin_1(void);

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    static const struct cs_protocol *const protocols[] = { &libraft_protocol, NULL };
    return protocols;
}
