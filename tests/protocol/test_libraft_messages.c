/* libraft's messages as bytes: what was written is read again, and whatever else comes is refused
 * without a trace.  The library's heap is counted, so that a message which was refused and has left
 * something behind is found. */
#include <raft.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "libraft/message.h"
#include "support/suite.h"

enum { BYTES_MAX = 4096, DATA_MAX = 40, ENTRIES_MAX = 4, SERVERS_MAX = 3, ROUNDS = 20000 };

static struct random_stream stream;
static uint64_t below(uint64_t bound) { return random_below(&stream, bound); }

/* ---- The library's heap, counted ------------------------------------------------------------- */

static long blocks; /* that are not freed */

static void *counted_malloc(void *data, size_t size)
{
    (void)data;
    blocks++;
    return malloc(size > 0 ? size : 1);
}

static void counted_free(void *data, void *memory)
{
    (void)data;
    blocks -= memory != NULL;
    free(memory);
}

static void *counted_calloc(void *data, size_t count, size_t size)
{
    (void)data;
    blocks++;
    return calloc(count > 0 ? count : 1, size > 0 ? size : 1);
}

static void *counted_realloc(void *data, void *memory, size_t size)
{
    (void)data;
    blocks += memory == NULL;
    return realloc(memory, size > 0 ? size : 1);
}

static struct raft_heap heap = { .malloc = counted_malloc,
                                 .free = counted_free,
                                 .calloc = counted_calloc,
                                 .realloc = counted_realloc };

static void setup(void)
{
    stream = random_stream_of(random_key(1, "test", "libraft"));
    raft_heap_set(&heap);
    blocks = 0;
}

static void teardown(void)
{
    ck_assert_int_eq(blocks, 0);
    raft_heap_set_default();
}

/* As the library does with what it received. */
static void release(struct raft_message *message)
{
    if (message->type == RAFT_IO_APPEND_ENTRIES && message->append_entries.n_entries > 0) {
        raft_free(message->append_entries.entries[0].batch);
        raft_free(message->append_entries.entries);
    } else if (message->type == RAFT_IO_INSTALL_SNAPSHOT) {
        raft_configuration_close(&message->install_snapshot.conf);
        raft_free(message->install_snapshot.data.base);
    }
}

/* ---- Messages of random content -------------------------------------------------------------- */

/* What a message points to. */
struct content {
    struct raft_entry entries[ENTRIES_MAX];
    uint8_t data[ENTRIES_MAX][DATA_MAX];
};

static struct raft_buffer some_data(uint8_t *data)
{
    size_t size = below(DATA_MAX + 1);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)below(256);
    return (struct raft_buffer){ .base = data, .len = size };
}

static void some_entries(struct raft_append_entries *append, struct content *content)
{
    append->n_entries = (unsigned)below(ENTRIES_MAX + 1);
    append->entries = content->entries;
    for (unsigned i = 0; i < append->n_entries; i++) {
        content->entries[i] = (struct raft_entry){ .term = below(9),
                                                   .type = (unsigned short)(1 + below(3)),
                                                   .buf = some_data(content->data[i]) };
    }
}

static void some_servers(struct raft_configuration *configuration)
{
    static const char *const addresses[] = { "1", "22", "333" };
    raft_configuration_init(configuration);
    size_t count = 1 + below(SERVERS_MAX);
    for (size_t i = 0; i < count && i < SERVERS_MAX; i++)
        raft_configuration_add(configuration, i + 1, addresses[i], (int)below(3));
}

