/* The time axis of charts, with what happened to the cluster when.
 *
 * Each fault has a row above the plot with its name at the left, in the order in which they first
 * fired; each firing is a bar in it and a pale band in the plot.  Bars have a white border, so that
 * two of which one begins where the other ends remain two.  A bar's targets stand in it, or
 * beside it where there is room before the next bar, or nowhere.  The phases that are not measured
 * have the first row.  Where text fits is reckoned from its characters, so that the script does not
 * depend on the fonts that are there. */
#include <inttypes.h>
#include <string.h>

#include "base/wide.h"
#include "report/internal.h"

enum {
    ROW = 26,            /* pixels */
    BAR = 20,            /* of a row */
    ROWS_MAX = 9,        /* the last one is shared by all further faults */
    NAME_LONGEST = 22,   /* characters of a row's name */
    WIDE = 20,           /* a character of a row: one like m */
    NARROW = 9,          /* one like i */
    MIDDLE = 14,         /* any other */
    CHARACTER_LANE = 15, /* one of a lane's name */
    GAP = 6,             /* left and right of a text */
    LEFT_LEAST = 170,    /* of the plot: a label and numbers of five digits */
    RIGHT = 50,
    BAR_LEAST = 4,
};

#define OTHERS "others"

/* Something in a row. */
struct bar {
    uint64_t from_ns, until_ns;
    uint32_t row;
    const char *colour, *opacity; /* of its band */
    char *texts[3];               /* the longest first, NULL-terminated */
};

struct rows {
    const char *names[ROWS_MAX];
    uint32_t count;
    GArray *bars; /* struct bar, ascending in each row */
};

/* ---- What is in the rows ----------------------------------------------------------------------
 */

static bool is_shown(const struct run_report *report, const struct fault_record *fault)
{
    return fault->fired && fault->at_ns < report->samples.end_ns;
}

static void clear_bar(gpointer data)
{
    struct bar *bar = data;
    for (size_t i = 0; i < G_N_ELEMENTS(bar->texts); i++)
        g_free(bar->texts[i]);
}

static void add_phases(const struct run_report *report, struct rows *rows)
{
    uint64_t end_ns = report->samples.end_ns, warm_ns = MIN(report->plan->warmup_ns, end_ns);
    uint64_t duration_ns = report->plan->duration_ns;
    const struct bar warmup = { .until_ns = warm_ns, .texts = { g_strdup("warm-up") } };
    const struct bar settle = { .from_ns = duration_ns,
                                .until_ns = end_ns,
                                .texts = { g_strdup("settling") } };
    const struct bar phases[] = { warmup, settle };
    for (size_t i = 0; i < G_N_ELEMENTS(phases); i++) {
        struct bar bar = phases[i];
        bar.colour = COLOUR_GREY;
        bar.opacity = "0.15";
        if (bar.from_ns < bar.until_ns) {
            g_array_append_val(rows->bars, bar);
            rows->names[0] = "";
            rows->count = 1;
        } else {
            clear_bar(&bar);
        }
    }
}

/* The row of a fault, its own or the last one. */
static uint32_t row_of(struct rows *rows, const char *id)
{
    for (uint32_t row = 0; row < rows->count; row++) {
        if (strcmp(rows->names[row], id) == 0)
            return row;
    }
    if (rows->count == ROWS_MAX)
        return ROWS_MAX - 1;
    rows->names[rows->count] = rows->count == ROWS_MAX - 1 ? OTHERS : id;
    return rows->count++;
}

/* "A, B | C", and the same of its first side alone. */
static void write_targets(const struct run_report *report, const struct fault_record *fault,
                          char *ret_texts[2])
{
    bool one_way = report->plan->faults[fault->fault].kind == FAULT_BLOCK;
    g_autoptr(GString) all = g_string_new(NULL);
    gsize first_side = 0;
    for (uint32_t i = 0; i < fault->target_count; i++) {
        bool other_side = i > 0 && fault->side_of[i] != fault->side_of[i - 1];
        if (other_side && first_side == 0)
            first_side = all->len;
        if (i > 0)
            g_string_append(all, !other_side ? ", " : one_way ? " → " : " | ");
        g_string_append(all, report_instance_name(report, fault->targets[i]));
    }
    ret_texts[0] = g_strdup(all->str);
    ret_texts[1] = first_side > 0 ? g_strndup(all->str, first_side) : NULL;
}

