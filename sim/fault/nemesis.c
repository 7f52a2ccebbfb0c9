/* Faults by chance: which, when and to whom.
 *
 * Who is out of action at an instant is counted anew for each fault: who is down or paused, whose
 * disk stalls or is dead now, for good whose disk was harmed in a way that only a good copy
 * elsewhere makes up for, and of the others who is not in the largest set that is in touch
 * (in_touch.h).  A fault that would put more of a group out of action than the nemesis may does not
 * fire; it is drawn all the same, so that the limit shifts no other draw. */
#include <stdlib.h>
#include <string.h>

#include "fault/internal.h"

struct nemesis {
    struct timeline *timeline;
    const struct nemesis_options *options;
    uint64_t *weights;   /* of the entries, as the swarm has drawn them */
    uint64_t gap_factor; /* / 2^16 */
    uint64_t fired;      /* draws so far */
    uint8_t *harmed;     /* by instance: its disk cannot be trusted any more */
};

static struct random_stream stream_of(const struct nemesis *nemesis, const char *purpose)
{
    return random_stream_of(random_key_pair(nemesis->timeline->seed, nemesis->fired, 0, purpose));
}

/* ---- Who may be put out of action ------------------------------------------------------------ */

static bool harms_disk(enum fault_kind kind)
{
    return kind == FAULT_LYING_DISK || kind == FAULT_DEAD_DISK || kind == FAULT_REPLACED_DISK ||
           kind == FAULT_BIT_ROT || kind == FAULT_BAD_SECTORS || kind == FAULT_FAILING_DISK ||
           kind == FAULT_FAILING_FLUSH;
}

static bool puts_out(enum fault_kind kind)
{
    return harms_disk(kind) || kind == FAULT_CRASH || kind == FAULT_POWER_LOSS ||
           kind == FAULT_STOP || kind == FAULT_PAUSE || kind == FAULT_STALLED_DISK ||
           kind == FAULT_FULL_DISK || kind == FAULT_REMOVE;
}

static bool share_a_machine(const struct cluster_options *options, uint32_t a, uint32_t b)
{
    return options->instances[a].machine == options->instances[b].machine;
}

/* Mark the instance, and with a power loss every other one of its machine, unless it is marked. */
static void mark(const struct timeline *timeline, enum fault_kind kind, uint32_t instance,
                 uint8_t *out, uint8_t value)
{
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    out[instance] = value;
    for (uint32_t i = 0; kind == FAULT_POWER_LOSS && i < options->instance_count; i++) {
        if (out[i] == 0 && share_a_machine(options, i, instance)) {
            out[i] = value;
        }
    }
}

static void mark_active(const struct timeline *timeline, uint8_t *out)
{
    for (const struct firing *firing = timeline->active_first; firing != NULL;
         firing = firing->active_next) {
        enum fault_kind kind = firing->record.kind;
        for (uint32_t i = 0; puts_out(kind) && i < firing->record.target_count; i++) {
            mark(timeline, kind, firing->targets[i], out, 1);
        }
    }
}

static uint32_t limit_of(const struct nemesis *nemesis, const struct group_options *group)
{
    switch (nemesis->options->out_limit) {
    case OUT_MINORITY:
        return (group->member_count - 1) / 2;
    case OUT_NUMBER:
        return nemesis->options->out_max;
    case OUT_ANY:
        break;
    }
    return UINT32_MAX;
}

/* By instance: 0 in action, 1 out of it, 2 about to be, by whatever else than the network.  Owned
 * by the caller. */
static uint8_t *who_is_out(const struct nemesis *nemesis, enum fault_kind kind, uint32_t count)
{
    const struct timeline *timeline = nemesis->timeline;
    uint32_t instances = cluster_options_of(timeline->cluster)->instance_count;
    uint8_t *out = malloc(instances);
    cs_assert(out != NULL);
    memcpy(out, nemesis->harmed, instances);
    mark_active(timeline, out);
    for (uint32_t i = 0; i < instances; i++) {
        out[i] |= !cluster_view(timeline->cluster, i).up;
    }
    for (uint32_t i = 0; puts_out(kind) && i < count; i++) {
        mark(timeline, kind, timeline->targets[i], out, 2);
    }
    return out;
}

