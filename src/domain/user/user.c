#include "domain/user/user.h"

#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "domain/checkin/checkin.h"
#include "domain/habit/habit.h"
#include "domain/reminder/reminder.h"
#include "domain/referral/referral.h"
#include "domain/report/daily.h"
#include "domain/secret/secret.h"
#include "domain/subscription/subscription.h"
#include "domain/user/people.h"
#include "user.sql.h"

#define REFERRAL_CODE_LEN 10
#define NAME_BYTES_MAX 256

enum tier user_effective_tier(enum tier stored, bool has_trial_end, struct instant trial_ends_at,
                              struct instant now)
{
    bool over = has_trial_end && instant_cmp(now, trial_ends_at) >= 0;
    return stored == TIER_TRIAL && over ? TIER_FREE : stored;
}

/* Ten characters that are not mistaken for one another when read aloud or copied by hand. */
static void draw_referral_code(struct ctx *ctx, char out[REFERRAL_CODE_LEN + 1])
{
    static const char letters[] = "23456789ABCDEFGHJKMNPQRSTVWXYZ";
    for (int i = 0; i < REFERRAL_CODE_LEN; i++)
        out[i] = letters[rng_below(ctx->rng, sizeof letters - 1)];
    out[REFERRAL_CODE_LEN] = '\0';
}

/* HMAC of a telegram id under the database's own key: what is left of an erased person's identity. */
static enum ecode identity_hmac(struct ctx *ctx, int64_t telegram_id, uint8_t out[SHA256_LEN])
{
    char id[24];
    int n = snprintf(id, sizeof id, "%lld", (long long)telegram_id);
    return secret_hmac(ctx, "identity", id, (size_t)n, out);
}

enum ecode user_find_telegram(struct ctx *ctx, int64_t telegram_id, struct uuid *id)
{
    struct stmt *q = db_query(ctx->db, &Q_user_by_telegram);
    stmt_bind_i64(q, 1, telegram_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        *id = stmt_uuid(q, 0);
        stmt_end(q);
    }
    return rc;
}

static enum ecode directory_insert(struct ctx *ctx, const char *key, const struct uuid *user_id)
{
    struct stmt *q = db_query(ctx->db, &Q_user_directory_insert);
    stmt_bind_text(q, 1, key);
    stmt_bind_uuid(q, 2, user_id);
    stmt_bind_time(q, 3, ctx->now);
    return stmt_run(q);
}

/* A person who was here before and was erased gets no second trial, and nobody is rewarded for them. */
static enum ecode was_here(struct ctx *ctx, int64_t telegram_id, bool *out)
{
    uint8_t identity[SHA256_LEN];
    enum ecode rc = identity_hmac(ctx, telegram_id, identity);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_user_by_identity);
    stmt_bind_bytes(q, 1, identity, sizeof identity);
    rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    stmt_end(q);
    *out = rc == E_OK;
    return E_OK;
}

static enum ecode insert_user(struct ctx *ctx, const struct user_contact *c, struct uuid *id, bool *created)
{
    char code[REFERRAL_CODE_LEN + 1];
    bool returning;
    enum ecode rc = was_here(ctx, c->telegram_id, &returning);
    if (rc != E_OK)
        return rc;
    bool trial = !returning && ctx->policy->trial_days > 0;
    struct uuid fresh = ctx_new_id(ctx);
    struct instant trial_ends_at =
        instant_add(ctx->now, duration_seconds((int64_t)ctx->policy->trial_days * 86400));
    struct day day = day_of((int32_t)(ctx->now.ms / 86400000));
    draw_referral_code(ctx, code);
    struct stmt *q = db_query(ctx->db, &Q_user_insert);
    stmt_bind_uuid(q, 1, &fresh);
    stmt_bind_i64(q, 2, c->telegram_id);
    stmt_bind_text(q, 3, c->username);
    stmt_bind_text(q, 4, c->first_name);
    stmt_bind_text(q, 5, c->language_code ? c->language_code : "en");
    stmt_bind_text(q, 6, ctx->policy->default_timezone);
    stmt_bind_text(q, 7, tier_names[trial ? TIER_TRIAL : TIER_FREE]);
    if (trial)
        stmt_bind_time(q, 8, trial_ends_at);
    stmt_bind_text(q, 9, code);
    stmt_bind_day(q, 10, day);
    stmt_bind_day(q, 11, day_add(day, 1 - day_weekday(day)));
    stmt_bind_time(q, 12, ctx->now);
    rc = stmt_row(q);
    if (rc == E_NOT_FOUND) { /* another instance was quicker */
        *created = false;
        return user_find_telegram(ctx, c->telegram_id, id);
    }
    if (rc != E_OK)
        return rc;
    stmt_end(q);
    rc = directory_insert(ctx, arena_printf(ctx->arena, "tg:%lld", (long long)c->telegram_id), &fresh);
    if (rc == E_OK)
        rc = directory_insert(ctx, arena_printf(ctx->arena, "ref:%s", code), &fresh);
    if (rc == E_OK)
        rc = person_remember_name(ctx, &fresh, c->username);
    if (rc == E_OK && trial)
        rc = subscription_start_trial(ctx, &fresh, trial_ends_at);
    if (rc == E_OK && c->referral_code)
        rc = referral_register(ctx, c->referral_code, &fresh, returning);
    if (rc != E_OK)
        return rc;
    *id = fresh;
    *created = true;
    return E_OK;
}

