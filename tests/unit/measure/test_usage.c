/* How busy resources are and what waits for them, window by window, of one instance that asks for
 * everything at its start. */
#include "measure/samples.h"
#include "support/small_cluster.h"
#include "support/suite.h"

#define MS UINT64_C(1000000)

enum { WINDOW_MS = 300 };

static struct small_cluster small;
static struct cluster *cluster;
static struct samples *samples;

static void begin(const struct cs_program *program)
{
    static const uint64_t costs_ns[] = { 100 * MS };
    small_cluster_init(&small, program, 2);
    small.instances[0].unit_costs_ns = costs_ns;
    small.instances[1].unit_costs_ns = costs_ns;
    small.machines[0].cores = 2;
}

static void run(void)
{
    cluster = cluster_new(&small.options);
    samples = samples_new(cluster, WINDOW_MS * MS, 1200 * MS);
    cluster_run(cluster, 1200 * MS, UINT64_MAX);
    samples_finish(samples);
}

static void end(void)
{
    samples_free(samples);
    cluster_free(cluster);
}

/* The first instance, or the second. */
static void check(uint32_t instance, enum resource resource, const uint32_t busy_ppm[4],
                  const uint64_t waiting[4], const uint64_t most[4])
{
    struct sample_table table = samples_table(samples);
    ck_assert_uint_eq(table.window_count, 4);
    for (size_t w = 0; w < 4; w++) {
        const struct sample *sample = &table.samples[w * table.instance_count + instance];
        ck_assert_uint_eq(sample->use[resource].busy_ppm, busy_ppm[w]);
        ck_assert_uint_eq(sample->use[resource].waiting, waiting[w]);
        ck_assert_uint_eq(sample->use[resource].most, most[w]);
    }
}

/* ---- What programs do ---- */

static const char *const costs[] = { "work", NULL };

static void charge_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)state;
    (void)kind;
    if (cs_self(cx) == 0) {
        cs_charge(cx, 0, 4);
    } else {
        for (int i = 0; i < 3; i++)
            cs_send(cx, 0, 0, cs_bytes_of("x", 1));
    }
}

/* 400 ms from the start; three messages come after 1 ms and wait until then. */
START_TEST(a_charge_is_spread_over_the_windows_that_it_lasts)
{
    static const struct cs_program program = { .role = "server",
                                               .costs = costs,
                                               .on_start = charge_on_start };
    static const uint32_t busy_ppm[] = { 1000000, 333333, 0, 0 };
    static const uint64_t waiting[] = { 3, 0, 0, 0 };
    static const uint64_t most[] = { 3, 3, 0, 0 };
    begin(&program);
    run();
    check(0, RESOURCE_CPU, busy_ppm, waiting, most);
    end();
}
END_TEST

/* It has worked for 150 ms when it ends, and is not up again. */
START_TEST(a_crash_ends_the_charge)
{
    static const struct cs_program program = { .role = "server",
                                               .costs = costs,
                                               .on_start = charge_on_start };
    static const uint32_t busy_ppm[] = { 500000, 0, 0, 0 };
    static const uint64_t waiting[] = { 0, 0, 0, 0 };
    static const uint64_t most[] = { 3, 0, 0, 0 };
    begin(&program);
    cluster = cluster_new(&small.options);
    samples = samples_new(cluster, WINDOW_MS * MS, 1200 * MS);
    cluster_run(cluster, 150 * MS, UINT64_MAX);
    cluster_crash(cluster, 0);
    cluster_run(cluster, 1200 * MS, UINT64_MAX);
    samples_finish(samples);
    check(0, RESOURCE_CPU, busy_ppm, waiting, most);
    end();
}
END_TEST

static void jobs_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)state;
    (void)kind;
    for (cs_token i = 0; cs_self(cx) == 0 && i < 4; i++)
        cs_job(cx, cs_ms(400), i);
}

/* Two cores, four jobs of 400 ms: both cores are busy until 800 ms, and two jobs wait until 400. */
START_TEST(cores_are_busy_with_jobs_and_others_wait)
{
    static const struct cs_program program = { .role = "server", .on_start = jobs_on_start };
    static const uint32_t busy_ppm[] = { 1000000, 1000000, 666666, 0 };
    static const uint64_t waiting[] = { 2, 0, 0, 0 };
    static const uint64_t most[] = { 2, 2, 0, 0 };
    begin(&program);
    run();
    check(0, RESOURCE_CORES, busy_ppm, waiting, most);
    end();
}
END_TEST

static void send_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    static const uint8_t bytes[100] = { 1 };
    (void)state;
    (void)kind;
    for (int i = 0; cs_self(cx) == 0 && i < 4; i++)
        cs_send(cx, 1, 0, cs_bytes_of(bytes, sizeof bytes));
}

/* 400 bytes at 8 kbit/s, which is 1000 bytes a second, leave in 400 ms.  They go through an
 * interface of twice that 1 ms after each has left, in 50 ms each. */
START_TEST(interfaces_are_busy_with_what_leaves_and_what_comes)
{
    static const struct cs_program program = { .role = "server", .on_start = send_on_start };
    static const struct interface_options interfaces[] = { { 8000, 0 }, { 16000, 0 } };
    static const uint32_t out_ppm[] = { 1000000, 333333, 0, 0 };
    static const uint64_t out_ns[] = { 100 * MS, 0, 0, 0 };
    static const uint64_t out_most_ns[] = { 400 * MS, 100 * MS, 0, 0 };
    static const uint32_t in_ppm[] = { 333333, 333333, 0, 0 };
    static const uint64_t in_ns[] = { 0, 0, 0, 0 };
    static const uint64_t in_most_ns[] = { 50 * MS, 50 * MS, 0, 0 };
    begin(&program);
    small.options.topology.interfaces = interfaces;
    run();
    check(0, RESOURCE_NIC_OUT, out_ppm, out_ns, out_most_ns);
    check(1, RESOURCE_NIC_IN, in_ppm, in_ns, in_most_ns);
    end();
}
END_TEST

