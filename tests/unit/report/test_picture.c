/* The picture of operations that no order explains. */
#include <stdio.h>
#include <string.h>

#include "report/picture.h"
#include "support/suite.h"

static char *drawn(const struct picture *picture)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(file);
    picture_write(picture, file);
    ck_assert_int_eq(fclose(file), 0);
    return text;
}

static void add(struct picture *picture, const char *words, uint64_t from, uint64_t to)
{
    const struct picture_call call = {
        .lane = g_strdup("session 7"),
        .words = g_strdup(words),
        .tip = g_strdup_printf("tip of %s", words),
        .called_at = from,
        .returned_at = to,
        .called = from,
        .returned = to,
        .open = to == UINT64_MAX,
        .impossible = strcmp(words, "wrong") == 0,
    };
    picture_add_call(picture, &call);
}

static struct picture *begin(void)
{
    struct picture *picture = picture_new();
    picture->title = g_strdup("title");
    picture->subtitle = g_strdup("subtitle");
    return picture;
}

static void expect(const struct picture *picture, const char *part, bool there)
{
    char *text = drawn(picture);
    ck_assert_msg((strstr(text, part) != NULL) == there, "\"%s\" in %s", part, text);
    free(text);
}

static void expect_name(const char *key, size_t size, const char *name)
{
    g_autofree char *file = picture_file_name("linearizable", key, size);
    ck_assert_str_eq(file, name);
}

START_TEST(a_key_cannot_leave_the_folder)
{
    expect_name("k-1_A", 5, "evidence/linearizable-k-1_A.svg");
    expect_name("../../x", 7, "evidence/linearizable-%2E%2E%2F%2E%2E%2Fx.svg");
    expect_name("a\0b", 3, "evidence/linearizable-a%00b.svg");
    expect_name("", 0, "evidence/linearizable-.svg");
    char key[300];
    memset(key, '/', sizeof key);
    g_autofree char *file = picture_file_name("linearizable", key, sizeof key);
    g_autofree char *other = picture_file_name("linearizable", key, sizeof key - 1);
    ck_assert_uint_lt(strlen(file), 120);
    ck_assert_str_ne(file, other);
}
END_TEST

START_TEST(what_is_unknown_is_open_to_the_right)
{
    struct picture *picture = begin();
    add(picture, "lost", 1, UINT64_MAX);
    add(picture, "wrong", 2, 3);
    expect(picture, "<title>tip of lost</title><path d=\"M1560,", true);
    expect(picture, "<title>tip of wrong</title><rect ", true);
    expect(picture, ">impossible</text></g>", false);
    expect(picture, "stroke=\"#D55E00\" stroke-width=\"5\" fill=\"none\"/><text ", true);
    picture_free(picture);
}
END_TEST

START_TEST(faults_outside_the_window_are_not_drawn)
{
    struct picture *picture = begin();
    add(picture, "wrong", 1000, 2000);
    const struct picture_band before = { g_strdup("before"), 10, 20 };
    const struct picture_band during = { g_strdup("during"), 20, UINT64_MAX };
    const struct picture_band after = { g_strdup("after"), 2001, UINT64_MAX };
    picture_add_band(picture, &before);
    picture_add_band(picture, &during);
    picture_add_band(picture, &after);
    expect(picture, "fault: during", true);
    expect(picture, "fault during, from 0.00000002 s to the end", true);
    expect(picture, "fault: before", false);
    expect(picture, "fault: after", false);
    picture_free(picture);
}
END_TEST

START_TEST(text_is_escaped)
{
    struct picture *picture = begin();
    add(picture, "a<b>&\"c\"\x01\xff", 1, 2);
    expect(picture, "a&lt;b&gt;&amp;&quot;c&quot;\xef\xbf\xbd\xef\xbf\xbd", true);
    expect(picture, "\x01", false);
    picture_free(picture);
}
END_TEST

START_TEST(more_than_a_slide_holds_is_left_out_and_told)
{
    struct picture *picture = begin();
    add(picture, "wrong", 1, 5000);
    for (uint64_t i = 1; i <= 70; i++)
        add(picture, "write", i * 10, i * 10 + 5);
    expect(picture, "10 earlier operations are not drawn.", true);
    expect(picture, "tip of wrong", true);
    picture_free(picture);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report picture");
    TCase *tests = tcase_create("pictures");
    tcase_add_test(tests, a_key_cannot_leave_the_folder);
    tcase_add_test(tests, what_is_unknown_is_open_to_the_right);
    tcase_add_test(tests, faults_outside_the_window_are_not_drawn);
    tcase_add_test(tests, text_is_escaped);
    tcase_add_test(tests, more_than_a_slide_holds_is_left_out_and_told);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
