#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/check.h"
#include "domain/admin/admin.h"
#include "domain/doctor/doctor.h"
#include "domain/ledger/ledger.h"
#include "domain/op.h"
#include "domain/referral/referral.h"
#include "domain/subscription/subscription.h"
#include "domain/user/user.h"
#include "payment_bed.h"
#include "store/fault.h"
#include "test.h"

/*
 * SIGKILL at every statement, instead of every commit and after every commit of purchase, renewal, refund and
 * reward: a process of its own lives through a life of steps, each a transaction as the program makes it, and
 * is killed; another goes on with the step that was under way, as a client, a provider or the clock would.
 * Every row of money must be as it is without a crash. Each try is about two people of its own.
 */
#define DAY_S 86400
#define DAYS(n) ((n) * (int64_t)DAY_S)
#define HOURS(n) ((n) * (int64_t)3600)
#define RENEWAL (DAYS(37) + HOURS(1)) /* within a day of the end: seven days of trial, and a month */
#define STEPS_MAX 16
#define REWARD 5000
#define TOPUP 100000

struct walk {
    struct ctx *ctx;
    int64_t referrer, person; /* telegram ids */
    struct uuid referrer_id, person_id;
};
struct step {
    int64_t at_s;
    enum ecode (*run)(struct walk *w);
};

/* --- steps --------------------------------------------------------------------------------------------- */

static const char *named(struct walk *w, const char *prefix)
{
    return arena_printf(w->ctx->arena, "%s-%lld", prefix, (long long)w->person);
}

/* Both people, made when new; the context acts for the person. */
static enum ecode meet(struct walk *w)
{
    bool created;
    struct referral_summary r;
    struct user_contact referrer = {.telegram_id = w->referrer};
    struct instant now = w->ctx->now;
    w->ctx->now = instant_add(now, duration_seconds(-1)); /* whoever invites was here before */
    enum ecode rc = user_ensure(w->ctx, &referrer, &w->referrer_id, &created);
    if (rc == E_OK)
        rc = ctx_act_as(w->ctx, &w->referrer_id);
    if (rc == E_OK)
        rc = referral_get(w->ctx, NULL, &r);
    w->ctx->now = now;
    struct user_contact person = {.telegram_id = w->person, .referral_code = rc == E_OK ? r.code : NULL};
    if (rc == E_OK)
        rc = user_ensure(w->ctx, &person, &w->person_id, &created);
    return rc == E_OK ? ctx_act_as(w->ctx, &w->person_id) : rc;
}

static enum ecode order_plan(struct walk *w)
{
    struct payment p;
    struct payment_order o = {.provider = PROVIDER_YOOKASSA,
                              .purpose = PURPOSE_SUBSCRIPTION,
                              .plan = "month",
                              .key = "order",
                              .save_method = true};
    return op_run(w->ctx, &OP_payment_create, &o, &p);
}

static enum ecode order_topup(struct walk *w)
{
    struct payment p;
    struct payment_order o = {
        .provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_TOPUP, .amount = TOPUP, .key = "order"};
    return op_run(w->ctx, &OP_payment_create, &o, &p);
}

/* The person's payment whose key begins so. */
static enum ecode find(struct walk *w, const char *key, struct payment *out)
{
    struct admin_payments_page page;
    struct admin_payments_query q = {.list.limit = 50,
                                     .user_id = w->person_id,
                                     .provider = -1,
                                     .status = -1,
                                     .revenue = {day_none(), day_none()}};
    enum ecode rc = admin_payments(w->ctx, &q, &page);
    for (size_t i = 0; rc == E_OK && i < page.count; i++) {
        if (strncmp(page.items[i].key, key, strlen(key)) == 0) {
            *out = page.items[i];
            return E_OK;
        }
    }
    return rc == E_OK ? err_set(&w->ctx->err, E_NOT_FOUND, "no payment %s", key) : rc;
}

static enum ecode told(struct walk *w, const char *key, enum payment_fact_kind kind, const char *ref,
                       const char *charge)
{
    struct payment p;
    struct payment_change change;
    enum ecode rc = find(w, key, &p);
    if (rc != E_OK)
        return rc;
    struct payment_notice n = payment_bed_notice(&p, kind, ref, charge, kind == FACT_PENDING ? 0 : p.amount);
    n.payer = kind == FACT_SUCCEEDED ? named(w, "payer") : NULL;
    n.method = kind == FACT_SUCCEEDED && p.purpose == PURPOSE_SUBSCRIPTION ? named(w, "card") : NULL;
    w->ctx->actor = (struct actor){.role = ROLE_SYSTEM};
    return payment_receive(w->ctx, &n, &change);
}

