#include "scenario/loading.h"

#include <stdarg.h>

struct plan_memory *plan_memory_new(void)
{
    struct plan_memory *memory = g_new0(struct plan_memory, 1);
    memory->blocks = g_ptr_array_new_with_free_func(g_free);
    memory->strings = g_string_chunk_new(4096);
    return memory;
}

void plan_memory_free(struct plan_memory *memory)
{
    if (memory == NULL)
        return;
    g_ptr_array_free(memory->blocks, TRUE);
    g_string_chunk_free(memory->strings);
    g_free(memory);
}

void *plan_memory_alloc(struct plan_memory *memory, size_t count, size_t size)
{
    cs_assert(size > 0);
    void *block = g_malloc0_n(MAX(count, 1), size);
    g_ptr_array_add(memory->blocks, block);
    return block;
}

const char *plan_memory_string(struct plan_memory *memory, const char *string)
{
    return string == NULL ? NULL : g_string_chunk_insert(memory->strings, string);
}

const char *const *plan_memory_strings(struct plan_memory *memory, const json_t *array)
{
    cs_assert(array == NULL || json_is_array(array));
    size_t count = json_array_size(array);
    const char **strings = plan_memory_alloc(memory, count + 1, sizeof *strings);
    for (size_t i = 0; i < count; i++)
        strings[i] = plan_memory_string(memory, json_string_value(json_array_get(array, i)));
    return strings;
}

/* Report a sentence about a part of the value at `place`; `shown` is the pointer printed with it.
 */
static void report(struct loading *loading, const struct path *place, enum document_part part,
                   const struct path *shown, const char *suggestion, const char *sentence)
{
    cs_assert(sentence != NULL);
    cs_assert(loading->document->root != NULL);
    struct span span;
    const struct source *source = document_find(loading->document, place, part, &span);
    g_autofree char *pointer = path_pointer(shown);
    problems_add(loading->problems, source, span, pointer, suggestion, sentence);
}

void wrong_value(struct loading *loading, const struct path *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    report(loading, path, PART_VALUE, path, NULL, sentence);
}

void wrong_key(struct loading *loading, const struct path *path, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    report(loading, path, PART_KEY, path, NULL, sentence);
}

void wrong_name(struct loading *loading, const struct path *path, enum document_part part,
                const char *suggestion, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    report(loading, path, part, path, suggestion, sentence);
}

void unknown_key(struct loading *loading, const struct path *object, const char *name,
                 const char *suggestion)
{
    struct path path = path_key(object, name);
    g_autofree char *sentence = g_strdup_printf("unknown key \"%s\"", name);
    report(loading, &path, PART_KEY, object, suggestion, sentence);
}

void missing_key(struct loading *loading, const struct path *object, const char *name)
{
    g_autofree char *sentence = g_strdup_printf("missing key \"%s\"", name);
    report(loading, object, PART_VALUE, object, NULL, sentence);
}
