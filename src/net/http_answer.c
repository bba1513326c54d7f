#include "net/http_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include "base/check.h"

static bool has_answer_header(const struct http_exchange *x, const char *name)
{
    for (size_t i = 0; i < x->n_answer_headers; i++)
        if (strcasecmp(x->answer_headers[i].name, name) == 0)
            return true;
    return false;
}

/* What every answer carries unless the edge said otherwise. */
static void add_standard_headers(struct http_exchange *x)
{
    struct http_request *r = &x->pub;
    if (!has_answer_header(x, "X-Request-Id") && r->id)
        http_answer_header(r, "X-Request-Id", r->id);
    if (!has_answer_header(x, "X-Content-Type-Options"))
        http_answer_header(r, "X-Content-Type-Options", "nosniff");
    if (!has_answer_header(x, "Cache-Control"))
        http_answer_header(r, "Cache-Control", "no-store");
    if (x->content_type)
        http_answer_header(r, "Content-Type", x->content_type);
    if (x->closing)
        http_answer_header(r, "Connection", "close");
}

void http_render_error(struct http_exchange *x, int status, const struct err *e)
{
    const struct http_callbacks *cb = &x->server->o.cb;
    buf_clear(&x->answer);
    x->n_answer_headers = 0;
    x->answered = false;
    if (cb->render_error)
        cb->render_error(cb->cls, &x->pub, status, e);
    else
        http_answer_problem(&x->pub, status, e);
    CHECK(x->answered);
}

/* Makes the answer whole: one that outgrew its maximum becomes an error, one without a type has no body. */
static void finish_answer(struct http_exchange *x)
{
    struct err e;
    if (buf_overflowed(&x->answer)) {
        err_reason(&e, E_INTERNAL, "answer_too_large", "the answer is larger than the server sends");
        http_render_error(x, 500, &e);
        CHECK(!buf_overflowed(&x->answer));
    }
    if (!x->content_type || x->status == 204 || x->status == 304)
        buf_clear(&x->answer);
    x->closing = x->closing || atomic_load_explicit(&x->server->draining, memory_order_relaxed);
    add_standard_headers(x);
    x->sent_bytes = x->pub.method == HTTP_HEAD ? 0 : x->answer.len;
}

enum MHD_Result http_send_answer(struct http_exchange *x)
{
    finish_answer(x);
    size_t len;
    char *data = buf_steal(&x->answer, &len);
    struct MHD_Response *response = MHD_create_response_from_buffer(len, data, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(data);
        return MHD_NO;
    }
    for (size_t i = 0; i < x->n_answer_headers; i++)
        MHD_add_response_header(response, x->answer_headers[i].name, x->answer_headers[i].value);
    enum MHD_Result result = MHD_queue_response(x->mhd, (unsigned)x->status, response);
    MHD_destroy_response(response);
    x->stage = STAGE_ANSWERED;
    return result;
}

void http_send_raw(struct http_exchange *x)
{
    struct buf out;
    x->closing = true;
    finish_answer(x);
    buf_init(&out, x->answer.len + HEADER_BLOCK_MAX);
    buf_printf(&out, "HTTP/1.1 %d %s\r\nContent-Length: %zu\r\n", x->status,
               MHD_get_reason_phrase_for((unsigned)x->status), x->answer.len);
    for (size_t i = 0; i < x->n_answer_headers; i++)
        buf_printf(&out, "%s: %s\r\n", x->answer_headers[i].name, x->answer_headers[i].value);
    buf_str(&out, "\r\n");
    buf_add(&out, x->answer.data, x->answer.len);
    /* Nothing of an earlier answer waits in front of it, so the socket takes these few bytes whole. */
    x->sent_raw = !buf_overflowed(&out) &&
                  send(x->conn->fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)out.len;
    buf_release(&out);
    x->stage = STAGE_ANSWERED;
}
