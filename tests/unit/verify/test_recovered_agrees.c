/* What a restarted instance finds is what it had claimed to keep.  (Raft, figure 2; thesis,
 * section 3.8) */
#include <stdio.h>
#include <string.h>

#include "stage.h"
#include "support/suite.h"

static void set_up(void) { stage_open(&oracle_recovered_agrees); }

/* ---- Stories of B ------------------------------------------------------------------------------
 */

static uint32_t digit(char c)
{
    ck_assert_msg(c >= '0' && c <= '9', "%c", c);
    return (uint32_t)(c - '0');
}

/* One step: "voted 4 A" ("-" for nobody), "log 1122 abcd" (terms and contents of its first
 * entries), "entry 3 2 x" (index, term, content), "stored 3 2", "cut 3" (from there on), "snapshot
 * 5 2 s"; "again" is a crash and a restart, and what comes up to "done" is what it finds. */
static void play_step(const char *step)
{
    char index = 0, term = 0, content = 0, terms[16], contents[16];
    if (sscanf(step, "voted %c %c", &term, &content) == 2) {
        voted(B, digit(term), content == '-' ? NOBODY : (uint64_t)(content - 'A') + A);
    } else if (sscanf(step, "log %15s %15s", terms, contents) == 2) {
        appended_all(B, terms, contents);
    } else if (sscanf(step, "entry %c %c %c", &index, &term, &content) == 3) {
        appended(B, digit(index), digit(term), content);
    } else if (sscanf(step, "stored %c %c", &index, &term) == 2) {
        stored(B, digit(index), digit(term));
    } else if (sscanf(step, "cut %c", &index) == 1) {
        truncated(B, digit(index));
    } else if (sscanf(step, "snapshot %c %c %c", &index, &term, &content) == 3) {
        snapshot(B, digit(index), digit(term), content);
    } else if (strcmp(step, "again") == 0) {
        crash(B);
        restart(B);
    } else if (strcmp(step, "crash") == 0) {
        crash(B);
    } else if (strcmp(step, "join") == 0) {
        join(B);
    } else {
        ck_assert_str_eq(step, "done");
        restart_done(B);
    }
}

static void play(const char *story)
{
    char steps[200];
    size_t size = strlen(story) + 1;
    ck_assert_uint_le(size, sizeof steps);
    memcpy(steps, story, size);
    char *rest = NULL;
    for (char *step = strtok_r(steps, ";", &rest); step != NULL; step = strtok_r(NULL, ";", &rest))
        play_step(step + strspn(step, " "));
}

#define PASSES       ""
#define INCONCLUSIVE NULL

