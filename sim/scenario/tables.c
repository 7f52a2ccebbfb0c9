/* Every key of the format, once. */
#include "scenario/format.h"
#include "verify/oracle.h"

#define NODES_MAX 1000000
#define YEARS_100 (INT64_C(100) * 365 * 86400 * 1000000000)

#define HELP_ID "A name for it in results; by default its kind and its number."

/* ---- Lists and alternatives that several keys share
 * -------------------------------------------- */

static const struct key name_item = { .kind = KIND_NAME, .help = "A name." };
static const struct key text_item = { .kind = KIND_TEXT, .help = "A text." };
static const struct key file_item = { .kind = KIND_TEXT,
                                      .help = "A shared object, relative to the scenario's file." };

static const struct key counted_keys[] = {
    { .name = "count",
      .kind = KIND_NUMBER,
      .flags = KEY_REQUIRED,
      .min = 1,
      .max = NODES_MAX,
      .help = "How many." },
    { .name = "prefix",
      .kind = KIND_NAME,
      .help = "What their names begin with, before a number from 1; by default the group's name "
              "and a dash." },
    { 0 },
};
static const struct format counted_format = { .name = "counted", .keys = counted_keys };

static const struct key names_forms[] = {
    { .kind = KIND_LIST,
      .item = &name_item,
      .min = 1,
      .max = NODES_MAX,
      .help = "Their names, in order." },
    { .kind = KIND_OBJECT,
      .format = &counted_format,
      .help = "How many, and what they are called." },
    { 0 },
};

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

/* ---- time
 * -------------------------------------------------------------------------------------- */

static const char *const heal_choices[] = { "all", "majority", "none", NULL };
static const char *const tie_choices[] = { "fifo", "random", NULL };

static const struct key time_keys[] = {
    { .name = "warmup",
      .kind = KIND_DURATION,
      .fallback = "\"0s\"",
      .max = YEARS_100,
      .help = "Measuring begins here." },
    { .name = "duration",
      .kind = KIND_DURATION,
      .flags = KEY_REQUIRED,
      .min = 1,
      .max = YEARS_100,
      .help = "Measuring and faults end here." },
    { .name = "settle",
      .kind = KIND_DURATION,
      .fallback = "\"10s\"",
      .max = YEARS_100,
      .help = "How long the healed cluster goes on, under load, to be judged for liveness." },
    { .name = "window",
      .kind = KIND_DURATION,
      .fallback = "\"1s\"",
      .min = 1000,
      .max = YEARS_100,
      .help = "The length of one row of the time series." },
    { .name = "max_events",
      .kind = KIND_NUMBER,
      .fallback = "1000000000",
      .min = 1,
      .max = INT64_C(1000000000000000),
      .help = "A run that handles more events is inconclusive." },
    { .name = "heal",
      .kind = KIND_CHOICE,
      .choices = heal_choices,
      .fallback = "\"all\"",
      .help = "What is healed at the end of the duration." },
    { .name = "tie_break",
      .kind = KIND_CHOICE,
      .choices = tie_choices,
      .fallback = "\"fifo\"",
      .help = "The order of events at equal times: as scheduled, or drawn from the seed to explore "
              "races." },
    { 0 },
};
static const struct format time_format = { .name = "time", .keys = time_keys };

/* ---- groups
 * ------------------------------------------------------------------------------------ */

static const struct key use_item = { .kind = KIND_TEXT, .help = "A group." };

static const struct key group_keys[] = {
    { .name = "program",
      .kind = KIND_TEXT,
      .flags = KEY_REQUIRED,
      .help =
          "What its instances run: a protocol for its server, PROTOCOL-ROLE for another role." },
    { .name = "nodes",
      .kind = KIND_EITHER,
      .item = names_forms,
      .flags = KEY_REQUIRED,
      .help = "Its instances; each has a machine of its own unless `on` says otherwise." },
    { .name = "copies",
      .kind = KIND_NUMBER,
      .min = 1,
      .max = 100000,
      .help = "Make GROUP-0, GROUP-1, … of this group; their nodes are called GROUP-0/NODE." },
    { .name = "config",
      .kind = KIND_CONFIG,
      .fallback = "{}",
      .help = "The program's parameters." },
    { .name = "uses",
      .kind = KIND_MAP,
      .item = &use_item,
      .fallback = "{}",
      .help = "For each name that the program uses, the group that it stands for." },
    { .name = "on",
      .kind = KIND_EITHER,
      .item = names_forms,
      .help = "Names of machines that the instances share, taken in turn." },
    { .name = "allowed_stops",
      .kind = KIND_LIST,
      .item = &text_item,
      .fallback = "[]",
      .max = 1000,
      .help = "Reasons for which a program may stop itself without a violation." },
    { .name = "build",
      .kind = KIND_UNSUPPORTED,
      .help = "Another build of the program for some nodes." },
    { .name = "restart",
      .kind = KIND_UNSUPPORTED,
      .help = "What happens when an instance stopped itself." },
    { 0 },
};
static const struct format group_format = { .name = "group", .keys = group_keys };
static const struct key group_item = { .kind = KIND_OBJECT,
                                       .format = &group_format,
                                       .help = "One group of instances." };

