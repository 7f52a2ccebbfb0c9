/* The log of a node: what was recorded is replayed, and whatever is done to a log is noticed.
 *
 *     test-node-log SCENARIOS      the folder
 *
 * FUZZ_ROUNDS sets how many damaged logs are read whose checksums are right. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/random.h"
#include "builtin.h"
#include "live/node_record.h"
#include "live/node_replay.h"
#include "live/wire.h"
#include "support/suite.h"

enum { ROUNDS = 3000 };

static const char *folder;
static struct registry *registry;
static struct plan *plan;
static GByteArray *recorded; /* a log of five inputs of a client of echo */
static guint client;

/* ---- A recorded log -------------------------------------------------------------------------- */

static enum cs_disk_status read_nothing(void *self, cs_volume volume, const struct cs_span *span)
{
    (void)self, (void)volume;
    memset(span->data, 0, span->size);
    return CS_DISK_OK;
}

static struct cs_volume_info no_volume(void *self, cs_volume volume)
{
    (void)self, (void)volume;
    return (struct cs_volume_info){ 0 };
}

struct bench {
    struct cluster *cluster;
    struct context_instance *lent;
    struct cs_context cx;
    struct record *record;
    void *state;
};

static cs_token feed(struct bench *bench, const struct node_input *input)
{
    context_begin(&bench->cx, bench->lent, (cs_instant){ 1000 }, (cs_instant){ 7 }, 0);
    record_input(bench->record, &bench->cx, input);
    node_input_handle(input, bench->state, &bench->cx);
    record_effects(bench->record, &bench->cx);
    cs_token timer = 0;
    for (size_t i = 0; i < bench->cx.effect_count; i++) {
        if (bench->cx.effects[i].kind == EFFECT_SET_TIMER)
            timer = bench->cx.effects[i].timer.token;
    }
    return timer;
}

/* A start, a question, a message that makes no sense, and twice that no answer came. */
static void feed_all(struct bench *bench)
{
    feed(bench, &(struct node_input){ .kind = INPUT_START });
    g_autoptr(GByteArray) request = g_byte_array_new();
    const struct cs_op op = { .kind = CS_OP_PUT, .key = { "key", 3 }, .value = { "value", 5 } };
    wire_add_request(request, 12, &op);
    struct wire_head head;
    struct cs_bytes body;
    ck_assert(wire_peek(cs_bytes_of(request->data, request->len), &head, &body));
    struct node_input asked = { .kind = INPUT_REQUEST, .request = 12, .bytes = body };
    cs_token timer = feed(bench, &asked);
    ck_assert(log_token_is_name(timer));
    feed(bench, &(struct node_input){ .kind = INPUT_MESSAGE, .bytes = { "?", 1 } });
    for (int i = 0; i < 2; i++)
        feed(bench, &(struct node_input){ .kind = INPUT_TIMER, .token = timer });
}

static void make_log(const char *path)
{
    const struct context_files files = { NULL, read_nothing, no_volume };
    struct bench bench = { .cluster = cluster_new(&plan->cluster) };
    g_autoptr(GError) error = NULL;
    bench.lent = cluster_lend(bench.cluster, client);
    bench.lent->files = &files;
    bench.state = arena_alloc(bench.lent->arena, bench.lent->program->state_size);
    context_init(&bench.cx);
    const struct record_options options = {
        .path = path,
        .build = "build",
        .instance = plan->cluster.instances[client].name,
        .scenario = plan->effective,
        .seed = plan->seed,
        .lent = bench.lent,
    };
    bench.record = record_new(&options, bench.lent, &error);
    ck_assert(bench.record != NULL);
    feed_all(&bench);
    ck_assert(record_end(bench.record, &error));
    context_done(&bench.cx);
    cluster_free(bench.cluster);
}

static void setup(void)
{
    g_autofree char *path = g_build_filename(folder, "echo/hello.json", NULL);
    g_autoptr(GString) errors = g_string_new(NULL);
    registry = registry_new(builtin_protocols);
    plan = plan_load(path, NULL, registry, errors);
    ck_assert_msg(plan != NULL, "%s", errors->str);
    while (strcmp(plan->cluster.instances[client].program->role, "client") != 0)
        client++;
    g_autofree char *file = g_strdup_printf("node-log-test.%ld", (long)getpid());
    make_log(file);
    char *text = NULL;
    gsize size = 0;
    ck_assert(g_file_get_contents(file, &text, &size, NULL));
    g_unlink(file);
    recorded = g_byte_array_new_take((guint8 *)text, size);
}

