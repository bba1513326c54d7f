#ifndef HABITD_BASE_INSTANT_H
#define HABITD_BASE_INSTANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Four kinds of time that do not mix: each is its own struct, so that adding a day to an instant does not
 * compile. A local calendar day is in day.h.
 */
struct instant { /* a moment: whole milliseconds since 1970-01-01T00:00:00Z */
    int64_t ms;
};
struct monotime { /* a reading of a clock that never steps back; comparable within one process only */
    int64_t ns;
};
struct duration { /* a length */
    int64_t ms;
};

#define INSTANT_TEXT 32 /* bytes instant_format needs, NUL included */

static inline struct instant instant_from_ms(int64_t ms)
{
    return (struct instant){ms};
}
static inline struct duration duration_ms(int64_t ms)
{
    return (struct duration){ms};
}
static inline struct duration duration_seconds(int64_t s)
{
    return (struct duration){s * 1000};
}
static inline struct instant instant_add(struct instant t, struct duration d)
{
    return (struct instant){t.ms + d.ms};
}
static inline struct duration instant_diff(struct instant later, struct instant earlier)
{
    return (struct duration){later.ms - earlier.ms};
}
static inline int instant_cmp(struct instant a, struct instant b)
{
    return (a.ms > b.ms) - (a.ms < b.ms);
}

/* The wall clock. In test builds HABITD_NOW (RFC 3339, read once) sets it and it runs on from there. */
struct instant instant_now(void);
/* Whether what is done once a night is done at all. A test build with HABITD_NO_NIGHT set leaves it: it would
 * mend, or tell of, what a test has damaged on purpose. */
bool nights_pass(void);
/* The monotonic clock. */
struct monotime monotime_now(void);
struct duration monotime_diff(struct monotime later, struct monotime earlier);

/* RFC 3339 in UTC: "2026-11-23T16:48:52Z", with ".mmm" when the milliseconds are not 0. Returns `out`. */
char *instant_format(struct instant t, char out[INSTANT_TEXT]);
/* Strict RFC 3339 with any offset, years 1970–9999, at most 9 fraction digits (cut to ms). false: not one. */
bool instant_parse(const char *s, size_t len, struct instant *out);

#endif
