#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/habit/habit.h"
#include "domain/ledger/ledger.h"
#include "domain/op.h"
#include "domain/subscription/subscription.h"
#include "domain/user/user.h"
#include "payment_bed.h"
#include "test.h"

/* Subscriptions over the database, on both engines. The bed's clock starts on 2026-03-15T12:00:00Z. */

static struct subscription get(struct domain_bed *b)
{
    struct subscription s;
    domain_bed_ok(b, subscription_get(&b->ctx, NULL, &s));
    return s;
}

static void assert_at(struct instant t, const char *text)
{
    char got[INSTANT_TEXT];
    struct instant want;
    assert_true(instant_parse(text, strlen(text), &want));
    if (t.ms != want.ms)
        fail_msg("%s, not %s", instant_format(t, got), text);
}

static enum tier tier(struct domain_bed *b)
{
    struct user_view v;
    domain_bed_ok(b, user_get(&b->ctx, NULL, &v));
    return v.user.tier;
}

static void fund(struct domain_bed *b, int64_t amount)
{
    static int number;
    char key[32];
    struct posting p;
    snprintf(key, sizeof key, "fund %d", number++);
    struct posting_request r = {
        .user_id = b->ctx.actor.user_id, .kind = POSTING_TOPUP, .amount = amount, .key = key};
    domain_bed_ok(b, ledger_post(&b->ctx, &r, &p));
}

static struct purchase_result buy(struct domain_bed *b, const char *plan, bool renew)
{
    struct purchase_result r;
    domain_bed_ok(
        b, op_run(&b->ctx, &OP_subscription_buy, &(struct purchase){.plan = plan, .renew = renew}, &r));
    return r;
}

static struct payment_change receive(struct domain_bed *b, const struct payment *p,
                                     enum payment_fact_kind kind, const char *ref, const char *charge,
                                     int64_t amount)
{
    struct payment_notice n = payment_bed_notice(p, kind, ref, charge, amount);
    return payment_bed_receive(b, &n);
}

/* An outside payment of a plan, paid with the charge. */
static struct payment paid_plan(struct domain_bed *b, const char *plan, const char *charge)
{
    struct payment p = payment_bed_order(b, PROVIDER_YOOKASSA, 0, plan);
    return receive(b, &p, FACT_SUCCEEDED, charge, NULL, p.amount).payment;
}

/* Without a trial, so that what is bought begins at once. */
static struct uuid person(struct domain_bed *b)
{
    b->policy.trial_days = 0;
    return domain_bed_person(b, 1, "Europe/Moscow");
}

/* Lets the clock run to that moment, doing what is due on the way, as the job does. */
static struct subscription_acts run_until(struct domain_bed *b, const char *time)
{
    struct subscription_acts sum = {0};
    struct instant end;
    assert_true(instant_parse(time, strlen(time), &end));
    while (b->ctx.now.ms < end.ms) {
        struct uuid users[10];
        struct subscription_acts acts;
        size_t n;
        b->ctx.now = instant_from_ms(b->ctx.now.ms + 600000 < end.ms ? b->ctx.now.ms + 600000 : end.ms);
        domain_bed_ok(b, subscription_due(&b->ctx, 10, users, &n));
        for (size_t i = 0; i < n; i++) {
            struct actor actor = b->ctx.actor;
            domain_bed_ok(b, subscription_act(&b->ctx, &users[i], &acts));
            b->ctx.actor = actor;
            sum.notices += acts.notices;
            sum.renewed += acts.renewed;
            sum.failed += acts.failed;
        }
    }
    return sum;
}

static int64_t notices(struct domain_bed *b, const char *occasion)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM outbox WHERE view = 'notice' AND args LIKE '%%\"%s\"%%'",
             occasion);
    return domain_bed_count(b, sql);
}

