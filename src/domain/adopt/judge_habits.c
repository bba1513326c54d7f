#include <string.h>
#include "base/utf8.h"
#include "base/zone.h"
#include "domain/adopt/judge.h"
#include "domain/user/user.h"

#define ALL_DAYS 127

/* What the judging of one person's habits passes around. */
struct habits {
    const struct older_source *s;
    const struct older_person *p;
    struct arena *a;
    struct judged_person *out;
    struct err *err;
};

static size_t length(const char *s)
{
    return s ? strlen(s) : 0;
}

/* --- habits ------------------------------------------------------------------------------------------------
 */

static void judge_emoji(struct habits *h, const struct older_habit *row, struct transfer_habit *habit)
{
    size_t len = length(row->emoji);
    if (len > 0 && len <= HABIT_EMOJI_BYTES_MAX && utf8_valid(row->emoji, len) &&
        utf8_leading_emoji(row->emoji, len) == len)
        habit->emoji = row->emoji;
    else if (len > 0)
        judge_find(h->out, h->a, ADOPT_HABITS, row->id, ADOPT_CHANGED,
                   "its emoji \"%.20s\" is not one emoji; it has none", row->emoji);
}

static const char *judge_name(struct habits *h, const struct older_habit *row)
{
    size_t len = length(row->name);
    if (len == 0 || utf8_blank(row->name, len)) {
        judge_find(h->out, h->a, ADOPT_HABITS, row->id, ADOPT_CHANGED,
                   "it has no name; it is called \"%lld\"", (long long)row->id);
        return arena_printf(h->a, "%lld", (long long)row->id);
    }
    if (utf8_visible_length(row->name, len) > HABIT_NAME_VISIBLE_MAX)
        judge_find(h->out, h->a, ADOPT_HABITS, row->id, ADOPT_CHANGED, "its name is cut to %d characters",
                   HABIT_NAME_VISIBLE_MAX);
    return row->name;
}

/* How rows there find their habit in the set. */
static const char *ref_of(struct arena *a, int64_t habit_id)
{
    return arena_printf(a, "%lld", (long long)habit_id);
}

static struct transfer_habit *find_habit(struct habits *h, int64_t habit_id)
{
    const char *ref = ref_of(h->a, habit_id);
    return transfer_habit_find(h->out->habits, ref, strlen(ref));
}

static enum ecode add_habit(struct habits *h, const struct older_habit *row)
{
    struct transfer_habit *habit;
    struct transfer_set *set = h->out->habits;
    const char *name = judge_name(h, row), *ref = ref_of(h->a, row->id);
    enum ecode rc = transfer_habit_add(set, ref, strlen(ref), name, strlen(name), &habit);
    if (rc == E_OK && length(row->description) > HABIT_DESCRIPTION_BYTES_MAX)
        judge_find(h->out, h->a, ADOPT_HABITS, row->id, ADOPT_CHANGED, "its description is cut to %d bytes",
                   HABIT_DESCRIPTION_BYTES_MAX);
    if (rc == E_OK)
        rc = transfer_description(set, row->description ? row->description : "", length(row->description),
                                  &habit->description);
    if (rc != E_OK)
        return rc;
    judge_emoji(h, row, habit);
    habit->id = adopted_id(ADOPT_HABITS, row->id);
    habit->archived = !row->active;
    habit->has_times = true;
    habit->created_at = row->created_at;
    habit->updated_at = habit->archived_at = habit->paused_at = row->updated_at;
    habit->starts_on = zone_local_day(h->out->zone, row->created_at, 0);
    return E_OK;
}

/* --- schedules
 * ---------------------------------------------------------------------------------------------- */

/* One or two digits below `limit`, moving *s behind them; -1: they are not that. */
static int digits(const char **s, int limit)
{
    int n = 0, count = 0;
    for (; count < 2 && **s >= '0' && **s <= '9'; count++)
        n = n * 10 + (*(*s)++ - '0');
    return count > 0 && n < limit ? n : -1;
}

