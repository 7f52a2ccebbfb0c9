/* How much a Raft group of three can do, measured with more clients than it takes, against what its
 * costs say.
 *
 * Every entry travels in a message of its own (batch_bytes 1), so that an operation is at the
 * leader one request, an AppendEntries to each follower, a reply from each, and a reply to the
 * client.  Their sizes in bytes, with a key of 2 and a value of v:
 *
 *   operation      u8 u64 u32, 4 + 2, 4 + v, 4 + 0                                =  27 + v
 *   request        u8 u64 u32 u64 u64 u64, 4 + operation, checksum 4              =  72 + v
 *   entry          u8 u64 u64 u64 u64, 4 + operation                              =  64 + v
 *   AppendEntries  u64 u64 u64 u64 u64 u32, u64, 4 + entry, checksum 4            = 124 + v
 *   AppendReply    u8 u64 u64 u64 u64 u64 u64, checksum 4                         =  53
 *   client's reply u8 u64 u32 u32 u64, 4 + result (u8 u8 u64, 4 + 0), checksum 4  =  47
 *   log frame      64 + entry                                                     = 128 + v */
#include <check.h>

#include "support/suite.h"
#include "whole_run.h"

#define BEGIN_OF(nodes, link)                                                                      \
    "{ \"format\": 1, \"name\": \"saturated\",\n"                                                  \
    "  \"time\": { \"warmup\": \"1s\", \"duration\": \"5s\", \"settle\": \"1s\" },\n"              \
    "  \"groups\": { \"kv\": { \"program\": \"raft\", \"nodes\": [" nodes "],\n"                   \
    "    \"config\": { \"batch_bytes\": \"1B\", \"max_inflight\": 4096 } } },\n"                   \
    "  \"topology\": { \"links\": { \"default\": { \"latency\": \"0.1ms\"" link                    \
    " } }, \"nodes\": {\n"
#define BEGIN BEGIN_OF("\"A\", \"B\", \"C\"", "")
#define END                                                                                        \
    " } },\n  \"workload\": [ { \"name\": \"put\", \"target\": \"kv\", \"model\": \"closed\",\n"   \
    "    \"clients\": 30, \"ops\": { \"put\": 1 }, \"keys\": { \"uniform\": 1 },\n"                \
    "    \"timeout\": \"2s\", \"value_size\": "

