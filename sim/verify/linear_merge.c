/* What makes configurations the same: writes that are overwritten unseen, and states that no answer
 * to come tells from others. */
#include "verify/linear_search.h"

/* Whether the value can be what the object is at some time from now on, before `until`. */
static bool may_come(const struct linear_search *search, uint64_t *entry, struct linear_value value,
                     uint64_t until)
{
    const struct linear_want *want = linear_want_of(&search->wants, value);
    if (linear_same(linear_state_of(entry), value) || want == NULL || search->wants.appends)
        return true;
    if (want->writers == 0 || want->writer == 0)
        return want->writers > 1;
    const struct linear_op *writer = &search->ops[want->writer - 1];
    if (want->writers > 1)
        return true;
    if (writer->invoked > search->now)
        return writer->invoked < until;
    if (writer->returned < search->now)
        return false;
    size_t place = search->op_places[want->writer - 1];
    return search->places[place].op != writer || !linear_has_taken(entry, place) ||
           linear_is_either(entry, place);
}

/* Whether a value may be needed after all, for some compare-and-set to find it instead of what it
 * has looked for. */
static bool hides(const struct linear_search *search, uint64_t *entry, const struct linear_op *op)
{
    const struct linear_wants *wants = &search->wants;
    for (size_t i = wants->refused_first; i < wants->refused_count; i++) {
        const struct linear_op *refused = &search->ops[wants->refused[i]];
        if (refused->returned < search->now)
            continue;
        bool taken = refused->invoked <= search->now &&
                     linear_has_taken(entry, search->op_places[wants->refused[i]]);
        if (!taken && may_come(search, entry, refused->seen, op->returned))
            return true;
    }
    return false;
}

/* The write at `place` and all who read its value take effect at once, just before the value is
 * replaced by another. */
static void pass_through(const struct linear_search *search, uint64_t *entry, size_t place)
{
    const struct linear_want *want = search->places[place].want;
    const struct linear_wants *wants = &search->wants;
    for (uint32_t i = want->first; i != 0; i = wants->seekers[i - 1].next) {
        uint32_t op = wants->seekers[i - 1].op;
        if (search->ops[op].returned < search->now)
            return;
        if (linear_has_taken(entry, search->op_places[op]))
            return;
    }
    if (hides(search, entry, search->places[place].op))
        return;
    linear_take(entry, place);
    for (uint32_t i = want->first; i != 0; i = wants->seekers[i - 1].next)
        linear_take(entry, search->op_places[wants->seekers[i - 1].op]);
}

static void pass_sources(const struct linear_search *search, uint64_t *entry)
{
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = search->sources[w] & (~*linear_taken(entry, w) | *linear_either(entry, w));
        for (; left != 0; left &= left - 1) {
            size_t place = w * 64 + (size_t)__builtin_ctzll(left);
            if (search->places[place].want->last_invoked <= search->now)
                pass_through(search, entry, place);
        }
    }
}

/* Whether something could count either way that does not, once `op` has taken effect. */
bool linear_absorbs_any(const struct linear_search *search, const struct linear_op *op,
                        uint64_t *entry)
{
    if (!linear_is_blind(op) || op->kind == LINEAR_APPEND)
        return false;
    for (size_t w = 0; w < search->words; w++) {
        if ((search->blind[w] & ~*linear_taken(entry, w)) != 0)
            return true;
    }
    return false;
}

/* The value is replaced: what is open and writes whatever it finds counts either way. */
void linear_absorb(const struct linear_search *search, uint64_t *entry)
{
    pass_sources(search, entry);
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = search->blind[w] & ~*linear_taken(entry, w);
        *linear_taken(entry, w) |= left;
        *linear_either(entry, w) |= left;
    }
}

/* What leaves a state that nobody can see as it is has taken effect, or may do so yet. */
void linear_absorb_unseen(const struct linear_search *search, uint64_t *entry)
{
    if (entry[1] != LINEAR_UNSEEN)
        return;
    pass_sources(search, entry);
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = search->blind[w] & ~*linear_taken(entry, w);
        for (; left != 0; left &= left - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(left);
            const struct linear_op *op = search->places[w * 64 + bit].op;
            if (op->unseen) {
                linear_absorb(search, entry);
                return;
            }
            if (op->kind == LINEAR_APPEND) {
                *linear_taken(entry, w) |= UINT64_C(1) << bit;
                *linear_either(entry, w) |= UINT64_C(1) << bit;
            }
        }
    }
}

/* ---- What is still to be found ------------------------------------------------------------------
 */

/* Whether some answer that is to find this value has not found it in `entry`. */
static bool is_sought(struct linear_search *search, struct linear_want *want, uint64_t *entry,
                      bool must)
{
    const struct linear_wants *wants = &search->wants;
    if ((must ? want->must_invoked : want->last_invoked) > search->now)
        return true;
    for (uint32_t i = want->first; i != 0; i = wants->seekers[i - 1].next) {
        uint32_t op = wants->seekers[i - 1].op;
        const struct linear_op *seeker = &search->ops[op];
        if (seeker->returned < search->now) {
            want->first = wants->seekers[i - 1].next;
            continue;
        }
        bool counts = !must || (linear_must_find(seeker) && seeker->returned <= search->wants.end);
        if (counts && !linear_has_taken(entry, search->op_places[op]))
            return true;
    }
    return false;
}

/* Whether the value must not be left in `entry`. */
bool linear_must_stay(struct linear_search *search, struct linear_value value, uint64_t *entry)
{
    if (!search->looks_ahead || !search->wants.enabled || !linear_is_telling(value))
        return false;
    struct linear_want *want = linear_want_of(&search->wants, value);
    return want != NULL && want->writers == 1 && linear_is_closed(&search->wants, want) &&
           is_sought(search, want, entry, true);
}

/* Whether no answer to come tells the state from others; `op` has made it of `before`, or is NULL
 * if this was asked before. */
bool linear_is_dead(struct linear_search *search, const struct linear_op *op,
                    struct linear_value before, uint64_t *entry)
{
    struct linear_value state = linear_state_of(entry);
    if (!search->merges || !search->wants.enabled || !linear_is_telling(state) ||
        !linear_is_replaced(&search->wants, search->now))
        return false;
    struct linear_want *want = NULL;
    uint64_t until = 0;
    if (!search->wants.appends) {
        want = linear_want_of(&search->wants, state);
        until = want == NULL ? 0 : want->until;
    } else if (op == NULL) {
        until = linear_prefix_until(&search->wants, state);
    } else {
        until = linear_wanted_until(&search->wants, op, before, state);
    }
    if (until < search->now || until == LINEAR_NEVER)
        return until < search->now;
    if (want == NULL)
        want = linear_want_of(&search->wants, state);
    return want != NULL && linear_is_closed(&search->wants, want) &&
           !is_sought(search, want, entry, false);
}
