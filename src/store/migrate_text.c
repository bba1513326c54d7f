#include "store/migrate_internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "store/sql_text.h"

#define NAME_MAX_LEN 60

/* The shells would go on after an error and commit half a migration; SQLite enforces foreign keys outside a
 * rebuild only. */
static const char *const preamble[DB_ENGINES] = {
    [DB_SQLITE] = "-- For the sqlite3 shell.\n.bail on\nPRAGMA foreign_keys = OFF;\n",
    [DB_POSTGRES] = "-- For psql.\n\\set ON_ERROR_STOP on\n",
};

static const char *const now[DB_ENGINES] = {
    [DB_SQLITE] = "CAST(strftime('%s', 'now') AS INTEGER) * 1000",
    [DB_POSTGRES] = "date_trunc('milliseconds', now())",
};

/* The migration's row, and the end of its transaction. */
static void add_record(struct buf *b, enum db_engine engine, const struct migration *m, bool up)
{
    char sha[MIGRATE_SHA_TEXT];
    if (!up) {
        buf_printf(b, "DELETE FROM schema_migrations WHERE version = %d;\nCOMMIT;\n", m->version);
        return;
    }
    buf_printf(b, "INSERT INTO schema_migrations (version, name, sha256, applied_at) VALUES (%d, ",
               m->version);
    sql_add_string(b, m->name);
    buf_str(b, ", ");
    sql_add_string(b, migrate_sha(m, engine, sha));
    buf_printf(b, ", %s);\nCOMMIT;\n", now[engine]);
}

static void add_step(struct buf *b, enum db_engine engine, const struct migration *m, bool up)
{
    const char *sql = up ? m->sql[engine].up : m->sql[engine].down;
    buf_printf(b, "\n-- %04d_%s %s\nBEGIN%s;\n", m->version, m->name, up ? "up" : "down",
               engine == DB_SQLITE ? " IMMEDIATE" : "");
    if (up && m->version == 1)
        buf_str(b, migrate_history_ddl[engine]);
    buf_str(b, sql);
    if (sql[strlen(sql) - 1] != '\n')
        buf_char(b, '\n');
    add_record(b, engine, m, up);
}

enum ecode migrate_sql(enum db_engine engine, struct migration_set set, int from, int to, struct buf *out,
                       struct err *err)
{
    int newest = (int)set.count;
    if (from < 0 || from > newest || to < 0 || to > newest)
        return err_field(err, "versions", "%d:%d is not between 0 and %d", from, to, newest);
    buf_str(out, preamble[engine]);
    for (int v = from; v < to; v++)
        add_step(out, engine, &set.items[v], true);
    for (int v = from; v > to; v--)
        add_step(out, engine, &set.items[v - 1], false);
    if (buf_overflowed(out))
        return err_set(err, E_TOO_LARGE, "the migrations are over %zu bytes", out->max);
    return E_OK;
}

static bool valid_name(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n > NAME_MAX_LEN || name[0] == '_' || name[n - 1] == '_' || strstr(name, "__") != NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!islower((unsigned char)name[i]) && !isdigit((unsigned char)name[i]) && name[i] != '_')
            return false;
    return true;
}

static enum ecode write_file(const char *path, const char *text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return err_set(err, errno == EEXIST ? E_CONFLICT : E_IO, "%s: %s", path, strerror(errno));
    size_t n = strlen(text);
    bool wrote = write(fd, text, n) == (ssize_t)n;
    int saved = errno;
    if (close(fd) == 0 && wrote)
        return E_OK;
    unlink(path);
    return err_set(err, E_IO, "%s: %s", path, strerror(saved));
}

static const char *template(struct arena *a, const char *name, bool sqlite, bool up)
{
    if (!up)
        return arena_printf(a, "-- Takes %s back: the schema must be exactly what it was before.\n", name);
    return arena_printf(
        a,
        "-- %s: say here what changes and why.\n"
        "-- One transaction; names are not qualified with a schema; constraints and indexes have names of "
        "their own%s.\n",
        name,
        sqlite ? "; tables are STRICT.\n-- Foreign keys are not enforced while this runs, and checked before "
                 "it commits"
               : ";\n-- every table and column has a comment; the lock timeout is short, so keep it brief");
}

/* The newest version of the folder's files; the folder says it, because files may be newer than this program.
 */
static enum ecode newest_in(const char *folder, int *out, struct err *err)
{
    DIR *d = opendir(folder);
    int newest = 0;
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        char *end;
        long v = strtol(e->d_name, &end, 10);
        const char *tail = strstr(end, ".sqlite.up.sql");
        if (end == e->d_name + 4 && *end == '_' && tail != NULL && v > newest && v <= MIGRATE_MAX)
            newest = (int)v;
    }
    if (d != NULL)
        closedir(d);
    if (newest == 0)
        return err_set(err, E_NOT_FOUND,
                       "there are no migrations in %s/: `migrate new` works at the top of a source checkout",
                       folder);
    *out = newest;
    return E_OK;
}

enum ecode migrate_new(const char *folder, const char *name, struct arena *a, const char *names[4],
                       struct err *err)
{
    if (!valid_name(name))
        return err_field(err, "name", "use up to %d lower-case letters, digits and single underscores",
                         NAME_MAX_LEN);
    int newest;
    enum ecode e = newest_in(folder, &newest, err);
    int made = 0;
    for (; made < 4 && e == E_OK; made++) {
        enum db_engine engine = made < 2 ? DB_SQLITE : DB_POSTGRES;
        bool up = made % 2 == 0;
        names[made] = arena_printf(a, "%s/%04d_%s.%s.%s.sql", folder, newest + 1, name,
                                   db_engine_name(engine), up ? "up" : "down");
        e = write_file(names[made], template(a, name, engine == DB_SQLITE, up), err);
        if (e != E_OK)
            break;
    }
    for (int i = 0; e != E_OK && i < made; i++)
        unlink(names[i]);
    return e;
}
