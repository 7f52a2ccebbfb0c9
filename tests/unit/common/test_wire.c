/* wire: what is written comes back, and nothing else does. */
#include <string.h>

#include "base/random.h"
#include "common/wire.h"
#include "support/suite.h"

enum { KIND = 7 };

/* A message with a field of each type: 1 + 2 + 4 + 8 + (4 + 5) + 4 of checksum. */
enum { SAMPLE_SIZE = 28 };

static struct cs_bytes sample(uint8_t buffer[SAMPLE_SIZE])
{
    struct wire_writer writer = wire_writer_on(buffer, SAMPLE_SIZE);
    wire_put_u8(&writer, 0xfe);
    wire_put_u16(&writer, 0x1234);
    wire_put_u32(&writer, 0x89abcdef);
    wire_put_u64(&writer, 0x0123456789abcdef);
    wire_put_bytes(&writer, cs_bytes_of("hello", 5));
    return wire_seal(&writer, KIND);
}

/* Whether `body` decodes as a sample, of whatever values. */
static bool decodes(cs_kind kind, struct cs_bytes body)
{
    struct wire_reader reader = wire_open(kind, body);
    wire_get_u8(&reader);
    wire_get_u16(&reader);
    wire_get_u32(&reader);
    wire_get_u64(&reader);
    wire_get_bytes(&reader);
    return wire_end(&reader);
}

START_TEST(what_is_put_is_what_is_got)
{
    uint8_t buffer[SAMPLE_SIZE];
    struct cs_bytes body = sample(buffer);
    ck_assert_uint_eq(body.size, SAMPLE_SIZE);
    struct wire_reader reader = wire_open(KIND, body);
    ck_assert_uint_eq(wire_get_u8(&reader), 0xfe);
    ck_assert_uint_eq(wire_get_u16(&reader), 0x1234);
    ck_assert_uint_eq(wire_get_u32(&reader), 0x89abcdef);
    ck_assert_uint_eq(wire_get_u64(&reader), 0x0123456789abcdef);
    struct cs_bytes bytes = wire_get_bytes(&reader);
    ck_assert_uint_eq(bytes.size, 5);
    ck_assert_mem_eq(bytes.data, "hello", 5);
    ck_assert(wire_end(&reader));
}
END_TEST

START_TEST(numbers_lie_little_end_first)
{
    uint8_t buffer[15];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    wire_put_u8(&writer, 0x01);
    wire_put_u16(&writer, 0x0203);
    wire_put_u32(&writer, 0x04050607);
    wire_put_u64(&writer, 0x08090a0b0c0d0e0f);
    static const uint8_t expected[] = { 1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8 };
    ck_assert_uint_eq(writer.size, sizeof expected);
    ck_assert_mem_eq(buffer, expected, sizeof expected);
}
END_TEST

/* CRC-32C of the four bytes of the kind, zeros here, and "123456789", computed bit by bit. */
START_TEST(the_checksum_covers_the_kind_and_then_the_content)
{
    uint8_t buffer[13];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    wire_put_raw(&writer, cs_bytes_of("123456789", 9));
    wire_seal(&writer, 0);
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < 13; i++) {
        crc ^= i < 4 ? 0 : (uint8_t) "123456789"[i - 4];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    crc = ~crc;
    uint8_t expected[] = { (uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16),
                           (uint8_t)(crc >> 24) };
    ck_assert_mem_eq(buffer + 9, expected, 4);
}
END_TEST

START_TEST(every_truncation_is_bad)
{
    uint8_t buffer[SAMPLE_SIZE];
    struct cs_bytes body = sample(buffer);
    ck_assert(decodes(KIND, body));
    for (size_t size = 0; size < body.size; size++) {
        struct wire_reader reader = wire_open(KIND, cs_bytes_of(body.data, size));
        ck_assert_msg(reader.bad, "cut to %zu bytes", size);
        ck_assert(!wire_end(&reader));
    }
}
END_TEST