bool user_language_valid(const char *s)
{
    size_t part = 0, parts = 0;
    for (;; s++) {
        bool letter = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z');
        if (letter || (parts > 0 && *s >= '0' && *s <= '9')) {
            if (++part > 8)
                return false;
            continue;
        }
        if (part < (parts == 0 ? 2 : 1) || (parts == 0 && part > 3) || ++parts > 4)
            return false;
        if (*s == '\0')
            return true;
        if (*s != '-')
            return false;
        part = 0;
    }
}

enum ecode user_ensure(struct ctx *ctx, const struct user_contact *c, struct uuid *id, bool *created)
{
    if (c->telegram_id <= 0)
        return err_field(&ctx->err, "telegram_id", "must be a whole number above 0");
    if (c->language_code && !user_language_valid(c->language_code))
        return err_field(&ctx->err, "language_code", "must be a language tag such as \"en\" or \"pt-BR\"");
    const char *const texts[] = {c->first_name, c->username};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (texts[i] && (strlen(texts[i]) > NAME_BYTES_MAX || !utf8_valid(texts[i], strlen(texts[i]))))
            return err_field(&ctx->err, i ? "username" : "first_name", "must be at most %d bytes of UTF-8",
                             NAME_BYTES_MAX);
    }
    enum ecode rc = user_find_telegram(ctx, c->telegram_id, id);
    if (rc == E_OK)
        rc = ctx_lock_people(ctx, id, 1);
    if (rc == E_OK) /* erased meanwhile? */
        rc = user_find_telegram(ctx, c->telegram_id, id);
    if (rc == E_OK)
        *created = false;
    return rc == E_NOT_FOUND ? insert_user(ctx, c, id, created) : rc;
}

const char *user_name_kept(const char *s)
{
    return s && *s && strlen(s) <= NAME_BYTES_MAX && utf8_valid(s, strlen(s)) ? s : NULL;
}

/* What Telegram says of somebody, as far as it can be kept. */
static struct user_contact kept(const struct user_contact *told)
{
    struct user_contact c = *told;
    c.username = user_name_kept(c.username);
    c.first_name = user_name_kept(c.first_name);
    if (c.language_code && !user_language_valid(c.language_code))
        c.language_code = NULL;
    return c;
}

enum ecode user_admit(struct ctx *ctx, const struct user_contact *contact, struct uuid *id, bool *created)
{
    struct user_contact c = kept(contact);
    return user_ensure(ctx, &c, id, created);
}

enum ecode user_meet(struct ctx *ctx, const struct user_contact *contact, struct uuid *id, bool *created)
{
    struct user_contact c = kept(contact);
    enum ecode rc = user_ensure(ctx, &c, id, created);
    if (rc != E_OK || *created)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_user_met);
    stmt_bind_uuid(q, 1, id);
    stmt_bind_text(q, 2, c.username);
    stmt_bind_text(q, 3, c.first_name);
    stmt_bind_time(q, 4, ctx->now);
    rc = stmt_run(q);
    return rc == E_OK && stmt_changes(q) > 0 ? person_remember_name(ctx, id, c.username) : rc;
}

enum ecode user_set_reachable(struct ctx *ctx, bool reachable)
{
    struct stmt *q = db_query(ctx->db, &Q_user_set_unreachable);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    if (!reachable)
        stmt_bind_time(q, 2, ctx->now);
    stmt_bind_time(q, 3, ctx->now);
    return stmt_run(q);
}

enum ecode user_make_admin(struct ctx *ctx, const struct uuid *id)
{
    struct stmt *q = db_query(ctx->db, &Q_user_make_admin);
    stmt_bind_uuid(q, 1, id);
    stmt_bind_time(q, 2, ctx->now);
    return stmt_run(q);
}

