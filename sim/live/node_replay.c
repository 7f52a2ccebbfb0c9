#include "live/node_replay.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "host/cluster.h"
#include "host/effect_text.h"

struct player {
    const struct node_log *log;
    struct cluster_options options;
    struct cluster *cluster; /* what the context is made of; it runs nothing */
    struct context_instance *lent;
    struct context_files face;
    struct cs_context cx;
    void *state;
    GHashTable *tokens; /* those that may be pointers: as recorded -> as they are here */
    const struct log_step *step;
    guint number;         /* of the step, from 1 */
    guint read;           /* of the step's reads, how many were asked for */
    GByteArray *bytes;    /* of an effect */
    struct cs_text input; /* room for the step's */
    struct node_replay *result;
};

/* ---- Differences ----------------------------------------------------------------------------- */

static void differ(struct player *player, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The first one counts. */
static void differ(struct player *player, const char *format, ...)
{
    if (player->result->difference != NULL)
        return;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    cs_assert(player->step != NULL);
    text_reset(&player->input);
    node_input_add_text(&player->step->input, player->lent, &player->input);
    player->result->difference =
        g_strdup_printf("input %u of %u (%s): %s", player->number, player->log->steps->len,
                        text_string(&player->input), what);
}

static bool same(struct cs_bytes one, struct cs_bytes other)
{
    return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

static size_t first_difference(struct cs_bytes one, struct cs_bytes other)
{
    const uint8_t *a = one.data, *b = other.data;
    size_t at = 0;
    while (at < one.size && at < other.size && a[at] == b[at])
        at++;
    return at;
}

/* ---- What it reads at once ------------------------------------------------------------------- */

static void expect_read(struct player *player, cs_volume volume, const struct cs_span *span,
                        const struct log_read *recorded)
{
    if (recorded == NULL) {
        differ(player,
               "it reads %zu bytes at %" G_GUINT64_FORMAT " of volume %u; recorded is no "
               "more reading",
               span->size, span->offset, volume);
    } else if (recorded->volume != volume || recorded->offset != span->offset ||
               recorded->bytes.size != span->size) {
        differ(player,
               "it reads %zu bytes at %" G_GUINT64_FORMAT " of volume %u; recorded are %zu at "
               "%" G_GUINT64_FORMAT " of volume %u",
               span->size, span->offset, volume, recorded->bytes.size, recorded->offset,
               recorded->volume);
    }
}

static enum cs_disk_status read_span(void *self, cs_volume volume, const struct cs_span *span)
{
    struct player *player = self;
    const struct log_step *step = player->step;
    const struct log_read *recorded = NULL;
    if (player->read < step->read_count) {
        recorded =
            &g_array_index(player->log->reads, struct log_read, step->read_first + player->read++);
    }
    expect_read(player, volume, span, recorded);
    if (player->result->difference != NULL || recorded == NULL) {
        memset(span->data, 0, span->size);
        return CS_DISK_DEAD;
    }
    cs_assert(recorded->bytes.size == span->size);
    memcpy(span->data, recorded->bytes.data, span->size);
    return recorded->status;
}

static struct cs_volume_info info(void *self, cs_volume volume)
{
    const struct player *player = self;
    cs_assert(volume < player->log->volumes->len);
    return g_array_index(player->log->volumes, struct cs_volume_info, volume);
}

/* ---- Effects --------------------------------------------------------------------------------- */

static void compare_effect(struct player *player, guint index, const struct effect *effect)
{
    cs_assert(index < player->step->effect_count);
    const struct log_effect *recorded =
        &g_array_index(player->log->effects, struct log_effect, player->step->effect_first + index);
    cs_token token = log_token_of(effect);
    g_byte_array_set_size(player->bytes, 0);
    log_add_effect(player->bytes, &player->cx, effect);
    struct cs_bytes bytes = cs_bytes_of(player->bytes->data, player->bytes->len);
    if (log_token_is_name(recorded->token)) {
        g_hash_table_insert(player->tokens, g_memdup2(&recorded->token, sizeof token),
                            g_memdup2(&token, sizeof token));
    }
    if (same(bytes, recorded->bytes)) {
        player->result->effects++;
        return;
    }
    struct cs_text line = { 0 };
    effect_text_add(&line, &player->cx, effect, NULL, true);
    differ(player, "effect %u of %u differs at byte %zu of %zu\n  recorded: %.*s\n  replayed: %s",
           index + 1, player->step->effect_count, first_difference(bytes, recorded->bytes),
           recorded->bytes.size, (int)recorded->line.size, (const char *)recorded->line.data,
           text_string(&line));
    text_done(&line);
}

static void compare_count(struct player *player)
{
    const struct log_step *step = player->step;
    if (player->cx.effect_count > step->effect_count) {
        struct cs_text line = { 0 };
        effect_text_add(&line, &player->cx, &player->cx.effects[step->effect_count], NULL, true);
        differ(player, "%zu effects; recorded are %u\n  recorded: nothing\n  replayed: %s",
               player->cx.effect_count, step->effect_count, text_string(&line));
        text_done(&line);
    } else if (player->cx.effect_count < step->effect_count) {
        const struct log_effect *recorded =
            &g_array_index(player->log->effects, struct log_effect,
                           step->effect_first + (guint)player->cx.effect_count);
        differ(player, "%zu effects; recorded are %u\n  recorded: %.*s\n  replayed: nothing",
               player->cx.effect_count, step->effect_count, (int)recorded->line.size,
               (const char *)recorded->line.data);
    }
}

static void compare(struct player *player)
{
    const struct log_step *step = player->step;
    if (player->read < step->read_count) {
        differ(player, "it reads %u times at once; recorded are %u", player->read,
               step->read_count);
    }
    for (guint i = 0; i < step->effect_count && i < player->cx.effect_count; i++)
        compare_effect(player, i, &player->cx.effects[i]);
    compare_count(player);
    if (player->cx.charged_ns != step->charged_ns) {
        differ(player, "it is charged %" G_GUINT64_FORMAT " ns; recorded are %" G_GUINT64_FORMAT,
               player->cx.charged_ns, step->charged_ns);
    }
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static void translate(struct player *player, cs_token *token)
{
    if (!log_token_is_name(*token))
        return;
    const cs_token *here = g_hash_table_lookup(player->tokens, token);
    if (here == NULL) {
        differ(player, "its token was that of no effect");
    } else {
        *token = *here;
    }
}

static void feed(struct player *player)
{
    struct node_input input = player->step->input;
    player->read = 0;
    if (input.kind == INPUT_TIMER || input.kind == INPUT_JOB)
        translate(player, &input.token);
    if (input.kind == INPUT_DISK)
        translate(player, &input.done.token);
    if (player->result->difference != NULL)
        return;
    context_begin(&player->cx, player->lent, (cs_instant){ player->step->now_ns },
                  (cs_instant){ player->step->wall_ns }, 0);
    node_input_handle(&input, player->state, &player->cx);
    if (player->step->complete)
        compare(player);
}

/* ---- Assertions ------------------------------------------------------------------------------ */

enum { INTERNAL_ERROR = 70 };

/* The program fails here as it may have failed there. */
static void on_assertion(void *argument)
{
    const struct player *player = argument;
    fprintf(stderr, "  in input %u of %u of the log of %s\n", player->number,
            player->log->steps->len, player->log->instance);
    _exit(INTERNAL_ERROR);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static bool misfit(GError **error, const char *sentence)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s", sentence);
    return false;
}

/* The log's checksums vouch for what was written, not for who has written it. */
static bool fits(const struct node_log *log, const struct plan *plan, uint32_t *ret_instance,
                 GError **error)
{
    uint32_t index = 0;
    while (index < plan->cluster.instance_count &&
           strcmp(plan->cluster.instances[index].name, log->instance) != 0)
        index++;
    *ret_instance = index;
    if (index == plan->cluster.instance_count)
        return misfit(error, "the log's scenario has no instance of the log's name");
    for (guint i = 0; i < log->steps->len; i++) {
        const struct log_step *step = &g_array_index(log->steps, struct log_step, i);
        bool first = step->input.kind == INPUT_START;
        if (first != (i == 0))
            return misfit(error, "the log does not begin with a start, or has more than one");
        if (step->input.kind == INPUT_MESSAGE && step->input.from >= plan->cluster.instance_count)
            return misfit(error, "a message of the log is from nobody");
        if (step->input.bytes.size > CONTEXT_BYTES_MAX)
            return misfit(error, "an input of the log is larger than any");
    }
    return true;
}

static bool open_player(struct player *player, const struct plan *plan, uint32_t instance,
                        GError **error)
{
    player->options = plan->cluster;
    player->options.seed = player->log->seed;
    player->cluster = cluster_new(&player->options);
    player->lent = cluster_lend(player->cluster, instance);
    if (player->lent->volume_count != player->log->volumes->len)
        return misfit(error, "the log has another number of volumes than its scenario");
    player->face = (struct context_files){ .self = player, .read = read_span, .info = info };
    player->lent->files = &player->face;
    player->lent->log_wanted = player->log->lines;
    player->state = arena_alloc(player->lent->arena, player->lent->program->state_size);
    return true;
}

bool node_replay(const struct node_log *log, const struct plan *plan,
                 struct node_replay *ret_replay, GError **error)
{
    struct node_replay result = { 0 };
    struct player player = { .log = log, .result = &result };
    uint32_t instance = 0;
    if (!fits(log, plan, &instance, error))
        return false;
    player.tokens = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    player.bytes = g_byte_array_new();
    context_init(&player.cx);
    bool good = open_player(&player, plan, instance, error);
    assert_set_hook(on_assertion, &player);
    for (guint i = 0; good && i < log->steps->len && result.difference == NULL; i++) {
        player.step = &g_array_index(log->steps, struct log_step, i);
        player.number = i + 1;
        feed(&player);
        result.inputs += result.difference == NULL && player.step->complete;
    }
    assert_set_hook(NULL, NULL);
    context_done(&player.cx);
    cluster_free(player.cluster);
    text_done(&player.input);
    g_byte_array_unref(player.bytes);
    g_hash_table_unref(player.tokens);
    if (good)
        *ret_replay = result;
    return good;
}

void node_replay_clear(struct node_replay *replay)
{
    g_free(replay->difference);
    *replay = (struct node_replay){ 0 };
}
