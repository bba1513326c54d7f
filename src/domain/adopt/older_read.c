#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/adopt/adopt.h"
#include "domain/adopt/older.h"

const char *const older_tables[] = {
    [ADOPT_USERS] = "users",
    [ADOPT_HABITS] = "habits",
    [ADOPT_SCHEDULES] = "habit_schedules",
    [ADOPT_NOTES] = "habit_decline_notes",
    [ADOPT_LOGS] = "habit_logs",
    [ADOPT_BALANCES] = "balances",
    [ADOPT_PAYMENTS] = "payments",
    [ADOPT_POSTINGS] = "balance_transactions",
    [ADOPT_SUBSCRIPTIONS] = "subscriptions",
    [ADOPT_REFERRALS] = "referrals",
};

/* --- values ------------------------------------------------------------------------------------------ */

static int64_t number(const char *s)
{
    return s ? strtoll(s, NULL, 10) : 0;
}
static struct instant moment(const char *s)
{
    return instant_from_ms(number(s));
}
static bool yes(const char *s, bool otherwise)
{
    return s ? *s == 't' : otherwise;
}

/* What a reader of rows fills: an array that grows. */
struct rows {
    struct arena *arena;
    char *items;
    size_t size, n, room;
};

static void *add_row(struct rows *r)
{
    if (r->n == r->room) {
        size_t room = r->room ? r->room * 2 : 16;
        char *grown = arena_array(r->arena, room, r->size);
        if (r->n > 0)
            memcpy(grown, r->items, r->n * r->size);
        r->items = grown;
        r->room = room;
    }
    return r->items + r->n++ * r->size;
}

static const char *kept(const struct rows *r, const char *s)
{
    return arena_strdup(r->arena, s);
}

/* --- rows: the columns of a table, and what they become; one order for both ---------------------------- */

#define NEEDED(c)                                                                                            \
    {                                                                                                        \
        .name = (c), .required = true                                                                        \
    }
#define OPTIONAL(c)                                                                                          \
    {                                                                                                        \
        .name = (c)                                                                                          \
    }
#define WHEN(c)                                                                                              \
    {                                                                                                        \
        .name = (c), .instant = true                                                                         \
    }

static const struct foreign_db_column user_columns[] = {
    NEEDED("id"),          OPTIONAL("telegram_id"), OPTIONAL("referred_by_id"),
    OPTIONAL("username"),  OPTIONAL("first_name"),  OPTIONAL("language_code"),
    OPTIONAL("timezone"),  OPTIONAL("tier"),        OPTIONAL("referral_code"),
    WHEN("trial_ends_at"), OPTIONAL("is_blocked"),  OPTIONAL("notifications_enabled"),
    WHEN("created_at"),    WHEN("updated_at"),
};
static enum ecode take_user(void *arg, const char *const *v)
{
    struct older_user *u = add_row(arg);
    *u = (struct older_user){
        .id = number(v[0]),
        .telegram_id = v[1] ? number(v[1]) : number(v[0]),
        .referred_by = number(v[2]),
        .username = kept(arg, v[3]),
        .first_name = kept(arg, v[4]),
        .language_code = kept(arg, v[5]),
        .timezone = kept(arg, v[6]),
        .tier = kept(arg, v[7]),
        .referral_code = kept(arg, v[8]),
        .has_trial_end = v[9] != NULL,
        .trial_ends_at = moment(v[9]),
        .blocked = yes(v[10], false),
        .silent = !yes(v[11], true),
        .created_at = moment(v[12]),
        .updated_at = moment(v[13] ? v[13] : v[12]),
    };
    return E_OK;
}

static const struct foreign_db_column habit_columns[] = {
    NEEDED("id"),      NEEDED("user_id"),     NEEDED("name"),     OPTIONAL("description"),
    OPTIONAL("emoji"), OPTIONAL("is_active"), WHEN("created_at"), WHEN("updated_at"),
};
static enum ecode take_habit(void *arg, const char *const *v)
{
    struct older_habit *h = add_row(arg);
    *h = (struct older_habit){
        .id = number(v[0]),
        .name = kept(arg, v[2]),
        .description = kept(arg, v[3]),
        .emoji = kept(arg, v[4]),
        .active = yes(v[5], true),
        .created_at = moment(v[6]),
        .updated_at = moment(v[7] ? v[7] : v[6]),
    };
    return E_OK;
}

