/* Messages to and fro between pairs of SimGrid's actors, through mailboxes.
 *
 *     simgrid-messages PAIRS MESSAGES     ns per message
 *
 * Each actor has a host of its own, each pair of hosts a link of 1 ms and 1 Gbit/s; a message has
 * 100 bytes.  The network model is SimGrid's default: flows that share bandwidth. */
#include <simgrid/s4u.hpp>
#include <string>

#include "peer.h"

namespace sg = simgrid::s4u;

enum { BODY_BYTES = 100 };

static struct peer_watch watch;

/* SimGrid has no call that stops a run from inside; all that was wanted has been printed. */
static void receive(sg::Mailbox *mailbox)
{
    mailbox->get<void>();
    if (peer_watch_event(&watch))
        _Exit(0);
}

static void play(sg::Mailbox *own, sg::Mailbox *other, bool begins)
{
    static char body[BODY_BYTES];
    if (begins)
        other->put(body, sizeof body);
    for (;;) {
        receive(own);
        other->put(body, sizeof body);
    }
}

static void add_pair(sg::NetZone *zone, uint32_t number)
{
    std::string name = std::to_string(number);
    auto *left = zone->create_host("left-" + name, 1e9);
    auto *right = zone->create_host("right-" + name, 1e9);
    auto *link = zone->create_link("link-" + name, 1e9 / 8)->set_latency(1e-3)->seal();
    zone->add_route(left->get_netpoint(), right->get_netpoint(), nullptr, nullptr,
                    { sg::LinkInRoute(link) });
    auto *to_left = sg::Mailbox::by_name("to-left-" + name);
    auto *to_right = sg::Mailbox::by_name("to-right-" + name);
    sg::Actor::create("left", left, play, to_left, to_right, true);
    sg::Actor::create("right", right, play, to_right, to_left, false);
}

int main(int argc, char **argv)
{
    sg::Engine engine(&argc, argv);
    if (argc != 3) {
        fputs("usage: simgrid-messages PAIRS MESSAGES\n", stderr);
        return 2;
    }
    uint32_t pairs = peer_number(argv[1]);
    watch = { 0, 10 * pairs, peer_number(argv[2]), 0 };
    auto *zone = sg::create_full_zone("zone");
    for (uint32_t i = 0; i < pairs; i++)
        add_pair(zone, i);
    zone->seal();
    engine.run();
    fputs("simgrid-messages: the run ended too early\n", stderr);
    return 1;
}
