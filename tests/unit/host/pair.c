#include "pair.h"

struct small_cluster small;
struct cluster *cluster;

void set_up(void)
{
    story_act = NULL;
    cluster = NULL;
    small_cluster_init(&small, &story_program, 2);
}

void tear_down(void) { cluster_free(cluster); }

void begin(void)
{
    cluster = story_begin(&small);
    cluster_run(cluster, 1, UINT64_MAX);
    story_told();
}

void run_to_ms(uint64_t ms) { cluster_run(cluster, ms * 1000000 + 1, UINT64_MAX); }

void ask(uint32_t instance)
{
    cluster_request(cluster, instance, &(struct cs_op){ .kind = CS_OP_WORK });
}
