#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "domain/lease/lease.h"
#include "domain/message/outbox.h"
#include "domain_bed.h"
#include "outbox.sql.h"
#include "test.h"

/* Two senders at once, each believing that it holds the lease; and what claims cost. */

#define ROWS 60

/* One instance: a connection, a clock and a context of its own. */
struct instance {
    struct db *db;
    struct arena *arena;
    struct rng rng;
    struct ctx ctx;
    struct err err;
    struct uuid holder;
    int64_t fence;
    enum ecode code;
    char reason[40];
    struct uuid got[ROWS];
    size_t count;
};

static void instance_init(struct instance *i, struct domain_bed *b, int number, int64_t ahead_s)
{
    memset(i, 0, sizeof *i);
    i->db = migrate_bed_connect(&b->base, &i->err);
    i->arena = arena_new(64u << 20);
    rng_init(&i->rng, (uint64_t)number);
    ctx_init(&i->ctx, i->db, i->arena, &b->policy, &i->rng, instant_from_ms(b->ctx.now.ms + ahead_s * 1000),
             "test");
    i->ctx.actor.role = ROLE_SYSTEM;
    i->holder.b[0] = (uint8_t)number;
}

static void instance_release(struct instance *i)
{
    db_close(i->db);
    arena_free(i->arena);
}

static void ok(struct instance *i, enum ecode rc)
{
    if (rc != E_OK)
        fail_msg("%s: %s", ecode_name(rc), i->ctx.err.text);
}

/* Claims up to ten rows inside the open transaction. */
static void claim(struct instance *i)
{
    struct outbox_claimed c = {0};
    struct outbox_claim_query q = {.fence = i->fence, .lease_ttl = duration_seconds(15), .max = {0, 10}};
    i->code = outbox_claim(&i->ctx, &q, &c);
    snprintf(i->reason, sizeof i->reason, "%s", i->ctx.err.reason);
    for (size_t k = 0; i->code == E_OK && k < c.count; k++)
        i->got[i->count++] = c.items[k].id;
}

/* A whole claim of its own, on a thread: it waits for the lease's row. */
static void *claim_and_commit(void *arg)
{
    struct instance *i = arg;
    if (db_begin(i->db, DB_TXN_WRITE) != E_OK)
        return NULL;
    claim(i);
    if (i->code != E_OK)
        db_rollback(i->db);
    else
        i->code = db_commit(i->db);
    return NULL;
}

static void take_over(struct instance *i)
{
    ok(i, lease_take(&i->ctx, LEASE_BOT, &i->holder, duration_seconds(15), &i->fence));
}

static void *take_over_and_claim(void *arg)
{
    struct instance *i = arg;
    if (db_begin(i->db, DB_TXN_WRITE) != E_OK)
        return NULL;
    i->code = lease_take(&i->ctx, LEASE_BOT, &i->holder, duration_seconds(15), &i->fence);
    if (i->code == E_OK)
        claim(i);
    if (i->code != E_OK)
        db_rollback(i->db);
    else
        i->code = db_commit(i->db);
    return NULL;
}

static void wait_until_blocked(struct domain_bed *b)
{
    while (migrate_bed_number(&b->base,
                              "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND pid IN "
                              "(SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
                              "AND query LIKE '%leases%')") == 0)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static bool shares_a_row(const struct instance *a, const struct instance *b)
{
    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < b->count; k++) {
            if (uuid_cmp(&a->got[i], &b->got[k]) == 0)
                return true;
        }
    }
    return false;
}

static struct uuid prepare(struct domain_bed *b)
{
    struct uuid user = domain_bed_person(b, 7, "UTC");
    struct outbox_draft drafts[ROWS];
    for (int i = 0; i < ROWS; i++)
        drafts[i] = (struct outbox_draft){.user_id = user,
                                          .lane = LANE_REPLY,
                                          .chat_id = 100 + i,
                                          .method = "sendMessage",
                                          .payload = "{}"};
    domain_bed_ok(b, outbox_add_many(&b->ctx, drafts, ROWS));
    domain_bed_ok(b, db_commit(b->base.db));
    return user;
}

