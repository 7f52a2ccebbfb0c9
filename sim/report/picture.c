/* Pictures as SVG: sizes as on a slide, words instead of colours alone, a tooltip for each bar. */
#include "report/picture.h"

#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "report/internal.h"
#include "report/picture_layout.h"

enum {
    TITLE_BASE = 50,
    SUBTITLE_BASE = 84,
    BANDS_TOP = 108,
    BAND_ROW = 28,
    BANDS_MAX = 8,
    LANE = 66,
    BAR = 36,
    TICK_ROOM = 112,
    AXIS = 74,
    LINE = 30,
    LETTERS_MAX = 132, /* in a line below the lanes */
    LANE_LETTERS = 17,
    KEY_LETTERS = 60,
};

static const struct {
    const char *fill, *stroke, *words;
} looks[] = {
    [PICTURE_READ] = { "#d6ecfa", COLOUR_BLUE, "read" },
    [PICTURE_WRITE] = { "#fbe6b8", "#9a6a00", "write" },
    [PICTURE_CONDITIONAL] = { "#cdeee3", "#00694d", "conditional write" },
};

/* ---- What is drawn ------------------------------------------------------------------------------
 */

static void call_clear(gpointer data)
{
    struct picture_call *call = data;
    g_free(call->lane);
    g_free(call->words);
    g_free(call->tip);
}

static void band_clear(gpointer data)
{
    struct picture_band *band = data;
    g_free(band->name);
}

struct picture *picture_new(void)
{
    struct picture *picture = g_new0(struct picture, 1);
    picture->sentences = g_ptr_array_new_with_free_func(g_free);
    picture->calls = g_array_new(FALSE, TRUE, sizeof(struct picture_call));
    g_array_set_clear_func(picture->calls, call_clear);
    picture->bands = g_array_new(FALSE, TRUE, sizeof(struct picture_band));
    g_array_set_clear_func(picture->bands, band_clear);
    return picture;
}

void picture_free(struct picture *picture)
{
    if (picture == NULL)
        return;
    g_free(picture->file);
    g_free(picture->title);
    g_free(picture->subtitle);
    g_ptr_array_unref(picture->sentences);
    g_array_unref(picture->calls);
    g_array_unref(picture->bands);
    g_free(picture);
}

void picture_add_call(struct picture *picture, const struct picture_call *call)
{
    cs_assert(call->lane != NULL);
    cs_assert(call->words != NULL);
    cs_assert(call->tip != NULL);
    cs_assert(call->open || call->returned > call->called);
    cs_assert(!call->open || !call->impossible);
    g_array_append_vals(picture->calls, call, 1);
}

void picture_add_band(struct picture *picture, const struct picture_band *band)
{
    cs_assert(band->from <= band->until);
    g_array_append_vals(picture->bands, band, 1);
}

void picture_say(struct picture *picture, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(picture->sentences, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

char *picture_file_name(const char *check, const void *key, size_t size)
{
    const unsigned char *bytes = key;
    GString *name = g_string_new(NULL);
    for (size_t i = 0; i < size && name->len < KEY_LETTERS; i++) {
        if (g_ascii_isalnum(bytes[i]) || bytes[i] == '-' || bytes[i] == '_') {
            g_string_append_c(name, (char)bytes[i]);
        } else {
            g_string_append_printf(name, "%%%02X", bytes[i]);
        }
    }
    if (name->len >= KEY_LETTERS)
        g_string_append_printf(name, "~%016" G_GINT64_MODIFIER "x", hash_bytes(key, size));
    char *file = g_strdup_printf("evidence/%s-%s.svg", check, name->str);
    g_string_free(name, TRUE);
    return file;
}

/* ---- Text ---------------------------------------------------------------------------------------
 */

/* Escaped; what is no UTF-8, or no character of XML, is a replacement character. */
static void put_text(const char *text, FILE *file)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar letter = g_utf8_get_char(at);
        if (letter == '<') {
            fputs("&lt;", file);
        } else if (letter == '>') {
            fputs("&gt;", file);
        } else if (letter == '&') {
            fputs("&amp;", file);
        } else if (letter == '"') {
            fputs("&quot;", file);
        } else if (letter < 0x20 || (letter >= 0x7f && letter < 0xa0) || letter == 0xfffe ||
                   letter == 0xffff) {
            fputs("\xef\xbf\xbd", file);
        } else {
            fwrite(at, 1, (size_t)(g_utf8_next_char(at) - at), file);
        }
    }
}

