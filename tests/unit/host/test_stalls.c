/* Instances with two volumes, of which each can be stalled for itself. */
#include <check.h>

#include "story.h"
#include "support/suite.h"

static struct small_cluster small;
static struct cluster *cluster;

static const struct cs_volume_spec two_volumes[] = {
    { .name = "one", .size = 4096 },
    { .name = "two", .size = 4096 },
    { 0 },
};

/* On a request: read volume 0 at once, and say so. */
static void read_then_speak(const struct story_event *event)
{
    char byte;
    const struct cs_span span = { .offset = 0, .data = &byte, .size = 1 };
    if (event->input != STORY_REQUEST)
        return;
    ck_assert_int_eq(cs_read_now(event->cx, 0, &span, 1), CS_DISK_OK);
    cs_send(event->cx, 1, 3, cs_bytes_of("x", 1));
}

static void set_up(void)
{
    static struct cs_program program;
    program = story_program;
    program.volumes = two_volumes;
    story_act = read_then_speak;
    small_cluster_init(&small, &program, 2);
    cluster = story_begin(&small);
    cluster_run(cluster, 1, UINT64_MAX);
    story_told();
}

static void tear_down(void) { cluster_free(cluster); }

static void run_to_ms(uint64_t ms) { cluster_run(cluster, ms * 1000000 + 1, UINT64_MAX); }

static void stall(cs_volume volume) { cluster_stall_disk(cluster, 0, volume, true); }
static void release(cs_volume volume) { cluster_stall_disk(cluster, 0, volume, false); }

START_TEST(a_step_that_has_read_from_a_stalled_volume_goes_on_when_none_is_stalled)
{
    stall(0);
    stall(1);
    cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK });
    run_to_ms(1);
    release((cs_volume)_i);
    run_to_ms(3);
    ck_assert_str_eq(story_told(), "1ns a request 1\n");
    release(1 - (cs_volume)_i);
    run_to_ms(6);
    /* 50 us for the read, 1 ms on the way. */
    ck_assert_str_eq(story_told(), "4.050001ms b message 3 from a\n");
}
END_TEST

START_TEST(a_step_that_waits_for_a_stall_is_charged_at_the_speed_of_its_end)
{
    stall(0);
    cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK });
    run_to_ms(1);
    cluster_slow_cpu(cluster, 0, 10 << 16);
    run_to_ms(3);
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 0);
    release(0);
    run_to_ms(6);
    /* 10 times 50 us for the read, 1 ms on the way. */
    ck_assert_str_eq(story_told(), "1ns a request 1\n4.500001ms b message 3 from a\n");
    ck_assert_uint_eq(cluster_counters(cluster, 0)->busy_ns, 500000);
}
END_TEST

START_TEST(a_read_of_a_sound_volume_does_not_wait_for_the_other)
{
    stall(1);
    cluster_request(cluster, 0, &(struct cs_op){ .kind = CS_OP_WORK });
    run_to_ms(3);
    ck_assert_str_eq(story_told(), "1ns a request 1\n1.050001ms b message 3 from a\n");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("stalls");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(
        tests, a_step_that_has_read_from_a_stalled_volume_goes_on_when_none_is_stalled, 0, 2);
    tcase_add_test(tests, a_step_that_waits_for_a_stall_is_charged_at_the_speed_of_its_end);
    tcase_add_test(tests, a_read_of_a_sound_volume_does_not_wait_for_the_other);
    Suite *suite = suite_create("stalls");
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
