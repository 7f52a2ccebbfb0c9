/* A container that fits on the rest of its line stands there; else each of its parts has a line. */
#include "scenario/json_text.h"

#include <string.h>

#include "clustersim/protocol.h"

enum { LINE_WIDTH = 100, INDENT = 2 };

void json_text_add_string(GString *text, const char *string)
{
    cs_assert(string != NULL);
    g_string_append_c(text, '"');
    for (const char *p = string; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\') {
            g_string_append_printf(text, "\\%c", *p);
        } else if (*p == '\n') {
            g_string_append(text, "\\n");
        } else if ((unsigned char)*p < 0x20) {
            g_string_append_printf(text, "\\u%04x", (unsigned)*p);
        } else {
            g_string_append_c(text, *p);
        }
    }
    g_string_append_c(text, '"');
}

static void add_real(GString *text, double number)
{
    if (number == 0) {
        g_string_append_c(text, '0'); /* "-0" would be read as a whole number, without its sign */
        return;
    }
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_ascii_formatd(digits, sizeof digits, formats[i], number);
        double again = g_ascii_strtod(digits, NULL);
        if (again == number)
            break;
    }
    g_string_append(text, digits);
}

static void add_scalar(GString *text, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        json_text_add_string(text, json_string_value(value));
        break;
    case JSON_INTEGER:
        g_string_append_printf(text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        break;
    case JSON_REAL:
        add_real(text, json_real_value(value));
        break;
    case JSON_TRUE:
        g_string_append(text, "true");
        break;
    case JSON_FALSE:
        g_string_append(text, "false");
        break;
    case JSON_NULL:
        g_string_append(text, "null");
        break;
    case JSON_OBJECT:
    case JSON_ARRAY:
        cs_assert(false && "a scalar");
    }
}

static void add_line(GString *text, const json_t *value, size_t limit)
{
    size_t i = 0;
    const json_t *part = NULL;
    const char *key = NULL;
    if (json_is_object(value)) {
        g_string_append_c(text, '{');
        json_object_foreach((json_t *)value, key, part)
        {
            if (text->len > limit)
                return;
            g_string_append(text, i++ == 0 ? " " : ", ");
            json_text_add_string(text, key);
            g_string_append(text, ": ");
            add_line(text, part, limit);
        }
        g_string_append(text, i == 0 ? "}" : " }");
    } else if (json_is_array(value)) {
        g_string_append_c(text, '[');
        json_array_foreach(value, i, part)
        {
            if (text->len > limit)
                return;
            g_string_append(text, i == 0 ? "" : ", ");
            add_line(text, part, limit);
        }
        g_string_append_c(text, ']');
    } else {
        add_scalar(text, value);
    }
}

void json_text_add_line(GString *text, const json_t *value) { add_line(text, value, G_MAXSIZE); }

static void add_break(GString *text, bool first, unsigned indent)
{
    g_string_append_printf(text, "%s\n%*s", first ? "" : ",", (int)indent, "");
}

void json_text_add(GString *text, const json_t *value, unsigned indent)
{
    cs_assert(value != NULL);
    cs_assert(indent <= LINE_WIDTH);
    size_t start = text->len;
    const char *newline = memrchr(text->str, '\n', start);
    size_t column = newline == NULL ? start : start - (size_t)(newline + 1 - text->str);
    size_t room = column < LINE_WIDTH ? LINE_WIDTH - column : 0;
    add_line(text, value, start + room);
    bool scalar = !json_is_object(value) && !json_is_array(value);
    if (scalar || (text->len - start < room && indent > 0))
        return;
    g_string_truncate(text, start);
    size_t i = 0;
    const char *key = NULL;
    const json_t *part = NULL;
    g_string_append_c(text, json_is_object(value) ? '{' : '[');
    if (json_is_object(value)) {
        json_object_foreach((json_t *)value, key, part)
        {
            add_break(text, i++ == 0, indent + INDENT);
            json_text_add_string(text, key);
            g_string_append(text, ": ");
            json_text_add(text, part, indent + INDENT);
        }
    } else {
        json_array_foreach(value, i, part)
        {
            add_break(text, i == 0, indent + INDENT);
            json_text_add(text, part, indent + INDENT);
        }
    }
    add_break(text, true, indent);
    g_string_append_c(text, json_is_object(value) ? '}' : ']');
}
