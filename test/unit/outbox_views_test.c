#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/alert/alert.h"
#include "domain/dialog/dialog.h"
#include "domain/lease/lease.h"
#include "domain/message/outbox.h"
#include "domain/message/outbox_rows.h"
#include "domain_bed.h"
#include "test.h"

/* Views that are drawn when they are claimed, deliveries, holding after a restore, and every move from every
 * status to every other one. On both engines. */

static const struct uuid holder = {{1}}, occasion = {{9}};

static int64_t take(struct domain_bed *b)
{
    int64_t fence = 0;
    domain_bed_ok(b, lease_take(&b->ctx, LEASE_BOT, &holder, duration_seconds(15), &fence));
    return fence;
}

/* A reminder of that day. */
static struct outbox_draft reminder(const struct uuid *user, int32_t day, int number)
{
    return (struct outbox_draft){.user_id = *user,
                                 .lane = LANE_REMINDER,
                                 .chat_id = number,
                                 .view = "reminder",
                                 .args = "{\"habit\":1}",
                                 .ref_id = occasion,
                                 .ref_date = day_of(day),
                                 .ref_number = number};
}

static enum delivery_status delivery_of(struct domain_bed *b, const struct outbox_draft *d)
{
    struct delivery out;
    struct delivery_key key = {d->user_id, d->view, d->ref_id, d->ref_date, d->ref_number};
    domain_bed_ok(b, delivery_get(&b->ctx, &key, &out));
    return out.status;
}

/* Draws by ref_number: 1 is wanted, 2 was answered, 3 cannot be drawn, 4 queues another message and then
 * cannot be drawn. */
static enum ecode draw(struct ctx *ctx, const struct outbox_item *item, void *arg, struct outbox_drawing *out)
{
    struct outbox_draft more = {.lane = LANE_REPLY, .chat_id = 77, .method = "sendMessage", .payload = "{}"};
    assert_int_equal(uuid_cmp(&ctx->actor.user_id, &item->user_id), 0);
    assert_true(ctx->actor.zone != NULL);
    ++*(int *)arg;
    if (item->ref_number == 2) {
        *out = (struct outbox_drawing){.verdict = DRAWN_NOTHING, .why = DELIVERY_ANSWERED};
        return E_OK;
    }
    if (item->ref_number == 4)
        assert_int_equal(outbox_add(ctx, &more, NULL), E_OK);
    if (item->ref_number >= 3)
        return err_set(&ctx->err, E_INTERNAL, "there is no such text");
    *out = (struct outbox_drawing){.method = "sendMessage", .payload = arena_strdup(ctx->arena, item->args)};
    return E_OK;
}

static struct outbox_claimed claim(struct domain_bed *b, int64_t fence, int *drawn)
{
    struct outbox_claimed c;
    struct outbox_claim_query q = {.fence = fence,
                                   .lease_ttl = duration_seconds(15),
                                   .max = {10, 10, 10, 10},
                                   .draw = draw,
                                   .arg = drawn};
    domain_bed_ok(b, outbox_claim(&b->ctx, &q, &c));
    return c;
}

