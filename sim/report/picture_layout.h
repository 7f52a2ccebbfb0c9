/* Where things stand in a picture. */
#ifndef REPORT_PICTURE_LAYOUT_H
#define REPORT_PICTURE_LAYOUT_H
#include "report/picture.h"

enum {
    PICTURE_LEFT = 210,   /* where time begins */
    PICTURE_RIGHT = 1560, /* and where it ends */
    PICTURE_CALLS_MAX = 60,
    PICTURE_GLYPH = 10, /* the width of a letter in a bar */
    PICTURE_PAD = 9,    /* left and right of the words in a bar */
};

struct layout_call {
    const struct picture_call *call;
    unsigned lane;
    unsigned left, right; /* of the bar */
    unsigned room;        /* for its words, from `left` on */
};

struct layout_column {
    uint64_t at, place;
    unsigned x;
};

struct layout {
    GArray *columns;  /* struct layout_column, from left to right */
    GArray *calls;    /* struct layout_call */
    GPtrArray *lanes; /* their names, borrowed */
    guint left_out;   /* calls that there is no room for */
};

void layout_init(struct layout *layout, const struct picture *picture);
void layout_done(struct layout *layout);

/* Where a time stands, clamped to the ends. */
unsigned layout_x(const struct layout *layout, uint64_t at);
/* Whether anything of the band can be seen. */
bool layout_shows(const struct layout *layout, const struct picture_band *band);

#endif
