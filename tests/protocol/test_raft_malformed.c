/* Whatever comes from the network, a server neither fails an assertion nor believes what is
 * damaged. */
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "common/state_machine.h"
#include "raft_bench.h"

enum { BYTES_MAX = 4096 };

static struct random_stream stream;

static void setup(void)
{
    stream = random_stream_of(random_key(1, "test", "malformed"));
    bench_open(&(struct bench_options){ .servers = 3, .pre_vote = true, .check_quorum = true });
}

static uint64_t below(uint64_t bound) { return random_below(&stream, bound); }

/* The roles in which messages may come. */
enum { SITUATIONS = 4 };
static void given_situation(size_t situation)
{
    bench_close();
    setup();
    given_log("1 1 2 2 5");
    if (situation == 1) {
        rig_timer(rig, RAFT_TIMER_ELECTION);
    } else if (situation == 2) {
        rig_timer(rig, RAFT_TIMER_ELECTION);
        grant_pre_vote(2, 5, 6);
    } else if (situation == 3) {
        become_leader();
        succeed(2, 6, 6, 6);
        register_session(1);
        query(2, "x");
    }
}

/* One valid message of each kind, of random content; small numbers, so that they often matter. */
static struct cs_bytes make(cs_kind kind, uint8_t *buffer)
{
    struct wire_writer writer = wire_writer_on(buffer, BYTES_MAX);
    struct append_entries append_entries = { .term = 1 + below(8),
                                             .prev_index = below(9),
                                             .prev_term = below(8),
                                             .commit = below(12),
                                             .round = below(6) };
    uint8_t op[64], content[64];
    struct wire_writer op_writer = wire_writer_on(op, sizeof op);
    uint32_t count = (uint32_t)below(4);
    switch (kind) {
    case SERVICE_REQUEST:
        op_put(&op_writer, &(struct cs_op){ .kind = (enum cs_op_kind)below(CS_OP_COUNT) });
        return service_request_put(
            &writer, &(struct service_request){ .what = (enum service_what)below(3),
                                                .tag = below(9),
                                                .attempt = 1,
                                                .session = below(9),
                                                .serial = below(4),
                                                .first_unanswered = below(4),
                                                .body = { op, below(op_writer.size + 1) } });
    case SERVICE_REPLY:
        return service_reply_put(&writer, &(struct service_reply){ .session = below(9) });
    case RAFT_REQUEST_VOTE:
        return request_vote_put(&writer,
                                &(struct request_vote){ below(2), below(9), below(9), below(9) });
    case RAFT_VOTE:
        return vote_put(&writer, &(struct vote){ below(2), below(2), below(9), below(9) });
    case RAFT_APPEND_REPLY:
        return append_reply_put(&writer, &(struct append_reply){ .success = below(2),
                                                                 .term = below(9),
                                                                 .round = below(6),
                                                                 .prev_index = below(9),
                                                                 .match_index = below(9),
                                                                 .last_index = below(9),
                                                                 .conflict_term = below(9) });
    default:
        append_entries_put(&writer, &append_entries);
        for (uint32_t i = 0; i < count; i++) {
            struct wire_writer entry = wire_writer_on(content, sizeof content);
            entry_put(&entry, &(struct entry){ .kind = (enum entry_kind)(1 + below(4)),
                                               .command = { below(3), below(3), below(3) } });
            append_entry_put(&writer, append_entries.prev_term + below(3),
                             cs_bytes_of(content, entry.size));
        }
        return append_entries_seal(&writer, count + (below(20) == 0));
    }
}

static void check_sane(uint64_t term_before, uint64_t commit_before)
{
    ck_assert(rig_is_up(rig));
    const struct raft *rf = rig_state(rig);
    ck_assert_uint_ge(rf->term, term_before);
    ck_assert_uint_ge(rf->commit, commit_before);
    ck_assert_uint_le(rf->applied, rf->commit);
    ck_assert_uint_le(rf->commit, rf->log.last_index);
    ck_assert_uint_le(rf->stored, rf->log.last_index);
    ck_assert_uint_le(rf->verified, rf->log.last_index);
    for (uint64_t i = 1; i <= rf->log.last_index; i++)
        ck_assert_uint_le(log_term_at(&rf->log, i - 1), log_term_at(&rf->log, i));
    ck_assert_uint_le(log_term_at(&rf->log, rf->log.last_index), rf->term);
}

static void deliver(cs_node from, cs_kind kind, struct cs_bytes body)
{
    const struct raft *rf = rig_state(rig);
    uint64_t term = rf->term, commit = rf->commit;
    rig_message(rig, from, kind, body);
    check_sane(term, commit);
}

