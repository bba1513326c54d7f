#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/alert/alert.h"
#include "domain/dialog/dialog.h"
#include "domain/message/inbox.h"
#include "domain/message/outbox.h"
#include "domain_bed.h"
#include "test.h"

/* What comes in: once, in order, and a bad one holds nobody up; conversations; alerts. On both engines. */

/* What the handler saw, in order. */
struct seen {
    char text[256];
    enum ecode fail; /* for bodies that begin with "bad" */
};

static enum ecode handler(struct ctx *ctx, const struct inbox_item *item, void *arg)
{
    struct seen *seen = arg;
    assert_int_equal(ctx->actor.role, ROLE_SYSTEM);
    assert_true(uuid_is_zero(&ctx->actor.user_id));
    ctx->actor.role = ROLE_USER; /* whatever it becomes, it is not left behind */
    struct outbox_draft d = {
        .lane = LANE_REPLY, .chat_id = item->chat_id, .method = "sendMessage", .payload = "{}"};
    enum ecode rc = outbox_add(ctx, &d, NULL);
    if (rc == E_OK && item->len >= 3 && memcmp(item->body, "bad", 3) == 0)
        return err_set(&ctx->err, seen->fail, "it does not work");
    size_t len = strlen(seen->text);
    snprintf(seen->text + len, sizeof seen->text - len, "%s%.*s", len ? " " : "", (int)item->len,
             (const char *)item->body);
    return rc;
}

static struct inbox_item item_of(const char *id, int64_t chat, const char *body)
{
    return (struct inbox_item){
        .source = "telegram", .external_id = id, .chat_id = chat, .body = body, .len = strlen(body)};
}

static enum inbox_outcome handle(struct domain_bed *b, struct inbox_item item, struct seen *seen)
{
    enum inbox_outcome out = INBOX_PARKED;
    domain_bed_ok(b, inbox_handle(&b->ctx, &item, handler, seen, &out));
    assert_int_equal(b->ctx.actor.role, ROLE_SYSTEM);
    return out;
}

/* One round over what is due; returns how many there were. */
static size_t sweep(struct domain_bed *b, struct seen *seen, enum inbox_outcome *last)
{
    struct inbox_page page;
    domain_bed_ok(b, inbox_due(&b->ctx, "telegram", 100, &page));
    for (size_t i = 0; i < page.count; i++)
        domain_bed_ok(b, inbox_again(&b->ctx, &page.items[i], handler, seen, last));
    return page.count;
}

static int64_t count(struct domain_bed *b, const char *where)
{
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM %s", where);
    return domain_bed_count(b, sql);
}

static void test_the_same_id_is_acted_on_once(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct seen seen = {.fail = E_INTERNAL};
        bool is_new;
        assert_int_equal(handle(&b, item_of("10", 1, "a"), &seen), INBOX_DONE);
        for (int i = 0; i < 4; i++)
            assert_int_equal(handle(&b, item_of("10", 1, "a"), &seen), INBOX_KNOWN);
        struct inbox_item again = item_of("10", 1, "a");
        domain_bed_ok(&b, inbox_add(&b.ctx, &again, &is_new));
        assert_false(is_new);
        assert_string_equal(seen.text, "a");
        assert_int_equal(count(&b, "outbox"), 1);
        assert_int_equal(count(&b, "inbox WHERE status = 'done' AND body IS NULL AND chat_id IS NULL"), 1);
        /* telegram draws its next id at random after a quiet week: a lower one is new */
        assert_int_equal(handle(&b, item_of("3", 1, "b"), &seen), INBOX_DONE);
        /* stored by another instance first, acted on later, once */
        struct inbox_item stored = item_of("11", 1, "c");
        domain_bed_ok(&b, inbox_add(&b.ctx, &stored, &is_new));
        assert_true(is_new);
        assert_int_equal(handle(&b, item_of("11", 1, "c"), &seen), INBOX_KNOWN);
        enum inbox_outcome last;
        assert_int_equal(sweep(&b, &seen, &last), 1);
        assert_int_equal(last, INBOX_DONE);
        domain_bed_ok(&b, inbox_again(&b.ctx, &stored, handler, &seen, &last));
        assert_int_equal(last, INBOX_KNOWN);
        assert_string_equal(seen.text, "a b c");
    }
}