static const struct {
    const char *claim, *story, *violation;
} stories[] = {
    { "a vote stays claimed when only the term is said again",
      "voted 4 A; voted 4 -; again; voted 4 -; done",
      "B recovered a vote for nobody in term 4, though it had claimed to keep one for A" },
    { "a term that was lost is a violation", "voted 3 -; voted 4 -; again; voted 3 -; done",
      "B recovered term 3, though it had claimed to keep term 4" },
    { "a term that is not even mentioned is a violation",
      "voted 4 -; log 1 a; again; log 1 a; done",
      "B recovered term 0, though it had claimed to keep term 4" },
    { "a vote that was lost is a violation", "voted 4 -; voted 4 A; again; voted 4 -; done",
      "B recovered a vote for nobody in term 4, though it had claimed to keep one for A" },
    { "another vote is a violation", "voted 4 A; again; voted 4 C; done",
      "B recovered a vote for C in term 4, though it had claimed to keep one for A" },
    { "a log that is shorter than claimed is a violation",
      "log 1122 abcd; stored 3 2; again; log 11 ab; done",
      "B recovered its log up to index 2, though it had claimed to keep it up to index 3" },
    { "another entry than claimed is a violation",
      "log 1122 abcd; stored 4 2; again; log 1132 abxd; done",
      "B recovered an entry of term 3 at index 3, though it had claimed to keep one of term 2" },
    { "another content than claimed is a violation",
      "log 11 ab; stored 2 1; again; log 11 ax; done",
      "B recovered another entry of term 1 at index 2, though it had claimed to keep one of term "
      "1" },
    { "a claim outlives several restarts",
      "log 11 ab; stored 2 1; again; log 11 ab; done; again; log 1 a; done",
      "B recovered its log up to index 1, though it had claimed to keep it up to index 2" },
    { "a claim outlives an incarnation that ended in its start",
      "log 11 ab; stored 2 1; again; log 1 a; again; log 1 a; done",
      "B recovered its log up to index 1, though it had claimed to keep it up to index 2" },
    /* A corrupt tail taken for a torn one (FAST 2018, Protocol-Aware Recovery). */
    { "a tail cut off at the start is still claimed",
      "log 11 ab; stored 2 1; again; log 11 ab; cut 2; done",
      "B recovered its log up to index 1, though it had claimed to keep it up to index 2" },
    { "a snapshot that was lost is a violation", "snapshot 5 2 s; again; voted 1 A; done",
      "B recovered its log up to index 0, though it had claimed to keep it up to index 5" },
    /* A crash came between the writes and the words about them. */
    { "more than was claimed is innocent",
      "voted 4 -; log 11 ab; stored 1 1; again; voted 4 C; log 112 abc; done; again; voted 6 -; "
      "log 11 ab; done",
      PASSES },
    { "an unflushed suffix may be lost", "log 1122 abcd; stored 2 1; again; log 11 ab; done",
      PASSES },
    { "what was removed since is no longer claimed",
      "log 1122 abcd; stored 4 2; cut 3; entry 3 3 x; again; log 11 ab; done", PASSES },
    { "nor must it be gone", "log 1122 abcd; stored 4 2; cut 3; again; log 1122 abcd; done",
      PASSES },
    { "a snapshot may stand for what was claimed",
      "log 1122 abcd; stored 4 2; again; snapshot 3 2 s; entry 4 2 d; done", PASSES },
    { "a snapshot that replaced the log leaves nothing to compare",
      "log 1122 abcd; stored 4 2; again; snapshot 3 3 s; done", PASSES },
    { "but entries after a snapshot that agrees are claimed",
      "log 1122 abcd; stored 4 2; again; snapshot 3 2 s; done",
      "B recovered its log up to index 3, though it had claimed to keep it up to index 4" },
    { "a claim about another entry than the log holds is none",
      "log 112 abc; stored 3 1; again; log 1 a; done", PASSES },
    { "an instance that joins anew need not remember",
      "voted 4 A; log 11 ab; stored 2 1; crash; join; done; again; done", INCONCLUSIVE },
    { "a run without restarts is inconclusive", "voted 4 A; crash", INCONCLUSIVE },
    { "an instance that joined anew remembers what it claimed since",
      "voted 4 A; log 1111 abcd; stored 4 1; crash; join; log 11 xy; done; stored 1 1; again; log "
      "1 x; done",
      PASSES },
    { "entries that a snapshot replaced are no longer claimed",
      "log 1122 abcd; stored 4 2; snapshot 3 3 s; again; snapshot 3 3 s; done", PASSES },
    { "a vote that only an earlier restart found does not count",
      "voted 4 A; again; voted 4 A; done; again; log 1 a; done",
      "B recovered term 0, though it had claimed to keep term 4" },
};

START_TEST(a_story_ends_as_is_claimed_of_it)
{
    const char *violation = stories[_i].violation;
    enum check_verdict expected = violation == NULL    ? CHECK_INCONCLUSIVE
                                  : *violation == '\0' ? CHECK_PASS
                                                       : CHECK_VIOLATION;
    play(stories[_i].story);
    const char *detail = text_string(&stage_oracle()->detail);
    ck_assert_msg(oracle_verdict(stage_oracle()) == expected, "%s: %s", stories[_i].claim, detail);
    ck_assert_msg(violation == NULL || strcmp(detail, violation) == 0, "%s: %s", stories[_i].claim,
                  detail);
}
END_TEST

/* ---- What takes more words ---------------------------------------------------------------------
 */

START_TEST(an_empty_disk_under_the_old_identity_is_a_violation)
{
    stage_at_ms(3000);
    voted(B, 4, A);
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_violation(
        "B recovered nothing, though it had claimed to keep VOTED (term 4, vote A) (at 3s)");
}
END_TEST

