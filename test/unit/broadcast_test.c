#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/broadcast/broadcast.h"
#include "domain/lease/lease.h"
#include "domain/message/outbox.h"
#include "domain/user/user.h"
#include "domain_bed.h"
#include "test.h"

/* Messages to everybody. On both engines. */

#define PEOPLE (BROADCAST_STEP + 5)

static const struct uuid holder = {{1}};

static int64_t count(struct domain_bed *b, const char *table)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM %s", table);
    return domain_bed_count(b, sql);
}

/* So many people, the context acting for the first, who is the admin. */
static struct uuid people(struct domain_bed *b, int n)
{
    struct uuid admin = domain_bed_person(b, 1000, "UTC");
    bool created;
    for (int i = 1; i < n; i++) {
        struct uuid id;
        domain_bed_ok(b,
                      user_ensure(&b->ctx, &(struct user_contact){.telegram_id = 1000 + i}, &id, &created));
    }
    return admin;
}

static struct uuid draft(struct domain_bed *b, const char *body)
{
    struct uuid id;
    domain_bed_ok(b, broadcast_draft(&b->ctx, body, &id));
    return id;
}

static struct outbox_claimed claim(struct domain_bed *b, int64_t *fence, size_t max)
{
    struct outbox_claimed c;
    struct outbox_claim_query q = {.lease_ttl = duration_seconds(15), .max = {0, 0, 0, max}};
    domain_bed_ok(b, lease_take(&b->ctx, LEASE_BOT, &holder, duration_seconds(15), &q.fence));
    domain_bed_ok(b, outbox_claim(&b->ctx, &q, &c));
    *fence = q.fence;
    return c;
}

static void test_everybody_gets_it_once(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct broadcast now;
        bool more = true;
        int64_t fence;
        struct uuid admin = people(&b, PEOPLE), other = {{3}};
        migrate_bed_sql(&b.base, "UPDATE users SET unreachable_at = created_at WHERE telegram_id = 1003");
        migrate_bed_sql(&b.base, "UPDATE users SET blocked_at = created_at WHERE telegram_id = 1004");
        struct uuid id = draft(&b, "<b>Привет</b> &amp; \"welcome\"");
        domain_bed_ok(&b, broadcast_step(&b.ctx, &more));
        assert_false(more); /* nothing runs yet */
        domain_bed_ok(&b, broadcast_start(&b.ctx, &id, &now));
        assert_int_equal(now.people, PEOPLE - 2);
        assert_int_equal(broadcast_start(&b.ctx, &id, &now), E_CONFLICT);
        assert_string_equal(b.ctx.err.reason, "broadcast_move_refused");

        /* a crash in the middle of a step repeats nothing */
        domain_bed_ok(&b, broadcast_step(&b.ctx, &more));
        assert_true(more);
        domain_bed_ok(&b, db_savepoint(b.base.db));
        domain_bed_ok(&b, broadcast_step(&b.ctx, &more));
        domain_bed_ok(&b, db_rollback_to(b.base.db));
        for (int i = 0; i < 2; i++)
            domain_bed_ok(&b, broadcast_step(&b.ctx, &more));
        assert_false(more);
        domain_bed_ok(&b, broadcast_get(&b.ctx, &id, &now));
        assert_true(now.status == BROADCAST_DONE && now.queued == PEOPLE - 2);
        assert_int_equal(count(&b, "outbox"), PEOPLE - 2);
        assert_int_equal(count(&b, "(SELECT DISTINCT chat_id FROM outbox) x"), PEOPLE - 2);
        assert_int_equal(count(&b, "outbox WHERE chat_id IN (1003, 1004)"), 0);

        struct outbox_claimed c = claim(&b, &fence, 3);
        assert_int_equal(c.count, 3);
        for (size_t i = 0; i < 3; i++)
            assert_string_equal(c.items[i].payload,
                                "{\"text\":\"<b>Привет</b> &amp; \\\"welcome\\\"\",\"parse_mode\":\"HTML\"}");
        struct outbox_result r[3] = {{.end = END_SENT}, {.end = END_FAILED}, {.end = END_BLOCKED}};
        struct outbox_tally t;
        for (size_t i = 0; i < 3; i++) {
            r[i].user_id = c.items[i].user_id;
            r[i].id = c.items[i].id;
        }
        domain_bed_ok(&b, outbox_settle(&b.ctx, fence, r, 3, &t));
        domain_bed_ok(&b, broadcast_get(&b.ctx, &id, &now));
        assert_true(now.sent == 1 && now.failed == 2);
        b.ctx.actor.user_id = other; /* another admin's */
        assert_int_equal(broadcast_get(&b.ctx, &id, &now), E_NOT_FOUND);
        assert_int_equal(broadcast_stop(&b.ctx, &id, &more), E_NOT_FOUND);
        b.ctx.actor.user_id = admin;
        domain_bed_doctor(&b);
    }
}

