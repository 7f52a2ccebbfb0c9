/* An operation's arguments, from what was chosen.
 *
 * Keys are "k<rank>".  A value is unique in the run: "v<number>", padded with dots to its size; an
 * element that is appended is "<number>,".  The number is written "12", or "1.3.12" for the twelfth
 * of workload 1 and client 3. */
#ifndef LOAD_OPERATION_H
#define LOAD_OPERATION_H
#include "base/text.h"
#include "load/choice.h"

/* Sessions and values have numbers that nobody else's operations shift: those of workload w and its
 * client c (0 for the values of an open workload, whose clients act together) are
 * (w * CLIENTS_MAX + c) * NUMBERS_MAX + 1, 2, …; powers of ten, so that a person sees whose they
 * are. */
#define CLIENTS_MAX 1000000
#define NUMBERS_MAX 100000000

/* What a kind of operation is made of. */
struct operation_shape {
    bool offered;
    bool key;
    bool value;    /* "v<number>…" */
    bool element;  /* "<number>," */
    bool expected; /* what its client last saw under the key */
    bool number;   /* the drawn size */
};

const struct operation_shape *operation_shape_of(enum cs_op_kind kind);
/* Whether what is under the key may be another afterwards. */
bool operation_writes(enum cs_op_kind kind);

/* Where arguments are written; one is enough for a run. */
struct operation_text {
    struct cs_text key, value;
};

void operation_text_done(struct operation_text *text);

/* The value alone, as operation_make() writes it. */
struct cs_bytes operation_value(struct operation_text *text, const struct choice *choice,
                                uint64_t number);

/* The arguments point into `text` until the next call, and to `expected`. */
struct cs_op operation_make(struct operation_text *text, const struct choice *choice,
                            uint64_t number, struct cs_bytes expected);

#endif
