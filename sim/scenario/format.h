/* The scenario format as data: each object is a table of keys, and the tables alone decide what is
 * read, which defaults are filled in, what an error says, the JSON Schema and the explanations. */
#ifndef SCENARIO_FORMAT_H
#define SCENARIO_FORMAT_H
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind {
    KIND_TEXT,
    KIND_NAME, /* letters, digits, '.', '_' and '-' */
    KIND_FLAG,
    KIND_NUMBER, /* whole */
    KIND_REAL,
    KIND_PROBABILITY,
    KIND_CHOICE,
    KIND_SEED,
    KIND_DURATION,
    KIND_SHIFT,         /* a duration with a sign */
    KIND_FINE_DURATION, /* down to picoseconds */
    KIND_RATE,
    KIND_SIZE,
    KIND_BANDWIDTH,
    KIND_PPM,          /* a number with a sign, kept in parts per 10^9 */
    KIND_FACTOR,       /* a number above 0, kept in parts per 2^16 */
    KIND_DISTRIBUTION, /* of what `of` says */
    KIND_SELECTOR,
    KIND_OBJECT, /* `format` */
    KIND_MAP,    /* names of the user's choice -> `item` */
    KIND_LIST,   /* of `item` */
    KIND_EITHER, /* one of `item`, a table: that of the JSON type given */
    KIND_CONFIG, /* what the program's parameters say */
    KIND_ANY,    /* any JSON value */
    KIND_UNSUPPORTED,
};

enum {
    KEY_REQUIRED = 1,
    KEY_DROPPED = 2,     /* read, but not part of the effective scenario */
    KEY_ALTERNATIVE = 4, /* exactly one of the object's keys marked so */
    KEY_POSITIVE = 8,    /* a number above 0 */
    KEY_ONLY_FALSE = 16, /* a flag that can only be off: "liveness": false */
    KEY_NAMES = 32,      /* a map whose keys are names as of KIND_NAME */
};

struct format;

struct key {
    const char *name; /* NULL ends a table */
    enum kind kind;
    unsigned flags;
    const char *fallback; /* JSON text; NULL: none */
    int64_t min, max;     /* inclusive: of numbers, of durations in ns, of a list's length; max 0:
                             none */
    const char *word;     /* a string that is allowed besides: "unlimited" */
    const char *const *choices; /* NULL-terminated */
    enum kind of;               /* DISTRIBUTION */
    const struct key *item;
    const struct format *format;
    const char *whole;   /* MAP: the entry that always is, with every default: "*" */
    const char *help;    /* one sentence */
    const char *example; /* JSON text, for errors, where the fallback is no help */
};

struct format {
    const char *name; /* of the object, for the schema: "group" */
    const struct key *keys;
    /* Keys that are known at run time only, all like `more`: the names of oracles. */
    const struct key *more;
    const char *(*more_name)(size_t index);
};

/* The whole scenario. */
extern const struct format format_scenario;

/* Parts of it that are merged with one another. */
extern const struct format format_node, format_link;

const struct key *format_find(const struct format *format, const char *name);
/* Every name of the object's keys, for suggestions; free the array only. */
const char **format_names(const struct format *format, size_t *ret_count);

/* True for the notes that every object may have: "about" and "note". */
bool format_is_note(const char *name);

/* What a value of this key looks like, in a few words: "a duration", "one of …".  g_free. */
char *key_expects(const struct key *key);

#endif
