#include "scenario/threshold_text.h"

#include <string.h>

#include "scenario/value.h"

#define SPACES " \t"

/* ---- METRIC{FILTER=VALUE, …} ---- */

void metric_text_clear(struct metric_text *text)
{
    g_free(text->name);
    for (unsigned filter = 0; filter < FILTERS; filter++)
        g_free(text->filters[filter]);
    *text = (struct metric_text){ 0 };
}

/* The filter of this name, or FILTERS. */
static unsigned filter_of(const char *name)
{
    unsigned filter = 0;
    while (filter < FILTERS && strcmp(filter_name(filter), name) != 0)
        filter++;
    return filter;
}

static bool wrong_filter(struct loading *loading, const struct path *path, const char *name)
{
    const char *names[FILTERS];
    for (unsigned filter = 0; filter < FILTERS; filter++)
        names[filter] = filter_name(filter);
    wrong_name(loading, path, PART_KEY, nearest_name(name, names, FILTERS),
               "there is no filter \"%s\": they are phase, fault, op, group, region and node",
               name);
    return false;
}

/* One "phase=steady". */
static bool read_filter(struct loading *loading, const struct path *path, const char *part,
                        struct metric_text *text)
{
    g_auto(GStrv) sides = g_strsplit(part, "=", 2);
    if (g_strv_length(sides) != 2 || *g_strstrip(sides[0]) == '\0' ||
        *g_strstrip(sides[1]) == '\0') {
        wrong_key(loading, path, "a filter is written like {phase=steady}, not \"%s\"", part);
        return false;
    }
    unsigned filter = filter_of(sides[0]);
    if (filter == FILTERS)
        return wrong_filter(loading, path, sides[0]);
    if (text->filters[filter] != NULL) {
        wrong_key(loading, path, "\"%s\" is filtered by twice", sides[0]);
        return false;
    }
    text->filters[filter] = g_strdup(sides[1]);
    return true;
}

bool metric_text_read(struct loading *loading, const struct path *path, const char *key,
                      struct metric_text *ret_text)
{
    struct metric_text text = { 0 };
    size_t length = strcspn(key, "{");
    text.name = g_strstrip(g_strndup(key, length));
    bool good = *text.name != '\0';
    if (!good)
        wrong_key(loading, path, "a metric is missing; write it like latency{phase=steady}");
    if (good && key[length] == '{') {
        g_autofree char *inner = g_strstrip(g_strdup(key + length + 1));
        size_t size = strlen(inner);
        good = size > 1 && inner[size - 1] == '}';
        if (good) {
            inner[size - 1] = '\0';
            g_auto(GStrv) parts = g_strsplit(inner, ",", -1);
            for (char **part = parts; good && *part != NULL; part++)
                good = read_filter(loading, path, *part, &text);
        } else {
            wrong_key(loading, path, "a filter is written like {phase=steady}");
        }
    }
    if (!good) {
        metric_text_clear(&text);
        return false;
    }
    *ret_text = text;
    return true;
}

char *metric_text_filter(const char *key, const char *filter)
{
    const char *brace = strchr(key, '{');
    const char *end = strrchr(key, '}');
    if (brace == NULL || end == NULL || end < brace)
        return NULL;
    g_autofree char *inner = g_strndup(brace + 1, (gsize)(end - brace - 1));
    g_auto(GStrv) parts = g_strsplit(inner, ",", -1);
    for (char **part = parts; *part != NULL; part++) {
        g_auto(GStrv) sides = g_strsplit(*part, "=", 2);
        if (g_strv_length(sides) == 2 && strcmp(g_strstrip(sides[0]), filter) == 0)
            return g_strdup(g_strstrip(sides[1]));
    }
    return NULL;
}

bool metric_text_needs_faults(const char *key)
{
    g_autofree char *id = metric_text_filter(key, "fault");
    g_autofree char *phase = metric_text_filter(key, "phase");
    return id != NULL || g_strcmp0(phase, "faults") == 0 || g_strcmp0(phase, "heal") == 0;
}

bool fault_is_named(const char *id, const char *name)
{
    size_t size = strlen(name);
    if (strncmp(id, name, size) != 0)
        return false;
    return id[size] == '\0' || (id[size] == '.' && id[size + 1] != '\0' &&
                                strspn(id + size + 1, "0123456789.") == strlen(id + size + 1));
}

/* ---- AGGREGATE OP VALUE ---- */

/* Digits and at most one point, times 10^decimals.  False if it is not that, not exact, or above
 * `max`. */
