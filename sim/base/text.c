/* Text that grows, and a formatter for integers and strings.
 *
 * A conversion is parsed into a struct conversion, rendered without padding into a few digits or
 * borrowed bytes, then padded to its width. */
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN   64u
#define DIGITS_MAX     20u /* of 2^64 - 1 */
#define WIDTH_MAX      4096
#define NANOSECOND     1u
#define MICROSECOND    1000u
#define MILLISECOND    1000000u
#define SECOND         1000000000u
#define PRECISION_NONE (-1)

enum length { LENGTH_INT, LENGTH_HH, LENGTH_H, LENGTH_L, LENGTH_LL, LENGTH_Z, LENGTH_J };

struct conversion {
    bool left;
    bool zero;
    int width;
    int precision; /* of %s, or PRECISION_NONE */
    enum length length;
    char letter;
};

/* Make room for `more` bytes and the final NUL. */
static void text_reserve(struct cs_text *text, size_t more)
{
    cs_assert(more < SIZE_MAX / 4 - text->size);
    size_t needed = text->size + more + 1;
    if (needed <= text->capacity)
        return;
    size_t capacity = text->capacity < CAPACITY_MIN ? CAPACITY_MIN : text->capacity;
    while (capacity < needed)
        capacity *= 2;
    text->data = realloc(text->data, capacity);
    cs_assert(text->data != NULL);
    text->capacity = capacity;
}

void text_done(struct cs_text *text)
{
    free(text->data);
    *text = (struct cs_text){ 0 };
}

void text_reset(struct cs_text *text)
{
    text->size = 0;
    if (text->data != NULL)
        text->data[0] = '\0';
}

const char *text_string(const struct cs_text *text) { return text->data != NULL ? text->data : ""; }