static void test_the_trial_tells_five_times_and_ends(void **state)
{
    static const char *const told[] = {"trial_36h", "trial_90h", "trial_24h", "trial_3h", "trial_end"};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = domain_bed_person(&b, 1, "Europe/Moscow");
        struct subscription s = get(&b);
        assert_int_equal(s.status, SUBSCRIPTION_TRIALING);
        assert_at(s.ends_at, "2026-03-22T12:00:00Z");
        struct subscription_acts acts = run_until(&b, "2026-04-10T00:00:00Z");
        assert_int_equal(acts.notices, 5);
        for (size_t i = 0; i < ARRAY_LEN(told); i++)
            assert_int_equal(notices(&b, told[i]), 1);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM deliveries WHERE kind = 'notice'"), 5);
        assert_int_equal(get(&b).status, SUBSCRIPTION_EXPIRED);
        assert_int_equal(tier(&b), TIER_FREE);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM users WHERE tier = 'free'"), 1);
        for (int i = 0; i < 21; i++)
            domain_bed_ok(&b, subscription_act(&b.ctx, &u, &acts));
        assert_int_equal(acts.notices, 0);
        domain_bed_doctor(&b);
    }
}

static void test_notices_that_a_downtime_swallowed_are_not_made_up_for(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct subscription_acts acts;
        struct uuid u = domain_bed_person(&b, 1, "UTC");
        domain_bed_clock(&b, "2026-03-22T10:00:00Z"); /* two hours before the end: −3 h is one hour late */
        domain_bed_ok(&b, subscription_act(&b.ctx, &u, &acts));
        assert_int_equal(acts.notices, 1);
        assert_int_equal(notices(&b, "trial_3h"), 1);
        domain_bed_clock(&b, "2026-03-30T10:00:00Z");
        domain_bed_ok(&b, subscription_act(&b.ctx, &u, &acts));
        assert_int_equal(acts.notices, 0);
        assert_int_equal(get(&b).status, SUBSCRIPTION_EXPIRED);
    }
}

static void test_a_plan_is_bought_from_the_wallet(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        person(&b);
        assert_int_equal(subscription_get(&b.ctx, NULL, &(struct subscription){{{0}}}), E_NOT_FOUND);
        struct purchase in = {.plan = "month", .key = "k"};
        struct purchase_result r;
        domain_bed_ok(&b, op_run(&b.ctx, &OP_subscription_buy, &in, &r));
        assert_int_equal(r.outcome, PURCHASE_NO_FUNDS);
        assert_int_equal(r.payment.status, PAYMENT_FAILED);
        fund(&b, 100000);
        domain_bed_ok(&b, op_run(&b.ctx, &OP_subscription_buy, &in, &r)); /* the key stays refused */
        assert_int_equal(r.outcome, PURCHASE_NO_FUNDS);
        assert_int_equal(r.balance, 100000);
        in.key = "k2";
        for (int i = 0; i < 3; i++) {
            domain_bed_ok(&b, op_run(&b.ctx, &OP_subscription_buy, &in, &r));
            assert_int_equal(r.outcome, PURCHASE_DONE);
            assert_int_equal(r.balance, 100000 - 29900);
        }
        assert_int_equal(r.subscription.status, SUBSCRIPTION_ACTIVE);
        assert_int_equal(r.subscription.renews_by, RENEWS_NONE);
        assert_at(r.subscription.ends_at, "2026-04-15T12:00:00Z");
        assert_int_equal(tier(&b), TIER_PREMIUM);
        in.plan = "year";
        assert_int_equal(op_run(&b.ctx, &OP_subscription_buy, &in, &r), E_CONFLICT);
        in.plan = "never";
        assert_int_equal(op_run(&b.ctx, &OP_subscription_buy, &in, &r), E_INVALID);
        r = buy(&b, "month", false); /* queues behind */
        assert_at(r.subscription.ends_at, "2026-05-15T12:00:00Z");
        assert_int_equal(r.subscription.periods_count, 2);
        struct subscription_acts acts = run_until(&b, "2026-05-20T00:00:00Z");
        assert_int_equal(acts.notices, 4);
        assert_int_equal(get(&b).status, SUBSCRIPTION_EXPIRED);
        assert_int_equal(tier(&b), TIER_FREE);
        domain_bed_doctor(&b);
    }
}

/* In the chat a key is made of the plan and the wallet's version, so many people have the same one. */
static void test_two_people_buy_under_the_same_key(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        for (int64_t who = 1; who <= 2; who++) {
            struct purchase in = {.plan = "month", .key = "chat:month:1"};
            struct purchase_result r;
            domain_bed_person(&b, who, "UTC");
            fund(&b, 100000);
            domain_bed_ok(&b, op_run(&b.ctx, &OP_subscription_buy, &in, &r));
            assert_int_equal(r.outcome, PURCHASE_DONE);
            assert_int_equal(r.balance, 100000 - 29900);
        }
        domain_bed_doctor(&b);
    }
}

