/* The format explained: one key at a time, or all of them as a table. */
#include "scenario/help.h"

#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/fault_syntax.h"
#include "scenario/plan.h"
#include "scenario/problem.h"
#include "scenario/tables.h"

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

/* ---- All keys ---- */

struct row {
    char *path; /* "faults.timeline[].crash" */
    const struct key *key;
};

static void row_clear(gpointer data) { g_free(((struct row *)data)->path); }

static void add_rows(GArray *rows, const struct format *format, const char *prefix);

/* Rows of the objects in a value of this key. */
static void add_inner_rows(GArray *rows, const struct key *key, const char *path)
{
    if (key->kind == KIND_OBJECT) {
        g_autofree char *prefix = g_strconcat(path, ".", NULL);
        add_rows(rows, key->format, prefix);
    } else if (key->kind == KIND_MAP || key->kind == KIND_LIST) {
        g_autofree char *inner = g_strconcat(path, key->kind == KIND_MAP ? ".NAME" : "[]", NULL);
        add_inner_rows(rows, key->item, inner);
    } else if (key->kind == KIND_EITHER) {
        for (const struct key *form = key->item; form->help != NULL; form++)
            add_inner_rows(rows, form, path);
    }
}

static void add_rows(GArray *rows, const struct format *format, const char *prefix)
{
    for (const struct key *key = format->keys; key->name != NULL; key++) {
        if (key->kind == KIND_UNSUPPORTED)
            continue;
        struct row row = { g_strconcat(prefix, key->name, NULL), key };
        g_autofree char *path = g_strdup(row.path); /* the array moves */
        g_array_append_val(rows, row);
        add_inner_rows(rows, key, path);
    }
    if (format->more != NULL) {
        struct row row = { g_strconcat(prefix, format->more->name, NULL), format->more };
        g_array_append_val(rows, row);
    }
}

static GArray *all_rows(void)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct row));
    g_array_set_clear_func(rows, row_clear);
    add_rows(rows, &format_scenario, "");
    return rows;
}

/* ---- One key ---- */

/* A row's path as one asks for it: without the marks of lists. */
static char *asked_path(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "[]", -1);
    return g_strjoinv("", parts);
}

/* Whether the tokens stand in the path in this order, the last at its end. */
static bool leads_to(char **tokens, const char *path)
{
    g_auto(GStrv) steps = g_strsplit(path, ".", -1);
    guint step = g_strv_length(steps), token = g_strv_length(tokens);
    if (step == 0 || token == 0 || strcmp(tokens[token - 1], steps[step - 1]) != 0)
        return false;
    for (; step > 0 && token > 0; step--)
        token -= strcmp(tokens[token - 1], steps[step - 1]) == 0;
    return token == 0;
}

static bool is_fault_kind(const char *path)
{
    for (unsigned kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        g_autofree char *own = g_strconcat("faults.timeline.", fault_syntax[kind].key, NULL);
        if (strcmp(path, own) == 0)
            return true;
    }
    return false;
}

/* The key that a part of its path leads to: a kind of fault, or else the first of all.  The paths
 * of others go to `also`. */
static const struct key *find_by_part(char **tokens, char **ret_path, json_t *also)
{
    g_autoptr(GArray) rows = all_rows();
    const struct key *found = NULL;
    for (guint i = 0; i < rows->len; i++) {
        const struct row *row = &g_array_index(rows, struct row, i);
        g_autofree char *path = asked_path(row->path);
        if (!leads_to(tokens, path))
            continue;
        bool better = found == NULL || is_fault_kind(path);
        if (better) {
            char *other = *ret_path;
            found = row->key;
            *ret_path = g_steal_pointer(&path);
            path = other;
        }
        if (path != NULL)
            json_array_append_new(also, json_string(path));
    }
    return found;
}

