/* The hold model on the event queue alone.
 *
 *     peer-clustersim-hold DELAYS PENDING EVENTS      ns per event; DELAYS: uniform or bimodal */
#include "clustersim/protocol.h"
#include "engine/queue.h"
#include "peer.h"

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: peer-clustersim-hold DELAYS PENDING EVENTS\n", stderr);
        return 2;
    }
    struct peer_delays delays = peer_delays_of(argv[1]);
    uint32_t pending = peer_number(argv[2]);
    struct peer_watch watch = { .warm_up = pending, .events = peer_number(argv[3]) };
    struct peer_random random = { 1 };
    struct event_queue *queue = event_queue_new();
    for (uint32_t i = 0; i < pending; i++)
        event_queue_push(queue, peer_residual(&delays, &random), i);
    uint64_t before = 0;
    do {
        uint64_t at = 0;
        uint32_t record = 0;
        bool popped = event_queue_pop(queue, &at, &record);
        cs_assert(popped);
        cs_assert(at >= before);
        before = at;
        event_queue_push(queue, at + peer_delay(&delays, &random), record);
    } while (!peer_watch_event(&watch));
    event_queue_free(queue);
    return 0;
}