/* The numbers of a message; of what else it has some_…() takes care. */
static struct raft_message some_message(int type, struct content *content)
{
    struct raft_message message = { .type = (unsigned short)type };
    switch (type) {
    case RAFT_IO_APPEND_ENTRIES:
        message.append_entries = (struct raft_append_entries){ .term = below(9),
                                                               .prev_log_index = below(9),
                                                               .leader_commit = below(9) };
        some_entries(&message.append_entries, content);
        break;
    case RAFT_IO_APPEND_ENTRIES_RESULT:
        message.append_entries_result =
            (struct raft_append_entries_result){ .term = below(9), .last_log_index = below(9) };
        break;
    case RAFT_IO_REQUEST_VOTE:
        message.request_vote = (struct raft_request_vote){ .term = below(9),
                                                           .candidate_id = below(9),
                                                           .disrupt_leader = below(2) == 1,
                                                           .pre_vote = below(2) == 1 };
        break;
    case RAFT_IO_REQUEST_VOTE_RESULT:
        message.request_vote_result = (struct raft_request_vote_result){
            .term = below(9), .vote_granted = below(2) == 1, .pre_vote = (raft_tribool)below(3)
        };
        break;
    case RAFT_IO_INSTALL_SNAPSHOT:
        message.install_snapshot = (struct raft_install_snapshot){ .term = below(9),
                                                                   .last_index = below(9),
                                                                   .conf_index = below(9) };
        some_servers(&message.install_snapshot.conf);
        message.install_snapshot.data = some_data(content->data[0]);
        break;
    default:
        message.timeout_now =
            (struct raft_timeout_now){ .term = below(9), .last_log_term = below(9) };
        break;
    }
    return message;
}

static struct cs_bytes put(const struct raft_message *message, uint8_t *buffer, cs_kind *ret_kind)
{
    struct wire_writer writer = wire_writer_on(buffer, BYTES_MAX);
    return libraft_message_put(&writer, message, ret_kind);
}

/* A sealed message of the library's, of some type. */
static struct cs_bytes some_bytes(uint8_t *buffer, cs_kind *ret_kind)
{
    struct content content;
    int type = RAFT_IO_APPEND_ENTRIES + (int)below(6);
    struct raft_message message = some_message(type, &content);
    struct cs_bytes bytes = put(&message, buffer, ret_kind);
    if (type == RAFT_IO_INSTALL_SNAPSHOT)
        raft_configuration_close(&message.install_snapshot.conf);
    return bytes;
}

/* ---- Claims ---------------------------------------------------------------------------------- */

/* What is read, written again, is the same bytes: nothing was read that is not there, and nothing
 * that is there was left out. */
static bool is_read_as_it_is(cs_kind kind, struct cs_bytes body)
{
    struct raft_message message;
    uint8_t again[BYTES_MAX];
    cs_kind kind_again;
    long before = blocks;
    if (!libraft_message_get(kind, body, &message)) {
        suite_require(blocks == before);
        return false;
    }
    struct cs_bytes bytes = put(&message, again, &kind_again);
    release(&message);
    suite_require(blocks == before);
    suite_require(kind_again == kind);
    suite_require(bytes.size == body.size);
    suite_require(memcmp(bytes.data, body.data, body.size) == 0);
    return true;
}

START_TEST(what_was_written_is_read)
{
    uint8_t buffer[BYTES_MAX];
    cs_kind kind;
    for (int i = 0; i < ROUNDS; i++) {
        struct cs_bytes body = some_bytes(buffer, &kind);
        suite_require(is_read_as_it_is(kind, body));
    }
}
END_TEST

START_TEST(no_prefix_and_no_other_kind_is_taken_for_the_message)
{
    uint8_t buffer[BYTES_MAX];
    cs_kind kind;
    struct raft_message message;
    for (int i = 0; i < ROUNDS / 100; i++) {
        struct cs_bytes body = some_bytes(buffer, &kind);
        for (size_t size = 0; size < body.size; size++)
            suite_require(!libraft_message_get(kind, cs_bytes_of(body.data, size), &message));
        for (cs_kind other = 0; other < LIBRAFT_KIND_COUNT + 3; other++)
            suite_require(other == kind || !libraft_message_get(other, body, &message));
    }
}
END_TEST

