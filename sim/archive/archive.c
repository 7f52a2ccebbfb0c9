#include "archive/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/internal.h"
#include "verify/linear_stream.h"

/* ---- UTF-8 --------------------------------------------------------------------------------------
 */

/* The length of the character at `text`, 0 if it is none. */
static size_t character_size(const unsigned char *text, size_t size)
{
    unsigned char first = text[0];
    if (first < 0x80)
        return 1;
    size_t wanted = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (wanted == 0 || wanted > size)
        return 0;
    for (size_t i = 1; i < wanted; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    bool wrong = (first == 0xe0 && text[1] < 0xa0) || (first == 0xed && text[1] > 0x9f) ||
                 (first == 0xf0 && text[1] < 0x90) || (first == 0xf4 && text[1] > 0x8f);
    return wrong ? 0 : wanted;
}

static uint64_t line_of(const char *data, size_t at)
{
    uint64_t line = 1;
    for (size_t i = 0; i < at; i++)
        line += data[i] == '\n';
    return line;
}

/* Pages that the file backs come again when somebody looks. */
void builder_pass(struct builder *builder, size_t at)
{
    enum { BLOCK = 1 << 20, BEHIND = 1 << 16 };
    if (builder->stream == NULL || at < builder->passed + BLOCK + BEHIND)
        return;
    madvise((char *)builder->archive->data + builder->passed, BLOCK, MADV_DONTNEED);
    builder->passed += BLOCK;
}

static bool check_text(struct builder *builder)
{
    const char *data = builder->archive->data;
    size_t size = builder->archive->size;
    for (size_t at = 0; at < size;) {
        size_t length = character_size((const unsigned char *)data + at, size - at);
        if (length == 0 || data[at] == 0)
            return builder_refuse(builder, line_of(data, at), "this is no UTF-8 text");
        at += length;
        builder_pass(builder, at);
    }
    builder->passed = 0;
    return true;
}

/* ---- Formats ------------------------------------------------------------------------------------
 */

/* Whether the first map has this key; to tell formats apart. */
static bool first_map_has(struct builder *builder, const char *key)
{
    struct form_reader *reader = &builder->reader;
    struct form_reader saved = *reader;
    bool has = false;
    if (form_skip(reader) && (reader->data[reader->at] == '[' || reader->data[reader->at] == '('))
        reader->at++;
    if (form_skip(reader)) {
        const struct form *map = form_read(reader);
        has = map != NULL && map->kind == FORM_MAP && form_get(reader, map, key) != NULL;
    }
    saved.forms = reader->forms;
    saved.capacity = reader->capacity;
    saved.blocks = reader->blocks;
    *reader = saved;
    text_reset(&builder->problem->text);
    return has;
}

/* JSON has a string where EDN has a keyword, as the first thing in its first map. */
static bool is_json(struct form_reader *reader)
{
    while (form_skip(reader) &&
           (reader->data[reader->at] == '[' || reader->data[reader->at] == '('))
        reader->at++;
    bool in_map = reader->at < reader->size && reader->data[reader->at] == '{';
    reader->at += in_map;
    return in_map && form_skip(reader) && reader->data[reader->at] == '"';
}

/* Go to where the text begins. */
static void rewind_to(struct builder *builder)
{
    cs_assert(builder->begin <= builder->reader.size);
    builder->reader.at = builder->begin;
    builder->reader.line = 1;
}

static bool parse(struct builder *builder)
{
    struct archive *archive = builder->archive;
    struct form_reader *reader = &builder->reader;
    static const char mark[] = { '\xef', '\xbb', '\xbf' };
    *reader = (struct form_reader){ .data = archive->data,
                                    .size = archive->size,
                                    .problem = &builder->problem->text };
    if (archive->size >= sizeof mark && memcmp(archive->data, mark, sizeof mark) == 0)
        builder->begin = sizeof mark; /* "this is UTF-8", as some editors write */
    rewind_to(builder);
    if (!form_skip(reader))
        return true; /* nothing happened */
    char first = archive->data[reader->at];
    if (first == '[' || first == '(' || first == '{') {
        rewind_to(builder);
        reader->json = is_json(reader);
        rewind_to(builder);
        builder->native = reader->json && first_map_has(builder, "session");
        return parse_maps(builder);
    }
    bool is_log = archive->size >= 4 && first >= 'A' && first <= 'Z' &&
                  memmem(archive->data, archive->size, "jepsen.util", 11) != NULL;
    if (!is_log) {
        return builder_refuse(builder, reader->line,
                              "this begins like no history that is known: a run's history.jsonl, "
                              "Jepsen's EDN or JSON, a log of jepsen.util");
    }
    builder->refuses_by_value = true;
    return parse_etcd(builder);
}

/* All of the text; `stream` may be NULL. */
static bool parse_whole(struct archive *archive, const struct linear_model *model,
                        struct linear_stream *stream, struct archive_problem *problem)
{
    *problem = (struct archive_problem){ 0 };
    struct builder builder = {
        .archive = archive, .problem = problem, .model = model, .stream = stream
    };
    bool good = check_text(&builder) && (parse(&builder) || builder.stopped);
    if (good)
        builder_finish(&builder);
    archive->blocks = builder.reader.blocks;
    form_reader_done(&builder.reader);
    free(builder.processes);
    index_done(&builder.process_index);
    index_done(&builder.key_index);
    free(builder.numbers);
    free(builder.ended);
    return good;
}

bool archive_parse(struct archive *archive, const char *data, size_t size,
                   const struct linear_model *model, struct archive_problem *problem)
{
    *archive = (struct archive){ .data = data, .size = size };
    return parse_whole(archive, model, NULL, problem);
}

/* ---- Files --------------------------------------------------------------------------------------
 */

static bool map_file(const char *path, const char **ret_data, size_t *ret_size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    struct stat status;
    bool good = fstat(file, &status) == 0;
    if (good && !S_ISREG(status.st_mode)) {
        errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
        good = false;
    }
    *ret_size = good ? (size_t)status.st_size : 0;
    *ret_data = "";
    if (good && *ret_size > 0) {
        void *data = mmap(NULL, *ret_size, PROT_READ, MAP_PRIVATE, file, 0);
        good = data != MAP_FAILED;
        *ret_data = data;
    }
    int saved = errno;
    close(file);
    errno = saved;
    return good;
}

static bool read_file(struct archive *archive, const char *path, const struct linear_model *model,
                      struct linear_stream *stream, struct archive_problem *problem)
{
    *archive = (struct archive){ 0 };
    if (!map_file(path, &archive->data, &archive->size)) {
        *problem = (struct archive_problem){ .unreadable = true };
        cs_text_add(&problem->text, "%s", strerror(errno));
        return false;
    }
    archive->mapped = archive->size > 0;
    return parse_whole(archive, model, stream, problem);
}

bool archive_read(struct archive *archive, const char *path, const struct linear_model *model,
                  struct archive_problem *problem)
{
    return read_file(archive, path, model, NULL, problem);
}

bool archive_check(const char *path, const struct linear_model *model,
                   const struct linear_options *options, struct linear_report *ret_report,
                   size_t *ret_failed, struct archive_problem *problem)
{
    struct archive archive;
    struct linear_stream *stream = linear_stream_new(model, options);
    bool good = read_file(&archive, path, model, stream, problem);
    linear_stream_finish(stream, ret_report); /* while there is the text */
    linear_stream_free(stream);
    *ret_failed = archive.failed;
    archive_done(&archive);
    return good;
}

void archive_done(struct archive *archive)
{
    free(archive->ops);
    free(archive->places);
    free(archive->calls);
    free(archive->keys);
    form_blocks_free(archive->blocks);
    if (archive->mapped)
        munmap((void *)archive->data, archive->size);
}
