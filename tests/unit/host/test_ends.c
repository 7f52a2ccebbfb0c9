/* Ends and beginnings that are asked for: a clean stop, joining, who comes back, and what of a boot
 * that is due a power loss calls off. */
#include <check.h>
#include <string.h>

#include "support/suite.h"
#include "three.h"

/* ---- A clean stop ---------------------------------------------------------------------------- */

static void write_two(const struct story_event *event)
{
    static const uint8_t sector[SECTOR] = { 7 };
    if (event->input != STORY_REQUEST)
        return;
    cs_write(event->cx, 0, 0, cs_bytes_of(sector, sizeof sector), CS_SILENT);
    cs_write(event->cx, 0, SECTOR, cs_bytes_of(sector, sizeof sector), CS_SILENT);
}

START_TEST(what_was_written_before_a_clean_stop_is_durable)
{
    story_act = write_two;
    begin();
    ask(A);
    ask(B);
    run_to_ms(1);
    story_told();
    cluster_shut_down(cluster, A);
    cluster_crash(cluster, B);
    ck_assert_str_eq(story_told(), "1ms a ends: shut down\n1ms b ends: crash\n");
    ck_assert(!cluster_view(cluster, A).stopped);
    for (uint64_t sector = 0; sector < 2; sector++) {
        ck_assert_uint_eq(durable_byte(A, sector), 7);
        ck_assert_uint_eq(durable_byte(B, sector), 0);
    }
    cluster_shut_down(cluster, A); /* it is down: nothing happens */
    ck_assert_str_eq(story_told(), "");
}
END_TEST

START_TEST(a_clean_stop_writes_only_what_the_disk_takes)
{
    story_act = write_two;
    begin();
    disk_set_trouble(cluster_disk(cluster, A, 0), DISK_IS_DEAD, PROBABILITY_ONE);
    ask(A);
    run_to_ms(1);
    cluster_shut_down(cluster, A);
    ck_assert(!cluster_view(cluster, A).up);
    disk_set_trouble(cluster_disk(cluster, A, 0), DISK_IS_DEAD, 0);
    ck_assert_uint_eq(durable_byte(A, 0), 0);
}
END_TEST

static void stop_itself(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        cs_stop(event->cx, "enough");
}

START_TEST(one_that_stops_itself_is_seen_to_have_done_so_until_it_runs_again)
{
    story_act = stop_itself;
    begin();
    ck_assert(!cluster_view(cluster, A).stopped);
    ask(A);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a ends: stopped: enough\n");
    ck_assert(cluster_view(cluster, A).stopped);
    cluster_restart(cluster, A);
    run_to_ms(2);
    ck_assert(!cluster_view(cluster, A).stopped);
    cluster_crash(cluster, A);
    ck_assert(!cluster_view(cluster, A).stopped);
}
END_TEST

/* A request's number is how far has been committed. */
static void commit(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        cs_fact(event->cx, &(struct cs_fact){ .kind = CS_FACT_COMMITTED, .a = event->number });
}

START_TEST(a_new_incarnation_has_committed_nothing_until_it_says_so)
{
    story_act = commit;
    begin();
    ask(A);
    ask(A);
    run_to_ms(1);
    ck_assert_uint_eq(cluster_view(cluster, A).commit_index, 2);
    cluster_crash(cluster, A);
    cluster_restart(cluster, A);
    run_to_ms(2);
    ck_assert_uint_eq(cluster_view(cluster, A).commit_index, 0);
    ask(A);
    run_to_ms(3);
    ck_assert_uint_eq(cluster_view(cluster, A).commit_index, 3);
}
END_TEST

/* ---- Joining --------------------------------------------------------------------------------- */

static void leave_out(uint32_t instance)
{
    small.instances[instance].boot_at_ns = UINT64_MAX;
    small.instances[instance].start = CS_START_FOUND;
}

START_TEST(one_that_is_left_out_does_not_boot_by_itself)
{
    leave_out(B);
    begin();
    run_to_ms(1000);
    ck_assert(!cluster_view(cluster, B).up);
    ck_assert_uint_eq(cluster_view(cluster, B).incarnation, 0);
    ck_assert(cluster_view(cluster, A).up);
}
END_TEST

