/* Stalls of a disk, and disks that are replaced, as an instance meets them. */
#include <check.h>

#include "support/suite.h"
#include "trouble.h"

/* ---- Stalls ---------------------------------------------------------------------------------- */

START_TEST(a_stalled_disk_answers_after_the_release_in_order)
{
    story_act = one_of_each;
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(7);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_stall_disk(cluster, 0, 0, false);
    ck_assert_str_eq(story_told(), "7.000001ms a disk 1\n7.000001ms OK, 0 bytes\n"
                                   "7.000001ms a disk 2\n7.000001ms OK, 0 bytes\n"
                                   "7.000001ms a disk 3\n7.000001ms OK, 4 bytes\n"
                                   "7.000001ms a disk 4\n7.000001ms OK, 0 bytes\n");
}
END_TEST

START_TEST(what_is_not_due_at_the_release_ends_in_its_own_time)
{
    story_act = one_of_each;
    ask();
    cluster_run(cluster, 15000, UINT64_MAX);
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_run(cluster, 60002, UINT64_MAX);
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n10.001us a disk 1\n10.001us OK, 0 bytes\n"
                                   "60.002us a disk 2\n60.002us OK, 0 bytes\n"
                                   "70.001us a disk 3\n70.001us OK, 4 bytes\n"
                                   "170.001us a disk 4\n170.001us OK, 0 bytes\n");
}
END_TEST

START_TEST(a_stall_ends_when_each_that_was_begun_has_ended)
{
    story_act = persist_then_speak;
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(1);
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(2);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_stall_disk(cluster, 0, 0, false);
    ck_assert_str_eq(story_told(), "2.000001ms fact 1 durable 1\n");
}
END_TEST

START_TEST(what_is_under_way_goes_on_at_the_new_speed)
{
    /* A flush of 100 us that has begun at 10.001 us. */
    story_act = persist_then_speak;
    ask();
    cluster_run(cluster, 60001, UINT64_MAX); /* half of it is done */
    cluster_slow_disk(cluster, 0, 0, 100 << 16);
    run_to_ms(5);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_slow_disk(cluster, 0, 0, 1 << 16);
    run_to_ms(6);
    ck_assert_str_eq(story_told(), "5.000601ms fact 1 durable 1\n");
}
END_TEST

START_TEST(a_stall_holds_up_no_other_instance)
{
    story_act = persist_then_speak;
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_request(cluster, 1, &(struct cs_op){ .kind = CS_OP_WORK });
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns b request 1\n110.001us fact 1 durable 1\n");
}
END_TEST

START_TEST(an_instance_boots_when_its_volume_is_no_longer_stalled)
{
    cluster_crash(cluster, 0);
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_restart(cluster, 0);
    run_to_ms(5);
    ck_assert_str_eq(story_told(), "1ns end 0 \n");
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(6);
    ck_assert_str_eq(story_told(), "5.000001ms a start 2\n");
    cluster_crash(cluster, 0);
    cluster_stall_disk(cluster, 0, 0, true);
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(7); /* nobody has asked for another boot */
    ck_assert_str_eq(story_told(), "6.000001ms end 0 \n");
}
END_TEST

START_TEST(a_step_that_reads_at_once_goes_on_after_the_stall)
{
    story_act = read_at_once;
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(1);
    ck_assert_int_eq(read_status, CS_DISK_OK);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(2);
    ck_assert_str_eq(story_told(), "1.050001ms fact 1 durable 0\n");
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(3);
    cluster_crash(cluster, 0); /* its step is gone with it */
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(4);
    ck_assert_ptr_null(strstr(story_told(), "fact"));
}
END_TEST

START_TEST(a_power_loss_ends_what_a_stall_holds_up)
{
    story_act = write_silently_then_flush;
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(1);
    cluster_power_loss(cluster, 0, DISK_LOSE);
    cluster_restart(cluster, 0);
    cluster_stall_disk(cluster, 0, 0, false);
    run_to_ms(2);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.000001ms end 1 \n1.000001ms a start 2\n");
    ck_assert_int_eq(held(0), 0);
}
END_TEST

