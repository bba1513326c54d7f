#include "queries_money.h"

#include <string.h>
#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "domain/op.h"
#include "domain/referral/referral.h"
#include "domain/session/session.h"
#include "domain/subscription/subscription.h"
#include "domain/user/user.h"
#include "payment_bed.h"
#include "test.h"

static void post(struct domain_bed *b, const struct uuid *user, enum posting_kind kind, int64_t amount,
                 const char *key)
{
    struct posting p;
    struct posting_request r = {.user_id = *user, .kind = kind, .amount = amount, .key = key};
    domain_bed_ok(b, ledger_post(&b->ctx, &r, &p));
}

/* Two people come through the actor's link; one of them pays with the actor's card. */
static void invite(struct domain_bed *b, struct money_fixture *f)
{
    struct referral_summary mine;
    struct actor actor = b->ctx.actor;
    bool created;
    enum referral_act act;
    struct payment own = payment_bed_order(b, PROVIDER_YOOKASSA, 10, NULL);
    struct payment_notice n = payment_bed_notice(&own, FACT_SUCCEEDED, "own", NULL, 10);
    n.payer = "card";
    payment_bed_receive(b, &n);
    domain_bed_ok(b, referral_get(&b->ctx, NULL, &mine));
    f->code = arena_printf(b->base.arena, "ref:%s", mine.code);
    b->ctx.now = instant_from_ms(b->ctx.now.ms + 1000);
    struct user_contact c = {.telegram_id = 777001, .referral_code = mine.code};
    domain_bed_ok(b, user_ensure(&b->ctx, &c, &f->referred, &created));
    c.telegram_id = 777002;
    domain_bed_ok(b, user_ensure(&b->ctx, &c, &f->invited, &created));
    domain_bed_ok(b, ctx_act_as(&b->ctx, &f->referred));
    struct payment p = payment_bed_order(b, PROVIDER_YOOKASSA, 0, "month");
    n = payment_bed_notice(&p, FACT_SUCCEEDED, "R", NULL, p.amount);
    n.payer = "card";
    payment_bed_receive(b, &n);
    domain_bed_ok(b, ctx_act_as(&b->ctx, &f->invited)); /* and waits to mature */
    p = payment_bed_order(b, PROVIDER_YOOKASSA, 0, "month");
    n = payment_bed_notice(&p, FACT_SUCCEEDED, "I", NULL, p.amount);
    payment_bed_receive(b, &n);
    b->policy.referral_reward = 100;
    b->ctx.now = instant_from_ms(b->ctx.now.ms + 15 * 86400000LL);
    domain_bed_ok(b, referral_act(&b->ctx, &(struct referral_ref){f->user, f->referred}, &act));
    assert_int_equal(act, REFERRAL_HOLD);
    b->ctx.now = f->now;
    b->ctx.actor = actor;
}

/* Something that is in the audit log, without a detail: PostgreSQL writes JSON in its own way. */
static void audit(struct domain_bed *b, const struct money_fixture *f)
{
    char token[TOKEN_TEXT];
    struct uuid owner;
    struct session_selector one = {.all = false};
    struct session_draft draft = {f->user, "short", false, ORIGIN_TOKEN, duration_seconds(60)};
    domain_bed_ok(b, session_create(&b->ctx, &draft, token));
    assert_true(session_token_ids(token, strlen(token), &owner, &one.id));
    struct actor actor = b->ctx.actor;
    b->ctx.actor.role = ROLE_USER;
    domain_bed_ok(b, op_run(&b->ctx, &OP_session_delete, &one, NULL));
    b->ctx.actor = actor;
}

void money_fill(struct domain_bed *b, struct money_fixture *f)
{
    f->user = b->ctx.actor.user_id;
    f->now = b->ctx.now;
    post(b, &f->user, POSTING_TOPUP, 1000, "known");
    post(b, &f->user, POSTING_SUBSCRIPTION, -400, "bought");
    post(b, &f->user, POSTING_SUBSCRIPTION, -4000, "refused");
    struct payment_order o = {.provider = PROVIDER_YOOKASSA,
                              .purpose = PURPOSE_TOPUP,
                              .amount = 1000,
                              .key = "known",
                              .payer = "x"};
    struct payment paid;
    domain_bed_ok(b, payment_create(&b->ctx, &o, &paid));
    payment_bed_pay(b, &paid);
    f->payment = paid.id;
    struct payment waiting = payment_bed_order(b, PROVIDER_YOOKASSA, 700, NULL);
    struct payment_notice n = payment_bed_notice(&waiting, FACT_PENDING, "P", NULL, 0);
    payment_bed_receive(b, &n);
    f->waiting = waiting.id;
    n = (struct payment_notice){
        .provider = PROVIDER_YOOKASSA, .kind = FACT_REFUNDED, .ref = "r", .charge = "nobody's", .amount = 5};
    payment_bed_receive(b, &n);
    struct subscription sub;
    struct payment plan = payment_bed_order(b, PROVIDER_YOOKASSA, 0, "month");
    n = payment_bed_notice(&plan, FACT_SUCCEEDED, "M", NULL, plan.amount);
    payment_bed_receive(b, &n);
    domain_bed_ok(b, subscription_get(&b->ctx, NULL, &sub));
    f->subscription = sub.id;
    f->period = sub.periods[0].id;
    f->plan = plan.id;
    invite(b, f);
    audit(b, f);
}

