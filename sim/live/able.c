#include "live/able.h"

#include "base/distribution.h"

#define NEEDS_NETWORK "the loopback interface neither delays, holds nor loses messages"
#define NEEDS_DISK    "a file is not made to fail"

static bool waits_for_step(const struct fault_options *fault)
{
    const struct fault_draw *effects = &fault->amounts[AMOUNT_EFFECTS];
    return (int64_t)distribution_min(&effects->distribution) + effects->shift > 0;
}

const char *able_obstacle(const struct fault_options *fault)
{
    switch (fault->kind) {
    case FAULT_CRASH:
        return waits_for_step(fault) ? "a process is not killed between two effects" : NULL;
    case FAULT_STOP:
    case FAULT_PAUSE:
    case FAULT_PARTITION:
    case FAULT_RING:
    case FAULT_BLOCK:
    case FAULT_ADD:
    case FAULT_REMOVE:
    case FAULT_ROLLING_RESTART:
        return NULL;
    case FAULT_POWER_LOSS:
        return "the kernel keeps what a killed process has written";
    case FAULT_SLOW_CPU:
        return "the machine's processors are shared";
    case FAULT_CLOCK:
        return "the machine has one clock";
    case FAULT_CLOG:
    case FAULT_CLOG_LINK:
    case FAULT_PACKETS:
    case FAULT_SWIZZLE:
        return NEEDS_NETWORK;
    case FAULT_SLOW_DISK:
    case FAULT_STALLED_DISK:
    case FAULT_FAILING_DISK:
    case FAULT_FAILING_FLUSH:
    case FAULT_LYING_DISK:
    case FAULT_FULL_DISK:
    case FAULT_DEAD_DISK:
    case FAULT_REPLACED_DISK:
    case FAULT_BIT_ROT:
    case FAULT_BAD_SECTORS:
        return NEEDS_DISK;
    case FAULT_KIND_COUNT:
        break;
    }
    cs_assert(false && "no such fault");
    return NULL;
}
