#include "archive/form.h"

#include <stdlib.h>
#include <string.h>

#include "verify/index.h"

enum { DEPTH_MAX = 64 };

struct form_block {
    struct form_block *next;
    char bytes[];
};

void form_blocks_free(struct form_block *blocks)
{
    while (blocks != NULL) {
        struct form_block *next = blocks->next;
        free(blocks);
        blocks = next;
    }
}

char *form_keep(struct form_reader *reader, size_t size)
{
    struct form_block *block = malloc(sizeof *block + size);
    cs_assert(block != NULL);
    block->next = reader->blocks;
    reader->blocks = block;
    return block->bytes;
}

void form_reader_done(struct form_reader *reader) { free(reader->forms); }

const struct form *form_at(const struct form_reader *reader, uint32_t index)
{
    cs_assert(index < reader->count);
    return &reader->forms[index];
}

static bool complain(struct form_reader *reader, const char *problem)
{
    cs_text_add(reader->problem, "%s", problem);
    return false;
}

static int peek(const struct form_reader *reader)
{
    return reader->at < reader->size ? (unsigned char)reader->data[reader->at] : -1;
}

static bool is_blank(int c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ','; }

static bool ends_word(int c)
{
    return c < 0 || is_blank(c) || (c != 0 && strchr("()[]{}\";", c) != NULL);
}

static bool discard(struct form_reader *reader);

/* Skip what begins with # and is no value: a tag, like #jepsen.history.Op, or #_ and the form that
 * it discards.  False if it is a value, as #{ and ##NaN are, or cannot be discarded. */
static bool skip_mark(struct form_reader *reader)
{
    int next = reader->at + 1 < reader->size ? (unsigned char)reader->data[reader->at + 1] : -1;
    if (reader->json || next == '{' || next == '#')
        return false;
    if (next == '_')
        return discard(reader);
    while (!ends_word(peek(reader)))
        reader->at++;
    return true;
}

bool form_skip(struct form_reader *reader)
{
    for (int c = peek(reader); c >= 0; c = peek(reader)) {
        if (c == '\n')
            reader->line++;
        if (is_blank(c) || (reader->json && c == ':')) {
            reader->at++;
        } else if (c == ';' && !reader->json) {
            while (peek(reader) >= 0 && peek(reader) != '\n')
                reader->at++;
        } else if (c != '#' || !skip_mark(reader)) {
            return true;
        }
    }
    return false;
}

/* ---- Words, numbers, strings --------------------------------------------------------------------
 */

static bool parse_number(struct form *form)
{
    cs_assert(form->text.size > 0);
    const char *data = form->text.data;
    size_t i = form->text.size > 1 && (data[0] == '-' || data[0] == '+');
    uint64_t number = 0;
    form->whole = true;
    if (data[i] < '0' || data[i] > '9')
        return false;
    for (; i < form->text.size; i++) {
        unsigned digit = (unsigned)(data[i] - '0');
        bool suffix = i + 1 == form->text.size && (data[i] == 'N' || data[i] == 'M');
        if (suffix) {
            form->text.size--; /* 1N is 1 */
            break;
        }
        if (digit > 9 || number > ((uint64_t)INT64_MAX - digit) / 10) {
            form->whole = false;
            return true;
        }
        number = number * 10 + digit;
    }
    form->number = data[0] == '-' ? -(int64_t)number : (int64_t)number;
    if (data[0] == '+')
        form->text = cs_bytes_of(data + 1, form->text.size - 1);
    return true;
}

static bool read_word(struct form_reader *reader, struct form *form)
{
    size_t from = reader->at;
    if (peek(reader) == '\\' && !reader->json && reader->at + 1 < reader->size)
        reader->at += 2; /* a character, whatever it is: \a, \( */
    while (!ends_word(peek(reader)) && !(reader->json && peek(reader) == ':'))
        reader->at++;
    form->text = cs_bytes_of(reader->data + from, reader->at - from);
    if (form->text.size == 0)
        return complain(reader, "something here cannot begin a value");
    form->kind = FORM_WORD;
    if (parse_number(form)) {
        form->kind = FORM_NUMBER;
    } else if (form_is(form, "nil") || form_is(form, "null")) {
        form->kind = FORM_NIL;
    }
    return true;
}

