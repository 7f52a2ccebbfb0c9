/* A process that outlives its parent by a moment: if that is killed, it removes what the parent
 * would have removed. */
#ifndef COMMAND_TIDIER_H
#define COMMAND_TIDIER_H
#include <stdbool.h>
#include <sys/types.h>

struct tidier {
    pid_t pid; /* 0: there is none */
    int fd;
};

/* From now on the folder goes when this process does, and so do those above it up to `first`,
 * unless that is NULL, if they are empty then.  Nothing happens if no process can be started. */
void tidier_begin(struct tidier *tidier, const char *folder, const char *first);
/* The caller removes it itself, or keeps it. */
void tidier_end(struct tidier *tidier);

#endif
