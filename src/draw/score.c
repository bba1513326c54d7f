#include "draw/canvas.h"

#include <math.h>

#define TOP 446.0 /* 100 % */
#define BOTTOM 682.0
#define HEADING_BASELINE 406.0
#define LETTERS 34.0
#define NOW_LETTERS 58.0
#define NOW_WIDTH 260.0
#define NOW_GAP 22.0
#define DIGITS 0.73 /* their height in letters */
#define LABELS_LEFT 10.0
#define GAP 12.0
#define LINE 6.0

static double x_of(const struct canvas *c, size_t index)
{
    int32_t at = day_diff(c->p->today, c->grid_start) - (int32_t)(c->p->day_count - 1 - index);
    return canvas_x(c, PICTURE_GRID_X + (at + 0.5) / 7 * PICTURE_PITCH_X, 0);
}

static double y_of(double score)
{
    return BOTTOM - (BOTTOM - TOP) * score;
}

/* The next stretch of days with a score from *i on: [*i, *end). False when there is none. */
static bool stretch(const struct picture *p, size_t *i, size_t *end)
{
    while (*i < p->day_count && isnan(p->days[*i].score))
        ++*i;
    for (*end = *i; *end < p->day_count && !isnan(p->days[*end].score);)
        ++*end;
    return *i < *end;
}

static void line_path(const struct canvas *c, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        cairo_line_to(c->cr, x_of(c, i), y_of(c->p->days[i].score));
}

static void draw_area(const struct canvas *c)
{
    canvas_color(c, color_mix(color_card, c->accent, 0.16));
    for (size_t i = 0, end; stretch(c->p, &i, &end); i = end) {
        line_path(c, i, end);
        cairo_line_to(c->cr, x_of(c, end - 1), BOTTOM);
        cairo_line_to(c->cr, x_of(c, i), BOTTOM);
        cairo_close_path(c->cr);
    }
    cairo_fill(c->cr);
}

static void draw_grid(const struct canvas *c)
{
    const struct picture_words *w = &c->p->words;
    const char *const names[] = {w->low, w->middle, w->high};
    for (int i = 0; i < 3; i++) {
        double y = y_of(i * 0.5);
        canvas_color(c, color_empty);
        cairo_rectangle(c->cr, canvas_x(c, PICTURE_GRID_X, GRID_WIDTH), y - 1, GRID_WIDTH, 2);
        cairo_fill(c->cr);
        label_draw(c, &(struct label){.text = names[i],
                                      .size = LETTERS,
                                      .color = color_text,
                                      .x = LABELS_LEFT,
                                      .width = PICTURE_GRID_X - LABELS_LEFT - GAP,
                                      .baseline = y + LETTERS * 0.36,
                                      .place = LABEL_END});
    }
    label_draw(c, &(struct label){.text = w->score,
                                  .size = LETTERS,
                                  .color = color_text,
                                  .x = PICTURE_GRID_X,
                                  .width = GRID_WIDTH - NOW_WIDTH,
                                  .baseline = HEADING_BASELINE});
}

static void draw_line(const struct canvas *c)
{
    canvas_color(c, c->accent);
    cairo_set_line_width(c->cr, LINE);
    cairo_set_line_join(c->cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(c->cr, CAIRO_LINE_CAP_ROUND);
    for (size_t i = 0, end; stretch(c->p, &i, &end); i = end) {
        cairo_new_sub_path(c->cr);
        line_path(c, i, end);
        if (end == i + 1) /* a single day */
            line_path(c, i, end);
    }
    cairo_stroke(c->cr);
}

/* The last point and its value, over the line or under it, where it is nearer to its point. */
static void draw_now(const struct canvas *c)
{
    const struct picture *p = c->p;
    size_t last = p->day_count - 1;
    if (isnan(p->days[last].score))
        return;
    double x = x_of(c, last), y = y_of(p->days[last].score), over = y, under = y;
    canvas_color(c, color_card);
    cairo_arc(c->cr, x, y, 14, 0, 2 * G_PI);
    cairo_fill(c->cr);
    canvas_color(c, c->accent);
    cairo_arc(c->cr, x, y, 10, 0, 2 * G_PI);
    cairo_fill(c->cr);
    struct label l = {.text = p->words.score_now,
                      .size = NOW_LETTERS,
                      .bold = true,
                      .color = c->accent,
                      .halo = true,
                      .x = PICTURE_GRID_X + GRID_WIDTH - NOW_WIDTH,
                      .width = NOW_WIDTH,
                      .place = LABEL_END};
    double width = label_width(c, &l);
    for (size_t i = last; !isnan(p->days[i].score) && fabs(x_of(c, i) - x) <= width; i--) {
        over = fmin(over, y_of(p->days[i].score));
        under = fmax(under, y_of(p->days[i].score));
        if (i == 0)
            break;
    }
    double below = under + NOW_GAP + NOW_LETTERS * DIGITS;
    l.baseline = under - y < y - over && below < PICTURE_HEIGHT - GAP ? below : over - NOW_GAP;
    label_draw(c, &l);
}

void score_draw(const struct canvas *c)
{
    draw_area(c);
    draw_grid(c);
    draw_line(c);
    draw_now(c);
}