/* A value by query (its beginning) and parameter; the last that fits counts. */
enum value_kind {
    NOTHING,
    TEXT,
    NUMBER,
    DAYS,
    USER,
    PAYMENT,
    WAITING,
    PLAN,
    SUBSCRIPTION,
    PERIOD,
    REFERRED,
    INVITED,
    CODE,
    FIRST_ID,
    LAST_ID
};
static const struct {
    const char *query, *param;
    enum value_kind kind;
    const char *text;
    int64_t number; /* DAYS: from now */
} values[] = {
    {"ledger_insert", "kind", TEXT, "topup", 0},
    {"ledger_refusal_insert", "kind", TEXT, "topup", 0},
    {"ledger_", "idempotency_key", TEXT, "new", 0},
    {"ledger_by_key", "idempotency_key", TEXT, "known", 0},
    {"ledger_known_many", "idempotency_key", TEXT, "known", 0},
    {"ledger_", "currency", TEXT, "RUB", 0},
    {"ledger_", "amount", NUMBER, NULL, 100},
    {"ledger_", "payment_id", NOTHING, NULL, 0},
    {"ledger_", "actor", TEXT, "system", 0},
    {"ledger_insert_many", "seq", NUMBER, NULL, 5},
    {"ledger_insert_many", "balance_after", NUMBER, NULL, 700},
    {"payment_", "id", PAYMENT, NULL, 0},
    {"payment_call_payer", "id", USER, NULL, 0},
    {"payment_", "payment_id", PAYMENT, NULL, 0},
    {"payment_", "ref_id", PAYMENT, NULL, 0},
    {"payment_", "provider", TEXT, "yookassa", 0},
    {"payment_", "purpose", TEXT, "topup", 0},
    {"payment_", "plan", NOTHING, NULL, 0},
    {"payment_", "currency", TEXT, "RUB", 0},
    {"payment_", "kind", TEXT, "refunded", 0},
    {"payment_", "idempotency_key", TEXT, "known", 0},
    {"payment_", "amount", NUMBER, NULL, 100},
    {"payment_", "provider_payment_id", TEXT, "A", 0},
    {"payment_insert", "id", LAST_ID, NULL, 0},
    {"payment_insert", "idempotency_key", TEXT, "new", 0},
    {"payment_update", "status", TEXT, "pending", 0},
    {"payment_update", "events", NUMBER, NULL, 3},
    {"payment_update", "checks", NUMBER, NULL, 2},
    {"payment_checked", "id", WAITING, NULL, 0},
    {"payment_event_insert", "id", LAST_ID, NULL, 0},
    {"payment_stray_insert", "id", LAST_ID, NULL, 0},
    {"payment_strays", "charge", TEXT, "nobody's", 0},
    {"payment_directory_get", "key", TEXT, "pay:yookassa:A", 0},
    {"payment_due", "now", DAYS, NULL, 1},
    {"payment_check_changed", "since", DAYS, NULL, -1},
    {"payment_erased", "id", USER, NULL, 0},
    {"payment_check_events", "first_user", FIRST_ID, NULL, 0},
    {"payment_check_postings", "first_user", FIRST_ID, NULL, 0},
    {"payment_insert", "method", NOTHING, NULL, 0},
    {"subscription_", "subscription_id", SUBSCRIPTION, NULL, 0},
    {"subscription_", "payment_id", PLAN, NULL, 0},
    {"subscription_", "renews_by", TEXT, "balance", 0},
    {"subscription_", "status", TEXT, "active", 0},
    {"subscription_insert", "id", LAST_ID, NULL, 0},
    {"subscription_update", "id", SUBSCRIPTION, NULL, 0},
    {"subscription_period_insert", "id", LAST_ID, NULL, 0},
    {"subscription_period_insert", "payment_id", NOTHING, NULL, 0},
    {"subscription_period_insert", "months", NUMBER, NULL, 1},
    {"subscription_period_update", "id", PERIOD, NULL, 0},
    {"subscription_period_update", "status", TEXT, "suspended", 0},
    {"subscription_period_revoke", "id", PERIOD, NULL, 0},
    {"subscription_set_tier", "tier", TEXT, "premium", 0},
    {"subscription_due", "now", DAYS, NULL, 3650},
    {"referral_", "referrer_id", USER, NULL, 0},
    {"referral_", "referred_id", REFERRED, NULL, 0},
    {"referral_", "referred_by", INVITED, NULL, 0},
    {"referral_by_code", "key", CODE, NULL, 0},
    {"referral_insert", "referrer_id", INVITED, NULL, 0},
    {"referral_insert", "referred_id", USER, NULL, 0},
    {"referral_insert", "status", TEXT, "pending", 0},
    {"adopt_referral_insert", "referrer_id", INVITED, NULL, 0},
    {"adopt_referral_insert", "referred_id", USER, NULL, 0},
    {"adopt_referral_insert", "status", TEXT, "rewarded", 0},
    {"adopt_user_insert", "id", LAST_ID, NULL, 0},
    {"adopt_user_insert", "referred_by", USER, NULL, 0},
    {"adopt_person", "id", USER, NULL, 0},
    {"adopt_quarantine", "outcome", TEXT, "changed", 0},
    {"adopt_back_referral", "referred_id", REFERRED, NULL, 0},
    {"referral_update", "status", TEXT, "rewarded", 0},
    {"referral_update", "payment_id", NOTHING, NULL, 0},
    {"referral_update", "matures_at", NOTHING, NULL, 0},
    {"referral_due", "now", DAYS, NULL, 3650},
    {"referral_near", "since", DAYS, NULL, -1},
    {"referral_near", "until", DAYS, NULL, 1},
    {"ledger_list", "only_kind", NOTHING, NULL, 0},
    {"admin_people_named", "username", TEXT, "anna_1", 0},
    {"admin_payments_charged", "charge", TEXT, "A", 0},
    {"admin_", "only_provider", TEXT, "yookassa", 0},
    {"admin_", "only_status", NOTHING, NULL, 0},
    {"admin_", "only_operation", TEXT, "session.delete", 0},
    {"admin_by_directory", "key", CODE, NULL, 0},
    {"payment_check_events", "last_user", LAST_ID, NULL, 0},
    {"payment_check_postings", "last_user", LAST_ID, NULL, 0},
};

