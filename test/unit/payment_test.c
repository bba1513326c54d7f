#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/doctor/doctor.h"
#include "domain/ledger/ledger.h"
#include "domain/op.h"
#include "domain/payment/payment_check.h"
#include "payment_bed.h"
#include "test.h"

/* Payments over the database, on both engines. */

static int64_t balance(struct domain_bed *b)
{
    struct wallet w;
    domain_bed_ok(b, wallet_get(&b->ctx, NULL, &w));
    return w.balance;
}

static struct payment load(struct domain_bed *b, const struct payment *p)
{
    struct payment now;
    domain_bed_ok(b, payment_load(&b->ctx, &p->user_id, &p->id, &now));
    return now;
}

static struct payment_change receive(struct domain_bed *b, const struct payment *p,
                                     enum payment_fact_kind kind, const char *ref, const char *charge,
                                     int64_t amount)
{
    struct payment_notice n = payment_bed_notice(p, kind, ref, charge, amount);
    return payment_bed_receive(b, &n);
}

static int64_t calls(struct domain_bed *b, const char *method)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM outbox WHERE method = '%s'", method);
    return domain_bed_count(b, sql);
}

static int64_t alerts(struct domain_bed *b, const char *word)
{
    char sql[200];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM admin_alerts WHERE status <> 'resolved' AND fingerprint LIKE 'payment.%s:%%'",
        word);
    return domain_bed_count(b, sql);
}

static void test_a_top_up_is_credited_once(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        assert_int_equal(p.status, PAYMENT_CREATED);
        assert_int_equal(calls(&b, "payment.create"), 1);
        struct payment_notice n = payment_bed_notice(&p, FACT_PENDING, "A", NULL, 0);
        n.pay_url = "https://pay.example/1";
        struct payment_change c = payment_bed_receive(&b, &n);
        assert_int_equal(c.outcome, NOTICE_RECORDED);
        assert_string_equal(c.payment.pay_url, "https://pay.example/1");
        c = payment_bed_pay(&b, &p);
        assert_int_equal(c.before, PAYMENT_PENDING);
        assert_int_equal(c.after, PAYMENT_SUCCEEDED);
        assert_null(c.payment.pay_url);
        for (int i = 0; i < 5; i++) {
            c = payment_bed_pay(&b, &p);
            assert_int_equal(c.outcome, NOTICE_KNOWN);
        }
        assert_int_equal(balance(&b), 1000);
        receive(&b, &p, FACT_REFUNDED, "r1", "A", 300);
        receive(&b, &p, FACT_REFUNDED, "r1", "A", 300);
        assert_int_equal(balance(&b), 700);
        receive(&b, &p, FACT_REFUNDED, "r2", "A", 700);
        assert_int_equal(balance(&b), 0);
        assert_int_equal(load(&b, &p).status, PAYMENT_REFUNDED);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM balance_transactions"), 3);
        domain_bed_doctor(&b);
    }
}

static void test_a_dispute_takes_and_gives_back(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct posting spent;
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        payment_bed_pay(&b, &p);
        struct posting_request r = {
            .user_id = u, .kind = POSTING_SUBSCRIPTION, .amount = -600, .key = "plan"};
        domain_bed_ok(&b, ledger_post(&b.ctx, &r, &spent));
        receive(&b, &p, FACT_DISPUTED, "d", "A", 0);
        assert_int_equal(balance(&b), -600); /* what was spent is owed */
        receive(&b, &p, FACT_DISPUTE_WON, "d", "A", 0);
        assert_int_equal(balance(&b), 400);
        receive(&b, &p, FACT_DISPUTED, "e", "A", 0);
        receive(&b, &p, FACT_DISPUTE_LOST, "e", "A", 0);
        assert_int_equal(balance(&b), -600);
        assert_int_equal(load(&b, &p).status, PAYMENT_CHARGED_BACK);
        domain_bed_doctor(&b);
    }
}

