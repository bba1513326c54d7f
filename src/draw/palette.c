#include "draw/palette.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"

#define SLOTS 16384 /* a power of two */
#define COUNTED (SLOTS * 3 / 4)
#define RGB 0xffffffu
#define FREE UINT32_MAX

struct seen {
    uint32_t color; /* FREE: none */
    uint32_t pixels;
    int16_t index; /* in the palette; -1: not known yet */
};

/* Colours and how often they come. The table is bounded: past COUNTED colours new ones are not counted. */
struct census {
    struct seen slots[SLOTS];
    size_t used;
};

static struct seen *find(struct census *s, uint32_t color)
{
    size_t at = (color * 2654435761u) >> 18;
    while (s->slots[at].color != color && s->slots[at].color != FREE)
        at = (at + 1) % SLOTS;
    return &s->slots[at];
}

static void count(struct census *s, uint32_t color, uint32_t pixels)
{
    struct seen *slot = find(s, color);
    if (slot->color == FREE) {
        if (s->used == COUNTED)
            return;
        s->used++;
        slot->color = color;
    }
    slot->pixels += pixels;
}

/* Most common first, equal ones by colour. */
static int by_pixels(const void *a, const void *b)
{
    const struct seen *x = *(const struct seen *const *)a, *y = *(const struct seen *const *)b;
    if (x->pixels != y->pixels)
        return x->pixels < y->pixels ? 1 : -1;
    return (x->color > y->color) - (x->color < y->color);
}

static void choose(struct census *s, struct palette *palette)
{
    struct seen **all = calloc(s->used, sizeof(struct seen *));
    CHECK(all != NULL);
    size_t n = 0;
    for (size_t i = 0; i < SLOTS; i++)
        if (s->slots[i].color != FREE)
            all[n++] = &s->slots[i];
    qsort(all, n, sizeof(struct seen *), by_pixels);
    palette->n = n < PALETTE_MAX ? n : PALETTE_MAX;
    for (size_t i = 0; i < palette->n; i++) {
        palette->colors[i] = all[i]->color;
        all[i]->index = (int16_t)i;
    }
    free(all);
}

static int channel(uint32_t color, int shift)
{
    return (int)(color >> shift & 0xff);
}

static uint8_t nearest(const struct palette *p, uint32_t color)
{
    size_t best = 0;
    int least = INT32_MAX;
    for (size_t i = 0; i < p->n; i++) {
        int r = channel(p->colors[i], 16) - channel(color, 16),
            g = channel(p->colors[i], 8) - channel(color, 8),
            b = channel(p->colors[i], 0) - channel(color, 0), far = 2 * r * r + 4 * g * g + b * b;
        if (far < least) {
            least = far;
            best = i;
        }
    }
    return (uint8_t)best;
}

static uint8_t index_of(struct census *s, const struct palette *palette, uint32_t color)
{
    struct seen *slot = find(s, color);
    if (slot->color == FREE)
        return nearest(palette, color);
    if (slot->index < 0)
        slot->index = nearest(palette, color);
    return (uint8_t)slot->index;
}

/* The end of the run of equal pixels that starts at x. */
static size_t run_end(const uint32_t *row, size_t x, size_t width)
{
    size_t end = x + 1;
    while (end < width && row[end] == row[x])
        end++;
    return end;
}

/* The end of the run of equal rows that starts at y: half of a heatmap and all of a margin. */
static size_t rows_end(const struct image *image, size_t y)
{
    const uint32_t *row = image->pixels + y * image->stride;
    size_t end = y + 1;
    while (end < image->height &&
           !memcmp(image->pixels + end * image->stride, row, image->width * sizeof *row))
        end++;
    return end;
}

static void count_colors(struct census *s, const struct image *image)
{
    for (size_t y = 0, below; y < image->height; y = below) {
        const uint32_t *row = image->pixels + y * image->stride;
        below = rows_end(image, y);
        for (size_t x = 0, end; x < image->width; x = end) {
            end = run_end(row, x, image->width);
            count(s, row[x] & RGB, (uint32_t)((end - x) * (below - y)));
        }
    }
}

static void write_indexes(struct census *s, const struct image *image, const struct palette *palette,
                          uint8_t *indexes)
{
    for (size_t y = 0, below; y < image->height; y = below) {
        const uint32_t *row = image->pixels + y * image->stride;
        uint8_t *out = indexes + y * image->width;
        for (size_t x = 0, end; x < image->width; x = end) {
            end = run_end(row, x, image->width);
            memset(out + x, index_of(s, palette, row[x] & RGB), end - x);
        }
        below = rows_end(image, y);
        for (size_t i = 1; i < below - y; i++)
            memcpy(out + i * image->width, out, image->width);
    }
}

void palette_map(const struct image *image, struct palette *palette, uint8_t *indexes)
{
    struct census *s = malloc(sizeof *s);
    CHECK(s != NULL);
    s->used = 0;
    for (size_t i = 0; i < SLOTS; i++)
        s->slots[i] = (struct seen){.color = FREE, .index = -1};
    count_colors(s, image);
    choose(s, palette);
    write_indexes(s, image, palette, indexes);
    free(s);
}
