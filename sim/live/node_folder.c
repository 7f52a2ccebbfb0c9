#include "live/node_folder.h"

#include <errno.h>
#include <glib/gstdio.h>

static char *starts_path(const char *folder) { return g_build_filename(folder, "starts", NULL); }

bool node_folder_make(const char *folder, bool *ret_made, GError **error)
{
    bool was_there = g_file_test(folder, G_FILE_TEST_EXISTS);
    if (g_mkdir_with_parents(folder, 0777) != 0) {
        int number = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s", folder,
                    g_strerror(number));
        return false;
    }
    *ret_made = !was_there;
    return true;
}

void node_folder_remove(const char *folder)
{
    GDir *files = g_dir_open(folder, 0, NULL);
    const char *name = NULL;
    while (files != NULL && (name = g_dir_read_name(files)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        (void)g_unlink(path);
    }
    if (files != NULL)
        g_dir_close(files);
    (void)g_rmdir(folder);
}

uint64_t node_folder_starts(const char *folder)
{
    g_autofree char *path = starts_path(folder);
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? g_ascii_strtoull(text, NULL, 10) : 0;
}

bool node_folder_note_starts(const char *folder, uint64_t starts, GError **error)
{
    g_autofree char *path = starts_path(folder);
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "\n", starts);
    return g_file_set_contents(path, text, -1, error);
}
