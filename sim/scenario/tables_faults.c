/* The keys of "faults". */
#include "model/network.h"
#include "scenario/tables.h"

static const struct key selector_item = {
    .kind = KIND_SELECTOR,
    .help = "A node, a group, leader, one:ROLE, any, minority, majority, rest, fraction:F, "
            "region:R or rack:R; with several groups GROUP/SELECTOR.",
};
static const struct key selector_forms[] = {
    { .kind = KIND_SELECTOR, .help = "One selector." },
    { .kind = KIND_LIST, .item = &selector_item, .min = 1, .max = 1000, .help = "Several." },
    { 0 },
};

static const char *const loss_choices[] = { "keep", "lose-unsynced", "random", "torn-write", NULL };

#define TARGET .kind = KIND_EITHER, .item = selector_forms

static const struct key side_item = { TARGET, .help = "One side." };

static const struct key block_keys[] = {
    { .name = "from", TARGET, .flags = KEY_REQUIRED, .help = "Whose messages are blocked." },
    { .name = "to", TARGET, .flags = KEY_REQUIRED, .help = "Whom they do not reach." },
    { 0 },
};
static const struct format block_format = { .name = "block", .keys = block_keys };

static const struct key packets_keys[] = {
    { .name = "target",
      TARGET,
      .flags = KEY_REQUIRED,
      .help = "Whose messages, sent and received." },
    { .name = "loss", .kind = KIND_PROBABILITY, .fallback = "0", .help = "Share lost." },
    { .name = "duplicate", .kind = KIND_PROBABILITY, .fallback = "0", .help = "Share doubled." },
    { .name = "delay",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .fallback = "\"0s\"",
      .help = "Added to each message's delay." },
    { 0 },
};
static const struct format packets_format = { .name = "packets", .keys = packets_keys };

static const struct key slow_keys[] = {
    { .name = "target", TARGET, .flags = KEY_REQUIRED, .help = "Whose disks." },
    { .name = "factor",
      .kind = KIND_REAL,
      .flags = KEY_REQUIRED | KEY_POSITIVE,
      .max = 65535,
      .help = "Every latency is multiplied by it." },
    { 0 },
};
static const struct format slow_format = { .name = "slow-disk", .keys = slow_keys };

static const struct key jump_keys[] = {
    { .name = "node", TARGET, .flags = KEY_REQUIRED, .help = "Whose machine's clock." },
    { .name = "jump",
      .kind = KIND_SHIFT,
      .flags = KEY_REQUIRED,
      .help = "By how much the wall clock jumps: \"+250ms\", \"-1s\"." },
    { 0 },
};
static const struct format jump_format = { .name = "clock-fault", .keys = jump_keys };

static const struct key repeat_keys[] = {
    { .name = "every",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .flags = KEY_REQUIRED,
      .help = "From one firing to the next." },
    { .name = "count",
      .kind = KIND_NUMBER,
      .flags = KEY_ALTERNATIVE,
      .min = 1,
      .max = 1000000000,
      .help = "Firings in all." },
    { .name = "until",
      .kind = KIND_DURATION,
      .flags = KEY_ALTERNATIVE,
      .min = 1,
      .max = TABLE_TIME_MAX,
      .help = "No firing from then on." },
    { 0 },
};
static const struct format repeat_format = { .name = "repeat", .keys = repeat_keys };

static const struct key fault_keys[] = {
    { .name = "id",
      .kind = KIND_NAME,
      .help = "A name for it in results; by default its kind and its number." },
    { .name = "at",
      .kind = KIND_DURATION,
      .flags = KEY_REQUIRED,
      .max = TABLE_TIME_MAX,
      .help = "When it fires, counted from 0." },
    { .name = "for",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .word = "heal",
      .help =
          "How long it lasts; \"heal\": until the cluster is healed at the end.  A crash without "
          "it is for good." },
    { .name = "repeat", .kind = KIND_OBJECT, .format = &repeat_format, .help = "Fire again." },
    { .name = "crash",
      TARGET,
      .flags = KEY_ALTERNATIVE,
      .help = "The process ends; what it wrote stays, unless `disk` makes it a power loss." },
    { .name = "power-loss",
      TARGET,
      .flags = KEY_ALTERNATIVE,
      .help = "The machine goes down with all its instances; what was not flushed is at risk." },
    { .name = "disk",
      .kind = KIND_CHOICE,
      .choices = loss_choices,
      .help = "For a crash or a power loss: what becomes of writes that were not flushed; by "
              "default keep for a crash, lose-unsynced for a power loss." },
    { .name = "pause",
      TARGET,
      .flags = KEY_ALTERNATIVE,
      .help = "Nothing is executed; the clocks go on." },
    { .name = "partition",
      .kind = KIND_LIST,
      .item = &side_item,
      .flags = KEY_ALTERNATIVE,
      .min = 2,
      .max = NETWORK_SIDES_MAX - 1, /* one side is everybody else's */
      .example = "[\"minority\", \"rest\"]",
      .help = "Sides that cannot reach one another; who is on none reaches all." },
    { .name = "block",
      .kind = KIND_OBJECT,
      .format = &block_format,
      .flags = KEY_ALTERNATIVE,
      .help = "One direction is cut." },
    { .name = "packets",
      .kind = KIND_OBJECT,
      .format = &packets_format,
      .flags = KEY_ALTERNATIVE,
      .help = "The network serves some nodes badly." },
    { .name = "slow-disk",
      .kind = KIND_OBJECT,
      .format = &slow_format,
      .flags = KEY_ALTERNATIVE,
      .help = "Disks are slow." },
    { .name = "clock",
      .kind = KIND_OBJECT,
      .format = &jump_format,
      .flags = KEY_ALTERNATIVE,
      .help = "A wall clock jumps." },
    { .name = "on", .kind = KIND_UNSUPPORTED, .help = "Fire at an event." },
    { .name = "after", .kind = KIND_UNSUPPORTED, .help = "So long after the event." },
    { 0 },
};
static const struct format fault_format = { .name = "fault", .keys = fault_keys };
static const struct key fault_item = { .kind = KIND_OBJECT,
                                       .format = &fault_format,
                                       .help = "One fault, of exactly one kind." };

static const struct key faults_keys[] = {
    { .name = "timeline",
      .kind = KIND_LIST,
      .item = &fault_item,
      .fallback = "[]",
      .max = 100000,
      .example = "[{ \"at\": \"10s\", \"for\": \"2s\", \"crash\": \"leader\" }]",
      .help = "Faults placed by time." },
    { .name = "heal_at_end",
      .kind = KIND_FLAG,
      .fallback = "true",
      .help = "false: nothing heals at the end, as with \"heal\": \"none\"." },
    { .name = "nemesis", .kind = KIND_UNSUPPORTED, .help = "Faults drawn at random." },
    { 0 },
};
const struct format table_faults = { .name = "faults", .keys = faults_keys };
