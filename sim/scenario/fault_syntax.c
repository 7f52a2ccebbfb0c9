#include "scenario/fault_syntax.h"

#include <string.h>

#include "scenario/value.h"

/* clang-format off */
const struct fault_syntax fault_syntax[FAULT_KIND_COUNT] = {
    [FAULT_CRASH] = { "crash", FORM_TARGETS, .duration = FOR_OPTIONAL },
    [FAULT_POWER_LOSS] = { "power-loss", FORM_TARGETS, .duration = FOR_OPTIONAL },
    [FAULT_STOP] = { "stop", FORM_TARGETS, .duration = FOR_OPTIONAL },
    [FAULT_PAUSE] = { "pause", FORM_TARGETS },
    [FAULT_SLOW_CPU] = { "slow-cpu", FORM_OBJECT, "target", .members = {
        { "factor", KIND_FACTOR, AMOUNT_FACTOR } } },
    [FAULT_PARTITION] = { "partition", FORM_SIDES },
    [FAULT_RING] = { "ring", FORM_TARGETS },
    [FAULT_BLOCK] = { "block", FORM_OBJECT, "from", "to" },
    [FAULT_CLOG] = { "clog", FORM_TARGETS },
    [FAULT_CLOG_LINK] = { "clog-link", FORM_OBJECT, "from", "to" },
    [FAULT_PACKETS] = { "packets", FORM_OBJECT, "from", "to", .either = true, .members = {
        { "loss", KIND_PROBABILITY, AMOUNT_LOSS },
        { "duplicate", KIND_PROBABILITY, AMOUNT_DUPLICATE },
        { "reorder", KIND_PROBABILITY, AMOUNT_REORDER },
        { "corrupt", KIND_PROBABILITY, AMOUNT_CORRUPT },
        { "burst.begin", KIND_PROBABILITY, AMOUNT_BURST_BEGIN },
        { "burst.end", KIND_PROBABILITY, AMOUNT_BURST_END },
        { "bandwidth", KIND_BANDWIDTH, AMOUNT_BANDWIDTH },
        { "queue", KIND_SIZE, AMOUNT_QUEUE } } },
    [FAULT_SLOW_DISK] = { "slow-disk", FORM_OBJECT, "target", .members = {
        { "factor", KIND_FACTOR, AMOUNT_FACTOR } } },
    [FAULT_STALLED_DISK] = { "stalled-disk", FORM_OBJECT, "target" },
    [FAULT_FAILING_DISK] = { "failing-disk", FORM_OBJECT, "target", .members = {
        { "read", KIND_PROBABILITY, AMOUNT_READ },
        { "write", KIND_PROBABILITY, AMOUNT_WRITE },
        { "flush", KIND_PROBABILITY, AMOUNT_FLUSH },
        { "timeout", KIND_PROBABILITY, AMOUNT_TIMEOUT } } },
    [FAULT_FAILING_FLUSH] = { "failing-flush", FORM_OBJECT, "target", .duration = FOR_NONE,
        .members = { { "count", KIND_NUMBER, AMOUNT_COUNT } } },
    [FAULT_LYING_DISK] = { "lying-disk", FORM_OBJECT, "target", .members = {
        { "flush", KIND_PROBABILITY, AMOUNT_FLUSH },
        { "lost", KIND_PROBABILITY, AMOUNT_LOST },
        { "misdirected", KIND_PROBABILITY, AMOUNT_MISDIRECTED } } },
    [FAULT_FULL_DISK] = { "full-disk", FORM_OBJECT, "target" },
    [FAULT_DEAD_DISK] = { "dead-disk", FORM_OBJECT, "target" },
    [FAULT_REPLACED_DISK] = { "replaced-disk", FORM_OBJECT, "target", .duration = FOR_NONE },
    [FAULT_BIT_ROT] = { "bit-rot", FORM_OBJECT, "target", .duration = FOR_NONE, .members = {
        { "count", KIND_NUMBER, AMOUNT_COUNT },
        { "probability", KIND_PROBABILITY, AMOUNT_SHARE } } },
    [FAULT_BAD_SECTORS] = { "bad-sectors", FORM_OBJECT, "target", .duration = FOR_NONE, .members = {
        { "count", KIND_NUMBER, AMOUNT_COUNT },
        { "probability", KIND_PROBABILITY, AMOUNT_SHARE } } },
    [FAULT_CLOCK] = { "clock", FORM_OBJECT, "node", .duration = FOR_OPTIONAL, .members = {
        { "jump", KIND_SHIFT, AMOUNT_JUMP },
        { "drift_ppm", KIND_PPM, AMOUNT_DRIFT } } },
    [FAULT_ADD] = { "add", FORM_TARGETS, .duration = FOR_NONE },
    [FAULT_REMOVE] = { "remove", FORM_TARGETS, .duration = FOR_NONE },
    [FAULT_SWIZZLE] = { "swizzle", FORM_OBJECT, "target", .duration = FOR_NONE, .members = {
        { "hold", KIND_DURATION, AMOUNT_HOLD },
        { "gap", KIND_DURATION, AMOUNT_GAP } } },
    [FAULT_ROLLING_RESTART] = { "rolling-restart", FORM_OBJECT, "target", .duration = FOR_NONE,
        .members = {
        { "down", KIND_DURATION, AMOUNT_HOLD },
        { "gap", KIND_DURATION, AMOUNT_GAP } } },
};
/* clang-format on */

