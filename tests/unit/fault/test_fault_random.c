/* Timelines by chance, of all kinds: never two incarnations at a time, no message unaccounted for,
 * all sound after a heal, and the same run again from what was recorded. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "beat.h"
#include "support/suite.h"

enum { SEEDS = 300, FAULTS_MAX = 12, SIDES_MAX = 3, SELECTORS_MAX = 2, RECORDS_MAX = 600 };

static struct beat beat;
static struct random_stream chance;

static uint64_t below(uint64_t bound) { return random_below(&chance, bound); }
static bool one_in(uint64_t n) { return below(n) == 0; }

/* ---- Faults by chance ------------------------------------------------------------------------ */

static struct fault_options faults[FAULTS_MAX];
static struct fault_side fault_sides[FAULTS_MAX][SIDES_MAX];
static struct selector selectors[FAULTS_MAX][SIDES_MAX][SELECTORS_MAX];

static struct selector selector_by_chance(bool rest)
{
    static const enum selector_kind some[] = {
        SELECT_INSTANCE, SELECT_INSTANCE, SELECT_ONE,  SELECT_LEADER, SELECT_MINORITY,
        SELECT_MAJORITY, SELECT_FRACTION, SELECT_RACK, SELECT_REGION,
    };
    struct selector selector = { .kind = some[below(sizeof some / sizeof *some)] };
    selector.any_role = one_in(2);
    selector.role = CS_ROLE_FOLLOWER;
    selector.fraction = below(PROBABILITY_ONE);
    selector.index = (uint32_t)below(selector.kind == SELECT_INSTANCE ? BEAT_NODES
                                     : selector.kind == SELECT_RACK   ? 3
                                                                      : 2);
    if (rest)
        selector.kind = SELECT_REST;
    return selector;
}

static uint32_t sides_of(enum fault_kind kind)
{
    if (kind == FAULT_PARTITION)
        return 2 + (uint32_t)below(2);
    if (kind == FAULT_PACKETS)
        return 1 + (uint32_t)below(2);
    return kind == FAULT_BLOCK || kind == FAULT_CLOG_LINK ? 2 : 1;
}

static void draw_sides(uint32_t index, struct fault_options *fault)
{
    fault->side_count = sides_of(fault->kind);
    fault->sides = fault_sides[index];
    for (uint32_t s = 0; s < fault->side_count; s++) {
        uint32_t count = 1 + (uint32_t)below(2);
        bool rest = s > 0 && s + 1 == fault->side_count && one_in(2);
        for (uint32_t i = 0; i < count; i++)
            selectors[index][s][i] = selector_by_chance(rest && i == 0);
        fault_sides[index][s] = (struct fault_side){ selectors[index][s], count };
    }
}

static const struct fault_loss_choice losses[] = {
    { { .loss = DISK_KEEP }, 1 },
    { { .loss = DISK_LOSE }, 2 },
    { { .loss = DISK_TORN }, 2 },
    { { .loss = DISK_LOSE, .empty = true }, 1 },
};

static void draw_amounts(struct fault_options *fault)
{
    for (unsigned a = 0; a <= AMOUNT_SHARE; a++)
        fault->amounts[a].distribution = distribution_uniform(0, PROBABILITY_ONE / 2);
    fault->amounts[AMOUNT_BANDWIDTH].distribution = distribution_uniform(64000, 1000000);
    fault->amounts[AMOUNT_FACTOR].distribution = distribution_uniform(1 << 16, 5 << 14);
    fault->amounts[AMOUNT_COUNT].distribution = distribution_uniform(0, 3);
    fault->amounts[AMOUNT_JUMP] =
        (struct fault_draw){ distribution_uniform(0, MS(500)), -(int64_t)MS(200) };
    fault->amounts[AMOUNT_DRIFT] =
        (struct fault_draw){ distribution_uniform(0, MS(100)), -(int64_t)MS(50) };
    fault->amounts[AMOUNT_EFFECTS].distribution = distribution_uniform(0, 12);
    fault->amounts[AMOUNT_HOLD].distribution = distribution_uniform(MS(1), MS(200));
    fault->amounts[AMOUNT_GAP].distribution = distribution_uniform(0, MS(100));
    fault->delay = distribution_uniform(0, MS(20));
    if (fault->kind == FAULT_POWER_LOSS) {
        fault->losses = losses;
        fault->loss_count = sizeof losses / sizeof *losses;
    }
}

static void draw_times(struct fault_options *fault)
{
    static const char *const events[] = { "leader-elected", "here",         "started",
                                          "ended",          "phase:steady", "phase:faults" };
    fault->at_ns = MS(50) + below(MS(1900));
    if (one_in(4)) {
        fault->on = events[below(sizeof events / sizeof *events)];
        fault->on_number = (uint32_t)below(4);
        fault->after.distribution = distribution_uniform(MS(1), MS(50));
    } else if (one_in(3)) {
        fault->repeats = true;
        fault->every = distribution_uniform(MS(20), MS(300));
        fault->repeat_count = 1 + (uint32_t)below(4);
    }
}