static void test_poison_is_parked_and_its_chat_goes_on(void **state)
{
    static const int waits_s[] = {1, 5, 30, 120};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct seen seen = {.fail = E_INTERNAL};
        struct inbox_page page;
        enum inbox_outcome last;
        b.policy.alert_chat_id = -100;
        for (int round = 0; round < 2; round++) { /* the second one's alert is the first one's */
            char ids[4][8];
            for (int i = 0; i < 4; i++)
                snprintf(ids[i], sizeof ids[i], "%d", 98 + round * 10 + i); /* 98 … 101: not as text */
            seen.text[0] = '\0';
            assert_int_equal(handle(&b, item_of(ids[0], 1, "bad"), &seen), INBOX_PENDING);
            assert_int_equal(count(&b, "outbox WHERE lane = 1"), round * 4); /* undone */
            for (int i = 1; i < 4; i++) {
                char body[8];
                snprintf(body, sizeof body, "%d", i);
                assert_int_equal(handle(&b, item_of(ids[i], 1, body), &seen), INBOX_PENDING);
            }
            char other[8];
            snprintf(other, sizeof other, "%d", 500 + round);
            assert_int_equal(handle(&b, item_of(other, 2, "other"), &seen), INBOX_DONE);
            for (size_t i = 0; i < ARRAY_LEN(waits_s); i++) {
                domain_bed_ok(&b, inbox_due(&b.ctx, "telegram", 10, &page));
                assert_int_equal(page.count, 0); /* the others wait behind it */
                assert_true(page.has_next && page.next_at.ms == b.ctx.now.ms + waits_s[i] * 1000);
                b.ctx.now.ms += waits_s[i] * 1000;
                assert_int_equal(sweep(&b, &seen, &last), 1);
                assert_int_equal(last, i + 1 < ARRAY_LEN(waits_s) ? INBOX_PENDING : INBOX_PARKED);
            }
            for (int i = 0; i < 3; i++)
                assert_int_equal(sweep(&b, &seen, &last), 1);
            assert_string_equal(seen.text, "other 1 2 3");
            assert_int_equal(count(&b, "inbox WHERE status = 'parked' AND body IS NOT NULL"), round + 1);
        }
        struct alert *alerts;
        size_t n;
        domain_bed_alerts(&b, 10, &alerts, &n);
        assert_int_equal(n, 1);
        assert_string_equal(alerts[0].fingerprint, "inbox.parked:telegram");
        assert_int_equal(alerts[0].occurrences, 2);
        assert_int_equal(count(&b, "outbox WHERE lane = 0 AND chat_id = -100"), 1); /* told once */
        struct inbox_stats s;
        domain_bed_ok(&b, inbox_stats(&b.ctx, &s));
        assert_true(s.pending == 0 && s.parked == 2);
    }
}

/* One of three ends the program each time it is acted on; nothing of that is stored but that it was begun. */
static void test_what_ends_the_program_is_parked(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct seen seen = {.fail = E_INTERNAL};
        struct inbox_page page;
        enum inbox_outcome last;
        size_t parked;
        bool is_new, more;
        struct inbox_item items[] = {item_of("1", 1, "one"), item_of("2", 2, "killer"),
                                     item_of("3", 3, "three"), item_of("4", 2, "behind")};
        for (size_t i = 0; i < ARRAY_LEN(items); i++)
            domain_bed_ok(&b, inbox_add(&b.ctx, &items[i], &is_new));
        domain_bed_ok(&b, inbox_due(&b.ctx, "telegram", 10, &page));
        assert_int_equal(page.count, 3);
        domain_bed_ok(&b, inbox_mark_begun(&b.ctx, page.items, page.count, 1));
        domain_bed_ok(&b,
                      inbox_recover(&b.ctx, "telegram", 1, &parked, &more)); /* the holder itself goes on */
        assert_int_equal(count(&b, "inbox WHERE attempts > 0"), 0);
        /* the program ends; the next one has the next fence, and takes each of them alone */
        domain_bed_ok(&b, inbox_recover(&b.ctx, "yookassa", 2, &parked, &more));
        assert_int_equal(count(&b, "inbox WHERE attempts > 0"), 0);
        domain_bed_ok(&b, inbox_recover(&b.ctx, "telegram", 2, &parked, &more));
        assert_true(parked == 0 && !more);
        for (int i = 0; i < 2; i++) {
            domain_bed_ok(&b, inbox_due(&b.ctx, "telegram", 10, &page));
            assert_int_equal(page.count, 1);
            domain_bed_ok(&b, inbox_mark_begun(&b.ctx, page.items, page.count, 2));
            if (strcmp(page.items[0].external_id, "2") != 0)
                domain_bed_ok(&b, inbox_again(&b.ctx, &page.items[0], handler, &seen, &last));
        }
        assert_string_equal(seen.text, "one");
        domain_bed_ok(&b, inbox_recover(&b.ctx, "telegram", 3, &parked, &more));
        assert_true(parked == 1 && !more);
        assert_int_equal(sweep(&b, &seen, &last), 1);
        assert_int_equal(sweep(&b, &seen, &last), 1);
        assert_string_equal(seen.text, "one three behind");
        assert_int_equal(count(&b, "inbox WHERE status = 'parked' AND external_id = '2' AND attempts = 6"),
                         1);
        assert_int_equal(count(&b, "inbox WHERE fence IS NOT NULL"), 0);
        assert_int_equal(count(&b, "admin_alerts WHERE fingerprint = 'inbox.parked:telegram'"), 1);
    }
}