static void test_what_differs_from_the_order_is_not_credited(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        struct payment_notice n = payment_bed_notice(&p, FACT_SUCCEEDED, "A", NULL, 1);
        struct payment_change c = payment_bed_receive(&b, &n);
        assert_int_equal(c.after, PAYMENT_UNKNOWN);
        assert_int_equal(alerts(&b, "mismatch"), 1);
        n.amount = 1000;
        n.currency = "USD";
        n.ref = "B";
        payment_bed_receive(&b, &n);
        assert_int_equal(balance(&b), 0);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM payment_events"), 3); /* kept */

        struct payment_order o = {
            .provider = PROVIDER_STARS, .purpose = PURPOSE_SUBSCRIPTION, .plan = "month", .payer = "4242"};
        domain_bed_ok(&b, payment_create(&b.ctx, &o, &p));
        n = payment_bed_notice(&p, FACT_SUCCEEDED, "S", NULL, p.amount);
        n.payer = "666";
        assert_int_equal(payment_bed_receive(&b, &n).after, PAYMENT_UNKNOWN);
        n.payer = "4242";
        n.ref = "T";
        assert_int_equal(payment_bed_receive(&b, &n).after, PAYMENT_SUCCEEDED);
        assert_int_equal(domain_bed_count(&b,
                                          "SELECT count(*) FROM payment_events WHERE note LIKE '%4242%' OR "
                                          "ref LIKE '%4242%'"),
                         0);
        domain_bed_doctor(&b);
    }
}

static void test_a_second_charge_goes_back(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        payment_bed_pay(&b, &p);
        receive(&b, &p, FACT_SUCCEEDED, "B", NULL, 1000);
        receive(&b, &p, FACT_SUCCEEDED, "B", NULL, 1000);
        assert_int_equal(balance(&b), 1000);
        assert_int_equal(calls(&b, "payment.refund"), 1);
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM outbox WHERE payload LIKE '%\"charge\":\"B\"%' AND "
                                 "payload LIKE '%\"amount\":1000%'"),
            1);
        assert_int_equal(alerts(&b, "second_charge"), 1);
        receive(&b, &p, FACT_REFUNDED, "r", "B", 1000);
        assert_int_equal(balance(&b), 1000);
        assert_int_equal(load(&b, &p).status, PAYMENT_SUCCEEDED);
        assert_int_equal(calls(&b, "payment.refund"), 1);
        domain_bed_doctor(&b);
    }
}

static void test_nobody_knows_it(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        struct payment_notice refund = {.provider = PROVIDER_YOOKASSA,
                                        .kind = FACT_REFUNDED,
                                        .ref = "r",
                                        .charge = "A",
                                        .amount = 1000,
                                        .currency = "RUB"};
        assert_int_equal(payment_bed_receive(&b, &refund).outcome, NOTICE_STRAY);
        assert_int_equal(payment_bed_receive(&b, &refund).outcome, NOTICE_STRAY);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM payment_strays"), 1);
        assert_int_equal(alerts(&b, "stray"), 1);
        struct payment_change c = payment_bed_pay(&b, &p); /* now it is known whose it was */
        assert_int_equal(c.after, PAYMENT_REFUNDED);
        assert_int_equal(alerts(&b, "stray"), 0);
        assert_int_equal(balance(&b), 0);
        assert_int_equal(payment_bed_receive(&b, &refund).outcome, NOTICE_KNOWN);

        struct payment_notice money = {.provider = PROVIDER_YOOKASSA,
                                       .kind = FACT_SUCCEEDED,
                                       .ref = "Z",
                                       .amount = 5,
                                       .currency = "RUB",
                                       .user_id = {{1}},
                                       .payment_id = {{2}}};
        assert_int_equal(payment_bed_receive(&b, &money).outcome, NOTICE_STRAY);
        money.user_id = p.user_id;
        assert_int_equal(payment_bed_receive(&b, &money).outcome, NOTICE_STRAY);
        money.provider = PROVIDER_CRYPTOBOT; /* another provider's word about this payment */
        money.payment_id = p.id;
        assert_int_equal(payment_bed_receive(&b, &money).outcome, NOTICE_STRAY);
        assert_int_equal(balance(&b), 0);
        domain_bed_doctor(&b);
    }
}

static void test_a_charge_belongs_to_one_payment(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct payment first = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        payment_bed_pay(&b, &first);
        domain_bed_person(&b, 2, "UTC");
        struct payment second = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        assert_int_equal(payment_bed_pay(&b, &second).outcome, NOTICE_FOREIGN);
        assert_int_equal(alerts(&b, "foreign_charge"), 1);
        assert_int_equal(balance(&b), 0);
        assert_int_equal(load(&b, &second).status, PAYMENT_CREATED);
        struct payment other = payment_bed_order(&b, PROVIDER_SANDBOX, 1000, NULL); /* its own names */
        assert_int_equal(payment_bed_pay(&b, &other).outcome, NOTICE_RECORDED);
    }
}

