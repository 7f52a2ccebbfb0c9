/* The linearizability checker against brute force, on random small histories of every model.
 *
 *     linear-fuzz COUNT [FIRST]
 *
 * History number N is the same on every machine.  It is made by clients of a real object, so it is
 * legal; some answers may then be changed.  Brute force tries every order, on objects that
 * are written down here a second time, as plain as can be. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "verify/linear.h"
#include "verify/linear_stream.h"

enum { OPS_MAX = 8, KEYS = 2, TEXT_MAX = 40, SHOWN_MAX = 5 };

/* Any object: text that is there or not, items in a row, elements by bit, a number, a lock. */
struct object {
    bool present;
    char text[TEXT_MAX];
    int number;
};

struct call {
    int kind, key, outcome;
    char value[4];         /* written, added, compared to be replaced with */
    char wanted[4];        /* what a compare-and-set expects */
    struct object found;   /* by a read; text[0] of what was dequeued */
    int number;            /* added */
    int invoked, returned; /* -1: never */
    bool open, done;       /* while it is made */
};

struct story {
    const struct linear_model *model;
    struct call calls[OPS_MAX];
    int count;
    bool unique; /* no two operations write the same */
    bool headed; /* and one can tell how values begin */
    bool one_key;
};

static unsigned below(struct random_stream *random, unsigned bound)
{
    return (unsigned)random_below(random, bound);
}

/* ---- Objects ------------------------------------------------------------------------------------
 */

static bool has(const struct object *object, char item)
{
    return strchr(object->text, item) != NULL;
}

static void take_out(struct object *object, char item)
{
    char *at = strchr(object->text, item);
    memmove(at, at + 1, strlen(at));
}

static void insert_sorted(struct object *object, char item)
{
    size_t at = 0, size = strlen(object->text);
    while (object->text[at] != 0 && object->text[at] < item)
        at++;
    memmove(object->text + at + 1, object->text + at, size - at + 1);
    object->text[at] = item;
}

/* Whether the condition of an operation that has one holds. */
static bool condition(const struct object *object, const struct call *call)
{
    switch (call->kind) {
    case LINEAR_CAS:
        return strcmp(object->text, call->wanted) == 0;
    case LINEAR_DELETE:
        return object->present;
    case LINEAR_DEQUEUE:
        return object->text[0] != 0;
    case LINEAR_ACQUIRE:
        return object->number == 0;
    case LINEAR_RELEASE:
        return object->number == 1;
    case LINEAR_INSERT:
        return !has(object, call->value[0]);
    case LINEAR_REMOVE:
        return has(object, call->value[0]);
    default:
        return true;
    }
}

static void change(struct object *object, const struct call *call)
{
    switch (call->kind) {
    case LINEAR_WRITE:
    case LINEAR_CAS:
        object->present = true;
        snprintf(object->text, sizeof object->text, "%s", call->value);
        break;
    case LINEAR_DELETE:
        object->present = false;
        object->text[0] = 0;
        break;
    case LINEAR_APPEND:
    case LINEAR_ENQUEUE:
        object->present = true;
        snprintf(object->text + strlen(object->text), sizeof object->text - strlen(object->text),
                 "%s", call->value);
        break;
    case LINEAR_DEQUEUE:
        memmove(object->text, object->text + 1, strlen(object->text));
        break;
    case LINEAR_ADD:
        object->number += call->number;
        break;
    case LINEAR_ACQUIRE:
    case LINEAR_RELEASE:
        object->number = call->kind == LINEAR_ACQUIRE;
        break;
    case LINEAR_INSERT:
        insert_sorted(object, call->value[0]);
        break;
    case LINEAR_REMOVE:
        take_out(object, call->value[0]);
        break;
    default:
        break;
    }
}

static bool same_found(const struct object *a, const struct object *b)
{
    return a->present == b->present && a->number == b->number && strcmp(a->text, b->text) == 0;
}

/* The call takes effect if its answer allows that. */
static bool perform(struct object *object, const struct call *call)
{
    if (call->kind == LINEAR_READ)
        return call->returned < 0 || same_found(object, &call->found);
    bool holds = condition(object, call);
    if (call->outcome != LINEAR_ANY && holds != (call->outcome == LINEAR_YES))
        return false;
    if (call->kind == LINEAR_DEQUEUE && call->outcome == LINEAR_YES &&
        object->text[0] != call->found.text[0])
        return false;
    if (holds)
        change(object, call);
    return true;
}

/* ---- Brute force --------------------------------------------------------------------------------
 */

