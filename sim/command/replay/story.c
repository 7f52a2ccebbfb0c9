/* See replay_story.h.  The text is kept short: what is written and no longer wanted goes. */
#include "command/replay/story.h"

#include <string.h>

#include "host/narrate.h"

enum { TEXT_KEPT = 1 << 20 };

void story_begin(struct story *story, struct cluster *cluster, const uint32_t *nodes,
                 uint32_t count)
{
    const struct narration_filter filter = { .instances = nodes, .instance_count = count };
    if (story->file != NULL || story->lines > 0)
        cluster_narrate(cluster, &story->text, nodes != NULL ? &filter : NULL);
}

/* Where the last `lines` lines before `end` begin. */
static size_t back(const char *data, size_t end, unsigned lines)
{
    size_t at = end;
    while (at > 0 && (at == end || data[at - 1] != '\n' || --lines > 0))
        at--;
    return at;
}

/* Where `lines` lines from `begin` on end; false if there are fewer, and then where all do. */
static bool forward(const char *data, size_t size, size_t begin, unsigned lines, size_t *ret_end)
{
    *ret_end = begin;
    while (lines > 0 && *ret_end < size)
        lines -= data[(*ret_end)++] == '\n';
    return lines == 0;
}

void story_mark(struct story *story)
{
    story->mark = story->text.size;
    story->marked = true;
}

static void capture(struct story *story, bool last)
{
    const char *data = text_string(&story->text);
    size_t end = 0;
    bool all = forward(data, story->text.size, story->mark, story->lines, &end);
    if (!all && !last)
        return;
    size_t begin = story->mark > 0 ? back(data, story->mark, story->lines) : 0;
    story->before = g_string_new_len(data + begin, (gssize)(story->mark - begin));
    story->around = g_string_new_len(data + begin, (gssize)(end - begin));
    story->captured = true;
}

static void cut_front(struct story *story, size_t size)
{
    struct cs_text *text = &story->text;
    memmove(text->data, text->data + size, text->size - size + 1);
    text->size -= size;
    story->written -= MIN(size, story->written);
}

void story_go_on(struct story *story, struct cluster *cluster, bool last)
{
    const char *data = text_string(&story->text);
    if (story->file != NULL)
        (void)fwrite(data + story->written, 1, story->text.size - story->written, story->file);
    story->written = story->text.size;
    if (story->marked && !story->captured)
        capture(story, last);
    bool needed = story->lines > 0 && !story->captured;
    if (story->lines > 0 && story->captured && story->file == NULL)
        cluster_narrate(cluster, NULL, NULL);
    if (!needed && story->text.size > 0) {
        cut_front(story, story->text.size);
    } else if (!story->marked && story->text.size > TEXT_KEPT) {
        cut_front(story, back(data, story->text.size, story->lines));
    }
}

void story_done(struct story *story)
{
    text_done(&story->text);
    if (story->around != NULL)
        g_string_free(story->around, TRUE);
    if (story->before != NULL)
        g_string_free(story->before, TRUE);
}