static void test_bad_orders_and_notices(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct payment p;
        struct payment_change c;
        domain_bed_person(&b, 1, "UTC");
        const struct {
            struct payment_order o;
            const char *field;
        } orders[] = {
            {{.provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_TOPUP, .amount = 0}, "amount"},
            {{.provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_TOPUP, .amount = -5}, "amount"},
            {{.provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_TOPUP, .amount = INT64_MAX}, "amount"},
            {{.provider = PROVIDER_STARS, .purpose = PURPOSE_TOPUP, .amount = 5}, "purpose"},
            {{.provider = PROVIDER_CRYPTOBOT, .purpose = PURPOSE_TOPUP, .amount = 5}, "purpose"},
            {{.provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_TOPUP, .amount = 5, .plan = "month"}, "plan"},
            {{.provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_SUBSCRIPTION, .plan = "week"}, "plan"},
            {{.provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_SUBSCRIPTION}, "plan"},
            {{.provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_SUBSCRIPTION, .plan = "month", .amount = 1},
             "amount"},
            {{.provider = PROVIDER_BALANCE, .purpose = PURPOSE_SUBSCRIPTION, .plan = "month"}, "provider"},
            {{.provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_TOPUP, .amount = 5, .key = ""}, "key"},
        };
        for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
            assert_int_equal(payment_create(&b.ctx, &orders[i].o, &p), E_INVALID);
            assert_string_equal(b.ctx.err.field, orders[i].field);
        }
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM payments"), 0);
        p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        const struct {
            enum payment_fact_kind kind;
            const char *ref, *charge;
            int64_t amount;
            const char *field;
        } notices[] = {
            {FACT_SUCCEEDED, "A", NULL, 0, "amount"},       {FACT_SUCCEEDED, "A", NULL, -1000, "amount"},
            {FACT_SUCCEEDED, NULL, NULL, 1000, "ref"},      {FACT_REFUNDED, "r", NULL, 1000, "charge"},
            {FACT_REFUNDED, "r", "A", INT64_MAX, "amount"}, {FACT_DISPUTED, "", "A", 0, "ref"},
        };
        for (size_t i = 0; i < ARRAY_LEN(notices); i++) {
            struct payment_notice n =
                payment_bed_notice(&p, notices[i].kind, notices[i].ref, notices[i].charge, notices[i].amount);
            assert_int_equal(payment_receive(&b.ctx, &n, &c), E_INVALID);
            assert_string_equal(b.ctx.err.field, notices[i].field);
        }
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM payment_events"), 1);
    }
}

/* Who may be paid is told before: the offers and the orders of a session say the same. */
static void test_inside_telegram_stars_alone_are_paid(void **state)
{
    static const enum session_origin origins[] = {ORIGIN_TOKEN, ORIGIN_LINK, ORIGIN_TELEGRAM, ORIGIN_DEMO};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        for (size_t i = 0; i < ARRAY_LEN(origins) * 2; i++) {
            struct plan_offers offers;
            unsigned offered = 0, taken = 1u << PROVIDER_BALANCE;
            b.ctx.actor.origin = origins[i / 2];
            b.policy.external_payments = i % 2;
            domain_bed_ok(&b, payment_offers(&b.ctx, NULL, &offers));
            for (size_t k = 0; k < offers.items[0].plan->prices_count; k++)
                offered |= offers.items[0].paid_by[k];
            for (int p = 0; p < PROVIDER_BALANCE; p++) {
                struct payment paid;
                struct payment_order o = {.provider = (enum payment_provider)p,
                                          .purpose = PURPOSE_SUBSCRIPTION,
                                          .plan = offers.items[0].plan->name};
                bool inside = origins[i / 2] == ORIGIN_TELEGRAM && !b.policy.external_payments;
                bool open = !inside || p == PROVIDER_STARS || p == PROVIDER_SANDBOX;
                enum ecode rc = payment_create(&b.ctx, &o, &paid);
                assert_int_equal(rc, open ? E_OK : E_INVALID);
                taken |= open ? 1u << p : 0;
                if (open)
                    continue;
                assert_string_equal(b.ctx.err.field, "provider");
                assert_string_equal(b.ctx.err.reason, "provider_closed_in_telegram");
                err_clear(&b.ctx.err);
            }
            assert_int_equal(offered, taken);
        }
    }
}

