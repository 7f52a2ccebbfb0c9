/* The scanner: walks a JSON text once and notes where every key and value stands, because the JSON
 * library keeps no places.  It is strict, so that its errors, which point at the very byte, come
 * before the library's. */
#include <string.h>

#include "clustersim/protocol.h"
#include "scenario/path.h"
#include "scenario/source.h"

struct scan {
    struct source *source;
    const char *text;
    size_t size, at;
    GString *pointer; /* of the value being read */
    unsigned depth;
    bool failed;           /* any error */
    bool inside_duplicate; /* whose members repeat those of the first */
    source_error tell;
    void *self;
};

static void tell(struct scan *scan, size_t offset, size_t size, const char *sentence)
{
    cs_assert(offset <= scan->size);
    cs_assert(size > 0);
    scan->failed = true;
    struct span span = { (uint32_t)offset, (uint32_t)size };
    scan->tell(scan->self, span, scan->pointer->str, sentence);
}

static char peek(const struct scan *scan)
{
    cs_assert(scan->at <= scan->size);
    return scan->text[scan->at]; /* a zero ends the text */
}

/* Report a syntax error where the scan stands.  Always false. */
static bool wrong(struct scan *scan, const char *sentence)
{
    bool comment = peek(scan) == '/' || peek(scan) == '#';
    tell(scan, scan->at, 1,
         comment ? "not JSON: comments are not allowed; say it in a \"note\"" : sentence);
    return false;
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->size && strchr(" \t\r\n", scan->text[scan->at]) != NULL &&
           scan->text[scan->at] != '\0')
        scan->at++;
}

/* Four hexadecimal digits, or -1. */
static int read_hex(const struct scan *scan, size_t at)
{
    int code = 0;
    for (size_t i = at; i < at + 4; i++) {
        int digit = i < scan->size ? g_ascii_xdigit_value(scan->text[i]) : -1;
        if (digit < 0)
            return -1;
        code = code << 4 | digit;
    }
    return code;
}

static bool scan_unicode(struct scan *scan, GString *decoded)
{
    cs_assert(peek(scan) == '\\');
    cs_assert(scan->text[scan->at + 1] == 'u');
    int code = read_hex(scan, scan->at + 2);
    if (code < 0)
        return wrong(scan, "not JSON: \\u needs four hexadecimal digits");
    if (code == 0)
        return wrong(scan, "a string must not hold the character \\u0000");
    size_t size = 6;
    if (code >= 0xd800 && code < 0xe000) {
        bool pair = scan->at + 7 < scan->size && scan->text[scan->at + 6] == '\\' &&
                    scan->text[scan->at + 7] == 'u';
        int low = pair ? read_hex(scan, scan->at + 8) : -1;
        if (code >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
            return wrong(scan, "not JSON: half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        size = 12;
    }
    if (decoded != NULL)
        g_string_append_unichar(decoded, (gunichar)code);
    scan->at += size;
    return true;
}

static bool scan_escape(struct scan *scan, GString *decoded)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    cs_assert(peek(scan) == '\\');
    char letter = scan->text[scan->at + 1];
    if (letter == 'u')
        return scan_unicode(scan, decoded);
    const char *found = letter == '\0' ? NULL : strchr(letters, letter);
    if (found == NULL)
        return wrong(scan, "not JSON: unknown escape in a string");
    if (decoded != NULL)
        g_string_append_c(decoded, meanings[found - letters]);
    scan->at += 2;
    return true;
}

/* A string; its contents are appended to `decoded` unless that is NULL. */
static bool scan_string(struct scan *scan, GString *decoded)
{
    cs_assert(peek(scan) == '"');
    size_t start = scan->at++;
    for (;;) {
        char c = peek(scan);
        if (scan->at == scan->size || c == '\n') {
            scan->at = start;
            return wrong(scan, "not JSON: this string has no closing quote");
        }
        if (c == '"')
            break;
        if ((unsigned char)c < 0x20) {
            return wrong(scan, "not JSON: a control character in a string; write it as \\t or "
                               "\\u001f");
        }
        if (c == '\\') {
            if (!scan_escape(scan, decoded))
                return false;
            continue;
        }
        if (decoded != NULL)
            g_string_append_c(decoded, c);
        scan->at++;
    }
    scan->at++;
    return true;
}

static bool scan_digits(struct scan *scan)
{
    size_t start = scan->at;
    while (g_ascii_isdigit(peek(scan)))
        scan->at++;
    return scan->at > start;
}

static bool scan_number(struct scan *scan)
{
    cs_assert(peek(scan) == '-' || g_ascii_isdigit(peek(scan)));
    size_t start = scan->at;
    scan->at += peek(scan) == '-';
    bool zero = peek(scan) == '0';
    size_t first = scan->at;
    bool good = scan_digits(scan) && (!zero || scan->at == first + 1);
    if (good && peek(scan) == '.') {
        scan->at++;
        good = scan_digits(scan);
    }
    if (good && (peek(scan) == 'e' || peek(scan) == 'E')) {
        scan->at++;
        scan->at += peek(scan) == '+' || peek(scan) == '-';
        good = scan_digits(scan);
    }
    if (good && !g_ascii_isalnum(peek(scan)))
        return true;
    scan->at = start;
    return wrong(scan, "not JSON: malformed number (a value with a unit needs quotes)");
}

static bool scan_word(struct scan *scan)
{
    static const char *const words[] = { "true", "false", "null" };
    size_t size = 0;
    while (scan->at + size < scan->size && g_ascii_isalnum(scan->text[scan->at + size]))
        size++;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (size == strlen(words[i]) && memcmp(scan->text + scan->at, words[i], size) == 0) {
            scan->at += size;
            return true;
        }
    }
    if (scan->at == scan->size)
        return wrong(scan, scan->depth == 0 ? "the file is empty" : "not JSON: the text ends here");
    if (size == 0)
        return wrong(scan, "not JSON: a value is expected here");
    tell(scan, scan->at, size, "not JSON: a value is expected here");
    return false;
}

