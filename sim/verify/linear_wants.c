#include "verify/linear_wants.h"

#include <string.h>

#include "verify/linear_carry.h"

void linear_wants_done(struct linear_wants *wants)
{
    index_done(&wants->index);
    index_done(&wants->prefix_index);
    index_done(&wants->family_index);
    free(wants->families);
    free(wants->refused);
    free(wants->wants);
    free(wants->seekers);
    free(wants->texts);
    free(wants->ends);
    free(wants->prefixes);
}

static uint64_t hash_of(struct linear_value value) { return index_hash(value.hash, value.size); }

static uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* ---- Values that are looked for -----------------------------------------------------------------
 */

struct linear_want *linear_want_of(const struct linear_wants *wants, struct linear_value value)
{
    struct index_probe probe = index_probe(&wants->index, hash_of(value));
    while (index_next(&wants->index, &probe)) {
        if (linear_same(wants->wants[probe.number].value, value))
            return &wants->wants[probe.number];
    }
    return NULL;
}

static struct linear_want *want_for(struct linear_wants *wants, struct linear_value value)
{
    struct linear_want *known = linear_want_of(wants, value);
    if (known != NULL)
        return known;
    wants->wants = array_reserve(wants->wants, &wants->want_capacity, wants->want_count + 1,
                                 sizeof *wants->wants);
    cs_assert(wants->want_count < UINT32_MAX);
    index_add(&wants->index, hash_of(value), (uint32_t)wants->want_count);
    wants->wants[wants->want_count] = (struct linear_want){ .value = value, .only_read = true };
    return &wants->wants[wants->want_count++];
}

static void add_seeker(struct linear_wants *wants, struct linear_want *want, uint32_t op)
{
    wants->seekers = array_reserve(wants->seekers, &wants->seeker_capacity, wants->seeker_count + 1,
                                   sizeof *wants->seekers);
    wants->seekers[wants->seeker_count++] = (struct linear_seeker){ .op = op };
    uint32_t number = (uint32_t)wants->seeker_count;
    if (want->first == 0) {
        want->first = number;
    } else {
        wants->seekers[want->last - 1].next = number;
    }
    want->last = number;
}

/* ---- Values that begin alike --------------------------------------------------------------------
 */

static struct linear_family *family_of(const struct linear_wants *wants, uint32_t head)
{
    struct index_probe probe = index_probe(&wants->family_index, index_hash(head, 0));
    while (index_next(&wants->family_index, &probe)) {
        if (wants->families[probe.number].head == head)
            return &wants->families[probe.number];
    }
    return NULL;
}

static struct linear_family *family_for(struct linear_wants *wants, uint32_t head)
{
    struct linear_family *known = family_of(wants, head);
    if (known != NULL)
        return known;
    wants->families = array_reserve(wants->families, &wants->family_capacity,
                                    wants->family_count + 1, sizeof *wants->families);
    index_add(&wants->family_index, index_hash(head, 0), (uint32_t)wants->family_count);
    wants->families[wants->family_count] =
        (struct linear_family){ .head = head, .value = linear_nothing() };
    return &wants->families[wants->family_count++];
}

static void learn_family(struct linear_wants *wants, const struct linear_op *op, bool writes,
                         bool seeks)
{
    if (writes && linear_is_telling(op->value)) {
        wants->headless |= op->head == 0;
        family_for(wants, op->head)->makers++;
    }
    if (!seeks || !linear_is_telling(op->seen))
        return;
    wants->headless |= op->seen_head == 0;
    struct linear_family *family = family_for(wants, op->seen_head);
    family->until = later(family->until, op->returned);
    family->mixed |= family->value.size != LINEAR_ABSENT && !linear_same(family->value, op->seen);
    family->value = op->seen;
    struct linear_want *want = linear_want_of(wants, op->seen);
    if (want != NULL)
        want->family = (uint32_t)(family - wants->families);
}

bool linear_is_closed(const struct linear_wants *wants, const struct linear_want *want)
{
    if (!wants->appends)
        return true;
    if (wants->headless || want->first == 0)
        return false;
    cs_assert(want->family < wants->family_count);
    const struct linear_family *family = &wants->families[want->family];
    return !family->mixed && family->makers <= 1;
}