static void test_what_is_bought_in_the_trial_begins_after_it(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 1, "UTC");
        fund(&b, 29900);
        struct purchase_result r = buy(&b, "month", false);
        assert_at(r.subscription.starts_at, "2026-03-22T12:00:00Z");
        assert_at(r.subscription.ends_at, "2026-04-22T12:00:00Z");
        assert_int_equal(tier(&b), TIER_PREMIUM);
        struct payment_given_back out;
        struct payment_refund refund = {
            .user_id = b.ctx.actor.user_id, .payment_id = r.payment.id, .reason = "changed their mind"};
        b.ctx.actor.role = ROLE_ADMIN;
        domain_bed_ok(&b, op_run(&b.ctx, &OP_payment_refund, &refund, &out));
        assert_int_equal(out.payment.status, PAYMENT_REFUNDED);
        assert_int_equal(get(&b).status, SUBSCRIPTION_TRIALING);
        assert_int_equal(tier(&b), TIER_TRIAL);
        struct wallet w;
        domain_bed_ok(&b, wallet_get(&b.ctx, NULL, &w));
        assert_int_equal(w.amount, 29900);
        domain_bed_doctor(&b);
    }
}

static void test_a_refund_takes_back_its_period(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        person(&b);
        struct payment first = paid_plan(&b, "month", "A"), second = paid_plan(&b, "month", "B");
        assert_at(get(&b).ends_at, "2026-05-15T12:00:00Z");
        domain_bed_clock(&b, "2026-03-20T12:00:00Z");
        receive(&b, &first, FACT_REFUNDED, "r0", "A", 100); /* a part leaves the period */
        assert_int_equal(get(&b).periods[0].status, PERIOD_ACTIVE);
        receive(&b, &first, FACT_REFUNDED, "r1", "A", first.amount - 100);
        struct subscription s = get(&b);
        assert_int_equal(s.periods[0].status, PERIOD_REVOKED);
        assert_at(s.periods[0].ends_at, "2026-03-20T12:00:00Z");
        assert_int_equal(s.periods[1].status, PERIOD_ACTIVE);
        assert_at(s.periods[1].starts_at, "2026-03-20T12:00:00Z"); /* moved forward */
        assert_at(s.ends_at, "2026-04-20T12:00:00Z");
        assert_int_equal(tier(&b), TIER_PREMIUM);
        receive(&b, &second, FACT_REFUNDED, "q", "B", second.amount);
        assert_int_equal(get(&b).status, SUBSCRIPTION_REVOKED);
        assert_int_equal(tier(&b), TIER_FREE);
        paid_plan(&b, "month", "C"); /* and bought again */
        assert_int_equal(get(&b).status, SUBSCRIPTION_ACTIVE);
        assert_at(get(&b).starts_at, "2026-03-15T12:00:00Z"); /* without a gap */
        domain_bed_doctor(&b);
    }
}

static void test_a_dispute_suspends_and_a_won_one_gives_back(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        person(&b);
        struct payment p = paid_plan(&b, "month", "A");
        domain_bed_clock(&b, "2026-03-20T12:00:00Z");
        receive(&b, &p, FACT_DISPUTED, "d", "A", 0);
        assert_int_equal(get(&b).status, SUBSCRIPTION_SUSPENDED);
        assert_int_equal(tier(&b), TIER_FREE);
        domain_bed_clock(&b, "2026-03-25T12:00:00Z");
        receive(&b, &p, FACT_DISPUTE_WON, "d", "A", 0);
        assert_int_equal(get(&b).status, SUBSCRIPTION_ACTIVE);
        assert_at(get(&b).ends_at, "2026-04-15T12:00:00Z");
        assert_int_equal(tier(&b), TIER_PREMIUM);
        receive(&b, &p, FACT_DISPUTED, "e", "A", 0);
        receive(&b, &p, FACT_DISPUTE_LOST, "e", "A", 0);
        assert_int_equal(get(&b).status, SUBSCRIPTION_REVOKED);
        domain_bed_doctor(&b);
    }
}

