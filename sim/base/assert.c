#include "base/assert.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "clustersim/protocol.h"

static assert_hook hook;
static void *hook_argument;
static bool failing; /* an assertion that fails inside the hook must not call it again */

void assert_set_hook(assert_hook new_hook, void *argument)
{
    hook = new_hook;
    hook_argument = argument;
}

_Noreturn void cs_assert_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, expression);
    fflush(stderr);
    if (!failing && hook != NULL) {
        failing = true;
        hook(hook_argument);
        fflush(stderr);
    }
    abort();
}
