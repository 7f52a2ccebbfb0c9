/* Reading by tables.  The result holds good values only, so whoever makes the plan of it needs to
 * check names and relations, never syntax. */
#include "scenario/reader.h"

#include <string.h>

#include "scenario/distribution_json.h"
#include "scenario/scalar.h"
#include "scenario/value.h"

static json_t *read_key(struct loading *loading, const struct key *key, const json_t *given,
                        const struct path *path, bool full);

json_t *reader_fallback(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    cs_assert(value != NULL);
    return value;
}

/* What an error calls the value: its key, or that of the list that it stands in. */
static const char *label(const struct path *path)
{
    while (path->key == NULL && path->up != NULL) {
        path = path->up;
    }
    return path->key != NULL ? path->key : "scenario";
}

/* What could stand there instead, or NULL: an object or a list has a shape to be shown. */
static const char *example_of(const struct key *key)
{
    bool shaped = key->kind == KIND_OBJECT || key->kind == KIND_LIST || key->kind == KIND_MAP;
    bool empty = key->fallback == NULL || strlen(key->fallback) <= strlen("{}");
    return key->example != NULL || !shaped || empty ? key->example : key->fallback;
}

/* A value of another type than the key's. */
static json_t *refuse(struct loading *loading, const struct key *key, const json_t *given,
                      const struct path *path)
{
    g_autofree char *expects = key_expects(key);
    const char *example = example_of(key);
    bool pointed = key->kind == KIND_NUMBER && json_is_real(given);
    const char *is = pointed ? "one with a point or an exponent" : json_type_words(given);
    wrong_value(loading, path, "\"%s\" must be %s, not %s%s%s", label(path), expects, is,
                example != NULL ? "; write it like " : "", example != NULL ? example : "");
    return NULL;
}

/* ---- Single values ---- */

static bool in_range(struct loading *loading, const struct key *key, int64_t value,
                     const struct path *path)
{
    cs_assert(scalar_kind(key->kind));
    if (key->kind == KIND_SHIFT || key->kind == KIND_PPM || key->kind == KIND_PROBABILITY ||
        key->kind == KIND_FACTOR)
        return true;
    if (value >= key->min && (key->max == 0 || value <= key->max))
        return true;
    g_autofree char *min = scalar_text(key->kind, key->min);
    g_autofree char *max = scalar_text(key->kind, key->max);
    g_autofree char *is = scalar_text(key->kind, value);
    if (key->max == 0 || value < key->min) {
        wrong_value(loading, path, "\"%s\" must be at least %s, not %s", label(path), min, is);
    } else {
        wrong_value(loading, path, "\"%s\" must be at most %s, not %s", label(path), max, is);
    }
    return false;
}

static json_t *read_scalar(struct loading *loading, const struct key *key, const json_t *given,
                           const struct path *path)
{
    int64_t value = 0;
    if (!scalar_fits(key->kind, given))
        return refuse(loading, key, given, path);
    g_autofree char *wrong = scalar_read(key->kind, given, &value);
    if (wrong != NULL) {
        wrong_value(loading, path, "\"%s\": %s", label(path), wrong);
        return NULL;
    }
    return in_range(loading, key, value, path) ? json_deep_copy(given) : NULL;
}

static json_t *read_real(struct loading *loading, const struct key *key, const json_t *given,
                         const struct path *path)
{
    if (!json_is_number(given))
        return refuse(loading, key, given, path);
    double value = json_number_value(given);
    bool positive = (key->flags & KEY_POSITIVE) != 0;
    bool enough = positive ? value > 0 : value >= (double)key->min;
    if (enough && value <= (double)key->max)
        return json_deep_copy(given);
    wrong_value(loading, path, "\"%s\" must be %s and at most %" G_GINT64_FORMAT, label(path),
                positive ? "above 0" : "at least 0", key->max);
    return NULL;
}

