#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/check.h"
#include "catalog.sql.h"
#include "store/fault.h"
#include "store/sql_text.h"
#include "store/sqlite_priv.h"

#define STEP_PAGES 1000 /* between two reports of progress */
#define FORMAT_VERSIONS_AT 18
#define PAGE_SIZE_AT 16
#define CHANGE_COUNTER_AT 24
#define PAGE_COUNT_AT 28
#define VALID_FOR_AT 92
#define HEADER_BYTES 100
#define MAGIC "SQLite format 3"
#define SHM_LIVE_BYTE 128 /* every connection in WAL mode holds a shared lock on it (wal.c: UNIX_SHM_DMS) */
#define TABLES_MAX 200

static enum ecode io_failed(struct err *err, const char *what, const char *path)
{
    int e = errno;
    if (e == ENOSPC || e == EDQUOT)
        return err_set(err, E_IO, "%s %s: the disk is full", what, path);
    return err_set(err, E_IO, "%s %s: %s", what, path, strerror(e));
}

/* What SQLite and the migration runner put beside a database file. */
static void remove_sides(const char *path)
{
    static const char *const sides[] = {"-wal", "-shm", "-journal", "-turn", "-migrate.lock"};
    char side[PATH_MAX];
    for (size_t i = 0; i < ARRAY_LEN(sides); i++)
        if (snprintf(side, sizeof side, "%s%s", path, sides[i]) < (int)sizeof side)
            unlink(side);
}

/* --- the partial file ---------------------------------------------------------------------------- */

