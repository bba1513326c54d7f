#ifndef HABITD_DOMAIN_REPORT_H
#define HABITD_DOMAIN_REPORT_H

#include "base/json_write.h"
#include "domain/ctx.h"
#include "domain/report/daily.h"

/*
 * Figures over UTC days, both ends included. Nothing in them depends on engine, path or moment, so that a
 * copy of the database reports the same. Each runs in one snapshot.
 * E_INVALID field "from": behind "to", or more than REPORT_DAYS_MAX days.
 */
struct report_span {
    struct day from, to; /* day_none(): the 30 days that end at the newest log, or the end of the other */
};
#define REPORT_DAYS 30
#define REPORT_DAYS_MAX 366

/* What came in by one provider in one currency. Plans bought from a wallet are no revenue: the top-up was. */
struct revenue_row {
    const char *currency, *provider;
    int64_t payments, payers;
    int64_t amount; /* paid in these days, minor units */
    int64_t lost;   /* of that, given back or lost in disputes, whenever that was */
};
struct revenue_report {
    struct day from, to;
    struct revenue_row *rows; /* by currency and provider */
    size_t count;
};
enum ecode report_revenue(struct ctx *ctx, const struct report_span *span, struct revenue_report *out);

struct overview_state {
    const char *status;
    int64_t count;
};
struct overview_money {
    const char *currency;
    int64_t amount, lost;
};
struct overview_reminders {
    int64_t sent, missed;
};
struct overview {
    struct day from, to;
    int64_t users;                         /* who came by the end of the span and were not erased */
    int64_t new_users;                     /* who came in the span, erased ones too */
    int64_t active_1, active_7, active_30; /* people with a mark made in the last 1, 7, 30 days of the span */
    int64_t active_habits;                 /* neither deleted nor archived nor paused */
    int64_t done, declined, skipped;       /* marks made in the span, imports left out */
    int64_t reminders_sent, reminders_missed; /* and snoozes; deliveries are kept for 90 days */
    struct overview_state *subscriptions;     /* by state */
    size_t subscriptions_count;
    int64_t payers; /* people who paid in the span */
    struct overview_money *revenue;
    size_t revenue_count;
    struct daily *days;                   /* one for each day of the span */
    struct overview_reminders *reminders; /* likewise */
    size_t days_count;
};
enum ecode report_overview(struct ctx *ctx, const struct report_span *span, struct overview *out);

struct business_mrr {
    const char *currency;
    int64_t periods, amount; /* minor units a month */
};
/*
 * What the operator lives on. The views analytics_trials, analytics_subscribers, analytics_mrr and
 * analytics_referrals say the same by weeks, months, now, and person.
 */
struct business {
    struct day from, to;
    int64_t trials_ended, trials_converted; /* conversion = converted / ended */
    /* People inside a paid period as the span begins and ends; churn = lost / start. */
    int64_t subscribers_start, subscribers_end, subscribers_lost;
    struct business_mrr *mrr; /* monthly recurring revenue as the span ends: of each paid period that runs its
                                 payment divided by its months, or times 30 / its days */
    size_t mrr_count;
    int64_t referrals_invited, referrals_rewarded, referrals_taken_back;
    int64_t referrals_reward; /* of the rewarded ones, minor units of currency */
    const char *currency;     /* the wallets' */
};
enum ecode report_business(struct ctx *ctx, const struct report_span *span, struct business *out);

/* A report that is a table: a label and numbers in each row. */
#define GRID_COLUMNS_MAX 10
#define GRID_UNKNOWN INT64_MIN /* of days that have not begun nobody knows who will be there */
struct grid_row {
    const char *label;
    int64_t n[GRID_COLUMNS_MAX];
};
struct grid_shape {
    const char *name, *label;                  /* "retention", "day" */
    const char *columns[GRID_COLUMNS_MAX + 1]; /* NULL-ended */
};
struct grid {
    const struct grid_shape *shape;
    struct day from, to;
    struct grid_row *rows;
    size_t count;
};
/* For each ISO week in which somebody came: how many, and how many of them made a mark in the weeks after it.
 */
enum ecode report_cohorts(struct ctx *ctx, const struct report_span *span, struct grid *out);
/* For each day of the span: who came, and how many of them made a mark on the 1st, 7th, 30th UTC day after
 * it. */
enum ecode report_retention(struct ctx *ctx, const struct report_span *span, struct grid *out);
/* For each kind of habit: what there is, and what was made and marked in the span. */
enum ecode report_habits(struct ctx *ctx, const struct report_span *span, struct grid *out);

/* Completes the span and checks it. */
enum ecode report_complete(struct ctx *ctx, const struct report_span *span, struct day *from, struct day *to);
/* The first moment of a UTC day. */
struct instant report_begin(struct day d);

/* All of them, for who shows any: the command line, what is kept (stored.h). */
enum report_kind {
    REPORT_OVERVIEW,
    REPORT_COHORTS,
    REPORT_RETENTION,
    REPORT_HABITS,
    REPORT_REVENUE,
    REPORT_BUSINESS,
    REPORT_KINDS
};
struct report_maker {
    const char *name;
    size_t size; /* of its struct */
    enum ecode (*make)(struct ctx *ctx, const struct report_span *span, void *out);
    /* As a JSON object. counted_at: when, for whoever reads it later; 0: it is not said. */
    void (*json)(struct json_writer *w, const void *report, struct instant counted_at);
};
extern const struct report_maker report_makers[REPORT_KINDS];
/* done of done and declined; -1: neither. */
double report_completion(const struct overview *o);

#endif
