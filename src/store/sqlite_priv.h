#ifndef HABITD_STORE_SQLITE_PRIV_H
#define HABITD_STORE_SQLITE_PRIV_H

#include <sqlite3.h>
#include "store/db_driver.h"

/* Private to the two files of the SQLite driver. */

/* Statements of every batch and every command, prepared once. */
enum sqlite_control { CONTROL_BEGIN, CONTROL_COMMIT, CONTROL_SAVEPOINT, CONTROL_RELEASE, CONTROLS };
struct sqlite_db {
    struct db base;
    sqlite3 *handle;
    int turn_fd; /* -1: none (memory, read-only) */
    sqlite3_stmt *controls[CONTROLS];
};

struct sqlite_stmt {
    struct stmt base;
    sqlite3_stmt *handle; /* NULL: not prepared, or it failed */
    int *index;           /* SQLite's number of parameter $1 … $nparams */
};

/* Fills *db->err from the connection's last error, "what: SQLite's words"; returns the code. */
enum ecode sqlite_error(struct db *db, const char *what);

void sqlite_clear(struct stmt *s);
void sqlite_bind(struct stmt *s, int i, const struct db_value *v);
enum stmt_step sqlite_start(struct stmt *s);
enum stmt_step sqlite_next(struct stmt *s);
void sqlite_end(struct stmt *s);
void sqlite_get(struct stmt *s, int c, struct db_value *out);
void sqlite_release_stmt(struct stmt *s);

#endif
