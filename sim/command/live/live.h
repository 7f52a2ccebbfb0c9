/* What the verbs live and node share. */
#ifndef COMMAND_LIVE_H
#define COMMAND_LIVE_H
#include <glib.h>

#include "scenario/plan.h"

struct live_common {
    int port_base_given; /* 0: it was not */
    int datagram_max_given;
    char *sync_text, *seed_text;
    char **sets, **plugins;
    uint32_t port_base, datagram_max;
    bool sync;
    struct plan_overrides overrides;
};

enum { LIVE_PORT_BASE = 27000, LIVE_DATAGRAM_MAX = 8192 };

/* What `datagram_max_given` is before the options are read. */
#define LIVE_COMMON_INIT                                                                           \
    {                                                                                              \
        .datagram_max_given = LIVE_DATAGRAM_MAX                                                    \
    }

#define LIVE_COMMON_ENTRIES(common)                                                                \
    { "port-base",                                                                                 \
      0,                                                                                           \
      0,                                                                                           \
      G_OPTION_ARG_INT,                                                                            \
      &(common).port_base_given,                                                                   \
      "instance i listens at this port plus i of 127.0.0.1; by default 27000",                     \
      "N" },                                                                                       \
        { "datagram-max",                                                                          \
          0,                                                                                       \
          0,                                                                                       \
          G_OPTION_ARG_INT,                                                                        \
          &(common).datagram_max_given,                                                            \
          "messages of more bytes go through TCP, others through UDP; by default 8192",            \
          "BYTES" },                                                                               \
        { "sync",                                                                                  \
          0,                                                                                       \
          0,                                                                                       \
          G_OPTION_ARG_STRING,                                                                     \
          &(common).sync_text,                                                                     \
          "what a flush does: fdatasync (by default) or none",                                     \
          "HOW" },                                                                                 \
        { "seed",                                                                                  \
          0,                                                                                       \
          0,                                                                                       \
          G_OPTION_ARG_STRING,                                                                     \
          &(common).seed_text,                                                                     \
          "use this seed, like 0x2a, not the scenario's",                                          \
          "HEX" },                                                                                 \
        { "set",                                                                                   \
          0,                                                                                       \
          0,                                                                                       \
          G_OPTION_ARG_STRING_ARRAY,                                                               \
          &(common).sets,                                                                          \
          "replace a value, like /time/duration=\"90s\"; may be repeated",                         \
          "POINTER=JSON" },                                                                        \
    {                                                                                              \
        "plugin", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &(common).plugins,                            \
            "load protocols from this shared object; may be repeated", "FILE"                      \
    }

/* False, and a complaint, if an option makes no sense. */
bool live_common_settle(struct live_common *common);
/* Read --time-limit, NULL if it was not given: false, and a complaint, if it is no time. */
bool live_limit_settle(const char *text, uint64_t *ret_limit_ns);
void live_common_clear(struct live_common *common);
/* The plan, or NULL and what is wrong with it on standard error. */
struct plan *live_load(const char *path, const struct live_common *common,
                       struct registry *registry);
/* False, and a complaint, if not every instance finds a port. */
bool live_ports_fit(const struct plan *plan, uint32_t port_base);

#endif
