/* A program that uses every effect of the contract, and says what came of each by cs_reached(): the
 * same on every host.  Whatever must not come is reached as "WRONG …". */
#include <string.h>

#include "clustersim/protocol.h"

enum {
    TIMER = 1,
    REARMED,
    CANCELLED,
    JOB,
    CANCELLED_JOB,
    WRITE,
    DISCARD,
    READ,
    HOLE,
    FLUSH,
    TALK,
    STOP
};
enum { KIND_LARGE, KIND_SMALL };
enum { LARGE = 40000, HOLE_AT = 4096, HOLE_SIZE = 512 };

struct server {
    uint8_t *large;
    cs_ticket ticket;
};

static const char hello[] = "hello";

static void wrong_unless(struct cs_context *cx, bool good, const char *right, const char *wrong)
{
    cs_reached(cx, good ? right : wrong);
}

/* ---- The server ------------------------------------------------------------------------------ */

static void use_timers_and_jobs(struct cs_context *cx)
{
    cs_set_timer(cx, TIMER, cs_ms(1));
    cs_set_timer(cx, REARMED, cs_ms(1));
    cs_set_timer(cx, REARMED, cs_seconds(1000));
    cs_set_timer(cx, CANCELLED, cs_ms(1));
    cs_cancel_timer(cx, CANCELLED);
    cs_job(cx, cs_us(100), JOB);
    cs_job(cx, cs_us(200), CANCELLED_JOB);
    cs_cancel_job(cx, CANCELLED_JOB);
}

static void use_the_volume(struct server *server, struct cs_context *cx)
{
    uint8_t ones[HOLE_SIZE];
    memset(ones, 0xff, sizeof ones);
    cs_volume volume = cs_volume_first(cx, 0);
    server->ticket = cs_write(cx, volume, 0, cs_bytes_of(hello, sizeof hello), WRITE);
    cs_write(cx, volume, HOLE_AT, cs_bytes_of(ones, sizeof ones), CS_SILENT);
    char found[sizeof hello];
    struct cs_span span = { 0, found, sizeof found };
    bool good = cs_read_now(cx, volume, &span, 1) == CS_DISK_OK && memcmp(found, hello, 6) == 0;
    wrong_unless(cx, good, "a step reads what it wrote", "WRONG read in the step");
    cs_discard(cx, volume, HOLE_AT, HOLE_SIZE, DISCARD);
    cs_read(cx, volume, 0, sizeof hello, READ);
    cs_read(cx, volume, HOLE_AT, HOLE_SIZE, HOLE);
    cs_flush(cx, volume, FLUSH);
}

static void server_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    struct server *server = state;
    (void)kind;
    server->large = cs_alloc(cx, LARGE);
    for (size_t i = 0; i < LARGE; i++)
        server->large[i] = (uint8_t)(i * 7);
    use_timers_and_jobs(cx);
    use_the_volume(server, cx);
    cs_charge(cx, 0, 3);
    cs_count(cx, "counted", 3);
    cs_log(cx, "started %u", cs_self(cx));
}

/* All have had time to start. */
static void send_to_all(const struct server *server, struct cs_context *cx)
{
    struct cs_group all = cs_group(cx, "self");
    const struct cs_bytes parts[] = { { server->large, 100 },
                                      { server->large + 100, LARGE - 100 } };
    cs_send_many(cx, all.nodes, all.count, KIND_LARGE, parts, 2);
    for (size_t i = 0; i < all.count; i++)
        cs_send(cx, all.nodes[i], KIND_SMALL, cs_bytes_of(hello, sizeof hello));
}

static void server_on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct cs_group all = cs_group(cx, "self");
    if (token == TALK) {
        send_to_all(state, cx);
        if (cs_self(cx) == all.nodes[all.count - 1])
            cs_set_timer(cx, STOP, cs_ms(150));
    } else if (token == STOP) {
        cs_stop(cx, "enough");
    } else {
        wrong_unless(cx, token == TIMER, "a timer", "WRONG timer");
        cs_set_timer(cx, TALK, cs_ms(200));
    }
}

