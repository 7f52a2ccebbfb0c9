/* How a scenario writes each kind of fault: one table, by which faults are read and, after a run,
 * written out again as they happened. */
#ifndef SCENARIO_FAULT_SYNTAX_H
#define SCENARIO_FAULT_SYNTAX_H
#include <jansson.h>

#include "fault/timeline.h"
#include "scenario/format.h"

enum fault_form {
    FORM_TARGETS, /* "crash": selectors */
    FORM_SIDES,   /* "partition": [side, side, …] */
    FORM_OBJECT,  /* "block": { "from": selectors, "to": selectors, … } */
};

/* May a fault have "for"? */
enum fault_duration { FOR_REQUIRED, FOR_OPTIONAL, FOR_NONE };

/* A number that a kind draws. */
struct fault_member {
    const char *key; /* of the object; "burst.begin" lies in another one */
    enum kind kind;
    enum fault_amount amount;
};

enum { FAULT_MEMBERS_MAX = 9 };

struct fault_syntax {
    const char *key;
    enum fault_form form;
    const char *first, *second; /* OBJECT: the keys of its sides; `second` may be NULL */
    bool either;                /* "target" instead of "from" and "to" */
    enum fault_duration duration;
    struct fault_member members[FAULT_MEMBERS_MAX]; /* ends with a NULL key */
};

/* By enum fault_kind. */
extern const struct fault_syntax fault_syntax[FAULT_KIND_COUNT];

/* The kind that a fault's object names; FAULT_KIND_COUNT if it has none. */
enum fault_kind fault_syntax_kind(const json_t *fault);
/* A member's value, or NULL. */
json_t *fault_syntax_member(const json_t *object, const struct fault_member *member);
/* A number as the format writes it, exactly. */
json_t *fault_syntax_number(enum kind kind, int64_t value);

/* "lose-unsynced", …: what becomes of unflushed sectors; NULL ends the list. */
extern const char *const fault_loss_names[];
const char *fault_loss_name(struct fault_loss loss);
struct fault_loss fault_loss_named(const char *name);

#endif
