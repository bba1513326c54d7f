#include <stdio.h>
#include <string.h>
#include "store/db.h"

struct finding {
    void (*found)(void *arg, const char *what);
    void *arg;
    const char *kind;
};

static void on_row(void *arg, int ncols, const char *const *values)
{
    const struct finding *f = arg;
    char text[400];
    if (ncols == 1 && values[0] && strcmp(values[0], "ok") == 0)
        return;
    snprintf(text, sizeof text, "%s: %s%s%s", f->kind, values[0] ? values[0] : "?", ncols > 1 ? " -> " : "",
             ncols > 1 && values[1] ? values[1] : "");
    f->found(f->arg, text);
}

enum ecode db_check_integrity(struct db *db, void (*found)(void *arg, const char *what), void *arg)
{
    struct finding f = {found, arg, "damage"};
    if (db_engine(db) == DB_SQLITE) {
        enum ecode rc = db_exec_rows(db, "PRAGMA integrity_check(100)", on_row, &f);
        f.kind = "broken reference";
        return rc == E_OK
                   ? db_exec_rows(db, "SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 100",
                                  on_row, &f)
                   : rc;
    }
    f.kind = "constraint not validated";
    enum ecode rc = db_exec_rows(db,
                                 "SELECT conrelid::regclass::text, conname FROM pg_constraint "
                                 "WHERE NOT convalidated AND connamespace = current_schema()::regnamespace",
                                 on_row, &f);
    f.kind = "index not valid";
    return rc == E_OK ? db_exec_rows(
                            db,
                            "SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text FROM pg_index i "
                            "JOIN pg_class c ON c.oid = i.indrelid "
                            "WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace",
                            on_row, &f)
                      : rc;
}
