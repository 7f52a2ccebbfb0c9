/* Echo: a server that sends back what it is sent, and a client that asks again until it hears it.
 *
 * It is the smallest protocol that does real work over a network that loses, doubles, delays and
 * corrupts, and the first one to read: messages as checked bytes (message.h), handlers that only
 * record effects, a timer for each thing that may go missing, memory that ends with the
 * incarnation. */
#ifndef ECHO_ECHO_H
#define ECHO_ECHO_H
#include "clustersim/protocol.h"

extern const struct cs_protocol echo_protocol;

/* The params, by their index. */
enum { ECHO_CLIENT_RETRY, ECHO_CLIENT_ATTEMPTS };

/* The server's units of cost, by their index. */
enum { ECHO_COST_REQUEST };

#endif
