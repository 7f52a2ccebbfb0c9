/* The window of open operations: each has a place, which is its bit in every configuration. */
#include "verify/linear_search.h"

enum { WORDS_MAX = 64 }; /* 4096 open operations on one key */

static uint64_t *grown_bits(uint64_t *bits, size_t words, size_t wanted)
{
    bits = realloc(bits, wanted * sizeof *bits);
    cs_assert(bits != NULL);
    memset(bits + words, 0, (wanted - words) * sizeof *bits);
    return bits;
}

void linear_window_grow(struct linear_search *search)
{
    size_t words = search->words, wanted = words == 0 ? 1 : words * 2;
    size_t stride = LINEAR_STATE_WORDS + LINEAR_PLACE_WORDS * wanted;
    search->open = grown_bits(search->open, words, wanted);
    search->observers = grown_bits(search->observers, words, wanted);
    search->lasting = grown_bits(search->lasting, words, wanted);
    search->replacers = grown_bits(search->replacers, words, wanted);
    search->blind = grown_bits(search->blind, words, wanted);
    search->finders = grown_bits(search->finders, words, wanted);
    search->sources = grown_bits(search->sources, words, wanted);
    search->entry = grown_bits(search->entry, 0, stride);
    search->next = grown_bits(search->next, 0, stride);
    search->places = realloc(search->places, wanted * 64 * sizeof *search->places);
    cs_assert(search->places != NULL);
    for (size_t p = 0; p < words * 64; p++)
        search->places[p].twins = grown_bits(search->places[p].twins, words, wanted);
    for (size_t p = words * 64; p < wanted * 64; p++)
        search->places[p] = (struct linear_place){ .twins = grown_bits(NULL, 0, wanted) };
    linear_set_shape(&search->sets[0], wanted);
    linear_set_shape(&search->sets[1], wanted);
    search->words = wanted;
}

void linear_window_reset(struct linear_search *search)
{
    size_t size = search->words * sizeof *search->open;
    memset(search->open, 0, size);
    memset(search->observers, 0, size);
    memset(search->lasting, 0, size);
    memset(search->replacers, 0, size);
    memset(search->blind, 0, size);
    memset(search->finders, 0, size);
    memset(search->sources, 0, size);
}

void linear_window_leave(struct linear_search *search, size_t place)
{
    cs_assert(linear_bit(search->open, place));
    linear_bit_clear(search->open, place);
    linear_bit_clear(search->observers, place);
    linear_bit_clear(search->replacers, place);
    linear_bit_clear(search->blind, place);
    linear_bit_clear(search->finders, place);
    linear_bit_clear(search->sources, place);
    search->places[place].op = NULL;
    for (size_t w = 0; w < search->words; w++) {
        for (uint64_t open = search->open[w]; open != 0; open &= open - 1)
            linear_bit_clear(search->places[w * 64 + (size_t)__builtin_ctzll(open)].twins, place);
    }
}

/* Operations that never return and have taken effect in every configuration are done with. */
void linear_window_retire(struct linear_search *search)
{
    const struct linear_set *set = linear_current(search);
    for (size_t w = 0; w < search->words; w++) {
        uint64_t all = search->lasting[w];
        for (size_t i = 0; i < set->count; i++)
            all &= *linear_taken(linear_set_at(set, i), w);
        for (size_t i = 0; all != 0 && i < set->count; i++)
            *linear_taken(linear_set_at(set, i), w) &= ~all;
        search->lasting[w] &= ~all;
        for (; all != 0; all &= all - 1)
            linear_window_leave(search, w * 64 + (size_t)__builtin_ctzll(all));
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
    linear_window_retire(search);
    if (free_place(search, ret_place))
        return true;
    if (search->words == WORDS_MAX)
        return false;
    linear_window_grow(search);
    return free_place(search, ret_place);
}

/* ---- Equal operations ---------------------------------------------------------------------------
 */

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

/* One that may count either way need not go before one that has not taken effect yet. */
bool linear_window_twin_first(const struct linear_search *search, uint64_t *entry, size_t place)
{
    bool either = linear_is_either(entry, place);
    for (size_t w = 0; w < search->words; w++) {
        uint64_t left = ~*linear_taken(entry, w) | (either ? *linear_either(entry, w) : 0);
        if ((search->places[place].twins[w] & left) != 0)
            return true;
    }
    return false;
}

/* ---- One more -----------------------------------------------------------------------------------
 */

bool linear_replaces(const struct linear_op *op)
{
    return op->kind != LINEAR_APPEND && !linear_only_observes(op) && !op->unseen;
}

/* Whether this write, and those who read what it wrote, belong to each other alone. */
static void know_source(struct linear_search *search, size_t place)
{
    const struct linear_op *op = search->places[place].op;
    if (!search->wants.enabled || !search->merges || search->wants.presence ||
        op->kind != LINEAR_WRITE || op->unseen || !linear_is_telling(op->value))
        return;
    if (!linear_is_replaced(&search->wants, op->returned))
        return;
    const struct linear_want *want = linear_want_of(&search->wants, op->value);
    bool alone = want != NULL && want->writers == 1 && want->only_read && want->first != 0 &&
                 linear_is_closed(&search->wants, want);
    if (!alone)
        return;
    search->places[place].want = want;
    linear_bit_set(search->sources, place);
}

bool linear_window_enter(struct linear_search *search, const struct linear_op *op,
                         size_t *ret_place)
{
    size_t place;
    if (!find_place(search, &place))
        return false;
    *ret_place = place;
    cs_assert(!linear_bit(search->open, place));
    bool lasting = op->returned == LINEAR_NEVER, blind = linear_is_blind(op);
    search->places[place].op = op;
    linear_bit_set(search->open, place);
    if (!blind)
        linear_bit_set(search->finders, place);
    if (linear_only_observes(op)) {
        linear_bit_set(search->observers, place);
        return true;
    }
    know_twins(search, place);
    know_source(search, place);
    if (linear_replaces(op))
        linear_bit_set(search->replacers, place);
    if (lasting)
        linear_bit_set(search->lasting, place);
    if (blind && !lasting && search->wants.enabled)
        linear_bit_set(search->blind, place);
    return true;
}
