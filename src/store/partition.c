#include "store/partition.h"

#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "catalog.sql.h"
#include "store/migrate_internal.h"
#include "store/sql_text.h"

#define LOCK_TIMEOUT_MS 1000
#define LOCK_PAUSE_MS 100
#define LOCK_TRIES 20
#define FIRST_YEAR 2000
#define LOG_DAYS_AHEAD 7
#define MISSING_MAX 512
#define DELETE_BATCH 1000
#define NAME_LEN 40

/* A partition that should exist: [from, to) on the column. */
struct span {
    char name[NAME_LEN];
    struct day from, to;
};

struct family {
    const char *table;
    const char *column;
    struct day (*start)(struct day d); /* the first day of the partition that d lies in */
    struct day (*next)(struct day start);
    struct day (*first)(struct day today);
    struct day (*last)(struct day today);
    bool by_year;
};

static struct day year_start(struct day d)
{
    int y, m, dom;
    struct day out;
    day_to_ymd(d, &y, &m, &dom);
    CHECK(day_from_ymd(y, 1, 1, &out));
    return out;
}

static struct day year_next(struct day start)
{
    return year_start(day_add(start, 366));
}

static struct day years_first(struct day today)
{
    struct day out;
    CHECK(day_from_ymd(FIRST_YEAR, 1, 1, &out));
    return out;
}

static struct day years_last(struct day today)
{
    return year_next(year_start(today));
}

static struct day same_day(struct day d)
{
    return d;
}

static struct day next_day(struct day d)
{
    return day_add(d, 1);
}

static struct day yesterday(struct day today)
{
    return day_add(today, -1);
}

static struct day week_ahead(struct day today)
{
    return day_add(today, LOG_DAYS_AHEAD);
}

static const struct family habit_logs = {"habit_logs", "log_date", year_start, year_next,
                                         years_first,  years_last, true};
static const struct family system_logs = {"system_logs", "created_at", same_day, next_day,
                                          yesterday,     week_ahead,   false};

static void span_name(const struct family *f, struct day from, char out[NAME_LEN])
{
    int y, m, d;
    day_to_ymd(from, &y, &m, &d);
    if (f->by_year)
        snprintf(out, NAME_LEN, "%s_%04d", f->table, y);
    else
        snprintf(out, NAME_LEN, "%s_%04d%02d%02d", f->table, y, m, d);
}

static enum ecode has_table(struct db *db, const char *name, bool *present)
{
    struct stmt *s = db_query(db, &Q_catalog_has_table);
    stmt_bind_text(s, 1, name);
    enum ecode e = stmt_row(s);
    if (e == E_OK) {
        *present = stmt_bool(s, 0);
        stmt_end(s);
    }
    return e;
}

/* The spans that have no partition yet, oldest first. */
static enum ecode missing(struct db *db, const struct family *f, struct day today, struct span *out,
                          size_t *n)
{
    struct day last = f->last(today);
    *n = 0;
    for (struct day d = f->first(today); day_cmp(d, last) <= 0; d = f->next(d)) {
        struct span span = {.from = d, .to = f->next(d)};
        bool present;
        span_name(f, d, span.name);
        enum ecode e = has_table(db, span.name, &present);
        if (e != E_OK)
            return e;
        CHECK(*n < MISSING_MAX);
        if (!present)
            out[(*n)++] = span;
    }
    return E_OK;
}

static enum ecode set_text(struct db *db, const struct query *q, int64_t value)
{
    struct stmt *s = db_query(db, q);
    stmt_bind_i64(s, 1, value);
    return stmt_run(s);
}

/* A literal of the bound; system_logs is cut at UTC midnights whatever the session's zone. */
static void bound(const struct family *f, struct day d, char *out, size_t size)
{
    char text[DAY_TEXT];
    day_format(d, text);
    snprintf(out, size, f->by_year ? "DATE '%s'" : "TIMESTAMPTZ '%s 00:00:00+00'", text);
}

/*
 * Made standalone under a lock that hinders nobody, with everything its parent has, and attached. The CHECK
 * says what the bounds will say, so that attaching reads no row even of a table that somebody filled
 * beforehand, and goes once the bounds stand.
 */
static enum ecode make(struct db *db, const struct family *f, const struct span *span)
{
    char from[64], to[64], unit[64];
    bound(f, span->from, from, sizeof from);
    bound(f, span->to, to, sizeof to);
    day_format(span->from, unit);
    struct buf b;
    buf_init(&b, 8192);
    buf_printf(&b, "CREATE TABLE %s (LIKE %s INCLUDING ALL);\n", span->name, f->table);
    buf_printf(&b,
               "ALTER TABLE %s ADD CONSTRAINT %s_bounds CHECK (%s IS NOT NULL AND %s >= %s AND %s < %s);\n",
               span->name, span->name, f->column, f->column, from, f->column, to);
    buf_printf(&b, "COMMENT ON TABLE %s IS '%s of %s from %s.';\n", span->name, f->by_year ? "Year" : "Day",
               f->table, unit);
    buf_printf(&b, "ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s);\n", f->table, span->name,
               strchr(from, '\''), strchr(to, '\''));
    buf_printf(&b, "ALTER TABLE %s DROP CONSTRAINT %s_bounds;\n", span->name, span->name);
    CHECK(!buf_overflowed(&b));
    enum ecode e = migrate_run_text(db, buf_text(&b));
    buf_release(&b);
    return e;
}

/* What is missing, in one transaction; the advisory lock keeps other callers out, and what they made is seen.
 */
