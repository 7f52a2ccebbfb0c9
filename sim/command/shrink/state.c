/* What is known of candidates, in memory and in a file of lines: the first says of which search,
 * each other one has a candidate's name and its outcome. */
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "command/command.h"
#include "command/shrink/shrink.h"

struct shrink_state {
    GHashTable *outcomes; /* name -> json_t; looked up only */
    GHashTable *asked;    /* names */
    FILE *file;
};

static void free_outcome(void *outcome) { json_decref(outcome); }

char *shrink_name(const json_t *scenario)
{
    char *text = json_dumps(scenario, JSON_COMPACT);
    cs_assert(text != NULL);
    char *name = g_strdup_printf("%016" G_GINT64_MODIFIER "x-%zu", hash_string(text), strlen(text));
    free(text);
    return name;
}

static int not_usable(const char *path)
{
    complain("%s: %s", path, g_strerror(errno));
    return EXIT_ENVIRONMENT;
}

/* Take over the complete lines.  What follows the last of them was cut short, and is dropped. */
static int read_lines(struct shrink_state *state, const char *path, const char *identity,
                      size_t *ret_size)
{
    g_autofree char *text = NULL;
    gsize size = 0;
    *ret_size = 0;
    if (!g_file_get_contents(path, &text, &size, NULL))
        return EXIT_PASS; /* nothing was left */
    bool first = true;
    for (char *line = text; line < text + size;) {
        char *stop = memchr(line, '\n', (size_t)(text + size - line));
        json_t *entry = stop != NULL ? json_loadb(line, (size_t)(stop - line), 0, NULL) : NULL;
        if (entry == NULL)
            break;
        const char *search = json_string_value(json_object_get(entry, "search"));
        const char *name = json_string_value(json_object_get(entry, "candidate"));
        bool other = first && g_strcmp0(search, identity) != 0;
        if (!other && name != NULL) {
            json_t *outcome = json_incref(json_object_get(entry, "outcome"));
            g_hash_table_replace(state->outcomes, g_strdup(name), outcome);
        }
        json_decref(entry);
        if (other) {
            complain("cannot resume: %s is of another search, or of another build", path);
            return EXIT_USAGE;
        }
        first = false;
        line = stop + 1;
        *ret_size = (size_t)(line - text);
    }
    return EXIT_PASS;
}

struct shrink_state *shrink_state_open(const char *path, const char *identity, bool resume,
                                       int *ret_status)
{
    struct shrink_state *state = g_new0(struct shrink_state, 1);
    state->outcomes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_outcome);
    state->asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    size_t kept = 0;
    *ret_status = resume ? read_lines(state, path, identity, &kept) : EXIT_PASS;
    if (*ret_status == EXIT_PASS) {
        bool cut = kept > 0 && truncate(path, (off_t)kept) != 0;
        state->file = cut ? NULL : fopen(path, kept > 0 ? "ae" : "we");
        if (state->file == NULL)
            *ret_status = not_usable(path);
    }
    if (*ret_status == EXIT_PASS && kept == 0) {
        json_t *head = json_pack("{s:s}", "search", identity);
        char *line = json_dumps(head, JSON_COMPACT);
        fprintf(state->file, "%s\n", line);
        fflush(state->file);
        free(line);
        json_decref(head);
    }
    if (*ret_status == EXIT_PASS)
        return state;
    shrink_state_free(state);
    return NULL;
}

void shrink_state_free(struct shrink_state *state)
{
    if (state == NULL)
        return;
    if (state->file != NULL)
        fclose(state->file);
    g_hash_table_destroy(state->outcomes);
    g_hash_table_destroy(state->asked);
    g_free(state);
}

const json_t *shrink_state_get(const struct shrink_state *state, const char *candidate)
{
    return g_hash_table_lookup(state->outcomes, candidate);
}

void shrink_state_add(struct shrink_state *state, const char *candidate, json_t *outcome)
{
    cs_assert(outcome != NULL);
    json_t *line = json_pack("{s:s, s:O}", "candidate", candidate, "outcome", outcome);
    char *text = json_dumps(line, JSON_COMPACT);
    fprintf(state->file, "%s\n", text);
    fflush(state->file);
    free(text);
    json_decref(line);
    g_hash_table_replace(state->outcomes, g_strdup(candidate), outcome);
}

bool shrink_state_asked(const struct shrink_state *state, const char *candidate)
{
    return g_hash_table_contains(state->asked, candidate);
}

bool shrink_state_ask(struct shrink_state *state, const char *candidate)
{
    return g_hash_table_add(state->asked, g_strdup(candidate));
}
