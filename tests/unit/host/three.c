#include "three.h"

struct small_cluster small;
struct cluster *cluster;

void set_up(void)
{
    story_act = NULL;
    cluster = NULL;
    small_cluster_init(&small, &story_program, 3);
}

void tear_down(void) { cluster_free(cluster); }

static void on_end(void *self, uint64_t at_ns, uint32_t instance, enum instance_end end,
                   const char *reason)
{
    static const char *const ends[] = { "crash", "power loss", "stopped", "shut down" };
    (void)self;
    (void)at_ns;
    story_tell("%s ends: %s%s%s", small.instances[instance].name, ends[end],
               reason != NULL ? ": " : "", reason != NULL ? reason : "");
}

void begin(void)
{
    cluster = story_begin(&small);
    cluster_observe(cluster, &(struct cluster_observer){ .on_end = on_end });
    cluster_run(cluster, 1, UINT64_MAX);
    story_told();
}

void run_to_ms(uint64_t ms) { cluster_run(cluster, ms * 1000000, UINT64_MAX); }

void ask(uint32_t instance)
{
    cluster_request(cluster, instance, &(struct cs_op){ .kind = CS_OP_WORK });
}

uint8_t durable_byte(uint32_t instance, uint64_t sector)
{
    uint8_t bytes[SECTOR];
    cluster_power_loss(cluster, small.instances[instance].machine, DISK_LOSE);
    disk_read(cluster_disk(cluster, instance, 0), sector * SECTOR, bytes, sizeof bytes);
    return bytes[0];
}
