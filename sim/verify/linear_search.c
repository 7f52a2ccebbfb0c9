#include "verify/linear_search.h"

#include "verify/linear_carry.h"
#include "verify/linear_sequences.h"

enum { CONFIGURATIONS_MAX = 1 << 21 };

void linear_search_init(struct linear_search *search, const struct linear_model *model,
                        uint64_t steps_max)
{
    *search = (struct linear_search){
        .model = model, .steps_max = steps_max, .looks_ahead = true, .merges = true
    };
    search->sequences = model->in_sequences ? linear_sequences_new() : NULL;
    search->wants.enabled = (model->kinds >> LINEAR_WRITE & 1) != 0;
    linear_window_grow(search);
}

void linear_search_done(struct linear_search *search)
{
    for (size_t p = 0; p < search->words * 64; p++)
        free(search->places[p].twins);
    free(search->places);
    free(search->open);
    free(search->observers);
    free(search->lasting);
    free(search->replacers);
    free(search->blind);
    free(search->finders);
    free(search->sources);
    free(search->entry);
    free(search->next);
    linear_wants_done(&search->wants);
    free(search->looks);
    free(search->op_places);
    free(search->quiet_open);
    linear_set_done(&search->sets[0]);
    linear_set_done(&search->sets[1]);
    linear_sequences_free(search->sequences);
}

/* ---- One more operation takes effect ------------------------------------------------------------
 */

static bool step(struct linear_search *search, const struct linear_op *op,
                 struct linear_value state, struct linear_value *ret_state)
{
    search->steps++;
    return search->model->step(search->sequences, op, state, ret_state);
}

/* Let everything open that only observes take effect where it can. */
static void observe(struct linear_search *search, uint64_t *entry)
{
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = search->observers[w] & ~*linear_taken(entry, w);
        for (; left != 0; left &= left - 1) {
            size_t place = w * 64 + (size_t)__builtin_ctzll(left);
            struct linear_value state;
            if (step(search, search->places[place].op, linear_state_of(entry), &state))
                linear_take(entry, place);
        }
    }
}

static void forget_state(uint64_t *entry)
{
    entry[0] = 0;
    entry[1] = LINEAR_UNSEEN;
}

static bool any_left(const struct linear_search *search, const uint64_t *bits, uint64_t *entry)
{
    for (size_t w = 0; w < search->words; w++) {
        if ((bits[w] & (~*linear_taken(entry, w) | *linear_either(entry, w))) != 0)
            return true;
    }
    return false;
}

/* Whether what `op` has just made of the state `before` can be a beginning of what the read that
 * comes next has found, for all that can be seen of it.  The whole is compared when the read takes
 * effect; this is to see earlier that it will not. */
static bool agrees(const struct linear_op *op, struct linear_value before,
                   struct linear_value after, const struct linear_op *read)
{
    if (read->seen.size == LINEAR_ABSENT || after.size == LINEAR_ABSENT)
        return after.size == LINEAR_ABSENT;
    if (after.size > read->seen.size)
        return false;
    if (read->text == NULL || op->text == NULL || op->value.size == LINEAR_ABSENT)
        return true;
    bool appends = op->kind == LINEAR_APPEND && before.size != LINEAR_ABSENT;
    uint64_t from = appends ? before.size : 0;
    return memcmp(read->text + from, op->text, op->value.size) == 0;
}

/* Whether some read to come rules out what `op` has just made of the state `before`. */
static bool is_hopeless(struct linear_search *search, const struct linear_op *op,
                        struct linear_value before, uint64_t *entry)
{
    if (search->look_first == search->look_count || any_left(search, search->replacers, entry))
        return false;
    for (size_t i = search->look_first; i < search->look_count; i++) {
        const struct linear_look *look = &search->looks[i];
        if (look->replaced > search->now)
            return false;
        if (look->place == SIZE_MAX || !linear_has_taken(entry, look->place))
            return !agrees(op, before, linear_state_of(entry), look->op);
    }
    return false;
}

/* Whether the operation `finder`, which is open, may look for the state `after`, or for one that
 * begins with it. */
