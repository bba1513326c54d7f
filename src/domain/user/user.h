#ifndef HABITD_DOMAIN_USER_H
#define HABITD_DOMAIN_USER_H

#include "domain/ctx.h"

/* People: profile, local-day settings, tier, and their erasure. */

#define MINUTE_NONE (-1)

struct quiet_hours {
    int from, to; /* minutes after local midnight, MINUTE_NONE both when there are none */
};

struct user {
    struct uuid id;
    int64_t telegram_id;               /* 0: none */
    const char *username, *first_name; /* NULL: unknown */
    const char *language_code, *timezone;
    int day_starts_at, week_starts_on;
    bool notifications_enabled;
    struct quiet_hours quiet;
    bool weekly_summary, nudges;                   /* wanted */
    struct instant next_summary_at, next_nudge_at; /* when so */
    enum tier tier;                                /* effective */
    struct instant trial_ends_at;
    bool has_trial_end;
    const char *referral_code;
    bool is_admin;
    bool is_blocked; /* by an admin */
    struct instant created_at;
};

/* What /v1/me shows: the person and what the tier allows. */
struct user_view {
    struct user user;
    int habit_limit;   /* 0 = unlimited */
    int habits_active; /* habits that count against it */
};

/* Changes to a profile; only what `has_` says is touched. */
struct user_change {
    bool has_timezone, has_language_code, has_notifications_enabled, has_quiet, has_day_starts_at,
        has_week_starts_on, has_weekly_summary, has_nudges;
    const char *timezone, *language_code;
    bool notifications_enabled, weekly_summary, nudges;
    struct quiet_hours quiet;
    int day_starts_at, week_starts_on;
};

struct user_contact {
    int64_t telegram_id;                               /* > 0 */
    const char *username, *first_name, *language_code; /* NULL: unknown */
    const char *referral_code; /* of the link they came through; counts at first contact. NULL: none */
};

/* BCP 47 as far as people's settings need it: a language of 2–3 letters and subtags of 1–8 letters and
 * digits. */
bool user_language_valid(const char *s);
/* A name as Telegram tells it, if it can be kept, else NULL. */
const char *user_name_kept(const char *s);
/*
 * The person with that telegram id, made when new (trial starts, referral code drawn, directory keys
 * written). Nobody else writes for them until the transaction ends. In a write transaction. E_INVALID field
 * "telegram_id". *created tells which.
 */
enum ecode user_ensure(struct ctx *ctx, const struct user_contact *contact, struct uuid *id, bool *created);
/* As user_ensure, with names and language as Telegram tells them: what cannot be kept is left out. */
enum ecode user_admit(struct ctx *ctx, const struct user_contact *contact, struct uuid *id, bool *created);
/*
 * Somebody wrote to the bot: as user_ensure, with names and language as Telegram tells them (what cannot be
 * kept is left out), the names kept up to date, and the person reachable again.
 */
enum ecode user_meet(struct ctx *ctx, const struct user_contact *contact, struct uuid *id, bool *created);
/* The actor blocked the bot, or let it write again. */
enum ecode user_set_reachable(struct ctx *ctx, bool reachable);
/* Gives the person the operator's role; harmless when they have it. */
enum ecode user_make_admin(struct ctx *ctx, const struct uuid *id);
/* E_NOT_FOUND when nobody has it. */
enum ecode user_find_telegram(struct ctx *ctx, int64_t telegram_id, struct uuid *id);
/* A person as a batch over many needs them. */
struct known_person {
    bool found; /* there is such a person, not blocked */
    struct actor actor;
    const char *language_code; /* arena */
};
/*
 * The people with these telegram ids, locked as by ctx_lock_people; out[i] belongs to ids[i]. In a write
 * transaction. One statement on PostgreSQL.
 */
enum ecode user_find_telegram_many(struct ctx *ctx, const int64_t *ids, size_t n, struct known_person *out);
/* The actor's own profile. */
enum ecode user_get(struct ctx *ctx, const void *unused, struct user_view *out);
/* Validates every field (language_code BCP 47, IANA zone, 0–360, 1–7); a zone or boundary change moves what
 * is pending. */
enum ecode user_update(struct ctx *ctx, const struct user_change *in, struct user_view *out);
/*
 * Erases the actor: habits, schedules, logs, notes, streaks, sessions, idempotency answers, directory keys,
 * messages, deliveries, the conversation and what waits of the private chat go; a message queued afterwards
 * goes with its end (a method, no view: there is nobody to draw one for). The users row stays blank with an
 * HMAC of the telegram id; amounts and ids of money stay.
 */
enum ecode user_erase(struct ctx *ctx, const void *unused, void *none);
/* Tier as it is at ctx->now: a trial that is over reads as free. */
enum tier user_effective_tier(enum tier stored, bool has_trial_end, struct instant trial_ends_at,
                              struct instant now);

#endif
