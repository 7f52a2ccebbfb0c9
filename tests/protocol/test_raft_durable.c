/* What survives: figure 2 "Persistent state on all servers: updated on stable storage before
 * responding to RPCs", and thesis 3.8. */
#include <stdio.h>
#include <string.h>

#include "raft_bench.h"

static const enum disk_loss losses[] = { DISK_KEEP, DISK_LOSE, DISK_ANY, DISK_TORN };
enum { LOSSES = sizeof losses / sizeof losses[0] };

static void setup(void) { bench_open(&(struct bench_options){ .servers = 3 }); }

/* ---- Term and vote ---- */

START_TEST(vote_is_durable_before_it_is_granted)
{
    rig_hold(rig, true);
    ask_vote(2, 1, 0, 0);
    expect("write meta 0+512\n"
           "barrier meta\n");
    ck_assert_uint_eq(rig_sent_count(rig), 0);
    rig_complete_flush(rig);
    expect("fact VOTED term=1 for=2 durable\n"
           "fact ROLE FOLLOWER term=1\n"
           "set timer 0 in 150ms\n"
           "send Vote to 2: Vote term=1 asked=1 granted\n");
}
END_TEST

START_TEST(own_vote_is_durable_before_others_are_asked)
{
    rig_hold(rig, true);
    rig_timer(rig, RAFT_TIMER_ELECTION);
    ck_assert_uint_eq(rig_sent_count(rig), 0);
    rig_complete_flush(rig);
    expect_sends("send RequestVote to 2 3: RequestVote term=1 last=0/0\n");
}
END_TEST

START_TEST(a_later_term_is_durable_before_it_is_answered)
{
    rig_hold(rig, true);
    append(2, 4, 0, 0, "", 0);
    ck_assert_uint_eq(rig_sent_count(rig), 0);
    rig_complete_flush(rig);
    expect_sends("send AppendReply to 2: AppendReply term=4 success match=0 last=0\n");
}
END_TEST

/* The timer counts from when the disk is done, so a slow disk starts no election. */
START_TEST(the_election_timer_waits_for_the_disk)
{
    cs_duration left;
    rig_hold(rig, true);
    append(2, 4, 0, 0, "", 0);
    rig_advance(rig, cs_seconds(3));
    rig_complete_flush(rig);
    ck_assert(rig_timer_left(rig, RAFT_TIMER_ELECTION, &left));
    ck_assert_uint_eq(left.ns, cs_ms(150).ns);
}
END_TEST

START_TEST(after_a_power_loss_the_vote_is_remembered)
{
    ask_vote(2, 5, 0, 0);
    rig_crash(rig, DISK_LOSE);
    rig_restart(rig);
    expect("barrier meta\n"
           "barrier log\n"
           "fact VOTED term=5 for=2 recovered\n"
           "fact ROLE FOLLOWER term=5\n"
           "set timer 0 in 150ms\n");
    ask_vote(3, 5, 0, 0);
    expect_sends("send Vote to 3: Vote term=5 asked=5 refused\n");
    ask_vote(2, 5, 0, 0);
    expect_sends("send Vote to 2: Vote term=5 asked=5 granted\n");
}
END_TEST

START_TEST(whatever_a_crash_amid_a_vote_leaves_no_vote_is_given_twice)
{
    for (size_t loss = 0; loss < LOSSES; loss++) {
        for (size_t effects = 0; effects <= 6; effects++) {
            bench_close();
            setup();
            ask_vote(2, 1, 0, 0);
            rig_crash_after(rig, effects, losses[loss]);
            ask_vote(2, 2, 0, 0);
            ck_assert(!rig_is_up(rig));
            bool granted = rig_sent_count(rig) > 0;
            rig_restart(rig);
            ask_vote(3, 2, 0, 0);
            bool again = strstr(rig_lines(rig, "send"), "granted") != NULL;
            ck_assert_msg(!(granted && again), "loss %zu after %zu effects", loss, effects);
        }
    }
}
END_TEST

/* A process crash keeps a vote that was written and not flushed; a power loss after that must not
 * take it away once it has been relied on. */
START_TEST(what_is_recovered_is_made_durable_before_it_is_relied_on)
{
    rig_crash_after(rig, 1, DISK_KEEP);
    ask_vote(2, 5, 0, 0);
    rig_restart(rig);
    expect_state("follower term=5 last=0 stored=0 commit=0 applied=0");
    ask_vote(2, 5, 0, 0);
    expect_sends("send Vote to 2: Vote term=5 asked=5 granted\n");
    rig_crash(rig, DISK_LOSE);
    rig_restart(rig);
    ask_vote(3, 5, 0, 0);
    expect_sends("send Vote to 3: Vote term=5 asked=5 refused\n");
}
END_TEST

