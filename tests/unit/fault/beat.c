#include "beat.h"

#include <string.h>

#include "base/text.h"

struct beat_seen beat_seen;
int64_t beat_wall_ns[BEAT_NODES];
uint64_t beat_flush_ns[BEAT_NODES];
uint8_t beat_found[BEAT_NODES];
enum cs_start beat_start[BEAT_NODES];
enum cs_disk_status beat_status[BEAT_NODES][4];
uint64_t beat_step_ns[BEAT_NODES];
enum cs_disk_status beat_flush_status[BEAT_NODES];
bool beat_quiet;

enum { TOKEN_BEAT = 1, TOKEN_FLUSH = 2, TOKEN_ASKED = 3, SECTOR = 512 };

struct beater {
    cs_instant flush_began;
    unsigned beats;
};

/* What a beat says: when it was sent, twice, so that damage shows. */
struct beat_message {
    uint64_t sent_ns, check;
};

/* When each was last heard by each, by the receiver's clock; 0: never. */
static uint64_t heard_ns[BEAT_NODES][BEAT_NODES];

void beat_forget(void) { memset(&beat_seen, 0, sizeof beat_seen); }

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)state;
    beat_start[cs_self(cx)] = kind;
    uint8_t first[SECTOR];
    struct cs_span span = { 0, first, sizeof first };
    cs_read_now(cx, 0, &span, 1);
    beat_found[cs_self(cx)] = first[0];
    beat_seen.boots[cs_self(cx)]++;
    cs_set_timer(cx, TOKEN_BEAT, cs_ms(10));
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    struct beater *beater = state;
    (void)token;
    if (beat_quiet)
        return;
    struct beat_message said = { cs_now(cx).ns, ~cs_now(cx).ns };
    beater->beats++;
    for (cs_node to = 0; to < BEAT_NODES; to++) {
        if (to != cs_self(cx))
            cs_send(cx, to, beater->beats & 1, cs_bytes_of(&said, sizeof said));
    }
    cs_charge(cx, 0, beat_step_ns[cs_self(cx)]);
    beat_seen.beats[cs_self(cx)]++;
    beat_wall_ns[cs_self(cx)] = (int64_t)(cs_wall(cx).ns - cs_now(cx).ns);
    beater->flush_began = cs_now(cx);
    cs_flush(cx, 1, TOKEN_FLUSH);
    cs_set_timer(cx, TOKEN_BEAT, cs_ms(10));
}

static void on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    const struct beater *beater = state;
    *(done->token == TOKEN_FLUSH ? &beat_flush_status[cs_self(cx)]
                                 : &beat_status[cs_self(cx)][done->op]) = done->status;
    if (done->op == CS_DISK_READ && done->status == CS_DISK_OK)
        beat_found[cs_self(cx)] = *(const uint8_t *)done->data.data;
    if (done->op == CS_DISK_FLUSH && done->token == TOKEN_FLUSH)
        beat_flush_ns[cs_self(cx)] = cs_since(cs_now(cx), beater->flush_began).ns;
}

static void on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes body)
{
    (void)state;
    cs_node self = cs_self(cx);
    struct beat_message said;
    cs_assert(body.size == sizeof said);
    memcpy(&said, body.data, sizeof said);
    uint64_t now = cs_now(cx).ns;
    bool sound = said.sent_ns == ~said.check;
    uint64_t delay = now - said.sent_ns;
    beat_seen.heard[self][from]++;
    beat_seen.odd[self][from] += kind == 1;
    beat_seen.damaged[self][from] += !sound;
    beat_seen.gaps[self][from] += now - heard_ns[self][from] >= 15000000;
    heard_ns[self][from] = now;
    if (sound && delay > beat_seen.delay_max[self][from])
        beat_seen.delay_max[self][from] = delay;
}

static void fill(struct cs_context *cx)
{
    uint8_t sector[SECTOR] = { 1 };
    for (uint64_t at = 0; at < 4096; at += SECTOR)
        cs_write(cx, 0, at, cs_bytes_of(sector, sizeof sector), CS_SILENT);
    cs_flush(cx, 0, TOKEN_ASKED);
}

