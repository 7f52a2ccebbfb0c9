/* The keys of "faults": how each kind is written; scenario/fault_syntax.c says what it means. */
#include "model/network.h"
#include "scenario/tables.h"

/* ---- Whom ------------------------------------------------------------------------------------ */

static const struct key selector_item = {
    .kind = KIND_SELECTOR,
    .help =
        "A node, a group, leader, one:ROLE, one:spare, any, minority, majority, rest, fraction:F, "
        "region:R or rack:R; with several groups GROUP/SELECTOR.",
};
static const struct key selector_forms[] = {
    { .kind = KIND_SELECTOR, .help = "One selector." },
    { .kind = KIND_LIST, .item = &selector_item, .min = 1, .max = 1000000, .help = "Several." },
    { 0 },
};

#define TARGET .kind = KIND_EITHER, .item = selector_forms

static const struct key side_item = { TARGET, .help = "One side." };

/* ---- The members of each kind ------------------------------------------------------------------
 *
 * As macros, since the nemesis takes the same, and more. */

#define CHANCE(NAME, HELP)                                                                         \
    {                                                                                              \
        .name = (NAME), .kind = KIND_DISTRIBUTION, .of = KIND_PROBABILITY, .help = (HELP)          \
    }

static const struct key burst_keys[] = {
    { .name = "begin",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_PROBABILITY,
      .flags = KEY_REQUIRED,
      .help = "Chance of a message to begin a burst." },
    { .name = "end",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_PROBABILITY,
      .flags = KEY_REQUIRED,
      .help = "Chance of each later message of the pair to end it." },
    { 0 },
};
static const struct format burst_format = { .name = "burst", .keys = burst_keys };

static const struct key message_kind_item = { .kind = KIND_NUMBER,
                                              .max = UINT32_MAX,
                                              .help = "A kind's number." };

#define PACKETS_MEMBERS                                                                            \
    CHANCE("loss", "Share lost."), CHANCE("duplicate", "Share doubled."),                          \
        CHANCE("reorder", "Share that takes a second delay."),                                     \
        CHANCE("corrupt", "Share that arrives with flipped bits."),                                \
        { .name = "burst",                                                                         \
          .kind = KIND_OBJECT,                                                                     \
          .format = &burst_format,                                                                 \
          .help = "Losses that come in bursts." },                                                 \
        { .name = "delay",                                                                         \
          .kind = KIND_DISTRIBUTION,                                                               \
          .of = KIND_DURATION,                                                                     \
          .fallback = "\"0s\"",                                                                    \
          .help = "Added to each message's delay." },                                              \
        { .name = "bandwidth",                                                                     \
          .kind = KIND_DISTRIBUTION,                                                               \
          .of = KIND_BANDWIDTH,                                                                    \
          .help = "That each pair has left." },                                                    \
        { .name = "queue",                                                                         \
          .kind = KIND_DISTRIBUTION,                                                               \
          .of = KIND_SIZE,                                                                         \
          .help = "Bytes that may wait for the bandwidth beside it; who finds more is dropped. "   \
                  "By default as many as for the link." },                                         \
    {                                                                                              \
        .name = "kinds", .kind = KIND_LIST, .item = &message_kind_item, .min = 1, .max = 64,       \
        .help = "Only messages of these kinds, by the protocol's own numbers."                     \
    }

#define WHERE                                                                                      \
    {                                                                                              \
        .name = "where", .kind = KIND_NAME, .help = "Only volumes of this name; by default all."   \
    }

#define FACTOR_MEMBERS                                                                             \
    {                                                                                              \
        .name = "factor", .kind = KIND_DISTRIBUTION, .of = KIND_FACTOR, .flags = KEY_REQUIRED,     \
        .help = "By which it is slower."                                                           \
    }

#define FAILING_MEMBERS                                                                            \
    CHANCE("read", "Chance that a read fails."), CHANCE("write", "Chance that a write fails."),    \
        CHANCE("flush", "Chance that a flush fails."),                                             \
        CHANCE("timeout", "Chance that any operation is answered by a timeout."), WHERE

#define LYING_MEMBERS                                                                              \
    CHANCE("flush", "Chance that a flush says it is done and keeps nothing."),                     \
        CHANCE("lost", "Chance that a write says it is done and changes nothing."),                \
        CHANCE("misdirected", "Chance that a write lands on another place."), WHERE

