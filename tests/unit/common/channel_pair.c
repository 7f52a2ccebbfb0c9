#include "channel_pair.h"

#include <stdlib.h>
#include <string.h>

struct rig *ends[ENDS];
struct taken taken[ENDS];
struct network network;
bool pair_answers;

/* ---- The program ----------------------------------------------------------------------------- */

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)kind;
    channel_init(state, cx,
                 &(struct channel_options){ .peer = (cs_node)(1 - (int)cs_self(cx)),
                                            .kind = KIND,
                                            .timer = TIMER,
                                            .window = WINDOW,
                                            .first = cs_ms(50),
                                            .min = cs_ms(5),
                                            .max = cs_ms(200) });
}

static void take_all(struct channel *channel, struct cs_context *cx)
{
    struct taken *log = &taken[cs_self(cx)];
    struct cs_bytes message;
    enum channel_event event;
    while ((event = channel_take(channel, cx, &message)) != CHANNEL_NOTHING) {
        if (event == CHANNEL_RESET) {
            log->resets++;
        } else if (message.size == sizeof(uint64_t)) { /* a fuzzer's may have any size */
            ck_assert_uint_lt(log->count, TAKEN_MAX);
            memcpy(&log->numbers[log->count], message.data, message.size);
            uint64_t answer = log->numbers[log->count++] + ANSWER;
            if (pair_answers && answer < 2 * ANSWER)
                channel_send(channel, cx, cs_bytes_of(&answer, sizeof answer));
        }
    }
}

static void on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes body)
{
    (void)kind;
    channel_on_message(state, cx, from, body);
    take_all(state, cx);
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    ck_assert_uint_eq(token, TIMER);
    channel_on_timer(state, cx);
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    bool sent = channel_send(state, cx, cs_bytes_of(&op->number, sizeof op->number));
    cs_reply(cx, id, &(struct cs_result){ .status = sent ? CS_OK : CS_REFUSED });
}

static const char *const kinds[] = { "DATAGRAM", NULL };

static const struct cs_program program = { .role = "end",
                                           .state_size = sizeof(struct channel),
                                           .kinds = kinds,
                                           .on_start = on_start,
                                           .on_message = on_message,
                                           .on_timer = on_timer,
                                           .on_request = on_request,
                                           .describe = channel_describe };

/* ---- The network ----------------------------------------------------------------------------- */

static bool chance(uint32_t percent) { return random_below(&network.draws, 100) < percent; }

static void add_packet(int to, struct cs_bytes body, uint64_t at_ns)
{
    ck_assert_uint_lt(network.count, PACKETS_MAX);
    struct packet *packet = &network.packets[network.count++];
    *packet = (struct packet){ .at_ns = at_ns, .to = to, .size = body.size };
    packet->bytes = malloc(body.size);
    memcpy(packet->bytes, body.data, body.size);
}

void pair_post(int end)
{
    for (size_t i = 0; i < rig_sent_count(ends[end]); i++) {
        struct cs_bytes body = rig_sent(ends[end], i).body;
        for (int copies = chance(network.duplicate) ? 2 : 1; copies > 0; copies--) {
            uint64_t delay_ns = cs_ms(chance(network.late) ? 20 : 1).ns;
            if (!chance(network.loss))
                add_packet(1 - end, body, rig_now(ends[end]).ns + delay_ns);
        }
    }
}

static size_t next_packet(void)
{
    size_t next = 0;
    for (size_t i = 1; i < network.count; i++) {
        if (network.packets[i].at_ns < network.packets[next].at_ns)
            next = i;
    }
    return next;
}

static void advance_to(uint64_t at_ns)
{
    for (int end = 0; end < ENDS; end++) {
        if (rig_now(ends[end]).ns < at_ns)
            rig_advance(ends[end], cs_ns(at_ns - rig_now(ends[end]).ns));
    }
}

static void deliver(size_t index)
{
    struct packet packet = network.packets[index];
    network.count--;
    memmove(&network.packets[index], &network.packets[index + 1],
            (network.count - index) * sizeof packet);
    advance_to(packet.at_ns);
    rig_message(ends[packet.to], (cs_node)(1 - packet.to), KIND,
                cs_bytes_of(packet.bytes, packet.size));
    free(packet.bytes);
    pair_post(packet.to);
}

bool pair_step(void)
{
    int first = ENDS;
    uint64_t at_ns = UINT64_MAX;
    for (int end = 0; end < ENDS; end++) {
        cs_duration left;
        if (rig_timer_left(ends[end], TIMER, &left) && rig_now(ends[end]).ns + left.ns < at_ns) {
            at_ns = rig_now(ends[end]).ns + left.ns;
            first = end;
        }
    }
    if (network.count > 0 && network.packets[next_packet()].at_ns <= at_ns) {
        deliver(next_packet());
        return true;
    }
    if (first == ENDS)
        return false;
    advance_to(at_ns);
    rig_timer(ends[first], TIMER);
    pair_post(first);
    return true;
}

void pair_run(cs_duration distance)
{
    uint64_t end_ns = rig_now(ends[LEFT]).ns + distance.ns;
    while (rig_now(ends[LEFT]).ns < end_ns) {
        if (!pair_step())
            advance_to(end_ns);
    }
}

/* ---- The ends -------------------------------------------------------------------------------- */

struct channel *pair_channel(int end) { return rig_state(ends[end]); }

bool pair_send(int end, uint64_t number)
{
    rig_request(ends[end], 1, &(struct cs_op){ .kind = CS_OP_WORK, .number = number });
    pair_post(end);
    return strcmp(rig_lines(ends[end], "reply"), "reply 1 OK\n") == 0;
}

void pair_restart(int end)
{
    rig_crash(ends[end], DISK_KEEP);
    rig_restart(ends[end]);
    pair_post(end);
}

void pair_clear_network(void)
{
    for (size_t i = 0; i < network.count; i++)
        free(network.packets[i].bytes);
    network.count = 0;
}

void pair_setup(void)
{
    memset(taken, 0, sizeof taken);
    memset(&network, 0, sizeof network);
    pair_answers = false;
    for (int end = 0; end < ENDS; end++) {
        ends[end] = rig_new(&(struct rig_options){
            .program = &program, .self = (cs_node)end, .seed = (uint64_t)end + 1 });
    }
    for (int end = 0; end < ENDS; end++) {
        rig_start(ends[end], CS_START_FOUND);
        pair_post(end);
    }
}

void pair_teardown(void)
{
    pair_clear_network();
    rig_free(ends[LEFT]);
    rig_free(ends[RIGHT]);
}