/* What is called otherwise where one reads of it. */
static const struct other_name {
    const char *name, *path;
    const char *about, *example; /* NULL: those of the key */
} other_names[] = {
    { "rack-loss", "faults.timeline.power-loss",
      "Every machine of a rack goes down. A rack is cut off by a partition of \"rack:NAME\" and "
      "\"rest\".",
      "\"rack:eu-1\"" },
    { "region-loss", "faults.timeline.power-loss",
      "Every machine of a region goes down. A region is cut off by a partition of \"region:NAME\" "
      "and \"rest\".",
      "\"region:eu\"" },
    { "majority-minority", "faults.timeline.partition", NULL, NULL },
    { "one-way", "faults.timeline.block", NULL, NULL },
    { "clogging", "faults.timeline.clog", NULL, NULL },
    { "duplication", "faults.timeline.packets.duplicate", NULL, NULL },
    { "reordering", "faults.timeline.packets.reorder", NULL, NULL },
    { "corruption", "faults.timeline.packets.corrupt", NULL, NULL },
    { "torn", "faults.timeline.disk", NULL, NULL },
    { "latent-sector-errors", "faults.timeline.bad-sectors", NULL, NULL },
    { "lying-flush", "faults.timeline.lying-disk.flush", NULL, NULL },
    { "drift", "faults.timeline.clock.drift_ppm", NULL, NULL },
};

static const struct other_name *find_other_name(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(other_names); i++) {
        if (strcmp(other_names[i].name, name) == 0)
            return &other_names[i];
    }
    return NULL;
}

/* The name, of any, that this one was probably meant to be. */
static char *nearest_of_all(const char *name)
{
    g_autoptr(GArray) rows = all_rows();
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < rows->len; i++)
        g_ptr_array_add(names, (void *)g_array_index(rows, struct row, i).key->name);
    for (size_t i = 0; i < G_N_ELEMENTS(other_names); i++)
        g_ptr_array_add(names, (void *)other_names[i].name);
    return g_strdup(nearest_name(name, (const char *const *)names->pdata, names->len));
}

static const struct key *find_by_path(char **tokens, char **ret_near)
{
    const struct key *key = &whole;
    g_autoptr(GString) before = g_string_new(NULL);
    for (size_t i = 0; tokens[i] != NULL && key != NULL; i++) {
        g_autofree char *near = NULL;
        key = step(key, tokens[i], &near);
        if (key == NULL && near != NULL)
            *ret_near = g_strconcat(before->str, near, NULL);
        g_string_append_printf(before, "%s.", tokens[i]);
    }
    return key;
}

static json_t *own_keys(const struct key *key)
{
    json_t *keys = json_array();
    const struct key *object = object_within(key);
    if (object != NULL && object->kind == KIND_MAP)
        object = object_within(object->item);
    if (object == NULL || object->kind != KIND_OBJECT)
        return keys;
    for (const struct key *own = object->format->keys; own->name != NULL; own++) {
        if (own->kind != KIND_UNSUPPORTED) {
            json_array_append_new(keys,
                                  json_pack("{s:s, s:s}", "name", own->name, "about", own->help));
        }
    }
    const struct format *format = object->format;
    for (size_t i = 0; format->more != NULL && format->more_name(i) != NULL; i++) {
        json_array_append_new(keys, json_pack("{s:s, s:s}", "name", format->more_name(i), "about",
                                              format->more->help));
    }
    return keys;
}

static json_t *explanation(const char *path, const struct key *key, json_t *also)
{
    g_autofree char *expects = key_expects(key);
    bool required = (key->flags & KEY_REQUIRED) != 0;
    return json_pack("{s:s, s:s, s:b, s:s?, s:s, s:s?, s:o, s:o}", "name",
                     *path == '\0' ? "scenario" : path, "value", expects, "required", (int)required,
                     "default", key->fallback, "about", key->help, "example", key->example, "keys",
                     own_keys(key), "also", also);
}

