/* Statements: the cache per connection, the states, and the assertions on types and ranges. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "store/db.h"
#include "store/db_driver.h"

#define CACHE_FIRST 64
#define CACHE_MAX 4096 /* far more than there are queries: a query made at run time would end here */

static size_t slot_of(const struct query *q, size_t size)
{
    uint64_t h = (uint64_t)(uintptr_t)q >> 4;
    h *= 0x9E3779B97F4A7C15u;
    return (size_t)(h >> 32) & (size - 1);
}

static struct stmt **cache_find(struct stmt **cache, size_t size, const struct query *q)
{
    size_t i = slot_of(q, size);
    while (cache[i] && cache[i]->q != q)
        i = (i + 1) & (size - 1);
    return &cache[i];
}

static void cache_grow(struct db *db)
{
    size_t size = db->cache_size ? db->cache_size * 2 : CACHE_FIRST;
    CHECK(size <= CACHE_MAX);
    struct stmt **bigger = calloc(size, sizeof *bigger);
    CHECK(bigger);
    for (size_t i = 0; i < db->cache_size; i++)
        if (db->cache[i])
            *cache_find(bigger, size, db->cache[i]->q) = db->cache[i];
    free(db->cache);
    db->cache = bigger;
    db->cache_size = size;
}

struct stmt *db_query(struct db *db, const struct query *q)
{
    CHECK(q->sql[db->driver->engine]); /* the query exists for the other engine only */
    if (db->cache_used * 2 >= db->cache_size)
        cache_grow(db);
    struct stmt **place = cache_find(db->cache, db->cache_size, q);
    if (!*place) {
        struct stmt *s = calloc(1, db->driver->stmt_size);
        CHECK(s);
        s->db = db;
        s->q = q;
        *place = s;
        db->cache_used++;
    }
    struct stmt *s = *place;
    CHECK(s->state != STMT_AT_ROW); /* one use at a time */
    s->state = STMT_FRESH;
    s->changes = 0;
    db->driver->clear(s);
    return s;
}

void db_end_statements(struct db *db)
{
    for (size_t i = 0; i < db->cache_size && db->open_stmts > 0; i++)
        if (db->cache[i])
            stmt_end(db->cache[i]);
}

void db_drop_statements(struct db *db, bool free_them)
{
    for (size_t i = 0; i < db->cache_size; i++) {
        if (!db->cache[i])
            continue;
        db->driver->release_stmt(db->cache[i]);
        if (free_them) {
            free(db->cache[i]);
            db->cache[i] = NULL;
        }
    }
    if (free_them)
        db->cache_used = 0;
}

/* --- binding ------------------------------------------------------------------------------------ */

void db_check_value(unsigned type, const struct db_value *v)
{
    if (v->null)
        return;
    switch (type) {
    case DB_F64:
        CHECK(!isnan(v->f)); /* SQLite would store NULL */
        break;
    case DB_TIME:
        CHECK(v->time.ms >= DB_TIME_MIN_MS && v->time.ms <= DB_TIME_MAX_MS);
        break;
    case DB_DAY:
        CHECK(v->day.n >= DB_DAY_MIN && v->day.n <= DB_DAY_MAX);
        break;
    default:
        break;
    }
}

static void bind(struct stmt *s, int i, unsigned type, const struct db_value *v)
{
    CHECK(s->state == STMT_FRESH);
    CHECK(i >= 1 && i <= s->q->nparams);
    CHECK(s->q->params[i - 1] == type);
    db_check_value(type, v);
    s->db->driver->bind(s, i, v);
}

void stmt_bind_bool(struct stmt *s, int i, bool v)
{
    bind(s, i, DB_BOOL, &(struct db_value){.b = v});
}

void stmt_bind_i64(struct stmt *s, int i, int64_t v)
{
    bind(s, i, DB_I64, &(struct db_value){.i = v});
}

void stmt_bind_f64(struct stmt *s, int i, double v)
{
    bind(s, i, DB_F64, &(struct db_value){.f = v + 0.0}); /* −0 becomes 0: SQLite does not keep its sign */
}

void stmt_bind_text(struct stmt *s, int i, const char *v)
{
    CHECK(i >= 1 && i <= s->q->nparams);
    unsigned type = s->q->params[i - 1] == DB_JSON ? DB_JSON : DB_TEXT;
    bind(s, i, type, &(struct db_value){.null = !v, .bytes = {v, v ? strlen(v) : 0}});
}

void stmt_bind_bytes(struct stmt *s, int i, const void *v, size_t n)
{
    bind(s, i, DB_BYTES, &(struct db_value){.null = !v, .bytes = {v, n}});
}

void stmt_bind_uuid(struct stmt *s, int i, const struct uuid *v)
{
    struct db_value value = {.null = !v};
    if (v)
        value.uuid = *v;
    bind(s, i, DB_UUID, &value);
}

