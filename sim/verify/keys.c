#include "verify/keys.h"

#include <stdlib.h>
#include <string.h>

/* What sorting compares: an operation, its key, and its place in the history to break ties.  Most
 * keys are short: then `head` says it all. */
struct sortable {
    uint64_t
        head; /* seven bytes of the key, the first one highest, and its size up to HEAD_WHOLE */
    size_t place;
    const struct operation *operation;
    struct cs_bytes key;
};

enum { HEAD_BYTES = 7, HEAD_WHOLE = HEAD_BYTES + 1 };

static uint64_t head_of(struct cs_bytes key)
{
    const uint8_t *data = key.data;
    uint64_t head = 0;
    for (size_t i = 0; i < HEAD_BYTES; i++)
        head = head << 8 | (i < key.size ? data[i] : 0);
    return head << 8 | (key.size < HEAD_WHOLE ? key.size : HEAD_WHOLE);
}

int bytes_compare(struct cs_bytes a, struct cs_bytes b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common > 0 ? memcmp(a.data, b.data, common) : 0;
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a.size > b.size) - (a.size < b.size);
}

static int compare(const void *left, const void *right)
{
    const struct sortable *a = left;
    const struct sortable *b = right;
    if (a->operation->group != b->operation->group)
        return a->operation->group < b->operation->group ? -1 : 1;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    int order = (a->head & 0xff) == HEAD_WHOLE ? bytes_compare(a->key, b->key) : 0;
    if (order != 0)
        return order;
    return a->place < b->place ? -1 : 1;
}

static bool is_on_a_key(enum cs_op_kind kind)
{
    return kind == CS_OP_GET || kind == CS_OP_PUT || kind == CS_OP_DELETE || kind == CS_OP_CAS ||
           kind == CS_OP_APPEND;
}

/* Cut the sorted operations where group or key change. */
static void cut(struct key_runs *runs, const struct sortable *sorted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        runs->operations[i] = sorted[i].operation;
        const struct sortable *before = i > 0 ? &sorted[i - 1] : NULL;
        if (before == NULL || before->operation->group != sorted[i].operation->group ||
            !bytes_equal(before->key, sorted[i].key)) {
            runs->runs[runs->count++] =
                (struct key_run){ .operations = runs->operations + i, .key = sorted[i].key };
        }
        runs->runs[runs->count - 1].count++;
    }
}

void key_runs_init(struct key_runs *runs, const struct history *history)
{
    size_t total = history_count(history);
    struct sortable *sorted = malloc((total + 1) * sizeof *sorted);
    cs_assert(sorted != NULL);
    size_t count = 0;
    for (size_t i = 0; i < total; i++) {
        const struct operation *operation = history_at(history, i);
        if (is_on_a_key(operation->kind)) {
            struct cs_bytes key = history_bytes(history, operation->key);
            sorted[count++] = (struct sortable){
                .head = head_of(key), .place = i, .operation = operation, .key = key
            };
        }
    }
    qsort(sorted, count, sizeof *sorted, compare);
    *runs = (struct key_runs){
        .operations = malloc((count + 1) * sizeof(const struct operation *)),
        .runs = malloc((count + 1) * sizeof *runs->runs),
    };
    cs_assert(runs->operations != NULL);
    cs_assert(runs->runs != NULL);
    cut(runs, sorted, count);
    cs_assert(runs->count <= count);
    free(sorted);
}

void key_runs_done(struct key_runs *runs)
{
    free(runs->operations);
    free(runs->runs);
    *runs = (struct key_runs){ 0 };
}

bool operation_may_have_written(const struct operation *operation)
{
    if (operation->kind == CS_OP_GET || operation->outcome == OUTCOME_FAILED)
        return false;
    bool refused =
        operation->kind == CS_OP_CAS && operation->outcome == OUTCOME_OK && !operation->applied;
    return !refused;
}

bool operation_has_written(const struct operation *operation)
{
    return operation->outcome == OUTCOME_OK && operation_may_have_written(operation);
}

uint64_t operation_written_before(const struct operation *operation)
{
    cs_assert(operation_may_have_written(operation));
    return operation->outcome == OUTCOME_OK ? operation->ended_ns : UINT64_MAX;
}

bool operation_is_final_read(const struct operation *operation)
{
    return operation->workload == HISTORY_FINAL_READ && operation->kind == CS_OP_GET;
}

const char *operation_name(const struct operation *operation)
{
    static const char *const names[] = {
        [CS_OP_GET] = "get", [CS_OP_PUT] = "put",       [CS_OP_DELETE] = "delete",
        [CS_OP_CAS] = "cas", [CS_OP_APPEND] = "append",
    };
    cs_assert(is_on_a_key(operation->kind));
    return names[operation->kind];
}

/* The digits of a size at `*at`, which is moved beyond them; false if there are none, or too many.
 */
static bool parse_size(struct cs_bytes text, size_t *at, uint64_t *ret_size)
{
    const char *data = text.data;
    size_t first = *at;
    uint64_t size = 0;
    while (*at < text.size && data[*at] >= '0' && data[*at] <= '9' && *at - first < 18)
        size = size * 10 + (uint64_t)(data[(*at)++] - '0');
    *ret_size = size;
    return *at > first;
}

uint64_t value_size(struct cs_bytes kept, bool *ret_whole)
{
    enum { HASH_SIZE = 19 }; /* "~0x" and 16 digits */
    const char *data = kept.data;
    const char *tilde = kept.size > 0 ? memchr(data, '~', kept.size) : NULL;
    *ret_whole = true;
    if (tilde == NULL)
        return kept.size;
    size_t at = (size_t)(tilde - data) + 1;
    uint64_t size;
    if (!parse_size(kept, &at, &size) || size <= HISTORY_VALUE_MAX || kept.size - at != HASH_SIZE ||
        memcmp(data + at, "~0x", 3) != 0)
        return kept.size;
    *ret_whole = false;
    return size;
}
