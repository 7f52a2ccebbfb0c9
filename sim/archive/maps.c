/* Histories of maps: EDN, JSON, and the lines of history.jsonl. */
#include "archive/internal.h"

static bool type_of(const struct form *type, enum event_type *ret_type)
{
    static const struct {
        const char *name;
        enum event_type type;
    } types[] = {
        { "invoke", EVENT_INVOKE }, { "ok", EVENT_OK },        { "fail", EVENT_FAIL },
        { "failed", EVENT_FAIL },   { "info", EVENT_UNKNOWN }, { "unknown", EVENT_UNKNOWN },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (form_is(type, types[i].name)) {
            *ret_type = types[i].type;
            return true;
        }
    }
    return false;
}

static struct cs_bytes plain(const struct form *form)
{
    if (form == NULL || form->kind == FORM_NIL)
        return cs_bytes_of(NULL, 0);
    struct cs_bytes text = form->text;
    cs_assert(form->kind != FORM_WORD || text.size > 0);
    bool keyword = form->kind == FORM_WORD && ((const char *)text.data)[0] == ':';
    return keyword ? cs_bytes_of((const char *)text.data + 1, text.size - 1) : text;
}

/* What tells the order of events must not go back.  Jepsen's times may, a little: what counts there
 * is the order of the lines. */
static bool in_order(struct builder *builder, const struct form *map)
{
    static const char *const names[] = { "t_ns", "index" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct form *order = form_get(&builder->reader, map, names[i]);
        if (order == NULL || order->kind != FORM_NUMBER || !order->whole)
            continue;
        if (order->number < 0)
            return true;
        bool back = builder->has_order && order->number < builder->order;
        builder->has_order = true;
        builder->order = order->number;
        if (back) {
            return builder_refuse(builder, map->line,
                                  "\"%s\" goes back: the events are out of order", names[i]);
        }
        return true;
    }
    return true;
}

static const struct form *process_of(const struct builder *builder, const struct form *map)
{
    return form_get(&builder->reader, map, builder->native ? "session" : "process");
}

/* Whether no client is meant: :nemesis, or any other keyword; in JSON, "nemesis". */
static bool is_beside(const struct builder *builder, const struct form *map)
{
    const struct form *process = process_of(builder, map);
    if (process == NULL)
        return false;
    bool keyword = process->kind == FORM_WORD && ((const char *)process->text.data)[0] == ':';
    return keyword || form_is(process, "nemesis");
}

/* What a client's map says that any event has. */
static bool event_of(struct builder *builder, const struct form *map, struct event *ret_event)
{
    const struct form_reader *reader = &builder->reader;
    const struct form *process = process_of(builder, map);
    const struct form *type = form_get(reader, map, "type");
    const struct form *name = form_get(reader, map, builder->native ? "op" : "f");
    struct event event = { .line = map->line };
    if (type == NULL || !type_of(type, &event.type)) {
        return builder_refuse(builder, map->line, "\"type\" is none of invoke, ok, fail, info%s",
                              builder->native ? ", failed, unknown" : "");
    }
    if (name == NULL) {
        return builder_refuse(builder, map->line, "there is no \"%s\" that names the operation",
                              builder->native ? "op" : "f");
    }
    if (builder->native && (process == NULL || process->kind != FORM_NUMBER))
        return builder_refuse(builder, map->line, "there is no \"session\" that is a number");
    if (process != NULL && process->kind > FORM_STRING)
        return builder_refuse(builder, map->line, "\"process\" is neither a number nor a name");
    bool named = process != NULL && process->kind != FORM_NIL;
    event.process = named ? process->text : cs_bytes_of("0", 1);
    event.name = plain(name);
    event.group = plain(form_get(reader, map, "group"));
    event.key = plain(form_get(reader, map, "key"));
    event.value = form_get(reader, map, "value");
    event.applied = form_get(reader, map, "applied");
    const struct form *place = builder->native ? form_get(reader, map, "place") : NULL;
    if (place != NULL && place->kind == FORM_NUMBER && place->whole && place->number > 0)
        event.stands = (uint64_t)place->number;
    *ret_event = event;
    return true;
}

/* Take [key value] apart.  What ends without an answer may have any value. */
static bool take_key(struct builder *builder, struct event *event)
{
    const struct form_reader *reader = &builder->reader;
    const struct form *pair = event->value;
    if (pair != NULL && pair->kind == FORM_LIST && form_count(reader, pair) == 2) {
        const struct form *key = form_at(reader, pair->first);
        event->value = form_at(reader, key->next);
        event->key = form_value(&builder->reader, key);
        return true;
    }
    if (event->type == EVENT_FAIL || event->type == EVENT_UNKNOWN)
        return true;
    return builder_refuse(builder, event->line,
                          "the value is no [key value], as those of other lines are");
}

static bool take_map(struct builder *builder, const struct form *map)
{
    struct event event;
    if (map->kind != FORM_MAP)
        return builder_refuse(builder, map->line, "an event is a map, and this is none");
    if (is_beside(builder, map))
        return true;
    if (!event_of(builder, map, &event) || !in_order(builder, map))
        return false;
    if (builder->keyed && !take_key(builder, &event))
        return false;
    return builder_take(builder, &event);
}

/* Skip what opens a list of all events; *ret_closing is 0 if there is none. */
static void open_list(struct form_reader *reader, char *ret_closing)
{
    *ret_closing = 0;
    if (!form_skip(reader))
        return;
    char first = reader->data[reader->at];
    if (first == '[' || first == '(') {
        reader->at++;
        *ret_closing = first == '[' ? ']' : ')';
    }
}

/* Whether values are the tuples of jepsen.independent, [key value]: the first invocation that tells
 * speaks for all.  What is wrong with the text is left to those who read it. */
static bool is_keyed(struct builder *builder)
{
    struct form_reader *reader = &builder->reader;
    const size_t at = reader->at;
    const uint64_t line = reader->line;
    enum keyed keyed = KEYED_UNSAID;
    char closing;
    open_list(reader, &closing);
    while (keyed == KEYED_UNSAID && form_skip(reader)) {
        const struct form *map = form_read(reader);
        struct event event;
        if (map == NULL || map->kind != FORM_MAP || form_get(reader, map, "key") != NULL)
            break;
        if (is_beside(builder, map))
            continue;
        if (!event_of(builder, map, &event))
            break;
        if (event.type == EVENT_INVOKE)
            keyed = meaning_keyed(builder, &event);
    }
    reader->at = at;
    reader->line = line;
    text_reset(&builder->problem->text);
    return keyed == KEYED_YES;
}

bool parse_maps(struct builder *builder)
{
    struct form_reader *reader = &builder->reader;
    char closing;
    builder->keyed = !builder->native && is_keyed(builder);
    open_list(reader, &closing);
    while (form_skip(reader)) {
        builder_pass(builder, reader->at);
        if (closing != 0 && reader->data[reader->at] == closing) {
            reader->at++;
            if (form_skip(reader)) {
                return builder_refuse(builder, reader->line,
                                      "something follows the list of events");
            }
            return true;
        }
        uint64_t line = reader->line;
        const struct form *map = form_read(reader);
        if (map == NULL) {
            builder->problem->line = reader->line > line ? line : reader->line;
            return false;
        }
        if (!take_map(builder, map))
            return false;
    }
    if (closing != 0)
        return builder_refuse(builder, reader->line, "the file ends in the middle of the history");
    return true;
}
