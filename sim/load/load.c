/* Who asks what, when, and what came of it. */
#include "load/internal.h"

/* ---- Sessions and values --------------------------------------------------------------------- */

static uint64_t number_of(const struct workload *workload, uint64_t client, uint64_t count)
{
    cs_assert(client < CLIENTS_MAX);
    cs_assert(count < NUMBERS_MAX);
    return (workload->index * (uint64_t)CLIENTS_MAX + client) * NUMBERS_MAX + count;
}

static uint64_t next_value(struct client *client)
{
    struct workload *workload = client->workload;
    if (workload->options->open)
        return number_of(workload, 0, ++workload->values);
    return number_of(workload, (uint64_t)(client - workload->clients), ++client->values);
}

static uint64_t session_take(struct client *client)
{
    if (client->idle_count > 0)
        return client->idle[--client->idle_count];
    const struct workload *workload = client->workload;
    return number_of(workload, (uint64_t)(client - workload->clients), ++client->sessions);
}

static void session_give_back(struct client *client, uint64_t session)
{
    if (client->idle_count == client->idle_capacity) {
        client->idle_capacity = client->idle_capacity == 0 ? 4 : client->idle_capacity * 2;
        client->idle = realloc(client->idle, client->idle_capacity * sizeof *client->idle);
        cs_assert(client->idle != NULL);
    }
    client->idle[client->idle_count++] = session;
}

/* ---- The end of an operation ----------------------------------------------------------------- */

/* What the client now knows to be under the key. */
static void learn(struct load *load, const struct open_operation *operation,
                  const struct cs_result *result)
{
    struct seen *seen = operation->client->seen;
    if (seen == NULL || !operation_shape_of(operation->choice.kind)->key)
        return;
    uint32_t rank = operation->choice.rank;
    bool ok = result != NULL && result->status == CS_OK;
    if (ok && operation->choice.kind == CS_OP_GET) {
        seen_set(seen, rank, result->present ? result->value : cs_bytes_of(NULL, 0));
    } else if (ok && operation_shape_of(operation->choice.kind)->value &&
               (operation->choice.kind != CS_OP_CAS || result->applied)) {
        seen_set(seen, rank, operation_value(&load->text, &operation->choice, operation->number));
    } else if (operation_writes(operation->choice.kind)) {
        seen_forget(seen, rank);
    }
}

static void on_final_read_due(void *argument, uint64_t at_ns) { final_read_next(argument, at_ns); }
static void on_ask_due(void *argument, uint64_t at_ns);

static void call_at(struct load *load, uint64_t at_ns, cluster_call function, void *argument,
                    enum load_call kind)
{
    cluster_call_at(load->cluster, at_ns, function, argument, LOAD_LABEL + kind);
}

/* What follows happens by a call of its own: an answer is told by an observer, which must not
 * change the cluster. */
static void go_on(const struct open_operation *operation, const struct cs_result *result,
                  uint64_t at_ns)
{
    struct client *client = operation->client;
    const struct workload_options *options = client->workload->options;
    if (operation->final_read) {
        bool answered = result != NULL && (result->status == CS_OK || result->status == CS_LOST);
        uint64_t due_ns = answered ? at_ns : at_ns + FINAL_PAUSE_NS;
        client = final_read_ended(client, operation->choice.rank, answered, due_ns);
        call_at(client->load, due_ns, on_final_read_due, client, CALL_FINAL_READ);
    } else if (!options->open && !client->load->stopped) {
        uint64_t think = distribution_sample(&options->think, &client->think);
        call_at(client->load, at_ns + think, on_ask_due, client, CALL_ASK);
    }
}

/* `result` is NULL at the deadline. */
static void end_operation(struct load *load, uint32_t index, uint64_t at_ns,
                          const struct cs_result *result)
{
    struct open_operation operation = open_take(load, index);
    cs_assert(at_ns <= operation.deadline_ns);
    history_end(load->history, operation.record, at_ns, result);
    if (result == NULL)
        request_table_add(&load->late, operation.request, (uint32_t)operation.record);
    learn(load, &operation, result);
    if (result != NULL && result->status != CS_UNKNOWN)
        session_give_back(operation.client, operation.session);
    go_on(&operation, result, at_ns);
}