static void learn_seeker(struct linear_wants *wants, const struct linear_events *events,
                         size_t index)
{
    const struct linear_op *op = &events->ops[index];
    if (!linear_is_telling(op->seen))
        return;
    struct linear_want *want = want_for(wants, op->seen);
    want->until = later(want->until, op->returned);
    want->last_invoked = later(want->last_invoked, op->invoked);
    want->only_read &= op->kind == LINEAR_READ;
    if (linear_must_find(op) && op->returned <= wants->end)
        want->must_invoked = later(want->must_invoked, op->invoked);
    if (op->returned != LINEAR_NEVER)
        add_seeker(wants, want, (uint32_t)index);
}

/* ---- Values that grow ---------------------------------------------------------------------------
 */

/* By their bytes; of a text and one that goes on behind it the shorter comes first. */
static int compare_texts(const void *left, const void *right)
{
    const struct linear_op *a = *(const struct linear_op *const *)left;
    const struct linear_op *b = *(const struct linear_op *const *)right;
    uint64_t common = a->seen.size < b->seen.size ? a->seen.size : b->seen.size;
    int order = memcmp(a->text, b->text, common);
    return order != 0 ? order : (a->seen.size > b->seen.size) - (a->seen.size < b->seen.size);
}

static void learn_text(struct linear_wants *wants, const struct linear_op *op)
{
    if (!linear_is_telling(op->seen))
        return;
    if (op->kind != LINEAR_READ || op->text == NULL) {
        wants->vague_until = later(wants->vague_until, op->returned);
        wants->vague_size = later(wants->vague_size, op->seen.size);
        return;
    }
    wants->texts = array_reserve(wants->texts, &wants->text_capacity, wants->text_count + 1,
                                 sizeof(struct linear_op *));
    wants->texts[wants->text_count++] = op;
}

static void sort_texts(struct linear_wants *wants)
{
    size_t count = wants->text_count;
    if (count > 1)
        qsort(wants->texts, count, sizeof(struct linear_op *), compare_texts);
    wants->ends = array_reserve(wants->ends, &wants->end_capacity, 2 * count + 2, sizeof(uint64_t));
    for (size_t i = 0; i < count; i++)
        wants->ends[count + i] = wants->texts[i]->returned;
    for (size_t i = count; i-- > 1;)
        wants->ends[i] = later(wants->ends[2 * i], wants->ends[2 * i + 1]);
}

static uint64_t last_end(const struct linear_wants *wants, size_t low, size_t high)
{
    uint64_t end = 0;
    cs_assert(high <= wants->text_count);
    for (low += wants->text_count, high += wants->text_count; low < high; low /= 2, high /= 2) {
        if (low % 2 == 1)
            end = later(end, wants->ends[low++]);
        if (high % 2 == 1)
            end = later(end, wants->ends[--high]);
    }
    return end;
}

/* How a text stands to a state that is `from` bytes of it, and then those of `op`: below, within or
 * above. */
static int compare_part(const struct linear_op *text, uint64_t from, const struct linear_op *op)
{
    cs_assert(text->seen.size >= from);
    uint64_t left = text->seen.size - from, size = op->value.size;
    int order = memcmp(text->text + from, op->text, left < size ? left : size);
    return order != 0 ? order : left < size ? -1 : 0;
}

/* The first text of the range that is not below the state, or the first that is above it. */
static uint32_t bound(const struct linear_wants *wants, const struct linear_prefix *range,
                      uint64_t from, const struct linear_op *op, int least)
{
    uint32_t low = range->low, high = range->high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare_part(wants->texts[middle], from, op) < least) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct linear_prefix *prefix_of(const struct linear_wants *wants,
                                             struct linear_value state)
{
    struct index_probe probe = index_probe(&wants->prefix_index, hash_of(state));
    while (index_next(&wants->prefix_index, &probe)) {
        if (linear_same(wants->prefixes[probe.number].state, state))
            return &wants->prefixes[probe.number];
    }
    return NULL;
}

uint64_t linear_prefix_until(const struct linear_wants *wants, struct linear_value state)
{
    const struct linear_prefix *known = prefix_of(wants, state);
    return known == NULL ? LINEAR_NEVER : known->until;
}