static const struct foreign_db_column schedule_columns[] = {
    NEEDED("id"),
    NEEDED("habit_id"),
    OPTIONAL("schedule_type"),
    OPTIONAL("reminder_time"),
    OPTIONAL("days_of_week"),
    OPTIONAL("is_enabled"),
    WHEN("created_at"),
    WHEN("updated_at"),
};
static enum ecode take_schedule(void *arg, const char *const *v)
{
    struct older_schedule *s = add_row(arg);
    *s = (struct older_schedule){
        .id = number(v[0]),
        .habit_id = number(v[1]),
        .type = kept(arg, v[2]),
        .time = kept(arg, v[3]),
        .days = kept(arg, v[4]),
        .enabled = yes(v[5], true),
        .created_at = moment(v[6]),
        .updated_at = moment(v[7] ? v[7] : v[6]),
    };
    return E_OK;
}

static const struct foreign_db_column log_columns[] = {
    NEEDED("id"),        NEEDED("habit_id"), NEEDED("log_date"), OPTIONAL("decline_note_id"),
    NEEDED("completed"), WHEN("created_at"), WHEN("updated_at"),
};
static enum ecode take_log(void *arg, const char *const *v)
{
    struct older_log *l = add_row(arg);
    *l = (struct older_log){
        .id = number(v[0]),
        .habit_id = number(v[1]),
        .day = kept(arg, v[2]),
        .note_id = number(v[3]),
        .completed = yes(v[4], false),
        .created_at = moment(v[5]),
        .updated_at = moment(v[6] ? v[6] : v[5]),
    };
    return E_OK;
}

static const struct foreign_db_column note_columns[] = {NEEDED("id"), OPTIONAL("note"), OPTIONAL("preset"),
                                                        WHEN("created_at")};
static enum ecode take_note(void *arg, const char *const *v)
{
    struct older_note *n = add_row(arg);
    *n = (struct older_note){
        .id = number(v[0]), .note = kept(arg, v[1]), .preset = kept(arg, v[2]), .created_at = moment(v[3])};
    return E_OK;
}

static const struct foreign_db_column balance_columns[] = {NEEDED("id"), NEEDED("user_id"), NEEDED("amount"),
                                                           OPTIONAL("currency")};
static enum ecode take_balance(void *arg, const char *const *v)
{
    struct older_balance *b = add_row(arg);
    *b = (struct older_balance){.id = number(v[0]), .amount = kept(arg, v[2]), .currency = kept(arg, v[3])};
    return E_OK;
}

static const struct foreign_db_column payment_columns[] = {
    NEEDED("id"),
    NEEDED("user_id"),
    NEEDED("provider"),
    OPTIONAL("provider_payment_id"),
    OPTIONAL("payment_type"),
    NEEDED("amount"),
    OPTIONAL("currency"),
    NEEDED("status"),
    WHEN("completed_at"),
    WHEN("created_at"),
    WHEN("updated_at"),
};
static enum ecode take_payment(void *arg, const char *const *v)
{
    struct older_payment *p = add_row(arg);
    *p = (struct older_payment){
        .id = number(v[0]),
        .provider = kept(arg, v[2]),
        .charge = kept(arg, v[3]),
        .type = kept(arg, v[4]),
        .amount = kept(arg, v[5]),
        .currency = kept(arg, v[6]),
        .status = kept(arg, v[7]),
        .has_completed_at = v[8] != NULL,
        .completed_at = moment(v[8]),
        .created_at = moment(v[9]),
        .updated_at = moment(v[10] ? v[10] : v[9]),
    };
    return E_OK;
}

static const struct foreign_db_column posting_columns[] = {
    NEEDED("id"),         NEEDED("user_id"),      NEEDED("type"),        NEEDED("amount"),
    OPTIONAL("currency"), OPTIONAL("payment_id"), OPTIONAL("reference"), WHEN("created_at"),
};
static enum ecode take_posting(void *arg, const char *const *v)
{
    struct older_posting *p = add_row(arg);
    *p = (struct older_posting){
        .id = number(v[0]),
        .type = kept(arg, v[2]),
        .amount = kept(arg, v[3]),
        .currency = kept(arg, v[4]),
        .payment_id = number(v[5]),
        .reference = kept(arg, v[6]),
        .created_at = moment(v[7]),
    };
    return E_OK;
}

static const struct foreign_db_column subscription_columns[] = {
    NEEDED("id"),
    NEEDED("user_id"),
    NEEDED("tier"),
    {.name = "started_at", .required = true, .instant = true},
    {.name = "expires_at", .required = true, .instant = true},
    OPTIONAL("is_active"),
    OPTIONAL("payment_id"),
    WHEN("updated_at"),
};
static enum ecode take_subscription(void *arg, const char *const *v)
{
    struct older_subscription *s = add_row(arg);
    *s = (struct older_subscription){
        .id = number(v[0]),
        .tier = kept(arg, v[2]),
        .started_at = moment(v[3]),
        .expires_at = moment(v[4]),
        .active = yes(v[5], true),
        .payment_id = number(v[6]),
        .updated_at = moment(v[7] ? v[7] : v[3]),
    };
    return E_OK;
}