static bool looks_for(const struct linear_search *search, const struct linear_op *finder,
                      const struct linear_op *op, struct linear_value before,
                      struct linear_value after)
{
    bool reads = finder->kind == LINEAR_READ;
    bool returns = finder->returned != LINEAR_NEVER;
    if (!reads && returns && finder->outcome != LINEAR_YES)
        return true; /* maybe for something else than there was */
    if (finder->kind == LINEAR_DELETE)
        return true;
    if (reads) {
        return linear_same(finder->seen, after) ||
               (search->wants.appends && agrees(op, before, after, finder));
    }
    bool none = after.size == 0 || after.size == LINEAR_ABSENT;
    if (none && !search->wants.appends)
        return finder->seen.size == 0 || finder->seen.size == LINEAR_ABSENT;
    return none || linear_same(finder->seen, after) ||
           (search->wants.appends && after.size < finder->seen.size);
}

/* Whether it is of use that `op`, which writes whatever it finds, takes effect in `entry`, other
 * than at its own end, when `ending` returns. */
static bool is_of_use(struct linear_search *search, const struct linear_op *op, uint64_t *entry,
                      struct linear_value after, const struct linear_op *ending)
{
    struct linear_value before = linear_state_of(entry);
    struct linear_wants *wants = &search->wants;
    if (wants->appends && ending->kind == LINEAR_APPEND &&
        (!linear_is_telling(after) || !linear_is_replaced(wants, search->now) ||
         linear_wanted_until(wants, op, before, after) >= search->now))
        return true; /* what it adds to may be found by a read to come */
    uint32_t head = wants->appends ? linear_head_after(wants, op, before) : 0;
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = search->finders[w] & search->open[w] & ~*linear_taken(entry, w);
        for (; left != 0; left &= left - 1) {
            const struct linear_op *finder =
                search->places[w * 64 + (size_t)__builtin_ctzll(left)].op;
            bool other = head != 0 && finder->kind == LINEAR_READ && finder->seen_head != 0 &&
                         finder->seen_head != head && linear_is_telling(after);
            if (!other && looks_for(search, finder, op, before, after))
                return true;
        }
    }
    return false;
}

/* What follows from the state in search->next, which `op` has made of `before`. */
static void settle(struct linear_search *search, const struct linear_op *op,
                   struct linear_value before, bool changes)
{
    uint64_t *next = search->next;
    if (changes)
        observe(search, next);
    if (changes && linear_is_dead(search, op, before, next))
        forget_state(next);
    if (linear_is_blind(op) && op->kind != LINEAR_APPEND)
        linear_absorb(search, next);
    linear_absorb_unseen(search, next);
}

/* The open operation in this place takes effect in `entry`, when the one at `ending` returns: true
 * if it can, and if it is worth knowing; search->next is the outcome. */
static bool advance(struct linear_search *search, uint64_t *entry, size_t place, size_t ending)
{
    const struct linear_op *op = search->places[place].op;
    cs_assert(!linear_has_taken(entry, place) || linear_is_either(entry, place));
    if (linear_window_twin_first(search, entry, place))
        return false;
    struct linear_value before = linear_state_of(entry), state;
    if (!step(search, op, before, &state))
        return false;
    bool changes = !linear_same(before, state);
    bool may_wait =
        op->returned == LINEAR_NEVER || (place != ending && linear_is_either(entry, place));
    if (may_wait && !changes && !linear_absorbs_any(search, op, entry))
        return false;
    if (changes && place != ending && search->wants.enabled && linear_is_blind(op) &&
        !is_of_use(search, op, entry, state, search->places[ending].op))
        return false;
    uint64_t *next = search->next;
    memcpy(next, entry, linear_current(search)->stride * sizeof *next);
    next[0] = state.hash;
    next[1] = state.size;
    linear_take(next, place);
    if (changes &&
        (linear_must_stay(search, before, next) || is_hopeless(search, op, before, next)))
        return false;
    settle(search, op, before, changes);
    return true;
}

/* ---- Events -------------------------------------------------------------------------------------
 */

static void know_look(struct linear_search *search, const struct linear_op *op, size_t place)
{
    if (op->kind != LINEAR_READ)
        return;
    for (size_t i = search->look_first; i < search->look_count; i++) {
        if (search->looks[i].op == op) {
            search->looks[i].place = place;
            return;
        }
    }
}

static void note_place(struct linear_search *search, size_t index, size_t place)
{
    cs_assert(index < search->op_capacity);
    search->op_places[index] = (uint16_t)place;
    know_look(search, &search->ops[index], place);
}

static bool on_invoke(struct linear_search *search, const struct linear_op *op, size_t index)
{
    size_t place;
    if (!linear_window_enter(search, op, &place))
        return false;
    note_place(search, index, place);
    const struct linear_set *set = linear_current(search);
    bool observes = linear_only_observes(op);
    for (size_t i = 0; i < set->count; i++) {
        uint64_t *entry = linear_set_at(set, i);
        struct linear_value state;
        if (observes && step(search, op, linear_state_of(entry), &state))
            linear_take(entry, place);
        linear_absorb_unseen(search, entry);
    }
    return true;
}

