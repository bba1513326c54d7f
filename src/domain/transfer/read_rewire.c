#include <stdio.h>
#include <string.h>
#include "domain/transfer/read.h"

/*
 * Rewire's backup: Habits, CHECKINS, REMINDERS. Days are "YYYYMMDD"; weekday lists count from 0 = Sunday. A
 * habit's rule is one of three: fixed weekdays, so many days a week, month or year, or once in so many days.
 * A check-in is failed (1), done (2) or skipped (3).
 */

enum { RULE_WEEKDAYS = 0, RULE_PERIOD = 1, RULE_EVERY = 2 };
enum { CHECKIN_FAILED = 1, CHECKIN_DONE = 2, CHECKIN_SKIPPED = 3 };
static const int period_days[] = {7, 31, 365};

enum {
    H_ID,
    H_ORDER,
    H_NAME,
    H_DESCRIPTION,
    H_ACTIVE_DAYS,
    H_ARCHIVED,
    H_SCHEDULE,
    H_DAYS,
    H_PERIOD,
    H_REPEATING,
    H_START,
    H_COLUMNS
};
static const struct foreign_column habit_columns[H_COLUMNS] = {
    [H_ID] = {"_id", true},
    [H_ORDER] = {"Order_num", false},
    [H_NAME] = {"Name", true},
    [H_DESCRIPTION] = {"description", false},
    [H_ACTIVE_DAYS] = {"active_days", false},
    [H_ARCHIVED] = {"archived", false},
    [H_SCHEDULE] = {"schedule", true},
    [H_DAYS] = {"days", false},
    [H_PERIOD] = {"period", false},
    [H_REPEATING] = {"repeating_count", false},
    [H_START] = {"start_date", false},
};
enum { C_ID, C_HABIT, C_DATE, C_TYPE, C_NOTE, C_COLUMNS };
static const struct foreign_column checkin_columns[C_COLUMNS] = {
    [C_ID] = {"_id", false},   [C_HABIT] = {"Habit_id", true}, [C_DATE] = {"date", true},
    [C_TYPE] = {"type", true}, [C_NOTE] = {"note", false},
};
enum { M_ID, M_HABIT, M_TIME, M_ACTIVE_DAYS, M_COLUMNS };
static const struct foreign_column reminder_columns[M_COLUMNS] = {
    [M_ID] = {"_id", false},
    [M_HABIT] = {"habit_id", true},
    [M_TIME] = {"time", true},
    [M_ACTIVE_DAYS] = {"active_days", false},
};

struct rewire {
    struct transfer_set *set;
    struct id_map ids;
};

/* "0,3,6" (0 = Sunday) as a mask whose bit 0 is Monday; 0 when it is no such list. */
static uint8_t weekdays_from_list(const char *text, size_t len)
{
    uint8_t mask = 0;
    for (size_t i = 0; i < len; i += 2) {
        if (text[i] < '0' || text[i] > '6' || (i + 1 < len && text[i + 1] != ','))
            return 0;
        mask |= (uint8_t)(1u << ((text[i] - '0' + 6) % 7));
    }
    return mask;
}

/* "20160101". */
static bool day_from_digits(const char *text, size_t len, struct day *out)
{
    int n[8];
    if (len != 8)
        return false;
    for (int i = 0; i < 8; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        n[i] = text[i] - '0';
    }
    return day_from_ymd(n[0] * 1000 + n[1] * 100 + n[2] * 10 + n[3], n[4] * 10 + n[5], n[6] * 10 + n[7], out);
}

static enum ecode read_rule(struct rewire *r, struct transfer_habit *h, const struct cell *c,
                            const struct foreign_value *v)
{
    struct transfer_set *s = r->set;
    int64_t rule, days, period, every;
    const char *list;
    size_t list_len;
    enum ecode code = cell_i64(c, "schedule", &v[H_SCHEDULE], -1, &rule);
    if (code == E_OK)
        code = cell_i64(c, "days", &v[H_DAYS], 0, &days);
    if (code == E_OK)
        code = cell_i64(c, "period", &v[H_PERIOD], 0, &period);
    if (code == E_OK)
        code = cell_i64(c, "repeating_count", &v[H_REPEATING], 0, &every);
    if (code == E_OK)
        code = cell_text(c, "active_days", &v[H_ACTIVE_DAYS], &list, &list_len);
    if (code != E_OK)
        return code;
    if (rule == RULE_WEEKDAYS) {
        uint8_t mask = weekdays_from_list(list, list_len);
        if (mask == 0)
            return err_set(s->err, E_MALFORMED, "table Habits, row %lld: active_days is no list of weekdays",
                           (long long)c->row);
        if (mask == 127)
            return E_OK; /* every day: the default */
        h->frequency_count = h->frequency_days = 0;
        return transfer_schedule_add(s, h, mask, -1);
    }
    if (rule == RULE_PERIOD && period >= 0 && period < 3)
        transfer_habit_frequency(s, h, days, period_days[period]);
    else if (rule == RULE_EVERY)
        transfer_habit_frequency(s, h, 1, every);
    else
        return err_set(s->err, E_MALFORMED, "table Habits, row %lld: schedule %lld is not known",
                       (long long)c->row, (long long)rule);
    return E_OK;
}