static enum ecode order_pending(struct walk *w)
{
    return told(w, "order", FACT_PENDING, named(w, "A"), NULL);
}

static enum ecode order_paid(struct walk *w)
{
    return told(w, "order", FACT_SUCCEEDED, named(w, "A"), NULL);
}

static enum ecode order_refunded(struct walk *w)
{
    return told(w, "order", FACT_REFUNDED, named(w, "back"), named(w, "A"));
}

static enum ecode renewal_paid(struct walk *w)
{
    return told(w, "renew:", FACT_SUCCEEDED, named(w, "B"), NULL);
}

static enum ecode renewal_refunded(struct walk *w)
{
    return told(w, "renew:", FACT_REFUNDED, named(w, "refund"), named(w, "B"));
}

static enum ecode time_passes(struct walk *w)
{
    struct subscription_acts acts;
    return subscription_act(w->ctx, &w->person_id, &acts);
}

static enum ecode reward(struct walk *w)
{
    enum referral_act act;
    struct referral_ref ref = {w->referrer_id, w->person_id};
    return referral_act(w->ctx, &ref, &act);
}

static enum ecode buy(struct walk *w)
{
    struct purchase_result r;
    struct purchase in = {.plan = "month", .key = "buy", .renew = true};
    return op_run(w->ctx, &OP_subscription_buy, &in, &r);
}

static enum ecode give_back(struct walk *w)
{
    struct payment p;
    struct payment_given_back out;
    struct payment_refund in = {.reason = "a test", .key = "back"};
    enum ecode rc = find(w, "renew:", &p);
    in.payment_id = p.id;
    return rc == E_OK ? op_run(w->ctx, &OP_payment_refund, &in, &out) : rc;
}

static enum ecode dispute(struct walk *w, enum dispute_turn turn)
{
    struct payment p;
    struct payment_dispute in = {.turn = turn, .reason = "a test"};
    enum ecode rc = find(w, "order", &p);
    in.payment_id = p.id;
    return rc == E_OK ? op_run(w->ctx, &OP_payment_dispute, &in, &p) : rc;
}

static enum ecode dispute_opened(struct walk *w)
{
    return dispute(w, DISPUTE_OPENED);
}

static enum ecode dispute_lost(struct walk *w)
{
    return dispute(w, DISPUTE_LOST);
}

static const struct step by_card[] = {
    {0, meet},
    {60, order_plan},
    {61, order_pending},
    {62, order_paid},
    {DAYS(20), reward},
    {RENEWAL, time_passes},
    {RENEWAL + HOURS(1), renewal_paid},
    {RENEWAL + HOURS(2), give_back},
    {RENEWAL + HOURS(3), renewal_refunded},
    {RENEWAL + HOURS(4), order_refunded},
    {RENEWAL + HOURS(5), reward},
};
static const struct step by_wallet[] = {
    {0, meet},
    {60, order_topup},
    {62, order_paid},
    {63, buy},
    {DAYS(20), reward},
    {RENEWAL, time_passes},
    {RENEWAL + HOURS(1), give_back},
    {RENEWAL + HOURS(2), dispute_opened},
    {RENEWAL + HOURS(3), dispute_lost},
    {RENEWAL + HOURS(4), reward},
};
static const struct life {
    const char *name;
    const struct step *steps;
    size_t n;
} lives[] = {{"by card", by_card, ARRAY_LEN(by_card)}, {"from the wallet", by_wallet, ARRAY_LEN(by_wallet)}};

/* --- a life ------------------------------------------------------------------------------------------- */

struct
try {
    const struct domain_bed *bed;
    const struct life *life;
    int64_t number;
    size_t *progress; /* the step under way; shared with the process that is killed */
};

static void fail_step(const struct ctx *ctx, size_t i)
{
    fprintf(stderr, "%d: step %zu: %s: %s %s\n", (int)getpid(), i, ecode_name(ctx->err.code), ctx->err.field,
            ctx->err.text);
    abort();
}

static void run_step(const struct try *t, struct db *db, struct rng *rng, size_t i)
{
    static const char start[] = "2026-03-15T12:00:00Z";
    struct instant now;
    struct ctx ctx;
    struct arena *arena = arena_new(32u << 20);
    struct walk w = {.ctx = &ctx, .referrer = 10000 + 2 * t->number, .person = 10001 + 2 * t->number};
    CHECK(instant_parse(start, strlen(start), &now));
    now = instant_add(now, duration_seconds(t->life->steps[i].at_s));
    ctx_init(&ctx, db, arena, &t->bed->policy, rng, now, "crash");
    ctx.actor.role = ROLE_SYSTEM;
    enum ecode rc = db_begin(db, DB_TXN_WRITE);
    if (rc == E_OK)
        rc = meet(&w);
    if (rc == E_OK && i > 0)
        rc = t->life->steps[i].run(&w);
    if (rc == E_OK)
        rc = db_commit(db);
    if (rc != E_OK)
        fail_step(&ctx, i);
    arena_free(arena);
}

