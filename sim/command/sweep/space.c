/* Numbers of runs, from a manifest alone. */
#include <string.h>

#include "command/sweep/sweep.h"
#include "scenario/value.h"

char *sweep_seed_text(uint64_t seed)
{
    return g_strdup_printf("0x%016" G_GINT64_MODIFIER "x", seed);
}

static bool seed_of(const json_t *object, const char *key, uint64_t *ret_seed)
{
    const char *text = json_string_value(json_object_get(object, key));
    g_autofree char *wrong = text == NULL ? g_strdup("") : value_seed(text, ret_seed);
    return wrong == NULL;
}

/* False if the cell has no seeds. */
static bool range_of(const json_t *cell, uint64_t *ret_first, uint64_t *ret_last)
{
    const json_t *seeds = json_object_get(cell, "seeds");
    return seed_of(seeds, "first", ret_first) && seed_of(seeds, "last", ret_last) &&
           *ret_first <= *ret_last && *ret_last - *ret_first < SWEEP_RUNS_MAX;
}

bool sweep_space_of(const json_t *manifest, struct sweep_space *ret_space)
{
    struct sweep_space space = { .cells = json_object_get(manifest, "cells") };
    for (size_t i = 0; i < json_array_size(space.cells); i++) {
        uint64_t first = 0, last = 0;
        if (!range_of(json_array_get(space.cells, i), &first, &last))
            return false;
        space.total += last - first + 1;
    }
    if (space.total == 0 || space.total > SWEEP_RUNS_MAX)
        return false;
    *ret_space = space;
    return true;
}

bool sweep_number(const struct sweep_space *space, const json_t *line, uint64_t *ret_number)
{
    const json_t *cell = json_object_get(line, "cell");
    uint64_t seed = 0, base = 0, first = 0, last = 0;
    if (!json_is_integer(cell) || json_integer_value(cell) < 0 ||
        (uint64_t)json_integer_value(cell) >= json_array_size(space->cells) ||
        !seed_of(line, "seed", &seed))
        return false;
    size_t index = (size_t)json_integer_value(cell);
    for (size_t i = 0; i <= index; i++) {
        if (!range_of(json_array_get(space->cells, i), &first, &last))
            return false;
        base += i < index ? last - first + 1 : 0;
    }
    if (seed < first || seed > last)
        return false;
    *ret_number = base + (seed - first);
    return true;
}

size_t sweep_locate(const struct sweep_space *space, uint64_t number, uint64_t *ret_seed)
{
    cs_assert(number < space->total);
    for (size_t i = 0;; i++) {
        uint64_t first = 0, last = 0;
        bool good = range_of(json_array_get(space->cells, i), &first, &last);
        cs_assert(good);
        if (number <= last - first) {
            *ret_seed = first + number;
            return i;
        }
        number -= last - first + 1;
    }
}

static void add_quoted(GString *command, const char *option, const char *value)
{
    g_autofree char *quoted = g_shell_quote(value);
    g_string_append_printf(command, " %s %s", option, quoted);
}

static GString *command_of(const char *verb, const json_t *cell, uint64_t seed)
{
    GString *command = g_string_new("clustersim ");
    g_string_append(command, verb);
    g_autofree char *file = g_shell_quote(json_string_value(json_object_get(cell, "file")));
    g_autofree char *text = sweep_seed_text(seed);
    g_string_append_printf(command, " %s --seed %s", file, text);
    const json_t *sets = json_object_get(cell, "set");
    const json_t *plugins = json_object_get(cell, "plugins");
    for (size_t i = 0; i < json_array_size(sets); i++)
        add_quoted(command, "--set", json_string_value(json_array_get(sets, i)));
    const char *pointer = NULL;
    const json_t *value = NULL;
    json_object_foreach(json_object_get(cell, "matrix"), pointer, value)
    {
        char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        g_autofree char *set = g_strdup_printf("%s=%s", pointer, json);
        add_quoted(command, "--set", set);
        free(json);
    }
    for (size_t i = 0; i < json_array_size(plugins); i++)
        add_quoted(command, "--plugin", json_string_value(json_array_get(plugins, i)));
    return command;
}

char *sweep_replay(const json_t *cell, uint64_t seed)
{
    return g_string_free(command_of("run", cell, seed), FALSE);
}

char *sweep_look(const json_t *cell, uint64_t seed, uint64_t at_ns)
{
    GString *command = command_of("replay", cell, seed);
    g_autofree char *at = value_duration_text((int64_t)MIN(at_ns, (uint64_t)INT64_MAX));
    g_string_append_printf(command, " --at %s --around %s", at, at);
    return g_string_free(command, FALSE);
}

char *sweep_shrink(const json_t *cell, uint64_t seed)
{
    GString *command = command_of("shrink", cell, seed);
    g_autofree char *text = sweep_seed_text(seed);
    g_autofree char *file =
        g_strdup_printf("%s-%s.json", json_string_value(json_object_get(cell, "scenario")), text);
    add_quoted(command, "-o", file);
    return g_string_free(command, FALSE);
}

const char *sweep_corpus(const json_t *cell)
{
    return json_string_value(json_object_get(cell, "corpus"));
}

char *sweep_choice(const json_t *cell)
{
    GString *text = g_string_new(NULL);
    const char *pointer = NULL;
    const json_t *value = NULL;
    json_object_foreach(json_object_get(cell, "matrix"), pointer, value)
    {
        char *json = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        g_string_append_printf(text, "%s%s=%s", text->len > 0 ? " " : "", pointer, json);
        free(json);
    }
    return g_string_free(text, FALSE);
}