static bool read_scaled(const char *text, unsigned decimals, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;
    unsigned behind = 0; /* digits behind the point */
    bool point = false;
    if (!g_ascii_isdigit(*text) || !g_ascii_isdigit(text[strlen(text) - 1]))
        return false;
    for (; *text != '\0'; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        behind += point;
        if (!g_ascii_isdigit(*text) || behind > decimals || value > (UINT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    for (; behind < decimals; behind++) {
        if (value > UINT64_MAX / 10)
            return false;
        value *= 10;
    }
    *ret_value = value;
    return value <= max;
}

enum { PERCENT_DECIMALS = 7, SHARE_DECIMALS = 9, NUMBER_DIGITS_MAX = 18 };
#define SHARE_ONE UINT64_C(1000000000)

static char *read_share(const char *text, uint64_t *ret_value)
{
    size_t size = strlen(text);
    bool percent = size > 0 && text[size - 1] == '%';
    g_autofree char *number = g_strndup(text, size - percent);
    unsigned decimals = percent ? PERCENT_DECIMALS : SHARE_DECIMALS;
    if (read_scaled(number, decimals, SHARE_ONE, ret_value))
        return NULL;
    return g_strdup_printf("\"%s\" is not a share; it is written like \"5%%\" or \"0.05\"", text);
}

static char *read_number(const char *text, uint64_t *ret_value)
{
    if (strlen(text) <= NUMBER_DIGITS_MAX && read_scaled(text, 0, INT64_MAX, ret_value))
        return NULL;
    return g_strdup_printf("\"%s\" is not a whole number", text);
}

static char *read_signed(char *(*read)(const char *, int64_t *), const char *text,
                         uint64_t *ret_value)
{
    int64_t value = 0;
    char *wrong = read(text, &value);
    if (wrong == NULL && value < 0)
        wrong = g_strdup_printf("\"%s\" is below 0, which nothing is", text);
    if (wrong == NULL)
        *ret_value = (uint64_t)value;
    return wrong;
}

static char *read_limit(enum threshold_unit unit, const char *text, uint64_t *ret_value)
{
    switch (unit) {
    case UNIT_NUMBER:
        return read_number(text, ret_value);
    case UNIT_SHARE:
        return read_share(text, ret_value);
    case UNIT_NS:
        return read_signed(value_duration, text, ret_value);
    case UNIT_RATE:
        return read_signed(value_rate, text, ret_value);
    case UNIT_BYTES:
        return read_signed(value_bytes, text, ret_value);
    case UNIT_BANDWIDTH:
        return read_signed(value_bandwidth, text, ret_value);
    case UNIT_NONE:
        break;
    }
    cs_assert(false && "no such unit");
    return NULL;
}

/* The aggregates that a metric has, as a list in words. */
static char *aggregates_of(const enum threshold_unit units[AGGREGATE_KINDS])
{
    GString *list = g_string_new(NULL);
    for (unsigned a = 0; a < AGGREGATE_KINDS; a++) {
        if (units[a] == UNIT_NONE)
            continue;
        g_string_append_printf(list, "%s%s%s", list->len > 0 ? ", " : "",
                               aggregate_name((enum aggregate)a),
                               a == AGGREGATE_PERCENTILE ? "(N)" : "");
    }
    return g_string_free(list, FALSE);
}

#define PERCENT_MAX 1000000 /* 100 %, in parts per million */

/* "p(99.9)", "max", … */
static bool read_aggregate(struct loading *loading, const struct path *path, const char *text,
                           const char *of, const enum threshold_unit units[AGGREGATE_KINDS],
                           struct threshold *threshold)
{
    const char *names[AGGREGATE_KINDS];
    size_t count = 0, size = strlen(text);
    uint64_t percent = 0;
    if (units[AGGREGATE_PERCENTILE] != UNIT_NONE && g_str_has_prefix(text, "p(") &&
        text[size - 1] == ')') {
        g_autofree char *number = g_strstrip(g_strndup(text + 2, size - 3));
        if (!read_scaled(number, 4, PERCENT_MAX, &percent) || percent == 0) {
            wrong_value(loading, path, "\"%s\": a percentile lies above 0 and up to 100", text);
            return false;
        }
        threshold->aggregate = AGGREGATE_PERCENTILE;
        threshold->percentile = (uint32_t)percent;
        return true;
    }
    for (unsigned a = 0; a < AGGREGATE_KINDS; a++) {
        if (units[a] == UNIT_NONE || a == AGGREGATE_PERCENTILE)
            continue;
        names[count++] = aggregate_name((enum aggregate)a);
        if (strcmp(names[count - 1], text) != 0)
            continue;
        threshold->aggregate = (enum aggregate)a;
        return true;
    }
    g_autofree char *list = aggregates_of(units);
    wrong_name(loading, path, PART_VALUE, nearest_name(text, names, count),
               "%s has no aggregate \"%s\": it has %s", of, text, list);
    return false;
}

static bool read_comparison(const char *text, enum comparison *ret_comparison)
{
    static const char *const names[] = {
        [COMPARE_LESS] = "<",      [COMPARE_AT_MOST] = "<=", [COMPARE_MORE] = ">",
        [COMPARE_AT_LEAST] = ">=", [COMPARE_EQUAL] = "==",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], text) == 0) {
            *ret_comparison = (enum comparison)i;
            return true;
        }
    }
    return false;
}

bool expression_read(struct loading *loading, const struct path *path, const char *expression,
                     const char *of, const enum threshold_unit units[AGGREGATE_KINDS],
                     struct threshold *threshold)
{
    size_t before = strcspn(expression, "<>="), size = strspn(expression + before, "<>=");
    g_autofree char *aggregate = g_strstrip(g_strndup(expression, before));
    g_autofree char *comparison = g_strndup(expression + before, size);
    g_autofree char *value = g_strstrip(g_strdup(expression + before + size));
    if (*aggregate == '\0' || *value == '\0' || size == 0) {
        wrong_value(loading, path,
                    "\"%s\" is not AGGREGATE OP VALUE; write it like \"p(99) < 200ms\"",
                    expression);
        return false;
    }
    if (!read_aggregate(loading, path, aggregate, of, units, threshold))
        return false;
    if (!read_comparison(comparison, &threshold->comparison)) {
        wrong_value(loading, path,
                    "\"%s\" is no comparison: they are <, <=, >, >= and ==", comparison);
        return false;
    }
    g_autofree char *wrong = read_limit(units[threshold->aggregate], value, &threshold->limit);
    if (wrong != NULL)
        wrong_value(loading, path, "%s", wrong);
    return wrong == NULL;
}
