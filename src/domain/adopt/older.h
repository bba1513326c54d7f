#ifndef HABITD_DOMAIN_OLDER_H
#define HABITD_DOMAIN_OLDER_H

#include "base/arena.h"
#include "base/instant.h"
#include "store/foreign_db.h"

/* The older bot's rows as they are there: texts unchecked, NULL where the column is NULL or missing. */

struct older_user {
    int64_t id, telegram_id, referred_by; /* 0: none */
    const char *username, *first_name, *language_code, *timezone, *tier, *referral_code;
    bool has_trial_end, blocked, silent; /* silent: notifications are off */
    struct instant trial_ends_at, created_at, updated_at;
};
struct older_habit {
    int64_t id;
    const char *name, *description, *emoji;
    bool active;
    struct instant created_at, updated_at;
};
struct older_schedule {
    int64_t id, habit_id;
    const char *type, *time, *days;
    bool enabled;
    struct instant created_at, updated_at;
};
struct older_log {
    int64_t id, habit_id, note_id;
    const char *day;
    bool completed;
    struct instant created_at, updated_at;
};
struct older_note {
    int64_t id;
    const char *note, *preset;
    struct instant created_at;
};
struct older_balance {
    int64_t id;
    const char *amount, *currency;
};
struct older_payment {
    int64_t id;
    const char *provider, *charge, *type, *amount, *currency, *status;
    bool has_completed_at;
    struct instant completed_at, created_at, updated_at;
};
struct older_posting {
    int64_t id, payment_id;
    const char *type, *amount, *currency, *reference;
    struct instant created_at;
};
struct older_subscription {
    int64_t id, payment_id;
    const char *tier;
    bool active;
    struct instant started_at, expires_at, updated_at;
};
struct older_referral {
    int64_t id, referrer_id, referred_id;
    const char *reward;
    bool paid, suspicious, has_paid_at;
    struct instant paid_at, created_at;
};

/* A person with everything that is theirs; rows in the order of their making. */
struct older_person {
    struct older_user user;
    struct older_habit *habits;
    struct older_schedule *schedules;
    struct older_log *logs;
    struct older_note *notes; /* those that the logs name */
    struct older_balance *balances;
    struct older_payment *payments;
    struct older_posting *postings;
    struct older_subscription *subscriptions;
    struct older_referral *referrals; /* that say who invited the person */
    size_t habits_count, schedules_count, logs_count, notes_count, balances_count, payments_count,
        postings_count, subscriptions_count, referrals_count;
};

/* Names of the tables there by enum adopt_table; that of the decline notes is older_notes_table's. */
extern const char *const older_tables[];
/* "habit_decline_notes" or, before it was renamed, "decline_notes". */
const char *older_notes_table(const struct foreign_db *f);
/* There are the tables and columns that are needed. */
enum ecode older_check(struct foreign_db *f, struct err *err);
/* The people, oldest first: ids and when they came. In the arena. */
struct older_key {
    int64_t id;
    struct instant created_at;
};
enum ecode older_people(struct foreign_db *f, struct arena *a, struct older_key **out, size_t *n,
                        struct err *err);
/* Everything of one person, in the arena. E_NOT_FOUND. */
enum ecode older_read(struct foreign_db *f, int64_t user_id, struct arena *a, struct older_person *out,
                      struct err *err);
/* Referrals that name the person as who invited, and those of the same invited people by anybody. */
enum ecode older_referrals(struct foreign_db *f, const char *key, const int64_t *ids, size_t ids_count,
                           struct arena *a, struct older_referral **out, size_t *n, struct err *err);
/* The schedules and marks of habits. */
enum ecode older_of_habits(struct foreign_db *f, const int64_t *habits, size_t n, struct arena *a,
                           struct older_person *out, struct err *err);
/* Postings of a person. */
enum ecode older_postings(struct foreign_db *f, int64_t user_id, struct arena *a, struct older_posting **out,
                          size_t *n, struct err *err);

#endif
