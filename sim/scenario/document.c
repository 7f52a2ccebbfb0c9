/* Layers: the last option given, …, the first, the file, the file that it extends, and so on.
 *
 * A part of the merged value comes from the strongest layer that has it, unless a layer above
 * replaced something around it by a value that is not an object: RFC 7396 merges objects only. */
#include "scenario/document.h"

#include <stdlib.h>
#include <string.h>

#include "clustersim/protocol.h"

enum { EXTENDS_MAX = 16, ORDER_OPTION = 1000 };

static void free_source(void *source) { source_free(source); }

static void free_folder(void *folder) { g_free(folder); }

/* ---- Reading files ---- */

struct told {
    const struct source *source;
    struct problems *problems;
};

static void tell_scan_error(void *self, struct span span, const char *pointer, const char *sentence)
{
    const struct told *told = self;
    problems_add(told->problems, told->source, span, *pointer == '\0' ? NULL : pointer, NULL,
                 sentence);
}

/* Parse a source's text; NULL if it is wrong. */
static json_t *parse(struct source *source, struct problems *problems)
{
    struct told told = { source, problems };
    if (!source_scan(source, tell_scan_error, &told))
        return NULL;
    json_error_t error;
    json_t *root =
        json_loadb(source->text, source->size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (root != NULL)
        return root;
    /* What the scanner lets pass: numbers that no machine type holds. */
    struct span span = { (uint32_t)CLAMP(error.position - 1, 0, (int)source->size), 1 };
    g_autofree char *sentence = g_strdup_printf("not JSON: %s", error.text);
    problems_add(problems, source, span, NULL, NULL, sentence);
    return NULL;
}

/* Read the file at `path` as the next weaker layer; `given` is its text, unless that is NULL.
 * Errors about the file itself point to `span` of `from`, where it was asked for, if there is such
 * a place. */
static json_t *read_layer(struct document *document, const char *path, const char *given,
                          const struct source *from, struct span span, struct problems *problems)
{
    cs_assert(document->layers->len == document->folders->len);
    char *text = g_strdup(given);
    size_t size = given != NULL ? strlen(given) : 0;
    g_autofree char *wrong = given != NULL ? NULL : source_read_file(path, &text, &size);
    if (wrong != NULL && from != NULL) {
        g_autofree char *sentence = g_strdup_printf("\"%s\": %s", path, wrong);
        problems_add(problems, from, span, "/extends", NULL, sentence);
        return NULL;
    }
    unsigned order = document->layers->len;
    struct source *source =
        wrong != NULL ? source_new_option(path, "", order) : source_new(path, text, size, order);
    g_ptr_array_add(document->layers, source);
    g_ptr_array_add(document->folders, g_path_get_dirname(path));
    if (wrong != NULL) {
        problems_add(problems, source, (struct span){ 0, 0 }, NULL, NULL, wrong);
        return NULL;
    }
    json_t *root = parse(source, problems);
    if (root != NULL && !json_is_object(root)) {
        problems_add(problems, source, source_spot(source, "")->value, NULL, NULL,
                     "a scenario is an object: it begins with \"{\"");
        json_decref(root);
        root = NULL;
    }
    return root;
}

/* ---- Merging ---- */

/* RFC 7396, section 2: merge `patch` into the object `target`. */
static void merge_patch(json_t *target, json_t *patch)
{
    const char *key = NULL;
    json_t *value = NULL;
    cs_assert(json_is_object(target));
    cs_assert(json_is_object(patch));
    json_object_foreach(patch, key, value)
    {
        json_t *old = json_object_get(target, key);
        if (json_is_null(value)) {
            json_object_del(target, key);
        } else if (json_is_object(value)) {
            if (!json_is_object(old)) {
                old = json_object();
                json_object_set_new(target, key, old);
            }
            merge_patch(old, value);
        } else {
            json_object_set(target, key, value);
        }
    }
}

/* The canonical path of each file read so far, to find cycles. */
static bool seen_before(GPtrArray *seen, const char *path)
{
    char *canonical = realpath(path, NULL);
    if (canonical == NULL)
        return false; /* reading it will say why */
    for (guint i = 0; i < seen->len; i++) {
        if (strcmp(seen->pdata[i], canonical) == 0) {
            free(canonical);
            return true;
        }
    }
    g_ptr_array_add(seen, canonical);
    return false;
}

/* The file that the last layer extends; NULL if none, or if it is wrong. */
static char *base_of(struct document *document, json_t *root, GPtrArray *seen,
                     struct problems *problems, struct span *ret_span)
{
    cs_assert(document->layers->len > 0);
    cs_assert(json_is_object(root));
    json_t *extends = json_object_get(root, "extends");
    if (extends == NULL)
        return NULL;
    const struct source *source = document->layers->pdata[document->layers->len - 1];
    const char *folder = document->folders->pdata[document->folders->len - 1];
    struct span span = source_spot(source, "/extends")->value;
    *ret_span = span;
    const char *name = json_string_value(extends);
    if (name == NULL || *name == '\0') {
        problems_add(problems, source, span, "/extends", NULL,
                     "\"extends\" must be the name of a file, as a string");
        return NULL;
    }
    char *path = g_path_is_absolute(name) || strcmp(folder, ".") == 0
                     ? g_strdup(name)
                     : g_build_filename(folder, name, NULL);
    const char *wrong = seen_before(seen, path)   ? "scenarios extend one another in a circle"
                        : seen->len > EXTENDS_MAX ? "more than 16 scenarios extend one another"
                                                  : NULL;
    if (wrong == NULL)
        return path;
    problems_add(problems, source, span, "/extends", NULL, wrong);
    g_free(path);
    return NULL;
}

struct document *document_load(const char *path, const char *text, struct problems *problems)
{
    struct document *document = g_new0(struct document, 1);
    document->layers = g_ptr_array_new_with_free_func(free_source);
    document->others = g_ptr_array_new_with_free_func(free_source);
    document->folders = g_ptr_array_new_with_free_func(free_folder);
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(free);
    g_autoptr(GPtrArray) roots = g_ptr_array_new();
    struct span span = { 0, 0 };
    seen_before(seen, path);
    char *next = g_strdup(path);
    while (next != NULL) {
        const struct source *from =
            document->layers->len > 0 ? document->layers->pdata[document->layers->len - 1] : NULL;
        const char *given = from == NULL ? text : NULL;
        json_t *root = read_layer(document, next, given, from, span, problems);
        g_free(next);
        next = NULL;
        if (root != NULL) {
            g_ptr_array_add(roots, root);
            next = base_of(document, root, seen, problems, &span);
        }
    }
    if (problems_count(problems) == 0 && roots->len == 1) {
        document->root = json_incref(roots->pdata[0]);
    } else if (problems_count(problems) == 0) {
        document->root = json_object();
        for (guint i = roots->len; i > 0; i--)
            merge_patch(document->root, roots->pdata[i - 1]);
    }
    for (guint i = 0; i < roots->len; i++)
        json_decref(roots->pdata[i]);
    if (document->root != NULL)
        json_object_del(document->root, "extends");
    return document;
}

void document_free(struct document *document)
{
    if (document == NULL)
        return;
    json_decref(document->root);
    g_ptr_array_free(document->layers, TRUE);
    g_ptr_array_free(document->others, TRUE);
    g_ptr_array_free(document->folders, TRUE);
    g_free(document);
}

/* ---- Options ---- */

/* The array index that `token` is, or SIZE_MAX.  "-" is the index behind the last. */
static size_t array_index(const json_t *array, const char *token)
{
    if (strcmp(token, "-") == 0)
        return json_array_size(array);
    size_t digits = strspn(token, "0123456789");
    if (digits == 0 || digits > 9 || token[digits] != '\0' || (digits > 1 && token[0] == '0'))
        return SIZE_MAX;
    return (size_t)g_ascii_strtoull(token, NULL, 10);
}

/* One step of a pointer: the part of `parent` named `token`, made an object if it is missing. */
static json_t *step_into(json_t *parent, const char *token)
{
    json_t *child = NULL;
    if (json_is_object(parent)) {
        child = json_object_get(parent, token);
        if (child == NULL) {
            child = json_object();
            json_object_set_new(parent, token, child);
        }
    } else if (json_is_array(parent)) {
        size_t index = array_index(parent, token);
        if (index == json_array_size(parent))
            json_array_append_new(parent, json_object());
        child = json_array_get(parent, index);
    }
    return child;
}

/* Name the element that is to be appended by its index. */
static void replace_dash(char **token, const json_t *parent)
{
    if (!json_is_array(parent) || strcmp(*token, "-") != 0)
        return;
    g_free(*token);
    *token = g_strdup_printf("%zu", json_array_size(parent));
}

/* Put `value` (taken over) at the pointer's place.  False if the way there is blocked. */
static bool put(json_t *root, char **tokens, json_t *value)
{
    cs_assert(tokens[0] != NULL);
    cs_assert(json_is_object(root));
    json_t *parent = root;
    for (; parent != NULL && tokens[1] != NULL; tokens++) {
        replace_dash(tokens, parent);
        parent = step_into(parent, tokens[0]);
    }
    replace_dash(tokens, parent);
    if (json_is_object(parent))
        return json_object_set_new(parent, tokens[0], value) == 0;
    size_t index = json_is_array(parent) ? array_index(parent, tokens[0]) : SIZE_MAX;
    if (json_is_array(parent) && index == json_array_size(parent))
        return json_array_append_new(parent, value) == 0;
    if (json_is_array(parent) && index < json_array_size(parent))
        return json_array_set_new(parent, index, value) == 0;
    json_decref(value);
    return false;
}

static void option_wrong(struct document *document, struct problems *problems,
                         struct source *option, const char *sentence)
{
    cs_assert(option->text == NULL);
    g_ptr_array_add(document->others, option);
    problems_add(problems, option, (struct span){ 0, 0 }, NULL, NULL, sentence);
}

void document_set(struct document *document, const char *name, const char *pointer, json_t *value,
                  struct problems *problems)
{
    cs_assert(document->root != NULL);
    unsigned order = ORDER_OPTION + document->layers->len;
    struct source *option = source_new_option(name, pointer, order);
    char **tokens = pointer_split(pointer);
    if (tokens == NULL || tokens[0] == NULL) {
        json_decref(value);
        option_wrong(document, problems, option,
                     "the place is not a JSON pointer like /time/duration");
    } else if (!put(document->root, tokens, value)) {
        option_wrong(document, problems, option, "there is no such place in the scenario");
    } else {
        GString *place = g_string_new(NULL);
        for (size_t i = 0; tokens[i] != NULL; i++)
            pointer_add(place, tokens[i]);
        g_free(option->set_pointer);
        option->set_pointer = g_string_free(place, FALSE);
        g_ptr_array_insert(document->layers, 0, option);
        g_ptr_array_insert(document->folders, 0, NULL);
    }
    g_strfreev(tokens);
}

void document_merge(struct document *document, const char *name, json_t *value)
{
    cs_assert(document->root != NULL);
    unsigned order = ORDER_OPTION + document->layers->len;
    struct source *option = source_new_option(name, "", order);
    json_t *copy = json_deep_copy(value);
    merge_patch(document->root, copy);
    json_decref(copy);
    g_ptr_array_insert(document->layers, 0, option);
    g_ptr_array_insert(document->folders, 0, NULL);
}

void document_set_text(struct document *document, const char *text, struct problems *problems)
{
    g_autofree char *name = g_strconcat("--set ", text, NULL);
    const char *equals = strchr(text, '=');
    if (equals == NULL) {
        option_wrong(document, problems, source_new_option(name, "", ORDER_OPTION),
                     "it must read POINTER=JSON, like /time/duration=\"90s\"");
        return;
    }
    g_autofree char *pointer = g_strndup(text, (gsize)(equals - text));
    struct source *value_source = source_new(name, g_strdup(equals + 1), strlen(equals + 1), 0);
    struct problems *found = problems_new();
    json_t *value = strlen(equals + 1) > SOURCE_BYTES_MAX ? NULL : parse(value_source, found);
    problems_free(found);
    source_free(value_source);
    if (value != NULL) {
        document_set(document, name, pointer, value, problems);
        return;
    }
    option_wrong(document, problems, source_new_option(name, "", ORDER_OPTION),
                 "what follows \"=\" is not JSON; a string needs its quotes: "
                 "/time/duration=\"90s\"");
}

/* ---- Places ---- */

static bool lies_in(const char *pointer, const char *around)
{
    size_t size = strlen(around);
    return strncmp(pointer, around, size) == 0 && (pointer[size] == '\0' || pointer[size] == '/');
}

bool document_is_set(const struct document *document, const char *pointer)
{
    for (guint i = 0; i < document->layers->len; i++) {
        const char *set = ((const struct source *)document->layers->pdata[i])->set_pointer;
        bool partial = set != NULL && *pointer != '\0';
        if (partial && (lies_in(set, pointer) || lies_in(pointer, set)))
            return true;
    }
    return false;
}

enum answer { HERE, AROUND, BELOW };

/* Does the value named `pointer` come from this layer (HERE), was it replaced with something around
 * it (AROUND, in *ret_spot), or must a weaker layer be asked (BELOW)? */
static enum answer ask_layer(const struct source *source, const char *pointer,
                             const struct spot **ret_spot)
{
    cs_assert(ret_spot != NULL);
    *ret_spot = NULL;
    if (source->set_pointer != NULL)
        return lies_in(pointer, source->set_pointer) ? HERE : BELOW;
    *ret_spot = source_spot(source, pointer);
    if (*ret_spot != NULL)
        return HERE;
    g_autofree char *around = g_strdup(pointer);
    for (char *slash = strrchr(around, '/'); slash != NULL; slash = strrchr(around, '/')) {
        *slash = '\0';
        const struct spot *spot = source_spot(source, around);
        if (*ret_spot == NULL)
            *ret_spot = spot; /* the nearest, to point at */
        if (spot != NULL && !spot->object)
            return AROUND;
    }
    return BELOW;
}

/* The option that made the object `pointer` on the way to what it sets, or NULL. */
static const struct source *made_by(const struct document *document, const char *pointer)
{
    for (guint i = 0; i < document->layers->len; i++) {
        const struct source *source = document->layers->pdata[i];
        if (source->set_pointer != NULL && lies_in(source->set_pointer, pointer))
            return source;
    }
    return NULL;
}

const struct source *document_find(const struct document *document, const struct path *path,
                                   enum document_part part, struct span *ret_span)
{
    cs_assert(document->layers->len > 0);
    cs_assert(ret_span != NULL);
    g_autofree char *pointer = path_pointer(path);
    bool exact = true;
    for (;;) {
        for (guint i = 0; i < document->layers->len; i++) {
            const struct source *source = document->layers->pdata[i];
            const struct spot *spot = NULL;
            enum answer answer = ask_layer(source, pointer, &spot);
            if (answer == BELOW)
                continue;
            struct span none = { 0, 0 };
            bool key = part == PART_KEY && exact && answer == HERE;
            *ret_span = spot == NULL ? none : key ? spot->key : spot->value;
            return source;
        }
        const struct source *maker = made_by(document, pointer);
        *ret_span = (struct span){ 0, 0 };
        if (maker != NULL)
            return maker;
        char *slash = strrchr(pointer, '/');
        cs_assert(slash != NULL); /* every file has a root */
        *slash = '\0';
        exact = false;
    }
}

const char *document_folder(const struct document *document, const struct path *path)
{
    cs_assert(document->layers->len == document->folders->len);
    struct span span;
    const struct source *source = document_find(document, path, PART_VALUE, &span);
    for (guint i = 0; i < document->layers->len; i++) {
        if (document->layers->pdata[i] == source && document->folders->pdata[i] != NULL)
            return document->folders->pdata[i];
    }
    return ".";
}
