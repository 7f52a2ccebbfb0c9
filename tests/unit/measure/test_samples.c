/* Samples of a real cluster.  Instance "a" acts at 300 ms and then every 1.1 s: it becomes leader,
 * says that index 5 is committed, sends 10 bytes to "b", writes 512 bytes and flushes, works for
 * 100 ms.
 */
#include <string.h>

#include "measure/samples.h"
#include "support/small_cluster.h"
#include "support/suite.h"

#define MS UINT64_C(1000000)

static void say_role(struct cs_context *cx, enum cs_role role, uint64_t term)
{
    const struct cs_fact fact = { .kind = CS_FACT_ROLE, .a = role, .b = term };
    cs_fact(cx, &fact);
}

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)state;
    (void)kind;
    say_role(cx, CS_ROLE_FOLLOWER, 0);
    if (cs_self(cx) == 0)
        cs_set_timer(cx, 1, cs_ms(300));
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    static const uint8_t bytes[512] = { 1 };
    uint64_t *term = state;
    ++*term;
    say_role(cx, CS_ROLE_LEADER, *term);
    const struct cs_fact committed = { .kind = CS_FACT_COMMITTED, .a = 5, .b = *term };
    cs_fact(cx, &committed);
    cs_send(cx, 1, 0, cs_bytes_of(bytes, 10));
    cs_write(cx, 0, 0, cs_bytes_of(bytes, sizeof bytes), CS_SILENT);
    cs_flush(cx, 0, CS_SILENT);
    cs_charge(cx, 0, 1);
    cs_count(cx, "work", 2);
    cs_count(cx, "acts", 1);
    cs_reached(cx, "acted");
    cs_set_timer(cx, token, cs_seconds(1));
}

static const struct cs_volume_spec volumes[] = { { .name = "disk", .size = 4096 }, { 0 } };
static const char *const costs[] = { "work", NULL };

static const struct cs_program program = {
    .role = "server",
    .state_size = sizeof(uint64_t),
    .volumes = volumes,
    .costs = costs,
    .on_start = on_start,
    .on_timer = on_timer,
};

static struct small_cluster small;
static struct cluster *cluster;
static struct samples *samples;

static void begin(uint64_t until_ms)
{
    static const uint64_t costs_ns[] = { 100 * MS };
    small_cluster_init(&small, &program, 2);
    small.instances[0].unit_costs_ns = costs_ns;
    small.instances[1].unit_costs_ns = costs_ns;
    cluster = cluster_new(&small.options);
    samples = samples_new(cluster, 1000 * MS, until_ms * MS);
}

static void end(void)
{
    samples_free(samples);
    cluster_free(cluster);
}

static struct sample sample_at(const struct sample_table *table, size_t window, uint32_t instance)
{
    return table->samples[window * table->instance_count + instance];
}

START_TEST(a_window_shows_its_end_and_what_was_done_in_it)
{
    begin(3000);
    cluster_run(cluster, 3000 * MS, UINT64_MAX);
    samples_finish(samples);
    struct sample_table table = samples_table(samples);
    ck_assert_uint_eq(table.window_count, 3);
    ck_assert_uint_eq(table.end_ns, 3000 * MS);
    for (size_t w = 0; w < 3; w++) {
        struct sample a = sample_at(&table, w, 0), b = sample_at(&table, w, 1);
        ck_assert(a.up);
        ck_assert_uint_eq(a.role, CS_ROLE_LEADER);
        ck_assert_uint_eq(a.term, w + 1);
        ck_assert_uint_eq(a.commit_index, 5);
        ck_assert_uint_eq(a.messages_sent, 1);
        ck_assert_uint_eq(a.bytes_sent, cluster_counters(cluster, 0)->bytes_sent / 3);
        ck_assert_uint_ge(a.bytes_sent, 10);
        ck_assert_uint_eq(a.disk_bytes, 512);
        ck_assert_uint_eq(a.flushes, 1);
        ck_assert_uint_eq(a.use[RESOURCE_CPU].busy_ppm, 100000);
        ck_assert_uint_eq(b.role, CS_ROLE_FOLLOWER);
        ck_assert_uint_eq(b.messages_sent, 0);
        ck_assert_uint_eq(b.use[RESOURCE_CPU].busy_ppm, 0);
    }
    end();
}
END_TEST

START_TEST(deltas_of_all_windows_add_up_to_the_counters)
{
    begin(5500);
    cluster_run(cluster, 5500 * MS, UINT64_MAX);
    samples_finish(samples);
    struct sample_table table = samples_table(samples);
    uint64_t bytes = 0, flushes = 0;
    ck_assert_uint_eq(table.window_count, 6);
    for (size_t w = 0; w < table.window_count; w++) {
        bytes += sample_at(&table, w, 0).bytes_sent;
        flushes += sample_at(&table, w, 0).flushes;
    }
    ck_assert_uint_eq(bytes, cluster_counters(cluster, 0)->bytes_sent);
    ck_assert_uint_eq(flushes, 5);
    end();
}
END_TEST

