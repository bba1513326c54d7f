#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "domain/message/outbox.h"
#include "store/copy.h"
#include "store/migrate.h"
#include "store/partition.h"

#define ARENA_BYTES (1024u * 1024 * 1024)
#define RETRIES 10
#define MIGRATE_WAIT_SECONDS 60
#define BAR_WIDTH 30

int cli_fail(const struct err *err)
{
    if (err->field[0])
        fprintf(stderr, "habitd: %s: %s\n", err->field, err->text);
    else
        fprintf(stderr, "habitd: %s\n", err->text);
    return err->code == E_INVALID ? EXIT_USAGE : EXIT_FAILED;
}

int cli_usage(const struct cli *cli, const char *fmt, ...)
{
    va_list ap;
    fprintf(stderr, "habitd %s: ", cli->argv[0]);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\nsee `habitd %s --help`\n", cli->argv[0]);
    return EXIT_USAGE;
}

enum ecode cli_open(struct cli *cli, enum db_mode mode, struct db **out, struct err *err)
{
    return db_open(config_string(cli->config, SETTING_DATABASE_URL), mode, out, err);
}

enum ecode cli_refuse_schema(enum migrate_state state, int version, struct err *err)
{
    int ours = migrations[migrations_count - 1].version;
    switch (state) {
    case MIGRATE_CURRENT:
        return E_OK;
    case MIGRATE_EMPTY:
        return err_set(err, E_CONFLICT, "the database is empty; run `habitd migrate up` first");
    case MIGRATE_OLDER:
        return err_set(
            err, E_CONFLICT,
            "the database has schema version %d and this program needs %d; run `habitd migrate up`", version,
            ours);
    case MIGRATE_NEWER:
        return err_set(
            err, E_CONFLICT,
            "the database has schema version %d, newer than this program's %d; use the newer habitd", version,
            ours);
    case MIGRATE_CHANGED:
        return err_set(err, E_CONFLICT,
                       "an applied migration differs from this program's; see `habitd migrate status`");
    }
    return err_set(err, E_INTERNAL, "unknown schema state");
}

static enum ecode refuse_half(struct db *db, struct err *err)
{
    bool half;
    enum ecode rc = copy_is_unfinished(db, &half);
    if (rc == E_OK && half)
        rc = err_set(err, E_CONFLICT,
                     "the database is being filled, and that was not finished; run the "
                     "`habitd copy` or `habitd adopt` that began it again");
    return rc;
}

static enum ecode migrate_empty(struct db *db)
{
    struct migrate_options o = {
        .to = -1, .wait = duration_seconds(MIGRATE_WAIT_SECONDS), .now = instant_now()};
    int steps;
    enum ecode rc = migrate_up(db, migration_set_embedded(), &o, &steps);
    if (rc == E_OK && steps)
        log_event(LOG_INFO, "empty database migrated", log_i64("versions", steps));
    return rc;
}

enum ecode cli_open_current(struct cli *cli, enum db_mode mode, struct db **out, struct err *err)
{
    struct db *db;
    enum migrate_state state;
    int version, made;
    enum ecode rc = cli_open(cli, mode, &db, err);
    if (rc != E_OK)
        return rc;
    rc = refuse_half(db, err);
    if (rc == E_OK)
        rc = migrate_state(db, migration_set_embedded(), &state, &version);
    if (rc == E_OK && state == MIGRATE_OLDER) /* or another process is migrating it from empty just now */
        rc = migrate_state_settled(db, migration_set_embedded(), duration_seconds(MIGRATE_WAIT_SECONDS),
                                   &state, &version);
    if (rc == E_OK && state == MIGRATE_EMPTY && mode == DB_READWRITE) {
        rc = migrate_empty(db);
        if (rc == E_OK)
            rc = migrate_state(db, migration_set_embedded(), &state, &version);
    }
    if (rc == E_OK)
        rc = cli_refuse_schema(state, version, err);
    if (rc == E_OK && mode == DB_READWRITE)
        rc = partition_ensure(db, day_of((int32_t)(instant_now().ms / 86400000)), &made);
    if (rc != E_OK) {
        db_close(db);
        return rc;
    }
    *out = db;
    return E_OK;
}

enum ecode cli_transaction(struct cli *cli, struct db *db, enum ecode (*fn)(struct ctx *ctx, void *arg),
                           void *arg, struct err *err)
{
    struct ctx ctx;
    struct rng rng;
    enum ecode rc = E_RETRY;
    rng_init(&rng, 0);
    for (int i = 0; i < RETRIES && rc == E_RETRY; i++) {
        ctx_init(&ctx, db, cli->arena, &cli->policy, &rng, instant_now(), "cli");
        ctx.actor.role = ROLE_SYSTEM;
        rc = db_begin(db, DB_TXN_WRITE);
        if (rc == E_OK)
            rc = fn(&ctx, arg);
        if (rc == E_OK)
            rc = db_commit(db);
        else
            db_rollback(db);
    }
    *err = ctx.err;
    db_set_err(db, err);
    return rc;
}

bool cli_telegram_id(const char *text, int64_t *out, struct err *err)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno || *end || end == text || v <= 0) {
        err_field(err, "telegram id", "\"%.40s\" is not a whole number above 0", text);
        return false;
    }
    *out = v;
    return true;
}

void progress_step(void *arg, size_t done, size_t total)
{
    struct progress *p = arg;
    struct monotime now = monotime_now();
    p->done = done;
    p->total = total;
    if (!isatty(STDERR_FILENO) || (p->shown && monotime_diff(now, p->last).ms < 100))
        return;
    char bar[BAR_WIDTH + 1];
    size_t full = total ? done * BAR_WIDTH / total : 0;
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', full < BAR_WIDTH ? full : BAR_WIDTH);
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %zu%%", p->what, bar, total ? done * 100 / total : 0);
    p->last = now;
    p->shown = true;
}

void progress_end(struct progress *p)
{
    if (p->shown)
        fprintf(stderr, "\r\033[K");
    p->shown = false;
}

const char *cli_public_address(struct cli *cli, const char *otherwise)
{
    const char *url = config_string(cli->config, SETTING_PUBLIC_URL);
    size_t len = url != NULL ? strlen(url) : 0;
    while (len > 0 && url[len - 1] == '/')
        len--;
    return len > 0 ? arena_memdup(cli->arena, url, len) : otherwise;
}

const char *cli_sqlite_file(struct cli *cli, struct err *err)
{
    const char *url = config_string(cli->config, SETTING_DATABASE_URL);
    if (strncmp(url, "sqlite:", 7) == 0 && strcmp(url + 7, ":memory:") != 0)
        return url + 7;
    err_field(err, "HABITD_DATABASE_URL",
              "%s is for SQLite files; PostgreSQL keeps its own backups: see docs/operations.md, Backups",
              cli->argv[0]);
    return NULL;
}

static enum ecode hold_step(struct ctx *ctx, void *arg)
{
    return outbox_hold(ctx, arg);
}

enum ecode cli_hold_outbox(struct cli *cli, struct db *db, int64_t *held, struct err *err)
{
    int64_t moved = 1, total = 0;
    enum ecode rc = E_OK;
    while (rc == E_OK && moved > 0) {
        moved = 0;
        arena_reset(cli->arena);
        rc = cli_transaction(cli, db, hold_step, &moved, err);
        total += rc == E_OK ? moved : 0;
    }
    if (rc == E_OK)
        *held = total;
    return rc;
}
