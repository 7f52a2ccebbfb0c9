/* What the tables of the timeline's faults and of the nemesis' share: members of kinds, as macros,
 * since both take the same, and more. */
#ifndef SCENARIO_TABLES_MEMBERS_H
#define SCENARIO_TABLES_MEMBERS_H
#include "scenario/tables.h"

extern const struct key table_selector_forms[], table_message_kind, table_loss_forms[],
    table_build_forms[];
extern const struct format table_burst;

#define TARGET .kind = KIND_EITHER, .item = table_selector_forms

#define CHANCE(NAME, HELP)                                                                         \
    {                                                                                              \
        .name = (NAME), .kind = KIND_DISTRIBUTION, .of = KIND_PROBABILITY, .help = (HELP)          \
    }

#define PACKETS_MEMBERS                                                                            \
    CHANCE("loss", "Share lost."), CHANCE("duplicate", "Share doubled."),                          \
        CHANCE("reorder", "Share that takes a second delay."),                                     \
        CHANCE("corrupt", "Share that arrives with flipped bits."),                                \
        { .name = "burst",                                                                         \
          .kind = KIND_OBJECT,                                                                     \
          .format = &table_burst,                                                                  \
          .help = "Losses that come in bursts." },                                                 \
        { .name = "delay",                                                                         \
          .kind = KIND_DISTRIBUTION,                                                               \
          .of = KIND_DURATION,                                                                     \
          .fallback = "\"0s\"",                                                                    \
          .help = "Added to each message's delay." },                                              \
        { .name = "bandwidth",                                                                     \
          .kind = KIND_DISTRIBUTION,                                                               \
          .of = KIND_BANDWIDTH,                                                                    \
          .help = "That each pair has left." },                                                    \
        { .name = "queue",                                                                         \
          .kind = KIND_DISTRIBUTION,                                                               \
          .of = KIND_SIZE,                                                                         \
          .help = "Bytes that may wait for the bandwidth beside it; who finds more is dropped. "   \
                  "By default as many as for the link." },                                         \
    {                                                                                              \
        .name = "kinds", .kind = KIND_LIST, .item = &table_message_kind, .min = 1, .max = 64,      \
        .help = "Only messages of these kinds, by the protocol's own numbers."                     \
    }

#define WHERE                                                                                      \
    {                                                                                              \
        .name = "where", .kind = KIND_NAME, .help = "Only volumes of this name; by default all."   \
    }

#define FACTOR_MEMBERS                                                                             \
    {                                                                                              \
        .name = "factor", .kind = KIND_DISTRIBUTION, .of = KIND_FACTOR, .flags = KEY_REQUIRED,     \
        .help = "By which it is slower."                                                           \
    }

#define FAILING_MEMBERS                                                                            \
    CHANCE("read", "Chance that a read fails."), CHANCE("write", "Chance that a write fails."),    \
        CHANCE("flush", "Chance that a flush fails."),                                             \
        CHANCE("timeout", "Chance that any operation is answered by a timeout."), WHERE

#define LYING_MEMBERS                                                                              \
    CHANCE("flush", "Chance that a flush says it is done and keeps nothing."),                     \
        CHANCE("lost", "Chance that a write says it is done and changes nothing."),                \
        CHANCE("misdirected", "Chance that a write lands on another place."), WHERE

#define COUNT_MEMBER(HELP)                                                                         \
    {                                                                                              \
        .name = "count", .kind = KIND_DISTRIBUTION, .of = KIND_NUMBER, .help = (HELP)              \
    }

#define SECTOR_MEMBERS                                                                             \
    COUNT_MEMBER("How many sectors that hold data."),                                              \
        CHANCE("probability", "The share of the sectors that hold data, rounded up."), WHERE

#define CLOCK_MEMBERS                                                                              \
    { .name = "jump",                                                                              \
      .kind = KIND_DISTRIBUTION,                                                                   \
      .of = KIND_SHIFT,                                                                            \
      .help =                                                                                      \
          "By how much the wall clock jumps: \"+250ms\", \"-1s\", a day at most. It starts at "    \
          "24 h and never shows less than 0." },                                                   \
    {                                                                                              \
        .name = "drift_ppm", .kind = KIND_DISTRIBUTION, .of = KIND_PPM,                            \
        .help = "By how much both clocks run too fast, in millionths."                             \
    }

#define SPACED_MEMBERS(HOLD, HELP)                                                                 \
    { .name = (HOLD),                                                                              \
      .kind = KIND_DISTRIBUTION,                                                                   \
      .of = KIND_DURATION,                                                                         \
      .flags = KEY_REQUIRED,                                                                       \
      .help = (HELP) },                                                                            \
    {                                                                                              \
        .name = "gap", .kind = KIND_DISTRIBUTION, .of = KIND_DURATION, .flags = KEY_REQUIRED,      \
        .help = "From one to the next."                                                            \
    }

#define WHOM(NAME, HELP)                                                                           \
    {                                                                                              \
        .name = (NAME), TARGET, .flags = KEY_REQUIRED, .help = (HELP)                              \
    }
#define WHOM_MAYBE(NAME, HELP)                                                                     \
    {                                                                                              \
        .name = (NAME), TARGET, .help = (HELP)                                                     \
    }

#define FORMAT(NAME, KEY, ...)                                                                     \
    static const struct key NAME##_keys[] = { __VA_ARGS__, { 0 } };                                \
    static const struct format NAME##_format = { .name = (KEY), .keys = NAME##_keys }

#define LOSS                                                                                       \
    {                                                                                              \
        .name = "disk", .kind = KIND_EITHER, .item = table_loss_forms,                             \
        .help = "For a crash or a power loss: what becomes of writes that were not flushed; by "   \
                "default keep for a crash, lose-unsynced for a power loss."                        \
    }
#define AFTER_EFFECTS                                                                              \
    {                                                                                              \
        .name = "after_effects", .kind = KIND_DISTRIBUTION, .of = KIND_NUMBER,                     \
        .help =                                                                                    \
            "For a crash or a power loss: it comes in the middle of the target's next step that "  \
            "is long enough, behind so many of its effects."                                       \
    }

#define BUILD(HELP)                                                                                \
    {                                                                                              \
        .name = "build", .kind = KIND_EITHER, .item = table_build_forms, .help = (HELP)            \
    }

#endif
