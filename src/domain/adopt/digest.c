#include "domain/adopt/digest.h"

#include <string.h>
#include "adopt.sql.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "domain/user/user.h"

#define ROW_BYTES (64u * 1024)

/* One row's text: every value with its length before it, so that no two rows have the same. */
struct line {
    struct buf b;
};

static void begin(struct line *l)
{
    buf_init(&l->b, ROW_BYTES);
}
static void add_text(struct line *l, const char *s)
{
    if (s)
        buf_printf(&l->b, "%zu:%s;", strlen(s), s);
    else
        buf_str(&l->b, "-;");
}
static void add_number(struct line *l, int64_t n)
{
    buf_printf(&l->b, "%lld;", (long long)n);
}
static void add_id(struct line *l, const struct uuid *id)
{
    char text[UUID_TEXT];
    buf_printf(&l->b, "%s;", uuid_format(id, text));
}
static void end(struct line *l, struct adopt_digest *d, enum adopt_table table)
{
    uint8_t hash[SHA256_LEN];
    uint64_t piece[2];
    CHECK(!buf_overflowed(&l->b));
    sha256(l->b.data, l->b.len, hash);
    memcpy(piece, hash, sizeof piece);
    d->rows[table]++;
    d->sum[table][0] += piece[0];
    d->sum[table][1] += piece[1];
    buf_release(&l->b);
}

/* --- the rows, one function for both sides
 * ------------------------------------------------------------------ */

static void digest_user(struct adopt_digest *d, const struct older_user *u, const struct uuid *referred_by)
{
    struct line l;
    begin(&l);
    add_number(&l, u->telegram_id);
    add_text(&l, u->username);
    add_text(&l, u->first_name);
    add_text(&l, u->language_code);
    add_text(&l, u->timezone);
    add_number(&l, u->silent);
    add_text(&l, u->referral_code);
    add_id(&l, referred_by);
    add_number(&l, u->blocked);
    add_number(&l, u->has_trial_end ? u->trial_ends_at.ms : -1);
    add_number(&l, u->created_at.ms);
    end(&l, d, ADOPT_USERS);
}

struct habit_line {
    struct uuid id;
    const char *name, *description, *emoji;
    struct day starts_on;
    struct instant archived_at, created_at;
    bool archived;
};
static void digest_habit(struct adopt_digest *d, const struct habit_line *h)
{
    struct line l;
    begin(&l);
    add_id(&l, &h->id);
    add_text(&l, h->name);
    add_text(&l, h->description);
    add_text(&l, h->emoji);
    add_number(&l, h->starts_on.n);
    add_number(&l, h->archived ? h->archived_at.ms : -1);
    add_number(&l, h->created_at.ms);
    end(&l, d, ADOPT_HABITS);
}

struct schedule_line {
    struct uuid id, habit_id;
    const char *type;
    int64_t minute, weekdays;
    bool enabled;
    struct instant created_at;
};
static void digest_schedule(struct adopt_digest *d, const struct schedule_line *s)
{
    struct line l;
    begin(&l);
    add_id(&l, &s->id);
    add_id(&l, &s->habit_id);
    add_text(&l, s->type);
    add_number(&l, s->minute);
    add_number(&l, s->weekdays);
    add_number(&l, s->enabled);
    add_number(&l, s->created_at.ms);
    end(&l, d, ADOPT_SCHEDULES);
}

struct log_line {
    struct uuid habit_id, decline_id;
    struct day day;
    const char *status, *note, *source;
    struct instant marked_at;
};
static void digest_log(struct adopt_digest *d, const struct log_line *m)
{
    struct line l;
    begin(&l);
    add_id(&l, &m->habit_id);
    add_id(&l, &m->decline_id);
    add_number(&l, m->day.n);
    add_text(&l, m->status);
    add_text(&l, m->note);
    add_text(&l, m->source);
    add_number(&l, m->marked_at.ms);
    end(&l, d, ADOPT_LOGS);
}