/* At most so many letters, the last of them an ellipsis if there are more.  The caller frees. */
static char *shortened(const char *text, size_t letters)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    if ((size_t)g_utf8_strlen(valid, -1) <= letters)
        return g_steal_pointer(&valid);
    if (letters < 2)
        return g_strdup(letters == 0 ? "" : "…");
    g_autofree char *begin = g_utf8_substring(valid, 0, (glong)letters - 1);
    return g_strconcat(begin, "…", NULL);
}

static void put_title(const char *text, FILE *file)
{
    fputs("<title>", file);
    put_text(text, file);
    fputs("</title>", file);
}

static void put_words(unsigned x, unsigned y, const char *attributes, const char *text, FILE *file)
{
    fprintf(file, "<text x=\"%u\" y=\"%u\" %s>", x, y, attributes);
    put_text(text, file);
    fputs("</text>\n", file);
}

/* ---- Parts --------------------------------------------------------------------------------------
 */

struct sheet {
    const struct picture *picture;
    struct layout layout;
    GPtrArray *lines; /* of the sentences */
    guint bands;      /* rows */
    unsigned lanes_top, lanes_bottom, height;
    FILE *file;
};

/* Sentences as lines, broken at blanks. */
static void break_lines(GPtrArray *lines, const char *sentence)
{
    g_autofree char *valid = g_utf8_make_valid(sentence, -1);
    g_auto(GStrv) words = g_strsplit(valid, " ", -1);
    GString *line = g_string_new(NULL);
    for (char **word = words; *word != NULL; word++) {
        glong length = g_utf8_strlen(line->str, -1) + g_utf8_strlen(*word, -1) + 1;
        if (line->len > 0 && length > LETTERS_MAX) {
            g_ptr_array_add(lines, shortened(line->str, LETTERS_MAX));
            g_string_assign(line, "    ");
        } else if (line->len > 0) {
            g_string_append_c(line, ' ');
        }
        g_string_append(line, *word);
    }
    g_ptr_array_add(lines, shortened(line->str, LETTERS_MAX));
    g_string_free(line, TRUE);
}

static void sheet_init(struct sheet *sheet, const struct picture *picture, FILE *file)
{
    *sheet = (struct sheet){ .picture = picture, .file = file };
    layout_init(&sheet->layout, picture);
    sheet->lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < picture->sentences->len; i++)
        break_lines(sheet->lines, g_ptr_array_index(picture->sentences, i));
    if (sheet->layout.left_out > 0) {
        g_ptr_array_add(sheet->lines, g_strdup_printf("%u earlier operations are not drawn.",
                                                      sheet->layout.left_out));
    }
    for (guint i = 0; i < picture->bands->len; i++) {
        bool shown =
            layout_shows(&sheet->layout, &g_array_index(picture->bands, struct picture_band, i));
        sheet->bands += shown && sheet->bands < BANDS_MAX;
    }
    sheet->lanes_top = BANDS_TOP + sheet->bands * BAND_ROW + 8;
    sheet->lanes_bottom = sheet->lanes_top + sheet->layout.lanes->len * LANE;
    sheet->height = sheet->lanes_bottom + AXIS + sheet->lines->len * LINE + 78;
}

static void sheet_done(struct sheet *sheet)
{
    layout_done(&sheet->layout);
    g_ptr_array_unref(sheet->lines);
}

