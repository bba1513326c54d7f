#ifndef HABITD_DRAW_PALETTE_H
#define HABITD_DRAW_PALETTE_H

#include <stddef.h>
#include <stdint.h>

#define PALETTE_MAX 256

struct image {
    const uint32_t *pixels; /* 0x00rrggbb; bits 24–31 are ignored where they are the same everywhere */
    size_t width, height, stride; /* in pixels */
};

struct palette {
    uint32_t colors[PALETTE_MAX]; /* 0x00rrggbb, most common first */
    size_t n;
};

/*
 * Chooses the commonest colours of the image and writes each pixel's index among them to `indexes` (width ×
 * height bytes): its own colour or the nearest one. Deterministic.
 */
void palette_map(const struct image *image, struct palette *palette, uint8_t *indexes);

#endif
