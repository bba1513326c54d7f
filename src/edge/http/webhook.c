#include "edge/http/edge.h"

#include <string.h>
#include "base/check.h"
#include "base/log.h"
#include "edge/http/route.h"

/*
 * Webhooks: the raw bytes go to whoever acts on them (the sinks of http_edge_options), and only what is
 * stored is answered with 200.
 */
#define SECRET_HEADER "X-Telegram-Bot-Api-Secret-Token"

static enum ecode admit(struct exchange *x, const struct webhook_sink *sink)
{
    if (sink->submit == NULL)
        return err_set(&x->err, E_NOT_FOUND, "there is nothing at this address");
    return E_OK;
}

enum ecode webhook_admit_telegram(struct exchange *x)
{
    const struct webhook_sink *sink = &x->edge->telegram;
    if (admit(x, sink) != E_OK)
        return x->err.code;
    const char *given = http_request_header(x->request, SECRET_HEADER);
    if (given == NULL || http_request_header_count(x->request, SECRET_HEADER) != 1 ||
        !sink->knows(sink->arg, given)) {
        if (sink->forged != NULL)
            sink->forged(sink->arg);
        return err_set(&x->err, E_UNAUTHENTIC, "the secret token is not the one that was agreed on");
    }
    return E_OK;
}

/* Signed bodies are judged by whoever acts on them. */
enum ecode webhook_admit_yookassa(struct exchange *x)
{
    return admit(x, &x->edge->yookassa);
}

enum ecode webhook_admit_cryptobot(struct exchange *x)
{
    return admit(x, &x->edge->cryptobot);
}

/* On the thread of whoever acted on it. */
static void event_done(struct webhook_event *event)
{
    struct exchange *x = event->owner;
    struct http_edge *e = x->edge;
    http_request_resume(x->request);
    edge_call_end(e);
}

static const char *signature(struct exchange *x, const struct webhook_sink *sink)
{
    const char *name = sink->signature_header;
    return name != NULL && http_request_header_count(x->request, name) == 1
               ? http_request_header(x->request, name)
               : NULL;
}

static void pass_on(struct exchange *x, const struct webhook_sink *sink)
{
    struct http_request *r = x->request;
    struct webhook_event *event = arena_alloc(r->arena, sizeof *event);
    *event = (struct webhook_event){.body = r->body,
                                    .len = r->body_len,
                                    .signature = signature(x, sink),
                                    .arena = r->arena,
                                    .done = event_done,
                                    .owner = x};
    x->extra = event;
    if (!edge_call_begin(x->edge)) {
        err_set(&x->err, E_BUSY, "the server is stopping");
        problem_answer(x);
        return;
    }
    http_request_suspend(r);
    enum ecode rc = sink->submit(sink->arg, event);
    if (rc == E_OK) /* it may be gone already */
        return;
    event->code = rc;
    event_done(event);
}

void webhook_telegram(struct exchange *x)
{
    pass_on(x, &x->edge->telegram);
}

void webhook_yookassa(struct exchange *x)
{
    pass_on(x, &x->edge->yookassa);
}

void webhook_cryptobot(struct exchange *x)
{
    pass_on(x, &x->edge->cryptobot);
}

/* What coming again would not change: 401, 400, 422. */
static bool is_refusal(enum ecode code)
{
    return code == E_UNAUTHENTIC || code == E_MALFORMED || code == E_INVALID;
}

void webhook_resumed(struct exchange *x)
{
    const struct webhook_event *event = x->extra;
    if (is_refusal(event->code) && x->route->flags & ROUTE_JUDGED) {
        err_set(&x->err, event->code, "the webhook is refused, nothing of it was stored");
        problem_answer(x);
        return;
    }
    if (event->code != E_OK) {
        err_set(&x->err, event->code, "the update was not stored");
        if (problem_status(event->code) != 503)
            log_event(LOG_ERROR, "webhook failed", log_str("request_id", x->request->id), log_err(&x->err));
        x->problem_status = 503; /* whatever it was: it is to be sent again */
        problem_answer(x);
        return;
    }
    if (event->answer != NULL)
        buf_str(http_answer_body(x->request), event->answer);
    http_answer(x->request, 200, event->answer != NULL ? "application/json" : NULL);
}