static void obey(struct cs_context *cx, enum beat_order order)
{
    switch (order) {
    case BEAT_READ:
        cs_read(cx, 0, 0, SECTOR, TOKEN_ASKED);
        break;
    case BEAT_FLUSH:
        cs_flush(cx, 0, TOKEN_ASKED);
        break;
    case BEAT_BARRIER:
        cs_barrier(cx, 0);
        break;
    case BEAT_FILL:
        fill(cx);
        break;
    case BEAT_STOP:
        cs_stop(cx, "was told to");
        break;
    case BEAT_REACH:
        cs_reached(cx, "here");
        break;
    case BEAT_LEAD:
    case BEAT_RECOVER:
        cs_fact(cx, &(struct cs_fact){
                        .kind = CS_FACT_LEADER, .a = 1, .recovered = order == BEAT_RECOVER });
        break;
    }
}

/* WORK: say a role; SNAPSHOT: an order; WRITE_BLOCK: write a byte. */
static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    (void)state;
    (void)id;
    if (op->kind == CS_OP_WORK) {
        cs_fact(cx, &(struct cs_fact){
                        .kind = CS_FACT_ROLE, .a = op->number & 0xff, .b = op->number >> 8 });
        return;
    }
    if (op->kind == CS_OP_SNAPSHOT) {
        obey(cx, (enum beat_order)op->number);
        return;
    }
    uint8_t sector[SECTOR] = { (uint8_t)op->number };
    cs_write(cx, 0, 0, cs_bytes_of(sector, sizeof sector), TOKEN_ASKED);
}

static const struct cs_volume_spec volumes[] = {
    { .name = "kept", .size = 4096 },
    { .name = "flushed", .size = 4096 },
    { .name = NULL },
};

static const char *const costs[] = { "ns", NULL };

static const struct cs_program program = {
    .role = "server",
    .costs = costs,
    .state_size = sizeof(struct beater),
    .volumes = volumes,
    .on_start = on_start,
    .on_message = on_message,
    .on_timer = on_timer,
    .on_disk = on_disk,
    .on_request = on_request,
};

void beat_split(struct beat *beat, uint32_t first, const char *role)
{
    static struct cs_program others;
    others = program;
    others.role = role;
    beat->small.groups[0].member_count = first;
    beat->small.groups[1].member_count = BEAT_NODES - first;
    for (uint32_t i = first; i < BEAT_NODES; i++) {
        beat->small.members[1][i - first] = i;
        beat->small.instances[i].group = 1;
        beat->small.instances[i].program = &others;
    }
}

void beat_init(struct beat *beat)
{
    *beat = (struct beat){ .names = { "here", "there", "far" } };
    beat_forget();
    memset(beat_step_ns, 0, sizeof beat_step_ns);
    memset(beat_status, 0, sizeof beat_status);
    memset(heard_ns, 0, sizeof heard_ns);
    beat_quiet = false;
    small_cluster_init(&beat->small, &program, BEAT_NODES);
    static const uint64_t unit_costs_ns[] = { 1 };
    for (uint32_t i = 0; i < BEAT_NODES; i++)
        beat->small.instances[i].unit_costs_ns = unit_costs_ns;
    struct topology *topology = &beat->small.options.topology;
    for (uint32_t i = 0; i < BEAT_NODES; i++)
        beat->racks[i] = i / 2;
    beat->regions[1] = beat->regions[2] = 1;
    topology->rack_of_machine = beat->racks;
    topology->rack_count = 3;
    topology->region_count = 2;
    topology->region_of_rack = beat->regions;
    topology->link_of_racks = beat->links;
    topology->region_names = topology->rack_names = beat->names;
    beat->small.groups[0].member_count = BEAT_NODES - 1;
    beat->small.members[1][0] = BEAT_NODES - 1;
    beat->small.groups[1] = (struct group_options){ .name = "one",
                                                    .members = beat->small.members[1],
                                                    .member_count = 1 };
    beat->small.options.group_count = 2;
    beat->small.instances[BEAT_NODES - 1].group = 1;
}

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    (void)self;
    (void)at_ns;
    (void)reason;
    beat_seen.ends[instance][end]++;
}

