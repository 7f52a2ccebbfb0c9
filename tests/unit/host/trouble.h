/* One instance whose disk is in trouble, and a neighbour; ends and facts are told. */
#ifndef TEST_TROUBLE_H
#define TEST_TROUBLE_H
#include "story.h"

enum { FLUSHED = 100 }; /* a token */

extern struct small_cluster small;
extern struct cluster *cluster;
extern struct cs_text narration;
extern enum cs_disk_status read_status; /* of the last read_at_once() */

void set_up(void);
void tear_down(void);
void run_to_ms(uint64_t ms);
void ask(void); /* the instance */
struct disk *disk(void);
void certain(enum disk_trouble trouble); /* from now on */
void well(enum disk_trouble trouble);    /* again */
/* What the volume holds at `offset`. */
char held(uint64_t offset);

/* ---- For programs ---- */

void write_byte(struct cs_context *cx, uint64_t offset, char byte, cs_token token);
void state(struct cs_context *cx, uint64_t number, cs_ticket rests_on);
/* What an operation answered: said behind the line of the completion. */
void tell_status(const struct story_event *event);
/* On a request: */
void read_at_once(const struct story_event *event); /* and state a fact */
void persist_then_speak(const struct story_event *event);
void write_silently_then_flush(const struct story_event *event);
void one_of_each(const struct story_event *event);

#endif