/* Note where a value stands. */
static void note_spot(struct scan *scan, struct span key, size_t offset, size_t size, bool object)
{
    cs_assert(size > 0);
    cs_assert(offset + size <= scan->size);
    struct spot *spot = g_new0(struct spot, 1);
    spot->value = (struct span){ (uint32_t)offset, (uint32_t)size };
    spot->key = key.size > 0 ? key : spot->value;
    spot->object = object;
    g_hash_table_insert(scan->source->spots, g_strdup(scan->pointer->str), spot);
}

static bool scan_value(struct scan *scan, struct span key);

static bool scan_member(struct scan *scan)
{
    if (peek(scan) == '}')
        return wrong(scan, "not JSON: no comma is allowed before \"}\"");
    if (peek(scan) != '"')
        return wrong(scan, "not JSON: a key in double quotes is expected here");
    size_t start = scan->at;
    g_autoptr(GString) name = g_string_new(NULL);
    if (!scan_string(scan, name))
        return false;
    struct span key = { (uint32_t)start, (uint32_t)(scan->at - start) };
    skip_space(scan);
    if (peek(scan) != ':')
        return wrong(scan, "not JSON: \":\" is expected here");
    scan->at++;
    skip_space(scan);
    size_t pointer_size = scan->pointer->len;
    pointer_add(scan->pointer, name->str);
    bool was_inside = scan->inside_duplicate;
    if (!was_inside && source_spot(scan->source, scan->pointer->str) != NULL) {
        scan->inside_duplicate = true;
        g_autofree char *sentence = g_strdup_printf("duplicate key \"%s\"", name->str);
        tell(scan, key.offset, key.size, sentence);
    }
    bool good = scan_value(scan, key);
    scan->inside_duplicate = was_inside;
    g_string_truncate(scan->pointer, pointer_size);
    return good;
}

static bool scan_element(struct scan *scan, size_t index)
{
    if (peek(scan) == ']')
        return wrong(scan, "not JSON: no comma is allowed before \"]\"");
    size_t pointer_size = scan->pointer->len;
    g_string_append_printf(scan->pointer, "/%zu", index);
    bool good = scan_value(scan, (struct span){ 0, 0 });
    g_string_truncate(scan->pointer, pointer_size);
    return good;
}

/* An object or an array, from its bracket to the other. */
static bool scan_container(struct scan *scan)
{
    cs_assert(peek(scan) == '{' || peek(scan) == '[');
    cs_assert(scan->depth <= SOURCE_NESTING_MAX);
    bool object = peek(scan) == '{';
    char close = object ? '}' : ']';
    if (scan->depth == SOURCE_NESTING_MAX)
        return wrong(scan, "nested too deeply: at most 64 levels");
    _Static_assert(SOURCE_NESTING_MAX == 64, "the sentence says so");
    scan->depth++;
    scan->at++;
    skip_space(scan);
    for (size_t index = 0; peek(scan) != close || index > 0; index++) {
        if (!(object ? scan_member(scan) : scan_element(scan, index)))
            return false;
        skip_space(scan);
        if (peek(scan) == close)
            break;
        if (peek(scan) != ',') {
            return wrong(scan, object ? "not JSON: \",\" or \"}\" is expected here"
                                      : "not JSON: \",\" or \"]\" is expected here");
        }
        scan->at++;
        skip_space(scan);
    }
    scan->at++;
    scan->depth--;
    return true;
}

static bool scan_value(struct scan *scan, struct span key)
{
    char first = peek(scan);
    size_t start = scan->at;
    if (first == '{' || first == '[') {
        note_spot(scan, key, start, 1, first == '{');
        return scan_container(scan);
    }
    bool good = false;
    if (first == '"') {
        good = scan_string(scan, NULL);
    } else if (first == '-' || g_ascii_isdigit(first)) {
        good = scan_number(scan);
    } else {
        good = scan_word(scan);
    }
    if (good)
        note_spot(scan, key, start, scan->at - start, false);
    return good;
}

static bool check_encoding(struct scan *scan)
{
    const char *end = NULL;
    if (g_str_has_prefix(scan->text, "\xef\xbb\xbf"))
        return wrong(scan, "the file begins with a byte order mark; save it as plain UTF-8");
    if (g_utf8_validate_len(scan->text, scan->size, &end))
        return true;
    scan->at = (size_t)(end - scan->text);
    if (*end == '\0')
        return wrong(scan, "the file holds a zero byte; it is not text");
    g_autofree char *sentence =
        g_strdup_printf("the byte 0x%02x is not valid UTF-8", (unsigned)(unsigned char)*end);
    return wrong(scan, sentence);
}

bool source_scan(struct source *source, source_error tell_error, void *self)
{
    cs_assert(source->text != NULL);
    struct scan scan = { .source = source,
                         .text = source->text,
                         .size = source->size,
                         .pointer = g_string_new(NULL),
                         .tell = tell_error,
                         .self = self };
    if (check_encoding(&scan)) {
        skip_space(&scan);
        if (scan_value(&scan, (struct span){ 0, 0 })) {
            skip_space(&scan);
            if (scan.at < scan.size)
                wrong(&scan, "not JSON: nothing may follow the scenario's last brace");
        }
    }
    g_string_free(scan.pointer, TRUE);
    return !scan.failed;
}
