#ifndef HABITD_DRAW_PICTURE_H
#define HABITD_DRAW_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/buf.h"
#include "base/day.h"
#include "base/err.h"

/*
 * The picture of a habit's year: a heatmap of 53 weeks, a column each, that ends with the week of the last
 * day, and under it, on the same axis, the line of the score. An opaque dark card of its own, because
 * Telegram turns photos into JPEG, and because the reader's theme is not known: it reads alike on dark and
 * light. Nothing here knows habits or languages: the caller says what each day is and brings every word.
 *
 *        Dec   Jan   Feb   …                      wide as Telegram's largest photo, letters that can be
 *     M  ▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪                read when a phone shows it 400 points wide
 *     W  ▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▪▫
 *        ▪ done  ▪ partly  ▪ skipped  ▪ declined
 *   100  ────────────────────────── 66 %
 *    50  ──────────╱‾‾╲───────────•
 *     0  ───────╱──────────────────
 */

#define PICTURE_WIDTH 1280
#define PICTURE_HEIGHT 720
#define PICTURE_WEEKS 53
#define PICTURE_MAX_DAYS (7 * PICTURE_WEEKS)
#define PICTURE_MAX_WORD 96 /* bytes of a label */

/* Where the heatmap lies: its left edge (its right edge when the picture runs right to left, counted from the
 * right), its top, and what a day takes of it, the gap included. */
#define PICTURE_GRID_X 90
#define PICTURE_GRID_Y 84
#define PICTURE_PITCH_X 22
#define PICTURE_PITCH_Y 26

enum picture_level {
    PICTURE_BEFORE, /* before the habit began: nearly nothing */
    PICTURE_NOT_DUE,
    PICTURE_OPEN, /* due, no answer */
    PICTURE_PARTLY,
    PICTURE_DONE,
    PICTURE_SKIPPED,
    PICTURE_DECLINED,
    PICTURE_LEVELS
};

struct picture_day {
    enum picture_level level;
    double fraction; /* of PICTURE_PARTLY, 0–1 of the target; otherwise ignored */
    double score;    /* 0–1; NAN: the line has no point here */
};

/*
 * Labels: UTF-8 in any script, at most PICTURE_MAX_WORD bytes each. NULL or "" leaves one out. What does not
 * fit its place is set smaller, then cut with an ellipsis; a month without room is left out.
 */
struct picture_words {
    const char *months[12];             /* short names, January first */
    const char *weekdays[7];            /* a letter or two, Monday first */
    const char *legend[PICTURE_LEVELS]; /* entries are drawn for the levels that have a word */
    const char *score;                  /* what the line is */
    const char *score_now;              /* the value at its end, "66 %" */
    const char *low, *middle, *high;    /* at the grid lines 0, 50 and 100 % */
};

struct picture {
    const struct picture_day *days; /* 1–PICTURE_MAX_DAYS, oldest first, the last one is today; borrowed */
    size_t day_count;               /* must fit the 53 weeks: at most 364 + today's place in the week */
    struct day today;
    int week_start;     /* ISO weekday of the top row, 1 = Monday … 7 = Sunday */
    const char *accent; /* "#rrggbb"; moved to a lightness that is seen on the card */
    bool right_to_left; /* today is on the left */
    struct picture_words words;
};

/*
 * Appends a PNG of PICTURE_WIDTH × PICTURE_HEIGHT to `png`; the same input gives the same bytes as long as
 * the machine's fonts stay. On errors `png` is as it was. E_INVALID: a field of the input, named as in the
 * struct
 * ("days[3].score", "words.months[0]"); E_TOO_LARGE: more than png->max; E_INTERNAL: the library has no
 * memory. Any thread, several at once; each thread that draws keeps its fonts (about 1 MB) until it ends.
 */
enum ecode picture_draw(const struct picture *p, struct buf *png, struct err *err);

/*
 * Gives back the fonts of the calling thread and of the process, for the end of a program: nobody draws any
 * more, and threads that did have ended.
 */
void picture_end(void);

#endif
