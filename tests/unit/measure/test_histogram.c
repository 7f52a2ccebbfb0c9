/* The histogram against exact sorted values, its laws, and its table as text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/random.h"
#include "measure/histogram.h"
#include "support/suite.h"

enum { VALUES = 5000 };

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Values of all sizes: first how many bits, then which. */
static void draw_values(uint64_t seed, uint64_t *ret_values, size_t count)
{
    struct random_stream stream = random_stream_of(random_key(seed, "histogram", "values"));
    for (size_t i = 0; i < count; i++) {
        unsigned bits = (unsigned)random_below(&stream, 62);
        ret_values[i] = random_below(&stream, (UINT64_C(1) << bits) + 1);
    }
}

START_TEST(percentile_is_the_exact_one_or_above_it_by_less_than_a_128th)
{
    static const uint32_t asked[] = { 1, 10000, 500000, 900000, 990000, 999000, 999900, 1000000 };
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t values[VALUES];
        struct histogram *histogram = histogram_new();
        draw_values(seed, values, VALUES);
        for (size_t i = 0; i < VALUES; i++)
            histogram_add(histogram, values[i]);
        qsort(values, VALUES, sizeof values[0], compare);
        for (size_t p = 0; p < sizeof asked / sizeof asked[0]; p++) {
            size_t rank = (size_t)(((uint64_t)VALUES * asked[p] + 999999) / 1000000);
            uint64_t exact = values[rank - 1];
            uint64_t told = histogram_percentile(histogram, asked[p]);
            ck_assert_msg(told >= exact && told - exact <= exact / 128,
                          "seed %" PRIu64 ", %" PRIu32 " ppm: %" PRIu64 " for %" PRIu64, seed,
                          asked[p], told, exact);
        }
        ck_assert_uint_eq(histogram_percentile(histogram, 1000000), values[VALUES - 1]);
        histogram_free(histogram);
    }
}
END_TEST

START_TEST(small_values_are_kept_exactly)
{
    struct histogram *histogram = histogram_new();
    for (uint64_t value = 0; value < 256; value++)
        histogram_add(histogram, value);
    for (uint32_t value = 0; value < 256; value++)
        ck_assert_uint_eq(histogram_percentile(histogram, (value + 1) * 1000000 / 256), value);
    histogram_free(histogram);
}
END_TEST

START_TEST(percentile_never_lies_above_the_largest_value)
{
    struct histogram *histogram = histogram_new();
    histogram_add(histogram, 1000001);
    ck_assert_uint_eq(histogram_percentile(histogram, 0), 1000001);
    ck_assert_uint_eq(histogram_percentile(histogram, 1000000), 1000001);
    histogram_free(histogram);
}
END_TEST

START_TEST(the_largest_value_is_two_to_the_62)
{
    struct histogram *histogram = histogram_new();
    histogram_add(histogram, UINT64_C(1) << 62);
    histogram_add(histogram, UINT64_C(1) << 62);
    ck_assert_uint_eq(histogram_percentile(histogram, 500000), UINT64_C(1) << 62);
    ck_assert_uint_eq(histogram_mean(histogram), UINT64_C(1) << 62);
    histogram_free(histogram);
}
END_TEST

START_TEST(an_empty_one_tells_zeros)
{
    struct histogram *histogram = histogram_new();
    histogram_add(histogram, 5);
    histogram_reset(histogram);
    ck_assert_uint_eq(histogram_count(histogram), 0);
    ck_assert_uint_eq(histogram_min(histogram), 0);
    ck_assert_uint_eq(histogram_max(histogram), 0);
    ck_assert_uint_eq(histogram_mean(histogram), 0);
    ck_assert_uint_eq(histogram_percentile(histogram, 500000), 0);
    histogram_free(histogram);
}
END_TEST

START_TEST(mean_min_and_max_are_exact)
{
    struct histogram *histogram = histogram_new();
    histogram_add(histogram, 1000000007);
    histogram_add(histogram, 3);
    histogram_add(histogram, 1000000009);
    ck_assert_uint_eq(histogram_mean(histogram), 666666673);
    ck_assert_uint_eq(histogram_min(histogram), 3);
    ck_assert_uint_eq(histogram_max(histogram), 1000000009);
    histogram_free(histogram);
}
END_TEST

/* The table as text.  The caller frees it. */
static char *table_of(const struct histogram *histogram, uint64_t unit)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(file);
    histogram_write(histogram, unit, file);
    fclose(file);
    return text;
}

/* 1 to 10 ms, and one of 100 ms.  The rows are HdrHistogram's for five ticks per half distance. */
START_TEST(table_is_in_the_hgrm_format)
{
    struct histogram *histogram = histogram_new();
    for (uint64_t value = 1; value <= 10; value++)
        histogram_add(histogram, value * 10);
    histogram_add(histogram, 1000);
    char *table = table_of(histogram, 10);
    ck_assert_str_eq(table, "       Value     Percentile TotalCount 1/(1-Percentile)\n"
                            "\n"
                            "       1.000 0.000000000000          1           1.00\n"
                            "       2.000 0.100000000000          2           1.11\n"
                            "       3.000 0.200000000000          3           1.25\n"
                            "       4.000 0.300000000000          4           1.43\n"
                            "       5.000 0.400000000000          5           1.67\n"
                            "       6.000 0.500000000000          6           2.00\n"
                            "       7.000 0.550000000000          7           2.22\n"
                            "       7.000 0.600000000000          7           2.50\n"
                            "       8.000 0.650000000000          8           2.86\n"
                            "       8.000 0.700000000000          8           3.33\n"
                            "       9.000 0.750000000000          9           4.00\n"
                            "       9.000 0.775000000000          9           4.44\n"
                            "       9.000 0.800000000000          9           5.00\n"
                            "      10.000 0.825000000000         10           5.71\n"
                            "      10.000 0.850000000000         10           6.67\n"
                            "      10.000 0.875000000000         10           8.00\n"
                            "      10.000 0.887500000000         10           8.89\n"
                            "      10.000 0.900000000000         10          10.00\n"
                            "     100.000 0.912500000000         11          11.43\n"
                            "     100.000 1.000000000000         11            inf\n"
                            "#[Mean    =       14.000, StdDeviation   =       27.300]\n"
                            "#[Max     =      100.000, Total count    =           11]\n"
                            "#[Buckets =           57, SubBuckets     =          128]\n");
    free(table);
    histogram_free(histogram);
}
END_TEST

START_TEST(an_empty_table_has_no_rows)
{
    struct histogram *histogram = histogram_new();
    char *table = table_of(histogram, 1000000);
    ck_assert_str_eq(table, "       Value     Percentile TotalCount 1/(1-Percentile)\n"
                            "\n"
                            "#[Mean    =        0.000, StdDeviation   =        0.000]\n"
                            "#[Max     =        0.000, Total count    =            0]\n"
                            "#[Buckets =           57, SubBuckets     =          128]\n");
    free(table);
    histogram_free(histogram);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("histogram");
    TCase *tests = tcase_create("histogram");
    tcase_add_test(tests, percentile_is_the_exact_one_or_above_it_by_less_than_a_128th);
    tcase_add_test(tests, small_values_are_kept_exactly);
    tcase_add_test(tests, percentile_never_lies_above_the_largest_value);
    tcase_add_test(tests, the_largest_value_is_two_to_the_62);
    tcase_add_test(tests, an_empty_one_tells_zeros);
    tcase_add_test(tests, mean_min_and_max_are_exact);
    tcase_add_test(tests, table_is_in_the_hgrm_format);
    tcase_add_test(tests, an_empty_table_has_no_rows);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
