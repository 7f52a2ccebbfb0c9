/* What every test program ends with. */
#ifndef TEST_SUITE_H
#define TEST_SUITE_H
#include <check.h>
#include <stdlib.h>

/* As ck_assert(), but costs nothing while it holds, for loops of millions: ck_assert() tells its
 * parent process of every one. */
#define suite_require(condition)                                                                   \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("Requirement '%s' failed", #condition);                                   \
    } while (0)

/* Run the suite as the environment says (CK_*) and return the exit status. */
static inline int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
