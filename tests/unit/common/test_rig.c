/* The rig and the recording context under it: what a test of a protocol may rely on. */
#include <string.h>

#include "support/rig.h"
#include "support/suite.h"

/* A program whose every handler is the test's own. */
static void (*next_step)(struct cs_context *cx);

enum { FLAG, NUMBER, SIZE, DURATION, DISTRIBUTION, CHOICE, COPIES };
enum { META, DATA };

static void step(struct cs_context *cx)
{
    if (next_step != NULL)
        next_step(cx);
}

static void on_start(void *state, struct cs_context *cx, enum cs_start kind)
{
    (void)state;
    if (kind == CS_START_RESTART)
        cs_log(cx, "started again");
}

static void on_message(void *state, struct cs_context *cx, cs_node from, cs_kind kind,
                       struct cs_bytes body)
{
    (void)state;
    cs_log(cx, "from %u kind %u: %s", from, kind, (const char *)body.data);
    step(cx);
}

static void on_timer(void *state, struct cs_context *cx, cs_token token)
{
    (void)state;
    cs_log(cx, "timer %u", (unsigned)token);
    step(cx);
}

static void on_disk(void *state, struct cs_context *cx, const struct cs_completion *done)
{
    (void)state;
    cs_log(cx, "token %u ticket %u %zu bytes", (unsigned)done->token, (unsigned)done->ticket,
           done->data.size);
}

static void on_job(void *state, struct cs_context *cx, cs_token token)
{
    (void)state;
    cs_log(cx, "job %u", (unsigned)token);
}

static void on_request(void *state, struct cs_context *cx, cs_request id, const struct cs_op *op)
{
    (void)state;
    (void)id;
    (void)op;
    step(cx);
}

static const char *const colours[] = { "red", "green", NULL };
static const struct cs_param params[] = {
    [FLAG] = { .name = "flag", .kind = CS_PARAM_FLAG, .fallback = "true" },
    [NUMBER] = { .name = "number", .kind = CS_PARAM_NUMBER, .fallback = "3" },
    [SIZE] = { .name = "size", .kind = CS_PARAM_SIZE, .fallback = "\"4KiB\"" },
    [DURATION] = { .name = "duration", .kind = CS_PARAM_DURATION, .fallback = "\"50ms\"" },
    [DISTRIBUTION] = { .name = "distribution",
                       .kind = CS_PARAM_DISTRIBUTION,
                       .fallback = "{ \"uniform\": [\"150ms\", \"300ms\"] }" },
    [CHOICE] = { .name = "choice",
                 .kind = CS_PARAM_CHOICE,
                 .fallback = "\"green\"",
                 .choices = colours },
    [COPIES] = { .name = "copies", .kind = CS_PARAM_NUMBER, .fallback = "2" },
    { .name = NULL },
};
static const struct cs_volume_spec volumes[] = {
    [META] = { .name = "meta", .size = 65536 },
    [DATA] = { .name = "data", .counted = "copies", .size = 65536 },
    { .name = NULL },
};
static const char *const costs[] = { "entry", "byte", NULL };
static const char *const kinds[] = { "PING", "PONG", NULL };
static const struct cs_program program = { .role = "server",
                                           .state_size = 8,
                                           .params = params,
                                           .volumes = volumes,
                                           .costs = costs,
                                           .kinds = kinds,
                                           .on_start = on_start,
                                           .on_message = on_message,
                                           .on_timer = on_timer,
                                           .on_disk = on_disk,
                                           .on_job = on_job,
                                           .on_request = on_request };

static const cs_node members[] = { 1, 2, 3 };
static struct rig *rig;

static struct rig *new_rig(struct rig_param first)
{
    struct rig *made = rig_new(&(struct rig_options){ .program = &program,
                                                      .self = 1,
                                                      .params = { first },
                                                      .groups = { { "self", members, 3 } },
                                                      .log_wanted = true });
    rig_start(made, CS_START_FOUND);
    return made;
}

static void setup(void) { rig = new_rig((struct rig_param){ .name = NULL }); }

static void teardown(void) { rig_free(rig); }

static void run(void (*function)(struct cs_context *cx))
{
    next_step = function;
    rig_request(rig, 1, &(struct cs_op){ .kind = CS_OP_WORK });
    next_step = NULL;
}

static struct cs_bytes text(const char *string) { return cs_bytes_of(string, strlen(string)); }

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

/* ---- Disks ----------------------------------------------------------------------------------- */

