/* The keys of "faults": how each kind is written; scenario/fault_syntax.c says what it means. */
#include "model/network.h"
#include "scenario/tables_members.h"

/* ---- Whom ------------------------------------------------------------------------------------ */

static const struct key selector_item = {
    .kind = KIND_SELECTOR,
    .help =
        "A node, a group, leader, one:ROLE, one:spare, any, minority, majority, rest, fraction:F, "
        "region:R or rack:R; with several groups GROUP/SELECTOR.",
};
const struct key table_selector_forms[] = {
    { .kind = KIND_SELECTOR, .help = "One selector." },
    { .kind = KIND_LIST, .item = &selector_item, .min = 1, .max = 1000000, .help = "Several." },
    { 0 },
};

static const struct key side_item = { TARGET, .help = "One side." };

/* ---- Members of kinds ------------------------------------------------------------------------ */

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
const struct format table_burst = { .name = "burst", .keys = burst_keys };

const struct key table_message_kind = { .kind = KIND_NUMBER,
                                        .max = UINT32_MAX,
                                        .help = "A kind's number." };

/* ---- The timeline ---------------------------------------------------------------------------- */

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
const struct key table_loss_forms[] = {
    { .kind = KIND_CHOICE, .choices = loss_choices, .help = "One fate." },
    { .kind = KIND_OBJECT, .format = &loss_format, .help = "Weights: one of them by chance." },
    { 0 },
};

static const struct key build_weight = { .kind = KIND_REAL,
                                         .max = 1000000,
                                         .help = "How often, against the others." };
const struct key table_build_forms[] = {
    { .kind = KIND_TEXT, .help = "One build." },
    { .kind = KIND_MAP, .item = &build_weight, .help = "Weights: one of them by chance." },
    { 0 },
};

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
    BUILD("For a crash, a power loss, a stop or a rolling restart: the targets come back with this "
          "build of their program, as `build` of a group names it, or with one by these weights, "
          "and keep it until another fault changes it."),
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
      .format = &table_nemesis,
      .help = "Faults by chance." },
    { .name = "heal_at_end",
      .kind = KIND_FLAG,
      .fallback = "true",
      .help = "false: nothing heals at the end, as with \"heal\": \"none\"." },
    { 0 },
};
const struct format table_faults = { .name = "faults", .keys = faults_keys };
