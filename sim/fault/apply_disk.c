/* Faults of disks.  What lasts is joined with what other faults do to the same volume. */
#include <stdlib.h>

#include "base/wide.h"
#include "fault/internal.h"

static bool concerns(const struct firing *firing, uint32_t instance, cs_volume volume)
{
    const char *where = firing->fault->where;
    return where == NULL || cluster_volume_is(firing->timeline->cluster, instance, volume, where);
}

/* Call `function` for every volume that the firing concerns, of every target. */
static uint64_t each_volume(struct firing *firing,
                            uint64_t (*function)(struct firing *, uint32_t, cs_volume))
{
    struct cluster *cluster = firing->timeline->cluster;
    uint64_t sum = 0;
    for (uint32_t i = 0; i < firing->record.target_count; i++) {
        uint32_t instance = firing->targets[i];
        for (cs_volume v = 0; v < cluster_volume_count(cluster, instance); v++) {
            if (concerns(firing, instance, v)) {
                sum += function(firing, instance, v);
            }
        }
    }
    return sum;
}

static struct joined_volume *joined_at(struct timeline *timeline, uint32_t instance,
                                       cs_volume volume)
{
    struct joined_volume **joined = &timeline->volumes[timeline->volume_first[instance] + volume];
    if (*joined == NULL) {
        *joined = calloc(1, sizeof **joined);
        cs_assert(*joined != NULL);
    }
    return *joined;
}

/* ---- What lasts ------------------------------------------------------------------------------ */

/* Which chance makes which trouble; a kind without an amount of its own is certain. */
static const struct {
    enum fault_kind kind;
    enum disk_trouble trouble;
    enum fault_amount chance; /* AMOUNT_KINDS: certain */
} troubles[] = {
    { FAULT_FAILING_DISK, DISK_READ_FAILS, AMOUNT_READ },
    { FAULT_FAILING_DISK, DISK_WRITE_FAILS, AMOUNT_WRITE },
    { FAULT_FAILING_DISK, DISK_FLUSH_FAILS, AMOUNT_FLUSH },
    { FAULT_FAILING_DISK, DISK_TIMES_OUT, AMOUNT_TIMEOUT },
    { FAULT_LYING_DISK, DISK_LIES, AMOUNT_FLUSH },
    { FAULT_LYING_DISK, DISK_LOSES_WRITES, AMOUNT_LOST },
    { FAULT_LYING_DISK, DISK_MISDIRECTS, AMOUNT_MISDIRECTED },
    { FAULT_FULL_DISK, DISK_IS_FULL, AMOUNT_KINDS },
    { FAULT_DEAD_DISK, DISK_IS_DEAD, AMOUNT_KINDS },
};

_Static_assert(sizeof troubles / sizeof *troubles == DISK_ROWS, "room for each of them");

static uint64_t chance_of(const struct firing *firing, unsigned row)
{
    enum fault_amount chance = troubles[row].chance;
    return chance == AMOUNT_KINDS ? PROBABILITY_ONE : (uint64_t)firing->record.amounts[chance];
}

/* The volume is as slow and as troubled as all active firings together make it. */
static uint64_t set_volume(struct firing *firing, uint32_t instance, cs_volume volume)
{
    struct timeline *timeline = firing->timeline;
    const struct joined_volume *joined = joined_at(timeline, instance, volume);
    if (firing->record.kind == FAULT_SLOW_DISK) {
        cluster_slow_disk(timeline->cluster, instance, volume, joined_factor(joined->slow));
    }
    struct disk *disk = cluster_disk(timeline->cluster, instance, volume);
    for (unsigned row = 0; row < DISK_ROWS; row++) {
        if (troubles[row].kind == firing->record.kind) {
            disk_set_trouble(disk, troubles[row].trouble, joined_chance(joined->troubles[row]));
        }
    }
    return 1;
}

static void add_part(struct joined **joined, enum join how, struct firing *firing, uint64_t value)
{
    if (*joined == NULL) {
        *joined = joined_new(how);
    }
    joined_add(*joined, firing, value);
}

static uint64_t trouble_volume(struct firing *firing, uint32_t instance, cs_volume volume)
{
    struct joined_volume *joined = joined_at(firing->timeline, instance, volume);
    if (firing->record.kind == FAULT_SLOW_DISK) {
        add_part(&joined->slow, JOIN_FACTORS, firing,
                 (uint64_t)firing->record.amounts[AMOUNT_FACTOR]);
    }
    for (unsigned row = 0; row < DISK_ROWS; row++) {
        if (troubles[row].kind == firing->record.kind) {
            add_part(&joined->troubles[row], JOIN_CHANCES, firing, chance_of(firing, row));
        }
    }
    return set_volume(firing, instance, volume);
}

