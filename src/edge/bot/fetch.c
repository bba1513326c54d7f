#include <string.h>
#include "base/arena.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/secret.h"
#include "domain/lease/lease_keeper.h"
#include "domain/task.h"
#include "edge/bot/fetch_jobs.h"
#include "edge/bot/import_report.h"
#include "edge/bot/runtime.h"
#include "net/telegram.h"

/*
 * The fetcher: gets the files that people sent to be imported, one at a time, and hands them to the bulk
 * lane.
 *
 *     claim (transaction) ──► getFile ──► download ──► import, message, end of the row (one transaction)
 *
 * Nothing waits for the network on a lane.
 */
#define LOOK_MS 1000
#define CALL_TIMEOUT_MS 30000
#define DOWNLOAD_TIMEOUT_MS 300000
#define TROUBLE_MS 2000
#define PARAMS_MAX 8192

/* One errand under way. */
struct errand {
    struct bot *b;
    struct arena *arena;
    struct fetch_lease lease;
    struct outbox_item item;
    struct import_errand what;
    struct buf url; /* secret */
    struct http_call download;
    /* how it ends */
    const char *why; /* NULL: it is imported */
    const char *error;
    bool again;
};

struct look_job {
    bool due;
};

static enum ecode run_look(struct job *j, struct ctx *ctx)
{
    struct look_job *l = j->owner;
    struct instant at;
    enum ecode rc = outbox_next(ctx, IMPORT_CHANNEL, &at);
    l->due = rc == E_OK && instant_cmp(at, ctx->now) <= 0;
    return rc == E_NOT_FOUND ? E_OK : rc;
}

static enum ecode run_claim(struct job *j, struct ctx *ctx)
{
    struct errand *e = j->owner;
    return fetch_claim(ctx, &e->lease, &e->item);
}

static enum ecode run_import(struct job *j, struct ctx *ctx)
{
    struct errand *e = j->owner;
    return fetch_import(ctx, &e->lease, &e->item, e->download.answer.data, e->download.answer.len);
}

static enum ecode run_end(struct job *j, struct ctx *ctx)
{
    struct errand *e = j->owner;
    return e->again ? fetch_retry(ctx, &e->lease, &e->item, e->error)
                    : fetch_fail(ctx, &e->lease, &e->item, e->why);
}

static const struct job_kind kind_look = {"files.look", JOB_READ, run_look, NULL, task_done};
static const struct job_kind kind_claim = {"files.claim", JOB_WRITE, run_claim, NULL, task_done};
static const struct job_kind kind_import = {"files.import", JOB_BULK, run_import, NULL, task_done};
static const struct job_kind kind_end = {"files.end", JOB_WRITE, run_end, NULL, task_done};

/* In an arena of its own: what a job leaves behind does not add up. */
static enum ecode run(struct bot *b, const struct job_kind *kind, void *in, struct err *err)
{
    struct arena *arena = arena_new(BOT_ARENA_BYTES);
    enum ecode rc = task_run(b->o.service, kind, arena, in, err);
    arena_free(arena);
    return rc;
}

/* --- the file ------------------------------------------------------------------------------------------ */

static void later(struct errand *e, const char *error)
{
    e->again = true;
    e->error = error;
}

static const char *get_file_params(struct errand *e)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, PARAMS_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, "file_id", e->what.file_id);
    json_object_end(&w);
    json_writer_finish(&w);
    const char *params = arena_memdup(e->arena, b.data, b.len);
    buf_release(&b);
    return params;
}

