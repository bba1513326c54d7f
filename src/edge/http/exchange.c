#include "edge/http/edge.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/check.h"
#include "base/hash.h"
#include "base/log.h"
#include "domain/transfer/transfer.h"
#include "edge/http/metrics.h"
#include "edge/http/route.h"

#define IMPORT_BODY_MS 300000
#define IDEMPOTENCY_KEY_MAX 255
/* A defect's bound, not an input's: what one person has is limited in the domain. */
#define OPERATION_ARENA_MAX ((size_t)4096 * 1024 * 1024)
#define STORED_ANSWER_MAX ((size_t)16 * 1024 * 1024)

/* --- from the header to the operation
 * ----------------------------------------------------------------------------- */

static enum ecode no_route(struct exchange *x, const char *allow)
{
    if (allow == NULL)
        return err_set(&x->err, E_NOT_FOUND, "there is nothing at this address");
    http_answer_header(x->request, "Allow", allow);
    x->problem_status = 405;
    return err_reason(&x->err, E_INVALID, "method_not_allowed", "this address takes %s", allow);
}

/* An operator's address does not exist for others: whatever they ask of it, it says so. */
static bool is_hidden(const struct route *route)
{
    return route->op != NULL && route->op->role == ROLE_ADMIN;
}

static enum ecode admit(struct exchange *x)
{
    const char *allow;
    x->route = route_find(x, &allow);
    unsigned flags = x->route != NULL ? x->route->flags : 0;
    enum ecode token = limits_read_token(x);
    struct err token_err = x->err;
    enum ecode rc = flags & ROUTE_UNLIMITED ? E_OK : limits_draw(x);
    if (rc != E_OK)
        return rc;
    err_clear(&x->err);
    if (x->route == NULL)
        return no_route(x, allow);
    if (x->route->admit != NULL)
        return x->route->admit(x);
    if (flags & ROUTE_PUBLIC)
        return E_OK;
    if (is_hidden(x->route) && x->token == NULL)
        return no_route(x, NULL);
    if (token != E_OK) {
        x->err = token_err;
        return token;
    }
    return x->token == NULL ? err_set(&x->err, E_UNAUTHENTIC, "a bearer token is needed") : E_OK;
}

void exchange_admit(void *cls, struct http_request *r, struct http_admission *a)
{
    struct exchange *x = arena_alloc(r->arena, sizeof *x);
    x->edge = cls;
    x->request = r;
    r->user = x;
    if (admit(x) != E_OK) {
        problem_answer(x);
        return;
    }
    a->body_lax = is_hidden(x->route); /* whether it is too long is told to operators only */
    if (x->route->body == BODY_FILE) {
        a->body_max = IMPORT_BYTES_MAX;
        a->body_ms = IMPORT_BODY_MS;
    }
}

/*
 * What the body says it is: JSON, with or without parameters; nothing; or what curl -d and fetch send by
 * themselves. The body is read as strict JSON in any case, and credentials come in a header only, so no page
 * of another site gains by it.
 */
static bool content_type_is_fine(const struct exchange *x)
{
    static const char *const types[] = {"application/json", "application/merge-patch+json", "text/plain",
                                        "application/x-www-form-urlencoded"};
    const char *type = http_request_header(x->request, "Content-Type");
    if (type == NULL)
        return true;
    size_t len = strcspn(type, "; \t");
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (len == strlen(types[i]) && strncasecmp(type, types[i], len) == 0)
            return http_request_header_count(x->request, "Content-Type") == 1;
    }
    return false;
}

static enum ecode read_body(struct exchange *x)
{
    const struct http_request *r = x->request;
    if (r->body_over)
        return err_reason(&x->err, E_TOO_LARGE, "body_too_large", "the body is longer than is accepted");
    if (x->route->body == BODY_FILE || x->route->body == BODY_RAW ||
        (x->route->body == BODY_NONE && r->body_len == 0))
        return E_OK;
    if (r->body_len > 0 && !content_type_is_fine(x)) {
        x->problem_status = 415;
        return err_reason(&x->err, E_INVALID, "unsupported_media_type", "the body must be application/json");
    }
    enum ecode rc = json_read(r->arena, r->body, r->body_len, true, &x->body, &x->err);
    if (rc == E_OK && x->route->body == BODY_NONE && json_object_size(x->body) > 0)
        return err_field(&x->err, json_object_iter_key(json_object_iter(x->body)), "is not a known field");
    return rc;
}