static void test_an_order_happens_once(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct payment first, again;
        domain_bed_person(&b, 1, "UTC");
        struct payment_order o = {
            .provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_TOPUP, .amount = 500, .key = "k"};
        domain_bed_ok(&b, payment_create(&b.ctx, &o, &first));
        domain_bed_ok(&b, payment_create(&b.ctx, &o, &again));
        assert_int_equal(uuid_cmp(&first.id, &again.id), 0);
        assert_int_equal(calls(&b, "payment.create"), 1);
        o.amount = 501;
        assert_int_equal(payment_create(&b.ctx, &o, &again), E_CONFLICT);
        assert_string_equal(b.ctx.err.reason, "idempotency_key_reused");
    }
}

static void test_an_admin_gives_back(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct payment_given_back out;
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        struct payment_refund r = {
            .user_id = u, .payment_id = p.id, .amount = 400, .reason = "sorry", .key = "k"};
        b.ctx.actor.role = ROLE_ADMIN;
        assert_int_equal(op_run(&b.ctx, &OP_payment_refund, &r, &out), E_CONFLICT);
        assert_string_equal(b.ctx.err.reason, "payment_not_refundable");
        payment_bed_pay(&b, &p);
        domain_bed_person(&b, 2, "UTC");
        b.ctx.actor.role = ROLE_ADMIN;
        domain_bed_ok(&b, op_run(&b.ctx, &OP_payment_refund, &r, &out));
        domain_bed_ok(&b, op_run(&b.ctx, &OP_payment_refund, &r, &out)); /* the same request */
        assert_int_equal(calls(&b, "payment.refund"), 1);
        assert_true(out.asked);
        assert_int_equal(out.payment.refunded, 0); /* not before the provider says so */
        r.key = "k2";
        r.amount = 601;
        assert_int_equal(op_run(&b.ctx, &OP_payment_refund, &r, &out), E_INVALID);
        r.amount = 0;
        domain_bed_ok(&b, op_run(&b.ctx, &OP_payment_refund, &r, &out));
        assert_int_equal(calls(&b, "payment.refund"), 2);
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM outbox WHERE payload LIKE '%\"amount\":600%'"), 1);
        r.key = "k3";
        assert_int_equal(op_run(&b.ctx, &OP_payment_refund, &r, &out), E_INVALID); /* nothing is left */
        receive(&b, &p, FACT_REFUND_FAILED, "refund:k2", NULL, 0);
        b.ctx.actor.role = ROLE_ADMIN;
        r.key = "k4";
        domain_bed_ok(&b, op_run(&b.ctx, &OP_payment_refund, &r, &out));
        r.reason = NULL;
        assert_int_equal(op_run(&b.ctx, &OP_payment_refund, &r, &out), E_INVALID);
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM audit_log a JOIN users u ON u.id = a.user_id WHERE "
                                 "u.telegram_id = 1 AND a.operation = 'payment.refund'"),
            4);
        struct payment_history h;
        domain_bed_ok(&b, payment_show(&b.ctx, &(struct payment_lookup){u, p.id}, &h));
        assert_int_equal(h.count, 6);
        assert_int_equal(h.events[0].fact.kind, FACT_CREATED);
        domain_bed_doctor(&b);
    }
}