/* Those that happen at once or plan their own ends take no duration. */
static bool may_last(enum fault_kind kind)
{
    return kind < FAULT_SIMPLE_COUNT && kind != FAULT_FAILING_FLUSH &&
           kind != FAULT_REPLACED_DISK && kind != FAULT_BIT_ROT && kind != FAULT_BAD_SECTORS &&
           kind != FAULT_ADD && kind != FAULT_REMOVE;
}

static uint32_t draw_faults(void)
{
    static char ids[FAULTS_MAX][16];
    static const char *const volumes[] = { NULL, "kept", "flushed" };
    static const uint32_t kinds[] = { 1 };
    uint32_t count = 1 + (uint32_t)below(FAULTS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "f%u", (unsigned)i);
        struct fault_options *fault = &faults[i];
        *fault = (struct fault_options){ .id = ids[i],
                                         .kind = (enum fault_kind)below(FAULT_KIND_COUNT),
                                         .where = volumes[below(3)] };
        fault->has_duration = may_last(fault->kind) && !one_in(4);
        fault->duration = distribution_uniform(MS(1), MS(600));
        fault->message_kinds = kinds;
        fault->message_kind_count = (uint32_t)below(2);
        draw_times(fault);
        draw_sides(i, fault);
        draw_amounts(fault);
    }
    return count;
}

/* ---- The same from records ------------------------------------------------------------------- */

static struct fault_options replayed[RECORDS_MAX];
static struct fault_side replayed_sides[RECORDS_MAX][BEAT_NODES];
static struct selector replayed_selectors[RECORDS_MAX][BEAT_NODES];
static char replayed_names[RECORDS_MAX][32];
static struct fault_loss_choice replayed_losses[RECORDS_MAX];

/* Instances by name, amounts and times as they were; nothing is left to chance. */
static void write_down(uint32_t index, const struct fault_record *record)
{
    struct fault_options *fault = &replayed[index];
    *fault = faults[record->fault];
    snprintf(replayed_names[index], sizeof replayed_names[index], "%s", record->name);
    fault->id = replayed_names[index];
    fault->kind = record->kind;
    fault->at_ns = record->at_ns;
    fault->on = NULL;
    fault->repeats = false;
    fault->has_duration = record->due_ns != UINT64_MAX;
    fault->duration = distribution_constant(record->due_ns - record->at_ns);
    for (unsigned a = 0; a < AMOUNT_KINDS; a++)
        fault->amounts[a] = (struct fault_draw){ .shift = record->amounts[a] };
    replayed_losses[index] = (struct fault_loss_choice){ record->loss, 1 };
    fault->losses = &replayed_losses[index];
    fault->loss_count = 1;
    fault->sides = replayed_sides[index];
    fault->side_count = 0;
    for (uint32_t i = 0; i < record->target_count; i++) {
        replayed_selectors[index][i] = NODE(record->targets[i]);
        if (record->side_of[i] == fault->side_count)
            replayed_sides[index][fault->side_count++].selectors = &replayed_selectors[index][i];
        struct fault_side *side = &replayed_sides[index][record->side_of[i]];
        side->count = (uint32_t)(&replayed_selectors[index][i] - side->selectors) + 1;
    }
}

static uint32_t write_all_down(void)
{
    uint32_t count = 0;
    for (size_t i = 0; i < timeline_record_count(beat.timeline); i++) {
        const struct fault_record *record = timeline_record(beat.timeline, i);
        suite_require(count < RECORDS_MAX);
        if (record->fired)
            write_down(count++, record);
    }
    return count;
}

/* ---- A run ----------------------------------------------------------------------------------- */

static bool lives[BEAT_NODES], removed[BEAT_NODES];
static unsigned met[FAULT_KIND_COUNT]; /* how often each kind has fired, in all */

static void on_boot(void *self, uint64_t at_ns, uint32_t instance, uint32_t incarnation,
                    enum cs_start start)
{
    (void)self;
    (void)at_ns;
    (void)start;
    suite_require(!lives[instance]);
    suite_require(incarnation == cluster_view(beat.cluster, instance).incarnation);
    lives[instance] = true;
}

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    (void)self;
    (void)at_ns;
    suite_require(lives[instance]);
    suite_require((end == END_STOPPED) == (reason != NULL));
    lives[instance] = false;
}

/* Everything that was sent came, was dropped, is held, or waits in the inbox of one that no heal
 * has released; nothing is on its way any more. */
static void assert_conservation(uint64_t seed, enum heal heal)
{
    uint64_t begun = 0, ended = cluster_held(beat.cluster), waiting = 0;
    for (uint32_t i = A; i <= F; i++) {
        const struct instance_counters *n = cluster_counters(beat.cluster, i);
        begun += n->messages_sent + n->messages_duplicated;
        ended += n->messages_delivered + n->messages_lost + n->messages_cut +
                 n->messages_tail_dropped + n->messages_dead + n->messages_overflowed;
        waiting += cluster_view(beat.cluster, i).inbox_depth;
    }
    ck_assert_uint_gt(begun, 0);
    ck_assert_msg(ended <= begun && begun <= ended + waiting, "seed %u", (unsigned)seed);
    ck_assert(heal == HEAL_NONE || waiting == 0);
}