static bool starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void bind_value(struct stmt *s, const struct query *q, int i, size_t k, const struct money_fixture *f)
{
    enum db_type type = (enum db_type)(q->params[i] & ~DB_ARRAY);
    struct uuid last, none = {{0}};
    memset(&last, 0xff, sizeof last);
    const struct uuid *ids[] = {
        [NOTHING] = NULL,      [PAYMENT] = &f->payment,   [WAITING] = &f->waiting,
        [USER] = &f->user,     [PLAN] = &f->plan,         [SUBSCRIPTION] = &f->subscription,
        [PERIOD] = &f->period, [REFERRED] = &f->referred, [INVITED] = &f->invited,
        [FIRST_ID] = &none,    [LAST_ID] = &last};
    if (q->params[i] & DB_ARRAY) {
        bool null = values[k].kind == NOTHING;
        const void *element = type == DB_TEXT  ? (const void *)&values[k].text
                              : type == DB_I64 ? (const void *)&values[k].number
                                               : &none;
        stmt_bind_array(s, i + 1, element, null ? &null : NULL, 1);
        return;
    }
    if (values[k].kind == NOTHING)
        return; /* unbound is NULL */
    if (values[k].kind == CODE)
        stmt_bind_text(s, i + 1, f->code);
    else if (values[k].kind == TEXT)
        stmt_bind_text(s, i + 1, values[k].text);
    else if (values[k].kind == NUMBER)
        stmt_bind_i64(s, i + 1, values[k].number);
    else if (values[k].kind == DAYS)
        stmt_bind_time(s, i + 1, instant_from_ms(f->now.ms + values[k].number * 86400000));
    else
        stmt_bind_uuid(s, i + 1, ids[values[k].kind]);
}

bool money_bind(struct stmt *s, const struct query *q, int i, const struct money_fixture *f)
{
    for (size_t k = ARRAY_LEN(values); k-- > 0;) {
        if (starts(q->name, values[k].query) && strcmp(q->param_names[i], values[k].param) == 0) {
            bind_value(s, q, i, k, f);
            return true;
        }
    }
    return false;
}
