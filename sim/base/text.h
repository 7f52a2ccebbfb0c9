/* A growing line of text.  Formatting is our own (integers and strings only), so that no locale
 * takes part. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "clustersim/protocol.h"

/* All zero is an empty text. */
struct cs_text {
    char *data; /* NUL-terminated once anything was added */
    size_t size;
    size_t capacity;
};

void text_done(struct cs_text *text);
/* Empty again; keeps the memory. */
void text_reset(struct cs_text *text);

/* As cs_text_add().  Width and the precision of %s may be `*`; what the format does not know is an
 * assertion failure. */
void text_add_list(struct cs_text *text, const char *format, va_list arguments) CS_PRINTF(2, 0);
void text_add_bytes(struct cs_text *text, const void *data, size_t size);
/* What "%ju" and "%016jx" make of it, without a format. */
void text_add_decimal(struct cs_text *text, uint64_t value);
void text_add_hexadecimal(struct cs_text *text, uint64_t value);

/* "1.5s", "250us", "0s": exact, in the largest of s, ms, us, ns that is not above the duration,
 * without trailing zeros. */
void text_add_duration(struct cs_text *text, uint64_t ns);
const char *text_string(const struct cs_text *text); /* never NULL */

#endif
