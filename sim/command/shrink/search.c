/* The search: passes over all steps, until a round of them finds none that can be taken. */
#include <string.h>

#include "command/command.h"
#include "command/shrink/shrink.h"
#include "scenario/ddmin.h"
#include "scenario/reduce.h"

/* ---- Asking ---------------------------------------------------------------------------------- */

static json_t *work(void *self, size_t index, int descriptor)
{
    const struct shrink_search *search = self;
    const struct shrink_base *base = search->base;
    return shrink_trial(&base->world, search->candidates[index], &base->target, descriptor);
}

/* A process that died as the first one did has the finding. */
static bool found(void *self, const json_t *result)
{
    const struct shrink_search *search = self;
    const char *crash = json_string_value(json_object_get(result, "crashed"));
    const char *wanted = search->base->target.crash;
    return shrink_is_same(result) ||
           (crash != NULL && wanted != NULL && strcmp(crash, wanted) == 0);
}

static bool never(void *self, const json_t *result)
{
    (void)self;
    (void)result;
    return false;
}

/* How many of the candidates may be asked within the limit of runs. */
static size_t affordable(struct shrink_search *search, char **names, size_t count)
{
    cs_assert(search->runs_max == 0 || search->runs <= search->runs_max);
    uint64_t fresh = 0;
    for (size_t i = 0; i < count && search->runs_max > 0; i++) {
        fresh += !shrink_state_asked(search->state, names[i]);
        if (search->runs + fresh > search->runs_max)
            return i;
    }
    return count;
}

static void count_runs(struct shrink_search *search, char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        search->runs += shrink_state_ask(search->state, names[i]);
}

/* Ask in order, up to the first that has the finding, or all with `all`; *ret_outcomes, which the
 * caller frees with its elements, then has what is known.  Returns the first that has it, or
 * `count`; search->end says whether the search must end with that. */
static size_t ask(struct shrink_search *search, json_t **candidates, size_t count, bool all,
                  json_t ***ret_outcomes)
{
    json_t **outcomes = g_new0(json_t *, count + 1);
    char **names = g_new0(char *, count + 1);
    bool *known = g_new0(bool, count + 1);
    for (size_t i = 0; i < count; i++) {
        names[i] = shrink_name(candidates[i]);
        const json_t *outcome = shrink_state_get(search->state, names[i]);
        known[i] = outcome != NULL;
        outcomes[i] = json_incref((json_t *)outcome);
    }
    size_t possible = affordable(search, names, count), first = possible;
    search->candidates = candidates;
    const struct shrink_task task = { work, all ? never : found, search };
    bool whole = shrink_pool_run(search->pool, &task, possible, outcomes, &first);
    cs_assert(first <= possible);
    search->candidates = NULL;
    for (size_t i = 0; i < possible; i++) {
        bool by_clock = json_object_get(outcomes[i], "by_clock") != NULL;
        if (outcomes[i] != NULL && !known[i] && !by_clock)
            shrink_state_add(search->state, names[i], json_incref(outcomes[i]));
    }
    if (!whole) {
        search->end = SHRINK_INTERRUPTED;
    } else {
        count_runs(search, names, MIN(first + 1, possible));
        if (first == possible && possible < count)
            search->end = SHRINK_RUNS_MAX;
    }
    *ret_outcomes = outcomes;
    g_strfreev(names);
    g_free(known);
    return whole && first < possible ? first : count;
}

static void free_outcomes(json_t **outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(outcomes[i]);
    g_free(outcomes);
}

static void accept(struct shrink_search *search, json_t *candidate, const json_t *outcome)
{
    cs_assert(candidate != NULL);
    cs_assert(outcome != NULL);
    json_incref(candidate);
    json_decref(search->best);
    json_decref(search->best_outcome);
    search->best = candidate;
    search->best_outcome = json_incref((json_t *)outcome);
    if (search->on_better != NULL)
        search->on_better(search->argument, search);
}

/* Take the first candidate that has the finding.  Returns it, or `count`. */
static size_t take_first(struct shrink_search *search, json_t **candidates, size_t count)
{
    if (search->end != SHRINK_DONE || count == 0)
        return count;
    json_t **outcomes = NULL;
    size_t first = ask(search, candidates, count, false, &outcomes);
    if (first < count)
        accept(search, candidates[first], outcomes[first]);
    free_outcomes(outcomes, count);
    return first;
}

/* ---- Passes ---------------------------------------------------------------------------------- */

struct subsets {
    struct shrink_search *search;
    json_t *whole;
};

static size_t first_subset(void *self, bool *const *subsets, size_t count)
{
    const struct subsets *of = self;
    json_t **candidates = g_new0(json_t *, count + 1);
    for (size_t i = 0; i < count; i++)
        candidates[i] = reduce_timeline(of->whole, subsets[i]);
    size_t first = take_first(of->search, candidates, count);
    free_outcomes(candidates, count);
    return first;
}

static void leave_out_faults(struct shrink_search *search)
{
    size_t count = reduce_fault_count(search->best);
    struct subsets self = { search, json_incref(search->best) };
    g_autofree bool *keep = g_new0(bool, count + 1);
    memset(keep, true, count);
    ddmin(keep, count, first_subset, &self);
    cs_assert(reduce_fault_count(search->best) <= count);
    json_decref(self.whole);
}

/* A few of the faults of `whole` under another seed that have the finding, or NULL.  They become
 * the best if they are fewer.  A search that found none does not look again: that took many runs.
 */