static void server_on_job(void *state, struct cs_context *cx, cs_token token)
{
    (void)state;
    wrong_unless(cx, token == JOB, "a job", "WRONG job");
}

/* After a barrier the fact that rests on it is durable, else the oracles say that it is not. */
static void on_flushed(struct server *server, struct cs_context *cx, cs_ticket ticket)
{
    wrong_unless(cx, ticket >= server->ticket, "a flush", "WRONG flush");
    cs_volume volume = cs_volume_first(cx, 0);
    cs_ticket last = cs_write(cx, volume, 8192, cs_bytes_of(hello, sizeof hello), CS_SILENT);
    cs_barrier(cx, volume);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_STORED, .volume = volume, .rests_on = last });
    cs_reached(cx, "a barrier");
}

static void server_on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    static const uint8_t zeros[HOLE_SIZE];
    bool fine = done->status == CS_DISK_OK;
    switch (done->token) {
    case WRITE:
        wrong_unless(cx, fine, "a write", "WRONG write");
        break;
    case DISCARD:
        wrong_unless(cx, fine, "a discard", "WRONG discard");
        break;
    case READ:
        fine = fine && done->data.size == sizeof hello;
        fine = fine && memcmp(done->data.data, hello, sizeof hello) == 0;
        wrong_unless(cx, fine, "a read", "WRONG read");
        break;
    case HOLE:
        fine = fine && memcmp(done->data.data, zeros, sizeof zeros) == 0;
        wrong_unless(cx, fine, "what was discarded is zero", "WRONG hole");
        break;
    case FLUSH:
        on_flushed(state, cx, done->ticket);
        break;
    default:
        cs_reached(cx, "WRONG disk operation");
    }
}

static void server_on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                              struct cs_bytes body)
{
    const struct server *server = state;
    (void)from;
    if (kind == KIND_LARGE) {
        bool good = body.size == LARGE && memcmp(body.data, server->large, LARGE) == 0;
        wrong_unless(cx, good, "a large message", "WRONG large message");
    } else {
        bool good = body.size == sizeof hello && memcmp(body.data, hello, sizeof hello) == 0;
        wrong_unless(cx, good, "a small message", "WRONG small message");
    }
}

/* ---- The client ------------------------------------------------------------------------------ */

static void client_on_request(void *state, struct cs_context *cx, cs_request id,
                              const struct cs_op *op)
{
    (void)state, (void)op;
    const struct cs_result parts[] = {
        { .status = CS_OK, .value = cs_bytes_of(hello, sizeof hello) },
        { .status = CS_FAILED, .number = 7 },
    };
    cs_reply(cx, id, &(struct cs_result){ .status = CS_OK, .parts = parts, .part_count = 2 });
}

/* ---- The tables ------------------------------------------------------------------------------ */

static const char *const kinds[] = { "LARGE", "SMALL", NULL };
static const char *const costs[] = { "unit", NULL };
static const struct cs_volume_spec volumes[] = { { "data", NULL, 1 << 20 }, { NULL, NULL, 0 } };

static const struct cs_program programs[] = {
    { .role = "server",
      .state_size = sizeof(struct server),
      .volumes = volumes,
      .costs = costs,
      .kinds = kinds,
      .on_start = server_on_start,
      .on_message = server_on_message,
      .on_timer = server_on_timer,
      .on_disk = server_on_disk,
      .on_job = server_on_job },
    { .role = "client", .state_size = 1, .kinds = kinds, .on_request = client_on_request },
    { .role = NULL },
};

static const struct cs_protocol every = {
    .name = "every",
    .api_version = CS_API_VERSION,
    .programs = programs,
    .about = "Uses every effect that there is.",
};

__attribute__((visibility("default"))) const struct cs_protocol *const *clustersim_plugin_1(void);

const struct cs_protocol *const *clustersim_plugin_1(void)
{
    static const struct cs_protocol *const protocols[] = { &every, NULL };
    return protocols;
}