/* Whether the calls of `left` can follow; those that return after `until` need not. */
static bool can_follow(const struct story *story, struct object object, unsigned left, int until)
{
    bool must = false;
    for (int i = 0; i < story->count; i++) {
        const struct call *call = &story->calls[i];
        must |= (left >> i & 1) != 0 && call->returned >= 0 && call->returned <= until;
    }
    if (!must)
        return true;
    for (int i = 0; i < story->count; i++) {
        if ((left >> i & 1) == 0)
            continue;
        bool first = true;
        for (int j = 0; j < story->count; j++) {
            const struct call *other = &story->calls[j];
            if ((left >> j & 1) != 0 && other->returned >= 0 &&
                other->returned < story->calls[i].invoked)
                first = false;
        }
        struct object after = object;
        if (first && perform(&after, &story->calls[i]) &&
            can_follow(story, after, left & ~(1u << i), until))
            return true;
    }
    return false;
}

static bool is_linearizable(const struct story *story)
{
    for (int key = 0; key < KEYS; key++) {
        unsigned mine = 0;
        for (int i = 0; i < story->count; i++)
            mine |= (unsigned)(story->calls[i].key == key) << i;
        if (!can_follow(story, (struct object){ 0 }, mine, INT32_MAX))
            return false;
    }
    return true;
}

/* ---- Stories ------------------------------------------------------------------------------------
 */

static int random_kind(const struct linear_model *model, struct random_stream *random)
{
    for (;;) {
        unsigned kind = below(random, LINEAR_KIND_COUNT);
        if ((model->kinds >> kind & 1) != 0)
            return (int)kind;
    }
}

static void random_value(char value[4], struct random_stream *random, bool one_item)
{
    unsigned size = one_item ? 1 : below(random, 8) == 0 ? 0 : 1 + below(random, 4) / 3;
    for (unsigned i = 0; i < size; i++)
        value[i] = (char)('a' + below(random, 2 + (unsigned)one_item));
    if (size == 2 && below(random, 2) == 0)
        value[1] = '.';
    value[size] = 0;
}

static struct call random_call(const struct story *story, struct random_stream *random)
{
    struct call call = { .kind = random_kind(story->model, random), .returned = -1, .open = true };
    call.key = (int)(!story->one_key && below(random, 4) == 0);
    random_value(call.value, random, story->model->in_sequences);
    random_value(call.wanted, random, false);
    if (story->unique) {
        call.value[0] = (char)('a' + story->count);
        call.wanted[0] = (char)('a' + below(random, (unsigned)story->count + 1));
        call.value[1] = call.wanted[1] = story->headed ? '.' : 0;
        call.value[2] = call.wanted[2] = 0;
    }
    call.number = (int)below(random, 3) - 1;
    return call;
}

/* What the object says to the call, which takes effect now. */
static void answer(struct call *call, struct object *object, struct random_stream *random)
{
    bool conditional = call->kind == LINEAR_CAS || call->kind == LINEAR_DELETE ||
                       call->kind == LINEAR_DEQUEUE || call->kind == LINEAR_ACQUIRE ||
                       call->kind == LINEAR_RELEASE || call->kind == LINEAR_INSERT ||
                       call->kind == LINEAR_REMOVE;
    bool silent = below(random, 4) == 0;
    bool holds = condition(object, call);
    call->found = *object;
    call->outcome = !conditional || silent ? LINEAR_ANY : holds ? LINEAR_YES : LINEAR_NO;
    if (holds)
        change(object, call);
    call->done = true;
}

/* Change an answer, or not. */
static void disturb(struct story *story, struct random_stream *random)
{
    struct call *call = &story->calls[below(random, (unsigned)story->count)];
    if (call->returned < 0 || (call->kind != LINEAR_READ && call->outcome == LINEAR_ANY))
        return;
    if (call->outcome != LINEAR_ANY && below(random, 2) == 0) {
        call->outcome = call->outcome == LINEAR_YES ? LINEAR_NO : LINEAR_YES;
        if (call->kind == LINEAR_DEQUEUE && call->found.text[0] == 0)
            strcpy(call->found.text, "a");
    } else {
        call->found = story->calls[below(random, (unsigned)story->count)].found;
        if (call->kind == LINEAR_DEQUEUE && call->found.text[0] == 0)
            call->outcome = LINEAR_NO;
    }
}

static void happen(struct story *story, struct object *objects, int *clock, unsigned clients,
                   struct random_stream *random)
{
    unsigned open = 0;
    for (int i = 0; i < story->count; i++)
        open += story->calls[i].open;
    if (story->count < OPS_MAX && open < clients && below(random, 3) == 0) {
        story->calls[story->count] = random_call(story, random);
        story->calls[story->count++].invoked = (*clock)++;
        return;
    }
    if (story->count == 0)
        return;
    struct call *call = &story->calls[below(random, (unsigned)story->count)];
    unsigned what = below(random, 10);
    if (call->returned >= 0 || (!call->open && what > 1))
        return;
    if (!call->done && what < 6) {
        answer(call, &objects[call->key], random);
    } else if (call->open && what == 9) {
        call->open = false; /* it will never return, though it may yet take effect */
    } else if (call->open && call->done) {
        call->open = false;
        call->returned = (*clock)++;
    }
}

