/* A sparse image is an array of bytes that pays only for what it holds. */
#include <string.h>

#include "base/random.h"
#include "model/image.h"
#include "support/suite.h"

enum { PAGE = IMAGE_PAGE_BYTES };
#define TEBIBYTE (UINT64_C(1) << 40)

static void check_bytes(const struct image *image, uint64_t offset, size_t size, uint8_t expected)
{
    uint8_t bytes[4 * PAGE];
    ck_assert_uint_le(size, sizeof bytes);
    image_read(image, offset, bytes, size);
    for (size_t i = 0; i < size; i++)
        ck_assert_msg(bytes[i] == expected, "byte %zu is %u, not %u", i, bytes[i], expected);
}

START_TEST(what_was_never_written_reads_as_zeros_and_takes_no_memory)
{
    struct image image = { 0 };
    check_bytes(&image, 0, PAGE, 0);
    check_bytes(&image, TEBIBYTE - PAGE, PAGE, 0);
    ck_assert_uint_eq(image.page_count, 0);
    ck_assert_uint_eq(image.leaf_capacity, 0);
}
END_TEST

START_TEST(a_byte_at_the_end_of_a_tebibyte_takes_one_page)
{
    struct image image = { 0 };
    image_write(&image, TEBIBYTE - 1, "x", 1);
    check_bytes(&image, TEBIBYTE - 1, 1, 'x');
    check_bytes(&image, TEBIBYTE - 100, 99, 0);
    ck_assert_uint_eq(image.page_count, 1);
    image_reset(&image);
}
END_TEST

START_TEST(clearing_gives_whole_pages_back_and_zeroes_the_others)
{
    struct image image = { 0 };
    uint8_t data[4 * PAGE];
    memset(data, 7, sizeof data);
    image_write(&image, 0, data, sizeof data);
    ck_assert_uint_eq(image.page_count, 4);
    image_clear(&image, 100, 3 * PAGE);
    ck_assert_uint_eq(image.page_count, 2);
    check_bytes(&image, 0, 100, 7);
    check_bytes(&image, 100, 3 * PAGE, 0);
    check_bytes(&image, 3 * PAGE + 100, PAGE - 100, 7);
    image_clear(&image, 1, PAGE - 1);
    check_bytes(&image, 0, 1, 7);
    check_bytes(&image, 1, PAGE - 1, 0);
    image_clear(&image, 0, TEBIBYTE);
    ck_assert_uint_eq(image.page_count, 0);
    image_reset(&image);
}
END_TEST

START_TEST(next_finds_every_held_page_and_skips_the_holes)
{
    struct image image = { 0 };
    uint64_t far = UINT64_C(4500) * PAGE; /* in leaf 8: there is a hole of seven leaves */
    uint64_t offset;
    size_t size;
    image_write(&image, 3 * PAGE + 5, "x", 1);
    image_write(&image, far, "y", 1);
    ck_assert(image_next(&image, 10, TEBIBYTE, &offset, &size));
    ck_assert_uint_eq(offset, 3 * PAGE);
    ck_assert_uint_eq(size, PAGE);
    ck_assert(image_next(&image, 3 * PAGE + 10, 3 * PAGE + 30, &offset, &size));
    ck_assert_uint_eq(offset, 3 * PAGE + 10);
    ck_assert_uint_eq(size, 20);
    ck_assert(image_next(&image, 4 * PAGE, far + 1, &offset, &size));
    ck_assert_uint_eq(offset, far);
    ck_assert_uint_eq(size, 1);
    ck_assert(!image_next(&image, 4 * PAGE, far, &offset, &size));
    ck_assert(!image_next(&image, far + PAGE, TEBIBYTE, &offset, &size));
    image_reset(&image);
}
END_TEST

START_TEST(only_pages_that_are_held_count_as_held)
{
    struct image image = { 0 };
    ck_assert_uint_eq(image_end(&image), 0);
    ck_assert(image_holds(&image, 5, 0));
    ck_assert(!image_holds(&image, 5, 1));
    image_write(&image, 2 * PAGE + 5, "xy", 2);
    ck_assert_uint_eq(image_end(&image), 3 * PAGE);
    ck_assert(image_holds(&image, 2 * PAGE, PAGE));
    ck_assert(!image_holds(&image, 2 * PAGE, PAGE + 1));
    ck_assert(!image_holds(&image, 2 * PAGE - 1, PAGE));
    ck_assert_mem_eq(image_peek(&image, 2 * PAGE + 5), "xy", 2);
    ck_assert_ptr_null(image_peek(&image, PAGE));
    image_write(&image, TEBIBYTE, "z", 1);
    ck_assert_uint_eq(image_end(&image), TEBIBYTE + PAGE);
    image_clear(&image, PAGE, TEBIBYTE);
    ck_assert_uint_eq(image_end(&image), 0);
    image_reset(&image);
}
END_TEST

/* A window that lies across the border of two leaves. */
START_TEST(an_image_is_an_array_of_bytes)
{
    enum { WINDOW = 6 * PAGE };
    const uint64_t start = (uint64_t)IMAGE_LEAF_PAGES * PAGE - 3 * PAGE;
    static uint8_t expected[WINDOW], data[WINDOW];
    struct random_stream stream = random_stream_of(6);
    struct image image = { 0 };
    for (int step = 0; step < 5000; step++) {
        size_t offset = (size_t)random_below(&stream, WINDOW);
        size_t size = (size_t)random_below(&stream, WINDOW - offset + 1);
        if (random_chance(&stream, PROBABILITY_ONE / 2)) {
            memset(data, (int)random_below(&stream, 256), size);
            image_write(&image, start + offset, data, size);
            memcpy(expected + offset, data, size);
        } else {
            image_clear(&image, start + offset, size);
            memset(expected + offset, 0, size);
        }
        offset = (size_t)random_below(&stream, WINDOW);
        size = (size_t)random_below(&stream, WINDOW - offset + 1);
        image_read(&image, start + offset, data, size);
        ck_assert(memcmp(data, expected + offset, size) == 0);
    }
    image_reset(&image);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("image");
    TCase *tests = tcase_create("image");
    tcase_add_test(tests, what_was_never_written_reads_as_zeros_and_takes_no_memory);
    tcase_add_test(tests, a_byte_at_the_end_of_a_tebibyte_takes_one_page);
    tcase_add_test(tests, clearing_gives_whole_pages_back_and_zeroes_the_others);
    tcase_add_test(tests, next_finds_every_held_page_and_skips_the_holes);
    tcase_add_test(tests, only_pages_that_are_held_count_as_held);
    tcase_add_test(tests, an_image_is_an_array_of_bytes);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