static void put_head(const struct sheet *sheet)
{
    const struct picture *picture = sheet->picture;
    fprintf(sheet->file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
            "viewBox=\"0 0 %d %u\" font-family=\"'DejaVu Sans', Verdana, sans-serif\" "
            "font-size=\"17\">\n",
            CHART_WIDTH, sheet->height, CHART_WIDTH, sheet->height);
    put_title(picture->title, sheet->file);
    fprintf(sheet->file, "\n<rect width=\"%d\" height=\"%u\" fill=\"#ffffff\"/>\n", CHART_WIDTH,
            sheet->height);
    g_autofree char *title = shortened(picture->title, 90);
    g_autofree char *subtitle = shortened(picture->subtitle, LETTERS_MAX);
    put_words(40, TITLE_BASE, "font-size=\"27\" font-weight=\"bold\"", title, sheet->file);
    put_words(40, SUBTITLE_BASE, "font-size=\"19\" fill=\"#444444\"", subtitle, sheet->file);
}

static void put_band(const struct sheet *sheet, const struct picture_band *band, guint row)
{
    FILE *file = sheet->file;
    unsigned left = layout_x(&sheet->layout, band->from);
    unsigned right = layout_x(&sheet->layout, band->until);
    unsigned top = BANDS_TOP + row * BAND_ROW;
    right = MAX(right, left + 4);
    fputs("<g>", file);
    char from[FIXED_TEXT_MAX], until[FIXED_TEXT_MAX];
    bool ends = band->until != UINT64_MAX;
    g_autofree char *tip =
        g_strdup_printf("fault %s, from %s s to %s%s", band->name, seconds_text(from, band->from),
                        ends ? seconds_text(until, band->until) : "the end", ends ? " s" : "");
    put_title(tip, file);
    fprintf(file,
            "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" fill=\"#777777\" "
            "fill-opacity=\"0.16\"/>",
            left, top, right - left, sheet->lanes_bottom - top);
    fprintf(file, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"4\" fill=\"#444444\"/>", left, top,
            right - left);
    g_autofree char *words = g_strdup_printf("fault: %s", band->name);
    g_autofree char *name = shortened(words, 60);
    bool at_end = left > (PICTURE_LEFT + PICTURE_RIGHT) / 2;
    put_words(at_end ? right - 4 : left + 6, top + 21,
              at_end ? "font-size=\"16\" fill=\"#333333\" text-anchor=\"end\""
                     : "font-size=\"16\" fill=\"#333333\"",
              name, file);
    fputs("</g>\n", file);
}

static void put_bands(const struct sheet *sheet)
{
    guint row = 0;
    for (guint i = 0; i < sheet->picture->bands->len && row < sheet->bands; i++) {
        const struct picture_band *band =
            &g_array_index(sheet->picture->bands, struct picture_band, i);
        if (layout_shows(&sheet->layout, band))
            put_band(sheet, band, row++);
    }
}

static void put_lanes(const struct sheet *sheet)
{
    for (guint i = 0; i < sheet->layout.lanes->len; i++) {
        unsigned middle = sheet->lanes_top + i * LANE + LANE / 2 + 4;
        g_autofree char *name = shortened(g_ptr_array_index(sheet->layout.lanes, i), LANE_LETTERS);
        put_words(PICTURE_LEFT - 20, middle + 6, "text-anchor=\"end\" font-size=\"18\"", name,
                  sheet->file);
        fprintf(sheet->file, "<line x1=\"%d\" y1=\"%u\" x2=\"%d\" y2=\"%u\" stroke=\"#bbbbbb\"/>\n",
                PICTURE_LEFT, middle, PICTURE_RIGHT, middle);
    }
}

