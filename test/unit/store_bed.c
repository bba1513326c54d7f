#include "store_bed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/check.h"
#include "test.h"

static const char *const sqlite_tables =
    "CREATE TABLE types (id INTEGER PRIMARY KEY, b INTEGER, f REAL, t TEXT, y BLOB, u BLOB, m INTEGER, d "
    "TEXT,"
    " j TEXT) STRICT;"
    "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER CONSTRAINT child_parent_fk REFERENCES types "
    "(id),"
    " positive INTEGER CONSTRAINT child_positive CHECK (positive > 0), name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE child_late (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES types (id)"
    " DEFERRABLE INITIALLY DEFERRED) STRICT;"
    "CREATE TABLE counter (user_id BLOB PRIMARY KEY, n INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE journal (user_id BLOB NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL) STRICT";

static const char *const postgres_tables =
    "CREATE TABLE types (id bigint PRIMARY KEY, b boolean, f double precision, t text, y bytea, u uuid,"
    " m timestamptz, d date, j jsonb);"
    "CREATE TABLE child (id bigint PRIMARY KEY, parent bigint CONSTRAINT child_parent_fk REFERENCES types "
    "(id),"
    " positive bigint CONSTRAINT child_positive CHECK (positive > 0), name text NOT NULL UNIQUE);"
    "CREATE TABLE child_late (id bigint PRIMARY KEY, parent bigint REFERENCES types (id)"
    " DEFERRABLE INITIALLY DEFERRED);"
    "CREATE TABLE counter (user_id uuid PRIMARY KEY, n bigint NOT NULL);"
    "CREATE TABLE journal (user_id uuid NOT NULL, seq bigint NOT NULL, at bigint NOT NULL)";

static void must(enum ecode code, const struct err *err)
{
    if (code)
        fprintf(stderr, "%s: %s\n", ecode_name(code), err->text);
    CHECK(code == E_OK);
}

bool bed_init(struct bed *b, enum db_engine engine)
{
    static int number;
    *b = (struct bed){.engine = engine};
    struct err err;
    struct db *db;
    if (engine == DB_SQLITE) {
        snprintf(b->dir, sizeof b->dir, "%s/habitd-store-XXXXXX", test_tmp());
        CHECK(mkdtemp(b->dir));
        snprintf(b->url, sizeof b->url, "sqlite:%s/test.db", b->dir);
        db = bed_connect(b, DB_READWRITE, &err);
        must(db_exec(db, sqlite_tables), &err);
        db_close(db);
        return true;
    }
    const char *url = getenv("HABITD_TEST_PG_URL");
    if (!url)
        return false;
    snprintf(b->schema, sizeof b->schema, "store_test_%d_%d", (int)getpid(), ++number);
    must(db_open(url, DB_READWRITE, &db, &err), &err);
    char sql[120];
    snprintf(sql, sizeof sql, "CREATE SCHEMA %s", b->schema);
    must(db_exec(db, sql), &err);
    db_close(db);
    int n = snprintf(b->url, sizeof b->url, "%s%coptions=-csearch_path%%3D%s", url,
                     strchr(url, '?') ? '&' : '?', b->schema);
    CHECK(n < (int)sizeof b->url);
    db = bed_connect(b, DB_READWRITE, &err);
    must(db_exec(db, postgres_tables), &err);
    db_close(db);
    return true;
}

void bed_release(struct bed *b)
{
    if (b->engine == DB_SQLITE) {
        static const char *const ends[] = {"", "-wal", "-shm", "-turn"};
        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
            char path[120];
            snprintf(path, sizeof path, "%s/test.db%s", b->dir, ends[i]);
            unlink(path);
        }
        rmdir(b->dir);
        return;
    }
    struct err err;
    struct db *db = bed_connect(b, DB_READWRITE, &err);
    char sql[120];
    snprintf(sql, sizeof sql, "DROP SCHEMA %s CASCADE", b->schema);
    must(db_exec(db, sql), &err);
    db_close(db);
}

struct db *bed_connect(const struct bed *b, enum db_mode mode, struct err *err)
{
    struct db *db;
    must(db_open(b->url, mode, &db, err), err);
    return db;
}

static void keep(void *arg, int ncols, const char *const *values)
{
    char *out = arg;
    snprintf(out, 256, "%s", ncols > 0 && values[0] ? values[0] : "");
}

const char *bed_value(struct db *db, const char *sql)
{
    static char value[256];
    value[0] = '\0';
    must(db_exec_rows(db, sql, keep, value), db_err(db));
    return value;
}
