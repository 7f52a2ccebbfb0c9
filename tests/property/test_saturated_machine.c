/* How much k cores and a disk's queue can do, asked for more than they take, against what the costs
 * say.  Two thousand times a second a program is to do something. */
#include <check.h>

#include "support/small_cluster.h"
#include "support/suite.h"

enum { ASKED_PER_S = 2000, SECONDS = 5 };

static struct small_cluster small;
static uint64_t done;

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)state;
    (void)kind;
    cs_set_timer(cx, 1, cs_us(1000000 / ASKED_PER_S));
}

/* Do it, and measure how often it gets done a second. */
static uint64_t rate_of(struct cluster *cluster)
{
    done = 0;
    cluster_run(cluster, UINT64_C(1000000000) * SECONDS, UINT64_MAX);
    cluster_free(cluster);
    return done / SECONDS;
}

static void check_rate(uint64_t measured, uint64_t predicted)
{
    ck_assert_msg(measured * 100 >= predicted * 95 && measured * 100 <= predicted * 105,
                  "%ju a second, not %ju", (uintmax_t)measured, (uintmax_t)predicted);
}

/* ---- Cores ----------------------------------------------------------------------------------- */

/* Jobs of 1, 2 and 3 ms in turn. */
static void begin_job(void *state, struct cs_context *cx, cs_token token)
{
    uint64_t *turns = state;
    cs_job(cx, cs_ms(1 + ++*turns % 3), token);
    cs_set_timer(cx, token, cs_us(1000000 / ASKED_PER_S));
}

static void end_job(void *state, struct cs_context *cx, cs_token token)
{
    (void)state;
    (void)cx;
    (void)token;
    done++;
}

static const struct cs_program worker = { .role = "server",
                                          .state_size = sizeof(uint64_t),
                                          .on_start = on_start,
                                          .on_timer = begin_job,
                                          .on_job = end_job };

START_TEST(k_cores_do_k_times_as_much_as_one_until_all_is_done)
{
    static const uint64_t predicted_per_s[] = { 500, 1000, 1500, 2000, 2000 }; /* of 2 ms each */
    small_cluster_init(&small, &worker, 1);
    small.machines[0].cores = 1 + (uint32_t)_i;
    check_rate(rate_of(cluster_new(&small.options)), predicted_per_s[_i]);
}
END_TEST

/* ---- Disks ----------------------------------------------------------------------------------- */

static const uint8_t block[1000] = { 1 };

static void write_and_flush(void *state, struct cs_context *cx, cs_token token)
{
    (void)state;
    cs_write(cx, 0, 0, cs_bytes_of(block, sizeof block), CS_SILENT);
    cs_flush(cx, 0, token);
    cs_set_timer(cx, token, cs_us(1000000 / ASKED_PER_S));
}

static void flushed(void *state, struct cs_context *cx, const struct cs_completion *completion)
{
    (void)state;
    (void)cx;
    done += completion->status == CS_DISK_OK;
}

static const struct cs_volume_spec volumes[] = { { .name = "disk", .size = 4096 }, { 0 } };
static const struct cs_program writer = { .role = "server",
                                          .volumes = volumes,
                                          .on_start = on_start,
                                          .on_timer = write_and_flush,
                                          .on_disk = flushed };

static const struct {
    uint32_t queue_limit;
    uint64_t bandwidth_bytes_per_s, flush_ns, predicted_per_s;
} disks[] = {
    { 0, 10000000, 700000, 1000 }, /* 200 us, 1000 bytes at 10 MB/s, 700 us */
    { 8, 10000000, 700000, 1000 }, /* who finds no place waits: the device is as busy */
    { 0, 2500000, 400000, 1000 },  /* 200 + 400 + 400 */
    { 4, 2500000, 1400000, 500 },
};

START_TEST(a_disk_does_as_much_as_its_latencies_and_transfers_allow)
{
    small_cluster_init(&small, &writer, 1);
    struct disk_options *disk = &small.instances[0].disk;
    disk->write_latency = distribution_constant(200000);
    disk->flush_latency = distribution_constant(disks[_i].flush_ns);
    disk->bandwidth_bytes_per_s = disks[_i].bandwidth_bytes_per_s;
    disk->queue_limit = disks[_i].queue_limit;
    check_rate(rate_of(cluster_new(&small.options)), disks[_i].predicted_per_s);
}
END_TEST

/* A flush takes 700 us and, with its writes, the time until the next: those that come meanwhile are
 * written in 300 us each and share the next one.  Then n are done in 700 + 300 n us, as many as
 * come: two in each 1300 us would be too few for 2000 a second, four in 1900 us are enough. */
START_TEST(flushes_in_groups_keep_up_where_single_ones_do_not)
{
    small_cluster_init(&small, &writer, 1);
    struct disk_options *disk = &small.instances[0].disk;
    disk->write_latency = distribution_constant(200000);
    disk->flush_latency = distribution_constant(700000);
    disk->bandwidth_bytes_per_s = 10000000;
    disk->group_flush = true;
    check_rate(rate_of(cluster_new(&small.options)), ASKED_PER_S);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("saturated machine");
    tcase_add_loop_test(tests, k_cores_do_k_times_as_much_as_one_until_all_is_done, 0, 5);
    tcase_add_loop_test(tests, a_disk_does_as_much_as_its_latencies_and_transfers_allow, 0,
                        sizeof disks / sizeof *disks);
    tcase_add_test(tests, flushes_in_groups_keep_up_where_single_ones_do_not);
    Suite *suite = suite_create("saturated machine");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
