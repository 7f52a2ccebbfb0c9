#include "verify/linear_shrink.h"

enum { TRIED_MAX = 500, STEPS_MAX = 5000000 };

/* ---- What goes with what ------------------------------------------------------------------------
 */

static bool writes(const struct linear_op *op)
{
    return op->kind == LINEAR_WRITE || op->kind == LINEAR_DELETE ||
           (op->kind == LINEAR_CAS && op->outcome != LINEAR_NO);
}

static bool finds(const struct linear_op *op)
{
    return op->kind == LINEAR_READ || (op->kind == LINEAR_CAS && op->outcome != LINEAR_NO);
}

/* Whether its answer says something of values that it does not name. */
static bool compares(const struct linear_op *op)
{
    return op->outcome == LINEAR_NO || (op->kind == LINEAR_DELETE && op->outcome == LINEAR_YES);
}

/* Whether nothing but values is written and found, so that the rules hold. */
static bool is_plain(const struct linear_op *op)
{
    switch ((enum linear_kind)op->kind) {
    case LINEAR_READ:
    case LINEAR_WRITE:
    case LINEAR_DELETE:
        return true;
    case LINEAR_CAS:
        return op->outcome != LINEAR_ANY || op->returned == LINEAR_NEVER;
    case LINEAR_APPEND:
    case LINEAR_ADD:
    case LINEAR_ENQUEUE:
    case LINEAR_DEQUEUE:
    case LINEAR_ACQUIRE:
    case LINEAR_RELEASE:
    case LINEAR_INSERT:
    case LINEAR_REMOVE:
    case LINEAR_KIND_COUNT:
        break;
    }
    return false;
}

/* A compare-and-set takes an empty value for none. */
static bool is_same(struct linear_value a, struct linear_value b)
{
    bool a_empty = a.size == 0 || a.size == LINEAR_ABSENT;
    bool b_empty = b.size == 0 || b.size == LINEAR_ABSENT;
    return a_empty ? b_empty : linear_same(a, b);
}

static bool touches(const struct linear_op *op, struct linear_value value)
{
    return (writes(op) && is_same(op->value, value)) || (finds(op) && is_same(op->seen, value));
}

static const struct linear_op *member(const struct linear_choice *choice, size_t i)
{
    cs_assert(i < choice->count);
    return &choice->ops[choice->members[i]];
}

/* Put a member out, onto the list of those whose values are still to follow. */
static void put_out(struct linear_choice *choice, size_t i, size_t *list, size_t *length)
{
    cs_assert(*length < choice->count);
    choice->out[i] = true;
    list[(*length)++] = i;
}

static bool follow(struct linear_choice *choice, size_t *list, size_t length, uint64_t *budget)
{
    for (size_t next = 0; next < length; next++) {
        const struct linear_op *gone = member(choice, list[next]);
        if (!writes(gone))
            continue;
        if (*budget < choice->count)
            return false;
        *budget -= choice->count;
        for (size_t i = 0; i < choice->count; i++) {
            if (!choice->out[i] && touches(member(choice, i), gone->value))
                put_out(choice, i, list, &length);
        }
    }
    return true;
}

bool linear_shrink_close(struct linear_choice *choice, uint64_t *budget)
{
    size_t *list = malloc((choice->count + 1) * sizeof *list);
    cs_assert(list != NULL);
    size_t length = 0;
    bool plain = true, any_write = false;
    for (size_t i = 0; i < choice->count; i++) {
        plain &= is_plain(member(choice, i));
        any_write |= choice->out[i] && writes(member(choice, i));
    }
    for (size_t i = 0; i < choice->count; i++) {
        if (choice->out[i] || (any_write && compares(member(choice, i))))
            put_out(choice, i, list, &length);
    }
    bool closed = plain && follow(choice, list, length, budget);
    free(list);
    return closed;
}

/* ---- Trying -------------------------------------------------------------------------------------
 */

struct shrinking {
    struct linear_search *search;
    struct linear_events window;
    size_t *events, *fewer;
    size_t count;
    size_t failed;
    struct linear_choice choice;
    size_t *members;
    size_t *place; /* by operation: its member */
    uint64_t budget;
};

static void learn_members(struct shrinking *shrinking)
{
    size_t count = 0;
    for (size_t i = 0; i < shrinking->count; i++) {
        if (shrinking->events[i] % 2 == 0) {
            size_t op = shrinking->events[i] / 2;
            shrinking->members[count] = op;
            shrinking->place[op] = count;
            shrinking->choice.out[count++] = false;
        }
    }
    shrinking->choice.count = count;
}

