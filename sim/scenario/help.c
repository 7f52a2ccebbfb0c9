/* The format explained: one key at a time, or all of them as a table. */
#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/format.h"
#include "scenario/plan.h"
#include "scenario/problem.h"

static const struct key whole = { .kind = KIND_OBJECT,
                                  .format = &format_scenario,
                                  .help = "A scenario." };

/* The object that a value of this key is made of, or NULL: through lists and alternatives. */
static const struct key *object_within(const struct key *key)
{
    cs_assert(key != NULL);
    if (key->kind == KIND_LIST)
        return object_within(key->item);
    if (key->kind == KIND_EITHER) {
        for (const struct key *form = key->item; form->help != NULL; form++) {
            const struct key *found = object_within(form);
            if (found != NULL)
                return found;
        }
        return NULL;
    }
    return key->kind == KIND_OBJECT || key->kind == KIND_MAP ? key : NULL;
}

/* One step of a dotted path.  In a map a name may be left out. */
static const struct key *step(const struct key *key, const char *token, char **ret_near)
{
    const struct key *object = object_within(key);
    if (object == NULL)
        return NULL;
    if (object->kind == KIND_OBJECT) {
        const struct key *found = format_find(object->format, token);
        size_t count = 0;
        g_autofree const char **names = format_names(object->format, &count);
        if (found == NULL)
            *ret_near = g_strdup(nearest_name(token, names, count));
        return found;
    }
    const struct key *item = object_within(object->item);
    if (item != NULL && item->kind == KIND_OBJECT && format_find(item->format, token) != NULL)
        return format_find(item->format, token);
    return object->item;
}

static void add_own_keys(GString *text, const struct key *key)
{
    const struct key *object = object_within(key);
    if (object != NULL && object->kind == KIND_MAP)
        object = object_within(object->item);
    if (object == NULL || object->kind != KIND_OBJECT)
        return;
    g_string_append(text, "Its keys:\n");
    for (const struct key *own = object->format->keys; own->name != NULL; own++) {
        if (own->kind != KIND_UNSUPPORTED)
            g_string_append_printf(text, "  %-14s %s\n", own->name, own->help);
    }
    const struct format *format = object->format;
    for (size_t i = 0; format->more != NULL && format->more_name(i) != NULL; i++)
        g_string_append_printf(text, "  %s\n", format->more_name(i));
}

char *scenario_explain(const char *path, char **ret_near)
{
    cs_assert(path != NULL);
    cs_assert(ret_near != NULL);
    const struct key *key = &whole;
    *ret_near = NULL;
    g_auto(GStrv) tokens = g_strsplit(path, ".", -1);
    for (size_t i = 0; tokens[i] != NULL && key != NULL; i++)
        key = step(key, tokens[i], ret_near);
    if (key == NULL)
        return NULL;
    g_autofree char *expects = key_expects(key);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s: %s%s\n%s\n", *path == '\0' ? "scenario" : path, expects,
                           (key->flags & KEY_REQUIRED) != 0 ? " (required)" : "", key->help);
    if (key->fallback != NULL)
        g_string_append_printf(text, "Default: %s\n", key->fallback);
    add_own_keys(text, key);
    return g_string_free(text, FALSE);
}

/* ---- The table ---- */

static void add_rows(GString *text, const struct format *format, const char *prefix);

/* Rows of the objects in a value of this key. */
static void add_inner_rows(GString *text, const struct key *key, const char *path)
{
    if (key->kind == KIND_OBJECT) {
        g_autofree char *prefix = g_strconcat(path, ".", NULL);
        add_rows(text, key->format, prefix);
    } else if (key->kind == KIND_MAP || key->kind == KIND_LIST) {
        g_autofree char *inner = g_strconcat(path, key->kind == KIND_MAP ? ".NAME" : "[]", NULL);
        add_inner_rows(text, key->item, inner);
    } else if (key->kind == KIND_EITHER) {
        for (const struct key *form = key->item; form->help != NULL; form++)
            add_inner_rows(text, form, path);
    }
}

/* What stands in a table must not end its cell. */
static void add_cell(GString *text, const char *cell)
{
    g_string_append(text, " ");
    for (const char *p = cell; *p != '\0'; p++)
        g_string_append_printf(text, *p == '|' ? "\\%c" : "%c", *p);
    g_string_append(text, " |");
}

static void add_row(GString *text, const struct key *key, const char *name)
{
    cs_assert(key->help != NULL);
    g_autofree char *code = g_strdup_printf("`%s`", name);
    g_autofree char *expects = key_expects(key);
    g_autofree char *fallback =
        key->fallback != NULL ? g_strdup_printf("`%s`", key->fallback) : g_strdup("");
    bool required = (key->flags & KEY_REQUIRED) != 0;
    g_string_append(text, "|");
    add_cell(text, code);
    add_cell(text, expects);
    add_cell(text, required ? "required" : fallback);
    add_cell(text, key->help);
    g_string_append(text, "\n");
}

static void add_rows(GString *text, const struct format *format, const char *prefix)
{
    for (const struct key *key = format->keys; key->name != NULL; key++) {
        if (key->kind == KIND_UNSUPPORTED)
            continue;
        g_autofree char *path = g_strconcat(prefix, key->name, NULL);
        add_row(text, key, path);
        add_inner_rows(text, key, path);
    }
    if (format->more != NULL) {
        g_autofree char *path = g_strconcat(prefix, format->more->name, NULL);
        add_row(text, format->more, path);
    }
}

char *scenario_key_table(void)
{
    GString *text = g_string_new("| key | value | default | meaning |\n|---|---|---|---|\n");
    add_rows(text, &format_scenario, "");
    return g_string_free(text, FALSE);
}
