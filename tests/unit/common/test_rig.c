/* The rig and the recording context under it: effects as text, and what a handler may ask. */
#include <string.h>

#include "rig_program.h"
#include "support/suite.h"

/* ---- Effects as text ------------------------------------------------------------------------- */

static void do_everything(struct cs_context *cx)
{
    const struct cs_bytes parts[] = { text("ab"), text(""), text("cde") };
    cs_send(cx, 2, 1, text("hello"));
    cs_send_many(cx, members, 3, 0, parts, 3);
    cs_send_many(cx, members, 0, 0, parts, 3);
    cs_send(cx, 2, 9, text(""));
    cs_set_timer(cx, 1, cs_ms(150));
    cs_cancel_timer(cx, 2);
    cs_job(cx, cs_us(20), 5);
    cs_cancel_job(cx, 6);
    cs_write(cx, 1, 4096, text("data"), CS_SILENT);
    cs_discard(cx, 2, 0, 512, CS_SILENT);
    cs_flush(cx, 1, CS_SILENT);
    cs_barrier(cx, META);
    cs_reached(cx, "the end");
    cs_count(cx, "things", 12);
    cs_log(cx, "%d of %s", -1, "these");
}

START_TEST(effects_are_shown_in_recorded_order)
{
    run(do_everything);
    rig_expect(rig, "send PONG to 2: 5 bytes\n"
                    "send PING to 1 2 3: 5 bytes\n"
                    "send kind 9 to 2: 0 bytes\n"
                    "set timer 1 in 150ms\n"
                    "cancel timer 2\n"
                    "job 5 for 20us\n"
                    "cancel job 6\n"
                    "write data0 4096+4\n"
                    "discard data1 0+512\n"
                    "flush data0\n"
                    "barrier meta\n"
                    "reached the end\n"
                    "count things 12\n"
                    "log -1 of these\n");
    rig_expect_lines(rig, "cancel", "cancel timer 2\ncancel job 6\n");
    ck_assert_uint_eq(rig_sent_count(rig), 5);
    ck_assert_uint_eq(rig_sent(rig, 3).to, 3);
    ck_assert_uint_eq(rig_sent(rig, 3).kind, 0);
    ck_assert_mem_eq(rig_sent(rig, 3).body.data, "abcde", 5);
}
END_TEST

static void state_facts(struct cs_context *cx)
{
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_ROLE, .a = CS_ROLE_LEADER, .b = 3 });
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_VOTED, .a = 3, .b = CS_NODE_NONE });
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_VOTED, .a = 3, .b = 2, .recovered = true });
    cs_ticket ticket = cs_write(cx, META, 0, text("x"), CS_SILENT);
    struct cs_fact stored = { .kind = CS_FACT_STORED, .a = 7, .b = 3, .rests_on = ticket };
    cs_fact(cx, &stored);
    cs_barrier(cx, META);
    cs_fact(cx, &stored);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_APPLIED, .scope = 4, .content = text("xyz") });
}

START_TEST(a_fact_shows_whether_what_it_rests_on_is_durable)
{
    run(state_facts);
    rig_crash(rig, DISK_LOSE);
    rig_restart(rig);
    run(state_facts); /* tickets begin again */
    rig_expect_lines(rig, "fact",
                     "fact ROLE LEADER term=3\n"
                     "fact VOTED term=3 for=none RESTS ON NOTHING\n"
                     "fact VOTED term=3 for=2 recovered\n"
                     "fact STORED index=7 term=3 NOT DURABLE\n"
                     "fact STORED index=7 term=3 durable\n"
                     "fact APPLIED scope=4 index=0 term=0 (3 bytes)\n");
}
END_TEST

/* So many effects and bytes between the reply and its end that both buffers grow and move. */
static void reply_with_parts(struct cs_context *cx)
{
    static char filler[5000];
    char first[] = "first", second[] = "second";
    struct cs_result parts[] = {
        { .status = CS_OK, .present = true, .value = text(first) },
        { .status = CS_OK, .applied = true },
        { .status = CS_FAILED, .value = text(second), .number = 5 },
    };
    cs_reply(cx, 7, &(struct cs_result){ .value = text("a\"\n"), .parts = parts, .part_count = 3 });
    memset(first, '?', sizeof first);
    memset(second, '?', sizeof second);
    memset(parts, 0xff, sizeof parts);
    for (int i = 0; i < 200; i++)
        cs_send(cx, 2, 0, cs_bytes_of(filler, sizeof filler));
    cs_reply(cx, 8, &(struct cs_result){ .status = CS_UNKNOWN });
}

START_TEST(a_result_is_copied_with_its_parts)
{
    run(reply_with_parts);
    rig_expect_lines(rig, "reply",
                     "reply 7 OK \"a\\x22\\x0a\" [OK present \"first\", OK applied, "
                     "FAILED number=5 \"second\"]\n"
                     "reply 8 UNKNOWN\n");
}
END_TEST

/* ---- What a handler may ask ------------------------------------------------------------------ */

