/* See rig.h: feeding inputs, releasing effects, telling what was done. */
#include "support/rig.h"

#include <stdlib.h>
#include <string.h>

#include "host/effect_text.h"
#include "support/rig_internal.h"

void rig_forget_sent(struct rig *rig)
{
    for (size_t i = 0; i < rig->sent_count; i++)
        free((void *)rig->sent[i].body.data);
    rig->sent_count = 0;
}

void rig_forget_incarnation(struct rig *rig)
{
    for (size_t i = 0; i < rig->completion_count; i++)
        free(rig->completions[i].data);
    rig->completion_count = 0;
    rig->timer_count = 0;
    rig->job_count = 0;
    rig->blocked = false;
    rig->up = false;
    rig->state = NULL;
    arena_reset(rig->instance.arena);
}

/* ---- Timers and jobs ------------------------------------------------------------------------- */

static size_t find_timer(const struct rig *rig, cs_token token)
{
    size_t i = 0;
    while (i < rig->timer_count && rig->timers[i].token != token)
        i++;
    return i;
}

static void arm_timer(struct rig *rig, cs_token token, cs_duration after)
{
    size_t i = find_timer(rig, token);
    cs_assert(i < RIG_TIMERS_MAX);
    rig->timer_count += i == rig->timer_count;
    rig->timers[i] = (struct rig_timer_entry){ token, rig->now_ns + after.ns };
}

static void disarm_timer(struct rig *rig, cs_token token)
{
    size_t i = find_timer(rig, token);
    if (i < rig->timer_count)
        rig->timers[i] = rig->timers[--rig->timer_count];
}

static bool forget_job(struct rig *rig, cs_token token)
{
    for (size_t i = 0; i < rig->job_count; i++) {
        if (rig->jobs[i] == token) {
            rig->jobs[i] = rig->jobs[--rig->job_count];
            return true;
        }
    }
    return false;
}

/* ---- The disk -------------------------------------------------------------------------------- */

static bool ticket_is_durable(const struct rig *rig, cs_volume volume, cs_ticket ticket)
{
    cs_assert(volume < rig->instance.volume_count);
    return ticket <= rig->tickets[volume] &&
           disk_is_durable(rig->volumes[volume], rig->written_before[volume] + ticket);
}

static struct rig_completion *add_completion(struct rig *rig, const struct effect *effect,
                                             enum cs_disk_op op)
{
    cs_assert(rig->completion_count < RIG_COMPLETIONS_MAX);
    struct rig_completion *completion = &rig->completions[rig->completion_count++];
    *completion = (struct rig_completion){
        .done = { .op = op,
                  .volume = effect->disk.volume,
                  .ticket = effect->disk.ticket,
                  .token = effect->disk.token,
                  .offset = effect->disk.offset },
    };
    return completion;
}

static void release_change(struct rig *rig, const struct effect *effect)
{
    struct disk *disk = rig->volumes[effect->disk.volume];
    bool write = effect->kind == EFFECT_WRITE;
    enum disk_result result =
        write ? disk_write(disk, effect->disk.offset, effect_bytes(&rig->cx, effect).data,
                           effect->bytes_size)
              : disk_discard(disk, effect->disk.offset, effect->disk.size);
    if (effect->disk.token == CS_SILENT)
        return;
    struct rig_completion *completion =
        add_completion(rig, effect, write ? CS_DISK_WRITE : CS_DISK_DISCARD);
    completion->done.status = context_disk_status(result);
}

static void release_read(struct rig *rig, const struct effect *effect)
{
    struct rig_completion *completion = add_completion(rig, effect, CS_DISK_READ);
    completion->data = malloc(effect->disk.size);
    cs_assert(completion->data != NULL || effect->disk.size == 0);
    enum disk_result result = disk_read(rig->volumes[effect->disk.volume], effect->disk.offset,
                                        completion->data, effect->disk.size);
    completion->done.status = context_disk_status(result);
    if (result == DISK_OK)
        completion->done.data = cs_bytes_of(completion->data, effect->disk.size);
}

static void end_incarnation(struct rig *rig, enum disk_loss loss);

