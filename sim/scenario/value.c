/* Decimal numbers with units, read exactly.
 *
 * A number is at most 18 significant digits and a count of decimals; multiplied by its unit it is
 * below 2^125 and is divided by a power of ten in 128-bit integers, so nothing is ever rounded
 * unseen. */
#include "scenario/value.h"

#include <string.h>

#include "base/random.h"
#include "base/wide.h"
#include "clustersim/protocol.h"

#define DIGITS_MAX 19

struct unit {
    const char *name; /* NULL ends a table */
    uint64_t scale;   /* how many of the smallest */
};

struct decimal {
    bool negative;
    uint64_t digits; /* below 10^DIGITS_MAX */
    int decimals;    /* how many of the digits stand behind the point */
};

#define PS_NS UINT64_C(1000)
#define NS_S  UINT64_C(1000000000)
#define DAY_S UINT64_C(86400)

static const struct unit times[] = {
    { "ns", 1 },          { "us", 1000 },       { "ms", 1000000 },    { "s", NS_S },
    { "min", 60 * NS_S }, { "h", 3600 * NS_S }, { "d", DAY_S *NS_S }, { "y", 365 * DAY_S *NS_S },
    { NULL, 0 },
};
enum { TIME_SECONDS = 3, TIME_YEARS = 7 };

static const struct unit fine_times[] = {
    { "ps", 1 },          { "ns", PS_NS }, { "us", 1000 * PS_NS }, { "ms", 1000000 * PS_NS },
    { "s", NS_S *PS_NS }, { NULL, 0 },
};

static const struct unit sizes[] = {
    { "B", 1 },
    { "KB", 1000 },
    { "MB", 1000000 },
    { "GB", 1000000000 },
    { "TB", UINT64_C(1000000000000) },
    { "KiB", UINT64_C(1) << 10 },
    { "MiB", UINT64_C(1) << 20 },
    { "GiB", UINT64_C(1) << 30 },
    { "TiB", UINT64_C(1) << 40 },
    { NULL, 0 },
};

static const struct unit bandwidths[] = {
    { "bit/s", 1 },
    { "kbit/s", 1000 },
    { "Mbit/s", 1000000 },
    { "Gbit/s", 1000000000 },
    { "Tbit/s", UINT64_C(1000000000000) },
    { "B/s", 8 },
    { "KB/s", 8000 },
    { "MB/s", 8000000 },
    { "GB/s", UINT64_C(8000000000) },
    { "KiB/s", UINT64_C(8) << 10 },
    { "MiB/s", UINT64_C(8) << 20 },
    { "GiB/s", UINT64_C(8) << 30 },
    { NULL, 0 },
};

/* In thousandths per second, times 3,600,000 so that an hour divides evenly. */
static const struct unit rates[] = {
    { "/us", UINT64_C(3600000000) * 1000000 },
    { "/ms", UINT64_C(3600000000) * 1000 },
    { "/s", UINT64_C(3600000000) },
    { "/min", 60000000 },
    { "/h", 1000000 },
    { NULL, 0 },
};

/* What a kind of value is called, and how it is written. */
struct measure {
    const char *what;    /* "a duration" */
    const char *example; /* as JSON text */
    const char *finest;  /* "a nanosecond" */
    const struct unit *units;
    bool signs; /* '+' and '-' are allowed */
};

static const struct measure duration_measure = { "a duration", "\"150us\" or \"2min\"",
                                                 "a nanosecond", times, true };
static const struct measure fine_measure = { "a duration", "\"0.8ns\" or \"5us\"", "a picosecond",
                                             fine_times, false };
static const struct measure size_measure = { "a size", "\"128B\" or \"4KiB\"", "a byte", sizes,
                                             false };
static const struct measure bandwidth_measure = { "a bandwidth", "\"10Gbit/s\" or \"800MB/s\"",
                                                  "a bit per second", bandwidths, false };
static const struct measure rate_measure = { "a rate", "\"1000/s\" or \"30/min\"",
                                             "a thousandth per second", rates, false };

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Read digits and at most one point.  Returns where they end, or NULL if there are none, too many,
 * or a point has no digit on either side. */
