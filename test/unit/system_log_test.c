/* Warnings and errors on their way to the database, and what is found of them. */
#include "domain/system_log/system_log.h"

#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/log_fingerprint.h"
#include "domain/system_log/log_queue.h"
#include "domain_bed.h"
#include "system_log.sql.h"
#include "test.h"

static struct system_log taken[LOG_QUEUE_MAX + 2];

static void push(struct log_queue *q, enum log_level level, int64_t at, const char *message)
{
    struct log_field fields[] = {log_i64("n", at), log_str("who", "a \"b\" ж"), {.key = NULL}};
    log_queue_push(q, "test.c", level, instant_from_ms(at), message, fields);
}

/* Messages of 100 kinds, so that no kind is too many. */
static void push_many(struct log_queue *q, enum log_level level, int n)
{
    for (int i = 0; i < n; i++) {
        char message[32];
        snprintf(message, sizeof message, "kind %c%c", 'a' + i % 10, 'a' + i / 10 % 10);
        push(q, level, 1000 + i, message);
    }
}

static void test_what_is_taken_is_what_was_logged(void **state)
{
    struct rng rng;
    struct arena *a = arena_new(16u << 20);
    struct log_queue *q = log_queue_new(LOG_WARN);
    char fingerprint[LOG_FINGERPRINT_TEXT], huge[3000];
    rng_init(&rng, 7);
    memset(huge, 'x', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    push(q, LOG_ERROR, 20, "second");
    push(q, LOG_INFO, 1, "not of interest");
    push(q, LOG_WARN, 10, "first");
    log_queue_push(q, "test.c", LOG_WARN, instant_from_ms(30), huge,
                   (const struct log_field[]){log_str("k", huge), log_str("l", huge), {.key = NULL}});
    log_queue_push(q, "test.c", LOG_WARN, instant_from_ms(40), "bare",
                   (const struct log_field[]){{.key = NULL}});
    assert_int_equal(log_queue_take(q, &rng, a, taken, 10), 4);
    assert_string_equal(taken[0].message, "first");
    assert_int_equal(taken[0].created_at.ms, 10);
    assert_int_equal(taken[0].level, LOG_WARN);
    assert_string_equal(taken[0].source, "test.c");
    assert_string_equal(taken[0].context, "{\"n\":10,\"who\":\"a \\\"b\\\" ж\"}");
    log_fingerprint(LOG_WARN, "test.c", "first", fingerprint);
    assert_string_equal(taken[0].fingerprint, fingerprint);
    assert_string_equal(taken[1].message, "second");
    assert_int_equal(strlen(taken[2].message), 255);
    assert_null(taken[2].context); /* too long to be whole */
    assert_null(taken[3].context);
    assert_int_equal(log_queue_take(q, &rng, a, taken, 10), 0);
    assert_int_equal(log_queue_lost(q), 0);
    log_queue_free(q);
    arena_free(a);
}

static void test_a_flood_is_bounded_and_counted(void **state)
{
    struct rng rng;
    struct arena *a = arena_new(64u << 20);
    struct log_queue *q = log_queue_new(LOG_DEBUG);
    rng_init(&rng, 7);
    push_many(q, LOG_DEBUG, LOG_QUEUE_MAX);
    push_many(q, LOG_WARN, LOG_QUEUE_MAX - 10);
    push_many(q, LOG_DEBUG, 5); /* there is no room for these */
    push_many(q, LOG_ERROR, 20);
    assert_int_equal(log_queue_lost(q), LOG_QUEUE_MAX - 10 + 5 + 20);
    size_t n = log_queue_take(q, &rng, a, taken, LOG_QUEUE_MAX + 2);
    assert_int_equal(n, LOG_QUEUE_MAX + 1);
    int of_level[LOG_ERROR + 1] = {0};
    for (size_t i = 0; i + 1 < n; i++)
        of_level[taken[i].level]++;
    assert_int_equal(of_level[LOG_DEBUG], 0);
    assert_int_equal(of_level[LOG_WARN], LOG_QUEUE_MAX - 20); /* ten of them made room too */
    assert_int_equal(of_level[LOG_ERROR], 20);
    assert_string_equal(taken[n - 1].message, "events were not stored: too many at once");
    assert_string_equal(taken[n - 1].context, "{\"count\":1015}");
    for (int i = 0; i < 100000; i++)
        push(q, LOG_ERROR, i, i % 2 ? "again and again 1" : "again and again 22");
    n = log_queue_take(q, &rng, a, taken, LOG_QUEUE_MAX + 2);
    assert_int_equal(n, LOG_QUEUE_OF_A_KIND_MAX + 1);
    assert_string_equal(taken[n - 1].context, "{\"count\":99980}");
    log_queue_free(q);
    arena_free(a);
}

static void is_found(struct domain_bed *b, struct system_log_query q, const char *messages)
{
    struct system_log_page page;
    char found[200] = "";
    size_t len = 0;
    q.list.limit = q.list.limit ? q.list.limit : 50;
    domain_bed_ok(b, system_log_list(&b->ctx, &q, &page));
    for (size_t i = 0; i < page.count; i++)
        len += (size_t)snprintf(found + len, sizeof found - len, "%s%s", i ? " " : "", page.items[i].message);
    assert_string_equal(found, messages);
}

/* The list goes on behind an event. */
static struct list_query behind(const struct system_log *l, bool upwards)
{
    return (struct list_query){.limit = 50,
                               .sort = upwards ? "created_at" : "-created_at",
                               .has_after = true,
                               .after = {l->created_at.ms, LIST_ORDER(0, !upwards), l->id}};
}

static void test_events_are_found(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        struct system_log items[] = {
            {.level = LOG_WARN,
             .source = "x.c",
             .fingerprint = "1:a",
             .message = "a",
             .context = "{\"n\":1}"},
            {.level = LOG_ERROR, .source = "x.c", .fingerprint = "1:b", .message = "b"},
            {.level = LOG_WARN, .source = "y.c", .fingerprint = "1:a", .message = "c"},
            {.level = LOG_ERROR, .source = "y.c", .fingerprint = "1:a", .message = "d"},
        };
        int64_t now = b.ctx.now.ms, n, dropped;
        for (size_t i = 0; i < 4; i++) {
            items[i].created_at = instant_from_ms(now + (int64_t)i * 1000);
            items[i].id = ctx_new_id(&b.ctx);
        }
        domain_bed_ok(&b, system_log_add(&b.ctx, items, 4));
        domain_bed_ok(&b, system_log_add(&b.ctx, items, 4)); /* as after an uncertain commit */
        domain_bed_ok(&b, system_log_count(&b.ctx, &n));
        assert_int_equal(n, 4);
        is_found(&b, (struct system_log_query){.level = -1}, "d c b a");
        is_found(&b, (struct system_log_query){.level = LOG_ERROR}, "d b");
        is_found(&b, (struct system_log_query){.level = -1, .source = "x.c"}, "b a");
        is_found(&b, (struct system_log_query){.level = -1, .fingerprint = "1:a"}, "d c a");
        is_found(&b, (struct system_log_query){.level = LOG_WARN, .fingerprint = "1:a", .source = "y.c"},
                 "c");
        is_found(
            &b,
            (struct system_log_query){.level = -1, .from = items[1].created_at, .to = items[3].created_at},
            "c b");
        is_found(&b, (struct system_log_query){.level = -1, .list.limit = 2}, "d c");
        is_found(&b, (struct system_log_query){.level = -1, .list = behind(&items[2], false)}, "b a");
        is_found(
            &b,
            (struct system_log_query){.level = -1, .fingerprint = "1:a", .list = behind(&items[3], false)},
            "c a");
        is_found(&b, (struct system_log_query){.level = -1, .list.sort = "created_at"}, "a b c d");
        is_found(&b, (struct system_log_query){.level = -1, .list = behind(&items[1], true)}, "c d");
        is_found(&b,
                 (struct system_log_query){.level = -1,
                                           .list = behind(&items[0], true),
                                           .from = items[1].created_at,
                                           .to = items[3].created_at},
                 "b c");
        is_found(&b,
                 (struct system_log_query){.level = -1,
                                           .fingerprint = "1:a",
                                           .list = behind(&items[0], true),
                                           .to = items[3].created_at},
                 "c");
        domain_bed_ok(&b, system_log_drop_oldest(&b.ctx, 3, &dropped));
        assert_int_equal(dropped, 3);
        is_found(&b, (struct system_log_query){.level = -1}, "d");
    }
}

static void keep_plan(void *arg, int ncols, const char *const *values)
{
    for (int i = 0; i < ncols; i++)
        if (values[i] != NULL && strstr(values[i], "system_logs_fingerprint"))
            *(bool *)arg = true;
}

/* The planner of SQLite needs no values; PostgreSQL's is asked by queries_test like every query. */
static void test_kinds_are_found_by_their_index(void **state)
{
    struct domain_bed b;
    FOR_EACH_DOMAIN(b)
    {
        char sql[1200];
        if (b.base.engine != DB_SQLITE)
            continue;
        for (int down = 0; down < 2; down++) {
            bool by_index = false;
            const struct query *q = Q_system_log_list_of.by[0][down];
            snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", q->sql[DB_SQLITE]);
            assert_int_equal(db_exec_rows(b.base.db, sql, keep_plan, &by_index), E_OK);
            assert_true(by_index);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken_is_what_was_logged),
        cmocka_unit_test(test_a_flood_is_bounded_and_counted),
        cmocka_unit_test(test_events_are_found),
        cmocka_unit_test(test_kinds_are_found_by_their_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