static enum ecode habit_row(void *arg, const struct foreign_value *v)
{
    struct rewire *r = arg;
    struct cell c = {r->set, "Habits", (int64_t)r->ids.count + 1};
    int64_t id, archived, order;
    const char *name, *text, *start;
    size_t name_len, text_len, start_len;
    struct transfer_habit *h;
    enum ecode code = cell_i64(&c, "_id", &v[H_ID], 0, &id);
    c.row = id;
    if (code == E_OK)
        code = cell_i64(&c, "archived", &v[H_ARCHIVED], 0, &archived);
    if (code == E_OK)
        code = cell_i64(&c, "Order_num", &v[H_ORDER], 0, &order);
    if (code == E_OK)
        code = cell_text(&c, "Name", &v[H_NAME], &name, &name_len);
    if (code == E_OK)
        code = cell_text(&c, "description", &v[H_DESCRIPTION], &text, &text_len);
    if (code == E_OK)
        code = cell_text(&c, "start_date", &v[H_START], &start, &start_len);
    if (code != E_OK)
        return code;
    char ref[32];
    snprintf(ref, sizeof ref, "id:%lld", (long long)id);
    code = transfer_habit_add(r->set, ref, strlen(ref), name, name_len, &h);
    if (code != E_OK)
        return err_wrap(r->set->err, "table Habits, row %lld", (long long)id);
    id_map_add(&r->ids, id);
    h->archived = archived == 1;
    h->position = order;
    struct day day;
    if (day_from_digits(start, start_len, &day) && day.n >= DAY_FIRST_LOG && day_cmp(day, r->set->today) <= 0)
        h->starts_on = day;
    code = transfer_description(r->set, text, text_len, &h->description);
    return code == E_OK ? read_rule(r, h, &c, v) : code;
}

static enum ecode checkin_row(void *arg, const struct foreign_value *v)
{
    struct rewire *r = arg;
    struct transfer_set *s = r->set;
    struct cell c = {s, "CHECKINS", 0};
    int64_t habit, type;
    const char *date, *note;
    size_t date_len, note_len;
    enum ecode code = cell_i64(&c, "_id", &v[C_ID], 0, &c.row);
    if (code == E_OK)
        code = cell_i64(&c, "Habit_id", &v[C_HABIT], INT64_MIN, &habit);
    if (code == E_OK)
        code = cell_i64(&c, "type", &v[C_TYPE], 0, &type);
    if (code == E_OK)
        code = cell_text(&c, "date", &v[C_DATE], &date, &date_len);
    if (code == E_OK)
        code = cell_text(&c, "note", &v[C_NOTE], &note, &note_len);
    if (code != E_OK)
        return code;
    int index = id_map_find(&r->ids, habit);
    if (index < 0) {
        s->losses[LOSS_ORPHAN]++;
        return E_OK;
    }
    struct day day;
    if (!day_from_digits(date, date_len, &day))
        return err_set(s->err, E_MALFORMED, "table CHECKINS, row %lld: date is not YYYYMMDD",
                       (long long)c.row);
    struct transfer_entry *e;
    code = transfer_entry_add(s, &s->habits[index], day, &e);
    if (code != E_OK)
        return err_wrap(s->err, "table CHECKINS, row %lld", (long long)c.row);
    if (!e)
        return E_OK;
    if (type == CHECKIN_DONE)
        e->status = LOG_DONE;
    else if (type == CHECKIN_SKIPPED)
        e->status = LOG_SKIPPED;
    else if (type == CHECKIN_FAILED)
        e->status = LOG_DECLINED;
    return transfer_text(s, note, note_len, &e->note);
}

static enum ecode reminder_row(void *arg, const struct foreign_value *v)
{
    struct rewire *r = arg;
    struct transfer_set *s = r->set;
    struct cell c = {s, "REMINDERS", 0};
    int64_t habit, minute;
    const char *list;
    size_t len;
    enum ecode code = cell_i64(&c, "_id", &v[M_ID], 0, &c.row);
    if (code == E_OK)
        code = cell_i64(&c, "habit_id", &v[M_HABIT], INT64_MIN, &habit);
    if (code == E_OK)
        code = cell_i64(&c, "time", &v[M_TIME], -1, &minute);
    if (code == E_OK)
        code = cell_text(&c, "active_days", &v[M_ACTIVE_DAYS], &list, &len);
    if (code != E_OK)
        return code;
    int index = id_map_find(&r->ids, habit);
    uint8_t mask = weekdays_from_list(list, len);
    if (index < 0 || minute < 0 || minute > 1439 || mask == 0 ||
        s->habits[index].schedules_count == SCHEDULES_PER_HABIT_MAX) {
        s->losses[LOSS_REMINDER]++;
        return E_OK;
    }
    struct transfer_habit *h = &s->habits[index];
    if (h->frequency_days == 0 && h->schedules_count == 1 && h->schedules[0].reminder_minute < 0 &&
        h->schedules[0].weekdays == mask) {
        h->schedules[0].reminder_minute = (int)minute; /* the rule's own days */
        return E_OK;
    }
    /* A reminder on other days than the rule's must not make them due: the rule then stays a rule, the
     * reminder goes. */
    if (h->frequency_days == 0) {
        s->losses[LOSS_REMINDER]++;
        return E_OK;
    }
    return transfer_schedule_add(s, h, mask, (int)minute);
}

enum ecode read_rewire(struct transfer_set *s, struct foreign *f)
{
    struct rewire *r = arena_alloc(s->arena, sizeof *r);
    r->set = s;
    enum ecode code =
        foreign_read(f, "Habits", habit_columns, H_COLUMNS, HABITS_PER_USER_MAX + 1, habit_row, r, s->err);
    if (code == E_OK)
        code =
            foreign_read(f, "CHECKINS", checkin_columns, C_COLUMNS, IMPORT_ROWS_MAX, checkin_row, r, s->err);
    if (code == E_OK && foreign_has_table(f, "REMINDERS"))
        code = foreign_read(f, "REMINDERS", reminder_columns, M_COLUMNS,
                            HABITS_PER_USER_MAX * SCHEDULES_PER_HABIT_MAX, reminder_row, r, s->err);
    return code;
}
