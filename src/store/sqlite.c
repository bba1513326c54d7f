/* The SQLite driver: connection, settings, transactions, error codes. Statements are in sqlite_stmt.c. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/check.h"
#include "store/fault.h"
#include "store/sqlite_priv.h"
#include "store/turn.h"

#define BUSY_TIMEOUT_MS 10000

/* WAL frames are moved into the file at this many pages: larger is faster, with longer tails
 * (docs/decisions.md). */
#define AUTOCHECKPOINT_PAGES 10000
/* SQLite spills in one write of this size, and its unix layer writes at most 0x1ffff bytes at once: from 128
 * KiB on a large statement fails with "disk is full". */
#define UNDO_BYTES (124 * 1024)

static struct sqlite_db *self(struct db *db)
{
    return (struct sqlite_db *)db;
}

static enum ecode map_constraint(int extended)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return E_UNIQUE;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return E_FOREIGN;
    default: /* CHECK, NOT NULL, STRICT's data types, RAISE in a trigger */
        return E_CHECK;
    }
}

static enum ecode map(int extended)
{
    if (extended == SQLITE_BUSY_SNAPSHOT)
        return E_RETRY;
    switch (extended & 0xff) {
    case SQLITE_CONSTRAINT:
        return map_constraint(extended);
    case SQLITE_BUSY:
    case SQLITE_INTERRUPT:
    case SQLITE_LOCKED:
        return E_BUSY;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_NOLFS:
    case SQLITE_NOMEM:
        return E_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return E_CORRUPT;
    case SQLITE_MISMATCH:
        return E_CHECK;
    case SQLITE_TOOBIG:
        return E_TOO_LARGE;
    default:
        return E_INTERNAL;
    }
}

static const char *words(int extended, const char *message)
{
    switch (extended & 0xff) {
    case SQLITE_FULL:
        return "the disk is full";
    case SQLITE_READONLY:
        return "the database file cannot be written";
    case SQLITE_IOERR:
        return "reading or writing the database file failed";
    case SQLITE_BUSY:
        return "another connection holds the database's lock";
    default:
        return message;
    }
}

enum ecode sqlite_error(struct db *db, const char *what)
{
    sqlite3 *h = self(db)->handle;
    int extended = sqlite3_extended_errcode(h);
    if (db->in_txn && sqlite3_get_autocommit(h))
        db->beyond_saving = true; /* a full disk and its like roll back the whole transaction */
    return err_set(db->err, map(extended), "%s: %s", what, words(extended, sqlite3_errmsg(h)));
}

static int run(struct db *db, const char *sql)
{
    return sqlite3_exec(self(db)->handle, sql, NULL, NULL, NULL);
}

static enum ecode control(struct db *db, const char *sql)
{
    return run(db, sql) == SQLITE_OK ? E_OK : sqlite_error(db, sql);
}

