/* The keys of "workload". */
#include "scenario/tables.h"

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
      .max = TABLE_TIME_MAX,
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
                                       .max = TABLE_NODES_MAX,
                                       .help = "How many of the clients are there." };

#define WEIGHT .kind = KIND_REAL, .max = 1000
static const struct key ops_keys[] = {
    { .name = "get", WEIGHT, .help = "Read a key." },
    { .name = "put", WEIGHT, .help = "Write a key." },
    { .name = "delete", WEIGHT, .help = "Remove a key." },
    { .name = "cas", WEIGHT, .help = "Compare and set." },
    { .name = "append", WEIGHT, .help = "Append to a value." },
    { .name = "scan", .kind = KIND_UNSUPPORTED, .help = "Read a range of keys." },
    { .name = "txn", .kind = KIND_UNSUPPORTED, .help = "A transaction." },
    { .name = "acquire", .kind = KIND_UNSUPPORTED, .help = "Take a lock." },
    { .name = "release", .kind = KIND_UNSUPPORTED, .help = "Give a lock back." },
    { .name = "read_block", .kind = KIND_UNSUPPORTED, .help = "Read a block." },
    { .name = "write_block", .kind = KIND_UNSUPPORTED, .help = "Write a block." },
    { .name = "work", WEIGHT, .help = "Do work of a size." },
    { .name = "transfer", WEIGHT, .help = "Have the leader hand over to another member." },
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
      .max = 8,
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
      .max = TABLE_NODES_MAX,
      .help = "How many client instances; by default what `place` says, or 1." },
    { .name = "place",
      .kind = KIND_MAP,
      .item = &place_item,
      .help = "How many clients are in which region or rack; by default in turn over the regions, "
              "each region's clients in a rack of their own, REGION-clients." },
    { .name = "arrivals",
      .kind = KIND_OBJECT,
      .format = &arrivals_format,
      .example = "{ \"poisson\": \"1000/s\" }",
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
      .max = TABLE_TIME_MAX,
      .help = "An operation not answered by then has an unknown outcome." },
    { .name = "start",
      .kind = KIND_DURATION,
      .fallback = "\"0s\"",
      .max = TABLE_TIME_MAX,
      .help = "When it begins." },
    { .name = "stop",
      .kind = KIND_DURATION,
      .min = 1,
      .max = TABLE_TIME_MAX,
      .help = "When it ends; by default at the end of the run." },
    { .name = "retry",
      .kind = KIND_UNSUPPORTED,
      .help = "How clients retry; until then their parameters say it, in `config`." },
    { 0 },
};
static const struct format workload_format = { .name = "workload", .keys = workload_keys };
const struct key table_workload = { .kind = KIND_OBJECT,
                                    .format = &workload_format,
                                    .help = "Clients of one kind." };
