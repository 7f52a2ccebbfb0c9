/* A run written by hand: two servers in groups 0 and 1, two clients, one in each of two regions.
 * Measured is [1 s, 5 s) of 6 s; fault 0 is active in [2 s, 3 s), fault 1 in [4 s, 4.5 s). */
#ifndef TEST_WRITTEN_RUN_H
#define TEST_WRITTEN_RUN_H
#include "measure/threshold.h"

#define MS     UINT64_C(1000000)
#define SECOND (1000 * MS)

enum { A, B, EU_CLIENT, US_CLIENT, INSTANCES, WINDOWS = 6 };

static const struct fault_span spans[] = { { 2 * SECOND, 3 * SECOND }, { 4 * SECOND, 4500 * MS } };
static const uint32_t fault_of_span[] = { 0, 1 };
static const struct metrics_options times = {
    .window_ns = SECOND,
    .warmup_ns = SECOND,
    .duration_ns = 5 * SECOND,
    .end_ns = 6 * SECOND,
    .faults = spans,
    .fault_count = 2,
};

static const struct {
    uint64_t intended_ms, ended_ms;
    enum outcome outcome;
    enum cs_op_kind kind;
    uint32_t group, client;
} operations[] = {
    { 500, 510, OUTCOME_OK, CS_OP_PUT, 0, EU_CLIENT },
    { 1100, 1110, OUTCOME_OK, CS_OP_GET, 0, EU_CLIENT },
    { 1200, 1220, OUTCOME_OK, CS_OP_PUT, 0, EU_CLIENT },
    { 1300, 1330, OUTCOME_OK, CS_OP_GET, 1, US_CLIENT },
    { 1900, 2100, OUTCOME_OK, CS_OP_PUT, 0, US_CLIENT },
    { 2200, 2700, OUTCOME_UNKNOWN, CS_OP_GET, 0, EU_CLIENT },
    { 2500, 2501, OUTCOME_FAILED, CS_OP_PUT, 1, US_CLIENT },
    { 3500, 3540, OUTCOME_OK, CS_OP_GET, 0, EU_CLIENT },
    { 4100, 4260, OUTCOME_OK, CS_OP_GET, 1, EU_CLIENT },
    { 5100, 5105, OUTCOME_OK, CS_OP_GET, 0, EU_CLIENT },
};

static struct history *written_history(void)
{
    struct history *history = history_new();
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        const struct cs_op op = { .kind = operations[i].kind };
        size_t index =
            history_begin(history, operations[i].intended_ms * MS, operations[i].intended_ms * MS,
                          operations[i].client, operations[i].group, 0, &op);
        const struct cs_result result = { .status = operations[i].outcome == OUTCOME_OK
                                                        ? CS_OK
                                                        : CS_FAILED };
        bool answered = operations[i].outcome != OUTCOME_UNKNOWN;
        history_end(history, index, operations[i].ended_ms * MS, answered ? &result : NULL);
    }
    return history;
}

static const struct role_change changes[] = {
    { 500 * MS, A, true, CS_ROLE_LEADER, 1 },
    { 1500 * MS, B, true, CS_ROLE_LEADER, 1 },
    { 1600 * MS, A, true, CS_ROLE_FOLLOWER, 1 },
    { 2200 * MS, A, true, CS_ROLE_LEADER, 2 },
};
static const struct tally counters[] = { { "retries", 12 } };
static const struct tally reached[] = { { "stepped_down", 3 } };
static struct sample samples[WINDOWS * INSTANCES];

/* A sends 10, 20, … messages of 100 bytes and flushes twice a window; B sends one message. */
static struct sample_table written_samples(void)
{
    for (uint64_t w = 0; w < WINDOWS; w++) {
        samples[w * INSTANCES + A] = (struct sample){ .messages_sent = 10 * (w + 1),
                                                      .bytes_sent = 1000 * (w + 1),
                                                      .flushes = 2 };
        samples[w * INSTANCES + B] = (struct sample){ .messages_sent = 1, .bytes_sent = 100 };
    }
    return (struct sample_table){ .window_ns = SECOND,
                                  .end_ns = 6 * SECOND,
                                  .instance_count = INSTANCES,
                                  .window_count = WINDOWS,
                                  .samples = samples,
                                  .changes = changes,
                                  .change_count = 4,
                                  .counters = counters,
                                  .counter_count = 1,
                                  .reached = reached,
                                  .reached_count = 1 };
}

static const struct instance_options instances[INSTANCES] = {
    [A] = { .machine = A, .group = 0 },
    [B] = { .machine = B, .group = 1 },
    [EU_CLIENT] = { .machine = EU_CLIENT, .group = 2 },
    [US_CLIENT] = { .machine = US_CLIENT, .group = 2 },
};
enum { EU, US };
static const uint32_t rack_of_machine[] = { EU, US, EU, US };
static const uint32_t region_of_rack[] = { EU, US };
static const struct cluster_options cluster = {
    .topology = { .machine_count = INSTANCES,
                  .rack_count = 2,
                  .region_count = 2,
                  .rack_of_machine = rack_of_machine,
                  .region_of_rack = region_of_rack },
    .instances = instances,
    .instance_count = INSTANCES,
};

#endif
