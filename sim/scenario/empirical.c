/* Tables of measured quantiles: CSV files beside a scenario. */
#include <string.h>

#include "scenario/distribution_json.h"
#include "scenario/value.h"

#define HEADER "quantile,latency_ms"

struct table {
    struct loading *loading;
    struct source *source;
    double quantile; /* of the last line */
    int64_t ns;
    json_t *points;
};

static bool wrong_line(struct table *table, const char *line, size_t size, const char *sentence)
{
    cs_assert(line >= table->source->text);
    cs_assert(line <= table->source->text + table->source->size);
    struct span span = { (uint32_t)(line - table->source->text), (uint32_t)MAX(size, 1) };
    problems_add(table->loading->problems, table->source, span, NULL, NULL, sentence);
    return false;
}

/* Milliseconds in decimals, to the nanosecond; finer digits are cut off. */
static bool read_ms(const char *text, int64_t *ret_ns)
{
    const char *point = strchr(text, '.');
    size_t decimals = point == NULL ? 0 : strlen(point + 1);
    g_autofree char *number = g_strndup(text, strlen(text) - (decimals > 6 ? decimals - 6 : 0));
    g_autofree char *duration = g_strconcat(number, "ms", NULL);
    g_autofree char *wrong = value_duration(duration, ret_ns);
    return wrong == NULL && *ret_ns >= 0;
}

static bool read_line(struct table *table, const char *line, size_t size)
{
    g_autofree char *text = g_strndup(line, size);
    char *comma = strchr(text, ',');
    char *end = NULL;
    double quantile = g_ascii_strtod(text, &end);
    int64_t ns = 0;
    if (comma == NULL || end != comma || !(quantile >= 0 && quantile <= 1) ||
        !read_ms(comma + 1, &ns)) {
        return wrong_line(table, line, size,
                          "expected a quantile from 0 to 1, a comma and milliseconds");
    }
    if (quantile < table->quantile || ns < table->ns)
        return wrong_line(table, line, size, "below the line before it; both columns ascend");
    if (json_array_size(table->points) == DISTRIBUTION_POINTS_MAX)
        return wrong_line(table, line, size, "more than 100000 points");
    table->quantile = quantile;
    table->ns = ns;
    g_autofree char *duration = value_duration_text(ns);
    json_t *point = json_array();
    json_array_append_new(point, json_real(quantile));
    json_array_append_new(point, json_string(duration));
    json_array_append_new(table->points, point);
    return true;
}

static bool read_lines(struct table *table)
{
    const char *text = table->source->text;
    const char *end = text + table->source->size;
    const char *mark = "\xef\xbb\xbf"; /* UTF-8's, which some editors write */
    if (table->source->size >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
        return wrong_line(table, text, strlen(mark),
                          "the file begins with a byte order mark: save it without one");
    }
    for (size_t number = 0; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *next = newline == NULL ? end : newline + 1;
        size_t size = (size_t)((newline == NULL ? end : newline) - text);
        if (size > 0 && text[size - 1] == '\r')
            size--;
        if (number == 0 && (size != strlen(HEADER) || memcmp(text, HEADER, size) != 0))
            return wrong_line(table, text, size, "the first line must read " HEADER);
        if (number > 0 && size > 0 && !read_line(table, text, size))
            return false;
        text = next;
    }
    return true;
}

json_t *empirical_file(struct loading *loading, const char *name, const struct path *path)
{
    cs_assert(name != NULL);
    if (g_path_is_absolute(name)) {
        wrong_value(loading, path,
                    "\"%s\" is an absolute path; name the file relative to the scenario", name);
        return NULL;
    }
    const char *folder = document_folder(loading->document, path);
    g_autofree char *file =
        strcmp(folder, ".") == 0 ? g_strdup(name) : g_build_filename(folder, name, NULL);
    char *text = NULL;
    size_t size = 0;
    g_autofree char *wrong = source_read_file(file, &text, &size);
    if (wrong != NULL) {
        wrong_value(loading, path, "\"%s\": %s", file, wrong);
        return NULL;
    }
    unsigned order = 2000 + loading->document->others->len;
    struct table table = { .loading = loading, .source = source_new(file, text, size, order) };
    g_ptr_array_add(loading->document->others, table.source);
    table.points = json_array();
    bool good = read_lines(&table);
    if (size == 0) {
        wrong_value(loading, path, "\"%s\" is empty; its first line must read " HEADER, file);
    } else if (good && json_array_size(table.points) == 0) {
        wrong_value(loading, path, "\"%s\" has no points", file);
    }
    if (good && json_array_size(table.points) > 0)
        return table.points;
    json_decref(table.points);
    return NULL;
}