static void teardown(void)
{
    g_byte_array_unref(recorded);
    plan_free(plan);
    registry_free(registry);
}

/* ---- Reading and replaying ------------------------------------------------------------------- */

static struct node_log *parse(const void *data, size_t size, GError **error)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    return node_log_parse(bytes, error);
}

/* Give every record that is whole its right checksum. */
static void seal(GByteArray *log)
{
    size_t at = strlen(NODE_LOG_TITLE NODE_LOG_VERSION);
    struct log_frame frame;
    uint64_t check = 0;
    while (at + sizeof frame <= log->len) {
        memcpy(&frame, log->data + at, sizeof frame);
        if (frame.size > log->len - at - sizeof frame)
            return;
        frame.check = check = log_check(check, (enum log_kind)frame.kind,
                                        cs_bytes_of(log->data + at + sizeof frame, frame.size));
        memcpy(log->data + at, &frame, sizeof frame);
        at += sizeof frame + frame.size;
    }
}

static GByteArray *copy(void)
{
    GByteArray *log = g_byte_array_new();
    return g_byte_array_append(log, recorded->data, recorded->len);
}

START_TEST(what_was_recorded_is_what_is_replayed)
{
    g_autoptr(GError) error = NULL;
    struct node_log *log = parse(recorded->data, recorded->len, &error);
    ck_assert_msg(log != NULL, "%s", error != NULL ? error->message : "");
    ck_assert_str_eq(log->build, "build");
    ck_assert_uint_eq(log->steps->len, 5);
    ck_assert(log->ended);
    struct node_replay replay;
    ck_assert(node_replay(log, plan, &replay, &error));
    ck_assert_msg(replay.difference == NULL, "%s", replay.difference);
    ck_assert_uint_eq(replay.inputs, 5);
    ck_assert_uint_eq(replay.effects, log->effects->len);
    ck_assert_uint_ge(replay.effects, 7); /* three questions with a timer each, and a count */
    node_replay_clear(&replay);
    node_log_free(log);
}
END_TEST

START_TEST(the_first_effect_that_differs_is_named)
{
    g_autoptr(GByteArray) changed = copy();
    g_autoptr(GError) error = NULL;
    struct node_log *log = parse(changed->data, changed->len, &error);
    const struct log_step *step = &g_array_index(log->steps, struct log_step, 1);
    const struct log_effect *sent =
        &g_array_index(log->effects, struct log_effect, step->effect_first);
    gsize size = 0;
    const uint8_t *start = g_bytes_get_data(log->bytes, &size);
    size_t last = (size_t)((const uint8_t *)sent->bytes.data - start) + sent->bytes.size - 1;
    changed->data[last] ^= 1;
    size_t at = sent->bytes.size - 1;
    node_log_free(log);
    seal(changed);
    log = parse(changed->data, changed->len, &error);
    ck_assert(log != NULL);
    struct node_replay replay;
    ck_assert(node_replay(log, plan, &replay, &error));
    g_autofree char *expected = g_strdup_printf("effect 1 of 2 differs at byte %zu of", at);
    ck_assert_ptr_nonnull(replay.difference);
    ck_assert_msg(strstr(replay.difference, "input 2 of 5 (request 12): ") != NULL, "%s",
                  replay.difference);
    ck_assert_msg(strstr(replay.difference, expected) != NULL, "%s", replay.difference);
    ck_assert_uint_eq(replay.inputs, 1);
    node_replay_clear(&replay);
    node_log_free(log);
}
END_TEST

START_TEST(another_seed_makes_another_run)
{
    g_autoptr(GError) error = NULL;
    struct node_log *log = parse(recorded->data, recorded->len, &error);
    struct node_replay replay;
    log->seed++;
    ck_assert(node_replay(log, plan, &replay, &error));
    ck_assert_ptr_nonnull(replay.difference);
    node_replay_clear(&replay);
    node_log_free(log);
}
END_TEST

/* ---- Damage ---------------------------------------------------------------------------------- */