uint32_t linear_head_after(const struct linear_wants *wants, const struct linear_op *op,
                           struct linear_value before)
{
    if (wants->headless)
        return 0;
    if (op->kind != LINEAR_APPEND || !linear_is_telling(before))
        return op->head;
    const struct linear_prefix *prefix = prefix_of(wants, before);
    return prefix == NULL ? 0 : prefix->head;
}

static struct linear_prefix grown(const struct linear_wants *wants, const struct linear_op *op,
                                  struct linear_value before, struct linear_value after)
{
    struct linear_prefix range = { .state = after, .high = (uint32_t)wants->text_count };
    bool adds = op->kind == LINEAR_APPEND && linear_is_telling(before);
    if (adds) {
        const struct linear_prefix *parent = prefix_of(wants, before);
        range.vague = parent == NULL || parent->vague;
        range.low = range.vague ? 0 : parent->low;
        range.high = range.vague ? range.high : parent->high;
    }
    range.vague |= op->text == NULL;
    if (!range.vague) {
        uint64_t from = adds ? before.size : 0;
        uint32_t low = bound(wants, &range, from, op, 0);
        range.high = bound(wants, &range, from, op, 1);
        range.low = low;
    }
    range.until = last_end(wants, range.low, range.high);
    if (after.size <= wants->vague_size)
        range.until = later(range.until, wants->vague_until);
    range.head = linear_head_after(wants, op, before);
    const struct linear_family *family = family_of(wants, range.head);
    uint64_t family_until = family == NULL ? 0 : family->until;
    if (range.head != 0 && family_until < range.until)
        range.until = family_until;
    return range;
}

uint64_t linear_wanted_until(struct linear_wants *wants, const struct linear_op *op,
                             struct linear_value before, struct linear_value after)
{
    if (!wants->appends) {
        const struct linear_want *want = linear_want_of(wants, after);
        return want == NULL ? 0 : want->until;
    }
    const struct linear_prefix *known = prefix_of(wants, after);
    if (known != NULL)
        return known->until;
    struct linear_prefix made = grown(wants, op, before, after);
    wants->prefixes = array_reserve(wants->prefixes, &wants->prefix_capacity,
                                    wants->prefix_count + 1, sizeof *wants->prefixes);
    index_add(&wants->prefix_index, hash_of(after), (uint32_t)wants->prefix_count);
    wants->prefixes[wants->prefix_count++] = made;
    return made.until;
}

/* ---- A key --------------------------------------------------------------------------------------
 */

static void learn_writer(struct linear_wants *wants, const struct linear_op *op, size_t index)
{
    struct linear_want *want = want_for(wants, op->value);
    want->writers++;
    want->writer = (uint32_t)index + 1;
}

static void learn_refusal(struct linear_wants *wants, size_t index)
{
    wants->refused = array_reserve(wants->refused, &wants->refused_capacity,
                                   wants->refused_count + 1, sizeof *wants->refused);
    wants->refused[wants->refused_count++] = (uint32_t)index;
}

static void learn_sought(struct linear_wants *wants, const struct linear_events *events,
                         size_t index)
{
    learn_seeker(wants, events, index);
    if (wants->appends) {
        learn_text(wants, &events->ops[index]);
        learn_family(wants, &events->ops[index], false, true);
    }
}

static void learn_event(struct linear_wants *wants, const struct linear_events *events,
                        size_t event)
{
    const struct linear_op *op = &events->ops[event / 2];
    bool end = event % 2 == 1;
    bool seeks = op->kind == LINEAR_READ || op->kind == LINEAR_CAS;
    bool writes = op->kind == LINEAR_WRITE || (op->kind == LINEAR_CAS && op->outcome != LINEAR_NO);
    bool lost = op->returned == LINEAR_NEVER;
    if (!end && writes && !op->unseen && linear_is_telling(op->value))
        learn_writer(wants, op, event / 2);
    if (seeks && end != (lost && op->kind == LINEAR_CAS))
        learn_sought(wants, events, event / 2);
    if (!end && wants->appends && (writes || op->kind == LINEAR_APPEND))
        learn_family(wants, op, true, false);
    if (end && op->kind == LINEAR_CAS && op->outcome != LINEAR_YES)
        learn_refusal(wants, event / 2);
    wants->presence |= op->kind == LINEAR_DELETE && op->outcome != LINEAR_ANY;
}

