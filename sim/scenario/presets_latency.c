/* Round trips between the regions of a provider, as they were measured.
 *
 * Averages of 2017 over AWS, in ms, as published: the row is the region that asked.  The two
 * directions of a pair were measured apart and differ a little.  The last row, from SAO, was not
 * published; it is the column to SAO.  (Today's are lower: VA to OR about 62, VA to IE about 67 to
 * 75.) */
#include "clustersim/protocol.h"
#include "scenario/presets.h"

const struct preset_region preset_regions[PRESET_REGIONS] = {
    { "VA", "us-east-1" },       { "NCA", "us-west-1" },      { "OR", "us-west-2" },
    { "IE", "eu-west-1" },       { "FRA", "eu-central-1" },   { "TYO", "ap-northeast-1" },
    { "SEO", "ap-northeast-2" }, { "SIN", "ap-southeast-1" }, { "SYD", "ap-southeast-2" },
    { "SAO", "sa-east-1" },
};

/* clang-format off */
static const uint16_t round_trips[PRESET_REGIONS][PRESET_REGIONS] = {
    /*           VA    NCA     OR     IE    FRA    TYO    SEO    SIN    SYD    SAO */
    /* VA  */ {     0,  7274,  8698,  8055,  8866, 14530, 17840, 21670, 23000, 11950 },
    /* NCA */ {  7163,     0,  1946, 15320, 16660, 10250, 13150, 17400, 15750, 19270 },
    /* OR  */ {  8868,  1920,     0, 13700, 15950,  8910, 11830, 16140, 16220, 18270 },
    /* IE  */ {  8052, 15320, 13700,     0,  1956, 21240, 24240, 23900, 30960, 19130 },
    /* FRA */ {  8862, 16660, 15950,  1955,     0, 23650, 26620, 32590, 32350, 19490 },
    /* TYO */ { 14530, 10250,  8916, 21240, 23660,     0,  3144,  7379, 10390, 25680 },
    /* SEO */ { 17660, 13260, 11820, 24240, 26530,  3132,     0,  7187, 13400, 28630 },
    /* SIN */ { 21670, 17390, 16140, 23810, 32590,  7381,  7129,     0, 17530, 32810 },
    /* SYD */ { 22970, 15780, 16190, 30960, 32320, 10390, 13400, 17540,     0, 32250 },
    /* SAO */ { 11950, 19270, 18270, 19130, 19490, 25680, 28630, 32810, 32250,     0 },
};
/* clang-format on */

uint32_t preset_round_trip(size_t from, size_t to)
{
    cs_assert(from < PRESET_REGIONS);
    cs_assert(to < PRESET_REGIONS);
    return round_trips[from][to];
}
