/* What was acknowledged survives: judged at the end, on the history of key-value operations and the
 * final reads of their keys.
 *
 * The rules are sound: a history that has any linearization breaks none of them.  For a key that
 * only put, delete and cas have changed, let r be an answered final read, and w the last write
 * before r in some linearization (or the beginning, when the key was absent).  Then w wrote what r
 * found.  Every write v that was answered OK before r was asked stands before r, so it is w or
 * stands before w; in the latter case v was asked no later than w had taken effect.  So
 *   (1) somebody wrote what r found, and
 *   (2) if v wrote something else than r found, some writer of what r found did not end before v
 *       was asked.
 * An operation of unknown outcome never ends in this sense: it may take effect at any time after it
 * was asked.  A failed one has no effect.  Values need not be unique, though they find more if they
 * are.
 *
 * Transactions do not show in the history which keys they wrote, so groups that saw any are left
 * alone.  For appends see survival.c. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "verify/facts.h"
#include "verify/survival.h"

void final_read_violation(const struct final_read *final, const char *format, ...)
{
    struct cs_text text = { 0 };
    va_list arguments;
    va_start(arguments, format);
    text_add_list(&text, format, arguments);
    va_end(arguments);
    oracle_violation(final->oracle, final->read->ended_ns, CS_NODE_NONE, "key \"%.*s\": %s",
                     QUOTED(final->run->key), text_string(&text));
    text_done(&text);
}

bool final_read_follows(const struct final_read *final, const struct operation *write)
{
    return operation_has_written(write) && write->ended_ns < final->read->started_ns;
}

bool final_read_may_follow(const struct final_read *final, const struct operation *write)
{
    return operation_may_have_written(write) && write->started_ns <= final->read->ended_ns;
}

/* Whether this write would leave what the final read found. */
static bool explains(const struct final_read *final, const struct operation *write)
{
    if (write->kind == CS_OP_DELETE)
        return !final->read->present;
    return final->read->present &&
           bytes_equal(history_bytes(final->history, write->value), final->value);
}

static void report_stale(const struct final_read *final, const struct operation *lost,
                         bool was_written)
{
    struct moment at = moment_of(lost->ended_ns);
    struct cs_bytes value = history_bytes(final->history, lost->value);
    const char *name = operation_name(lost);
    if (!final->read->present) {
        final_read_violation(final, "nothing is left of %s \"%.*s\", answered at %s%s", name,
                             QUOTED(value), at.text,
                             was_written ? " after every delete" : ", and nothing was deleted");
    } else if (lost->kind == CS_OP_DELETE) {
        final_read_violation(final, "\"%.*s\" is back, though a later delete was answered at %s",
                             QUOTED(final->value), at.text);
    } else {
        final_read_violation(final,
                             "\"%.*s\" is left, though the later %s \"%.*s\" was answered at %s",
                             QUOTED(final->value), name, QUOTED(value), at.text);
    }
}

static void judge_overwritten(const struct final_read *final)
{
    bool was_written = false;              /* by a write that explains what is left */
    uint64_t written_before = 0;           /* the latest of those at the latest */
    const struct operation *latest = NULL; /* the last answered write of something else */
    for (size_t i = 0; i < final->run->count; i++) {
        const struct operation *write = final->run->operations[i];
        if (!final_read_may_follow(final, write))
            continue;
        if (explains(final, write)) {
            uint64_t before = operation_written_before(write);
            was_written = true;
            written_before = before > written_before ? before : written_before;
        } else if (final_read_follows(final, write) &&
                   (latest == NULL || write->started_ns > latest->started_ns)) {
            latest = write;
        }
    }
    if (final->read->present && !was_written) {
        final_read_violation(final, "nobody wrote \"%.*s\", which is left", QUOTED(final->value));
    } else if (latest != NULL && (!was_written || written_before < latest->started_ns)) {
        report_stale(final, latest, was_written);
    }
}

/* ---- Which rule for which key -------------------------------------------------------------------
 */

struct key_writes {
    bool appended;
    bool overwritten; /* by put, delete or cas */
};

static struct key_writes writes_of(const struct key_run *run)
{
    struct key_writes writes = { false, false };
    for (size_t i = 0; i < run->count; i++) {
        const struct operation *operation = run->operations[i];
        if (!operation_may_have_written(operation))
            continue;
        if (operation->kind == CS_OP_APPEND) {
            writes.appended = true;
        } else {
            writes.overwritten = true;
        }
    }
    return writes;
}

static void judge_key(struct oracle *oracle, const struct history *history,
                      const struct key_run *run)
{
    struct key_writes writes = writes_of(run);
    bool judged = false;
    for (size_t i = 0; i < run->count; i++) {
        const struct operation *read = run->operations[i];
        if (!operation_is_final_read(read) || read->outcome != OUTCOME_OK)
            continue;
        struct final_read final = {
            .oracle = oracle,
            .history = history,
            .run = run,
            .read = read,
            .value = read->present ? history_bytes(history, read->result) : (struct cs_bytes){ 0 },
        };
        judged = true;
        if (!writes.appended) {
            judge_overwritten(&final);
        } else if (!writes.overwritten) {
            judge_appended(&final);
        } else {
            judge_mixed(&final);
        }
    }
    oracle->seen += judged && (writes.appended || writes.overwritten);
}

/* By group: whether any transaction may have written there.  The caller frees it. */
static bool *groups_with_transactions(const struct history *history)
{
    size_t count = history_count(history);
    uint32_t last = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t group = history_at(history, i)->group;
        last = group > last ? group : last;
    }
    bool *groups = calloc((size_t)last + 1, sizeof *groups);
    cs_assert(groups != NULL);
    for (size_t i = 0; i < count; i++) {
        const struct operation *operation = history_at(history, i);
        if (operation->kind == CS_OP_TXN && operation->outcome != OUTCOME_FAILED)
            groups[operation->group] = true;
    }
    return groups;
}

static void at_end(struct oracle *oracle, uint64_t at_ns, const struct history *history)
{
    (void)at_ns;
    bool *transactional = groups_with_transactions(history);
    struct key_runs runs;
    key_runs_init(&runs, history);
    for (size_t i = 0; i < runs.count; i++) {
        if (!transactional[runs.runs[i].operations[0]->group])
            judge_key(oracle, history, &runs.runs[i]);
    }
    key_runs_done(&runs);
    free(transactional);
}

const struct oracle_type oracle_acknowledged_survives = {
    .name = "acknowledged_survives",
    .about = "what the final reads find is not older than any acknowledged write, and was written "
             "by somebody",
    .needs_history = true,
    .at_end = at_end,
};