static const struct foreign_db_column referral_columns[] = {
    NEEDED("id"),
    NEEDED("referrer_id"),
    NEEDED("referred_id"),
    OPTIONAL("reward_paid"),
    OPTIONAL("reward_amount"),
    OPTIONAL("is_suspicious"),
    WHEN("paid_at"),
    WHEN("created_at"),
};
static enum ecode take_referral(void *arg, const char *const *v)
{
    struct older_referral *r = add_row(arg);
    *r = (struct older_referral){
        .id = number(v[0]),
        .referrer_id = number(v[1]),
        .referred_id = number(v[2]),
        .paid = yes(v[3], false),
        .reward = kept(arg, v[4]),
        .suspicious = yes(v[5], false),
        .has_paid_at = v[6] != NULL,
        .paid_at = moment(v[6]),
        .created_at = moment(v[7]),
    };
    return E_OK;
}

/* --- tables -------------------------------------------------------------------------------------------- */

struct shape {
    enum adopt_table table;
    const struct foreign_db_column *columns;
    size_t n;
    bool needed; /* the table has to be there */
    size_t size; /* of a row here */
    foreign_db_row take;
    const char *order;
};
#define SHAPE(table, columns, needed, type, take, order)                                                     \
    {                                                                                                        \
        (table), (columns), sizeof(columns) / sizeof *(columns), (needed), sizeof(type), (take), (order)     \
    }
/* By enum adopt_table. */
static const struct shape shapes[ADOPT_TABLES] = {
    SHAPE(ADOPT_USERS, user_columns, true, struct older_user, take_user, "created_at"),
    SHAPE(ADOPT_HABITS, habit_columns, true, struct older_habit, take_habit, "created_at"),
    SHAPE(ADOPT_SCHEDULES, schedule_columns, false, struct older_schedule, take_schedule, "created_at"),
    SHAPE(ADOPT_NOTES, note_columns, false, struct older_note, take_note, NULL),
    SHAPE(ADOPT_LOGS, log_columns, true, struct older_log, take_log, "log_date"),
    SHAPE(ADOPT_BALANCES, balance_columns, false, struct older_balance, take_balance, NULL),
    SHAPE(ADOPT_PAYMENTS, payment_columns, false, struct older_payment, take_payment, "created_at"),
    SHAPE(ADOPT_POSTINGS, posting_columns, false, struct older_posting, take_posting, "created_at"),
    SHAPE(ADOPT_SUBSCRIPTIONS, subscription_columns, false, struct older_subscription, take_subscription,
          "started_at"),
    SHAPE(ADOPT_REFERRALS, referral_columns, false, struct older_referral, take_referral, NULL),
};

const char *older_notes_table(const struct foreign_db *f)
{
    const char *now = older_tables[ADOPT_NOTES];
    return foreign_db_has_table(f, now) ? now : "decline_notes";
}

static const char *name_of(const struct foreign_db *f, enum adopt_table t)
{
    return t == ADOPT_NOTES ? older_notes_table(f) : older_tables[t];
}

enum ecode older_check(struct foreign_db *f, struct err *err)
{
    enum ecode rc = E_OK;
    for (int i = 0; rc == E_OK && i < ADOPT_TABLES; i++) {
        const char *name = name_of(f, (enum adopt_table)i);
        if (shapes[i].needed || foreign_db_has_table(f, name))
            rc = foreign_db_expect(f, name, shapes[i].columns, shapes[i].n, err);
    }
    return rc;
}

/* Rows whose key is one of the keys; *out is an array of the table's rows here. */
static enum ecode read_rows(struct foreign_db *f, enum adopt_table t, const char *key, const int64_t *keys,
                            size_t keys_count, struct arena *a, void *out, size_t *n, struct err *err)
{
    const struct shape *s = &shapes[t];
    struct rows r = {.arena = a, .size = s->size};
    struct foreign_db_query q = {.table = name_of(f, t),
                                 .columns = s->columns,
                                 .n = s->n,
                                 .key = key,
                                 .keys = keys,
                                 .keys_count = keys_count,
                                 .order = s->order};
    enum ecode rc = foreign_db_read(f, &q, s->take, &r, err);
    memcpy(out, &r.items, sizeof r.items);
    *n = r.n;
    return rc;
}

static const struct foreign_db_column key_columns[] = {NEEDED("id"), WHEN("created_at")};
static enum ecode take_key(void *arg, const char *const *v)
{
    struct older_key *k = add_row(arg);
    *k = (struct older_key){number(v[0]), moment(v[1])};
    return E_OK;
}

