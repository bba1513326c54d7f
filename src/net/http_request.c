#include "net/http_request.h"

#include <string.h>
#include <strings.h>
#include "base/check.h"
#include "base/json_write.h"
#include "net/http_internal.h"

static const char *const method_names[HTTP_METHODS] = {
    [HTTP_GET] = "GET",     [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",       [HTTP_PUT] = "PUT",
    [HTTP_PATCH] = "PATCH", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
};

const char *http_method_name(enum http_method m)
{
    CHECK((unsigned)m < HTTP_METHODS);
    return method_names[m];
}

const char *http_request_header(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++)
        if (strcasecmp(r->headers[i].name, name) == 0)
            return r->headers[i].value;
    return NULL;
}

size_t http_request_header_count(const struct http_request *r, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_headers; i++)
        n += strcasecmp(r->headers[i].name, name) == 0;
    return n;
}

enum ecode http_request_param(const struct http_request *r, const char *name, const char **out,
                              struct err *err)
{
    const char *value = NULL;
    for (size_t i = 0; i < r->n_params; i++) {
        if (strcmp(r->params[i].name, name) != 0)
            continue;
        if (value)
            return err_field(err, name, "the parameter \"%s\" stands more than once", name);
        value = r->params[i].value;
    }
    *out = value;
    return E_OK;
}

struct buf *http_answer_body(struct http_request *r)
{
    return &exchange_of(r)->answer;
}

void http_answer_header(struct http_request *r, const char *name, const char *value)
{
    struct http_exchange *x = exchange_of(r);
    char *copy = arena_strdup(r->arena, value);
    for (unsigned char *p = (unsigned char *)copy; *p; p++)
        if (*p < 0x20 || *p == 0x7f)
            *p = '?';
    size_t i = 0;
    while (i < x->n_answer_headers && strcasecmp(x->answer_headers[i].name, name) != 0)
        i++;
    CHECK(i < ANSWER_HEADERS_MAX);
    x->answer_headers[i] = (struct http_header){.name = name, .value = copy};
    if (i == x->n_answer_headers)
        x->n_answer_headers++;
}

void http_answer(struct http_request *r, int status, const char *content_type)
{
    struct http_exchange *x = exchange_of(r);
    CHECK(status >= 200 && status <= 599);
    x->status = status;
    x->content_type = content_type;
    x->answered = true;
}

void http_answer_problem(struct http_request *r, int status, const struct err *e)
{
    struct json_writer w;
    buf_clear(http_answer_body(r));
    json_writer_init(&w, http_answer_body(r));
    json_object_begin(&w);
    json_field_string(&w, "type", "about:blank");
    json_field_string(&w, "title", MHD_get_reason_phrase_for((unsigned)status));
    json_field_i64(&w, "status", status);
    json_field_string(&w, "detail", e->text);
    json_field_string(&w, "code", e->reason[0] ? e->reason : ecode_name(e->code));
    if (e->field[0])
        json_field_string(&w, "field", e->field);
    json_object_end(&w);
    json_writer_finish(&w);
    http_answer(r, status, "application/problem+json");
}

void http_request_suspend(struct http_request *r)
{
    struct http_exchange *x = exchange_of(r);
    CHECK(x->stage == STAGE_HANDLE);
    x->stage = STAGE_SUSPENDED;
    atomic_fetch_add(&x->server->suspended, 1);
    MHD_suspend_connection(x->mhd);
}

void http_request_resume(struct http_request *r)
{
    struct http_exchange *x = exchange_of(r);
    struct http_server *s = x->server;
    CHECK(x->stage == STAGE_SUSPENDED && (x->answered || s->o.cb.resumed));
    MHD_resume_connection(x->mhd); /* the network thread may free the request from here on */
    atomic_fetch_sub(&s->suspended, 1);
}