START_TEST(who_joins_starts_once_and_is_told_that_it_joins)
{
    leave_out(B);
    begin();
    run_to_ms(3);
    ck_assert(cluster_join(cluster, B));
    ck_assert(!cluster_join(cluster, B)); /* it is about to */
    run_to_ms(4);
    ck_assert_str_eq(story_told(), "3ms b start 1\n");
    ck_assert_int_eq(CS_START_JOIN, 1);
    ck_assert(!cluster_join(cluster, B));
    cluster_crash(cluster, B);
    ck_assert(!cluster_join(cluster, B));
    cluster_restart(cluster, B);
    run_to_ms(5);
    ck_assert_str_eq(story_told(), "4ms b ends: crash\n4ms b start 2\n");
    ck_assert_int_eq(CS_START_RESTART, 2);
}
END_TEST

START_TEST(who_has_run_from_the_beginning_cannot_join)
{
    small.instances[B].boot_at_ns = 5000000;
    begin();
    ck_assert(!cluster_join(cluster, A));
    ck_assert(!cluster_join(cluster, B));
    run_to_ms(9);
    ck_assert_str_eq(story_told(), "5ms b start 0\n");
}
END_TEST

/* ---- Boots that are due ---------------------------------------------------------------------- */

START_TEST(a_power_loss_calls_off_a_restart_that_is_due)
{
    begin();
    cluster_crash(cluster, A);
    cluster_restart(cluster, A);
    cluster_power_loss(cluster, A, DISK_LOSE);
    run_to_ms(5);
    ck_assert(!cluster_view(cluster, A).up);
    cluster_restart(cluster, A);
    run_to_ms(6);
    ck_assert(cluster_view(cluster, A).up);
    ck_assert_uint_eq(cluster_view(cluster, A).incarnation, 2);
}
END_TEST

START_TEST(a_power_loss_calls_off_a_restart_that_waits_for_a_disk)
{
    begin();
    cluster_stall_disk(cluster, A, 0, true);
    cluster_crash(cluster, A);
    cluster_restart(cluster, A);
    run_to_ms(2);
    cluster_power_loss(cluster, A, DISK_LOSE);
    cluster_stall_disk(cluster, A, 0, false);
    run_to_ms(5);
    ck_assert(!cluster_view(cluster, A).up);
}
END_TEST

START_TEST(a_power_loss_does_not_call_off_the_first_boot)
{
    small.instances[B].boot_at_ns = 5000000;
    begin();
    cluster_power_loss(cluster, B, DISK_LOSE);
    run_to_ms(6);
    ck_assert(cluster_view(cluster, B).up);
}
END_TEST

START_TEST(two_restarts_make_one_incarnation)
{
    begin();
    cluster_crash(cluster, A);
    cluster_restart(cluster, A);
    cluster_restart(cluster, A);
    run_to_ms(2);
    ck_assert_uint_eq(cluster_view(cluster, A).incarnation, 2);
    cluster_restart(cluster, A);
    run_to_ms(3);
    ck_assert_uint_eq(cluster_view(cluster, A).incarnation, 2);
}
END_TEST

/* ---- Volumes --------------------------------------------------------------------------------- */

START_TEST(a_volume_is_known_by_the_name_that_its_program_gives_it)
{
    static const struct cs_param params[] = {
        { .name = "disks", .kind = CS_PARAM_NUMBER, .fallback = "1" },
        { .name = NULL },
    };
    static const struct cs_volume_spec volumes[] = {
        { .name = "log", .size = 4096 },
        { .name = "data", .counted = "disks", .size = 4096 },
        { .name = "spare", .size = 4096 },
        { .name = NULL },
    };
    static const char *const expected[] = { "log", "data", "data", "data", "spare" };
    static const char *const names[] = { "log", "data", "spare", "data0", "" };
    static const struct param_value three[] = { { .number = 3 } };
    struct cs_program program = story_program;
    program.params = params;
    program.volumes = volumes;
    small.instances[A].program = &program;
    small.instances[A].params = three;
    begin();
    ck_assert_uint_eq(cluster_volume_count(cluster, A), 5);
    for (cs_volume v = 0; v < 5; v++) {
        for (size_t n = 0; n < 5; n++) {
            bool is = strcmp(names[n], expected[v]) == 0;
            ck_assert(cluster_volume_is(cluster, A, v, names[n]) == is);
        }
    }
    ck_assert(cluster_volume_is(cluster, B, 0, "disk"));
    tear_down(); /* before the program goes */
    cluster = NULL;
}
END_TEST

