#include "verify/linear_search.h"

#include "verify/index.h"
#include "verify/linear_sequences.h"

enum {
    WORDS_MAX = 64, /* 4096 open operations on one key */
    CONFIGURATIONS_MAX = 1 << 21,
};

/* ---- The window of open operations --------------------------------------------------------------
 */

static uint64_t *grown_bits(uint64_t *bits, size_t words, size_t wanted)
{
    bits = realloc(bits, wanted * sizeof *bits);
    cs_assert(bits != NULL);
    memset(bits + words, 0, (wanted - words) * sizeof *bits);
    return bits;
}

static void grow_window(struct linear_search *search)
{
    size_t words = search->words, wanted = words == 0 ? 1 : words * 2;
    search->open = grown_bits(search->open, words, wanted);
    search->observers = grown_bits(search->observers, words, wanted);
    search->lasting = grown_bits(search->lasting, words, wanted);
    search->replacers = grown_bits(search->replacers, words, wanted);
    search->entry = grown_bits(search->entry, 0, wanted + LINEAR_STATE_WORDS);
    search->next = grown_bits(search->next, 0, wanted + LINEAR_STATE_WORDS);
    search->places = realloc(search->places, wanted * 64 * sizeof *search->places);
    cs_assert(search->places != NULL);
    for (size_t p = 0; p < words * 64; p++)
        search->places[p].twins = grown_bits(search->places[p].twins, words, wanted);
    for (size_t p = words * 64; p < wanted * 64; p++)
        search->places[p] = (struct linear_place){ NULL, grown_bits(NULL, 0, wanted) };
    linear_set_shape(&search->sets[0], wanted);
    linear_set_shape(&search->sets[1], wanted);
    search->words = wanted;
}

void linear_search_init(struct linear_search *search, const struct linear_model *model,
                        uint64_t steps_max)
{
    *search = (struct linear_search){ .model = model, .steps_max = steps_max, .looks_ahead = true };
    search->sequences = model->in_sequences ? linear_sequences_new() : NULL;
    grow_window(search);
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
    free(search->entry);
    free(search->next);
    free(search->looks);
    free(search->op_places);
    free(search->quiet_open);
    linear_set_done(&search->sets[0]);
    linear_set_done(&search->sets[1]);
    linear_sequences_free(search->sequences);
}

static struct linear_set *current(struct linear_search *search)
{
    return &search->sets[search->current];
}

static void leave(struct linear_search *search, size_t place)
{
    cs_assert(linear_bit(search->open, place));
    linear_bit_clear(search->open, place);
    linear_bit_clear(search->observers, place);
    linear_bit_clear(search->replacers, place);
    search->places[place].op = NULL;
    for (size_t w = 0; w < search->words; w++) {
        for (uint64_t open = search->open[w]; open != 0; open &= open - 1)
            linear_bit_clear(search->places[w * 64 + (size_t)__builtin_ctzll(open)].twins, place);
    }
}

/* Operations that never return and have taken effect in every configuration are done with. */
static void retire_lasting(struct linear_search *search)
{
    const struct linear_set *set = current(search);
    for (size_t w = 0; w < search->words; w++) {
        uint64_t all = search->lasting[w];
        for (size_t i = 0; i < set->count; i++)
            all &= linear_set_at(set, i)[LINEAR_STATE_WORDS + w];
        for (size_t i = 0; all != 0 && i < set->count; i++)
            linear_set_at(set, i)[LINEAR_STATE_WORDS + w] &= ~all;
        search->lasting[w] &= ~all;
        for (; all != 0; all &= all - 1)
            leave(search, w * 64 + (size_t)__builtin_ctzll(all));
    }
}

static bool free_place(const struct linear_search *search, size_t *ret_place)
{
    for (size_t w = 0; w < search->words; w++) {
        if (search->open[w] != UINT64_MAX) {
            *ret_place = w * 64 + (size_t)__builtin_ctzll(~search->open[w]);
            return true;
        }
    }
    return false;
}

static bool find_place(struct linear_search *search, size_t *ret_place)
{
    if (free_place(search, ret_place))
        return true;
    retire_lasting(search);
    if (free_place(search, ret_place))
        return true;
    if (search->words == WORDS_MAX)
        return false;
    grow_window(search);
    return free_place(search, ret_place);
}

static bool are_equal(const struct linear_op *a, const struct linear_op *b)
{
    return a->kind == b->kind && a->outcome == b->outcome && linear_same(a->seen, b->seen) &&
           a->unseen == b->unseen && (a->unseen || linear_same(a->value, b->value));
}