static void test_debt_suspends_what_the_wallet_bought(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid u = person(&b);
        struct payment topup = payment_bed_order(&b, PROVIDER_YOOKASSA, 30000, NULL);
        receive(&b, &topup, FACT_SUCCEEDED, "T", NULL, 30000);
        buy(&b, "month", false);
        receive(&b, &topup, FACT_REFUNDED, "r", "T", 30000); /* the money behind it goes */
        assert_int_equal(get(&b).status, SUBSCRIPTION_SUSPENDED);
        assert_int_equal(tier(&b), TIER_FREE);
        struct adjusted p;
        struct adjustment a = {.user_id = u, .amount = 29900, .reason = "paid in cash"};
        b.ctx.actor.role = ROLE_ADMIN;
        domain_bed_ok(&b, op_run(&b.ctx, &OP_balance_adjust, &a, &p));
        assert_int_equal(p.posting.balance_after, 0);
        assert_int_equal(get(&b).status, SUBSCRIPTION_ACTIVE);
        domain_bed_doctor(&b);
    }
}

static void test_renewal_from_the_balance(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        person(&b);
        fund(&b, 2 * 29900);
        buy(&b, "month", true);
        assert_int_equal(get(&b).renews_by, RENEWS_BALANCE);
        struct subscription_acts acts = run_until(&b, "2026-04-14T11:50:00Z");
        assert_int_equal(acts.renewed, 0);
        acts = run_until(&b, "2026-04-14T12:10:00Z");
        assert_int_equal(acts.renewed, 1);
        assert_int_equal(acts.notices, 0); /* it does not end */
        assert_at(get(&b).ends_at, "2026-05-15T12:00:00Z");
        acts = run_until(&b, "2026-05-15T13:00:00Z"); /* nothing left: grace */
        assert_int_equal(acts.failed, 1);
        assert_int_equal(get(&b).status, SUBSCRIPTION_PAST_DUE);
        assert_int_equal(tier(&b), TIER_PREMIUM);
        fund(&b, 29900);
        acts = run_until(&b, "2026-05-17T13:00:00Z"); /* 72 h after the first try */
        assert_int_equal(acts.renewed, 1);
        struct subscription s = get(&b);
        assert_int_equal(s.status, SUBSCRIPTION_ACTIVE);
        assert_at(s.ends_at, "2026-06-15T12:00:00Z"); /* without a gap */
        assert_at(s.periods[2].starts_at, "2026-05-15T12:00:00Z");
        acts = run_until(&b, "2026-06-18T12:10:00Z");
        assert_int_equal(acts.failed, 2);
        assert_int_equal(get(&b).status, SUBSCRIPTION_EXPIRED);
        assert_int_equal(tier(&b), TIER_FREE);
        assert_int_equal(notices(&b, "grace_end"), 1);
        domain_bed_doctor(&b);
    }
}

static void test_renewal_can_be_turned_off(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct subscription s;
        person(&b);
        fund(&b, 3 * 29900);
        assert_int_equal(op_run(&b.ctx, &OP_subscription_cancel, NULL, &s), E_NOT_FOUND);
        buy(&b, "month", false);
        assert_int_equal(op_run(&b.ctx, &OP_subscription_cancel, NULL, &s), E_CONFLICT);
        assert_string_equal(b.ctx.err.reason, "not_renewing");
        buy(&b, "month", true);
        domain_bed_ok(&b, op_run(&b.ctx, &OP_subscription_cancel, NULL, &s));
        domain_bed_ok(&b, op_run(&b.ctx, &OP_subscription_cancel, NULL, &s));
        assert_int_equal(s.status, SUBSCRIPTION_CANCELED);
        struct subscription_acts acts = run_until(&b, "2026-05-20T00:00:00Z");
        assert_int_equal(acts.renewed, 0);
        assert_int_equal(get(&b).status, SUBSCRIPTION_EXPIRED);
        buy(&b, "month", true); /* on again */
        assert_int_equal(get(&b).status, SUBSCRIPTION_ACTIVE);
    }
}