static json_t *explain_other_name(const struct other_name *other)
{
    g_autofree char *near = NULL;
    json_t *answer = scenario_explain(other->path, &near);
    cs_assert(answer != NULL);
    if (other->about != NULL)
        json_object_set_new(answer, "about", json_string(other->about));
    if (other->example != NULL)
        json_object_set_new(answer, "example", json_string(other->example));
    return answer;
}

json_t *scenario_explain(const char *path, char **ret_near)
{
    cs_assert(path != NULL);
    cs_assert(ret_near != NULL);
    *ret_near = NULL;
    const struct other_name *other = find_other_name(path);
    if (other != NULL)
        return explain_other_name(other);
    g_auto(GStrv) tokens = g_strsplit(path, ".", -1);
    g_autofree char *found = g_strdup(path);
    json_t *also = json_array();
    const struct key *key = find_by_path(tokens, ret_near);
    if (key == NULL) {
        g_free(g_steal_pointer(&found));
        key = find_by_part(tokens, &found, also);
    }
    if (key == NULL) {
        json_decref(also);
        if (*ret_near == NULL && g_strv_length(tokens) == 1)
            *ret_near = nearest_of_all(path);
        return NULL;
    }
    g_free(*ret_near);
    *ret_near = NULL;
    return explanation(found, key, also);
}

/* ---- Faults ---- */

#define START_JITTER "groups.NAME.start.jitter"

/* A whole entry of the timeline. */
static char *entry_of(const struct fault_syntax *syntax, const struct key *key)
{
    cs_assert(key->example != NULL);
    const char *lasts = syntax->duration == FOR_NONE ? "" : "\"for\": \"2s\", ";
    return g_strdup_printf("{ \"at\": \"10s\", %s\"%s\": %s }", lasts, syntax->key, key->example);
}

/* What goes wrong without being in the timeline: a key of a group. */
static json_t *start_jitter(void)
{
    g_autofree char *near = NULL;
    json_t *answer = scenario_explain(START_JITTER, &near);
    const char *about = json_string_value(json_object_get(answer, "about"));
    const char *example = json_string_value(json_object_get(answer, "example"));
    g_autofree char *entry = g_strdup_printf("{ \"start\": { \"jitter\": %s } }", example);
    json_t *kind = json_pack("{s:s, s:s, s:s, s:s}", "name", "start.jitter", "about", about,
                             "example", entry, "where", "groups.NAME");
    json_decref(answer);
    return kind;
}

/* What another name than a key's stands for, as a whole entry of the timeline. */
static void add_losses(json_t *list)
{
    for (size_t i = 0; i < G_N_ELEMENTS(other_names); i++) {
        const struct other_name *other = &other_names[i];
        if (other->example == NULL)
            continue;
        const char *key = strrchr(other->path, '.') + 1;
        g_autofree char *entry = g_strdup_printf("{ \"at\": \"10s\", \"for\": \"2s\", \"%s\": %s }",
                                                 key, other->example);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s}", "name", other->name, "about",
                                        other->about, "example", entry, "where", other->path));
    }
}

json_t *scenario_fault_kinds(void)
{
    json_t *list = json_array();
    const struct key *timeline = format_find(&table_faults, "timeline");
    for (unsigned kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        const struct fault_syntax *syntax = &fault_syntax[kind];
        const struct key *key = format_find(timeline->item->format, syntax->key);
        cs_assert(key != NULL);
        g_autofree char *entry = entry_of(syntax, key);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:s, s:s}", "name", syntax->key, "about",
                                        key->help, "example", entry, "where", "faults.timeline"));
    }
    add_losses(list);
    json_array_append_new(list, start_jitter());
    return list;
}

/* ---- The table ---- */

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

char *scenario_key_table(void)
{
    GString *text = g_string_new("| key | value | default | meaning |\n|---|---|---|---|\n");
    g_autoptr(GArray) rows = all_rows();
    for (guint i = 0; i < rows->len; i++) {
        const struct row *row = &g_array_index(rows, struct row, i);
        add_row(text, row->key, row->path);
    }
    return g_string_free(text, FALSE);
}
