#ifndef HABITD_CLI_CLI_H
#define HABITD_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/config.h"
#include "base/err.h"
#include "domain/ctx.h"
#include "store/db.h"
#include "store/migrate.h"

/* What every command of the program shares: exit codes, settings, a database, a context, progress. */

enum cli_exit {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_DRIFT = 3,   /* migrate: the live schema differs from the files */
    EXIT_CHANGED = 4, /* migrate: an applied file's checksum differs */
    EXIT_LOCKED = 5   /* migrate: another process holds the lock */
};

struct cli {
    const struct config *config;
    int argc; /* argv[0] is the command's name; settings are taken out already */
    char **argv;
    struct arena *arena;
    struct policy policy;
};

struct command {
    const char *name;
    const char *summary; /* one line for the list of commands */
    const char *help;    /* the whole text of --help */
    int (*run)(struct cli *cli);
};

extern const struct command cmd_serve, cmd_migrate, cmd_doctor, cmd_token, cmd_import, cmd_export, cmd_demo,
    cmd_config, cmd_outbox, cmd_backup, cmd_restore, cmd_copy, cmd_adopt, cmd_report, cmd_version;

/* Prints "habitd: text" to stderr and returns the exit code: EXIT_USAGE for E_INVALID, else EXIT_FAILED. */
int cli_fail(const struct err *err);
/* Prints what is wrong with the command line, and where to read more; returns EXIT_USAGE. */
int cli_usage(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Opens the configured database. */
enum ecode cli_open(struct cli *cli, enum db_mode mode, struct db **out, struct err *err);
/*
 * As cli_open, and the schema is this program's afterwards: an empty database is migrated when it may be
 * written, any other version is refused, naming the command that mends it. Makes the partitions of the next
 * time.
 */
enum ecode cli_open_current(struct cli *cli, enum db_mode mode, struct db **out, struct err *err);
/* E_OK for a schema of this program's version, else E_CONFLICT naming the command that mends it. */
enum ecode cli_refuse_schema(enum migrate_state state, int version, struct err *err);
/*
 * Runs fn in one write transaction as the program itself (ROLE_SYSTEM, nobody's rows until ctx_act_as),
 * commits, and runs it again when the engine asks for it.
 */
enum ecode cli_transaction(struct cli *cli, struct db *db, enum ecode (*fn)(struct ctx *ctx, void *arg),
                           void *arg, struct err *err);
/*
 * The path of the configured database when it is an SQLite file; NULL and E_INVALID, naming what PostgreSQL
 * has instead, otherwise.
 */
const char *cli_sqlite_file(struct cli *cli, struct err *err);
/* After a restore or a copy: holds all that waits to be sent, in transactions of its own. *held counts. */
enum ecode cli_hold_outbox(struct cli *cli, struct db *db, int64_t *held, struct err *err);
/* HABITD_PUBLIC_URL without a slash at its end; `otherwise` when it is not set. */
const char *cli_public_address(struct cli *cli, const char *otherwise);
/* A telegram id from text; false and a message in err (field: the option) otherwise. */
bool cli_telegram_id(const char *text, int64_t *out, struct err *err);

/* A progress bar on stderr while it is a terminal; nothing otherwise. */
struct progress {
    const char *what;
    size_t done, total;
    struct monotime last; /* when it was drawn */
    bool shown;
};
/* Fits the callbacks of the domain: arg is a struct progress. */
void progress_step(void *arg, size_t done, size_t total);
/* Removes the bar. */
void progress_end(struct progress *p);

#endif