static void know_twins(struct linear_search *search, size_t place)
{
    const struct linear_op *op = search->places[place].op;
    uint64_t *twins = search->places[place].twins;
    memset(twins, 0, search->words * sizeof *twins);
    for (size_t w = 0; w < search->words; w++) {
        uint64_t others = search->open[w] & ~search->observers[w];
        for (; others != 0; others &= others - 1) {
            size_t other = w * 64 + (size_t)__builtin_ctzll(others);
            linear_bit_clear(search->places[other].twins, place);
            if (other == place || !are_equal(search->places[other].op, op))
                continue;
            if (search->places[other].op->returned <= op->returned) {
                linear_bit_set(twins, other);
            } else {
                linear_bit_set(search->places[other].twins, place);
            }
        }
    }
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
        uint64_t left = search->observers[w] & ~entry[LINEAR_STATE_WORDS + w];
        for (; left != 0; left &= left - 1) {
            size_t place = w * 64 + (size_t)__builtin_ctzll(left);
            struct linear_value state;
            if (step(search, search->places[place].op, linear_state_of(entry), &state))
                linear_bit_set(entry + LINEAR_STATE_WORDS, place);
        }
    }
}

static bool any_left(const struct linear_search *search, const uint64_t *bits,
                     const uint64_t *entry)
{
    for (size_t w = 0; w < search->words; w++) {
        if ((bits[w] & ~entry[LINEAR_STATE_WORDS + w]) != 0)
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
                        struct linear_value before, const uint64_t *entry)
{
    if (search->look_first == search->look_count || any_left(search, search->replacers, entry))
        return false;
    for (size_t i = search->look_first; i < search->look_count; i++) {
        const struct linear_look *look = &search->looks[i];
        if (look->replaced > search->now)
            return false;
        if (look->place == SIZE_MAX || !linear_bit(entry + LINEAR_STATE_WORDS, look->place))
            return !agrees(op, before, linear_state_of(entry), look->op);
    }
    return false;
}

/* The open operation in this place takes effect in `entry`: true if it can, and if it is worth
 * knowing; search->next is the outcome. */
static bool advance(struct linear_search *search, const uint64_t *entry, size_t place)
{
    const struct linear_place *at = &search->places[place];
    cs_assert(!linear_bit(entry + LINEAR_STATE_WORDS, place));
    if (any_left(search, at->twins, entry))
        return false;
    struct linear_value before = linear_state_of(entry), state;
    if (!step(search, at->op, before, &state))
        return false;
    if (at->op->returned == LINEAR_NEVER && linear_same(before, state))
        return false;
    uint64_t *next = search->next;
    memcpy(next, entry, (LINEAR_STATE_WORDS + search->words) * sizeof *next);
    next[0] = state.hash;
    next[1] = state.size;
    linear_bit_set(next + LINEAR_STATE_WORDS, place);
    if (!linear_same(before, state)) {
        if (is_hopeless(search, at->op, before, next))
            return false;
        observe(search, next);
    }
    return true;
}

/* ---- Events -------------------------------------------------------------------------------------
 */

/* Whether it can make a value of another: to one that some answer shows.  After a write of one that
 * none shows, only another replacement leads to what a read has found. */
static bool replaces(const struct linear_op *op)
{
    return op->kind != LINEAR_APPEND && !linear_only_observes(op) && !op->unseen;
}

static bool on_invoke(struct linear_search *search, const struct linear_op *op, size_t *ret_place)
{
    size_t place;
    if (!find_place(search, &place))
        return false;
    *ret_place = place;
    cs_assert(!linear_bit(search->open, place));
    search->places[place].op = op;
    linear_bit_set(search->open, place);
    if (!linear_only_observes(op)) {
        know_twins(search, place);
        if (replaces(op))
            linear_bit_set(search->replacers, place);
        if (op->returned == LINEAR_NEVER)
            linear_bit_set(search->lasting, place);
        return true;
    }
    linear_bit_set(search->observers, place);
    const struct linear_set *set = current(search);
    for (size_t i = 0; i < set->count; i++) {
        uint64_t *entry = linear_set_at(set, i);
        struct linear_value state;
        if (step(search, op, linear_state_of(entry), &state))
            linear_bit_set(entry + LINEAR_STATE_WORDS, place);
    }
    return true;
}

static bool has_in_all(const struct linear_set *set, size_t place)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!linear_bit(linear_set_at(set, i) + LINEAR_STATE_WORDS, place))
            return false;
    }
    return true;
}

/* Take one configuration of `set` on: to `done` if `place` has taken effect, else one operation
 * further. */
static void expand(struct linear_search *search, size_t i, size_t place)
{
    struct linear_set *set = current(search), *done = &search->sets[1 - search->current];
    uint64_t *entry = search->entry;
    memcpy(entry, linear_set_at(set, i), set->stride * sizeof *entry);
    if (linear_bit(entry + LINEAR_STATE_WORDS, place)) {
        linear_bit_clear(entry + LINEAR_STATE_WORDS, place);
        linear_set_add(done, entry, search->lasting);
        return;
    }
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = search->open[w] & ~search->observers[w] & ~entry[LINEAR_STATE_WORDS + w];
        for (; left != 0; left &= left - 1) {
            if (!advance(search, entry, w * 64 + (size_t)__builtin_ctzll(left)))
                continue;
            bool has = linear_bit(search->next + LINEAR_STATE_WORDS, place);
            linear_bit_clear(search->next + LINEAR_STATE_WORDS, place);
            linear_set_add(has ? done : set, search->next, search->lasting);
        }
    }
}

