/* The folders of a live run: what it made goes, what was there stays. */
#ifndef COMMAND_LIVE_PLACES_H
#define COMMAND_LIVE_PLACES_H
#include "command/live/tidier.h"
#include "scenario/plan.h"

struct places_options {
    const char *out;
    const char *folder; /* of the nodes' volumes; NULL: one of its own, which goes at the end */
    const char *record; /* of their logs; or NULL */
    const struct plan *plan;
};

struct places {
    struct places_options options;
    char *folder;                                  /* of the nodes; it is empty before the run */
    char *scenario;                                /* the file that they read, in it */
    char *out_first, *folder_first, *record_first; /* the outermost that were made, or NULL */
    bool has_folder, has_record; /* they are there, and what is in them is this run's */
    int lock;                    /* of a folder of its own: whoever holds none has left it behind */
    struct tidier tidier;
};

/* Make them all.  False, and a complaint, if one cannot be made or holds another run's files. */
bool places_make(struct places *places, const struct places_options *options);
/* The run is over, or has not started: then the logs go too. */
void places_leave(struct places *places, bool started);

#endif