/* What a fault would do to a group: whether it concerns it at all, and how many would be out. */
struct outcome {
    bool touched;
    uint32_t out;
};

/* A spare counts once it has joined. */
static struct outcome outcome_of(const struct timeline *timeline, const struct group_options *group,
                                 const uint8_t *out, const struct proposed_cut *cut)
{
    const struct instance_options *instances = cluster_options_of(timeline->cluster)->instances;
    struct outcome outcome = { 0 };
    bool cut_off = false;
    uint32_t count = group->member_count + group->spare_count, working = 0;
    uint32_t *works = malloc((count + 1) * sizeof *works);
    cs_assert(works != NULL);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t member = group->members[i];
        bool spare =
            i >= group->member_count && cluster_view(timeline->cluster, member).incarnation == 0;
        outcome.touched |= out[member] == 2;
        cut_off |= cut != NULL && cut->sides[instances[member].machine] != CUT_OTHERS;
        outcome.out += !spare;
        if (out[member] == 0 && !spare) {
            works[working++] = member;
        }
    }
    uint32_t most = most_in_touch(timeline->cluster, works, working, cut);
    outcome.out -= most;
    /* Losses count once they, with those that are in place, keep somebody from the others. */
    if (cut_off && cut->spared > 0)
        cut_off = most < most_in_touch(timeline->cluster, works, working, NULL);
    outcome.touched |= cut_off;
    free(works);
    return outcome;
}

/* The limit stays that of the members when spares have joined, since nobody here knows who of them
 * has a vote. */
bool nemesis_allows(const struct timeline *timeline, enum fault_kind kind, const int64_t *amounts,
                    uint32_t count)
{
    const struct nemesis *nemesis = timeline->nemesis;
    struct proposed_cut cut = { 0 };
    if (nemesis->options->out_limit == OUT_ANY) {
        return true;
    }
    bool cuts = cut_of_targets(timeline, kind, amounts, count, &cut);
    if (!cuts && !puts_out(kind)) {
        return true;
    }
    const struct cluster_options *options = cluster_options_of(timeline->cluster);
    uint8_t *out = who_is_out(nemesis, kind, count);
    bool good = true;
    for (uint32_t g = 0; g < options->group_count; g++) {
        const struct group_options *group = &options->groups[g];
        if (group_of_clients(options, group)) {
            continue;
        }
        struct outcome outcome = outcome_of(timeline, group, out, cuts ? &cut : NULL);
        good &= !outcome.touched || outcome.out <= limit_of(nemesis, group);
    }
    free(cut.sides);
    free(out);
    return good;
}

/* A crash that waits for a step is taken for one that happens. */
void nemesis_note(const struct firing *firing)
{
    struct timeline *timeline = firing->timeline;
    bool empty = firing->record.kind == FAULT_POWER_LOSS && firing->record.loss.empty;
    if (timeline->nemesis == NULL || !(harms_disk(firing->record.kind) || empty)) {
        return;
    }
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        mark(timeline, firing->record.kind, firing->targets[i], timeline->nemesis->harmed, 1);
    }
}

/* ---- Partitions ------------------------------------------------------------------------------ */

static size_t pick_weight(const uint64_t *weights, size_t count, uint64_t bits)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += weights[i];
    }
    cs_assert(total > 0);
    uint64_t pick = random_scale(bits, total);
    size_t i = 0;
    while (pick >= weights[i]) {
        pick -= weights[i++];
        cs_assert(i < count);
    }
    return i;
}

/* Whom a partition concerns: the members of its targets, by default of every group that has more
 * than one. */
static uint32_t everybody(struct timeline *timeline, const struct fault_options *fault,
                          struct random_stream *stream)
{
    cs_assert(fault->side_count == 1);
    return resolve_targets(timeline, fault, stream);
}

