#include "base/check.h"
#include "base/log.h"
#include "domain/alert/alert.h"
#include "domain/ledger/ledger_check.h"
#include "domain/payment/payment_check.h"
#include "domain/referral/referral.h"
#include "domain/subscription/subscription.h"
#include "domain/task.h"
#include "edge/pay/runtime.h"

/*
 * What happens because time passes: waiting payments are asked about, subscriptions are renewed and tell,
 * rewards mature, the books are proved, and once a night Telegram is asked what it knows.
 */
#define TICK_MS 1000
#define ACTS_MAX 100 /* people of one look */
#define ASKED_MAX 50
#define BOOKS_MS (5 * 60 * 1000)
#define OVERLAP_S 60 /* what was being written when the last proof looked */
#define DAY_MS 86400000LL
#define NIGHT_MS (3 * 3600000LL) /* UTC */
#define FIRST_NIGHT_MS 20000     /* an instance that takes over looks soon */
#define FINGERPRINT_BOOKS "books.broken"

struct clock {
    struct pay *pay;
    int64_t fence;
    struct monotime books_at, night_at;
    struct instant proved_at; /* 0: never under this hold */
    int64_t night;            /* the day whose night was done */
};

static struct monotime after_ms(struct monotime t, int64_t ms)
{
    return (struct monotime){t.ns + ms * 1000000};
}

/* One job; what goes wrong is logged. */
static enum ecode step(struct clock *c, const struct job_kind *kind, struct arena *arena, void *in)
{
    struct err err = {.code = E_OK};
    enum ecode rc = task_run(c->pay->o.service, kind, arena, in, &err);
    if (rc != E_OK)
        log_event(LOG_WARN, "the clock of money cannot be served", log_str("step", kind->name),
                  log_err(&err));
    return rc;
}

static bool goes_on(struct clock *c)
{
    return hold_sleep(&c->pay->hold, c->fence, 0);
}

/* --- payments that wait ------------------------------------------------------------------------------ */

struct janitor_job {
    size_t asked;
};

static enum ecode run_janitor(struct job *j, struct ctx *ctx)
{
    struct janitor_job *k = j->owner;
    return payment_janitor(ctx, ASKED_MAX, &k->asked);
}

static const struct job_kind kind_janitor = {"payment.janitor", JOB_BULK, run_janitor, NULL, task_done};

static void ask(struct clock *c, struct arena *arena)
{
    struct janitor_job job;
    do {
        job = (struct janitor_job){0};
        arena_reset(arena);
        if (step(c, &kind_janitor, arena, &job) != E_OK)
            return;
        pay_count(&c->pay->counters.asked, job.asked);
        if (job.asked > 0)
            pay_wake(c->pay);
    } while (job.asked == ASKED_MAX && goes_on(c));
}

/* --- subscriptions and referrals --------------------------------------------------------------------- */

struct due_job {
    struct uuid users[ACTS_MAX];
    struct referral_ref referrals[ACTS_MAX];
    size_t users_count, referrals_count;
};

static enum ecode run_due(struct job *j, struct ctx *ctx)
{
    struct due_job *d = j->owner;
    enum ecode rc = subscription_due(ctx, ACTS_MAX, d->users, &d->users_count);
    return rc == E_OK ? referral_due(ctx, ACTS_MAX, d->referrals, &d->referrals_count) : rc;
}

struct act_job {
    const struct uuid *user_id;
    const struct referral_ref *referral;
    struct subscription_acts acts;
    enum referral_act act;
};

static enum ecode run_subscription(struct job *j, struct ctx *ctx)
{
    struct act_job *a = j->owner;
    return subscription_act(ctx, a->user_id, &a->acts);
}

static enum ecode run_referral(struct job *j, struct ctx *ctx)
{
    struct act_job *a = j->owner;
    return referral_act(ctx, a->referral, &a->act);
}

static const struct job_kind kind_due = {"money.due", JOB_READ, run_due, NULL, task_done};
static const struct job_kind kind_subscription = {"subscription.act", JOB_BULK, run_subscription, NULL,
                                                  task_done};
static const struct job_kind kind_referral = {"referral.act", JOB_BULK, run_referral, NULL, task_done};

/* One person at a time: what fails for one keeps no other. Whoever failed is looked at again with the next
 * tick. */
