/* A node's folder: its volumes (files.h), and how often it has been started. */
#ifndef LIVE_NODE_FOLDER_H
#define LIVE_NODE_FOLDER_H
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Make the folder if need be.  *ret_made says whether it was.  Errors: G_FILE_ERROR. */
bool node_folder_make(const char *folder, bool *ret_made, GError **error);
/* Remove a folder that was made, with the files in it: the node has not started. */
void node_folder_remove(const char *folder);

/* How often the folder's node has been started before, and the same noted.  Its seed hangs on that,
 * so that no incarnation draws what an earlier one has drawn. */
uint64_t node_folder_starts(const char *folder);
bool node_folder_note_starts(const char *folder, uint64_t starts, GError **error);

#endif
