/* Every key of the format, once: the scenario itself, time, groups, thresholds and sweep.  The
 * larger parts have files of their own. */
#include "scenario/tables.h"

/* ---- Lists and alternatives that several keys share ---- */

static const struct key name_item = { .kind = KIND_NAME, .help = "A name." };
const struct key table_text = { .kind = KIND_TEXT, .help = "A text." };
static const struct key file_item = { .kind = KIND_TEXT,
                                      .help = "A shared object, relative to the scenario's file." };

static const struct key counted_keys[] = {
    { .name = "count",
      .kind = KIND_NUMBER,
      .flags = KEY_REQUIRED,
      .min = 1,
      .max = TABLE_NODES_MAX,
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
      .max = TABLE_NODES_MAX,
      .help = "Their names, in order." },
    { .kind = KIND_OBJECT,
      .format = &counted_format,
      .help = "How many, and what they are called." },
    { 0 },
};

/* ---- time ---- */

static const char *const heal_choices[] = { "all", "majority", "none", NULL };
static const char *const tie_choices[] = { "fifo", "random", NULL };

static const struct key time_keys[] = {
    { .name = "warmup",
      .kind = KIND_DURATION,
      .fallback = "\"0s\"",
      .max = TABLE_TIME_MAX,
      .help = "Measuring begins here." },
    { .name = "duration",
      .kind = KIND_DURATION,
      .flags = KEY_REQUIRED,
      .min = 1,
      .max = TABLE_TIME_MAX,
      .help = "Measuring and faults end here." },
    { .name = "settle",
      .kind = KIND_DURATION,
      .fallback = "\"10s\"",
      .max = TABLE_TIME_MAX,
      .help = "How long the healed cluster goes on, under load, to be judged for liveness." },
    { .name = "window",
      .kind = KIND_DURATION,
      .fallback = "\"1s\"",
      .min = 1000,
      .max = TABLE_TIME_MAX,
      .help = "The length of one row of the time series." },
    { .name = "max_events",
      .kind = KIND_NUMBER,
      .fallback = "1000000000",
      .min = 1,
      .max = INT64_C(1000000000000000),
      .help = "A run that takes more events and interventions of faults is inconclusive." },
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

/* ---- groups ---- */

static const struct key build_item = { .kind = KIND_TEXT, .help = "A build." };
static const struct key use_item = { .kind = KIND_TEXT, .help = "A group." };

static const struct key start_keys[] = {
    { .name = "jitter",
      .kind = KIND_DISTRIBUTION,
      .of = KIND_DURATION,
      .flags = KEY_REQUIRED,
      .example = "{ \"uniform\": [\"0s\", \"2s\"] }",
      .help = "How late each node of a group starts, drawn for each: they come one by one." },
    { 0 },
};
static const struct format start_format = { .name = "start", .keys = start_keys };

static const struct key restart_keys[] = {
    { .name = "after",
      .kind = KIND_DURATION,
      .flags = KEY_REQUIRED,
      .max = TABLE_TIME_MAX,
      .help = "How long after the stop." },
    { .name = "reasons",
      .kind = KIND_LIST,
      .item = &table_text,
      .min = 1,
      .max = 1000,
      .help = "Only after a stop for one of these, which are no violations then; by default after "
              "any that `allowed_stops` names or not." },
    { 0 },
};
static const struct format restart_format = { .name = "restart", .keys = restart_keys };
static const char *const restart_choices[] = { "never", NULL };
static const struct key restart_forms[] = {
    { .kind = KIND_CHOICE, .choices = restart_choices, .help = "It stays down." },
    { .kind = KIND_OBJECT, .format = &restart_format, .help = "It starts again." },
    { 0 },
};

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
      .example = "{ \"count\": 5, \"prefix\": \"n\" }",
      .help = "Its instances; each has a machine of its own unless `on` says otherwise." },
    { .name = "spares",
      .kind = KIND_EITHER,
      .item = names_forms,
      .example = "[\"D\", \"E\"]",
      .help =
          "Nodes that do not start until a fault \"add\" meets them, and that the others do not "
          "know at first; numbers go on from those of `nodes`." },
    { .name = "start",
      .kind = KIND_OBJECT,
      .format = &start_format,
      .help = "How its nodes start; by default all at once." },
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
      .example = "{ \"count\": 5, \"prefix\": \"n\" }",
      .help = "Names of machines that the instances share, taken in turn." },
    { .name = "allowed_stops",
      .kind = KIND_LIST,
      .item = &table_text,
      .fallback = "[]",
      .max = 1000,
      .help = "Reasons for which a program may stop itself without a violation." },
    { .name = "build",
      .kind = KIND_MAP,
      .item = &build_item,
      .example = "{ \"C\": \"next\" }",
      .help = "For some of its nodes, by name, the build of the program that they start with: "
              "\"built-in\", or a plug-in's, which is called after its file, like \"next\" for "
              "plugins/next.so.  By default that of the last plug-in that brings the program." },
    { .name = "restart",
      .kind = KIND_EITHER,
      .item = restart_forms,
      .fallback = "\"never\"",
      .example = "{ \"after\": \"1s\" }",
      .help = "What happens when an instance has stopped itself." },
    { 0 },
};
static const struct format group_format = { .name = "group", .keys = group_keys };
static const struct key group_item = { .kind = KIND_OBJECT,
                                       .format = &group_format,
                                       .help = "One group of instances." };

