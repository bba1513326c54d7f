#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/secret.h"
#include "edge/bot/runtime.h"
#include "net/telegram.h"

/*
 * The webhook's registration with Telegram: looked at when the lease was taken and once in a while, and set
 * only when it is not as it should be. Pending updates stay.
 */
#define WEBHOOK_PATH "/webhooks/telegram"
#define MAX_CONNECTIONS 100 /* the most that Telegram opens: many presses share a commit */
#define CHECK_MS 30000
#define CALL_TIMEOUT_MS 30000
#define PARAMS_MAX 4096

struct registrar {
    struct bot *b;
    int64_t fence;
    struct hindrance hindrance;
    const char *url;
    int failures;                      /* in a row */
    char secret[SECRET_BYTES_MAX + 1]; /* that was set, or is taken to be */
    int64_t refused_since;             /* a 401 that is older (Unix seconds) was about another secret */
    bool was_set;
};

enum ecode bot_webhook_secret_check(const char *text, struct err *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t len = strlen(text);
    if (len == 0 || len > SECRET_BYTES_MAX || strspn(text, allowed) != len)
        return err_field(err, "TELEGRAM_WEBHOOK_SECRET", "must be 1 to 256 letters, digits, _ and -");
    return E_OK;
}

/* What Telegram repeats, of this token when no secret is set. */
static void derive(const char *token, char out[SECRET_BYTES_MAX + 1])
{
    static const char label[] = "habitd webhook";
    uint8_t mac[SHA256_LEN];
    hmac_sha256(token, strlen(token), label, sizeof label - 1, mac);
    base64url_encode(mac, sizeof mac, out);
}

static void webhook_secret(const struct bot *b, char out[SECRET_BYTES_MAX + 1])
{
    secret_copy(b->o.webhook_secret ? b->o.webhook_secret : b->o.token, out);
    if (!b->o.webhook_secret)
        derive(out, out);
}

/* The one before, while it counts. */
static bool webhook_secret_last(const struct bot *b, char out[SECRET_BYTES_MAX + 1])
{
    if (!secret_copy_last(b->o.webhook_secret ? b->o.webhook_secret : b->o.token, out))
        return false;
    if (!b->o.webhook_secret)
        derive(out, out);
    return true;
}

/* Neither the secret's length nor where it differs shows in the time. */
static bool fits(const char *given, const char *secret)
{
    uint8_t a[SHA256_LEN], b[SHA256_LEN];
    sha256(given, strlen(given), a);
    sha256(secret, strlen(secret), b);
    return bytes_equal_secret(a, b, sizeof a);
}

bool bot_knows_secret(void *arg, const char *given)
{
    const struct bot *b = arg;
    char secret[SECRET_BYTES_MAX + 1];
    webhook_secret(b, secret);
    return fits(given, secret) || (webhook_secret_last(b, secret) && fits(given, secret));
}

/* --- what is set ------------------------------------------------------------------------------------- */

static bool same_updates(const json_t *list)
{
    json_t *ours = json_loads(TG_ALLOWED_UPDATES, 0, NULL);
    bool same = json_equal(ours, list) != 0;
    json_decref(ours);
    return same;
}

/* Whether getWebhookInfo's result is what it should be. */
static bool is_right(const struct registrar *r, const json_t *info)
{
    const char *url = json_string_value(json_object_get(info, "url"));
    const char *error = json_string_value(json_object_get(info, "last_error_message"));
    int64_t error_at = json_integer_value(json_object_get(info, "last_error_date"));
    char secret[SECRET_BYTES_MAX + 1];
    webhook_secret(r->b, secret);
    if (strcmp(secret, r->secret) != 0) /* it was replaced */
        return false;
    if (url == NULL || strcmp(url, r->url) != 0)
        return false;
    if (json_integer_value(json_object_get(info, "max_connections")) != MAX_CONNECTIONS ||
        !same_updates(json_object_get(info, "allowed_updates")))
        return false;
    /* The secret is not shown; that it is another one shows in our refusals. */
    return error == NULL || strstr(error, "401") == NULL || error_at < r->refused_since;
}

