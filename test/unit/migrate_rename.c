#include "migrate_rename.h"

#include <stdio.h>
#include <string.h>
#include "base/buf.h"
#include "store/migrate.h"

static const char *const names[] = {"decline_notes", "habit_decline_notes"};

/* As the older bot made it: user_id points to nothing but by its value, so that only the step itself finds
 * orphans. */
static void add_table(struct buf *b, enum db_engine engine, const char *name)
{
    const char *i64 = engine == DB_POSTGRES ? "bigint" : "INTEGER";
    buf_printf(
        b,
        "CREATE TABLE %s (id %s NOT NULL, user_id %s NOT NULL, note TEXT, weight %s, body %s NOT NULL, "
        "CONSTRAINT %s_pk PRIMARY KEY (id))%s; "
        "CREATE INDEX %s_user ON %s (user_id);",
        name, i64, i64, engine == DB_POSTGRES ? "double precision" : "REAL",
        engine == DB_POSTGRES ? "bytea" : "BLOB", name, engine == DB_POSTGRES ? "" : " STRICT", name, name);
    if (engine == DB_POSTGRES)
        buf_printf(b, "COMMENT ON TABLE %s IS 'Why a habit was declined.';", name);
}

enum ecode rename_notes_fill(struct db *db, int n)
{
    enum db_engine engine = db_engine(db);
    bool pg = engine == DB_POSTGRES;
    const char *i64 = pg ? "bigint" : "INTEGER", *strict = pg ? "" : " STRICT";
    struct buf b;
    buf_init(&b, 1u << 16);
    buf_printf(&b, "CREATE TABLE users (id %s NOT NULL, CONSTRAINT users_pk PRIMARY KEY (id))%s;", i64,
               strict);
    add_table(&b, engine, names[0]);
    buf_printf(
        &b,
        "CREATE TABLE habit_logs (id %s NOT NULL, decline_note_id %s, CONSTRAINT habit_logs_pk PRIMARY KEY "
        "(id), "
        "CONSTRAINT habit_logs_note_fk FOREIGN KEY (decline_note_id) REFERENCES decline_notes (id))%s;",
        i64, i64, strict);
    char series[128];
    snprintf(series, sizeof series,
             "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < %d) ", n);
    buf_printf(&b, "INSERT INTO users %sSELECT n FROM s WHERE n <= 1000;", series);
    buf_printf(&b,
               "INSERT INTO decline_notes %sSELECT n, 1 + n %% %d, CASE WHEN n %% 7 = 0 THEN NULL ELSE 'note "
               "' || n END, "
               "n * 0.25, %s FROM s;",
               series, n < 1000 ? n : 1000,
               pg ? "decode(lpad(to_hex(n), 8, '0'), 'hex')" : "CAST(n AS BLOB)");
    buf_printf(&b, "INSERT INTO habit_logs %sSELECT n, n FROM s;", series);
    enum ecode e = db_begin(db, DB_TXN_WRITE);
    if (e == E_OK)
        e = db_exec(db, buf_text(&b));
    if (e == E_OK)
        e = db_commit(db);
    buf_release(&b);
    return e;
}

static void take_mask(void *arg, int ncols, const char *const *values)
{
    *(int *)arg |= strcmp(values[0], names[0]) == 0 ? 1 : 2;
}

enum ecode rename_notes_tables(struct db *db, int *out)
{
    const char *sql = db_engine(db) == DB_POSTGRES
                          ? "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND "
                            "tablename IN ('decline_notes', 'habit_decline_notes')"
                          : "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
                            "name IN ('decline_notes', 'habit_decline_notes')";
    *out = 0;
    return db_exec_rows(db, sql, take_mask, out);
}

enum ecode rename_notes_step(struct db *db, bool back, const char *spoil)
{
    static const char *const columns[] = {"id", "user_id", "note", "weight", "body", NULL};
    const char *old = names[back ? 1 : 0], *new = names[back ? 0 : 1];
    char lost_users[256], lost_notes[256];
    snprintf(lost_users, sizeof lost_users,
             "SELECT count(*) FROM %s t LEFT JOIN users u ON u.id = t.user_id WHERE u.id IS NULL", new);
    snprintf(lost_notes, sizeof lost_notes,
             "SELECT count(*) FROM habit_logs l LEFT JOIN %s t ON t.id = l.decline_note_id "
             "WHERE l.decline_note_id IS NOT NULL AND t.id IS NULL",
             new);
    const char *const references[] = {lost_users, lost_notes, NULL};
    struct buf create;
    buf_init(&create, 1u << 14);
    add_table(&create, db_engine(db), new);
    buf_str(&create, spoil);
    struct rename_step step = {old, new, buf_text(&create), columns, references};
    enum ecode e = migrate_rename_table(db, &step);
    buf_release(&create);
    return e;
}

enum ecode rename_notes(struct db *db)
{
    int tables;
    enum ecode e = rename_notes_tables(db, &tables);
    if (e == E_OK && db_engine(db) == DB_SQLITE)
        e = db_exec(db, "PRAGMA foreign_keys = OFF");
    if (e == E_OK)
        e = db_begin(db, DB_TXN_WRITE);
    if (e != E_OK)
        return e;
    e = rename_notes_step(db, tables == 2, "");
    if (e == E_OK)
        return db_commit(db);
    db_rollback(db);
    return e;
}