static bool has_in_all(const struct linear_set *set, size_t place)
{
    for (size_t i = 0; i < set->count; i++) {
        uint64_t *entry = linear_set_at(set, i);
        if (!linear_has_taken(entry, place) || linear_is_either(entry, place))
            return false;
    }
    return true;
}

/* A state that was of interest may be so no more. */
static void refresh(struct linear_search *search, uint64_t *entry)
{
    if (linear_is_dead(search, NULL, linear_nothing(), entry)) {
        forget_state(entry);
        linear_absorb_unseen(search, entry);
    }
}

/* Take one configuration of `set` on: to `done` if `place` has taken effect, else one operation
 * further. */
static void expand(struct linear_search *search, size_t i, size_t place)
{
    struct linear_set *set = linear_current(search), *done = &search->sets[1 - search->current];
    uint64_t *entry = search->entry;
    memcpy(entry, linear_set_at(set, i), set->stride * sizeof *entry);
    refresh(search, entry);
    if (linear_has_taken(entry, place)) {
        bool either = linear_is_either(entry, place);
        linear_untake(entry, place);
        linear_set_add(done, entry, search->lasting);
        if (!either)
            return; /* else it may also take effect at last */
    }
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = search->open[w] & ~search->observers[w] &
                        (~*linear_taken(entry, w) | *linear_either(entry, w));
        for (; left != 0; left &= left - 1) {
            if (!advance(search, entry, w * 64 + (size_t)__builtin_ctzll(left), place))
                continue;
            bool ends =
                linear_has_taken(search->next, place) && !linear_is_either(search->next, place);
            if (ends) {
                linear_untake(search->next, place);
                linear_set_add(done, search->next, search->lasting);
            } else {
                linear_set_add(set, search->next, search->lasting);
            }
        }
    }
}

static enum linear_verdict on_return(struct linear_search *search, size_t place)
{
    struct linear_set *set = linear_current(search), *done = &search->sets[1 - search->current];
    cs_assert(set->count > 0);
    cs_assert(linear_bit(search->open, place));
    if (has_in_all(set, place)) {
        for (size_t i = 0; i < set->count; i++)
            linear_untake(linear_set_at(set, i), place);
        linear_window_leave(search, place);
        return LINEAR_OK;
    }
    size_t before = set->count;
    linear_set_clear(done);
    linear_set_index(set, search->lasting);
    for (size_t i = 0; i < set->count; i++) {
        if (set->dropped[i])
            continue;
        expand(search, i, place);
        if (search->steps > search->steps_max || set->count + done->count > CONFIGURATIONS_MAX)
            return LINEAR_UNKNOWN;
    }
    uint64_t at_once = set->count + done->count;
    search->configurations = at_once > search->configurations ? at_once : search->configurations;
    if (done->count == 0) {
        set->count = before; /* what was there just before the event */
        return LINEAR_ILLEGAL;
    }
    linear_set_compact(done);
    search->current = 1 - search->current;
    linear_window_leave(search, place);
    return LINEAR_OK;
}

/* ---- A whole key --------------------------------------------------------------------------------
 */

/* The reads of a key that is appended to, in the order in which they return. */
static void look_ahead(struct linear_search *search, const struct linear_events *events)
{
    uint64_t replaced = 0;
    search->look_count = 0;
    search->look_first = 0;
    if (!search->wants.appends || !search->looks_ahead)
        return;
    for (size_t i = 0; i < events->count; i++) {
        const struct linear_op *op = &events->ops[events->events[i] / 2];
        bool end = events->events[i] % 2 == 1;
        if (!end && linear_replaces(op))
            replaced = op->invoked;
        if (!end || op->kind != LINEAR_READ)
            continue;
        search->looks = array_reserve(search->looks, &search->look_capacity, search->look_count + 1,
                                      sizeof *search->looks);
        search->looks[search->look_count++] = (struct linear_look){ op, replaced, SIZE_MAX };
    }
}

