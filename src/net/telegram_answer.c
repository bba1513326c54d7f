#include <string.h>
#include "base/arena.h"
#include "base/check.h"
#include "net/http_client.h"
#include "net/telegram.h"
#include "net/json_shape.h"
#include "net/telegram_priv.h"

/* Answers: Telegram's envelope, the few results that are read here, and what an answer means. */

#define RETRY_AFTER_DEFAULT_S 5

/* The members of {"ok":…,"result":…} as they stand; false: it is no object. */
static enum ecode envelope(const char *data, size_t len, bool *ok, struct json_span *whole,
                           struct json_span *result, struct err *err)
{
    struct json_scan s;
    struct json_span key, item;
    *ok = false;
    *result = (struct json_span){NULL, 0};
    enum ecode rc = json_scan_file(data, len, whole, err);
    if (!rc)
        rc = json_scan_init(&s, data, *whole, '{', err);
    while (!rc && json_scan_next(&s, &key, &item, &rc, err)) {
        if (json_span_is(key, "ok"))
            *ok = json_span_is(item, "true");
        else if (json_span_is(key, "result"))
            *result = item;
    }
    return rc;
}

enum ecode tg_updates_split(const char *data, size_t len, struct tg_updates *out, struct err *err)
{
    struct tg_updates u = {.n = 0};
    struct json_span whole, result, item;
    struct json_scan s;
    bool ok;
    enum ecode rc = envelope(data, len, &ok, &whole, &result, err);
    if (!rc && !ok)
        rc = err_field(err, "ok", "the answer to getUpdates is not a success");
    if (!rc && result.len == 0)
        rc = err_field(err, "result", "the answer to getUpdates holds no updates");
    if (!rc)
        rc = json_scan_init(&s, data, result, '[', err);
    while (!rc && u.n < TG_UPDATES_MAX && json_scan_next(&s, NULL, &item, &rc, err)) {
        struct tg_raw_update *raw = &u.items[u.n];
        if (tg_update_id(item, &raw->update_id)) {
            raw->json = item;
            u.n++;
        } else {
            u.unreadable++;
        }
    }
    if (!rc)
        *out = u;
    return rc;
}

struct parameters_body {
    int64_t retry_after, migrate_to_chat_id;
};
static const struct json_field parameters_rows[] = {
    {JSON_MEMBER(struct parameters_body, retry_after), FIELD_I64, .min = 0, .max = INT32_MAX},
    {JSON_MEMBER(struct parameters_body, migrate_to_chat_id), FIELD_I64, .min = -TG_ID_MAX, .max = TG_ID_MAX},
};
static const struct json_shape parameters_shape = {parameters_rows, ARRAY_LEN(parameters_rows), NULL};

struct result_body {
    int64_t message_id, file_size;
    const char *file_path;
};
static const struct json_field result_rows[] = {
    {JSON_MEMBER(struct result_body, message_id), FIELD_I64, .min = 0, .max = TG_ID_MAX},
    {JSON_MEMBER(struct result_body, file_size), FIELD_I64, .min = 0, .max = TG_ID_MAX},
    {JSON_MEMBER(struct result_body, file_path), FIELD_STRING, .max = 4096},
};
static const struct json_shape result_shape = {result_rows, ARRAY_LEN(result_rows), NULL};

struct answer_body {
    bool ok;
    int64_t error_code;
    const char *description;
    json_t *parameters;
};
static const struct json_field answer_rows[] = {
    {JSON_MEMBER(struct answer_body, ok), FIELD_BOOL, FIELD_REQUIRED},
    {JSON_MEMBER(struct answer_body, error_code), FIELD_I64, .min = 0, .max = 999},
    {JSON_MEMBER(struct answer_body, description), FIELD_STRING},
    {JSON_MEMBER(struct answer_body, parameters), FIELD_OBJECT},
};
static const struct json_shape *const answer_inner[ARRAY_LEN(answer_rows)] = {NULL, NULL, NULL,
                                                                              &parameters_shape};
static const struct json_shape answer_shape = {answer_rows, ARRAY_LEN(answer_rows), answer_inner};

/* The results that are objects of a known kind; any other is left to the caller. */
static enum ecode read_result(struct arena *a, const char *data, struct json_span result,
                              struct tg_answer *out, struct err *err)
{
    struct result_body b = {.file_size = -1};
    struct json_seen seen;
    json_t *object = NULL;
    if (result.len == 0 || result.text[0] != '{')
        return E_OK;
    enum ecode rc = json_shape_read(a, data, result, &result_shape, &object, err);
    if (!rc)
        rc = json_object_read(a, object, "result", result_rows, ARRAY_LEN(result_rows), JSON_WHOLE, &b, &seen,
                              err);
    out->message_id = b.message_id;
    out->file_size = b.file_size;
    out->file_path = b.file_path;
    return rc;
}

