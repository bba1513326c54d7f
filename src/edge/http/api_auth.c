#include "base/check.h"
#include "base/secret.h"
#include "domain/referral/referral.h"
#include "domain/session/sign_in.h"
#include "edge/http/route.h"
#include "net/telegram_web.h"

#include <string.h>

/* Signing in on the web. What proves a person is in the body, never in an address. */

#define INIT_DATA_BYTES_MAX 4096
#define CODE_BYTES_MAX 100

struct telegram_body {
    const char *init_data;
    bool admin;
};
static const struct json_field telegram_fields[] = {
    {JSON_MEMBER(struct telegram_body, init_data), FIELD_STRING, FIELD_REQUIRED, .min = 1,
     .max = INIT_DATA_BYTES_MAX},
    {JSON_MEMBER(struct telegram_body, admin), FIELD_BOOL},
};

/* By the bot's token, or by the one it replaced a short while ago: a page may have been open meanwhile. */
static enum ecode read_init_data(struct exchange *x, const char *text, struct tg_init_data *out)
{
    struct arena *a = x->request->arena;
    char token[SECRET_BYTES_MAX + 1];
    secret_copy(x->edge->bot_token, token);
    enum ecode rc = tg_init_data_read(a, token, text, strlen(text), out, &x->err);
    if (rc != E_OK && secret_copy_last(x->edge->bot_token, token))
        rc = tg_init_data_read(a, token, text, strlen(text), out, &x->err);
    return rc;
}

enum ecode parse_sign_in_telegram(struct exchange *x, void *in)
{
    struct telegram_sign_in *s = in;
    struct telegram_body body = {0};
    struct json_seen seen;
    struct tg_init_data d;
    struct arena *a = x->request->arena;
    enum ecode rc = json_object_read(a, x->body, "", telegram_fields, ARRAY_LEN(telegram_fields), JSON_WHOLE,
                                     &body, &seen, &x->err);
    if (rc != E_OK)
        return rc;
    if (x->edge->bot_token == NULL)
        return err_reason(&x->err, E_UNAUTHENTIC, "init_data_invalid", "this server has no bot");
    rc = read_init_data(x, body.init_data, &d);
    if (rc != E_OK) {
        limits_note_verdict(x, false); /* guessing costs */
        return rc;
    }
    *s = (struct telegram_sign_in){
        .contact = {.telegram_id = d.user_id,
                    .username = d.username,
                    .first_name = d.first_name,
                    .language_code = d.language_code,
                    .referral_code = referral_link_code(d.start_param)},
        .auth_date = d.auth_date,
        .admin = body.admin,
    };
    return E_OK;
}

struct link_body {
    const char *code;
};
static const struct json_field link_fields[] = {
    {JSON_MEMBER(struct link_body, code), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = CODE_BYTES_MAX},
};

enum ecode parse_sign_in_link(struct exchange *x, void *in)
{
    struct link_body body = {0};
    struct json_seen seen;
    enum ecode rc = json_object_read(x->request->arena, x->body, "", link_fields, ARRAY_LEN(link_fields),
                                     JSON_WHOLE, &body, &seen, &x->err);
    ((struct link_sign_in *)in)->code = body.code;
    return rc;
}

struct demo_body {
    bool admin;
};
static const struct json_field demo_fields[] = {{JSON_MEMBER(struct demo_body, admin), FIELD_BOOL}};

enum ecode parse_sign_in_demo(struct exchange *x, void *in)
{
    struct demo_body body = {0};
    struct json_seen seen;
    enum ecode rc = json_object_read(x->request->arena, x->body, "", demo_fields, ARRAY_LEN(demo_fields),
                                     JSON_WHOLE, &body, &seen, &x->err);
    ((struct demo_sign_in *)in)->admin = body.admin;
    return rc;
}

enum ecode admit_sign_in_demo(struct exchange *x)
{
    return x->edge->demo_sign_in ? E_OK : err_set(&x->err, E_NOT_FOUND, "this server is no demonstration");
}

enum ecode render_signed_in(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct signed_in *s = out;
    json_object_begin(w);
    json_field_string(w, "token", s->token);
    json_field_instant(w, "expires_at", s->expires_at);
    json_field_bool(w, "admin", s->is_admin);
    json_key(w, "user");
    enum ecode rc = render_me(x, &s->user, w);
    json_object_end(w);
    return rc;
}

enum ecode render_prolonged(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct prolonged *p = out;
    json_object_begin(w);
    json_field_instant(w, "expires_at", p->expires_at);
    json_object_end(w);
    return E_OK;
}

void auth_ways(struct exchange *x)
{
    const struct http_edge *e = x->edge;
    const char *bot = e->bot_name.get != NULL ? e->bot_name.get(e->bot_name.arg) : "";
    struct json_writer w;
    if (query_check_names(x) != E_OK) {
        problem_answer(x);
        return;
    }
    limits_put_headers(x);
    json_writer_init(&w, http_answer_body(x->request));
    json_object_begin(&w);
    json_field_string(&w, "bot", bot[0] != '\0' ? bot : NULL);
    json_field_bool(&w, "demo", e->demo_sign_in);
    json_object_end(&w);
    json_writer_finish(&w);
    http_answer(x->request, 200, "application/json");
}
