/* From the words of a history to operations of a model. */
#include <inttypes.h>
#include <string.h>

#include "archive/internal.h"

/* What an operation writes, and what its answer tells. */
enum shape {
    SHAPE_VALUE,     /* the invocation's value is what it writes */
    SHAPE_PAIR,      /* [expected new] */
    SHAPE_NUMBER,    /* a number that it adds */
    SHAPE_SUBTRACTS, /* or takes away */
    SHAPE_FOUND,     /* the answer's value is what it found */
    SHAPE_NONE,
};

static const struct {
    const char *name;
    enum linear_kind kind;
    enum shape shape;
    const char *of_model; /* NULL: any that has the kind */
} words[] = {
    { "read", LINEAR_READ, SHAPE_FOUND, NULL },
    { "get", LINEAR_READ, SHAPE_FOUND, NULL },
    { "r", LINEAR_READ, SHAPE_FOUND, NULL },
    { "write", LINEAR_WRITE, SHAPE_VALUE, NULL },
    { "put", LINEAR_WRITE, SHAPE_VALUE, NULL },
    { "w", LINEAR_WRITE, SHAPE_VALUE, NULL },
    { "cas", LINEAR_CAS, SHAPE_PAIR, NULL },
    { "delete", LINEAR_DELETE, SHAPE_NONE, NULL },
    { "append", LINEAR_APPEND, SHAPE_VALUE, NULL },
    { "add", LINEAR_ADD, SHAPE_NUMBER, "counter" },
    { "inc", LINEAR_ADD, SHAPE_NUMBER, "counter" },
    { "increment", LINEAR_ADD, SHAPE_NUMBER, "counter" },
    { "dec", LINEAR_ADD, SHAPE_SUBTRACTS, "counter" },
    { "decrement", LINEAR_ADD, SHAPE_SUBTRACTS, "counter" },
    { "enqueue", LINEAR_ENQUEUE, SHAPE_VALUE, NULL },
    { "dequeue", LINEAR_DEQUEUE, SHAPE_FOUND, NULL },
    { "acquire", LINEAR_ACQUIRE, SHAPE_NONE, NULL },
    { "lock", LINEAR_ACQUIRE, SHAPE_NONE, NULL },
    { "release", LINEAR_RELEASE, SHAPE_NONE, NULL },
    { "unlock", LINEAR_RELEASE, SHAPE_NONE, NULL },
    { "add", LINEAR_INSERT, SHAPE_VALUE, "set" },
    { "insert", LINEAR_INSERT, SHAPE_VALUE, "set" },
    { "remove", LINEAR_REMOVE, SHAPE_VALUE, "set" },
};

static bool bytes_are(struct cs_bytes bytes, const char *text)
{
    return bytes.size == strlen(text) && memcmp(bytes.data, text, bytes.size) == 0;
}

static size_t find_word(const struct builder *builder, struct cs_bytes name)
{
    enum { WORDS = sizeof words / sizeof *words };
    for (size_t i = 0; i < WORDS; i++) {
        bool of_model =
            words[i].of_model == NULL || strcmp(words[i].of_model, builder->model->name) == 0;
        if (of_model && (builder->model->kinds >> words[i].kind & 1) != 0 &&
            bytes_are(name, words[i].name))
            return i;
    }
    return SIZE_MAX;
}

bool meaning_is_beside(const struct builder *builder, const struct event *event)
{
    static const char *const beside[] = { "scan",    "work",     "add",     "remove",
                                          "promote", "transfer", "snapshot" };
    if (!builder->native || find_word(builder, event->name) != SIZE_MAX)
        return false;
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        if (bytes_are(event->name, beside[i]))
            return true;
    }
    return false;
}

/* ---- Values -------------------------------------------------------------------------------------
 */

static bool is_nothing(const struct form *value)
{
    return value == NULL || value->kind == FORM_NIL;
}

/* A value as operations have it. */
struct meaning {
    struct linear_value value;
    const char *text; /* its bytes, if these are all and there are any */
    uint32_t head;
};

static struct meaning meaning_of(struct builder *builder, const struct form *form)
{
    struct meaning meaning = { .value = linear_nothing() };
    if (is_nothing(form))
        return meaning;
    struct cs_bytes bytes = form_value(&builder->reader, form);
    bool empty = form->kind == FORM_STRING && bytes.size == 0, whole;
    if (empty && !builder->native && (builder->model->kinds >> LINEAR_APPEND & 1) != 0)
        return meaning; /* such stores begin with empty strings everywhere */
    meaning.value = linear_bytes(bytes);
    meaning.head = linear_head(bytes);
    if (value_size(bytes, &whole) > 0 && whole)
        meaning.text = bytes.data;
    return meaning;
}

static struct linear_value sum_of(struct builder *builder, const struct form *list)
{
    struct linear_value sum = { 0, 0 };
    for (uint32_t i = list->first; i != FORM_NONE; i = form_at(&builder->reader, i)->next) {
        const struct form *item = form_at(&builder->reader, i);
        sum.hash += linear_element(meaning_of(builder, item).value).hash;
        sum.size++;
    }
    return sum;
}