/* ---- topology
 * ---------------------------------------------------------------------------------- */

static const struct key rack_item = { .kind = KIND_LIST,
                                      .item = &text_item,
                                      .max = NODES_MAX,
                                      .help = "The nodes, groups and machines in this rack." };

static const struct key region_keys[] = {
    { .name = "racks",
      .kind = KIND_MAP,
      .item = &rack_item,
      .flags = KEY_REQUIRED | KEY_NAMES,
      .help = "The region's racks, by name." },
    { 0 },
};
static const struct format region_format = { .name = "region", .keys = region_keys };
static const struct key region_item = { .kind = KIND_OBJECT,
                                        .format = &region_format,
                                        .help = "One region." };

static const struct key clock_keys[] = {
    { .name = "offset",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_SHIFT,
      .fallback = "\"0s\"",
      .help = "How far the wall clock is ahead at the start; drawn once a machine." },
    { .name = "drift_ppm",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_PPM,
      .fallback = "0",
      .help = "How much too fast the clocks run, in millionths; drawn once a machine." },
    { 0 },
};
static const struct format clock_format = { .name = "clock", .keys = clock_keys };

static const struct key unit_item = { .kind = KIND_DURATION,
                                      .max = YEARS_100,
                                      .help = "What one unit costs." };

static const struct key cpu_keys[] = {
    { .name = "per_message",
      .kind = KIND_DURATION,
      .fallback = "\"5us\"",
      .max = YEARS_100,
      .help = "CPU time for each message handled." },
    { .name = "per_byte",
      .kind = KIND_FINE_DURATION,
      .fallback = "\"0ns\"",
      .help = "CPU time for each byte of a message." },
    { .name = "units",
      .kind = KIND_MAP,
      .item = &unit_item,
      .fallback = "{}",
      .help = "CPU time for each of the units that the program charges; 0 for those not named." },
    { .name = "queue",
      .kind = KIND_NUMBER,
      .fallback = "0",
      .max = UINT32_MAX,
      .help = "How many messages may wait; more are dropped.  0: no limit." },
    { .name = "cores",
      .kind = KIND_NUMBER,
      .fallback = "1",
      .min = 1,
      .max = 1 << 16,
      .help = "Cores for jobs." },
    { 0 },
};
static const struct format cpu_format = { .name = "cpu", .keys = cpu_keys };

static const char *const sector_choices[] = { "512B", "1KiB", "2KiB", "4KiB", NULL };
static const struct key volume_item = { .kind = KIND_SIZE, .min = 1, .help = "Its size." };

static const struct key disk_keys[] = {
    { .name = "read",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .fallback = "\"100us\"",
      .help = "Latency of a read." },
    { .name = "write",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .fallback = "\"30us\"",
      .help = "Latency of a write into the device's cache." },
    { .name = "fsync",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .fallback = "\"1ms\"",
      .help = "Latency of a flush." },
    { .name = "bandwidth",
      .kind = KIND_BANDWIDTH,
      .word = "unlimited",
      .fallback = "\"unlimited\"",
      .min = 8,
      .help = "Transfer rate of reads and writes." },
    { .name = "sector",
      .kind = KIND_CHOICE,
      .choices = sector_choices,
      .fallback = "\"512B\"",
      .help = "What is written atomically." },
    { .name = "volumes",
      .kind = KIND_MAP,
      .item = &volume_item,
      .fallback = "{}",
      .help = "Sizes of the program's volumes, where they differ from what it asks for." },
    { .name = "preset", .kind = KIND_UNSUPPORTED, .help = "A kind of device by name." },
    { 0 },
};
static const struct format disk_format = { .name = "disk", .keys = disk_keys };

