/* Entries of a corpus, from their files. */
#include <string.h>

#include "command/command.h"
#include "command/corpus/corpus.h"
#include "scenario/document.h"
#include "scenario/value.h"

static void entry_free(gpointer data)
{
    struct corpus_entry *entry = data;
    g_free(entry->name);
    g_free(entry->path);
    g_free(entry->scenario);
    g_free(entry->check);
    g_free(entry->cause);
    g_free(entry);
}

char *corpus_folder(const char *scenario)
{
    g_autofree char *folder = g_path_get_dirname(scenario);
    return strcmp(folder, ".") == 0 ? g_strdup("seeds") : g_build_filename(folder, "seeds", NULL);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the files, sorted; a folder that is not there has none.  NULL, and it is told, if it
 * cannot be read. */
static GPtrArray *names_in(const char *folder)
{
    g_autoptr(GError) error = NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(folder, 0, &error);
    if (dir == NULL && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        complain("%s", error->message);
        g_ptr_array_unref(names);
        return NULL;
    }
    for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        if (g_str_has_suffix(name, ".json") && *name != '.')
            g_ptr_array_add(names, g_strdup(name));
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_ptr_array_sort(names, compare_names);
    return names;
}

/* ---- One of them ----------------------------------------------------------------------------- */

/* What is wrong with the value `name` of `object`, or, if that is not there, with the object. */
static void wrong(const struct document *document, struct problems *problems, const char *object,
                  const char *name, const char *suggestion, const char *sentence)
{
    const struct path root = path_root();
    const struct path inner = object != NULL ? path_key(&root, object) : root;
    const struct path last = name != NULL ? path_key(&inner, name) : inner;
    struct span span = { 0, 0 };
    const struct source *source = document_find(document, &last, PART_VALUE, &span);
    g_autofree char *pointer = path_pointer(&last);
    problems_add(problems, source, span, *pointer != '\0' ? pointer : NULL, suggestion, sentence);
}

/* The scenario beside the folder that was probably meant.  g_free. */
static char *nearest_file(const char *folder, const char *word)
{
    g_autoptr(GPtrArray) names = names_in(folder);
    if (names == NULL)
        return NULL;
    return g_strdup(
        nearest_name(word, (const char *const *)(const void *)names->pdata, names->len));
}

static bool is_there(const char *folder, const char *scenario)
{
    g_autofree char *path = g_build_filename(folder, scenario, NULL);
    g_autofree char *base = g_path_get_basename(scenario);
    return strcmp(base, scenario) == 0 && g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static bool check_scenario(const struct document *document, struct problems *problems,
                           const char *seeds, const char *scenario)
{
    g_autofree char *folder = g_path_get_dirname(seeds);
    if (is_there(folder, scenario))
        return true;
    g_autofree char *near = nearest_file(folder, scenario);
    g_autofree char *sentence = g_strdup_printf(
        "a foreign entry: there is no scenario \"%s\" in the folder above", scenario);
    wrong(document, problems, "found", "scenario", near, sentence);
    return false;
}

/* A string of "found", or NULL after it was told. */
static const char *found_text(const struct document *document, struct problems *problems,
                              const char *name)
{
    const json_t *found = json_object_get(document->root, "found");
    const char *text = json_string_value(json_object_get(found, name));
    if (text != NULL)
        return text;
    g_autofree char *sentence = g_strdup_printf(
        json_object_get(found, name) == NULL ? "missing key \"%s\"" : "\"%s\" is no string", name);
    wrong(document, problems, "found", json_object_get(found, name) == NULL ? NULL : name, NULL,
          sentence);
    return NULL;
}

static bool read_seed(const struct document *document, struct problems *problems,
                      uint64_t *ret_seed)
{
    const json_t *seed = json_object_get(document->root, "seed");
    const char *text = json_string_value(seed);
    g_autofree char *sentence = text != NULL   ? value_seed(text, ret_seed)
                                : seed != NULL ? g_strdup("a seed is a string like \"0x2a\"")
                                               : g_strdup("missing key \"seed\"");
    if (sentence != NULL)
        wrong(document, problems, NULL, seed != NULL ? "seed" : NULL, NULL, sentence);
    return sentence == NULL;
}

static bool is_same(const struct corpus_entry *a, const struct corpus_entry *b)
{
    return a->seed == b->seed && strcmp(a->scenario, b->scenario) == 0 &&
           strcmp(a->cause, b->cause) == 0 && strcmp(a->check, b->check) == 0;
}

/* Two entries of one seed and one finding say the same, and each would be run. */
static bool check_new(const struct document *document, struct problems *problems,
                      const GPtrArray *entries, const struct corpus_entry *entry)
{
    for (guint i = 0; i < entries->len; i++) {
        const struct corpus_entry *other = g_ptr_array_index(entries, i);
        if (!is_same(entry, other))
            continue;
        g_autofree char *sentence =
            g_strdup_printf("a duplicate: %s.json has this seed and finding too", other->name);
        wrong(document, problems, "found", NULL, NULL, sentence);
        return false;
    }
    return true;
}

static struct corpus_entry *take(const struct document *document, struct problems *problems,
                                 const char *path, const char *name)
{
    uint64_t seed = 0;
    if (!json_is_object(json_object_get(document->root, "found"))) {
        wrong(document, problems, NULL, NULL, NULL,
              "no entry of a corpus: it has no object \"found\"");
        return NULL;
    }
    if (json_object_get(document->root, "expect") != NULL) {
        wrong(document, problems, NULL, "expect", NULL,
              "an entry expects nothing: its mistake is mended when it passes");
        return NULL;
    }
    const char *scenario = found_text(document, problems, "scenario");
    const char *check = found_text(document, problems, "check");
    const char *cause = found_text(document, problems, "cause");
    bool good = read_seed(document, problems, &seed);
    if (!good || scenario == NULL || check == NULL || cause == NULL)
        return NULL;
    struct corpus_entry *entry = g_new0(struct corpus_entry, 1);
    entry->name = g_strndup(name, strlen(name) - strlen(".json"));
    entry->path = g_strdup(path);
    entry->scenario = g_strdup(scenario);
    entry->check = g_strdup(check);
    entry->cause = g_strdup(cause);
    entry->seed = seed;
    return entry;
}

/* False, and what is wrong is told. */
static bool read_entry(const char *folder, const char *name, GPtrArray *entries)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    struct problems *problems = problems_new();
    struct document *document = document_load(path, NULL, problems);
    struct corpus_entry *entry =
        document->root != NULL ? take(document, problems, path, name) : NULL;
    bool good = entry != NULL && check_scenario(document, problems, folder, entry->scenario) &&
                check_new(document, problems, entries, entry);
    if (good) {
        g_ptr_array_add(entries, entry);
    } else {
        g_autoptr(GString) text = g_string_new(NULL);
        problems_print(problems, text);
        fputs(text->str, stderr);
        if (entry != NULL)
            entry_free(entry);
    }
    document_free(document);
    problems_free(problems);
    return good;
}

/* ---- All of them ----------------------------------------------------------------------------- */

GPtrArray *corpus_read(const char *scenario)
{
    g_autofree char *folder = corpus_folder(scenario);
    g_autofree char *base = g_path_get_basename(scenario);
    g_autoptr(GPtrArray) names = names_in(folder);
    if (names == NULL)
        return NULL;
    GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
    bool good = true;
    for (guint i = 0; i < names->len; i++)
        good = read_entry(folder, g_ptr_array_index(names, i), entries) && good;
    for (guint i = entries->len; good && i-- > 0;) {
        const struct corpus_entry *entry = g_ptr_array_index(entries, i);
        if (strcmp(entry->scenario, base) != 0)
            g_ptr_array_remove_index(entries, i);
    }
    if (good)
        return entries;
    g_ptr_array_unref(entries);
    return NULL;
}
