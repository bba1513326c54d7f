#ifndef HABITD_DRAW_COLOR_H
#define HABITD_DRAW_COLOR_H

#include <stdbool.h>

/* A colour as sRGB, each channel 0–1. */
struct color {
    double r, g, b;
};

/* Strict "#rrggbb", either case; false: not one (NULL is none). */
bool color_parse(const char *text, struct color *out);

/* a at part 0, b at part 1, straight in sRGB. */
struct color color_mix(struct color a, struct color b, double part);

/*
 * The colour nearest in hue whose relative luminance (WCAG 2.2, 0–1) lies in [low, high]. Too dark: made
 * brighter as far as its strongest channel goes, then paler; too light: dimmed. Colours that lie there
 * already stay as they are.
 */
struct color color_between(struct color c, double low, double high);

#endif
