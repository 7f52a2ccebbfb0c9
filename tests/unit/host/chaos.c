#include "chaos.h"

#include <string.h>

#include "base/random.h"

enum { TOKENS = 6 };

struct chaos_run run;
struct chaos_seen seen;

/* What it asked for and has not heard of yet, by token. */
struct chaos {
    uint32_t incarnation;
    uint64_t facts;
    uint64_t clock; /* at the last input */
    bool armed[TOKENS];
    uint64_t not_before[TOKENS];
    uint32_t jobs[TOKENS];
    uint32_t disk[TOKENS];
};

static uint64_t draw(struct cs_context *cx, uint64_t bound)
{
    return cs_random(cx, "chaos", bound);
}

struct body {
    cs_node from;
    uint32_t incarnation;
    uint64_t check;
};

static uint64_t body_check(const struct body *body)
{
    return random_mix(((uint64_t)body->from << 32 | body->incarnation) + 1);
}

static void act_send(struct chaos *chaos, struct cs_context *cx)
{
    struct cs_group all = cs_group(cx, "self");
    struct body body = { .from = cs_self(cx), .incarnation = chaos->incarnation };
    body.check = body_check(&body);
    struct cs_bytes parts[2] = { cs_bytes_of(&body, 8), cs_bytes_of(&body.check, 8) };
    if (draw(cx, 4) > 0) {
        cs_node to = all.nodes[draw(cx, all.count)];
        cs_send(cx, to, (cs_kind)draw(cx, 3), cs_bytes_of(&body, sizeof body));
    } else {
        cs_send_many(cx, all.nodes, 1 + draw(cx, all.count), 3, parts, 2);
    }
}

static void act_timer(struct chaos *chaos, struct cs_context *cx)
{
    cs_token token = draw(cx, TOKENS - 1) + 1;
    chaos->armed[token] = draw(cx, 3) > 0;
    if (chaos->armed[token]) {
        cs_duration after = cs_us(draw(cx, 5000));
        chaos->not_before[token] = cs_now(cx).ns + after.ns;
        cs_set_timer(cx, token, after);
    } else {
        cs_cancel_timer(cx, token);
    }
}

static void act_job(struct chaos *chaos, struct cs_context *cx)
{
    cs_token token = draw(cx, TOKENS);
    if (draw(cx, 3) > 0) {
        chaos->jobs[token]++;
        cs_job(cx, cs_us(draw(cx, 2000)), token);
    } else {
        chaos->jobs[token] = 0;
        cs_cancel_job(cx, token);
    }
}

static void act_disk(struct chaos *chaos, struct cs_context *cx)
{
    static const uint8_t zeros[3000];
    cs_token token = draw(cx, TOKENS + 1);
    uint64_t offset = draw(cx, CHAOS_VOLUME_BYTES + 1000); /* at times behind the end */
    size_t size = 1 + draw(cx, sizeof zeros);
    bool heard = token < TOKENS;
    if (!heard)
        token = CS_SILENT;
    switch (draw(cx, 5)) {
    case 0:
        token = token == CS_SILENT ? 0 : token;
        heard = true;
        cs_read(cx, 0, offset, size, token);
        break;
    case 1:
        cs_write(cx, 0, offset, cs_bytes_of(zeros, size), token);
        break;
    case 2:
        cs_discard(cx, 0, offset, size, token);
        break;
    case 3:
        cs_flush(cx, 0, token);
        break;
    default:
        heard = false;
        cs_barrier(cx, 0);
    }
    if (heard)
        chaos->disk[token]++;
}

/* Facts are numbered, so that one that is missing, late or out of order shows. */
static void act_fact(struct chaos *chaos, struct cs_context *cx, cs_ticket rests_on)
{
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_APPLIED,
                                   .a = chaos->incarnation,
                                   .b = ++chaos->facts,
                                   .rests_on = rests_on });
}

/* Persist, then speak. */
static void act_durably(struct chaos *chaos, struct cs_context *cx)
{
    cs_ticket ticket = cs_write(cx, 0, 512 * draw(cx, 8), cs_bytes_of("word", 4), CS_SILENT);
    cs_barrier(cx, 0);
    act_fact(chaos, cx, ticket);
}

