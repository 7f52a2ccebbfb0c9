/* Problems are kept as text and place; the line they point into is cut out when they are printed.
 */
#include "scenario/problem.h"

#include <string.h>

#include "clustersim/protocol.h"

enum { LINE_SHOWN = 100, LEAD_SHOWN = 48, WORD_MAX = 64, NAME_SHOWN = 200 };

struct problem {
    const struct source *source;
    struct span span;
    char *text; /* the sentence, the pointer and the suggestion */
};

struct problems {
    GArray *list;
};

struct problems *problems_new(void)
{
    struct problems *problems = g_new0(struct problems, 1);
    problems->list = g_array_new(FALSE, FALSE, sizeof(struct problem));
    return problems;
}

void problems_free(struct problems *problems)
{
    if (problems == NULL)
        return;
    for (guint i = 0; i < problems->list->len; i++)
        g_free(g_array_index(problems->list, struct problem, i).text);
    g_array_free(problems->list, TRUE);
    g_free(problems);
}

size_t problems_count(const struct problems *problems) { return problems->list->len; }

/* The text without control characters, which a name may hold: a terminal would obey them. */
static char *escaped(const char *text)
{
    GString *plain = g_string_new(NULL);
    const char *p = text;
    while (*p != '\0') {
        gunichar character = g_utf8_get_char_validated(p, -1);
        bool broken = character >= (gunichar)-2;
        if (broken) {
            g_string_append_printf(plain, "\\x%02x", (unsigned char)*p);
        } else if (g_unichar_iscntrl(character)) {
            g_string_append_printf(plain, "\\u%04x", character);
        } else {
            g_string_append_unichar(plain, character);
        }
        p += broken ? 1 : g_utf8_skip[(unsigned char)*p];
    }
    return g_string_free(plain, FALSE);
}

char *problem_shortened(const char *text, size_t longest)
{
    GString *cut = g_string_new(NULL);
    size_t word = 0, quoted = 0; /* characters since a blank, and since the quotes opened */
    bool in_quotes = false;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        in_quotes ^= *p == '"';
        quoted = *p == '"' || !in_quotes ? 0 : quoted + 1;
        word = *p == '"' || *p == ' ' ? 0 : word + 1;
        size_t length = MAX(word, quoted);
        if (length <= longest) {
            g_string_append_unichar(cut, g_utf8_get_char(p));
        } else if (length == longest + 1) {
            g_string_append(cut, "…");
        }
    }
    return g_string_free(cut, FALSE);
}

void problems_add(struct problems *problems, const struct source *source, struct span span,
                  const char *pointer, const char *suggestion, const char *sentence)
{
    cs_assert(source != NULL);
    GString *text = g_string_new(sentence);
    if (pointer != NULL)
        g_string_append_printf(text, " (at %s)", *pointer == '\0' ? "/" : pointer);
    if (suggestion != NULL)
        g_string_append_printf(text, "; did you mean \"%s\"?", suggestion);
    g_autofree char *plain = escaped(text->str);
    struct problem problem = { source, span, problem_shortened(plain, NAME_SHOWN) };
    g_string_free(text, TRUE);
    g_array_append_val(problems->list, problem);
}

/* ---- Printing ---- */

/* Bytes that continue a character do not count as one. */
static bool begins_character(char c) { return ((unsigned char)c & 0xc0) != 0x80; }

static size_t count_characters(const char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += begins_character(text[i]);
    return count;
}

/* Append the bytes as they can stand on one line: control characters become blanks, and bytes that
 * are no text become '?'. */
static void add_plain(GString *out, const char *text, size_t size)
{
    bool valid = g_utf8_validate_len(text, size, NULL);
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        bool control = c < 0x20 || c == 0x7f;
        bool broken = c >= 0x80 && !valid;
        g_string_append_c(out, control ? ' ' : broken ? '?' : text[i]);
    }
}