/* "HH:MM" or "H:MM" in minutes after midnight; MINUTE_NONE: it is not that. */
static int minute_of(const char *s)
{
    if (!s)
        return MINUTE_NONE;
    int hour = digits(&s, 24);
    if (hour < 0 || *s++ != ':')
        return MINUTE_NONE;
    int minute = digits(&s, 60);
    return minute < 0 || *s != '\0' ? MINUTE_NONE : hour * 60 + minute;
}

/* "0,2,4", 0 = Monday, as a mask; 0: it is not that. */
static uint8_t mask_of(const char *s)
{
    unsigned mask = 0;
    for (; s && *s; s++) {
        s += strspn(s, " ");
        if (*s < '0' || *s > '6')
            return 0;
        mask |= 1u << (*s++ - '0');
        s += strspn(s, " ");
        if (*s == '\0')
            return (uint8_t)mask;
        if (*s != ',')
            return 0;
    }
    return 0;
}

static enum ecode add_schedule(struct habits *h, const struct older_schedule *row)
{
    struct transfer_schedule *s;
    struct transfer_habit *habit = find_habit(h, row->habit_id);
    bool daily = row->type && strcmp(row->type, "daily") == 0;
    uint8_t mask = mask_of(row->days);
    if (!habit)
        return err_set(h->err, E_INTERNAL, "the habit of schedule %lld was not read", (long long)row->id);
    if (!daily && mask == 0) {
        judge_find(h->out, h->a, ADOPT_SCHEDULES, row->id, ADOPT_LEFT_OUT,
                   "its days_of_week \"%.40s\" are not days from 0 to 6", row->days ? row->days : "");
        return E_OK;
    }
    if (habit->schedules_count >= SCHEDULES_PER_HABIT_MAX) {
        judge_find(h->out, h->a, ADOPT_SCHEDULES, row->id, ADOPT_LEFT_OUT,
                   "habit %lld has more than %d schedules", (long long)row->habit_id,
                   SCHEDULES_PER_HABIT_MAX);
        return E_OK;
    }
    enum ecode rc = transfer_schedule_new(h->out->habits, habit, &s);
    if (rc != E_OK)
        return rc;
    s->id = adopted_id(ADOPT_SCHEDULES, row->id);
    s->type = daily || mask == ALL_DAYS ? SCHEDULE_DAILY : SCHEDULE_WEEKLY;
    s->weekdays = s->type == SCHEDULE_WEEKLY ? mask : 0;
    s->reminder_minute = minute_of(row->time);
    if (s->reminder_minute == MINUTE_NONE && length(row->time) > 0)
        judge_find(h->out, h->a, ADOPT_SCHEDULES, row->id, ADOPT_CHANGED,
                   "its reminder_time \"%.10s\" is no time of day; it does not remind", row->time);
    s->enabled = row->enabled;
    s->has_times = true;
    s->created_at = row->created_at;
    s->updated_at = row->updated_at;
    habit->frequency_count = habit->frequency_days = 0; /* due by its schedules */
    return E_OK;
}

/* --- marks
 * --------------------------------------------------------------------------------------------------- */

static const struct older_note *find_note(const struct older_person *p, int64_t id)
{
    for (size_t i = 0; id && i < p->notes_count; i++)
        if (p->notes[i].id == id)
            return &p->notes[i];
    return NULL;
}

static enum ecode add_reason(struct habits *h, const struct older_log *row, struct transfer_entry *e)
{
    const struct older_note *note = find_note(h->p, row->note_id);
    const char *text = NULL;
    if (row->note_id && !note)
        judge_find(h->out, h->a, ADOPT_LOGS, row->id, ADOPT_CHANGED,
                   "its decline note %lld is not there; it has no reason", (long long)row->note_id);
    if (!note)
        return E_OK;
    int64_t cuts = h->out->habits->losses[LOSS_NOTE_CUT];
    enum ecode rc = note->note ? transfer_text(h->out->habits, note->note, strlen(note->note), &text) : E_OK;
    if (rc != E_OK)
        return rc;
    if (h->out->habits->losses[LOSS_NOTE_CUT] > cuts)
        judge_find(h->out, h->a, ADOPT_NOTES, note->id, ADOPT_CHANGED, "its note is cut to %d characters",
                   IMPORT_NOTE_CHARACTERS_MAX);
    if (row->completed) { /* only declined marks have reasons here */
        e->note = text ? text : note->preset && *note->preset ? note->preset : NULL;
        return E_OK;
    }
    int preset = name_index(decline_preset_names, note->preset);
    if (preset < 0 && note->preset) {
        judge_find(h->out, h->a, ADOPT_NOTES, note->id, ADOPT_CHANGED,
                   "its preset \"%.50s\" is none of habitd's; it is \"other\" now", note->preset);
        preset = PRESET_OTHER;
    }
    if (preset <= PRESET_NONE)
        preset = text ? PRESET_NONE : PRESET_OTHER;
    struct transfer_decline *d = arena_alloc(h->a, sizeof *d);
    *d = (struct transfer_decline){.id = adopted_id(ADOPT_NOTES, note->id),
                                   .preset = (enum decline_preset)preset,
                                   .note = text,
                                   .created_at = note->created_at};
    e->decline = d;
    return E_OK;
}

