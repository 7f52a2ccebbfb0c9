/* See divergence.h. */
#include "command/determinism/divergence.h"

#include <inttypes.h>
#include <string.h>

#include "host/describe.h"

enum { SHOWN_BEFORE = 3 }; /* equal records before the first that differs */

void divergence_init(struct divergence *divergence, const struct digest_log *first)
{
    *divergence = (struct divergence){
        .first = first,
        .window = g_array_new(FALSE, FALSE, sizeof(struct trace_record)),
        .events = g_array_new(FALSE, FALSE, sizeof(uint64_t)),
        .marks = g_string_new(NULL),
    };
}

void divergence_done(struct divergence *divergence)
{
    g_array_free(divergence->window, TRUE);
    g_array_free(divergence->events, TRUE);
    g_string_free(divergence->marks, TRUE);
}

/* ---- Watching -------------------------------------------------------------------------------- */

const struct trace_record *divergence_record(const struct divergence *divergence, uint64_t number)
{
    if (number < divergence->window_first ||
        number - divergence->window_first >= divergence->window->len)
        return NULL;
    return &g_array_index(divergence->window, struct trace_record,
                          number - divergence->window_first);
}

uint64_t divergence_event(const struct divergence *divergence, uint64_t number)
{
    const GArray *events = divergence->events;
    uint64_t place = number - divergence->window_first;
    cs_assert(number >= divergence->window_first);
    if (events->len == 0)
        return cluster_events(divergence->cluster);
    return g_array_index(events, uint64_t, MIN(place, events->len - 1));
}

/* The first record of the window whose mark differs, or that one of the runs does not have. */
static uint64_t marked_record(const struct divergence *divergence)
{
    const GString *theirs = divergence->first->marks;
    uint64_t number = divergence->window_first;
    if (theirs->len == 0)
        return UINT64_MAX;
    for (guint i = 0; i < divergence->marks->len && number < theirs->len; i++, number++) {
        if (divergence->marks->str[i] != theirs->str[number])
            break;
    }
    return number;
}

/* The window holds the first record that differs.  A run that has ended earlier differs where it
 * has no record left. */
static void pin_down(struct divergence *divergence)
{
    const struct digest_log *log = divergence->first;
    uint64_t end = divergence->window_first + divergence->window->len;
    divergence->found = true;
    divergence->number = divergence->window_first;
    divergence->window_end = end;
    divergence->marked = marked_record(divergence);
    for (uint64_t n = divergence->window_first; n <= end; n++) {
        const struct trace_record *theirs = digest_log_record(log, n);
        const struct trace_record *ours = divergence_record(divergence, n);
        bool over = n == log->count; /* the first run had no more */
        if (theirs == NULL && !over)
            return;
        if (theirs == NULL || ours == NULL || memcmp(theirs, ours, sizeof *ours) != 0) {
            divergence->exact = true;
            divergence->number = n;
            return;
        }
    }
}

static void open_window(struct divergence *divergence, uint64_t first)
{
    divergence->window_first = first;
    divergence->mark_state = 0;
    g_array_set_size(divergence->window, 0);
    g_array_set_size(divergence->events, 0);
    g_string_truncate(divergence->marks, 0);
}

void divergence_add(struct divergence *divergence, const struct trace_record *record)
{
    if (divergence->found)
        return;
    struct trace *trace = cluster_trace(divergence->cluster);
    g_array_append_val(divergence->window, *record);
    uint64_t event = cluster_events(divergence->cluster);
    g_array_append_val(divergence->events, event);
    g_string_append_c(divergence->marks, digest_log_mark(&divergence->mark_state, record));
    uint64_t count = trace_count(trace);
    if (count % DIGEST_LOG_EVERY != 0)
        return;
    uint64_t index = count / DIGEST_LOG_EVERY - 1;
    const GArray *checkpoints = divergence->first->checkpoints;
    if (index < checkpoints->len &&
        g_array_index(checkpoints, uint64_t, index) == trace_digest(trace)) {
        open_window(divergence, count);
    } else {
        pin_down(divergence);
        if (!divergence->goes_on)
            cluster_halt(divergence->cluster);
    }
}