static enum linear_verdict on_return(struct linear_search *search, size_t place)
{
    struct linear_set *set = current(search), *done = &search->sets[1 - search->current];
    cs_assert(set->count > 0);
    cs_assert(linear_bit(search->open, place));
    if (has_in_all(set, place)) {
        for (size_t i = 0; i < set->count; i++)
            linear_bit_clear(linear_set_at(set, i) + LINEAR_STATE_WORDS, place);
        leave(search, place);
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
    leave(search, place);
    return LINEAR_OK;
}

/* ---- A whole key --------------------------------------------------------------------------------
 */

static void look_ahead(struct linear_search *search, const struct linear_events *events)
{
    uint64_t replaced = 0;
    bool appends = false;
    search->look_count = 0;
    search->look_first = 0;
    search->observers_left = 0;
    for (size_t i = 0; i < events->count; i++) {
        const struct linear_op *op = &events->ops[events->events[i] / 2];
        bool end = events->events[i] % 2 == 1;
        appends |= op->kind == LINEAR_APPEND;
        search->observers_left += end && linear_observes(op);
        if (!end && replaces(op))
            replaced = op->invoked;
        if (!end || op->kind != LINEAR_READ)
            continue;
        search->looks = array_reserve(search->looks, &search->look_capacity, search->look_count + 1,
                                      sizeof *search->looks);
        search->looks[search->look_count++] = (struct linear_look){ op, replaced, SIZE_MAX };
    }
    if (!appends || !search->looks_ahead)
        search->look_count = 0;
}

static void begin(struct linear_search *search, const struct linear_events *events)
{
    cs_assert(search->words > 0);
    memset(search->open, 0, search->words * sizeof *search->open);
    memset(search->observers, 0, search->words * sizeof *search->open);
    memset(search->lasting, 0, search->words * sizeof *search->open);
    memset(search->replacers, 0, search->words * sizeof *search->open);
    linear_set_clear(&search->sets[0]);
    linear_set_clear(&search->sets[1]);
    search->current = 0;
    search->steps = 0;
    search->configurations = 1;
    search->quiet_event = 0;
    search->quiet_state = events->initial;
    search->quiet_open_count = 0;
    memset(search->entry, 0, (LINEAR_STATE_WORDS + search->words) * sizeof *search->entry);
    search->entry[0] = events->initial.hash;
    search->entry[1] = events->initial.size;
    linear_set_add(current(search), search->entry, search->lasting);
    look_ahead(search, events);
}

/* If the object can only be in one state and nothing that returns is open. */
static void note_quiet(struct linear_search *search, const struct linear_events *events,
                       size_t event)
{
    for (size_t w = 0; w < search->words; w++) {
        if ((search->open[w] & ~search->lasting[w]) != 0)
            return;
    }
    const struct linear_set *set = current(search);
    if (set->count != 1 || search->sequences != NULL)
        return;
    const uint64_t *entry = linear_set_at(set, 0);
    search->quiet_event = event;
    search->quiet_state = linear_state_of(entry);
    search->quiet_open_count = 0;
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = search->lasting[w] & ~entry[LINEAR_STATE_WORDS + w];
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
    struct linear_set *set = current(search);
    linear_sequences_collect(search->sequences, set->entries, set->count, set->stride);
}

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

static void pass_look(struct linear_search *search, const struct linear_op *op)
{
    if (search->look_first < search->look_count && search->looks[search->look_first].op == op)
        search->look_first++;
}

static bool take_invocation(struct linear_search *search, const struct linear_op *op, size_t index)
{
    size_t place;
    if (!on_invoke(search, op, &place))
        return false;
    search->op_places = array_reserve(search->op_places, &search->op_capacity, index + 1,
                                      sizeof *search->op_places);
    search->op_places[index] = (uint16_t)place;
    know_look(search, op, place);
    return true;
}

enum linear_verdict linear_search_run(struct linear_search *search,
                                      const struct linear_events *events, size_t *ret_event)
{
    begin(search, events);
    for (size_t i = 0; i < events->count && search->observers_left > 0; i++) {
        size_t index = events->events[i] / 2;
        const struct linear_op *op = &events->ops[index];
        *ret_event = i;
        if (events->events[i] % 2 == 0) {
            search->now = op->invoked;
            if (!take_invocation(search, op, index))
                return LINEAR_UNKNOWN;
            continue;
        }
        search->now = op->returned;
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