static enum ecode load(struct ctx *ctx, struct user *u)
{
    struct arena *a = ctx->arena;
    struct stmt *q = db_query(ctx->db, &Q_user_get);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_NOT_FOUND)
        return err_set(&ctx->err, E_NOT_FOUND, "there is no such person");
    if (rc != E_OK)
        return rc;
    *u = (struct user){
        .id = ctx->actor.user_id,
        .telegram_id = stmt_i64(q, 0),
        .username = arena_strdup(a, stmt_text(q, 1)),
        .first_name = arena_strdup(a, stmt_text(q, 2)),
        .language_code = arena_strdup(a, stmt_text(q, 3)),
        .timezone = arena_strdup(a, stmt_text(q, 4)),
        .day_starts_at = (int)stmt_i64(q, 5),
        .week_starts_on = (int)stmt_i64(q, 6),
        .notifications_enabled = stmt_bool(q, 7),
        .quiet = {stmt_is_null(q, 8) ? MINUTE_NONE : (int)stmt_i64(q, 8),
                  stmt_is_null(q, 9) ? MINUTE_NONE : (int)stmt_i64(q, 9)},
        .has_trial_end = !stmt_is_null(q, 11),
        .trial_ends_at = stmt_time(q, 11),
        .referral_code = arena_strdup(a, stmt_text(q, 12)),
        .is_admin = stmt_bool(q, 13),
        .created_at = stmt_time(q, 14),
        .weekly_summary = !stmt_is_null(q, 15),
        .next_summary_at = stmt_time(q, 15),
        .nudges = !stmt_is_null(q, 16),
        .next_nudge_at = stmt_time(q, 16),
        .is_blocked = !stmt_is_null(q, 17),
    };
    u->tier = user_effective_tier((enum tier)name_index(tier_names, stmt_text(q, 10)), u->has_trial_end,
                                  u->trial_ends_at, ctx->now);
    stmt_end(q);
    return E_OK;
}

enum ecode user_get(struct ctx *ctx, const void *unused, struct user_view *out)
{
    struct user_view v;
    enum ecode rc = load(ctx, &v.user);
    if (rc == E_OK)
        rc = habit_count_active(ctx, &v.habits_active);
    if (rc != E_OK)
        return rc;
    v.habit_limit = ctx->policy->habit_limit[v.user.tier];
    *out = v;
    return E_OK;
}

/* Checks the change and lays it over the profile; *moved: the local day is another one now. */
static enum ecode apply(struct ctx *ctx, const struct user_change *in, struct user *u, bool *moved)
{
    *moved = false;
    if (in->has_timezone) {
        enum ecode rc = zone_get(in->timezone, &ctx->actor.zone, &ctx->err);
        if (rc != E_OK)
            return rc;
        *moved |= strcmp(u->timezone, in->timezone) != 0;
        u->timezone = in->timezone;
    }
    if (in->has_language_code) {
        if (!user_language_valid(in->language_code))
            return err_field(&ctx->err, "language_code",
                             "must be a language tag such as \"en\" or \"pt-BR\"");
        u->language_code = in->language_code;
    }
    if (in->has_day_starts_at) {
        if (in->day_starts_at < 0 || in->day_starts_at > 360)
            return err_field(&ctx->err, "day_starts_at", "must be between 00:00 and 06:00");
        *moved |= u->day_starts_at != in->day_starts_at;
        u->day_starts_at = ctx->actor.day_starts_at = in->day_starts_at;
    }
    if (in->has_week_starts_on) {
        if (in->week_starts_on < 1 || in->week_starts_on > 7)
            return err_field(&ctx->err, "week_starts_on", "must be an ISO weekday, 1 (Monday) to 7 (Sunday)");
        u->week_starts_on = in->week_starts_on;
    }
    if (in->has_quiet) {
        if (in->quiet.from != MINUTE_NONE && in->quiet.from == in->quiet.to)
            return err_field(&ctx->err, "quiet_hours", "must begin and end at different times");
        u->quiet = in->quiet;
    }
    if (in->has_notifications_enabled)
        u->notifications_enabled = in->notifications_enabled;
    return E_OK;
}

/* When the weekly summary and the look for silence are due next, where that changed. */
static void plan_messages(struct ctx *ctx, const struct user_change *in, bool moved, struct user *u)
{
    struct person_hours hours = {ctx->actor.zone, u->day_starts_at, u->week_starts_on, u->quiet};
    bool summary_moved = moved || in->has_week_starts_on;
    struct day first;
    if (in->has_weekly_summary && in->weekly_summary != u->weekly_summary) {
        u->weekly_summary = in->weekly_summary;
        summary_moved = true;
    }
    if (u->weekly_summary && summary_moved)
        u->weekly_summary = summary_moment(&hours, ctx->now, &first, &u->next_summary_at);
    if (in->has_nudges && in->nudges != u->nudges) {
        u->nudges = in->nudges;
        moved = true;
    }
    if (u->nudges && moved) /* only a look: who was active or was nudged lately is left in peace */
        u->next_nudge_at = nudge_moment(&hours, ctx->now);
}