#define COUNT_MEMBER(HELP)                                                                         \
    {                                                                                              \
        .name = "count", .kind = KIND_DISTRIBUTION, .of = KIND_NUMBER, .help = (HELP)              \
    }

#define SECTOR_MEMBERS                                                                             \
    COUNT_MEMBER("How many sectors that hold data."),                                              \
        CHANCE("probability", "The share of the sectors that hold data, rounded up."), WHERE

#define CLOCK_MEMBERS                                                                              \
    { .name = "jump",                                                                              \
      .kind = KIND_DISTRIBUTION,                                                                   \
      .of = KIND_SHIFT,                                                                            \
      .help =                                                                                      \
          "By how much the wall clock jumps: \"+250ms\", \"-1s\", a day at most. It starts at "    \
          "24 h and never shows less than 0." },                                                   \
    {                                                                                              \
        .name = "drift_ppm", .kind = KIND_DISTRIBUTION, .of = KIND_PPM,                            \
        .help = "By how much both clocks run too fast, in millionths."                             \
    }

#define SPACED_MEMBERS(HOLD, HELP)                                                                 \
    { .name = (HOLD),                                                                              \
      .kind = KIND_DISTRIBUTION,                                                                   \
      .of = KIND_DURATION,                                                                         \
      .flags = KEY_REQUIRED,                                                                       \
      .help = (HELP) },                                                                            \
    {                                                                                              \
        .name = "gap", .kind = KIND_DISTRIBUTION, .of = KIND_DURATION, .flags = KEY_REQUIRED,      \
        .help = "From one to the next."                                                            \
    }

/* ---- The timeline ---------------------------------------------------------------------------- */

#define WHOM(NAME, HELP)                                                                           \
    {                                                                                              \
        .name = (NAME), TARGET, .flags = KEY_REQUIRED, .help = (HELP)                              \
    }
#define WHOM_MAYBE(NAME, HELP)                                                                     \
    {                                                                                              \
        .name = (NAME), TARGET, .help = (HELP)                                                     \
    }

#define FORMAT(NAME, KEY, ...)                                                                     \
    static const struct key NAME##_keys[] = { __VA_ARGS__, { 0 } };                                \
    static const struct format NAME##_format = { .name = (KEY), .keys = NAME##_keys }

FORMAT(block, "block", WHOM("from", "Whose messages are blocked."),
       WHOM("to", "Whom they do not reach."));
FORMAT(clog_link, "clog-link", WHOM("from", "Whose messages are held."),
       WHOM("to", "Whom they do not reach until the end."));
FORMAT(packets, "packets", WHOM_MAYBE("target", "Whose messages, sent and received."),
       WHOM_MAYBE("from", "Or: whose messages ..."), WHOM_MAYBE("to", "... to whom."),
       PACKETS_MEMBERS);
FORMAT(slow_cpu, "slow-cpu", WHOM("target", "Whose processor."), FACTOR_MEMBERS);
FORMAT(slow_disk, "slow-disk", WHOM("target", "Whose disks."), FACTOR_MEMBERS, WHERE);
FORMAT(disk, "disk-fault", WHOM("target", "Whose disks."), WHERE);
FORMAT(failing_disk, "failing-disk", WHOM("target", "Whose disks."), FAILING_MEMBERS);
FORMAT(failing_flush, "failing-flush", WHOM("target", "Whose disks."),
       COUNT_MEMBER("How many flushes."), WHERE);
FORMAT(lying_disk, "lying-disk", WHOM("target", "Whose disks."), LYING_MEMBERS);
FORMAT(sectors, "sector-fault", WHOM("target", "Whose disks."), SECTOR_MEMBERS);
FORMAT(clock, "clock-fault", WHOM("node", "Whose machine's clocks."), CLOCK_MEMBERS);
FORMAT(swizzle, "swizzle", WHOM("target", "Who is clogged, one by one in random order."),
       SPACED_MEMBERS("hold", "How long the last one is clogged before the first is released."));
FORMAT(rolling_restart, "rolling-restart", WHOM("target", "Who is stopped, one after the other."),
       SPACED_MEMBERS("down", "How long each is down."));

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

static const char *const loss_choices[] = { "keep",       "lose-unsynced", "random",
                                            "torn-write", "empty",         NULL };

