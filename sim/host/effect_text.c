/* Effects as text: a verb, then what the effect carries, one function for each shape. */
#include "host/effect_text.h"

/* A fact's name, the names of its fields (NULL: not used), which of them is a node ('a', 'b' or
 * 0), and whether it claims durability; by kind. */
static const struct fact_words {
    const char *name;
    const char *a, *b, *c;
    char node;
    bool durable;
} facts[CS_FACT_KIND_COUNT] = {
    [CS_FACT_ROLE] = { "ROLE", "role", "term", NULL, 0, false },
    [CS_FACT_LEADER] = { "LEADER", "term", "last", "last_term", 0, false },
    [CS_FACT_VOTED] = { "VOTED", "term", "for", NULL, 'b', true },
    [CS_FACT_APPENDED] = { "APPENDED", "index", "term", NULL, 0, false },
    [CS_FACT_TRUNCATED] = { "TRUNCATED", "from", NULL, NULL, 0, false },
    [CS_FACT_STORED] = { "STORED", "index", "term", NULL, 0, true },
    [CS_FACT_COMMITTED] = { "COMMITTED", "index", "term", NULL, 0, false },
    [CS_FACT_APPLIED] = { "APPLIED", "index", "term", NULL, 0, false },
    [CS_FACT_SNAPSHOT] = { "SNAPSHOT", "index", "term", NULL, 0, true },
    [CS_FACT_CONFIG] = { "CONFIG", "index", NULL, NULL, 0, false },
    [CS_FACT_PROMISED] = { "PROMISED", "instance", "ballot", NULL, 0, true },
    [CS_FACT_ACCEPTED] = { "ACCEPTED", "instance", "ballot", NULL, 0, true },
    [CS_FACT_CHOSEN] = { "CHOSEN", "instance", "ballot", NULL, 0, false },
    [CS_FACT_PREPARED] = { "PREPARED", "transaction", NULL, NULL, 0, true },
    [CS_FACT_DECIDED] = { "DECIDED", "transaction", "commit", NULL, 0, true },
    [CS_FACT_GRANTED] = { "GRANTED", "lock", "holder", "token", 0, true },
    [CS_FACT_RELEASED] = { "RELEASED", "lock", "holder", "token", 0, false },
    [CS_FACT_TOKEN_ADMITTED] = { "TOKEN_ADMITTED", "lock", NULL, "token", 0, false },
    [CS_FACT_PLACED] = { "PLACED", "item", "fragment", "offset", 0, true },
    [CS_FACT_OWNED] = { "OWNED", "shard", "epoch", NULL, 0, false },
    [CS_FACT_ROUTED] = { "ROUTED", "request", "backend", NULL, 'b', false },
    [CS_FACT_DONE] = { "DONE", "request", "backend", NULL, 'b', false },
    [CS_FACT_SUSPECTED] = { "SUSPECTED", "node", "incarnation", NULL, 'a', false },
    [CS_FACT_TRUSTED] = { "TRUSTED", "node", "incarnation", NULL, 'a', false },
    [CS_FACT_STATE] = { "STATE", NULL, NULL, NULL, 0, false },
};

static const char *const roles[CS_ROLE_COUNT] = {
    [CS_ROLE_FOLLOWER] = "FOLLOWER", [CS_ROLE_CANDIDATE] = "CANDIDATE", [CS_ROLE_LEADER] = "LEADER",
    [CS_ROLE_LEARNER] = "LEARNER",   [CS_ROLE_OTHER] = "OTHER",
};

static const char *const statuses[CS_STATUS_COUNT] = {
    [CS_OK] = "OK",           [CS_FAILED] = "FAILED", [CS_UNKNOWN] = "UNKNOWN",
    [CS_REFUSED] = "REFUSED", [CS_LOST] = "LOST",
};

static const char *const disk_ops[] = {
    [CS_DISK_READ] = "read",
    [CS_DISK_WRITE] = "write",
    [CS_DISK_DISCARD] = "discard",
    [CS_DISK_FLUSH] = "flush",
};

static const char *const disk_statuses[] = {
    [CS_DISK_OK] = "OK",     [CS_DISK_MEDIUM] = "MEDIUM",   [CS_DISK_DEAD] = "DEAD",
    [CS_DISK_FULL] = "FULL", [CS_DISK_TIMEOUT] = "TIMEOUT", [CS_DISK_OUT_OF_RANGE] = "OUT_OF_RANGE",
};

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

const char *effect_verb(enum effect_kind kind)
{
    cs_assert(kind < EFFECT_KIND_COUNT);
    cs_assert(verbs[kind] != NULL);
    return verbs[kind];
}

