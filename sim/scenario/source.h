/* A text that errors point into: a scenario file, a file that it names, or an option of the command
 * line, with the place of every key and value in it. */
#ifndef SCENARIO_SOURCE_H
#define SCENARIO_SOURCE_H
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SOURCE_BYTES_MAX = 16 << 20, SOURCE_NESTING_MAX = 64 };

/* A run of bytes in a source's text. */
struct span {
    uint32_t offset;
    uint32_t size; /* 1 for an object or an array: its bracket */
};

/* Where a value stands.  The members of an object and the elements of an array have a key each; an
 * element's is its own span. */
struct spot {
    struct span key;
    struct span value;
    bool object;
};

struct source {
    char *name;        /* as printed: the file as it was given, or "--set /seed=\"0x1\"" */
    char *text;        /* NULL for an option: there is no line to show */
    size_t size;       /* bytes */
    char *set_pointer; /* an option: the value that it sets; else NULL */
    GHashTable *spots; /* JSON pointer -> struct spot; looked up only */
    unsigned order;    /* errors are listed by source, then by place */
};

/* Takes over `text`, in which a zero follows the `size` bytes. */
struct source *source_new(const char *name, char *text, size_t size, unsigned order);
struct source *source_new_option(const char *name, const char *set_pointer, unsigned order);
void source_free(struct source *source);

/* Read a whole file.  Returns NULL and sets *ret_text, or returns a sentence (g_free). */
char *source_read_file(const char *path, char **ret_text, size_t *ret_size);

/* Called for each error that a scan finds: at `span`, in the value named `pointer`. */
typedef void (*source_error)(void *self, struct span span, const char *pointer,
                             const char *sentence);

/* Find the place of every key and value.  Strict JSON (RFC 8259) in valid UTF-8, at most
 * SOURCE_NESTING_MAX levels, no key twice in an object.  A syntax error is the last that is told;
 * returns false if there was any error. */
bool source_scan(struct source *source, source_error tell, void *self);

/* The place of a value, or NULL. */
const struct spot *source_spot(const struct source *source, const char *pointer);

#endif
