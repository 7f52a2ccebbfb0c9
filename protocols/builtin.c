#include "builtin.h"

#include "echo/echo.h"
#include "mirror/mirror.h"
#include "raft/raft_protocol.h"

const struct cs_protocol *const builtin_protocols[] = {
    &echo_protocol,
    &mirror_protocol,
    &raft_protocol,
    NULL,
};
