#include "edge/http/route.h"

#include <stdio.h>
#include <string.h>
#include "base/check.h"

static const struct {
    int status;
    const char *detail; /* shown instead of the error's text, which is for the operator; NULL: the text */
} answers[E_CODES] = {
    [E_OK] = {500, "An answer was refused without a reason"},
    [E_INVALID] = {422, NULL},
    [E_MALFORMED] = {400, NULL},
    [E_UNAUTHENTIC] = {401, NULL},
    [E_FORBIDDEN] = {403, NULL},
    [E_NOT_FOUND] = {404, NULL},
    [E_CONFLICT] = {409, NULL},
    [E_LIMIT] = {403, NULL},
    [E_TOO_LARGE] = {413, NULL},
    [E_RATE] = {429, NULL},
    [E_BUSY] = {503, "Too much is waiting to be done; try again in a moment"},
    [E_UNAVAILABLE] = {503, "The database cannot be reached; try again in a moment"},
    [E_UNCERTAIN] = {503, "The connection was lost while storing; repeat the request to be certain"},
    [E_UNIQUE] = {500, "Something went wrong here; the log has it under the request id"},
    [E_FOREIGN] = {500, "Something went wrong here; the log has it under the request id"},
    [E_CHECK] = {500, "Something went wrong here; the log has it under the request id"},
    [E_RETRY] = {503, "Too much happened at once; try again in a moment"},
    [E_IO] = {503, "The database cannot be written or read, perhaps its disk is full; try again in a moment"},
    [E_CORRUPT] = {500, "Something went wrong here; the log has it under the request id"},
    [E_INTERNAL] = {500, "Something went wrong here; the log has it under the request id"},
};

int problem_status(enum ecode code)
{
    CHECK(code < E_CODES);
    return answers[code].status;
}

static const char *title(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {
        {400, "Bad request"},       {401, "Not signed in"},
        {402, "Payment required"},  {403, "Not allowed"},
        {404, "Not found"},         {405, "Method not allowed"},
        {408, "Request timed out"}, {409, "Conflict"},
        {413, "Too large"},         {415, "Unsupported media type"},
        {422, "Invalid input"},     {429, "Too many requests"},
        {431, "Headers too large"}, {500, "Internal error"},
        {501, "Not implemented"},   {503, "Not available now"},
    };
    for (size_t i = 0; i < ARRAY_LEN(titles); i++)
        if (titles[i].status == status)
            return titles[i].title;
    return status < 500 ? "Request refused" : "Internal error";
}

void render_problem(struct json_writer *w, int status, const struct err *e, const char *request_id)
{
    const char *code = e->reason[0] != '\0' ? e->reason : ecode_name(e->code);
    const char *detail = answers[e->code].detail != NULL ? answers[e->code].detail : e->text;
    char type[80];
    snprintf(type, sizeof type, "urn:habitd:problem:%s", code);
    json_object_begin(w);
    json_field_string(w, "type", type);
    json_field_string(w, "title", title(status));
    json_field_i64(w, "status", status);
    json_field_string(w, "detail", detail);
    json_field_string(w, "code", code);
    if (e->field[0] != '\0')
        json_field_string(w, "field", e->field);
    if (request_id != NULL)
        json_field_string(w, "request_id", request_id);
    json_object_end(w);
}

static void answer(struct http_request *r, int status, const struct err *e)
{
    struct buf *body = http_answer_body(r);
    buf_clear(body);
    struct json_writer w;
    json_writer_init(&w, body);
    render_problem(&w, status, e, r->id);
    json_writer_finish(&w);
    if (status == 401)
        http_answer_header(r, "WWW-Authenticate", "Bearer realm=\"habitd\"");
    if (status == 503)
        http_answer_header(r, "Retry-After", e->code == E_UNAVAILABLE || e->code == E_IO ? "5" : "1");
    http_answer(r, status, "application/problem+json");
}

void problem_answer(struct exchange *x)
{
    int status = x->problem_status != 0 ? x->problem_status : problem_status(x->err.code);
    limits_put_headers(x);
    answer(x->request, status, &x->err);
}

void problem_render_server(void *cls, struct http_request *r, int status, const struct err *e)
{
    answer(r, status, e);
}
