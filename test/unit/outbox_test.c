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

/* The lease and what goes out: adding, claiming, settling, recovering. On both engines. */

static const struct uuid holder_a = {{1}}, holder_b = {{2}};

static int64_t take(struct domain_bed *b, const struct uuid *holder)
{
    int64_t fence = 0;
    domain_bed_ok(b, lease_take(&b->ctx, LEASE_BOT, holder, duration_seconds(15), &fence));
    return fence;
}

static struct outbox_draft message(const struct uuid *user, enum outbox_lane lane, int64_t chat,
                                   const char *text)
{
    return (struct outbox_draft){
        .user_id = *user, .lane = lane, .chat_id = chat, .method = "sendMessage", .payload = text};
}

static struct uuid add(struct domain_bed *b, struct outbox_draft draft)
{
    struct uuid id;
    domain_bed_ok(b, outbox_add(&b->ctx, &draft, &id));
    return id;
}

static struct outbox_claimed claim(struct domain_bed *b, int64_t fence, size_t max)
{
    struct outbox_claimed c;
    struct outbox_claim_query q = {
        .fence = fence, .lease_ttl = duration_seconds(15), .max = {max, max, max, max}};
    domain_bed_ok(b, outbox_claim(&b->ctx, &q, &c));
    return c;
}

static struct outbox_tally settle(struct domain_bed *b, int64_t fence, const struct outbox_item *item,
                                  struct outbox_result r)
{
    struct outbox_tally t;
    r.user_id = item->user_id;
    r.id = item->id;
    domain_bed_ok(b, outbox_settle(&b->ctx, fence, &r, 1, &t));
    return t;
}

static enum outbox_status status_of(struct domain_bed *b, const struct uuid *user, const struct uuid *id)
{
    struct outbox_row row;
    domain_bed_ok(b, outbox_row_load(&b->ctx, user, id, &row));
    return row.status;
}

static void later(struct domain_bed *b, int64_t seconds)
{
    b->ctx.now.ms += seconds * 1000;
}

static void test_lease(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        int64_t other;
        struct lease l;
        assert_int_equal(lease_get(&b.ctx, LEASE_BOT, &l), E_NOT_FOUND);
        int64_t fence = take(&b, &holder_a);
        assert_int_equal(take(&b, &holder_a), fence); /* its own */
        assert_int_equal(lease_take(&b.ctx, LEASE_BOT, &holder_b, duration_seconds(15), &other), E_CONFLICT);
        assert_string_equal(b.ctx.err.reason, "lease_held");
        domain_bed_ok(&b, lease_problem(&b.ctx, LEASE_BOT, fence, "another program polls"));
        later(&b, 10);
        domain_bed_ok(&b, lease_keep(&b.ctx, LEASE_BOT, fence, duration_seconds(15)));
        domain_bed_ok(&b, lease_get(&b.ctx, LEASE_BOT, &l));
        assert_true(l.fresh && l.fence == fence);
        assert_string_equal(l.problem, "another program polls");
        later(&b, 14);
        assert_int_equal(lease_take(&b.ctx, LEASE_BOT, &holder_b, duration_seconds(15), &other), E_CONFLICT);
        later(&b, 1);
        assert_int_equal(take(&b, &holder_b), fence + 1);
        assert_int_equal(lease_keep(&b.ctx, LEASE_BOT, fence, duration_seconds(15)), E_CONFLICT);
        assert_string_equal(b.ctx.err.reason, "lease_lost");
        domain_bed_ok(&b, lease_drop(&b.ctx, LEASE_BOT, fence)); /* no longer its own: harmless */
        domain_bed_ok(&b, lease_get(&b.ctx, LEASE_BOT, &l));
        assert_true(l.fresh && !l.problem);
        domain_bed_ok(&b, lease_get(&b.ctx, LEASE_BOT, &l));
        assert_false(l.given_back);
        domain_bed_ok(&b, lease_drop(&b.ctx, LEASE_BOT, fence + 1));
        domain_bed_ok(&b, lease_get(&b.ctx, LEASE_BOT, &l));
        assert_true(l.given_back && !l.fresh);
        assert_int_equal(take(&b, &holder_a), fence + 2);
    }
}

