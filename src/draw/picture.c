#include "draw/canvas.h"

#include <fontconfig/fontconfig.h>
#include <math.h>
#include <string.h>
#include "base/check.h"
#include "base/utf8.h"
#include "draw/png_write.h"

/*
 * The card is dark: a light one glares in a dark chat, a dark one is at home in both, and of the colours
 * people choose more are seen on dark. ACCENT_LEAST is 3:1 against an empty day and 4.5:1 against the card;
 * ACCENT_MOST leaves white to today's outline.
 */
const struct color color_card = {0x1b / 255.0, 0x26 / 255.0, 0x32 / 255.0};
const struct color color_empty = {0x37 / 255.0, 0x45 / 255.0, 0x54 / 255.0};
const struct color color_rest = {0x28 / 255.0, 0x34 / 255.0, 0x42 / 255.0};
const struct color color_faint = {0x20 / 255.0, 0x2c / 255.0, 0x39 / 255.0};
const struct color color_text = {0xb4 / 255.0, 0xc0 / 255.0, 0xcc / 255.0};
const struct color color_bright = {0xf4 / 255.0, 0xf7 / 255.0, 0xfa / 255.0};

#define DAY_LAST 2932896 /* 9999-12-31 */
#define ACCENT_LEAST 0.29
#define ACCENT_MOST 0.72

double canvas_x(const struct canvas *c, double x, double width)
{
    return c->p->right_to_left ? PICTURE_WIDTH - x - width : x;
}

void canvas_color(const struct canvas *c, struct color color)
{
    cairo_set_source_rgb(c->cr, color.r, color.g, color.b);
}

void canvas_round_box(cairo_t *cr, double x, double y, double width, double height, double radius)
{
    double right = x + width - radius, bottom = y + height - radius;
    cairo_new_sub_path(cr);
    cairo_arc(cr, right, y + radius, radius, -G_PI_2, 0);
    cairo_arc(cr, right, bottom, radius, 0, G_PI_2);
    cairo_arc(cr, x + radius, bottom, radius, G_PI_2, G_PI);
    cairo_arc(cr, x + radius, y + radius, radius, G_PI, 3 * G_PI_2);
    cairo_close_path(cr);
}

static enum ecode check_word(const char *word, struct err *err, const char *name, int index)
{
    char field[sizeof err->field];
    snprintf(field, sizeof field, index < 0 ? "words.%s" : "words.%s[%d]", name, index);
    if (word && strlen(word) > PICTURE_MAX_WORD)
        return err_field(err, field, "must be at most %d bytes", PICTURE_MAX_WORD);
    const char *start;
    size_t len;
    if (word && !utf8_clean_line(word, strlen(word), &start, &len))
        return err_field(err, field, "must be a line of UTF-8");
    return E_OK;
}

static enum ecode check_list(const char *const *words, size_t n, struct err *err, const char *name)
{
    enum ecode rc = E_OK;
    for (size_t i = 0; i < n && rc == E_OK; i++)
        rc = check_word(words[i], err, name, (int)i);
    return rc;
}

static enum ecode check_words(const struct picture_words *w, struct err *err)
{
    const struct {
        const char *name, *word;
    } single[] = {{"score", w->score},
                  {"score_now", w->score_now},
                  {"low", w->low},
                  {"middle", w->middle},
                  {"high", w->high}};
    enum ecode rc = check_list(w->months, ARRAY_LEN(w->months), err, "months");
    if (rc == E_OK)
        rc = check_list(w->weekdays, ARRAY_LEN(w->weekdays), err, "weekdays");
    if (rc == E_OK)
        rc = check_list(w->legend, ARRAY_LEN(w->legend), err, "legend");
    for (size_t i = 0; i < ARRAY_LEN(single) && rc == E_OK; i++)
        rc = check_word(single[i].word, err, single[i].name, -1);
    return rc;
}

static enum ecode check_day(const struct picture_day *d, size_t index, struct err *err)
{
    char field[sizeof err->field];
    if ((unsigned)d->level >= PICTURE_LEVELS) {
        snprintf(field, sizeof field, "days[%zu].level", index);
        return err_field(err, field, "is no level");
    }
    if (d->level == PICTURE_PARTLY && !(d->fraction >= 0 && d->fraction <= 1)) {
        snprintf(field, sizeof field, "days[%zu].fraction", index);
        return err_field(err, field, "must be 0 to 1");
    }
    if (!isnan(d->score) && !(d->score >= 0 && d->score <= 1)) {
        snprintf(field, sizeof field, "days[%zu].score", index);
        return err_field(err, field, "must be 0 to 1 or not a number");
    }
    return E_OK;
}

/* Everything the picture is made of, and what follows from it. */
static enum ecode read_input(const struct picture *p, struct canvas *c, struct err *err)
{
    if (p->week_start < 1 || p->week_start > 7)
        return err_field(err, "week_start", "must be 1 to 7");
    if (p->today.n < DAY_FIRST_LOG || p->today.n > DAY_LAST)
        return err_field(err, "today", "must lie between 2000 and 9999");
    int row = (day_weekday(p->today) - p->week_start + 7) % 7;
    c->grid_start = day_add(p->today, -row - 7 * (PICTURE_WEEKS - 1));
    if (p->day_count < 1 || p->day_count > (size_t)day_diff(p->today, c->grid_start) + 1)
        return err_field(err, "day_count", "must be 1 to %d, so that the days fit %d weeks",
                         (int)day_diff(p->today, c->grid_start) + 1, PICTURE_WEEKS);
    struct color wanted;
    if (!color_parse(p->accent, &wanted))
        return err_field(err, "accent", "must be #rrggbb");
    c->accent = color_between(wanted, ACCENT_LEAST, ACCENT_MOST);
    for (size_t i = 0; i < p->day_count; i++)
        if (check_day(&p->days[i], i, err) != E_OK)
            return E_INVALID;
    return check_words(&p->words, err);
}

/* Letters do not depend on what the machine's screens would like. */
static PangoLayout *layout_new(cairo_t *cr)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(pango_layout_get_context(layout), options);
    cairo_font_options_destroy(options);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    return layout;
}

static enum ecode write_out(cairo_t *cr, cairo_surface_t *surface, struct buf *png, struct err *err)
{
    cairo_status_t status = cairo_status(cr);
    if (status != CAIRO_STATUS_SUCCESS)
        return err_set(err, E_INTERNAL, "drawing failed: %s", cairo_status_to_string(status));
    cairo_surface_flush(surface);
    struct image image = {.pixels = (const uint32_t *)(const void *)cairo_image_surface_get_data(surface),
                          .width = PICTURE_WIDTH,
                          .height = PICTURE_HEIGHT,
                          .stride = (size_t)cairo_image_surface_get_stride(surface) / sizeof(uint32_t)};
    return png_write(&image, png, err);
}

enum ecode picture_draw(const struct picture *p, struct buf *png, struct err *err)
{
    struct canvas c = {.p = p};
    enum ecode rc = read_input(p, &c, err);
    if (rc != E_OK)
        return rc;
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, PICTURE_WIDTH, PICTURE_HEIGHT);
    c.cr = cairo_create(surface);
    c.layout = layout_new(c.cr);
    canvas_color(&c, color_card);
    cairo_paint(c.cr);
    heatmap_draw(&c);
    score_draw(&c);
    rc = write_out(c.cr, surface, png, err);
    g_object_unref(c.layout);
    cairo_destroy(c.cr);
    cairo_surface_destroy(surface);
    return rc;
}

void picture_end(void)
{
    pango_cairo_font_map_set_default(NULL);
    FcFini();
}
