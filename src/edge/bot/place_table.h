#ifndef HABITD_BOT_PLACE_TABLE_H
#define HABITD_BOT_PLACE_TABLE_H

#include <stddef.h>

/* What script/embed-cities.py makes of tzdata and CLDR. Names are listed by language, as place_languages
 * names them. */

#define PLACE_NO_COUNTRY (-1)

struct place_country {
    const char *const *names; /* short ones: США */
    const char *const *full;  /* Соединенные Штаты */
};

struct place_row {
    const char *zone;
    int country; /* of place_countries, PLACE_NO_COUNTRY */
    const char *const *names;
    const char *aliases; /* other IANA names of the zone with a blank between, "" for none */
};

/* In the order of lang_at(). */
extern const char *const place_languages[];
extern const size_t place_languages_count;
extern const struct place_country place_countries[];
extern const size_t place_countries_count;
extern const struct place_row place_rows[];
extern const size_t place_rows_count;

#endif