/* A closed box, or one without a right side. */
static void put_bar(const struct layout_call *placed, unsigned top, FILE *file)
{
    const struct picture_call *call = placed->call;
    if (call->open) {
        fprintf(file,
                "<path d=\"M%u,%u H%u V%u H%u\" fill=\"%s\" fill-opacity=\"0.75\" stroke=\"%s\" "
                "stroke-width=\"2\" stroke-dasharray=\"7,5\"/>",
                placed->right, top, placed->left, top + BAR, placed->right, looks[call->kind].fill,
                looks[call->kind].stroke);
        return;
    }
    unsigned width = placed->right > placed->left + 2 ? placed->right - placed->left : 2;
    fprintf(file,
            "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%d\" rx=\"3\" fill=\"%s\" stroke=\"%s\" "
            "stroke-width=\"%d\"/>",
            placed->left, top, width, BAR, looks[call->kind].fill,
            call->impossible ? COLOUR_RED : looks[call->kind].stroke, call->impossible ? 5 : 2);
}

/* A cross at the end of the bar, and the word. */
static void put_mark(const struct layout_call *placed, unsigned top, FILE *file)
{
    unsigned x = placed->right + 20, y = top + BAR / 2;
    fprintf(file,
            "<path d=\"M%u,%u l18,18 m0,-18 l-18,18\" stroke=\"%s\" stroke-width=\"5\" "
            "fill=\"none\"/>",
            x - 9, y - 9, COLOUR_RED);
    put_words(placed->right, top - 7,
              "text-anchor=\"end\" font-size=\"16\" font-weight=\"bold\" fill=\"#a34700\"",
              "impossible", file);
}

static void put_call(const struct sheet *sheet, const struct layout_call *placed)
{
    FILE *file = sheet->file;
    unsigned top = sheet->lanes_top + placed->lane * LANE + LANE / 2 + 4 - BAR / 2;
    fputs("<g>", file);
    put_title(placed->call->tip, file);
    put_bar(placed, top, file);
    size_t pads = 2 * (size_t)PICTURE_PAD;
    size_t letters = placed->room > pads ? (placed->room - pads) / PICTURE_GLYPH : 0;
    g_autofree char *words = shortened(placed->call->words, letters);
    put_words(placed->left + PICTURE_PAD, top + BAR / 2 + 6, "", words, file);
    if (placed->call->impossible)
        put_mark(placed, top, file);
    fputs("</g>\n", file);
}

/* ---- The axis -----------------------------------------------------------------------------------
 */

static void put_tick(const struct sheet *sheet, const struct layout_column *column)
{
    char buffer[FIXED_TEXT_MAX];
    const char *text = sheet->picture->lines ? fixed_text(buffer, column->at, 0, 0)
                                             : seconds_text(buffer, column->at);
    put_words(column->x, sheet->lanes_bottom + 28, "text-anchor=\"middle\" font-size=\"15\"", text,
              sheet->file);
}

/* A tick for each event; times at those that have room, the impossible operation's first. */
static void put_axis(const struct sheet *sheet)
{
    FILE *file = sheet->file;
    GArray *columns = sheet->layout.columns;
    uint64_t called = UINT64_MAX, returned = UINT64_MAX;
    for (guint i = 0; i < sheet->layout.calls->len; i++) {
        const struct picture_call *call =
            g_array_index(sheet->layout.calls, struct layout_call, i).call;
        called = call->impossible ? call->called : called;
        returned = call->impossible ? call->returned : returned;
    }
    bool *told = g_new0(bool, columns->len + 1);
    for (int pass = 0; pass < 2; pass++) {
        for (guint i = 0; i < columns->len; i++) {
            const struct layout_column *column = &g_array_index(columns, struct layout_column, i);
            bool matters = column->place == called || column->place == returned;
            bool room = pass == 1 || matters;
            for (guint j = 0; j < columns->len && room; j++) {
                unsigned other = g_array_index(columns, struct layout_column, j).x;
                unsigned apart = other > column->x ? other - column->x : column->x - other;
                room = !told[j] || apart >= TICK_ROOM;
            }
            if (!room)
                continue;
            told[i] = true;
            put_tick(sheet, column);
        }
    }
    for (guint i = 0; i < columns->len; i++) {
        unsigned x = g_array_index(columns, struct layout_column, i).x;
        fprintf(file, "<line x1=\"%u\" y1=\"%u\" x2=\"%u\" y2=\"%u\" stroke=\"#444444\"/>\n", x,
                sheet->lanes_bottom, x, sheet->lanes_bottom + (told[i] ? 10 : 5));
    }
    fprintf(file,
            "<line x1=\"%d\" y1=\"%u\" x2=\"%d\" y2=\"%u\" stroke=\"#444444\" "
            "stroke-width=\"2\"/>\n",
            PICTURE_LEFT, sheet->lanes_bottom, PICTURE_RIGHT, sheet->lanes_bottom);
    put_words(PICTURE_RIGHT, sheet->lanes_bottom + 54,
              "text-anchor=\"end\" font-size=\"15\" fill=\"#444444\"",
              sheet->picture->lines ? "line of the history; each event a step, not to scale"
                                    : "simulated time in seconds; each event a step, not to scale",
              file);
    g_free(told);
}