/* The same 400 bytes over a link of 8 kbit/s, which wait for one another there. */
START_TEST(a_link_is_busy_with_what_goes_over_it)
{
    static const struct cs_program program = { .role = "server", .on_start = send_on_start };
    static const uint32_t busy_ppm[] = { 1000000, 333333, 0, 0 };
    static const uint64_t waiting[] = { 100 * MS, 0, 0, 0 };
    static const uint64_t most[] = { 400 * MS, 100 * MS, 0, 0 };
    static const uint32_t idle_ppm[] = { 0, 0, 0, 0 };
    static const uint64_t none[] = { 0, 0, 0, 0 };
    begin(&program);
    small.link.bandwidth_bits_per_s = 8000;
    run();
    check(0, RESOURCE_LINK, busy_ppm, waiting, most);
    check(1, RESOURCE_LINK, idle_ppm, none, none);
    check(0, RESOURCE_NIC_OUT, idle_ppm, none, none);
    end();
}
END_TEST

static const struct cs_volume_spec volumes[] = { { .name = "small", .size = 4096 },
                                                 { .name = "large", .size = 4096 },
                                                 { 0 } };

static cs_volume busiest;

static void flush_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)state;
    (void)kind;
    cs_flush(cx, 1 - busiest, CS_SILENT);
    for (int i = 0; i < 4; i++)
        cs_flush(cx, busiest, CS_SILENT);
}

/* A flush takes 100 ms: one device is busy for 100 ms, the other for 400. */
START_TEST(of_several_volumes_the_busiest_counts)
{
    busiest = (cs_volume)_i;
    static const struct cs_program program = { .role = "server",
                                               .volumes = volumes,
                                               .on_start = flush_on_start };
    static const uint32_t busy_ppm[] = { 1000000, 333333, 0, 0 };
    static const uint64_t waiting[] = { 100 * MS, 0, 0, 0 };
    static const uint64_t most[] = { 400 * MS, 100 * MS, 0, 0 };
    begin(&program);
    small.instances[0].disk.flush_latency = distribution_constant(100 * MS);
    run();
    check(0, RESOURCE_DISK, busy_ppm, waiting, most);
    struct sample_table table = samples_table(samples);
    ck_assert_uint_eq(table.samples[0].disk_depth, 1); /* of four, three are done */
    ck_assert_uint_eq(table.samples[table.instance_count].disk_depth, 0);
    ck_assert_uint_eq(table.samples[0].disk_most, 4);
    ck_assert_uint_eq(table.samples[table.instance_count].disk_most, 1);
    ck_assert_uint_eq(table.samples[2 * table.instance_count].disk_most, 0);
    end();
}
END_TEST

/* ---- Group flush ---- */

static void write_and_flush(void *state, struct cs_context *cx, cs_token token)
{
    (void)state;
    cs_ticket ticket = cs_write(cx, 0, 512 * token, cs_bytes_of("data", 4), CS_SILENT);
    cs_flush(cx, 0, token);
    const struct cs_fact fact = { .kind = CS_FACT_STORED, .a = token, .rests_on = ticket };
    cs_fact(cx, &fact);
}

static void three_on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)kind;
    write_and_flush(state, cx, 0);
    cs_set_timer(cx, 1, cs_us(30));
    cs_set_timer(cx, 2, cs_us(60));
}

struct flushed {
    cs_instant at[3];
};
static struct flushed flushed;

static void note_flushed(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    (void)state;
    cs_assert(done->op == CS_DISK_FLUSH);
    flushed.at[done->token] = cs_now(cx);
}

/* Writes take 10 us, flushes 100: the first flush is done at 110 us.  In their turn the others are
 * done 110 us later each; together, at 110 + 2 * 10 + 100. */
START_TEST(the_instance_hears_of_a_joined_flush_when_it_is_done)
{
    static const struct cs_program program = { .role = "server",
                                               .volumes = volumes,
                                               .on_start = three_on_start,
                                               .on_timer = write_and_flush,
                                               .on_disk = note_flushed };
    for (int group = 0; group <= 1; group++) {
        small_cluster_init(&small, &program, 1);
        small.instances[0].disk.group_flush = group;
        run();
        ck_assert_uint_eq(flushed.at[0].ns, 110000);
        ck_assert_uint_eq(flushed.at[1].ns, group ? 230000 : 220000);
        ck_assert_uint_eq(flushed.at[2].ns, group ? 230000 : 330000);
        ck_assert(disk_is_durable(cluster_disk(cluster, 0, 0), 3));
        end();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("usage");
    TCase *tests = tcase_create("usage");
    tcase_add_test(tests, a_charge_is_spread_over_the_windows_that_it_lasts);
    tcase_add_test(tests, a_crash_ends_the_charge);
    tcase_add_test(tests, cores_are_busy_with_jobs_and_others_wait);
    tcase_add_test(tests, interfaces_are_busy_with_what_leaves_and_what_comes);
    tcase_add_test(tests, a_link_is_busy_with_what_goes_over_it);
    tcase_add_loop_test(tests, of_several_volumes_the_busiest_counts, 0, 2);
    tcase_add_test(tests, the_instance_hears_of_a_joined_flush_when_it_is_done);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
