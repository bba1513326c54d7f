#include "draw/canvas.h"

#include <math.h>
#include "base/check.h"

#define CELL_WIDTH 18
#define CELL_HEIGHT 22
#define RADIUS 4.0
#define LETTERS 36.0
#define MONTH_ROOM (4 * PICTURE_PITCH_X - GAP) /* of every whole month */
#define MONTHS_BASELINE 65.0
#define LEGEND_TOP (PICTURE_GRID_Y + GRID_HEIGHT + 28.0)
#define WEEKDAYS_LEFT 16.0
#define GAP 12.0
#define MARK_LINE 3.2
#define TODAY_LINE 3
#define PART_LEAST 0.3 /* of the accent that fractions show */
#define PART_MOST 0.8

/* The shapes that cells are stamped with: a path for each cell would take as long as all the rest. */
struct stamps {
    cairo_surface_t *ground, *dash, *cross;
};

static cairo_surface_t *stamp_ground(void)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_A8, CELL_WIDTH, CELL_HEIGHT);
    cairo_t *cr = cairo_create(s);
    canvas_round_box(cr, 0, 0, CELL_WIDTH, CELL_HEIGHT, RADIUS);
    cairo_fill(cr);
    cairo_destroy(cr);
    return s;
}

/* Strokes across a cell from each (x1, y1) to (x2, y2). */
static cairo_surface_t *stamp_strokes(const double strokes[][4], size_t n)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_A8, CELL_WIDTH, CELL_HEIGHT);
    cairo_t *cr = cairo_create(s);
    cairo_set_line_width(cr, MARK_LINE);
    for (size_t i = 0; i < n; i++) {
        cairo_move_to(cr, strokes[i][0], strokes[i][1]);
        cairo_line_to(cr, strokes[i][2], strokes[i][3]);
    }
    cairo_stroke(cr);
    cairo_destroy(cr);
    return s;
}

/* Skipped is a dash and declined a cross, so that neither needs colours to be told apart. */
static struct stamps stamps_make(void)
{
    static const double dash[][4] = {{5, 11, 13, 11}}, cross[][4] = {{5, 7, 13, 15}, {13, 7, 5, 15}};
    return (struct stamps){stamp_ground(), stamp_strokes(dash, ARRAY_LEN(dash)),
                           stamp_strokes(cross, ARRAY_LEN(cross))};
}

static void stamps_release(struct stamps *s)
{
    cairo_surface_destroy(s->ground);
    cairo_surface_destroy(s->dash);
    cairo_surface_destroy(s->cross);
}

static struct color ground(const struct canvas *c, enum picture_level level, double fraction)
{
    switch (level) {
    case PICTURE_BEFORE:
        return color_faint;
    case PICTURE_NOT_DUE:
        return color_rest;
    case PICTURE_PARTLY:
        return color_mix(color_empty, c->accent,
                         PART_LEAST + (PART_MOST - PART_LEAST) * round(fraction * 10) / 10);
    case PICTURE_DONE:
        return c->accent;
    default:
        return color_empty;
    }
}

/* One day at x, y as drawn. */
static void draw_cell(const struct canvas *c, const struct stamps *s, enum picture_level level,
                      double fraction, double x, double y)
{
    canvas_color(c, ground(c, level, fraction));
    cairo_mask_surface(c->cr, s->ground, x, y);
    if (level != PICTURE_SKIPPED && level != PICTURE_DECLINED)
        return;
    canvas_color(c, color_text);
    cairo_mask_surface(c->cr, level == PICTURE_SKIPPED ? s->dash : s->cross, x, y);
}

static void draw_days(const struct canvas *c, const struct stamps *s)
{
    const struct picture *p = c->p;
    int32_t first = day_diff(p->today, c->grid_start) - (int32_t)p->day_count + 1;
    double x = 0, y = 0;
    for (size_t i = 0; i < p->day_count; i++) {
        int32_t at = first + (int32_t)i;
        int column = at / 7;
        x = canvas_x(c, PICTURE_GRID_X + column * PICTURE_PITCH_X, CELL_WIDTH);
        y = PICTURE_GRID_Y + at % 7 * PICTURE_PITCH_Y;
        draw_cell(c, s, p->days[i].level, p->days[i].fraction, x, y);
    }
    canvas_color(c, color_bright);
    cairo_set_line_width(c->cr, TODAY_LINE);
    canvas_round_box(c->cr, x - 2, y - 2, CELL_WIDTH + 4, CELL_HEIGHT + 4, RADIUS + 2);
    cairo_stroke(c->cr);
}

