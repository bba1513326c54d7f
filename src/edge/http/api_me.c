#include "edge/http/route.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/session/session.h"
#include "domain/user/user.h"

/* --- sessions
 * ---------------------------------------------------------------------------------------------------- */

#define SESSIONS_LIMIT 50
#define SESSIONS_LIMIT_MAX 200

struct session_page { /* of the request, from parse to render */
    int limit;
    bool has_after;
    struct uuid after;
};

enum ecode parse_session_list(struct exchange *x, void *in)
{
    struct session_page *page = arena_alloc(x->request->arena, sizeof *page);
    page->limit = SESSIONS_LIMIT;
    x->extra = page;
    enum ecode rc = query_limit(x, SESSIONS_LIMIT_MAX, &page->limit);
    return rc != E_OK ? rc : query_cursor(x, 's', &page->after, sizeof page->after, &page->has_after);
}

/* Newest first: ids carry the time they were made. */
static int newer(const void *a, const void *b)
{
    const struct session *s = a, *t = b;
    return uuid_cmp(&t->id, &s->id);
}

enum ecode render_session_list(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct session_list *list = out;
    const struct session_page *page = x->extra;
    const struct session *last = NULL;
    int shown = 0;
    bool more = false;
    qsort(list->items, list->count, sizeof *list->items, newer);
    json_object_begin(w);
    json_key(w, "items");
    json_array_begin(w);
    for (size_t i = 0; i < list->count && !more; i++) {
        const struct session *s = &list->items[i];
        if (page->has_after && uuid_cmp(&s->id, &page->after) >= 0)
            continue;
        more = shown == page->limit;
        if (more)
            break;
        json_object_begin(w);
        json_field_uuid(w, "id", &s->id);
        json_field_string(w, "name", s->name);
        json_field_bool(w, "admin", s->is_admin);
        json_field_string(w, "origin", session_origin_names[s->origin]);
        json_field_bool(w, "current", s->current);
        json_field_instant(w, "created_at", s->created_at);
        json_field_instant(w, "expires_at", s->expires_at);
        json_object_end(w);
        last = s;
        shown++;
    }
    json_array_end(w);
    render_next(w, 's', more ? &last->id : NULL, more ? sizeof last->id : 0);
    return E_OK;
}

enum ecode parse_session_delete_all(struct exchange *x, void *in)
{
    *(struct session_selector *)in = (struct session_selector){.all = true};
    return E_OK;
}

enum ecode parse_session_delete(struct exchange *x, void *in)
{
    return path_uuid(x, 0, &((struct session_selector *)in)->id);
}

/* --- me
 * ----------------------------------------------------------------------------------------------------------
 */

#define DAY_STARTS_MAX 360 /* minutes */

struct quiet_body {
    int from, to;
};
static const struct json_field quiet_fields[] = {
    {JSON_MEMBER(struct quiet_body, from), FIELD_MINUTE, FIELD_REQUIRED},
    {JSON_MEMBER(struct quiet_body, to), FIELD_MINUTE, FIELD_REQUIRED},
};

struct me_body {
    const char *timezone, *language_code;
    bool notifications_enabled, weekly_summary, nudges;
    json_t *quiet_hours;
    int day_starts_at;
    int64_t week_starts_on;
};
enum {
    ME_TIMEZONE,
    ME_LANGUAGE,
    ME_NOTIFICATIONS,
    ME_QUIET,
    ME_DAY,
    ME_WEEK,
    ME_SUMMARY,
    ME_NUDGES,
    ME_FIELDS
};
static const struct json_field me_fields[ME_FIELDS] = {
    [ME_TIMEZONE] = {JSON_MEMBER(struct me_body, timezone), FIELD_STRING, .min = 1, .max = 64},
    [ME_LANGUAGE] = {JSON_MEMBER(struct me_body, language_code), FIELD_STRING, .min = 1, .max = 64},
    [ME_NOTIFICATIONS] = {JSON_MEMBER(struct me_body, notifications_enabled), FIELD_BOOL},
    [ME_QUIET] = {JSON_MEMBER(struct me_body, quiet_hours), FIELD_OBJECT, FIELD_NULLABLE},
    [ME_DAY] = {JSON_MEMBER(struct me_body, day_starts_at), FIELD_MINUTE, .min = 0, .max = DAY_STARTS_MAX},
    [ME_WEEK] = {JSON_MEMBER(struct me_body, week_starts_on), FIELD_I64, .min = 1, .max = 7},
    [ME_SUMMARY] = {JSON_MEMBER(struct me_body, weekly_summary), FIELD_BOOL},
    [ME_NUDGES] = {JSON_MEMBER(struct me_body, nudges), FIELD_BOOL},
};

