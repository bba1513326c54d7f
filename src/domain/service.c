#include "domain/service.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/hash.h"
#include "domain/reminder/reminder.h"
#include "domain/session/session.h"
#include "service.sql.h"

#define BATCH_MAX 128
#define BATCH_ARENA_BYTES (1024u * 1024 * 1024) /* 64 back-dated marks with all their histories */
#define RECONNECT_MS 15000

/*
 * Writers: what people wait for. SQLite has one, because one connection writes at a time anyway. On
 * PostgreSQL a session is a process, and one of them works out check-ins slower than two cores take them; a
 * person's commands all go to the same writer, which keeps their order.
 */
#define WRITERS_MAX 2
struct writer {
    struct lane *lane;
    struct arena *arena; /* its thread's: one batch */
};

struct service {
    struct service_options options;
    struct writer writers[WRITERS_MAX];
    size_t writers_count;
    bool arrays;       /* PostgreSQL: many check-ins are a few statements */
    struct lane *bulk; /* imports; NULL on SQLite, where one connection writes at a time anyway */
    struct pool *pool;
    pthread_mutex_t lock; /* for the listener */
    void (*heard)(void *arg);
    void *heard_arg;
};

static void tell_listener(struct service *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->heard)
        s->heard(s->heard_arg);
    pthread_mutex_unlock(&s->lock);
}

void service_listen(struct service *s, void (*heard)(void *arg), void *arg)
{
    pthread_mutex_lock(&s->lock);
    s->heard = heard;
    s->heard_arg = arg;
    pthread_mutex_unlock(&s->lock);
}

static struct call *call_of(struct lane_command *c)
{
    return (struct call *)(void *)((char *)c - offsetof(struct call, command));
}

/* By the end of the id, which is random. */
static struct writer *writer_of(struct service *s, const struct uuid *user_id)
{
    return &s->writers[user_id->b[sizeof user_id->b - 1] % s->writers_count];
}

/* The stored answer of an idempotency key: E_OK replayed, E_NOT_FOUND for a new key, E_CONFLICT for one used
 * otherwise. */
static enum ecode replay(struct ctx *ctx, struct call *c)
{
    size_t len;
    struct stmt *q = db_query(ctx->db, &Q_idempotency_get);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_text(q, 2, c->idempotency_key);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    const void *hash = stmt_bytes(q, 1, &len);
    bool same = len == SHA256_LEN && memcmp(hash, c->body_hash, SHA256_LEN) == 0 &&
                strcmp(stmt_text(q, 0), c->op->name) == 0;
    if (same) {
        const void *answer = stmt_bytes(q, 3, &len);
        c->http_status = (int)stmt_i64(q, 2);
        c->answer = arena_memdup(c->arena, answer, len);
        c->answer_len = len;
        c->replayed = true;
    }
    stmt_end(q);
    if (!same)
        return err_reason(&ctx->err, E_CONFLICT, "idempotency_key_reused",
                          "this Idempotency-Key was used for another request");
    return E_OK;
}

static enum ecode remember(struct ctx *ctx, struct call *c)
{
    struct stmt *q = db_query(ctx->db, &Q_idempotency_insert);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_text(q, 2, c->idempotency_key);
    stmt_bind_text(q, 3, c->op->name);
    stmt_bind_bytes(q, 4, c->body_hash, SHA256_LEN);
    stmt_bind_i64(q, 5, c->http_status);
    stmt_bind_bytes(q, 6, c->answer, c->answer_len);
    stmt_bind_time(q, 7, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc == E_UNIQUE) /* the same key came in elsewhere at this moment: run again and find its answer */
        return err_set(&ctx->err, E_RETRY, "the same Idempotency-Key is being used at this moment");
    return rc;
}

