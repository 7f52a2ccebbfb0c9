/* See narration.h. */
#include "command/narration.h"

#include <string.h>

#include "base/assert.h"

void narration_done(struct narration *narration)
{
    text_done(&narration->text);
    *narration = (struct narration){ 0 };
}

static void count_lines(struct narration *narration)
{
    const char *data = text_string(&narration->text);
    const char *end = data + narration->text.size;
    const char *next = data + narration->counted;
    while ((next = memchr(next, '\n', (size_t)(end - next))) != NULL) {
        narration->lines++;
        next++;
    }
    narration->counted = narration->text.size;
}

/* Leave the last `kept` lines. */
static void cut_front(struct narration *narration, uint64_t kept)
{
    cs_assert(narration->counted == narration->text.size);
    cs_assert(narration->lines >= kept);
    struct cs_text *text = &narration->text;
    size_t gone = 0;
    for (uint64_t left = narration->lines; left > kept; left--) {
        const char *end = memchr(text->data + gone, '\n', text->size - gone);
        cs_assert(end != NULL);
        gone = (size_t)(end - text->data) + 1;
    }
    narration->cut += narration->lines - kept;
    narration->lines = kept;
    memmove(text->data, text->data + gone, text->size - gone + 1);
    text->size -= gone;
    narration->counted = text->size;
}

void narration_trim(struct narration *narration)
{
    count_lines(narration);
    if (narration->lines / 2 >= NARRATION_LINES_MAX)
        cut_front(narration, NARRATION_LINES_MAX);
}

const char *narration_finish(struct narration *narration)
{
    count_lines(narration);
    if (narration->lines > NARRATION_LINES_MAX)
        cut_front(narration, NARRATION_LINES_MAX);
    if (narration->cut == 0)
        return text_string(&narration->text);
    struct cs_text head = { 0 };
    cs_text_add(&head, "(%llu earlier lines are left out)\n", (unsigned long long)narration->cut);
    text_add_bytes(&head, narration->text.data, narration->text.size);
    text_done(&narration->text);
    narration->text = head;
    narration->lines++;
    narration->counted = head.size;
    return text_string(&narration->text);
}
