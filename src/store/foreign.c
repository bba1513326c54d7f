#include "store/foreign.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"

#define MAGIC "SQLite format 3"
#define HEADER_BYTES 100
#define PAGE_SIZE_AT 16      /* two bytes; 1 stands for 65536 */
#define CHANGE_COUNTER_AT 24 /* four bytes */
#define PAGE_COUNT_AT 28     /* four bytes; true when the two counters are equal */
#define VALID_FOR_AT 92
#define FORMAT_VERSIONS_AT 18         /* two bytes: 1 = rollback journal, 2 = WAL */
#define STEP_EVERY 1000               /* virtual machine steps between two looks at the budget */
#define STEPS_MAX 200000000           /* of one reading; a million rows take about fifteen million */
#define BYTES_MAX (256 * 1024 * 1024) /* of texts and blobs in one reading: rows may share the same pages */
#define SQL_MAX 4096
#define XINFO_HIDDEN 6 /* column of PRAGMA table_xinfo: 2 and 3 are generated columns */

struct foreign {
    sqlite3 *db;
    unsigned char *image;
    int64_t steps_left;
    bool reading;      /* a table of the file is read, not its schema */
    const char *table; /* the only one that may be, then */
};

bool foreign_is_sqlite(const void *data, size_t len)
{
    return len >= HEADER_BYTES && memcmp(data, MAGIC, sizeof MAGIC) == 0;
}

/* What SQLite asks before it compiles anything: only the reading of one table gets through. */
static int authorize(void *arg, int action, const char *a, const char *b, const char *schema,
                     const char *trigger)
{
    const struct foreign *f = arg;
    (void)b;
    (void)schema;
    if (trigger)
        return SQLITE_DENY; /* a view or trigger of the file wants to act */
    if (action == SQLITE_SELECT)
        return SQLITE_OK;
    if (f->reading)
        return action == SQLITE_READ && a && sqlite3_stricmp(a, f->table) == 0 ? SQLITE_OK : SQLITE_DENY;
    return action == SQLITE_READ || action == SQLITE_PRAGMA || action == SQLITE_FUNCTION ? SQLITE_OK
                                                                                         : SQLITE_DENY;
}

static int spend(void *arg)
{
    struct foreign *f = arg;
    f->steps_left -= STEP_EVERY;
    return f->steps_left < 0;
}

