#include "trouble.h"

#include <check.h>

#define ALWAYS (UINT64_C(1) << 32)

struct small_cluster small;
struct cluster *cluster;
struct cs_text narration;
enum cs_disk_status read_status;

static void tell_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                     const char *reason)
{
    (void)self, (void)at_ns, (void)instance;
    story_tell("end %d %s", end, reason != NULL ? reason : "");
}

static void tell_fact(void *self, const struct stated_fact *fact)
{
    (void)self;
    story_tell("fact %llu durable %d", (unsigned long long)fact->a, fact->durable);
}

void set_up(void)
{
    story_act = NULL;
    small_cluster_init(&small, &story_program, 2);
    cluster = story_begin(&small);
    cluster_observe(cluster,
                    &(struct cluster_observer){ .on_end = tell_end, .on_fact = tell_fact });
    cluster_run(cluster, 1, UINT64_MAX);
    story_told();
}

void tear_down(void)
{
    cluster_free(cluster);
    text_done(&narration);
}

void run_to_ms(uint64_t ms) { cluster_run(cluster, ms * 1000000 + 1, UINT64_MAX); }

void ask(void) { cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK }); }

struct disk *disk(void) { return cluster_disk(cluster, 0, 0); }

void certain(enum disk_trouble trouble) { disk_set_trouble(disk(), trouble, ALWAYS); }

void well(enum disk_trouble trouble) { disk_set_trouble(disk(), trouble, 0); }

char held(uint64_t offset)
{
    char byte;
    ck_assert_int_eq(disk_read(disk(), offset, &byte, 1), DISK_OK);
    return byte;
}

void write_byte(struct cs_context *cx, uint64_t offset, char byte, cs_token token)
{
    cs_write(cx, 0, offset, cs_bytes_of(&byte, 1), token);
}

void state(struct cs_context *cx, uint64_t number, cs_ticket rests_on)
{
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_VOTED, .a = number, .rests_on = rests_on });
}

void tell_status(const struct story_event *event)
{
    static const char *const statuses[] = { "OK",   "MEDIUM",  "DEAD",
                                            "FULL", "TIMEOUT", "OUT_OF_RANGE" };
    if (event->input == STORY_DISK)
        story_tell("%s, %zu bytes", statuses[event->status], event->bytes.size);
}

void read_at_once(const struct story_event *event)
{
    char bytes[4];
    const struct cs_span span = { .offset = 0, .data = bytes, .size = sizeof bytes };
    if (event->input != STORY_REQUEST)
        return;
    read_status = cs_read_now(event->cx, 0, &span, 1);
    state(event->cx, 1, CS_TICKET_NONE);
}

void persist_then_speak(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    cs_ticket ticket = cs_write(event->cx, 0, 0, cs_bytes_of("vote", 4), CS_SILENT);
    cs_barrier(event->cx, 0);
    state(event->cx, 1, ticket);
}

void write_silently_then_flush(const struct story_event *event)
{
    tell_status(event);
    if (event->input == STORY_REQUEST) {
        write_byte(event->cx, 0, 'x', CS_SILENT);
        cs_flush(event->cx, 0, FLUSHED);
    }
}

void one_of_each(const struct story_event *event)
{
    tell_status(event);
    if (event->input == STORY_REQUEST) {
        write_byte(event->cx, 0, 'x', 1);
        cs_discard(event->cx, 0, 0, 512, 2);
        cs_read(event->cx, 0, 0, 4, 3);
        cs_flush(event->cx, 0, 4);
    }
}