static void act(struct clock *c, struct arena *arena)
{
    struct arena *one = arena_new(PAY_ARENA_BYTES);
    struct due_job *due = arena_alloc(arena, sizeof *due);
    *due = (struct due_job){.users_count = 0};
    size_t done = 0;
    if (step(c, &kind_due, arena, due) != E_OK)
        due->users_count = due->referrals_count = 0;
    for (size_t i = 0; i < due->users_count && goes_on(c); i++) {
        struct act_job job = {.user_id = &due->users[i]};
        arena_reset(one);
        done += step(c, &kind_subscription, one, &job) == E_OK;
    }
    for (size_t i = 0; i < due->referrals_count && goes_on(c); i++) {
        struct act_job job = {.referral = &due->referrals[i]};
        arena_reset(one);
        done += step(c, &kind_referral, one, &job) == E_OK;
    }
    arena_free(one);
    pay_count(&c->pay->counters.acted, done);
    if (done > 0)
        pay_wake(c->pay);
}

/* --- the books --------------------------------------------------------------------------------------- */

struct books_job {
    struct instant since;
    struct doctor_result ledger, payments;
};

static enum ecode run_books(struct job *j, struct ctx *ctx)
{
    struct books_job *b = j->owner;
    b->ledger = (struct doctor_result){.name = "balances.sum"};
    b->payments = (struct doctor_result){.name = "payments.fold"};
    enum ecode rc = ledger_check_changed(ctx, b->since, &b->ledger);
    return rc == E_OK ? payment_check_changed(ctx, b->since, &b->payments) : rc;
}

static enum ecode run_alarm(struct job *j, struct ctx *ctx)
{
    struct books_job *b = j->owner;
    const struct doctor_result *worst = b->ledger.violations ? &b->ledger : &b->payments;
    const long long violations = b->ledger.violations + b->payments.violations;
    struct alert_draft draft = {
        .fingerprint = FINGERPRINT_BOOKS,
        .severity = ALERT_CRITICAL,
        .title = "The books do not agree with themselves; habitd doctor names the rows",
        .detail = arena_printf(ctx->arena, "%s: %lld, %s", worst->name, violations,
                               worst->rows_count ? worst->rows[0] : ""),
    };
    return alert_raise(ctx, &draft);
}

static const struct job_kind kind_books = {"books.check", JOB_READ, run_books, NULL, task_done};
static const struct job_kind kind_alarm = {"books.alarm", JOB_WRITE, run_alarm, NULL, task_done};

static void prove(struct clock *c, struct arena *arena)
{
    struct instant now = instant_now();
    struct books_job job = {.since = c->proved_at.ms ? c->proved_at : instant_add(now, duration_ms(-DAY_MS))};
    if (step(c, &kind_books, arena, &job) != E_OK)
        return;
    c->proved_at = instant_add(now, duration_seconds(-OVERLAP_S));
    pay_count(&c->pay->counters.checked, 1);
    int64_t broken = job.ledger.violations + job.payments.violations;
    if (broken == 0)
        return;
    pay_count(&c->pay->counters.broken, (uint64_t)broken);
    log_event(LOG_ERROR, "the books do not agree with themselves", log_i64("rows", broken));
    step(c, &kind_alarm, arena, &job);
}

/* --- the thread -------------------------------------------------------------------------------------- */

/* Once after every 03:00 UTC. */
static void night(struct clock *c, struct monotime now)
{
    int64_t day = (instant_now().ms - NIGHT_MS) / DAY_MS;
    if (!nights_pass() || !pay_serves(c->pay, PROVIDER_STARS) || now.ns < c->night_at.ns || day == c->night)
        return;
    if (nightly_run(c->pay, c->fence))
        c->night = day;
    else
        c->night_at = after_ms(now, BOOKS_MS);
}

static void serve_hold(struct clock *c)
{
    struct arena *arena = arena_new(PAY_ARENA_BYTES);
    struct monotime began = monotime_now();
    c->books_at = after_ms(began, TICK_MS);
    c->night_at = after_ms(began, FIRST_NIGHT_MS);
    c->proved_at = instant_from_ms(0);
    while (hold_sleep(&c->pay->hold, c->fence, TICK_MS)) {
        struct monotime now = monotime_now();
        arena_reset(arena);
        ask(c, arena);
        arena_reset(arena);
        act(c, arena);
        if (now.ns >= c->books_at.ns) {
            arena_reset(arena);
            prove(c, arena);
            c->books_at = after_ms(now, BOOKS_MS);
        }
        night(c, now);
    }
    arena_free(arena);
}

void *clock_run(void *arg)
{
    struct clock c = {.pay = arg, .night = -1};
    while ((c.fence = hold_wait(&c.pay->hold)) != 0)
        serve_hold(&c);
    return NULL;
}