static void test_lanes_and_order(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        int64_t fence = take(&b, &holder_a);
        add(&b, message(&user, LANE_BROADCAST, 1, "broadcast"));
        add(&b, message(&user, LANE_REMINDER, 2, "reminder"));
        add(&b, message(&user, LANE_REPLY, 3, "first"));
        struct outbox_draft more[30]; /* of one moment: their order is that of the array */
        char texts[30][8];
        for (size_t i = 0; i < ARRAY_LEN(more); i++) {
            snprintf(texts[i], sizeof texts[i], "%zu", i);
            more[i] = message(&user, LANE_REPLY, 3, texts[i]);
        }
        domain_bed_ok(&b, outbox_add_many(&b.ctx, more, ARRAY_LEN(more)));
        add(&b, message(&user, LANE_PAYMENT, 4, "receipt"));
        struct outbox_draft next = message(&user, LANE_REPLY, 9, "tomorrow");
        next.due_at = instant_from_ms(b.ctx.now.ms + 86400000);
        add(&b, next);
        struct outbox_claimed c = claim(&b, fence, 12);
        assert_int_equal(c.count, 4); /* one of a chat */
        const char *const expected[] = {"receipt", "first", "reminder", "broadcast"};
        for (size_t i = 0; i < 4; i++)
            assert_string_equal(c.items[i].payload, expected[i]);
        assert_true(c.more && c.has_next);
        assert_int_equal(c.next_at.ms, next.due_at.ms);
        assert_int_equal(c.items[0].attempts, 1);
        for (size_t i = 0; i < c.count; i++)
            settle(&b, fence, &c.items[i], (struct outbox_result){.end = END_SENT, .message_id = 100});
        for (size_t i = 0; i < ARRAY_LEN(more); i++) {
            c = claim(&b, fence, 1);
            assert_int_equal(c.count, 1);
            assert_string_equal(c.items[0].payload, texts[i]);
        }
        c = claim(&b, fence, 1);
        assert_true(c.count == 0 && !c.more && c.has_next);
    }
}

/* However much waits for a busy chat, the others get theirs. */
static void test_busy_chats_starve_nobody(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        static struct outbox_draft flood[1000];
        for (size_t i = 0; i < ARRAY_LEN(flood); i++)
            flood[i] = message(&user, LANE_REPLY, i % 2 ? 66 : 67, "again");
        for (int i = 0; i < 8; i++)
            domain_bed_ok(&b, outbox_add_many(&b.ctx, flood, ARRAY_LEN(flood)));
        later(&b, 1);
        add(&b, message(&user, LANE_REPLY, 5, "mine"));
        add(&b, message(&user, LANE_REMINDER, 67, "remember"));
        const int64_t busy[] = {67, 66};
        struct outbox_claimed c;
        struct outbox_claim_query q = {.fence = take(&b, &holder_a),
                                       .lease_ttl = duration_seconds(15),
                                       .max = {1, 1, 1, 1},
                                       .busy_chats = busy,
                                       .busy_count = 2};
        domain_bed_ok(&b, outbox_claim(&b.ctx, &q, &c));
        assert_int_equal(c.count, 1);
        assert_string_equal(c.items[0].payload, "mine");
        assert_true(c.more);
    }
}

static void test_a_claim_is_bounded_over_all_lanes(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        int64_t fence = take(&b, &holder_a);
        for (int i = 0; i < 6; i++)
            add(&b, message(&user, (enum outbox_lane)(3 - i % 3), 100 + i, i % 3 == 2 ? "reply" : "mass"));
        later(&b, 1);
        struct outbox_claimed c;
        struct outbox_claim_query q = {
            .fence = fence, .lease_ttl = duration_seconds(15), .max = {3, 3, 3, 3}, .max_all = 3};
        domain_bed_ok(&b, outbox_claim(&b.ctx, &q, &c));
        assert_int_equal(c.count, 3);
        assert_string_equal(c.items[0].payload, "reply");
        assert_string_equal(c.items[1].payload, "reply");
        assert_int_equal(c.items[2].lane, LANE_REMINDER);
        assert_true(c.more);
        domain_bed_ok(&b, outbox_claim(&b.ctx, &q, &c));
        assert_int_equal(c.count, 3);
        assert_false(c.more);
    }
}