/* The lock is of use while the file still has its name: whoever had it may have published it just now. */
static bool still_named(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

static enum ecode lock_partial(struct backup *b, struct err *err)
{
    for (;;) {
        b->fd = open(b->partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (b->fd < 0)
            return io_failed(err, "cannot write", b->partial);
        if (flock(b->fd, LOCK_EX | LOCK_NB) != 0) {
            enum ecode rc = errno == EWOULDBLOCK
                                ? err_set(err, E_CONFLICT, "another process is writing %s", b->partial)
                                : io_failed(err, "cannot lock", b->partial);
            close(b->fd);
            b->fd = -1;
            return rc;
        }
        if (still_named(b->fd, b->partial))
            return E_OK;
        close(b->fd);
    }
}

static void release(struct backup *b)
{
    if (b->fd >= 0)
        close(b->fd);
    free(b->path);
    free(b->partial);
    free(b->url);
    *b = (struct backup){.fd = -1};
}

enum ecode backup_begin(const char *path, struct backup *out, struct err *err)
{
    struct backup b = {.fd = -1};
    b.path = strdup(path);
    CHECK(b.path && asprintf(&b.partial, "%s.partial", path) >= 0);
    CHECK(asprintf(&b.url, "sqlite:%s", b.partial) >= 0);
    enum ecode rc = lock_partial(&b, err);
    if (rc == E_OK && ftruncate(b.fd, 0) != 0)
        rc = io_failed(err, "cannot write", b.partial);
    if (rc != E_OK) {
        release(&b);
        return rc;
    }
    remove_sides(b.partial);
    *out = b;
    return E_OK;
}

void backup_abandon(struct backup *b)
{
    if (b->fd < 0)
        return;
    remove_sides(b->partial);
    unlink(b->partial);
    release(b);
}

static enum ecode sync_folder(const char *path, struct err *err)
{
    char *copy = strdup(path);
    CHECK(copy);
    const char *folder = dirname(copy);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum ecode rc = fd >= 0 && fsync(fd) == 0 ? E_OK : io_failed(err, "cannot sync", folder);
    if (fd >= 0)
        close(fd);
    free(copy);
    return rc;
}

/* Without replacing anything where the file system can do that in one step. */
static int give_name(const struct backup *b, bool replace)
{
    if (replace)
        return rename(b->partial, b->path);
    int rc = renameat2(AT_FDCWD, b->partial, AT_FDCWD, b->path, RENAME_NOREPLACE);
    if (rc == 0 || errno != EINVAL)
        return rc;
    if (access(b->path, F_OK) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(b->partial, b->path);
}

enum ecode backup_publish(struct backup *b, bool replace, struct err *err)
{
    CHECK(b->fd >= 0);
    enum ecode rc = E_OK;
    if (fsync(b->fd) != 0)
        rc = io_failed(err, "cannot sync", b->partial);
    else if (give_name(b, replace) != 0)
        rc = errno == EEXIST ? err_set(err, E_CONFLICT, "%s exists already; --force replaces it", b->path)
                             : io_failed(err, "cannot make", b->path);
    if (rc != E_OK) {
        backup_abandon(b);
        return rc;
    }
    rc = sync_folder(b->path, err);
    remove_sides(b->partial);
    release(b);
    return rc;
}

/* --- copying ------------------------------------------------------------------------------------- */

static enum ecode copy_failed(sqlite3 *to, int code, struct err *err)
{
    int primary = code & 0xff;
    if (primary == SQLITE_FULL || (primary == SQLITE_IOERR && (errno == ENOSPC || errno == EDQUOT)))
        return err_set(err, E_IO, "the disk is full");
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
        return err_set(err, E_CORRUPT, "the database is damaged: %s", sqlite3_errstr(code));
    return err_set(err, E_IO, "copying the database failed: %s",
                   to ? sqlite3_errmsg(to) : sqlite3_errstr(code));
}

/*
 * Through SQLite's online backup. The source's open snapshot keeps the pages of one moment, so that no writer
 * makes it begin again.
 */
static enum ecode copy_pages(const struct backup *b, struct db *source,
                             void (*progress)(void *, size_t, size_t), void *arg, struct err *err)
{
    sqlite3 *to = NULL;
    enum ecode rc = E_OK;
    int code = sqlite3_open_v2(b->partial, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) /* nobody reads it before it is whole, and publishing syncs it */
        code = sqlite3_exec(to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL, NULL);
    sqlite3_backup *run = code == SQLITE_OK
                              ? sqlite3_backup_init(to, "main", ((struct sqlite_db *)source)->handle, "main")
                              : NULL;
    if (!run) {
        rc = copy_failed(to, code, err);
        sqlite3_close(to);
        return rc;
    }
    do {
        rc = fault_hit(FAULT_STATEMENT, err);
        if (rc != E_OK)
            break;
        code = sqlite3_backup_step(run, STEP_PAGES);
        int total = sqlite3_backup_pagecount(run), left = sqlite3_backup_remaining(run);
        if (progress && total > 0)
            progress(arg, (size_t)(total - left), (size_t)total);
    } while (code == SQLITE_OK);
    if (rc == E_OK && code != SQLITE_DONE)
        rc = copy_failed(to, code, err);
    sqlite3_backup_finish(run);
    sqlite3_close(to);
    return rc;
}

/* What WAL mode has written into the header would make readers look for a log. */
static enum ecode leave_wal_mode(const struct backup *b, struct err *err)
{
    static const unsigned char rollback[2] = {1, 1};
    if (pwrite(b->fd, rollback, sizeof rollback, FORMAT_VERSIONS_AT) != (ssize_t)sizeof rollback)
        return io_failed(err, "cannot write", b->partial);
    return E_OK;
}

/* --- verifying ----------------------------------------------------------------------------------- */

struct tally {
    char *table;
    int64_t rows;
};

struct tallies {
    struct tally items[TABLES_MAX];
    size_t n;
};

static void tallies_release(struct tallies *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->items[i].table);
    t->n = 0;
}

static void take_number(void *arg, int ncols, const char *const *values)
{
    CHECK(ncols == 1);
    *(int64_t *)arg = values[0] ? strtoll(values[0], NULL, 10) : 0;
}

static enum ecode list_tables(struct db *db, struct tallies *out)
{
    struct stmt *s = db_query(db, &Q_catalog_columns);
    enum stmt_step step;
    while ((step = stmt_step(s)) == STMT_ROW) {
        const char *table = stmt_text(s, 0);
        if (out->n > 0 && strcmp(out->items[out->n - 1].table, table) == 0)
            continue;
        CHECK(out->n < TABLES_MAX);
        struct tally *t = &out->items[out->n++];
        *t = (struct tally){.table = strdup(table)};
        CHECK(t->table);
    }
    return step == STMT_DONE ? E_OK : db_err(db)->code;
}

static enum ecode count_rows(struct db *db, struct tallies *out)
{
    enum ecode rc = list_tables(db, out);
    for (size_t i = 0; rc == E_OK && i < out->n; i++) {
        char sql[200];
        snprintf(sql, sizeof sql, "SELECT count(*) FROM \"%.100s\"", out->items[i].table);
        rc = db_exec_rows(db, sql, take_number, &out->items[i].rows);
    }
    return rc;
}

static void keep_first(void *arg, const char *what)
{
    char *text = arg;
    if (!*text)
        snprintf(text, 300, "%s", what);
}

static enum ecode compare(const struct tallies *source, const struct tallies *copy, struct err *err)
{
    if (source->n != copy->n)
        return err_set(err, E_CORRUPT, "the database has %zu tables and its copy %zu", source->n, copy->n);
    for (size_t i = 0; i < source->n; i++) {
        const struct tally *a = &source->items[i], *b = &copy->items[i];
        if (strcmp(a->table, b->table) != 0 || a->rows != b->rows)
            return err_set(err, E_CORRUPT, "%s has %lld rows and its copy %lld", a->table, (long long)a->rows,
                           (long long)b->rows);
    }
    return E_OK;
}

static enum ecode verify(const struct backup *b, const struct tallies *expected, struct err *err)
{
    struct tallies found = {.n = 0};
    char defect[300] = "";
    struct db *db;
    enum ecode rc = db_open(b->url, DB_READONLY, &db, err);
    if (rc != E_OK)
        return rc;
    rc = db_check_integrity(db, keep_first, defect);
    if (rc == E_OK && defect[0])
        rc = err_set(err, E_CORRUPT, "the database is damaged: %s", defect);
    if (rc == E_OK)
        rc = count_rows(db, &found);
    db_close(db);
    if (rc == E_OK)
        rc = compare(expected, &found, err);
    tallies_release(&found);
    return rc;
}

enum ecode backup_copy(struct backup *b, struct db *source, void (*progress)(void *, size_t, size_t),
                       void *arg, struct backup_facts *out, struct err *err)
{
    CHECK(b->fd >= 0 && db_engine(source) == DB_SQLITE && !db_in_txn(source));
    struct tallies expected = {.n = 0};
    struct err *slot = db_err(source);
    struct stat st;
    db_set_err(source, err);
    enum ecode rc = db_begin(source, DB_TXN_SNAPSHOT);
    if (rc == E_OK)
        rc = count_rows(source, &expected); /* its first read is the moment of the copy */
    if (rc == E_OK)
        rc = copy_pages(b, source, progress, arg, err);
    db_rollback(source);
    db_set_err(source, slot);
    if (rc == E_OK)
        rc = leave_wal_mode(b, err);
    if (rc == E_OK)
        rc = verify(b, &expected, err);
    if (rc == E_OK && fstat(b->fd, &st) != 0)
        rc = io_failed(err, "cannot read", b->partial);
    if (rc == E_OK) {
        *out = (struct backup_facts){.tables = (int)expected.n, .bytes = st.st_size};
        for (size_t i = 0; i < expected.n; i++)
            out->rows += expected.items[i].rows;
    }
    tallies_release(&expected);
    return rc;
}

/* --- files as they lie there --------------------------------------------------------------------- */

static uint64_t big_endian(const unsigned char *p, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static enum ecode judge_header(const char *path, const unsigned char *header, ssize_t n, uint64_t size,
                               struct err *err)
{
    if (n < HEADER_BYTES || memcmp(header, MAGIC, sizeof MAGIC) != 0)
        return err_set(err, E_MALFORMED, "%s is no SQLite database", path);
    uint64_t page = big_endian(header + PAGE_SIZE_AT, 2);
    uint64_t whole = (page == 1 ? 65536 : page) * big_endian(header + PAGE_COUNT_AT, 4);
    bool counted = big_endian(header + CHANGE_COUNTER_AT, 4) == big_endian(header + VALID_FOR_AT, 4);
    if (counted && size < whole)
        return err_set(err, E_MALFORMED, "%s is cut off: %llu of %llu bytes are there", path,
                       (unsigned long long)size, (unsigned long long)whole);
    return E_OK;
}

enum ecode backup_look(const char *path, struct err *err)
{
    unsigned char header[HEADER_BYTES];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        enum ecode rc = errno == ENOENT ? err_set(err, E_NOT_FOUND, "there is no file %s", path)
                                        : io_failed(err, "cannot read", path);
        if (fd >= 0)
            close(fd);
        return rc;
    }
    enum ecode rc = E_OK;
    if (!S_ISREG(st.st_mode))
        rc = err_set(err, E_MALFORMED, "%s is no file", path);
    else
        rc = judge_header(path, header, pread(fd, header, sizeof header, 0), (uint64_t)st.st_size, err);
    close(fd);
    return rc;
}

enum ecode backup_file_free(const char *path, struct err *err)
{
    char side[PATH_MAX];
    if (snprintf(side, sizeof side, "%s-shm", path) >= (int)sizeof side)
        return err_set(err, E_INVALID, "the path of the database file is too long");
    int fd = open(side, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? E_OK : io_failed(err, "cannot look at", side);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = SHM_LIVE_BYTE, .l_len = 1};
    int rc = fcntl(fd, F_GETLK, &lock);
    close(fd);
    if (rc == 0 && lock.l_type != F_UNLCK)
        return err_reason(err, E_CONFLICT, "database_in_use",
                          "%s is in use by process %d; stop the server first", path, (int)lock.l_pid);
    return E_OK;
}

enum ecode backup_settle_log(const char *path, struct err *err)
{
    struct err ignored = {.code = E_OK};
    struct db *db;
    char *url;
    CHECK(asprintf(&url, "sqlite:%s", path) >= 0);
    enum ecode rc = db_open(url, DB_READWRITE, &db, &ignored);
    free(url);
    if (rc == E_OK) {
        rc = db_exec(db, "PRAGMA journal_mode=DELETE");
        db_close(db);
    }
    if (rc == E_BUSY)
        return err_reason(err, E_CONFLICT, "database_in_use", "%s is in use; stop the server first", path);
    remove_sides(path); /* nothing but what a damaged database could not put away */
    return E_OK;
}
