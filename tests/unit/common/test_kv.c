/* The key-value machine, asked in words and answering in words: each test is what it must say. */
#include <stdio.h>
#include <string.h>

#include "common/kv.h"
#include "scratch.h"
#include "support/suite.h"

static struct scratch scratch;
static struct kv kv;

static void setup(void)
{
    scratch_init(&scratch);
    kv = (struct kv){ 0 };
    kv_init(&kv, &scratch.cx);
}

static void teardown(void) { scratch_done(&scratch); }

static struct cs_bytes text(const char *string) { return cs_bytes_of(string, strlen(string)); }

/* "ok applied present VALUE", without what is not so. */
static const char *words(struct wire_writer *writer)
{
    static char line[512];
    static const char *const statuses[] = { "ok", "failed", "unknown", "refused", "lost" };
    struct cs_result result;
    ck_assert(result_get(cs_bytes_of(writer->data, writer->size), &result));
    snprintf(line, sizeof line, "%s%s%s%s%.*s", statuses[result.status],
             result.applied ? " applied" : "", result.present ? " present" : "",
             result.value.size > 0 ? " " : "", (int)result.value.size,
             result.value.size > 0 ? (const char *)result.value.data : "");
    return line;
}

static const char *apply(const struct cs_op *op)
{
    static uint8_t command[KV_VALUE_MAX * 2], result[STATE_MACHINE_RESULT_MAX];
    struct wire_writer in = wire_writer_on(command, sizeof command);
    struct wire_writer out = wire_writer_on(result, sizeof result);
    const struct state_machine_place place = { .index = 1 };
    op_put(&in, op);
    ck_assert(!in.overflow);
    kv_apply(&kv, &scratch.cx, &place, cs_bytes_of(in.data, in.size), &out);
    return words(&out);
}

static const char *put(const char *key, const char *value)
{
    return apply(&(struct cs_op){ .kind = CS_OP_PUT, .key = text(key), .value = text(value) });
}

static const char *append(const char *key, const char *value)
{
    return apply(&(struct cs_op){ .kind = CS_OP_APPEND, .key = text(key), .value = text(value) });
}

static const char *get(const char *key)
{
    return apply(&(struct cs_op){ .kind = CS_OP_GET, .key = text(key) });
}

static const char *erase(const char *key)
{
    return apply(&(struct cs_op){ .kind = CS_OP_DELETE, .key = text(key) });
}

static const char *cas(const char *key, const char *expected, const char *value)
{
    return apply(&(struct cs_op){
        .kind = CS_OP_CAS, .key = text(key), .expected = text(expected), .value = text(value) });
}

START_TEST(a_key_holds_what_was_put_last)
{
    ck_assert_str_eq(get("a"), "ok");
    ck_assert_str_eq(put("a", "1"), "ok");
    ck_assert_str_eq(get("a"), "ok present 1");
    ck_assert_str_eq(put("a", "longer than before"), "ok");
    ck_assert_str_eq(get("a"), "ok present longer than before");
    ck_assert_str_eq(put("a", "short"), "ok");
    ck_assert_str_eq(get("a"), "ok present short");
}
END_TEST

START_TEST(an_empty_value_is_present)
{
    put("a", "");
    ck_assert_str_eq(get("a"), "ok present");
    ck_assert_str_eq(get("b"), "ok");
}
END_TEST

START_TEST(a_delete_tells_whether_there_was_a_key)
{
    put("a", "1");
    ck_assert_str_eq(erase("a"), "ok applied");
    ck_assert_str_eq(erase("a"), "ok");
    ck_assert_str_eq(get("a"), "ok");
}
END_TEST

START_TEST(a_compare_and_set_writes_only_if_the_value_is_as_expected)
{
    put("a", "1");
    ck_assert_str_eq(cas("a", "2", "3"), "ok");
    ck_assert_str_eq(get("a"), "ok present 1");
    ck_assert_str_eq(cas("a", "1", "3"), "ok applied");
    ck_assert_str_eq(get("a"), "ok present 3");
}
END_TEST

