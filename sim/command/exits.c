/* See exits.h.  What the program exports is found before what libraries do (the linker's
 * --dynamic-list), so a plug-in's call comes here; and so does our own, which goes on. */
#include "command/exits.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clustersim/protocol.h"

static void (*told)(const char *function);
static pid_t watched_process;

void exits_watch(void (*tell)(const char *function))
{
    told = tell;
    watched_process = getpid();
}

#if !defined(__SANITIZE_ADDRESS__)
/* Where this program's code begins and ends, by the linker.  To ask the loader would not do in a
 * handler of a signal. */
extern const char code_begin __asm__("__executable_start");
extern const char code_end __asm__("etext");

static bool is_ours(const void *address)
{
    uintptr_t at = (uintptr_t)address;
    return at >= (uintptr_t)&code_begin && at < (uintptr_t)&code_end;
}

/* A library's child that could not become another program is none of our business. */
__attribute__((noreturn)) static void end(int status, const char *function, const void *caller)
{
    if (told != NULL && getpid() == watched_process && !is_ours(caller)) {
        void (*tell)(const char *) = told;
        told = NULL;
        tell(function);
        cs_assert(false && "who is told of an exit ends the process");
    }
    for (;;)
        syscall(SYS_exit_group, status);
}

void _exit(int status) { end(status, "_exit", __builtin_return_address(0)); }
void _Exit(int status) { end(status, "_Exit", __builtin_return_address(0)); }
void quick_exit(int status) { end(status, "quick_exit", __builtin_return_address(0)); }
#endif
