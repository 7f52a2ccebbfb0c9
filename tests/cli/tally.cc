/* A protocol in C++: a server that counts, and a client that asks until it is answered.
 *
 * The contract is C's: handlers are functions without exceptions, a state is zeroed bytes that no
 * constructor sees, and the plug-in's one function is extern "C". */
#include <cstring>

#include "clustersim/protocol.h"

namespace {

enum { QUESTION, ANSWER };

class server {
public:
    void on_message(cs_context *cx, cs_node from, cs_kind kind, cs_bytes body)
    {
        if (kind != QUESTION || body.size != sizeof(uint64_t))
            return;
        count_++;
        cs_send(cx, from, ANSWER, body);
    }

private:
    uint64_t count_;
};

class client {
public:
    void on_request(cs_context *cx, cs_request id)
    {
        request_ = id;
        ask(cx);
    }

    void ask(cs_context *cx) const
    {
        cs_send(cx, cs_group(cx, "service").nodes[0], QUESTION, cs_bytes_of(&request_, sizeof request_));
        cs_set_timer(cx, 0, cs_ms(50));
    }

    void on_message(cs_context *cx, cs_kind kind, cs_bytes body)
    {
        if (kind != ANSWER || body.size != sizeof request_ || std::memcmp(body.data, &request_, body.size) != 0)
            return;
        cs_result result{};
        result.status = CS_OK;
        cs_reply(cx, request_, &result);
        cs_cancel_timer(cx, 0);
        request_ = 0;
    }

private:
    cs_request request_;
};

/* One zeroed state, as one of these two. */
template <typename program> program &state_of(void *state) { return *static_cast<program *>(state); }

const char *const uses[] = { "service", nullptr };
const char *const kinds[] = { "QUESTION", "ANSWER", nullptr };

cs_program server_program()
{
    cs_program program{};
    program.role = "server";
    program.state_size = sizeof(server);
    program.kinds = kinds;
    program.on_message = [](void *state, cs_context *cx, cs_node from, cs_kind kind, cs_bytes body) {
        state_of<server>(state).on_message(cx, from, kind, body);
    };
    return program;
}

cs_program client_program()
{
    cs_program program{};
    program.role = "client";
    program.state_size = sizeof(client);
    program.uses = uses;
    program.kinds = kinds;
    program.on_message = [](void *state, cs_context *cx, cs_node, cs_kind kind, cs_bytes body) {
        state_of<client>(state).on_message(cx, kind, body);
    };
    program.on_timer = [](void *state, cs_context *cx, cs_token) { state_of<client>(state).ask(cx); };
    program.on_request = [](void *state, cs_context *cx, cs_request id, const cs_op *) {
        state_of<client>(state).on_request(cx, id);
    };
    return program;
}

const cs_program programs[] = { server_program(), client_program(), cs_program{} };
const cs_protocol tally = { "tally", CS_API_VERSION, programs, "Counts." };

} // namespace

extern "C" const cs_protocol *const *clustersim_plugin_1()
{
    static const cs_protocol *const protocols[] = { &tally, nullptr };
    return protocols;
}