/* Change bytes, cut or lengthen, and seal it again: the checksum hides nothing from the decoder. */
static struct cs_bytes harm(uint8_t *buffer, struct cs_bytes body, cs_kind kind)
{
    enum { CHECKSUM_SIZE = 4, LONGER_MAX = 20 };
    size_t size = body.size - CHECKSUM_SIZE;
    for (uint64_t n = 1 + below(3); n > 0 && size > 0; n--) {
        size_t at = below(size);
        buffer[at] = (uint8_t)(below(2) == 0 ? below(256) : buffer[at] ^ 1u << below(8));
    }
    if (below(4) == 0) {
        size = below(size + 1);
    } else if (below(4) == 0) {
        for (uint64_t n = below(LONGER_MAX); n > 0; n--)
            buffer[size++] = (uint8_t)below(256);
    }
    struct wire_writer writer = wire_writer_on(buffer, BYTES_MAX);
    writer.size = size;
    return wire_seal(&writer, kind);
}

START_TEST(what_is_harmed_is_refused_whole_or_read_as_it_is)
{
    uint8_t buffer[BYTES_MAX];
    size_t refused = 0, read = 0;
    struct cs_text text = { 0 };
    for (int i = 0; i < 4 * ROUNDS; i++) {
        cs_kind kind;
        struct cs_bytes body = some_bytes(buffer, &kind);
        if (below(8) == 0)
            kind = (cs_kind)below(LIBRAFT_KIND_COUNT + 2);
        body = harm(buffer, body, kind);
        if (is_read_as_it_is(kind, body)) {
            read++;
        } else {
            refused++;
        }
        text_reset(&text);
        libraft_describe(kind, body, &text);
        suite_require(text.size > 0);
    }
    text_done(&text);
    ck_assert_uint_gt(refused, ROUNDS);
    ck_assert_uint_gt(read, ROUNDS);
}
END_TEST

/* The library takes 0 for nobody, and an address for a string. */
START_TEST(a_configuration_has_no_server_without_an_id_or_an_address)
{
    static const struct {
        uint64_t id;
        struct cs_bytes address;
        bool good;
    } servers[] = {
        { 1, { "1", 1 }, true },   { 0, { "1", 1 }, false },
        { 1, { "", 0 }, false },   { 1, { "1\0002", 3 }, false },
        { 1, { "\0", 1 }, false }, { 1, { "123456789012", 12 }, false },
    };
    uint8_t buffer[64];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct raft_configuration configuration;
    wire_put_u32(&writer, 1);
    wire_put_u64(&writer, servers[_i].id);
    wire_put_u8(&writer, RAFT_VOTER);
    wire_put_bytes(&writer, servers[_i].address);
    struct cs_bytes bytes = cs_bytes_of(buffer, writer.size);
    ck_assert(libraft_configuration_get(bytes, &configuration) == servers[_i].good);
    if (servers[_i].good)
        raft_configuration_close(&configuration);
}
END_TEST

START_TEST(a_part_that_is_read_is_in_its_place)
{
    uint8_t buffer[BYTES_MAX], data[DATA_MAX] = { 0 };
    size_t read = 0;
    for (int i = 0; i < ROUNDS; i++) {
        struct libraft_part part = { .message = 1 + below(3),
                                     .kind = LIBRAFT_APPEND_ENTRIES,
                                     .number = (uint32_t)below(3),
                                     .count = 3,
                                     .size = DATA_MAX,
                                     .bytes = { data, DATA_MAX } };
        struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
        struct cs_bytes body = libraft_part_put(&writer, &part);
        suite_require(libraft_part_get(body, &part));
        body = harm(buffer, body, LIBRAFT_PART);
        if (!libraft_part_get(body, &part))
            continue;
        read++;
        suite_require(part.message > 0);
        suite_require(part.number < part.count);
        suite_require(part.bytes.size <= part.size);
    }
    ck_assert_uint_gt(read, ROUNDS / 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libraft-messages");
    TCase *tests = tcase_create("messages");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, what_was_written_is_read);
    tcase_add_test(tests, no_prefix_and_no_other_kind_is_taken_for_the_message);
    tcase_add_test(tests, what_is_harmed_is_refused_whole_or_read_as_it_is);
    tcase_add_loop_test(tests, a_configuration_has_no_server_without_an_id_or_an_address, 0, 6);
    tcase_add_test(tests, a_part_that_is_read_is_in_its_place);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