START_TEST(an_absent_key_matches_an_empty_expectation)
{
    ck_assert_str_eq(cas("a", "x", "1"), "ok");
    ck_assert_str_eq(cas("a", "", "1"), "ok applied");
    ck_assert_str_eq(get("a"), "ok present 1");
    ck_assert_str_eq(cas("a", "", "2"), "ok");
}
END_TEST

START_TEST(appends_are_kept_in_order)
{
    append("a", "1,");
    append("a", "2,");
    append("b", "9");
    append("a", "a long piece that does not fit into what is reserved,");
    append("a", "3");
    ck_assert_str_eq(get("a"),
                     "ok present 1,2,a long piece that does not fit into what is reserved,3");
    ck_assert_str_eq(get("b"), "ok present 9");
}
END_TEST

START_TEST(many_keys_are_kept_apart)
{
    char key[16], value[16], expected[32];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "key-%d", i);
        snprintf(value, sizeof value, "%d", i * 7);
        put(key, value);
    }
    ck_assert_uint_eq(kv.entry_count, 1000);
    for (int i = 0; i < 1000; i += 3) {
        snprintf(key, sizeof key, "key-%d", i);
        ck_assert_str_eq(erase(key), "ok applied");
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "key-%d", i);
        snprintf(expected, sizeof expected, i % 3 == 0 ? "ok" : "ok present %d", i * 7);
        ck_assert_str_eq(get(key), expected);
    }
    ck_assert_uint_eq(kv.entry_count, 666);
}
END_TEST

START_TEST(a_key_is_its_bytes)
{
    struct cs_op op = { .kind = CS_OP_PUT, .key = { "a\0b", 3 }, .value = text("inner") };
    ck_assert_str_eq(apply(&op), "ok");
    ck_assert_str_eq(get("a"), "ok");
    op.kind = CS_OP_GET;
    ck_assert_str_eq(apply(&op), "ok present inner");
}
END_TEST

START_TEST(a_value_grows_no_further_than_a_result_can_carry)
{
    static char half[KV_VALUE_MAX / 2 + 1], too_long[KV_VALUE_MAX + 2];
    memset(half, 'x', sizeof half - 1);
    memset(too_long, 'x', sizeof too_long - 1);
    ck_assert_str_eq(put("a", too_long), "refused");
    ck_assert_str_eq(get("a"), "ok");
    append("a", half);
    append("a", half);
    ck_assert_str_eq(append("a", "y"), "refused");
}
END_TEST

START_TEST(what_is_not_a_command_is_refused_and_changes_nothing)
{
    static uint8_t result[STATE_MACHINE_RESULT_MAX];
    const struct state_machine_place place = { .index = 1 };
    uint8_t bytes[64];
    put("a", "1");
    for (size_t size = 0; size < sizeof bytes; size++) {
        memset(bytes, (int)size, sizeof bytes);
        struct wire_writer out = wire_writer_on(result, sizeof result);
        kv_apply(&kv, &scratch.cx, &place, cs_bytes_of(bytes, size), &out);
        ck_assert_str_eq(words(&out), "refused");
    }
    ck_assert_str_eq(apply(&(struct cs_op){ .kind = CS_OP_ACQUIRE, .key = text("a") }), "refused");
    ck_assert_str_eq(get("a"), "ok present 1");
    ck_assert_uint_eq(kv.entry_count, 1);
}
END_TEST

START_TEST(a_query_reads_and_never_writes)
{
    uint8_t query[64], result[256];
    put("a", "1");
    struct wire_writer in = wire_writer_on(query, sizeof query);
    struct wire_writer out = wire_writer_on(result, sizeof result);
    op_put(&in, &(struct cs_op){ .kind = CS_OP_GET, .key = text("a") });
    kv_query(&kv, cs_bytes_of(in.data, in.size), &out);
    ck_assert_str_eq(words(&out), "ok present 1");

    in.size = out.size = 0;
    op_put(&in, &(struct cs_op){ .kind = CS_OP_PUT, .key = text("a"), .value = text("2") });
    kv_query(&kv, cs_bytes_of(in.data, in.size), &out);
    ck_assert_str_eq(words(&out), "refused");
    ck_assert_str_eq(get("a"), "ok present 1");
}
END_TEST

