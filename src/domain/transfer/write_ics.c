#include <string.h>
#include "domain/transfer/write.h"

/*
 * An iCalendar (RFC 5545) for calendar programs: floating local times, so that a reminder rings at the same
 * hour wherever the person is. A habit with schedules gets an event for each; one without gets an all-day
 * event by its frequency.
 */

#define LINE_BYTES 75 /* of a content line, its CR LF not counted; longer ones are folded */

/* One content line, folded between characters. */
static void put_line(struct buf *b, const char *text)
{
    size_t room = LINE_BYTES;
    for (const char *c = text; *c;) {
        size_t n = 1;
        while (((unsigned char)c[n] & 0xc0) == 0x80)
            n++;
        if (n > room) {
            buf_str(b, "\r\n ");
            room = LINE_BYTES - 1; /* the space counts */
        }
        buf_add(b, c, n);
        room -= n;
        c += n;
    }
    buf_str(b, "\r\n");
}

/* A TEXT value: backslash, semicolon, comma and newline escaped. */
static const char *escape(struct arena *a, const char *text)
{
    char *out = arena_alloc(a, 2 * strlen(text) + 1);
    size_t n = 0;
    for (const char *c = text; *c; c++) {
        if (strchr("\\;,\n", *c))
            out[n++] = '\\';
        out[n++] = *c == '\n' ? 'n' : *c;
    }
    return out;
}

/* "20261123", or "20261123T090000" when a minute is given. */
static const char *ical_time(struct arena *a, struct day d, int minute)
{
    int year, month, dom;
    day_to_ymd(d, &year, &month, &dom);
    if (minute < 0)
        return arena_printf(a, "%04d%02d%02d", year, month, dom);
    return arena_printf(a, "%04d%02d%02dT%02d%02d00", year, month, dom, minute / 60, minute % 60);
}

/* "MO,WE" of a mask whose bit 0 is Monday. */
static void weekday_list(uint8_t mask, char out[24])
{
    static const char *const names[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};
    size_t n = 0;
    for (int i = 0; i < 7; i++) {
        if (!(mask >> i & 1))
            continue;
        if (n > 0)
            out[n++] = ',';
        memcpy(out + n, names[i], 2);
        n += 2;
    }
    out[n] = '\0';
}

static const char *schedule_rrule(struct arena *a, const struct transfer_schedule *s)
{
    char days[24];
    if (s->type == SCHEDULE_DAILY)
        return "FREQ=DAILY";
    if (s->type == SCHEDULE_CUSTOM)
        return s->rrule;
    weekday_list(s->weekdays, days);
    return arena_printf(a, "FREQ=WEEKLY;BYDAY=%s", days);
}

/* The rolling rule "n in m days" has no RRULE; the steady one that comes out at as many days is every m / n
 * days. */
static const char *frequency_rrule(struct arena *a, const struct transfer_habit *h)
{
    int every = h->frequency_days / h->frequency_count;
    return every <= 1 ? "FREQ=DAILY" : arena_printf(a, "FREQ=DAILY;INTERVAL=%d", every);
}

/* A weekly event must begin on one of its days. */
static struct day first_on(struct day from, const struct transfer_schedule *s)
{
    if (s->type == SCHEDULE_WEEKLY && s->weekdays != 0)
        while (!(s->weekdays >> (day_weekday(from) - 1) & 1))
            from = day_add(from, 1);
    return from;
}

static void put_texts(struct buf *b, struct arena *a, const struct transfer_habit *h)
{
    const char *how = "";
    if (h->frequency_days > 1)
        how = arena_printf(a, "%d in %d days", h->frequency_count, h->frequency_days);
    const char *gap = how[0] && h->description[0] ? "\n" : "";
    const char *summary = h->emoji ? arena_printf(a, "%s %s", h->emoji, h->name) : h->name;
    put_line(b, arena_printf(a, "SUMMARY:%s", escape(a, summary)));
    if (how[0] || h->description[0])
        put_line(b, arena_printf(a, "DESCRIPTION:%s",
                                 escape(a, arena_printf(a, "%s%s%s", h->description, gap, how))));
}

/* Rings at the event's start. */
static void put_alarm(struct buf *b, struct arena *a, const struct transfer_habit *h)
{
    buf_str(b, "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:PT0S\r\n");
    put_line(b, arena_printf(a, "DESCRIPTION:%s", escape(a, h->name)));
    buf_str(b, "END:VALARM\r\n");
}

struct event {
    struct uuid id;
    const char *rrule;
    struct day start;
    int minute; /* -1: all day */
};

static void put_event(struct buf *b, struct arena *a, const struct transfer_habit *h, const struct event *e,
                      struct instant now)
{
    char uid[UUID_TEXT];
    struct day today = day_of((int32_t)(now.ms / 86400000));
    int second = (int)(now.ms / 1000 % 86400);
    buf_str(b, "BEGIN:VEVENT\r\n");
    put_line(b, arena_printf(a, "UID:%s@habitd", uuid_format(&e->id, uid)));
    put_line(b, arena_printf(a, "DTSTAMP:%sT%02d%02d%02dZ", ical_time(a, today, -1), second / 3600,
                             second / 60 % 60, second % 60));
    put_line(b, arena_printf(a, "DTSTART%s:%s", e->minute < 0 ? ";VALUE=DATE" : "",
                             ical_time(a, e->start, e->minute)));
    if (e->minute >= 0)
        buf_str(b, "DURATION:PT15M\r\n");
    put_line(b, arena_printf(a, "RRULE:%s", e->rrule));
    buf_str(b, "TRANSP:TRANSPARENT\r\n");
    put_texts(b, a, h);
    if (e->minute >= 0)
        put_alarm(b, a, h);
    buf_str(b, "END:VEVENT\r\n");
}

static void put_habit(struct buf *b, struct arena *a, const struct transfer_habit *h, struct instant now)
{
    size_t events = 0;
    for (size_t i = 0; i < h->schedules_count; i++) {
        const struct transfer_schedule *s = &h->schedules[i];
        struct event e = {s->id, schedule_rrule(a, s), first_on(s->starts_on, s), s->reminder_minute};
        if (!s->enabled)
            continue;
        put_event(b, a, h, &e, now);
        events++;
    }
    struct event all_day = {h->id, "", h->starts_on, -1};
    if (events > 0 || h->frequency_days == 0)
        return;
    all_day.rrule = frequency_rrule(a, h);
    put_event(b, a, h, &all_day, now);
}

void write_ics(const struct transfer_set *s, struct instant now, struct buf *out)
{
    buf_str(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//habitd//" HABITD_VERSION
                 "//EN\r\nCALSCALE:GREGORIAN\r\n");
    for (size_t i = 0; i < s->habits_count && !buf_overflowed(out); i++)
        if (!s->habits[i].archived && !s->habits[i].paused)
            put_habit(out, s->arena, &s->habits[i], now);
    buf_str(out, "END:VCALENDAR\r\n");
}
