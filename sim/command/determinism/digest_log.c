/* See digest_log.h. */
#include "command/determinism/digest_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clustersim/protocol.h"

_Static_assert(DIGEST_LOG_EVERY % TRACE_KEPT == 0, "a checkpoint hashes no half ring");

#define TITLE "clustersim digest log 1"

struct digest_log *digest_log_new(const char *scenario, uint64_t seed, uint64_t first,
                                  uint64_t kept_max)
{
    struct digest_log *log = g_new0(struct digest_log, 1);
    cs_assert(kept_max <= DIGEST_LOG_KEPT);
    log->scenario = g_strdup(scenario);
    log->seed = seed;
    log->instances = g_ptr_array_new_with_free_func(g_free);
    log->first = first;
    log->kept_max = kept_max;
    log->checkpoints = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    log->records = g_array_new(FALSE, FALSE, sizeof(struct trace_record));
    log->marks = g_string_new(NULL);
    return log;
}

void digest_log_free(struct digest_log *log)
{
    if (log == NULL)
        return;
    g_array_free(log->checkpoints, TRUE);
    g_array_free(log->records, TRUE);
    g_ptr_array_free(log->instances, TRUE);
    g_string_free(log->marks, TRUE);
    g_free(log->scenario);
    g_free(log);
}

/* One multiplication in a row for each record: the others do not wait for it. */
char digest_log_mark(uint64_t *state, const struct trace_record *record)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint64_t head =
        record->kind | (uint64_t)record->detail << 16 | (uint64_t)record->instance << 32;
    uint64_t fields =
        record->at * UINT64_C(0x9e3779b97f4a7c15) ^ head * UINT64_C(0xc2b2ae3d27d4eb4f) ^
        record->a * UINT64_C(0x165667b19e3779f9) ^ record->b * UINT64_C(0xd6e8feb86659fd93);
    uint64_t hash = (*state ^ fields ^ fields >> 32) * UINT64_C(0xff51afd7ed558ccd);
    *state = hash ^ hash >> 29;
    return digits[hash >> 58];
}

void digest_log_add(struct digest_log *log, struct trace *trace, const struct trace_record *record)
{
    uint64_t number = trace_count(trace) - 1;
    if (number >= log->first && log->records->len < log->kept_max)
        g_array_append_val(log->records, *record);
    g_string_append_c(log->marks, digest_log_mark(&log->mark_state, record));
    if ((number + 1) % DIGEST_LOG_EVERY == 0) {
        uint64_t digest = trace_digest(trace);
        g_array_append_val(log->checkpoints, digest);
        log->mark_state = 0;
        cs_assert(log->checkpoints->len == (number + 1) / DIGEST_LOG_EVERY);
    }
}

void digest_log_end(struct digest_log *log, struct trace *trace)
{
    log->count = trace_count(trace);
    log->digest = trace_digest(trace);
    cs_assert(log->checkpoints->len == log->count / DIGEST_LOG_EVERY);
    cs_assert(log->marks->len == log->count);
}

const struct trace_record *digest_log_record(const struct digest_log *log, uint64_t number)
{
    if (number < log->first || number - log->first >= log->records->len)
        return NULL;
    return &g_array_index(log->records, struct trace_record, number - log->first);
}

/* ---- The file -------------------------------------------------------------------------------- */

/* The marks of the records from `first` on, behind a space; nothing if there are none. */
static void write_marks(const struct digest_log *log, uint64_t first, FILE *file)
{
    uint64_t left = log->marks->len - first;
    if (first < log->marks->len)
        fprintf(file, " %.*s", (int)MIN(left, DIGEST_LOG_EVERY), log->marks->str + first);
    fputc('\n', file);
}

static void write_lines(const struct digest_log *log, FILE *file)
{
    fprintf(file, TITLE "\nscenario %s\nseed 0x%016" PRIx64 "\n", log->scenario, log->seed);
    for (guint i = 0; i < log->instances->len; i++)
        fprintf(file, "instance %u %s\n", i, (const char *)log->instances->pdata[i]);
    for (guint i = 0; i < log->checkpoints->len; i++) {
        fprintf(file, "checkpoint %" PRIu64 " %016" PRIx64, (uint64_t)(i + 1) * DIGEST_LOG_EVERY,
                g_array_index(log->checkpoints, uint64_t, i));
        write_marks(log, (uint64_t)i * DIGEST_LOG_EVERY, file);
    }
    for (guint i = 0; i < log->records->len; i++) {
        const struct trace_record *r = &g_array_index(log->records, struct trace_record, i);
        fprintf(file,
                "record %" PRIu64 " %" PRIu64 " %u %u %" PRIu32 " %016" PRIx64 " %016" PRIx64 "\n",
                log->first + i, r->at, r->kind, r->detail, r->instance, r->a, r->b);
    }
    fprintf(file, "end %" PRIu64 " %016" PRIx64, log->count, log->digest);
    write_marks(log, log->count / DIGEST_LOG_EVERY * DIGEST_LOG_EVERY, file);
}

char *digest_log_text(const struct digest_log *log)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    cs_assert(file != NULL);
    write_lines(log, file);
    fclose(file);
    char *copy = g_strdup(text);
    free(text);
    return copy;
}