static void add_fault(const struct run_report *report, const struct fault_record *fault,
                      struct rows *rows)
{
    const char *id = report_fault_id(report, fault);
    uint64_t end_ns = report->samples.end_ns;
    uint64_t least_ns = end_ns * BAR_LEAST / CHART_WIDTH; /* a short one shows, too */
    struct bar bar = {
        .from_ns = fault->at_ns,
        .until_ns = MIN(MAX(fault->until_ns, fault->at_ns + least_ns), end_ns),
        .row = row_of(rows, id),
        .colour = COLOUR_PURPLE,
        .opacity = "0.25",
    };
    write_targets(report, fault, bar.texts);
    if (strcmp(rows->names[bar.row], id) != 0) {
        clear_bar(&bar);
        bar.texts[0] = g_strdup(id);
        bar.texts[1] = NULL;
    }
    g_array_append_val(rows->bars, bar);
}

static void rows_init(struct rows *rows, const struct run_report *report)
{
    *rows = (struct rows){ .bars = g_array_new(FALSE, FALSE, sizeof(struct bar)) };
    g_array_set_clear_func(rows->bars, clear_bar);
    add_phases(report, rows);
    for (guint i = 0; i < report->faults->len; i++) {
        const struct fault_record *fault = &g_array_index(report->faults, struct fault_record, i);
        if (is_shown(report, fault))
            add_fault(report, fault, rows);
    }
    cs_assert(rows->count <= ROWS_MAX);
}

static void rows_done(struct rows *rows) { g_array_unref(rows->bars); }

static unsigned height_of(const struct rows *rows)
{
    return rows->count > 0 ? rows->count * ROW + GAP : 0;
}

unsigned chart_rows_height(const struct run_report *report)
{
    struct rows rows;
    rows_init(&rows, report);
    unsigned height = height_of(&rows);
    rows_done(&rows);
    return height;
}

/* ---- Where texts fit --------------------------------------------------------------------------
 */

static uint32_t pixels_of(const char *text)
{
    uint32_t pixels = 0;
    for (const char *c = text; *c != '\0'; c = g_utf8_next_char(c))
        pixels += strchr("mwMW", *c) ? WIDE : strchr("fijlrtI.,:|-'() ", *c) ? NARROW : MIDDLE;
    return pixels;
}

char *chart_short_name(const char *name)
{
    if (g_utf8_strlen(name, -1) <= NAME_LONGEST)
        return g_strdup(name);
    g_autofree char *start = g_utf8_substring(name, 0, NAME_LONGEST - 1);
    return g_strconcat(start, "…", NULL);
}

/* How far the plot begins from the left: names of rows and of the lanes of roles need room. */
static uint32_t left_of(const struct run_report *report, const struct rows *rows)
{
    uint32_t left = LEFT_LEAST;
    for (uint32_t row = 0; row < rows->count; row++) {
        g_autofree char *name = chart_short_name(rows->names[row]);
        left = MAX(left, pixels_of(name) + 4 * GAP);
    }
    for (uint32_t i = 0; i < report->samples.instance_count; i++) {
        if (!report_is_server(report, i))
            continue;
        g_autofree char *name = chart_short_name(report_instance_name(report, i));
        left = MAX(left, (uint32_t)g_utf8_strlen(name, -1) * CHARACTER_LANE + 6 * GAP);
    }
    cs_assert(left < CHART_WIDTH / 2);
    return left;
}

/* In pixels from the left end of the plot. */
struct place {
    int64_t from, until;  /* of a bar */
    const char *text;     /* NULL: none fits */
    int64_t at, text_end; /* of the text, as it is aligned */
    const char *aligned;
};

static struct place place_aligned(const struct place *bar, const char *text, const char *aligned,
                                  int64_t at, int64_t text_end)
{
    return (struct place){ bar->from, bar->until, text, at, text_end, aligned };
}

/* Place the text of a bar, of which `place` has the ends: in it, else right of it and before
 * `next`, else left of it and after `taken`. */
