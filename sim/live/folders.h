/* Folders that a command makes, and takes away again: what it made goes, what was there stays. */
#ifndef LIVE_FOLDERS_H
#define LIVE_FOLDERS_H
#include <glib.h>
#include <stdbool.h>

/* Make the folder, and those above it, if need be.  *ret_first is the outermost that was made, or
 * NULL; g_free.  Errors: G_FILE_ERROR; then nothing was made. */
bool folders_make(const char *path, char **ret_first, GError **error);
/* Remove the folder and those above it up to `first`, as far as they are empty; nothing if `first`
 * is NULL. */
void folders_unmake(const char *path, const char *first);

/* Remove what is in a folder; with _tree, the folder too. */
void folders_empty(const char *path);
void folders_remove_tree(const char *path);

/* Hold the folder for this process: a descriptor, whose end is the lock's, as is the process's.
 * -1 if another process holds it (G_FILE_ERROR_AGAIN), or if it cannot be locked. */
int folders_lock(const char *path, GError **error);

#endif
