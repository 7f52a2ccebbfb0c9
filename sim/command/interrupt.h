/* SIGINT and SIGTERM, and for some verbs SIGHUP and SIGQUIT: a request to stop, which a verb
 * notices when it next looks. */
#ifndef COMMAND_INTERRUPT_H
#define COMMAND_INTERRUPT_H
#include <signal.h>
#include <stdbool.h>

/* The signal that asked, or 0. */
extern volatile sig_atomic_t interrupt_signal;

/* From now on take note of both signals.  With INTERRUPT_AGAIN_ENDS, asking a second time ends the
 * process at once, with nothing more written; the first request says so on standard error. */
enum interrupt_again { INTERRUPT_AGAIN_IGNORED, INTERRUPT_AGAIN_ENDS };
void interrupt_catch(enum interrupt_again again);

/* Between guard(true) and guard(false) whoever is asked looks every few milliseconds: a process
 * that goes on for two seconds of CPU time after the first request gets SIGPROF. */
void interrupt_guard(bool on);

/* Take note of SIGHUP, unless it is ignored already, and SIGQUIT in the same way: for verbs that
 * would leave processes and files behind. */
void interrupt_catch_hangups(void);

/* What a process exits with that a signal has ended early: 130 or 143, 129 or 131. */
int interrupt_exit_status(void);

#endif
