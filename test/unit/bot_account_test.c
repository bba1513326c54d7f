#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/ledger/ledger.h"
#include "domain/payment/payment.h"
#include "domain/subscription/subscription.h"
#include "domain/user/user.h"
#include "test.h"
#include "turn_bed.h"

/* What is paid for, the wallet, invitations, terms, and the end. On both engines. */

static void show(struct turn_bed *b)
{
    if (getenv("HABITD_SHOW"))
        printf("%s\n", turn_bed_screen(b));
}

static void sells(struct turn_bed *b)
{
    b->domain.policy.plans = plans_builtin();
    b->domain.policy.providers = 1u << PROVIDER_STARS;
    b->domain.policy.referral_reward = 10000;
}

static void test_premium_from_the_wallet(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct posting p;
        sells(&b);
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/premium");
        show(&b);
        turn_bed_sees(&b, "Вы пробуете Премиум до 22 марта");
        assert_null(turn_bed_button(&b, "👛 1 месяц"));
        struct ctx *ctx = turn_bed_ctx(&b);
        struct posting_request in = {
            .user_id = b.user_id, .kind = POSTING_TOPUP, .amount = 100000, .key = "t"};
        domain_bed_ok(&b.domain, ledger_post(ctx, &in, &p));
        turn_bed_says(&b, "/premium");
        const struct turn_bed_message *m = turn_bed_last(&b);
        const char *buy = turn_bed_button(&b, "👛 1 месяц")->data;
        turn_bed_presses_data(&b, buy, m->id);
        turn_bed_sees_toast(&b, "Спасибо");
        turn_bed_sees(&b, "У вас Премиум. Он продлится");
        turn_bed_presses_data(&b, buy, m->id); /* twice is once */
        show(&b);
        struct wallet w;
        domain_bed_ok(&b.domain, wallet_get(turn_bed_ctx(&b), NULL, &w));
        assert_int_equal(w.amount, 70100);
        turn_bed_presses(&b, "Отключить продление");
        turn_bed_sees(&b, "Продление отключено");
        turn_bed_presses_data(&b, "pc", 0);
        turn_bed_sees(&b, "Продление отключено");
        turn_bed_presses(&b, "👛 Кошелёк");
        show(&b);
        turn_bed_sees(&b, "В кошельке: 701");
        turn_bed_sees(&b, "15 марта  +1000");
        turn_bed_sees(&b, "−299");
        turn_bed_presses_data(&b, "pb:year:2", 0);
        turn_bed_sees_toast(&b, "не хватает");
        turn_bed_presses_data(&b, "pb:gold:2", 0);
        turn_bed_sees_toast(&b, "устарела");
    }
}

static void test_stars_are_ordered_once(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        struct payment_change change;
        sells(&b);
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/premium");
        show(&b);
        const struct turn_bed_message *m = turn_bed_last(&b);
        const char *buy = turn_bed_button(&b, "1 month —")->data;
        size_t n = b.n_messages;
        turn_bed_presses_data(&b, buy, m->id);
        turn_bed_presses_data(&b, buy, m->id);
        assert_int_equal(b.n_messages, n); /* the link is waited for */
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM payments"), 1);
        struct uuid id;
        turn_bed_ctx(&b);
        struct payment_order again = {.provider = PROVIDER_STARS,
                                      .purpose = PURPOSE_SUBSCRIPTION,
                                      .plan = "month",
                                      .key = arena_printf(b.domain.base.arena, "chat:%lld:month:%d:0",
                                                          (long long)m->id, (int)PROVIDER_STARS)};
        struct payment p;
        domain_bed_ok(&b.domain, payment_create(&b.domain.ctx, &again, &p));
        id = p.id;
        b.domain.ctx.actor = (struct actor){.role = ROLE_SYSTEM};
        struct payment_notice notice = {.provider = PROVIDER_STARS,
                                        .user_id = b.user_id,
                                        .payment_id = id,
                                        .kind = FACT_PENDING,
                                        .pay_url = "https://t.me/$x"};
        domain_bed_ok(&b.domain, payment_receive(&b.domain.ctx, &notice, &change));
        b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_seconds(2));
        turn_bed_send(&b);
        show(&b);
        turn_bed_sees(&b, "Your order is ready: 250");
        assert_string_equal(turn_bed_button(&b, "Pay ")->url, "https://t.me/$x");
        turn_bed_presses_data(&b, "po:1:month:0", m->id); /* not sold here */
        turn_bed_sees_toast(&b, "out of date");
    }
}