static void test_the_janitor_asks_again_and_then_a_person(void **state)
{
    static const int64_t after_s[] = {60, 300, 1800, 7200, 43200, 86400, 172800, 259200, 345600, 432000};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        size_t asked;
        domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL),
                       paid = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        struct instant start = b.ctx.now;
        receive(&b, &p, FACT_PENDING, "P", NULL, 0);
        receive(&b, &paid, FACT_PENDING, "A", NULL, 0);
        payment_bed_pay(&b, &paid);
        for (size_t i = 0; i < ARRAY_LEN(after_s); i++) {
            b.ctx.now = instant_from_ms(start.ms + after_s[i] * 1000 - 1);
            domain_bed_ok(&b, payment_janitor(&b.ctx, 10, &asked));
            assert_int_equal(asked, 0);
            b.ctx.now = instant_from_ms(start.ms + after_s[i] * 1000);
            assert_int_equal(alerts(&b, "stuck"), 0);
            domain_bed_ok(&b, payment_janitor(&b.ctx, 10, &asked));
            assert_int_equal(asked, 1);
            assert_int_equal(calls(&b, "payment.read"), (int64_t)i + 1);
        }
        assert_int_equal(alerts(&b, "stuck"), 1);
        b.ctx.now = instant_from_ms(start.ms + 30 * 86400000LL);
        domain_bed_ok(&b, payment_janitor(&b.ctx, 10, &asked));
        assert_int_equal(asked, 0);
        receive(&b, &p, FACT_SUCCEEDED, "P", NULL, 1000); /* the money came all the same */
        assert_int_equal(balance(&b), 2000);
        struct payment late = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        receive(&b, &late, FACT_UNKNOWN, NULL, NULL, 0);
        b.ctx.now =
            instant_from_ms(b.ctx.now.ms + 20 * 86400000LL); /* after a long downtime: a minute between */
        domain_bed_ok(&b, payment_janitor(&b.ctx, 10, &asked));
        domain_bed_ok(&b, payment_janitor(&b.ctx, 10, &asked));
        assert_int_equal(asked, 0);
        assert_int_equal(calls(&b, "payment.read"), 11);
    }
}

static void test_the_books_of_an_erased_person_go_on(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        payment_bed_pay(&b, &p);
        domain_bed_ok(&b, op_run(&b.ctx, &OP_me_erase, NULL, NULL));
        struct payment_notice refund = {.provider = PROVIDER_YOOKASSA,
                                        .kind = FACT_REFUNDED,
                                        .ref = "r",
                                        .charge = "A",
                                        .amount = 1000,
                                        .currency = "RUB"};
        struct payment_change c = payment_bed_receive(&b, &refund);
        assert_int_equal(c.outcome, NOTICE_RECORDED);
        assert_int_equal(c.after, PAYMENT_REFUNDED);
        assert_int_equal(domain_bed_count(&b, "SELECT amount FROM balances"), 0);
    }
}

static void test_the_doctor_finds_what_does_not_fit(void **state)
{
    static const struct {
        const char *sql, *says;
    } cases[] = {
        {"UPDATE payments SET status = 'refunded'", "is refunded with 0 refunded, its events say succeeded"},
        {"UPDATE payments SET refunded = 10", "with 10 refunded"},
        {"UPDATE payments SET events = 9", "the fold of 9 events, there are 2"},
        {"UPDATE payments SET provider_payment_id = 'B'", "is succeeded"},
        {"UPDATE payments SET amount = 2000", "its events say unknown"},
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        payment_bed_pay(&b, &p);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            struct doctor_result r = {0}, changed = {0};
            domain_bed_ok(&b, db_savepoint(b.base.db));
            migrate_bed_sql(&b.base, cases[i].sql);
            domain_bed_ok(&b, payment_check_all(&b.ctx, &r));
            domain_bed_ok(&b, payment_check_changed(&b.ctx, b.ctx.now, &changed));
            domain_bed_ok(&b, db_rollback_to(b.base.db));
            if (r.violations == 0 || !strstr(r.rows[0], cases[i].says))
                fail_msg("%s: %s", cases[i].sql, r.violations ? r.rows[0] : "nothing");
            assert_int_equal(changed.violations, r.violations);
        }
    }
}

/* More payments than a page of the check. */
static void test_the_check_turns_pages(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct doctor_result r = {0};
        domain_bed_person(&b, 1, "UTC");
        for (int i = 0; i < 310; i++) {
            char ref[16];
            struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 10, NULL);
            snprintf(ref, sizeof ref, "c%d", i);
            receive(&b, &p, FACT_SUCCEEDED, ref, NULL, 10);
        }
        domain_bed_ok(&b, payment_check_all(&b.ctx, &r));
        assert_int_equal(r.violations, 0);
        migrate_bed_sql(&b.base, "UPDATE payments SET refunded = 1");
        domain_bed_ok(&b, payment_check_all(&b.ctx, &r));
        assert_int_equal(r.violations, 310);
    }
}

/* --- every order ------------------------------------------------------------------------------------ */