/* ---- The log ---- */

START_TEST(after_a_power_loss_what_was_acknowledged_is_there)
{
    given_log("1 1 3");
    rig_crash(rig, DISK_LOSE);
    rig_restart(rig);
    expect_facts("fact VOTED term=3 for=none recovered\n"
                 "fact APPENDED index=1 term=1 (9 bytes) recovered\n"
                 "fact APPENDED index=2 term=1 (9 bytes) recovered\n"
                 "fact APPENDED index=3 term=3 (9 bytes) recovered\n"
                 "fact STORED index=3 term=3 recovered\n"
                 "fact ROLE FOLLOWER term=3\n");
    expect_state("follower term=3 last=3 stored=3 commit=0 applied=0");
}
END_TEST

START_TEST(what_was_not_acknowledged_may_be_lost)
{
    given_log("1 1");
    rig_hold(rig, true);
    append(2, 1, 2, 1, "1 1", 0);
    rig_crash(rig, DISK_LOSE);
    rig_hold(rig, false);
    rig_restart(rig);
    expect_state("follower term=1 last=2 stored=2 commit=0 applied=0");
    append(2, 1, 2, 1, "1", 0);
    expect_sends("send AppendReply to 2: AppendReply term=1 success match=3 last=3\n");
}
END_TEST

/* "After restart nothing is committed": the commit index is volatile (thesis 3.8), and the state
 * machine begins anew. */
START_TEST(after_a_restart_nothing_is_taken_for_committed)
{
    append(2, 1, 0, 0, "1 1", 2);
    expect_state("follower term=1 last=2 stored=2 commit=2 applied=2");
    rig_crash(rig, DISK_KEEP);
    rig_restart(rig);
    expect_state("follower term=1 last=2 stored=2 commit=0 applied=0");
    append(2, 1, 2, 1, "", 2);
    expect_facts("fact COMMITTED index=2 term=1\n"
                 "fact APPLIED index=1 term=1 (9 bytes)\n"
                 "fact APPLIED index=2 term=1 (9 bytes)\n");
}
END_TEST

START_TEST(a_removal_is_remembered_with_what_followed_it)
{
    given_log("1 1 1");
    append(3, 2, 1, 1, "2", 0);
    rig_crash(rig, DISK_LOSE);
    rig_restart(rig);
    expect_state("follower term=2 last=2 stored=2 commit=0 applied=0");
    expect_facts("fact VOTED term=2 for=none recovered\n"
                 "fact APPENDED index=1 term=1 (9 bytes) recovered\n"
                 "fact APPENDED index=2 term=2 (9 bytes) recovered\n"
                 "fact STORED index=2 term=2 recovered\n"
                 "fact ROLE FOLLOWER term=2\n");
}
END_TEST

/* The terms of the entries in the log: "1 2 2". */
static const char *terms_of_log(void)
{
    static char terms[64];
    const struct raft *rf = rig_state(rig);
    size_t size = 0;
    ck_assert_uint_ge(rf->log.last_index, 1);
    for (uint64_t i = 1; i <= rf->log.last_index; i++) {
        size += (size_t)snprintf(terms + size, sizeof terms - size, "%llu ",
                                 (unsigned long long)log_term_at(&rf->log, i));
        ck_assert_uint_lt(size, sizeof terms);
    }
    terms[size - 1] = '\0';
    return terms;
}

static bool is_one_of(const char *text, const char *const *texts)
{
    while (*texts != NULL && strcmp(text, *texts) != 0)
        texts++;
    return *texts != NULL;
}

/* Three entries were acknowledged; another leader replaces the last two.  Wherever a crash cuts
 * that off, they are all there or were removed together, and new ones came in their order. */
START_TEST(a_crash_amid_an_append_loses_no_acknowledged_entry_that_was_not_removed)
{
    static const char *const logs[] = { "1 1 1", "1", "1 2", "1 2 2", NULL };
    enum { EFFECTS = 12 }; /* of the handler, before its flush */
    for (size_t loss = 0; loss < LOSSES; loss++) {
        for (size_t effects = 0; effects <= EFFECTS; effects++) {
            bench_close();
            setup();
            given_log("1 1 1");
            rig_crash_after(rig, effects, losses[loss]);
            append(3, 2, 1, 1, "2 2", 0);
            ck_assert(!rig_is_up(rig));
            expect_sends("");
            rig_restart(rig);
            ck_assert(is_one_of(terms_of_log(), logs));
            if (losses[loss] == DISK_LOSE)
                ck_assert_str_eq(terms_of_log(), "1 1 1"); /* nothing was flushed */
        }
    }
}
END_TEST

