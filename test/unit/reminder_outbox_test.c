#include <string.h>
#include "base/check.h"
#include "domain/lease/lease.h"
#include "domain/message/outbox.h"
#include "domain/user/user.h"
#include "reminder_bed.h"
#include "test.h"

/* A reminder's whole way on both engines: claimed from the schedule, asked again when it is sent, settled. */

/* Draws what is wanted, as an edge does it. */
static enum ecode draw(struct ctx *ctx, const struct outbox_item *item, void *arg, struct outbox_drawing *out)
{
    struct delivery_key key = {item->user_id, item->view, item->ref_id, item->ref_date, item->ref_number};
    struct reminder_now now;
    enum ecode rc = reminder_check(ctx, &key, &now);
    *out = (struct outbox_drawing){
        .verdict = now.verdict == REMINDER_SEND    ? DRAWN
                   : now.verdict == REMINDER_LATER ? DRAWN_LATER
                                                   : DRAWN_NOTHING,
        .why = now.verdict == REMINDER_ANSWERED ? DELIVERY_ANSWERED
               : now.verdict == REMINDER_QUIET  ? DELIVERY_QUIET
                                                : DELIVERY_CANCELED,
        .later = now.later,
        .method = "sendMessage",
        .payload = "{}",
    };
    return rc;
}

/* Sends what is due; how many. */
static size_t send(struct domain_bed *b, const char *now)
{
    struct outbox_claimed c;
    struct outbox_tally tally;
    struct actor actor = b->ctx.actor;
    struct outbox_claim_query query = {
        .fence = 1, .lease_ttl = duration_seconds(15), .max = {9, 9, 9, 9}, .draw = draw};
    domain_bed_clock(b, now);
    domain_bed_ok(b, outbox_claim(&b->ctx, &query, &c));
    for (size_t i = 0; i < c.count; i++) {
        struct outbox_result r = {
            .user_id = c.items[i].user_id, .id = c.items[i].id, .end = END_SENT, .message_id = 77};
        domain_bed_ok(b, outbox_settle(&b->ctx, 1, &r, 1, &tally));
    }
    b->ctx.actor = actor;
    return c.count;
}

static void test_sent_and_settled(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct delivery d;
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid s = reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        assert_int_equal(send(&b, "2026-03-15T13:00:50.001Z"), 1);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(13, 0));
        reminder_bed_told(&b, &key, DELIVERY_SENT);
        domain_bed_ok(&b, delivery_get(&b.ctx, &key, &d));
        assert_int_equal(d.message_id, 77);
        assert_int_equal(send(&b, "2026-03-15T13:01:00Z"), 0);
        domain_bed_doctor(&b);
    }
}

static void test_not_sent_when_it_is_not_wanted_any_more(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct schedule gone;
        struct uuid h = reminder_bed_person(&b, 1, "UTC"), other = domain_bed_habit(&b, "x", 1, 1);
        struct uuid s = reminder_bed_schedule(&b, &h, "13:00"),
                    off = reminder_bed_schedule(&b, &other, "13:00");
        struct schedule_change disabled = {.habit_id = other, .id = off, .has_enabled = true};
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 2);
        domain_bed_ok(&b, domain_bed_put(&b, &h, ctx_today(&b.ctx).n, LOG_SKIPPED, &r));
        domain_bed_ok(&b, schedule_update(&b.ctx, &disabled, &gone));
        for (int i = 0; i < 2; i++) /* one of a chat at a time */
            assert_int_equal(send(&b, "2026-03-15T13:00:51Z"), 0);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(13, 0));
        reminder_bed_told(&b, &key, DELIVERY_ANSWERED);
        key = reminder_bed_key(&b, "reminder", &off, "2026-03-15", HM(13, 0));
        reminder_bed_told(&b, &key, DELIVERY_CANCELED);
    }
}

/* Quiet hours that began while it waited put it off to their end. */
static void test_put_off_by_quiet_hours(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        reminder_bed_set(&b, &(struct user_change){.has_quiet = true, .quiet = {HM(13, 1), HM(15, 0)}});
        reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        assert_int_equal(send(&b, "2026-03-15T13:02:00Z"), 0);
        assert_int_equal(send(&b, "2026-03-15T14:59:59Z"), 0);
        assert_int_equal(send(&b, "2026-03-15T15:01:00Z"), 1);
    }
}