static void digest_note(struct adopt_digest *d, const struct uuid *id, const char *preset, const char *note,
                        struct instant at)
{
    struct line l;
    begin(&l);
    add_id(&l, id);
    add_text(&l, preset);
    add_text(&l, note);
    add_number(&l, at.ms);
    end(&l, d, ADOPT_NOTES);
}

struct payment_line {
    struct uuid id;
    const char *provider, *charge, *purpose, *plan, *currency, *status;
    int64_t amount, refunded;
    struct instant created_at;
};
static void digest_payment(struct adopt_digest *d, const struct payment_line *p)
{
    struct line l;
    begin(&l);
    add_id(&l, &p->id);
    add_text(&l, p->provider);
    add_text(&l, p->charge);
    add_text(&l, p->purpose);
    add_text(&l, p->plan);
    add_text(&l, p->currency);
    add_text(&l, p->status);
    add_number(&l, p->amount);
    add_number(&l, p->refunded);
    add_number(&l, p->created_at.ms);
    end(&l, d, ADOPT_PAYMENTS);
}

static void digest_posting(struct adopt_digest *d, const struct posting_request *p, const char *kind,
                           struct instant at)
{
    struct line l;
    begin(&l);
    add_text(&l, kind);
    add_number(&l, p->amount);
    add_text(&l, p->key);
    add_id(&l, &p->payment_id);
    add_text(&l, p->reason);
    add_number(&l, at.ms);
    end(&l, d, ADOPT_POSTINGS);
}

static void digest_balance(struct adopt_digest *d, int64_t amount, int64_t seq)
{
    struct line l;
    begin(&l);
    add_number(&l, amount);
    add_number(&l, seq);
    end(&l, d, ADOPT_BALANCES);
}

static void digest_period(struct adopt_digest *d, const struct period_history *p)
{
    struct line l;
    begin(&l);
    add_id(&l, &p->payment_id);
    add_text(&l, p->plan);
    add_number(&l, p->months);
    add_number(&l, p->days);
    add_number(&l, p->bought_at.ms);
    end(&l, d, ADOPT_SUBSCRIPTIONS);
}

static void digest_referral(struct adopt_digest *d, const struct judged_referral *r, const char *status)
{
    struct line l;
    begin(&l);
    add_id(&l, &r->referrer);
    add_text(&l, status);
    add_number(&l, r->reward);
    add_text(&l, r->reasons);
    add_number(&l, r->created_at.ms);
    end(&l, d, ADOPT_REFERRALS);
}

/* --- what is to be written
 * ------------------------------------------------------------------------------------ */

static void judged_habit(const struct transfer_habit *h, struct adopt_digest *out)
{
    digest_habit(out, &(struct habit_line){.id = h->id,
                                           .name = h->name,
                                           .description = h->description,
                                           .emoji = h->emoji,
                                           .starts_on = h->starts_on,
                                           .archived = h->archived,
                                           .archived_at = h->archived_at,
                                           .created_at = h->created_at});
    for (size_t i = 0; i < h->schedules_count; i++) {
        const struct transfer_schedule *s = &h->schedules[i];
        digest_schedule(out, &(struct schedule_line){.id = s->id,
                                                     .habit_id = h->id,
                                                     .type = schedule_type_names[s->type],
                                                     .minute = s->reminder_minute,
                                                     .weekdays = s->weekdays,
                                                     .enabled = s->enabled,
                                                     .created_at = s->created_at});
    }
}

/* A reason that several marks name is one row. */
static bool is_first_with(const struct transfer_set *set, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (set->entries[k].decline &&
            uuid_cmp(&set->entries[k].decline->id, &set->entries[i].decline->id) == 0)
            return false;
    return true;
}