static void story_make(struct story *story, uint64_t number)
{
    struct random_stream random = random_stream_of(random_mix(number + 1));
    struct object objects[KEYS] = { { 0 } };
    size_t models = 0;
    while (linear_models[models] != NULL)
        models++;
    cs_assert(models > 0);
    *story = (struct story){ .model = linear_models[number % models] };
    story->unique = below(&random, 2) == 0;
    story->headed = !story->model->in_sequences && below(&random, 2) == 0;
    story->one_key = below(&random, 2) == 0;
    unsigned clients = 1 + below(&random, 7), moves = 10 + below(&random, 60);
    int clock = 0;
    for (unsigned i = 0; i < moves; i++)
        happen(story, objects, &clock, clients, &random);
    for (unsigned times = below(&random, 12); times > 0 && story->count > 0; times--)
        disturb(story, &random);
    for (int i = 0; i < story->count; i++) {
        if (story->calls[i].returned < 0)
            story->calls[i].outcome = LINEAR_ANY;
    }
}

/* ---- What the checker says ----------------------------------------------------------------------
 */

static struct linear_value text_value(const char *text)
{
    return linear_bytes(cs_bytes_of(text, strlen(text)));
}

static struct linear_value found_value(const struct story *story, const struct call *call)
{
    if (strcmp(story->model->name, "counter") == 0)
        return linear_number(call->found.number);
    if (call->kind == LINEAR_DEQUEUE) {
        char item[2] = { call->found.text[0], 0 };
        return text_value(item);
    }
    if (strcmp(story->model->name, "set") == 0) {
        struct linear_value sum = { 0, 0 };
        for (const char *c = call->found.text; *c != 0; c++) {
            char item[2] = { *c, 0 };
            struct linear_value element = linear_element(text_value(item));
            sum.hash += element.hash;
            sum.size += element.size;
        }
        return sum;
    }
    return call->found.present ? text_value(call->found.text) : linear_nothing();
}

static struct linear_op op_of(const struct story *story, int number)
{
    const struct call *call = &story->calls[number];
    struct linear_op op = {
        .invoked = (uint64_t)call->invoked,
        .returned = call->returned < 0 ? LINEAR_NEVER : (uint64_t)call->returned,
        .value = call->kind == LINEAR_ADD ? linear_number(call->number) : text_value(call->value),
        .seen = call->kind == LINEAR_CAS ? text_value(call->wanted) : found_value(story, call),
        .text = call->kind == LINEAR_READ ? call->found.text : call->value,
        .key = (uint32_t)call->key,
        .number = (uint32_t)number,
        .kind = (uint8_t)call->kind,
        .outcome = (uint8_t)call->outcome,
    };
    const char *seen = call->kind == LINEAR_CAS ? call->wanted : call->found.text;
    op.head = linear_head(cs_bytes_of(call->value, strlen(call->value)));
    op.seen_head = linear_head(cs_bytes_of(seen, strlen(seen)));
    if (call->kind == LINEAR_DELETE || call->kind == LINEAR_READ)
        op.value = linear_nothing();
    return op;
}

/* The window of an illegal key must be illegal by itself; told where it begins at the beginning. */
static bool window_is_illegal(const struct story *story, const struct linear_report *report)
{
    bool from_start = linear_same(report->window_state, story->model->initial);
    if (!from_start)
        return true;
    unsigned mine = 0;
    for (size_t i = 0; i < report->window_count; i++)
        mine |= 1u << report->window[i]->number;
    return !can_follow(story, (struct object){ 0 }, mine, (int)report->failed->returned);
}

static void story_print(const struct story *story)
{
    for (int i = 0; i < story->count; i++) {
        const struct call *call = &story->calls[i];
        printf(
            "  %2d..%2d key %d kind %d outcome %d value \"%s\" wanted \"%s\" found %s\"%s\" %d\n",
            call->invoked, call->returned, call->key, call->kind, call->outcome, call->value,
            call->wanted, call->found.present ? "" : "nothing ", call->found.text,
            call->found.number);
    }
}

/* Whatever order is tried first, mostly that of the invocations, the verdict is the same. */
static bool agrees_by_any_order(const struct story *story, bool legal)
{
    struct linear_op ops[OPS_MAX];
    uint64_t places[OPS_MAX];
    uint64_t seed = 0;
    for (int i = 0; i < story->count; i++) {
        ops[i] = op_of(story, i);
        seed = random_mix(seed + ops[i].invoked * 64 + ops[i].returned + ops[i].kind);
    }
    if (seed % 4 != 0)
        return true;
    for (int i = 0; i < story->count; i++)
        places[i] = (uint64_t)i + 1 + random_mix(seed + (uint64_t)i) % 3;
    struct linear_report report;
    const struct linear_options options = { .places = places };
    linear_check(story->model, &options, ops, (size_t)story->count, &report);
    enum linear_verdict verdict = report.verdict;
    linear_report_done(&report);
    return verdict == (legal ? LINEAR_OK : LINEAR_ILLEGAL);
}

