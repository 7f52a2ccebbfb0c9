#include "synthetic.h"

#include <string.h>

#include "base/random.h"

#define MS     UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

enum { SAMPLES_MAX = 40000, CHANGES_MAX = 4096, INSTANCES_MAX = 256, FAULTS_MAX = 64 };

struct synthetic {
    struct run_report report;
    struct plan plan;
    struct history *history;
    struct instance_options instances[INSTANCES_MAX];
    struct group_options groups[2];
    struct fault_options faults[FAULTS_MAX];
    struct sample samples[SAMPLES_MAX];
    struct role_change changes[CHANGES_MAX];
    size_t change_count;
    char names[INSTANCES_MAX][8];
};

static const struct cs_program server_program = { .role = "server" };
static const struct cs_program client_program = { .role = "client" };

struct run_report *synthetic_report(struct synthetic *synthetic) { return &synthetic->report; }
struct plan *synthetic_plan(struct synthetic *synthetic) { return &synthetic->plan; }

void synthetic_free(struct synthetic *synthetic)
{
    if (synthetic == NULL)
        return;
    run_report_done(&synthetic->report);
    if (synthetic->report.findings != NULL)
        g_array_unref(synthetic->report.findings);
    history_free(synthetic->history);
    g_free(synthetic);
}

/* ---- What both share --------------------------------------------------------------------------
 */

static void add_instance(struct synthetic *s, const char *name, const struct cs_program *program)
{
    uint32_t i = s->plan.cluster.instance_count++;
    g_strlcpy(s->names[i], name, sizeof s->names[i]);
    s->instances[i] = (struct instance_options){ .name = s->names[i], .program = program };
    s->plan.cluster.instances = s->instances;
}

static void add_fault(struct synthetic *s, const char *id, enum fault_kind kind)
{
    s->faults[s->plan.fault_count++] = (struct fault_options){ .id = id, .kind = kind };
    s->plan.faults = s->faults;
}

static void add_record(struct synthetic *s, struct fault_record record)
{
    record.kind = s->faults[record.fault].kind;
    record.name = s->faults[record.fault].id;
    record.due_ns = record.until_ns;
    g_array_append_val(s->report.faults, record);
}

static void add_change(struct synthetic *s, uint64_t at_ns, uint32_t instance, bool up,
                       enum cs_role role, uint64_t term)
{
    g_assert(s->change_count < CHANGES_MAX);
    s->changes[s->change_count++] = (struct role_change){
        .at_ns = at_ns, .instance = instance, .up = up, .role = (uint8_t)role, .term = term
    };
}

static struct synthetic *begin(const char *name, uint64_t seed)
{
    struct synthetic *s = g_new0(struct synthetic, 1);
    s->history = history_new();
    s->groups[0] = (struct group_options){ .name = "kv" };
    s->groups[1] = (struct group_options){ .name = "kv-client" };
    s->plan = (struct plan){
        .name = name,
        .source = "scenarios/synthetic.json",
        .effective = "{\n  \"format\": 1\n}",
        .seed = seed,
        .window_ns = SECOND,
        .cluster = { .groups = s->groups, .group_count = 2 },
        .output = { .charts = true },
    };
    s->report = (struct run_report){
        .build_id = "0123456789ab",
        .expected = true,
        .plan = &s->plan,
        .history = s->history,
        .checks = g_array_new(FALSE, FALSE, sizeof(struct report_check)),
        .faults = g_array_new(FALSE, FALSE, sizeof(struct fault_record)),
    };
    return s;
}

static gint compare_changes(gconstpointer a, gconstpointer b)
{
    const struct role_change *x = a, *y = b;
    return (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns);
}

