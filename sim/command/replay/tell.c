/* See replay_tell.h. */
#include "command/replay/tell.h"

#include <inttypes.h>
#include <stdlib.h>

#include "command/command.h"
#include "command/summary.h"
#include "host/describe.h"
#include "report/report.h"

enum { RECORDS_SHOWN = 3 }; /* before the first that differs */

/* ---- The difference -------------------------------------------------------------------------- */

/* The first record that differs, as far as it can be told; UINT64_MAX if only that some do. */
static uint64_t differing_record(const struct divergence *divergence)
{
    if (divergence == NULL)
        return UINT64_MAX;
    return divergence->exact ? divergence->number : divergence->marked;
}

/* A record of this run as describe.c says it, without spaces around.  g_free. */
static char *record_text(const struct divergence *divergence, uint64_t number)
{
    const struct trace_record *record = divergence_record(divergence, number);
    char *text = NULL;
    size_t size = 0;
    FILE *file = record != NULL ? open_memstream(&text, &size) : NULL;
    if (file == NULL)
        return g_strdup("nothing: the run is over");
    describe_record(divergence->cluster, record, file);
    fclose(file);
    char *line = g_strdup(g_strstrip(text));
    free(text);
    return line;
}

/* When, in this run; or when it was over. */
static uint64_t record_at(const struct divergence *divergence, uint64_t number)
{
    const struct trace_record *record = divergence_record(divergence, number);
    return record != NULL ? record->at : cluster_now(divergence->cluster);
}

void replay_print_difference(const struct replay_outcome *outcome, FILE *file)
{
    cs_assert(outcome->differs);
    cs_assert(outcome->recorded != NULL);
    const struct divergence *divergence = outcome->divergence;
    uint64_t number = differing_record(divergence);
    fprintf(file, "the run differs from what was recorded: digest xxh3:%016" PRIx64 ", not %s\n",
            outcome->simulation->digest,
            json_string_value(json_object_get(outcome->recorded->run, "digest")));
    if (number == UINT64_MAX) {
        fputs("where is not known: the folder has no digest.log with marks\n", file);
        return;
    }
    uint64_t at_ns = record_at(divergence, number);
    fprintf(file,
            "it first differs at event %" PRIu64 ", at %" PRIu64 ".%09" PRIu64 " s (record %" PRIu64
            "):\n",
            divergence_event(divergence, number), at_ns / 1000000000, at_ns % 1000000000, number);
    for (uint64_t n = number - MIN(number, RECORDS_SHOWN); n <= number; n++) {
        if (n < number && divergence_record(divergence, n) == NULL)
            continue;
        g_autofree char *line = record_text(divergence, n);
        fprintf(file, "  %s  %s\n", n < number ? "both" : "now ", line);
    }
}

static json_t *difference_json(const struct replay_outcome *outcome)
{
    uint64_t number = differing_record(outcome->divergence);
    if (!outcome->differs || number == UINT64_MAX)
        return json_null();
    g_autofree char *text = record_text(outcome->divergence, number);
    return json_pack("{s:I, s:I, s:I, s:s}", "event",
                     (json_int_t)divergence_event(outcome->divergence, number), "record",
                     (json_int_t)number, "at_ns",
                     (json_int_t)record_at(outcome->divergence, number), "now", text);
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void print_moment(const struct moment *moment, FILE *file)
{
    fprintf(file, "at %" PRIu64 ".%09" PRIu64 " s, after event %" PRIu64 ":\n",
            moment->at_ns / 1000000000, moment->at_ns % 1000000000, moment->event);
    for (guint i = 0; i < moment->states->len; i++)
        fputs(g_ptr_array_index(moment->states, i), file);
    fprintf(file, "in flight, %zu:\n%s", moment->flight_count, text_string(&moment->flight));
}

static void print_around(const struct story *story, FILE *file)
{
    cs_assert(story->before->len <= story->around->len);
    fprintf(file, "the trace around it:\n%s", story->before->str);
    fprintf(file, "-------- here\n%s", story->around->str + story->before->len);
}

static void print_summary(const struct replay_outcome *outcome, FILE *file)
{
    const struct simulation *simulation = outcome->simulation;
    struct run_report report = { .build_id = outcome->build };
    run_report_init(&report, simulation->plan, simulation->cluster, simulation->history,
                    simulation->samples, simulation->timeline, simulation->verifier);
    summary_print(simulation, report.metrics, NULL, (double)outcome->wall_us / 1e6, file);
    run_report_done(&report);
    if (outcome->recorded != NULL) {
        fprintf(file, "  replay        %s\n",
                outcome->differs ? "DIFFERS from what was recorded" : "as recorded, to the digest");
    }
}

void replay_print(const struct replay_outcome *outcome, FILE *file)
{
    if (outcome->moment->reached)
        print_moment(outcome->moment, file);
    if (outcome->story->captured)
        print_around(outcome->story, file);
    print_summary(outcome, file);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Lines of text as an array. */
static json_t *lines_json(const char *text)
{
    json_t *list = json_array();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *valid = g_utf8_make_valid(*line, -1);
        if (line[1] != NULL || **line != '\0')
            json_array_append_new(list, json_string(valid));
    }
    return list;
}

static json_t *moment_json(const struct moment *moment)
{
    json_t *nodes = json_object();
    if (!moment->reached) {
        json_decref(nodes);
        return json_null();
    }
    cs_assert(moment->names->len == moment->states->len);
    for (guint i = 0; i < moment->states->len; i++) {
        json_object_set_new(nodes, g_ptr_array_index(moment->names, i),
                            lines_json(g_ptr_array_index(moment->states, i)));
    }
    return json_pack("{s:I, s:I, s:o, s:o}", "at_ns", (json_int_t)moment->at_ns, "event",
                     (json_int_t)moment->event, "nodes", nodes, "in_flight",
                     lines_json(text_string(&moment->flight)));
}

static json_t *around_json(const struct story *story)
{
    if (!story->captured)
        return json_null();
    return json_pack("{s:o, s:o}", "before", lines_json(story->before->str), "after",
                     lines_json(story->around->str + story->before->len));
}

json_t *replay_json(const struct replay_outcome *outcome)
{
    const struct simulation *simulation = outcome->simulation;
    g_autofree char *seed = g_strdup_printf("0x%016" G_GINT64_MODIFIER "x", simulation->plan->seed);
    g_autofree char *digest =
        g_strdup_printf("xxh3:%016" G_GINT64_MODIFIER "x", simulation->digest);
    json_t *recorded = json_null();
    if (outcome->recorded != NULL) {
        const json_t *run = outcome->recorded->run;
        recorded =
            json_pack("{s:O, s:O, s:O}", "build", json_object_get(run, "build"), "digest",
                      json_object_get(run, "digest"), "verdict", json_object_get(run, "verdict"));
    }
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "format", 1,
                     "scenario", simulation->plan->name, "seed", seed, "build", outcome->build,
                     "digest", digest, "verdict", verdict_name(simulation->verdict), "recorded",
                     recorded, "same",
                     outcome->recorded == NULL ? json_null() : json_boolean(!outcome->differs),
                     "differs", difference_json(outcome), "at", moment_json(outcome->moment),
                     "around", around_json(outcome->story));
}