const char *effect_barrier_failure(enum cs_disk_status status)
{
    static const char *const reasons[] = {
        [CS_DISK_MEDIUM] = "barrier failed: MEDIUM",
        [CS_DISK_DEAD] = "barrier failed: DEAD",
        [CS_DISK_FULL] = "barrier failed: FULL",
        [CS_DISK_TIMEOUT] = "barrier failed: TIMEOUT",
        [CS_DISK_OUT_OF_RANGE] = "barrier failed: OUT_OF_RANGE",
    };
    cs_assert(status != CS_DISK_OK);
    cs_assert((size_t)status < sizeof reasons / sizeof reasons[0]);
    return reasons[status];
}

#define U(number) ((unsigned long long)(number))

/* ---- Parts of lines -------------------------------------------------------------------------- */

void effect_text_add_quoted(struct cs_text *text, struct cs_bytes bytes)
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

void effect_text_add_node(struct cs_text *text, const struct node_names *names, cs_node node)
{
    if (names == NULL) {
        cs_text_add(text, "%u", node);
    } else {
        cs_text_add(text, "%s", names->name(names->self, node));
    }
}

void effect_text_add_kind(struct cs_text *text, const struct cs_program *program, cs_kind kind)
{
    cs_kind named = 0;
    while (program->kinds != NULL && program->kinds[named] != NULL && named < kind)
        named++;
    if (program->kinds != NULL && program->kinds[named] != NULL) {
        cs_text_add(text, "%s", program->kinds[named]);
    } else {
        cs_text_add(text, "kind %u", kind);
    }
}

void effect_text_add_body(struct cs_text *text, const struct cs_program *program, cs_kind kind,
                          struct cs_bytes body)
{
    if (program->describe != NULL) {
        program->describe(kind, body, text);
    } else {
        cs_text_add(text, "%zu bytes", body.size);
    }
}

void effect_text_add_volume(struct cs_text *text, const struct context_instance *instance,
                            cs_volume volume)
{
    const struct cs_volume_spec *specs = instance->program->volumes;
    cs_assert(specs != NULL);
    cs_assert(volume < instance->volume_count);
    size_t spec = 0;
    while (volume >= instance->volume_first[spec + 1])
        spec++;
    cs_text_add(text, "%s", specs[spec].name);
    if (specs[spec].counted != NULL)
        cs_text_add(text, "%u", volume - instance->volume_first[spec]);
}

void effect_text_add_done(struct cs_text *text, const struct context_instance *instance,
                          enum cs_disk_op op, enum cs_disk_status status, cs_volume volume)
{
    cs_assert((size_t)op < sizeof disk_ops / sizeof *disk_ops);
    cs_assert((size_t)status < sizeof disk_statuses / sizeof *disk_statuses);
    cs_text_add(text, "done %s ", disk_ops[op]);
    effect_text_add_volume(text, instance, volume);
    if (status != CS_DISK_OK)
        cs_text_add(text, " %s", disk_statuses[status]);
}

/* ---- What effects carry ---------------------------------------------------------------------- */

static void add_result(struct cs_text *text, const struct cs_result *result)
{
    cs_assert((unsigned)result->status < CS_STATUS_COUNT);
    cs_text_add(text, "%s", statuses[result->status]);
    if (result->applied)
        cs_text_add(text, " applied");
    if (result->present)
        cs_text_add(text, " present");
    if (result->number != 0)
        cs_text_add(text, " number=%llu", U(result->number));
    if (result->value.size > 0) {
        cs_text_add(text, " ");
        effect_text_add_quoted(text, result->value);
    }
    for (size_t i = 0; i < result->part_count; i++) {
        cs_text_add(text, i == 0 ? " [" : ", ");
        add_result(text, &result->parts[i]);
        cs_text_add(text, i + 1 == result->part_count ? "]" : "");
    }
}

static void add_reply(struct cs_text *text, struct cs_context *cx, const struct effect *effect)
{
    struct cs_result result = context_result(cx, effect);
    cs_text_add(text, " %llu ", U(effect->reply.request));
    add_result(text, &result);
}

static void add_send(struct cs_text *text, const struct cs_context *cx, const struct effect *effect,
                     const struct node_names *names)
{
    const struct cs_program *program = cx->instance->program;
    cs_text_add(text, " ");
    effect_text_add_kind(text, program, effect->send.kind);
    cs_text_add(text, " to");
    for (uint32_t i = 0; i < effect->send.to_count; i++) {
        cs_text_add(text, " ");
        effect_text_add_node(text, names, effect_targets(cx, effect)[i]);
    }
    cs_text_add(text, ": ");
    effect_text_add_body(text, program, effect->send.kind, effect_bytes(cx, effect));
}

