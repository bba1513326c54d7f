#include "store/db.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "store/db_driver.h"

static const char *const engine_names[DB_ENGINES] = {[DB_SQLITE] = "sqlite", [DB_POSTGRES] = "postgres"};

static bool starts_with(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static const struct db_driver *driver_of(const char *url)
{
    if (starts_with(url, "sqlite:") && url[7] != '\0')
        return &sqlite_driver;
    if (starts_with(url, "postgresql://") || starts_with(url, "postgres://"))
        return &postgres_driver;
    return NULL;
}

enum ecode db_open(const char *url, enum db_mode mode, struct db **out, struct err *err)
{
    CHECK(url && err);
    const struct db_driver *driver = driver_of(url);
    if (!driver)
        return err_field(err, "HABITD_DATABASE_URL", "must be sqlite:PATH or postgresql://HOST/NAME");
    struct db *db = calloc(1, driver->db_size);
    char *copy = strdup(url);
    CHECK(db && copy);
    db->driver = driver;
    db->url = copy;
    db->mode = mode;
    db->err = err;
    enum ecode code = driver->open(db);
    if (code) {
        free(db->url);
        free(db);
        return code;
    }
    *out = db;
    return E_OK;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    struct err ignored; /* the caller's slot may be gone by now */
    db->err = &ignored;
    db_rollback(db);
    db_end_statements(db);
    db_drop_statements(db, true);
    db->driver->close(db);
    free(db->cache);
    free(db->url);
    free(db);
}

enum ecode db_reopen(struct db *db)
{
    db_rollback(db);
    db_end_statements(db);
    db_drop_statements(db, false);
    db->driver->close(db);
    db->lost = true;
    enum ecode code = db->driver->open(db);
    if (code)
        return code;
    db->lost = false;
    return E_OK;
}

enum db_engine db_engine(const struct db *db)
{
    return db->driver->engine;
}

const char *db_engine_name(enum db_engine e)
{
    CHECK(e >= 0 && e < DB_ENGINES);
    return engine_names[e];
}

const char *db_version(const struct db *db)
{
    return db->version;
}

void db_set_err(struct db *db, struct err *err)
{
    CHECK(err);
    db->err = err;
}

struct err *db_err(struct db *db)
{
    return db->err;
}

void db_interrupt(struct db *db)
{
    db->driver->interrupt(db);
}

bool db_is_lost(const struct db *db)
{
    return db->lost;
}

size_t db_open_statements(const struct db *db)
{
    return db->open_stmts;
}

enum ecode db_exec(struct db *db, const char *sql)
{
    enum ecode code = db_usable(db);
    if (code)
        return code;
    code = db->driver->exec(db, sql);
    return code ? db_poison(db) : E_OK;
}

enum ecode db_exec_rows(struct db *db, const char *sql,
                        void (*row)(void *arg, int ncols, const char *const *values), void *arg)
{
    enum ecode code = db_usable(db);
    if (code)
        return code;
    code = db->driver->exec_rows(db, sql, row, arg);
    return code ? db_poison(db) : E_OK;
}
