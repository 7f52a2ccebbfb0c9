/* What a long run says on standard error while it lasts. */
#ifndef COMMAND_PROGRESS_H
#define COMMAND_PROGRESS_H
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct progress {
    gint64 begun_us, next_us, gap_us;
    bool terminal, shown;
    const char *what; /* the time that passes: "simulated", "live" */
};

void progress_begin(struct progress *progress);
/* For simulation_options.on_progress: `argument` is the struct progress. */
void progress_show(void *argument, uint64_t now_ns, uint64_t end_ns);
void progress_end(const struct progress *progress);

#endif