/* Histories are read alike in both zones: neither skipped a date that the other had. */
static bool same_dates(const struct zone *a, const struct zone *b)
{
    struct day x = day_of(DAY_FIRST_LOG - 1), y;
    do {
        y = zone_skipped_day(b, x);
        x = zone_skipped_day(a, x);
    } while (day_cmp(x, y) == 0 && !day_is_none(x));
    return day_cmp(x, y) == 0;
}

enum ecode user_update(struct ctx *ctx, const struct user_change *in, struct user_view *out)
{
    struct user u;
    bool moved;
    const struct zone *old_zone = ctx->actor.zone;
    enum ecode rc = load(ctx, &u);
    if (rc == E_OK)
        rc = apply(ctx, in, &u, &moved);
    if (rc != E_OK)
        return rc;
    plan_messages(ctx, in, moved, &u);
    struct stmt *q = db_query(ctx->db, &Q_user_update);
    stmt_bind_uuid(q, 1, &u.id);
    stmt_bind_text(q, 2, u.language_code);
    stmt_bind_text(q, 3, u.timezone);
    stmt_bind_i64(q, 4, u.day_starts_at);
    stmt_bind_i64(q, 5, u.week_starts_on);
    stmt_bind_bool(q, 6, u.notifications_enabled);
    if (u.quiet.from != MINUTE_NONE) {
        stmt_bind_i64(q, 7, u.quiet.from);
        stmt_bind_i64(q, 8, u.quiet.to);
    }
    stmt_bind_time(q, 9, ctx->now);
    if (u.weekly_summary)
        stmt_bind_time(q, 10, u.next_summary_at);
    if (u.nudges)
        stmt_bind_time(q, 11, u.next_nudge_at);
    rc = stmt_run(q);
    if (rc == E_OK && moved)
        rc = schedule_refresh_due(ctx);
    if (rc == E_OK && (moved || in->has_quiet))
        rc = reminder_look_again(ctx);
    if (rc == E_OK && !same_dates(old_zone, ctx->actor.zone))
        rc = checkin_rebuild_all(ctx);
    return rc == E_OK ? user_get(ctx, NULL, out) : rc;
}

static enum ecode erase_inbox(struct ctx *ctx, int64_t chat_id)
{
    struct stmt *q = db_query(ctx->db, &Q_user_erase_inbox);
    stmt_bind_i64(q, 1, chat_id);
    stmt_bind_time(q, 2, ctx->now);
    return stmt_run(q);
}

enum ecode user_erase(struct ctx *ctx, const void *unused, void *none)
{
    /* In the order of the foreign keys. */
    static const struct query *const steps[] = {
        &Q_user_erase_logs,        &Q_user_erase_decline_notes, &Q_user_erase_streaks,
        &Q_user_erase_schedules,   &Q_user_erase_habits,        &Q_user_erase_sessions,
        &Q_user_erase_idempotency, &Q_user_erase_directory,     &Q_user_erase_outbox,
        &Q_user_erase_deliveries,  &Q_user_erase_dialog,        &Q_user_erase_sign_in_links,
        &Q_user_erase_quarantine,
    };
    uint8_t identity[SHA256_LEN];
    char code[UUID_TEXT];
    struct user u;
    enum ecode rc = load(ctx, &u);
    if (rc == E_OK && u.telegram_id)
        rc = identity_hmac(ctx, u.telegram_id, identity);
    if (rc == E_OK)
        rc = subscription_end_for_erased(ctx);
    if (rc == E_OK)
        rc = daily_forget(ctx, &u.id);
    for (size_t i = 0; rc == E_OK && i < ARRAY_LEN(steps); i++) {
        struct stmt *q = db_query(ctx->db, steps[i]);
        stmt_bind_uuid(q, 1, &u.id);
        rc = stmt_run(q);
    }
    if (rc == E_OK && u.telegram_id)
        rc = erase_inbox(ctx, u.telegram_id);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_user_blank);
    stmt_bind_uuid(q, 1, &u.id);
    stmt_bind_bytes(q, 2, u.telegram_id ? identity : NULL, sizeof identity);
    stmt_bind_text(q, 3,
                   uuid_format(&u.id, code)); /* a code that nobody was given: the old one is free again */
    stmt_bind_time(q, 4, ctx->now);
    return stmt_run(q);
}