#define LOSS_WEIGHT(NAME, HELP)                                                                    \
    {                                                                                              \
        .name = (NAME), .kind = KIND_REAL, .fallback = "0", .max = 1000000, .help = (HELP)         \
    }

static const struct key loss_keys[] = {
    LOSS_WEIGHT("keep", "Weight of a process crash: nothing is lost."),
    LOSS_WEIGHT("lose-unsynced", "Weight of losing all that was not flushed."),
    LOSS_WEIGHT("random", "Weight of keeping any version of each sector."),
    LOSS_WEIGHT("torn-write", "Weight of that, with torn sectors."),
    LOSS_WEIGHT("empty", "Weight of an empty device."),
    { 0 },
};
static const struct format loss_format = { .name = "loss", .keys = loss_keys };
static const struct key loss_forms[] = {
    { .kind = KIND_CHOICE, .choices = loss_choices, .help = "One fate." },
    { .kind = KIND_OBJECT, .format = &loss_format, .help = "Weights: one of them by chance." },
    { 0 },
};

#define LOSS                                                                                       \
    {                                                                                              \
        .name = "disk", .kind = KIND_EITHER, .item = loss_forms,                                   \
        .help = "For a crash or a power loss: what becomes of writes that were not flushed; by "   \
                "default keep for a crash, lose-unsynced for a power loss."                        \
    }
#define AFTER_EFFECTS                                                                              \
    {                                                                                              \
        .name = "after_effects", .kind = KIND_DISTRIBUTION, .of = KIND_NUMBER,                     \
        .help =                                                                                    \
            "For a crash or a power loss: it comes in the middle of the target's next step that "  \
            "is long enough, behind so many of its effects."                                       \
    }

#define SIMPLE(NAME, EXAMPLE, HELP)                                                                \
    {                                                                                              \
        .name = (NAME), TARGET, .flags = KEY_ALTERNATIVE, .example = (EXAMPLE), .help = (HELP)     \
    }
#define OBJECT(NAME, FORMAT, EXAMPLE, HELP)                                                        \
    {                                                                                              \
        .name = (NAME), .kind = KIND_OBJECT, .format = &(FORMAT), .flags = KEY_ALTERNATIVE,        \
        .example = (EXAMPLE), .help = (HELP)                                                       \
    }

