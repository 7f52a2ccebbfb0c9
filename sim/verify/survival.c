/* Keys that grow by appends, for acknowledged_survives.
 *
 * A key that only appends have changed holds, in any linearization, the pieces of all appends that
 * took effect before the final read, in their order.  So every piece answered before the read was
 * asked is there, no piece is there more often than it was appended, nothing else is there, and a
 * piece answered before another was asked stands before it.
 *
 * To find pieces in the value without guessing, no piece may be the beginning of another: then the
 * value can be cut into pieces in one way only.  Otherwise, and where values are not kept whole,
 * what remains sound is that answered pieces occur somewhere and that sizes add up.
 *
 * A key that has also been overwritten holds at least the pieces of those appends that were asked
 * for after every overwriting operation had ended. */
#include "verify/survival.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "verify/facts.h"

/* One distinct content among the appends. */
struct piece {
    struct cs_bytes content;
    const struct operation *any;      /* the first append of it */
    const struct operation *answered; /* the first that has to be there, or NULL */
    uint64_t appended;                /* how often at most */
    uint64_t expected;                /* how often at least */
    uint64_t found;
    size_t place; /* among the key's operations; breaks ties */
};

struct pieces {
    struct piece *all; /* ascending by content */
    size_t count;
    bool whole;                     /* every content is known */
    bool prefix_free;               /* none is empty or the beginning of another */
    uint64_t size_least, size_most; /* bytes, of all that are expected, and of all */
};

static bool begins_with(struct cs_bytes whole, struct cs_bytes start)
{
    return start.size <= whole.size &&
           (start.size == 0 || memcmp(whole.data, start.data, start.size) == 0);
}

static bool occurs_in(struct cs_bytes whole, struct cs_bytes part)
{
    return part.size == 0 ||
           (whole.size > 0 && memmem(whole.data, whole.size, part.data, part.size) != NULL);
}

static int compare_pieces(const void *left, const void *right)
{
    const struct piece *a = left;
    const struct piece *b = right;
    int order = bytes_compare(a->content, b->content);
    if (order != 0)
        return order;
    return a->place < b->place ? -1 : 1;
}

static void merge_equal(struct pieces *pieces)
{
    size_t kept = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        struct piece *next = &pieces->all[i];
        struct piece *last = kept > 0 ? &pieces->all[kept - 1] : NULL;
        if (last == NULL || !bytes_equal(last->content, next->content)) {
            if (next->content.size == 0 ||
                (last != NULL && begins_with(next->content, last->content)))
                pieces->prefix_free = false;
            pieces->all[kept++] = *next;
            continue;
        }
        last->appended += next->appended;
        last->expected += next->expected;
        if (last->answered == NULL)
            last->answered = next->answered;
    }
    cs_assert(kept <= pieces->count);
    pieces->count = kept;
}

/* The caller frees all. */
static struct pieces pieces_of(const struct final_read *final)
{
    struct pieces pieces = { .whole = true, .prefix_free = true };
    pieces.all = malloc((final->run->count + 1) * sizeof *pieces.all);
    cs_assert(pieces.all != NULL);
    for (size_t i = 0; i < final->run->count; i++) {
        const struct operation *append = final->run->operations[i];
        if (!final_read_may_follow(final, append))
            continue;
        cs_assert(append->kind == CS_OP_APPEND);
        bool expected = final_read_follows(final, append);
        struct cs_bytes content = history_bytes(final->history, append->value);
        bool whole;
        uint64_t size = value_size(content, &whole);
        pieces.whole = pieces.whole && whole;
        pieces.size_least += expected ? size : 0;
        pieces.size_most += size;
        pieces.all[pieces.count++] = (struct piece){
            .content = content,
            .any = append,
            .answered = expected ? append : NULL,
            .appended = 1,
            .expected = expected,
            .place = i,
        };
    }
    qsort(pieces.all, pieces.count, sizeof *pieces.all, compare_pieces);
    merge_equal(&pieces);
    cs_assert(pieces.size_least <= pieces.size_most);
    return pieces;
}

/* The piece that `rest` begins with, or NULL.  Of prefix-free pieces in ascending order it can only
 * be the last one that is not above `rest`. */
static struct piece *piece_at(const struct pieces *pieces, struct cs_bytes rest)
{
    size_t low = 0;
    size_t high = pieces->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bytes_compare(pieces->all[middle].content, rest) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || !begins_with(rest, pieces->all[low - 1].content))
        return NULL;
    return &pieces->all[low - 1];
}