static enum ecode read_answer(struct arena *a, const char *data, size_t len, struct tg_answer *out,
                              struct err *err)
{
    struct answer_body b = {.description = ""};
    struct parameters_body p = {.retry_after = -1};
    struct json_span whole, result;
    struct json_seen seen;
    json_t *root = NULL;
    bool ok;
    enum ecode rc = envelope(data, len, &ok, &whole, &result, err);
    if (!rc)
        rc = json_shape_read(a, data, whole, &answer_shape, &root, err);
    if (!rc)
        rc = json_object_read(a, root, "", answer_rows, ARRAY_LEN(answer_rows), JSON_WHOLE, &b, &seen, err);
    if (!rc && b.parameters)
        rc = json_object_read(a, b.parameters, "parameters", parameters_rows, ARRAY_LEN(parameters_rows),
                              JSON_WHOLE, &p, &seen, err);
    if (!rc && b.ok && result.len == 0)
        rc = err_field(err, "result", "is required");
    if (rc)
        return rc;
    out->ok = b.ok;
    out->error_code = b.ok ? 0 : (int)b.error_code;
    out->description = b.ok ? "" : b.description;
    out->retry_after_s = p.retry_after;
    out->migrate_to_chat_id = p.migrate_to_chat_id;
    if (!b.ok)
        return E_OK;
    out->result = result;
    return read_result(a, data, result, out, err);
}

enum ecode tg_answer_parse(struct arena *a, const char *data, size_t len, struct tg_answer *out,
                           struct err *err)
{
    struct tg_answer answer = {.description = "", .file_size = -1};
    enum ecode rc = read_answer(a, data, len, &answer, err);
    if (rc)
        return err_wrap(err, "Telegram's answer cannot be read%s%s", err->field[0] ? ": " : "", err->field);
    *out = answer;
    return E_OK;
}

/*
 * Telegram's refusals by code and words (they are the server's own texts, or codes of the network behind it
 * in capitals). The first row that fits counts; code 0 or no text: any.
 */
static const struct refusal {
    int code;
    const char *text;
    enum tg_verdict verdict;
} refusals[] = {
    {400, "message is not modified", TG_ALREADY},
    {400, "CHARGE_ALREADY_REFUNDED", TG_ALREADY},
    {400, "chat not found", TG_BLOCKED},
    {400, "PEER_ID_INVALID", TG_BLOCKED},
    {400, "message to edit not found", TG_GONE},
    {400, "message to delete not found", TG_GONE},
    {400, "message to be replied not found", TG_GONE},
    {400, "message can't be edited", TG_GONE},
    {400, "message can't be deleted", TG_GONE},
    {400, "MESSAGE_ID_INVALID", TG_GONE},
    {400, "there is no text in the message to edit", TG_GONE},
    {400, "there is no caption in the message to edit", TG_GONE},
    {400, "query is too old", TG_GONE},
    {401, NULL, TG_UNAUTHORIZED},
    {404, "method not found", TG_REFUSED},
    {404, NULL, TG_UNAUTHORIZED}, /* also of a token that has not the form of one */
    {421, NULL, TG_UNAUTHORIZED},
    {403, NULL, TG_BLOCKED}, /* blocked, deactivated, kicked, never started, group deleted */
    {409, NULL, TG_CONFLICT},
    {429, NULL, TG_RETRY_AFTER},
    {500, "Request aborted", TG_UNKNOWN}, /* the server stops in the middle of it */
    {504, NULL, TG_UNKNOWN},
    {0, NULL, TG_REFUSED},
};

static enum tg_verdict refused(const struct tg_answer *a)
{
    const struct refusal *r = refusals;
    while ((r->code && r->code != a->error_code) || (r->text && !strstr(a->description, r->text)))
        r++;
    return r->verdict == TG_REFUSED && a->error_code >= 500 ? TG_SERVER_ERROR : r->verdict;
}

/* An answer that is not Telegram's: something between here and there spoke. */
static enum tg_verdict strange(int status)
{
    if (status == 429)
        return TG_RETRY_AFTER;
    if (status == 413)
        return TG_REFUSED;
    if (status < 300 || status == 408 || status == 502 || status == 504)
        return TG_UNKNOWN;
    return TG_SERVER_ERROR;
}

enum tg_verdict tg_judge(struct arena *a, const struct http_call *call, struct tg_answer *answer)
{
    struct err err;
    *answer = (struct tg_answer){
        .error_code = call->status, .description = "", .retry_after_s = -1, .file_size = -1};
    if (call->outcome != HTTP_CALL_ANSWERED)
        return call->outcome == HTTP_CALL_NOT_SENT ? TG_NOT_SENT : TG_UNKNOWN;
    bool read = tg_answer_parse(a, buf_text(&call->answer), call->answer.len, answer, &err) == E_OK;
    enum tg_verdict v = !read ? strange(call->status) : answer->ok ? TG_SENT : refused(answer);
    if (answer->retry_after_s < 0)
        answer->retry_after_s = call->retry_after_s;
    if (v == TG_RETRY_AFTER && answer->retry_after_s < 1)
        answer->retry_after_s = RETRY_AFTER_DEFAULT_S;
    return v;
}

const char *tg_verdict_name(enum tg_verdict v)
{
    static const char *const names[] = {
        [TG_SENT] = "sent",
        [TG_ALREADY] = "already",
        [TG_RETRY_AFTER] = "retry_after",
        [TG_BLOCKED] = "blocked",
        [TG_GONE] = "gone",
        [TG_REFUSED] = "refused",
        [TG_UNAUTHORIZED] = "unauthorized",
        [TG_CONFLICT] = "conflict",
        [TG_SERVER_ERROR] = "server_error",
        [TG_NOT_SENT] = "not_sent",
        [TG_UNKNOWN] = "unknown",
    };
    CHECK((unsigned)v < ARRAY_LEN(names));
    return names[v];
}
