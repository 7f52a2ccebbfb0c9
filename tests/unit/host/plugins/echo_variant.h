/* Echo with another server: its programs are copied and one handler is put in place of its own. */
#ifndef TEST_ECHO_VARIANT_H
#define TEST_ECHO_VARIANT_H
#include "echo/echo.h"

typedef void (*on_message)(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                           struct cs_bytes body);

const struct cs_protocol *const *clustersim_plugin_1(void);

/* `server_on_message` replaces the server's handler and may call echo_protocol's. */
static inline const struct cs_protocol *const *echo_variant(on_message server_on_message)
{
    static struct cs_program programs[3]; /* server, client, end */
    static struct cs_protocol protocol;
    static const struct cs_protocol *const offered[] = { &protocol, NULL };
    programs[0] = echo_protocol.programs[0];
    programs[1] = echo_protocol.programs[1];
    cs_assert(echo_protocol.programs[2].role == NULL);
    programs[0].on_message = server_on_message;
    protocol = echo_protocol;
    protocol.programs = programs;
    return offered;
}

#endif
