/* What was written, and the reads that show at the end what is left of it.
 *
 * The keys of a group of servers are dealt out on demand: each client of a workload that asks the
 * group has up to READS_MAX of them open, and takes the next key when one of those has ended.
 *
 * Where links go on losing messages one read of hundreds has bad luck, which says nothing about the
 * data: a key whose read failed is read again, up to TRIES_MAX times in all, by the next client of
 * the group, since the one that failed may be the one that is cut off.  Where nobody answers,
 * asking again is in vain: it ends after FAILURES_MAX failures without an answer in between. */
#include "load/internal.h"

enum { READS_MAX = 16, TRIES_MAX = 5, FAILURES_MAX = 64 };

static struct target *target_of(struct load *load, const struct workload_options *options)
{
    uint32_t i = 0;
    while (i < load->target_count && load->targets[i].group != options->target)
        i++;
    if (i == load->target_count)
        load->targets[load->target_count++] = (struct target){ .group = options->target };
    struct target *target = &load->targets[i];
    if (target->key_count < options->key_count)
        target->key_count = options->key_count;
    return target;
}

void targets_init(struct load *load)
{
    load->targets = calloc(load->workload_count + 1, sizeof *load->targets);
    cs_assert(load->targets != NULL);
    for (uint32_t w = 0; w < load->workload_count; w++) {
        struct target *target = target_of(load, load->workloads[w].options);
        load->workloads[w].target = (uint32_t)(target - load->targets);
    }
    for (uint32_t t = 0; t < load->target_count; t++) {
        struct target *target = &load->targets[t];
        target->written = calloc((size_t)target->key_count + 1, 1);
        cs_assert(target->written != NULL);
    }
}

void targets_done(struct load *load)
{
    for (uint32_t t = 0; t < load->target_count; t++) {
        free(load->targets[t].written);
        free(load->targets[t].again);
        free(load->targets[t].tries);
    }
    free(load->targets);
}

void target_note(struct load *load, const struct workload *workload, const struct choice *choice)
{
    if (!operation_writes(choice->kind))
        return;
    struct target *target = &load->targets[workload->target];
    cs_assert(choice->rank < target->key_count);
    target->written_count += !target->written[choice->rank];
    target->written[choice->rank] = 1;
}

static uint32_t take_rank(struct target *target)
{
    if (target->unread == 0) {
        cs_assert(target->again_first < target->again_end);
        return target->again[target->again_first++].rank;
    }
    target->unread--;
    while (!target->written[target->rank_next])
        target->rank_next++;
    return target->rank_next++;
}

void final_read_next(struct client *client, uint64_t at_ns)
{
    struct target *target = &client->load->targets[client->workload->target];
    if (final_reads_left(target) == 0)
        return;
    if (target->unread == 0 && target->again[target->again_first].due_ns > at_ns)
        return; /* somebody comes for it then */
    struct choice choice = { .kind = CS_OP_GET, .rank = take_rank(target) };
    cs_assert(choice.rank < target->key_count);
    load_ask(client, at_ns, &choice, true);
}

/* Of all that ask the same servers, whatever the workload. */
static struct client *client_after(struct client *client)
{
    struct workload *workload = client->workload;
    const struct load *load = client->load;
    const uint32_t target = workload->target;
    if (client + 1 < workload->clients + workload->options->client_count)
        return client + 1;
    do {
        bool is_last = workload + 1 == load->workloads + load->workload_count;
        workload = is_last ? load->workloads : workload + 1;
    } while (workload->target != target);
    return workload->clients;
}

struct client *final_read_ended(struct client *client, uint32_t rank, bool answered,
                                uint64_t due_ns)
{
    struct target *target = &client->load->targets[client->workload->target];
    cs_assert(client->load->reading);
    cs_assert(rank < target->key_count);
    if (answered) {
        target->failures = 0;
        return client;
    }
    if (target->tries == NULL) {
        target->tries = calloc(target->key_count, sizeof *target->tries);
        target->again = calloc((size_t)target->key_count * TRIES_MAX, sizeof *target->again);
        cs_assert(target->tries != NULL);
        cs_assert(target->again != NULL);
    }
    bool in_vain = target->failures++ >= FAILURES_MAX;
    if (++target->tries[rank] < TRIES_MAX && !in_vain) {
        target->again[target->again_end].due_ns = due_ns;
        target->again[target->again_end++].rank = rank;
    }
    return client_after(client);
}

void load_final_reads(struct load *load)
{
    cs_assert(load->stopped);
    cs_assert(!load->reading);
    load->reading = true;
    for (uint32_t t = 0; t < load->target_count; t++)
        load->targets[t].unread = load->targets[t].written_count;
    uint64_t now = cluster_now(load->cluster);
    for (uint32_t round = 0; round < READS_MAX; round++) {
        for (uint32_t w = 0; w < load->workload_count; w++) {
            struct workload *workload = &load->workloads[w];
            for (uint32_t c = 0; c < workload->options->client_count; c++)
                final_read_next(&workload->clients[c], now);
        }
    }
}