static json_t *read_choice(struct loading *loading, const struct key *key, const json_t *given,
                           const struct path *path)
{
    cs_assert(key->choices != NULL);
    if (!json_is_string(given))
        return refuse(loading, key, given, path);
    const char *text = json_string_value(given);
    size_t count = 0;
    for (; key->choices[count] != NULL; count++) {
        if (strcmp(text, key->choices[count]) == 0)
            return json_deep_copy(given);
    }
    g_autofree char *expects = key_expects(key);
    wrong_name(loading, path, PART_VALUE, nearest_name(text, key->choices, count),
               "\"%s\" must be %s, not \"%s\"", label(path), expects, text);
    return NULL;
}

static json_t *read_text(struct loading *loading, const struct key *key, const json_t *given,
                         const struct path *path)
{
    cs_assert(!scalar_kind(key->kind));
    if (!json_is_string(given))
        return refuse(loading, key, given, path);
    const char *text = json_string_value(given);
    uint64_t seed = 0;
    g_autofree char *wrong = key->kind == KIND_SEED ? value_seed(text, &seed) : NULL;
    if (key->kind == KIND_NAME && !name_valid(text)) {
        wrong = g_strdup_printf("\"%s\" is not a name: 1 to %d letters, digits, '.', '_' or '-'",
                                text, NAME_SIZE_MAX);
    }
    if (wrong == NULL)
        return json_deep_copy(given);
    wrong_value(loading, path, "%s", wrong);
    return NULL;
}

static json_t *read_flag(struct loading *loading, const struct key *key, const json_t *given,
                         const struct path *path)
{
    bool good = json_is_false(given) || (json_is_true(given) && (key->flags & KEY_ONLY_FALSE) == 0);
    return good ? json_deep_copy(given) : refuse(loading, key, given, path);
}

/* ---- Objects ---- */

/* Copy the notes; report keys that are unknown or unsupported.  True if there are any of those:
 * then a missing key is probably one of them. */
static bool read_unknown(struct loading *loading, const struct format *format, const json_t *given,
                         const struct path *path, json_t *object)
{
    bool any = false;
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)given, name, value)
    {
        struct path member = path_key(path, name);
        const struct key *key = format_find(format, name);
        if (format_is_note(name)) {
            static const struct key note = { .kind = KIND_TEXT };
            json_t *copy = read_text(loading, &note, value, &member);
            if (copy != NULL)
                json_object_set_new(object, name, copy);
        } else if (key == NULL) {
            size_t count = 0;
            g_autofree const char **names = format_names(format, &count);
            unknown_key(loading, path, name, nearest_name(name, names, count));
            any = true;
        } else if (key->kind == KIND_UNSUPPORTED) {
            wrong_key(loading, &member, "\"%s\" is not supported by this version", name);
            any = true;
        }
    }
    return any;
}

/* Exactly one of the keys marked as alternatives must be there. */
static void check_alternatives(struct loading *loading, const struct format *format,
                               const json_t *given, const struct path *path, bool excused)
{
    g_autoptr(GString) names = g_string_new(NULL);
    const char *first = NULL;
    bool any = false;
    for (const struct key *key = format->keys; key->name != NULL; key++) {
        if ((key->flags & KEY_ALTERNATIVE) == 0)
            continue;
        any = true;
        g_string_append_printf(names, "%s\"%s\"", names->len == 0 ? "" : ", ", key->name);
        if (json_object_get(given, key->name) == NULL)
            continue;
        struct path member = path_key(path, key->name);
        if (first != NULL)
            wrong_key(loading, &member, "\"%s\" and \"%s\" exclude each other", first, key->name);
        first = key->name;
    }
    if (any && first == NULL && !excused)
        wrong_value(loading, path, "one of these keys is missing: %s", names->str);
}

