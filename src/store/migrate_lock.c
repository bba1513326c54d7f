#include "store/migrate_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/check.h"
#include "catalog.sql.h"

#define LOCK_POLL_MS 25

void migrate_sleep(struct duration d)
{
    struct timespec t = {.tv_sec = d.ms / 1000, .tv_nsec = (d.ms % 1000) * 1000000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        continue;
}

static enum ecode busy(struct db *db, struct duration wait)
{
    return err_reason(db_err(db), E_BUSY, "migration_locked",
                      "another process is migrating this database; it was waited for %lld ms",
                      (long long)wait.ms);
}

static bool waited_out(struct monotime start, struct duration wait)
{
    return monotime_diff(monotime_now(), start).ms >= wait.ms;
}

static enum ecode take_postgres(struct db *db, struct duration wait, struct migrate_lock *out)
{
    struct monotime start = monotime_now();
    for (;;) {
        struct stmt *s = db_query(db, &Q_migrate_lock_try);
        enum ecode e = stmt_row(s);
        if (e != E_OK)
            return e;
        bool had = stmt_bool(s, 0);
        stmt_end(s);
        if (had)
            break;
        if (waited_out(start, wait))
            return busy(db, wait);
        migrate_sleep(duration_ms(LOCK_POLL_MS));
    }
    *out = (struct migrate_lock){.db = db, .fd = -1};
    return E_OK;
}

/* The lock file's path, NULL for a database in memory; free() it. */
static enum ecode lock_path(struct db *db, char **out)
{
    struct stmt *s = db_query(db, &Q_catalog_sqlite_file);
    enum ecode e = stmt_row(s);
    if (e != E_OK)
        return e;
    const char *file = stmt_text(s, 0);
    char *path = NULL;
    if (file != NULL && file[0] != '\0' && asprintf(&path, "%s-migrate.lock", file) < 0)
        path = NULL;
    CHECK(path != NULL || file == NULL || file[0] == '\0');
    stmt_end(s);
    *out = path;
    return E_OK;
}

/*
 * Opens the file and tries to lock it: 1 had, 0 somebody else's, -1 errno. A lock of an open file
 * description, because a process-wide one would be shared by two threads and lost with any close of the file.
 * The holder removes the file when it is done, so what was locked must still be what the path names.
 */
static int try_file(const char *path, int *fd)
{
    int f = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f < 0)
        return -1;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int had = fcntl(f, F_OFD_SETLK, &lock) == 0 ? 1 : errno == EAGAIN || errno == EACCES ? 0 : -1;
    struct stat named, opened;
    if (had == 1 && (fstat(f, &opened) != 0 || stat(path, &named) != 0 || named.st_ino != opened.st_ino ||
                     named.st_dev != opened.st_dev))
        had = 0;
    if (had == 1) {
        *fd = f;
        return 1;
    }
    int saved = errno;
    close(f);
    errno = saved;
    return had;
}

static enum ecode take_sqlite(struct db *db, struct duration wait, struct migrate_lock *out)
{
    char *path;
    enum ecode e = lock_path(db, &path);
    if (e != E_OK)
        return e;
    *out = (struct migrate_lock){.db = db, .fd = -1, .path = path};
    if (path == NULL)
        return E_OK;
    struct monotime start = monotime_now();
    int had;
    while ((had = try_file(path, &out->fd)) == 0 && !waited_out(start, wait))
        migrate_sleep(duration_ms(LOCK_POLL_MS));
    if (had == 1)
        return E_OK;
    e = had == 0 ? busy(db, wait) : err_set(db_err(db), E_IO, "the lock file %s: %s", path, strerror(errno));
    free(path);
    *out = (struct migrate_lock){0};
    return e;
}

enum ecode migrate_lock_take(struct db *db, struct duration wait, struct migrate_lock *out)
{
    return db_engine(db) == DB_POSTGRES ? take_postgres(db, wait, out) : take_sqlite(db, wait, out);
}

void migrate_lock_drop(struct migrate_lock *l)
{
    if (l->db == NULL)
        return;
    if (db_engine(l->db) == DB_POSTGRES && !db_is_lost(l->db)) {
        struct err keep = *db_err(l->db);
        struct stmt *s = db_query(l->db, &Q_migrate_lock_end);
        if (stmt_row(s) == E_OK)
            stmt_end(s);
        *db_err(l->db) = keep;
    }
    if (l->fd >= 0) {
        unlink(l->path);
        close(l->fd);
    }
    free(l->path);
    *l = (struct migrate_lock){0};
}