static json_t *try_luck(struct shrink_search *search, const json_t *whole)
{
    cs_assert(!search->out_of_luck);
    const struct reduce_facts facts = { .check = search->base->target.check, .at_ns = UINT64_MAX };
    g_autoptr(GPtrArray) steps = reduce_list(whole, REDUCE_LUCK, &facts);
    json_t **outcomes = NULL, *lucky = NULL;
    size_t first = ask(search, (json_t **)steps->pdata, steps->len, false, &outcomes);
    search->out_of_luck = first == steps->len;
    if (first < steps->len) {
        lucky = json_incref(steps->pdata[first]);
        if (reduce_fault_count(lucky) < reduce_fault_count(search->best))
            accept(search, lucky, outcomes[first]);
    }
    free_outcomes(outcomes, steps->len);
    return lucky;
}

/* What leaving out alone comes to may have little in it but what that one seed needs.  So luck is
 * tried with all that there was, and then with what was found, which has less each time. */
static void shrink_faults(struct shrink_search *search)
{
    enum { FEW_FAULTS = 3 };
    json_t *whole = json_incref(search->best);
    leave_out_faults(search);
    while (whole != NULL && reduce_fault_count(search->best) > FEW_FAULTS && !search->out_of_luck &&
           search->end == SHRINK_DONE) {
        json_t *lucky = try_luck(search, whole);
        json_decref(whole);
        whole = lucky;
    }
    json_decref(whole);
}

static struct reduce_facts facts_of(const struct shrink_search *search, char **ret_metric)
{
    const struct shrink_target *target = &search->base->target;
    const json_t *at = json_object_get(search->best_outcome, "at_ns");
    const json_t *last = json_object_get(search->best_outcome, "last");
    if (at == NULL)
        at = json_object_get(last, "at_ns");
    bool threshold = target->verdict == VERDICT_THRESHOLD && target->reason != NULL;
    const char *colon = threshold ? strstr(target->reason, ": ") : NULL;
    *ret_metric = colon != NULL ? g_strndup(target->reason, (gsize)(colon - target->reason)) : NULL;
    return (struct reduce_facts){
        .check = target->check,
        .metric = *ret_metric,
        .at_ns = json_is_integer(at) ? (uint64_t)json_integer_value(at) : UINT64_MAX,
    };
}

/* Steps one after the other; behind one that was taken it goes on at the same place. */
static void shrink_steps(struct shrink_search *search, enum reduce_pass pass)
{
    for (size_t from = 0; search->end == SHRINK_DONE;) {
        g_autofree char *metric = NULL;
        const struct reduce_facts facts = facts_of(search, &metric);
        g_autoptr(GPtrArray) steps = reduce_list(search->best, pass, &facts);
        size_t count = steps->len > from ? steps->len - from : 0;
        size_t first = take_first(search, (json_t **)steps->pdata + from, count);
        if (first == count)
            return;
        from += first;
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

bool shrink_search_begin(struct shrink_search *search)
{
    cs_assert(search->best == NULL);
    struct shrink_target *target = &search->base->target;
    json_t *whole = search->base->scenario;
    size_t count = reduce_fault_count(whole);
    bool doubtful = target->verdict == VERDICT_THRESHOLD || strcmp(target->check, "liveness") == 0;
    if (doubtful && target->crash == NULL && count > 0) {
        bool *none = g_new0(bool, count);
        json_t *bare = reduce_timeline(whole, none);
        g_free(none);
        json_t **outcomes = NULL;
        bool without = ask(search, &bare, 1, false, &outcomes) == 0;
        target->needs_faults = !without && search->end == SHRINK_DONE;
        free_outcomes(outcomes, 1);
        json_decref(bare);
    }
    return take_first(search, &whole, 1) == 0;
}

void shrink_search_run(struct shrink_search *search)
{
    cs_assert(search->best != NULL);
    for (const json_t *before = NULL; before != search->best && search->end == SHRINK_DONE;) {
        before = search->best;
        for (enum reduce_pass pass = 0; pass < REDUCE_PASS_COUNT; pass++) {
            if (pass == REDUCE_FAULTS) {
                shrink_faults(search);
            } else {
                shrink_steps(search, pass);
            }
        }
    }
}

void shrink_search_done(struct shrink_search *search)
{
    json_decref(search->best);
    json_decref(search->best_outcome);
}

json_t *shrink_knock_out(struct shrink_search *search, const json_t *scenario)
{
    size_t count = reduce_fault_count(scenario);
    if (search->end != SHRINK_DONE)
        return NULL;
    json_t **candidates = g_new0(json_t *, count + 1);
    json_t **outcomes = NULL;
    bool *keep = g_new0(bool, count + 1);
    memset(keep, true, count);
    for (size_t i = 0; i < count; i++) {
        keep[i] = false;
        candidates[i] = reduce_timeline(scenario, keep);
        keep[i] = true;
    }
    g_free(keep);
    (void)ask(search, candidates, count, true, &outcomes);
    json_t *necessary = search->end == SHRINK_DONE ? json_array() : NULL;
    for (size_t i = 0; i < count && necessary != NULL; i++) {
        if (!found(search, outcomes[i]))
            json_array_append_new(necessary, json_string(reduce_fault_id(scenario, i)));
    }
    free_outcomes(outcomes, count);
    free_outcomes(candidates, count);
    return necessary;
}