/* Whether the next mark of the same habit and day replaces this one; rows are in the order of days. */
static void judge_twice(struct habits *h, size_t i)
{
    const struct older_log *row = &h->p->logs[i];
    for (size_t k = i + 1; k < h->p->logs_count && strcmp(h->p->logs[k].day, row->day) == 0; k++) {
        const struct older_log *other = &h->p->logs[k];
        if (other->habit_id != row->habit_id)
            continue;
        int order = instant_cmp(row->updated_at, other->updated_at);
        bool older = order < 0 || (order == 0 && row->id < other->id);
        judge_find(h->out, h->a, ADOPT_LOGS, older ? row->id : other->id, ADOPT_LEFT_OUT,
                   "habit %lld has a later mark on %s, %lld", (long long)row->habit_id, row->day,
                   (long long)(older ? other->id : row->id));
    }
}

static enum ecode add_log(struct habits *h, const struct older_log *row)
{
    struct transfer_entry *e = NULL;
    struct day day;
    struct transfer_habit *habit = find_habit(h, row->habit_id);
    if (!habit)
        return err_set(h->err, E_INTERNAL, "the habit of mark %lld was not read", (long long)row->id);
    if (judge_is_out(h->out, ADOPT_LOGS, row->id))
        return E_OK;
    bool good = row->day && day_parse(row->day, strlen(row->day), &day) && day.n >= DAY_FIRST_LOG &&
                day_cmp(day, h->out->habits->today) <= 0;
    enum ecode rc = good ? transfer_entry_add(h->out->habits, habit, day, &e) : E_OK;
    if (rc != E_OK)
        return rc;
    if (!e) {
        judge_find(h->out, h->a, ADOPT_LOGS, row->id, ADOPT_LEFT_OUT,
                   "its log_date %.20s is before 2000 or in the future", row->day ? row->day : "");
        return E_OK;
    }
    e->status = row->completed ? LOG_DONE : LOG_DECLINED;
    e->source = SOURCE_BOT;
    e->has_marked_at = row->updated_at.ms > 0;
    e->marked_at = row->updated_at;
    if (day_cmp(day, habit->starts_on) < 0)
        habit->starts_on = day;
    return add_reason(h, row, e);
}

enum ecode judge_habits(const struct older_source *s, const struct older_person *p, struct arena *a,
                        struct judged_person *out, struct err *err)
{
    struct habits h = {s, p, a, out, err};
    struct day today = zone_local_day(out->zone, s->now, 0);
    enum ecode rc = E_OK;
    out->habits = transfer_set_new(a, FORMAT_JSON, today, err);
    for (size_t i = 0; rc == E_OK && i < p->habits_count; i++)
        rc = add_habit(&h, &p->habits[i]);
    for (size_t i = 0; rc == E_OK && i < p->schedules_count; i++)
        rc = add_schedule(&h, &p->schedules[i]);
    for (size_t i = 0; i < p->logs_count; i++)
        judge_twice(&h, i);
    for (size_t i = 0; rc == E_OK && i < p->logs_count; i++)
        rc = add_log(&h, &p->logs[i]);
    if (rc == E_OK)
        transfer_set_finish(out->habits);
    return rc;
}