/* How many of `count` are on the first side. */
static uint32_t first_side(enum partition_shape shape, uint32_t count, struct random_stream *stream)
{
    uint32_t halves = 1 + (uint32_t)random_below(stream, count - 1);
    switch (shape) {
    case SHAPE_HALVES:
        return halves;
    case SHAPE_ISOLATE_ONE:
        return 1;
    case SHAPE_MAJORITY:
        return count / 2 + 1;
    case SHAPE_RING:
    case SHAPE_COUNT:
        break;
    }
    return count;
}

/* One way only: the smaller side is not heard, or else it does not hear. */
static bool is_turned_round(const struct timeline *timeline, const struct fault_state *state)
{
    struct random_stream stream = firing_stream(timeline, state, "direction");
    return random_chance(&stream, PROBABILITY_ONE / 2);
}

static void fire_partition(struct nemesis *nemesis, const struct nemesis_entry *entry,
                           uint64_t at_ns)
{
    struct timeline *timeline = nemesis->timeline;
    struct fault_state *state = &timeline->states[entry->fault];
    struct random_stream stream = firing_stream(timeline, state, "target");
    struct random_stream shapes = firing_stream(timeline, state, "shape");
    uint32_t count = everybody(timeline, &timeline->faults[entry->fault], &stream);
    enum partition_shape shape =
        (enum partition_shape)pick_weight(entry->shapes, SHAPE_COUNT, random_next(&shapes));
    bool symmetric = random_chance(&shapes, entry->symmetric);
    if (count < 2 || (shape == SHAPE_RING && count < 4)) {
        return;
    }
    shuffle(timeline->targets, count, &shapes);
    uint32_t first = first_side(shape, count, &shapes);
    if (shape != SHAPE_RING && first == count) {
        return; /* the majority of two is both */
    }
    bool skewed = shape == SHAPE_ISOLATE_ONE || shape == SHAPE_MAJORITY;
    if (!symmetric && skewed && is_turned_round(timeline, state)) {
        first = count - first;
    }
    for (uint32_t i = 0; i < count; i++) {
        timeline->side_of[i] = shape != SHAPE_RING && i >= first;
    }
    enum fault_kind kind = shape == SHAPE_RING ? FAULT_RING
                           : symmetric         ? FAULT_PARTITION
                                               : FAULT_BLOCK;
    if (nemesis_allows(timeline, kind, NULL, count)) {
        timeline_fire_at(timeline, state, kind, at_ns, count);
    }
}

/* ---- Firing ---------------------------------------------------------------------------------- */

static void fire_one(struct nemesis *nemesis, const struct nemesis_entry *entry, uint64_t at_ns)
{
    struct timeline *timeline = nemesis->timeline;
    struct fault_state *state = &timeline->states[entry->fault];
    const struct fault_options *fault = &timeline->faults[entry->fault];
    if (fault->kind == FAULT_PARTITION) {
        fire_partition(nemesis, entry, at_ns);
    } else {
        struct random_stream stream = firing_stream(timeline, state, "target");
        uint32_t count = resolve_targets(timeline, fault, &stream);
        int64_t amounts[AMOUNT_KINDS];
        firing_amounts(timeline, state, amounts);
        if (count > 0 && nemesis_allows(timeline, fault->kind, amounts, count)) {
            timeline_fire_at(timeline, state, fault->kind, at_ns, count);
        }
    }
    state->firings++;
}

static void on_next(void *argument, uint64_t at_ns);

static void schedule_next(struct nemesis *nemesis, uint64_t at_ns)
{
    uint64_t limit = nemesis->options->stop_ns;
    limit = limit < nemesis->timeline->heal_at_ns ? limit : nemesis->timeline->heal_at_ns;
    if (at_ns < limit) {
        cluster_intervene_at(nemesis->timeline->cluster, at_ns, rank_of(RANK_BEGIN, UINT32_MAX),
                             on_next, nemesis);
    }
}