static void read_member(struct loading *loading, const struct key *key, const json_t *given,
                        const struct path *object_path, bool full, json_t *object)
{
    cs_assert(json_is_object(object));
    struct path path = path_key(object_path, key->name);
    const json_t *value = json_object_get(given, key->name);
    json_t *fallback = NULL;
    if (value == NULL && full && key->fallback != NULL)
        value = fallback = reader_fallback(key->fallback);
    if (value == NULL)
        return;
    json_t *checked = read_key(loading, key, value, &path, full);
    if (checked != NULL && (key->flags & KEY_DROPPED) == 0) {
        json_object_set_new(object, key->name, checked);
    } else {
        json_decref(checked);
    }
    json_decref(fallback);
}

static void read_more(struct loading *loading, const struct format *format, const json_t *given,
                      const struct path *path, json_t *object)
{
    for (size_t i = 0; format->more != NULL && format->more_name(i) != NULL; i++) {
        const char *name = format->more_name(i);
        struct path member = path_key(path, name);
        const json_t *value = json_object_get(given, name);
        json_t *checked =
            value == NULL ? NULL : read_key(loading, format->more, value, &member, true);
        if (checked != NULL)
            json_object_set_new(object, name, checked);
    }
}

json_t *reader_object(struct loading *loading, const struct format *format, const json_t *given,
                      const struct path *path, bool full)
{
    cs_assert(json_is_object(given));
    json_t *object = json_object();
    bool excused = read_unknown(loading, format, given, path, object);
    for (const struct key *key = format->keys; key->name != NULL; key++) {
        bool missing = json_object_get(given, key->name) == NULL;
        if (key->kind == KIND_UNSUPPORTED)
            continue;
        if (missing && (key->flags & KEY_REQUIRED) != 0 && full && !excused)
            missing_key(loading, path, key->name);
        read_member(loading, key, given, path, full, object);
    }
    read_more(loading, format, given, path, object);
    check_alternatives(loading, format, given, path, excused || !full);
    return object;
}

/* ---- Maps, lists, alternatives ---- */

static void read_entry(struct loading *loading, const struct key *key, const char *name,
                       const json_t *value, const struct path *path, json_t *map)
{
    cs_assert(key->item != NULL);
    struct path member = path_key(path, name);
    if ((key->flags & KEY_NAMES) != 0 && !name_valid(name)) {
        wrong_key(loading, &member,
                  "\"%s\" is not a name: 1 to %d letters, digits, '.', '_' or '-'", name,
                  NAME_SIZE_MAX);
        return;
    }
    bool full = key->whole == NULL || strcmp(name, key->whole) == 0;
    json_t *checked = read_key(loading, key->item, value, &member, full);
    if (checked != NULL)
        json_object_set_new(map, name, checked);
}

static json_t *read_map(struct loading *loading, const struct key *key, const json_t *given,
                        const struct path *path)
{
    cs_assert(key->kind == KIND_MAP);
    cs_assert(key->item != NULL);
    if (!json_is_object(given))
        return refuse(loading, key, given, path);
    json_t *map = json_object();
    json_t *empty = json_object();
    const char *name = NULL;
    const json_t *value = NULL;
    json_object_foreach((json_t *)given, name, value)
    {
        if (format_is_note(name) && json_is_string(value))
            json_object_set(map, name, (json_t *)value);
    }
    if (key->whole != NULL) {
        const json_t *whole = json_object_get(given, key->whole);
        read_entry(loading, key, key->whole, whole != NULL ? whole : empty, path, map);
    }
    int64_t count = 0;
    json_object_foreach((json_t *)given, name, value)
    {
        if (format_is_note(name) && json_is_string(value))
            continue;
        count++;
        if (key->whole == NULL || strcmp(name, key->whole) != 0)
            read_entry(loading, key, name, value, path, map);
    }
    if (count < key->min)
        wrong_value(loading, path, "\"%s\" must not be empty", label(path));
    json_decref(empty);
    return map;
}

