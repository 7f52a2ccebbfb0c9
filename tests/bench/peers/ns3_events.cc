/* ns-3's events: the hold model on a scheduler alone, and timers through the simulator.
 *
 *     ns3-events hold SCHEDULER DELAYS PENDING EVENTS     ns per event
 *     ns3-events timers SCHEDULER DELAYS PENDING EVENTS
 *
 * SCHEDULER: map, heap, calendar or priority-queue.  `hold` calls Insert and RemoveNext with no
 * event behind the key; `timers` calls Simulator::Schedule, whose events are allocated. */
#include <ns3/core-module.h>

#include "peer.h"

static ns3::ObjectFactory scheduler_of(const char *name)
{
    const char *types[][2] = { { "map", "ns3::MapScheduler" },
                               { "heap", "ns3::HeapScheduler" },
                               { "calendar", "ns3::CalendarScheduler" },
                               { "priority-queue", "ns3::PriorityQueueScheduler" } };
    for (const auto &type : types) {
        if (strcmp(type[0], name) == 0)
            return ns3::ObjectFactory(type[1]);
    }
    fprintf(stderr, "no scheduler \"%s\"\n", name);
    exit(2);
}

static void hold(ns3::ObjectFactory factory, const struct peer_delays *delays, uint32_t pending,
                 struct peer_watch *watch)
{
    ns3::Ptr<ns3::Scheduler> scheduler = factory.Create<ns3::Scheduler>();
    struct peer_random random = { 1 };
    uint32_t uid = 0;
    for (; uid < pending; uid++)
        scheduler->Insert({ nullptr, { peer_residual(delays, &random), uid, 0 } });
    do {
        ns3::Scheduler::Event event = scheduler->RemoveNext();
        event.key.m_ts += peer_delay(delays, &random);
        event.key.m_uid = uid++;
        scheduler->Insert(event);
    } while (!peer_watch_event(watch));
}

struct timers {
    const struct peer_delays *delays;
    struct peer_watch *watch;
    struct peer_random random;
};

static void on_timer(struct timers *timers)
{
    if (peer_watch_event(timers->watch)) {
        ns3::Simulator::Stop();
        return;
    }
    ns3::Simulator::Schedule(ns3::NanoSeconds(peer_delay(timers->delays, &timers->random)),
                             &on_timer, timers);
}

static void run_timers(ns3::ObjectFactory factory, const struct peer_delays *delays,
                       uint32_t pending, struct peer_watch *watch)
{
    ns3::Simulator::SetScheduler(factory);
    struct timers timers = { delays, watch, { 1 } };
    for (uint32_t i = 0; i < pending; i++) {
        ns3::Simulator::Schedule(ns3::NanoSeconds(peer_residual(delays, &timers.random)), &on_timer,
                                 &timers);
    }
    ns3::Simulator::Run();
    ns3::Simulator::Destroy();
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fputs("usage: ns3-events hold|timers SCHEDULER DELAYS PENDING EVENTS\n", stderr);
        return 2;
    }
    struct peer_delays delays = peer_delays_of(argv[3]);
    uint32_t pending = peer_number(argv[4]);
    struct peer_watch watch = { 0, pending, peer_number(argv[5]), 0 };
    if (strcmp(argv[1], "hold") == 0) {
        hold(scheduler_of(argv[2]), &delays, pending, &watch);
    } else {
        run_timers(scheduler_of(argv[2]), &delays, pending, &watch);
    }
    return 0;
}
