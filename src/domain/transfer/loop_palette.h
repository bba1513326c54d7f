#ifndef HABITD_DOMAIN_TRANSFER_LOOP_PALETTE_H
#define HABITD_DOMAIN_TRANSFER_LOOP_PALETTE_H

#include <stdint.h>

/* Loop Habit Tracker's twenty colours and how its versions numbered them. */
#define LOOP_COLORS 20

/*
 * The colour stored in a backup: an ARGB number before version 14, an index of thirteen colours up to 20, of
 * twenty since. `out` gets "#rrggbb"; NULL for numbers that are no colour.
 */
const char *loop_color(int64_t version, int64_t color, char out[8]);

#endif
