/* Effects as text, for the rig. */
#include "support/rig_internal.h"

/* A fact's name, the names of its fields (NULL: not used), and whether it claims durability; by
 * kind. */
static const struct {
    const char *name;
    const char *a, *b, *c;
    bool durable;
} facts[CS_FACT_KIND_COUNT] = {
    [CS_FACT_ROLE] = { "ROLE", "role", "term", NULL, false },
    [CS_FACT_LEADER] = { "LEADER", "term", "last", "last_term", false },
    [CS_FACT_VOTED] = { "VOTED", "term", "for", NULL, true },
    [CS_FACT_APPENDED] = { "APPENDED", "index", "term", NULL, false },
    [CS_FACT_TRUNCATED] = { "TRUNCATED", "from", NULL, NULL, false },
    [CS_FACT_STORED] = { "STORED", "index", "term", NULL, true },
    [CS_FACT_COMMITTED] = { "COMMITTED", "index", "term", NULL, false },
    [CS_FACT_APPLIED] = { "APPLIED", "index", "term", NULL, false },
    [CS_FACT_SNAPSHOT] = { "SNAPSHOT", "index", "term", NULL, true },
    [CS_FACT_CONFIG] = { "CONFIG", "index", NULL, NULL, false },
    [CS_FACT_PROMISED] = { "PROMISED", "instance", "ballot", NULL, true },
    [CS_FACT_ACCEPTED] = { "ACCEPTED", "instance", "ballot", NULL, true },
    [CS_FACT_CHOSEN] = { "CHOSEN", "instance", "ballot", NULL, false },
    [CS_FACT_PREPARED] = { "PREPARED", "transaction", NULL, NULL, true },
    [CS_FACT_DECIDED] = { "DECIDED", "transaction", "commit", NULL, true },
    [CS_FACT_GRANTED] = { "GRANTED", "lock", "holder", "token", true },
    [CS_FACT_RELEASED] = { "RELEASED", "lock", "holder", "token", false },
    [CS_FACT_TOKEN_ADMITTED] = { "TOKEN_ADMITTED", "lock", NULL, "token", false },
    [CS_FACT_PLACED] = { "PLACED", "item", "fragment", "offset", true },
    [CS_FACT_OWNED] = { "OWNED", "shard", "epoch", NULL, false },
    [CS_FACT_ROUTED] = { "ROUTED", "request", "backend", NULL, false },
    [CS_FACT_DONE] = { "DONE", "request", "backend", NULL, false },
    [CS_FACT_SUSPECTED] = { "SUSPECTED", "node", "incarnation", NULL, false },
    [CS_FACT_TRUSTED] = { "TRUSTED", "node", "incarnation", NULL, false },
};

static const char *const roles[CS_ROLE_COUNT] = {
    [CS_ROLE_FOLLOWER] = "FOLLOWER", [CS_ROLE_CANDIDATE] = "CANDIDATE", [CS_ROLE_LEADER] = "LEADER",
    [CS_ROLE_LEARNER] = "LEARNER",   [CS_ROLE_OTHER] = "OTHER",
};

static const char *const statuses[CS_STATUS_COUNT] = {
    [CS_OK] = "OK",           [CS_FAILED] = "FAILED", [CS_UNKNOWN] = "UNKNOWN",
    [CS_REFUSED] = "REFUSED", [CS_LOST] = "LOST",
};

static const char *const disk_statuses[] = {
    [CS_DISK_OK] = "OK",     [CS_DISK_MEDIUM] = "MEDIUM",   [CS_DISK_DEAD] = "DEAD",
    [CS_DISK_FULL] = "FULL", [CS_DISK_TIMEOUT] = "TIMEOUT", [CS_DISK_OUT_OF_RANGE] = "OUT_OF_RANGE",
};

const char *rig_disk_status_name(enum cs_disk_status status)
{
    cs_assert((size_t)status < sizeof disk_statuses / sizeof *disk_statuses);
    return disk_statuses[status];
}

/* In quotes; what is not printable as \xNN. */
static void add_quoted(struct cs_text *text, struct cs_bytes bytes)
{
    const uint8_t *data = bytes.data;
    cs_text_add(text, "\"");
    for (size_t i = 0; i < bytes.size; i++) {
        bool plain = data[i] >= ' ' && data[i] <= '~' && data[i] != '"' && data[i] != '\\';
        if (plain) {
            cs_text_add(text, "%c", data[i]);
        } else {
            cs_text_add(text, "\\x%02x", data[i]);
        }
    }
    cs_text_add(text, "\"");
}

static void add_result(struct cs_text *text, const struct cs_result *result)
{
    cs_text_add(text, "%s", statuses[result->status]);
    if (result->applied)
        cs_text_add(text, " applied");
    if (result->present)
        cs_text_add(text, " present");
    if (result->number != 0)
        cs_text_add(text, " number=%llu", (unsigned long long)result->number);
    if (result->value.size > 0) {
        cs_text_add(text, " ");
        add_quoted(text, result->value);
    }
    for (size_t i = 0; i < result->part_count; i++) {
        cs_text_add(text, i == 0 ? " [" : ", ");
        add_result(text, &result->parts[i]);
        cs_text_add(text, i + 1 == result->part_count ? "]" : "");
    }
}

