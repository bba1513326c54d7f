#include "domain/doctor/doctor_runner.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/wait.h"
#include "ctx.sql.h"
#include "domain/alert/alert.h"
#include "domain/doctor/doctor.h"
#include "domain/service.h"

#define ARENA_BYTES ((size_t)256 * 1024 * 1024)
#define DETAIL_BYTES ((size_t)256 * 1024)
#define ROWS_KEPT 10
#define INTERRUPT_NS 20000000

struct doctor_runner {
    struct service *service;
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool busy;
    struct db *reading; /* what it looks through just now; NULL: nothing */
    atomic_bool stopping;
    /* of the one that is under way */
    struct uuid who;
    struct arena *arena;
    struct job look, keep;
    const char *detail;
    const char *broken; /* "habit_logs.future: 3, …"; NULL: nothing; of an examination that was made */
    bool made;
};

static void end(struct doctor_runner *r)
{
    arena_free(r->arena);
    pthread_mutex_lock(&r->lock);
    r->arena = NULL;
    r->busy = false;
    pthread_cond_broadcast(&r->over);
    pthread_mutex_unlock(&r->lock);
}

static void write_check(struct json_writer *w, const struct doctor_result *c)
{
    json_object_begin(w);
    json_field_string(w, "name", c->name);
    json_field_string(w, "about", c->about);
    json_field_i64(w, "count", c->violations);
    json_key(w, "rows");
    json_array_begin(w);
    for (size_t i = 0; i < c->rows_count && i < ROWS_KEPT; i++)
        json_put_string(w, c->rows[i]);
    json_array_end(w);
    json_object_end(w);
}

/* report NULL: it could not be made, error says why. */
static const char *write_detail(struct arena *a, const struct doctor_report *report, const char *error)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, DETAIL_BYTES);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_bool(&w, "ok", report != NULL && report->ok);
    json_field_i64(&w, "checks", report != NULL ? (int64_t)report->count : 0);
    json_key(&w, "broken");
    json_array_begin(&w);
    for (size_t i = 0; report != NULL && i < report->count; i++)
        if (report->checks[i].violations > 0)
            write_check(&w, &report->checks[i]);
    json_array_end(&w);
    json_field_string(&w, "error", error);
    json_object_end(&w);
    json_writer_finish(&w);
    const char *text = arena_strdup(a, buf_text(&b));
    buf_release(&b);
    return text;
}

static const char *list_broken(struct arena *a, const struct doctor_report *report)
{
    const char *list = NULL;
    for (size_t i = 0; i < report->count; i++) {
        const struct doctor_result *c = &report->checks[i];
        if (c->violations > 0)
            list = arena_printf(a, "%s%s%s: %lld", list != NULL ? list : "", list != NULL ? ", " : "",
                                c->name, (long long)c->violations);
    }
    return list;
}

static bool is_stopping(void *arg)
{
    return atomic_load(&((struct doctor_runner *)arg)->stopping);
}

static void set_reading(struct doctor_runner *r, struct db *db)
{
    pthread_mutex_lock(&r->lock);
    r->reading = db;
    pthread_mutex_unlock(&r->lock);
}

static enum ecode look(struct job *j, struct ctx *ctx)
{
    struct doctor_runner *r = j->owner;
    struct doctor_options o = {.stop = is_stopping, .arg = r};
    struct doctor_report report;
    set_reading(r, ctx->db);
    enum ecode rc = doctor_run(ctx, &o, &report);
    set_reading(r, NULL);
    if (rc != E_OK)
        return rc;
    r->detail = write_detail(r->arena, &report, NULL);
    r->broken = list_broken(r->arena, &report);
    r->made = true;
    return E_OK;
}

static enum ecode tell(struct ctx *ctx, const struct doctor_runner *r)
{
    struct alert_draft draft = {.fingerprint = "doctor.broken",
                                .severity = ALERT_CRITICAL,
                                .title = "The database is not as it must be; habitd doctor names the rows",
                                .detail = r->broken};
    if (!r->made)
        return E_OK;
    return r->broken != NULL ? alert_raise(ctx, &draft) : alert_clear(ctx, draft.fingerprint);
}