/* ---- thresholds, sweep ---- */

static const struct key threshold_item = {
    .kind = KIND_TEXT,
    .help = "AGGREGATE OP VALUE: one of count, rate, avg, min, max, p(N) and value; one of <, <=, "
            ">, >= and ==; in the unit of the metric."
};
static const struct key threshold_list = { .kind = KIND_LIST,
                                           .item = &threshold_item,
                                           .min = 1,
                                           .max = 100,
                                           .example = "[\"p(99) < 200ms\"]",
                                           .help = "What must hold of the metric." };

static const struct key any_value = { .kind = KIND_ANY, .help = "A value." };
static const struct key matrix_values = {
    .kind = KIND_LIST, .item = &any_value, .min = 1, .max = 1000, .help = "The values to try."
};

static const struct key swarm_values = {
    .kind = KIND_LIST,
    .item = &any_value,
    .min = 1,
    .max = 1000,
    .help = "The values, each as likely as another; null leaves what stands there."
};

static const struct key sweep_keys[] = {
    { .name = "seeds",
      .kind = KIND_TEXT,
      .example = "\"0..999\"",
      .help = "The first and the last seed." },
    { .name = "matrix",
      .kind = KIND_MAP,
      .item = &matrix_values,
      .example = "{ \"/topology/links/default/loss\": [0, 0.01] }",
      .help = "For JSON pointers into the scenario the values to try, each with each." },
    { .name = "thresholds",
      .kind = KIND_MAP,
      .item = &threshold_list,
      .example = "{ \"violations\": [\"count == 0\"] }",
      .help = "What must hold of all runs together: METRIC{FILTER} of each run's value; or runs, "
              "violations, failures." },
    { 0 },
};
static const struct format sweep_format = { .name = "sweep", .keys = sweep_keys };

/* ---- The scenario ---- */

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
      .example = "{ \"duration\": \"60s\" }",
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
      .example = "{ \"kv\": { \"program\": \"raft\", \"nodes\": [\"A\", \"B\", \"C\"] } }",
      .help = "Who runs what." },
    { .name = "topology",
      .kind = KIND_OBJECT,
      .format = &table_topology,
      .fallback = "{}",
      .help = "Places, machines and links." },
    { .name = "workload",
      .kind = KIND_LIST,
      .item = &table_workload,
      .fallback = "[]",
      .max = 10000,
      .example = "[{ \"target\": \"kv\", \"arrivals\": { \"poisson\": \"100/s\" } }]",
      .help = "Who asks what, when." },
    { .name = "faults",
      .kind = KIND_OBJECT,
      .format = &table_faults,
      .fallback = "{}",
      .help = "What goes wrong, when." },
    { .name = "checks",
      .kind = KIND_OBJECT,
      .format = &table_checks,
      .fallback = "{}",
      .help = "What must hold." },
    { .name = "expect",
      .kind = KIND_OBJECT,
      .format = &table_expect,
      .fallback = "{}",
      .help = "What the outcome should be." },
    { .name = "found",
      .kind = KIND_OBJECT,
      .format = &table_found,
      .flags = KEY_DROPPED,
      .help = "For an entry of a corpus: what it once ended with, and where that was found." },
    { .name = "swarm",
      .kind = KIND_MAP,
      .item = &swarm_values,
      .flags = KEY_DROPPED,
      .example = "{ \"/topology/links/default/loss\": [0, 0.01] }",
      .help = "For JSON pointers into the scenario the values of which each seed draws one." },
    { .name = "output",
      .kind = KIND_OBJECT,
      .format = &table_output,
      .fallback = "{}",
      .help = "What is written." },
    { .name = "thresholds",
      .kind = KIND_MAP,
      .item = &threshold_list,
      .example = "{ \"latency{phase=steady}\": [\"p(99) < 200ms\"] }",
      .help = "Service levels: for METRIC{FILTER} what must hold of it." },
    { .name = "sweep",
      .kind = KIND_OBJECT,
      .format = &sweep_format,
      .help = "What `clustersim sweep` runs by default." },
    { 0 },
};
const struct format format_scenario = { .name = "scenario", .keys = scenario_keys };