static const struct {
    const char *scenario;
    uint64_t seed;
    enum resource bottleneck;
    uint64_t per_s; /* predicted */
} cases[] = {
    /* The leader's CPU: three messages of 100 us; (72 + 128) + 2 * 53 = 306 bytes of 100 ns; an
     * entry appended and applied, 20 us each: 300 + 30.6 + 40 = 370.6 us.  The followers have next
     * to nothing to do; with this seed A leads. */
    { BEGIN "\"*\": { \"cpu\": { \"per_message\": \"1us\" }, "
            "\"disk\": { \"write\": \"0s\", \"fsync\": \"0s\" } }, "
            "\"A\": { \"cpu\": { \"per_message\": \"100us\", \"per_byte\": \"100ns\", "
            "\"units\": { \"entry\": \"20us\" } } }" END "\"128B\" } ] }",
      5, RESOURCE_CPU, 2698 },
    /* The disks, of which a majority has to keep up: a write of 300 us and 128 + 1000 bytes at 10
     * MB/s, which is 112.8 us: 412.8 us. */
    { BEGIN "\"*\": { \"cpu\": { \"per_message\": \"1us\" }, "
            "\"disk\": { \"write\": \"300us\", \"bandwidth\": \"10MB/s\", \"fsync\": \"0s\" } }" END
            "\"1000B\" } ] }",
      1, RESOURCE_DISK, 2422 },
    /* The same disks take four operations at a time; what waits for a place waits in the server,
     * whose disk is as busy as before. */
    { BEGIN "\"*\": { \"cpu\": { \"per_message\": \"1us\" }, "
            "\"disk\": { \"write\": \"300us\", \"bandwidth\": \"10MB/s\", \"fsync\": \"0s\", "
            "\"queue\": { \"limit\": 4 } } }" END "\"1000B\" } ] }",
      1, RESOURCE_DISK, 2422 },
    /* What the leader sends: 2 * (124 + 1000) + 47 = 2295 bytes at 20 Mbit/s: 918 us. */
    { BEGIN "\"*\": { \"cpu\": { \"per_message\": \"1us\" }, "
            "\"disk\": { \"write\": \"0s\", \"fsync\": \"0s\" }, "
            "\"nic\": { \"bandwidth\": \"20Mbit/s\" } }" END "\"1000B\" } ] }",
      1, RESOURCE_NIC_OUT, 1089 },
    /* The links from the leader to its followers, each with a bandwidth of its own: 124 + 1000
     * bytes at 10 Mbit/s: 899.2 us. */
    { BEGIN_OF("\"A\", \"B\", \"C\"",
               ", \"bandwidth\": \"10Mbit/s\"") "\"*\": { \"cpu\": { \"per_message\": \"1us\" }, "
                                                "\"disk\": { \"write\": \"0s\", \"fsync\": \"0s\" "
                                                "} }" END "\"1000B\" } ] }",
      1, RESOURCE_LINK, 1112 },
    /* What a leader without followers receives: 72 + 1000 bytes at 10 Mbit/s: 857.6 us. */
    { BEGIN_OF("\"A\"", "") "\"*\": { \"cpu\": { \"per_message\": \"1us\" }, "
                            "\"disk\": { \"write\": \"0s\", \"fsync\": \"0s\" }, "
                            "\"nic\": { \"bandwidth\": \"10Mbit/s\" } }" END "\"1000B\" } ] }",
      1, RESOURCE_NIC_IN, 1166 },
};

/* One resource is busy all the time, and no other one for much more than half of it. */
static void check_leader(const struct sample *sample, enum resource bottleneck)
{
    for (int r = 0; r < RESOURCE_COUNT; r++) {
        uint32_t busy_ppm = sample->use[r].busy_ppm;
        bool good = r == (int)bottleneck ? busy_ppm >= 990000 : busy_ppm <= 600000;
        ck_assert_msg(good, "resource %d is busy for %u of a million", r, (unsigned)busy_ppm);
    }
}

static void check_bottleneck(const struct run_report *report, enum resource bottleneck)
{
    const struct sample_table *table = &report->samples;
    for (size_t w = 1; w < 5; w++) { /* the measured windows */
        uint32_t leaders = 0;
        for (uint32_t i = 0; i < table->instance_count; i++) {
            const struct sample *sample = &table->samples[w * table->instance_count + i];
            if (sample->role == CS_ROLE_LEADER) {
                check_leader(sample, bottleneck);
                leaders++;
            }
        }
        ck_assert_uint_eq(leaders, 1);
    }
}

START_TEST(the_bottleneck_sets_the_throughput_and_is_busy_all_the_time)
{
    struct whole_run run;
    whole_run_of(&run, cases[_i].scenario, cases[_i].seed);
    ck_assert_uint_eq(run.simulation->verdict, VERDICT_PASS);
    check_bottleneck(&run.report, cases[_i].bottleneck);
    uint64_t measured = run.report.metrics->throughput_per_s, predicted = cases[_i].per_s;
    ck_assert_msg(measured * 100 >= predicted * 95 && measured * 100 <= predicted * 105,
                  "%ju operations a second, not %ju", (uintmax_t)measured, (uintmax_t)predicted);
    whole_run_done(&run);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("saturation");
    TCase *tests = tcase_create("saturation");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, the_bottleneck_sets_the_throughput_and_is_busy_all_the_time, 0,
                        sizeof cases / sizeof cases[0]);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