static void test_a_saved_method_is_charged(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        person(&b);
        struct payment p;
        struct payment_order o = {.provider = PROVIDER_YOOKASSA,
                                  .purpose = PURPOSE_SUBSCRIPTION,
                                  .plan = "month",
                                  .save_method = true};
        domain_bed_ok(&b, payment_create(&b.ctx, &o, &p));
        struct payment_notice n = payment_bed_notice(&p, FACT_SUCCEEDED, "A", NULL, p.amount);
        n.method = "card-1";
        payment_bed_receive(&b, &n);
        assert_int_equal(get(&b).renews_by, RENEWS_SAVED_METHOD);
        run_until(&b, "2026-04-14T12:10:00Z");
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM payments WHERE method = 'card-1' AND status = "
                                 "'created' AND idempotency_key LIKE 'renew:%:1'"),
            1);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM outbox WHERE method = 'payment.create'"),
                         2);
        domain_bed_ok(&b, op_run(&b.ctx, &OP_me_erase, NULL, NULL));
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM payments WHERE method IS NOT NULL"), 0);
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM subscriptions WHERE next_action_at IS NOT NULL OR "
                                 "renews_by <> 'none'"),
            0);
    }
}

static void test_stars_renew_themselves(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct payment p, next, again;
        struct subscription s;
        person(&b);
        struct payment_order o = {.provider = PROVIDER_STARS,
                                  .purpose = PURPOSE_SUBSCRIPTION,
                                  .plan = "month",
                                  .save_method = true};
        domain_bed_ok(&b, payment_create(&b.ctx, &o, &p));
        receive(&b, &p, FACT_SUCCEEDED, "S1", NULL, p.amount);
        assert_int_equal(get(&b).renews_by, RENEWS_STARS);
        run_until(&b, "2026-04-15T13:00:00Z");
        assert_int_equal(get(&b).status, SUBSCRIPTION_PAST_DUE); /* Telegram is a little late */
        domain_bed_ok(&b, payment_create_renewal(&b.ctx, &p, "S2", &next));
        domain_bed_ok(&b, payment_create_renewal(&b.ctx, &p, "S2", &again));
        assert_int_equal(uuid_cmp(&next.id, &again.id), 0);
        receive(&b, &next, FACT_SUCCEEDED, "S2", NULL, next.amount);
        s = get(&b);
        assert_int_equal(s.status, SUBSCRIPTION_ACTIVE);
        assert_at(s.ends_at, "2026-05-15T12:00:00Z");
        domain_bed_ok(&b, op_run(&b.ctx, &OP_subscription_cancel, NULL, &s));
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM outbox WHERE method = 'subscription.stop' AND payload "
                                 "LIKE '%S2%'"),
            1);
        domain_bed_doctor(&b);
    }
}

/* Habits a, b, c … in the order of their making. */
static void test_habits_follow_the_tier(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct habit h;
        struct uuid ids[8];
        person(&b);
        struct payment p = paid_plan(&b, "month", "A");
        domain_bed_ok(&b, ctx_act_as(&b.ctx, &b.ctx.actor.user_id));
        for (int i = 0; i < 8; i++) {
            b.ctx.now = instant_from_ms(b.ctx.now.ms + 1000);
            ids[i] = domain_bed_habit(&b, "h", 1, 1);
        }
        struct habit_change pause = {.id = ids[1], .has_paused = true, .paused = true};
        domain_bed_ok(&b, habit_update(&b.ctx, &pause, &h)); /* by the person */
        receive(&b, &p, FACT_REFUNDED, "r", "A", p.amount);
        static const char expected[] = "apaaaatt"; /* active, by the person, by the tier */
        for (int i = 0; i < 8; i++) {
            domain_bed_ok(&b, habit_get(&b.ctx, &(struct habit_ref){ids[i]}, &h));
            assert_int_equal(expected[i], !h.paused ? 'a' : h.paused_by_tier ? 't' : 'p');
        }
        domain_bed_ok(&b, ctx_act_as(&b.ctx, &b.ctx.actor.user_id));
        assert_int_equal(habit_create(&b.ctx, &(struct habit_change){.has_name = true, .name = "x"}, &h),
                         E_LIMIT);
        paid_plan(&b, "month", "B");
        for (int i = 0; i < 8; i++) {
            domain_bed_ok(&b, habit_get(&b.ctx, &(struct habit_ref){ids[i]}, &h));
            assert_int_equal(h.paused, i == 1); /* only what the tier paused came back */
        }
        domain_bed_doctor(&b);
    }
}

