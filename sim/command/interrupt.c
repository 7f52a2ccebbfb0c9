#include "command/interrupt.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "clustersim/protocol.h"

enum { EXIT_OF_SIGNALS = 128 }; /* as shells have it */
enum { PATIENCE_S = 2 };

volatile sig_atomic_t interrupt_signal;
static struct timespec interrupted_at;
static volatile sig_atomic_t again_ends;
static volatile sig_atomic_t guarded;

int interrupt_exit_status(void)
{
    cs_assert(interrupt_signal != 0);
    return EXIT_OF_SIGNALS + interrupt_signal;
}

/* In CPU time, so that a busy machine is no reason to give up; 0: no end. */
static void set_patience(time_t seconds)
{
    setitimer(ITIMER_PROF, &(struct itimerval){ .it_value.tv_sec = seconds }, NULL);
}

void interrupt_guard(bool on)
{
    guarded = on;
    if (interrupt_signal != 0)
        set_patience(on ? PATIENCE_S : 0);
}

/* One request may arrive as two signals, as from timeout(1), which tells the process and then its
 * whole group: what comes within a second of the first is the same request. */
static void take_signal(int signal_number)
{
    static const char hint[] = "\nstopping; once more ends it at once\n";
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (interrupt_signal == 0) {
        interrupted_at = now;
        interrupt_signal = signal_number;
        if (guarded)
            set_patience(PATIENCE_S);
        if (again_ends && write(STDERR_FILENO, hint, sizeof hint - 1) < 0)
            again_ends = true; /* nobody to tell */
        return;
    }
    time_t seconds = now.tv_sec - interrupted_at.tv_sec;
    if (again_ends && (seconds > 1 || (seconds == 1 && now.tv_nsec >= interrupted_at.tv_nsec)))
        _exit(interrupt_exit_status());
}

static void on_signal(int signal_number)
{
    int saved = errno;
    take_signal(signal_number);
    errno = saved;
}

/* One at a time: what a handler keeps is of the first. */
static struct sigaction handler(int flags)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = flags };
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGQUIT);
    sigaddset(&action.sa_mask, SIGHUP);
    return action;
}

void interrupt_catch(enum interrupt_again again)
{
    again_ends = again == INTERRUPT_AGAIN_ENDS;
    struct sigaction action = handler(again_ends ? SA_RESTART : 0);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

void interrupt_catch_hangups(void)
{
    struct sigaction action = handler(0), before;
    sigaction(SIGQUIT, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &action, NULL);
}