static uint64_t draw_gap(const struct nemesis *nemesis)
{
    struct random_stream stream = stream_of(nemesis, "nemesis-gap");
    uint64_t gap = distribution_sample(&nemesis->options->gap, &stream);
    wide scaled = (wide)gap * nemesis->gap_factor >> 16;
    uint64_t ns = scaled > INT64_MAX ? INT64_MAX : (uint64_t)scaled;
    return ns > 0 ? ns : 1;
}

/* Not so soon after another fault's end: then a little later. */
static void on_next(void *argument, uint64_t at_ns)
{
    struct nemesis *nemesis = argument;
    const struct timeline *timeline = nemesis->timeline;
    uint64_t calm_ns = timeline->ended_ns + nemesis->options->stable_ns;
    if (timeline->ended_ns > 0 && at_ns < calm_ns) {
        schedule_next(nemesis, calm_ns);
        return;
    }
    struct random_stream stream = stream_of(nemesis, "nemesis-kind");
    size_t entry =
        pick_weight(nemesis->weights, nemesis->options->entry_count, random_next(&stream));
    fire_one(nemesis, &nemesis->options->entries[entry], at_ns);
    uint64_t gap = draw_gap(nemesis);
    nemesis->fired++;
    schedule_next(nemesis, at_ns + gap);
}

/* ---- The swarm -------------------------------------------------------------------------------
 *
 * Groce et al., "Swarm Testing" (ISSTA 2012), section 2: leaving features out of a test finds what
 * a test of everything hides.  Each kind is in with one half; if none is, then the one with the
 * lowest number.  A kind's weight is multiplied by 1 to 8, the gaps by 1/4 to 4.  What a kind draws
 * is its own, so that one more shifts none. */

static void draw_swarm(struct nemesis *nemesis)
{
    const struct timeline *timeline = nemesis->timeline;
    struct random_stream gaps = random_stream_of(random_key(timeline->seed, "nemesis", "swarm"));
    nemesis->gap_factor = (UINT64_C(1) << 14) << random_below(&gaps, 5);
    uint32_t first = 0;
    uint64_t lowest = UINT64_MAX, first_weight = 0;
    bool some = false;
    for (uint32_t i = 0; i < nemesis->options->entry_count; i++) {
        const char *id = timeline->faults[nemesis->options->entries[i].fault].id;
        struct random_stream stream = random_stream_of(random_key(timeline->seed, id, "swarm"));
        bool in = random_chance(&stream, PROBABILITY_ONE / 2);
        uint64_t weight = nemesis->weights[i] << random_below(&stream, 4);
        uint64_t number = random_next(&stream);
        if (i == 0 || number < lowest) {
            first = i;
            lowest = number;
            first_weight = weight;
        }
        some |= in;
        nemesis->weights[i] = in ? weight : 0;
    }
    if (!some) {
        nemesis->weights[first] = first_weight;
    }
}

void nemesis_new(struct timeline *timeline, const struct nemesis_options *options)
{
    struct nemesis *nemesis = calloc(1, sizeof *nemesis);
    cs_assert(nemesis != NULL);
    cs_assert(options->entry_count > 0);
    timeline->nemesis = nemesis;
    nemesis->timeline = timeline;
    nemesis->options = options;
    nemesis->gap_factor = 1 << 16;
    nemesis->harmed = calloc(cluster_options_of(timeline->cluster)->instance_count, 1);
    nemesis->weights = calloc(options->entry_count, sizeof *nemesis->weights);
    cs_assert(nemesis->harmed != NULL);
    cs_assert(nemesis->weights != NULL);
    for (uint32_t i = 0; i < options->entry_count; i++) {
        cs_assert(options->entries[i].weight > 0);
        nemesis->weights[i] = options->entries[i].weight;
    }
    if (options->swarm) {
        draw_swarm(nemesis);
    }
    uint64_t gap = draw_gap(nemesis);
    nemesis->fired++;
    schedule_next(nemesis, options->start_ns + gap);
}

void nemesis_free(struct timeline *timeline)
{
    struct nemesis *nemesis = timeline->nemesis;
    if (nemesis == NULL) {
        return;
    }
    free(nemesis->harmed);
    free(nemesis->weights);
    free(nemesis);
}