/* Cut the value into pieces, count them, and check that they are in real-time order.  Of pieces
 * that were appended more than once, which append is meant is not known: they are not compared. */
static bool cut(const struct final_read *final, struct pieces *pieces)
{
    const struct operation *latest = NULL; /* of those passed, the one asked for last */
    size_t at = 0;
    while (at < final->value.size) {
        struct cs_bytes rest =
            cs_bytes_of((const char *) final->value.data + at, final->value.size - at);
        struct piece *piece = piece_at(pieces, rest);
        if (piece == NULL) {
            final_read_violation(final, "nobody appended what is left at byte %zu: \"%.*s\"", at,
                                 QUOTED(rest));
            return false;
        }
        cs_assert(piece->content.size > 0);
        piece->found++;
        at += piece->content.size;
        if (piece->appended > 1)
            continue;
        if (latest != NULL && operation_written_before(piece->any) < latest->started_ns) {
            struct cs_bytes before = history_bytes(final->history, latest->value);
            final_read_violation(final,
                                 "\"%.*s\" is left before \"%.*s\", though it was appended after "
                                 "the latter was answered",
                                 QUOTED(before), QUOTED(piece->content));
            return false;
        }
        if (latest == NULL || piece->any->started_ns > latest->started_ns)
            latest = piece->any;
    }
    return true;
}

static void report_missing(const struct final_read *final, const struct operation *append)
{
    struct moment at = moment_of(append->ended_ns);
    struct cs_bytes content = history_bytes(final->history, append->value);
    final_read_violation(final, "nothing is left of append \"%.*s\", answered at %s",
                         QUOTED(content), at.text);
}

static void count_pieces(const struct final_read *final, const struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->all[i];
        if (piece->found == 0 && piece->expected > 0) {
            report_missing(final, piece->answered);
            return;
        }
        if (piece->found >= piece->expected && piece->found <= piece->appended)
            continue;
        bool few = piece->found < piece->expected;
        final_read_violation(final, "\"%.*s\" is left %" PRIu64 " times instead of at %s %" PRIu64,
                             QUOTED(piece->content), piece->found, few ? "least" : "most",
                             few ? piece->expected : piece->appended);
        return;
    }
}

/* What is sound without cutting the value: answered pieces occur, sizes add up. */
static void check_loosely(const struct final_read *final, const struct pieces *pieces,
                          bool value_whole, uint64_t size)
{
    for (size_t i = 0; value_whole && pieces->whole && i < pieces->count; i++) {
        const struct piece *piece = &pieces->all[i];
        if (piece->expected > 0 && !occurs_in(final->value, piece->content)) {
            report_missing(final, piece->answered);
            return;
        }
    }
    if (size < pieces->size_least) {
        final_read_violation(final, "%" PRIu64 " bytes are left, but answered appends are %" PRIu64,
                             size, pieces->size_least);
    } else if (size > pieces->size_most) {
        final_read_violation(final, "%" PRIu64 " bytes are left, but all appends are %" PRIu64,
                             size, pieces->size_most);
    }
}

void judge_appended(const struct final_read *final)
{
    bool whole;
    uint64_t size = value_size(final->value, &whole);
    struct pieces pieces = pieces_of(final);
    if (whole && pieces.whole && pieces.prefix_free) {
        if (cut(final, &pieces))
            count_pieces(final, &pieces);
    } else {
        check_loosely(final, &pieces, whole, size);
    }
    free(pieces.all);
}

void judge_mixed(const struct final_read *final)
{
    uint64_t overwritten_before = 0;
    bool value_whole;
    value_size(final->value, &value_whole);
    for (size_t i = 0; i < final->run->count; i++) {
        const struct operation *write = final->run->operations[i];
        if (write->kind == CS_OP_APPEND || !operation_may_have_written(write))
            continue;
        uint64_t before = operation_written_before(write);
        overwritten_before = before > overwritten_before ? before : overwritten_before;
    }
    for (size_t i = 0; value_whole && i < final->run->count; i++) {
        const struct operation *append = final->run->operations[i];
        if (append->kind != CS_OP_APPEND || !final_read_follows(final, append) ||
            append->started_ns <= overwritten_before)
            continue;
        struct cs_bytes content = history_bytes(final->history, append->value);
        bool whole;
        value_size(content, &whole);
        if (whole && !occurs_in(final->value, content)) {
            report_missing(final, append);
            return;
        }
    }
}
