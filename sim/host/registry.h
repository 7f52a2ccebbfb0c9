/* Which protocols there are: the built-in table, and what plug-ins bring.  A plug-in's protocol
 * that bears the name of another replaces it, and the registry remembers that it did.
 *
 * What was replaced can still be asked for, by the name of its build: "built-in" is what came with
 * registry_new(); a plug-in's build is called after its file, without folder and ending, like
 * "next" for plugins/next.so.  Of two plug-ins of one name the later one's protocol replaces the
 * earlier one's in that build, too. */
#ifndef HOST_REGISTRY_H
#define HOST_REGISTRY_H
#include <stdbool.h>
#include <stddef.h>

#include "clustersim/protocol.h"

struct registry;

/* `builtin` is NULL-terminated.  A protocol with a wrong api_version or an incomplete table fails
 * an assertion. */
struct registry *registry_new(const struct cs_protocol *const *builtin);
void registry_free(struct registry *registry); /* closes plug-ins */

/* Load a shared object.  On failure returns false and *ret_error is a sentence owned by the caller
 * (g_free). */
bool registry_load(struct registry *registry, const char *path, char **ret_error);

/* A program by its name in a scenario: "raft" is raft's server, "raft-client" its client.  If a
 * protocol is called "raft-client" too, the longer name wins.  NULL if there is none; then
 * *ret_protocol is untouched. */
const struct cs_program *registry_find(const struct registry *registry, const char *name,
                                       const struct cs_protocol **ret_protocol);

/* The same of one build alone.  NULL if there is no such build, or if it has no such program. */
const struct cs_program *registry_find_build(const struct registry *registry, const char *name,
                                             const char *build,
                                             const struct cs_protocol **ret_protocol);
/* Whether a build has a protocol of this name. */
bool registry_brings(const struct registry *registry, const char *build, const char *protocol);
/* The names of builds, each once, in the order in which they came. */
size_t registry_build_count(const struct registry *registry);
const char *registry_build_at(const struct registry *registry, size_t index);

size_t registry_count(const struct registry *registry);
const struct cs_protocol *registry_at(const struct registry *registry, size_t index);
/* The plug-in file a protocol came from, NULL if it is built in. */
const char *registry_origin(const struct registry *registry, size_t index);
/* True if a plug-in that was loaded keeps state beyond a run: CS_PLUGIN_KEEPS_STATE_SYMBOL. */
bool registry_keeps_state(const struct registry *registry);
/* True if it replaced another of the same name. */
bool registry_replaced(const struct registry *registry, size_t index);

#endif
