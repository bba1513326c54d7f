#include "queries_money.h"

#include <string.h>
#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "domain/subscription/subscription.h"
#include "payment_bed.h"
#include "test.h"

static void post(struct domain_bed *b, const struct uuid *user, enum posting_kind kind, int64_t amount,
                 const char *key)
{
    struct posting p;
    struct posting_request r = {.user_id = *user, .kind = kind, .amount = amount, .key = key};
    domain_bed_ok(b, ledger_post(&b->ctx, &r, &p));
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
    {"ledger_list", "before_seq", NUMBER, NULL, 100},
    {"ledger_insert_many", "seq", NUMBER, NULL, 5},
    {"ledger_insert_many", "balance_after", NUMBER, NULL, 700},
    {"payment_", "id", PAYMENT, NULL, 0},
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
        [NOTHING] = NULL,      [PAYMENT] = &f->payment, [WAITING] = &f->waiting,
        [USER] = &f->user,     [PLAN] = &f->plan,       [SUBSCRIPTION] = &f->subscription,
        [PERIOD] = &f->period, [FIRST_ID] = &none,      [LAST_ID] = &last};
    if (q->params[i] & DB_ARRAY) {
        bool null = values[k].kind == NOTHING;
        const void *element = type == DB_TEXT  ? (const void *)&values[k].text
                              : type == DB_I64 ? (const void *)&values[k].number
                                               : &none;
        stmt_bind_array(s, i + 1, element, null ? &null : NULL, 1);
        return;
    }
    if (values[k].kind == TEXT)
        stmt_bind_text(s, i + 1, values[k].text);
    else if (values[k].kind == NUMBER)
        stmt_bind_i64(s, i + 1, values[k].number);
    else if (values[k].kind == DAYS)
        stmt_bind_time(s, i + 1, instant_from_ms(f->now.ms + values[k].number * 86400000));
    else if (type == DB_TEXT)
        stmt_bind_text(s, i + 1, NULL);
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
