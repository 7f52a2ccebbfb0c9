#include "command/live/places.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "live/folders.h"
#include "scenario/json_text.h"

#define OWN_PREFIX ".live."

static bool make(const char *folder, char **ret_first, const char *what)
{
    g_autoptr(GError) error = NULL;
    if (folders_make(folder, ret_first, &error))
        return true;
    complain("%s: %s", what, error->message);
    return false;
}

/* ---- The nodes' volumes ---------------------------------------------------------------------- */

/* Volumes of another run would be taken for those of this one. */
static bool is_empty(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    bool empty = folder == NULL || g_dir_read_name(folder) == NULL;
    if (!empty)
        complain("the nodes' folder %s is not empty", path);
    return empty;
}

/* A process of that number may be another one, or out of sight; the lock tells. */
static bool is_left_behind(const char *path, const char *number)
{
    guint64 pid = 0;
    if (!g_ascii_string_to_unsigned(number, 10, 1, G_MAXINT, &pid, NULL) ||
        kill((pid_t)pid, 0) == 0 || errno != ESRCH)
        return false;
    int lock = folders_lock(path, NULL);
    if (lock >= 0)
        close(lock);
    return lock >= 0;
}

/* What tidies up after a run that was killed may have been killed with it. */
static void remove_those_left_behind(const char *out)
{
    g_autoptr(GDir) folder = g_dir_open(out, 0, NULL);
    const char *name = folder != NULL ? g_dir_read_name(folder) : NULL;
    for (; name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *path = g_build_filename(out, name, NULL);
        if (g_str_has_prefix(name, OWN_PREFIX) && is_left_behind(path, name + strlen(OWN_PREFIX)))
            folders_remove_tree(path);
    }
}

static bool make_folder(struct places *places)
{
    const struct places_options *options = &places->options;
    bool own = options->folder == NULL;
    cs_assert(places->folder == NULL);
    places->folder = own ? g_strdup_printf("%s/" OWN_PREFIX "%ld", options->out, (long)getpid())
                         : g_strdup(options->folder);
    if (!make(places->folder, &places->folder_first, "the nodes' folder cannot be made") ||
        !is_empty(places->folder))
        return false;
    places->has_folder = true;
    if (!own)
        return true;
    places->lock = folders_lock(places->folder, NULL);
    const char *first = places->out_first != NULL ? places->out_first : places->folder_first;
    tidier_begin(&places->tidier, places->folder, first);
    return true;
}

/* The nodes read the scenario as it was resolved here, whatever becomes of the file. */
static bool write_scenario(struct places *places)
{
    cs_assert(places->has_folder);
    cs_assert(places->scenario == NULL);
    places->scenario = g_build_filename(places->folder, "scenario.json", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    json_t *scenario = plan_placed(places->options.plan);
    json_text_add(text, scenario, 0);
    g_string_append_c(text, '\n');
    json_decref(scenario);
    if (g_file_set_contents(places->scenario, text->str, -1, &error))
        return true;
    complain("the nodes' folder cannot be written: %s", error->message);
    return false;
}

/* ---- Their logs ------------------------------------------------------------------------------ */

/* Whether a file is called like a log of one of the instances: NAME-1.log and so on. */
static bool is_log(const struct plan *plan, const char *name)
{
    g_autofree char *instance = g_strdup(name);
    char *number = strrchr(instance, '-');
    if (number == NULL || !g_str_has_suffix(name, ".log"))
        return false;
    *number++ = '\0';
    if (strspn(number, "0123456789") + strlen(".log") != strlen(number))
        return false;
    for (uint32_t i = 0; i < plan->cluster.instance_count; i++) {
        if (strcmp(plan->cluster.instances[i].name, instance) == 0)
            return true;
    }
    return false;
}

/* The first log in the folder; g_free; or NULL. */
static char *find_log(const struct places_options *options)
{
    g_autoptr(GDir) folder = g_dir_open(options->record, 0, NULL);
    const char *name = folder != NULL ? g_dir_read_name(folder) : NULL;
    while (name != NULL && !is_log(options->plan, name))
        name = g_dir_read_name(folder);
    return name != NULL ? g_build_filename(options->record, name, NULL) : NULL;
}

static bool make_record(struct places *places)
{
    const struct places_options *options = &places->options;
    if (options->record == NULL)
        return true;
    if (!make(options->record, &places->record_first, "the nodes' logs cannot be written"))
        return false;
    g_autofree char *log = find_log(options);
    places->has_record = log == NULL;
    if (log != NULL)
        complain("the nodes' logs cannot be written: %s is there already", log);
    return log == NULL;
}

static void remove_logs(const struct places_options *options)
{
    cs_assert(options->record != NULL);
    g_autofree char *log = find_log(options);
    while (log != NULL && g_unlink(log) == 0) {
        g_free(log);
        log = find_log(options);
    }
}

/* ---- All of them ----------------------------------------------------------------------------- */

bool places_make(struct places *places, const struct places_options *options)
{
    *places = (struct places){ .options = *options, .lock = -1 };
    if (!make(options->out, &places->out_first, "the results cannot be written"))
        return false;
    remove_those_left_behind(options->out);
    return make_folder(places) && write_scenario(places) && make_record(places);
}

void places_leave(struct places *places, bool started)
{
    const struct places_options *options = &places->options;
    cs_assert(!started || places->has_folder);
    tidier_end(&places->tidier);
    if (places->has_record && !started)
        remove_logs(options);
    if (options->record != NULL)
        folders_unmake(options->record, places->record_first);
    if (places->has_folder && !(started && options->folder != NULL))
        folders_empty(places->folder);
    if (places->folder != NULL)
        folders_unmake(places->folder, places->folder_first);
    if (options->out != NULL)
        folders_unmake(options->out, places->out_first);
    if (places->lock >= 0)
        close(places->lock);
    g_free(places->folder);
    g_free(places->scenario);
    g_free(places->out_first);
    g_free(places->folder_first);
    g_free(places->record_first);
}
