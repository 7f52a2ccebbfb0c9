/* The narration itself: it changes nothing, says what was asked for, and leaves no message out. */
#include <check.h>
#include <string.h>

#include "stage.h"
#include "support/suite.h"

#define SECOND UINT64_C(1000000000)

static const char *const lossy[] = { "/topology/links/default/loss=0.2",
                                     "/topology/links/default/duplicate=0.2", NULL };

static void run_until(struct stage *stage, uint64_t until_ns)
{
    ck_assert(cluster_run(stage->cluster, until_ns, UINT64_MAX));
}

static bool told(const struct stage *stage, const char *words)
{
    return strstr(text_string(&stage->told), words) != NULL;
}

static uint64_t digest_of_a_run(bool narrated)
{
    struct stage stage;
    stage_open(&stage, "three-nodes.json", lossy);
    if (narrated)
        cluster_narrate(stage.cluster, &stage.told, NULL);
    run_until(&stage, 3 * SECOND);
    ck_assert((stage.told.size > 0) == narrated);
    uint64_t digest = cluster_digest(stage.cluster);
    stage_close(&stage);
    return digest;
}

START_TEST(telling_changes_nothing)
{
    ck_assert_uint_eq(digest_of_a_run(true), digest_of_a_run(false));
}
END_TEST

START_TEST(only_the_instances_asked_for_are_told_of)
{
    struct stage stage;
    stage_open(&stage, "three-nodes.json", NULL);
    uint32_t b = stage_instance(&stage, "B");
    cluster_narrate(stage.cluster, &stage.told,
                    &(struct narration_filter){ .instances = &b, .instance_count = 1 });
    run_until(&stage, SECOND);
    ck_assert(told(&stage, "ms  B  <- RequestVote from C"));
    ck_assert(!told(&stage, "ms  A"));
    ck_assert(!told(&stage, "ms  C"));
    ck_assert(!told(&stage, "ms  client-1"));
    stage_close(&stage);
}
END_TEST

START_TEST(facts_can_be_left_out)
{
    struct stage stage;
    stage_open(&stage, "three-nodes.json", NULL);
    cluster_narrate(stage.cluster, &stage.told,
                    &(struct narration_filter){ .without_facts = true });
    run_until(&stage, SECOND);
    ck_assert(!told(&stage, "  fact "));
    ck_assert(told(&stage, "  send AppendEntries to A B"));
    cluster_narrate(stage.cluster, &stage.told, NULL);
    run_until(&stage, SECOND + SECOND / 10);
    cluster_crash(stage.cluster, stage_instance(&stage, "C"));
    run_until(&stage, 2 * SECOND);
    ck_assert(told(&stage, "  fact ROLE LEADER term=2"));
    stage_close(&stage);
}
END_TEST

START_TEST(a_narration_ends_when_there_is_no_text_for_it)
{
    struct stage stage;
    stage_open(&stage, "three-nodes.json", NULL);
    cluster_narrate(stage.cluster, &stage.told, NULL);
    run_until(&stage, SECOND);
    size_t size = stage.told.size;
    ck_assert(size > 0);
    cluster_narrate(stage.cluster, NULL, NULL);
    run_until(&stage, 2 * SECOND);
    ck_assert_uint_eq(stage.told.size, size);
    stage_close(&stage);
}
END_TEST

/* How often `words` were told. */
static uint64_t count_told(const struct stage *stage, const char *words)
{
    uint64_t count = 0;
    const char *at = text_string(&stage->told);
    while ((at = strstr(at, words)) != NULL) {
        count++;
        at += strlen(words);
    }
    return count;
}

START_TEST(every_message_that_is_lost_is_told)
{
    struct stage stage;
    stage_open(&stage, "three-nodes.json", lossy);
    cluster_narrate(stage.cluster, &stage.told, NULL);
    run_until(&stage, 3 * SECOND);
    uint64_t lost = 0;
    for (uint32_t i = 0; i < stage.plan->cluster.instance_count; i++)
        lost += cluster_counters(stage.cluster, i)->messages_lost;
    ck_assert_uint_gt(lost, 10);
    ck_assert_uint_eq(count_told(&stage, ": lost\n"), lost);
    ck_assert(told(&stage, "    double AppendEntries to "));
    stage_close(&stage);
}
END_TEST

/* C leads from 247 ms on (raft-election.txt). */
START_TEST(a_crash_is_told_and_so_is_what_the_dead_do_not_hear)
{
    struct stage stage;
    stage_open(&stage, "three-nodes.json", NULL);
    run_until(&stage, SECOND);
    uint32_t a = stage_instance(&stage, "A");
    cluster_narrate(stage.cluster, &stage.told, NULL);
    cluster_crash(stage.cluster, a);
    run_until(&stage, 2 * SECOND);
    ck_assert(g_str_has_prefix(text_string(&stage.told), "  1000.000ms  A         crash\n"));
    ck_assert_uint_eq(count_told(&stage, "ms  A         drop AppendEntries from C: it is down\n"),
                      cluster_counters(stage.cluster, a)->messages_dead);
    ck_assert_uint_ge(cluster_counters(stage.cluster, a)->messages_dead, 19);
    cluster_restart(stage.cluster, a);
    run_until(&stage, 3 * SECOND);
    ck_assert(told(&stage, "  2000.000ms  A         start restart, incarnation 2\n"));
    ck_assert(told(&stage, "fact VOTED term=1 for=C recovered\n"));
    stage_close(&stage);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("narration");
    TCase *tests = tcase_create("narration");
    tcase_add_test(tests, telling_changes_nothing);
    tcase_add_test(tests, only_the_instances_asked_for_are_told_of);
    tcase_add_test(tests, facts_can_be_left_out);
    tcase_add_test(tests, a_narration_ends_when_there_is_no_text_for_it);
    tcase_add_test(tests, every_message_that_is_lost_is_told);
    tcase_add_test(tests, a_crash_is_told_and_so_is_what_the_dead_do_not_hear);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
