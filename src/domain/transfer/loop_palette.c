#include "domain/transfer/loop_palette.h"

#include <stdio.h>
#include <string.h>

#define INDEXED_SINCE 14 /* before: ARGB */
#define TWENTY_SINCE 21  /* before: thirteen colours */

static const char *const palette[LOOP_COLORS] = {
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
    memcpy(out, palette[color], 8);
    return out;
}
