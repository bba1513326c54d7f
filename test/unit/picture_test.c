#include "test.h"

#include <cairo.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "draw/palette.h"
#include "draw/picture.h"

#define CARD 0x1b2632u
#define OPEN 0x374554u
#define NOT_DUE 0x283442u
#define BEFORE 0x202c39u
#define TEXT 0xb4c0ccu
#define WHITE 0xf4f7fau
#define GREEN 0x7cb342u /* as it is given: light enough */

/* A year of open days without a score, whose last day is `today`, without a word. */
struct year {
    struct picture_day days[PICTURE_MAX_DAYS];
    struct picture p;
};

static struct day ymd(int year, int month, int dom)
{
    struct day d;
    assert_true(day_from_ymd(year, month, dom, &d));
    return d;
}

static void year_of(struct year *y, struct day today, size_t days, int week_start)
{
    for (size_t i = 0; i < PICTURE_MAX_DAYS; i++)
        y->days[i] = (struct picture_day){PICTURE_OPEN, 0, (double)NAN};
    y->p = (struct picture){
        .days = y->days, .day_count = days, .today = today, .week_start = week_start, .accent = "#7cb342"};
}

/* The year's entry of a day. */
static struct picture_day *entry(struct year *y, struct day d)
{
    int32_t at = (int32_t)y->p.day_count - 1 - day_diff(y->p.today, d);
    assert_in_range(at, 0, y->p.day_count - 1);
    return &y->days[at];
}

struct source {
    const struct buf *png;
    size_t read;
};

static cairo_status_t next_bytes(void *closure, unsigned char *data, unsigned n)
{
    struct source *s = closure;
    if (n > s->png->len - s->read)
        return CAIRO_STATUS_READ_ERROR;
    memcpy(data, s->png->data + s->read, n);
    s->read += n;
    return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *decode(const struct buf *png)
{
    struct source s = {png, 0};
    cairo_surface_t *image = cairo_image_surface_create_from_png_stream(next_bytes, &s);
    assert_int_equal(cairo_surface_status(image), CAIRO_STATUS_SUCCESS);
    assert_int_equal(cairo_image_surface_get_width(image), PICTURE_WIDTH);
    assert_int_equal(cairo_image_surface_get_height(image), PICTURE_HEIGHT);
    assert_int_equal(cairo_image_surface_get_format(image), CAIRO_FORMAT_RGB24); /* opaque */
    return image;
}

static void draw_bytes(const struct picture *p, struct buf *png)
{
    struct err err = {.code = E_OK};
    buf_init(png, 1 << 20);
    if (picture_draw(p, png, &err) != E_OK)
        fail_msg("%s: %s", err.field, err.text);
}

static cairo_surface_t *draw(const struct picture *p)
{
    struct buf png;
    draw_bytes(p, &png);
    cairo_surface_t *image = decode(&png);
    buf_release(&png);
    return image;
}

static uint32_t pixel(cairo_surface_t *image, int x, int y)
{
    uint32_t value;
    memcpy(&value, cairo_image_surface_get_data(image) + y * cairo_image_surface_get_stride(image) + 4 * x,
           sizeof value);
    return value & 0xffffff;
}

/* The colour of the ground of a cell, beside its marks; columns and rows count from 0. */
static uint32_t cell(cairo_surface_t *image, int column, int row)
{
    return pixel(image, PICTURE_GRID_X + column * PICTURE_PITCH_X + 9,
                 PICTURE_GRID_Y + row * PICTURE_PITCH_Y + 4);
}

static uint32_t cell_middle(cairo_surface_t *image, int column, int row)
{
    return pixel(image, PICTURE_GRID_X + column * PICTURE_PITCH_X + 9,
                 PICTURE_GRID_Y + row * PICTURE_PITCH_Y + 11);
}

/* The largest difference of a channel. Edges may move a little with the palette. */
static int far_apart(uint32_t a, uint32_t b)
{
    int most = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        int d = abs((int)(a >> shift & 0xff) - (int)(b >> shift & 0xff));
        most = d > most ? d : most;
    }
    return most;
}

#define VISIBLE 40