START_TEST(a_log_that_is_cut_off_anywhere_has_no_end)
{
    for (guint size = 0; size < recorded->len; size++) {
        g_autoptr(GError) error = NULL;
        struct node_log *log = parse(recorded->data, size, &error);
        suite_require((log == NULL) == (error != NULL));
        suite_require(log == NULL || !log->ended);
        suite_require(error == NULL || strstr(error->message, "byte ") == error->message);
        node_log_free(log);
    }
}
END_TEST

START_TEST(a_byte_that_was_changed_is_noticed_at_its_record)
{
    for (guint at = 0; at < recorded->len; at++) {
        g_autoptr(GByteArray) changed = copy();
        g_autoptr(GError) error = NULL;
        changed->data[at] ^= (guint8)(1u << at % 8);
        suite_require(parse(changed->data, changed->len, &error) == NULL);
        suite_require(error->domain == G_FILE_ERROR);
        guint64 place = g_ascii_strtoull(error->message + strlen("byte "), NULL, 10);
        suite_require(place <= at);
    }
}
END_TEST

START_TEST(a_record_that_is_missing_or_moved_is_noticed)
{
    struct log_frame frame;
    size_t first = strlen(NODE_LOG_TITLE NODE_LOG_VERSION);
    memcpy(&frame, recorded->data + first, sizeof frame);
    size_t second = first + sizeof frame + frame.size;
    memcpy(&frame, recorded->data + second, sizeof frame);
    size_t third = second + sizeof frame + frame.size;
    g_autoptr(GByteArray) without = copy();
    g_byte_array_remove_range(without, (guint)second, (guint)(third - second));
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(parse(without->data, without->len, &error));
    g_autofree char *sentence = g_strdup_printf("byte %zu: the record is damaged", second);
    ck_assert_str_eq(error->message, sentence);
}
END_TEST

START_TEST(another_version_is_named)
{
    g_autoptr(GError) error = NULL;
    static const char other[] = NODE_LOG_TITLE "2\n";
    ck_assert_ptr_null(parse(other, strlen(other), &error));
    ck_assert_ptr_nonnull(strstr(error->message, "a log of another version than 1"));
}
END_TEST

/* Some bytes are changed, taken out or put in, and the checksums made right again. */
static void spoil(GByteArray *log, struct random_stream *stream)
{
    size_t from = strlen(NODE_LOG_TITLE NODE_LOG_VERSION);
    for (uint64_t n = 1 + random_below(stream, 4); n > 0; n--) {
        size_t at = from + random_below(stream, log->len - from);
        size_t size = 1 + random_below(stream, 8);
        static const guint8 odd[8] = { 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1 };
        switch (random_below(stream, 3)) {
        case 0:
            log->data[at] = (guint8)random_below(stream, 256);
            break;
        case 1:
            memcpy(log->data + at, odd, MIN(size, log->len - at));
            break;
        default:
            g_byte_array_remove_range(log, (guint)at, (guint)MIN(size, log->len - at - 1));
        }
    }
    seal(log);
}

START_TEST(whatever_a_log_says_it_is_read_or_refused)
{
    const char *wish = g_getenv("FUZZ_ROUNDS");
    guint64 rounds = wish != NULL ? g_ascii_strtoull(wish, NULL, 10) : ROUNDS;
    guint64 read = 0;
    for (guint64 round = 0; round < rounds; round++) {
        struct random_stream stream = random_stream_of(random_mix(round + 1));
        g_autoptr(GByteArray) log = copy();
        g_autoptr(GError) error = NULL;
        spoil(log, &stream);
        struct node_log *parsed = parse(log->data, log->len, &error);
        suite_require((parsed == NULL) == (error != NULL));
        read += parsed != NULL;
        node_log_free(parsed);
    }
    suite_require(read > rounds / 100); /* not all damage is in the frames */
    suite_require(read < rounds);
}
END_TEST

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : "scenarios";
    Suite *suite = suite_create("node log");
    TCase *tests = tcase_create("log");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_was_recorded_is_what_is_replayed);
    tcase_add_test(tests, the_first_effect_that_differs_is_named);
    tcase_add_test(tests, another_seed_makes_another_run);
    tcase_add_test(tests, a_log_that_is_cut_off_anywhere_has_no_end);
    tcase_add_test(tests, a_byte_that_was_changed_is_noticed_at_its_record);
    tcase_add_test(tests, a_record_that_is_missing_or_moved_is_noticed);
    tcase_add_test(tests, another_version_is_named);
    tcase_add_test(tests, whatever_a_log_says_it_is_read_or_refused);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