static void ask_params(struct cs_context *cx)
{
    cs_log(cx, "%d %llu %llu %llu %llu", cs_param_flag(cx, FLAG),
           (unsigned long long)cs_param_number(cx, NUMBER),
           (unsigned long long)cs_param_number(cx, SIZE),
           (unsigned long long)cs_param_duration(cx, DURATION).ns,
           (unsigned long long)cs_param_number(cx, CHOICE));
    cs_log(cx, "least %llu", (unsigned long long)cs_draw_least(cx, DISTRIBUTION).ns);
    for (int i = 0; i < 100; i++) {
        cs_duration drawn = cs_draw(cx, DISTRIBUTION);
        ck_assert_uint_ge(drawn.ns, 150000000);
        ck_assert_uint_le(drawn.ns, 300000000);
    }
}

START_TEST(a_parameter_has_its_default_unless_given)
{
    run(ask_params);
    rig_expect(rig, "log 1 3 4096 50000000 1\nlog least 150000000\n");
    rig_free(rig);
    rig = new_rig((struct rig_param){ .name = "duration", .number = 7 });
    run(ask_params);
    rig_expect(rig, "log 1 3 4096 7 1\nlog least 150000000\n");
}
END_TEST

static void draw_once(struct cs_context *cx)
{
    cs_log(cx, "%llu", (unsigned long long)cs_draw(cx, DISTRIBUTION).ns);
}

START_TEST(a_distribution_can_be_a_constant)
{
    rig_free(rig);
    rig = new_rig((struct rig_param){ .name = "distribution", .number = 99 });
    run(draw_once);
    rig_expect(rig, "log 99\n");
}
END_TEST

static void ask_who(struct cs_context *cx)
{
    struct cs_group group = cs_group(cx, "self");
    struct cs_volume_info info = cs_volume_info(cx, META);
    cs_log(cx, "%u of %zu, last %u", cs_self(cx), group.count, group.nodes[2]);
    cs_log(cx, "%zu meta from %u, %zu data from %u", cs_volume_count(cx, META),
           cs_volume_first(cx, META), cs_volume_count(cx, DATA), cs_volume_first(cx, DATA));
    cs_log(cx, "%llu in %u", (unsigned long long)info.size, info.sector);
}

START_TEST(an_instance_knows_its_group_and_its_volumes)
{
    run(ask_who);
    rig_expect(rig, "log 1 of 3, last 3\n"
                    "log 1 meta from 0, 2 data from 1\n"
                    "log 65536 in 512\n");
}
END_TEST

static uint64_t drawn[4];
static size_t drawn_count;

static void draw_first(struct cs_context *cx)
{
    drawn[drawn_count++] = cs_random(cx, "first", UINT64_MAX);
}

static void draw_second(struct cs_context *cx)
{
    ck_assert_uint_ne(cs_random(cx, "second", UINT64_MAX), drawn[0]);
}

START_TEST(a_stream_goes_on_over_incarnations_and_others_do_not_shift_it)
{
    run(draw_first);
    rig_crash(rig, DISK_LOSE);
    rig_restart(rig);
    run(draw_first);
    rig_free(rig);
    setup();
    run(draw_first);
    run(draw_second);
    run(draw_first);
    ck_assert_uint_ne(drawn[0], drawn[1]);
    ck_assert_uint_eq(drawn[0], drawn[2]);
    ck_assert_uint_eq(drawn[1], drawn[3]);
}
END_TEST

static void charge(struct cs_context *cx)
{
    cs_charge(cx, 0, 3);
    cs_charge(cx, 1, 100);
}

START_TEST(charges_add_up_within_a_step)
{
    for (int i = 0; i < 2; i++) {
        run(charge);
        ck_assert_uint_eq(rig_charged(rig), 103);
    }
}
END_TEST

static void use_memory(struct cs_context *cx)
{
    static const char zeros[64];
    char *memory = cs_alloc(cx, 32);
    ck_assert_mem_eq(memory, zeros, 32);
    memset(memory, 'x', 32);
    memory = cs_resize(cx, memory, 64);
    ck_assert_mem_eq(memory, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 32);
    ck_assert_mem_eq(memory + 32, zeros, 32);
    cs_release(cx, memory);
}

START_TEST(memory_is_zeroed_and_keeps_its_content_when_it_grows) { run(use_memory); }
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, effects_are_shown_in_recorded_order);
    tcase_add_test(tcase, a_fact_shows_whether_what_it_rests_on_is_durable);
    tcase_add_test(tcase, a_result_is_copied_with_its_parts);
    tcase_add_test(tcase, a_parameter_has_its_default_unless_given);
    tcase_add_test(tcase, a_distribution_can_be_a_constant);
    tcase_add_test(tcase, an_instance_knows_its_group_and_its_volumes);
    tcase_add_test(tcase, a_stream_goes_on_over_incarnations_and_others_do_not_shift_it);
    tcase_add_test(tcase, charges_add_up_within_a_step);
    tcase_add_test(tcase, memory_is_zeroed_and_keeps_its_content_when_it_grows);
}

int main(void)
{
    Suite *suite = suite_create("rig");
    TCase *tcase = tcase_create("rig");
    tcase_add_checked_fixture(tcase, setup, teardown);
    add_tests(tcase);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
