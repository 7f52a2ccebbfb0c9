/* The narration of a run for trace.txt: its last lines, however long it was. */
#ifndef COMMAND_NARRATION_H
#define COMMAND_NARRATION_H
#include "base/text.h"

enum { NARRATION_LINES_MAX = 100000 };

/* All zero is an empty one. */
struct narration {
    struct cs_text text;
    size_t counted; /* bytes of the text, whose line ends are counted in `lines` */
    uint64_t lines;
    uint64_t cut; /* lines that were before those of the text */
};

void narration_done(struct narration *narration);

/* Cut the front off when the text has become twice as long as it may be.  To be called now and then
 * while it grows. */
void narration_trim(struct narration *narration);

/* The last NARRATION_LINES_MAX lines, under one that says how many came before if any did.
 * Borrowed, until the narration grows or is done. */
const char *narration_finish(struct narration *narration);

#endif