static void judged_log(const struct judged_person *j, size_t i, struct instant now, struct adopt_digest *out)
{
    const struct transfer_set *set = j->habits;
    const struct transfer_entry *e = &set->entries[i];
    struct instant at = e->has_marked_at ? e->marked_at : zone_from_local(j->zone, e->day, 720);
    struct log_line m = {.habit_id = set->habits[e->habit].id,
                         .day = e->day,
                         .status = log_status_names[e->status],
                         .note = e->note,
                         .source = source_names[e->source],
                         .marked_at = instant_cmp(at, now) > 0 ? now : at};
    if (e->decline) {
        m.decline_id = e->decline->id;
        const char *preset =
            e->decline->preset == PRESET_NONE ? NULL : decline_preset_names[e->decline->preset];
        if (is_first_with(set, i))
            digest_note(out, &e->decline->id, preset, e->decline->note, e->decline->created_at);
    }
    digest_log(out, &m);
}

static void judged_money(const struct judged_person *j, struct adopt_digest *out)
{
    int64_t sum = 0;
    for (size_t i = 0; i < j->payments_count; i++) {
        const struct payment_past *h = &j->payments[i];
        struct payment_state s;
        payment_past_fold(h, &s);
        digest_payment(out, &(struct payment_line){.id = h->id,
                                                   .provider = payment_provider_names[h->provider],
                                                   .charge = *s.charge ? s.charge : NULL,
                                                   .purpose = payment_purpose_names[h->purpose],
                                                   .plan = h->plan,
                                                   .currency = h->terms.currency,
                                                   .status = payment_status_names[s.status],
                                                   .amount = h->terms.amount,
                                                   .refunded = s.refunded,
                                                   .created_at = h->created_at});
    }
    for (size_t i = 0; i < j->postings_count; i++) {
        const struct judged_posting *p = &j->postings[i];
        digest_posting(out, &p->request, posting_kind_names[p->request.kind], p->at);
        sum += p->request.amount;
    }
    if (j->postings_count > 0)
        digest_balance(out, sum, (int64_t)j->postings_count);
    for (size_t i = 0; i < j->periods_count; i++)
        digest_period(out, &j->periods[i]);
}

void digest_judged(const struct judged_person *j, struct instant now, struct adopt_digest *out)
{
    const struct uuid nobody = {{0}};
    *out = (struct adopt_digest){.rows = {0}};
    digest_user(out, &j->user, j->referral.found ? &j->referral.referrer : &nobody);
    for (size_t i = 0; i < j->habits->habits_count; i++)
        judged_habit(&j->habits->habits[i], out);
    for (size_t i = 0; i < j->habits->entries_count; i++)
        judged_log(j, i, now, out);
    judged_money(j, out);
    if (j->referral.found)
        digest_referral(out, &j->referral, referral_status_names[j->referral.status]);
}

/* --- what is there
 * ----------------------------------------------------------------------------------------------- */

static void stored_user(struct stmt *q, struct adopt_digest *out)
{
    struct older_user u = {.telegram_id = stmt_i64(q, 0),
                           .username = stmt_text(q, 1),
                           .first_name = stmt_text(q, 2),
                           .language_code = stmt_text(q, 3),
                           .timezone = stmt_text(q, 4),
                           .silent = !stmt_bool(q, 5),
                           .referral_code = stmt_text(q, 6),
                           .blocked = !stmt_is_null(q, 8),
                           .has_trial_end = !stmt_is_null(q, 9),
                           .trial_ends_at = stmt_time(q, 9),
                           .created_at = stmt_time(q, 10)};
    struct uuid by = stmt_uuid(q, 7);
    digest_user(out, &u, &by);
}

static void stored_habit(struct stmt *q, struct adopt_digest *out)
{
    digest_habit(out, &(struct habit_line){.id = stmt_uuid(q, 0),
                                           .name = stmt_text(q, 1),
                                           .description = stmt_text(q, 2),
                                           .emoji = stmt_text(q, 3),
                                           .starts_on = stmt_day(q, 4),
                                           .archived = !stmt_is_null(q, 5),
                                           .archived_at = stmt_time(q, 5),
                                           .created_at = stmt_time(q, 6)});
}

static void stored_schedule(struct stmt *q, struct adopt_digest *out)
{
    digest_schedule(out, &(struct schedule_line){.id = stmt_uuid(q, 0),
                                                 .habit_id = stmt_uuid(q, 1),
                                                 .type = stmt_text(q, 2),
                                                 .minute = stmt_i64(q, 3),
                                                 .weekdays = stmt_i64(q, 4),
                                                 .enabled = stmt_bool(q, 5),
                                                 .created_at = stmt_time(q, 6)});
}