START_TEST(every_flipped_bit_is_bad)
{
    uint8_t buffer[SAMPLE_SIZE];
    struct cs_bytes body = sample(buffer);
    for (size_t bit = 0; bit < 8 * body.size; bit++) {
        buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_msg(wire_open(KIND, body).bad, "bit %zu", bit);
        buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert(decodes(KIND, body));
}
END_TEST

START_TEST(another_kind_is_bad)
{
    uint8_t buffer[SAMPLE_SIZE];
    struct cs_bytes body = sample(buffer);
    for (cs_kind kind = 0; kind < 1000; kind++)
        ck_assert_int_eq(decodes(kind, body), kind == KIND);
}
END_TEST

START_TEST(what_is_left_over_is_noticed)
{
    struct wire_reader reader = wire_reader_on(cs_bytes_of("abc", 3));
    wire_get_u16(&reader);
    ck_assert(!wire_end(&reader));
    ck_assert(!reader.bad);
    wire_get_u8(&reader);
    ck_assert(wire_end(&reader));
}
END_TEST

START_TEST(after_the_first_lack_every_get_is_zero)
{
    static const uint8_t ones[] = { 1, 1, 1 };
    struct wire_reader reader = wire_reader_on(cs_bytes_of(ones, sizeof ones));
    ck_assert_uint_eq(wire_get_u32(&reader), 0);
    ck_assert(reader.bad);
    ck_assert_uint_eq(wire_get_u8(&reader), 0);
    ck_assert_uint_eq(wire_get_raw(&reader, 1).size, 0);
    ck_assert_uint_eq(wire_get_bytes(&reader).size, 0);
    ck_assert(!wire_end(&reader));
}
END_TEST

START_TEST(a_length_beyond_the_input_is_bad)
{
    static const uint8_t lengths[][6] = { { 3, 0, 0, 0, 'a', 'b' },
                                          { 0xff, 0xff, 0xff, 0xff, 'a', 'b' } };
    for (size_t i = 0; i < 2; i++) {
        struct wire_reader reader = wire_reader_on(cs_bytes_of(lengths[i], sizeof lengths[i]));
        ck_assert_uint_eq(wire_get_bytes(&reader).size, 0);
        ck_assert(reader.bad);
    }
}
END_TEST

START_TEST(what_does_not_fit_is_not_written)
{
    uint8_t buffer[4] = { 9, 9, 9, 9 };
    struct wire_writer writer = wire_writer_on(buffer, 3);
    wire_put_u16(&writer, 0);
    wire_put_u16(&writer, 0);
    ck_assert(writer.overflow);
    ck_assert_uint_eq(writer.size, 2);
    wire_put_u8(&writer, 0); /* would fit, but comes after what did not */
    wire_put_raw(&writer, cs_bytes_of("x", 1));
    ck_assert_uint_eq(writer.size, 2);
    ck_assert_uint_eq(buffer[2], 9);
    ck_assert_uint_eq(buffer[3], 9);
}
END_TEST

START_TEST(nothing_is_a_message_too)
{
    uint8_t buffer[4];
    struct wire_writer writer = wire_writer_on(buffer, sizeof buffer);
    struct wire_reader reader = wire_open(KIND, wire_seal(&writer, KIND));
    ck_assert(wire_end(&reader));
    ck_assert(wire_open(KIND, cs_bytes_of(NULL, 0)).bad);
}
END_TEST

/* A decoder that asks for random things in random bytes: it reads no byte outside (which valgrind
 * and the sanitizers watch) and what it got never exceeds what there was. */
START_TEST(random_bytes_are_never_read_past_their_end)
{
    struct random_stream stream = random_stream_of(1);
    for (int round = 0; round < 20000; round++) {
        size_t size = random_below(&stream, 40);
        uint8_t *bytes = malloc(size);
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)(random_below(&stream, 4) == 0 ? random_next(&stream) : 0);
        struct wire_reader reader = wire_reader_on(cs_bytes_of(bytes, size));
        size_t got = 0;
        while (!reader.bad && reader.size > 0) {
            if (random_below(&stream, 2) == 0) {
                got += 4 + wire_get_bytes(&reader).size;
            } else {
                got += wire_get_raw(&reader, random_below(&stream, 9)).size;
            }
        }
        suite_require(reader.bad || got == size);
        suite_require(wire_open(KIND, cs_bytes_of(bytes, size)).bad);
        free(bytes);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wire");
    TCase *tcase = tcase_create("wire");
    tcase_add_test(tcase, what_is_put_is_what_is_got);
    tcase_add_test(tcase, numbers_lie_little_end_first);
    tcase_add_test(tcase, the_checksum_covers_the_kind_and_then_the_content);
    tcase_add_test(tcase, every_truncation_is_bad);
    tcase_add_test(tcase, every_flipped_bit_is_bad);
    tcase_add_test(tcase, another_kind_is_bad);
    tcase_add_test(tcase, what_is_left_over_is_noticed);
    tcase_add_test(tcase, after_the_first_lack_every_get_is_zero);
    tcase_add_test(tcase, a_length_beyond_the_input_is_bad);
    tcase_add_test(tcase, what_does_not_fit_is_not_written);
    tcase_add_test(tcase, nothing_is_a_message_too);
    tcase_add_test(tcase, random_bytes_are_never_read_past_their_end);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
