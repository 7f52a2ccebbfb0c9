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

/* Whether no client is meant: :nemesis, or any other keyword; in JSON, "nemesis". */
static bool is_beside(const struct form *process)
{
    bool keyword = process->kind == FORM_WORD && ((const char *)process->text.data)[0] == ':';
    return keyword || form_is(process, "nemesis");
}

static bool take_map(struct builder *builder, const struct form *map)
{
    const struct form_reader *reader = &builder->reader;
    if (map->kind != FORM_MAP)
        return builder_refuse(builder, map->line, "an event is a map, and this is none");
    const struct form *process = form_get(reader, map, builder->native ? "session" : "process");
    const struct form *type = form_get(reader, map, "type");
    const struct form *name = form_get(reader, map, builder->native ? "op" : "f");
    if (process != NULL && is_beside(process))
        return true;
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
    if (!in_order(builder, map))
        return false;
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

bool parse_maps(struct builder *builder)
{
    struct form_reader *reader = &builder->reader;
    char closing;
    open_list(reader, &closing);
    while (form_skip(reader)) {
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