static void test_views_are_drawn_when_claimed(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "Asia/Almaty");
        struct outbox_draft drafts[5];
        bool added[5];
        int drawn = 0;
        int64_t fence = take(&b);
        for (int i = 0; i < 5; i++)
            drafts[i] = reminder(&user, 20000, i % 4 + 1); /* the last one is the first one again */
        domain_bed_ok(&b, outbox_add_once(&b.ctx, drafts, 5, added));
        for (int i = 0; i < 5; i++)
            assert_int_equal(added[i], i < 4);
        domain_bed_ok(&b, outbox_add_once(&b.ctx, drafts, 1, added));
        assert_false(added[0]);
        struct outbox_claimed c = claim(&b, fence, &drawn);
        assert_true(drawn == 4 && c.count == 1 && c.unwanted == 1 && c.failed == 2 && c.more);
        assert_string_equal(c.items[0].payload, "{\"habit\":1}");
        assert_string_equal(c.items[0].method, "sendMessage");
        assert_int_equal(delivery_of(&b, &drafts[0]), DELIVERY_QUEUED);
        assert_int_equal(delivery_of(&b, &drafts[1]), DELIVERY_ANSWERED);
        assert_int_equal(delivery_of(&b, &drafts[2]), DELIVERY_FAILED);
        assert_int_equal(delivery_of(&b, &drafts[3]), DELIVERY_FAILED);
        assert_int_equal(domain_bed_count(&b, "SELECT COUNT(*) FROM outbox WHERE chat_id = 77"), 0);
        struct alert *alerts;
        size_t n;
        domain_bed_alerts(&b, 9, &alerts, &n);
        assert_true(n == 1 && alerts[0].occurrences == 2);
        assert_string_equal(alerts[0].fingerprint, "outbox.view:reminder");
        struct outbox_result r = {.user_id = user, .id = c.items[0].id, .end = END_SENT, .message_id = 31};
        struct outbox_tally t;
        domain_bed_ok(&b, outbox_settle(&b.ctx, fence, &r, 1, &t));
        assert_int_equal(delivery_of(&b, &drafts[0]), DELIVERY_SENT);
        assert_int_equal(domain_bed_count(&b, "SELECT message_id FROM deliveries WHERE status = 'sent'"), 31);
    }
}

/* What happens to a message happens to its delivery. */
static void test_deliveries_follow_their_messages(void **state)
{
    static const struct {
        enum outbox_end end;
        enum delivery_status then;
    } cases[] = {{END_SENT, DELIVERY_SENT},      {END_FAILED, DELIVERY_FAILED},
                 {END_BLOCKED, DELIVERY_FAILED}, {END_DROPPED, DELIVERY_CANCELED},
                 {END_RETRY, DELIVERY_QUEUED},   {END_UNKNOWN, DELIVERY_UNKNOWN}};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        int64_t fence = take(&b);
        int drawn = 0;
        bool added;
        struct outbox_tally t;
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            struct outbox_draft d = reminder(&user, 20000 + (int32_t)i, 1);
            domain_bed_ok(&b, outbox_add_once(&b.ctx, &d, 1, &added));
            struct outbox_claimed c = claim(&b, fence, &drawn);
            assert_int_equal(c.count, 1);
            b.ctx.now.ms += 700000; /* too long ago to send it again */
            struct outbox_result r = {.user_id = user,
                                      .id = c.items[0].id,
                                      .end = cases[i].end,
                                      .at = instant_from_ms(b.ctx.now.ms + 600000000)};
            domain_bed_ok(&b, outbox_settle(&b.ctx, fence, &r, 1, &t));
            assert_int_equal(delivery_of(&b, &d), cases[i].then);
        }
        /* one that its time has passed by was missed */
        struct outbox_draft late = reminder(&user, 20100, 1);
        domain_bed_ok(&b, outbox_add_once(&b.ctx, &late, 1, &added));
        b.ctx.now.ms += 2 * 3600000;
        assert_int_equal(claim(&b, fence, &drawn).expired, 1);
        assert_int_equal(delivery_of(&b, &late), DELIVERY_MISSED);
    }
}

static void test_a_dialog_learns_its_message(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        struct dialog d = {.flow = "add", .step = "name", .data = "{}", .chat_id = 7};
        struct outbox_draft draft = {.user_id = user,
                                     .lane = LANE_REPLY,
                                     .chat_id = 7,
                                     .method = "sendMessage",
                                     .payload = "{}",
                                     .for_dialog = true};
        int drawn = 0;
        int64_t fence = take(&b);
        domain_bed_ok(&b, dialog_set(&b.ctx, &d, NULL));
        domain_bed_ok(&b, outbox_add(&b.ctx, &draft, NULL));
        struct outbox_claimed c = claim(&b, fence, &drawn);
        struct outbox_result r = {.user_id = user, .id = c.items[0].id, .end = END_SENT, .message_id = 812};
        struct outbox_tally t;
        domain_bed_ok(&b, outbox_settle(&b.ctx, fence, &r, 1, &t));
        domain_bed_ok(&b, dialog_get(&b.ctx, &d));
        assert_int_equal(d.message_id, 812);
    }
}