START_TEST(a_flush_goes_on_for_a_process_that_crashes_in_a_stall)
{
    story_act = write_silently_then_flush;
    cluster_stall_disk(cluster, 0, 0, true);
    ask();
    run_to_ms(1);
    cluster_crash(cluster, 0);
    cluster_stall_disk(cluster, 0, 0, false);
    cluster_power_loss(cluster, 0, DISK_LOSE);
    ck_assert_int_eq(held(0), 'x');
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.000001ms end 0 \n");
}
END_TEST

/* ---- Replacement ----------------------------------------------------------------------------- */

static void tell_identity(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        *event->state = cs_volume_info(event->cx, 0).identity;
    if (event->input == STORY_REQUEST && event->number == 2)
        story_tell("identity %d", cs_volume_info(event->cx, 0).identity == disk_identity(disk()));
}

START_TEST(a_replaced_disk_is_empty_and_has_another_identity)
{
    story_act = tell_identity;
    ck_assert_int_eq(disk_write(disk(), 0, "old", 3), DISK_OK);
    uint64_t before = disk_identity(disk());
    certain(DISK_READ_FAILS);
    cluster_replace_disk(cluster, 0, 0);
    ck_assert_uint_ne(disk_identity(disk()), before);
    ck_assert_int_eq(held(0), 0);
    ask();
    ask();
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a request 2\n1ns identity 1\n");
}
END_TEST

START_TEST(what_is_under_way_on_a_replaced_disk_ends_dead)
{
    story_act = one_of_each;
    ask();
    cluster_run(cluster, 15000, UINT64_MAX);
    cluster_replace_disk(cluster, 0, 0);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n10.001us a disk 1\n10.001us OK, 0 bytes\n"
                                   "20.001us a disk 2\n20.001us DEAD, 0 bytes\n"
                                   "70.001us a disk 3\n70.001us DEAD, 0 bytes\n"
                                   "170.001us a disk 4\n170.001us DEAD, 0 bytes\n");
}
END_TEST

static void write_now_and_flush_first(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    if (event->number == 1)
        cs_flush(event->cx, 0, CS_SILENT);
    if (event->number == 2)
        write_byte(event->cx, 0, 'n', CS_SILENT);
}

START_TEST(a_flush_of_the_old_disk_makes_nothing_durable_on_the_new_one)
{
    story_act = write_now_and_flush_first;
    ask();
    cluster_run(cluster, 50000, UINT64_MAX);
    cluster_replace_disk(cluster, 0, 0);
    disk_fail_flushes(disk(), 1);
    ask();
    run_to_ms(1);
    ck_assert_uint_eq(disk_trouble_count(disk(), DISK_FLUSH_FAILS), 0);
    cluster_power_loss(cluster, 0, DISK_LOSE);
    ck_assert_int_eq(held(0), 0);
}
END_TEST

START_TEST(a_barrier_on_a_replaced_disk_stops_the_instance)
{
    story_act = persist_then_speak;
    ask();
    cluster_run(cluster, 50000, UINT64_MAX);
    cluster_replace_disk(cluster, 0, 0);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n110.001us end 2 barrier failed: DEAD\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disk_stalls");
    TCase *tests = tcase_create("disk_stalls");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_stalled_disk_answers_after_the_release_in_order);
    tcase_add_test(tests, what_is_not_due_at_the_release_ends_in_its_own_time);
    tcase_add_test(tests, a_stall_ends_when_each_that_was_begun_has_ended);
    tcase_add_test(tests, what_is_under_way_goes_on_at_the_new_speed);
    tcase_add_test(tests, a_stall_holds_up_no_other_instance);
    tcase_add_test(tests, an_instance_boots_when_its_volume_is_no_longer_stalled);
    tcase_add_test(tests, a_step_that_reads_at_once_goes_on_after_the_stall);
    tcase_add_test(tests, a_power_loss_ends_what_a_stall_holds_up);
    tcase_add_test(tests, a_flush_goes_on_for_a_process_that_crashes_in_a_stall);
    tcase_add_test(tests, a_replaced_disk_is_empty_and_has_another_identity);
    tcase_add_test(tests, what_is_under_way_on_a_replaced_disk_ends_dead);
    tcase_add_test(tests, a_flush_of_the_old_disk_makes_nothing_durable_on_the_new_one);
    tcase_add_test(tests, a_barrier_on_a_replaced_disk_stops_the_instance);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
