/* What was acknowledged can be read: every key of which a write was answered OK, and that was asked
 * for at the end, when the faults were healed, was read, if not at the first attempt.
 *
 * This is about being answered at all; acknowledged_survives judges the answer.  A key that was
 * never asked for is not judged. */
#include <stdio.h>

#include "base/text.h"
#include "verify/keys.h"
#include "verify/oracles.h"

static const char *how_it_ended(const struct operation *read)
{
    if (read->outcome == OUTCOME_FAILED)
        return read->status == CS_LOST ? "the data is lost" : "it failed";
    return read->answered ? "its outcome is unknown" : "no answer came";
}

static void judge(struct oracle *oracle, const struct key_run *run)
{
    cs_assert(run->count > 0);
    bool acknowledged = false;
    bool answered = false;
    size_t asked = 0;
    const struct operation *last = NULL;
    for (size_t i = 0; i < run->count; i++) {
        const struct operation *operation = run->operations[i];
        acknowledged = acknowledged || operation_has_written(operation);
        if (!operation_is_final_read(operation))
            continue;
        last = operation;
        asked++;
        answered = answered || operation->outcome == OUTCOME_OK;
    }
    if (!acknowledged || last == NULL)
        return;
    oracle->seen++;
    if (answered)
        return;
    uint64_t at_ns = last->outcome == OUTCOME_OPEN ? last->started_ns : last->ended_ns;
    char often[64] = "";
    if (asked > 1)
        snprintf(often, sizeof often, ", asked %zu times", asked);
    oracle_violation(oracle, at_ns, last->client,
                     "key \"%.*s\" was written, but could not be read at the end%s: %s",
                     (int)run->key.size, run->key.size > 0 ? (const char *)run->key.data : "",
                     often, how_it_ended(last));
}

static void at_end(struct oracle *oracle, uint64_t at_ns, const struct history *history)
{
    (void)at_ns;
    struct key_runs runs;
    key_runs_init(&runs, history);
    for (size_t i = 0; i < runs.count; i++)
        judge(oracle, &runs.runs[i]);
    key_runs_done(&runs);
}

const struct oracle_type oracle_final_reads = {
    .name = "final_reads",
    .about = "every key of which a write was acknowledged can be read after the faults are healed",
    .needs_history = true,
    .at_end = at_end,
};