static enum ecode keep_row(struct ctx *ctx, const struct doctor_runner *r)
{
    char id[UUID_TEXT], actor[UUID_TEXT + 8];
    struct uuid row = ctx_new_id(ctx);
    snprintf(actor, sizeof actor, "person:%s", uuid_format(&r->who, id));
    struct stmt *q = db_query(ctx->db, &Q_audit_insert);
    stmt_bind_uuid(q, 1, &r->who);
    stmt_bind_uuid(q, 2, &row);
    stmt_bind_text(q, 3, actor);
    stmt_bind_text(q, 4, DOCTOR_OPERATION);
    stmt_bind_text(q, 5, ctx->request_id);
    stmt_bind_text(q, 6, r->detail);
    stmt_bind_time(q, 7, ctx->now);
    return stmt_run(q);
}

static enum ecode keep(struct job *j, struct ctx *ctx)
{
    struct doctor_runner *r = j->owner;
    enum ecode rc = uuid_is_zero(&r->who) ? E_OK : keep_row(ctx, r);
    return rc == E_OK ? tell(ctx, r) : rc;
}

static void kept(struct job *j)
{
    if (j->code != E_OK)
        log_event(LOG_WARN, "what the doctor found is not kept", log_err(&j->err));
    end(j->owner);
}

static void looked(struct job *j)
{
    static const struct job_kind keeping = {"keep what the doctor found", JOB_WRITE, keep, NULL, kept};
    struct doctor_runner *r = j->owner;
    if (atomic_load(&r->stopping)) {
        end(r);
        return;
    }
    if (j->code != E_OK)
        r->detail = write_detail(r->arena, NULL, j->err.text);
    r->keep = (struct job){.kind = &keeping, .order = r->who, .arena = r->arena, .owner = r};
    if (service_submit_job(r->service, &r->keep) != E_OK) {
        log_event(LOG_WARN, "what the doctor found is not kept", log_str("why", "the queue is full"));
        end(r);
    }
}

struct doctor_runner *doctor_runner_new(struct service *s)
{
    struct doctor_runner *r = calloc(1, sizeof *r);
    CHECK(r != NULL);
    CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
    cond_init_monotonic(&r->over);
    r->service = s;
    return r;
}

enum ecode doctor_runner_begin(struct doctor_runner *r, const struct uuid *who, struct err *err)
{
    static const struct job_kind looking = {"examine the database", JOB_READ, look, NULL, looked};
    pthread_mutex_lock(&r->lock);
    bool busy = r->busy;
    r->busy = true;
    pthread_mutex_unlock(&r->lock);
    if (busy)
        return err_reason(err, E_CONFLICT, "doctor_runs", "an examination is under way");
    r->who = *who;
    r->detail = r->broken = NULL;
    r->made = false;
    r->arena = arena_new(ARENA_BYTES);
    r->look = (struct job){.kind = &looking, .arena = r->arena, .owner = r};
    if (service_submit_job(r->service, &r->look) == E_OK)
        return E_OK;
    end(r);
    return err_set(err, E_BUSY, "the queue is full");
}

bool doctor_runner_is_busy(struct doctor_runner *r)
{
    pthread_mutex_lock(&r->lock);
    bool busy = r->busy;
    pthread_mutex_unlock(&r->lock);
    return busy;
}

void doctor_runner_free(struct doctor_runner *r)
{
    if (r == NULL)
        return;
    atomic_store(&r->stopping, true);
    pthread_mutex_lock(&r->lock);
    while (r->busy) { /* an interrupt that comes between two statements ends none */
        if (r->reading != NULL)
            db_interrupt(r->reading);
        cond_wait_until(&r->over, &r->lock, (struct monotime){monotime_now().ns + INTERRUPT_NS});
    }
    pthread_mutex_unlock(&r->lock);
    pthread_mutex_destroy(&r->lock);
    pthread_cond_destroy(&r->over);
    free(r);
}