static void test_two_senders_never_get_the_same_row(void **state)
{
    struct domain_bed b;
    struct instance old, new, third;
    pthread_t thread;
    if (!domain_bed_init(&b, DB_POSTGRES))
        skip();
    struct uuid user = prepare(&b);
    instance_init(&old, &b, 1, 0);
    instance_init(&new, &b, 2, 60); /* a minute later: the lease looks expired to it */
    instance_init(&third, &b, 3, 120);
    ok(&old, db_begin(old.db, DB_TXN_WRITE));
    take_over(&old);
    ok(&old, db_commit(old.db));

    /* the old holder is in the middle of its claim when the new one takes over: that waits */
    ok(&old, db_begin(old.db, DB_TXN_WRITE));
    claim(&old);
    assert_int_equal(old.code, E_OK);
    assert_int_equal(old.count, 10);
    CHECK(pthread_create(&thread, NULL, take_over_and_claim, &new) == 0);
    wait_until_blocked(&b);
    ok(&old, db_commit(old.db));
    pthread_join(thread, NULL);
    assert_int_equal(new.code, E_OK);
    assert_int_equal(new.fence, old.fence + 1);
    assert_int_equal(new.count, 10);
    assert_false(shares_a_row(&old, &new));

    /* from then on the old one gets nothing more */
    claim_and_commit(&old);
    assert_int_equal(old.code, E_CONFLICT);
    assert_string_equal(old.reason, "lease_lost");

    /* a third one's take-over is not committed yet: the second one's claim waits for it, and has lost */
    ok(&third, db_begin(third.db, DB_TXN_WRITE));
    take_over(&third);
    CHECK(pthread_create(&thread, NULL, claim_and_commit, &new) == 0);
    wait_until_blocked(&b);
    claim(&third);
    ok(&third, db_commit(third.db));
    pthread_join(thread, NULL);
    assert_int_equal(new.code, E_CONFLICT);
    assert_string_equal(new.reason, "lease_lost");
    assert_true(old.count == 10 && new.count == 10 && third.count == 10);
    assert_false(shares_a_row(&third, &old) || shares_a_row(&third, &new));
    assert_int_equal(migrate_bed_number(&b.base, "SELECT COUNT(*) FROM outbox WHERE status = 'sending'"), 30);

    /* what both left is recovered by the third one, and a late answer of the first one changes nothing */
    struct outbox_tally t;
    bool more;
    ok(&third, db_begin(third.db, DB_TXN_WRITE));
    ok(&third, outbox_recover(&third.ctx, NULL, third.fence, &t, &more));
    ok(&third, db_commit(third.db));
    assert_true(t.unknown == 20 && t.resent == 20 && !more);
    ok(&old, db_begin(old.db, DB_TXN_WRITE));
    struct outbox_result r = {.user_id = user, .id = old.got[0], .end = END_SENT};
    ok(&old, outbox_settle(&old.ctx, old.fence, &r, 1, &t));
    assert_int_equal(t.sent, 0);
    ok(&old, db_commit(old.db));
    instance_release(&old);
    instance_release(&new);
    instance_release(&third);
    domain_bed_release(&b);
}

/* --- what a claim reads ---------------------------------------------------------------------------- */

struct plan {
    char text[4096];
};

static void take_line(void *arg, int ncols, const char *const *values)
{
    struct plan *p = arg;
    size_t len = strlen(p->text);
    snprintf(p->text + len, sizeof p->text - len, "%s\n", values[ncols - 1]);
}

static void explain(struct domain_bed *b, const struct query *q, const char *arguments, struct plan *out)
{
    char sql[8192];
    out->text[0] = '\0';
    if (b->base.engine == DB_SQLITE) {
        snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", q->sql[DB_SQLITE]);
    } else {
        snprintf(sql, sizeof sql, "PREPARE %s AS %s", q->name, q->sql[DB_POSTGRES]);
        migrate_bed_sql(&b->base, sql);
        snprintf(sql, sizeof sql, "EXPLAIN EXECUTE %s %s", q->name, arguments);
    }
    domain_bed_ok(b, db_exec_rows(b->base.db, sql, take_line, out));
    snprintf(sql, sizeof sql, "DEALLOCATE %s", q->name);
    if (b->base.engine == DB_POSTGRES)
        migrate_bed_sql(&b->base, sql);
}

/*
 * A week of sent messages costs a claim nothing: it reads the index of what waits, in its order, and sorts
 * nothing. The planner decides without knowing the parameters, as it does for prepared statements, and once
 * with the statistics of a moment when nothing waited.
 */
static void test_claims_read_only_what_waits(void **state)
{
    static const struct {
        const struct query *query;
        const char *arguments, *index;
        bool may_sort;
    } cases[] = {
        {&Q_outbox_window,
         "('telegram', 1, '2026-03-16', '1970-01-01', '00000000-0000-0000-0000-000000000000', "
         "'00000000-0000-0000-0000-000000000000', 32, 7, 8, 9, 10)",
         "outbox_due", false},
        {&Q_outbox_next_due, "('telegram', '2026-03-16')", "outbox_due", false},
        {&Q_outbox_first_due, "('telegram')", "outbox_due", false},
        {&Q_outbox_cut_off, "('telegram', 3, 500)", "outbox_sending", true},
        {&Q_outbox_held, "(1000)", "outbox_held", true},
    };
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        static struct outbox_draft drafts[500];
        struct uuid user = domain_bed_person(&b, 7, "UTC");
        for (size_t i = 0; i < ARRAY_LEN(drafts); i++)
            drafts[i] = (struct outbox_draft){
                .user_id = user, .lane = LANE_REPLY, .chat_id = 7, .method = "sendMessage", .payload = "{}"};
        for (int i = 0; i < 20; i++)
            domain_bed_ok(&b, outbox_add_many(&b.ctx, drafts, ARRAY_LEN(drafts)));
        migrate_bed_sql(&b.base, "UPDATE outbox SET status = 'sent', done_at = created_at");
        for (int waiting = 0; waiting < 2; waiting++) {
            migrate_bed_sql(&b.base, "ANALYZE outbox");
            if (waiting)
                domain_bed_ok(&b, outbox_add_many(&b.ctx, drafts, ARRAY_LEN(drafts)));
            if (b.base.engine == DB_POSTGRES)
                migrate_bed_sql(&b.base, "SET LOCAL plan_cache_mode = force_generic_plan");
            for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct plan p;
                explain(&b, cases[i].query, cases[i].arguments, &p);
                if (!strstr(p.text, cases[i].index) || strstr(p.text, "Seq Scan") ||
                    strstr(p.text, "SCAN outbox\n"))
                    fail_msg("%s does not read %s:\n%s", cases[i].query->name, cases[i].index, p.text);
                if (!cases[i].may_sort &&
                    (strstr(p.text, "Sort") || strstr(p.text, "TEMP B-TREE") || strstr(p.text, "Bitmap")))
                    fail_msg("%s sorts:\n%s", cases[i].query->name, p.text);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_senders_never_get_the_same_row),
        cmocka_unit_test(test_claims_read_only_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