START_TEST(the_last_window_ends_at_until)
{
    begin(2500);
    cluster_run(cluster, 4000 * MS, UINT64_MAX);
    samples_finish(samples);
    struct sample_table table = samples_table(samples);
    ck_assert_uint_eq(table.window_count, 3);
    ck_assert_uint_eq(table.end_ns, 2500 * MS);
    /* It acts again at 2.5 s, and that work lies behind the window. */
    ck_assert_uint_eq(sample_at(&table, 2, 0).use[RESOURCE_CPU].busy_ppm, 0);
    end();
}
END_TEST

START_TEST(an_interrupted_run_keeps_the_window_it_was_in)
{
    begin(9000);
    cluster_run(cluster, 1600 * MS, UINT64_MAX);
    samples_finish(samples);
    struct sample_table table = samples_table(samples);
    ck_assert_uint_eq(table.window_count, 2);
    ck_assert_uint_eq(table.end_ns, 1600 * MS);
    ck_assert_uint_eq(sample_at(&table, 1, 0).messages_sent, 1);
    end();
}
END_TEST

static void crash_a(void *argument, uint64_t at_ns)
{
    (void)argument;
    (void)at_ns;
    cluster_crash(cluster, 0);
}

static void restart_a(void *argument, uint64_t at_ns)
{
    (void)argument;
    (void)at_ns;
    cluster_restart(cluster, 0);
}

static void assert_change(const struct role_change *change, uint64_t at_ms, uint32_t instance,
                          bool up, enum cs_role role, uint64_t term)
{
    ck_assert_uint_eq(change->at_ns, at_ms * MS);
    ck_assert_uint_eq(change->instance, instance);
    ck_assert(change->up == up);
    ck_assert_uint_eq(change->role, role);
    ck_assert_uint_eq(change->term, term);
}

/* A step's facts are released when its 100 ms of work are done. */
START_TEST(roles_change_when_they_were_said)
{
    begin(2000);
    cluster_call_at(cluster, 700 * MS, crash_a, NULL, 0);
    cluster_call_at(cluster, 900 * MS, restart_a, NULL, 0);
    cluster_run(cluster, 1250 * MS, UINT64_MAX);
    struct sample_table table = samples_table(samples);
    ck_assert_uint_eq(table.change_count, 8);
    assert_change(&table.changes[0], 0, 0, true, CS_ROLE_OTHER, 0);
    assert_change(&table.changes[1], 0, 0, true, CS_ROLE_FOLLOWER, 0);
    assert_change(&table.changes[2], 0, 1, true, CS_ROLE_OTHER, 0);
    assert_change(&table.changes[3], 0, 1, true, CS_ROLE_FOLLOWER, 0);
    assert_change(&table.changes[4], 400, 0, true, CS_ROLE_LEADER, 1);
    assert_change(&table.changes[5], 700, 0, false, CS_ROLE_OTHER, 0);
    assert_change(&table.changes[6], 900, 0, true, CS_ROLE_OTHER, 0);
    assert_change(&table.changes[7], 900, 0, true, CS_ROLE_FOLLOWER, 0);
    end();
}
END_TEST

START_TEST(a_crashed_instance_is_down_in_its_window)
{
    begin(2000);
    cluster_call_at(cluster, 700 * MS, crash_a, NULL, 0);
    cluster_run(cluster, 1500 * MS, UINT64_MAX);
    struct sample_table table = samples_table(samples);
    ck_assert_uint_eq(table.window_count, 1);
    ck_assert(!sample_at(&table, 0, 0).up);
    ck_assert_uint_eq(sample_at(&table, 0, 0).messages_sent, 1);
    ck_assert(sample_at(&table, 0, 1).up);
    end();
}
END_TEST

START_TEST(names_are_summed_and_sorted)
{
    begin(3000);
    cluster_run(cluster, 3000 * MS, UINT64_MAX);
    struct sample_table table = samples_table(samples);
    ck_assert_uint_eq(table.counter_count, 2);
    ck_assert_str_eq(table.counters[0].name, "acts");
    ck_assert_uint_eq(table.counters[0].count, 3);
    ck_assert_str_eq(table.counters[1].name, "work");
    ck_assert_uint_eq(table.counters[1].count, 6);
    ck_assert_uint_eq(table.reached_count, 1);
    ck_assert_str_eq(table.reached[0].name, "acted");
    ck_assert_uint_eq(table.reached[0].count, 3);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("samples");
    TCase *tests = tcase_create("samples");
    tcase_add_test(tests, a_window_shows_its_end_and_what_was_done_in_it);
    tcase_add_test(tests, deltas_of_all_windows_add_up_to_the_counters);
    tcase_add_test(tests, the_last_window_ends_at_until);
    tcase_add_test(tests, an_interrupted_run_keeps_the_window_it_was_in);
    tcase_add_test(tests, roles_change_when_they_were_said);
    tcase_add_test(tests, a_crashed_instance_is_down_in_its_window);
    tcase_add_test(tests, names_are_summed_and_sorted);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
