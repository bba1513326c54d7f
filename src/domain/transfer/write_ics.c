#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/transfer/write.h"

/*
 * An iCalendar (RFC 5545) for calendar programs: floating local times, so that a reminder rings at the same
 * hour wherever the person is. A habit with schedules gets an event for each; one without gets an all-day
 * event by its frequency. libical folds lines and escapes texts.
 */

static icaltimetype ical_day(struct day d, int minute)
{
    icaltimetype t = icaltime_null_time();
    day_to_ymd(d, &t.year, &t.month, &t.day);
    t.is_date = minute < 0;
    if (minute >= 0) {
        t.hour = minute / 60;
        t.minute = minute % 60;
    }
    return t;
}

static icaltimetype ical_now(struct instant now)
{
    return icaltime_from_timet_with_zone((time_t)(now.ms / 1000), 0, icaltimezone_get_utc_timezone());
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

static void describe(icalcomponent *event, struct arena *a, const struct transfer_habit *h)
{
    const char *how =
        h->frequency_days > 1 ? arena_printf(a, "%d in %d days", h->frequency_count, h->frequency_days) : "";
    const char *gap = how[0] && h->description[0] ? "\n" : "";
    const char *summary = h->emoji ? arena_printf(a, "%s %s", h->emoji, h->name) : h->name;
    icalcomponent_add_property(event, icalproperty_new_summary(summary));
    if (how[0] || h->description[0])
        icalcomponent_add_property(
            event, icalproperty_new_description(arena_printf(a, "%s%s%s", h->description, gap, how)));
}

/* Rings at the event's start. */
static icalcomponent *alarm_at_start(const struct transfer_habit *h)
{
    struct icaltriggertype trigger = {.time = icaltime_null_time(), .duration = icaldurationtype_from_int(0)};
    return icalcomponent_vanew(ICAL_VALARM_COMPONENT, icalproperty_new_action(ICAL_ACTION_DISPLAY),
                               icalproperty_new_trigger(trigger), icalproperty_new_description(h->name),
                               (void *)0);
}

/* False when a stored rule cannot be said to a calendar. */
static bool add_event(icalcomponent *calendar, struct arena *a, const struct transfer_habit *h,
                      const struct uuid *id, const char *rrule, struct day start, int minute,
                      struct instant now)
{
    char uid[UUID_TEXT];
    struct icalrecurrencetype recur = icalrecurrencetype_from_string(rrule);
    if (recur.freq == ICAL_NO_RECURRENCE)
        return false;
    icalcomponent *event = icalcomponent_new_vevent();
    icalcomponent_add_property(event,
                               icalproperty_new_uid(arena_printf(a, "%s@habitd", uuid_format(id, uid))));
    icalcomponent_add_property(event, icalproperty_new_dtstamp(ical_now(now)));
    icalcomponent_add_property(event, icalproperty_new_dtstart(ical_day(start, minute)));
    if (minute >= 0)
        icalcomponent_add_property(event, icalproperty_new_duration(icaldurationtype_from_int(15 * 60)));
    icalcomponent_add_property(event, icalproperty_new_rrule(recur));
    icalcomponent_add_property(event, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
    describe(event, a, h);
    if (minute >= 0)
        icalcomponent_add_component(event, alarm_at_start(h));
    icalcomponent_add_component(calendar, event);
    return true;
}

static void add_habit(icalcomponent *calendar, struct arena *a, const struct transfer_habit *h,
                      struct instant now)
{
    size_t events = 0;
    for (size_t i = 0; i < h->schedules_count; i++) {
        const struct transfer_schedule *s = &h->schedules[i];
        if (s->enabled)
            events += add_event(calendar, a, h, &s->id, schedule_rrule(a, s), first_on(s->starts_on, s),
                                s->reminder_minute, now);
    }
    if (events == 0 && h->frequency_days > 0)
        add_event(calendar, a, h, &h->id, frequency_rrule(a, h), h->starts_on, -1, now);
}

enum ecode write_ics(const struct transfer_set *s, struct instant now, struct buf *out, struct err *err)
{
    icalcomponent *calendar =
        icalcomponent_vanew(ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
                            icalproperty_new_prodid("-//habitd//" HABITD_VERSION "//EN"),
                            icalproperty_new_calscale("GREGORIAN"), (void *)0);
    for (size_t i = 0; i < s->habits_count; i++)
        if (!s->habits[i].archived && !s->habits[i].paused)
            add_habit(calendar, s->arena, &s->habits[i], now);
    char *text = icalcomponent_as_ical_string_r(calendar);
    icalcomponent_free(calendar);
    if (!text)
        return err_set(err, E_INTERNAL, "the calendar could not be written");
    buf_str(out, text);
    free(text);
    return E_OK;
}
