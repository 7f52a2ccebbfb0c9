/* See draws.h. */
#include "scenario/draws.h"

#include <string.h>

#include "base/random.h"

/* Where a value stands, as errors begin: "FILE:LINE:COLUMN". */
static char *place_of(const struct document *document, const struct path *path)
{
    struct span span;
    const struct source *source = document_find(document, path, PART_VALUE, &span);
    if (source->text == NULL)
        return g_strdup(source->name);
    cs_assert(span.offset <= source->size);
    size_t line = 1;
    const char *start = source->text;
    for (const char *at = source->text; at < source->text + span.offset; at++) {
        if (*at == '\n') {
            line++;
            start = at + 1;
        }
    }
    glong column = 1 + g_utf8_strlen(start, source->text + span.offset - start);
    return g_strdup_printf("%s:%zu:%ld", source->name, line, column);
}

static size_t index_of(const char *pointer, uint64_t seed, uint32_t choice, size_t count)
{
    cs_assert(count > 0);
    if (choice > 0)
        return (choice - 1) % count;
    struct random_stream stream = random_stream_of(random_key(seed, pointer, "swarm"));
    return (size_t)random_below(&stream, count);
}

/* Wrong shapes are left to the tables. */
static json_t *lists_of(const struct document *document)
{
    json_t *swarm = json_object_get(document->root, "swarm");
    return json_is_object(swarm) ? swarm : NULL;
}

/* Put the value into the document; an object for the whole scenario is merged onto it. */
static void put_drawn(struct loading *loading, const struct path *list, const char *pointer,
                      size_t index, json_t *value)
{
    struct path element = path_index(list, index);
    g_autofree char *place = place_of(loading->document, &element);
    if (*pointer == '\0' && json_is_object(value)) {
        document_merge(loading->document, place, value);
    } else {
        document_set(loading->document, place, pointer, json_deep_copy(value), loading->problems);
    }
}

/* What was drawn before does not count as set. */
static GPtrArray *pointers_to_draw(const struct document *document, json_t *lists)
{
    GPtrArray *pointers = g_ptr_array_new();
    const char *pointer;
    json_t *values;
    json_object_foreach(lists, pointer, values)
    {
        if (json_array_size(values) > 0 && !document_is_set(document, pointer))
            g_ptr_array_add(pointers, (void *)pointer);
    }
    return pointers;
}

void draws_apply(struct loading *loading, uint64_t seed, uint32_t choice)
{
    json_t *lists = json_incref(lists_of(loading->document)); /* a pointer may lead into it */
    if (lists == NULL)
        return;
    struct path root = path_root();
    struct path swarm = path_key(&root, "swarm");
    g_autoptr(GPtrArray) pointers = pointers_to_draw(loading->document, lists);
    for (guint i = 0; i < pointers->len; i++) {
        const char *pointer = pointers->pdata[i];
        struct path list = path_key(&swarm, pointer);
        const json_t *values = json_object_get(lists, pointer);
        size_t index = index_of(pointer, seed, choice, json_array_size(values));
        json_t *value = json_array_get(values, index);
        if (!json_is_null(value))
            put_drawn(loading, &list, pointer, index, value);
    }
    json_decref(lists);
}

uint32_t draws_count(const struct document *document)
{
    size_t longest = 0;
    const char *pointer;
    json_t *values;
    json_object_foreach(lists_of(document), pointer, values)
    {
        cs_assert(pointer != NULL);
        longest = MAX(longest, json_array_size(values));
    }
    cs_assert(longest <= UINT32_MAX);
    return (uint32_t)longest;
}