void stmt_bind_time(struct stmt *s, int i, struct instant v)
{
    bind(s, i, DB_TIME, &(struct db_value){.time = v});
}

void stmt_bind_day(struct stmt *s, int i, struct day v)
{
    bind(s, i, DB_DAY, &(struct db_value){.null = day_is_none(v), .day = v});
}

void stmt_bind_array(struct stmt *s, int i, const void *v, const bool *nulls, size_t n)
{
    CHECK(s->state == STMT_FRESH);
    CHECK(i >= 1 && i <= s->q->nparams);
    CHECK(s->q->params[i - 1] & DB_ARRAY);
    CHECK(s->db->driver->bind_array); /* PostgreSQL only */
    s->db->driver->bind_array(s, i, v, nulls, n);
}

/* --- running ------------------------------------------------------------------------------------ */

static enum stmt_step finish(struct stmt *s, enum stmt_step r)
{
    if (s->state == STMT_AT_ROW)
        s->db->open_stmts--;
    s->state = STMT_ENDED;
    s->db->driver->end(s);
    if (r == STMT_ERROR)
        db_poison(s->db);
    return r;
}

enum stmt_step stmt_step(struct stmt *s)
{
    struct db *db = s->db;
    CHECK(s->state != STMT_ENDED);
    enum stmt_step r;
    if (s->state == STMT_FRESH) {
        if (db_usable(db)) {
            s->state = STMT_ENDED;
            return STMT_ERROR;
        }
        r = db->driver->start(s);
    } else {
        r = db->driver->next(s);
    }
    if (r != STMT_ROW)
        return finish(s, r);
    if (s->state == STMT_FRESH) {
        s->state = STMT_AT_ROW;
        db->open_stmts++;
    }
    return STMT_ROW;
}

void stmt_end(struct stmt *s)
{
    if (s->state == STMT_AT_ROW)
        finish(s, STMT_DONE);
    s->state = STMT_ENDED;
}

enum ecode stmt_row(struct stmt *s)
{
    switch (stmt_step(s)) {
    case STMT_ROW:
        return E_OK;
    case STMT_DONE:
        return E_NOT_FOUND;
    default:
        return s->db->err->code;
    }
}

enum ecode stmt_run(struct stmt *s)
{
    enum stmt_step r;
    do
        r = stmt_step(s);
    while (r == STMT_ROW);
    return r == STMT_DONE ? E_OK : s->db->err->code;
}

enum ecode stmt_ride(struct stmt *s)
{
    struct db *db = s->db;
    CHECK(s->state == STMT_FRESH && db->in_txn);
    if (!db->driver->ride || db_usable(db) || !db->driver->ride(s))
        return stmt_run(s);
    s->state = STMT_ENDED;
    return E_OK;
}

int64_t stmt_changes(const struct stmt *s)
{
    return s->changes;
}

/* --- reading ------------------------------------------------------------------------------------ */

static struct db_value get(struct stmt *s, int c, unsigned type)
{
    CHECK(s->state == STMT_AT_ROW);
    CHECK(c >= 0 && c < s->q->ncols);
    CHECK(s->q->cols[c] == type);
    struct db_value v = {0};
    s->db->driver->get(s, c, &v);
    return v;
}

bool stmt_is_null(struct stmt *s, int c)
{
    CHECK(c >= 0 && c < s->q->ncols);
    return get(s, c, s->q->cols[c]).null;
}

bool stmt_bool(struct stmt *s, int c)
{
    struct db_value v = get(s, c, DB_BOOL);
    return !v.null && v.b;
}

int64_t stmt_i64(struct stmt *s, int c)
{
    struct db_value v = get(s, c, DB_I64);
    return v.null ? 0 : v.i;
}

double stmt_f64(struct stmt *s, int c)
{
    struct db_value v = get(s, c, DB_F64);
    return v.null ? 0.0 : v.f;
}

const char *stmt_text(struct stmt *s, int c)
{
    CHECK(c >= 0 && c < s->q->ncols);
    struct db_value v = get(s, c, s->q->cols[c] == DB_JSON ? DB_JSON : DB_TEXT);
    return v.null ? NULL : v.bytes.data;
}

const void *stmt_bytes(struct stmt *s, int c, size_t *len)
{
    struct db_value v = get(s, c, DB_BYTES);
    *len = v.null ? 0 : v.bytes.len;
    return v.null ? NULL : v.bytes.data;
}

struct uuid stmt_uuid(struct stmt *s, int c)
{
    struct db_value v = get(s, c, DB_UUID);
    return v.null ? (struct uuid){{0}} : v.uuid;
}

struct instant stmt_time(struct stmt *s, int c)
{
    struct db_value v = get(s, c, DB_TIME);
    return v.null ? instant_from_ms(0) : v.time;
}

struct day stmt_day(struct stmt *s, int c)
{
    struct db_value v = get(s, c, DB_DAY);
    return v.null ? day_none() : v.day;
}