/* How many answers could be impossible; and room for the places of all operations. */
static void count_answers(struct linear_search *search, const struct linear_events *events)
{
    size_t last = 0;
    search->observers_left = 0;
    for (size_t i = 0; i < events->count; i++) {
        size_t index = events->events[i] / 2;
        search->observers_left +=
            events->events[i] % 2 == 1 && linear_observes(&events->ops[index]);
        last = index > last ? index : last;
    }
    for (size_t i = 0; events->carry != NULL && i < events->carry->open_count; i++)
        last = events->carry->open[i] > last ? events->carry->open[i] : last;
    search->op_places =
        array_reserve(search->op_places, &search->op_capacity, last + 1, sizeof *search->op_places);
}

/* From what the events before have left. */
static void go_on(struct linear_search *search, const struct linear_events *events)
{
    const struct linear_carry *carry = events->carry;
    while (search->words * 64 < carry->open_count)
        linear_window_grow(search);
    for (size_t i = 0; i < carry->open_count; i++) {
        size_t place;
        bool entered = linear_window_enter(search, &events->ops[carry->open[i]], &place);
        cs_assert(entered);
        cs_assert(place == i);
        note_place(search, carry->open[i], place);
    }
    linear_carry_restore(carry, search);
}

static void begin(struct linear_search *search, const struct linear_events *events)
{
    cs_assert(search->words > 0);
    linear_window_reset(search);
    linear_set_clear(&search->sets[0]);
    linear_set_clear(&search->sets[1]);
    search->current = 0;
    search->now = 0;
    search->ops = events->ops;
    linear_wants_learn(&search->wants, events);
    look_ahead(search, events);
    count_answers(search, events);
    if (events->carry != NULL) {
        go_on(search, events);
        return;
    }
    search->steps = 0;
    search->configurations = 1;
    search->quiet_event = 0;
    search->quiet_state = events->initial;
    search->quiet_open_count = 0;
    memset(search->entry, 0, linear_current(search)->stride * sizeof *search->entry);
    search->entry[0] = events->initial.hash;
    search->entry[1] = events->initial.size;
    linear_set_add(linear_current(search), search->entry, search->lasting);
}

/* If the object can only be in one state and nothing that returns is open. */
static void note_quiet(struct linear_search *search, const struct linear_events *events,
                       size_t event)
{
    for (size_t w = 0; w < search->words; w++) {
        if ((search->open[w] & ~search->lasting[w]) != 0)
            return;
    }
    const struct linear_set *set = linear_current(search);
    if (set->count != 1 || search->sequences != NULL)
        return;
    uint64_t *entry = linear_set_at(set, 0);
    search->quiet_event = events->passed + event;
    search->quiet_state = linear_state_of(entry);
    search->quiet_open_count = 0;
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = search->lasting[w] & ~*linear_taken(entry, w);
        for (; left != 0; left &= left - 1) {
            size_t place = w * 64 + (size_t)__builtin_ctzll(left);
            search->quiet_open =
                array_reserve(search->quiet_open, &search->quiet_open_capacity,
                              search->quiet_open_count + 1, sizeof *search->quiet_open);
            search->quiet_open[search->quiet_open_count++] =
                (size_t)(search->places[place].op - events->ops) * 2;
        }
    }
}

static void collect(struct linear_search *search)
{
    if (search->sequences == NULL || !linear_sequences_full(search->sequences))
        return;
    struct linear_set *set = linear_current(search);
    linear_sequences_collect(search->sequences, set->entries, set->count, set->stride);
}

static void pass_look(struct linear_search *search, const struct linear_op *op)
{
    if (search->look_first < search->look_count && search->looks[search->look_first].op == op)
        search->look_first++;
}

enum linear_verdict linear_search_run(struct linear_search *search,
                                      const struct linear_events *events, size_t *ret_event)
{
    begin(search, events);
    for (size_t i = 0; i < events->count && (events->more || search->observers_left > 0); i++) {
        size_t index = events->events[i] / 2;
        const struct linear_op *op = &events->ops[index];
        *ret_event = i;
        if (events->events[i] % 2 == 0) {
            search->now = op->invoked;
            if (!on_invoke(search, op, index))
                return LINEAR_UNKNOWN;
            continue;
        }
        search->now = op->returned;
        linear_wants_pass(&search->wants, events->ops, search->now);
        enum linear_verdict verdict = on_return(search, search->op_places[index]);
        if (verdict != LINEAR_OK)
            return verdict;
        pass_look(search, op);
        cs_assert(!linear_observes(op) || search->observers_left > 0);
        search->observers_left -= linear_observes(op);
        note_quiet(search, events, i + 1);
        collect(search);
    }
    *ret_event = events->count;
    return LINEAR_OK;
}