static void test_hold_and_release(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        struct outbox_draft d = {
            .user_id = user, .lane = LANE_REPLY, .chat_id = 7, .method = "sendMessage", .payload = "{}"};
        struct outbox_draft call = {.user_id = user,
                                    .channel = "yookassa",
                                    .lane = LANE_PAYMENT,
                                    .method = "refund",
                                    .payload = "{}"};
        int drawn = 0;
        int64_t fence = take(&b), moved, queued, dropped;
        domain_bed_ok(&b, outbox_add(&b.ctx, &d, NULL));
        domain_bed_ok(&b, outbox_add(&b.ctx, &call, NULL));
        assert_int_equal(claim(&b, fence, &drawn).count, 1); /* in flight when the copy was made */
        d.chat_id = 8;
        domain_bed_ok(&b, outbox_add(&b.ctx, &d, NULL));
        b.ctx.now.ms += 3600000;
        struct instant since = b.ctx.now;
        d.chat_id = 9;
        domain_bed_ok(&b, outbox_add(&b.ctx, &d, NULL));
        domain_bed_ok(&b, outbox_hold(&b.ctx, &moved));
        assert_int_equal(moved, 3);
        assert_int_equal(domain_bed_count(&b, "SELECT COUNT(*) FROM outbox WHERE status = 'unknown'"), 1);
        domain_bed_ok(&b, outbox_hold(&b.ctx, &moved));
        assert_int_equal(moved, 0);
        assert_int_equal(claim(&b, fence, &drawn).count, 0);
        domain_bed_ok(&b, outbox_release(&b.ctx, since, &queued, &dropped));
        assert_true(queued == 2 &&
                    dropped == 1); /* the call to the provider may come late, the message not */
        domain_bed_ok(&b, outbox_release(&b.ctx, since, &queued, &dropped));
        assert_true(queued == 0 && dropped == 0);
        struct outbox_claimed c = claim(&b, fence, &drawn);
        assert_true(c.count == 1 && c.items[0].chat_id == 9);
    }
}

/* --- every move ---------------------------------------------------------------------------------- */

static void force(struct domain_bed *b, const char *status, bool is_done)
{
    char sql[300];
    snprintf(
        sql, sizeof sql,
        "UPDATE outbox SET status = '%s', fence = 1, attempted_at = created_at, attempts = 1, done_at = %s",
        status, is_done ? "created_at" : "NULL");
    migrate_bed_sql(&b->base, sql);
}

static void test_every_move_of_a_message(void **state)
{
    static const char *const allowed[] = {
        /* to: held, queued, sending, sent, failed, unknown, dropped */
        [OUTBOX_HELD] = ".x....x",    [OUTBOX_QUEUED] = "x.x...x", [OUTBOX_SENDING] = ".x.xxxx",
        [OUTBOX_SENT] = ".......",    [OUTBOX_FAILED] = ".......", [OUTBOX_UNKNOWN] = ".......",
        [OUTBOX_DROPPED] = ".......",
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC"), id;
        int64_t fence = take(&b);
        int drawn = 0;
        struct outbox_draft d = {
            .user_id = user, .lane = LANE_REPLY, .chat_id = 7, .method = "sendMessage", .payload = "{}"};
        domain_bed_ok(&b, outbox_add(&b.ctx, &d, &id));
        for (int from = 0; from < OUTBOX_STATUSES; from++) {
            for (int to = 0; to < OUTBOX_STATUSES; to++) {
                struct outbox_row row;
                bool may = allowed[from][to] == 'x', moved = false;
                enum ecode rc;
                assert_int_equal(outbox_may((enum outbox_status)from, (enum outbox_status)to), may);
                force(&b, outbox_status_names[from], from >= OUTBOX_SENT);
                domain_bed_ok(&b, outbox_row_load(&b.ctx, &user, &id, &row));
                if (to == OUTBOX_SENDING) {
                    moved = claim(&b, fence, &drawn).count == 1;
                    rc = moved ? E_OK : E_CONFLICT;
                } else if (to == OUTBOX_QUEUED || to == OUTBOX_HELD) {
                    rc = outbox_row_requeue(&b.ctx, &row, (enum outbox_status)to, NULL, &moved);
                } else {
                    struct outbox_finish f = {.to = (enum outbox_status)to, .delivery = DELIVERY_SENT};
                    rc = outbox_row_finish(&b.ctx, &row, &f, &moved);
                }
                if (rc != (may ? E_OK : E_CONFLICT) || moved != may)
                    fail_msg("%s to %s: %s", outbox_status_names[from], outbox_status_names[to],
                             ecode_name(rc));
                if (!may && to != OUTBOX_SENDING)
                    assert_string_equal(b.ctx.err.reason, "outbox_move_refused");
                domain_bed_ok(&b, outbox_row_load(&b.ctx, &user, &id, &row));
                assert_int_equal(row.status, may ? to : from);
            }
        }
    }
}