/* How often the troubles of its kind have acted on a volume so far. */
static uint64_t count_troubles(struct firing *firing, uint32_t instance, cs_volume volume)
{
    const struct disk *disk = cluster_disk(firing->timeline->cluster, instance, volume);
    uint64_t count = 0;
    for (unsigned row = 0; row < sizeof troubles / sizeof *troubles; row++) {
        if (troubles[row].kind == firing->record.kind) {
            count += disk_trouble_count(disk, troubles[row].trouble);
        }
    }
    return count;
}

bool begin_disk_trouble(struct firing *firing)
{
    firing->count_before = each_volume(firing, count_troubles);
    return each_volume(firing, trouble_volume) > 0;
}

/* Of faults that overlap each counts what acted while it lasted. */
void end_disk_trouble(struct firing *firing)
{
    uint64_t count = each_volume(firing, count_troubles);
    firing->record.changed = count > firing->count_before ? count - firing->count_before : 0;
    joined_remove(firing);
    each_volume(firing, set_volume);
}

static uint64_t stall(struct firing *firing, uint32_t instance, cs_volume volume)
{
    cluster_stall_disk(firing->timeline->cluster, instance, volume, true);
    return 1;
}

static uint64_t let_go_on(struct firing *firing, uint32_t instance, cs_volume volume)
{
    cluster_stall_disk(firing->timeline->cluster, instance, volume, false);
    return 1;
}

bool begin_stalled_disk(struct firing *firing) { return each_volume(firing, stall) > 0; }
void end_stalled_disk(struct firing *firing) { each_volume(firing, let_go_on); }

/* ---- What happens at once -------------------------------------------------------------------- */

static uint64_t fail_flushes(struct firing *firing, uint32_t instance, cs_volume volume)
{
    int64_t count = firing->record.amounts[AMOUNT_COUNT];
    disk_fail_flushes(cluster_disk(firing->timeline->cluster, instance, volume),
                      count > UINT32_MAX ? UINT32_MAX : (uint32_t)count);
    return 1;
}

bool begin_failing_flush(struct firing *firing) { return each_volume(firing, fail_flushes) > 0; }

/* The new device has none of the old one's troubles, now or when other faults begin or end; but it
 * is as slow. */
static uint64_t replace(struct firing *firing, uint32_t instance, cs_volume volume)
{
    struct timeline *timeline = firing->timeline;
    struct joined_volume *joined = joined_at(timeline, instance, volume);
    for (unsigned row = 0; row < DISK_ROWS; row++) {
        if (joined->troubles[row] != NULL) {
            joined_clear(joined->troubles[row]);
        }
    }
    cluster_replace_disk(timeline->cluster, instance, volume);
    cluster_slow_disk(timeline->cluster, instance, volume, joined_factor(joined->slow));
    return 1;
}

void replace_disks(struct firing *firing, uint32_t instance)
{
    for (cs_volume v = 0; v < cluster_volume_count(firing->timeline->cluster, instance); v++) {
        replace(firing, instance, v);
    }
}

bool begin_replaced_disk(struct firing *firing) { return each_volume(firing, replace) > 0; }

/* COUNT sectors, and SHARE of those that hold data, rounded up; 0 if none does: then the disk is
 * not asked, since each time that it is asked it draws anew. */
static uint32_t sectors(const struct firing *firing, const struct disk *disk)
{
    uint64_t sound = disk_sound_sectors(disk);
    if (sound == 0) {
        return 0;
    }
    wide share = (wide)sound * (uint64_t)firing->record.amounts[AMOUNT_SHARE];
    uint64_t count = (uint64_t)firing->record.amounts[AMOUNT_COUNT] +
                     (uint64_t)((share + PROBABILITY_ONE - 1) >> 32);
    return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

static uint64_t rot(struct firing *firing, uint32_t instance, cs_volume volume)
{
    struct disk *disk = cluster_disk(firing->timeline->cluster, instance, volume);
    uint32_t count = sectors(firing, disk);
    return count > 0 ? disk_rot(disk, count) : 0;
}

static uint64_t spoil(struct firing *firing, uint32_t instance, cs_volume volume)
{
    struct disk *disk = cluster_disk(firing->timeline->cluster, instance, volume);
    uint32_t count = sectors(firing, disk);
    return count > 0 ? disk_spoil(disk, count) : 0;
}

bool begin_bit_rot(struct firing *firing)
{
    firing->record.changed = each_volume(firing, rot);
    return firing->record.changed > 0;
}

bool begin_bad_sectors(struct firing *firing)
{
    firing->record.changed = each_volume(firing, spoil);
    return firing->record.changed > 0;
}