static enum ecode run_keyed(struct ctx *ctx, struct call *c)
{
    enum ecode rc = replay(ctx, c);
    if (rc != E_NOT_FOUND)
        return rc;
    CHECK(c->render != NULL);
    rc = op_run(ctx, c->op, c->in, c->out);
    if (rc == E_OK)
        rc = c->render(c, ctx);
    return rc == E_OK ? remember(ctx, c) : rc;
}

/* Authenticates and runs one call on a connection; inside a transaction for writes. */
static enum ecode run_call(struct lane_command *command, struct db *db)
{
    struct call *c = call_of(command);
    struct ctx ctx;
    struct rng rng;
    rng_init(&rng, 0);
    c->replayed = false;
    ctx_init(&ctx, db, c->arena, c->service->options.policy, &rng, instant_now(), c->request_id);
    ctx.source = c->source;
    check_doing(c->op->name, c->request_id);
    enum ecode rc = E_OK;
    if (c->op->mode ==
        OP_WRITE) { /* before anything is read: who was erased meanwhile, what a key has done */
        rc = ctx_lock_people(&ctx, &command->user_id, 1);
        ctx.locked = true;
    }
    if (rc == E_OK && c->token)
        rc = session_authenticate(&ctx, c->token, c->token_len);
    if (rc == E_OK) {
        c->user_id = ctx.actor.user_id;
        /* Answers are kept for people: what nobody asked for (a sign-in) is not, nor is its token. */
        bool keyed = c->idempotency_key && c->op->mode == OP_WRITE && ctx.actor.role != ROLE_NOBODY;
        rc = keyed ? run_keyed(&ctx, c) : op_run(&ctx, c->op, c->in, c->out);
    }
    check_doing(NULL, NULL);
    c->queued = rc == E_OK && ctx.queued;
    command->code = rc;
    command->err = ctx.err;
    db_set_err(db, &command->err);
    return rc;
}

/* Runs a command that only reads, all of it of one moment. */
static enum ecode in_snapshot(struct lane_command *command, struct db *db,
                              enum ecode (*run)(struct lane_command *, struct db *))
{
    struct err err = {.code = E_OK};
    db_set_err(db, &err);
    enum ecode rc = db_begin(db, DB_TXN_SNAPSHOT);
    if (rc != E_OK) {
        command->err = err;
        db_set_err(db, &command->err);
        return command->code = rc;
    }
    rc = run(command, db);
    db_rollback(db);
    return rc;
}

static enum ecode run_snapshot(struct lane_command *command, struct db *db)
{
    return in_snapshot(command, db, run_call);
}

/* Check-ins of many people at once. */
static enum ecode run_puts(struct lane_command **commands, size_t n, struct db *db)
{
    struct service *s = call_of(commands[0])->service;
    struct ctx ctx;
    struct rng rng;
    rng_init(&rng, 0);
    struct arena *arena = writer_of(s, &commands[0]->user_id)->arena;
    arena_reset(arena);
    ctx_init(&ctx, db, arena, s->options.policy, &rng, instant_now(), "");
    struct log_put_call *puts = arena_array(arena, n, sizeof *puts);
    struct log_put_call **list = arena_array(arena, n, sizeof(struct log_put_call *));
    for (size_t i = 0; i < n; i++) {
        struct call *c = call_of(commands[i]);
        puts[i] = (struct log_put_call){
            .arena = c->arena,
            .token = c->token,
            .token_len = c->token_len,
            .source = c->source,
            .mark = c->in,
            .out = c->out,
            .err = &c->command.err,
        };
        list[i] = &puts[i];
    }
    enum ecode rc = log_put_many_and_tell(&ctx, list, n);
    for (size_t i = 0; i < n; i++) {
        commands[i]->code = rc == E_OK ? puts[i].code : rc;
        call_of(commands[i])->user_id = puts[i].user_id;
        call_of(commands[i])->queued = rc == E_OK && ctx.queued;
        if (rc != E_OK)
            commands[i]->err = ctx.err;
    }
    db_set_err(db, &commands[0]->err);
    return rc;
}

