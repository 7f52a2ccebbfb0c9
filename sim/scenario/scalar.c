#include "scenario/scalar.h"

#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/json_text.h"
#include "scenario/value.h"

#define SHIFT_MAX  (INT64_C(86400) * 1000000000)
#define FACTOR_MAX 65535.0
#define PPM_MAX    99999.0 /* clocks run at most 10 % wrong */

bool scalar_kind(enum kind kind)
{
    switch (kind) {
    case KIND_NUMBER:
    case KIND_PROBABILITY:
    case KIND_DURATION:
    case KIND_SHIFT:
    case KIND_FINE_DURATION:
    case KIND_RATE:
    case KIND_SIZE:
    case KIND_BANDWIDTH:
    case KIND_PPM:
    case KIND_FACTOR:
        return true;
    case KIND_TEXT:
    case KIND_NAME:
    case KIND_FLAG:
    case KIND_REAL:
    case KIND_CHOICE:
    case KIND_SEED:
    case KIND_DISTRIBUTION:
    case KIND_SELECTOR:
    case KIND_OBJECT:
    case KIND_MAP:
    case KIND_LIST:
    case KIND_EITHER:
    case KIND_CONFIG:
    case KIND_ANY:
    case KIND_UNSUPPORTED:
        break;
    }
    return false;
}

const char *json_type_words(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        break;
    }
    return "null";
}

const char *scalar_expects(enum kind kind)
{
    static const char *const words[] = {
        [KIND_TEXT] = "a string",
        [KIND_NAME] = "a name",
        [KIND_FLAG] = "true or false",
        [KIND_NUMBER] = "a whole number",
        [KIND_REAL] = "a number",
        [KIND_PROBABILITY] = "a probability from 0 to 1",
        [KIND_SEED] = "a seed like \"0x2a\"",
        [KIND_DURATION] = "a duration like \"90s\"",
        [KIND_SHIFT] = "a duration with a sign like \"-5ms\"",
        [KIND_FINE_DURATION] = "a duration like \"0.8ns\"",
        [KIND_RATE] = "a rate like \"1000/s\"",
        [KIND_SIZE] = "a size like \"4KiB\"",
        [KIND_BANDWIDTH] = "a bandwidth like \"10Gbit/s\"",
        [KIND_PPM] = "a number of millionths",
        [KIND_FACTOR] = "a factor like 2.5",
        [KIND_SELECTOR] = "a selector like \"leader\"",
    };
    cs_assert(kind < G_N_ELEMENTS(words));
    cs_assert(words[kind] != NULL);
    return words[kind];
}

static char *refuse(enum kind kind, const json_t *value)
{
    return g_strdup_printf("expected %s, not %s", scalar_expects(kind), json_type_words(value));
}

bool scalar_fits(enum kind kind, const json_t *value)
{
    if (kind == KIND_NUMBER)
        return json_is_integer(value);
    if (kind == KIND_PROBABILITY || kind == KIND_PPM || kind == KIND_FACTOR)
        return json_is_number(value);
    bool bytes = kind == KIND_SIZE && json_is_integer(value) && json_integer_value(value) >= 0;
    return bytes || json_is_string(value);
}

static char *read_ppm(const json_t *value, int64_t *ret_ppb)
{
    double ppm = json_number_value(value);
    if (!(ppm >= -PPM_MAX && ppm <= PPM_MAX))
        return g_strdup_printf("a clock's drift lies between -%.0f and %.0f ppm", PPM_MAX, PPM_MAX);
    double rounding = ppm < 0 ? -0.5 : 0.5;
    *ret_ppb = (int64_t)(ppm * 1000.0 + rounding);
    return NULL;
}

static char *read_factor(const json_t *value, int64_t *ret_parts)
{
    double factor = json_number_value(value);
    if (!(factor > 0 && factor <= FACTOR_MAX))
        return g_strdup_printf("a factor lies above 0 and is at most %.0f", FACTOR_MAX);
    *ret_parts = (int64_t)(factor * 65536.0 + 0.5);
    return NULL;
}

static char *read_probability(const json_t *value, int64_t *ret_parts)
{
    uint64_t parts = 0;
    if (value_probability(json_number_value(value), &parts)) {
        *ret_parts = (int64_t)parts;
        return NULL;
    }
    GString *text = g_string_new(NULL);
    json_text_add_line(text, value);
    g_string_append(text, " is no probability: that lies between 0 and 1");
    return g_string_free(text, FALSE);
}

static char *read_text(enum kind kind, const char *text, int64_t *ret_value)
{
    cs_assert(text != NULL);
    cs_assert(scalar_kind(kind));
    if (kind == KIND_FINE_DURATION)
        return value_fine_duration(text, ret_value);
    if (kind == KIND_RATE)
        return value_rate(text, ret_value);
    if (kind == KIND_SIZE)
        return value_bytes(text, ret_value);
    if (kind == KIND_BANDWIDTH)
        return value_bandwidth(text, ret_value);
    cs_assert(kind == KIND_DURATION || kind == KIND_SHIFT);
    int64_t ns = 0;
    char *wrong = value_duration(text, &ns);
    if (wrong != NULL)
        return wrong;
    if (kind == KIND_DURATION && ns < 0)
        return g_strdup_printf("\"%s\" is negative", text);
    if (kind == KIND_SHIFT && (ns > SHIFT_MAX || ns < -SHIFT_MAX))
        return g_strdup_printf("\"%s\": a clock is moved by at most a day", text);
    *ret_value = ns;
    return NULL;
}

char *scalar_read(enum kind kind, const json_t *value, int64_t *ret_value)
{
    cs_assert(scalar_kind(kind));
    if (!scalar_fits(kind, value))
        return refuse(kind, value);
    if (json_is_string(value))
        return read_text(kind, json_string_value(value), ret_value);
    if (kind == KIND_PROBABILITY)
        return read_probability(value, ret_value);
    if (kind == KIND_PPM)
        return read_ppm(value, ret_value);
    if (kind == KIND_FACTOR)
        return read_factor(value, ret_value);
    *ret_value = json_integer_value(value);
    return NULL;
}

int64_t scalar_value(enum kind kind, const json_t *value)
{
    int64_t number = 0;
    g_autofree char *wrong = scalar_read(kind, value, &number);
    cs_assert(wrong == NULL);
    return number;
}

char *scalar_text(enum kind kind, int64_t value)
{
    cs_assert(scalar_kind(kind));
    if (kind == KIND_DURATION || kind == KIND_SHIFT)
        return value_duration_text(value);
    const char *unit = kind == KIND_SIZE ? "B" : kind == KIND_BANDWIDTH ? "bit/s" : "";
    if (kind == KIND_RATE) {
        GString *text = g_string_new(NULL);
        g_string_append_printf(text, "%" G_GINT64_FORMAT, value / 1000);
        if (value % 1000 != 0)
            g_string_append_printf(text, ".%03d", (int)(value % 1000));
        g_string_append(text, "/s");
        return g_string_free(text, FALSE);
    }
    return g_strdup_printf("%" G_GINT64_FORMAT "%s", value, unit);
}

bool name_valid(const char *name)
{
    cs_assert(name != NULL);
    size_t size = strlen(name);
    if (size == 0 || size > NAME_SIZE_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isalnum(name[i]) && strchr("._-", name[i]) == NULL)
            return false;
    }
    return true;
}