/* What run_report_init() does with a cluster: tables and metrics. */
static struct synthetic *finish(struct synthetic *s, uint64_t end_ns)
{
    qsort(s->changes, s->change_count, sizeof s->changes[0], compare_changes);
    s->report.samples = (struct sample_table){
        .window_ns = s->plan.window_ns,
        .end_ns = end_ns,
        .instance_count = s->plan.cluster.instance_count,
        .window_count = (end_ns + s->plan.window_ns - 1) / s->plan.window_ns,
        .samples = s->samples,
        .changes = s->changes,
        .change_count = s->change_count,
    };
    g_assert(s->report.samples.window_count * s->report.samples.instance_count <= SAMPLES_MAX);
    g_autoptr(GArray) spans = g_array_new(FALSE, FALSE, sizeof(struct fault_span));
    for (guint i = 0; i < s->report.faults->len; i++) {
        const struct fault_record *record =
            &g_array_index(s->report.faults, struct fault_record, i);
        const struct fault_span span = { record->at_ns, record->until_ns };
        if (record->fired)
            g_array_append_val(spans, span);
    }
    const struct metrics_options options = {
        .window_ns = s->plan.window_ns,
        .warmup_ns = s->plan.warmup_ns,
        .duration_ns = s->plan.duration_ns,
        .end_ns = end_ns,
        .faults = (const struct fault_span *)(const void *)spans->data,
        .fault_count = spans->len,
    };
    s->report.metrics = metrics_new(s->history, &options);
    return s;
}

/* ---- The tiny one -----------------------------------------------------------------------------
 */

static struct cs_bytes text(const char *string) { return cs_bytes_of(string, strlen(string)); }

static size_t ask(struct synthetic *s, uint64_t at_ms, struct cs_op op)
{
    return history_begin(s->history, at_ms * MS, at_ms * MS, 3, 0, 0, &op);
}

static void answer(struct synthetic *s, size_t index, uint64_t at_ms, struct cs_result result)
{
    history_end(s->history, index, at_ms * MS, &result);
}

static void write_tiny_history(struct synthetic *s)
{
    size_t put = ask(
        s, 1000,
        (struct cs_op){ .kind = CS_OP_PUT, .session = 1, .key = text("k\"1"), .value = text("a") });
    size_t absent =
        ask(s, 1001, (struct cs_op){ .kind = CS_OP_GET, .session = 2, .key = text("k2") });
    answer(s, put, 1004, (struct cs_result){ .status = CS_OK });
    answer(s, absent, 1005, (struct cs_result){ .status = CS_OK });
    size_t get =
        ask(s, 1100, (struct cs_op){ .kind = CS_OP_GET, .session = 2, .key = text("k\"1") });
    answer(s, get, 1102,
           (struct cs_result){ .status = CS_OK, .present = true, .value = text("a") });
    size_t cas = ask(s, 1200,
                     (struct cs_op){ .kind = CS_OP_CAS,
                                     .session = 1,
                                     .key = text("k\"1"),
                                     .expected = text("b"),
                                     .value = text("c") });
    answer(s, cas, 1203, (struct cs_result){ .status = CS_OK });
    size_t append = ask(s, 1300,
                        (struct cs_op){ .kind = CS_OP_APPEND,
                                        .session = 1,
                                        .key = text("k2"),
                                        .value = cs_bytes_of("\xff\x01", 2) });
    answer(s, append, 1301, (struct cs_result){ .status = CS_REFUSED });
    size_t delete =
        ask(s, 1400, (struct cs_op){ .kind = CS_OP_DELETE, .session = 2, .key = text("k\"1") });
    history_end(s->history, delete, 2400 * MS, NULL);
}