static void place_text(const struct bar *bar, int64_t taken, int64_t next, struct place *place)
{
    cs_assert(place->from <= place->until);
    int64_t middle = (place->from + place->until) / 2, right = MAX(place->until, taken) + GAP;
    for (size_t t = 0; bar->texts[t] != NULL; t++) {
        const char *text = bar->texts[t];
        int64_t width = pixels_of(text);
        if (width + GAP <= place->until - place->from && taken <= place->from) {
            *place = place_aligned(place, text, "center", middle, place->until);
            return;
        }
        if (right + width + GAP <= next) {
            *place = place_aligned(place, text, "left", right, right + width);
            return;
        }
        if (taken + GAP + width + GAP <= place->from) {
            *place = place_aligned(place, text, "right", place->from - GAP, place->from);
            return;
        }
    }
}

/* ---- The script -------------------------------------------------------------------------------
 */

static void write_bar(const struct bar *bar, const struct place *place, FILE *file)
{
    char from[FIXED_TEXT_MAX], until[FIXED_TEXT_MAX];
    unsigned top = CHART_TOP + bar->row * ROW;
    seconds_text(from, bar->from_ns);
    seconds_text(until, bar->until_ns);
    fprintf(file,
            "set object rectangle from %s, graph 0 to %s, graph 1 behind fillcolor '%s' "
            "fillstyle transparent solid %s noborder\n",
            from, until, bar->colour, bar->opacity);
    fprintf(
        file,
        "set object rectangle from first %s, screen down(%u) to first %s, screen down(%u) "
        "front noclip linewidth 2 fillcolor '%s' fillstyle solid 0.6 border linecolor 'white'\n",
        from, top + BAR, until, top, bar->colour);
    if (place->text == NULL)
        return;
    fputs("set label ", file);
    chart_quote(place->text, file);
    fprintf(file,
            " at graph 0, screen down(%u) %s offset screen %" PRId64 ".0/%d, 0 font ',15' front\n",
            top + BAR / 2, place->aligned, place->at, CHART_WIDTH);
}

static int64_t pixel_at(const struct run_report *report, uint64_t at_ns, uint32_t width)
{
    return (int64_t)((wide)at_ns * width / report->samples.end_ns);
}

/* The bars of one row; `width` is the plot's. */
static void write_row(const struct run_report *report, const struct rows *rows, uint32_t row,
                      uint32_t width, FILE *file)
{
    const struct bar *bars = (const struct bar *)(void *)rows->bars->data;
    int64_t taken = 0;
    for (guint i = 0; i < rows->bars->len; i++) {
        guint next = i + 1;
        if (bars[i].row != row)
            continue;
        while (next < rows->bars->len && bars[next].row != row)
            next++;
        bool last = next == rows->bars->len;
        int64_t next_at = last ? width : pixel_at(report, bars[next].from_ns, width);
        struct place place = { .from = pixel_at(report, bars[i].from_ns, width),
                               .until = pixel_at(report, bars[i].until_ns, width) };
        place_text(&bars[i], taken, next_at, &place);
        write_bar(&bars[i], &place, file);
        taken = MAX(taken, place.until);
        if (place.text != NULL)
            taken = MAX(taken, place.text_end);
    }
}

static void write_rows(const struct run_report *report, const struct rows *rows, uint32_t width,
                       FILE *file)
{
    for (uint32_t row = 0; row < rows->count; row++) {
        g_autofree char *name = chart_short_name(rows->names[row]);
        write_row(report, rows, row, width, file);
        if (name[0] == '\0')
            continue;
        fputs("set label ", file);
        chart_quote(name, file);
        fprintf(file, " at graph 0, screen down(%u) right offset screen -%d.0/%d, 0 font ',15'\n",
                CHART_TOP + row * ROW + BAR / 2, 2 * GAP, CHART_WIDTH);
    }
}

void chart_time_axis(const struct run_report *report, FILE *file)
{
    struct rows rows;
    char end[FIXED_TEXT_MAX];
    rows_init(&rows, report);
    uint32_t left = left_of(report, &rows);
    fprintf(file,
            "set xlabel 'simulated time (s)'\nset xrange [0:%s]\n"
            "set lmargin at screen %" PRIu32 ".0/%d\nset rmargin at screen %d.0/%d\n"
            "set tmargin at screen down(%u)\n",
            seconds_text(end, report->samples.end_ns), left, CHART_WIDTH, CHART_WIDTH - RIGHT,
            CHART_WIDTH, CHART_TOP + height_of(&rows));
    write_rows(report, &rows, CHART_WIDTH - RIGHT - left, file);
    rows_done(&rows);
}