bool digest_log_write(const struct digest_log *log, const char *path, GError **error)
{
    FILE *file = fopen(path, "w");
    bool good = file != NULL;
    if (good) {
        write_lines(log, file);
        good = !ferror(file);
        good = fclose(file) == 0 && good;
    }
    if (!good) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path,
                    g_strerror(errno));
    }
    return good;
}

/* One field of a line, a number; hexadecimal if `base` is 16. */
static bool read_number(const char *text, guint base, uint64_t max, uint64_t *ret_number)
{
    guint64 number = 0;
    if (text == NULL || !g_ascii_string_to_unsigned(text, base, 0, max, &number, NULL))
        return false;
    *ret_number = number;
    return true;
}

static bool read_instance(struct digest_log *log, char *const *fields)
{
    uint64_t index = 0;
    if (!read_number(fields[1], 10, UINT32_MAX, &index) || fields[2] == NULL)
        return false;
    g_ptr_array_add(log->instances, g_strjoinv(" ", (char **)fields + 2));
    return index == log->instances->len - 1;
}

/* The marks of the last line's records: so many, in their place, or none in the whole log. */
static bool read_marks(struct digest_log *log, const char *marks, uint64_t first, uint64_t count)
{
    if (marks == NULL)
        return log->marks->len == 0 || count == 0;
    g_string_append(log->marks, marks);
    return strlen(marks) == count && log->marks->len == first + count;
}

static bool read_checkpoint(struct digest_log *log, char *const *fields, guint count)
{
    uint64_t number = 0, digest = 0;
    if (count < 3 || count > 4 || !read_number(fields[1], 10, UINT64_MAX, &number) ||
        !read_number(fields[2], 16, UINT64_MAX, &digest)) {
        return false;
    }
    g_array_append_val(log->checkpoints, digest);
    return number == (uint64_t)log->checkpoints->len * DIGEST_LOG_EVERY &&
           read_marks(log, fields[3], number - DIGEST_LOG_EVERY, DIGEST_LOG_EVERY);
}

static bool read_record(struct digest_log *log, char *const *fields, guint count)
{
    static const struct {
        guint base;
        uint64_t max;
    } columns[] = { { 10, UINT64_MAX }, { 10, UINT64_MAX }, { 10, UINT16_MAX }, { 10, UINT16_MAX },
                    { 10, UINT32_MAX }, { 16, UINT64_MAX }, { 16, UINT64_MAX } };
    uint64_t numbers[G_N_ELEMENTS(columns)] = { 0 };
    if (count != G_N_ELEMENTS(columns) + 1)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(columns); i++) {
        if (!read_number(fields[i + 1], columns[i].base, columns[i].max, &numbers[i]))
            return false;
    }
    struct trace_record r = { .at = numbers[1],
                              .kind = (uint16_t)numbers[2],
                              .detail = (uint16_t)numbers[3],
                              .instance = (uint32_t)numbers[4],
                              .a = numbers[5],
                              .b = numbers[6] };
    if (log->records->len == 0)
        log->first = numbers[0];
    g_array_append_val(log->records, r);
    return numbers[0] == log->first + log->records->len - 1;
}

/* One line of the body; *ret_ended is set by the last one. */
static bool read_line(struct digest_log *log, const char *line, bool *ret_ended)
{
    g_auto(GStrv) fields = g_strsplit(line, " ", -1);
    guint count = g_strv_length(fields);
    if (count > 1 && strcmp(fields[0], "instance") == 0)
        return read_instance(log, fields);
    if (count > 1 && strcmp(fields[0], "checkpoint") == 0)
        return read_checkpoint(log, fields, count);
    if (count > 1 && strcmp(fields[0], "record") == 0)
        return read_record(log, fields, count);
    *ret_ended = (count == 3 || count == 4) && strcmp(fields[0], "end") == 0 &&
                 read_number(fields[1], 10, UINT64_MAX, &log->count) &&
                 read_number(fields[2], 16, UINT64_MAX, &log->digest);
    return *ret_ended && log->checkpoints->len == log->count / DIGEST_LOG_EVERY &&
           read_marks(log, fields[3], log->count - log->count % DIGEST_LOG_EVERY,
                      log->count % DIGEST_LOG_EVERY);
}

static bool read_head(struct digest_log *log, char *const *lines, guint count)
{
    if (count < 4 || strcmp(lines[0], TITLE) != 0 || !g_str_has_prefix(lines[1], "scenario "))
        return false;
    log->scenario = g_strdup(lines[1] + strlen("scenario "));
    return g_str_has_prefix(lines[2], "seed 0x") &&
           read_number(lines[2] + strlen("seed 0x"), 16, UINT64_MAX, &log->seed);
}

struct digest_log *digest_log_read(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, error))
        return NULL;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    guint count = g_strv_length(lines);
    struct digest_log *log = digest_log_new(NULL, 0, 0, 0);
    bool ended = false;
    bool good = read_head(log, lines, count);
    for (guint i = 3; good && !ended && i < count; i++)
        good = read_line(log, lines[i], &ended);
    if (good && ended)
        return log;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s is no digest log, or not a whole one",
                path);
    digest_log_free(log);
    return NULL;
}
