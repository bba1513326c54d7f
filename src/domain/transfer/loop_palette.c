#include "domain/transfer/loop_palette.h"

#include <stdio.h>
#include <string.h>

#define INDEXED_SINCE 14 /* before: ARGB */
#define TWENTY_SINCE 21  /* before: thirteen colours */

const char *const loop_palette[LOOP_COLORS] = {
    "#d32f2f", "#e64a19", "#f57c00", "#ff8f00", "#f9a825", "#afb42b", "#7cb342",
    "#388e3c", "#00897b", "#00acc1", "#039be5", "#1976d2", "#303f9f", "#5e35b1",
    "#8e24aa", "#d81b60", "#5d4037", "#303030", "#757575", "#aaaaaa",
};

/* The thirteen colours of versions 14–20 among the twenty. */
static const uint8_t thirteen[] = {0, 1, 4, 5, 7, 8, 9, 10, 13, 14, 15, 17, 19};

const char *loop_color(int64_t version, int64_t color, char out[8])
{
    if (color < 0 && color >= INT32_MIN) {
        snprintf(out, 8, "#%06x", (unsigned)(uint32_t)color & 0xffffff);
        return out;
    }
    if (version >= INDEXED_SINCE && version < TWENTY_SINCE) {
        if (color < 0 || color >= (int64_t)sizeof thirteen)
            return NULL;
        color = thirteen[color];
    }
    if (color < 0 || color >= LOOP_COLORS)
        return NULL;
    memcpy(out, loop_palette[color], 8);
    return out;
}

/* The three channels of "#rrggbb"; anything else is black. */
static void channels(const char *color, int out[3])
{
    for (int i = 0; i < 3; i++) {
        int v = 0;
        for (int j = 0; j < 2 && strlen(color) == 7; j++) {
            char c = color[1 + 2 * i + j];
            v = v * 16 + (c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0);
        }
        out[i] = v;
    }
}

int loop_color_nearest(const char *color)
{
    int want[3], best = 0, best_distance = INT32_MAX;
    channels(color, want);
    for (int i = 0; i < LOOP_COLORS; i++) {
        int have[3], distance = 0;
        channels(loop_palette[i], have);
        for (int j = 0; j < 3; j++)
            distance += (have[j] - want[j]) * (have[j] - want[j]);
        if (distance < best_distance) {
            best = i;
            best_distance = distance;
        }
    }
    return best;
}