static void test_edits_are_coalesced_and_expired_ones_dropped(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC"), edits[3];
        int64_t fence = take(&b, &holder_a);
        for (int i = 0; i < 3; i++) {
            struct outbox_draft d = message(&user, LANE_REPLY, 3, i == 2 ? "newest" : "older");
            d.method = "editMessageText";
            d.message_id = 50;
            edits[i] = add(&b, d);
        }
        struct outbox_draft other = message(&user, LANE_REPLY, 3, "of another message");
        other.method = "editMessageText";
        other.message_id = 51;
        add(&b, other);
        struct outbox_draft stale = message(&user, LANE_REPLY, 4, "too late");
        stale.expires_at = instant_from_ms(b.ctx.now.ms + 1000);
        struct uuid expired = add(&b, stale);
        later(&b, 1);
        struct outbox_claimed c = claim(&b, fence, 10);
        assert_int_equal(c.count, 1);
        assert_string_equal(c.items[0].payload, "newest");
        assert_int_equal(c.superseded, 2);
        assert_int_equal(c.expired, 1);
        assert_int_equal(status_of(&b, &user, &edits[0]), OUTBOX_DROPPED);
        assert_int_equal(status_of(&b, &user, &edits[1]), OUTBOX_DROPPED);
        assert_int_equal(status_of(&b, &user, &expired), OUTBOX_DROPPED);
        /* an edit that failed does not come after a newer one */
        struct outbox_draft newer = message(&user, LANE_REPLY, 3, "newer still");
        newer.method = "editMessageText";
        newer.message_id = 50;
        later(&b, 1);
        add(&b, newer);
        struct outbox_tally t = settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_RETRY});
        assert_true(t.dropped == 1 && t.retried == 0);
    }
}

static void test_settle(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        int64_t fence = take(&b, &holder_a);
        struct uuid id = add(&b, message(&user, LANE_REPLY, 3, "{}"));
        /* 429: waits as told, and the attempt does not count */
        struct outbox_claimed c = claim(&b, fence, 1);
        struct instant at = instant_from_ms(b.ctx.now.ms + 7000);
        struct outbox_tally t = settle(&b, fence, &c.items[0],
                                       (struct outbox_result){.end = END_RETRY, .at = at, .no_fault = true});
        assert_int_equal(t.retried, 1);
        c = claim(&b, fence, 1);
        assert_true(c.count == 0 && c.next_at.ms == at.ms);
        /* 5xx: backs off */
        later(&b, 7);
        c = claim(&b, fence, 1);
        assert_int_equal(c.items[0].attempts, 1);
        settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_RETRY, .error = "502"});
        assert_int_equal(claim(&b, fence, 1).next_at.ms, b.ctx.now.ms + 1000);
        for (int i = 2; i <= OUTBOX_ATTEMPTS_MAX; i++) {
            later(&b, 3600);
            c = claim(&b, fence, 1);
            assert_int_equal(c.items[0].attempts, i);
            t = settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_RETRY});
        }
        assert_int_equal(t.failed, 1);
        assert_int_equal(status_of(&b, &user, &id), OUTBOX_FAILED);
        /* an answer that comes twice, and one of an older fence, change nothing */
        t = settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_SENT});
        assert_int_equal(t.sent, 0);
        id = add(&b, message(&user, LANE_REPLY, 3, "{}"));
        c = claim(&b, fence, 1);
        t = settle(&b, fence - 1, &c.items[0], (struct outbox_result){.end = END_SENT});
        assert_int_equal(t.sent, 0);
        assert_int_equal(status_of(&b, &user, &id), OUTBOX_SENDING);
        t = settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_SENT, .message_id = 5});
        assert_int_equal(t.sent, 1);
        assert_int_equal(domain_bed_count(&b, "SELECT sent_message_id FROM outbox WHERE status = 'sent'"), 5);
    }
}

static void test_replace(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        int64_t fence = take(&b, &holder_a);
        struct outbox_draft d = message(&user, LANE_REPLY, 3, "{}");
        d.method = "editMessageText";
        d.message_id = 50;
        struct uuid id = add(&b, d);
        struct outbox_claimed c = claim(&b, fence, 1);
        settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_REPLACE});
        c = claim(&b, fence, 1);
        assert_string_equal(c.items[0].method, "sendMessage");
        assert_int_equal(c.items[0].message_id, 0);
        settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_REPLACE}); /* nothing to replace */
        assert_int_equal(status_of(&b, &user, &id), OUTBOX_FAILED);
    }
}