static const char *set_params(struct arena *a, const struct registrar *r)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, PARAMS_MAX);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_string(&w, "url", r->url);
    json_field_string(&w, "secret_token", r->secret);
    json_field_i64(&w, "max_connections", MAX_CONNECTIONS);
    json_field_bool(&w, "drop_pending_updates", false);
    json_object_end(&w);
    json_writer_finish(&w);
    const char *params = arena_printf(a, "{\"allowed_updates\":" TG_ALLOWED_UPDATES ",%s", buf_text(&b) + 1);
    buf_release(&b);
    return params;
}

/* --- looking and setting ----------------------------------------------------------------------------- */

/* Says what went wrong, and waits; false: the hold is over. */
static bool pause_after(struct registrar *r, const char *method, enum tg_verdict v, const struct tg_answer *a)
{
    char problem[160];
    int64_t ms = v == TG_RETRY_AFTER ? a->retry_after_s * 1000 : bot_backoff_ms(++r->failures);
    log_event(LOG_WARN, "the webhook is not set up", log_str("method", method),
              log_str("verdict", tg_verdict_name(v)), log_str("description", a->description));
    if (v == TG_UNAUTHORIZED)
        bot_hinder(r->b, &r->hindrance, r->fence, "Telegram refuses the bot's token");
    else if (v == TG_REFUSED) {
        snprintf(problem, sizeof problem, "Telegram does not take the webhook: %s", a->description);
        bot_hinder(r->b, &r->hindrance, r->fence, problem);
    } else if (r->failures >= 3)
        bot_hinder(r->b, &r->hindrance, r->fence, "Telegram cannot be reached");
    return hold_sleep(&r->b->hold, r->fence, ms);
}

/*
 * One call; *done: it was answered with a success, whose result is in *result (JSON, not NULL). false: the
 * hold is over. What the server does not know or cannot do now counts as not done.
 */
static bool call(struct registrar *r, struct arena *a, const struct request_spec *spec, bool *done,
                 json_t **result)
{
    struct request request;
    struct tg_answer answer;
    struct err err;
    bool going = bot_call(r->b, r->fence, &request, a, spec, &err) == E_OK;
    *done = false;
    if (going) {
        enum tg_verdict v = tg_judge(a, &request.call, &answer);
        *done = v == TG_SENT || v == TG_ALREADY;
        if (*done && result != NULL)
            *done = json_read(a, answer.result.text, answer.result.len, true, result, &err) == E_OK;
        if (!*done && (result == NULL || v == TG_NOT_SENT))
            going = pause_after(r, spec->method, v, &answer);
    }
    request_release(&request);
    return going;
}

/* Until it is done; false: the hold is over. */
static bool set(struct registrar *r, struct arena *a)
{
    bool done = false;
    while (!done) {
        arena_reset(a); /* an outage may last for days */
        webhook_secret(r->b, r->secret);
        struct request_spec spec = {
            .method = "setWebhook", .params = set_params(a, r), .timeout_ms = CALL_TIMEOUT_MS};
        if (!call(r, a, &spec, &done, NULL))
            return false;
    }
    r->refused_since = instant_now().ms / 1000;
    r->was_set = true;
    log_note(LOG_INFO, "the webhook was set");
    return true;
}

/* false: the hold is over. */
static bool check(struct registrar *r, struct arena *a)
{
    static const struct request_spec spec = {
        .method = "getWebhookInfo", .params = "{}", .timeout_ms = CALL_TIMEOUT_MS};
    json_t *info;
    bool known;
    if (!call(r, a, &spec, &known, &info))
        return false;
    /* What cannot be looked at is set once. `info` goes with it. */
    if ((known ? !is_right(r, info) : !r->was_set) && !set(r, a))
        return false;
    r->failures = 0;
    bot_hinder(r->b, &r->hindrance, r->fence, NULL);
    return true;
}

void webhook_run(struct bot *b, int64_t fence)
{
    struct registrar r = {.b = b, .fence = fence};
    struct arena *fixed = arena_new(BOT_ARENA_BYTES), *a = arena_new(BOT_ARENA_BYTES);
    r.url = arena_printf(fixed, "%s" WEBHOOK_PATH, b->o.public_url);
    webhook_secret(b, r.secret);
    while (check(&r, a) && hold_sleep(&b->hold, fence, CHECK_MS))
        arena_reset(a);
    arena_free(a);
    arena_free(fixed);
}
