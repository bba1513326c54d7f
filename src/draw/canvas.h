#ifndef HABITD_DRAW_CANVAS_H
#define HABITD_DRAW_CANVAS_H

#include <pango/pangocairo.h>
#include "draw/color.h"
#include "draw/picture.h"

/* What the parts of a picture share while it is drawn; internal to src/draw. */

#define GRID_WIDTH (PICTURE_WEEKS * PICTURE_PITCH_X)
#define GRID_HEIGHT (7 * PICTURE_PITCH_Y)

struct canvas {
    const struct picture *p;
    cairo_t *cr;
    PangoLayout *layout;
    struct color accent;   /* lightness corrected */
    struct day grid_start; /* the day of the top cell of the oldest week */
};

extern const struct color color_card, color_empty, color_rest, color_faint, color_text, color_bright;

/* The left edge of something `width` wide that lies `x` from where time begins: from the left, or from the
 * right when the picture runs right to left. */
double canvas_x(const struct canvas *c, double x, double width);

void canvas_color(const struct canvas *c, struct color color);

/* Adds a rectangle with round corners to the path; x as drawn, not as in canvas_x. */
void canvas_round_box(cairo_t *cr, double x, double y, double width, double height, double radius);

enum label_place { LABEL_START, LABEL_MIDDLE, LABEL_END };

struct label {
    const char *text; /* NULL, "": nothing is drawn */
    double size;      /* of the letters, in pixels */
    bool bold;
    struct color color;
    bool halo;              /* with a rim of the card's colour, for what lies under it */
    double x, width;        /* the box it must fit, as canvas_x takes it */
    double baseline;        /* from the top */
    enum label_place place; /* in its box, along the direction of the picture */
};

/* What its letters must be made smaller by to fit the box: 1 or less; below LABEL_SMALLEST it will be cut. */
#define LABEL_SMALLEST 0.66
double label_scale(const struct canvas *c, const struct label *l);

/* Draws it, made smaller down to LABEL_SMALLEST and then cut with an ellipsis; returns the width it took. */
double label_draw(const struct canvas *c, const struct label *l);

/* The width that label_draw will return. */
double label_width(const struct canvas *c, const struct label *l);

/* Months, weekdays, days and the legend: everything above the line. */
void heatmap_draw(const struct canvas *c);

/* The line of the score with its grid. */
void score_draw(const struct canvas *c);

#endif