enum ecode parse_me_update(struct exchange *x, void *in)
{
    struct user_change *change = in;
    struct me_body body = {0};
    struct json_seen seen;
    enum ecode rc = json_object_read(x->request->arena, x->body, "", me_fields, ARRAY_LEN(me_fields),
                                     JSON_PATCH, &body, &seen, &x->err);
    if (rc != E_OK)
        return rc;
    *change = (struct user_change){
        .has_timezone = json_seen_has(&seen, ME_TIMEZONE),
        .has_language_code = json_seen_has(&seen, ME_LANGUAGE),
        .has_notifications_enabled = json_seen_has(&seen, ME_NOTIFICATIONS),
        .has_quiet = json_seen_has(&seen, ME_QUIET),
        .has_day_starts_at = json_seen_has(&seen, ME_DAY),
        .has_week_starts_on = json_seen_has(&seen, ME_WEEK),
        .has_weekly_summary = json_seen_has(&seen, ME_SUMMARY),
        .has_nudges = json_seen_has(&seen, ME_NUDGES),
        .timezone = body.timezone,
        .language_code = body.language_code,
        .notifications_enabled = body.notifications_enabled,
        .weekly_summary = body.weekly_summary,
        .nudges = body.nudges,
        .quiet = {MINUTE_NONE, MINUTE_NONE},
        .day_starts_at = body.day_starts_at,
        .week_starts_on = (int)body.week_starts_on,
    };
    if (json_seen_value(&seen, ME_QUIET)) {
        struct quiet_body quiet = {0};
        rc = json_object_read(x->request->arena, body.quiet_hours, "quiet_hours", quiet_fields,
                              ARRAY_LEN(quiet_fields), JSON_WHOLE, &quiet, &seen, &x->err);
        change->quiet = (struct quiet_hours){quiet.from, quiet.to};
    }
    return rc;
}

enum ecode render_me(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct user_view *v = out;
    const struct user *u = &v->user;
    json_object_begin(w);
    json_field_uuid(w, "id", &u->id);
    if (u->telegram_id != 0)
        json_field_i64(w, "telegram_id", u->telegram_id);
    json_field_string(w, "first_name", u->first_name);
    json_field_string(w, "timezone", u->timezone);
    json_field_string(w, "language_code", u->language_code);
    json_field_bool(w, "notifications_enabled", u->notifications_enabled);
    json_key(w, "quiet_hours");
    if (u->quiet.from == MINUTE_NONE) {
        json_put_null(w);
    } else {
        json_object_begin(w);
        json_field_minute(w, "from", u->quiet.from);
        json_field_minute(w, "to", u->quiet.to);
        json_object_end(w);
    }
    json_field_minute(w, "day_starts_at", u->day_starts_at);
    json_field_i64(w, "week_starts_on", u->week_starts_on);
    json_field_bool(w, "weekly_summary", u->weekly_summary);
    json_field_bool(w, "nudges", u->nudges);
    json_field_string(w, "tier", tier_names[u->tier]);
    if (u->has_trial_end)
        json_field_instant(w, "trial_ends_at", u->trial_ends_at);
    else
        json_field_null(w, "trial_ends_at");
    json_key(w, "limits");
    json_object_begin(w);
    if (v->habit_limit > 0)
        json_field_i64(w, "habits", v->habit_limit);
    else
        json_field_null(w, "habits");
    json_object_end(w);
    json_field_string(w, "referral_code", u->referral_code);
    json_field_instant(w, "created_at", u->created_at);
    json_object_end(w);
    return E_OK;
}
