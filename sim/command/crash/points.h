/* sweep --crash-points: a crash at every place where one can come.
 *
 * One run without a crash is recorded: every step of every server, and its boundaries, before,
 * between and behind its effects.  Then the scenario runs once for each boundary and each fate of
 * what was not flushed, with one more fault in its timeline: a power loss in that step, behind so
 * many effects.  Up to there the runs are the same, so the step is the same one.
 *
 * Boundaries between which nothing is felt outside the process's memory are one, and where nothing
 * is unflushed all fates are one.  Which process runs what when decides nothing: results are kept
 * by number, and told in order. */
#ifndef COMMAND_CRASH_POINTS_H
#define COMMAND_CRASH_POINTS_H
#include <glib.h>
#include <jansson.h>

#include "command/shrink/shrink.h"
#include "scenario/plan.h"

struct crash_point {
    uint32_t instance, effect;
    uint64_t step, step_ns, at_ns;
    bool unflushed;       /* on the disks of its machine */
    char *input;          /* of the step, as a narration tells it */
    char *before, *after; /* the effects around it; NULL: the step has none there */
};

struct crash_window {
    const char *const *instances; /* names, NULL-terminated; NULL: every server */
    uint64_t from_ns, to_ns;
};

struct crash_record {
    GArray *points;             /* struct crash_point, in the order of the run */
    uint64_t boundaries;        /* those that were merged, too */
    GPtrArray *checks;          /* that were violated without any crash, each once */
    GPtrArray *details;         /* of the first finding of each */
    enum verdict verdict;       /* of that run */
    uint32_t instances_crashed; /* that have a point */
};

/* Without points. */
void crash_record_init(struct crash_record *ret_record);
/* Run the plan as it is. */
void crash_record_make(const struct plan *plan, const struct crash_window *window,
                       struct crash_record *ret_record);
void crash_record_done(struct crash_record *record);

/* For another process. */
json_t *crash_record_json(const struct crash_record *record);
void crash_record_of(const json_t *told, struct crash_record *ret_record);

/* One crash: a point and what becomes of unflushed data there, as a scenario says it. */
struct crash_run {
    const struct crash_point *point;
    const char *disk;
};

struct crash_world {
    const char *path;           /* the scenario, which file names in it count from */
    const char *const *plugins; /* NULL-terminated, or NULL */
    const struct cs_protocol *const *protocols;
    const struct plan *plan;
    const json_t *scenario; /* the plan's, without what it expects */
    uint64_t down_ns;
};

/* The scenario with that crash in its timeline.  The caller's. */
json_t *crash_scenario(const struct crash_world *world, const struct crash_run *run);
/* Its run: {"verdict": …, "came": whether the crash came, "findings": […], "doubt": …}. */
json_t *crash_trial(const struct crash_world *world, const struct crash_run *run);

/* ---- What came out --------------------------------------------------------------------------- */

struct crash_report {
    const struct crash_world *world;
    const struct crash_record *record;
    const GArray *runs; /* struct crash_run */
    json_t **results;   /* of the first `done` runs */
    size_t done;
    const char *folder;
    bool json, dry_run, interrupted;
};

/* Write a scenario for each finding, say what was found, and return what to exit with. */
int crash_tell(const struct crash_report *report);

/* The verb sweep with --crash-points. */
struct verb;
int crash_points_main(const struct verb *verb, int argc, char **argv,
                      const struct cs_protocol *const *protocols);

#endif