static void add_send(struct cs_text *text, const struct cs_context *cx, const struct effect *effect)
{
    const struct cs_program *program = cx->instance->program;
    cs_kind named = 0;
    while (program->kinds != NULL && program->kinds[named] != NULL && named < effect->send.kind)
        named++;
    if (program->kinds != NULL && program->kinds[named] != NULL) {
        cs_text_add(text, " %s to", program->kinds[named]);
    } else {
        cs_text_add(text, " kind %u to", effect->send.kind);
    }
    for (uint32_t i = 0; i < effect->send.to_count; i++)
        cs_text_add(text, " %u", effect_targets(cx, effect)[i]);
    cs_text_add(text, ": ");
    if (program->describe != NULL) {
        program->describe(effect->send.kind, effect_bytes(cx, effect), text);
    } else {
        cs_text_add(text, "%u bytes", effect->bytes_size);
    }
}

static void add_field(struct cs_text *text, const char *name, uint64_t value)
{
    if (name == NULL)
        return;
    if (value == CS_NODE_NONE) {
        cs_text_add(text, " %s=none", name);
    } else {
        cs_text_add(text, " %s=%llu", name, (unsigned long long)value);
    }
}

static void add_fact(struct cs_text *text, const struct cs_fact *fact, bool durable)
{
    cs_text_add(text, " %s", facts[fact->kind].name);
    if (fact->scope != 0)
        add_field(text, "scope", fact->scope);
    if (fact->kind == CS_FACT_ROLE && fact->a < CS_ROLE_COUNT) {
        cs_text_add(text, " %s", roles[fact->a]);
    } else {
        add_field(text, facts[fact->kind].a, fact->a);
    }
    add_field(text, facts[fact->kind].b, fact->b);
    add_field(text, facts[fact->kind].c, fact->c);
    if (fact->content.size > 0)
        cs_text_add(text, " (%zu bytes)", fact->content.size);
    if (fact->recovered) {
        cs_text_add(text, " recovered");
    } else if (fact->rests_on != CS_TICKET_NONE) {
        cs_text_add(text, durable ? " durable" : " NOT DURABLE");
    } else if (facts[fact->kind].durable) {
        cs_text_add(text, " RESTS ON NOTHING");
    }
}

static void add_after(struct cs_text *text, uint64_t token, const char *how, cs_duration distance)
{
    cs_text_add(text, " %llu %s ", (unsigned long long)token, how);
    text_add_duration(text, distance.ns);
}

static void add_disk(struct cs_text *text, const struct effect *effect,
                     const char *const *volume_names)
{
    cs_text_add(text, " %s", volume_names[effect->disk.volume]);
    if (effect->kind != EFFECT_FLUSH && effect->kind != EFFECT_BARRIER) {
        cs_text_add(text, " %llu+%llu", (unsigned long long)effect->disk.offset,
                    (unsigned long long)effect->disk.size);
    }
}

static void add_reply(struct cs_text *text, struct cs_context *cx, const struct effect *effect)
{
    struct cs_result result = context_result(cx, effect);
    cs_text_add(text, " %llu ", (unsigned long long)effect->reply.request);
    add_result(text, &result);
}

static const char *const verbs[EFFECT_KIND_COUNT] = {
    [EFFECT_SEND] = "send",
    [EFFECT_SET_TIMER] = "set timer",
    [EFFECT_CANCEL_TIMER] = "cancel timer",
    [EFFECT_READ] = "read",
    [EFFECT_WRITE] = "write",
    [EFFECT_DISCARD] = "discard",
    [EFFECT_FLUSH] = "flush",
    [EFFECT_BARRIER] = "barrier",
    [EFFECT_REPLY] = "reply",
    [EFFECT_JOB] = "job",
    [EFFECT_CANCEL_JOB] = "cancel job",
    [EFFECT_FACT] = "fact",
    [EFFECT_REACHED] = "reached",
    [EFFECT_COUNT] = "count",
    [EFFECT_LOG] = "log",
    [EFFECT_STOP] = "stop",
};

void rig_describe(struct cs_text *text, struct cs_context *cx, const struct effect *effect,
                  const char *const *volume_names, bool durable)
{
    if (effect->kind == EFFECT_LOG && !cx->instance->log_wanted)
        return;
    cs_text_add(text, "%s", verbs[effect->kind]);
    switch (effect->kind) {
    case EFFECT_SEND:
        add_send(text, cx, effect);
        break;
    case EFFECT_SET_TIMER:
        add_after(text, effect->timer.token, "in", effect->timer.after);
        break;
    case EFFECT_CANCEL_TIMER:
        cs_text_add(text, " %llu", (unsigned long long)effect->timer.token);
        break;
    case EFFECT_READ:
    case EFFECT_WRITE:
    case EFFECT_DISCARD:
    case EFFECT_FLUSH:
    case EFFECT_BARRIER:
        add_disk(text, effect, volume_names);
        break;
    case EFFECT_REPLY:
        add_reply(text, cx, effect);
        break;
    case EFFECT_JOB:
        add_after(text, effect->job.token, "for", effect->job.cost);
        break;
    case EFFECT_CANCEL_JOB:
        cs_text_add(text, " %llu", (unsigned long long)effect->job.token);
        break;
    case EFFECT_FACT:
        add_fact(text, &effect->fact.fact, durable);
        break;
    case EFFECT_COUNT:
        cs_text_add(text, " %s %llu", effect->named.name, (unsigned long long)effect->named.count);
        break;
    case EFFECT_LOG:
        cs_text_add(text, " ");
        text_add_bytes(text, effect_bytes(cx, effect).data, effect->bytes_size);
        break;
    case EFFECT_REACHED:
    case EFFECT_STOP:
        cs_text_add(text, " %s", effect->named.name);
        break;
    case EFFECT_KIND_COUNT:
        cs_assert(false && "an effect");
    }
    cs_text_add(text, "\n");
}
