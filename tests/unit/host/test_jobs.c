/* Jobs, and the cores of the machines that instances share. */
#include <check.h>

#include "pair.h"
#include "support/suite.h"

/* ---- Jobs and machines ----------------------------------------------------------------------- */

static void three_jobs(const struct story_event *event)
{
    if (event->input == STORY_REQUEST) {
        for (cs_token token = 1; token <= 3; token++)
            cs_job(event->cx, cs_ms(token * 2), token);
    }
}

START_TEST(jobs_wait_for_a_free_core_in_order)
{
    small.machines[0].cores = 2;
    story_act = three_jobs;
    begin();
    ask(0);
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n2.000001ms a job 1\n"
                                   "4.000001ms a job 2\n8.000001ms a job 3\n");
}
END_TEST

static void jobs_then_cancel(const struct story_event *event)
{
    if (event->input != STORY_REQUEST)
        return;
    if (event->number == 1) {
        three_jobs(event);
    } else {
        cs_cancel_job(event->cx, 1); /* runs */
        cs_cancel_job(event->cx, 2); /* waits */
    }
}

START_TEST(a_cancelled_job_leaves_its_core_at_once)
{
    story_act = jobs_then_cancel;
    begin();
    ask(0);
    run_to_ms(1);
    ask(0);
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.000001ms a request 2\n7.000001ms a job 3\n");
}
END_TEST

static void one_job_each(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        cs_job(event->cx, cs_ms(2), 1);
}

START_TEST(instances_on_one_machine_share_its_cores)
{
    small.instances[1].machine = 0;
    story_act = one_job_each;
    begin();
    ask(0);
    ask(1);
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns b request 1\n2.000001ms a job 1\n"
                                   "4.000001ms b job 1\n");
}
END_TEST

START_TEST(a_slow_processor_takes_longer_for_a_job)
{
    story_act = one_job_each;
    begin();
    cluster_slow_cpu(cluster, 0, 5 << 15);
    ask(0);
    ask(1);
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns b request 1\n2.000001ms b job 1\n"
                                   "5.000001ms a job 1\n");
}
END_TEST

START_TEST(jobs_under_way_take_the_rest_of_their_time_at_the_new_speed)
{
    small.instances[1].machine = 0; /* one core */
    story_act = one_job_each;       /* 2 ms */
    begin();
    ask(0);
    ask(0);
    ask(1);
    run_to_ms(1);
    cluster_slow_cpu(cluster, 0, 3 << 16); /* 1 ms is left of its first job: 3 ms */
    run_to_ms(6);
    cluster_slow_cpu(cluster, 0, 1 << 16); /* 2 of 6 ms of its second are over: 4/3 ms are left */
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a request 2\n1ns b request 1\n"
                                   "4.000001ms a job 1\n7.333334ms a job 1\n9.333334ms b job 1\n");
    ck_assert_uint_eq(cluster_machine_use(cluster, 0).core_busy_ns, 9333333);
}
END_TEST

START_TEST(a_crash_takes_an_instances_jobs_and_leaves_its_neighbours)
{
    small.instances[1].machine = 0;
    story_act = one_job_each;
    begin();
    ask(0);
    ask(1);
    run_to_ms(1);
    cluster_crash(cluster, 0);
    run_to_ms(40);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns b request 1\n3.000001ms b job 1\n");
    ck_assert(cluster_view(cluster, 1).up);
}
END_TEST

START_TEST(a_power_loss_ends_every_instance_of_the_machine)
{
    small.instances[1].machine = 0;
    begin();
    cluster_power_loss(cluster, 0, DISK_LOSE);
    ck_assert(!cluster_view(cluster, 0).up);
    ck_assert(!cluster_view(cluster, 1).up);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jobs");
    TCase *tests = tcase_create("jobs");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, jobs_wait_for_a_free_core_in_order);
    tcase_add_test(tests, a_cancelled_job_leaves_its_core_at_once);
    tcase_add_test(tests, instances_on_one_machine_share_its_cores);
    tcase_add_test(tests, a_slow_processor_takes_longer_for_a_job);
    tcase_add_test(tests, jobs_under_way_take_the_rest_of_their_time_at_the_new_speed);
    tcase_add_test(tests, a_crash_takes_an_instances_jobs_and_leaves_its_neighbours);
    tcase_add_test(tests, a_power_loss_ends_every_instance_of_the_machine);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
