#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "domain/broadcast/broadcast.h"
#include "domain/stats/figures.h"
#include "domain/user/people.h"
#include "test.h"
#include "turn_bed.h"

/* What admins see and do in the chat. On both engines. */

static const int64_t admins[] = {7};

static void show(struct turn_bed *b)
{
    if (getenv("HABITD_SHOW"))
        printf("%s\n", turn_bed_screen(b));
}

static void settle_in_as_admin(struct turn_bed *b)
{
    b->domain.policy.admin_ids = admins;
    b->domain.policy.admin_ids_count = 1;
    turn_bed_settle_in(b, "Europe/Moscow");
}

/* Another person, with a habit and marks of the last days. */
static struct uuid somebody(struct turn_bed *b, int64_t telegram_id, const char *username, int marks)
{
    bool made;
    struct uuid id;
    struct log_result r;
    struct user_contact c = {telegram_id, username, "Oleg <3", "ru"};
    domain_bed_ok(&b->domain, user_ensure(&b->domain.ctx, &c, &id, &made));
    domain_bed_ok(&b->domain, ctx_act_as(&b->domain.ctx, &id));
    struct uuid habit = domain_bed_habit(&b->domain, "Бег", 1, 1);
    for (int i = 0; i < marks; i++)
        domain_bed_ok(&b->domain,
                      domain_bed_put(&b->domain, &habit, ctx_today(&b->domain.ctx).n - 3 * i, LOG_DONE, &r));
    return id;
}

static void test_others_have_no_admin_screen(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        turn_bed_settle_in(&b, "Europe/London");
        turn_bed_says(&b, "/admin");
        turn_bed_sees(&b, "I do not know this command");
        turn_bed_says(&b, "/start");
        const char *const data[] = {"ad", "au", "ab:AAAAAAAAAAAAAAAAAAAAAA:1", "bc",
                                    "bs:AAAAAAAAAAAAAAAAAAAAAA"};
        for (size_t i = 0; i < sizeof data / sizeof data[0]; i++) {
            turn_bed_presses_data(&b, data[i], 0);
            turn_bed_sees_toast(&b, "out of date");
        }
    }
}

static void test_figures(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        settle_in_as_admin(&b);
        somebody(&b, 8, "oleg", 1);
        somebody(&b, 9, NULL, 3);
        b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_ms(2 * 86400000LL));
        somebody(&b, 10, NULL, 5);
        turn_bed_says(&b, "/admin");
        show(&b);
        turn_bed_sees(&b, "Людей: <b>4</b> · доступны 4 · Премиум 0");
        turn_bed_sees(&b, "Новых: 1 за сутки · 4 за 7 дней");
        turn_bed_sees(&b, "Активны: 1 сегодня · 3 за 7 дней · 3 за 30 дней");
        turn_bed_sees(&b, "Привычек: 3 · отметок сегодня 1");
        turn_bed_presses(&b, "Обновить");
        turn_bed_sees(&b, "Людей: <b>4</b>");
    }
}