static void test_blocked(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC"), other = domain_bed_person(&b, 8, "UTC");
        int64_t fence = take(&b, &holder_a);
        add(&b, message(&user, LANE_REPLY, 7, "now"));
        struct uuid reply = add(&b, message(&user, LANE_REPLY, 7, "next"));
        struct uuid reminder = add(&b, message(&user, LANE_REMINDER, 7, "later"));
        struct uuid theirs = add(&b, message(&other, LANE_REMINDER, 8, "theirs"));
        struct outbox_claimed c;
        struct outbox_claim_query q = {.fence = fence, .lease_ttl = duration_seconds(15), .max = {0, 1}};
        domain_bed_ok(&b, outbox_claim(&b.ctx, &q, &c));
        struct outbox_tally t = settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_BLOCKED});
        assert_true(t.blocked == 1 && t.failed == 1 && t.dropped == 1);
        assert_int_equal(domain_bed_count(&b, "SELECT COUNT(*) FROM users WHERE unreachable_at IS NOT NULL"),
                         1);
        assert_int_equal(status_of(&b, &user, &reply), OUTBOX_QUEUED);
        assert_int_equal(status_of(&b, &user, &reminder), OUTBOX_DROPPED);
        assert_int_equal(status_of(&b, &other, &theirs), OUTBOX_QUEUED);
    }
}

/* A crash between claim and settle: what is sent again, by lane and age. */
static void test_recover(void **state)
{
    static const struct {
        enum outbox_lane lane;
        int64_t message_id, age_s;
        enum outbox_status then;
    } cases[] = {
        {LANE_PAYMENT, 0, 30, OUTBOX_QUEUED},   {LANE_PAYMENT, 0, 86400, OUTBOX_QUEUED},
        {LANE_REPLY, 0, 30, OUTBOX_QUEUED},     {LANE_REPLY, 0, 599, OUTBOX_QUEUED},
        {LANE_REPLY, 0, 600, OUTBOX_UNKNOWN},   {LANE_REPLY, 9, 80000, OUTBOX_QUEUED},
        {LANE_REMINDER, 0, 599, OUTBOX_QUEUED}, {LANE_REMINDER, 0, 600, OUTBOX_UNKNOWN},
        {LANE_BROADCAST, 0, 30, OUTBOX_QUEUED}, {LANE_BROADCAST, 0, 600, OUTBOX_UNKNOWN},
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            int64_t fence = take(&b, i % 2 ? &holder_a : &holder_b);
            struct outbox_draft d = message(&user, cases[i].lane, 3, "{}");
            d.message_id = cases[i].message_id;
            struct uuid id = add(&b, d);
            struct outbox_claimed c = claim(&b, fence, 1);
            assert_int_equal(c.count, 1);
            later(&b, cases[i].age_s);
            struct outbox_tally t;
            bool more;
            domain_bed_ok(&b, outbox_recover(&b.ctx, NULL, fence, &t, &more));
            assert_int_equal(t.unknown, 0); /* its own are in flight, not cut off */
            domain_bed_ok(&b, outbox_recover(&b.ctx, NULL, fence + 1, &t, &more));
            assert_true(t.unknown == 1 && !more);
            assert_int_equal(t.resent, cases[i].then == OUTBOX_QUEUED);
            if (status_of(&b, &user, &id) != cases[i].then)
                fail_msg("case %zu: %s", i, outbox_status_names[status_of(&b, &user, &id)]);
            domain_bed_ok(&b, lease_drop(&b.ctx, LEASE_BOT, fence));
            if (cases[i].then == OUTBOX_QUEUED) { /* out of the way of the next case */
                fence = take(&b, i % 2 ? &holder_a : &holder_b);
                c = claim(&b, fence, 1);
                assert_int_equal(c.items[0].unknowns, 1);
                settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_SENT});
            }
            domain_bed_ok(&b, lease_drop(&b.ctx, LEASE_BOT, fence));
        }
        struct outbox_stats s;
        domain_bed_ok(&b, outbox_stats(&b.ctx, &s));
        assert_true(s.cut_off == (int64_t)ARRAY_LEN(cases) && s.unknown == 3 && s.sending == 0);
    }
}

