/* What must hold, how a run should end, what a corpus keeps of a run, and what is written. */
#include "scenario/tables.h"
#include "verify/oracle.h"

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
      .help =
          "Each key is judged by itself; false: all keys as one object, which says the same, as "
          "linearizability is local, and is judged in the same way." },
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
const struct format table_checks = {
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
const struct format table_expect = { .name = "expect", .keys = expect_keys };

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
const struct format table_found = { .name = "found", .keys = found_keys };

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
const struct format table_output = { .name = "output", .keys = output_keys };
