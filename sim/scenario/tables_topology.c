/* The keys of "topology". */
#include "model/disk.h"
#include "scenario/presets.h"
#include "scenario/tables.h"

static const struct key rack_item = { .kind = KIND_LIST,
                                      .item = &table_text,
                                      .max = TABLE_NODES_MAX,
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
                                      .max = TABLE_TIME_MAX,
                                      .help = "What one unit costs." };

static const struct key cpu_keys[] = {
    { .name = "per_message",
      .kind = KIND_DURATION,
      .fallback = "\"5us\"",
      .max = TABLE_TIME_MAX,
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
static const struct key volume_item = {
    .kind = KIND_SIZE, .min = 1, .max = DISK_SIZE_MAX, .help = "Its size."
};

static const char *const when_full_choices[] = { "wait", "fail", NULL };
static const struct key queue_keys[] = {
    { .name = "limit",
      .kind = KIND_NUMBER,
      .fallback = "0",
      .max = 1 << 20,
      .help = "How many operations a volume holds, served or waiting.  0: no limit." },
    { .name = "when_full",
      .kind = KIND_CHOICE,
      .choices = when_full_choices,
      .fallback = "\"wait\"",
      .help =
          "wait: what finds no place holds up its step and the instance's next inputs; fail: it "
          "ends in TIMEOUT at once." },
    { 0 },
};
static const struct format queue_format = { .name = "disk queue", .keys = queue_keys };

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
    { .name = "group_flush",
      .kind = KIND_FLAG,
      .fallback = "false",
      .help = "One flush of the device serves all that wait while another is under way." },
    { .name = "queue",
      .kind = KIND_OBJECT,
      .format = &queue_format,
      .fallback = "{}",
      .help = "How much a volume takes at a time." },
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
    { .name = "preset",
      .kind = KIND_CHOICE,
      .choices = preset_disk_names,
      .flags = KEY_DROPPED,
      .help = "A kind of device by name: what the keys beside it leave out." },
    { 0 },
};
static const struct format disk_format = { .name = "disk", .keys = disk_keys };

static const struct key nic_keys[] = {
    { .name = "bandwidth",
      .kind = KIND_BANDWIDTH,
      .word = "unlimited",
      .fallback = "\"unlimited\"",
      .min = 1,
      .help = "Of each direction, for all that the machine sends or receives." },
    { .name = "queue",
      .kind = KIND_SIZE,
      .word = "unlimited",
      .fallback = "\"unlimited\"",
      .min = 1,
      .help = "Bytes that may wait in each direction; who finds more is dropped." },
    { 0 },
};
static const struct format nic_format = { .name = "nic", .keys = nic_keys };

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
    { .name = "nic",
      .kind = KIND_OBJECT,
      .format = &nic_format,
      .fallback = "{}",
      .help = "The machine's network interface." },
    { 0 },
};
const struct format format_node = { .name = "node", .keys = node_keys };
static const struct key node_item = { .kind = KIND_OBJECT,
                                      .format = &format_node,
                                      .help = "What differs for these nodes." };

static const struct key burst_keys[] = {
    { .name = "begin",
      .kind = KIND_PROBABILITY,
      .fallback = "0",
      .help = "Chance of a message to begin a burst, and to be the first one lost." },
    { .name = "end",
      .kind = KIND_PROBABILITY,
      .fallback = "1",
      .help = "Chance of each later message of the pair to end it." },
    { 0 },
};
static const struct format burst_format = { .name = "link burst", .keys = burst_keys };

static const struct key link_keys[] = {
    { .name = "latency",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .fallback = "\"0.5ms\"",
      .help = "One-way delay, drawn for each message." },
    { .name = "jitter",
      .kind = KIND_DURATION,
      .fallback = "\"0s\"",
      .max = TABLE_TIME_MAX,
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
    { .name = "corrupt",
      .kind = KIND_PROBABILITY,
      .fallback = "0",
      .help = "Share of messages that arrive with flipped bits." },
    { .name = "burst",
      .kind = KIND_OBJECT,
      .format = &burst_format,
      .fallback = "{}",
      .help = "Losses that come in bursts." },
    { .name = "bandwidth",
      .kind = KIND_BANDWIDTH,
      .word = "unlimited",
      .fallback = "\"unlimited\"",
      .min = 1,
      .help = "Of each directed pair of machines." },
    { .name = "queue",
      .kind = KIND_SIZE,
      .word = "unlimited",
      .fallback = "\"unlimited\"",
      .min = 1,
      .help = "Bytes that may wait for the bandwidth; who finds more is dropped." },
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
    { .name = "preset",
      .kind = KIND_CHOICE,
      .choices = preset_topology_names,
      .flags = KEY_DROPPED,
      .help = "Links by name: what the entries of `links` leave out." },
    { 0 },
};
const struct format table_topology = { .name = "topology", .keys = topology_keys };