/* Looked at a few events at a time, with what is behind forgotten, the verdict is the same; orders
 * that tell nothing keep zones from judging first. */
static bool agrees_by_a_window(const struct story *story, bool legal)
{
    struct linear_op ops[OPS_MAX];
    const uint64_t places[OPS_MAX] = { 0 };
    uint64_t seed = 0;
    for (int i = 0; i < story->count; i++) {
        ops[i] = op_of(story, i);
        seed = random_mix(seed + ops[i].invoked * 64 + ops[i].returned + ops[i].kind);
    }
    struct linear_report report;
    const struct linear_options options = { .window = 1 + seed % 5, .places = places };
    linear_check(story->model, &options, ops, (size_t)story->count, &report);
    enum linear_verdict verdict = report.verdict;
    linear_report_done(&report);
    return verdict == (legal ? LINEAR_OK : LINEAR_ILLEGAL);
}

/* Told event by event, the verdict is the same. */
static bool agrees_as_a_stream(const struct story *story, bool legal)
{
    struct linear_op ops[OPS_MAX];
    uint32_t numbers[OPS_MAX] = { 0 };
    uint64_t places = 0;
    for (int i = 0; i < story->count; i++) {
        ops[i] = op_of(story, i);
        places = ops[i].invoked >= places ? ops[i].invoked + 1 : places;
        if (ops[i].returned != LINEAR_NEVER && ops[i].returned >= places)
            places = ops[i].returned + 1;
    }
    const struct linear_options options = { .window = 1 + places % 4 };
    struct linear_stream *stream = linear_stream_new(story->model, &options);
    for (uint64_t place = 0; place < places; place++) {
        for (int i = 0; i < story->count; i++) {
            if (ops[i].invoked == place)
                numbers[i] = linear_stream_begin(stream, &ops[i]);
            bool lost = ops[i].returned == LINEAR_NEVER && ops[i].invoked + 3 == place;
            if (ops[i].returned == place || lost)
                linear_stream_end(stream, numbers[i], &ops[i]);
        }
    }
    struct linear_report report;
    linear_stream_finish(stream, &report);
    linear_stream_free(stream);
    return report.verdict == (legal ? LINEAR_OK : LINEAR_ILLEGAL) &&
           report.operations == (uint64_t)story->count;
}

static bool agrees(const struct story *story, bool legal, const char **ret_what)
{
    struct linear_op ops[OPS_MAX];
    for (int i = 0; i < story->count; i++)
        ops[i] = op_of(story, i);
    struct linear_report report;
    linear_check(story->model, &(struct linear_options){ 0 }, ops, (size_t)story->count, &report);
    bool agreed = report.verdict == (legal ? LINEAR_OK : LINEAR_ILLEGAL);
    *ret_what = linear_verdict_name(report.verdict);
    if (agreed && !agrees_by_any_order(story, legal)) {
        agreed = false;
        *ret_what = "another by an order that was tried first";
    }
    bool streams = story->count % 2 == 0;
    if (agreed && streams && !agrees_as_a_stream(story, legal)) {
        agreed = false;
        *ret_what = "another as a stream";
    }
    if (agreed && !streams && !agrees_by_a_window(story, legal)) {
        agreed = false;
        *ret_what = "another when it forgot what was behind";
    }
    if (agreed && !legal && !window_is_illegal(story, &report)) {
        agreed = false;
        *ret_what = "illegal, and its window is legal";
    }
    linear_report_done(&report);
    return agreed;
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 200000;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
    uint64_t legals = 0, mismatches = 0;
    for (uint64_t number = first; number < first + count; number++) {
        struct story story;
        story_make(&story, number);
        bool legal = is_linearizable(&story);
        const char *what;
        legals += legal;
        if (agrees(&story, legal, &what))
            continue;
        if (++mismatches > SHOWN_MAX)
            continue;
        printf("history %" PRIu64 ", %s: brute force says %s, the checker %s; again: linear-fuzz 1 "
               "%" PRIu64 "\n",
               number, story.model->name, legal ? "ok" : "illegal", what, number);
        story_print(&story);
    }
    printf("%" PRIu64 " histories, %" PRIu64 " legal, %" PRIu64 " illegal: %" PRIu64
           " mismatches\n",
           count, legals, count - legals, mismatches);
    bool vacuous = count >= 10000 && (legals < count / 5 || count - legals < count / 10);
    if (vacuous)
        printf("too few of one kind to mean anything\n");
    return mismatches > 0 || vacuous;
}
