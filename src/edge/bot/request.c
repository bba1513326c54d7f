#include "edge/bot/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "base/json_read.h"
#include "base/secret.h"
#include "net/telegram.h"

#define URL_MAX 4096
#define PARTS_MAX 32

/* Methods that are about a message that is there. */
static bool names_message(const char *method)
{
    return strncmp(method, "edit", 4) == 0 || strncmp(method, "delete", 6) == 0;
}

/* The parameters with what the row knows beside them. */
static const char *body_of(struct arena *a, const struct request_spec *spec)
{
    char chat[48] = "", message[48] = "";
    const char *rest = spec->params + 1 + strspn(spec->params + 1, " \t\r\n");
    if (spec->chat_id != 0)
        snprintf(chat, sizeof chat, "\"chat_id\":%lld,", (long long)spec->chat_id);
    if (spec->message_id != 0 && names_message(spec->method))
        snprintf(message, sizeof message, "\"message_id\":%lld,", (long long)spec->message_id);
    char *body = arena_printf(a, "{%s%s%s", chat, message, rest);
    size_t last = strlen(chat) + strlen(message);
    if (*rest == '}' && last > 0) /* nothing follows: not even a comma */
        return arena_printf(a, "%.*s%s", (int)last, body, rest);
    return body;
}

static const char *text_of(struct arena *a, const json_t *value)
{
    if (json_is_string(value))
        return json_string_value(value);
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    CHECK(text != NULL);
    const char *copy = arena_strdup(a, text);
    free(text);
    return copy;
}

static void add_part(struct http_call *call, struct http_part *parts, const char *name, const char *text)
{
    CHECK(call->n_parts < PARTS_MAX);
    parts[call->n_parts++] = (struct http_part){.name = name, .data = text, .len = strlen(text)};
}

/* A file needs multipart/form-data, one part for each parameter. */
static enum ecode make_parts(struct http_call *call, struct arena *a, const struct request_spec *spec,
                             struct err *err)
{
    const struct view_file *f = spec->file;
    struct http_part *parts = arena_array(a, PARTS_MAX, sizeof *parts);
    const char *name;
    json_t *params, *value;
    enum ecode rc = json_read(a, spec->params, strlen(spec->params), true, &params, err);
    if (rc != E_OK)
        return rc;
    if (json_object_size(params) > PARTS_MAX - 2)
        return err_set(err, E_INVALID, "%s has too many parameters", spec->method);
    if (spec->chat_id != 0)
        add_part(call, parts, "chat_id", arena_printf(a, "%lld", (long long)spec->chat_id));
    json_object_foreach(params, name, value)
    {
        add_part(call, parts, name, text_of(a, value));
    }
    parts[call->n_parts++] = (struct http_part){.name = f->photo ? "photo" : "document",
                                                .data = f->data,
                                                .len = f->len,
                                                .filename = f->name,
                                                .content_type = f->content_type};
    call->parts = parts;
    return E_OK;
}

enum ecode request_init(struct request *r, struct arena *a, const struct endpoint *to,
                        const struct request_spec *spec, struct err *err)
{
    struct http_call *call = &r->call;
    char token[SECRET_BYTES_MAX + 1];
    http_call_init(call);
    buf_init(&r->url, URL_MAX);
    secret_copy(to->token, token);
    tg_url(&r->url, to->api_url, token, spec->method);
    if (buf_overflowed(&r->url))
        return err_set(err, E_INVALID, "the address of the Bot API is too long");
    if (spec->params[0] != '{')
        return err_set(err, E_MALFORMED, "the parameters of %s are no object", spec->method);
    call->method = HTTP_POST;
    call->url = buf_text(&r->url);
    call->timeout_ms = spec->timeout_ms;
    call->answer_max = spec->answer_max != 0 ? spec->answer_max : REQUEST_ANSWER_MAX;
    if (spec->file != NULL && spec->file->data != NULL)
        return make_parts(call, a, spec, err);
    call->body = body_of(a, spec);
    call->body_len = strlen(call->body);
    call->content_type = "application/json";
    return E_OK;
}

void request_release(struct request *r)
{
    http_call_release(&r->call);
    buf_release(&r->url);
}
