/* Effects as text, one line each: what tests on the rig read, and what narrations are made of.
 *
 * The text depends on the effect and the program alone, so that the same step reads the same on
 * the bench and in a cluster; only nodes are numbers here and names there. */
#ifndef HOST_EFFECT_TEXT_H
#define HOST_EFFECT_TEXT_H
#include "host/context.h"

/* How nodes are called.  Where a pointer to this is asked for, NULL stands for their numbers. */
struct node_names {
    const char *(*name)(const void *self, cs_node node);
    const void *self;
};

/* One line without its end: "send Vote to 2: Vote term=1 granted", "fact VOTED term=1 for=1
 * durable".  `durable` says whether the write that a fact rests on is durable now; other effects
 * ignore it. */
void effect_text_add(struct cs_text *text, struct cs_context *cx, const struct effect *effect,
                     const struct node_names *names, bool durable);

/* Why an instance stops whose barrier has ended in `status`, which is not OK: a literal. */
const char *effect_barrier_failure(enum cs_disk_status status);

/* A disk operation that has ended: "done flush log", and the status unless it is OK. */
void effect_text_add_done(struct cs_text *text, const struct context_instance *instance,
                          enum cs_disk_op op, enum cs_disk_status status, cs_volume volume);

/* Parts of lines.  A kind without a name is "kind 7", a message that its program cannot describe
 * is "12 bytes"; a volume of several of one specification has its place behind its name: "data3".
 */
void effect_text_add_node(struct cs_text *text, const struct node_names *names, cs_node node);
void effect_text_add_kind(struct cs_text *text, const struct cs_program *program, cs_kind kind);
void effect_text_add_body(struct cs_text *text, const struct cs_program *program, cs_kind kind,
                          struct cs_bytes body);
void effect_text_add_volume(struct cs_text *text, const struct context_instance *instance,
                            cs_volume volume);

/* In quotes; what is not printable as \xNN. */
void effect_text_add_quoted(struct cs_text *text, struct cs_bytes bytes);

/* What a kind of effect does, in a word or two: "send", "set timer". */
const char *effect_verb(enum effect_kind kind);

#endif