/* A message that takes the program down with it is given up in the end. */
static enum ecode draw_later(struct ctx *ctx, const struct outbox_item *item, void *arg,
                             struct outbox_drawing *out)
{
    bool *ready = arg;
    *out = (struct outbox_drawing){.verdict = *ready ? DRAWN : DRAWN_LATER,
                                   .later = instant_add(ctx->now, duration_seconds(3 * 3600)),
                                   .method = "sendMessage",
                                   .payload = "{}"};
    return E_OK;
}

/* A view that is not to be sent yet waits, longer than its lane would have kept it, and no attempt is lost.
 */
static void test_an_uncertain_claim_is_taken_back(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        bool more;
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        int64_t fence = take(&b, &holder_a);
        struct uuid id = add(&b, message(&user, LANE_REPLY, 7, "{}"));
        assert_int_equal(claim(&b, fence, 5).count, 1);
        domain_bed_ok(&b, outbox_take_back(&b.ctx, "telegram", fence - 1, &more)); /* another's are not */
        assert_int_equal(status_of(&b, &user, &id), OUTBOX_SENDING);
        domain_bed_ok(&b, outbox_take_back(&b.ctx, "telegram", fence, &more));
        assert_false(more);
        assert_int_equal(status_of(&b, &user, &id), OUTBOX_QUEUED);
        struct outbox_claimed again = claim(&b, fence, 5);
        assert_int_equal(again.count, 1);
        assert_int_equal(again.items[0].attempts, 1); /* nothing counts */
    }
}

static void test_drawn_later(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        int64_t fence = take(&b, &holder_a);
        bool ready = false;
        struct outbox_claimed c;
        struct outbox_claim_query q = {.fence = fence,
                                       .lease_ttl = duration_seconds(15),
                                       .max = {1, 1, 1, 1},
                                       .draw = draw_later,
                                       .arg = &ready};
        struct uuid id =
            add(&b, (struct outbox_draft){
                        .user_id = user, .lane = LANE_REMINDER, .chat_id = 1, .view = "card", .args = "x"});
        domain_bed_ok(&b, outbox_claim(&b.ctx, &q, &c));
        assert_int_equal(c.count, 0);
        assert_int_equal(status_of(&b, &user, &id), OUTBOX_QUEUED);
        later(&b, 3 * 3600 - 1);
        fence = take(&b, &holder_a);
        q.fence = fence;
        domain_bed_ok(&b, outbox_claim(&b.ctx, &q, &c));
        assert_true(c.count == 0 && c.expired == 0);
        later(&b, 1);
        ready = true;
        domain_bed_ok(&b, outbox_claim(&b.ctx, &q, &c));
        assert_int_equal(c.count, 1);
        assert_int_equal(c.items[0].attempts, 1);
    }
}

static void test_cut_off_again_and_again(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        struct uuid id = add(&b, message(&user, LANE_PAYMENT, 3, "{}"));
        int64_t fence = take(&b, &holder_a);
        for (int i = 0; i <= OUTBOX_UNKNOWNS_MAX; i++) {
            struct outbox_claimed c = claim(&b, fence, 1);
            assert_int_equal(c.count, 1);
            settle(&b, fence, &c.items[0], (struct outbox_result){.end = END_UNKNOWN});
        }
        assert_int_equal(status_of(&b, &user, &id), OUTBOX_UNKNOWN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lease),
        cmocka_unit_test(test_lanes_and_order),
        cmocka_unit_test(test_busy_chats_starve_nobody),
        cmocka_unit_test(test_a_claim_is_bounded_over_all_lanes),
        cmocka_unit_test(test_edits_are_coalesced_and_expired_ones_dropped),
        cmocka_unit_test(test_settle),
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_blocked),
        cmocka_unit_test(test_recover),
        cmocka_unit_test(test_cut_off_again_and_again),
        cmocka_unit_test(test_an_uncertain_claim_is_taken_back),
        cmocka_unit_test(test_drawn_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