/* The month whose first day lies in this week up to today, 0 for none. The oldest week has its last day's. */
static int month_of_week(const struct canvas *c, int week)
{
    struct day first = day_add(c->grid_start, 7 * week), last = day_add(first, 6);
    if (day_cmp(last, c->p->today) > 0)
        last = c->p->today;
    int year, month, dom;
    day_to_ymd(last, &year, &month, &dom);
    return week == 0 || dom <= day_diff(last, first) + 1 ? month : 0;
}

struct month {
    double x, room;
    const char *name;
};

/* The months and where they begin, each with its room up to the next; returns how many. */
static size_t find_months(const struct canvas *c, struct month out[PICTURE_WEEKS])
{
    size_t n = 0;
    for (int week = 0, next; week < PICTURE_WEEKS; week = next) {
        int month = month_of_week(c, week);
        for (next = week + 1; next < PICTURE_WEEKS && !month_of_week(c, next);)
            next++;
        double x = PICTURE_GRID_X + week * PICTURE_PITCH_X;
        double end = next < PICTURE_WEEKS ? PICTURE_GRID_X + next * PICTURE_PITCH_X : PICTURE_WIDTH;
        const char *name = c->p->words.months[month - 1];
        if (name && *name)
            out[n++] = (struct month){x, end - x - GAP, name};
    }
    return n;
}

/* All names in one size, that of the longest; a month of a few days at either end is left out. */
static void draw_months(const struct canvas *c)
{
    struct month months[PICTURE_WEEKS];
    size_t n = find_months(c, months);
    double size = LETTERS;
    for (int draw = 0; draw <= 1; draw++)
        for (size_t i = 0; i < n; i++) {
            struct label l = {.text = months[i].name,
                              .size = size,
                              .color = color_text,
                              .x = months[i].x,
                              .width = months[i].room,
                              .baseline = MONTHS_BASELINE};
            double scale = label_scale(c, &l);
            bool whole = months[i].room >= MONTH_ROOM;
            if (draw && (scale > 0.99 || whole))
                label_draw(c, &l);
            else if (!draw && whole)
                size = fmax(fmin(size, LETTERS * scale), LETTERS * LABEL_SMALLEST);
        }
}

/* Every other row has its letter: all seven would be too small to read. */
static void draw_weekdays(const struct canvas *c)
{
    for (int row = 0; row < 7; row += 2) {
        struct label l = {.text = c->p->words.weekdays[(c->p->week_start - 1 + row) % 7],
                          .size = LETTERS,
                          .color = color_text,
                          .x = WEEKDAYS_LEFT,
                          .width = PICTURE_GRID_X - WEEKDAYS_LEFT - GAP,
                          .baseline = PICTURE_GRID_Y + row * PICTURE_PITCH_Y + CELL_HEIGHT + 1,
                          .place = LABEL_END};
        label_draw(c, &l);
    }
}

static void draw_legend(const struct canvas *c, const struct stamps *s)
{
    static const enum picture_level order[] = {PICTURE_DONE,     PICTURE_PARTLY, PICTURE_SKIPPED,
                                               PICTURE_DECLINED, PICTURE_OPEN,   PICTURE_NOT_DUE,
                                               PICTURE_BEFORE};
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        n += c->p->words.legend[order[i]] && *c->p->words.legend[order[i]];
    double x = PICTURE_GRID_X, right = PICTURE_GRID_X + GRID_WIDTH;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        const char *word = c->p->words.legend[order[i]];
        if (!word || !*word)
            continue;
        draw_cell(c, s, order[i], 0.5, canvas_x(c, x, CELL_WIDTH), LEGEND_TOP);
        x += CELL_WIDTH + GAP;
        struct label l = {.text = word,
                          .size = LETTERS,
                          .color = color_text,
                          .x = x,
                          .width = (right - x) / (double)n,
                          .baseline = LEGEND_TOP + CELL_HEIGHT + 1};
        if (n > 1)
            l.width -= 2 * GAP;
        x += label_draw(c, &l) + 3 * GAP;
        n--;
    }
}

void heatmap_draw(const struct canvas *c)
{
    struct stamps s = stamps_make();
    draw_months(c);
    draw_weekdays(c);
    draw_days(c, &s);
    draw_legend(c, &s);
    stamps_release(&s);
}