static void act_once(struct chaos *chaos, struct cs_context *cx)
{
    switch (draw(cx, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        act_send(chaos, cx);
        break;
    case 5:
    case 6:
        act_timer(chaos, cx);
        break;
    case 7:
        act_job(chaos, cx);
        break;
    case 8:
        act_durably(chaos, cx);
        break;
    case 9:
    case 10:
        act_disk(chaos, cx);
        break;
    case 11:
        cs_charge(cx, 0, draw(cx, 300));
        break;
    case 12:
        cs_reached(cx, "somewhere");
        cs_log(cx, "step %llu", (unsigned long long)chaos->facts);
        break;
    case 13:
        cs_count(cx, "things", draw(cx, 10));
        break;
    case 14:
        cs_release(cx, cs_resize(cx, cs_alloc(cx, draw(cx, 500)), draw(cx, 5000)));
        break;
    default:
        if (draw(cx, 20) == 0)
            cs_stop(cx, "had enough");
    }
    act_fact(chaos, cx, CS_TICKET_NONE);
}

/* Every input passes here. */
static void live(struct chaos *chaos, struct cs_context *cx)
{
    uint32_t self = cs_self(cx);
    struct instance_view view = cluster_view(run.cluster, self);
    LAW(view.up && !view.paused);
    LAW(run.watched[self].up && run.watched[self].pauses == 0);
    LAW(chaos->incarnation == view.incarnation);
    LAW(cs_now(cx).ns >= chaos->clock); /* the monotonic clock */
    chaos->clock = cs_now(cx).ns;
    seen.inputs++;
    if (!run.active)
        return;
    for (uint64_t n = draw(cx, 3) * draw(cx, 3); n > 0; n--)
        act_once(chaos, cx);
}

/* Something always goes on: the timer 0 is set again whenever it fires. */
static void beat(struct chaos *chaos, struct cs_context *cx)
{
    cs_duration after = cs_us(200 + draw(cx, 3000));
    chaos->armed[0] = run.active;
    chaos->not_before[0] = cs_now(cx).ns + after.ns;
    if (run.active)
        cs_set_timer(cx, 0, after);
}

static bool all_zero(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    size_t i = 0;
    while (i < size && bytes[i] == 0)
        i++;
    return i == size;
}

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct chaos *chaos = state;
    LAW(all_zero(chaos, sizeof *chaos)); /* nothing survives an incarnation */
    chaos->incarnation = cluster_view(run.cluster, cs_self(cx)).incarnation;
    LAW((kind == CS_START_FOUND) == (chaos->incarnation == 1));
    live(chaos, cx);
    beat(chaos, cx);
}

static void on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes bytes)
{
    struct body body;
    LAW(kind <= 3);
    LAW(bytes.size == sizeof body);
    memcpy(&body, bytes.data, sizeof body);
    LAW(body.from == from);
    LAW(body.incarnation <= run.watched[from].incarnation);
    LAW(body.check == body_check(&body));
    live(state, cx);
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct chaos *chaos = state;
    LAW(chaos->armed[token]);
    LAW(cs_now(cx).ns >= chaos->not_before[token]);
    chaos->armed[token] = false;
    live(chaos, cx);
    if (token == 0)
        beat(chaos, cx);
}

static void on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    struct chaos *chaos = state;
    LAW(chaos->disk[done->token] > 0);
    chaos->disk[done->token]--;
    LAW(done->status == CS_DISK_OK || done->data.size == 0);
    seen.disk_errors += done->status != CS_DISK_OK;
    live(chaos, cx);
}

static void on_job(void *state, struct cs_context *cx, cs_token token)
{
    struct chaos *chaos = state;
    LAW(chaos->jobs[token] > 0);
    chaos->jobs[token]--;
    live(chaos, cx);
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    LAW(op->kind == CS_OP_PUT && op->key.size == 3 && memcmp(op->key.data, "key", 3) == 0);
    if (draw(cx, 2) == 0)
        cs_reply(cx, id, &(struct cs_result){ .status = CS_OK, .value = op->key });
    live(state, cx);
}

static const struct cs_volume_spec volumes[] = { { .name = "disk", .size = CHAOS_VOLUME_BYTES },
                                                 { 0 } };
static const char *const costs[] = { "unit", NULL };
const uint64_t chaos_costs_ns[] = { 1000 };
const struct cs_program chaos_program = {
    .role = "server",
    .state_size = sizeof(struct chaos),
    .volumes = volumes,
    .costs = costs,
    .on_start = on_start,
    .on_message = on_message,
    .on_timer = on_timer,
    .on_disk = on_disk,
    .on_job = on_job,
    .on_request = on_request,
};
