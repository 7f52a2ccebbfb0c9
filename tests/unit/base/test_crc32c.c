#include <string.h>

#include "base/crc32c.h"
#include "base/random.h"
#include "support/suite.h"

static uint32_t crc_of(const void *data, size_t size)
{
    return cs_crc32c(0, cs_bytes_of(data, size));
}

/* RFC 3720, appendix B.4, "CRC Examples" (written there as bytes, least significant first). */
START_TEST(examples_of_rfc_3720)
{
    uint8_t bytes[32];
    memset(bytes, 0x00, sizeof(bytes));
    ck_assert_uint_eq(crc_of(bytes, sizeof(bytes)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof(bytes));
    ck_assert_uint_eq(crc_of(bytes, sizeof(bytes)), 0x62a8ab43);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    ck_assert_uint_eq(crc_of(bytes, sizeof(bytes)), 0x46dd794e);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(31 - i);
    ck_assert_uint_eq(crc_of(bytes, sizeof(bytes)), 0x113fdb5c);
}
END_TEST

/* RFC 3720, appendix B.4: an iSCSI read command. */
START_TEST(the_read_command_of_rfc_3720)
{
    static const uint8_t command[48] = {
        0x01, 0xc0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00,
        0x00, 0x00, 0x00, 0x14, 0x00, 0x00, 0x00, 0x18, 0x28, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    };
    ck_assert_uint_eq(crc_of(command, sizeof(command)), 0xd9963a56);
}
END_TEST

START_TEST(the_check_value_of_the_catalogue)
{
    ck_assert_uint_eq(crc_of("123456789", 9), 0xe3069283);
    ck_assert_uint_eq(crc_of(NULL, 0), 0);
}
END_TEST

START_TEST(a_sum_continues_over_any_cut)
{
    const char text[] = "the quick brown fox jumps over the lazy dog";
    const size_t size = sizeof(text) - 1;
    for (size_t cut = 0; cut <= size; cut++) {
        uint32_t head = crc_of(text, cut);
        ck_assert_uint_eq(cs_crc32c(head, cs_bytes_of(text + cut, size - cut)), crc_of(text, size));
    }
}
END_TEST

START_TEST(instruction_and_tables_agree)
{
    uint8_t bytes[600];
    struct random_stream stream = random_stream_of(3);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)random_next(&stream);
    for (size_t start = 0; start < 16; start++) {
        for (size_t size = 0; size + start <= sizeof(bytes); size++) {
            struct cs_bytes part = cs_bytes_of(bytes + start, size);
            uint32_t crc = (uint32_t)random_next(&stream);
            ck_assert_uint_eq(crc32c_native(crc, part), crc32c_portable(crc, part));
        }
    }
}
END_TEST

/* Both ways against the definition: one bit at a time. */
START_TEST(tables_agree_with_division_bit_by_bit)
{
    uint8_t bytes[100];
    struct random_stream stream = random_stream_of(4);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)random_next(&stream);

    uint32_t state = UINT32_MAX;
    for (size_t size = 0; size < sizeof(bytes); size++) {
        ck_assert_uint_eq(crc32c_portable(0, cs_bytes_of(bytes, size)), (uint32_t)~state);
        state ^= bytes[size];
        for (int bit = 0; bit < 8; bit++)
            state = (state >> 1) ^ ((state & 1) != 0 ? 0x82f63b78u : 0u);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crc32c");
    TCase *tcase = tcase_create("crc32c");
    tcase_add_test(tcase, examples_of_rfc_3720);
    tcase_add_test(tcase, the_read_command_of_rfc_3720);
    tcase_add_test(tcase, the_check_value_of_the_catalogue);
    tcase_add_test(tcase, a_sum_continues_over_any_cut);
    if (crc32c_has_native())
        tcase_add_test(tcase, instruction_and_tables_agree);
    tcase_add_test(tcase, tables_agree_with_division_bit_by_bit);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
