/* A growing line of text.  Formatting is our own (integers and strings only), so that no locale
 * takes part. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include <stdarg.h>
#include <stddef.h>

#include "clustersim/protocol.h"

struct cs_text {
    char *data; /* NUL-terminated once anything was added */
    size_t size;
    size_t capacity;
};

void text_done(struct cs_text *text);
void text_reset(struct cs_text *text);
void text_add_list(struct cs_text *text, const char *format, va_list arguments);
void text_add_bytes(struct cs_text *text, const void *data, size_t size);
/* "1.500s", "250us", "-3ms": the shortest exact form with one unit. */
void text_add_duration(struct cs_text *text, uint64_t ns);
const char *text_string(const struct cs_text *text); /* never NULL */

#endif
