/* Every key of the format, once: the scenario itself, time, groups, checks and output.  The larger
 * parts have files of their own. */
#include "scenario/tables.h"

#include "verify/oracle.h"

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
      .kind = KIND_UNSUPPORTED,
      .help = "Another build of the program for some nodes." },
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

/* ---- checks, expect, output ---- */

static const char *const after_choices[] = { "heal", NULL };
static const struct key liveness_keys[] = {
    { .name = "progress_within",
      .kind = KIND_DURATION,
      .fallback = "\"5s\"",
      .min = 1,
      .max = TABLE_TIME_MAX,
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

static const char *const linear_model_choices[] = { "kv", NULL };
static const struct key linearizable_keys[] = {
    { .name = "model",
      .kind = KIND_CHOICE,
      .choices = linear_model_choices,
      .fallback = "\"kv\"",
      .help = "What the answers are held to: keys with get, put, delete, cas and append." },
    { .name = "per_key",
      .kind = KIND_FLAG,
      .fallback = "true",
      .help = "Each key is judged by itself, which is as strict; there is no other way yet." },
    { .name = "witness",
      .kind = KIND_FLAG,
      .fallback = "true",
      .help = "The order in which the system says that it carried them out is tried first; false: "
              "the answers alone decide." },
    { .name = "max_steps",
      .kind = KIND_NUMBER,
      .min = 1,
      .max = INT64_C(1000000000000),
      .fallback = "5000000",
      .help = "A key that needs more steps is inconclusive." },
    { 0 },
};
static const struct format linearizable_format = { .name = "linearizable",
                                                   .keys = linearizable_keys };
static const struct key linearizable_forms[] = {
    { .kind = KIND_OBJECT, .format = &linearizable_format, .help = "How." },
    { .kind = KIND_FLAG, .flags = KEY_ONLY_FALSE, .help = "Not checked." },
    { 0 },
};

static const struct key convergence_keys[] = {
    { .name = "within",
      .kind = KIND_DURATION,
      .fallback = "\"5s\"",
      .min = 1,
      .max = TABLE_TIME_MAX,
      .help = "After the last operation has ended." },
    { 0 },
};
static const struct format convergence_format = { .name = "convergence", .keys = convergence_keys };
static const struct key convergence_forms[] = {
    { .kind = KIND_OBJECT, .format = &convergence_format, .help = "How soon." },
    { .kind = KIND_FLAG, .help = "Within 5s, or not checked." },
    { 0 },
};

/* Those that are keys of their own, on request, are the last. */
static const char *oracle_name(size_t index)
{
    const struct oracle_type *type = oracle_types[index];
    return type == NULL || type->on_request ? NULL : type->name;
}

static const struct key oracle_key = { .name = "ORACLE",
                                       .kind = KIND_FLAG,
                                       .help = "Each oracle is on unless switched off; one that is "
                                               "named and sees nothing is inconclusive." };

static const struct key reached_item = { .kind = KIND_TEXT,
                                         .help = "What a program reaches, or counts, by name." };
static const char *const session_choices[] = { "monotonic_reads", "read_your_writes",
                                               "monotonic_writes", "writes_follow_reads", NULL };
static const struct key session_item = { .kind = KIND_CHOICE,
                                         .choices = session_choices,
                                         .help = "A session guarantee." };
static const struct key checks_keys[] = {
    { .name = "liveness",
      .kind = KIND_EITHER,
      .item = liveness_forms,
      .help =
          "The healed cluster makes progress; by default within 5s or the settle time, if there "
          "is load." },
    { .name = "linearizable",
      .kind = KIND_EITHER,
      .item = linearizable_forms,
      .help = "Some order of the operations, as in time, explains every answer; judged at the end "
              "of the run, and only if it is asked for." },
    { .name = "convergence",
      .kind = KIND_EITHER,
      .item = convergence_forms,
      .help = "When the faults are healed and the load is over, all replicas that are up come to "
              "the same state; only if it is asked for." },
    { .name = "sequential",
      .kind = KIND_FLAG,
      .help = "One order of the operations that keeps each session's explains every answer." },
    { .name = "causal",
      .kind = KIND_FLAG,
      .help = "No read returns what is replaced by what it depends on." },
    { .name = "session",
      .kind = KIND_LIST,
      .item = &session_item,
      .max = 4,
      .example = "[\"monotonic_reads\", \"read_your_writes\"]",
      .help = "What each session is promised of what it sees." },
    { .name = "sometimes",
      .kind = KIND_LIST,
      .item = &reached_item,
      .max = 1000,
      .example = "[\"snapshot_installed\"]",
      .help = "What some run of a sweep must reach." },
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
    { .name = "check",
      .kind = KIND_TEXT,
      .help = "Which check must be violated, or what other finding must be there: "
              "stopped, threshold, fault, faults, events or checks." },
    { .name = "within", .kind = KIND_OBJECT, .format = &within_format, .help = "How soon." },
    { 0 },
};
static const struct format expect_format = { .name = "expect", .keys = expect_keys };

/* ---- found ---- */

static const struct key found_keys[] = {
    { .name = "scenario",
      .kind = KIND_TEXT,
      .flags = KEY_REQUIRED,
      .example = "\"nemesis.json\"",
      .help = "The file of the scenario in which it was found, in the folder above." },
    { .name = "check",
      .kind = KIND_TEXT,
      .flags = KEY_REQUIRED,
      .example = "\"election_safety\"",
      .help = "The check that was violated, or what other finding there was." },
    { .name = "cause",
      .kind = KIND_TEXT,
      .flags = KEY_REQUIRED,
      .example = "\"stopped: NODE stopped itself: tired\"",
      .help = "What was found, without what differs from seed to seed." },
    { 0 },
};
static const struct format found_format = { .name = "found", .keys = found_keys };

static const char *const chart_choices[] = { "latency", "throughput",  "percentiles",
                                             "roles",   "utilisation", NULL };
static const char *const trace_choices[] = { "none", "on-failure", "full", NULL };
static const struct key chart_item = { .kind = KIND_CHOICE,
                                       .choices = chart_choices,
                                       .help = "A chart." };
static const struct key output_keys[] = {
    { .name = "charts",
      .kind = KIND_LIST,
      .item = &chart_item,
      .max = 100,
      .fallback = "[\"latency\", \"throughput\", \"percentiles\", \"roles\", \"utilisation\"]",
      .help = "Which charts are drawn." },
    { .name = "trace",
      .kind = KIND_CHOICE,
      .choices = trace_choices,
      .fallback = "\"on-failure\"",
      .help = "Whether the events are written out." },
    { 0 },
};
static const struct format output_format = { .name = "output", .keys = output_keys };

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
      .format = &checks_format,
      .fallback = "{}",
      .help = "What must hold." },
    { .name = "expect",
      .kind = KIND_OBJECT,
      .format = &expect_format,
      .fallback = "{}",
      .help = "What the outcome should be." },
    { .name = "found",
      .kind = KIND_OBJECT,
      .format = &found_format,
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
      .format = &output_format,
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