static void write_and_read_now(struct cs_context *cx)
{
    char data[12] = "";
    struct cs_span spans[] = { { 100, data, 8 }, { 200, data + 8, 3 } };
    cs_write(cx, META, 98, text("..abcdefgh.."), CS_SILENT);
    cs_discard(cx, META, 102, 2, CS_SILENT);
    cs_write(cx, META, 103, text("Z"), CS_SILENT);
    cs_write(cx, 1, 100, text("another volume"), CS_SILENT);
    cs_write(cx, META, 190, text("0123456789xyz"), CS_SILENT);
    ck_assert_int_eq(cs_read_now(cx, META, spans, 2), CS_DISK_OK);
    ck_assert_mem_eq(data, "ab\0Zefghxyz", 11);
    spans[1].offset = 65534;
    ck_assert_int_eq(cs_read_now(cx, META, spans, 2), CS_DISK_OUT_OF_RANGE);
}

static void read_later(struct cs_context *cx)
{
    char data[4];
    struct cs_span span = { 200, data, 3 };
    ck_assert_int_eq(cs_read_now(cx, META, &span, 1), CS_DISK_OK);
    ck_assert_mem_eq(data, "xyz", 3);
}

START_TEST(a_read_at_once_sees_what_the_step_wrote)
{
    run(write_and_read_now);
    run(read_later);
}
END_TEST

static void use_tokens(struct cs_context *cx)
{
    ck_assert_uint_eq(cs_read(cx, META, 0, 3, 1), 0);
    ck_assert_uint_eq(cs_write(cx, META, 0, text("abc"), 2), 1);
    ck_assert_uint_eq(cs_write(cx, 1, 0, text("abc"), CS_SILENT), 1);
    ck_assert_uint_eq(cs_discard(cx, META, 0, 1, 3), 2);
    ck_assert_uint_eq(cs_flush(cx, META, 4), 2);
    ck_assert_uint_eq(cs_read(cx, META, 65536, 1, 5), 2);
}

START_TEST(completions_follow_the_step_in_its_order)
{
    run(use_tokens);
    rig_expect(rig, "read meta 0+3\n"
                    "write meta 0+3\n"
                    "write data0 0+3\n"
                    "discard meta 0+1\n"
                    "flush meta\n"
                    "read meta 65536+1\n"
                    "done read meta\n"
                    "log token 1 ticket 0 3 bytes\n"
                    "done write meta\n"
                    "log token 2 ticket 1 0 bytes\n"
                    "done discard meta\n"
                    "log token 3 ticket 2 0 bytes\n"
                    "done flush meta\n"
                    "log token 4 ticket 2 0 bytes\n"
                    "done read meta OUT_OF_RANGE\n"
                    "log token 5 ticket 2 0 bytes\n");
}
END_TEST

static void persist_then_speak(struct cs_context *cx)
{
    cs_ticket ticket = cs_write(cx, META, 0, text("vote"), CS_SILENT);
    cs_barrier(cx, META);
    cs_fact(cx, &(struct cs_fact){ .kind = CS_FACT_PROMISED, .rests_on = ticket });
    cs_set_timer(cx, 1, cs_ms(10));
}

START_TEST(what_follows_a_held_barrier_waits_for_it)
{
    cs_duration left;
    rig_hold(rig, true);
    run(persist_then_speak);
    rig_expect(rig, "write meta 0+4\nbarrier meta\n");
    ck_assert_uint_eq(rig_held(rig), 1);
    rig_advance(rig, cs_ms(5));
    rig_complete_flush(rig);
    rig_expect(rig, "fact PROMISED instance=0 ballot=0 durable\nset timer 1 in 10ms\n");
    ck_assert(rig_timer_left(rig, 1, &left));
    ck_assert_uint_eq(left.ns, 10000000);
}
END_TEST

START_TEST(a_barrier_that_fails_ends_the_incarnation)
{
    rig_hold(rig, true);
    run(persist_then_speak);
    rig_fail_flush(rig, CS_DISK_DEAD);
    rig_expect(rig, "stop barrier failed: DEAD\n");
    ck_assert(!rig_is_up(rig));
}
END_TEST

static void flush_twice(struct cs_context *cx)
{
    cs_write(cx, META, 0, text("a"), CS_SILENT);
    cs_write(cx, META, 512, text("b"), CS_SILENT);
    cs_flush(cx, META, 1);
    cs_write(cx, META, 1024, text("c"), CS_SILENT);
    cs_flush(cx, META, 2);
}