static const struct key node_keys[] = {
    { .name = "clock",
      .kind = KIND_OBJECT,
      .format = &clock_format,
      .fallback = "{}",
      .help = "The machine's clocks." },
    { .name = "cpu",
      .kind = KIND_OBJECT,
      .format = &cpu_format,
      .fallback = "{}",
      .help = "What work costs." },
    { .name = "disk",
      .kind = KIND_OBJECT,
      .format = &disk_format,
      .fallback = "{}",
      .help = "Each of its volumes." },
    { .name = "nic", .kind = KIND_UNSUPPORTED, .help = "The network interface." },
    { 0 },
};
const struct format format_node = { .name = "node", .keys = node_keys };
static const struct key node_item = { .kind = KIND_OBJECT,
                                      .format = &format_node,
                                      .help = "What differs for these nodes." };

static const struct key link_keys[] = {
    { .name = "latency",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .fallback = "\"0.5ms\"",
      .help = "One-way delay, drawn for each message." },
    { .name = "jitter",
      .kind = KIND_DURATION,
      .fallback = "\"0s\"",
      .max = YEARS_100,
      .help = "J adds a uniform draw from 0 to J." },
    { .name = "loss",
      .kind = KIND_PROBABILITY,
      .fallback = "0",
      .help = "Share of messages lost." },
    { .name = "duplicate",
      .kind = KIND_PROBABILITY,
      .fallback = "0",
      .help = "Share of messages that arrive twice." },
    { .name = "reorder",
      .kind = KIND_PROBABILITY,
      .fallback = "0",
      .help = "Share of messages that are delayed by a second draw of the latency." },
    { .name = "bandwidth",
      .kind = KIND_BANDWIDTH,
      .word = "unlimited",
      .fallback = "\"unlimited\"",
      .min = 1,
      .help = "Of each directed pair of machines." },
    { .name = "preset", .kind = KIND_UNSUPPORTED, .help = "Links by name." },
    { 0 },
};
const struct format format_link = { .name = "link", .keys = link_keys };
static const struct key link_item = { .kind = KIND_OBJECT,
                                      .format = &format_link,
                                      .help = "What differs on these links." };

static const struct key topology_keys[] = {
    { .name = "regions",
      .kind = KIND_MAP,
      .item = &region_item,
      .flags = KEY_NAMES,
      .fallback = "{}",
      .help = "Regions hold racks, racks hold nodes; without any, all nodes share one rack." },
    { .name = "nodes",
      .kind = KIND_MAP,
      .item = &node_item,
      .whole = "*",
      .fallback = "{}",
      .help = "Machines: `*` for every server, then by group, then by node; merged key by key." },
    { .name = "links",
      .kind = KIND_MAP,
      .item = &link_item,
      .whole = "default",
      .fallback = "{}",
      .help = "The network, weakest first: default, same-region, same-rack, \"A <-> B\" and then "
              "\"A -> B\" for regions, for racks, for nodes; merged key by key." },
    { .name = "preset", .kind = KIND_UNSUPPORTED, .help = "A topology by name." },
    { 0 },
};
static const struct format topology_format = { .name = "topology", .keys = topology_keys };

/* ---- workload
 * ---------------------------------------------------------------------------------- */

static const char *const model_choices[] = { "open", "closed", NULL };

#define ARRIVAL_RATE                                                                               \
    .kind = KIND_RATE, .flags = KEY_ALTERNATIVE, .min = 1, .max = INT64_C(1000000000000000)
static const struct key arrivals_keys[] = {
    { .name = "poisson", ARRIVAL_RATE, .help = "At random: a Poisson process of this rate." },
    { .name = "constant", ARRIVAL_RATE, .help = "At equal distances." },
    { 0 },
};
static const struct format arrivals_format = { .name = "arrivals", .keys = arrivals_keys };

static const struct key stage_keys[] = {
    { .name = "until",
      .kind = KIND_DURATION,
      .flags = KEY_REQUIRED,
      .min = 1,
      .max = YEARS_100,
      .help = "Where the stage ends, counted from 0." },
    { .name = "rate",
      .kind = KIND_RATE,
      .flags = KEY_REQUIRED,
      .max = INT64_C(1000000000000000),
      .help = "The arrival rate until then." },
    { 0 },
};
static const struct format stage_format = { .name = "stage", .keys = stage_keys };
static const struct key stage_item = { .kind = KIND_OBJECT,
                                       .format = &stage_format,
                                       .help = "One stage." };