static void write_tiny_samples(struct synthetic *s)
{
    for (uint32_t w = 0; w < 3; w++) {
        for (uint32_t i = 0; i < 3; i++) {
            s->samples[w * 4 + i] = (struct sample){
                .up = true,
                .role = i == 0 ? CS_ROLE_LEADER : CS_ROLE_FOLLOWER,
                .term = 1,
                .commit_index = w * 2,
                .use = { [RESOURCE_CPU] = { .busy_ppm = 250000 * i,
                                            .waiting = i,
                                            .most = 2 * i + w },
                         [RESOURCE_CORES] = { .busy_ppm = 50, .waiting = 7, .most = 9 },
                         [RESOURCE_NIC_OUT] = { .busy_ppm = 1000000,
                                                .waiting = 2500 * MS / 1000,
                                                .most = 3 * MS },
                         [RESOURCE_DISK] = { .busy_ppm = 123456,
                                             .waiting = i * MS,
                                             .most = (i + w) * MS },
                         [RESOURCE_LINK] = { .busy_ppm = 345678,
                                             .waiting = 3 * i * MS,
                                             .most = 4 * i * MS } },
                .disk_depth = 5 - i,
                .disk_most = 7 - i,
                .bytes_sent = 100 * w,
                .disk_bytes = 4096,
                .flushes = 1,
            };
        }
    }
    s->samples[2 * 4 + 1] = (struct sample){ .role = CS_ROLE_OTHER };
    for (uint32_t i = 0; i < 3; i++) {
        add_change(s, 0, i, true, CS_ROLE_OTHER, 0);
        add_change(s, 1 * MS, i, true, CS_ROLE_FOLLOWER, 0);
    }
    add_change(s, 200 * MS, 0, true, CS_ROLE_LEADER, 1);
    add_change(s, 2100 * MS, 1, false, CS_ROLE_OTHER, 0);
}

static void write_tiny_faults(struct synthetic *s)
{
    static const uint32_t targets[] = { 0, 1, 2 }, sides[] = { 0, 1, 1 };
    add_fault(s, "cut", FAULT_PARTITION);
    add_fault(s, "kill", FAULT_CRASH);
    add_record(s, (struct fault_record){ .fault = 0,
                                         .at_ns = 1500 * MS,
                                         .until_ns = 2250 * MS,
                                         .fired = true,
                                         .targets = targets,
                                         .side_of = sides,
                                         .target_count = 3 });
    add_record(s, (struct fault_record){ .fault = 1, .at_ns = 2500 * MS, .until_ns = 2500 * MS });
}

static void write_tiny_judgement(struct synthetic *s)
{
    static const struct report_check checks[] = {
        { "election_safety", true, CHECK_PASS, "", UINT64_MAX, 12 },
        { "linearizable", true, CHECK_VIOLATION, "k1: two reads disagree", 1102 * MS, 6 },
        { "log_matching", false, CHECK_PASS, "", UINT64_MAX, 0 },
    };
    static const struct tally counters[] = { { "redirects", 3 } };
    static const struct tally reached[] = { { "snapshot_installed", 1 } };
    static const struct tally stops[] = { { "barrier failed: DEAD", 1 }, { "log full", 2 } };
    g_array_append_vals(s->report.checks, checks, G_N_ELEMENTS(checks));
    s->report.samples.counters = counters;
    s->report.samples.counter_count = 1;
    s->report.samples.reached = reached;
    s->report.samples.reached_count = 1;
    s->report.samples.stops = stops;
    s->report.samples.stop_count = 2;
    s->report.verdict = VERDICT_VIOLATION;
    s->report.expected = false;
    s->report.digest = 0x123456789abcdef0;
    s->report.totals = (struct report_totals){ .events = 500,
                                               .messages_sent = 90,
                                               .messages_delivered = 80,
                                               .messages_dropped = 10,
                                               .messages_lost = 1,
                                               .messages_cut = 2,
                                               .messages_tail_dropped = 3,
                                               .messages_dead = 4,
                                               .messages_duplicated = 5,
                                               .messages_held = 6,
                                               .messages_corrupted = 7,
                                               .bytes_sent = 9000,
                                               .disk_bytes = 36864,
                                               .flushes = 9,
                                               .disk_waits = 3,
                                               .disk_turned_away = 2,
                                               .disk_errors = 8,
                                               .barriers_failed = 1,
                                               .starts = 11,
                                               .simulated_ns = 2500 * MS };
    static char linearizable[] = "k1: two reads disagree", never[] = "\"kill\" never fired";
    const struct finding findings[] = {
        { "linearizable", VERDICT_VIOLATION, linearizable, 1600 * MS, NULL },
        { "fault", VERDICT_INCONCLUSIVE, never, UINT64_MAX, NULL },
    };
    s->report.findings = g_array_new(FALSE, FALSE, sizeof(struct finding));
    g_array_append_vals(s->report.findings, findings, G_N_ELEMENTS(findings));
}