START_TEST(answers_tell_their_places)
{
    uint8_t command[64], bytes[256];
    struct cs_result result;
    struct wire_writer in = wire_writer_on(command, sizeof command);
    op_put(&in, &(struct cs_op){ .kind = CS_OP_GET, .key = text("a") });
    struct wire_writer out = wire_writer_on(bytes, sizeof bytes);
    kv_query(&kv, cs_bytes_of(in.data, in.size), &out);
    ck_assert(result_get(cs_bytes_of(out.data, out.size), &result));
    ck_assert_uint_eq(result.number, 1); /* before all commands */

    out.size = 0;
    const struct state_machine_place place = { .index = 7 };
    kv_apply(&kv, &scratch.cx, &place, cs_bytes_of(in.data, in.size), &out);
    ck_assert(result_get(cs_bytes_of(out.data, out.size), &result));
    ck_assert_uint_eq(result.number, 8);

    out.size = 0;
    kv_query(&kv, cs_bytes_of(in.data, in.size), &out);
    ck_assert(result_get(cs_bytes_of(out.data, out.size), &result));
    ck_assert_uint_eq(result.number, 8); /* after that command, before the next */
}
END_TEST

START_TEST(equal_contents_have_equal_digests_however_they_came_about)
{
    ck_assert_uint_eq(kv_digest(&kv), 0);
    put("a", "12");
    uint64_t one = kv_digest(&kv);
    ck_assert_uint_ne(one, 0);
    put("b", "34");
    uint64_t both = kv_digest(&kv);
    ck_assert_uint_ne(both, one);

    erase("a");
    append("a", "1");
    append("a", "2");
    ck_assert_uint_eq(kv_digest(&kv), both);
    put("a", "a value that is longer than any before");
    ck_assert_uint_ne(kv_digest(&kv), both);
    cas("a", "a value that is longer than any before", "12");
    ck_assert_uint_eq(kv_digest(&kv), both);
    erase("b");
    ck_assert_uint_eq(kv_digest(&kv), one);
    erase("a");
    ck_assert_uint_eq(kv_digest(&kv), 0);
}
END_TEST

START_TEST(other_contents_have_other_digests)
{
    put("a", "1");
    put("b", "2");
    uint64_t digest = kv_digest(&kv);
    put("a", "2");
    put("b", "1");
    ck_assert_uint_ne(kv_digest(&kv), digest);
    erase("a");
    put("b", "2");
    put("c", "1");
    ck_assert_uint_ne(kv_digest(&kv), digest);
    erase("c");
    uint64_t without = kv_digest(&kv);
    put("d", ""); /* is present */
    ck_assert_uint_ne(kv_digest(&kv), without);
}
END_TEST

START_TEST(operations_and_results_survive_the_wire)
{
    uint8_t bytes[256];
    const struct cs_op op = { .kind = CS_OP_CAS,
                              .key = text("k"),
                              .value = text("new"),
                              .expected = text("old"),
                              .number = UINT64_C(0x0123456789abcdef),
                              .node = 7 };
    struct cs_op back;
    struct wire_writer writer = wire_writer_on(bytes, sizeof bytes);
    op_put(&writer, &op);
    ck_assert(op_get(cs_bytes_of(bytes, writer.size), &back));
    ck_assert_int_eq(back.kind, CS_OP_CAS);
    ck_assert_uint_eq(back.number, UINT64_C(0x0123456789abcdef));
    ck_assert_uint_eq(back.node, 7);
    ck_assert_mem_eq(back.value.data, "new", 3);
    ck_assert_mem_eq(back.expected.data, "old", 3);
    ck_assert_uint_eq(back.key.size, 1);
    for (size_t size = 0; size < writer.size; size++)
        ck_assert(!op_get(cs_bytes_of(bytes, size), &back));

    const struct cs_result result = { .status = CS_LOST, .applied = true, .number = 9 };
    struct cs_result result_back;
    writer.size = 0;
    result_put(&writer, &result);
    ck_assert(result_get(cs_bytes_of(bytes, writer.size), &result_back));
    ck_assert_int_eq(result_back.status, CS_LOST);
    ck_assert(result_back.applied);
    ck_assert(!result_back.present);
    ck_assert_uint_eq(result_back.number, 9);
}
END_TEST