/* Whether it leaves something else than there was before, whatever that was. */
static bool is_sure_to_replace(const struct linear_op *op)
{
    return op->kind == LINEAR_WRITE || (op->kind == LINEAR_DELETE && op->outcome != LINEAR_NO) ||
           (op->kind == LINEAR_CAS && op->outcome == LINEAR_YES &&
            !linear_same(op->seen, op->value));
}

static void learn_state(struct linear_wants *wants, struct linear_value state)
{
    if (!linear_is_telling(state) || linear_want_of(wants, state) != NULL)
        return;
    want_for(wants, state)->writers++;
    wants->headless = true;
}

/* What the object may be at the beginning, and what is open then. */
static void learn_initial(struct linear_wants *wants, const struct linear_events *events)
{
    const struct linear_carry *carry = events->carry;
    if (carry == NULL) {
        learn_state(wants, events->initial);
        return;
    }
    for (size_t i = 0; i < carry->count; i++)
        learn_state(wants, linear_state_of(carry->entries + i * carry->stride));
    for (size_t i = 0; i < carry->open_count; i++)
        learn_event(wants, events, carry->open[i] * 2);
}

/* What an operation looks for that is open when the events end: it may find that afterwards. */
static void learn_open_one(struct linear_wants *wants, const struct linear_events *events,
                           size_t index)
{
    const struct linear_op *op = &events->ops[index];
    if (op->returned == LINEAR_NEVER || op->returned <= wants->end)
        return;
    if (op->kind == LINEAR_READ || op->kind == LINEAR_CAS)
        learn_sought(wants, events, index);
    if (op->kind == LINEAR_CAS && op->outcome != LINEAR_YES)
        learn_refusal(wants, index);
}

static void learn_open(struct linear_wants *wants, const struct linear_events *events)
{
    if (!events->more)
        return;
    for (size_t i = 0; events->carry != NULL && i < events->carry->open_count; i++)
        learn_open_one(wants, events, events->carry->open[i]);
    for (size_t i = 0; i < events->count; i++) {
        const struct linear_op *op = &events->ops[events->events[i] / 2];
        if (events->events[i] % 2 == 1)
            continue;
        learn_open_one(wants, events, events->events[i] / 2);
        if (op->returned <= wants->end && is_sure_to_replace(op))
            wants->replaced_until = op->invoked;
    }
}

/* Whether a value can grow while the events last. */
static bool any_append(const struct linear_events *events)
{
    bool any = false;
    for (size_t i = 0; events->carry != NULL && i < events->carry->open_count; i++)
        any |= events->ops[events->carry->open[i]].kind == LINEAR_APPEND;
    for (size_t i = 0; i < events->count; i++)
        any |= events->ops[events->events[i] / 2].kind == LINEAR_APPEND;
    return any;
}

static uint64_t end_of(const struct linear_events *events)
{
    if (!events->more || events->count == 0)
        return events->more ? 0 : LINEAR_NEVER;
    size_t last = events->events[events->count - 1];
    const struct linear_op *op = &events->ops[last / 2];
    return last % 2 == 1 ? op->returned : op->invoked;
}

void linear_wants_learn(struct linear_wants *wants, const struct linear_events *events)
{
    index_done(&wants->index);
    index_done(&wants->prefix_index);
    index_done(&wants->family_index);
    wants->index = wants->prefix_index = wants->family_index = (struct index){ 0 };
    wants->family_count = wants->refused_count = wants->refused_first = 0;
    wants->headless = false;
    wants->want_count = wants->seeker_count = wants->text_count = wants->prefix_count = 0;
    wants->vague_until = wants->vague_size = 0;
    wants->presence = false;
    wants->appends = wants->enabled && any_append(events);
    wants->end = end_of(events);
    wants->replaced_until = 0;
    if (!wants->enabled)
        return;
    learn_initial(wants, events);
    for (size_t i = 0; i < events->count; i++)
        learn_event(wants, events, events->events[i]);
    learn_open(wants, events);
    if (wants->appends)
        sort_texts(wants);
}
