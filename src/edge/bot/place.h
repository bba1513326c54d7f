#ifndef HABITD_BOT_PLACE_H
#define HABITD_BOT_PLACE_H

#include <stddef.h>
#include "base/buf.h"
#include "base/err.h"
#include "edge/bot/text.h"

/*
 * Where a person lives, as an IANA time zone: found by the name of a city or country, or by a location. City
 * and country names are CLDR's in every language of locale/, embedded at build; points are the system's
 * tzdata. Whatever is found is a guess that the person confirms. Thread-safe.
 */

struct place_match {
    const char *zone;    /* IANA name that zone_get takes; valid for ever */
    const char *name;    /* its city in the language asked for; valid for ever */
    const char *country; /* the same; NULL: none */
};

/*
 * Zones for what a person typed (valid UTF-8), the best first, at most `max`; returns how many, 0 for none.
 * It is compared with city names, countries and IANA names of all languages alike, without case and accents,
 * hyphens being blanks: equal before beginning, beginning before inside, a country's zones between them, and
 * last, from five letters on, names that differ in one letter. A zone that is no place ("Etc/GMT+3", "CET")
 * must be spelled as tzdata does.
 */
size_t place_search(const struct lang *l, const char *query, struct place_match *out, size_t max);

/* Appends the city of a zone, as plain text; a zone without one is called by the last part of its name. */
void place_name(struct buf *out, const struct lang *l, const char *zone);

/*
 * The zones of the nearest points of tzdata by great circle, the nearest first, at most `max` >= 1, each
 * once. Degrees, north and east positive. A border may lie between: Tallinn is nearer to Saint Petersburg
 * than Moscow is, so offer several. E_INVALID (field "latitude", "longitude") for what is no place on earth,
 * E_IO when tzdata cannot be read.
 */
enum ecode place_nearest(double latitude, double longitude, const char **zones, size_t max, size_t *count,
                         struct err *err);

#endif
