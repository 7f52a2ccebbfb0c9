/* cluster_intervene_at(): what acts between two instants. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "story.h"
#include "support/suite.h"

static struct small_cluster small;
static struct cluster *cluster;

static void set_up(void)
{
    story_act = NULL;
    small_cluster_init(&small, &story_program, 2);
    cluster = story_begin(&small);
    cluster_run(cluster, 1, UINT64_MAX);
    story_told();
}

static void tear_down(void) { cluster_free(cluster); }

static void run_to_ms(uint64_t ms) { cluster_run(cluster, ms * 1000000 + 1, UINT64_MAX); }

static void tell(void *argument, uint64_t at_ns)
{
    ck_assert_uint_eq(at_ns, cluster_now(cluster));
    story_tell("%s", (const char *)argument);
}

static void intervene(uint64_t ms, uint64_t rank, const char *name)
{
    cluster_intervene_at(cluster, ms * 1000000, rank, tell, (void *)name);
}

static void call(uint64_t ms, const char *name)
{
    cluster_call_at(cluster, ms * 1000000, tell, (void *)name, 0);
}

START_TEST(an_intervention_comes_ahead_of_every_event_of_its_instant)
{
    call(2, "event asked for before");
    intervene(2, 0, "intervention");
    call(2, "event asked for behind");
    call(1, "event before");
    intervene(3, 0, "intervention behind");
    run_to_ms(9);
    ck_assert_str_eq(story_told(), "1ms event before\n2ms intervention\n"
                                   "2ms event asked for before\n2ms event asked for behind\n"
                                   "3ms intervention behind\n");
}
END_TEST

START_TEST(interventions_of_one_instant_go_by_rank_then_by_the_order_of_asking)
{
    intervene(2, 7, "7 first");
    intervene(2, UINT64_MAX, "last");
    intervene(2, 3, "3 first");
    intervene(1, UINT64_MAX, "earlier");
    intervene(2, 7, "7 second");
    intervene(2, 0, "0");
    intervene(2, 3, "3 second");
    run_to_ms(9);
    ck_assert_str_eq(story_told(), "1ms earlier\n2ms 0\n2ms 3 first\n2ms 3 second\n2ms 7 first\n"
                                   "2ms 7 second\n2ms last\n");
}
END_TEST

/* Asks for more, now and later, of a lower and of a higher rank than its own. */
static void ask_for_more(void *argument, uint64_t at_ns)
{
    tell(argument, at_ns);
    cluster_intervene_at(cluster, at_ns, 9, tell, "9 asked for now");
    cluster_intervene_at(cluster, at_ns, 0, tell, "0 asked for now");
    cluster_intervene_at(cluster, at_ns + 1, 0, tell, "asked for later");
}

START_TEST(who_intervenes_may_ask_for_another_at_the_same_instant)
{
    call(2, "event");
    cluster_intervene_at(cluster, 2000000, 5, ask_for_more, "5");
    intervene(2, 7, "7");
    run_to_ms(9);
    ck_assert_str_eq(story_told(), "2ms 5\n2ms 0 asked for now\n2ms 7\n2ms 9 asked for now\n"
                                   "2ms event\n2.000001ms asked for later\n");
}
END_TEST

START_TEST(an_event_may_ask_for_one_at_its_own_instant_which_then_comes_ahead_of_the_next_event)
{
    cluster_call_at(cluster, 2000000, ask_for_more, "event", 0);
    call(2, "next event");
    run_to_ms(9);
    ck_assert_str_eq(story_told(), "2ms event\n2ms 0 asked for now\n2ms 9 asked for now\n"
                                   "2ms next event\n2.000001ms asked for later\n");
}
END_TEST

/* Both say the same of 100 interventions: one is asked for them in an order by chance. */
START_TEST(many_interventions_leave_in_their_order)
{
    static char names[100][16];
    struct random_stream stream = random_stream_of(1);
    for (unsigned i = 0; i < 100; i++)
        snprintf(names[i], sizeof names[i], "%u", i);
    for (unsigned round = 0; round < 20; round++) {
        uint8_t asked[100] = { 0 };
        for (unsigned left = 100; left > 0; left--) {
            uint64_t pick = random_below(&stream, left);
            unsigned i = 0;
            while (asked[i] || pick-- > 0)
                i++;
            asked[i] = 1;
            cluster_intervene_at(cluster, cluster_now(cluster) + 1 + i / 10, i % 10, tell,
                                 names[i]);
        }
        cluster_run(cluster, cluster_now(cluster) + 1000, UINT64_MAX);
        const char *told = story_told();
        for (unsigned i = 0; i < 100; i++) {
            const char *name = strchr(told, ' ') + 1;
            char *end;
            ck_assert_uint_eq(strtoul(name, &end, 10), i);
            ck_assert_int_eq(*end, '\n');
            told = end + 1;
        }
        ck_assert_int_eq(*told, '\0');
    }
}
END_TEST

START_TEST(an_intervention_at_the_end_of_a_run_belongs_to_the_next_run)
{
    intervene(2, 0, "intervention");
    cluster_run(cluster, 2000000, UINT64_MAX);
    ck_assert_str_eq(story_told(), "");
    cluster_run(cluster, 2000001, UINT64_MAX);
    ck_assert_str_eq(story_told(), "2ms intervention\n");
}
END_TEST

START_TEST(an_intervention_is_no_event_and_leaves_no_trace)
{
    uint64_t events = cluster_events(cluster), digest = cluster_digest(cluster);
    intervene(2, 0, "intervention");
    run_to_ms(9);
    ck_assert_uint_eq(cluster_events(cluster), events);
    ck_assert_uint_eq(cluster_digest(cluster), digest);
}
END_TEST

START_TEST(what_an_intervention_notes_is_in_the_digest)
{
    uint64_t digests[4] = { cluster_digest(cluster) };
    for (unsigned i = 1; i < 4; i++) {
        tear_down();
        set_up();
        cluster_note_intervention(cluster, i == 2 ? 8 : 7, i == 3 ? 10 : 9);
        digests[i] = cluster_digest(cluster);
        for (unsigned j = 0; j < i; j++)
            ck_assert_uint_ne(digests[i], digests[j]);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("interventions");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, an_intervention_comes_ahead_of_every_event_of_its_instant);
    tcase_add_test(tcase, interventions_of_one_instant_go_by_rank_then_by_the_order_of_asking);
    tcase_add_test(tcase, who_intervenes_may_ask_for_another_at_the_same_instant);
    tcase_add_test(
        tcase,
        an_event_may_ask_for_one_at_its_own_instant_which_then_comes_ahead_of_the_next_event);
    tcase_add_test(tcase, many_interventions_leave_in_their_order);
    tcase_add_test(tcase, an_intervention_at_the_end_of_a_run_belongs_to_the_next_run);
    tcase_add_test(tcase, an_intervention_is_no_event_and_leaves_no_trace);
    tcase_add_test(tcase, what_an_intervention_notes_is_in_the_digest);
    Suite *suite = suite_create("interventions");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
