/* Messages to and fro between pairs of ns-3 nodes.
 *
 *     ns3-messages link PAIRS MESSAGES     ns per message, from device to device: no protocol stack
 *     ns3-messages udp PAIRS MESSAGES      the same through UDP sockets over IPv4
 *
 * Each pair has a point-to-point channel of 1 ms and 1 Gbit/s; a message has 100 bytes.  The
 * scheduler is the priority queue, the fastest here. */
#include <ns3/core-module.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>
#include <string>

#include "peer.h"

enum { BODY_BYTES = 100, PORT = 7, ETHERTYPE_IPV4 = 0x0800 };

static struct peer_watch watch;

static bool all_seen()
{
    if (!peer_watch_event(&watch))
        return false;
    ns3::Simulator::Stop();
    return true;
}

/* ---- From device to device ------------------------------------------------------------------- */

static void send_frame(ns3::Ptr<ns3::NetDevice> device)
{
    device->Send(ns3::Create<ns3::Packet>(BODY_BYTES), device->GetBroadcast(), ETHERTYPE_IPV4);
}

static bool on_frame(ns3::Ptr<ns3::NetDevice> device, ns3::Ptr<const ns3::Packet>, uint16_t,
                     const ns3::Address &)
{
    if (!all_seen())
        send_frame(device);
    return true;
}

static void start_frames(const ns3::NetDeviceContainer &ends)
{
    for (uint32_t i = 0; i < 2; i++)
        ends.Get(i)->SetReceiveCallback(ns3::MakeCallback(&on_frame));
    ns3::Simulator::ScheduleNow(&send_frame, ends.Get(0));
}

/* ---- Through sockets ------------------------------------------------------------------------- */

static void on_datagram(ns3::Ptr<ns3::Socket> socket)
{
    ns3::Address from;
    while (socket->RecvFrom(from)) {
        if (all_seen())
            return;
        socket->SendTo(ns3::Create<ns3::Packet>(BODY_BYTES), 0, from);
    }
}

static ns3::Ptr<ns3::Socket> socket_on(ns3::Ptr<ns3::Node> node)
{
    auto socket = ns3::Socket::CreateSocket(node, ns3::UdpSocketFactory::GetTypeId());
    socket->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), PORT));
    socket->SetRecvCallback(ns3::MakeCallback(&on_datagram));
    return socket;
}

static void send_first(ns3::Ptr<ns3::Socket> socket, ns3::Ipv4Address to)
{
    socket->SendTo(ns3::Create<ns3::Packet>(BODY_BYTES), 0, ns3::InetSocketAddress(to, PORT));
}

static void start_datagrams(const ns3::NetDeviceContainer &ends, ns3::Ipv4AddressHelper &addresses)
{
    auto interfaces = addresses.Assign(ends);
    addresses.NewNetwork();
    auto first = socket_on(ends.Get(0)->GetNode());
    socket_on(ends.Get(1)->GetNode());
    ns3::Simulator::ScheduleNow(&send_first, first, interfaces.GetAddress(1));
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: ns3-messages link|udp PAIRS MESSAGES\n", stderr);
        return 2;
    }
    bool udp = strcmp(argv[1], "udp") == 0;
    uint32_t pairs = peer_number(argv[2]);
    watch = { 0, 10 * pairs, peer_number(argv[3]), 0 };
    ns3::Simulator::SetScheduler(ns3::ObjectFactory("ns3::PriorityQueueScheduler"));
    ns3::PointToPointHelper channel;
    channel.SetDeviceAttribute("DataRate", ns3::StringValue("1Gbps"));
    channel.SetChannelAttribute("Delay", ns3::StringValue("1ms"));
    ns3::InternetStackHelper stack;
    ns3::Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.252");
    for (uint32_t i = 0; i < pairs; i++) {
        ns3::NodeContainer nodes(2);
        if (udp)
            stack.Install(nodes);
        auto ends = channel.Install(nodes);
        if (udp) {
            start_datagrams(ends, addresses);
        } else {
            start_frames(ends);
        }
    }
    ns3::Simulator::Run();
    bool all = watch.seen >= watch.warm_up + watch.events;
    ns3::Simulator::Destroy();
    return all ? 0 : 1;
}
