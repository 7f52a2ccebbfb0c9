#include "live/folders.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "clustersim/protocol.h"

static void fail(GError **error, const char *path, int number)
{
    cs_assert(number != 0);
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s", path,
                g_strerror(number));
}

/* The outermost part of a path that is not there, or NULL. */
static char *first_missing(const char *path)
{
    char *first = NULL;
    g_autofree char *at = g_canonicalize_filename(path, NULL);
    while (!g_file_test(at, G_FILE_TEST_EXISTS)) {
        char *above = g_path_get_dirname(at);
        cs_assert(strcmp(above, at) != 0); /* the root is there */
        g_free(first);
        first = at;
        at = above;
    }
    return first;
}

bool folders_make(const char *path, char **ret_first, GError **error)
{
    g_autofree char *first = first_missing(path);
    if (g_mkdir_with_parents(path, 0777) != 0) {
        int number = errno;
        folders_unmake(path, first);
        fail(error, path, number);
        return false;
    }
    *ret_first = g_steal_pointer(&first);
    return true;
}

void folders_unmake(const char *path, const char *first)
{
    bool more = first != NULL;
    g_autofree char *at = g_canonicalize_filename(path, NULL);
    while (more) {
        cs_assert(g_str_has_prefix(at, first));
        bool gone = g_rmdir(at) == 0 || errno == ENOENT;
        more = gone && strcmp(at, first) != 0;
        char *above = g_path_get_dirname(at);
        g_free(at);
        at = above;
    }
}

void folders_empty(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    const char *name = folder != NULL ? g_dir_read_name(folder) : NULL;
    for (; name != NULL; name = g_dir_read_name(folder)) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        if (g_unlink(inside) != 0)
            folders_remove_tree(inside);
    }
}

void folders_remove_tree(const char *path)
{
    folders_empty(path);
    (void)g_rmdir(path);
}

int folders_lock(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    int number = errno;
    if (fd >= 0)
        close(fd);
    if (number == EWOULDBLOCK) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN, "%s is in use by another process",
                    path);
    } else {
        fail(error, path, number);
    }
    return -1;
}