static void prepare(uint64_t seed)
{
    beat_init(&beat);
    memset(lives, 0, sizeof lives);
    if (seed % 3 == 0)
        beat.small.instances[B].machine = A;
    if (seed % 4 == 0)
        beat.small.instances[E].boot_at_ns = UINT64_MAX;
    for (uint32_t i = A; i <= F; i++)
        beat_step_ns[i] = 5000;
    beat.warmup_ns = MS(300);
}

/* To 2.6 s, with something to do for everybody. */
static void run(uint64_t seed, const struct fault_options *some, uint32_t count, enum heal heal)
{
    static const enum beat_order orders[] = { BEAT_FILL, BEAT_BARRIER, BEAT_LEAD, BEAT_REACH,
                                              BEAT_READ };
    beat_begin_with_heal(&beat, seed, some, count, 2000, heal);
    cluster_observe(beat.cluster,
                    &(struct cluster_observer){ .on_boot = on_boot, .on_end = on_end });
    for (uint32_t step = 1; step <= 130; step++) {
        beat_run_to_ms(&beat, step * 20);
        beat_ask(&beat, step % BEAT_NODES, orders[step % 5]);
        beat_say_role(&beat, step % 7 % BEAT_NODES, step % 2 ? CS_ROLE_LEADER : CS_ROLE_FOLLOWER,
                      step);
    }
}

static void run_out(uint64_t seed, enum heal heal)
{
    beat_quiet = true;
    beat_run_to_ms(&beat, 6000);
    assert_conservation(seed, heal);
}

static void assert_sound(uint64_t seed)
{
    beat_see_to_ms(&beat, 2800);
    memset(removed, 0, sizeof removed);
    for (size_t i = 0; i < timeline_record_count(beat.timeline); i++) {
        const struct fault_record *record = timeline_record(beat.timeline, i);
        bool away = record->kind == FAULT_REMOVE && record->fired;
        ck_assert(away || record->until_ns <= 2000000000);
        for (uint32_t t = 0; away && t < record->target_count; t++)
            removed[record->targets[t]] = true;
    }
    ck_assert_uint_eq(cluster_held(beat.cluster), 0);
    for (uint32_t i = A; i <= F; i++) {
        struct instance_view view = cluster_view(beat.cluster, i);
        bool away = removed[i] || view.stopped || view.incarnation == 0;
        ck_assert(view.up == !away);
        ck_assert(!view.paused);
        for (unsigned t = 0; t < DISK_TROUBLE_COUNT; t++)
            ck_assert_uint_eq(disk_trouble(cluster_disk(beat.cluster, i, 0), t), 0);
        for (uint32_t to = A; to <= F && !away; to++) {
            bool hears = lives[to] && to != i;
            ck_assert(!hears || beat_seen.heard[to][i] >= 17);
            ck_assert_uint_eq(beat_seen.damaged[to][i], 0);
            ck_assert_uint_le(beat_seen.heard[to][i], 20);
        }
        ck_assert_msg(away || beat_flush_ns[i] <= 200000, "seed %u", (unsigned)seed);
    }
}

static void count_kinds(void)
{
    for (size_t i = 0; i < timeline_record_count(beat.timeline); i++) {
        const struct fault_record *record = timeline_record(beat.timeline, i);
        met[record->kind] += record->fired;
        if (faults[record->fault].kind >= FAULT_SIMPLE_COUNT)
            met[faults[record->fault].kind] += record->fired;
    }
}

START_TEST(a_timeline_by_chance_keeps_the_laws_and_comes_again_from_its_records)
{
    static const enum heal heals[] = { HEAL_ALL, HEAL_ALL, HEAL_MAJORITY, HEAL_NONE };
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        enum heal heal = heals[seed / 4 % 4];
        chance = random_stream_of(random_key(seed, "test", "timeline"));
        uint32_t count = draw_faults();
        prepare(seed);
        run(seed, faults, count, heal);
        if (heal == HEAL_ALL) {
            assert_sound(seed);
        } else {
            beat_run_to_ms(&beat, 2800);
        }
        run_out(seed, heal);
        count_kinds();
        uint64_t digest = cluster_digest(beat.cluster);
        uint32_t fired = write_all_down();
        beat_done(&beat);

        prepare(seed);
        run(seed, replayed, fired, heal);
        beat_run_to_ms(&beat, 2800);
        run_out(seed, heal);
        ck_assert_uint_eq(timeline_record_count(beat.timeline), fired);
        ck_assert_msg(cluster_digest(beat.cluster) == digest, "seed %u", (unsigned)seed);
        beat_done(&beat);
    }
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++)
        ck_assert_msg(met[kind] > 0, "%s never fired", fault_kind_name((enum fault_kind)kind));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("random");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, a_timeline_by_chance_keeps_the_laws_and_comes_again_from_its_records);
    Suite *suite = suite_create("fault_random");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
