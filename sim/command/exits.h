/* Who ends the process without a word: _exit(), _Exit() and quick_exit() are this program's own, so
 * that a plug-in that calls one of them is found out.  exit() needs no such thing: atexit() hears
 * of it. */
#ifndef COMMAND_EXITS_H
#define COMMAND_EXITS_H

/* From now on `tell` is called, and must not return, with the function's name when another object
 * than this program calls one of them in this process.  NULL: nobody is. */
void exits_watch(void (*tell)(const char *function));

#endif