void text_add_bytes(struct cs_text *text, const void *data, size_t size)
{
    cs_assert(data != NULL || size == 0);
    text_reserve(text, size);
    if (size > 0)
        memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

static void add_repeated(struct cs_text *text, char byte, size_t count)
{
    text_reserve(text, count);
    memset(text->data + text->size, byte, count);
    text->size += count;
    text->data[text->size] = '\0';
}

/* ---- Rendering ------------------------------------------------------------------------------- */

/* The digits of `value`, right-aligned in `buffer`; returns how many. */
static size_t render_digits(char buffer[DIGITS_MAX], uint64_t value, unsigned base)
{
    size_t count = 0;
    do {
        buffer[DIGITS_MAX - ++count] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    cs_assert(count <= DIGITS_MAX);
    return count;
}

void text_add_decimal(struct cs_text *text, uint64_t value)
{
    char digits[DIGITS_MAX];
    size_t count = render_digits(digits, value, 10);
    text_add_bytes(text, digits + DIGITS_MAX - count, count);
}

void text_add_hexadecimal(struct cs_text *text, uint64_t value)
{
    char digits[16];
    for (unsigned i = 0; i < sizeof digits; i++)
        digits[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
    text_add_bytes(text, digits, sizeof digits);
}

/* `sign` and `body`, padded to the width: blanks before the sign or after all, zeros behind it. */
static void add_padded(struct cs_text *text, const struct conversion *conversion, const char *sign,
                       struct cs_bytes body)
{
    size_t used = strlen(sign) + body.size;
    size_t padding = (size_t)conversion->width > used ? (size_t)conversion->width - used : 0;
    bool zeros = conversion->zero && !conversion->left;

    if (!zeros && !conversion->left)
        add_repeated(text, ' ', padding);
    text_add_bytes(text, sign, strlen(sign));
    if (zeros)
        add_repeated(text, '0', padding);
    text_add_bytes(text, body.data, body.size);
    if (conversion->left)
        add_repeated(text, ' ', padding);
}

static void add_number(struct cs_text *text, const struct conversion *conversion, uint64_t value,
                       bool negative)
{
    char digits[DIGITS_MAX];
    size_t count = render_digits(digits, value, conversion->letter == 'x' ? 16 : 10);
    add_padded(text, conversion, negative ? "-" : "",
               cs_bytes_of(digits + DIGITS_MAX - count, count));
}

static void add_string(struct cs_text *text, const struct conversion *conversion,
                       const char *string)
{
    if (conversion->precision == 0)
        string = ""; /* no bytes may be nowhere */
    cs_assert(string != NULL);
    size_t size = conversion->precision == PRECISION_NONE
                      ? strlen(string)
                      : strnlen(string, (size_t)conversion->precision);
    add_padded(text, conversion, "", cs_bytes_of(string, size));
}

_Static_assert(sizeof(size_t) == sizeof(long), "%zu and %lu take the same argument");
_Static_assert(sizeof(intmax_t) == sizeof(long), "%jd and %ld take the same argument");

/* The analyser does not follow a va_list behind a pointer. */
/* NOLINTBEGIN(clang-analyzer-valist.Uninitialized) */

static int64_t next_signed(va_list *arguments, enum length length)
{
    switch (length) {
    case LENGTH_INT:
        return va_arg(*arguments, int);
    case LENGTH_HH:
        return (signed char)va_arg(*arguments, int);
    case LENGTH_H:
        return (short)va_arg(*arguments, int);
    case LENGTH_LL:
        return va_arg(*arguments, long long);
    case LENGTH_L:
    case LENGTH_Z:
    case LENGTH_J:
        return va_arg(*arguments, long);
    }
    cs_assert(false && "the length exists");
    return 0;
}

static uint64_t next_unsigned(va_list *arguments, enum length length)
{
    switch (length) {
    case LENGTH_INT:
        return va_arg(*arguments, unsigned);
    case LENGTH_HH:
        return (unsigned char)va_arg(*arguments, unsigned);
    case LENGTH_H:
        return (unsigned short)va_arg(*arguments, unsigned);
    case LENGTH_LL:
        return va_arg(*arguments, unsigned long long);
    case LENGTH_L:
    case LENGTH_Z:
    case LENGTH_J:
        return va_arg(*arguments, unsigned long);
    }
    cs_assert(false && "the length exists");
    return 0;
}

static void add_conversion(struct cs_text *text, const struct conversion *conversion,
                           va_list *arguments)
{
    switch (conversion->letter) {
    case 'd':
    case 'i': {
        int64_t value = next_signed(arguments, conversion->length);
        uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
        add_number(text, conversion, size, value < 0);
        break;
    }
    case 'u':
    case 'x':
        add_number(text, conversion, next_unsigned(arguments, conversion->length), false);
        break;
    case 'c': {
        char byte = (char)va_arg(*arguments, int);
        add_padded(text, conversion, "", cs_bytes_of(&byte, 1));
        break;
    }
    case 's':
        add_string(text, conversion, va_arg(*arguments, const char *));
        break;
    default:
        cs_assert(false && "the formatter knows the conversion");
    }
}

/* ---- Parsing --------------------------------------------------------------------------------- */

static int parse_count(const char **at, va_list *arguments)
{
    int count = 0;
    if (**at == '*') {
        ++*at;
        count = va_arg(*arguments, int);
    } else {
        while (**at >= '0' && **at <= '9' && count <= WIDTH_MAX)
            count = 10 * count + (*(*at)++ - '0');
    }
    return count;
}

/* NOLINTEND(clang-analyzer-valist.Uninitialized) */

static enum length parse_length(const char **at)
{
    switch (*(*at)++) {
    case 'h':
        if (**at != 'h')
            return LENGTH_H;
        ++*at;
        return LENGTH_HH;
    case 'l':
        if (**at != 'l')
            return LENGTH_L;
        ++*at;
        return LENGTH_LL;
    case 'z':
        return LENGTH_Z;
    case 'j':
        return LENGTH_J;
    default:
        --*at;
        return LENGTH_INT;
    }
}

/* What follows a `%`; returns the first character behind it. */
static const char *parse_conversion(const char *at, va_list *arguments,
                                    struct conversion *ret_conversion)
{
    struct conversion conversion = { .precision = PRECISION_NONE };
    for (; *at == '-' || *at == '0'; at++) {
        conversion.left |= *at == '-';
        conversion.zero |= *at == '0';
    }
    conversion.width = parse_count(&at, arguments);
    cs_assert(conversion.width >= 0);
    cs_assert(conversion.width <= WIDTH_MAX);
    if (*at == '.') {
        at++;
        conversion.precision = parse_count(&at, arguments);
        cs_assert(conversion.precision >= 0);
    }
    conversion.length = parse_length(&at);
    conversion.letter = *at;
    cs_assert(conversion.precision == PRECISION_NONE || conversion.letter == 's');
    *ret_conversion = conversion;
    return at + 1;
}

void text_add_list(struct cs_text *text, const char *format, va_list arguments)
{
    cs_assert(format != NULL);
    va_list rest; /* a parameter's address would be another type where va_list is an array */
    va_copy(rest, arguments);

    while (*format != '\0') {
        size_t literal = strcspn(format, "%");
        text_add_bytes(text, format, literal);
        format += literal;
        if (format[0] == '%' && format[1] == '%') {
            text_add_bytes(text, "%", 1);
            format += 2;
        } else if (format[0] == '%') {
            struct conversion conversion;
            format = parse_conversion(format + 1, &rest, &conversion);
            add_conversion(text, &conversion, &rest);
        }
    }
    va_end(rest);
}

void cs_text_add(struct cs_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_add_list(text, format, arguments);
    va_end(arguments);
}

void text_add_duration(struct cs_text *text, uint64_t ns)
{
    static const struct {
        uint64_t ns;
        unsigned decimals;
        const char *name;
    } units[] = {
        { SECOND, 9, "s" },
        { MILLISECOND, 6, "ms" },
        { MICROSECOND, 3, "us" },
        { NANOSECOND, 0, "ns" },
    };
    size_t unit = 0;
    while (ns > 0 && ns < units[unit].ns)
        unit++;

    uint64_t fraction = ns % units[unit].ns;
    unsigned decimals = units[unit].decimals;
    cs_text_add(text, "%ju", (uintmax_t)(ns / units[unit].ns));
    while (decimals > 0 && fraction % 10 == 0) {
        fraction /= 10;
        decimals--;
    }
    if (decimals > 0)
        cs_text_add(text, ".%0*ju", (int)decimals, (uintmax_t)fraction);
    cs_text_add(text, "%s", units[unit].name);
}