static void test_notices(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        static const struct {
            const char *at, *says;
        } occasions[] = {{"2026-03-17T00:01:00Z", "Вы пробуете Премиум"},
                         {"2026-03-21T12:01:00Z", "закончится в 15:00, завтра"},
                         {"2026-03-22T12:01:00Z", "Пробный Премиум закончился"}};
        sells(&b);
        turn_bed_settle_in(&b, "Europe/Moscow");
        for (size_t i = 0; i < sizeof occasions / sizeof occasions[0]; i++) {
            struct subscription_acts acts;
            domain_bed_clock(&b.domain, occasions[i].at);
            b.domain.ctx.actor = (struct actor){.role = ROLE_SYSTEM};
            domain_bed_ok(&b.domain, subscription_act(&b.domain.ctx, &b.user_id, &acts));
            turn_bed_send(&b);
            show(&b);
            turn_bed_sees(&b, occasions[i].says);
            assert_non_null(turn_bed_button(&b, "Премиум"));
        }
    }
}

static void test_friends(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct user_view me;
        sells(&b);
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_says(&b, "/invite");
        show(&b);
        domain_bed_ok(&b.domain, user_get(turn_bed_ctx(&b), NULL, &me));
        turn_bed_sees(&b, arena_printf(b.domain.base.arena, "https://t.me/habitd_test_bot?start=ref_%s",
                                       me.user.referral_code));
        turn_bed_sees(&b, "вы получите 100");
        turn_bed_sees(&b, "Пришло 0 друзей");
        assert_non_null(strstr(turn_bed_button(&b, "Отправить другу")->url, "url=https%3A%2F%2Ft.me%2F"));
    }
}

static void test_texts(void **state)
{
    struct turn_bed b;
    for (int i = 0; i < 2; i++) {
        FOR_EACH_TURN(b, i == 0 ? "ru" : "en")
        {
            turn_bed_settle_in(&b, "Europe/Moscow");
            turn_bed_says(&b, "/terms");
            turn_bed_sees(&b, "/delete_me");
            turn_bed_says(&b, "/paysupport");
            turn_bed_sees(&b, "<code>");
            turn_bed_says(&b, "/help");
            show(&b);
        }
    }
}

static void test_the_end(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        struct log_result r;
        turn_bed_settle_in(&b, "Europe/Moscow");
        turn_bed_ctx(&b);
        struct uuid run = domain_bed_habit(&b.domain, "Бег", 1, 1);
        domain_bed_ok(&b.domain, domain_bed_put(&b.domain, &run, ctx_today(&b.domain.ctx).n, LOG_DONE, &r));
        turn_bed_says(&b, "/delete_me");
        show(&b);
        turn_bed_says(&b, "уронить");
        turn_bed_sees(&b, "Ничего не стёрто");
        turn_bed_presses(&b, "Ничего не удалять");
        turn_bed_says(&b, "удалить"); /* the question is over */
        turn_bed_sees_not(&b, "стёрто");
        turn_bed_says(&b, "/delete_me");
        turn_bed_says(&b, " Удалить ");
        turn_bed_sees(&b, "Всё о вас стёрто");
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM habits"), 0);
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM dialogs"), 0);
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM outbox"), 0);
        domain_bed_doctor(&b.domain);
        turn_bed_says(&b, "/start");
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM users"), 2);
        assert_non_null(strstr(turn_bed_screen(&b), "Где вы живёте?"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_premium_from_the_wallet),
        cmocka_unit_test(test_stars_are_ordered_once),
        cmocka_unit_test(test_notices),
        cmocka_unit_test(test_friends),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
