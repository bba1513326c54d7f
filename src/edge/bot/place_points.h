#ifndef HABITD_BOT_PLACE_POINTS_H
#define HABITD_BOT_PLACE_POINTS_H

#include <stddef.h>
#include "base/err.h"

/* The points of tzdata's zone tables; place.h is what callers use. */

struct place_point {
    char zone[65];
    double v[3]; /* unit vector from the middle of the earth */
};

struct place_points {
    struct place_point *list;
    size_t count, cap;
};

void place_points_init(struct place_points *p);
void place_points_release(struct place_points *p);

/*
 * Adds the points of a zone1970.tab or zone.tab: countries, coordinates (±DDMM±DDDMM or ±DDMMSS±DDDMMSS),
 * zone and comment between tabs; # begins a comment line. A zone that is there already keeps its first point.
 * Strict: E_MALFORMED names `file` and the line.
 */
enum ecode place_points_read(struct place_points *p, const char *file, const char *text, size_t len,
                             struct err *err);

/* The unit vector of a point in degrees. */
void place_vector(double latitude, double longitude, double v[3]);

#endif
