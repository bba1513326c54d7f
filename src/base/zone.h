#ifndef HABITD_BASE_ZONE_H
#define HABITD_BASE_ZONE_H

#include "base/day.h"
#include "base/err.h"
#include "base/instant.h"

/*
 * IANA time zones read from the system's tzdata by our own TZif reader (RFC 8536, versions 1–4 with the POSIX
 * footer). Zones are loaded on first use and cached for the process; a `const struct zone *` stays valid for
 * ever. Thread-safe.
 */
struct zone;

/* Local wall time: a day and the milliseconds since its 00:00 as the clock on the wall shows them. */
struct walltime {
    struct day day;
    int32_t ms;
};

/*
 * Finds a zone by its IANA name. E_INVALID with field "timezone" when the name is not a known one (absolute
 * paths, "..", "posix/…", "right/…", "localtime" and files that are no TZif are not); E_IO when tzdata cannot
 * be read.
 */
enum ecode zone_get(const char *name, const struct zone **out, struct err *err);
const char *zone_name(const struct zone *z);
/* For tests and tools: another directory than /usr/share/zoneinfo; call before the first zone_get. */
void zone_set_directory(const char *path);
/* Reads one TZif image; the fuzz target's way in. E_MALFORMED when it is not one. Free with zone_free. */
enum ecode zone_parse(const char *name, const void *data, size_t len, struct zone **out, struct err *err);
void zone_free(struct zone *z);

/* Seconds east of UTC at that moment. */
int32_t zone_offset_at(const struct zone *z, struct instant t);
/* What a clock on the wall there shows. */
struct walltime zone_to_local(const struct zone *z, struct instant t);
/*
 * The moment at which the wall shows `minute` (0–1439) of that day. In a gap: the first valid minute after
 * it. In an overlap: the first of the two. A day the zone skipped whole: the first moment after it.
 */
struct instant zone_from_local(const struct zone *z, struct day d, int minute);
/*
 * CONTRACT "Local day": the date on the wall, minus one day while the wall clock is before `day_starts_at`
 * (minutes 0–360).
 */
struct day zone_local_day(const struct zone *z, struct instant t, int day_starts_at);
/*
 * The moment of a reminder: a wall time before day_starts_at belongs to the night after `d` (the next
 * calendar date).
 */
struct instant zone_reminder_at(const struct zone *z, struct day d, int minute, int day_starts_at);

/*
 * The first date after `after` that the zone never had, because its clocks jumped over it: 2011-12-30 in
 * Pacific/Apia. day_none(): there is none.
 */
struct day zone_skipped_day(const struct zone *z, struct day after);

#endif