struct synthetic *synthetic_tiny(void)
{
    struct synthetic *s = begin("tiny", 42);
    add_instance(s, "A", &server_program);
    add_instance(s, "B", &server_program);
    add_instance(s, "C", &server_program);
    add_instance(s, "c1", &client_program);
    s->instances[0].cpu.inbox_limit = 9;
    s->instances[1].cpu.inbox_limit = 8;
    s->instances[2].disk.queue_limit = 1000; /* too far off for a line */
    s->plan.warmup_ns = 500 * MS;
    s->plan.duration_ns = 2000 * MS;
    write_tiny_faults(s);
    write_tiny_history(s);
    write_tiny_samples(s);
    finish(s, 2500 * MS);
    write_tiny_judgement(s);
    return s;
}

/* ---- The rich one -----------------------------------------------------------------------------
 */

#define RICH_END (70 * SECOND)

/* Nothing is answered from a loss of the leader until the next is elected. */
static const struct {
    uint64_t from_ms, until_ms;
} outages[] = { { 15000, 16400 }, { 30000, 31900 }, { 45000, 45800 } };

static uint64_t answered_at(struct random_stream *stream, uint64_t at_ns)
{
    uint64_t tail = random_below(stream, 1000);
    uint64_t latency = 2 * MS + random_below(stream, 2 * MS);
    if (tail < 30)
        latency += random_below(stream, 20 * MS);
    if (tail < 2)
        latency += random_below(stream, 200 * MS);
    for (size_t o = 0; o < G_N_ELEMENTS(outages); o++) {
        if (at_ns >= outages[o].from_ms * MS && at_ns < outages[o].until_ms * MS)
            return outages[o].until_ms * MS + latency;
    }
    return at_ns + latency;
}

static void write_rich_history(struct synthetic *s, struct random_stream *stream)
{
    uint64_t session = 0;
    for (uint64_t at = MS; at < RICH_END - 3 * SECOND; at += random_below(stream, 2 * MS)) {
        const struct cs_op op = { .kind = CS_OP_PUT, .session = ++session, .key = text("k") };
        size_t index = history_begin(s->history, at, at, 0, 0, 0, &op);
        uint64_t ended = answered_at(stream, at);
        const struct cs_result ok = { .status = CS_OK }, failed = { .status = CS_FAILED };
        uint64_t draw = random_below(stream, 1000);
        if (ended - at > 1000 * MS) {
            history_end(s->history, index, at + 1000 * MS, NULL);
        } else {
            history_end(s->history, index, ended,
                        draw < 10 || (ended - at > 500 * MS && draw < 300) ? &failed : &ok);
        }
    }
}

/* A new leader after each outage, a few candidates before it, crashed servers that come back. */
static void write_rich_roles(struct synthetic *s, uint32_t servers)
{
    g_assert(servers > 0);
    for (uint32_t i = 0; i < servers; i++) {
        add_change(s, 0, i, true, CS_ROLE_OTHER, 0);
        add_change(s, MS, i, true, CS_ROLE_FOLLOWER, 0);
    }
    add_change(s, 180 * MS, 0, true, CS_ROLE_CANDIDATE, 1);
    add_change(s, 200 * MS, 0, true, CS_ROLE_LEADER, 1);
    uint64_t term = 1;
    for (size_t o = 0; o < G_N_ELEMENTS(outages); o++) {
        uint32_t old = (uint32_t)o % servers, next = (uint32_t)(o + 1) % servers;
        uint32_t loser = (uint32_t)(o + 2) % servers;
        add_change(s, outages[o].from_ms * MS, old, false, CS_ROLE_OTHER, 0);
        add_change(s, (outages[o].from_ms + 300) * MS, loser, true, CS_ROLE_CANDIDATE, ++term);
        add_change(s, (outages[o].until_ms - 200) * MS, loser, true, CS_ROLE_FOLLOWER, term);
        add_change(s, (outages[o].until_ms - 200) * MS, next, true, CS_ROLE_CANDIDATE, ++term);
        add_change(s, outages[o].until_ms * MS, next, true, CS_ROLE_LEADER, term);
        add_change(s, (outages[o].from_ms + 6000) * MS, old, true, CS_ROLE_FOLLOWER, term);
    }
}