static bool take_pair(struct builder *builder, const struct event *event, struct linear_op *op)
{
    const struct form *pair = event->value;
    if (pair == NULL || pair->kind != FORM_LIST || form_count(&builder->reader, pair) != 2)
        return builder_refuse(builder, event->line, "\"cas\" needs the value [expected new]");
    const struct form *expected = form_at(&builder->reader, pair->first);
    const struct form *written = form_at(&builder->reader, expected->next);
    struct meaning wanted = meaning_of(builder, expected), value = meaning_of(builder, written);
    op->seen = wanted.value;
    op->seen_head = wanted.head;
    op->value = value.value;
    op->head = value.head;
    return true;
}

static bool take_number(struct builder *builder, const struct event *event, bool subtracts,
                        struct linear_op *op)
{
    const struct form *value = event->value;
    int64_t number = 1;
    if (!is_nothing(value)) {
        if (value->kind != FORM_NUMBER || !value->whole) {
            return builder_refuse(builder, event->line, "\"%.*s\" needs a whole number",
                                  (int)event->name.size, (const char *)event->name.data);
        }
        number = value->number;
    }
    op->value = linear_number(subtracts ? -number : number);
    return true;
}

static bool take_value(struct builder *builder, const struct event *event, struct linear_op *op)
{
    struct meaning meaning = meaning_of(builder, event->value);
    op->value = meaning.value;
    op->head = meaning.head;
    op->text = meaning.text;
    if (is_nothing(event->value)) {
        return builder_refuse(builder, event->line, "\"%.*s\" needs a value", (int)event->name.size,
                              (const char *)event->name.data);
    }
    return true;
}

enum keyed meaning_keyed(const struct builder *builder, const struct event *event)
{
    size_t word = find_word(builder, event->name);
    if (word == SIZE_MAX)
        return KEYED_UNSAID;
    enum shape shape = words[word].shape;
    if (shape != SHAPE_FOUND && shape != SHAPE_PAIR && shape != SHAPE_NONE)
        return KEYED_UNSAID; /* it could write a list */
    const struct form *value = event->value;
    if (is_nothing(value) || value->kind != FORM_LIST || form_count(&builder->reader, value) != 2)
        return KEYED_NO;
    const struct form *key = form_at(&builder->reader, value->first);
    const struct form *rest = form_at(&builder->reader, key->next);
    bool is_pair = rest->kind == FORM_LIST && form_count(&builder->reader, rest) == 2;
    if (shape == SHAPE_PAIR)
        return is_pair && key->kind != FORM_LIST ? KEYED_YES : KEYED_NO;
    return is_nothing(rest) ? KEYED_YES : KEYED_NO;
}

bool meaning_of_invocation(struct builder *builder, const struct event *event, struct linear_op *op)
{
    size_t word = find_word(builder, event->name);
    if (word == SIZE_MAX) {
        return builder_refuse(builder, event->line, "model %s has no operation \"%.*s\"",
                              builder->model->name, (int)event->name.size,
                              (const char *)event->name.data);
    }
    op->kind = (uint8_t)words[word].kind;
    op->outcome = LINEAR_ANY;
    switch (words[word].shape) {
    case SHAPE_VALUE:
        return take_value(builder, event, op);
    case SHAPE_PAIR:
        return take_pair(builder, event, op);
    case SHAPE_NUMBER:
    case SHAPE_SUBTRACTS:
        return take_number(builder, event, words[word].shape == SHAPE_SUBTRACTS, op);
    case SHAPE_FOUND:
    case SHAPE_NONE:
        return true;
    }
    cs_assert(false && "every shape is known");
    return false;
}

/* ---- Answers ------------------------------------------------------------------------------------
 */

static bool take_found(struct builder *builder, const struct event *event, struct linear_op *op)
{
    const struct form *value = event->value;
    if (strcmp(builder->model->name, "counter") == 0) {
        if (is_nothing(value) || value->kind != FORM_NUMBER || !value->whole)
            return builder_refuse(builder, event->line, "a counter holds a whole number");
        op->seen = linear_number(value->number);
    } else if (strcmp(builder->model->name, "set") == 0) {
        if (is_nothing(value) || (value->kind != FORM_LIST && value->kind != FORM_SET))
            return builder_refuse(builder, event->line, "a set is read as a set or list");
        op->seen = sum_of(builder, value);
    } else {
        struct meaning meaning = meaning_of(builder, value);
        op->seen = meaning.value;
        op->seen_head = meaning.head;
        op->text = meaning.text;
    }
    return true;
}

bool meaning_of_answer(struct builder *builder, const struct event *event, struct linear_op *op)
{
    cs_assert(op->kind < LINEAR_KIND_COUNT);
    bool tells = event->applied != NULL;
    bool applied = tells && form_is(event->applied, "true");
    switch ((enum linear_kind)op->kind) {
    case LINEAR_READ:
        return take_found(builder, event, op);
    case LINEAR_DEQUEUE:
        op->outcome = is_nothing(event->value) ? LINEAR_NO : LINEAR_YES;
        op->seen = meaning_of(builder, event->value).value;
        return true;
    case LINEAR_CAS:
    case LINEAR_ACQUIRE:
    case LINEAR_RELEASE:
        op->outcome = !tells || applied ? LINEAR_YES : LINEAR_NO;
        return true;
    case LINEAR_DELETE:
    case LINEAR_INSERT:
    case LINEAR_REMOVE:
        op->outcome = !tells ? LINEAR_ANY : applied ? LINEAR_YES : LINEAR_NO;
        return true;
    case LINEAR_WRITE:
    case LINEAR_APPEND:
    case LINEAR_ADD:
    case LINEAR_ENQUEUE:
    case LINEAR_KIND_COUNT:
        break;
    }
    return true;
}