/* ---- Who comes back -------------------------------------------------------------------------- */

static void stop_for(const struct story_event *event)
{
    if (event->input == STORY_REQUEST)
        cs_stop(event->cx, event->number % 2 == 1 ? "worn" : "torn");
}

START_TEST(who_has_stopped_itself_comes_back_after_its_time)
{
    small.instances[A].restart = (struct restart_policy){ .enabled = true, .after_ns = 5000000 };
    story_act = stop_for;
    begin();
    ask(A);
    ask(B);
    run_to_ms(3);
    ck_assert(!cluster_view(cluster, A).up);
    ck_assert(!cluster_view(cluster, A).stopped); /* not for good */
    ck_assert(cluster_view(cluster, B).stopped);
    run_to_ms(20);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a ends: stopped: worn\n"
                                   "1ns b request 1\n1ns b ends: stopped: worn\n"
                                   "5.000001ms a start 2\n");
}
END_TEST

START_TEST(it_comes_back_only_after_the_reasons_that_are_named)
{
    static const char *const reasons[] = { "worn", NULL };
    small.instances[A].restart =
        (struct restart_policy){ .enabled = true, .after_ns = 5000000, .reasons = reasons };
    story_act = stop_for;
    begin();
    ask(A);
    run_to_ms(10);
    ask(A);
    run_to_ms(30);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1ns a ends: stopped: worn\n"
                                   "5.000001ms a start 2\n"
                                   "10ms a request 2\n10ms a ends: stopped: torn\n");
    ck_assert(cluster_view(cluster, A).stopped);
}
END_TEST

START_TEST(a_crash_and_a_clean_stop_are_for_others_to_undo)
{
    small.instances[A].restart = (struct restart_policy){ .enabled = true, .after_ns = 5000000 };
    begin();
    cluster_crash(cluster, A);
    run_to_ms(10);
    ck_assert(!cluster_view(cluster, A).up);
    cluster_restart(cluster, A);
    run_to_ms(20);
    cluster_shut_down(cluster, A);
    run_to_ms(30);
    ck_assert(!cluster_view(cluster, A).up);
}
END_TEST

START_TEST(a_power_loss_calls_off_the_return)
{
    small.instances[A].restart = (struct restart_policy){ .enabled = true, .after_ns = 5000000 };
    story_act = stop_for;
    begin();
    ask(A);
    run_to_ms(2);
    cluster_power_loss(cluster, small.instances[A].machine, DISK_KEEP);
    run_to_ms(20);
    ck_assert_uint_eq(cluster_view(cluster, A).incarnation, 1);
}
END_TEST

int main(void)
{
    TCase *ends = tcase_create("ends");
    tcase_add_checked_fixture(ends, set_up, tear_down);
    tcase_add_test(ends, what_was_written_before_a_clean_stop_is_durable);
    tcase_add_test(ends, a_clean_stop_writes_only_what_the_disk_takes);
    tcase_add_test(ends, one_that_stops_itself_is_seen_to_have_done_so_until_it_runs_again);
    tcase_add_test(ends, a_new_incarnation_has_committed_nothing_until_it_says_so);
    tcase_add_test(ends, one_that_is_left_out_does_not_boot_by_itself);
    tcase_add_test(ends, who_joins_starts_once_and_is_told_that_it_joins);
    tcase_add_test(ends, who_has_run_from_the_beginning_cannot_join);
    tcase_add_test(ends, a_power_loss_calls_off_a_restart_that_is_due);
    tcase_add_test(ends, a_power_loss_calls_off_a_restart_that_waits_for_a_disk);
    tcase_add_test(ends, a_power_loss_does_not_call_off_the_first_boot);
    tcase_add_test(ends, two_restarts_make_one_incarnation);
    tcase_add_test(ends, a_volume_is_known_by_the_name_that_its_program_gives_it);
    tcase_add_test(ends, who_has_stopped_itself_comes_back_after_its_time);
    tcase_add_test(ends, it_comes_back_only_after_the_reasons_that_are_named);
    tcase_add_test(ends, a_crash_and_a_clean_stop_are_for_others_to_undo);
    tcase_add_test(ends, a_power_loss_calls_off_the_return);
    Suite *suite = suite_create("ends");
    suite_add_tcase(suite, ends);
    return suite_run(suite);
}