static size_t put_utf8(char *to, uint32_t code)
{
    cs_assert(code < 0x110000);
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 0x3f));
        to[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | code >> 18);
    to[1] = (char)(0x80 | (code >> 12 & 0x3f));
    to[2] = (char)(0x80 | (code >> 6 & 0x3f));
    to[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

/* The four digits at `text`. */
static bool parse_code(const char *text, size_t size, uint32_t *ret_code)
{
    uint32_t code = 0;
    if (size < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (!letter && (c < '0' || c > '9'))
            return false;
        code = code << 4 | (uint32_t)(letter ? (c & 0xf) + 9 : c - '0');
    }
    *ret_code = code;
    return true;
}

/* What "uXXXX" at `text` stands for, or two of them that are a pair of halves (UTF-16).  Returns
 * how many bytes it took, 0 if it is none; a half without the other is none. */
static size_t parse_character(const char *text, size_t size, uint32_t *ret_code)
{
    enum { HIGH = 0xd800, LOW = 0xdc00, BEYOND = 0xe000 };
    uint32_t low;
    if (size < 5 || text[0] != 'u' || !parse_code(text + 1, size - 1, ret_code))
        return 0;
    if (*ret_code < HIGH || *ret_code >= BEYOND)
        return 5;
    bool pair = *ret_code < LOW && size >= 11 && text[5] == '\\' && text[6] == 'u' &&
                parse_code(text + 7, size - 7, &low) && low >= LOW && low < BEYOND;
    if (!pair)
        return 0;
    *ret_code = 0x10000 + ((*ret_code - HIGH) << 10 | (low - LOW));
    return 11;
}

/* What the escapes of a string stand for. */
static bool unescape(struct form_reader *reader, struct form *form)
{
    const char *from = form->text.data;
    size_t size = form->text.size, kept = 0;
    char *bytes = form_keep(reader, size);
    for (size_t i = 0; i < size; i++) {
        if (from[i] != '\\') {
            bytes[kept++] = from[i];
            continue;
        }
        static const char names[] = "nrtbf\"\\/", meanings[] = "\n\r\t\b\f\"\\/";
        const char *name = ++i < size ? strchr(names, from[i]) : NULL;
        uint32_t code;
        if (name != NULL && *name != 0) {
            bytes[kept++] = meanings[name - names];
            continue;
        }
        size_t took = i < size ? parse_character(from + i, size - i, &code) : 0;
        if (took == 0)
            return complain(reader, "a string has an unknown escape");
        kept += put_utf8(bytes + kept, code);
        i += took - 1;
    }
    cs_assert(kept <= size); /* no escape is shorter than what it stands for */
    form->text = cs_bytes_of(bytes, kept);
    return true;
}

static bool read_string(struct form_reader *reader, struct form *form)
{
    size_t from = ++reader->at;
    bool escaped = false;
    form->kind = FORM_STRING;
    for (int c = peek(reader); c != '"'; c = peek(reader)) {
        if (c < 0)
            return complain(reader, "the file ends in the middle of a string");
        if (c == '\n') {
            if (reader->json)
                return complain(reader, "the line ends in the middle of a string");
            reader->line++;
        }
        escaped |= c == '\\';
        reader->at += c == '\\' ? 2 : 1;
    }
    form->text = cs_bytes_of(reader->data + from, reader->at - from);
    reader->at++;
    return !escaped || unescape(reader, form);
}

/* ---- Lists and maps -----------------------------------------------------------------------------
 */

static bool read_into(struct form_reader *reader, uint32_t index);

static uint32_t add(struct form_reader *reader)
{
    reader->forms =
        array_reserve(reader->forms, &reader->capacity, reader->count + 1, sizeof *reader->forms);
    cs_assert(reader->count < FORM_NONE);
    reader->forms[reader->count] =
        (struct form){ .first = FORM_NONE, .next = FORM_NONE, .line = reader->line };
    return (uint32_t)reader->count++;
}

static bool read_parts(struct form_reader *reader, uint32_t index, int closing)
{
    size_t from = reader->at++;
    size_t count = 0;
    uint32_t last = FORM_NONE;
    for (;; count++) {
        if (!form_skip(reader)) {
            return complain(reader, closing == '}' ? "the file ends in the middle of a map"
                                                   : "the file ends in the middle of a list");
        }
        if (peek(reader) == closing)
            break;
        uint32_t part = add(reader);
        if (!read_into(reader, part))
            return false;
        if (last == FORM_NONE) {
            reader->forms[index].first = part;
        } else {
            reader->forms[last].next = part;
        }
        last = part;
    }
    reader->at++;
    reader->forms[index].text = cs_bytes_of(reader->data + from, reader->at - from);
    if (reader->forms[index].kind == FORM_MAP && count % 2 == 1)
        return complain(reader, "a map has a key without a value");
    return true;
}

static bool read_into(struct form_reader *reader, uint32_t index)
{
    cs_assert(index < reader->count);
    struct form *form = &reader->forms[index];
    form->line = reader->line;
    int c = peek(reader);
    int next = reader->at + 1 < reader->size ? (unsigned char)reader->data[reader->at + 1] : -1;
    if (reader->depth == DEPTH_MAX || (c == '#' && next == '_'))
        return complain(reader, "this is nested too deeply");
    if (c == '"')
        return read_string(reader, form);
    if (c == '#' && reader->json)
        return complain(reader, "something here cannot begin a value");
    if (c == '#' && next == '{') {
        reader->at++;
        form->kind = FORM_SET;
    } else if (c == '(' || c == '[' || c == '{') {
        form->kind = c == '{' ? FORM_MAP : FORM_LIST;
    } else {
        return read_word(reader, form);
    }
    c = peek(reader);
    reader->depth++;
    bool good = read_parts(reader, index, c == '(' ? ')' : c == '[' ? ']' : '}');
    reader->depth--;
    return good;
}

/* Read what #_ discards; if that cannot be read the reader stays before it, so that whoever reads
 * on says why. */
static bool discard(struct form_reader *reader)
{
    if (reader->depth == DEPTH_MAX)
        return false;
    reader->depth++;
    reader->at += 2;
    bool any = form_skip(reader);
    size_t at = reader->at;
    uint64_t line = reader->line;
    bool good = !any || read_into(reader, add(reader));
    reader->depth--;
    if (!good) {
        text_reset(reader->problem);
        reader->at = at;
        reader->line = line;
    }
    return good;
}

const struct form *form_read(struct form_reader *reader)
{
    reader->count = 0;
    reader->depth = 0;
    uint32_t index = add(reader);
    return read_into(reader, index) ? &reader->forms[index] : NULL;
}

bool form_is(const struct form *form, const char *word)
{
    const char *data = form->text.data;
    size_t size = form->text.size;
    if (size > 0 && data[0] == ':') {
        data++;
        size--;
    }
    return size == strlen(word) && memcmp(data, word, size) == 0;
}

const struct form *form_get(const struct form_reader *reader, const struct form *map,
                            const char *key)
{
    cs_assert(map->kind == FORM_MAP);
    for (uint32_t i = map->first; i != FORM_NONE;) {
        const struct form *name = form_at(reader, i), *value = form_at(reader, name->next);
        if (form_is(name, key))
            return value;
        i = value->next;
    }
    return NULL;
}

size_t form_count(const struct form_reader *reader, const struct form *list)
{
    size_t count = 0;
    for (uint32_t i = list->first; i != FORM_NONE; i = form_at(reader, i)->next)
        count++;
    return count;
}