static const struct key fault_keys[] = {
    { .name = "id",
      .kind = KIND_NAME,
      .help = "A name for it in results; by default its kind and its number." },
    { .name = "at",
      .kind = KIND_DURATION,
      .max = TABLE_TIME_MAX,
      .help = "When it fires, counted from 0." },
    { .name = "on",
      .kind = KIND_TEXT,
      .help = "Or: it fires after an event, like \"leader-elected#3\"; without a number after each "
              "such event." },
    { .name = "after",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .help = "So long after the event." },
    { .name = "for",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .word = "heal",
      .help =
          "How long it lasts; \"heal\": until the cluster is healed at the end.  So it is with a "
          "crash, a power loss, a stop and a clock without it." },
    { .name = "repeat", .kind = KIND_OBJECT, .format = &repeat_format, .help = "Fire again." },
    SIMPLE("crash", "\"leader\"",
           "The process ends; what it wrote stays, unless `disk` makes it a power loss."),
    SIMPLE("power-loss", "\"one:follower\"",
           "The machine goes down with all its instances; what was not flushed is at risk."),
    LOSS,
    AFTER_EFFECTS,
    { .name = "at_step",
      .kind = KIND_NUMBER,
      .min = 1,
      .max = 1000000000000,
      .help = "For a crash or a power loss: it comes in the target's step of this number, counted "
              "from 1 over all its incarnations, behind `after_effects` of its effects." },
    { .name = "build",
      .kind = KIND_TEXT,
      .help = "For a crash, a power loss, a stop or a rolling restart: the targets come back with "
              "this build of their program, as `build` of a group names it, and keep it until "
              "another fault changes it." },
    SIMPLE("stop", "\"A\"", "The process flushes all that it wrote and ends."),
    SIMPLE("pause", "\"leader\"", "Nothing is executed; the clocks go on."),
    OBJECT("slow-cpu", slow_cpu_format, "{ \"target\": \"leader\", \"factor\": 10 }",
           "A slow processor: what is under way takes the rest of its time at that speed, too."),
    { .name = "partition",
      .kind = KIND_LIST,
      .item = &side_item,
      .flags = KEY_ALTERNATIVE,
      .min = 2,
      .max = NETWORK_SIDES_MAX - 1, /* one side is everybody else's */
      .example = "[\"minority\", \"rest\"]",
      .help = "Sides that cannot reach one another; who is on none reaches all." },
    SIMPLE("ring", "[\"A\", \"B\", \"C\", \"D\"]",
           "Each of four or more reaches only the one before and the one behind it."),
    OBJECT("block", block_format, "{ \"from\": \"leader\", \"to\": \"rest\" }",
           "One direction is cut."),
    SIMPLE("clog", "\"minority\"",
           "What they send and receive is held until the end, then delivered."),
    OBJECT("clog-link", clog_link_format, "{ \"from\": \"leader\", \"to\": \"one:follower\" }",
           "One direction is clogged."),
    OBJECT("packets", packets_format,
           "{ \"target\": \"leader\", \"loss\": 0.2, \"delay\": \"20ms\" }",
           "The network serves some nodes badly."),
    OBJECT("slow-disk", slow_disk_format, "{ \"target\": \"leader\", \"factor\": 10 }",
           "Disks are slow."),
    OBJECT("stalled-disk", disk_format, "{ \"target\": \"leader\" }",
           "Disks answer nothing until the end."),
    OBJECT("failing-disk", failing_disk_format, "{ \"target\": \"A\", \"write\": 0.01 }",
           "Disks answer with errors."),
    OBJECT("failing-flush", failing_flush_format, "{ \"target\": \"one:follower\", \"count\": 1 }",
           "The next flushes fail, once by default."),
    OBJECT("lying-disk", lying_disk_format, "{ \"target\": \"A\", \"flush\": 1 }",
           "Disks say they are done and are not."),
    OBJECT("full-disk", disk_format, "{ \"target\": \"A\" }", "Writes that need room fail."),
    OBJECT("dead-disk", disk_format, "{ \"target\": \"A\" }", "Every operation fails."),
    OBJECT("replaced-disk", disk_format, "{ \"target\": \"A\" }",
           "An empty device in place of the disk."),
    OBJECT("bit-rot", sectors_format, "{ \"target\": \"A\", \"count\": 3 }",
           "Bits flip where data lies; nothing tells."),
    OBJECT("bad-sectors", sectors_format, "{ \"target\": \"A\", \"probability\": 0.1 }",
           "Sectors cannot be read until they are written again."),
    OBJECT("clock", clock_format, "{ \"node\": \"leader\", \"jump\": \"+250ms\" }",
           "A wall clock jumps, or clocks run at another rate."),
    SIMPLE("add", "[\"D\", \"E\"]", "Spares of a group start and join."),
    SIMPLE("remove", "\"A\"", "Nodes are stopped for ever."),
    OBJECT("swizzle", swizzle_format,
           "{ \"target\": \"majority\", \"hold\": \"1s\", \"gap\": \"100ms\" }",
           "Nodes are clogged one by one and released in another order."),
    OBJECT("rolling-restart", rolling_restart_format,
           "{ \"target\": [\"A\", \"B\", \"C\"], \"down\": \"500ms\", \"gap\": \"2s\" }",
           "Nodes are stopped one by one."),
    { 0 },
};
static const struct format fault_format = { .name = "fault", .keys = fault_keys };
static const struct key fault_item = { .kind = KIND_OBJECT,
                                       .format = &fault_format,
                                       .help = "One fault, of exactly one kind." };

/* ---- The nemesis ----------------------------------------------------------------------------- */

#define WEIGHT                                                                                     \
    {                                                                                              \
        .name = "weight", .kind = KIND_REAL, .flags = KEY_POSITIVE, .fallback = "1",               \
        .max = 1000000, .help = "How often it is chosen, against the others."                      \
    }
#define LASTS                                                                                      \
    {                                                                                              \
        .name = "for", .kind = KIND_DISTRIBUTION, .of = KIND_DURATION, .flags = KEY_REQUIRED,      \
        .help = "How long it lasts."                                                               \
    }
#define BY_CHANCE WHOM_MAYBE("target", "Whom; by default one:any.")