enum fault_kind fault_syntax_kind(const json_t *fault)
{
    enum fault_kind kind = 0;
    while (kind < FAULT_KIND_COUNT && json_object_get(fault, fault_syntax[kind].key) == NULL)
        kind++;
    return kind;
}

json_t *fault_syntax_member(const json_t *object, const struct fault_member *member)
{
    const char *dot = strchr(member->key, '.');
    if (dot == NULL)
        return json_object_get(object, member->key);
    g_autofree char *outer = g_strndup(member->key, (gsize)(dot - member->key));
    return json_object_get(json_object_get(object, outer), dot + 1);
}

json_t *fault_syntax_number(enum kind kind, int64_t value)
{
    if (kind == KIND_PROBABILITY)
        return json_real((double)value / 4294967296.0);
    if (kind == KIND_FACTOR)
        return json_real((double)value / 65536.0);
    if (kind == KIND_PPM)
        return json_real((double)value / 1000.0);
    if (kind == KIND_NUMBER)
        return json_integer(value);
    bool bytes = kind == KIND_SIZE;
    const char *unit = kind == KIND_BANDWIDTH ? "bit/s" : bytes ? "B" : "ns";
    const char *sign = kind == KIND_SHIFT && value >= 0 ? "+" : "";
    cs_assert(kind == KIND_BANDWIDTH || kind == KIND_DURATION || kind == KIND_SHIFT || bytes);
    g_autofree char *text = g_strdup_printf("%s%" G_GINT64_FORMAT "%s", sign, value, unit);
    return json_string(text);
}

/* ---- What becomes of unflushed sectors ------------------------------------------------------- */

const char *const fault_loss_names[] = {
    "keep", "lose-unsynced", "random", "torn-write", "empty", NULL,
};
static const struct fault_loss losses[] = {
    { .loss = DISK_KEEP },
    { .loss = DISK_LOSE },
    { .loss = DISK_ANY },
    { .loss = DISK_TORN },
    { .loss = DISK_LOSE, .empty = true },
};
_Static_assert(G_N_ELEMENTS(losses) + 1 == G_N_ELEMENTS(fault_loss_names), "one name each");

const char *fault_loss_name(struct fault_loss loss)
{
    for (size_t i = 0; i < G_N_ELEMENTS(losses); i++) {
        if (losses[i].loss == loss.loss && losses[i].empty == loss.empty)
            return fault_loss_names[i];
    }
    cs_assert(false && "a fate without a name");
    return NULL;
}

struct fault_loss fault_loss_named(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(losses); i++) {
        if (strcmp(fault_loss_names[i], name) == 0)
            return losses[i];
    }
    return losses[0];
}