static enum ecode prepared(struct db *db, enum sqlite_control which)
{
    static const char *const texts[CONTROLS] = {"BEGIN IMMEDIATE", "COMMIT", "SAVEPOINT s1", "RELEASE s1"};
    sqlite3_stmt **st = &self(db)->controls[which];
    if (!*st && sqlite3_prepare_v3(self(db)->handle, texts[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL))
        return sqlite_error(db, texts[which]);
    enum ecode code = sqlite3_step(*st) == SQLITE_DONE ? E_OK : sqlite_error(db, texts[which]);
    sqlite3_reset(*st);
    return code;
}

/* --- opening ------------------------------------------------------------------------------------ */

/*
 * Makes a missing file with mode 0600; SQLite gives its -wal and -shm the same. Closing a descriptor drops
 * the process's locks on the file, so only one that was made here is ever closed, and no other thread may
 * open it in between.
 */
static enum ecode create_file(const char *path, struct err *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int e = errno;
    if (fd >= 0)
        close(fd);
    pthread_mutex_unlock(&lock);
    if (fd < 0 && e != EEXIST)
        return err_set(err, E_UNAVAILABLE, "cannot create the database file %s: %s", path, strerror(e));
    return E_OK;
}

/* Switching to WAL wants the file alone and does not wait by itself. */
static int switch_to_wal(struct db *db)
{
    int rc = run(db, "PRAGMA journal_mode=WAL");
    for (int waited = 0; (rc & 0xff) == SQLITE_BUSY && waited < BUSY_TIMEOUT_MS; waited += 10) {
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
        rc = run(db, "PRAGMA journal_mode=WAL");
    }
    return rc;
}

static enum ecode configure(struct db *db)
{
    sqlite3 *h = self(db)->handle;
    sqlite3_extended_result_codes(h, 1);
    sqlite3_busy_timeout(h, BUSY_TIMEOUT_MS);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    bool writer = db->mode != DB_READONLY;
    if (writer && switch_to_wal(db) != SQLITE_OK)
        return sqlite_error(db, "switching to WAL");
    char settings[400];
    snprintf(settings, sizeof settings,
             "PRAGMA synchronous=FULL;"
             "PRAGMA foreign_keys=ON;"
             "PRAGMA mmap_size=0;"
             "PRAGMA cache_size=-%d;"
             "PRAGMA wal_autocheckpoint=%d;"
             "PRAGMA journal_size_limit=67108864;"
             "PRAGMA schema_version", /* reads the file: a foreign or broken one is found now */
             writer ? 8192 : 12288, AUTOCHECKPOINT_PAGES);
    return run(db, settings) == SQLITE_OK ? E_OK : sqlite_error(db, "opening the database");
}

/* For the whole process; refused, harmlessly, once SQLite is in use. */
static void set_process_wide(void)
{
    /* Saves a process-wide lock in every allocation. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    /* What a command's savepoint may have to undo stays in memory up to here, instead of a temporary file
     * from 64 KiB on; it has no part in durability. It is the size of the journal's pieces too, which SQLite
     * walks through after every statement. */
    sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, UNDO_BYTES);
}

static void sqlite_close(struct db *db)
{
    struct sqlite_db *s = self(db);
    for (int i = 0; i < CONTROLS; i++) {
        sqlite3_finalize(s->controls[i]);
        s->controls[i] = NULL;
    }
    if (s->handle) {
        int rc = sqlite3_close(s->handle);
        CHECK(rc == SQLITE_OK); /* a statement outside the cache was left open */
        s->handle = NULL;
    }
    if (s->turn_fd >= 0)
        close(s->turn_fd);
    s->turn_fd = -1;
}

static enum ecode sqlite_open(struct db *db)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_process_wide);
    struct sqlite_db *s = self(db);
    s->turn_fd = -1;
    const char *path = db->url + sizeof "sqlite:" - 1;
    bool memory = strcmp(path, ":memory:") == 0;
    bool writer = db->mode != DB_READONLY;
    enum ecode code = E_OK;
    if (writer && !memory) {
        code = create_file(path, db->err);
        if (!code)
            code = turn_open(path, &s->turn_fd, db->err);
        if (code)
            return code;
    }
    int flags = (writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
    if (memory)
        flags |= SQLITE_OPEN_MEMORY;
    int rc = sqlite3_open_v2(path, &s->handle, flags, NULL);
    if (rc != SQLITE_OK)
        code = err_set(db->err, E_UNAVAILABLE, "cannot open the database file %s: %s", path,
                       s->handle ? sqlite3_errmsg(s->handle) : sqlite3_errstr(rc));
    else
        code = configure(db);
    if (code) {
        sqlite_close(db);
        return code;
    }
    snprintf(db->version, sizeof db->version, "SQLite %s", sqlite3_libversion());
    return E_OK;
}

/* --- transactions ------------------------------------------------------------------------------- */

static enum ecode sqlite_begin(struct db *db, enum db_txn kind)
{
    struct sqlite_db *s = self(db);
    if (kind == DB_TXN_SNAPSHOT)
        return control(db, "BEGIN DEFERRED");
    if (s->turn_fd < 0)
        return prepared(db, CONTROL_BEGIN);
    enum ecode code = turn_take(s->turn_fd, BUSY_TIMEOUT_MS, db->err);
    if (code)
        return code;
    code = prepared(db, CONTROL_BEGIN);
    turn_leave(s->turn_fd);
    return code;
}