void beat_begin_with_heal(struct beat *beat, uint64_t seed, const struct fault_options *faults,
                          uint32_t count, uint64_t heal_ms, enum heal heal)
{
    beat->cluster = cluster_new(&beat->small.options);
    cluster_observe(beat->cluster, &(struct cluster_observer){ .on_end = on_end });
    beat->options = (struct timeline_options){
        .seed = seed,
        .faults = faults,
        .fault_count = count,
        .nemesis = beat->nemesis,
        .warmup_ns = beat->warmup_ns,
        .heal_at_ns = heal_ms * 1000000,
        .heal = heal,
    };
    beat->timeline = timeline_new(beat->cluster, &beat->options);
}

void beat_begin(struct beat *beat, uint64_t seed, const struct fault_options *faults,
                uint32_t count)
{
    beat_begin_with_heal(beat, seed, faults, count, 10000, HEAL_ALL);
}

void beat_run_to_ms(struct beat *beat, uint64_t ms)
{
    cluster_run(beat->cluster, ms * 1000000 + 1, UINT64_MAX);
}

void beat_see_to_ms(struct beat *beat, uint64_t ms)
{
    beat_run_to_ms(beat, cluster_now(beat->cluster) / 1000000 + 2);
    beat_forget();
    beat_run_to_ms(beat, ms);
}

void beat_done(struct beat *beat)
{
    timeline_free(beat->timeline);
    cluster_free(beat->cluster);
}

void beat_say_role(struct beat *beat, uint32_t instance, enum cs_role role, uint64_t term)
{
    struct cs_op op = { .kind = CS_OP_WORK, .number = term << 8 | role };
    cluster_request(beat->cluster, instance, &op);
}

void beat_write(struct beat *beat, uint32_t instance, uint8_t byte)
{
    struct cs_op op = { .kind = CS_OP_WRITE_BLOCK, .number = byte };
    cluster_request(beat->cluster, instance, &op);
}

void beat_ask(struct beat *beat, uint32_t instance, enum beat_order order)
{
    struct cs_op op = { .kind = CS_OP_SNAPSHOT, .number = order };
    cluster_request(beat->cluster, instance, &op);
}

bool beat_up(const struct beat *beat, uint32_t instance)
{
    return cluster_view(beat->cluster, instance).up;
}

bool beat_any_lasts(const struct beat *beat)
{
    bool any = false;
    for (size_t i = 0; i < timeline_record_count(beat->timeline); i++)
        any |= timeline_record(beat->timeline, i)->until_ns == UINT64_MAX;
    return any;
}

static void tell(struct cs_text *text, const struct beat *beat, const struct fault_record *record)
{
    text_add_duration(text, record->at_ns);
    cs_text_add(text, "..");
    if (record->until_ns != UINT64_MAX)
        text_add_duration(text, record->until_ns);
    for (uint32_t i = 0; i < record->target_count; i++) {
        if (i > 0 && record->side_of[i] != record->side_of[i - 1])
            cs_text_add(text, " |");
        cs_text_add(text, " %s", beat->small.instances[record->targets[i]].name);
    }
    cs_text_add(text, "%s\n", record->fired ? "" : " !");
}

const char *beat_told(const struct beat *beat, const struct fault_options *faults)
{
    static struct cs_text text;
    text_reset(&text);
    for (size_t i = 0; i < timeline_record_count(beat->timeline); i++) {
        const struct fault_record *record = timeline_record(beat->timeline, i);
        cs_text_add(&text, "%s#%u ", faults[record->fault].id, (unsigned)record->firing);
        tell(&text, beat, record);
    }
    return text_string(&text);
}