/* As on the host: an instance whose barrier fails is stopped. */
static void fail_barrier(struct rig *rig, enum cs_disk_status status)
{
    cs_text_add(&rig->effects, "stop %s\n", effect_barrier_failure(status));
    end_incarnation(rig, DISK_KEEP);
}

static void hold_flush(struct rig *rig, const struct effect *effect)
{
    struct rig_completion *completion = add_completion(rig, effect, CS_DISK_FLUSH);
    completion->waits = true;
    completion->barrier = effect->kind == EFFECT_BARRIER;
    completion->covers = disk_written(rig->volumes[effect->disk.volume]);
    rig->blocked = completion->barrier;
}

static void release_flush(struct rig *rig, const struct effect *effect)
{
    struct disk *disk = rig->volumes[effect->disk.volume];
    if (rig->hold) {
        hold_flush(rig, effect);
        return;
    }
    enum cs_disk_status status = context_disk_status(disk_flush(disk, disk_written(disk)));
    if (effect->kind == EFFECT_BARRIER && status != CS_DISK_OK) {
        fail_barrier(rig, status);
    } else if (effect->disk.token != CS_SILENT) {
        add_completion(rig, effect, CS_DISK_FLUSH)->done.status = status;
    }
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static void end_incarnation(struct rig *rig, enum disk_loss loss)
{
    for (size_t i = 0; loss != DISK_KEEP && i < rig->instance.volume_count; i++)
        disk_power_loss(rig->volumes[i], loss);
    rig->crash_after = SIZE_MAX;
    rig_forget_incarnation(rig);
}

static void *copy_of(const void *data, size_t size)
{
    void *copy = malloc(size); /* exactly, so that a look past the end is found by tools */
    cs_assert(copy != NULL || size == 0);
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

static void release_send(struct rig *rig, const struct effect *effect)
{
    struct cs_bytes body = effect_bytes(&rig->cx, effect);
    for (uint32_t i = 0; i < effect->send.to_count; i++) {
        cs_assert(rig->sent_count < RIG_SENT_MAX);
        rig->sent[rig->sent_count++] = (struct rig_sent_message){
            .to = effect_targets(&rig->cx, effect)[i],
            .kind = effect->send.kind,
            .body = cs_bytes_of(copy_of(body.data, body.size), body.size),
        };
    }
}

/* What is not here (facts, counters, …) is text only. */
static void release_one(struct rig *rig, const struct effect *effect)
{
    if (effect->kind == EFFECT_SEND) {
        release_send(rig, effect);
    } else if (effect->kind == EFFECT_SET_TIMER) {
        arm_timer(rig, effect->timer.token, effect->timer.after);
    } else if (effect->kind == EFFECT_CANCEL_TIMER) {
        disarm_timer(rig, effect->timer.token);
    } else if (effect->kind == EFFECT_WRITE || effect->kind == EFFECT_DISCARD) {
        release_change(rig, effect);
    } else if (effect->kind == EFFECT_READ) {
        release_read(rig, effect);
    } else if (effect->kind == EFFECT_FLUSH || effect->kind == EFFECT_BARRIER) {
        release_flush(rig, effect);
    } else if (effect->kind == EFFECT_JOB) {
        cs_assert(rig->job_count < RIG_JOBS_MAX);
        rig->jobs[rig->job_count++] = effect->job.token;
    } else if (effect->kind == EFFECT_CANCEL_JOB) {
        forget_job(rig, effect->job.token);
    } else if (effect->kind == EFFECT_STOP) {
        end_incarnation(rig, DISK_KEEP);
    }
}

/* Release effects up to the end of the step, a held barrier or the end of the incarnation. */
static void release_effects(struct rig *rig)
{
    struct cs_context *cx = &rig->cx;
    while (rig->up && !rig->blocked) {
        bool over = rig->next_effect == cx->effect_count;
        if (rig->next_effect == rig->crash_after || (over && rig->crash_after != SIZE_MAX)) {
            end_incarnation(rig, rig->crash_loss);
        } else if (over) {
            return;
        } else {
            const struct effect *effect = &cx->effects[rig->next_effect++];
            bool durable =
                effect->kind == EFFECT_FACT && effect->fact.fact.rests_on != CS_TICKET_NONE &&
                ticket_is_durable(rig, effect->fact.fact.volume, effect->fact.fact.rests_on);
            rig_describe(&rig->effects, cx, effect, durable);
            release_one(rig, effect);
        }
    }
}

static void begin_step(struct rig *rig)
{
    cs_assert(rig->up);
    cs_assert(!rig->blocked); /* complete the barrier first */
    context_begin(&rig->cx, &rig->instance, (cs_instant){ rig->now_ns },
                  (cs_instant){ rig->now_ns }, rig->now_ns);
    rig->next_effect = 0;
}

static void deliver_completion(struct rig *rig, size_t index)
{
    struct rig_completion completion = rig->completions[index];
    rig->completion_count--;
    memmove(&rig->completions[index], &rig->completions[index + 1],
            (rig->completion_count - index) * sizeof completion);
    if (completion.done.token == CS_SILENT)
        return;
    effect_text_add_done(&rig->effects, &rig->instance, completion.done.op, completion.done.status,
                         completion.done.volume);
    cs_text_add(&rig->effects, "\n");
    begin_step(rig);
    if (rig->options.program->on_disk != NULL)
        rig->options.program->on_disk(rig->state, &rig->cx, &completion.done);
    release_effects(rig);
    free(completion.data);
}

/* Release the step, then hand over what is complete, each in a step of its own. */
static void settle(struct rig *rig)
{
    release_effects(rig);
    size_t index = 0;
    while (rig->up && !rig->blocked && index < rig->completion_count) {
        if (rig->completions[index].waits) {
            index++;
            continue;
        }
        deliver_completion(rig, index);
        index = 0;
    }
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static void begin_input(struct rig *rig)
{
    text_reset(&rig->effects);
    rig_forget_sent(rig);
    begin_step(rig);
}

void rig_start(struct rig *rig, enum cs_start kind)
{
    cs_assert(!rig->up);
    rig->up = true;
    for (size_t i = 0; i < rig->instance.volume_count; i++) {
        rig->tickets[i] = 0;
        rig->written_before[i] = disk_written(rig->volumes[i]);
    }
    rig->state = arena_alloc(rig->instance.arena, rig->options.program->state_size);
    begin_input(rig);
    if (rig->options.program->on_start != NULL)
        rig->options.program->on_start(rig->state, &rig->cx, kind);
    settle(rig);
}

void rig_restart(struct rig *rig) { rig_start(rig, CS_START_RESTART); }

void rig_message(struct rig *rig, cs_node from, cs_kind kind, struct cs_bytes body)
{
    void *copy = copy_of(body.data, body.size); /* it may be one of those sent */
    begin_input(rig);
    if (rig->options.program->on_message != NULL) {
        rig->options.program->on_message(rig->state, &rig->cx, from, kind,
                                         cs_bytes_of(copy, body.size));
    }
    free(copy);
    settle(rig);
}

void rig_timer(struct rig *rig, cs_token token)
{
    size_t i = find_timer(rig, token);
    cs_assert(i < rig->timer_count); /* the timer is armed */
    if (rig->now_ns < rig->timers[i].deadline_ns)
        rig->now_ns = rig->timers[i].deadline_ns;
    disarm_timer(rig, token);
    begin_input(rig);
    if (rig->options.program->on_timer != NULL)
        rig->options.program->on_timer(rig->state, &rig->cx, token);
    settle(rig);
}

void rig_job(struct rig *rig, cs_token token)
{
    bool known = forget_job(rig, token);
    cs_assert(known);
    begin_input(rig);
    if (rig->options.program->on_job != NULL)
        rig->options.program->on_job(rig->state, &rig->cx, token);
    settle(rig);
}

void rig_request(struct rig *rig, cs_request id, const struct cs_op *op)
{
    begin_input(rig);
    if (rig->options.program->on_request != NULL)
        rig->options.program->on_request(rig->state, &rig->cx, id, op);
    settle(rig);
}

void rig_advance(struct rig *rig, cs_duration distance) { rig->now_ns += distance.ns; }

cs_instant rig_now(const struct rig *rig) { return (cs_instant){ rig->now_ns }; }

void rig_hold(struct rig *rig, bool hold) { rig->hold = hold; }

size_t rig_held(const struct rig *rig)
{
    size_t held = 0;
    for (size_t i = 0; i < rig->completion_count; i++)
        held += rig->completions[i].waits;
    return held;
}

static struct rig_completion *oldest_held(struct rig *rig)
{
    size_t i = 0;
    cs_assert(rig_held(rig) > 0);
    while (!rig->completions[i].waits)
        i++;
    return &rig->completions[i];
}

static void finish_flush(struct rig *rig, struct rig_completion *completion,
                         enum cs_disk_status status)
{
    text_reset(&rig->effects);
    rig_forget_sent(rig);
    completion->waits = false;
    completion->done.status = status;
    if (completion->barrier && status == CS_DISK_OK)
        rig->blocked = false;
    if (completion->barrier && status != CS_DISK_OK)
        fail_barrier(rig, status);
    settle(rig);
}

void rig_complete_flush(struct rig *rig)
{
    struct rig_completion *flush = oldest_held(rig);
    struct disk *disk = rig->volumes[flush->done.volume];
    finish_flush(rig, flush, context_disk_status(disk_flush(disk, flush->covers)));
}

void rig_fail_flush(struct rig *rig, enum cs_disk_status status)
{
    struct rig_completion *flush = oldest_held(rig);
    struct disk *disk = rig->volumes[flush->done.volume];
    cs_assert(status != CS_DISK_OK);
    disk_fail_flushes(disk, 1);
    enum disk_result result = disk_flush(disk, flush->covers);
    cs_assert(result != DISK_OK);
    finish_flush(rig, flush, status);
}

void rig_crash(struct rig *rig, enum disk_loss loss)
{
    cs_assert(rig->up);
    end_incarnation(rig, loss);
}

void rig_crash_after(struct rig *rig, size_t effects, enum disk_loss loss)
{
    rig->crash_after = effects;
    rig->crash_loss = loss;
}

bool rig_is_up(const struct rig *rig) { return rig->up; }

/* ---- What it did ----------------------------------------------------------------------------- */

const char *rig_effects(struct rig *rig) { return text_string(&rig->effects); }

const char *rig_lines(struct rig *rig, const char *prefix)
{
    const char *line = text_string(&rig->effects);
    text_reset(&rig->lines);
    while (*line != '\0') {
        size_t size = (size_t)(strchr(line, '\n') - line) + 1;
        if (strncmp(line, prefix, strlen(prefix)) == 0)
            text_add_bytes(&rig->lines, line, size);
        line += size;
    }
    return text_string(&rig->lines);
}

size_t rig_sent_count(const struct rig *rig) { return rig->sent_count; }

struct rig_sent_message rig_sent(const struct rig *rig, size_t n)
{
    cs_assert(n < rig->sent_count);
    return rig->sent[n];
}

bool rig_timer_left(const struct rig *rig, cs_token token, cs_duration *ret_left)
{
    size_t i = find_timer(rig, token);
    if (i == rig->timer_count)
        return false;
    *ret_left = cs_since((cs_instant){ rig->timers[i].deadline_ns }, rig_now(rig));
    return true;
}

uint64_t rig_charged(const struct rig *rig) { return rig->cx.charged_ns; }

void *rig_state(struct rig *rig)
{
    cs_assert(rig->up);
    return rig->state;
}

const char *rig_inspect(struct rig *rig)
{
    cs_assert(rig->up);
    text_reset(&rig->inspected);
    if (rig->options.program->inspect != NULL)
        rig->options.program->inspect(rig->state, &rig->inspected);
    return text_string(&rig->inspected);
}

struct disk *rig_disk(struct rig *rig, cs_volume volume)
{
    cs_assert(volume < rig->instance.volume_count);
    return rig->volumes[volume];
}