static void test_stopping(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct broadcast now;
        bool more;
        int64_t fence;
        people(&b, PEOPLE);
        struct uuid first = draft(&b, "one"), second = draft(&b, "two"), third = draft(&b, "three");
        domain_bed_ok(&b, broadcast_start(&b.ctx, &first, &now));
        domain_bed_ok(&b, broadcast_step(&b.ctx, &more));
        b.ctx.now.ms++;
        domain_bed_ok(&b, broadcast_start(&b.ctx, &second, &now));
        assert_int_equal(claim(&b, &fence, 2).count, 2); /* on their way: they stay */
        domain_bed_ok(&b, broadcast_stop(&b.ctx, &first, &more));
        assert_false(more);
        domain_bed_ok(&b, broadcast_stop(&b.ctx, &first, &more)); /* harmless */
        domain_bed_ok(&b, broadcast_get(&b.ctx, &first, &now));
        assert_true(now.status == BROADCAST_STOPPED && now.failed == BROADCAST_STEP - 2);
        assert_int_equal(count(&b, "outbox WHERE status = 'queued'"), 0);
        for (int i = 0; i < 3; i++) /* the second one goes on without it */
            domain_bed_ok(&b, broadcast_step(&b.ctx, &more));
        domain_bed_ok(&b, broadcast_get(&b.ctx, &second, &now));
        assert_true(now.status == BROADCAST_DONE && now.queued == PEOPLE);
        /* one that was queued wholly can be stopped too, in steps */
        domain_bed_ok(&b, broadcast_stop(&b.ctx, &second, &more));
        assert_true(more);
        domain_bed_ok(&b, broadcast_stop(&b.ctx, &second, &more));
        assert_false(more);
        domain_bed_ok(&b, broadcast_get(&b.ctx, &second, &now));
        assert_true(now.status == BROADCAST_STOPPED && now.failed == PEOPLE);
        domain_bed_ok(&b, broadcast_stop(&b.ctx, &third, &more));
        assert_int_equal(broadcast_start(&b.ctx, &third, &now), E_CONFLICT);
        domain_bed_doctor(&b);
    }
}

static void test_every_move(void **state)
{
    static const char *const allowed[] = {
        /* to: draft, running, stopped, done */
        [BROADCAST_DRAFT] = ".xx.",
        [BROADCAST_RUNNING] = "..xx",
        [BROADCAST_STOPPED] = "....",
        [BROADCAST_DONE] = "..x.",
    };
    for (int from = 0; from < BROADCAST_STATUSES; from++) {
        for (int to = 0; to < BROADCAST_STATUSES; to++)
            assert_int_equal(broadcast_may((enum broadcast_status)from, (enum broadcast_status)to),
                             allowed[from][to] == 'x');
    }
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        domain_bed_person(&b, 7, "UTC");
        struct uuid id = draft(&b, "x");
        for (int from = 0; from < BROADCAST_STATUSES; from++) {
            struct broadcast out;
            char sql[100];
            snprintf(sql, sizeof sql, "UPDATE broadcasts SET status = '%s'", broadcast_status_names[from]);
            migrate_bed_sql(&b.base, sql);
            assert_int_equal(broadcast_start(&b.ctx, &id, &out),
                             allowed[from][BROADCAST_RUNNING] == 'x' ? E_OK : E_CONFLICT);
        }
    }
}

static void test_texts_that_telegram_would_refuse(void **state)
{
    static const struct {
        const char *body;
        bool fine;
    } cases[] = {
        {"plain", true},
        {"a < b", false},
        {"a &lt; b & c > d", true},
        {"<b>bold <i>both</i></b>", true},
        {"<b>bold <i>crossed</b></i>", false},
        {"<b>open", false},
        {"closed</b>", false},
        {"<a href=\"https://example.com/?a>b\">link</a>", true},
        {"<a href=\"https://example.com>link</a>", false},
        {"<blockquote expandable>long</blockquote><tg-spoiler>x</tg-spoiler>", true},
        {"<script>alert(1)</script>", false},
        {"<br>", false},
        {"", false},
        {" \n\u200b", false},
        {"<b> </b>", false},
        {"bell \a", false},
        {"\xff", false},
        {"line\nline", true},
    };
    struct domain_bed b;
    assert_true(domain_bed_init(&b, DB_SQLITE));
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (broadcast_check_text(&b.ctx, cases[i].body) != (cases[i].fine ? E_OK : E_INVALID))
            fail_msg("%s: %s", cases[i].body, b.ctx.err.text);
        if (!cases[i].fine)
            assert_string_equal(b.ctx.err.field, "body");
    }
    char *text = arena_alloc(b.ctx.arena, BROADCAST_TEXT_MAX * 2 + 16);
    memset(text, 'x', BROADCAST_TEXT_MAX);
    domain_bed_ok(&b, broadcast_check_text(&b.ctx, text));
    text[BROADCAST_TEXT_MAX] = 'x';
    assert_int_equal(broadcast_check_text(&b.ctx, text), E_INVALID);
    text[0] = '\0';
    for (int i = 0; i < BROADCAST_TEXT_MAX / 2; i++) /* outside the basic plane: two units each */
        memcpy(text + (size_t)i * 4, "😀", 5);
    domain_bed_ok(&b, broadcast_check_text(&b.ctx, text));
    memcpy(text + (size_t)BROADCAST_TEXT_MAX * 2, "x", 2);
    assert_int_equal(broadcast_check_text(&b.ctx, text), E_INVALID);
    memset(text, 0, 600);
    for (int i = 0; i < 20; i++)
        memcpy(text + (size_t)i * 3, "<b>", 3);
    assert_int_equal(broadcast_check_text(&b.ctx, text), E_INVALID);
    domain_bed_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everybody_gets_it_once),
        cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_every_move),
        cmocka_unit_test(test_texts_that_telegram_would_refuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