/* Nothing in the file may cost more than reading it. */
static void restrict_connection(struct foreign *f)
{
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    sqlite3_db_config(f->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_limit(f->db, SQLITE_LIMIT_LENGTH, FOREIGN_VALUE_MAX);
    sqlite3_limit(f->db, SQLITE_LIMIT_SQL_LENGTH, FOREIGN_VALUE_MAX);
    sqlite3_limit(f->db, SQLITE_LIMIT_COLUMN, 200);
    sqlite3_limit(f->db, SQLITE_LIMIT_EXPR_DEPTH, 50);
    sqlite3_limit(f->db, SQLITE_LIMIT_COMPOUND_SELECT, 3);
    sqlite3_limit(f->db, SQLITE_LIMIT_VDBE_OP, 25000);
    sqlite3_limit(f->db, SQLITE_LIMIT_FUNCTION_ARG, 8);
    sqlite3_limit(f->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(f->db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50);
    sqlite3_limit(f->db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
    sqlite3_limit(f->db, SQLITE_LIMIT_WORKER_THREADS, 0);
    f->steps_left = STEPS_MAX;
    sqlite3_progress_handler(f->db, STEP_EVERY, spend, f);
}

static enum ecode sqlite_failed(struct foreign *f, struct err *err)
{
    int code = sqlite3_errcode(f->db) & 0xff;
    if (code == SQLITE_INTERRUPT)
        return err_set(err, E_TOO_LARGE, "the SQLite file takes too much work to read");
    if (code == SQLITE_TOOBIG)
        return err_set(err, E_TOO_LARGE, "the SQLite file holds a value of more than %d bytes",
                       FOREIGN_VALUE_MAX);
    return err_set(err, E_MALFORMED, "the SQLite file cannot be read: %s", sqlite3_errmsg(f->db));
}

/* The first column of the first row of a pragma or schema query; -1 when there is no row. */
static enum ecode schema_number(struct foreign *f, const char *sql, const char *a, int64_t *out,
                                struct err *err)
{
    sqlite3_stmt *s = NULL;
    enum ecode code = E_OK;
    if (sqlite3_prepare_v2(f->db, sql, -1, &s, NULL) != SQLITE_OK)
        return sqlite_failed(f, err);
    if (a)
        sqlite3_bind_text(s, 1, a, -1, SQLITE_STATIC);
    int step = sqlite3_step(s);
    if (step == SQLITE_ROW)
        *out = sqlite3_column_int64(s, 0);
    else if (step == SQLITE_DONE)
        *out = -1;
    else
        code = sqlite_failed(f, err);
    sqlite3_finalize(s);
    return code;
}

static uint32_t big_endian(const unsigned char *p, int n)
{
    uint32_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* The file ends before its header says: SQLite would notice only when it comes to a page that is not there.
 */
static bool is_cut(const unsigned char *header, size_t len)
{
    size_t page = big_endian(header + PAGE_SIZE_AT, 2);
    size_t pages = big_endian(header + PAGE_COUNT_AT, 4);
    bool counted = big_endian(header + CHANGE_COUNTER_AT, 4) == big_endian(header + VALID_FOR_AT, 4);
    if (page == 1)
        page = 65536;
    return page < 512 || len % page != 0 || (counted && pages > len / page);
}

enum ecode foreign_open(const void *data, size_t len, struct foreign **out, struct err *err)
{
    if (!foreign_is_sqlite(data, len))
        return err_set(err, E_MALFORMED, "the file is not an SQLite database");
    if (is_cut(data, len))
        return err_set(err, E_MALFORMED, "the SQLite file is cut off, or its header is damaged");
    struct foreign *f = calloc(1, sizeof *f);
    CHECK(f != NULL);
    f->image = malloc(len);
    CHECK(f->image != NULL);
    memcpy(f->image, data, len);
    /* A file left in WAL mode is read without its log: memory has none. */
    f->image[FORMAT_VERSIONS_AT] = f->image[FORMAT_VERSIONS_AT + 1] = 1;
    int64_t tables = 0;
    enum ecode code = E_OK;
    if (sqlite3_open_v2(":memory:", &f->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        code = err_set(err, E_INTERNAL, "no SQLite connection could be had");
        goto out;
    }
    restrict_connection(f);
    if (sqlite3_deserialize(f->db, "main", f->image, (sqlite3_int64)len, (sqlite3_int64)len,
                            SQLITE_DESERIALIZE_READONLY) != SQLITE_OK ||
        sqlite3_exec(f->db, "PRAGMA cell_size_check=ON; PRAGMA query_only=ON; PRAGMA mmap_size=0", NULL, NULL,
                     NULL) != SQLITE_OK) {
        code = sqlite_failed(f, err);
        goto out;
    }
    sqlite3_set_authorizer(f->db, authorize, f);
    code = schema_number(f, "SELECT count(*) FROM sqlite_schema", NULL, &tables, err);
out:
    if (code == E_OK)
        *out = f;
    else
        foreign_free(f);
    return code;
}

void foreign_free(struct foreign *f)
{
    if (!f)
        return;
    sqlite3_close(f->db);
    free(f->image);
    free(f);
}

int64_t foreign_version(const struct foreign *f)
{
    struct foreign *m = (struct foreign *)(uintptr_t)f;
    struct err ignored;
    int64_t version = 0;
    return schema_number(m, "PRAGMA user_version", NULL, &version, &ignored) == E_OK ? version : 0;
}

bool foreign_has_table(const struct foreign *f, const char *table)
{
    struct foreign *m = (struct foreign *)(uintptr_t)f;
    struct err ignored;
    int64_t root = 0;
    /* Virtual tables and views have no root page. */
    return schema_number(
               m,
               "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE "
               "AND rootpage > 0",
               table, &root, &ignored) == E_OK &&
           root > 0;
}

static bool has_column(const struct foreign *f, const char *table, const char *column)
{
    return sqlite3_table_column_metadata(f->db, "main", table, column, NULL, NULL, NULL, NULL, NULL) ==
           SQLITE_OK;
}

static struct foreign_value column_value(sqlite3_stmt *s, int i)
{
    struct foreign_value v = {0};
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_INTEGER:
        v.type = FOREIGN_I64;
        v.i64 = sqlite3_column_int64(s, i);
        break;
    case SQLITE_FLOAT:
        v.type = FOREIGN_F64;
        v.f64 = sqlite3_column_double(s, i);
        break;
    case SQLITE_TEXT:
        v.type = FOREIGN_TEXT;
        v.text = (const char *)sqlite3_column_text(s, i);
        v.len = (size_t)sqlite3_column_bytes(s, i);
        break;
    case SQLITE_BLOB:
        v.type = FOREIGN_BYTES;
        v.text = sqlite3_column_blob(s, i);
        v.len = (size_t)sqlite3_column_bytes(s, i);
        break;
    default:
        break;
    }
    return v;
}

static enum ecode select_text(const struct foreign *f, const char *table,
                              const struct foreign_column *columns, size_t n, char *sql, struct err *err)
{
    char *end = sql + SQL_MAX;
    char *p = sql + strlen(sqlite3_snprintf(SQL_MAX, sql, "SELECT "));
    for (size_t i = 0; i < n; i++) {
        bool there = has_column(f, table, columns[i].name);
        if (!there && columns[i].required)
            return err_set(err, E_MALFORMED, "the table %s has no column %s", table, columns[i].name);
        sqlite3_snprintf((int)(end - p), p, there ? "%s\"%w\"" : "%sNULL", i ? ", " : "", columns[i].name);
        p += strlen(p);
    }
    sqlite3_snprintf((int)(end - p), p, " FROM main.\"%w\" NOT INDEXED", table);
    return E_OK;
}

/* A generated column would run the file's expressions for every row. */
static enum ecode refuse_generated(struct foreign *f, const char *table, struct err *err)
{
    char sql[SQL_MAX];
    sqlite3_stmt *s = NULL;
    enum ecode code = E_OK;
    int step;
    sqlite3_snprintf(sizeof sql, sql, "PRAGMA main.table_xinfo(\"%w\")", table);
    if (sqlite3_prepare_v2(f->db, sql, -1, &s, NULL) != SQLITE_OK)
        return sqlite_failed(f, err);
    while ((step = sqlite3_step(s)) == SQLITE_ROW && code == E_OK)
        if (sqlite3_column_int(s, XINFO_HIDDEN) != 0)
            code = err_set(err, E_MALFORMED, "the table %s has computed columns", table);
    if (code == E_OK && step != SQLITE_DONE)
        code = sqlite_failed(f, err);
    sqlite3_finalize(s);
    return code;
}

/* The row's values; false when the reading has taken all the bytes it may. */
static bool take_row(sqlite3_stmt *s, size_t n, struct foreign_value *values, int64_t *bytes_left)
{
    for (size_t i = 0; i < n; i++) {
        values[i] = column_value(s, (int)i);
        *bytes_left -= (int64_t)values[i].len;
    }
    return *bytes_left >= 0;
}

enum ecode foreign_read(struct foreign *f, const char *table, const struct foreign_column *columns, size_t n,
                        int64_t rows_max, foreign_row row, void *arg, struct err *err)
{
    CHECK(n > 0 && n <= FOREIGN_COLUMNS_MAX);
    char sql[SQL_MAX];
    struct foreign_value values[FOREIGN_COLUMNS_MAX];
    if (!foreign_has_table(f, table))
        return err_set(err, E_MALFORMED, "the file has no table %s", table);
    enum ecode code = refuse_generated(f, table, err);
    if (code == E_OK)
        code = select_text(f, table, columns, n, sql, err);
    if (code != E_OK)
        return code;
    sqlite3_stmt *s = NULL;
    f->reading = true;
    f->table = table;
    f->steps_left = STEPS_MAX;
    int64_t rows = 0, bytes_left = BYTES_MAX;
    int step = sqlite3_prepare_v2(f->db, sql, -1, &s, NULL);
    while (step == SQLITE_OK || step == SQLITE_ROW) {
        step = sqlite3_step(s);
        if (step != SQLITE_ROW)
            break;
        if (++rows > rows_max) {
            code =
                err_set(err, E_TOO_LARGE, "the table %s has more than %lld rows", table, (long long)rows_max);
            break;
        }
        if (!take_row(s, n, values, &bytes_left)) {
            code = err_set(err, E_TOO_LARGE, "the table %s holds more than %d MiB", table, BYTES_MAX >> 20);
            break;
        }
        code = row(arg, values);
        if (code != E_OK)
            break;
    }
    if (code == E_OK && step != SQLITE_DONE) {
        code = sqlite_failed(f, err);
        err_wrap(err, "table %s", table);
    }
    sqlite3_finalize(s);
    f->reading = false;
    f->table = NULL;
    return code;
}