static void on_reply(void *self, uint64_t at_ns, uint32_t instance, cs_request request,
                     const struct cs_result *result)
{
    struct load *load = self;
    uint32_t index, record;
    if (request >= REQUESTS_MAX)
        return; /* asked by somebody else */
    uint64_t name = request_name(instance, request);
    if (!request_table_find(&load->open.requests, name, &index)) {
        if (request_table_find(&load->late, name, &record)) {
            history_note_late(load->history, record, result);
            request_table_remove(&load->late, name);
        }
        return;
    }
    cs_assert(load->open.operations[index].client->instance == instance);
    end_operation(load, index, at_ns, result);
}

static void on_deadline(void *argument, uint64_t at_ns);

/* See to it that there is one wake-up if an operation is open. */
static void schedule_wake_up(struct workload *workload)
{
    if (workload->wake_up || workload->first == NONE)
        return;
    workload->wake_up = true;
    uint64_t at_ns = workload->load->open.operations[workload->first].deadline_ns;
    call_at(workload->load, at_ns, on_deadline, workload, CALL_DEADLINE);
}

static void on_deadline(void *argument, uint64_t at_ns)
{
    struct workload *workload = argument;
    struct load *load = workload->load;
    workload->wake_up = false;
    while (workload->first != NONE && load->open.operations[workload->first].deadline_ns <= at_ns)
        end_operation(load, workload->first, at_ns, NULL);
    schedule_wake_up(workload);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

void load_ask(struct client *client, uint64_t at_ns, const struct choice *choice, bool final_read)
{
    struct load *load = client->load;
    struct workload *workload = client->workload;
    const struct operation_shape *shape = operation_shape_of(choice->kind);
    struct open_operation operation = {
        .client = client,
        .session = session_take(client),
        .deadline_ns = at_ns + (final_read ? FINAL_READ_NS : 0) + workload->options->timeout_ns,
        .choice = *choice,
        .number = shape->value || shape->element ? next_value(client) : 0,
        .final_read = final_read,
    };
    struct cs_bytes expected = { NULL, 0 };
    if (shape->expected)
        expected = seen_get(client->seen, choice->rank);
    struct cs_op op = operation_make(&load->text, choice, operation.number, expected);
    op.session = operation.session;
    target_note(load, workload, choice);
    operation.record =
        history_begin(load->history, at_ns, at_ns, client->instance, workload->options->target,
                      final_read ? HISTORY_FINAL_READ : workload->index, &op);
    operation.request =
        request_name(client->instance, cluster_request(load->cluster, client->instance, &op));
    open_add(load, &operation);
    schedule_wake_up(workload);
}

/* Whether the client's first boot is due at this very instant, but was not handled yet: it depends
 * on the order of equal times. */
static bool is_about_to_boot(const struct client *client, uint64_t at_ns)
{
    struct cluster *cluster = client->load->cluster;
    return cluster_view(cluster, client->instance).incarnation == 0 &&
           cluster_options_of(cluster)->instances[client->instance].boot_at_ns == at_ns;
}

/* Closed: a client asks again. */
static void on_ask_due(void *argument, uint64_t at_ns)
{
    struct client *client = argument;
    struct workload *workload = client->workload;
    if (client->load->stopped || at_ns >= workload->options->stop_ns)
        return;
    if (is_about_to_boot(client, at_ns)) {
        call_at(client->load, at_ns, on_ask_due, client, CALL_ASK);
        return;
    }
    struct choice choice = chooser_draw(&workload->chooser, &client->streams);
    load_ask(client, at_ns, &choice, false);
}

static void on_arrival(void *argument, uint64_t at_ns);

static void schedule_arrival(struct workload *workload)
{
    uint64_t at_ns;
    if (arrivals_next(&workload->arrivals, &at_ns))
        call_at(workload->load, at_ns, on_arrival, workload, CALL_ARRIVAL);
}

/* Open: the next client in rotation asks. */
static void on_arrival(void *argument, uint64_t at_ns)
{
    struct workload *workload = argument;
    struct client *client = &workload->clients[workload->client_next];
    if (workload->load->stopped)
        return;
    if (is_about_to_boot(client, at_ns)) {
        call_at(workload->load, at_ns, on_arrival, workload, CALL_ARRIVAL);
        return;
    }
    workload->client_next = (workload->client_next + 1) % workload->options->client_count;
    struct choice choice = chooser_draw(&workload->chooser, &workload->streams);
    load_ask(client, at_ns, &choice, false);
    schedule_arrival(workload);
}

/* ---- Making and unmaking --------------------------------------------------------------------- */

static void client_init(struct client *client, struct workload *workload, uint64_t seed,
                        uint32_t instance)
{
    const struct workload_options *options = workload->options;
    const struct cluster_options *cluster = cluster_options_of(workload->load->cluster);
    cs_assert(instance < cluster->instance_count);
    const char *name = cluster->instances[instance].name;
    *client = (struct client){
        .load = workload->load,
        .workload = workload,
        .instance = instance,
        .streams = choice_streams_of(seed, options->name, name),
        .think = random_stream_of(choice_key(seed, options->name, name, "think")),
    };
    if (options->weights[CS_OP_CAS] > 0)
        client->seen = seen_new(options->key_count);
}

static void workload_init(struct workload *workload, struct load *load, uint64_t seed,
                          const struct workload_options *options)
{
    cs_assert(options->client_count > 0);
    cs_assert(options->timeout_ns > 0);
    cs_assert(options->open || options->outstanding > 0);
    cs_assert(options->target < cluster_options_of(load->cluster)->group_count);
    *workload = (struct workload){
        .load = load,
        .options = options,
        .index = (uint16_t)(workload - load->workloads),
        .streams = choice_streams_of(seed, options->name, NULL),
        .first = NONE,
        .last = NONE,
    };
    chooser_init(&workload->chooser, options);
    workload->clients = calloc(options->client_count, sizeof *workload->clients);
    cs_assert(workload->clients != NULL);
    for (uint32_t c = 0; c < options->client_count; c++)
        client_init(&workload->clients[c], workload, seed, options->clients[c]);
    if (options->open) {
        arrivals_init(&workload->arrivals, options,
                      choice_key(seed, options->name, NULL, "arrival"));
    }
}

/* A closed workload's clients begin together, each when it is there. */
static void begin_closed(struct workload *workload)
{
    const struct workload_options *options = workload->options;
    const struct cluster_options *cluster = cluster_options_of(workload->load->cluster);
    for (uint32_t c = 0; c < options->client_count; c++) {
        struct client *client = &workload->clients[c];
        uint64_t boot_ns = cluster->instances[client->instance].boot_at_ns;
        uint64_t at_ns = options->start_ns > boot_ns ? options->start_ns : boot_ns;
        for (uint32_t i = 0; i < options->outstanding; i++)
            call_at(workload->load, at_ns, on_ask_due, client, CALL_ASK);
    }
}

struct load *load_new(struct cluster *cluster, uint64_t seed,
                      const struct workload_options *workloads, uint32_t workload_count,
                      struct history *history)
{
    cs_assert(workload_count < HISTORY_FINAL_READ);
    struct load *load = calloc(1, sizeof *load);
    cs_assert(load != NULL);
    load->cluster = cluster;
    load->history = history;
    load->workload_count = workload_count;
    load->workloads = calloc(workload_count, sizeof *load->workloads);
    cs_assert(load->workloads != NULL || workload_count == 0);
    open_table_init(&load->open);
    for (uint32_t w = 0; w < workload_count; w++)
        workload_init(&load->workloads[w], load, seed, &workloads[w]);
    targets_init(load);
    struct cluster_observer observer = { .self = load, .on_reply = on_reply };
    cluster_observe(cluster, &observer);
    for (uint32_t w = 0; w < workload_count; w++) {
        if (workloads[w].open) {
            schedule_arrival(&load->workloads[w]);
        } else {
            begin_closed(&load->workloads[w]);
        }
    }
    return load;
}

static void workload_done(struct workload *workload)
{
    for (uint32_t c = 0; c < workload->options->client_count; c++) {
        seen_free(workload->clients[c].seen);
        free(workload->clients[c].idle);
    }
    free(workload->clients);
    chooser_done(&workload->chooser);
}

void load_free(struct load *load)
{
    if (load == NULL)
        return;
    for (uint32_t w = 0; w < load->workload_count; w++)
        workload_done(&load->workloads[w]);
    free(load->workloads);
    targets_done(load);
    request_table_done(&load->late);
    open_table_done(&load->open);
    operation_text_done(&load->text);
    free(load);
}

void load_stop(struct load *load) { load->stopped = true; }

uint64_t load_open_count(const struct load *load)
{
    uint64_t count = load->open.count;
    for (uint32_t t = 0; t < load->target_count; t++)
        count += final_reads_left(&load->targets[t]);
    return count;
}