/* `names` is NULL for a field that is no node. */
static void add_field(struct cs_text *text, const char *name, uint64_t value,
                      const struct node_names *names)
{
    if (name == NULL)
        return;
    cs_text_add(text, " %s=", name);
    if (value == CS_NODE_NONE) {
        cs_text_add(text, "none");
    } else if (names != NULL) {
        effect_text_add_node(text, names, (cs_node)value);
    } else {
        cs_text_add(text, "%llu", U(value));
    }
}

static void add_fact(struct cs_text *text, const struct cs_fact *fact,
                     const struct node_names *names, bool durable)
{
    cs_assert((unsigned)fact->kind < CS_FACT_KIND_COUNT);
    const struct fact_words *words = &facts[fact->kind];
    cs_text_add(text, " %s", words->name);
    if (fact->scope != 0)
        add_field(text, "scope", fact->scope, NULL);
    if (fact->kind == CS_FACT_ROLE && fact->a < CS_ROLE_COUNT) {
        cs_text_add(text, " %s", roles[fact->a]);
    } else {
        add_field(text, words->a, fact->a, words->node == 'a' ? names : NULL);
    }
    add_field(text, words->b, fact->b, words->node == 'b' ? names : NULL);
    add_field(text, words->c, fact->c, NULL);
    if (fact->content.size > 0)
        cs_text_add(text, " (%zu bytes)", fact->content.size);
    if (fact->recovered) {
        cs_text_add(text, " recovered");
    } else if (fact->rests_on != CS_TICKET_NONE) {
        cs_text_add(text, durable ? " durable" : " NOT DURABLE");
    } else if (words->durable) {
        cs_text_add(text, " RESTS ON NOTHING");
    }
}

static void add_after(struct cs_text *text, uint64_t token, const char *how, cs_duration distance)
{
    cs_text_add(text, " %llu %s ", U(token), how);
    text_add_duration(text, distance.ns);
}

static void add_disk(struct cs_text *text, const struct cs_context *cx, const struct effect *effect)
{
    cs_text_add(text, " ");
    effect_text_add_volume(text, cx->instance, effect->disk.volume);
    if (effect->kind != EFFECT_FLUSH && effect->kind != EFFECT_BARRIER)
        cs_text_add(text, " %llu+%llu", U(effect->disk.offset), U(effect->disk.size));
}

static void add_log(struct cs_text *text, const struct cs_context *cx, const struct effect *effect)
{
    struct cs_bytes line = effect_bytes(cx, effect);
    cs_text_add(text, " ");
    text_add_bytes(text, line.data, line.size);
}

/* ---- The line -------------------------------------------------------------------------------- */

void effect_text_add(struct cs_text *text, struct cs_context *cx, const struct effect *effect,
                     const struct node_names *names, bool durable)
{
    cs_assert(effect->kind < EFFECT_KIND_COUNT);
    cs_text_add(text, "%s", effect_verb(effect->kind));
    switch (effect->kind) {
    case EFFECT_SEND:
        add_send(text, cx, effect, names);
        break;
    case EFFECT_SET_TIMER:
        add_after(text, effect->timer.token, "in", effect->timer.after);
        break;
    case EFFECT_CANCEL_TIMER:
        cs_text_add(text, " %llu", U(effect->timer.token));
        break;
    case EFFECT_READ:
    case EFFECT_WRITE:
    case EFFECT_DISCARD:
    case EFFECT_FLUSH:
    case EFFECT_BARRIER:
        add_disk(text, cx, effect);
        break;
    case EFFECT_REPLY:
        add_reply(text, cx, effect);
        break;
    case EFFECT_JOB:
        add_after(text, effect->job.token, "for", effect->job.cost);
        break;
    case EFFECT_CANCEL_JOB:
        cs_text_add(text, " %llu", U(effect->job.token));
        break;
    case EFFECT_FACT:
        add_fact(text, &effect->fact.fact, names, durable);
        break;
    case EFFECT_COUNT:
        cs_text_add(text, " %s %llu", effect->named.name, U(effect->named.count));
        break;
    case EFFECT_LOG:
        add_log(text, cx, effect);
        break;
    case EFFECT_REACHED:
    case EFFECT_STOP:
        cs_text_add(text, " %s", effect->named.name);
        break;
    case EFFECT_KIND_COUNT:
        cs_assert(false && "an effect");
    }
}