enum ecode older_people(struct foreign_db *f, struct arena *a, struct older_key **out, size_t *n,
                        struct err *err)
{
    struct rows r = {.arena = a, .size = sizeof(struct older_key)};
    struct foreign_db_query q = {.table = older_tables[ADOPT_USERS],
                                 .columns = key_columns,
                                 .n = sizeof key_columns / sizeof *key_columns,
                                 .order = "created_at"};
    enum ecode rc = foreign_db_read(f, &q, take_key, &r, err);
    memcpy(out, &r.items, sizeof r.items);
    *n = r.n;
    return rc;
}

static int64_t *habit_ids(const struct older_person *p, struct arena *a)
{
    int64_t *ids = arena_array(a, p->habits_count, sizeof *ids);
    for (size_t i = 0; i < p->habits_count; i++)
        ids[i] = p->habits[i].id;
    return ids;
}

static int64_t *note_ids(const struct older_person *p, struct arena *a, size_t *n)
{
    int64_t *ids = arena_array(a, p->logs_count, sizeof *ids);
    *n = 0;
    for (size_t i = 0; i < p->logs_count; i++)
        if (p->logs[i].note_id)
            ids[(*n)++] = p->logs[i].note_id;
    return ids;
}

enum ecode older_postings(struct foreign_db *f, int64_t user_id, struct arena *a, struct older_posting **out,
                          size_t *n, struct err *err)
{
    return read_rows(f, ADOPT_POSTINGS, "user_id", &user_id, 1, a, out, n, err);
}

enum ecode older_referrals(struct foreign_db *f, const char *key, const int64_t *ids, size_t ids_count,
                           struct arena *a, struct older_referral **out, size_t *n, struct err *err)
{
    return read_rows(f, ADOPT_REFERRALS, key, ids, ids_count, a, out, n, err);
}

enum ecode older_of_habits(struct foreign_db *f, const int64_t *habits, size_t n, struct arena *a,
                           struct older_person *out, struct err *err)
{
    enum ecode rc =
        read_rows(f, ADOPT_SCHEDULES, "habit_id", habits, n, a, &out->schedules, &out->schedules_count, err);
    return rc == E_OK ? read_rows(f, ADOPT_LOGS, "habit_id", habits, n, a, &out->logs, &out->logs_count, err)
                      : rc;
}

static enum ecode read_habits(struct foreign_db *f, struct arena *a, struct older_person *p, struct err *err)
{
    size_t n;
    enum ecode rc =
        read_rows(f, ADOPT_HABITS, "user_id", &p->user.id, 1, a, &p->habits, &p->habits_count, err);
    if (rc == E_OK)
        rc = older_of_habits(f, habit_ids(p, a), p->habits_count, a, p, err);
    if (rc != E_OK)
        return rc;
    const int64_t *notes = note_ids(p, a, &n);
    return read_rows(f, ADOPT_NOTES, "id", notes, n, a, &p->notes, &p->notes_count, err);
}

/* Rows of a table without created_at are as old as their person. */
static void date_rows(struct older_person *p)
{
#define EACH(rows, count)                                                                                    \
    for (size_t i = 0; i < p->count; i++)                                                                    \
        if (p->rows[i].created_at.ms <= 0)                                                                   \
    p->rows[i].created_at = p->user.created_at
    EACH(habits, habits_count);
    EACH(schedules, schedules_count);
    EACH(notes, notes_count);
    EACH(payments, payments_count);
    EACH(postings, postings_count);
    EACH(referrals, referrals_count);
#undef EACH
}

enum ecode older_read(struct foreign_db *f, int64_t user_id, struct arena *a, struct older_person *out,
                      struct err *err)
{
    struct older_person p = {.habits_count = 0};
    struct older_user *users;
    size_t n;
    enum ecode rc = read_rows(f, ADOPT_USERS, "id", &user_id, 1, a, &users, &n, err);
    if (rc == E_OK && n == 0)
        rc = err_set(err, E_NOT_FOUND, "there is no user %lld", (long long)user_id);
    if (rc != E_OK)
        return rc;
    p.user = users[0];
    rc = read_habits(f, a, &p, err);
    if (rc == E_OK)
        rc = read_rows(f, ADOPT_BALANCES, "user_id", &user_id, 1, a, &p.balances, &p.balances_count, err);
    if (rc == E_OK)
        rc = read_rows(f, ADOPT_PAYMENTS, "user_id", &user_id, 1, a, &p.payments, &p.payments_count, err);
    if (rc == E_OK)
        rc = older_postings(f, user_id, a, &p.postings, &p.postings_count, err);
    if (rc == E_OK)
        rc = read_rows(f, ADOPT_SUBSCRIPTIONS, "user_id", &user_id, 1, a, &p.subscriptions,
                       &p.subscriptions_count, err);
    if (rc == E_OK)
        rc = older_referrals(f, "referred_id", &user_id, 1, a, &p.referrals, &p.referrals_count, err);
    if (rc == E_OK) {
        date_rows(&p);
        *out = p;
    }
    return rc;
}
