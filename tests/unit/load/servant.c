#include "servant.h"

#include <inttypes.h>

#include "base/text.h"

void (*servant_act)(struct cs_context *cx, cs_request request, const struct cs_op *op);

static const char *const costs[] = { "operation", NULL };

void servant_ok(struct cs_context *cx, cs_request request)
{
    cs_reply(cx, request, &(struct cs_result){ .status = CS_OK });
}

void servant_ok_after(struct cs_context *cx, cs_request request, cs_duration delay)
{
    cs_set_timer(cx, request, delay);
}

void servant_at_once(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    servant_ok(cx, request);
}

void servant_after_3ms(struct cs_context *cx, cs_request request, const struct cs_op *op)
{
    (void)op;
    servant_ok_after(cx, request, cs_ms(3));
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state;
    servant_ok(cx, token);
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    (void)state;
    cs_charge(cx, 0, 1);
    if (servant_act != NULL)
        servant_act(cx, id, op);
}

const struct cs_program servant_program = {
    .role = "client",
    .state_size = 8,
    .costs = costs,
    .on_timer = on_timer,
    .on_request = on_request,
};

void servants_init(struct servants *servants, uint32_t clients)
{
    static const uint64_t free_of_charge[] = { 0 };
    servant_act = NULL;
    *servants = (struct servants){ .cluster = NULL };
    small_cluster_init(&servants->small, &servant_program, clients);
    for (uint32_t i = 0; i < clients; i++)
        servants->small.instances[i].unit_costs_ns = free_of_charge;
}

void servants_begin(struct servants *servants, uint64_t seed,
                    const struct workload_options *workloads, uint32_t count)
{
    servants->cluster = cluster_new(&servants->small.options);
    servants->history = history_new();
    cs_assert(count <= SERVANTS_WORKLOADS_MAX);
    for (uint32_t i = 0; i < count; i++)
        servants->workloads[i] = workloads[i];
    servants->load =
        load_new(servants->cluster, seed, servants->workloads, count, servants->history);
}

void servants_run_to_ms(struct servants *servants, uint64_t ms)
{
    cluster_run(servants->cluster, ms * 1000000 + 1, UINT64_MAX);
}

void servants_done(struct servants *servants)
{
    load_free(servants->load);
    cluster_free(servants->cluster);
    history_free(servants->history);
}

static struct workload_options workload(uint32_t clients)
{
    static const uint32_t instances[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    cs_assert(clients <= SMALL_INSTANCES_MAX);
    struct workload_options options = {
        .name = "test",
        .clients = instances,
        .client_count = clients,
        .outstanding = 1,
        .think = distribution_constant(0),
        .key_count = 1,
        .value_size = distribution_constant(0),
        .timeout_ns = 1000000000,
        .stop_ns = UINT64_MAX,
    };
    options.weights[CS_OP_GET] = 1;
    return options;
}

struct workload_options open_workload(uint32_t clients, uint64_t rate_per_s)
{
    struct workload_options options = workload(clients);
    options.open = true;
    options.rate_milli_per_s = rate_per_s * 1000;
    return options;
}

struct workload_options closed_workload(uint32_t clients) { return workload(clients); }

static void add_bytes(struct cs_text *text, const struct history *history, const char *before,
                      struct history_bytes bytes)
{
    struct cs_bytes what = history_bytes(history, bytes);
    if (what.size == 0)
        return;
    cs_text_add(text, "%s", before);
    text_add_bytes(text, what.data, what.size);
}

const char *servants_asked(const struct servants *servants, size_t *from)
{
    static const char *const names[] = { "get", "put", "delete", "cas", "append" };
    static struct cs_text text;
    text_reset(&text);
    for (; *from < history_count(servants->history); ++*from) {
        const struct operation *op = history_at(servants->history, *from);
        text_add_duration(&text, op->started_ns);
        cs_text_add(&text, " %s %s", servants->small.instances[op->client].name,
                    op->kind < 5 ? names[op->kind] : "work");
        add_bytes(&text, servants->history, " ", op->key);
        add_bytes(&text, servants->history, " if ", op->expected);
        add_bytes(&text, servants->history, " ", op->value);
        cs_text_add(&text, "\n");
    }
    return text_string(&text);
}

const char *servants_outcome(const struct servants *servants, size_t index)
{
    static const char *const names[] = { "open", "ok", "failed", "unknown" };
    static struct cs_text text;
    const struct operation *op = history_at(servants->history, index);
    text_reset(&text);
    text_add_duration(&text, op->intended_ns);
    cs_text_add(&text, "..");
    text_add_duration(&text, op->ended_ns);
    cs_text_add(&text, " %s", names[op->outcome]);
    return text_string(&text);
}