/* Somebody else was faster: nothing is written. */
static void test_a_row_that_moved_meanwhile_is_left_alone(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        struct outbox_draft d = reminder(&user, 20000, 1);
        struct outbox_row row;
        bool added, moved = true;
        int drawn = 0;
        domain_bed_ok(&b, outbox_add_once(&b.ctx, &d, 1, &added));
        struct outbox_claimed c = claim(&b, take(&b), &drawn);
        domain_bed_ok(&b, outbox_row_load(&b.ctx, &user, &c.items[0].id, &row));
        migrate_bed_sql(&b.base, "UPDATE outbox SET fence = fence + 1"); /* claimed by the next holder */
        domain_bed_ok(&b, outbox_row_finish(&b.ctx, &row,
                                            &(struct outbox_finish){OUTBOX_SENT, DELIVERY_SENT, 1, NULL},
                                            &moved));
        assert_false(moved);
        assert_int_equal(delivery_of(&b, &d), DELIVERY_QUEUED);
    }
}

static void test_every_move_of_a_delivery(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        struct delivery d = {.key = {user, "reminder", occasion, day_of(20000), 1}, .due_at = b.ctx.now};
        bool added;
        domain_bed_ok(&b, delivery_add_many(&b.ctx, &d, 1, &added));
        for (int from = 0; from < DELIVERY_STATUSES; from++) {
            for (int to = 0; to < DELIVERY_STATUSES; to++) {
                bool may = from == DELIVERY_QUEUED && to != DELIVERY_QUEUED;
                char sql[200];
                snprintf(sql, sizeof sql, "UPDATE deliveries SET status = '%s', done_at = %s",
                         delivery_status_names[from], from == DELIVERY_QUEUED ? "NULL" : "created_at");
                migrate_bed_sql(&b.base, sql);
                assert_int_equal(delivery_may((enum delivery_status)from, (enum delivery_status)to), may);
                enum ecode rc = delivery_move(&b.ctx, &d.key, (enum delivery_status)to, 0);
                assert_int_equal(rc, may ? E_OK : E_CONFLICT);
                struct delivery now;
                domain_bed_ok(&b, delivery_get(&b.ctx, &d.key, &now));
                assert_int_equal(now.status, may ? to : from);
            }
        }
        d.key.occasion = 2;
        d.status = DELIVERY_MISSED; /* born at its end */
        domain_bed_ok(&b, delivery_add_many(&b.ctx, &d, 1, &added));
        assert_int_equal(delivery_move(&b.ctx, &d.key, DELIVERY_SENT, 0), E_CONFLICT);
        d.key.occasion = 3;
        assert_int_equal(delivery_move(&b.ctx, &d.key, DELIVERY_SENT, 0), E_NOT_FOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views_are_drawn_when_claimed),
        cmocka_unit_test(test_deliveries_follow_their_messages),
        cmocka_unit_test(test_a_dialog_learns_its_message),
        cmocka_unit_test(test_hold_and_release),
        cmocka_unit_test(test_every_move_of_a_message),
        cmocka_unit_test(test_a_row_that_moved_meanwhile_is_left_alone),
        cmocka_unit_test(test_every_move_of_a_delivery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