static void sqlite_rollback(struct db *db)
{
    if (!sqlite3_get_autocommit(self(db)->handle))
        run(db, "ROLLBACK");
}

static enum ecode sqlite_commit(struct db *db)
{
    enum ecode code = fault_hit(FAULT_COMMIT, db->err);
    if (!code)
        code = prepared(db, CONTROL_COMMIT);
    if (code)
        sqlite_rollback(db);
    return code;
}

static enum ecode sqlite_savepoint(struct db *db, int depth)
{
    if (depth == 1)
        return prepared(db, CONTROL_SAVEPOINT);
    char sql[40];
    snprintf(sql, sizeof sql, "SAVEPOINT s%d", depth);
    return control(db, sql);
}

static enum ecode sqlite_release(struct db *db, int depth)
{
    if (depth == 1)
        return prepared(db, CONTROL_RELEASE);
    char sql[40];
    snprintf(sql, sizeof sql, "RELEASE s%d", depth);
    return control(db, sql);
}

static enum ecode sqlite_rollback_to(struct db *db, int depth)
{
    char sql[80];
    snprintf(sql, sizeof sql, "ROLLBACK TO s%d; RELEASE s%d", depth, depth);
    return control(db, sql);
}

static void sqlite_interrupt_db(struct db *db)
{
    sqlite3_interrupt(((struct sqlite_db *)db)->handle);
}

/* A file has no connection to lose; only an armed fault asks. */
static enum ecode sqlite_settle(struct db *db, int timeout_ms, bool *committed)
{
    return err_set(db->err, E_UNCERTAIN, "SQLite keeps no record of transactions");
}

/* --- text --------------------------------------------------------------------------------------- */

/* The text may neither end the transaction it runs in nor leave one open. */
static enum ecode still_in_step(struct db *db)
{
    bool open = !sqlite3_get_autocommit(self(db)->handle);
    if (open == db->in_txn)
        return E_OK;
    if (open)
        run(db, "ROLLBACK");
    else
        db->beyond_saving = true;
    return err_set(db->err, E_INTERNAL, "the SQL text begins or ends a transaction by itself");
}

static enum ecode sqlite_exec(struct db *db, const char *sql)
{
    enum ecode code = fault_hit(FAULT_STATEMENT, db->err);
    if (code)
        return code;
    if (run(db, sql) != SQLITE_OK)
        return sqlite_error(db, "SQL text");
    return still_in_step(db);
}

static enum ecode sqlite_exec_rows(struct db *db, const char *sql,
                                   void (*row)(void *arg, int ncols, const char *const *values), void *arg)
{
    enum ecode code = fault_hit(FAULT_STATEMENT, db->err);
    if (code)
        return code;
    sqlite3_stmt *st;
    if (sqlite3_prepare_v3(self(db)->handle, sql, -1, 0, &st, NULL) != SQLITE_OK)
        return sqlite_error(db, "SQL text");
    int n = sqlite3_column_count(st);
    const char **values = calloc((size_t)n + 1, sizeof *values);
    CHECK(values);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        for (int i = 0; i < n; i++)
            values[i] = (const char *)sqlite3_column_text(st, i);
        if (row)
            row(arg, n, values);
    }
    if (rc != SQLITE_DONE)
        code = sqlite_error(db, "SQL text");
    free(values);
    sqlite3_finalize(st);
    return code ? code : still_in_step(db);
}

const struct db_driver sqlite_driver = {
    .engine = DB_SQLITE,
    .db_size = sizeof(struct sqlite_db),
    .stmt_size = sizeof(struct sqlite_stmt),
    .open = sqlite_open,
    .close = sqlite_close,
    .interrupt = sqlite_interrupt_db,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .rollback = sqlite_rollback,
    .savepoint = sqlite_savepoint,
    .release = sqlite_release,
    .rollback_to = sqlite_rollback_to,
    .settle = sqlite_settle,
    .clear = sqlite_clear,
    .bind = sqlite_bind,
    .start = sqlite_start,
    .next = sqlite_next,
    .end = sqlite_end,
    .get = sqlite_get,
    .release_stmt = sqlite_release_stmt,
    .exec = sqlite_exec,
    .exec_rows = sqlite_exec_rows,
};