void divergence_watch(struct divergence *divergence, struct cluster *cluster)
{
    cs_assert(trace_count(cluster_trace(cluster)) == 0);
    divergence->cluster = cluster;
    divergence->found = false;
    divergence->exact = false;
    open_window(divergence, 0);
}

bool divergence_end(struct divergence *divergence)
{
    struct trace *trace = cluster_trace(divergence->cluster);
    bool equal = trace_count(trace) == divergence->first->count &&
                 trace_digest(trace) == divergence->first->digest;
    if (!divergence->found && !equal)
        pin_down(divergence);
    cs_assert(divergence->found == !equal);
    return divergence->found;
}

/* ---- Telling --------------------------------------------------------------------------------- */

/* A record as describe.c says it, without the line's end.  The caller frees it. */
static char *line_of(const struct divergence *divergence, const struct trace_record *record)
{
    if (record == NULL)
        return g_strdup("nothing: the run is over");
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    cs_assert(file != NULL);
    describe_record(divergence->cluster, record, file);
    fclose(file);
    char *line = g_strdup(g_strchomp(text));
    free(text);
    return line;
}

/* The same on one line of a sentence. */
static char *phrase_of(const struct divergence *divergence, const struct trace_record *record)
{
    g_autofree char *line = line_of(divergence, record);
    g_auto(GStrv) words = g_regex_split_simple(" +", g_strchug(line), 0, 0);
    return g_strjoinv(" ", words);
}

char *divergence_summary(const struct divergence *divergence)
{
    uint64_t number = divergence->number;
    if (!divergence->exact) {
        cs_assert(divergence->window_end > number);
        return g_strdup_printf("they part among records %" PRIu64 " to %" PRIu64, number,
                               divergence->window_end - 1);
    }
    g_autofree char *first = phrase_of(divergence, digest_log_record(divergence->first, number));
    g_autofree char *second = phrase_of(divergence, divergence_record(divergence, number));
    return g_strdup_printf("they part at record %" PRIu64 ": \"%s\" is \"%s\" in the other", number,
                           first, second);
}

/* Which fields differ, for two lines may well look alike: contents are only hashed. */
static void print_fields(const struct trace_record *a, const struct trace_record *b, FILE *file)
{
    fputs("  they differ in", file);
    if (a->at != b->at)
        fprintf(file, " the time (%+" PRId64 " ns);", (int64_t)(b->at - a->at));
    if (a->instance != b->instance)
        fputs(" the instance;", file);
    if (a->kind != b->kind)
        fputs(" the kind;", file);
    if (a->detail != b->detail)
        fprintf(file, " the detail (%u, %u);", a->detail, b->detail);
    if (a->a != b->a)
        fprintf(file, " a (%" PRIx64 ", %" PRIx64 ");", a->a, b->a);
    if (a->b != b->b)
        fprintf(file, " b, mostly a hash of contents (%" PRIx64 ", %" PRIx64 ");", a->b, b->b);
    fputc('\n', file);
}

void divergence_print(const struct divergence *divergence, const char *name_first,
                      const char *name_second, FILE *file)
{
    uint64_t number = divergence->number;
    if (!divergence->exact) {
        g_autofree char *summary = divergence_summary(divergence);
        fprintf(file, "%s\n", summary);
        return;
    }
    fprintf(file, "they part at record %" PRIu64 ":\n", number);
    for (uint64_t n = number > SHOWN_BEFORE ? number - SHOWN_BEFORE : 0; n < number; n++) {
        const struct trace_record *record = divergence_record(divergence, n);
        if (record == NULL)
            record = digest_log_record(divergence->first, n);
        if (record == NULL)
            continue;
        g_autofree char *line = line_of(divergence, record);
        fprintf(file, "  %-8s %s\n", "both", line);
    }
    const struct trace_record *theirs = digest_log_record(divergence->first, number);
    const struct trace_record *ours = divergence_record(divergence, number);
    g_autofree char *line_first = line_of(divergence, theirs);
    g_autofree char *line_second = line_of(divergence, ours);
    fprintf(file, "  %-8s %s\n  %-8s %s\n", name_first, line_first, name_second, line_second);
    if (theirs != NULL && ours != NULL)
        print_fields(theirs, ours, file);
}