static void test_admins_grant_and_revoke(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct subscription s;
        struct uuid u = person(&b);
        struct grant g = {.user_id = u, .days = 10, .reason = "a bug of ours"};
        assert_int_equal(op_run(&b.ctx, &OP_subscription_grant, &(struct grant){.user_id = u, .days = 1}, &s),
                         E_INVALID);
        b.ctx.actor.role = ROLE_USER;
        assert_int_equal(op_run(&b.ctx, &OP_subscription_grant, &g, &s), E_FORBIDDEN);
        b.ctx.actor.role = ROLE_ADMIN;
        domain_bed_ok(&b, op_run(&b.ctx, &OP_subscription_grant, &g, &s));
        assert_at(s.ends_at, "2026-03-25T12:00:00Z");
        assert_int_equal(tier(&b), TIER_PREMIUM);
        struct revocation r = {.user_id = u, .period_id = s.periods[0].id, .reason = "by mistake"};
        domain_bed_ok(&b, op_run(&b.ctx, &OP_subscription_revoke, &r, &s));
        assert_int_equal(s.status, SUBSCRIPTION_REVOKED);
        assert_int_equal(tier(&b), TIER_FREE);
        r.period_id = u;
        assert_int_equal(op_run(&b.ctx, &OP_subscription_revoke, &r, &s), E_NOT_FOUND);
        assert_int_equal(
            domain_bed_count(&b, "SELECT count(*) FROM audit_log WHERE operation LIKE 'subscription.%' AND "
                                 "detail IS NOT NULL"),
            2);
        domain_bed_doctor(&b);
    }
}

static void test_every_order_of_a_plan_ends_alike(void **state)
{
    static const struct {
        enum payment_fact_kind kind;
        const char *ref, *charge;
        bool first;
        bool whole;
    } events[] = {
        {FACT_SUCCEEDED, "A", NULL, true, true},    {FACT_SUCCEEDED, "B", NULL, false, true},
        {FACT_REFUNDED, "r", "A", true, true},      {FACT_DISPUTED, "d", "B", false, false},
        {FACT_DISPUTE_WON, "d", "B", false, false},
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        int order[] = {0, 1, 2, 3, 4};
        char hash[SHA256_LEN * 2 + 1] = "";
        person(&b);
        struct payment first = payment_bed_order(&b, PROVIDER_YOOKASSA, 0, "month"),
                       second = payment_bed_order(&b, PROVIDER_YOOKASSA, 0, "month");
        do {
            domain_bed_ok(&b, db_savepoint(b.base.db));
            for (size_t i = 0; i < ARRAY_LEN(order) * 2; i++) { /* each twice, now and then */
                size_t k = (size_t)order[i / 2];
                const struct payment *p = events[k].first ? &first : &second;
                if (i % 2 == 0 || (k + i) % 3 == 0)
                    receive(&b, p, events[k].kind, events[k].ref, events[k].charge,
                            events[k].whole ? p->amount : 0);
            }
            struct subscription s = get(&b);
            assert_int_equal(s.status, SUBSCRIPTION_ACTIVE);
            assert_at(s.ends_at, "2026-04-15T12:00:00Z");
            const char *now = payment_bed_hash(&b);
            if (*hash && strcmp(hash, now) != 0)
                fail_msg("%d %d %d %d %d ends otherwise", order[0], order[1], order[2], order[3], order[4]);
            snprintf(hash, sizeof hash, "%s", now);
            domain_bed_ok(&b, db_rollback_to(b.base.db));
        } while (next_permutation(order, 5));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_trial_tells_five_times_and_ends),
        cmocka_unit_test(test_notices_that_a_downtime_swallowed_are_not_made_up_for),
        cmocka_unit_test(test_a_plan_is_bought_from_the_wallet),
        cmocka_unit_test(test_two_people_buy_under_the_same_key),
        cmocka_unit_test(test_what_is_bought_in_the_trial_begins_after_it),
        cmocka_unit_test(test_a_refund_takes_back_its_period),
        cmocka_unit_test(test_a_dispute_suspends_and_a_won_one_gives_back),
        cmocka_unit_test(test_debt_suspends_what_the_wallet_bought),
        cmocka_unit_test(test_renewal_from_the_balance),
        cmocka_unit_test(test_renewal_can_be_turned_off),
        cmocka_unit_test(test_a_saved_method_is_charged),
        cmocka_unit_test(test_stars_renew_themselves),
        cmocka_unit_test(test_habits_follow_the_tier),
        cmocka_unit_test(test_admins_grant_and_revoke),
        cmocka_unit_test(test_every_order_of_a_plan_ends_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
