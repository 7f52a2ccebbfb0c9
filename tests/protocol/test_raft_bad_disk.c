/* A server whose disk fails says why and stops: it neither goes on with a hole in its log, nor with
 * a vote that it cannot remember (figure 2, "Persistent state on all servers"). */
#include <string.h>

#include "raft_bench.h"

#define ALWAYS (UINT64_C(1) << 32)

static void setup(void) { bench_open(&(struct bench_options){ .servers = 3 }); }

static struct disk *log_disk(void) { return rig_disk(rig, RAFT_VOLUME_LOG); }

static struct disk *meta_disk(void) { return rig_disk(rig, RAFT_VOLUME_META); }

START_TEST(entries_that_were_refused_are_not_acknowledged)
{
    static const struct {
        enum disk_trouble trouble;
        const char *done;
    } cases[] = {
        { DISK_WRITE_FAILS, "done flush log MEDIUM\n" },
        { DISK_FLUSH_FAILS, "done flush log MEDIUM\n" },
        { DISK_TIMES_OUT, "done flush log TIMEOUT\n" },
        { DISK_IS_DEAD, "done flush log DEAD\n" },
    };
    given_log("1 1");
    disk_set_trouble(log_disk(), cases[_i].trouble, ALWAYS);
    append(2, 1, 2, 1, "1", 0);
    expect_sends("");
    rig_expect_lines(rig, "done", cases[_i].done);
    rig_expect_lines(rig, "stop", "stop log flush failed\n");
    ck_assert(!rig_is_up(rig));
}
END_TEST

START_TEST(entries_that_were_refused_are_not_there_after_a_restart)
{
    given_log("1 1");
    disk_set_trouble(log_disk(), DISK_WRITE_FAILS, ALWAYS);
    append(2, 1, 2, 1, "1", 0);
    disk_set_trouble(log_disk(), DISK_WRITE_FAILS, 0);
    rig_restart(rig);
    expect_state("follower term=1 last=2 stored=2 commit=0 applied=0");
}
END_TEST

START_TEST(a_vote_whose_barrier_fails_is_not_given)
{
    disk_fail_flushes(meta_disk(), 1);
    ask_vote(2, 1, 0, 0);
    expect("write meta 0+512\n"
           "barrier meta\n"
           "stop barrier failed: MEDIUM\n");
    ck_assert_uint_eq(rig_sent_count(rig), 0);
}
END_TEST

START_TEST(a_leader_whose_log_fails_stops)
{
    become_leader();
    disk_set_trouble(log_disk(), DISK_WRITE_FAILS, ALWAYS);
    register_session(1);
    rig_expect_lines(rig, "stop", "stop log flush failed\n");
    ck_assert(!rig_is_up(rig));
}
END_TEST

START_TEST(a_log_that_cannot_be_read_is_not_taken_for_an_empty_one)
{
    given_log("1 1");
    rig_crash(rig, DISK_KEEP);
    ck_assert_uint_gt(disk_spoil(log_disk(), 1), 0);
    rig_restart(rig);
    expect("stop log volume failed\n");
}
END_TEST

START_TEST(a_vote_that_cannot_be_read_is_not_taken_for_none)
{
    ask_vote(2, 1, 0, 0);
    rig_crash(rig, DISK_KEEP);
    ck_assert_uint_gt(disk_spoil(meta_disk(), 1), 0);
    rig_restart(rig);
    expect("stop meta volume failed\n");
}
END_TEST

START_TEST(a_new_server_tells_a_bad_disk_from_a_used_one)
{
    bench_close();
    bench_new(&(struct bench_options){ .servers = 3 });
    disk_set_trouble(meta_disk(), DISK_READ_FAILS, ALWAYS);
    rig_start(rig, CS_START_FOUND);
    expect("stop meta volume failed\n");
    disk_set_trouble(meta_disk(), DISK_READ_FAILS, 0);
    disk_set_trouble(log_disk(), DISK_TIMES_OUT, ALWAYS);
    rig_start(rig, CS_START_FOUND);
    expect("stop log volume failed\n");
}
END_TEST

START_TEST(a_server_that_cannot_make_durable_what_it_found_stops)
{
    given_log("1");
    rig_crash(rig, DISK_KEEP);
    disk_fail_flushes(log_disk(), 1);
    rig_restart(rig);
    expect("barrier meta\n"
           "barrier log\n"
           "stop barrier failed: MEDIUM\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft-bad-disk");
    TCase *tcase = tcase_create("bad disk");
    tcase_add_checked_fixture(tcase, setup, bench_close);
    tcase_add_loop_test(tcase, entries_that_were_refused_are_not_acknowledged, 0, 4);
    tcase_add_test(tcase, entries_that_were_refused_are_not_there_after_a_restart);
    tcase_add_test(tcase, a_vote_whose_barrier_fails_is_not_given);
    tcase_add_test(tcase, a_leader_whose_log_fails_stops);
    tcase_add_test(tcase, a_log_that_cannot_be_read_is_not_taken_for_an_empty_one);
    tcase_add_test(tcase, a_vote_that_cannot_be_read_is_not_taken_for_none);
    tcase_add_test(tcase, a_new_server_tells_a_bad_disk_from_a_used_one);
    tcase_add_test(tcase, a_server_that_cannot_make_durable_what_it_found_stops);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