/* What says something about the database is the caller's: nothing counts as a failure of the item. */
static void test_errors_of_the_transaction_are_returned(void **state)
{
    static const enum ecode codes[] = {E_RETRY, E_BUSY, E_UNAVAILABLE, E_UNCERTAIN};
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
            struct seen seen = {.fail = codes[i]};
            enum inbox_outcome out;
            struct inbox_item item = item_of("7", 1, "bad");
            domain_bed_ok(&b, db_savepoint(b.base.db));
            assert_int_equal(inbox_handle(&b.ctx, &item, handler, &seen, &out), codes[i]);
            domain_bed_ok(&b, db_rollback_to(b.base.db)); /* its own savepoint */
            domain_bed_ok(&b, db_rollback_to(b.base.db));
            assert_int_equal(count(&b, "inbox"), 0);
        }
    }
}

/* A statement that the engine refuses is a failure of the item as well: the batch goes on. */
static enum ecode breaks_a_rule(struct ctx *ctx, const struct inbox_item *item, void *arg)
{
    return outbox_add(
        ctx, &(struct outbox_draft){.channel = "carrier pigeon", .method = "fly", .payload = "{}"}, NULL);
}

static void test_a_refused_statement_fails_the_item_alone(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct seen seen = {.fail = E_INTERNAL};
        enum inbox_outcome out;
        struct inbox_item item = item_of("7", 1, "x");
        domain_bed_ok(&b, inbox_handle(&b.ctx, &item, breaks_a_rule, NULL, &out));
        assert_int_equal(out, INBOX_PENDING);
        assert_int_equal(handle(&b, item_of("8", 2, "fine"), &seen), INBOX_DONE);
    }
}

static void test_batches(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct seen seen = {.fail = E_INTERNAL};
        const char *const ids[] = {"5", "10", "5", "7", "9"};
        const int64_t chats[] = {1, 2, 1, 0, 4};
        bool is_new[5], pending[5];
        assert_int_equal(handle(&b, item_of("7", 3, "seven"), &seen), INBOX_DONE);
        assert_int_equal(handle(&b, item_of("99", 2, "bad"), &seen), INBOX_PENDING);
        domain_bed_ok(&b, inbox_pending_chats(&b.ctx, chats, 5, pending));
        for (int i = 0; i < 5; i++)
            assert_int_equal(pending[i], i == 1);
        domain_bed_ok(&b, inbox_insert_done_many(&b.ctx, "telegram", ids, 5, is_new));
        const bool expected[] = {true, true, false, false, true};
        for (int i = 0; i < 5; i++)
            assert_int_equal(is_new[i], expected[i]);
        domain_bed_ok(&b, inbox_insert_done_many(&b.ctx, "telegram", ids, 5, is_new));
        for (int i = 0; i < 5; i++)
            assert_false(is_new[i]);
    }
}