static void test_somebody_is_found_and_blocked(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        settle_in_as_admin(&b);
        struct uuid oleg = somebody(&b, 8, "Oleg_K", 2);
        turn_bed_says(&b, "/admin");
        turn_bed_presses(&b, "Найти человека");
        turn_bed_says(&b, "@nobody");
        turn_bed_sees(&b, "Такого человека здесь нет");
        turn_bed_says(&b, "Олег");
        turn_bed_sees(&b, "Такого человека здесь нет");
        turn_bed_says(&b, "@oleg_k");
        show(&b);
        turn_bed_sees(&b, "Oleg &lt;3");
        turn_bed_sees(&b, "привычек 1 · отметок 2");
        turn_bed_presses(&b, "Заблокировать");
        turn_bed_sees(&b, "Почему");
        turn_bed_presses(&b, "Назад");
        turn_bed_presses(&b, "Заблокировать");
        turn_bed_says(&b, "шлёт рекламу");
        turn_bed_sees(&b, "Заблокирован здесь");
        turn_bed_presses_data(&b, "ab:AAAAAAAAAAAAAAAAAAAAAA:1", 0);
        turn_bed_says(&b, "нет такого");
        turn_bed_sees(&b, "больше нет");
        turn_bed_ctx(&b);
        assert_int_equal(
            domain_bed_count(&b.domain, "SELECT COUNT(*) FROM users WHERE blocked_at IS NOT NULL"), 1);
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM audit_log WHERE operation = "
                                                     "'admin.block' AND actor LIKE 'person:%'"),
                         1);
        struct uuid id;
        domain_bed_ok(&b.domain, user_find_telegram(&b.domain.ctx, 8, &id));
        assert_memory_equal(&id, &oleg, sizeof id);
        turn_bed_says(&b, "/admin @oleg_k");
        turn_bed_presses(&b, "Разблокировать");
        turn_bed_says(&b, "ошибка");
        turn_bed_sees_not(&b, "Заблокирован здесь");
        turn_bed_says(&b, "/admin 7");
        turn_bed_presses(&b, "Заблокировать");
        turn_bed_says(&b, "проба");
        turn_bed_sees(&b, "Себя заблокировать нельзя");
    }
}

static void test_a_broadcast(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "en")
    {
        bool more = true;
        settle_in_as_admin(&b);
        somebody(&b, 8, NULL, 0);
        somebody(&b, 9, NULL, 0);
        turn_bed_says(&b, "/admin");
        turn_bed_presses(&b, "Broadcast");
        turn_bed_says(&b, "<b>open");
        show(&b);
        turn_bed_sees(&b, "the text does not close");
        turn_bed_says(&b, "<b>News</b> for all &amp; everybody");
        show(&b);
        turn_bed_sees(&b, "This is how it will look");
        int64_t control = turn_bed_last(&b)->id;
        const char *send = turn_bed_button(&b, "Send to everybody")->data;
        turn_bed_presses_data(&b, send, control);
        turn_bed_presses_data(&b, send, control);
        turn_bed_sees(&b, "0 sent · 0 failed · 3 people");
        b.domain.ctx.actor = (struct actor){.role = ROLE_SYSTEM};
        while (more)
            domain_bed_ok(&b.domain, broadcast_step(&b.domain.ctx, &more));
        b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_seconds(6));
        turn_bed_send(&b);
        b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_seconds(6));
        turn_bed_send(&b);
        show(&b);
        assert_non_null(strstr(turn_bed_screen(&b), "Everybody has it"));
        assert_non_null(strstr(turn_bed_screen(&b), "3 sent · 0 failed · 3 people"));
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM outbox WHERE status = 'queued'"),
                         0);
    }
}

static void test_a_broadcast_is_stopped(void **state)
{
    struct turn_bed b;
    FOR_EACH_TURN(b, "ru")
    {
        bool more;
        settle_in_as_admin(&b);
        somebody(&b, 8, NULL, 0);
        turn_bed_says(&b, "/admin");
        turn_bed_presses(&b, "Рассылка");
        turn_bed_says(&b, "Новости");
        turn_bed_presses(&b, "Отправить всем");
        turn_bed_presses(&b, "Остановить");
        turn_bed_sees(&b, "Остановлено");
        b.domain.ctx.actor = (struct actor){.role = ROLE_SYSTEM};
        domain_bed_ok(&b.domain, broadcast_step(&b.domain.ctx, &more));
        assert_false(more);
        b.domain.ctx.now = instant_add(b.domain.ctx.now, duration_seconds(6));
        turn_bed_send(&b);
        assert_int_equal(domain_bed_count(&b.domain, "SELECT COUNT(*) FROM outbox WHERE status = 'queued'"),
                         0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others_have_no_admin_screen),   cmocka_unit_test(test_figures),
        cmocka_unit_test(test_somebody_is_found_and_blocked), cmocka_unit_test(test_a_broadcast),
        cmocka_unit_test(test_a_broadcast_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