#define EVENTS_MAX 6
struct told {
    enum payment_fact_kind kind;
    const char *ref, *charge;
    int64_t amount;
    bool nameless; /* the provider names the charge alone */
};
static const struct {
    const char *name;
    struct told events[EVENTS_MAX];
    enum payment_status status;
    int64_t balance;
} stories[] = {
    {"paid and refunded in parts",
     {{FACT_PENDING, "A", NULL, 0, false},
      {FACT_SUCCEEDED, "A", NULL, 1000, false},
      {FACT_REFUNDED, "r", "A", 300, true},
      {FACT_REFUNDED, "q", "A", 200, false}},
     PAYMENT_PARTIALLY_REFUNDED,
     500},
    {"disputed, won, refunded",
     {{FACT_PENDING, "A", NULL, 0, false},
      {FACT_SUCCEEDED, "A", NULL, 1000, false},
      {FACT_DISPUTED, "d", "A", 0, true},
      {FACT_DISPUTE_WON, "d", "A", 0, true},
      {FACT_REFUNDED, "q", "A", 1000, true}},
     PAYMENT_REFUNDED,
     0},
    {"paid twice, one refunded, the other lost",
     {{FACT_UNKNOWN, NULL, NULL, 0, false},
      {FACT_SUCCEEDED, "A", NULL, 1000, false},
      {FACT_SUCCEEDED, "B", NULL, 1000, false},
      {FACT_REFUNDED, "r", "B", 1000, true},
      {FACT_DISPUTED, "d", "A", 0, true},
      {FACT_DISPUTE_LOST, "d", "A", 0, false}},
     PAYMENT_CHARGED_BACK,
     0},
    {"wrong amount first",
     {{FACT_SUCCEEDED, "X", NULL, 7, false},
      {FACT_EXPIRED, "A", NULL, 0, false},
      {FACT_PENDING, "A", NULL, 0, false},
      {FACT_SUCCEEDED, "A", NULL, 1000, false}},
     PAYMENT_SUCCEEDED,
     1000},
};

static size_t story_length(size_t k)
{
    size_t n = 0;
    while (n < EVENTS_MAX && stories[k].events[n].kind != FACT_CREATED)
        n++;
    return n;
}

static void tell(struct domain_bed *b, const struct payment *p, const struct told *e)
{
    struct payment_notice n = payment_bed_notice(p, e->kind, e->ref, e->charge, e->amount);
    if (e->nameless) {
        n.user_id = (struct uuid){{0}};
        n.payment_id = (struct uuid){{0}};
    }
    payment_bed_receive(b, &n);
}

/* One order of a story, events repeated here and there, a charge claimed by its payment before it pays. */
static const char *tell_in_order(struct domain_bed *b, const struct payment *p, size_t k, const int *order,
                                 size_t n, size_t number)
{
    domain_bed_ok(b, db_savepoint(b->base.db));
    for (size_t i = 0; i < n; i++) {
        tell(b, p, &stories[k].events[order[i]]);
        if ((number + i) % 3 == 0)
            tell(b, p, &stories[k].events[order[(number + i) % (i + 1)]]);
    }
    struct payment now = load(b, p);
    if (now.status != stories[k].status || balance(b) != stories[k].balance)
        fail_msg("%s, order %zu: %s with %lld", stories[k].name, number, payment_status_names[now.status],
                 (long long)balance(b));
    const char *hash = payment_bed_hash(b);
    if (number % 50 == 0)
        domain_bed_doctor(b);
    domain_bed_ok(b, db_rollback_to(b->base.db));
    return hash;
}

static void test_every_order_ends_alike(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        struct payment p = payment_bed_order(&b, PROVIDER_YOOKASSA, 1000, NULL);
        struct arena *kept = b.ctx.arena, *scratch = arena_new(64u << 20);
        for (size_t k = 0; k < ARRAY_LEN(stories); k++) {
            int order[EVENTS_MAX] = {0, 1, 2, 3, 4, 5};
            char first[SHA256_LEN * 2 + 1] = "";
            size_t n = story_length(k), number = 0;
            do {
                arena_reset(scratch);
                b.ctx.arena = scratch;
                const char *hash = tell_in_order(&b, &p, k, order, n, number);
                if (number++ == 0)
                    snprintf(first, sizeof first, "%s", hash);
                if (strcmp(hash, first) != 0)
                    fail_msg("%s: order %zu ends otherwise", stories[k].name, number - 1);
            } while (next_permutation(order, (int)n));
        }
        b.ctx.arena = kept;
        arena_free(scratch);
    }
}