/* Lives from a step on, up to one (not included). The seed makes other ids than the try before. */
static void live(const struct try *t, size_t from, size_t to, uint64_t seed)
{
    struct err err;
    struct rng rng;
    struct db *db = migrate_bed_connect(&t->bed->base, &err);
    rng_init(&rng, seed);
    for (size_t i = from; i < to; i++) {
        *t->progress = i;
        run_step(t, db, &rng, i);
    }
    db_close(db);
}

/* --- what is left of it ------------------------------------------------------------------------------- */

static void add_row(void *arg, int ncols, const char *const *values)
{
    struct buf *b = arg;
    for (int i = 0; i < ncols; i++) {
        buf_str(b, values[i] ? values[i] : "NULL");
        buf_char(b, i + 1 < ncols ? '|' : '\n');
    }
}

static bool is_uuid(const char *s)
{
    struct uuid id;
    return strlen(s) >= UUID_TEXT - 1 && uuid_parse(s, UUID_TEXT - 1, &id);
}

/* Without ids: uuids by the order in which they appear, people by their part. */
static char *normalised(const char *text, int64_t person)
{
    char(*seen)[UUID_TEXT] = calloc(256, sizeof *seen);
    size_t known = 0, k;
    char id[24];
    struct buf b;
    buf_init(&b, 1u << 20);
    snprintf(id, sizeof id, "%lld", (long long)person);
    while (*text != '\0') {
        if (is_uuid(text)) {
            for (k = 0; k < known && strncmp(seen[k], text, UUID_TEXT - 1) != 0; k++)
                ;
            CHECK(k < 256);
            if (k == known)
                memcpy(seen[known++], text, UUID_TEXT - 1);
            buf_printf(&b, "#%zu", k);
            text += UUID_TEXT - 1;
        } else if (strncmp(text, id, strlen(id)) == 0) {
            buf_str(&b, "PERSON");
            text += strlen(id);
        } else {
            buf_char(&b, *text++);
        }
    }
    CHECK(!buf_overflowed(&b));
    char *out = strdup(buf_text(&b));
    buf_release(&b);
    free(seen);
    return out;
}

/* Every row of money of the two people. */
static char *left(const struct try *t)
{
    static const struct {
        const char *select, *order;
    } parts[] = {
        {"u.tier FROM users u", "u.telegram_id"},
        {"p.provider, p.provider_payment_id, p.idempotency_key, p.purpose, p.plan, p.amount, p.refunded, "
         "p.currency, p.status, "
         "p.events, p.method, p.created_at, p.paid_at FROM payments p JOIN users u ON u.id = p.user_id",
         "p.created_at, p.idempotency_key"},
        {"p.created_at, e.kind, e.ref, e.charge, e.amount, e.currency, e.note, e.occurred_at, e.recorded_at "
         "FROM payment_events e "
         "JOIN payments p ON p.user_id = e.user_id AND p.id = e.payment_id JOIN users u ON u.id = e.user_id",
         "e.recorded_at, p.created_at, e.kind, e.ref"},
        {"u.telegram_id % 2, b.amount, b.currency FROM balances b JOIN users u ON u.id = b.user_id",
         "u.telegram_id"},
        {"u.telegram_id % 2, t.seq, t.kind, t.amount, t.balance_after, t.idempotency_key, t.created_at "
         "FROM balance_transactions t JOIN users u ON u.id = t.user_id",
         "u.telegram_id, t.seq"},
        {"s.status, s.plan, s.renews_by, s.starts_at, s.ends_at, s.canceled_at, s.next_action_at FROM "
         "subscriptions s "
         "JOIN users u ON u.id = s.user_id",
         "u.telegram_id"},
        {"d.plan, d.status, d.starts_at, d.ends_at, p.created_at FROM subscription_periods d JOIN users u ON "
         "u.id = d.user_id "
         "LEFT JOIN payments p ON p.user_id = d.user_id AND p.id = d.payment_id",
         "u.telegram_id, d.starts_at, p.created_at, d.plan"},
        {"r.status, r.reward, r.reasons FROM referrals r JOIN users u ON u.id = r.referrer_id",
         "u.telegram_id"},
        {"u.telegram_id % 2, o.channel, o.method, o.view, o.args, o.payload, o.status FROM outbox o JOIN "
         "users u ON u.id = o.user_id",
         "o.created_at, u.telegram_id, o.channel, o.method, o.view, o.args, o.payload"},
    };
    struct err err;
    struct buf text;
    char who[100], sql[1024];
    struct db *db = migrate_bed_connect(&t->bed->base, &err);
    buf_init(&text, 1u << 20);
    snprintf(who, sizeof who, "u.telegram_id IN (%lld, %lld)", 10000 + 2 * (long long)t->number,
             10001 + 2 * (long long)t->number);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        int n =
            snprintf(sql, sizeof sql, "SELECT %s WHERE %s ORDER BY %s", parts[i].select, who, parts[i].order);
        CHECK(n > 0 && (size_t)n < sizeof sql);
        buf_printf(&text, "-- %zu\n", i);
        if (db_exec_rows(db, sql, add_row, &text) != E_OK)
            fail_msg("%s: %s", sql, err.text);
    }
    CHECK(!buf_overflowed(&text));
    char *out = normalised(buf_text(&text), 10001 + 2 * t->number);
    buf_release(&text);
    db_close(db);
    return out;
}