/* The key of a POST, and the hash that tells whether a request under it is the same one. */
static enum ecode read_idempotency_key(struct exchange *x)
{
    const struct http_request *r = x->request;
    const char *key = r->method == HTTP_POST ? http_request_header(r, "Idempotency-Key") : NULL;
    if (key == NULL)
        return E_OK;
    size_t len = strlen(key);
    bool visible = true;
    for (size_t i = 0; i < len; i++)
        visible = visible && key[i] > 0x20 && key[i] < 0x7f;
    if (http_request_header_count(r, "Idempotency-Key") != 1 || len == 0 || len > IDEMPOTENCY_KEY_MAX ||
        !visible)
        return err_field(&x->err, "Idempotency-Key", "must be 1 to %d visible ASCII characters, once",
                         IDEMPOTENCY_KEY_MAX);
    uint8_t body[SHA256_LEN], *whole = arena_alloc(r->arena, SHA256_LEN);
    char hex[SHA256_LEN * 2 + 1];
    sha256(r->body, r->body_len, body);
    const char *text = arena_printf(r->arena, "%s\n%s\n%s", http_method_name(r->method), r->raw_target,
                                    hex_encode(body, sizeof body, hex));
    sha256(text, strlen(text), whole);
    x->call.idempotency_key = key;
    x->call.body_hash = whole;
    return E_OK;
}

static void free_arena(void *a)
{
    arena_free(a);
}

static enum ecode read_request(struct exchange *x)
{
    const struct route *route = x->route;
    struct arena *a = x->request->arena;
    void *in = arena_alloc(a, route->in_size);
    enum ecode rc =
        route->op != NULL ? query_check_names(x) : E_OK; /* monitors add some to a probe's address */
    if (rc == E_OK)
        rc = read_body(x);
    if (rc == E_OK)
        rc = read_idempotency_key(x);
    if (rc == E_OK && route->parse != NULL)
        rc = route->parse(x, in);
    if (rc != E_OK)
        return rc;
    x->call.in = in;
    x->call.out = arena_alloc(a, route->out_size);
    x->call.arena = a;
    if (route->op != NULL && !(route->flags & ROUTE_SMALL)) {
        x->call.arena = arena_new(OPERATION_ARENA_MAX);
        arena_defer(a, free_arena, x->call.arena);
    }
    return E_OK;
}

/* --- the operation and its answer
 * --------------------------------------------------------------------------------- */

static enum ecode write_json(struct exchange *x, struct buf *body)
{
    struct json_writer w;
    json_writer_init(&w, body);
    enum ecode rc = x->route->render(x, x->call.out, &w);
    if (rc == E_OK)
        json_writer_finish(&w);
    return rc;
}

static int success_status(const struct exchange *x)
{
    return x->route->status_of != NULL ? x->route->status_of(x->call.out) : x->route->status;
}

/* The answer that is stored under an Idempotency-Key, inside the operation's transaction. */
static enum ecode render_stored(struct call *c, struct ctx *ctx)
{
    struct exchange *x = c->owner;
    struct buf body;
    buf_init(&body, STORED_ANSWER_MAX);
    enum ecode rc = write_json(x, &body);
    if (rc != E_OK)
        ctx->err = x->err;
    else if (buf_overflowed(&body))
        rc = err_set(&ctx->err, E_TOO_LARGE, "the answer is too long");
    if (rc == E_OK) {
        c->answer = arena_memdup(c->arena, buf_text(&body), body.len);
        c->answer_len = body.len;
        c->http_status = success_status(x);
    }
    buf_release(&body);
    return rc;
}

/* Location of what was made: the answers of such routes begin with its id. */
static void put_location(struct exchange *x, const char *answer, size_t len)
{
    static const char before[] = "{\"id\":\"";
    size_t skip = sizeof before - 1;
    if (len < skip + UUID_TEXT - 1 || memcmp(answer, before, skip) != 0)
        return;
    http_answer_header(
        x->request, "Location",
        arena_printf(x->request->arena, "%s/%.*s", x->request->path, UUID_TEXT - 1, answer + skip));
}

static enum ecode write_answer(struct exchange *x)
{
    struct http_request *r = x->request;
    struct buf *body = http_answer_body(r);
    int status = success_status(x);
    enum ecode rc = E_OK;
    if (x->call.answer != NULL) {
        status = x->call.http_status;
        buf_add(body, x->call.answer, x->call.answer_len);
    } else if (x->route->answer != NULL) {
        return x->route->answer(x, x->call.out);
    } else if (x->route->render != NULL) {
        rc = write_json(x, body);
    }
    if (rc != E_OK)
        return rc;
    if (x->route->created && status == 201)
        put_location(x, buf_text(body), body->len);
    if (x->call.replayed)
        http_answer_header(r, "Idempotent-Replayed", "true");
    const char *type = status >= 400 ? "application/problem+json" : "application/json";
    http_answer(r, status, body->len > 0 ? type : NULL);
    return E_OK;
}