START_TEST(random_bytes_are_dropped_and_counted)
{
    uint8_t bytes[256];
    given_situation((size_t)_i);
    char before[64];
    strncpy(before, bench_state(), sizeof before - 1);
    before[sizeof before - 1] = '\0';
    for (int round = 0; round < 2000; round++) {
        size_t size = below(sizeof bytes);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)below(256);
        deliver(2, (cs_kind)below(RAFT_KIND_COUNT + 2), cs_bytes_of(bytes, size));
        expect("count malformed 1\n");
    }
    ck_assert_mem_eq(bench_state(), before, strlen(before));
}
END_TEST

START_TEST(a_message_with_a_flipped_bit_is_dropped_and_counted)
{
    static uint8_t buffer[BYTES_MAX];
    given_situation((size_t)_i);
    for (cs_kind kind = 0; kind < RAFT_KIND_COUNT; kind++) {
        for (int round = 0; round < 200; round++) {
            struct cs_bytes message = make(kind, buffer);
            uint64_t bit = below(message.size * 8);
            buffer[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            deliver(2, kind, message);
            expect("count malformed 1\n");
        }
    }
}
END_TEST

START_TEST(a_message_cut_short_is_dropped_and_counted)
{
    static uint8_t buffer[BYTES_MAX];
    given_situation((size_t)_i);
    for (cs_kind kind = 0; kind < RAFT_KIND_COUNT; kind++) {
        struct cs_bytes message = make(kind, buffer);
        for (size_t size = 0; size < message.size; size++) {
            deliver(2, kind, cs_bytes_of(buffer, size));
            expect("count malformed 1\n");
        }
    }
}
END_TEST

START_TEST(a_message_taken_for_another_kind_is_dropped_and_counted)
{
    static uint8_t buffer[BYTES_MAX];
    given_situation((size_t)_i);
    for (cs_kind kind = 0; kind < RAFT_KIND_COUNT; kind++) {
        for (cs_kind other = 0; other < RAFT_KIND_COUNT + 2; other++) {
            if (other == kind)
                continue;
            deliver(2, other, make(kind, buffer));
            expect("count malformed 1\n");
        }
    }
}
END_TEST

/* Checksums are no protection against a server that is wrong: what it says may be refused or
 * believed, but leaves the state whole. */
START_TEST(whatever_a_peer_says_the_state_stays_whole)
{
    static uint8_t buffer[BYTES_MAX];
    for (int life = 0; life < 60; life++) {
        given_situation((size_t)_i);
        for (uint64_t skip = below(1000); skip > 0; skip--)
            random_next(&stream);
        stream.counter += (uint64_t)life * 1000003;
        for (int round = 0; round < 200 && rig_is_up(rig); round++) {
            cs_kind kind = (cs_kind)below(RAFT_KIND_COUNT);
            cs_duration left;
            deliver((cs_node)(2 + below(2)), kind, make(kind, buffer));
            cs_token timer = below(10) == 0 ? RAFT_TIMER_ELECTION : RAFT_TIMER_HEARTBEAT;
            if (below(4) == 0 && rig_timer_left(rig, timer, &left))
                rig_timer(rig, timer);
        }
    }
}
END_TEST

START_TEST(any_bytes_can_be_described)
{
    static uint8_t buffer[BYTES_MAX];
    struct cs_text line = { 0 };
    for (cs_kind kind = 0; kind < RAFT_KIND_COUNT + 2; kind++) {
        for (int round = 0; round < 200; round++) {
            struct cs_bytes message = make(kind, buffer);
            raft_describe(kind, cs_bytes_of(buffer, below(message.size + 1)), &line);
            ck_assert_uint_gt(line.size, 0);
            ck_assert_ptr_null(memchr(line.data, '\n', line.size));
            text_reset(&line);
        }
    }
    text_done(&line);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("raft-malformed");
    TCase *tcase = tcase_create("malformed");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, bench_close);
    tcase_add_loop_test(tcase, random_bytes_are_dropped_and_counted, 0, SITUATIONS);
    tcase_add_loop_test(tcase, a_message_with_a_flipped_bit_is_dropped_and_counted, 0, SITUATIONS);
    tcase_add_loop_test(tcase, a_message_cut_short_is_dropped_and_counted, 0, SITUATIONS);
    tcase_add_loop_test(tcase, a_message_taken_for_another_kind_is_dropped_and_counted, 0,
                        SITUATIONS);
    tcase_add_loop_test(tcase, whatever_a_peer_says_the_state_stays_whole, 0, SITUATIONS);
    tcase_add_test(tcase, any_bytes_can_be_described);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