static void stored_log(struct stmt *q, struct adopt_digest *out)
{
    digest_log(out, &(struct log_line){.habit_id = stmt_uuid(q, 0),
                                       .day = stmt_day(q, 1),
                                       .status = stmt_text(q, 2),
                                       .note = stmt_text(q, 3),
                                       .source = stmt_text(q, 4),
                                       .decline_id = stmt_uuid(q, 5),
                                       .marked_at = stmt_time(q, 6)});
}

static void stored_note(struct stmt *q, struct adopt_digest *out)
{
    struct uuid id = stmt_uuid(q, 0);
    digest_note(out, &id, stmt_text(q, 1), stmt_text(q, 2), stmt_time(q, 3));
}

static void stored_payment(struct stmt *q, struct adopt_digest *out)
{
    digest_payment(out, &(struct payment_line){.id = stmt_uuid(q, 0),
                                               .provider = stmt_text(q, 1),
                                               .charge = stmt_text(q, 2),
                                               .purpose = stmt_text(q, 3),
                                               .plan = stmt_text(q, 4),
                                               .amount = stmt_i64(q, 5),
                                               .refunded = stmt_i64(q, 6),
                                               .currency = stmt_text(q, 7),
                                               .status = stmt_text(q, 8),
                                               .created_at = stmt_time(q, 9)});
}

static void stored_posting(struct stmt *q, struct adopt_digest *out)
{
    struct posting_request p = {.amount = stmt_i64(q, 1),
                                .key = stmt_text(q, 2),
                                .payment_id = stmt_uuid(q, 3),
                                .reason = stmt_text(q, 4)};
    digest_posting(out, &p, stmt_text(q, 0), stmt_time(q, 5));
}

static void stored_balance(struct stmt *q, struct adopt_digest *out)
{
    digest_balance(out, stmt_i64(q, 0), stmt_i64(q, 1));
}

static void stored_period(struct stmt *q, struct adopt_digest *out)
{
    digest_period(out, &(struct period_history){.payment_id = stmt_uuid(q, 0),
                                                .plan = stmt_text(q, 1),
                                                .months = (int)stmt_i64(q, 2),
                                                .days = (int)stmt_i64(q, 3),
                                                .bought_at = stmt_time(q, 4)});
}

static void stored_referral(struct stmt *q, struct adopt_digest *out)
{
    struct judged_referral r = {.referrer = stmt_uuid(q, 0),
                                .reward = stmt_i64(q, 2),
                                .reasons = stmt_text(q, 3),
                                .created_at = stmt_time(q, 4)};
    digest_referral(out, &r, stmt_text(q, 1));
}

enum ecode digest_stored(struct ctx *ctx, const struct uuid *user_id, struct adopt_digest *out)
{
    static const struct {
        const struct query *query;
        void (*row)(struct stmt *q, struct adopt_digest *out);
    } reads[] = {
        {&Q_adopt_back_user, stored_user},          {&Q_adopt_back_habits, stored_habit},
        {&Q_adopt_back_schedules, stored_schedule}, {&Q_adopt_back_logs, stored_log},
        {&Q_adopt_back_notes, stored_note},         {&Q_adopt_back_payments, stored_payment},
        {&Q_adopt_back_postings, stored_posting},   {&Q_adopt_back_balance, stored_balance},
        {&Q_adopt_back_periods, stored_period},     {&Q_adopt_back_referral, stored_referral},
    };
    *out = (struct adopt_digest){.rows = {0}};
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        enum stmt_step step;
        struct stmt *q = db_query(ctx->db, reads[i].query);
        stmt_bind_uuid(q, 1, user_id);
        while ((step = stmt_step(q)) == STMT_ROW)
            reads[i].row(q, out);
        if (step == STMT_ERROR)
            return ctx->err.code;
    }
    return E_OK;
}
