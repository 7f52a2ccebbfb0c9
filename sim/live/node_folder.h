/* A node's folder: its volumes (files.h), how often it has been started, and whether its first
 * start is over.
 *
 * A node that ends within its first start has promised nothing to anybody, and what it was to find
 * at a restart may not be there yet.  So that start is over only when all that it asked for is
 * done, or anybody has been told anything; up to then the file "founding" is there, and whoever
 * starts the node again begins anew with empty volumes. */
#ifndef LIVE_NODE_FOLDER_H
#define LIVE_NODE_FOLDER_H
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct node_folder {
    const char *path;
    char *first;     /* the outermost folder that was made for it, or NULL */
    int lock;        /* a descriptor; -1: it is not held */
    uint64_t starts; /* with this one.  Its seed hangs on that, so that no incarnation draws what an
                        earlier one has drawn. */
    bool founding;   /* this is a first start, and not over */
    bool again;      /* and one before it has ended early */
};

/* Make the folder if need be and hold it: no other process does.  Errors: G_FILE_ERROR; then it is
 * as it was. */
bool node_folder_open(struct node_folder *folder, const char *path, GError **error);
/* Let it go.  What it has stays. */
void node_folder_close(struct node_folder *folder);
/* The node has not started: what was made goes, but for what the caller has made in it. */
void node_folder_take_back(struct node_folder *folder);

/* Note the start, once nothing else can fail. */
bool node_folder_note_start(const struct node_folder *folder, GError **error);
/* Note that the first start is over. */
bool node_folder_found(struct node_folder *folder);

#endif
