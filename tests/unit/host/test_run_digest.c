/* The digest of a run: the same for the same seed, another one for whatever else happens. */
#include <check.h>

#include "pair.h"
#include "support/suite.h"

/* ---- Determinism
 * ------------------------------------------------------------------------------------------------
 */

static void chatter(const struct story_event *event)
{
    if (event->input == STORY_START)
        cs_set_timer(event->cx, 1, cs_us(1 + cs_random(event->cx, "pause", 1000)));
    if (event->input == STORY_TIMER) {
        cs_send(event->cx, 1 - cs_self(event->cx), 1, cs_bytes_of("ping", 4));
        cs_set_timer(event->cx, 1, cs_us(1 + cs_random(event->cx, "pause", 1000)));
    }
}

static uint64_t digest_of(uint64_t seed)
{
    small.options.seed = seed;
    small.link.loss = PROBABILITY_ONE / 10;
    small.link.latency = distribution_exponential(300000);
    story_act = chatter;
    cluster_free(cluster);
    begin();
    run_to_ms(50);
    return cluster_digest(cluster);
}

START_TEST(the_same_seed_gives_the_same_digest_and_another_seed_another)
{
    uint64_t first = digest_of(1);
    ck_assert_uint_eq(digest_of(1), first);
    ck_assert_uint_ne(digest_of(2), first);
}
END_TEST

static int effect_chosen;

/* One effect more than nothing, by number; the last does nothing. */
static void do_one_thing(const struct story_event *event)
{
    struct cs_context *cx = event->cx;
    if (event->input != STORY_REQUEST)
        return;
    cs_job(cx, cs_ms(1), 1);
    switch (effect_chosen) {
    case 0:
        cs_send(cx, 1, 1, cs_bytes_of("x", 1));
        break;
    case 1:
        cs_set_timer(cx, 1, cs_seconds(1000));
        break;
    case 2:
        cs_cancel_timer(cx, 1);
        break;
    case 3:
        cs_read(cx, 0, 0, 1, 1);
        break;
    case 4:
        cs_write(cx, 0, 0, cs_bytes_of("x", 1), CS_SILENT);
        break;
    case 5:
        cs_discard(cx, 0, 0, 512, CS_SILENT);
        break;
    case 6:
        cs_flush(cx, 0, CS_SILENT);
        break;
    case 7:
        cs_barrier(cx, 0);
        break;
    case 8:
        cs_reply(cx, event->number, &(struct cs_result){ .status = CS_OK });
        break;
    case 9:
        cs_job(cx, cs_ms(1), 2);
        break;
    case 10:
        cs_cancel_job(cx, 2);
        break;
    case 11:
        cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_ROLE });
        break;
    case 12:
        cs_reached(cx, "here");
        break;
    case 13:
        cs_count(cx, "things", 1);
        break;
    case 14:
        cs_log(cx, "a line");
        break;
    case 15:
        cs_stop(cx, "enough");
        break;
    default:
        break;
    }
}

/* No time passes after the request, so nothing but the effect itself can show. */
START_TEST(every_kind_of_effect_counts_in_the_digest)
{
    uint64_t digests[17];
    story_act = do_one_thing;
    for (effect_chosen = 0; effect_chosen <= 16; effect_chosen++) {
        cluster_free(cluster);
        begin();
        ask(0);
        cluster_run(cluster, 2, UINT64_MAX);
        digests[effect_chosen] = cluster_digest(cluster);
        for (int other = 0; other < effect_chosen; other++) {
            ck_assert_msg(digests[other] != digests[effect_chosen],
                          "effects %d and %d look the same", other, effect_chosen);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run_digest");
    TCase *tests = tcase_create("run_digest");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_same_seed_gives_the_same_digest_and_another_seed_another);
    tcase_add_test(tests, every_kind_of_effect_counts_in_the_digest);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
