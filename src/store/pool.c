/* The read pool of lane.h. */
#include <stdlib.h>
#include "base/check.h"
#include "base/instant.h"
#include "store/db_driver.h"
#include "store/lane.h"
#include "store/queue.h"

#define THREADS_MAX 64
/* While the database is away, commands are refused at once and a connection is tried this often. */
#define RETRY_MS 500

struct reader {
    struct pool *pool;
    struct db *db;
    pthread_t thread;
    struct monotime failed_at; /* the last try to reconnect; ns 0: none */
};

struct pool {
    struct queue queue;
    size_t threads; /* that were started */
    struct reader readers[];
};

static enum ecode reopen(struct reader *r)
{
    struct monotime now = monotime_now();
    if (r->failed_at.ns != 0 && monotime_diff(now, r->failed_at).ms < RETRY_MS)
        return err_set(db_err(r->db), E_UNAVAILABLE, "the database cannot be reached");
    enum ecode code = db_reopen(r->db);
    r->failed_at = code ? now : (struct monotime){0};
    return code;
}

static enum ecode run(struct reader *r, struct lane_command *c)
{
    err_clear(&c->err);
    db_set_err(r->db, &c->err);
    enum ecode code = db_is_lost(r->db) ? reopen(r) : E_OK;
    if (!code)
        code = c->kind->run(c, r->db);
    if (code && db_is_lost(r->db) && reopen(r) == E_OK) {
        err_clear(&c->err);
        code = c->kind->run(c, r->db);
    }
    if (code) {
        db_rollback(r->db); /* a snapshot that was open when it failed */
        db_end_statements(r->db);
    }
    CHECK(!db_in_txn(r->db) && db_open_statements(r->db) == 0);
    return code;
}

static void *work(void *arg)
{
    struct reader *r = arg;
    struct lane_command *c;
    while (queue_take(&r->pool->queue, &c, 1) > 0) {
        c->code = run(r, c);
        if (c->code && c->err.code != c->code)
            err_set(&c->err, c->code, "%s", ecode_name(c->code));
        struct err unused;
        db_set_err(r->db, &unused); /* the command is not touched after done */
        c->kind->done(c);
    }
    return NULL;
}

enum ecode pool_new(const struct pool_options *o, struct pool **out, struct err *err)
{
    CHECK(o->threads > 0 && o->threads <= THREADS_MAX);
    struct pool *p = calloc(1, sizeof *p + o->threads * sizeof p->readers[0]);
    CHECK(p);
    queue_init(&p->queue, o->queue_max);
    enum ecode code = E_OK;
    for (size_t i = 0; i < o->threads && !code; i++) {
        struct reader *r = &p->readers[i];
        r->pool = p;
        code = db_open(o->url, DB_READONLY, &r->db, err);
        if (!code)
            code = worker_start(&r->thread, o->name, work, r, err);
        if (code)
            db_close(r->db);
        else
            p->threads++;
    }
    if (code)
        pool_free(p);
    else
        *out = p;
    return code;
}

enum ecode pool_submit(struct pool *p, struct lane_command *c)
{
    return queue_put(&p->queue, c);
}

void pool_free(struct pool *p)
{
    if (!p)
        return;
    queue_stop(&p->queue);
    for (size_t i = 0; i < p->threads; i++) {
        pthread_join(p->readers[i].thread, NULL);
        db_close(p->readers[i].db);
    }
    queue_release(&p->queue);
    free(p);
}

size_t pool_waiting(struct pool *p)
{
    return queue_waiting(&p->queue);
}
