#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/alert/alert.h"
#include "domain/dialog/dialog.h"
#include "domain/doctor/doctor.h"
#include "domain/lease/lease.h"
#include "domain/maintain/maintain.h"
#include "domain/message/inbox.h"
#include "domain/message/outbox.h"
#include "domain/user/user.h"
#include "domain_bed.h"
#include "test.h"

/* What becomes of messages with time, with their person, and what the doctor says of them. On both engines.
 */

static const struct uuid holder = {{1}}, occasion = {{9}};

static int64_t count(struct domain_bed *b, const char *table)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM %s", table);
    return domain_bed_count(b, sql);
}

static enum ecode no_handler(struct ctx *ctx, const struct inbox_item *item, void *arg)
{
    return item->len > 2 ? err_set(&ctx->err, E_INTERNAL, "no") : E_OK;
}

static void handle(struct domain_bed *b, const char *id, int64_t chat, const char *body)
{
    struct inbox_item item = {"telegram", id, chat, body, strlen(body), 0};
    enum inbox_outcome out;
    domain_bed_ok(b, inbox_handle(&b->ctx, &item, no_handler, NULL, &out));
}

static void add(struct domain_bed *b, const struct uuid *user, int32_t day)
{
    bool added;
    struct outbox_draft d = {.user_id = *user,
                             .lane = LANE_REMINDER,
                             .chat_id = 7,
                             .view = "reminder",
                             .ref_id = occasion,
                             .ref_date = day_of(day)};
    domain_bed_ok(b, outbox_add_once(&b->ctx, &d, 1, &added));
}

static enum ecode draw(struct ctx *ctx, const struct outbox_item *item, void *arg, struct outbox_drawing *out)
{
    *out = (struct outbox_drawing){.method = "sendMessage", .payload = "{}"};
    return E_OK;
}

/* Claims one and settles it as sent. */
static void send_one(struct domain_bed *b)
{
    struct outbox_claimed c;
    struct outbox_tally t;
    struct outbox_claim_query q = {
        .lease_ttl = duration_seconds(15), .max = {1, 1, 1, 1}, .max_all = 1, .draw = draw};
    domain_bed_ok(b, lease_take(&b->ctx, LEASE_BOT, &holder, duration_seconds(15), &q.fence));
    domain_bed_ok(b, outbox_claim(&b->ctx, &q, &c));
    assert_int_equal(c.count, 1);
    struct outbox_result r = {
        .user_id = c.items[0].user_id, .id = c.items[0].id, .end = END_SENT, .message_id = 1};
    domain_bed_ok(b, outbox_settle(&b->ctx, q.fence, &r, 1, &t));
    assert_int_equal(t.sent, 1);
}

static struct maintain_counts maintain(struct domain_bed *b, bool *more)
{
    struct maintain_counts done;
    domain_bed_ok(b, maintain_step(&b->ctx, &done, more));
    return done;
}

static void test_retention(void **state)
{
    static const int64_t hour = 3600000, day = 24 * hour;
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        bool more;
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        struct instant start = b.ctx.now;
        struct alert_draft alert = {"f", ALERT_WARNING, "t", "d"};
        domain_bed_ok(&b, alert_raise(&b.ctx, &alert));
        domain_bed_ok(&b, alert_clear(&b.ctx, "f"));
        domain_bed_ok(&b, alert_raise(&b.ctx, &alert)); /* stays: it is open */
        add(&b, &user, 20000);
        send_one(&b);
        handle(&b, "1", 7, "{}");
        handle(&b, "2", 7, "bad");
        add(&b, &user, 20001); /* waits: nothing of it goes */

        b.ctx.now.ms = start.ms + 48 * hour;
        assert_int_equal(maintain(&b, &more).inbox, 0);
        b.ctx.now.ms++;
        assert_int_equal(maintain(&b, &more).inbox, 1);
        assert_int_equal(count(&b, "inbox"), 1); /* the one that still waits */
        b.ctx.now.ms = start.ms + 7 * day;
        assert_int_equal(maintain(&b, &more).outbox, 0);
        b.ctx.now.ms++;
        assert_int_equal(maintain(&b, &more).outbox, 1);
        assert_int_equal(count(&b, "outbox WHERE status = 'queued'"), 1);
        b.ctx.now.ms = start.ms + 90 * day;
        assert_int_equal(maintain(&b, &more).deliveries, 0);
        b.ctx.now.ms++;
        assert_int_equal(maintain(&b, &more).deliveries, 1);
        assert_int_equal(count(&b, "deliveries WHERE status = 'queued'"), 1);
        b.ctx.now.ms = start.ms + 365 * day;
        assert_int_equal(maintain(&b, &more).alerts, 0);
        b.ctx.now.ms++;
        assert_int_equal(maintain(&b, &more).alerts, 1);
        assert_int_equal(count(&b, "admin_alerts WHERE status = 'open'"), 1);
        assert_false(more);

        /* many go in steps */
        static const char *ids[1500];
        static char texts[1500][8];
        static bool is_new[1500];
        for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
            snprintf(texts[i], sizeof texts[i], "%zu", 1000 + i);
            ids[i] = texts[i];
        }
        domain_bed_ok(&b, inbox_insert_done_many(&b.ctx, "telegram", ids, ARRAY_LEN(ids), is_new));
        b.ctx.now.ms += 3 * day;
        assert_int_equal(maintain(&b, &more).inbox, 1000);
        assert_true(more);
        assert_int_equal(maintain(&b, &more).inbox, 500);
        assert_false(more);
    }
}

