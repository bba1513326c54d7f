#include "draw/canvas.h"

#include <math.h>

#define HALO 9

/* The first family that is installed; other scripts come from whatever font has them. */
#define FAMILIES "Noto Sans, DejaVu Sans, sans-serif"

static double prepare(const struct canvas *c, const struct label *l, double size)
{
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family_static(font, FAMILIES);
    pango_font_description_set_weight(font, l->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    pango_layout_set_font_description(c->layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(c->layout, -1);
    pango_layout_set_text(c->layout, l->text, -1);
    int width;
    pango_layout_get_size(c->layout, &width, NULL);
    return (double)width / PANGO_SCALE;
}

double label_scale(const struct canvas *c, const struct label *l)
{
    if (!l->text || !*l->text)
        return 1;
    double width = prepare(c, l, l->size);
    return width > l->width ? l->width / width : 1;
}

/* Leaves the layout as it will be drawn. */
double label_width(const struct canvas *c, const struct label *l)
{
    double scale = label_scale(c, l);
    if (!l->text || !*l->text)
        return 0;
    if (scale < 1)
        prepare(c, l, l->size * fmax(scale, LABEL_SMALLEST));
    if (scale < LABEL_SMALLEST) {
        pango_layout_set_ellipsize(c->layout, PANGO_ELLIPSIZE_END);
        pango_layout_set_width(c->layout, (int)(l->width * PANGO_SCALE));
    }
    int width;
    pango_layout_get_size(c->layout, &width, NULL);
    return (double)width / PANGO_SCALE;
}

double label_draw(const struct canvas *c, const struct label *l)
{
    double width = label_width(c, l), room = l->width - width;
    if (width == 0)
        return 0;
    double x = canvas_x(c,
                        l->x + (l->place == LABEL_START    ? 0
                                : l->place == LABEL_MIDDLE ? room / 2
                                                           : room),
                        width);
    double y = l->baseline - (double)pango_layout_get_baseline(c->layout) / PANGO_SCALE;
    cairo_move_to(c->cr, x, y);
    if (l->halo) {
        pango_cairo_layout_path(c->cr, c->layout);
        canvas_color(c, color_card);
        cairo_set_line_width(c->cr, HALO);
        cairo_stroke(c->cr);
        cairo_move_to(c->cr, x, y);
    }
    canvas_color(c, l->color);
    pango_cairo_show_layout(c->cr, c->layout);
    cairo_new_path(c->cr);
    return width;
}