static const struct key place_item = { .kind = KIND_NUMBER,
                                       .max = NODES_MAX,
                                       .help = "How many of the clients are there." };

#define WEIGHT .kind = KIND_REAL, .max = 1000
static const struct key ops_keys[] = {
    { .name = "get", WEIGHT, .help = "Read a key." },
    { .name = "put", WEIGHT, .help = "Write a key." },
    { .name = "delete", WEIGHT, .help = "Remove a key." },
    { .name = "cas", WEIGHT, .help = "Compare and set." },
    { .name = "append", WEIGHT, .help = "Append to a value." },
    { .name = "scan", WEIGHT, .help = "Read a range of keys." },
    { .name = "txn", WEIGHT, .help = "A transaction." },
    { .name = "acquire", WEIGHT, .help = "Take a lock." },
    { .name = "release", WEIGHT, .help = "Give a lock back." },
    { .name = "read_block", WEIGHT, .help = "Read a block." },
    { .name = "write_block", WEIGHT, .help = "Write a block." },
    { .name = "work", WEIGHT, .help = "Do work of a size." },
    { 0 },
};
static const struct format ops_format = { .name = "ops", .keys = ops_keys };

static const struct key zipf_keys[] = {
    { .name = "count",
      .kind = KIND_NUMBER,
      .flags = KEY_REQUIRED,
      .min = 1,
      .max = 10000000,
      .help = "How many keys." },
    { .name = "theta",
      .kind = KIND_REAL,
      .fallback = "0.99",
      .max = 10,
      .help = "The skew: the key of rank r has weight r to the power of -theta." },
    { 0 },
};
static const struct format zipf_format = { .name = "zipf", .keys = zipf_keys };

static const struct key keys_keys[] = {
    { .name = "uniform",
      .kind = KIND_NUMBER,
      .flags = KEY_ALTERNATIVE,
      .min = 1,
      .max = UINT32_MAX,
      .help = "Each of so many keys alike." },
    { .name = "zipf",
      .kind = KIND_OBJECT,
      .format = &zipf_format,
      .flags = KEY_ALTERNATIVE,
      .help = "Some keys more often than others." },
    { 0 },
};
static const struct format keys_format = { .name = "keys", .keys = keys_keys };

static const struct key workload_keys[] = {
    { .name = "name",
      .kind = KIND_NAME,
      .help = "Its clients are called NAME-1, NAME-2, …; by default load-1 and so on." },
    { .name = "target",
      .kind = KIND_TEXT,
      .flags = KEY_REQUIRED,
      .help = "The group that is asked." },
    { .name = "client",
      .kind = KIND_TEXT,
      .help = "The clients' program; by default the target protocol's role \"client\"." },
    { .name = "config",
      .kind = KIND_CONFIG,
      .fallback = "{}",
      .help = "The client program's parameters." },
    { .name = "model",
      .kind = KIND_CHOICE,
      .choices = model_choices,
      .fallback = "\"open\"",
      .help = "Open: operations arrive whatever becomes of earlier ones.  Closed: each client asks "
              "again when it was answered." },
    { .name = "clients",
      .kind = KIND_NUMBER,
      .min = 1,
      .max = NODES_MAX,
      .help = "How many client instances; by default what `place` says, or 1." },
    { .name = "place",
      .kind = KIND_MAP,
      .item = &place_item,
      .help = "How many clients are in which region or rack; by default in turn over the regions, "
              "each region's clients in a rack of their own, REGION-clients." },
    { .name = "arrivals",
      .kind = KIND_OBJECT,
      .format = &arrivals_format,
      .help = "Open: when operations arrive; rates are totals of the entry." },
    { .name = "stages",
      .kind = KIND_LIST,
      .item = &stage_item,
      .min = 1,
      .max = 10000,
      .help = "Open: other rates over time; after the last one the rate of `arrivals`." },
    { .name = "think",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .help = "Closed: from an answer to the next question; by default 0s." },
    { .name = "outstanding",
      .kind = KIND_NUMBER,
      .min = 1,
      .max = 1 << 20,
      .help = "Closed: operations of one client at a time; by default 1." },
    { .name = "ops",
      .kind = KIND_OBJECT,
      .format = &ops_format,
      .fallback = "{ \"get\": 1, \"put\": 1 }",
      .help = "What is asked, by weight." },
    { .name = "keys",
      .kind = KIND_OBJECT,
      .format = &keys_format,
      .fallback = "{ \"uniform\": 1000 }",
      .help = "Which keys." },
    { .name = "value_size",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_SIZE,
      .fallback = "\"128B\"",
      .help = "How long the values are." },
    { .name = "timeout",
      .kind = KIND_DURATION,
      .fallback = "\"2s\"",
      .min = 1,
      .max = YEARS_100,
      .help = "An operation not answered by then has an unknown outcome." },
    { .name = "start",
      .kind = KIND_DURATION,
      .fallback = "\"0s\"",
      .max = YEARS_100,
      .help = "When it begins." },
    { .name = "stop",
      .kind = KIND_DURATION,
      .min = 1,
      .max = YEARS_100,
      .help = "When it ends; by default at the end of the run." },
    { .name = "retry",
      .kind = KIND_UNSUPPORTED,
      .help = "How clients retry; until then their parameters say it, in `config`." },
    { 0 },
};
static const struct format workload_format = { .name = "workload", .keys = workload_keys };
static const struct key workload_item = { .kind = KIND_OBJECT,
                                          .format = &workload_format,
                                          .help = "Clients of one kind." };