/* --- many at once ----------------------------------------------------------------------------------- */

#define CLIENTS 50

struct client {
    const struct migrate_bed *bed;
    const struct policy *policy;
    struct uuid user, payment;
    enum payment_outcome outcome;
};

static enum ecode order_and_tell(struct client *c, struct db *db, struct ctx *ctx)
{
    struct payment p;
    struct payment_change change;
    struct payment_order o = {
        .provider = PROVIDER_YOOKASSA, .purpose = PURPOSE_TOPUP, .amount = 1000, .key = "one"};
    enum ecode rc = db_begin(db, DB_TXN_WRITE);
    if (rc == E_OK)
        rc = ctx_lock_people(ctx, &c->user, 1);
    if (rc == E_OK)
        rc = ctx_act_as(ctx, &c->user);
    if (rc == E_OK)
        rc = payment_create(ctx, &o, &p);
    if (rc == E_OK) {
        struct payment_notice n = payment_bed_notice(&p, FACT_SUCCEEDED, "A", NULL, 1000);
        c->payment = p.id;
        rc = payment_receive(ctx, &n, &change);
        c->outcome = change.outcome;
    }
    if (rc == E_OK)
        rc = db_commit(db);
    if (rc != E_OK)
        db_rollback(db);
    return rc;
}

static void *client_run(void *arg)
{
    struct client *c = arg;
    struct err err;
    struct db *db = migrate_bed_connect(c->bed, &err);
    struct arena *arena = arena_new(16u << 20);
    struct rng rng;
    struct ctx ctx;
    enum ecode rc;
    rng_init(&rng, 0);
    do {
        arena_reset(arena);
        ctx_init(&ctx, db, arena, c->policy, &rng, instant_now(), "client");
        rc = order_and_tell(c, db, &ctx);
        CHECK(rc == E_OK || rc == E_RETRY || rc == E_BUSY);
    } while (rc != E_OK);
    db_close(db);
    arena_free(arena);
    return NULL;
}

static void test_fifty_clients_with_one_key_make_one_effect(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        static struct client clients[CLIENTS];
        pthread_t threads[CLIENTS];
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        int recorded = 0;
        domain_bed_ok(&b, db_commit(b.base.db));
        for (int i = 0; i < CLIENTS; i++) {
            clients[i] = (struct client){.bed = &b.base, .policy = &b.policy, .user = u};
            assert_int_equal(pthread_create(&threads[i], NULL, client_run, &clients[i]), 0);
        }
        for (int i = 0; i < CLIENTS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            recorded += clients[i].outcome == NOTICE_RECORDED;
            assert_int_equal(uuid_cmp(&clients[i].payment, &clients[0].payment), 0);
        }
        domain_bed_ok(&b, db_begin(b.base.db, DB_TXN_WRITE));
        assert_int_equal(recorded, 1);
        assert_int_equal(balance(&b), 1000);
        assert_int_equal(calls(&b, "payment.create"), 1);
        domain_bed_doctor(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_top_up_is_credited_once),
        cmocka_unit_test(test_a_dispute_takes_and_gives_back),
        cmocka_unit_test(test_what_differs_from_the_order_is_not_credited),
        cmocka_unit_test(test_a_second_charge_goes_back),
        cmocka_unit_test(test_nobody_knows_it),
        cmocka_unit_test(test_a_charge_belongs_to_one_payment),
        cmocka_unit_test(test_bad_orders_and_notices),
        cmocka_unit_test(test_inside_telegram_stars_alone_are_paid),
        cmocka_unit_test(test_an_order_happens_once),
        cmocka_unit_test(test_an_admin_gives_back),
        cmocka_unit_test(test_the_janitor_asks_again_and_then_a_person),
        cmocka_unit_test(test_the_books_of_an_erased_person_go_on),
        cmocka_unit_test(test_the_doctor_finds_what_does_not_fit),
        cmocka_unit_test(test_the_check_turns_pages),
        cmocka_unit_test(test_every_order_ends_alike),
        cmocka_unit_test(test_fifty_clients_with_one_key_make_one_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