/* What waits for the end of quiet hours follows the person's new clock, both ways. */
static void test_what_waits_moves_with_the_person(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "Europe/Berlin");
        struct user_change east = {.has_timezone = true, .timezone = "Asia/Tokyo"};
        struct user_change west = {.has_timezone = true, .timezone = "America/New_York"};
        struct user_change none = {.has_quiet = true, .quiet = {MINUTE_NONE, MINUTE_NONE}};
        reminder_bed_set(&b, &(struct user_change){.has_quiet = true, .quiet = {HM(22, 0), HM(9, 0)}});
        struct uuid s = reminder_bed_schedule(&b, &h, "07:00");
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-16T06:00:00Z").claimed, 1); /* waits for 08:00Z */
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-16", HM(7, 0));
        assert_int_equal(send(&b, "2026-03-16T06:01:00Z"), 0);
        /* Tokyo: 15:01, awake. */
        domain_bed_ok(&b, db_savepoint(b.base.db));
        reminder_bed_set(&b, &east);
        assert_int_equal(send(&b, "2026-03-16T06:01:00Z"), 1);
        domain_bed_ok(&b, db_rollback_to(b.base.db));
        domain_bed_ok(&b, ctx_act_as(&b.ctx, &b.ctx.actor.user_id));
        /* No quiet hours any more. */
        domain_bed_ok(&b, db_savepoint(b.base.db));
        reminder_bed_set(&b, &none);
        assert_int_equal(send(&b, "2026-03-16T06:01:00Z"), 1);
        domain_bed_ok(&b, db_rollback_to(b.base.db));
        /* New York: 02:01. At seven there are quiet hours until nine there, 13:00Z. */
        reminder_bed_set(&b, &west);
        assert_int_equal(send(&b, "2026-03-16T06:01:00Z"), 0);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-16T11:00:00Z").claimed, 0);
        assert_int_equal(send(&b, "2026-03-16T11:01:00Z"), 0);
        assert_int_equal(send(&b, "2026-03-16T12:59:59Z"), 0);
        assert_int_equal(send(&b, "2026-03-16T13:01:00Z"), 1);
        reminder_bed_told(&b, &key, DELIVERY_SENT);
    }
}

/* Nobody sent for two hours: the claimed one counts as missed too. */
static void test_too_late_for_the_sender(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        struct uuid s = reminder_bed_schedule(&b, &h, "13:00");
        reminder_bed_lease(&b);
        assert_int_equal(reminder_bed_tick(&b, "2026-03-15T13:00:00Z").claimed, 1);
        assert_int_equal(send(&b, "2026-03-15T15:00:00Z"), 0);
        struct delivery_key key = reminder_bed_key(&b, "reminder", &s, "2026-03-15", HM(13, 0));
        reminder_bed_told(&b, &key, DELIVERY_MISSED);
    }
}

/* A snooze is a row: it comes after a restart, unless the day was answered. */
static void test_a_snooze_is_sent(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct log_result r;
        struct snooze snooze;
        struct uuid h = reminder_bed_person(&b, 1, "UTC");
        reminder_bed_lease(&b);
        struct snooze_request request = {h, ctx_today(&b.ctx), SNOOZE_15_MIN};
        domain_bed_ok(&b, reminder_snooze(&b.ctx, &request, &snooze));
        domain_bed_ok(&b, db_commit(b.base.db));
        domain_bed_ok(&b, db_begin(b.base.db, DB_TXN_WRITE));
        assert_int_equal(send(&b, "2026-03-15T12:14:59Z"), 0);
        assert_int_equal(send(&b, "2026-03-15T12:15:00Z"), 1);
        domain_bed_ok(&b, reminder_snooze(&b.ctx, &request, &snooze));
        domain_bed_ok(&b, domain_bed_put(&b, &h, request.day.n, LOG_DONE, &r));
        assert_int_equal(send(&b, "2026-03-15T12:30:00Z"), 0);
        assert_int_equal(domain_bed_count(&b, "SELECT count(*) FROM deliveries WHERE status = 'answered'"),
                         1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sent_and_settled),
        cmocka_unit_test(test_not_sent_when_it_is_not_wanted_any_more),
        cmocka_unit_test(test_put_off_by_quiet_hours),
        cmocka_unit_test(test_what_waits_moves_with_the_person),
        cmocka_unit_test(test_too_late_for_the_sender),
        cmocka_unit_test(test_a_snooze_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
