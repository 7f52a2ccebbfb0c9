/* The keys of "nemesis": its kinds are written as the timeline's, with a weight and whom by chance.
 */
#include "scenario/tables_members.h"

#define N_BUILD                                                                                    \
    BUILD("The targets come back with this build of their program, or one by these weights, and "  \
          "keep it.")
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
FORMAT(n_crash, "nemesis-crash", WEIGHT, LASTS, BY_CHANCE, LOSS, AFTER_EFFECTS, N_BUILD);
FORMAT(n_stop, "nemesis-stop", WEIGHT, LASTS, BY_CHANCE, N_BUILD);
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
       SPACED_MEMBERS("down", "How long each is down."), N_BUILD);

#define CHOSEN(NAME, FORMAT, HELP)                                                                 \
    {                                                                                              \
        .name = (NAME), .kind = KIND_OBJECT, .format = &(FORMAT), .help = (HELP)                   \
    }

static const struct key nemesis_fault_keys[] = {
    CHOSEN("partition", n_partition_format, "Cuts of a drawn shape."),
    CHOSEN("crash", n_crash_format, "Crashes, of the process or the machine."),
    CHOSEN("power-loss", n_crash_format, "Machines that go down."),
    CHOSEN("stop", n_stop_format, "Clean stops."),
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
const struct format table_nemesis = { .name = "nemesis", .keys = nemesis_keys };