static void test_erasing_a_person_takes_their_messages(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid other = domain_bed_person(&b, 8, "UTC");
        add(&b, &other, 20000);
        handle(&b, "10", 8, "theirs");
        struct dialog d = {.flow = "add", .step = "name", .data = "{\"name\":\"secret\"}", .chat_id = 7};
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        add(&b, &user, 20000);
        add(&b, &user, 20001);
        struct outbox_draft call = {.user_id = user,
                                    .channel = "yookassa",
                                    .lane = LANE_PAYMENT,
                                    .method = "cancel",
                                    .payload = "{}"};
        domain_bed_ok(&b, outbox_add(&b.ctx, &call, NULL));
        domain_bed_ok(&b, dialog_set(&b.ctx, &d, NULL));
        handle(&b, "11", 7, "bad one");
        handle(&b, "12", 7, "waits behind it");
        domain_bed_ok(&b, user_erase(&b.ctx, NULL, NULL));
        assert_int_equal(count(&b, "outbox WHERE channel = 'telegram'"), 1);
        assert_int_equal(count(&b, "outbox WHERE channel = 'yookassa'"), 1);
        assert_int_equal(count(&b, "deliveries"), 1);
        assert_int_equal(count(&b, "dialogs"), 0);
        assert_int_equal(count(&b, "inbox WHERE chat_id = 7"), 0);
        assert_int_equal(count(&b, "inbox WHERE status = 'done' AND body IS NULL AND error IS NULL"), 2);
        assert_int_equal(count(&b, "inbox WHERE status = 'pending'"), 1);
        domain_bed_doctor(&b);

        /* a farewell still goes out, and goes with its answer */
        struct outbox_draft farewell = {
            .user_id = user, .lane = LANE_PAYMENT, .chat_id = 7, .method = "sendMessage", .payload = "{}"};
        domain_bed_ok(&b, outbox_add(&b.ctx, &farewell, NULL));
        domain_bed_doctor(&b);
        send_one(&b);
        assert_int_equal(count(&b, "outbox WHERE chat_id = 7 AND lane = 0"), 0);
        /* of a view there is nobody to draw it for */
        farewell.method = farewell.payload = NULL;
        farewell.view = "farewell";
        domain_bed_ok(&b, outbox_add(&b.ctx, &farewell, NULL));
        add(&b, &other, 20005);
        struct outbox_claimed c;
        struct outbox_claim_query q = {.lease_ttl = duration_seconds(15), .max = {1}, .draw = draw};
        domain_bed_ok(&b, lease_take(&b.ctx, LEASE_BOT, &holder, duration_seconds(15), &q.fence));
        domain_bed_ok(&b, outbox_claim(&b.ctx, &q, &c));
        assert_true(c.count == 0 && c.unwanted == 1);
        assert_int_equal(count(&b, "outbox WHERE view = 'farewell'"), 0);
        domain_bed_doctor(&b);
    }
}

static int64_t violations(struct domain_bed *b, const char *name)
{
    struct doctor_report report;
    domain_bed_ok(b, doctor_run(&b->ctx, &(struct doctor_options){0}, &report));
    for (size_t i = 0; i < report.count; i++) {
        if (strcmp(report.checks[i].name, name) == 0)
            return report.checks[i].violations;
    }
    fail_msg("there is no check %s", name);
    return -1;
}

/* Each check is clean, then broken by one statement. */
static void test_the_doctor_sees_it(void **state)
{
    static const struct {
        const char *check, *break_it;
    } cases[] = {
        {"deliveries.queued", "DELETE FROM outbox"},
        {"outbox.sending", NULL},
        {"inbox.pending", NULL},
        {"admin_alerts.open", "DROP INDEX admin_alerts_one_open"},
        {"broadcasts.counts", "UPDATE broadcasts SET failed = 3"},
        {"users.erased_rows", "UPDATE users SET erased_at = created_at, telegram_id = NULL"},
    };
    struct domain_bed b;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        FOR_EACH_DOMAIN(b)
        {
            struct uuid user = domain_bed_person(&b, 7, "UTC");
            struct alert_draft alert = {"f", ALERT_WARNING, "t", "d"};
            char sql[300], id[UUID_TEXT];
            add(&b, &user, 20000);
            handle(&b, "1", 7, "bad");
            domain_bed_ok(&b, alert_raise(&b.ctx, &alert));
            uuid_format(&user, id);
            snprintf(
                sql, sizeof sql,
                "INSERT INTO broadcasts SELECT id, id, 'x', 'done', 2, 2, 1, 1, NULL, created_at, created_at "
                "FROM users");
            migrate_bed_sql(&b.base, sql);
            struct outbox_claimed c;
            struct outbox_claim_query q = {.lease_ttl = duration_seconds(15), .max = {0, 0, 1}, .draw = draw};
            domain_bed_ok(&b, lease_take(&b.ctx, LEASE_BOT, &holder, duration_seconds(15), &q.fence));
            domain_bed_ok(&b, outbox_claim(&b.ctx, &q, &c));
            domain_bed_doctor(&b);
            if (cases[i].break_it)
                migrate_bed_sql(&b.base, cases[i].break_it);
            else
                b.ctx.now.ms += 3600001;
            if (strcmp(cases[i].check, "admin_alerts.open") == 0)
                migrate_bed_sql(&b.base,
                                "INSERT INTO admin_alerts SELECT (SELECT user_id FROM broadcasts), "
                                "fingerprint, severity, status, title, detail, occurrences, "
                                "first_seen_at, last_seen_at, notified_at, acknowledged_by, created_at "
                                "FROM admin_alerts");
            if (violations(&b, cases[i].check) == 0)
                fail_msg("%s sees nothing on %s", cases[i].check, db_engine_name(b.base.engine));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retention),
        cmocka_unit_test(test_erasing_a_person_takes_their_messages),
        cmocka_unit_test(test_the_doctor_sees_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