START_TEST(what_was_claimed_is_found)
{
    voted(B, 4, A);
    appended_all(B, "1122", "abcd");
    stored(B, 4, 2);
    crash(B);
    restart(B);
    voted(B, 4, A);
    appended_all(B, "1122", "abcd");
    restart_done(B);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 1);
}
END_TEST

START_TEST(what_was_not_durable_was_not_claimed)
{
    stage_fact(B, (struct stated_fact){ .kind = CS_FACT_VOTED, .a = 4, .b = A, .rests = true });
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(what_can_be_settled_need_not_be_found)
{
    stage_fact(B, (struct stated_fact){
                      .kind = CS_FACT_PREPARED, .a = 4, .rests = true, .durable = true });
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_inconclusive();
}
END_TEST

START_TEST(a_promise_is_for_ever)
{
    stage_at_ms(1500);
    stage_fact(B, (struct stated_fact){
                      .kind = CS_FACT_PROMISED, .a = 1, .b = 7, .rests = true, .durable = true });
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_violation("B recovered nothing, though it had claimed to keep PROMISED (instance 1, "
                        "ballot 7) (at 1.5s)");
}
END_TEST

START_TEST(each_scope_is_judged_by_itself)
{
    appended_all(B, "1", "a");
    stored(B, 1, 1);
    stage_scope(1);
    appended_all(B, "22", "xy");
    stored(B, 2, 2);
    crash(B);
    restart(B);
    appended_all(B, "2", "x");
    stage_scope(0);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_violation(
        "B recovered its log up to index 1, though it had claimed to keep it up to index 2");
    ck_assert_uint_eq(stage_oracle()->violations, 1);
}
END_TEST

START_TEST(what_one_restart_found_is_claimed_at_the_next)
{
    /* A process crash left a vote and an entry that were written, but not flushed; then a power
     * loss took what the program had relied on meanwhile. */
    voted(B, 4, A);
    appended_all(B, "11", "ab");
    crash(B);
    restart(B);
    voted(B, 5, NOBODY);
    appended_all(B, "11", "ab");
    stored(B, 2, 1);
    restart_done(B);
    crash(B);
    restart(B);
    voted(B, 3, NOBODY);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_violation("B recovered term 3, though it had claimed to keep term 5");
    ck_assert_uint_eq(stage_oracle()->violations, 2);
}
END_TEST

START_TEST(an_empty_disk_at_the_second_restart_is_a_violation)
{
    stage_at_ms(2000);
    voted(B, 4, A);
    crash(B);
    restart(B);
    voted(B, 4, A);
    restart_done(B);
    crash(B);
    restart(B);
    restart_done(B);
    ck_assert_violation(
        "B recovered nothing, though it had claimed to keep VOTED (term 4, vote A) (at 2.003s)");
}
END_TEST

START_TEST(what_was_found_but_not_said_to_be_stored_is_not_claimed)
{
    appended_all(B, "11", "ab");
    stored(B, 1, 1);
    crash(B);
    restart(B);
    appended_all(B, "11", "ab");
    restart_done(B);
    crash(B);
    restart(B);
    appended_all(B, "1", "a");
    restart_done(B);
    ck_assert_pass();
    ck_assert_uint_eq(stage_oracle()->seen, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recovered_agrees");
    TCase *tests = tcase_create("stories");
    tcase_add_checked_fixture(tests, set_up, stage_close);
    tcase_add_loop_test(tests, a_story_ends_as_is_claimed_of_it, 0,
                        sizeof stories / sizeof *stories);
    tcase_add_test(tests, an_empty_disk_under_the_old_identity_is_a_violation);
    tcase_add_test(tests, what_was_claimed_is_found);
    tcase_add_test(tests, what_was_not_durable_was_not_claimed);
    tcase_add_test(tests, what_can_be_settled_need_not_be_found);
    tcase_add_test(tests, a_promise_is_for_ever);
    tcase_add_test(tests, each_scope_is_judged_by_itself);
    tcase_add_test(tests, what_one_restart_found_is_claimed_at_the_next);
    tcase_add_test(tests, an_empty_disk_at_the_second_restart_is_a_violation);
    tcase_add_test(tests, what_was_found_but_not_said_to_be_stored_is_not_claimed);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