/* Where the file lies: its path goes into e->url. false: e says how it ends. */
static bool find(struct errand *e, struct err *err)
{
    struct request r;
    struct tg_answer answer;
    struct request_spec spec = {
        .method = "getFile", .params = get_file_params(e), .timeout_ms = CALL_TIMEOUT_MS};
    bool found = false;
    enum ecode rc = bot_call(e->b, e->lease.fence, &r, e->arena, &spec, err);
    enum tg_verdict v = rc == E_OK ? tg_judge(e->arena, &r.call, &answer) : TG_NOT_SENT;
    if (v == TG_SENT && answer.file_path && answer.file_size <= IMPORT_FILE_BYTES_MAX) {
        char token[SECRET_BYTES_MAX + 1];
        secret_copy(e->b->o.token, token);
        tg_file_url(&e->url, e->b->o.api_url, token, answer.file_path);
        found = !buf_overflowed(&e->url);
        e->why = found ? NULL : "gone";
    } else if (v == TG_SENT || v == TG_REFUSED || v == TG_GONE) {
        bool large = v == TG_SENT ? answer.file_size > IMPORT_FILE_BYTES_MAX
                                  : strstr(answer.description, "too big") != NULL;
        e->why = large ? "large" : "gone";
    } else {
        later(e, tg_verdict_name(v));
    }
    request_release(&r);
    return found;
}

/* The file itself. false: e says how it ends. */
static bool download(struct errand *e, struct err *err)
{
    struct http_call *call = &e->download;
    call->method = HTTP_GET;
    call->url = buf_text(&e->url);
    call->timeout_ms = DOWNLOAD_TIMEOUT_MS;
    call->answer_max = IMPORT_FILE_BYTES_MAX;
    call->repeatable = true;
    if (bot_wait(e->b, e->lease.fence, call, err) != E_OK) {
        later(e, "not sent");
        return false;
    }
    bool answered = call->outcome == HTTP_CALL_ANSWERED;
    if (answered && call->status == 200)
        return true;
    if (answered && (call->status == 404 || call->status == 400))
        e->why = "gone";
    else if (call->err.code == E_TOO_LARGE)
        e->why = "large";
    else
        later(e, "the download was cut off");
    return false;
}

/* --- an errand ----------------------------------------------------------------------------------------- */

/* Until its end is stored, or it is somebody else's. */
static void finish(struct errand *e)
{
    struct err err = {.code = E_OK};
    struct hold *hold = &e->b->hold;
    bool import = !e->why && !e->again;
    for (;;) {
        enum ecode rc = run(e->b, import ? &kind_import : &kind_end, e, &err);
        if (rc == E_OK) {
            sender_wake(e->b->sender);
            return;
        }
        if (rc == E_CONFLICT)
            return;
        log_event(LOG_WARN, "a file could not be imported", log_str("step", import ? "import" : "end"),
                  log_i64("attempts", e->item.attempts), log_err(&err));
        if (import)
            later(e, ecode_name(rc));
        import = false;
        if (!hold_sleep(hold, e->lease.fence, TROUBLE_MS))
            return;
    }
}

/* false: nothing is due, or it cannot be had now. */
static bool step(struct bot *b, int64_t fence)
{
    struct err err = {.code = E_OK};
    struct look_job look = {false};
    if (run(b, &kind_look, &look, &err) != E_OK || !look.due)
        return false;
    struct errand e = {.b = b, .arena = arena_new(BOT_ARENA_BYTES), .lease = {fence, {LEASE_TTL_MS}}};
    buf_init(&e.url, PARAMS_MAX);
    http_call_init(&e.download);
    enum ecode rc = task_run(b->o.service, &kind_claim, e.arena, &e, &err);
    if (rc == E_OK) {
        if (!import_errand_read(e.arena, e.item.payload, &e.what) || fetch_is_hopeless(&e.item))
            e.why = "lost";
        else if (find(&e, &err))
            download(&e, &err);
        if (hold_fence(&b->hold) == fence)
            finish(&e);
    } else if (rc == E_CONFLICT) {
        bot_lost(b, fence);
    } else if (rc != E_NOT_FOUND) {
        log_event(LOG_WARN, "files cannot be fetched", log_err(&err));
    }
    http_call_release(&e.download);
    buf_release(&e.url);
    arena_free(e.arena);
    return rc == E_OK;
}

void *fetch_run(void *arg)
{
    struct bot *b = arg;
    int64_t fence;
    while ((fence = hold_wait(&b->hold)) != 0) {
        while (hold_sleep(&b->hold, fence, LOOK_MS)) {
            while (step(b, fence) && hold_sleep(&b->hold, fence, 0))
                ;
        }
    }
    return NULL;
}