static void log_failure(const struct exchange *x)
{
    int status = problem_status(x->err.code);
    if (status < 500)
        return;
    log_event(status == 503 ? LOG_WARN : LOG_ERROR, "request failed", log_str("request_id", x->request->id),
              log_str("operation", x->route->op->name), log_err(&x->err));
}

/* Turns what the service said into the answer. */
static void answer_call(struct exchange *x)
{
    enum ecode rc = x->call.code;
    bool stranger = is_hidden(x->route) && (rc == E_UNAUTHENTIC || rc == E_FORBIDDEN);
    if (rc == E_OK || rc == E_UNAUTHENTIC)
        limits_note_verdict(x, rc == E_OK);
    if (stranger) {
        x->problem_status = 0;
        err_clear(&x->err);
        rc = no_route(x, NULL);
    } else if (rc != E_OK) {
        x->err = x->call.err;
    } else if (x->refused) {
        rc = x->err.code;
    } else {
        rc = write_answer(x);
    }
    if (rc != E_OK) {
        x->err.code = rc;
        log_failure(x);
        problem_answer(x);
        return;
    }
    limits_put_headers(x);
}

/* On a worker's thread. A lane's must not spend its time here: what it wrote is rendered by the network
 * thread. */
static void call_done(struct call *c)
{
    struct exchange *x = c->owner;
    struct http_edge *e = x->edge;
    if (c->code == E_OK && !x->refused && x->route->hold != NULL && x->route->hold(x))
        return; /* somebody else's from here on, or answered already */
    if (c->op->mode != OP_WRITE)
        answer_call(x);
    http_request_resume(x->request);
    edge_call_end(e);
}

void exchange_resumed(void *cls, struct http_request *r)
{
    struct exchange *x = r->user;
    if (x->route->resumed != NULL)
        x->route->resumed(x);
    else
        answer_call(x);
}

static void submit(struct exchange *x, const struct op *op)
{
    struct http_edge *e = x->edge;
    struct call *c = &x->call;
    c->op = op;
    c->token = x->token;
    c->token_len = x->token_len;
    c->source = SOURCE_API;
    c->request_id = x->request->id;
    c->render = c->idempotency_key != NULL && !x->refused ? render_stored : NULL;
    c->done = call_done;
    c->owner = x;
    if (!edge_call_begin(e)) {
        err_set(&x->err, E_BUSY, "the server is stopping");
        problem_answer(x);
        return;
    }
    http_request_suspend(x->request);
    if (service_submit(e->service, c) == E_OK)
        return;
    c->code = err_set(&c->err, E_BUSY, "the queue is full");
    http_request_resume(x->request);
    edge_call_end(e);
}

void exchange_handle(void *cls, struct http_request *r)
{
    struct exchange *x = r->user;
    if (read_request(x) != E_OK) {
        x->refused = true;
        x->call.arena = r->arena;
        if (is_hidden(x->route))
            submit(x, &OP_admin_present); /* what is wrong with the request is told to operators only */
        else
            problem_answer(x);
        return;
    }
    if (x->route->handler != NULL) {
        x->route->handler(x);
        return;
    }
    submit(x, x->route->op);
}

void exchange_complete(void *cls, struct http_request *r, const struct http_outcome *o)
{
    struct http_edge *e = cls;
    const struct exchange *x = r->user;
    const struct route *route = x != NULL ? x->route : NULL;
    char user[UUID_TEXT] = "-", client[IP_TEXT];
    metrics_count(e->metrics, route, o->status, o->took);
    if (!log_enabled(LOG_INFO))
        return;
    if (x != NULL && !uuid_is_zero(&x->call.user_id))
        uuid_format(&x->call.user_id, user);
    log_event(LOG_INFO, "request", log_str("request_id", r->id),
              log_str("method", http_method_name(r->method)),
              log_str("route", route != NULL ? route->pattern : "-"), log_i64("status", o->status),
              log_i64("bytes", (int64_t)o->bytes), log_ms("took_ms", o->took), log_str("user", user),
              log_str("client", ip_format(&r->client, client)), log_bool("delivered", o->delivered));
}
