#include "live/node_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "clustersim/protocol.h"
#include "live/folders.h"

static char *path_of(const struct node_folder *folder, const char *name)
{
    return g_build_filename(folder->path, name, NULL);
}

static uint64_t starts_before(const struct node_folder *folder)
{
    g_autofree char *path = path_of(folder, "starts");
    g_autofree char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? g_ascii_strtoull(text, NULL, 10) : 0;
}

static bool begin_founding(const struct node_folder *folder, GError **error)
{
    g_autofree char *path = path_of(folder, "founding");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0 && close(fd) == 0)
        return true;
    int number = errno;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s", path,
                g_strerror(number));
    return false;
}

bool node_folder_open(struct node_folder *folder, const char *path, GError **error)
{
    *folder = (struct node_folder){ .path = path, .lock = -1 };
    if (!folders_make(path, &folder->first, error))
        return false;
    folder->lock = folders_lock(path, error);
    bool good = folder->lock >= 0;
    if (good) {
        g_autofree char *founding = path_of(folder, "founding");
        folder->again = g_file_test(founding, G_FILE_TEST_EXISTS);
        folder->starts = starts_before(folder) + 1;
        folder->founding = folder->again || folder->starts == 1;
        good = !folder->founding || folder->again || begin_founding(folder, error);
    }
    if (!good)
        node_folder_take_back(folder);
    return good;
}

void node_folder_close(struct node_folder *folder)
{
    if (folder->lock >= 0)
        close(folder->lock);
    folder->lock = -1;
    g_clear_pointer(&folder->first, g_free);
}

void node_folder_take_back(struct node_folder *folder)
{
    g_autofree char *founding = path_of(folder, "founding");
    if (folder->founding && !folder->again)
        (void)g_unlink(founding);
    folders_unmake(folder->path, folder->first);
    node_folder_close(folder);
}

bool node_folder_note_start(const struct node_folder *folder, GError **error)
{
    cs_assert(folder->starts > 0);
    cs_assert(folder->lock >= 0);
    g_autofree char *path = path_of(folder, "starts");
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT "\n", folder->starts);
    return g_file_set_contents(path, text, -1, error);
}

/* The folder is flushed: were the file there again after a power loss, what was promised since
 * would be forgotten. */
bool node_folder_found(struct node_folder *folder)
{
    cs_assert(folder->founding);
    cs_assert(folder->lock >= 0);
    g_autofree char *path = path_of(folder, "founding");
    folder->founding = false;
    if (g_unlink(path) != 0)
        return false;
    return fsync(folder->lock) == 0 || errno == EINVAL; /* some file systems flush no folders */
}