static const struct key shape_keys[] = {
    { .name = "halves",
      .kind = KIND_REAL,
      .fallback = "0",
      .max = 1000000,
      .help = "Weight of two sides by chance." },
    { .name = "isolate-one",
      .kind = KIND_REAL,
      .fallback = "0",
      .max = 1000000,
      .help = "Weight of one against the rest." },
    { .name = "ring",
      .kind = KIND_REAL,
      .fallback = "0",
      .max = 1000000,
      .help = "Weight of a ring: each reaches its two neighbours; of four or more." },
    { .name = "majority",
      .kind = KIND_REAL,
      .fallback = "0",
      .max = 1000000,
      .help = "Weight of the smallest majority against the rest." },
    { 0 },
};
static const struct format shape_format = { .name = "shape", .keys = shape_keys };

FORMAT(n_partition, "nemesis-partition", WEIGHT, LASTS,
       WHOM_MAYBE("target", "Among whom; by default all servers."),
       { .name = "shape",
         .kind = KIND_OBJECT,
         .format = &shape_format,
         .help = "Weights of its shapes; by default each 1." },
       { .name = "symmetric",
         .kind = KIND_PROBABILITY,
         .fallback = "1",
         .help = "Share of cuts in both directions; the others cut one." });
FORMAT(n_crash, "nemesis-crash", WEIGHT, LASTS, BY_CHANCE, LOSS, AFTER_EFFECTS);
FORMAT(n_plain, "nemesis-fault", WEIGHT, LASTS, BY_CHANCE);
FORMAT(n_slow_cpu, "nemesis-slow-cpu", WEIGHT, LASTS, BY_CHANCE, FACTOR_MEMBERS);
FORMAT(n_clog_link, "nemesis-clog-link", WEIGHT, LASTS,
       WHOM_MAYBE("from", "Whose messages are held; by default one:any."),
       WHOM_MAYBE("to", "Whom they do not reach until the end; by default one:any, another one."));
FORMAT(n_packets, "nemesis-packets", WEIGHT, LASTS, BY_CHANCE, PACKETS_MEMBERS);
FORMAT(n_slow_disk, "nemesis-slow-disk", WEIGHT, LASTS, BY_CHANCE, FACTOR_MEMBERS, WHERE);
FORMAT(n_disk, "nemesis-disk", WEIGHT, LASTS, BY_CHANCE, WHERE);
FORMAT(n_failing_disk, "nemesis-failing-disk", WEIGHT, LASTS, BY_CHANCE, FAILING_MEMBERS);
FORMAT(n_failing_flush, "nemesis-failing-flush", WEIGHT, BY_CHANCE,
       COUNT_MEMBER("How many flushes."), WHERE);
FORMAT(n_lying_disk, "nemesis-lying-disk", WEIGHT, LASTS, BY_CHANCE, LYING_MEMBERS);
FORMAT(n_replaced, "nemesis-replaced-disk", WEIGHT, BY_CHANCE, WHERE);
FORMAT(n_sectors, "nemesis-sectors", WEIGHT, BY_CHANCE, SECTOR_MEMBERS);
FORMAT(n_clock, "nemesis-clock", WEIGHT, LASTS, BY_CHANCE, CLOCK_MEMBERS);
FORMAT(n_add, "nemesis-add", WEIGHT, WHOM_MAYBE("target", "Who joins; by default one:spare."));
FORMAT(n_remove, "nemesis-remove", WEIGHT, BY_CHANCE);
FORMAT(n_swizzle, "nemesis-swizzle", WEIGHT, WHOM_MAYBE("target", "Whom; by default fraction:0.5."),
       SPACED_MEMBERS("hold", "How long the last one is clogged before the first is released."));
FORMAT(n_rolling, "nemesis-rolling-restart", WEIGHT,
       WHOM_MAYBE("target", "Whom; by default all servers."),
       SPACED_MEMBERS("down", "How long each is down."));

#define CHOSEN(NAME, FORMAT, HELP)                                                                 \
    {                                                                                              \
        .name = (NAME), .kind = KIND_OBJECT, .format = &(FORMAT), .help = (HELP)                   \
    }