static json_t *read_list(struct loading *loading, const struct key *key, const json_t *given,
                         const struct path *path)
{
    cs_assert(key->kind == KIND_LIST);
    cs_assert(key->item != NULL);
    if (!json_is_array(given))
        return refuse(loading, key, given, path);
    int64_t count = (int64_t)json_array_size(given);
    if (count < key->min && count == 0) {
        wrong_value(loading, path, "\"%s\" must not be empty", label(path));
    } else if (count < key->min) {
        wrong_value(loading, path, "\"%s\" needs at least %d entries", label(path), (int)key->min);
    }
    if (key->max != 0 && count > key->max) {
        wrong_value(loading, path, "\"%s\" has %d entries; at most %d are possible", label(path),
                    (int)count, (int)key->max);
        return NULL;
    }
    json_t *list = json_array();
    size_t index = 0;
    const json_t *value = NULL;
    json_array_foreach(given, index, value)
    {
        struct path element = path_index(path, index);
        json_t *checked = read_key(loading, key->item, value, &element, true);
        /* A wrong element leaves a gap, so that the places of those after it stay right. */
        json_array_append_new(list, checked != NULL ? checked : json_null());
    }
    return list;
}

static bool form_fits(const struct key *form, const json_t *given)
{
    if (form->kind == KIND_LIST)
        return json_is_array(given);
    if (form->kind == KIND_OBJECT || form->kind == KIND_MAP)
        return json_is_object(given);
    if (form->kind == KIND_FLAG)
        return json_is_boolean(given);
    bool word = form->kind == KIND_SELECTOR || form->kind == KIND_CHOICE || form->kind == KIND_TEXT;
    cs_assert(word);
    return json_is_string(given);
}

static json_t *read_either(struct loading *loading, const struct key *key, const json_t *given,
                           const struct path *path)
{
    cs_assert(key->kind == KIND_EITHER);
    cs_assert(key->item != NULL);
    for (const struct key *form = key->item; form->help != NULL; form++) {
        if (form_fits(form, given))
            return read_key(loading, form, given, path, true);
    }
    return refuse(loading, key, given, path);
}

static json_t *read_key(struct loading *loading, const struct key *key, const json_t *given,
                        const struct path *path, bool full)
{
    cs_assert(key->kind != KIND_UNSUPPORTED);
    if (key->word != NULL && json_is_string(given) &&
        strcmp(json_string_value(given), key->word) == 0)
        return json_deep_copy(given);
    if (key->kind == KIND_ANY)
        return json_deep_copy(given);
    if (scalar_kind(key->kind))
        return read_scalar(loading, key, given, path);
    if (key->kind == KIND_REAL)
        return read_real(loading, key, given, path);
    if (key->kind == KIND_CHOICE)
        return read_choice(loading, key, given, path);
    if (key->kind == KIND_FLAG)
        return read_flag(loading, key, given, path);
    if (key->kind == KIND_DISTRIBUTION)
        return distribution_check(loading, key->of, given, path);
    if (key->kind == KIND_MAP)
        return read_map(loading, key, given, path);
    if (key->kind == KIND_LIST)
        return read_list(loading, key, given, path);
    if (key->kind == KIND_EITHER)
        return read_either(loading, key, given, path);
    if (key->kind != KIND_OBJECT && key->kind != KIND_CONFIG)
        return read_text(loading, key, given, path);
    if (!json_is_object(given))
        return refuse(loading, key, given, path);
    return key->kind == KIND_CONFIG ? json_deep_copy(given)
                                    : reader_object(loading, key->format, given, path, full);
}

json_t *reader_merge(const struct format *format, const json_t *weak, const json_t *strong)
{
    cs_assert(json_is_object(weak));
    cs_assert(json_is_object(strong));
    json_t *merged = json_deep_copy(weak);
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)strong, name, value)
    {
        const struct key *key = format_find(format, name);
        json_t *old = json_object_get(merged, name);
        if (key == NULL || old == NULL || (key->kind != KIND_OBJECT && key->kind != KIND_MAP)) {
            json_object_set(merged, name, value);
        } else if (key->kind == KIND_OBJECT) {
            json_object_set_new(merged, name, reader_merge(key->format, old, value));
        } else {
            json_object_update(old, value);
        }
    }
    return merged;
}
