/* A run's folder: written beside its place under another name, then put there at once. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "report/internal.h"

enum { FOLDER_MODE = 0755, SCRIPT_MODE = 0755 };

static bool file_error(GError **error, const char *what, const char *path)
{
    int number = errno;
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(number), "cannot %s %s: %s",
                what, path, g_strerror(number));
    return false;
}

char *report_folder_name(const struct run_report *report)
{
    cs_assert(report->build_id != NULL);
    cs_assert(report->plan->effective != NULL);
    g_autofree char *key = g_strconcat(report->build_id, "\n", report->plan->effective, NULL);
    uint32_t hash = (uint32_t)(hash_string(key) >> 32);
    const char *part = report->verdict == VERDICT_INTERRUPTED ? "-interrupted" : "";
    return g_strdup_printf("%s/0x%016" G_GINT64_MODIFIER "x-%08x%s%s%s", report->plan->name,
                           report->plan->seed, hash, report->host != NULL ? "-" : "",
                           report->host != NULL ? report->host : "", part);
}

/* ---- Files ------------------------------------------------------------------------------------
 */

bool report_write_file(const struct run_report *report, const char *folder, const char *name,
                       report_writer write, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return file_error(error, "create", path);
    write(report, file);
    bool failed = ferror(file) != 0;
    failed |= fclose(file) != 0;
    return failed ? file_error(error, "write", path) : true;
}

static void write_scenario(const struct run_report *report, FILE *file)
{
    const char *text = report->plan->effective;
    fputs(text, file);
    if (!g_str_has_suffix(text, "\n"))
        fputc('\n', file);
}

/* The scenario with the faults as they happened instead of those that were planned. */
static void write_replay(const struct run_report *report, FILE *file)
{
    g_autofree const struct fault_record **records =
        g_new0(const struct fault_record *, report->faults->len + 1);
    for (guint i = 0; i < report->faults->len; i++)
        records[i] = &g_array_index(report->faults, struct fault_record, i);
    g_autofree char *text = plan_replay(report->plan, records, report->faults->len);
    fputs(text, file);
}

static void write_trace(const struct run_report *report, FILE *file) { fputs(report->trace, file); }

static void write_digest_log(const struct run_report *report, FILE *file)
{
    fputs(report->digest_log, file);
}

static void write_evidence(const struct run_report *report, FILE *file)
{
    picture_write(report->evidence, file);
}

static bool make_folder(const char *folder, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    return g_mkdir(path, FOLDER_MODE) == 0 || file_error(error, "create", path);
}

static bool write_files(const struct run_report *report, const char *folder, GError **error)
{
    static const struct {
        const char *name;
        report_writer write;
    } files[] = {
        { "run.json", report_write_run },          { "scenario.json", write_scenario },
        { "faults.json", report_write_faults },    { "replay.json", write_replay },
        { "history.jsonl", report_write_history }, { "series.csv", report_write_series },
        { "latency.hgrm", report_write_hgrm },     { "repro.sh", report_write_repro },
        { "host.json", report_write_host },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        if (!report_write_file(report, folder, files[i].name, files[i].write, error))
            return false;
    }
    if (report->trace != NULL &&
        !report_write_file(report, folder, "trace.txt", write_trace, error))
        return false;
    if (report->digest_log != NULL &&
        !report_write_file(report, folder, "digest.log", write_digest_log, error))
        return false;
    if (report->evidence != NULL &&
        (!make_folder(folder, "evidence", error) ||
         !report_write_file(report, folder, report->evidence->file, write_evidence, error)))
        return false;
    g_autofree char *script = g_build_filename(folder, "repro.sh", NULL);
    if (g_chmod(script, SCRIPT_MODE) != 0)
        return file_error(error, "make executable", script);
    if (!make_folder(folder, "charts", error))
        return false;
    g_autofree char *charts = g_build_filename(folder, "charts", NULL);
    return charts_write(report, charts, error);
}

/* ---- Folders ----------------------------------------------------------------------------------
 */

/* Remove a folder and what is in it, following no links.  What cannot be removed stays. */
static void remove_tree(const char *path)
{
    GDir *folder = g_dir_open(path, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name(folder)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        bool is_folder =
            g_file_test(child, G_FILE_TEST_IS_DIR) && !g_file_test(child, G_FILE_TEST_IS_SYMLINK);
        if (is_folder) {
            remove_tree(child);
        } else {
            (void)g_unlink(child);
        }
    }
    if (folder != NULL)
        g_dir_close(folder);
    (void)g_rmdir(path);
}

/* Put the folder `from` at `to`.  What was there is swapped out in one step where the file system
 * can, else moved aside first. */
static bool put_in_place(const char *from, const char *to, GError **error)
{
    if (rename(from, to) == 0)
        return true;
    if (errno != EEXIST && errno != ENOTEMPTY)
        return file_error(error, "create", to);
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0) {
        remove_tree(from);
        return true;
    }
    g_autofree char *aside = g_strconcat(from, ".old", NULL);
    if (rename(to, aside) != 0 || rename(from, to) != 0)
        return file_error(error, "replace", to);
    remove_tree(aside);
    return true;
}

/* Let `out`/latest point to `name`, by renaming a fresh link over it. */
static bool link_latest(const char *out, const char *name, GError **error)
{
    g_autofree char *link = g_build_filename(out, "latest", NULL);
    g_autofree char *fresh = g_strdup_printf("%s/.latest.%ld", out, (long)getpid());
    (void)g_unlink(fresh);
    if (symlink(name, fresh) != 0)
        return file_error(error, "create", fresh);
    if (rename(fresh, link) != 0) {
        file_error(error, "replace", link);
        (void)g_unlink(fresh);
        return false;
    }
    return true;
}

/* Fill the empty folder `draft`. */
static bool fill(const struct run_report *report, const char *draft, GError **error)
{
    if (g_chmod(draft, FOLDER_MODE) != 0)
        return file_error(error, "open up", draft);
    return write_files(report, draft, error);
}

char *report_write(const struct run_report *report, const char *out, GError **error)
{
    g_autofree char *name = report_folder_name(report);
    g_autofree char *place = g_build_filename(out, name, NULL);
    g_autofree char *parent = g_path_get_dirname(place);
    if (g_mkdir_with_parents(parent, FOLDER_MODE) != 0) {
        file_error(error, "create", parent);
        return NULL;
    }
    g_autofree char *draft = g_strdup_printf("%s/.draft.XXXXXX", parent);
    if (g_mkdtemp(draft) == NULL) {
        file_error(error, "write into", parent);
        return NULL;
    }
    if (!fill(report, draft, error) || !put_in_place(draft, place, error)) {
        remove_tree(draft);
        return NULL;
    }
    if (!link_latest(out, name, error))
        return NULL;
    return g_steal_pointer(&place);
}