/* The source line and, under it, carets; a long line is cut around them. */
static void add_excerpt(GString *out, const struct problem *problem, size_t line_number)
{
    cs_assert(problem->source->text != NULL);
    cs_assert(problem->span.offset <= problem->source->size);
    const char *text = problem->source->text;
    size_t at = problem->span.offset;
    size_t start = at;
    while (start > 0 && text[start - 1] != '\n')
        start--;
    const char *newline = memchr(text + at, '\n', problem->source->size - at);
    size_t end = newline != NULL ? (size_t)(newline - text) : problem->source->size;
    bool cut = end - start > LINE_SHOWN && at - start > LEAD_SHOWN;
    size_t from = cut ? at - LEAD_SHOWN : start;
    while (from > start && !begins_character(text[from]))
        from--;
    size_t to = end - from > LINE_SHOWN ? from + LINE_SHOWN : end;
    while (to < end && !begins_character(text[to]))
        to++;

    size_t lead = (from > start ? 3 : 0) + count_characters(text + from, at - from);
    size_t marked = MIN(problem->span.size, to - at);
    size_t carets = MAX(count_characters(text + at, marked), 1);
    g_autofree char *margin = g_strdup_printf("%5zu", line_number);
    g_string_append_printf(out, "%s | %s", margin, from > start ? "..." : "");
    add_plain(out, text + from, to - from);
    g_string_append_printf(out, "%s\n%*s | %*s", to < end ? "..." : "", (int)strlen(margin), "",
                           (int)lead, "");
    for (size_t i = 0; i < carets; i++)
        g_string_append_c(out, '^');
    g_string_append_c(out, '\n');
}

static void print_problem(GString *out, const struct problem *problem)
{
    const struct source *source = problem->source;
    if (source->text == NULL) {
        g_string_append_printf(out, "%s: error: %s\n", source->name, problem->text);
        return;
    }
    cs_assert(problem->span.offset <= source->size);
    size_t line = 1;
    size_t line_start = 0;
    for (size_t i = 0; i < problem->span.offset; i++) {
        if (source->text[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    size_t column =
        1 + count_characters(source->text + line_start, problem->span.offset - line_start);
    g_string_append_printf(out, "%s:%zu:%zu: error: %s\n", source->name, line, column,
                           problem->text);
    if (source->size > 0)
        add_excerpt(out, problem, line);
}

static int compare_places(const void *left, const void *right)
{
    const struct problem *a = *(const struct problem *const *)left;
    const struct problem *b = *(const struct problem *const *)right;
    if (a->source->order != b->source->order)
        return a->source->order < b->source->order ? -1 : 1;
    if (a->span.offset != b->span.offset)
        return a->span.offset < b->span.offset ? -1 : 1;
    return a < b ? -1 : a > b; /* neighbours of one array: the order they were found in */
}

void problems_print(const struct problems *problems, GString *out)
{
    cs_assert(out != NULL);
    guint count = problems->list->len;
    g_autofree const struct problem **sorted = g_new0(const struct problem *, count + 1);
    for (guint i = 0; i < count; i++)
        sorted[i] = &g_array_index(problems->list, struct problem, i);
    qsort(sorted, count, sizeof(const void *), compare_places);
    for (guint i = 0; i < MIN(count, PROBLEMS_SHOWN_MAX); i++)
        print_problem(out, sorted[i]);
    if (count > PROBLEMS_SHOWN_MAX)
        g_string_append_printf(out, "error: and %u more\n", count - PROBLEMS_SHOWN_MAX);
}

/* ---- Did you mean ---- */

/* Optimal string alignment; both words are shorter than WORD_MAX. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1];
    size_t a_size = strlen(a);
    size_t b_size = strlen(b);
    cs_assert(a_size <= WORD_MAX);
    cs_assert(b_size <= WORD_MAX);
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3];
        const size_t *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            bool same = g_ascii_tolower(a[i - 1]) == g_ascii_tolower(b[j - 1]);
            row[j] = MIN(above[j - 1] + !same, MIN(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_size % 3][b_size];
}

const char *nearest_name(const char *word, const char *const *candidates, size_t count)
{
    cs_assert(word != NULL);
    size_t size = strlen(word);
    if (size > WORD_MAX)
        return NULL;
    const char *best = NULL;
    size_t least = size < 3 ? 1 : size / 3 + 1; /* short words are near to everything */
    for (size_t i = 0; i < count; i++) {
        if (strlen(candidates[i]) > WORD_MAX)
            continue;
        size_t distance = edit_distance(word, candidates[i]);
        if (distance < least) {
            least = distance;
            best = candidates[i];
        }
    }
    return best;
}