/* Pixels in [x1, x2) × [y1, y2) that are visibly different. */
static size_t differing(cairo_surface_t *a, cairo_surface_t *b, int x1, int y1, int x2, int y2)
{
    size_t n = 0;
    for (int y = y1; y < y2; y++)
        for (int x = x1; x < x2; x++)
            n += far_apart(pixel(a, x, y), pixel(b, x, y)) > VISIBLE;
    return n;
}

static void days_lie_in_their_week(void **state)
{
    static const struct {
        int year, month, dom, week_start; /* 2026-11-19 is a Thursday */
        size_t days;
        int other[3], column, row; /* a day and where it belongs */
    } cases[] = {
        {2026, 11, 19, 1, 368, {2026, 11, 19}, 52, 3}, {2026, 11, 19, 7, 369, {2026, 11, 19}, 52, 4},
        {2026, 11, 19, 6, 365, {2026, 11, 19}, 52, 5}, {2026, 11, 19, 1, 368, {2025, 11, 17}, 0, 0},
        {2026, 11, 19, 7, 369, {2025, 11, 16}, 0, 0},  {2026, 11, 19, 1, 365, {2025, 11, 20}, 0, 3},
        {2026, 11, 22, 1, 371, {2025, 11, 17}, 0, 0},  {2026, 11, 23, 1, 365, {2026, 11, 22}, 51, 6},
        {2024, 3, 1, 1, 366, {2024, 2, 29}, 52, 3},    {2024, 3, 4, 1, 365, {2024, 2, 29}, 51, 3},
        {2024, 12, 31, 1, 366, {2024, 2, 29}, 8, 3},   {2025, 3, 1, 7, 366, {2025, 2, 28}, 52, 5},
        {2026, 1, 1, 1, 365, {2025, 12, 31}, 52, 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct year y;
        year_of(&y, ymd(cases[i].year, cases[i].month, cases[i].dom), cases[i].days, cases[i].week_start);
        entry(&y, ymd(cases[i].other[0], cases[i].other[1], cases[i].other[2]))->level = PICTURE_DONE;
        cairo_surface_t *image = draw(&y.p);
        for (int column = 0; column < PICTURE_WEEKS; column++)
            for (int row = 0; row < 7; row++)
                if ((cell(image, column, row) == GREEN) != (column == cases[i].column && row == cases[i].row))
                    fail_msg("case %zu: column %d, row %d", i, column, row);
        cairo_surface_destroy(image);
    }
}

static void only_given_days_are_drawn(void **state)
{
    struct year y;
    year_of(&y, ymd(2026, 11, 19), 365, 1); /* 2025-11-20, a Thursday, is the first */
    cairo_surface_t *image = draw(&y.p);
    for (int row = 0; row < 7; row++) {
        assert_int_equal(cell(image, 0, row), row < 3 ? CARD : OPEN);
        assert_int_equal(cell(image, 52, row), row > 3 ? CARD : OPEN); /* no future */
    }
    cairo_surface_destroy(image);
    year_of(&y, ymd(2026, 11, 19), 1, 1);
    image = draw(&y.p);
    assert_int_equal(cell(image, 52, 3), OPEN);
    assert_int_equal(cell(image, 52, 2), CARD);
    cairo_surface_destroy(image);
}

static void levels_have_their_colours_and_shapes(void **state)
{
    static const struct {
        enum picture_level level;
        double fraction;
        uint32_t ground, middle;
    } cases[] = {
        {PICTURE_BEFORE, 0, BEFORE, BEFORE},     {PICTURE_NOT_DUE, 0, NOT_DUE, NOT_DUE},
        {PICTURE_OPEN, 0, OPEN, OPEN},           {PICTURE_DONE, 0, GREEN, GREEN},
        {PICTURE_SKIPPED, 0, OPEN, TEXT},        {PICTURE_DECLINED, 0, OPEN, TEXT},
        {PICTURE_PARTLY, 0, 0x4c664f, 0x4c664f}, {PICTURE_PARTLY, 1, 0x6e9d46, 0x6e9d46},
    };
    struct year y;
    year_of(&y, ymd(2026, 11, 19), 368, 1);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) /* down the second column and into the third */
        y.days[7 + i] = (struct picture_day){cases[i].level, cases[i].fraction, (double)NAN};
    y.days[30].level = PICTURE_SKIPPED;
    y.days[31].level = PICTURE_DECLINED;
    cairo_surface_t *image = draw(&y.p);
    for (int i = 0; i < (int)ARRAY_LEN(cases); i++) {
        assert_in_range(far_apart(cell(image, 1 + i / 7, i % 7), cases[i].ground), 0, 1);
        assert_in_range(far_apart(cell_middle(image, 1 + i / 7, i % 7), cases[i].middle), 0, 1);
    }
    /* A dash lies, a cross reaches towards the corners. */
    int x = PICTURE_GRID_X + 4 * PICTURE_PITCH_X, dash = PICTURE_GRID_Y + 2 * PICTURE_PITCH_Y,
        cross = dash + PICTURE_PITCH_Y;
    assert_int_equal(pixel(image, x + 6, dash + 8), OPEN);
    assert_int_equal(pixel(image, x + 6, cross + 8), TEXT);
    assert_int_equal(pixel(image, x + 6, dash + 11), TEXT);
    /* Today has a rim, other days have none. */
    assert_int_equal(
        pixel(image, PICTURE_GRID_X + 52 * PICTURE_PITCH_X + 9, PICTURE_GRID_Y + 3 * PICTURE_PITCH_Y - 2),
        WHITE);
    assert_int_equal(
        pixel(image, PICTURE_GRID_X + 51 * PICTURE_PITCH_X + 9, PICTURE_GRID_Y + 3 * PICTURE_PITCH_Y - 2),
        CARD);
    cairo_surface_destroy(image);
}

