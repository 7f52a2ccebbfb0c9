#include "verify/keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "verify/index.h"

/* A key that was found in the history.  Most keys are short: then `head` says it all. */
struct found {
    uint64_t
        head; /* seven bytes of the key, the first one highest, and its size up to HEAD_WHOLE */
    struct cs_bytes key;
    uint32_t group;
    uint32_t number; /* in the order in which they were found */
    size_t count;    /* of operations */
};

struct finder {
    struct found *found;
    size_t count, capacity;
    struct index by_group_and_key;
};

#define NO_KEY UINT32_MAX

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

/* No two are equal. */
static int compare(const void *left, const void *right)
{
    const struct found *a = left;
    const struct found *b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->head != b->head)
        return a->head < b->head ? -1 : 1;
    return bytes_compare(a->key, b->key);
}

static bool is_on_a_key(enum cs_op_kind kind)
{
    return kind == CS_OP_GET || kind == CS_OP_PUT || kind == CS_OP_DELETE || kind == CS_OP_CAS ||
           kind == CS_OP_APPEND;
}

/* The number of the operation's key. */
static uint32_t find(struct finder *finder, const struct operation *operation, struct cs_bytes key)
{
    uint64_t head = head_of(key);
    bool whole = key.size < HEAD_WHOLE;
    uint64_t hash = index_hash(whole ? head : hash_bytes(key.data, key.size), operation->group);
    struct index_probe probe = index_probe(&finder->by_group_and_key, hash);
    while (index_next(&finder->by_group_and_key, &probe)) {
        cs_assert(probe.number < finder->count);
        const struct found *found = &finder->found[probe.number];
        if (found->group == operation->group && found->head == head &&
            (whole || bytes_equal(found->key, key)))
            return probe.number;
    }
    cs_assert(finder->count < NO_KEY);
    uint32_t number = (uint32_t)finder->count++;
    finder->found =
        array_reserve(finder->found, &finder->capacity, finder->count, sizeof *finder->found);
    finder->found[number] =
        (struct found){ .head = head, .key = key, .group = operation->group, .number = number };
    index_add(&finder->by_group_and_key, hash, number);
    return number;
}

/* The number of each operation's key, or NO_KEY; returns how many have one. */
static size_t find_all(struct finder *finder, const struct history *history, uint32_t *ret_numbers)
{
    size_t total = history_count(history);
    size_t count = 0;
    for (size_t i = 0; i < total; i++) {
        const struct operation *operation = history_at(history, i);
        ret_numbers[i] = NO_KEY;
        if (!is_on_a_key(operation->kind))
            continue;
        ret_numbers[i] = find(finder, operation, history_bytes(history, operation->key));
        finder->found[ret_numbers[i]].count++;
        count++;
    }
    return count;
}

/* A run for each key, still empty; returns by number of the key where its operations begin. */
static size_t *lay_out(struct key_runs *runs, struct finder *finder)
{
    size_t *first = calloc(finder->count + 1, sizeof *first);
    cs_assert(first != NULL);
    if (finder->count > 0)
        qsort(finder->found, finder->count, sizeof *finder->found, compare);
    size_t at = 0;
    for (size_t k = 0; k < finder->count; k++) {
        const struct found *found = &finder->found[k];
        first[found->number] = at;
        runs->runs[k] = (struct key_run){ runs->operations + at, found->count, found->key };
        at += found->count;
    }
    runs->count = finder->count;
    return first;
}

/* Keys are few and operations many: keys are sorted, and operations dealt to them in their order.
 */
void key_runs_init(struct key_runs *runs, const struct history *history)
{
    size_t total = history_count(history);
    struct finder finder = { .count = 0 };
    uint32_t *numbers = calloc(total + 1, sizeof *numbers);
    cs_assert(numbers != NULL);
    size_t count = find_all(&finder, history, numbers);
    *runs = (struct key_runs){
        .operations = malloc((count + 1) * sizeof(const struct operation *)),
        .runs = malloc((finder.count + 1) * sizeof *runs->runs),
    };
    cs_assert(runs->operations != NULL);
    cs_assert(runs->runs != NULL);
    size_t *next = lay_out(runs, &finder);
    for (size_t i = 0; i < total; i++) {
        if (numbers[i] != NO_KEY)
            runs->operations[next[numbers[i]]++] = history_at(history, i);
    }
    free(next);
    free(numbers);
    free(finder.found);
    index_done(&finder.by_group_and_key);
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