static enum ecode make_missing(struct db *db, const struct family *f, struct day today, struct span *spans,
                               int *made)
{
    enum ecode e = db_begin(db, DB_TXN_WRITE);
    size_t n = 0;
    if (e != E_OK)
        return e;
    e = set_text(db, &Q_lock_timeout_local, LOCK_TIMEOUT_MS);
    if (e == E_OK)
        e = stmt_run(db_query(db, &Q_partition_lock));
    if (e == E_OK)
        e = missing(db, f, today, spans, &n);
    for (size_t i = 0; i < n && e == E_OK; i++)
        e = make(db, f, &spans[i]);
    if (e == E_OK)
        e = db_commit(db);
    else
        db_rollback(db);
    if (e == E_OK)
        *made = (int)n;
    return e;
}

static bool worth_another_try(enum ecode e, int tries)
{
    if ((e != E_BUSY && e != E_RETRY) || tries >= LOCK_TRIES)
        return false;
    migrate_sleep(duration_ms(LOCK_PAUSE_MS * tries));
    return true;
}

static enum ecode ensure_family(struct db *db, const struct family *f, struct day today, int *made)
{
    struct span spans[MISSING_MAX];
    bool present;
    size_t n;
    enum ecode e = has_table(db, f->table, &present);
    if (e != E_OK || !present)
        return e;
    e = missing(db, f, today, spans, &n);
    if (e != E_OK || n == 0)
        return e;
    int tries = 1;
    while ((e = make_missing(db, f, today, spans, made)) != E_OK && worth_another_try(e, tries))
        tries++;
    if (e != E_OK)
        err_wrap(db_err(db), "making partitions of %s", f->table);
    return e;
}

enum ecode partition_ensure(struct db *db, struct day today, int *made)
{
    int years = 0, days = 0;
    enum ecode e = E_OK;
    CHECK(!db_in_txn(db));
    if (db_engine(db) == DB_POSTGRES) {
        e = ensure_family(db, &habit_logs, today, &years);
        if (e == E_OK)
            e = ensure_family(db, &system_logs, today, &days);
    }
    if (e == E_OK && made != NULL)
        *made = years + days;
    return e;
}

enum ecode partition_is_ahead(struct db *db, struct day today, bool *ahead)
{
    char name[NAME_LEN];
    bool logs = true, marks = true;
    enum ecode e = E_OK;
    if (db_engine(db) == DB_POSTGRES) {
        span_name(&system_logs, day_add(today, 1), name);
        e = has_table(db, name, &logs);
        span_name(&habit_logs, day_add(today, 31), name);
        if (e == E_OK)
            e = has_table(db, name, &marks);
    }
    if (e == E_OK)
        *ahead = logs && marks;
    return e;
}

/* The oldest partition of system_logs that ends on or before the day; its name in out, "" when there is none.
 */
static enum ecode oldest_ended(struct db *db, struct day before, char out[NAME_LEN])
{
    char limit[NAME_LEN];
    span_name(&system_logs, before, limit);
    struct stmt *s = db_query(db, &Q_partition_oldest_system_logs);
    stmt_bind_text(s, 1, limit);
    enum ecode e = stmt_row(s);
    out[0] = '\0';
    if (e == E_NOT_FOUND)
        return E_OK;
    if (e != E_OK)
        return e;
    snprintf(out, NAME_LEN, "%s", stmt_text(s, 0));
    stmt_end(s);
    return E_OK;
}

static enum ecode drop_one(struct db *db, struct day before, bool *dropped)
{
    char name[NAME_LEN], sql[NAME_LEN + 32];
    enum ecode e = db_begin(db, DB_TXN_WRITE);
    if (e != E_OK)
        return e;
    e = set_text(db, &Q_lock_timeout_local, LOCK_TIMEOUT_MS);
    if (e == E_OK)
        e = stmt_run(db_query(db, &Q_partition_lock));
    if (e == E_OK)
        e = oldest_ended(db, before, name);
    if (e == E_OK && name[0] != '\0') {
        snprintf(sql, sizeof sql, "DROP TABLE %s", name);
        e = db_exec(db, sql);
    }
    if (e == E_OK)
        e = db_commit(db);
    else
        db_rollback(db);
    if (e == E_OK)
        *dropped = name[0] != '\0';
    return e;
}

static enum ecode drop_partitions(struct db *db, struct day before, int *dropped)
{
    int tries = 1;
    for (;;) {
        bool one;
        enum ecode e = drop_one(db, before, &one);
        if (e == E_OK && !one)
            return E_OK;
        if (e == E_OK) {
            ++*dropped;
            tries = 1;
        } else if (!worth_another_try(e, tries++)) {
            err_wrap(db_err(db), "dropping partitions of system_logs");
            return e;
        }
    }
}

/* A transaction for each batch, so that other writers get their turn. */
static enum ecode delete_rows(struct db *db, struct day before, int *deleted)
{
    int64_t n;
    do {
        enum ecode e = db_begin(db, DB_TXN_WRITE);
        if (e != E_OK)
            return e;
        struct stmt *s = db_query(db, &Q_system_logs_delete_before);
        stmt_bind_time(s, 1, instant_from_ms((int64_t)before.n * 86400000));
        stmt_bind_i64(s, 2, DELETE_BATCH);
        e = stmt_run(s);
        n = stmt_changes(s);
        if (e != E_OK) {
            db_rollback(db);
            return e;
        }
        e = db_commit(db);
        if (e != E_OK)
            return e;
        *deleted += (int)n;
    } while (n == DELETE_BATCH);
    return E_OK;
}

enum ecode partition_drop_system_logs(struct db *db, struct day before, int *dropped)
{
    int n = 0;
    CHECK(!db_in_txn(db));
    enum ecode e =
        db_engine(db) == DB_POSTGRES ? drop_partitions(db, before, &n) : delete_rows(db, before, &n);
    if (e == E_OK && dropped != NULL)
        *dropped = n;
    return e;
}