/* A leader that works hard, and harder while others are down. */
static void write_rich_samples(struct synthetic *s, uint32_t servers, struct random_stream *stream)
{
    for (uint32_t w = 0; w < RICH_END / SECOND; w++) {
        for (uint32_t i = 0; i < servers; i++) {
            uint32_t hard = w > 30 && w < 36 ? 2 : 1;
            s->samples[w * servers + i] = (struct sample){
                .use = {
                    [RESOURCE_CPU] = { 350000 * hard + (uint32_t)random_below(stream, 100000),
                                       3 * hard + random_below(stream, 5), 9 * hard },
                    [RESOURCE_NIC_OUT] = { 200000 + (uint32_t)random_below(stream, 50000), 0 },
                    [RESOURCE_NIC_IN] = { 80000 + (uint32_t)random_below(stream, 30000), 0 },
                    [RESOURCE_DISK] = { 500000 + (uint32_t)random_below(stream, 200000),
                                        hard * MS + random_below(stream, MS), 3 * hard * MS },
                    [RESOURCE_LINK] = { 300000, hard * MS / 2, hard * MS },
                },
                .disk_depth = 4 * hard,
                .disk_most = 6 * hard,
            };
        }
    }
}

static void write_rich_faults(struct synthetic *s)
{
    static const uint32_t targets[] = { 0, 1, 2, 3, 4 }, sides[] = { 0, 0, 1, 1, 1 };
    static const struct {
        const char *id;
        enum fault_kind kind;
        uint64_t at_ms, until_ms;
        uint32_t targets;
    } rows[] = {
        { "kill", FAULT_CRASH, 15000, 21000, 1 },
        { "cut", FAULT_PARTITION, 30000, 36000, 5 },
        { "slow-disk-on-a-follower", FAULT_SLOW_DISK, 38000, 50000, 2 },
        { "again", FAULT_CRASH, 45000, 51000, 1 },
        { "skew", FAULT_CLOCK, 47000, 47000, 1 },
        { "loss", FAULT_PACKETS, 48000, 58000, 1 },
    };
    for (uint32_t f = 0; f < G_N_ELEMENTS(rows); f++) {
        add_fault(s, rows[f].id, rows[f].kind);
        add_record(s, (struct fault_record){ .fault = f,
                                             .at_ns = rows[f].at_ms * MS,
                                             .until_ns = rows[f].until_ms * MS,
                                             .fired = true,
                                             .targets = targets,
                                             .side_of = sides,
                                             .target_count = rows[f].targets });
    }
}

struct synthetic *synthetic_rich(uint64_t seed, uint32_t servers)
{
    g_assert(servers >= 5);
    struct synthetic *s = begin("raft-leader-crash", seed);
    struct random_stream stream = random_stream_of(random_key(seed, "synthetic", "rich"));
    for (uint32_t i = 0; i < servers; i++) {
        g_autofree char *name =
            servers <= 5 ? g_strdup_printf("%c", 'A' + (int)i) : g_strdup_printf("n%03u", i + 1);
        add_instance(s, name, &server_program);
    }
    s->plan.warmup_ns = 5 * SECOND;
    s->plan.duration_ns = 60 * SECOND;
    write_rich_history(s, &stream);
    write_rich_roles(s, servers);
    write_rich_samples(s, servers, &stream);
    write_rich_faults(s);
    return finish(s, RICH_END);
}