static void right_to_left_is_the_mirror(void **state)
{
    struct year y;
    year_of(&y, ymd(2026, 11, 19), 365, 7);
    for (size_t i = 0; i < 365; i += 3)
        y.days[i].level = PICTURE_DONE;
    cairo_surface_t *ltr = draw(&y.p);
    y.p.right_to_left = true;
    cairo_surface_t *rtl = draw(&y.p);
    for (int v = 0; v < PICTURE_HEIGHT; v++)
        for (int u = 0; u < PICTURE_WIDTH; u++)
            if (far_apart(pixel(ltr, u, v), pixel(rtl, PICTURE_WIDTH - 1 - u, v)) > VISIBLE)
                fail_msg("at %d, %d", u, v);
    cairo_surface_destroy(ltr);
    cairo_surface_destroy(rtl);
}

static double luminance(uint32_t rgb)
{
    double sum = 0;
    static const double weights[] = {0.0722, 0.7152, 0.2126};
    for (int i = 0; i < 3; i++) {
        double v = (double)(rgb >> 8 * i & 0xff) / 255;
        sum += weights[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(uint32_t a, uint32_t b)
{
    double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

static void every_accent_is_seen(void **state)
{
    static const char *const accents[] = {
        "#d32f2f", "#e64a19", "#f57c00", "#ff8f00", "#f9a825", "#afb42b", "#7cb342", "#388e3c", "#00897b",
        "#00acc1", "#039be5", "#1976d2", "#303f9f", "#5e35b1", "#8e24aa", "#d81b60", "#5d4037", "#303030",
        "#757575", "#aaaaaa", "#000000", "#ffffff", "#FFFF00", "#0000fF", "#4c8bf5", "#1b2632", "#374554",
    };
    for (size_t i = 0; i < ARRAY_LEN(accents); i++) {
        struct year y;
        year_of(&y, ymd(2026, 11, 19), 368, 1);
        y.days[0].level = PICTURE_DONE;
        y.days[1].level = PICTURE_PARTLY;
        y.p.accent = accents[i];
        cairo_surface_t *image = draw(&y.p);
        uint32_t done = cell(image, 0, 0), partly = cell(image, 0, 1);
        if (contrast(done, OPEN) < 3 || contrast(done, CARD) < 4.5 || contrast(done, WHITE) < 1.2 ||
            contrast(partly, OPEN) < 1.3 || contrast(partly, done) < 1.7)
            fail_msg("%s: %.2f on open, %.2f on the card, %.2f beside white, partly %.2f and %.2f",
                     accents[i], contrast(done, OPEN), contrast(done, CARD), contrast(done, WHITE),
                     contrast(partly, OPEN), contrast(partly, done));
        cairo_surface_destroy(image);
    }
}

static void the_score_is_a_line(void **state)
{
    struct year y;
    year_of(&y, ymd(2026, 11, 22), 371, 1); /* the last day is the last cell */
    for (size_t i = 100; i < 371; i++)
        y.days[i].score = i < 200 ? 0.5 : 1;
    cairo_surface_t *image = draw(&y.p);
    int left = PICTURE_GRID_X, middle = 564, top = 446;
    assert_int_equal(pixel(image, left + 150 * 22 / 7, middle), GREEN);
    assert_int_equal(pixel(image, left + 300 * 22 / 7, top), GREEN);
    assert_int_equal(pixel(image, left + 300 * 22 / 7, middle), OPEN);          /* the grid, over the area */
    assert_int_not_equal(pixel(image, left + 300 * 22 / 7, middle + 20), CARD); /* the area */
    assert_int_equal(pixel(image, left + 50 * 22 / 7, middle), OPEN);           /* before the first score */
    assert_int_equal(pixel(image, left + 50 * 22 / 7, middle + 20), CARD);
    assert_int_equal(pixel(image, left + 1166 - 2, top - 7), GREEN); /* the point of today */
    cairo_surface_destroy(image);
    y.days[370].score = (double)NAN;
    image = draw(&y.p);
    assert_int_not_equal(pixel(image, left + 1166 - 2, top - 7), GREEN);
    y.p.words.score_now = "100 %"; /* of no day */
    cairo_surface_t *labelled = draw(&y.p);
    assert_int_equal(differing(image, labelled, 0, 0, PICTURE_WIDTH, PICTURE_HEIGHT), 0);
    cairo_surface_destroy(labelled);
    cairo_surface_destroy(image);
}

/* What a label may touch: months the strip over the heatmap, and so on. */
static void labels_stay_in_their_places(void **state)
{
    static const char *const words[] = {
        "M",
        "सित॰",
        "أغسطس",
        "сентября",
        "👨‍👩‍👧‍👦",
        "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    };
    struct year y;
    year_of(&y, ymd(2026, 11, 19), 368, 1);
    cairo_surface_t *bare = draw(&y.p);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        struct picture_words *w = &y.p.words;
        for (int m = 0; m < 12; m++)
            w->months[m] = words[i];
        for (int d = 0; d < 7; d++)
            w->weekdays[d] = words[i];
        w->low = w->middle = w->high = w->score = words[i];
        w->legend[PICTURE_DONE] = w->legend[PICTURE_DECLINED] = words[i];
        cairo_surface_t *image = draw(&y.p);
        assert_true(differing(bare, image, 0, 0, PICTURE_WIDTH, 80) > 50);
        assert_true(differing(bare, image, 0, 80, 80, 270) > 50);
        assert_int_equal(differing(bare, image, 84, 83, PICTURE_WIDTH, 280), 0); /* the days */
        assert_true(differing(bare, image, 0, 280, PICTURE_WIDTH, 350) > 50);
        assert_int_equal(differing(bare, image, 84, 430, PICTURE_WIDTH, PICTURE_HEIGHT), 0); /* the line */
        assert_int_equal(differing(bare, image, PICTURE_WIDTH - 3, 0, PICTURE_WIDTH, PICTURE_HEIGHT), 0);
        cairo_surface_destroy(image);
    }
    cairo_surface_destroy(bare);
}

static void the_last_value_stands_at_the_end(void **state)
{
    struct year y;
    year_of(&y, ymd(2026, 11, 19), 368, 1);
    for (size_t i = 0; i < 368; i++)
        y.days[i].score = 0.3;
    cairo_surface_t *bare = draw(&y.p);
    y.p.words.score_now = "30 %";
    cairo_surface_t *image = draw(&y.p);
    assert_true(differing(bare, image, 1020, 530, PICTURE_WIDTH, 612) > 500); /* over the line at 611 */
    assert_int_equal(differing(bare, image, 0, 0, 980, PICTURE_HEIGHT), 0);
    assert_int_equal(differing(bare, image, 0, 0, PICTURE_WIDTH, 500), 0);
    cairo_surface_destroy(bare);
    cairo_surface_destroy(image);
}

static void refused(const struct picture *p, const char *field)
{
    struct err err = {.code = E_OK};
    struct buf png;
    buf_init(&png, 1 << 20);
    buf_str(&png, "before");
    assert_int_equal(picture_draw(p, &png, &err), E_INVALID);
    assert_string_equal(err.field, field);
    assert_true(strlen(err.text) > 5);
    assert_string_equal(buf_text(&png), "before");
    buf_release(&png);
}

static void bad_input_is_named(void **state)
{
    struct year y;
    char word[PICTURE_MAX_WORD + 2];
    memset(word, 'w', sizeof word);
    word[sizeof word - 1] = '\0';
#define REFUSED(field, change)                                                                               \
    do {                                                                                                     \
        year_of(&y, ymd(2026, 11, 19), 368, 1);                                                              \
        change;                                                                                              \
        refused(&y.p, field);                                                                                \
    } while (0)
    REFUSED("week_start", y.p.week_start = 0);
    REFUSED("week_start", y.p.week_start = 8);
    REFUSED("today", y.p.today = ymd(1999, 12, 31));
    REFUSED("today", y.p.today = day_none());
    REFUSED("today", y.p.today = day_add(ymd(9999, 12, 31), 1));
    REFUSED("day_count", y.p.day_count = 0);
    REFUSED("day_count", y.p.day_count = 369);
    REFUSED("accent", y.p.accent = "#12345");
    REFUSED("accent", y.p.accent = "#12345g");
    REFUSED("accent", y.p.accent = "1234567");
    REFUSED("accent", y.p.accent = "#1234567");
    REFUSED("accent", y.p.accent = NULL);
    REFUSED("days[3].level", y.days[3].level = PICTURE_LEVELS);
    REFUSED("days[0].score", y.days[0].score = 1.01);
    REFUSED("days[367].score", y.days[367].score = -0.01);
    REFUSED("days[7].score", y.days[7].score = (double)INFINITY);
    REFUSED("days[8].fraction", (y.days[8] = (struct picture_day){PICTURE_PARTLY, 1.5, 0}));
    REFUSED("days[8].fraction", (y.days[8] = (struct picture_day){PICTURE_PARTLY, (double)NAN, 0}));
    REFUSED("words.months[4]", y.p.words.months[4] = "M\xffy");
    REFUSED("words.weekdays[6]", y.p.words.weekdays[6] = "a\nb");
    REFUSED("words.legend[2]", y.p.words.legend[PICTURE_OPEN] = word);
    REFUSED("words.score_now", y.p.words.score_now = word);
    REFUSED("words.high", y.p.words.high = "\xc3");
#undef REFUSED
    year_of(&y, ymd(9999, 12, 31), 368, 1); /* and the edges are fine */
    y.days[9] = (struct picture_day){PICTURE_DONE, (double)NAN, 1};
    word[PICTURE_MAX_WORD] = '\0';
    y.p.words.score = word;
    cairo_surface_destroy(draw(&y.p));
}

static void a_full_buffer_stays_as_it_was(void **state)
{
    struct year y;
    struct err err = {.code = E_OK};
    struct buf png;
    year_of(&y, ymd(2026, 11, 19), 368, 1);
    buf_init(&png, 2000);
    buf_str(&png, "before");
    assert_int_equal(picture_draw(&y.p, &png, &err), E_TOO_LARGE);
    assert_string_equal(buf_text(&png), "before");
    assert_false(buf_overflowed(&png));
    buf_release(&png);
}

/* Years of one seed, with every level and words. */
static void busy_year(struct year *y, unsigned seed)
{
    year_of(y, day_add(ymd(2026, 1, 1), (int32_t)seed), 365, (int)(1 + seed % 7));
    for (size_t i = 0; i < 365; i++) {
        seed = seed * 1103515245 + 12345;
        y->days[i] = (struct picture_day){(enum picture_level)(seed >> 16 & 0xff) % PICTURE_LEVELS,
                                          (seed >> 12 & 15) / 15.0, (seed >> 20 & 63) / 63.0};
    }
    static const char *const months[] = {"янв", "фев", "мар", "апр", "май", "июн",
                                         "июл", "авг", "сен", "окт", "ноя", "дек"};
    memcpy(y->p.words.months, months, sizeof months);
    y->p.words.score_now = "66 %";
}

#define YEARS 8

struct expected {
    struct year year;
    struct buf png;
};

static void *draw_all(void *arg)
{
    struct expected *all = arg;
    bool *same = malloc(sizeof *same);
    CHECK(same != NULL);
    *same = true;
    for (int round = 0; round < 5; round++)
        for (size_t i = 0; i < YEARS; i++) {
            struct err err = {.code = E_OK};
            struct buf png;
            buf_init(&png, 1 << 20);
            *same &= picture_draw(&all[i].year.p, &png, &err) == E_OK && png.len == all[i].png.len &&
                     memcmp(png.data, all[i].png.data, png.len) == 0;
            buf_release(&png);
        }
    return same;
}

static void equal_input_gives_equal_bytes_on_every_thread(void **state)
{
    struct expected *all = calloc(YEARS, sizeof *all);
    assert_non_null(all);
    for (unsigned i = 0; i < YEARS; i++) {
        busy_year(&all[i].year, i);
        all[i].year.p.days = all[i].year.days;
        draw_bytes(&all[i].year.p, &all[i].png);
        if (i > 0)
            assert_true(all[i].png.len != all[0].png.len ||
                        memcmp(all[i].png.data, all[0].png.data, all[0].png.len) != 0);
    }
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw_all, all), 0);
    for (int i = 0; i < 2; i++) {
        void *same;
        assert_int_equal(pthread_join(threads[i], &same), 0);
        assert_true(*(bool *)same);
        free(same);
    }
    for (int i = 0; i < YEARS; i++)
        buf_release(&all[i].png);
    free(all);
}

/* Three colours often and 40,000 once each: those stay, the others go to something near. */
static void common_colours_stay_exact(void **state)
{
    enum { W = 200, H = 260, COMMON = 12000 };
    static const uint32_t often[] = {0x123456, 0xfedcba, 0x808080};
    uint32_t *pixels = calloc(W * H, sizeof *pixels);
    uint8_t *indexes = calloc(W * H, 1);
    assert_non_null(pixels);
    assert_non_null(indexes);
    for (uint32_t i = 0; i < W * H; i++)
        pixels[i] = i < COMMON ? often[i % 3] | 0xff000000u : (i - COMMON) * 400;
    struct palette palette;
    palette_map(&(struct image){pixels, W, H, W}, &palette, indexes);
    assert_int_equal(palette.n, PALETTE_MAX);
    for (uint32_t i = 0; i < COMMON; i++)
        assert_int_equal(palette.colors[indexes[i]], often[i % 3]);
    for (uint32_t i = COMMON; i < W * H; i++) /* nothing in the palette is much nearer than what was chosen */
        for (size_t k = 0; k < palette.n; k += 17)
            assert_true(far_apart(palette.colors[indexes[i]], pixels[i]) <=
                        3 * far_apart(palette.colors[k], pixels[i]) + 3);
    for (uint32_t i = 0; i < 3; i++) /* few colours: all exact, most common first */
        pixels[i] = often[i];
    pixels[3] = often[2];
    palette_map(&(struct image){pixels, 4, 1, 4}, &palette, indexes);
    assert_int_equal(palette.n, 3);
    assert_int_equal(palette.colors[0], often[2]);
    assert_memory_equal(indexes, ((uint8_t[]){1, 2, 0, 0}), 4);
    free(pixels);
    free(indexes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_lie_in_their_week),
        cmocka_unit_test(only_given_days_are_drawn),
        cmocka_unit_test(levels_have_their_colours_and_shapes),
        cmocka_unit_test(right_to_left_is_the_mirror),
        cmocka_unit_test(every_accent_is_seen),
        cmocka_unit_test(the_score_is_a_line),
        cmocka_unit_test(labels_stay_in_their_places),
        cmocka_unit_test(the_last_value_stands_at_the_end),
        cmocka_unit_test(bad_input_is_named),
        cmocka_unit_test(a_full_buffer_stays_as_it_was),
        cmocka_unit_test(equal_input_gives_equal_bytes_on_every_thread),
        cmocka_unit_test(common_colours_stay_exact),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    picture_end();
    return failed;
}
