/* One reader for what EDN and JSON have in common: nil, numbers, words, strings, lists and maps.
 *
 * The text is walked once, a form at a time; a form and its parts are good until the next one is
 * read, but texts point into the source, or into memory that the reader keeps to its end. */
#ifndef ARCHIVE_FORM_H
#define ARCHIVE_FORM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum form_kind { FORM_NIL, FORM_WORD, FORM_NUMBER, FORM_STRING, FORM_LIST, FORM_SET, FORM_MAP };

struct form {
    enum form_kind kind;
    struct cs_bytes text; /* of a word (":ok", "true"), a number, a string, or a whole list */
    int64_t number;       /* if it is one, and whole */
    bool whole;           /* a number that is */
    uint32_t first;       /* part of a list, set or map (keys and values in turn), or FORM_NONE */
    uint32_t next;        /* behind it in the same list, or FORM_NONE */
    uint64_t line;
};
#define FORM_NONE UINT32_MAX

struct form_block;

struct form_reader {
    const char *data;
    size_t size, at;
    uint64_t line;
    bool json; /* a colon separates, and does not begin a word */
    struct form *forms;
    size_t count, capacity;
    unsigned depth;
    struct form_block *blocks; /* strings that had escapes */
    struct cs_text *problem;   /* one sentence, if something is wrong in `line` */
};

void form_reader_done(struct form_reader *reader);

/* Skip blanks, commas, comments, tags, and what is discarded.  False at the end. */
bool form_skip(struct form_reader *reader);

/* Read the next form; its parts are forms of the reader.  NULL, and a problem, if there is none. */
const struct form *form_read(struct form_reader *reader);

const struct form *form_at(const struct form_reader *reader, uint32_t index);

/* The value of a key of a map, given without a colon; NULL if there is none. */
const struct form *form_get(const struct form_reader *reader, const struct form *map,
                            const char *key);

/* Whether it is this word, with or without a colon, or this string. */
bool form_is(const struct form *form, const char *word);
size_t form_count(const struct form_reader *reader, const struct form *list);

/* What the form is as a value, however it is written: lists, sets and maps without comments and
 * with one blank between their parts, and those of sets and maps in one order.  Good as long as
 * texts are. */
struct cs_bytes form_value(struct form_reader *reader, const struct form *form);

/* Memory that is kept as long as texts are. */
char *form_keep(struct form_reader *reader, size_t size);

/* Free everything that was kept at `blocks`. */
void form_blocks_free(struct form_block *blocks);

#endif
