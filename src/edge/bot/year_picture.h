#ifndef HABITD_EDGE_BOT_YEAR_PICTURE_H
#define HABITD_EDGE_BOT_YEAR_PICTURE_H

#include "domain/checkin/checkin.h"
#include "draw/picture.h"
#include "edge/bot/text.h"

/* The first day that the picture of a year ending with `today` shows: 53 weeks, the last one is today's. */
struct day year_picture_from(struct day today, int week_starts_on);

/* Appends the picture of a year, with words in that language, as a PNG. Errors as picture_draw. */
enum ecode year_picture(const struct year *y, const struct lang *l, int week_starts_on, struct arena *a,
                        struct buf *png, struct err *err);

#endif
