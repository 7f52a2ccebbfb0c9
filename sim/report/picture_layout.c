/* Columns are events in their order.  Each call wants room for its words; what is left over is
 * shared, what is too much is taken from all, and then words are cut. */
#include "report/picture_layout.h"

#include <string.h>

#include "clustersim/protocol.h"

enum { STEP_LEAST = 26, WORDS_MOST = 30 };

static gint compare_columns(gconstpointer a, gconstpointer b)
{
    const struct layout_column *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

static void add_column(struct layout *layout, uint64_t at, uint64_t place)
{
    const struct layout_column column = { .at = at, .place = place };
    g_array_append_val(layout->columns, column);
}

static void add_lane(struct layout *layout, struct layout_call *placed)
{
    for (guint i = 0; i < layout->lanes->len; i++) {
        if (strcmp(g_ptr_array_index(layout->lanes, i), placed->call->lane) == 0) {
            placed->lane = i;
            return;
        }
    }
    placed->lane = layout->lanes->len;
    g_ptr_array_add(layout->lanes, placed->call->lane);
}

/* The last calls, and the impossible one. */
static void choose_calls(struct layout *layout, const struct picture *picture)
{
    guint count = picture->calls->len;
    guint first = count > PICTURE_CALLS_MAX ? count - PICTURE_CALLS_MAX : 0;
    for (guint i = 0; i < count; i++) {
        struct layout_call placed = { .call =
                                          &g_array_index(picture->calls, struct picture_call, i) };
        if (i < first && !placed.call->impossible) {
            layout->left_out++;
            continue;
        }
        add_lane(layout, &placed);
        g_array_append_val(layout->calls, placed);
        add_column(layout, placed.call->called_at, placed.call->called);
        if (!placed.call->open)
            add_column(layout, placed.call->returned_at, placed.call->returned);
    }
}

static const struct layout_column *column_at(const struct layout *layout, guint i)
{
    cs_assert(i < layout->columns->len);
    return &g_array_index(layout->columns, struct layout_column, i);
}

/* Bands begin and end in columns of their own, ahead of what happens at that time. */
static void add_bands(struct layout *layout, const struct picture *picture)
{
    if (layout->columns->len == 0)
        return;
    g_array_sort(layout->columns, compare_columns);
    uint64_t first = column_at(layout, 0)->at;
    uint64_t last = column_at(layout, layout->columns->len - 1)->at;
    for (guint i = 0; i < picture->bands->len; i++) {
        const struct picture_band *band = &g_array_index(picture->bands, struct picture_band, i);
        if (band->from > first && band->from < last)
            add_column(layout, band->from, 0);
        if (band->until > first && band->until < last && band->until != band->from)
            add_column(layout, band->until, 0);
    }
    g_array_sort(layout->columns, compare_columns);
}

static guint find_column(const struct layout *layout, uint64_t at, uint64_t place)
{
    const struct layout_column wanted = { .at = at, .place = place };
    guint i = 0;
    while (i + 1 < layout->columns->len && compare_columns(column_at(layout, i), &wanted) < 0)
        i++;
    return i;
}

static unsigned width_of_words(const struct picture_call *call)
{
    glong letters = g_utf8_strlen(call->words, -1);
    unsigned shown = letters < WORDS_MOST ? (unsigned)letters : WORDS_MOST;
    return shown * PICTURE_GLYPH + 2 * PICTURE_PAD;
}

/* How far right a column must be for the words of what returns there. */
static unsigned wanted_x(const struct layout *layout, guint column, const unsigned *x)
{
    unsigned wanted = column == 0 ? 0 : x[column - 1] + STEP_LEAST;
    for (guint i = 0; i < layout->calls->len; i++) {
        const struct picture_call *call = g_array_index(layout->calls, struct layout_call, i).call;
        if (call->open || find_column(layout, call->returned_at, call->returned) != column)
            continue;
        guint begin = find_column(layout, call->called_at, call->called);
        cs_assert(begin < column);
        wanted = MAX(wanted, x[begin] + width_of_words(call));
    }
    return wanted;
}

static void place_columns(struct layout *layout)
{
    guint count = layout->columns->len;
    unsigned *x = g_new0(unsigned, count + 1);
    for (guint i = 0; i < count; i++)
        x[i] = wanted_x(layout, i, x);
    /* What never returned shows its words, too. */
    unsigned all = count == 0 ? 1 : x[count - 1] + STEP_LEAST;
    for (guint i = 0; i < layout->calls->len; i++) {
        const struct picture_call *call = g_array_index(layout->calls, struct layout_call, i).call;
        if (call->open) {
            all = MAX(all,
                      x[find_column(layout, call->called_at, call->called)] + width_of_words(call));
        }
    }
    uint64_t width = PICTURE_RIGHT - PICTURE_LEFT - STEP_LEAST;
    for (guint i = 0; i < count; i++) {
        g_array_index(layout->columns, struct layout_column, i).x =
            PICTURE_LEFT + STEP_LEAST / 2 + (unsigned)(x[i] * width / all);
    }
    g_free(x);
}

/* Words may go on behind their bar up to the next one of the lane. */
static void place_calls(struct layout *layout)
{
    for (guint i = layout->calls->len; i-- > 0;) {
        struct layout_call *placed = &g_array_index(layout->calls, struct layout_call, i);
        const struct picture_call *call = placed->call;
        placed->left = column_at(layout, find_column(layout, call->called_at, call->called))->x;
        placed->right = PICTURE_RIGHT;
        if (!call->open) {
            guint end = find_column(layout, call->returned_at, call->returned);
            placed->right = column_at(layout, end)->x;
        }
        unsigned next = PICTURE_RIGHT;
        for (guint j = i + 1; j < layout->calls->len; j++) {
            const struct layout_call *other = &g_array_index(layout->calls, struct layout_call, j);
            if (other->lane == placed->lane && other->left < next)
                next = other->left;
        }
        unsigned limit = call->impossible ? placed->right : next; /* its mark stands behind it */
        placed->room = limit > placed->left ? limit - placed->left : 0;
    }
}

void layout_init(struct layout *layout, const struct picture *picture)
{
    *layout = (struct layout){
        .columns = g_array_new(FALSE, TRUE, sizeof(struct layout_column)),
        .calls = g_array_new(FALSE, TRUE, sizeof(struct layout_call)),
        .lanes = g_ptr_array_new(),
    };
    choose_calls(layout, picture);
    add_bands(layout, picture);
    place_columns(layout);
    place_calls(layout);
}

void layout_done(struct layout *layout)
{
    g_array_unref(layout->columns);
    g_array_unref(layout->calls);
    g_ptr_array_unref(layout->lanes);
}

unsigned layout_x(const struct layout *layout, uint64_t at)
{
    guint count = layout->columns->len;
    cs_assert(count > 0);
    if (at <= column_at(layout, 0)->at)
        return PICTURE_LEFT;
    if (at >= column_at(layout, count - 1)->at)
        return PICTURE_RIGHT;
    return column_at(layout, find_column(layout, at, 0))->x;
}

bool layout_shows(const struct layout *layout, const struct picture_band *band)
{
    guint count = layout->columns->len;
    return count > 0 && band->from <= column_at(layout, count - 1)->at &&
           band->until >= column_at(layout, 0)->at;
}