static const char *read_decimal(const char *text, struct decimal *ret)
{
    cs_assert(text != NULL);
    struct decimal decimal = { 0 };
    int significant = 0;
    const char *p = text;
    if (*p == '+' || *p == '-')
        decimal.negative = *p++ == '-';
    if (!is_digit(*p))
        return NULL;
    bool behind = false;
    for (; is_digit(*p) || (*p == '.' && !behind && is_digit(p[1])); p++) {
        if (*p == '.') {
            behind = true;
            continue;
        }
        size_t zeros = behind ? strspn(p, "0") : 0;
        if (zeros > 0 && !is_digit(p[zeros])) {
            p += zeros; /* at the end they say nothing */
            break;
        }
        significant += significant > 0 || *p != '0';
        decimal.decimals += behind;
        if (significant > DIGITS_MAX || decimal.decimals > DIGITS_MAX)
            return NULL;
        decimal.digits = decimal.digits * 10 + (uint64_t)(*p - '0');
    }
    *ret = decimal;
    return p;
}

static wide power_of_ten(int exponent)
{
    cs_assert(exponent >= 0 && exponent <= 2 * DIGITS_MAX);
    wide power = 1;
    for (int i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

static char *unit_names(const struct unit *units)
{
    cs_assert(units[0].name != NULL);
    GString *names = g_string_new(NULL);
    for (const struct unit *unit = units; unit->name != NULL; unit++)
        g_string_append_printf(names, "%s%s", unit == units ? "" : " ", unit->name);
    return g_string_free(names, FALSE);
}

/* Find the unit that `text` names, or say why there is none. */
static char *read_unit(const struct measure *measure, const char *text, const char *name,
                       const struct unit **ret_unit)
{
    for (const struct unit *unit = measure->units; unit->name != NULL; unit++) {
        if (strcmp(unit->name, name) == 0) {
            *ret_unit = unit;
            return NULL;
        }
    }
    g_autofree char *names = unit_names(measure->units);
    if (*name == '\0') {
        return g_strdup_printf("\"%s\" has no unit (%s); %s is written like %s", text, names,
                               measure->what, measure->example);
    }
    return g_strdup_printf("\"%s\" is not %s: \"%s\" is none of the units %s", text, measure->what,
                           name, names);
}

/* Read a number and its unit; *ret is digits times scale, still to be divided by 10^decimals. */
static char *read_measured(const struct measure *measure, const char *text, struct decimal *ret,
                           wide *ret_scaled)
{
    struct decimal decimal = { 0 };
    const char *end = read_decimal(text, &decimal);
    if (end == NULL || (!measure->signs && !is_digit(text[0]) && !decimal.negative)) {
        return g_strdup_printf("\"%s\" is not %s; it is written like %s", text, measure->what,
                               measure->example);
    }
    const struct unit *unit = NULL;
    char *wrong = read_unit(measure, text, end, &unit);
    if (wrong != NULL)
        return wrong;
    cs_assert(unit != NULL);
    if (decimal.negative && !measure->signs)
        return g_strdup_printf("\"%s\" is negative", text);
    *ret = decimal;
    *ret_scaled = (wide)decimal.digits * unit->scale;
    return NULL;
}

static char *read_exact(const struct measure *measure, const char *text, int64_t *ret_value)
{
    struct decimal decimal = { 0 };
    wide scaled = 0;
    char *wrong = read_measured(measure, text, &decimal, &scaled);
    if (wrong != NULL)
        return wrong;
    wide divisor = power_of_ten(decimal.decimals);
    if (scaled % divisor != 0)
        return g_strdup_printf("\"%s\" is finer than %s", text, measure->finest);
    if (scaled / divisor > INT64_MAX)
        return g_strdup_printf("\"%s\" is too large", text);
    int64_t magnitude = (int64_t)(scaled / divisor);
    *ret_value = decimal.negative ? -magnitude : magnitude;
    return NULL;
}

char *value_duration(const char *text, int64_t *ret_ns)
{
    cs_assert(ret_ns != NULL);
    return read_exact(&duration_measure, text, ret_ns);
}

char *value_fine_duration(const char *text, int64_t *ret_ps)
{
    cs_assert(ret_ps != NULL);
    return read_exact(&fine_measure, text, ret_ps);
}

char *value_bytes(const char *text, int64_t *ret_bytes)
{
    cs_assert(ret_bytes != NULL);
    return read_exact(&size_measure, text, ret_bytes);
}

char *value_bandwidth(const char *text, int64_t *ret_bits_per_s)
{
    cs_assert(ret_bits_per_s != NULL);
    return read_exact(&bandwidth_measure, text, ret_bits_per_s);
}

char *value_rate(const char *text, int64_t *ret_milli_per_s)
{
    struct decimal decimal = { 0 };
    wide scaled = 0; /* thousandths per second, times 3,600,000 */
    char *wrong = read_measured(&rate_measure, text, &decimal, &scaled);
    if (wrong != NULL)
        return wrong;
    wide divisor = power_of_ten(decimal.decimals) * 3600000;
    wide rounded = (scaled + divisor / 2) / divisor;
    wide kept = rounded * divisor;
    wide error = kept > scaled ? kept - scaled : scaled - kept;
    if (rounded > INT64_MAX)
        return g_strdup_printf("\"%s\" is too large", text);
    if (error * 1000 > scaled) {
        return g_strdup_printf("\"%s\" is too slow: rates are kept in thousandths per second",
                               text);
    }
    *ret_milli_per_s = (int64_t)rounded;
    return NULL;
}

char *value_seed(const char *text, uint64_t *ret_seed)
{
    cs_assert(text != NULL);
    cs_assert(ret_seed != NULL);
    uint64_t seed = 0;
    size_t digits = strlen(text) >= 2 ? strlen(text) - 2 : 0;
    bool good = g_str_has_prefix(text, "0x") && digits >= 1;
    for (size_t i = 0; good && i < digits; i++) {
        int digit = g_ascii_xdigit_value(text[i + 2]);
        good = digit >= 0;
        seed = seed << 4 | (uint64_t)(digit & 15);
    }
    if (good && digits > 16)
        return g_strdup_printf("\"%s\" is too long: a seed has at most 16 digits", text);
    if (!good) {
        return g_strdup_printf("\"%s\" is not a seed; it is written in hexadecimal, like \"0x2a\"",
                               text);
    }
    *ret_seed = seed;
    return NULL;
}

bool value_probability(double number, uint64_t *ret_parts)
{
    if (!(number >= 0.0 && number <= 1.0))
        return false;
    *ret_parts = (uint64_t)(number * (double)PROBABILITY_ONE + 0.5);
    cs_assert(*ret_parts <= PROBABILITY_ONE);
    return true;
}

char *value_fraction(const char *text, uint64_t *ret_parts)
{
    cs_assert(text != NULL);
    cs_assert(ret_parts != NULL);
    struct decimal decimal = { 0 };
    const char *end = read_decimal(text, &decimal);
    if (end == NULL || *end != '\0' || !is_digit(text[0]))
        return g_strdup_printf("\"%s\" is not a fraction; it is written like 0.4", text);
    wide divisor = power_of_ten(decimal.decimals);
    if (decimal.digits > divisor)
        return g_strdup_printf("a fraction lies between 0 and 1, not %s", text);
    wide scaled = (wide)decimal.digits * PROBABILITY_ONE;
    *ret_parts = (uint64_t)((scaled + divisor / 2) / divisor);
    return NULL;
}

char *value_duration_text(int64_t ns)
{
    const char *sign = ns < 0 ? "-" : "";
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    if (magnitude == 0)
        return g_strdup("0s");
    const struct unit *unit = &times[TIME_YEARS];
    cs_assert(strcmp(unit->name, "y") == 0);
    cs_assert(strcmp(times[TIME_SECONDS].name, "s") == 0);
    if (magnitude % unit->scale != 0)
        unit = &times[TIME_SECONDS]; /* those between help nobody in a file */
    while (magnitude % unit->scale != 0)
        unit--;
    return g_strdup_printf("%s%" G_GUINT64_FORMAT "%s", sign, magnitude / unit->scale, unit->name);
}