/* Do without what is out, if the rest is illegal at the same event. */
static bool do_without(struct shrinking *shrinking)
{
    const struct linear_choice *choice = &shrinking->choice;
    if (choice->out[shrinking->place[shrinking->failed]] || shrinking->budget == 0)
        return false;
    size_t kept = 0, ended;
    for (size_t i = 0; i < shrinking->count; i++) {
        if (!choice->out[shrinking->place[shrinking->events[i] / 2]])
            shrinking->fewer[kept++] = shrinking->events[i];
    }
    shrinking->window.events = shrinking->fewer;
    shrinking->window.count = kept;
    struct linear_search *search = shrinking->search;
    uint64_t steps_max = search->steps_max;
    if (shrinking->budget < steps_max)
        search->steps_max = shrinking->budget;
    enum linear_verdict verdict = linear_search_run(search, &shrinking->window, &ended);
    search->steps_max = steps_max;
    uint64_t used = search->steps + kept;
    shrinking->budget -= used < shrinking->budget ? used : shrinking->budget;
    if (verdict != LINEAR_ILLEGAL || ended + 1 != kept)
        return false;
    memcpy(shrinking->events, shrinking->fewer, kept * sizeof *shrinking->events);
    shrinking->count = kept;
    return true;
}

static void forget(struct shrinking *shrinking)
{
    memset(shrinking->choice.out, 0, shrinking->choice.count * sizeof *shrinking->choice.out);
}

/* Everything of one client after the other. */
static void drop_clients(struct shrinking *shrinking)
{
    struct linear_choice *choice = &shrinking->choice;
    size_t tried = 0;
    for (size_t i = 0; i < choice->count && tried < TRIED_MAX; i++) {
        uint32_t client = member(choice, i)->client;
        bool first = true;
        for (size_t j = 0; j < i && first; j++)
            first = member(choice, j)->client != client;
        if (!first || client == choice->ops[shrinking->failed].client)
            continue;
        tried++;
        forget(shrinking);
        for (size_t j = i; j < choice->count; j++)
            choice->out[j] = member(choice, j)->client == client;
        if (linear_shrink_close(choice, &shrinking->budget) && do_without(shrinking)) {
            learn_members(shrinking);
            i = (size_t)-1;
        }
    }
}

/* Single operations, the last first: those that change something with all that goes with them, or
 * those that do not. */
static void drop_each(struct shrinking *shrinking, bool changes)
{
    struct linear_choice *choice = &shrinking->choice;
    size_t tried = 0;
    for (size_t i = choice->count; i-- > 0 && tried < TRIED_MAX;) {
        if (linear_only_observes(member(choice, i)) == changes)
            continue;
        tried++;
        forget(shrinking);
        choice->out[i] = true;
        if (changes && !linear_shrink_close(choice, &shrinking->budget))
            continue;
        if (do_without(shrinking)) {
            learn_members(shrinking);
            i = i < choice->count ? i : choice->count;
        }
    }
}

/* Runs of operations that change nothing, ever shorter ones: where many are in the window and few
 * matter, that takes a few searches instead of one for each. */
static void drop_runs(struct shrinking *shrinking)
{
    struct linear_choice *choice = &shrinking->choice;
    for (size_t size = choice->count / 2; size > 1; size /= 2) {
        size_t last = choice->count;
        while (last > 0) {
            size_t taken = 0;
            forget(shrinking);
            while (last > 0 && taken < size) {
                last--;
                bool may = choice->members[last] != shrinking->failed &&
                           linear_only_observes(member(choice, last));
                choice->out[last] = may;
                taken += may;
            }
            if (taken > 1 && do_without(shrinking))
                learn_members(shrinking);
        }
    }
}

size_t linear_shrink(struct linear_search *search, struct linear_events window, size_t *events,
                     size_t count)
{
    cs_assert(count > 0);
    cs_assert(events[count - 1] % 2 == 1);
    size_t last = 0;
    for (size_t i = 0; i < count; i++)
        last = events[i] / 2 > last ? events[i] / 2 : last;
    struct shrinking shrinking = {
        .search = search,
        .window = window,
        .events = events,
        .count = count,
        .failed = events[count - 1] / 2,
        .fewer = malloc(count * sizeof *events),
        .members = malloc(count * sizeof *events),
        .place = malloc((last + 1) * sizeof *events),
        .choice = { .ops = window.ops, .out = calloc(count, sizeof(bool)) },
        .budget = STEPS_MAX,
    };
    cs_assert(shrinking.fewer != NULL);
    cs_assert(shrinking.members != NULL);
    cs_assert(shrinking.place != NULL);
    cs_assert(shrinking.choice.out != NULL);
    shrinking.choice.members = shrinking.members;
    learn_members(&shrinking);
    drop_clients(&shrinking);
    drop_each(&shrinking, true);
    drop_runs(&shrinking);
    drop_each(&shrinking, false);
    free(shrinking.fewer);
    free(shrinking.members);
    free(shrinking.place);
    free(shrinking.choice.out);
    return shrinking.count;
}