/* ---- faults
 * ------------------------------------------------------------------------------------ */

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
      .max = YEARS_100,
      .help = "No firing from then on." },
    { 0 },
};
static const struct format repeat_format = { .name = "repeat", .keys = repeat_keys };

static const struct key fault_keys[] = {
    { .name = "id", .kind = KIND_NAME, .help = HELP_ID },
    { .name = "at",
      .kind = KIND_DURATION,
      .flags = KEY_REQUIRED,
      .max = YEARS_100,
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
      .max = NETWORK_SIDES_MAX,
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
      .help = "Faults placed by time." },
    { .name = "heal_at_end",
      .kind = KIND_FLAG,
      .fallback = "true",
      .help = "false: nothing heals at the end, as with \"heal\": \"none\"." },
    { .name = "nemesis", .kind = KIND_UNSUPPORTED, .help = "Faults drawn at random." },
    { 0 },
};
static const struct format faults_format = { .name = "faults", .keys = faults_keys };

/* ---- checks, expect, output
 * -------------------------------------------------------------------- */

static const char *const after_choices[] = { "heal", NULL };
static const struct key liveness_keys[] = {
    { .name = "progress_within",
      .kind = KIND_DURATION,
      .fallback = "\"5s\"",
      .min = 1,
      .max = YEARS_100,
      .help = "An operation must be answered within this." },
    { .name = "after",
      .kind = KIND_CHOICE,
      .choices = after_choices,
      .fallback = "\"heal\"",
      .help = "Of what." },
    { 0 },
};
static const struct format liveness_format = { .name = "liveness", .keys = liveness_keys };
static const struct key liveness_forms[] = {
    { .kind = KIND_OBJECT, .format = &liveness_format, .help = "How soon." },
    { .kind = KIND_FLAG, .flags = KEY_ONLY_FALSE, .help = "Not checked." },
    { 0 },
};

static const char *oracle_name(size_t index)
{
    return oracle_types[index] == NULL ? NULL : oracle_types[index]->name;
}

static const struct key oracle_key = { .name = "ORACLE",
                                       .kind = KIND_FLAG,
                                       .help = "Each oracle is on unless switched off; one that is "
                                               "named and sees nothing is inconclusive." };

static const struct key checks_keys[] = {
    { .name = "liveness",
      .kind = KIND_EITHER,
      .item = liveness_forms,
      .help =
          "The healed cluster makes progress; by default within 5s or the settle time, if there "
          "is load." },
    { .name = "linearizable", .kind = KIND_UNSUPPORTED, .help = "Histories are linearizable." },
    { .name = "sometimes", .kind = KIND_UNSUPPORTED, .help = "What a sweep must reach." },
    { 0 },
};
static const struct format checks_format = {
    .name = "checks", .keys = checks_keys, .more = &oracle_key, .more_name = oracle_name
};

/* In the order of enum verdict. */
static const char *const verdict_choices[] = { "pass",         "violation",  "threshold",
                                               "inconclusive", "unexpected", "nondeterminism",
                                               "interrupted",  NULL };
static const struct key within_keys[] = {
    { .name = "seeds",
      .kind = KIND_NUMBER,
      .flags = KEY_REQUIRED,
      .min = 1,
      .max = UINT32_MAX,
      .help = "At most so many seeds are needed." },
    { 0 },
};
static const struct format within_format = { .name = "within", .keys = within_keys };