static void test_dialogs(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct dialog d;
        int64_t version;
        domain_bed_person(&b, 7, "UTC");
        assert_int_equal(dialog_get(&b.ctx, &d), E_NOT_FOUND);
        struct dialog set = {
            .flow = "add", .step = "name", .data = "{\"n\":1}", .chat_id = 7, .message_id = 44};
        domain_bed_ok(&b, dialog_set(&b.ctx, &set, &version));
        assert_int_equal(version, 1);
        set.step = "days";
        set.message_id = 0; /* keeps it */
        domain_bed_ok(&b, dialog_set(&b.ctx, &set, &version));
        domain_bed_ok(&b, dialog_get(&b.ctx, &d));
        assert_true(version == 2 && d.version == 2 && d.message_id == 44 && d.chat_id == 7);
        assert_string_equal(d.step, "days");
        set.message_id = DIALOG_MESSAGE_NONE;
        domain_bed_ok(&b, dialog_set(&b.ctx, &set, NULL));
        domain_bed_ok(&b, dialog_get(&b.ctx, &d));
        assert_int_equal(d.message_id, 0);
        char *big = arena_alloc(b.ctx.arena, DIALOG_DATA_MAX + 8);
        memset(big, ' ', DIALOG_DATA_MAX + 1);
        big[0] = '{';
        big[DIALOG_DATA_MAX] = '}';
        set.data = big;
        assert_int_equal(dialog_set(&b.ctx, &set, NULL), E_TOO_LARGE);
        domain_bed_person(&b, 8, "UTC"); /* somebody else has none */
        assert_int_equal(dialog_get(&b.ctx, &d), E_NOT_FOUND);
        domain_bed_ok(&b, dialog_end(&b.ctx));
        assert_int_equal(count(&b, "dialogs"), 1);
    }
}

static void test_alert_life_cycle(void **state)
{
    static const char *const allowed[] = {
        /* to: open, acknowledged, silenced, resolved */
        [ALERT_OPEN] = ".xxx",
        [ALERT_ACKNOWLEDGED] = "..xx",
        [ALERT_SILENCED] = "xx.x",
        [ALERT_RESOLVED] = "....",
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct uuid admin = domain_bed_person(&b, 7, "UTC");
        for (int from = 0; from < ALERT_STATUSES; from++) {
            for (int to = 0; to < ALERT_STATUSES; to++) {
                struct alert *a;
                size_t n;
                char sql[200], fingerprint[32];
                snprintf(fingerprint, sizeof fingerprint, "f%d%d", from, to);
                struct alert_draft draft = {fingerprint, ALERT_CRITICAL, "t", "d"};
                domain_bed_ok(&b, alert_raise(&b.ctx, &draft));
                domain_bed_alerts(&b, 1, &a, &n);
                snprintf(sql, sizeof sql, "UPDATE admin_alerts SET status = '%s' WHERE fingerprint = '%s'",
                         alert_status_names[from], fingerprint);
                migrate_bed_sql(&b.base, sql);
                bool may = allowed[from][to] == 'x';
                assert_int_equal(alert_may((enum alert_status)from, (enum alert_status)to), may);
                assert_int_equal(alert_move(&b.ctx, &a[0].id, (enum alert_status)to),
                                 may ? E_OK : E_CONFLICT);
                if (!may)
                    assert_string_equal(b.ctx.err.reason, "alert_move_refused");
                snprintf(sql, sizeof sql,
                         "SELECT COUNT(*) FROM admin_alerts WHERE fingerprint = '%s' AND status = '%s'",
                         fingerprint, alert_status_names[may ? to : from]);
                assert_int_equal(domain_bed_count(&b, sql), 1);
                domain_bed_ok(&b, alert_clear(&b.ctx, fingerprint));
                domain_bed_ok(&b, alert_clear(&b.ctx, fingerprint));
                b.ctx.now.ms++;
            }
        }
        assert_int_equal(count(&b, "admin_alerts WHERE status <> 'resolved'"), 0);
        assert_true(count(&b, "admin_alerts WHERE acknowledged_by IS NOT NULL") > 0);
        /* a cause that comes back after its end is a new alert */
        struct alert_draft draft = {"f00", ALERT_CRITICAL, "t", "d"};
        domain_bed_ok(&b, alert_raise(&b.ctx, &draft));
        assert_int_equal(count(&b, "admin_alerts WHERE fingerprint = 'f00'"), 2);
        assert_int_equal(alert_move(&b.ctx, &admin, ALERT_RESOLVED), E_NOT_FOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_id_is_acted_on_once),
        cmocka_unit_test(test_poison_is_parked_and_its_chat_goes_on),
        cmocka_unit_test(test_what_ends_the_program_is_parked),
        cmocka_unit_test(test_errors_of_the_transaction_are_returned),
        cmocka_unit_test(test_a_refused_statement_fails_the_item_alone),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_dialogs),
        cmocka_unit_test(test_alert_life_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