static const struct key nemesis_fault_keys[] = {
    CHOSEN("partition", n_partition_format, "Cuts of a drawn shape."),
    CHOSEN("crash", n_crash_format, "Crashes, of the process or the machine."),
    CHOSEN("power-loss", n_crash_format, "Machines that go down."),
    CHOSEN("stop", n_plain_format, "Clean stops."),
    CHOSEN("pause", n_plain_format, "Pauses."),
    CHOSEN("slow-cpu", n_slow_cpu_format, "Slow processors."),
    CHOSEN("clog", n_plain_format, "What is held, then delivered."),
    CHOSEN("clog-link", n_clog_link_format, "What is held in one direction, then delivered."),
    CHOSEN("packets", n_packets_format, "A bad network."),
    CHOSEN("slow-disk", n_slow_disk_format, "Slow disks."),
    CHOSEN("stalled-disk", n_disk_format, "Disks that answer nothing for a time."),
    CHOSEN("failing-disk", n_failing_disk_format, "Disks that answer with errors."),
    CHOSEN("failing-flush", n_failing_flush_format, "Flushes that fail."),
    CHOSEN("lying-disk", n_lying_disk_format, "Disks that say they are done and are not."),
    CHOSEN("full-disk", n_disk_format, "Disks without room."),
    CHOSEN("dead-disk", n_disk_format, "Dead disks."),
    CHOSEN("replaced-disk", n_replaced_format, "Empty devices in place of disks."),
    CHOSEN("bit-rot", n_sectors_format, "Flipped bits."),
    CHOSEN("bad-sectors", n_sectors_format, "Sectors that cannot be read."),
    CHOSEN("clock", n_clock_format, "Clocks that jump or run wrong."),
    CHOSEN("add", n_add_format, "Spares that join, once each."),
    CHOSEN("remove", n_remove_format, "Nodes that are stopped for ever."),
    CHOSEN("swizzle", n_swizzle_format, "Clogs, one by one."),
    CHOSEN("rolling-restart", n_rolling_format, "Restarts, one by one."),
    { 0 },
};
static const struct format nemesis_faults_format = { .name = "nemesis-faults",
                                                     .keys = nemesis_fault_keys };

static const struct key nemesis_keys[] = {
    { .name = "swarm",
      .kind = KIND_FLAG,
      .fallback = "false",
      .help = "Each seed draws which kinds there are, their weights and how often they come." },
    { .name = "start",
      .kind = KIND_DURATION,
      .max = TABLE_TIME_MAX,
      .help = "No fault before; by default the end of the warm-up." },
    { .name = "stop",
      .kind = KIND_DURATION,
      .max = TABLE_TIME_MAX,
      .help = "No fault from then on; by default the duration." },
    { .name = "mean_gap",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .flags = KEY_REQUIRED,
      .help = "From one fault's beginning to the next one's." },
    { .name = "min_stable",
      .kind = KIND_DURATION,
      .fallback = "\"0s\"",
      .max = TABLE_TIME_MAX,
      .help = "No fault begins so soon after another's end." },
    { .name = "max_down",
      .kind = KIND_NUMBER,
      .word = "minority",
      .fallback = "\"minority\"",
      .max = TABLE_NODES_MAX,
      .help = "How many of a group may be out of action at a time: down, paused, with a disk that "
              "cannot be trusted, or not in the largest set of the others that is in touch." },
    { .name = "over_tolerance",
      .kind = KIND_FLAG,
      .fallback = "false",
      .help = "Whoever a fault meets, whatever then is left: max_down does not count, "
              "and neither liveness nor final_reads is asked for by default." },
    { .name = "faults",
      .kind = KIND_OBJECT,
      .format = &nemesis_faults_format,
      .flags = KEY_REQUIRED,
      .help = "The kinds that it chooses from." },
    { 0 },
};
static const struct format nemesis_format = { .name = "nemesis", .keys = nemesis_keys };

static const struct key faults_keys[] = {
    { .name = "timeline",
      .kind = KIND_LIST,
      .item = &fault_item,
      .fallback = "[]",
      .max = TABLE_FAULTS_MAX,
      .example = "[{ \"at\": \"10s\", \"for\": \"2s\", \"crash\": \"leader\" }]",
      .help = "Faults placed by time or by event." },
    { .name = "nemesis",
      .kind = KIND_OBJECT,
      .format = &nemesis_format,
      .help = "Faults by chance." },
    { .name = "heal_at_end",
      .kind = KIND_FLAG,
      .fallback = "true",
      .help = "false: nothing heals at the end, as with \"heal\": \"none\"." },
    { 0 },
};
const struct format table_faults = { .name = "faults", .keys = faults_keys };
