#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "clustersim/protocol.h"
#include "support/suite.h"

/* What a child that runs `body` writes to standard error; it must die of SIGABRT. */
static const char *last_words(void (*body)(void))
{
    static char words[4096];
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        body();
        _exit(0);
    }
    close(ends[1]);
    size_t size = 0;
    ssize_t got;
    while ((got = read(ends[0], words + size, sizeof(words) - 1 - size)) > 0)
        size += (size_t)got;
    words[size] = '\0';
    close(ends[0]);

    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGABRT);
    return words;
}

static void say(void *argument) { fprintf(stderr, "%s\n", (const char *)argument); }

static void say_and_fail(void *argument)
{
    say(argument);
    cs_assert_failed("inner", "hook.c", 9);
}

static void fail_plainly(void) { cs_assert_failed("a < b", "queue.c", 12); }

static void fail_with_hook(void)
{
    assert_set_hook(say, "seed 0x2a");
    fail_plainly();
}

static void fail_after_hook_was_removed(void)
{
    assert_set_hook(say, "seed 0x2a");
    assert_set_hook(NULL, NULL);
    fail_plainly();
}

static void fail_in_hook(void)
{
    assert_set_hook(say_and_fail, "seed 0x2a");
    fail_plainly();
}

START_TEST(a_failure_names_the_expression_and_the_place)
{
    ck_assert_str_eq(last_words(fail_plainly), "queue.c:12: assertion failed: a < b\n");
}
END_TEST

START_TEST(the_hook_speaks_after_the_place)
{
    ck_assert_str_eq(last_words(fail_with_hook),
                     "queue.c:12: assertion failed: a < b\nseed 0x2a\n");
}
END_TEST

START_TEST(a_removed_hook_is_silent)
{
    ck_assert_str_eq(last_words(fail_after_hook_was_removed),
                     "queue.c:12: assertion failed: a < b\n");
}
END_TEST

START_TEST(a_failure_inside_the_hook_ends_it)
{
    ck_assert_str_eq(last_words(fail_in_hook), "queue.c:12: assertion failed: a < b\nseed 0x2a\n"
                                               "hook.c:9: assertion failed: inner\n");
}
END_TEST

START_TEST(a_true_condition_is_evaluated_once)
{
    int evaluations = 0;
    cs_assert(++evaluations == 1);
    ck_assert_int_eq(evaluations, 1);
}
END_TEST

START_TEST(a_false_condition_aborts) { cs_assert(1 + 1 == 3); }
END_TEST

int main(void)
{
    Suite *suite = suite_create("assert");
    TCase *tcase = tcase_create("assert");
    tcase_add_test(tcase, a_failure_names_the_expression_and_the_place);
    tcase_add_test(tcase, the_hook_speaks_after_the_place);
    tcase_add_test(tcase, a_removed_hook_is_silent);
    tcase_add_test(tcase, a_failure_inside_the_hook_ends_it);
    tcase_add_test(tcase, a_true_condition_is_evaluated_once);
    tcase_add_test_raise_signal(tcase, a_false_condition_aborts, SIGABRT);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