static const struct key expect_keys[] = {
    { .name = "verdict",
      .kind = KIND_CHOICE,
      .choices = verdict_choices,
      .fallback = "\"pass\"",
      .help = "The verdict that makes this scenario succeed." },
    { .name = "check", .kind = KIND_TEXT, .help = "Which check must be violated." },
    { .name = "within", .kind = KIND_OBJECT, .format = &within_format, .help = "How soon." },
    { 0 },
};
static const struct format expect_format = { .name = "expect", .keys = expect_keys };

static const char *const chart_choices[] = { "latency", "throughput", "percentiles", "roles",
                                             NULL };
static const char *const trace_choices[] = { "none", "on-failure", "full", NULL };
static const struct key chart_item = { .kind = KIND_CHOICE,
                                       .choices = chart_choices,
                                       .help = "A chart." };
static const struct key output_keys[] = {
    { .name = "charts",
      .kind = KIND_LIST,
      .item = &chart_item,
      .max = 100,
      .fallback = "[\"latency\", \"throughput\", \"percentiles\", \"roles\"]",
      .help = "Which charts are drawn." },
    { .name = "trace",
      .kind = KIND_CHOICE,
      .choices = trace_choices,
      .fallback = "\"on-failure\"",
      .help = "Whether the events are written out." },
    { 0 },
};
static const struct format output_format = { .name = "output", .keys = output_keys };

/* ---- The scenario
 * ------------------------------------------------------------------------------ */

static const struct key scenario_keys[] = {
    { .name = "$schema",
      .kind = KIND_TEXT,
      .flags = KEY_DROPPED,
      .help = "For editors: where the JSON Schema is." },
    { .name = "extends",
      .kind = KIND_TEXT,
      .flags = KEY_DROPPED,
      .help = "Another scenario, relative to this file, that this one is merged onto (RFC 7396)." },
    { .name = "format",
      .kind = KIND_NUMBER,
      .flags = KEY_REQUIRED,
      .min = 1,
      .max = 1,
      .help = "The format's version." },
    { .name = "name", .kind = KIND_NAME, .flags = KEY_REQUIRED, .help = "The scenario's name." },
    { .name = "tags",
      .kind = KIND_LIST,
      .item = &name_item,
      .fallback = "[]",
      .max = 1000,
      .help = "Words to choose scenarios by." },
    { .name = "seed",
      .kind = KIND_SEED,
      .fallback = "\"0x1\"",
      .help = "What all randomness is drawn from." },
    { .name = "time",
      .kind = KIND_OBJECT,
      .format = &time_format,
      .flags = KEY_REQUIRED,
      .help = "How long it goes." },
    { .name = "plugins",
      .kind = KIND_LIST,
      .item = &file_item,
      .fallback = "[]",
      .max = 1000,
      .help = "Shared objects with more protocols." },
    { .name = "groups",
      .kind = KIND_MAP,
      .item = &group_item,
      .flags = KEY_REQUIRED | KEY_NAMES,
      .min = 1,
      .help = "Who runs what." },
    { .name = "topology",
      .kind = KIND_OBJECT,
      .format = &topology_format,
      .fallback = "{}",
      .help = "Places, machines and links." },
    { .name = "workload",
      .kind = KIND_LIST,
      .item = &workload_item,
      .fallback = "[]",
      .max = 10000,
      .help = "Who asks what, when." },
    { .name = "faults",
      .kind = KIND_OBJECT,
      .format = &faults_format,
      .fallback = "{}",
      .help = "What goes wrong, when." },
    { .name = "checks",
      .kind = KIND_OBJECT,
      .format = &checks_format,
      .fallback = "{}",
      .help = "What must hold." },
    { .name = "expect",
      .kind = KIND_OBJECT,
      .format = &expect_format,
      .fallback = "{}",
      .help = "What the outcome should be." },
    { .name = "output",
      .kind = KIND_OBJECT,
      .format = &output_format,
      .fallback = "{}",
      .help = "What is written." },
    { .name = "thresholds", .kind = KIND_UNSUPPORTED, .help = "Service levels." },
    { .name = "sweep", .kind = KIND_UNSUPPORTED, .help = "Many seeds and parameters." },
    { 0 },
};
const struct format format_scenario = { .name = "scenario", .keys = scenario_keys };
