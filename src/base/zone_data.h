#ifndef HABITD_BASE_ZONE_DATA_H
#define HABITD_BASE_ZONE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a zone is made of; shared by zone.c and its two readers, nobody else's business (the interface is
 * zone.h). */

#define ZONE_NAME_MAX 64
#define ZONE_SECONDS_PER_DAY 86400

/* One date of a POSIX TZ rule: "Mm.w.d" (form 'M'), "Jn" (form 'J') or "n" (form 'N'), and the wall time on
 * it. */
struct zone_rule_date {
    char form;
    int month, week, weekday; /* weekday 0 = Sunday, as POSIX counts */
    int day;                  /* J: 1–365, 29 February never counted; N: 0–365 */
    int32_t seconds;          /* −167 h … 167 h (RFC 8536 §3.3.1) */
};

/* A footer such as "EET-2EEST,M3.5.0/3,M10.5.0/4". Offsets are seconds east of UTC. */
struct zone_rule {
    int32_t standard, summer;
    bool has_summer;
    struct zone_rule_date start, end;
};

struct zone {
    char name[ZONE_NAME_MAX + 1];
    size_t n;       /* transitions */
    int64_t *at;    /* their seconds since 1970, strictly ascending */
    int32_t *after; /* the offset that holds from each on */
    int32_t before; /* the offset before the first */
    bool has_rule;  /* the rule holds from the last transition on; without one the last offset does */
    struct zone_rule rule;
    struct zone *next; /* in the cache's bucket */
};

/* The time round a moment in which one offset holds. */
struct zone_span {
    int32_t offset;
    int64_t until; /* seconds since 1970 of the next change, INT64_MAX: none */
};

/* Reads a POSIX TZ string of `len` bytes without its newlines. false: not one. A rule-less summer time is not
 * one. */
bool zone_rule_parse(const char *s, size_t len, struct zone_rule *out);
/* The span at second t; years outside 1–9999 have standard time. */
struct zone_span zone_rule_span(const struct zone_rule *r, int64_t t);

#endif