static void call_done(struct lane_command *command)
{
    struct call *c = call_of(command);
    c->code = command->code;
    c->err = command->err;
    if (c->code == E_OK && c->queued)
        tell_listener(c->service);
    c->done(c);
}

static const struct lane_kind kind_write = {.name = "write", .run = run_call, .done = call_done};
static const struct lane_kind kind_put = {
    .name = "log.put", .run = run_call, .run_many = run_puts, .done = call_done};
static const struct lane_kind kind_read = {.name = "read", .run = run_call, .done = call_done};
static const struct lane_kind kind_snapshot = {.name = "read", .run = run_snapshot, .done = call_done};

enum ecode service_submit(struct service *s, struct call *c)
{
    c->service = s;
    c->command = (struct lane_command){.kind = NULL};
    if (c->token)
        session_token_user(c->token, c->token_len, &c->command.user_id);
    if (c->op->mode == OP_WRITE) {
        bool put = s->arrays && c->op == &OP_log_put && c->token && !c->idempotency_key;
        c->command.kind = put ? &kind_put : &kind_write;
        struct lane *lane = c->op->bulk && s->bulk ? s->bulk : writer_of(s, &c->command.user_id)->lane;
        return lane_submit(lane, &c->command);
    }
    c->command.kind = c->op->mode == OP_READ_SNAPSHOT ? &kind_snapshot : &kind_read;
    return pool_submit(s->pool, &c->command);
}

/* --- jobs ------------------------------------------------------------------------------------------ */

static struct job *job_of(struct lane_command *c)
{
    return (struct job *)(void *)((char *)c - offsetof(struct job, command));
}

static void job_ctx(struct job *j, struct db *db, struct arena *arena, struct ctx *ctx, struct rng *rng)
{
    rng_init(rng, 0);
    ctx_init(ctx, db, arena, j->service->options.policy, rng, instant_now(), j->kind->name);
    ctx->actor.role = ROLE_SYSTEM;
}

static enum ecode run_job(struct lane_command *command, struct db *db)
{
    struct job *j = job_of(command);
    struct ctx ctx;
    struct rng rng;
    job_ctx(j, db, j->arena, &ctx, &rng);
    check_doing(j->kind->name, NULL);
    enum ecode rc = j->kind->run(j, &ctx);
    check_doing(NULL, NULL);
    j->queued = rc == E_OK && ctx.queued;
    command->code = rc;
    command->err = ctx.err;
    db_set_err(db, &command->err);
    return rc;
}

static enum ecode run_snapshot_job(struct lane_command *command, struct db *db)
{
    return in_snapshot(command, db, run_job);
}

/* Neighbours of one kind together. */
static enum ecode run_jobs(struct lane_command **commands, size_t n, struct db *db)
{
    struct service *s = job_of(commands[0])->service;
    struct arena *arena = writer_of(s, &commands[0]->user_id)->arena;
    arena_reset(arena);
    struct job **jobs = arena_array(arena, n, sizeof(struct job *));
    struct ctx ctx;
    struct rng rng;
    enum ecode rc = E_OK;
    for (size_t i = 0; i < n; i++) {
        jobs[i] = job_of(commands[i]);
        jobs[i]->code = E_OK;
        err_clear(&jobs[i]->err);
    }
    for (size_t i = 0, same; i < n && rc == E_OK; i += same) {
        for (same = 1; i + same < n && jobs[i + same]->kind == jobs[i]->kind; same++)
            ;
        job_ctx(jobs[i], db, arena, &ctx, &rng);
        check_doing(jobs[i]->kind->name, NULL);
        rc = jobs[i]->kind->run_many(jobs + i, same, &ctx);
        check_doing(NULL, NULL);
        for (size_t k = i; k < i + same; k++)
            jobs[k]->queued = ctx.queued;
    }
    for (size_t i = 0; i < n; i++) {
        commands[i]->code = rc == E_OK ? jobs[i]->code : rc;
        commands[i]->err = rc == E_OK ? jobs[i]->err : ctx.err;
    }
    db_set_err(db, &commands[0]->err);
    return rc;
}

