#ifndef HABITD_DRAW_PNG_WRITE_H
#define HABITD_DRAW_PNG_WRITE_H

#include "base/buf.h"
#include "base/err.h"
#include "draw/palette.h"

/*
 * Appends the image as a PNG with a palette of at most 256 colours: a third of the bytes to compress, which
 * is most of a picture's time. With more colours in the image the 256 commonest stay exact and the others
 * become the nearest of those; what has so many is smoothed edges. E_TOO_LARGE: out->max; E_INTERNAL: no
 * memory. On errors `out` is as it was.
 */
enum ecode png_write(const struct image *image, struct buf *out, struct err *err);

#endif
