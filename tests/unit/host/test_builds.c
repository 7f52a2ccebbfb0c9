/* An instance that comes back with another build of its program. */
#include <check.h>
#include <string.h>

#include "base/text.h"
#include "host/inspect.h"
#include "story.h"
#include "support/suite.h"

enum { A, B };
enum { SECTOR = 512, NEXT_STATE = 4096 };

static struct small_cluster small;
static struct cluster *cluster;
static struct cs_program next; /* as story_program, but for its first input and its state */

/* What it has of memory of its own, and beside it, stays apart. */
static void next_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    uint8_t *bytes = state;
    uint8_t first[SECTOR];
    struct cs_span span = { 0, first, sizeof first };
    for (size_t i = 0; i < NEXT_STATE; i++)
        cs_assert(bytes[i] == 0);
    memset(bytes, 0xab, NEXT_STATE);
    memset(cs_alloc(cx, NEXT_STATE), 0, NEXT_STATE);
    for (size_t i = 0; i < NEXT_STATE; i++)
        cs_assert(bytes[i] == 0xab);
    cs_read_now(cx, 0, &span, 1);
    story_tell("%s starts the next build: kind %d, disk %d", small.instances[cs_self(cx)].name,
               (int)kind, first[0]);
}

static void set_up(void)
{
    story_act = NULL;
    cluster = NULL;
    next = story_program;
    next.state_size = NEXT_STATE;
    next.on_start = next_on_start;
    small_cluster_init(&small, &story_program, 2);
    cluster = story_begin(&small);
    cluster_run(cluster, 1, UINT64_MAX);
    ck_assert_str_eq(story_told(), "0s a start 0\n0s b start 0\n");
}

static void tear_down(void) { cluster_free(cluster); }

static void run_to_ms(uint64_t ms) { cluster_run(cluster, ms * 1000000 + 1, UINT64_MAX); }
static void ask(uint32_t instance)
{
    cluster_request(cluster, instance, &(struct cs_op){ .kind = CS_OP_WORK });
}

static void write_seven(const struct story_event *event)
{
    static const uint8_t sector[SECTOR] = { 7 };
    if (event->input == STORY_REQUEST)
        cs_write(event->cx, 0, 0, cs_bytes_of(sector, sizeof sector), CS_SILENT);
}

/* What is told of an instance that somebody looks at. */
static void expect_told(uint32_t instance, const char *expected)
{
    struct cs_text text = { 0 };
    inspect_instance(cluster, instance, &text);
    ck_assert_str_eq(text_string(&text), expected);
    text_done(&text);
}

START_TEST(the_next_boot_runs_it_with_the_disk_that_is_there_and_a_state_of_its_own_size)
{
    story_act = write_seven;
    ask(A);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    cluster_set_program(cluster, A, &next, "next");
    cluster_crash(cluster, A);
    cluster_restart(cluster, A);
    run_to_ms(2);
    ck_assert_str_eq(story_told(), "1.000001ms a starts the next build: kind 2, disk 7\n");
    ck_assert_uint_eq(cluster_view(cluster, A).incarnation, 2);
    expect_told(A, "  a (node 0): up, incarnation 2, build next\n");
    expect_told(B, "  b (node 1): up, incarnation 1\n");
}
END_TEST

START_TEST(the_incarnation_that_is_under_way_keeps_its_own)
{
    cluster_set_program(cluster, A, &story_program_2, "two");
    ask(A);
    run_to_ms(1);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    expect_told(A, "  a (node 0): up, incarnation 1\n");
}
END_TEST

START_TEST(nobody_else_comes_back_with_it_and_it_is_kept)
{
    cluster_set_program(cluster, A, &next, "next");
    for (uint64_t time = 1; time <= 2; time++) {
        cluster_crash(cluster, A);
        cluster_crash(cluster, B);
        cluster_restart(cluster, A);
        cluster_restart(cluster, B);
        run_to_ms(time);
    }
    ck_assert_str_eq(story_told(), "1ns a starts the next build: kind 2, disk 0\n"
                                   "1ns b start 2\n"
                                   "1.000001ms a starts the next build: kind 2, disk 0\n"
                                   "1.000001ms b start 2\n");
    cluster_set_program(cluster, A, &story_program, "first");
    cluster_crash(cluster, A);
    cluster_restart(cluster, A);
    run_to_ms(3);
    ck_assert_str_eq(story_told(), "2.000001ms a start 2\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("builds");
    TCase *tests = tcase_create("builds");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests,
                   the_next_boot_runs_it_with_the_disk_that_is_there_and_a_state_of_its_own_size);
    tcase_add_test(tests, the_incarnation_that_is_under_way_keeps_its_own);
    tcase_add_test(tests, nobody_else_comes_back_with_it_and_it_is_kept);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