START_TEST(a_held_flush_makes_durable_what_was_before_it)
{
    char data[3];
    rig_hold(rig, true);
    run(flush_twice);
    rig_complete_flush(rig);
    rig_expect(rig, "done flush meta\nlog token 1 ticket 2 0 bytes\n");
    rig_fail_flush(rig, CS_DISK_TIMEOUT);
    rig_expect(rig, "done flush meta TIMEOUT\nlog token 2 ticket 3 0 bytes\n");
    rig_crash(rig, DISK_LOSE);
    for (size_t i = 0; i < 3; i++)
        disk_read(rig_disk(rig, META), 512 * i, &data[i], 1);
    ck_assert_mem_eq(data, "ab\0", 3);
}
END_TEST

/* ---- Time and ends --------------------------------------------------------------------------- */

static void arm(struct cs_context *cx)
{
    cs_set_timer(cx, 1, cs_ms(10));
    cs_set_timer(cx, 2, cs_ms(20));
    cs_set_timer(cx, 1, cs_ms(30));
    cs_set_timer(cx, 3, cs_ms(5));
    cs_cancel_timer(cx, 3);
}

START_TEST(a_timer_fires_once_at_its_last_deadline)
{
    cs_duration left;
    cs_instant begin = rig_now(rig);
    run(arm);
    ck_assert(!rig_timer_left(rig, 3, &left));
    rig_timer(rig, 2);
    rig_expect(rig, "log timer 2\n");
    ck_assert_uint_eq(cs_since(rig_now(rig), begin).ns, 20000000);
    ck_assert(!rig_timer_left(rig, 2, &left));
    ck_assert(rig_timer_left(rig, 1, &left));
    ck_assert_uint_eq(left.ns, 10000000);
    rig_advance(rig, cs_ms(100));
    rig_timer(rig, 1);
    ck_assert_uint_eq(cs_since(rig_now(rig), begin).ns, 120000000);
}
END_TEST

static void ask_jobs(struct cs_context *cx)
{
    cs_job(cx, cs_ms(1), 1);
    cs_job(cx, cs_ms(1), 2);
    cs_cancel_job(cx, 1);
}

START_TEST(a_job_comes_back)
{
    run(ask_jobs);
    rig_job(rig, 2);
    rig_expect(rig, "log job 2\n");
}
END_TEST

START_TEST(a_crash_ends_timers_and_held_flushes)
{
    cs_duration left;
    run(arm);
    rig_hold(rig, true);
    run(persist_then_speak);
    rig_crash(rig, DISK_KEEP);
    ck_assert_uint_eq(rig_held(rig), 0);
    rig_hold(rig, false);
    rig_restart(rig);
    rig_expect(rig, "log started again\n");
    ck_assert(!rig_timer_left(rig, 1, &left));
    run(use_tokens);
}
END_TEST

START_TEST(a_crash_between_two_effects_keeps_the_first_ones)
{
    rig_crash_after(rig, 1, DISK_KEEP);
    run(persist_then_speak);
    rig_expect(rig, "write meta 0+4\n");
    ck_assert(!rig_is_up(rig));
}
END_TEST

static void stop(struct cs_context *cx)
{
    cs_count(cx, "before", 1);
    cs_stop(cx, "enough");
    cs_count(cx, "after", 1);
}

START_TEST(a_stop_is_the_last_effect)
{
    run(stop);
    rig_expect(rig, "count before 1\nstop enough\n");
    ck_assert(!rig_is_up(rig));
}
END_TEST

START_TEST(a_message_arrives_with_its_sender)
{
    rig_message(rig, 3, 1, cs_bytes_of("hello", 6));
    rig_expect(rig, "log from 3 kind 1: hello\n");
}
END_TEST

static void add_effects_and_questions(TCase *tcase)
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

static void add_disks_and_ends(TCase *tcase)
{
    tcase_add_test(tcase, a_read_at_once_sees_what_the_step_wrote);
    tcase_add_test(tcase, completions_follow_the_step_in_its_order);
    tcase_add_test(tcase, what_follows_a_held_barrier_waits_for_it);
    tcase_add_test(tcase, a_barrier_that_fails_ends_the_incarnation);
    tcase_add_test(tcase, a_held_flush_makes_durable_what_was_before_it);
    tcase_add_test(tcase, a_timer_fires_once_at_its_last_deadline);
    tcase_add_test(tcase, a_job_comes_back);
    tcase_add_test(tcase, a_crash_ends_timers_and_held_flushes);
    tcase_add_test(tcase, a_crash_between_two_effects_keeps_the_first_ones);
    tcase_add_test(tcase, a_stop_is_the_last_effect);
    tcase_add_test(tcase, a_message_arrives_with_its_sender);
}

int main(void)
{
    Suite *suite = suite_create("rig");
    TCase *tcase = tcase_create("rig");
    tcase_add_checked_fixture(tcase, setup, teardown);
    add_effects_and_questions(tcase);
    add_disks_and_ends(tcase);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
