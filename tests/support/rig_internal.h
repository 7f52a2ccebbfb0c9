/* What the files of the rig share. */
#ifndef TEST_RIG_INTERNAL_H
#define TEST_RIG_INTERNAL_H
#include "base/text.h"
#include "host/context.h"
#include "support/rig.h"

enum {
    RIG_VOLUMES_MAX = 32,
    RIG_SPECS_MAX = 8,
    RIG_UNITS_MAX = 32,
    RIG_TIMERS_MAX = 256,
    RIG_JOBS_MAX = 256,
    RIG_SENT_MAX = 4096,
    RIG_COMPLETIONS_MAX = 4096,
};

struct rig_timer_entry {
    cs_token token;
    uint64_t deadline_ns;
};

/* A disk operation that on_disk has not heard of yet, or a barrier. */
struct rig_completion {
    bool waits; /* for rig_complete_flush() */
    bool barrier;
    struct cs_completion done;
    uint64_t covers; /* writes of the volume that a flush makes durable */
    void *data;      /* what was read; owned */
};

struct rig {
    struct rig_options options;
    struct context_instance instance;
    struct cs_context cx;
    struct arena_pool *pool;
    void *state;
    bool up;
    uint64_t now_ns;

    struct param_value params[RIG_PARAMS_MAX];
    struct random_stream param_streams[RIG_PARAMS_MAX];
    struct group_binding bindings[RIG_GROUPS_MAX];
    uint64_t unit_costs_ns[RIG_UNITS_MAX];

    struct disk *volumes[RIG_VOLUMES_MAX];
    cs_ticket tickets[RIG_VOLUMES_MAX];
    uint64_t written_before[RIG_VOLUMES_MAX]; /* by earlier incarnations */
    uint32_t volume_first[RIG_SPECS_MAX + 1];

    struct rig_timer_entry timers[RIG_TIMERS_MAX];
    size_t timer_count;
    cs_token jobs[RIG_JOBS_MAX];
    size_t job_count;
    struct rig_completion completions[RIG_COMPLETIONS_MAX]; /* in recorded order */
    size_t completion_count;

    size_t next_effect; /* of the step that is being released */
    bool blocked;       /* by a barrier */
    bool hold;
    size_t crash_after; /* effects of the next step; SIZE_MAX: it does not crash */
    enum disk_loss crash_loss;

    struct cs_text effects, lines, inspected;
    struct rig_sent_message sent[RIG_SENT_MAX];
    size_t sent_count;
};

/* Forget the messages of the last input; forget all that ends with the incarnation. */
void rig_forget_sent(struct rig *rig);
void rig_forget_incarnation(struct rig *rig);

/* The value of `param`: the test's if it names it, else what the program's fallback says. */
struct param_value rig_param_value(const struct cs_param *param, const struct rig_param *overrides);

/* One line for `effect`.  `durable` says whether the write that a fact rests on is durable now. */
void rig_describe(struct cs_text *text, struct cs_context *cx, const struct effect *effect,
                  bool durable);

#endif
