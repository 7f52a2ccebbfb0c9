/* SimGrid's timers, as callbacks and as actors that sleep.
 *
 *     simgrid-events timers DELAYS PENDING EVENTS     ns per event
 *     simgrid-events actors DELAYS PENDING EVENTS
 *
 * `timers` sets simgrid::kernel::timer::Timer, the lowest layer of events with a public header;
 * they are carried out by Engine::run(), so what is measured includes its loop.  `actors` is what a
 * user of SimGrid writes: each of the PENDING actors sleeps again and again.  Time is a double
 * here. */
#include <simgrid/engine.h>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <string>

#include "peer.h"

namespace sg = simgrid::s4u;
using simgrid::kernel::timer::Timer;

static struct peer_delays delays;
static struct peer_watch watch;
static struct peer_random draws = { 1 };

static double seconds(uint64_t ns) { return static_cast<double>(ns) * 1e-9; }

/* SimGrid has no call that stops a run from inside; all that was wanted has been printed. */
static void count_event()
{
    if (peer_watch_event(&watch))
        _Exit(0);
}

static void on_timer()
{
    count_event();
    Timer::set(sg::Engine::get_clock() + seconds(peer_delay(&delays, &draws)), on_timer);
}

static void sleep_on()
{
    sg::this_actor::sleep_for(seconds(peer_residual(&delays, &draws)));
    for (;;) {
        count_event();
        sg::this_actor::sleep_for(seconds(peer_delay(&delays, &draws)));
    }
}

int main(int argc, char **argv)
{
    sg::Engine engine(&argc, argv);
    if (argc != 5) {
        fputs("usage: simgrid-events timers|actors DELAYS PENDING EVENTS\n", stderr);
        return 2;
    }
    delays = peer_delays_of(argv[2]);
    uint32_t pending = peer_number(argv[3]);
    watch = { 0, pending, peer_number(argv[4]), 0 };
    auto *zone = sg::create_full_zone("zone");
    auto *host = zone->create_host("host", 1e9);
    zone->seal();
    if (strcmp(argv[1], "actors") == 0) {
        for (uint32_t i = 0; i < pending; i++)
            sg::Actor::create("actor-" + std::to_string(i), host, sleep_on);
    } else {
        for (uint32_t i = 0; i < pending; i++)
            Timer::set(seconds(peer_residual(&delays, &draws)), on_timer);
        /* A run without actors ends at once. */
        sg::Actor::create("patient", host, [] { sg::this_actor::sleep_for(1e9); });
    }
    engine.run();
    fputs("simgrid-events: the run ended too early\n", stderr);
    return 1;
}
