/* See context.h.  What a handler may ask, of clustersim/protocol.h, in that header's order. */
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "host/context.h"

cs_instant cs_now(const struct cs_context *cx) { return cx->now; }

cs_instant cs_wall(const struct cs_context *cx) { return cx->wall; }

cs_node cs_self(const struct cs_context *cx) { return cx->instance->self; }

struct cs_group cs_group(const struct cs_context *cx, const char *name)
{
    const struct context_instance *instance = cx->instance;
    for (size_t i = 0; i < instance->binding_count; i++) {
        if (strcmp(instance->bindings[i].name, name) == 0)
            return instance->bindings[i].group;
    }
    struct cs_text problem = { 0 };
    cs_text_add(&problem, "no group is bound to \"%s\": is it among the uses of the program?",
                name);
    cs_assert_failed(text_string(&problem), __FILE__, __LINE__);
}

uint64_t cs_random(struct cs_context *cx, const char *purpose, uint64_t bound)
{
    struct context_instance *instance = cx->instance;
    uint64_t name = hash_string(purpose);
    size_t i = 0;
    cs_assert(bound > 0);
    while (i < instance->purpose_count && instance->purposes[i].purpose != name)
        i++;
    if (i == instance->purpose_count) {
        cs_assert(i < CONTEXT_PURPOSES_MAX);
        instance->purposes[i] = (struct purpose_stream){
            .purpose = name,
            .stream = random_stream_of(random_mix(instance->stream_key ^ name)),
        };
        instance->purpose_count++;
    }
    return random_below(&instance->purposes[i].stream, bound);
}

static enum cs_param_kind param_kind(const struct cs_context *cx, size_t index)
{
    cs_assert(index < cx->instance->param_count);
    return cx->instance->program->params[index].kind;
}

bool cs_param_flag(const struct cs_context *cx, size_t index)
{
    cs_assert(param_kind(cx, index) == CS_PARAM_FLAG);
    return cx->instance->params[index].number != 0;
}

uint64_t cs_param_number(const struct cs_context *cx, size_t index)
{
    enum cs_param_kind kind = param_kind(cx, index);
    cs_assert(kind == CS_PARAM_NUMBER || kind == CS_PARAM_SIZE || kind == CS_PARAM_CHOICE);
    return cx->instance->params[index].number;
}

cs_duration cs_param_duration(const struct cs_context *cx, size_t index)
{
    cs_assert(param_kind(cx, index) == CS_PARAM_DURATION);
    return cs_ns(cx->instance->params[index].number);
}

cs_duration cs_draw(struct cs_context *cx, size_t index)
{
    cs_assert(param_kind(cx, index) == CS_PARAM_DISTRIBUTION);
    return cs_ns(distribution_sample(&cx->instance->params[index].distribution,
                                     &cx->instance->param_streams[index]));
}

cs_duration cs_draw_least(const struct cs_context *cx, size_t index)
{
    cs_assert(param_kind(cx, index) == CS_PARAM_DISTRIBUTION);
    return cs_ns(distribution_min(&cx->instance->params[index].distribution));
}

size_t cs_message_max(const struct cs_context *cx)
{
    cs_assert(cx->instance != NULL);
    return CONTEXT_MESSAGE_MAX;
}

static struct disk *volume_disk(const struct cs_context *cx, cs_volume volume)
{
    cs_assert(volume < cx->instance->volume_count);
    return cx->instance->volumes[volume];
}

struct cs_volume_info cs_volume_info(const struct cs_context *cx, cs_volume volume)
{
    const struct context_files *files = cx->instance->files;
    const struct disk *disk = volume_disk(cx, volume);
    if (files != NULL)
        return files->info(files->self, volume);
    return (struct cs_volume_info){
        .size = disk_size(disk),
        .sector = disk_sector(disk),
        .identity = disk_identity(disk),
    };
}

/* Where the volumes of a specification begin; the table of specifications ends with a NULL name. */
static const uint32_t *volumes_of_spec(const struct cs_context *cx, size_t spec_index)
{
    const struct cs_volume_spec *specs = cx->instance->program->volumes;
    cs_assert(specs != NULL);
    for (size_t i = 0; i <= spec_index; i++)
        cs_assert(specs[i].name != NULL);
    return &cx->instance->volume_first[spec_index];
}

size_t cs_volume_count(const struct cs_context *cx, size_t spec_index)
{
    const uint32_t *first = volumes_of_spec(cx, spec_index);
    return first[1] - first[0];
}

cs_volume cs_volume_first(const struct cs_context *cx, size_t spec_index)
{
    return volumes_of_spec(cx, spec_index)[0];
}

void *cs_alloc(struct cs_context *cx, size_t size)
{
    return arena_alloc(cx->instance->arena, size);
}

void *cs_resize(struct cs_context *cx, void *memory, size_t size)
{
    return arena_resize(cx->instance->arena, memory, size);
}

void cs_release(struct cs_context *cx, void *memory) { arena_release(cx->instance->arena, memory); }

/* Lay over `span` what `effect`, a write or a discard, changes of it. */
static void patch_span(const struct cs_context *cx, const struct effect *effect,
                       const struct cs_span *span)
{
    uint64_t begin = effect->disk.offset;
    uint64_t end = begin + effect->disk.size;
    if (begin < span->offset)
        begin = span->offset;
    if (end > span->offset + span->size)
        end = span->offset + span->size;
    if (begin >= end)
        return;
    uint8_t *to = (uint8_t *)span->data + (begin - span->offset);
    if (effect->kind == EFFECT_DISCARD) {
        memset(to, 0, end - begin);
    } else {
        memcpy(to, cx->bytes + effect->bytes_offset + (begin - effect->disk.offset), end - begin);
    }
}

/* A write or discard that the device will refuse changes nothing. */
static bool changes_volume(const struct effect *effect, cs_volume volume, uint64_t volume_size)
{
    if (effect->kind != EFFECT_WRITE && effect->kind != EFFECT_DISCARD)
        return false;
    return effect->disk.volume == volume && effect->disk.offset <= volume_size &&
           effect->disk.size <= volume_size - effect->disk.offset;
}

/* What the volume holds, without the effects of this step. */
static enum cs_disk_status read_volume(struct cs_context *cx, cs_volume volume,
                                       const struct cs_span *span)
{
    const struct context_files *files = cx->instance->files;
    struct disk *disk = volume_disk(cx, volume);
    if (files != NULL)
        return files->read(files->self, volume, span);
    uint64_t at_ns = cx->true_now_ns + cx->charged_ns;
    uint64_t done_ns = disk_finish_read(disk, at_ns, span->size);
    cs_assert(done_ns >= at_ns);
    cx->charged_ns += done_ns - at_ns;
    cx->stalled |= cx->instance->stalls != NULL && cx->instance->stalls[volume] > 0;
    return context_disk_status(disk_read(disk, span->offset, span->data, span->size));
}

enum cs_disk_status cs_read_now(struct cs_context *cx, cs_volume volume,
                                const struct cs_span *spans, size_t count)
{
    uint64_t size = cs_volume_info(cx, volume).size;
    for (size_t i = 0; i < count; i++) {
        enum cs_disk_status status = read_volume(cx, volume, &spans[i]);
        if (status != CS_DISK_OK)
            return status;
        for (size_t j = 0; j < cx->effect_count; j++) {
            if (changes_volume(&cx->effects[j], volume, size))
                patch_span(cx, &cx->effects[j], &spans[i]);
        }
    }
    return CS_DISK_OK;
}