/* --- kills -------------------------------------------------------------------------------------------- */

/* Lives in another process that is killed at the n-th pass of the point, or when it has made `to` steps.
 * false: it lived to its end. */
static bool die(const struct try *t, enum fault_point point, int nth, size_t to)
{
    int status;
    *t->progress = 0;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        if (nth > 0)
            fault_arm(point, nth, FAULT_KILL);
        live(t, 0, to, 2 * (uint64_t)t->number);
        if (nth == 0)
            kill(getpid(), SIGKILL);
        _exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return false;
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
        fail_msg("%s, %d: it ended by itself with %d", t->life->name, nth, status);
    return true;
}

/* Goes on where it was killed, and compares. */
static void go_on(struct try *t, const char *expected, const char *what, int nth)
{
    live(t, *t->progress, t->life->n, 2 * (uint64_t)t->number + 1);
    char *now = left(t);
    if (strcmp(now, expected) != 0)
        fail_msg("%s, killed at %s %d in step %zu:\n%s\nwithout a crash:\n%s", t->life->name, what, nth,
                 *t->progress, now, expected);
    free(now);
}

static int stride(void)
{
    return getenv("HABITD_LONG") == NULL ? 13 : 1;
}

static void kill_everywhere(struct try *t)
{
    static const char *const words[] = {[FAULT_STATEMENT] = "statement", [FAULT_COMMIT] = "commit"};
    int kills = 0;
    live(t, 0, t->life->n, 2 * (uint64_t)t->number + 1);
    char *expected = left(t);
    assert_non_null(strstr(expected, "renew:"));
    for (int point = FAULT_STATEMENT; point <= FAULT_COMMIT; point++) {
        int by = point == FAULT_STATEMENT ? stride() : 1, nth;
        for (nth = 1, t->number++; die(t, (enum fault_point)point, nth, t->life->n); nth += by, t->number++) {
            size_t step = *t->progress;
            go_on(t, expected, words[point], nth);
            CHECK(step < t->life->n);
            kills++;
        }
        assert_true(nth > (int)t->life->n * (point == FAULT_STATEMENT ? 10 : 1));
    }
    for (size_t to = 1; to <= t->life->n; to++) { /* it is stored, and whoever asked for it does not know */
        t->number++;
        assert_true(die(t, FAULT_COMMIT, 0, to));
        go_on(t, expected, "the answer of step", (int)to);
    }
    assert_true(kills > 2 * (int)t->life->n);
    t->number++;
    free(expected);
}

static void test_killed_everywhere(void **state)
{
    struct domain_bed b;
    size_t *progress =
        mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(progress != MAP_FAILED);
    FOR_EACH_DOMAIN(b)
    {
        struct try t = {.bed = &b, .progress = progress};
        b.policy.referral_reward = REWARD;
        domain_bed_ok(&b, db_commit(b.base.db));
        db_close(b.base.db); /* no connection lives through a fork */
        for (size_t i = 0; i < ARRAY_LEN(lives); i++) {
            t.life = &lives[i];
            kill_everywhere(&t);
        }
        b.base.db = migrate_bed_connect(&b.base, &b.base.err);
        ctx_init(&b.ctx, b.base.db, b.base.arena, &b.policy, &b.rng, b.ctx.now, "test");
        b.ctx.actor.role = ROLE_SYSTEM;
        domain_bed_ok(&b, db_begin(b.base.db, DB_TXN_WRITE));
        domain_bed_doctor(&b);
    }
    munmap(progress, sizeof *progress);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