static void job_done(struct lane_command *command)
{
    struct job *j = job_of(command);
    j->code = command->code;
    j->err = command->err;
    if (j->code == E_OK && j->queued)
        tell_listener(j->service);
    j->kind->done(j);
}

static const struct lane_kind kind_job = {.name = "job", .run = run_job, .done = job_done};
static const struct lane_kind kind_jobs = {
    .name = "jobs", .run = run_job, .run_many = run_jobs, .done = job_done};
static const struct lane_kind kind_read_job = {.name = "job", .run = run_snapshot_job, .done = job_done};

enum ecode service_submit_job(struct service *s, struct job *j)
{
    j->service = s;
    j->command =
        (struct lane_command){.kind = j->kind->run_many ? &kind_jobs : &kind_job, .user_id = j->order};
    if (j->kind->where == JOB_READ) {
        j->command.kind = &kind_read_job;
        return pool_submit(s->pool, &j->command);
    }
    bool bulk = j->kind->where == JOB_BULK && s->bulk;
    return lane_submit(bulk ? s->bulk : writer_of(s, &j->order)->lane, &j->command);
}

static enum ecode open_lanes(struct service *s, const struct service_options *o, struct err *err)
{
    static const char *const names[WRITERS_MAX] = {"write", "write2"};
    bool one_writer = strncmp(o->database_url, "sqlite:", 7) == 0;
    struct lane_options lane = {.url = o->database_url,
                                .queue_max = o->queue_max,
                                .batch_max = BATCH_MAX,
                                .reconnect_ms = RECONNECT_MS};
    enum ecode rc = E_OK;
    s->writers_count = one_writer ? 1 : WRITERS_MAX;
    s->arrays = !one_writer;
    for (size_t i = 0; i < s->writers_count && rc == E_OK; i++) {
        lane.name = names[i];
        s->writers[i].arena = arena_new(BATCH_ARENA_BYTES);
        rc = lane_new(&lane, &s->writers[i].lane, err);
    }
    if (rc != E_OK || one_writer)
        return rc;
    lane.name = "bulk";
    lane.batch_max = 1; /* an import is a transaction of its own */
    return lane_new(&lane, &s->bulk, err);
}

enum ecode service_new(const struct service_options *o, struct service **out, struct err *err)
{
    struct service *s = calloc(1, sizeof *s);
    CHECK(s != NULL);
    s->options = *o;
    CHECK(pthread_mutex_init(&s->lock, NULL) == 0);
    struct pool_options pool = {
        .url = o->database_url, .name = "read", .threads = o->read_threads, .queue_max = o->queue_max};
    enum ecode rc = open_lanes(s, o, err);
    if (rc == E_OK)
        rc = pool_new(&pool, &s->pool, err);
    if (rc != E_OK) {
        service_free(s);
        return rc;
    }
    *out = s;
    return E_OK;
}

void service_free(struct service *s)
{
    if (!s)
        return;
    pool_free(s->pool);
    lane_free(s->bulk);
    for (size_t i = 0; i < s->writers_count; i++) {
        lane_free(s->writers[i].lane); /* last: SQLite's writer tidies the WAL away when it is the last one */
        arena_free(s->writers[i].arena);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void service_get_stats(struct service *s, struct service_stats *out)
{
    struct lane_stats sum = {0};
    for (size_t i = 0; i < s->writers_count; i++) {
        struct lane_stats one;
        lane_get_stats(s->writers[i].lane, &one);
        sum.commands += one.commands;
        sum.batches += one.batches;
        sum.replays += one.replays;
        sum.reconnects += one.reconnects;
        sum.refused += one.refused;
        sum.waiting += one.waiting;
    }
    out->lane = sum;
    out->reads_waiting = pool_waiting(s->pool);
}