static void put_key(const struct sheet *sheet)
{
    FILE *file = sheet->file;
    unsigned x = 40, y = sheet->height - 48;
    for (guint i = 0; i < G_N_ELEMENTS(looks); i++) {
        fprintf(file,
                "<rect x=\"%u\" y=\"%u\" width=\"34\" height=\"22\" rx=\"3\" fill=\"%s\" "
                "stroke=\"%s\" stroke-width=\"2\"/>\n",
                x, y, looks[i].fill, looks[i].stroke);
        put_words(x + 44, y + 17, "", looks[i].words, file);
        x += 70 + (unsigned)strlen(looks[i].words) * 11;
    }
    fprintf(file,
            "<path d=\"M%u,%u H%u V%u H%u\" fill=\"none\" stroke=\"#444444\" stroke-width=\"2\" "
            "stroke-dasharray=\"7,5\"/>\n",
            x + 34, y, x, y + 22, x + 34);
    put_words(x + 44, y + 17, "", "unknown outcome: may happen at any time, or never", file);
    x += 560;
    fprintf(file,
            "<rect x=\"%u\" y=\"%u\" width=\"34\" height=\"22\" rx=\"3\" fill=\"none\" "
            "stroke=\"%s\" stroke-width=\"5\"/>\n",
            x, y, COLOUR_RED);
    put_words(x + 46, y + 17, "", "impossible", file);
    if (sheet->bands == 0)
        return;
    x += 200;
    fprintf(file,
            "<rect x=\"%u\" y=\"%u\" width=\"34\" height=\"22\" fill=\"#777777\" "
            "fill-opacity=\"0.16\"/><rect x=\"%u\" y=\"%u\" width=\"34\" height=\"4\" "
            "fill=\"#444444\"/>\n",
            x, y, x, y);
    put_words(x + 44, y + 17, "", "fault", file);
}

void picture_write(const struct picture *picture, FILE *file)
{
    struct sheet sheet;
    cs_assert(picture->title != NULL);
    cs_assert(picture->subtitle != NULL);
    sheet_init(&sheet, picture, file);
    put_head(&sheet);
    put_bands(&sheet);
    put_lanes(&sheet);
    for (guint i = 0; i < sheet.layout.calls->len; i++)
        put_call(&sheet, &g_array_index(sheet.layout.calls, struct layout_call, i));
    put_axis(&sheet);
    for (guint i = 0; i < sheet.lines->len; i++) {
        put_words(40, sheet.lanes_bottom + AXIS + (i + 1) * LINE,
                  "font-size=\"18\" xml:space=\"preserve\"", g_ptr_array_index(sheet.lines, i),
                  file);
    }
    put_key(&sheet);
    fputs("</svg>\n", file);
    sheet_done(&sheet);
}
