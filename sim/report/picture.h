/* The picture of operations that no order explains: a lane for each client, a bar for each
 * operation from its call to its return, what it asked and was answered, and behind them the faults
 * of that time.  An SVG of our own, the same bytes everywhere.
 *
 * From left to right time runs by events, each a step, not to scale: what counts is what came
 * before what, and the times stand below. */
#ifndef REPORT_PICTURE_H
#define REPORT_PICTURE_H
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum picture_kind { PICTURE_READ, PICTURE_WRITE, PICTURE_CONDITIONAL };

struct picture_call {
    char *lane;                      /* whose it is */
    char *words;                     /* "put \"a\" → ok" */
    char *tip;                       /* all that is known, for a tooltip */
    uint64_t called_at, returned_at; /* as the axis says */
    uint64_t called, returned;       /* places among all events: order what happens at one time */
    enum picture_kind kind;
    bool open;       /* its outcome is unknown: `returned…` say nothing */
    bool impossible; /* one is, and it has returned */
};

struct picture_band {
    char *name;
    uint64_t from, until; /* as the axis says */
};

struct picture {
    char *file; /* its name in a run's folder, or NULL */
    char *title, *subtitle;
    GPtrArray *sentences; /* below the lanes: char * */
    GArray *calls;        /* struct picture_call, by their invocations */
    GArray *bands;        /* struct picture_band */
    bool lines;           /* the axis counts a file's lines; else ns */
};

struct picture *picture_new(void);
void picture_free(struct picture *picture);

/* Takes what the call, or the band, owns. */
void picture_add_call(struct picture *picture, const struct picture_call *call);
void picture_add_band(struct picture *picture, const struct picture_band *band);
/* A paragraph of its own; the format is printf()'s. */
void picture_say(struct picture *picture, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* "evidence/CHECK-KEY.svg": of a key that is no name of a file all other bytes are %XX, and a long
 * one is cut and tells its hash.  The caller frees it. */
char *picture_file_name(const char *check, const void *key, size_t size);

void picture_write(const struct picture *picture, FILE *file);

#endif
