/* Run a command and kill it as its Nth call that changes a file begins:
 *
 *     die_at N COMMAND…
 *
 * Only the process itself is counted and killed (SIGKILL), not its children.  Ends with status 9 if
 * it was killed, else with the command's own, or 77 where processes cannot be traced. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 9, SKIP = 77, BROKEN = 99, TRACED_STOP = SIGTRAP | 0x80 };

static bool changes_a_file(unsigned long call)
{
    static const unsigned long calls[] = {
        SYS_write,     SYS_pwrite64, SYS_writev,  SYS_ftruncate,
        SYS_renameat2, SYS_unlinkat, SYS_mkdirat,
#ifdef SYS_renameat
        SYS_renameat,
#endif
#ifdef SYS_rename
        SYS_rename,    SYS_unlink,   SYS_mkdir,
#endif
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (calls[i] == call)
            return true;
    }
    return false;
}

static bool begins_a_change(pid_t process)
{
    struct __ptrace_syscall_info info;
    long size = ptrace(PTRACE_GET_SYSCALL_INFO, process, sizeof info, &info);
    return size > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY && changes_a_file(info.entry.nr);
}

static int wait_for(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR)
            exit(BROKEN);
    }
    return status;
}

static int follow(pid_t process, unsigned long last)
{
    unsigned long count = 0;
    (void)wait_for(process); /* it has begun */
    ptrace(PTRACE_SETOPTIONS, process, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    for (int deliver = 0;;) {
        ptrace(PTRACE_SYSCALL, process, 0, deliver);
        int status = wait_for(process);
        if (WIFEXITED(status))
            return WEXITSTATUS(status);
        if (WIFSIGNALED(status))
            return 128 + WTERMSIG(status);
        deliver = WSTOPSIG(status);
        if (deliver == SIGTRAP)
            deliver = 0; /* its execve() */
        if (deliver != TRACED_STOP)
            continue;
        deliver = 0;
        if (begins_a_change(process) && ++count == last) {
            kill(process, SIGKILL);
            (void)wait_for(process);
            return KILLED;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return BROKEN;
    pid_t process = fork();
    if (process == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            _exit(SKIP);
        execv(argv[2], argv + 2);
        _exit(BROKEN);
    }
    return process < 0 ? BROKEN : follow(process, strtoul(argv[1], NULL, 10));
}