/* What kv_save() makes of it, part by part, in a new one. */
static struct kv saved_and_loaded(void)
{
    static uint8_t bytes[KV_VALUE_MAX * 4];
    struct kv copy = { 0 };
    uint64_t cursor = 0;
    kv_init(&copy, &scratch.cx);
    for (;;) {
        struct wire_writer part = wire_writer_on(bytes, sizeof bytes);
        if (!kv_save(&kv, &cursor, &part))
            break;
        ck_assert(!part.overflow);
        ck_assert(kv_load(&copy, &scratch.cx, cs_bytes_of(part.data, part.size)));
    }
    return copy;
}

START_TEST(what_was_saved_is_loaded)
{
    char key[16], value[16];
    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof key, "k%d", i);
        snprintf(value, sizeof value, "v%d", i);
        put(key, value);
        if (i % 3 == 0)
            append(key, "+");
        if (i % 7 == 0)
            erase(key);
    }
    struct kv copy = saved_and_loaded();
    ck_assert_uint_eq(kv_digest(&copy), kv_digest(&kv));
    ck_assert_uint_eq(copy.entry_count, kv.entry_count);
    ck_assert_uint_eq(copy.index, 1);
    kv = copy;
    ck_assert_str_eq(get("k0"), "ok");
    ck_assert_str_eq(get("k1"), "ok present v1");
    ck_assert_str_eq(get("k3"), "ok present v3+");
}
END_TEST

START_TEST(of_nothing_the_index_is_saved)
{
    kv.index = 17;
    struct kv copy = saved_and_loaded();
    ck_assert_uint_eq(copy.index, 17);
    ck_assert_uint_eq(copy.entry_count, 0);
}
END_TEST

START_TEST(a_part_that_makes_no_sense_is_refused)
{
    static uint8_t bytes[4 * KV_KEY_MAX];
    static const uint8_t long_key[KV_KEY_MAX + 1];
    struct wire_writer part = wire_writer_on(bytes, sizeof bytes);
    wire_put_u64(&part, 5);
    wire_put_bytes(&part, text("key"));
    wire_put_bytes(&part, text("value"));
    size_t whole = part.size;
    for (size_t size = 0; size < whole; size++) { /* eight bytes are a part without entries */
        ck_assert(kv_load(&kv, &scratch.cx, cs_bytes_of(bytes, size)) == (size == 8));
    }
    ck_assert(kv_load(&kv, &scratch.cx, cs_bytes_of(bytes, whole)));
    part = wire_writer_on(bytes, sizeof bytes);
    wire_put_u64(&part, 5);
    wire_put_bytes(&part, cs_bytes_of(long_key, sizeof long_key));
    wire_put_bytes(&part, text("value"));
    ck_assert(!kv_load(&kv, &scratch.cx, cs_bytes_of(bytes, part.size)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kv");
    TCase *tcase = tcase_create("kv");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_key_holds_what_was_put_last);
    tcase_add_test(tcase, an_empty_value_is_present);
    tcase_add_test(tcase, a_delete_tells_whether_there_was_a_key);
    tcase_add_test(tcase, a_compare_and_set_writes_only_if_the_value_is_as_expected);
    tcase_add_test(tcase, an_absent_key_matches_an_empty_expectation);
    tcase_add_test(tcase, appends_are_kept_in_order);
    tcase_add_test(tcase, many_keys_are_kept_apart);
    tcase_add_test(tcase, a_key_is_its_bytes);
    tcase_add_test(tcase, a_value_grows_no_further_than_a_result_can_carry);
    tcase_add_test(tcase, what_is_not_a_command_is_refused_and_changes_nothing);
    tcase_add_test(tcase, a_query_reads_and_never_writes);
    tcase_add_test(tcase, answers_tell_their_places);
    tcase_add_test(tcase, equal_contents_have_equal_digests_however_they_came_about);
    tcase_add_test(tcase, other_contents_have_other_digests);
    tcase_add_test(tcase, operations_and_results_survive_the_wire);
    tcase_add_test(tcase, what_was_saved_is_loaded);
    tcase_add_test(tcase, of_nothing_the_index_is_saved);
    tcase_add_test(tcase, a_part_that_makes_no_sense_is_refused);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
