/* How many operations a volume has yet to do, whether or not somebody waits for them.  A write
 * takes 10 us, a flush 100. */
#include <check.h>

#include "story.h"
#include "support/suite.h"

static struct small_cluster small;
static struct cluster *cluster;

/* Three writes that nobody waits for, one that is waited for, and a flush. */
static void write_and_flush(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    for (uint64_t i = 0; i < 4; i++)
        cs_write(event->cx, 0, 512 * i, cs_bytes_of("x", 1), i < 3 ? CS_SILENT : 1);
    cs_flush(event->cx, 0, 2);
}

static void set_up(void)
{
    story_act = write_and_flush;
    small_cluster_init(&small, &story_program, 2);
}

static void tear_down(void) { cluster_free(cluster); }

static void run_to_ns(uint64_t ns) { cluster_run(cluster, ns, UINT64_MAX); }

static void begin(void)
{
    cluster = story_begin(&small);
    run_to_ns(1);
    cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK });
}

static void check_depth(uint64_t ns, uint32_t depth)
{
    run_to_ns(ns);
    ck_assert_uint_eq(cluster_volume_depth(cluster, 0, 0), depth);
    ck_assert_uint_eq(cluster_volume_depth(cluster, 1, 0), 0);
}

/* With a limit each operation takes a place, and the same is counted. */
START_TEST(each_operation_counts_until_it_is_done)
{
    small.instances[0].disk.queue_limit = _i == 0 ? 0 : 100;
    begin();
    check_depth(2, 5);
    check_depth(10000, 5);
    check_depth(10001, 4);
    check_depth(20001, 3);
    check_depth(40001, 1);
    check_depth(140000, 1);
    check_depth(140001, 0);
}
END_TEST

START_TEST(nothing_ends_in_a_stall)
{
    begin();
    check_depth(15000, 4);
    cluster_stall_disk(cluster, 0, 0, true);
    check_depth(1000000, 4);
    cluster_stall_disk(cluster, 0, 0, false);
    check_depth(1000001, 0);
}
END_TEST

/* As a device that is replaced, or loses power, in a stall. */
START_TEST(the_most_counts_though_the_device_is_gone)
{
    begin();
    run_to_ns(300000);
    cluster_begin_window(cluster);
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK });
    run_to_ns(310000);
    if (_i == 0) {
        cluster_replace_disk(cluster, 0, 0);
    } else {
        cluster_power_loss(cluster, 0, DISK_LOSE);
    }
    ck_assert_uint_eq(cluster_volume_depth(cluster, 0, 0), 0);
    ck_assert_uint_eq(cluster_volume_most(cluster, 0, 0), 5);
}
END_TEST

START_TEST(the_most_counts_though_it_is_done_and_what_came_in_a_stall)
{
    begin();
    run_to_ns(30000);
    ck_assert_uint_eq(cluster_volume_most(cluster, 0, 0), 5);
    cluster_begin_window(cluster);
    ck_assert_uint_eq(cluster_volume_most(cluster, 0, 0), 3);
    run_to_ns(200000);
    cluster_begin_window(cluster);
    ck_assert_uint_eq(cluster_volume_most(cluster, 0, 0), 0);
    cluster_stall_disk(cluster, 0, 0, true);
    for (int i = 0; i < 2; i++)
        cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK });
    run_to_ns(2000000);
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ns(3000000);
    ck_assert_uint_eq(cluster_volume_depth(cluster, 0, 0), 0);
    ck_assert_uint_eq(cluster_volume_most(cluster, 0, 0), 10);
}
END_TEST

START_TEST(what_is_turned_away_never_counts)
{
    small.instances[0].disk.queue_limit = 3;
    small.instances[0].disk.queue_fails = true;
    begin();
    check_depth(2, 3);
    ck_assert_uint_eq(cluster_volume_most(cluster, 0, 0), 3);
}
END_TEST

START_TEST(a_slow_device_takes_longer_for_all)
{
    begin();
    run_to_ns(5001);
    cluster_slow_disk(cluster, 0, 0, 3 << 16);
    check_depth(20000, 5); /* 5 us of the first write were left: 15 */
    check_depth(20001, 4);
    check_depth(50001, 3);
}
END_TEST

START_TEST(a_new_device_and_one_without_power_have_nothing_to_do)
{
    begin();
    check_depth(2, 5);
    if (_i == 0) {
        cluster_replace_disk(cluster, 0, 0);
    } else {
        cluster_power_loss(cluster, 0, DISK_LOSE);
    }
    check_depth(3, 0);
    check_depth(1000000, 0);
}
END_TEST

START_TEST(a_crash_leaves_the_device_its_work)
{
    begin();
    run_to_ns(2);
    cluster_crash(cluster, 0);
    check_depth(3, 5);
    check_depth(40002, 1);
    check_depth(140002, 0);
}
END_TEST

START_TEST(many_operations_are_counted)
{
    begin();
    for (int i = 0; i < 40; i++) {
        cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK });
        run_to_ns(2);
    }
    check_depth(3, 41 * 5);
    check_depth(140002, 40 * 5);
    check_depth(UINT64_C(40) * 140000 + 2, 5);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("volume depth");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, each_operation_counts_until_it_is_done, 0, 2);
    tcase_add_test(tests, nothing_ends_in_a_stall);
    tcase_add_test(tests, the_most_counts_though_it_is_done_and_what_came_in_a_stall);
    tcase_add_loop_test(tests, the_most_counts_though_the_device_is_gone, 0, 2);
    tcase_add_test(tests, what_is_turned_away_never_counts);
    tcase_add_test(tests, a_slow_device_takes_longer_for_all);
    tcase_add_loop_test(tests, a_new_device_and_one_without_power_have_nothing_to_do, 0, 2);
    tcase_add_test(tests, a_crash_leaves_the_device_its_work);
    tcase_add_test(tests, many_operations_are_counted);
    Suite *suite = suite_create("volume depth");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
