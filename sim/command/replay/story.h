/* What a replay tells of its run: the trace, whole or around one moment. */
#ifndef COMMAND_REPLAY_STORY_H
#define COMMAND_REPLAY_STORY_H
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/text.h"
#include "host/cluster.h"

/* The caller sets what it wants; the rest is zero. */
struct story {
    FILE *file;     /* the whole trace; or NULL */
    unsigned lines; /* before the moment, and as many after it; 0: none */
    struct cs_text text;
    size_t written; /* bytes of the text, to `file` */
    size_t mark;    /* bytes of the text that came before the moment */
    bool marked, captured;
    GString *around; /* those lines; NULL: the moment never came */
    GString *before; /* of them those before it */
};

/* Begin to listen; `filter` is borrowed for the call. */
void story_begin(struct story *story, struct cluster *cluster, const uint32_t *nodes,
                 uint32_t count);
/* The moment is now. */
void story_mark(struct story *story);
/* To be called now and then, and at the end with `last`. */
void story_go_on(struct story *story, struct cluster *cluster, bool last);
void story_done(struct story *story);

#endif