START_TEST(after_any_crash_what_replaced_other_entries_is_there_once_acknowledged)
{
    for (size_t loss = 0; loss < LOSSES; loss++) {
        bench_close();
        setup();
        given_log("1 1 1");
        append(3, 2, 1, 1, "2 2", 0);
        expect_sends("send AppendReply to 3: AppendReply term=2 success match=3 last=3\n");
        rig_crash(rig, losses[loss]);
        rig_restart(rig);
        ck_assert_str_eq(terms_of_log(), "1 2 2");
    }
}
END_TEST

/* ---- What cannot be recovered ---- */

START_TEST(a_server_whose_volumes_are_empty_does_not_come_back)
{
    ask_vote(2, 5, 0, 0);
    rig_crash(rig, DISK_KEEP);
    disk_replace(rig_disk(rig, RAFT_VOLUME_META));
    disk_replace(rig_disk(rig, RAFT_VOLUME_LOG));
    rig_restart(rig);
    expect("stop term and vote lost\n");
}
END_TEST

START_TEST(a_server_whose_log_was_replaced_does_not_come_back)
{
    given_log("1");
    rig_crash(rig, DISK_KEEP);
    disk_replace(rig_disk(rig, RAFT_VOLUME_LOG));
    rig_restart(rig);
    expect("stop log volume replaced\n");
}
END_TEST

/* The newer of two records is damaged: the older one names a term before that of the log. */
START_TEST(a_term_older_than_the_log_is_not_believed)
{
    uint8_t noise[512];
    given_log("1 1 2");
    append(2, 2, 3, 2, "2", 0);
    rig_crash(rig, DISK_KEEP);
    memset(noise, 0x5a, sizeof noise);
    ck_assert_int_eq(disk_write(rig_disk(rig, RAFT_VOLUME_META), 0, noise, sizeof noise), DISK_OK);
    rig_restart(rig);
    expect("stop term older than the log\n");
}
END_TEST

START_TEST(a_log_that_has_decayed_is_not_cut_short)
{
    uint8_t noise[16];
    for (uint64_t i = 0; i < 4; i++) /* each in a flush of its own, which the next frame tells */
        append(2, 1, i, i > 0, "1", 0);
    rig_crash(rig, DISK_KEEP);
    memset(noise, 0x5a, sizeof noise);
    ck_assert_int_eq(disk_write(rig_disk(rig, RAFT_VOLUME_LOG), 100, noise, sizeof noise), DISK_OK);
    rig_restart(rig);
    expect("stop log corrupt\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft-durable");
    TCase *tcase = tcase_create("durable");
    tcase_add_checked_fixture(tcase, setup, bench_close);
    tcase_add_test(tcase, vote_is_durable_before_it_is_granted);
    tcase_add_test(tcase, own_vote_is_durable_before_others_are_asked);
    tcase_add_test(tcase, a_later_term_is_durable_before_it_is_answered);
    tcase_add_test(tcase, the_election_timer_waits_for_the_disk);
    tcase_add_test(tcase, after_a_power_loss_the_vote_is_remembered);
    tcase_add_test(tcase, whatever_a_crash_amid_a_vote_leaves_no_vote_is_given_twice);
    tcase_add_test(tcase, what_is_recovered_is_made_durable_before_it_is_relied_on);
    tcase_add_test(tcase, after_a_power_loss_what_was_acknowledged_is_there);
    tcase_add_test(tcase, what_was_not_acknowledged_may_be_lost);
    tcase_add_test(tcase, after_a_restart_nothing_is_taken_for_committed);
    tcase_add_test(tcase, a_removal_is_remembered_with_what_followed_it);
    tcase_add_test(tcase, a_crash_amid_an_append_loses_no_acknowledged_entry_that_was_not_removed);
    tcase_add_test(tcase, after_any_crash_what_replaced_other_entries_is_there_once_acknowledged);
    tcase_add_test(tcase, a_server_whose_volumes_are_empty_does_not_come_back);
    tcase_add_test(tcase, a_server_whose_log_was_replaced_does_not_come_back);
    tcase_add_test(tcase, a_term_older_than_the_log_is_not_believed);
    tcase_add_test(tcase, a_log_that_has_decayed_is_not_cut_short);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
