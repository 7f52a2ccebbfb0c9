#include "command/progress.h"

#include <stdio.h>
#include <unistd.h>

void progress_show(void *argument, uint64_t now_ns, uint64_t end_ns)
{
    struct progress *progress = argument;
    gint64 now = g_get_monotonic_time();
    if (now < progress->next_us)
        return;
    progress->next_us = now + progress->gap_us;
    if (!progress->terminal)
        progress->gap_us *= 2;
    progress->shown = true;
    /* What is open then, and the last reads, take what they take beyond the end. */
    bool beyond = now_ns > end_ns;
    unsigned percent = beyond || end_ns == 0 ? 100 : (unsigned)(now_ns * 100 / end_ns);
    fprintf(stderr, "%s%3u %%  %.1f of %.1f s %s%s%s", progress->terminal ? "\r\033[K" : "",
            percent, (double)MIN(now_ns, end_ns) / 1e9, (double)end_ns / 1e9, progress->what,
            beyond ? ", closing" : "", progress->terminal ? "" : "\n");
}

void progress_begin(struct progress *progress)
{
    gint64 now = g_get_monotonic_time();
    bool terminal = isatty(STDERR_FILENO);
    gint64 first = terminal ? 300000 : 2000000;
    *progress = (struct progress){ .begun_us = now,
                                   .next_us = now + first,
                                   .gap_us = terminal ? 100000 : 4000000,
                                   .terminal = terminal,
                                   .what = "simulated" };
}

void progress_end(const struct progress *progress)
{
    if (progress->shown && progress->terminal)
        fputs("\r\033[K", stderr);
}
