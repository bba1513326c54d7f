#ifndef HABITD_DOMAIN_SERVICE_H
#define HABITD_DOMAIN_SERVICE_H

#include "domain/ctx.h"
#include "domain/op.h"
#include "store/lane.h"

/*
 * Where operations are run: the write lane and the read pool behind one call. Edges fill a struct call,
 * submit it and get it back with its answer; they never see a database.
 */
struct service;

struct service_options {
    const char *database_url;
    const struct policy *policy;
    size_t queue_max; /* waiting writes; more are E_BUSY */
    size_t read_threads;
};

/* One operation under way. Owned by the caller; the service uses it from submit until done(). */
struct call {
    const struct op *op;
    const void *in;
    void *out;
    struct arena *arena; /* out's memory; not touched by the caller until done */
    const char *token;   /* bearer token, NULL: none */
    size_t token_len;
    enum source source;
    const char *request_id;
    /* Idempotency-Key of a POST: NULL none. With a key the answer is rendered and stored inside the
     * transaction. */
    const char *idempotency_key;
    const uint8_t *body_hash; /* SHA-256 of method, path and body */
    /* Renders the answer into the arena; needed with a key (called in the transaction), otherwise the caller
     * renders in or after done. */
    enum ecode (*render)(struct call *c, struct ctx *ctx);
    int http_status;    /* set by render or by replaying a stored answer */
    const char *answer; /* likewise */
    size_t answer_len;
    bool replayed;                /* the answer is the stored one */
    bool queued;                  /* it stored something to send */
    void (*done)(struct call *c); /* on a worker's thread */
    void *owner;
    /* the answer */
    enum ecode code;
    struct err err;
    struct uuid user_id;         /* whose it was, once authenticated */
    struct service *service;     /* the service's */
    struct lane_command command; /* the service's */
};

/*
 * Work of one transaction that is more than one operation: an update with all that it causes, a tick of the
 * clock, what a sender claims. A kind says what is done, a job is one of them. Owned by the caller; the
 * service uses it from submit until done().
 */
struct job;
struct job_kind {
    const char *name; /* what a crash says it was doing */
    enum {
        JOB_WRITE, /* on the lane that people wait for, inside its transaction */
        JOB_BULK,  /* likewise, on the lane of long writes where the engine has room for two */
        JOB_READ   /* on a read connection, all statements see one moment */
    } where;
    /*
     * With ctx->actor.role ROLE_SYSTEM and nobody's rows until ctx_act_as. May be run again from the start:
     * what it leaves outside the database is only what done() reads. Writes of a job that fails are undone.
     */
    enum ecode (*run)(struct job *j, struct ctx *ctx);
    /*
     * Optional, JOB_WRITE: n ≥ 1 jobs of this kind at once, of any people. Sets each job's
     * code. Returns E_OK, or the error after which all is undone and the jobs are run one by one. ctx->arena
     * is for the batch.
     */
    enum ecode (*run_many)(struct job **j, size_t n, struct ctx *ctx);
    void (*done)(struct job *j); /* on a worker's thread, after the commit or the final refusal */
};
struct job {
    const struct job_kind *kind;
    struct uuid order; /* jobs of one order run in the order they came; zero: nobody's */
    struct arena *arena;
    void *owner;
    /* the answer */
    enum ecode code;
    struct err err;
    bool queued;                 /* it, or a job that ran together with it, stored something to send */
    struct service *service;     /* the service's */
    struct lane_command command; /* the service's */
};

struct service_stats {
    struct lane_stats lane; /* of all writers together; without the bulk lane */
    size_t reads_waiting;
};

enum ecode service_new(const struct service_options *o, struct service **out, struct err *err);
/* E_OK: done() will be called once. E_BUSY: it will not. Any thread. */
enum ecode service_submit(struct service *s, struct call *c);
/* The same for a job. */
enum ecode service_submit_job(struct service *s, struct job *j);
/*
 * Calls heard(arg) whenever something to send was committed, before its caller hears of it: on a worker's
 * thread, so it must be cheap. One listener; NULL: none, and heard is not running any more.
 */
void service_listen(struct service *s, void (*heard)(void *arg), void *arg);
/* Finishes what was accepted. NULL-safe. */
void service_free(struct service *s);
void service_get_stats(struct service *s, struct service_stats *out);

#endif
