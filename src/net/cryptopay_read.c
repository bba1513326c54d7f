#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "net/cryptopay.h"
#include "net/http_client.h"
#include "net/json_shape.h"

/* Crypto Pay: what comes in. */

#define ID_MAX ((int64_t)1 << 53)
#define URL_BYTES_MAX 2048
#define WORD_BYTES_MAX 128

struct reader {
    struct arena *arena;
    const struct decimal_scale *scale;
    const char *file; /* what the spans lie in */
    struct err *err;
};

/* Reads the named members of the object `span`. */
static enum ecode read_shape(const struct reader *r, struct json_span span, const char *path,
                             const struct json_shape *shape, void *out)
{
    struct json_seen seen;
    json_t *root = NULL;
    enum ecode rc = json_shape_read(r->arena, r->file, span, shape, &root, r->err);
    return rc ? rc
              : json_object_read(r->arena, root, path, shape->rows, shape->n, JSON_WHOLE, out, &seen, r->err);
}

static enum ecode read_amount(const struct reader *r, const char *text, const char *currency, int64_t *out)
{
    int digits = r->scale->digits(r->scale->arg, currency);
    if (!decimal_parse(text, strlen(text), digits, out) || *out < 1)
        return err_field(r->err, "amount", "is not an amount of that currency");
    return E_OK;
}

/* ---- invoices ---- */

static const char *const status_names[] = {
    [CP_ACTIVE] = "active", [CP_PAID] = "paid", [CP_EXPIRED] = "expired", NULL};
enum { TYPE_CRYPTO, TYPE_FIAT };
static const char *const type_names[] = {[TYPE_CRYPTO] = "crypto", [TYPE_FIAT] = "fiat", NULL};

struct invoice_body {
    int64_t invoice_id;
    int status, currency_type;
    const char *asset, *fiat, *amount, *payload, *pay_url, *bot_invoice_url, *web_app_invoice_url;
    struct instant created_at, paid_at;
};
#define WORD(name) JSON_MEMBER(struct invoice_body, name), FIELD_STRING, FIELD_NULLABLE, .min = 1, .max = 16
#define LINK(name)                                                                                           \
    JSON_MEMBER(struct invoice_body, name), FIELD_STRING, FIELD_NULLABLE, .min = 1, .max = URL_BYTES_MAX
static const struct json_field invoice_rows[] = {
    {JSON_MEMBER(struct invoice_body, invoice_id), FIELD_I64, FIELD_REQUIRED, .min = 1, .max = ID_MAX},
    {JSON_MEMBER(struct invoice_body, status), FIELD_ENUM, FIELD_REQUIRED, .names = status_names},
    {JSON_MEMBER(struct invoice_body, currency_type), FIELD_ENUM, .names = type_names},
    {WORD(asset)},
    {WORD(fiat)},
    {JSON_MEMBER(struct invoice_body, amount), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 40},
    {JSON_MEMBER(struct invoice_body, payload), FIELD_STRING, FIELD_NULLABLE, .max = CP_PAYLOAD_BYTES_MAX},
    {LINK(pay_url)}, /* the name of bot_invoice_url before 1.4 */
    {LINK(bot_invoice_url)},
    {LINK(web_app_invoice_url)},
    {JSON_MEMBER(struct invoice_body, created_at), FIELD_INSTANT, FIELD_REQUIRED},
    {JSON_MEMBER(struct invoice_body, paid_at), FIELD_INSTANT, FIELD_NULLABLE},
};
static const struct json_shape invoice_shape = {invoice_rows, ARRAY_LEN(invoice_rows), NULL};

static enum ecode read_invoice(const struct reader *r, struct json_span span, const char *path, void *item)
{
    struct cp_invoice *out = item;
    struct invoice_body b = {.currency_type = TYPE_CRYPTO};
    int64_t amount = 0;
    enum ecode rc = read_shape(r, span, path, &invoice_shape, &b);
    if (rc)
        return rc;
    const char *currency = b.currency_type == TYPE_FIAT ? b.fiat : b.asset;
    if (!currency)
        return err_field(r->err, b.currency_type == TYPE_FIAT ? "fiat" : "asset", "is required");
    if (!b.bot_invoice_url && !b.pay_url)
        return err_field(r->err, "bot_invoice_url", "is required");
    rc = read_amount(r, b.amount, currency, &amount);
    if (rc)
        return rc;
    *out = (struct cp_invoice){
        .id = b.invoice_id,
        .status = (enum cp_status)b.status,
        .amount = amount,
        .currency = currency,
        .payload = b.payload,
        .pay_url = b.bot_invoice_url ? b.bot_invoice_url : b.pay_url,
        .web_url = b.web_app_invoice_url,
        .created_at = b.created_at,
        .paid_at = b.paid_at,
    };
    return E_OK;
}

/* ---- transfers ---- */

struct transfer_body {
    int64_t transfer_id, user_id;
    const char *asset, *amount;
    struct instant completed_at;
};
static const struct json_field transfer_rows[] = {
    {JSON_MEMBER(struct transfer_body, transfer_id), FIELD_I64, FIELD_REQUIRED, .min = 1, .max = ID_MAX},
    {JSON_MEMBER(struct transfer_body, user_id), FIELD_I64, FIELD_REQUIRED, .min = 1, .max = ID_MAX},
    {JSON_MEMBER(struct transfer_body, asset), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 16},
    {JSON_MEMBER(struct transfer_body, amount), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 40},
    {JSON_MEMBER(struct transfer_body, completed_at), FIELD_INSTANT, FIELD_REQUIRED},
};
static const struct json_shape transfer_shape = {transfer_rows, ARRAY_LEN(transfer_rows), NULL};

static enum ecode read_transfer(const struct reader *r, struct json_span span, const char *path, void *item)
{
    struct cp_transfer *out = item;
    struct transfer_body b = {.asset = NULL};
    int64_t amount = 0;
    enum ecode rc = read_shape(r, span, path, &transfer_shape, &b);
    if (!rc)
        rc = read_amount(r, b.amount, b.asset, &amount);
    if (rc)
        return rc;
    *out = (struct cp_transfer){b.transfer_id, b.user_id, amount, b.asset, b.completed_at};
    return E_OK;
}

/* ---- the envelope ---- */

/* The member `name` of the object `span`; empty when there is none. */
static enum ecode find_member(const struct reader *r, struct json_span span, const char *name,
                              struct json_span *out)
{
    struct json_scan s;
    struct json_span key, value;
    *out = (struct json_span){NULL, 0};
    enum ecode rc = json_scan_init(&s, r->file, span, '{', r->err);
    while (!rc && json_scan_next(&s, &key, &value, &rc, r->err))
        if (json_span_is(key, name))
            *out = value;
    if (!rc && out->len == 0)
        rc = err_field(r->err, name, "is required");
    return rc;
}

/* result of {"ok":true,"result":…} */
static enum ecode find_result(const struct reader *r, size_t len, struct json_span *out)
{
    struct json_span whole, ok;
    enum ecode rc = json_scan_file(r->file, len, &whole, r->err);
    if (!rc)
        rc = find_member(r, whole, "ok", &ok);
    if (!rc && !json_span_is(ok, "true"))
        rc = err_field(r->err, "ok", "the answer is not a success");
    return rc ? rc : find_member(r, whole, "result", out);
}

enum ecode cp_invoice_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                            struct cp_invoice *out, struct err *err)
{
    struct reader r = {a, scale, data, err};
    struct json_span result;
    enum ecode rc = find_result(&r, len, &result);
    return rc ? rc : read_invoice(&r, result, "", out);
}

enum ecode cp_transfer_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                             struct cp_transfer *out, struct err *err)
{
    struct reader r = {a, scale, data, err};
    struct json_span result;
    enum ecode rc = find_result(&r, len, &result);
    return rc ? rc : read_transfer(&r, result, "", out);
}

/* The items of {"ok":true,"result":{"items":[…]}}, each `size` bytes. */
static enum ecode read_items(const struct reader *r, size_t len,
                             enum ecode (*read)(const struct reader *r, struct json_span span,
                                                const char *path, void *item),
                             void *items, size_t size, size_t *n, size_t *unreadable)
{
    struct json_span result, list = {.len = 0}, item;
    struct json_scan s;
    *n = *unreadable = 0;
    enum ecode rc = find_result(r, len, &result);
    if (!rc)
        rc = find_member(r, result, "items", &list);
    if (!rc)
        rc = json_scan_init(&s, r->file, list, '[', r->err);
    while (!rc && json_scan_next(&s, NULL, &item, &rc, r->err)) {
        if (*n == CP_LIST_MAX)
            return err_field(r->err, "items", "must be at most %d", CP_LIST_MAX);
        if (read(r, item, "items", (char *)items + *n * size) == E_OK)
            ++*n;
        else
            ++*unreadable;
    }
    return rc;
}

enum ecode cp_invoices_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                             struct cp_invoices *out, struct err *err)
{
    struct reader r = {a, scale, data, err};
    struct cp_invoices list = {.items = arena_array(a, CP_LIST_MAX, sizeof *list.items)};
    enum ecode rc =
        read_items(&r, len, read_invoice, list.items, sizeof *list.items, &list.n, &list.unreadable);
    if (!rc)
        *out = list;
    return rc;
}

enum ecode cp_transfers_parse(struct arena *a, const struct decimal_scale *scale, const char *data,
                              size_t len, struct cp_transfers *out, struct err *err)
{
    struct reader r = {a, scale, data, err};
    struct cp_transfers list = {.items = arena_array(a, CP_LIST_MAX, sizeof *list.items)};
    enum ecode rc =
        read_items(&r, len, read_transfer, list.items, sizeof *list.items, &list.n, &list.unreadable);
    if (!rc)
        *out = list;
    return rc;
}

/* ---- webhooks ---- */

struct update_body {
    int64_t update_id;
    const char *update_type;
};
static const struct json_field update_rows[] = {
    {JSON_MEMBER(struct update_body, update_id), FIELD_I64, FIELD_REQUIRED, .min = 0, .max = ID_MAX},
    {JSON_MEMBER(struct update_body, update_type), FIELD_STRING, FIELD_REQUIRED, .min = 1,
     .max = WORD_BYTES_MAX},
};
static const struct json_shape update_shape = {update_rows, ARRAY_LEN(update_rows), NULL};

enum ecode cp_update_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                           struct cp_update *out, struct err *err)
{
    struct reader r = {a, scale, data, err};
    struct update_body b = {.update_type = ""};
    struct cp_update u = {.update_id = 0};
    struct json_span whole, payload;
    enum ecode rc = json_scan_file(data, len, &whole, err);
    if (!rc)
        rc = read_shape(&r, whole, "", &update_shape, &b);
    if (rc)
        return rc;
    u.update_id = b.update_id;
    u.is_paid = strcmp(b.update_type, "invoice_paid") == 0;
    if (u.is_paid)
        rc = find_member(&r, whole, "payload", &payload);
    if (!rc && u.is_paid)
        rc = read_invoice(&r, payload, "payload", &u.invoice);
    if (!rc && u.is_paid && u.invoice.status != CP_PAID)
        rc = err_field(err, "payload.status", "is not that of a paid invoice");
    if (!rc)
        *out = u;
    return rc;
}

/* ---- what an answer means ---- */

struct problem_body {
    int64_t code;
    const char *name;
};
static const struct json_field problem_rows[] = {
    {JSON_MEMBER(struct problem_body, code), FIELD_I64, .min = 0, .max = 999},
    {JSON_MEMBER(struct problem_body, name), FIELD_STRING, .max = WORD_BYTES_MAX},
};
static const struct json_shape problem_shape = {problem_rows, ARRAY_LEN(problem_rows), NULL};

/* The names of refusals that mean something; the first that fits counts. */
static const struct {
    const char *name;
    enum provider_verdict verdict;
} refusals[] = {
    {"UNAUTHORIZED", PROVIDER_UNAUTHORIZED}, {"APP_DISABLED", PROVIDER_UNAUTHORIZED},
    {"INTERNAL_ERROR", PROVIDER_UNKNOWN},    {"TOO_MANY_REQUESTS", PROVIDER_LATER},
    {"NOT_ENOUGH_COINS", PROVIDER_LATER}, /* until the app's wallet is filled */
};

struct provider_answer cp_judge(struct arena *a, const struct http_call *call)
{
    struct err err;
    struct provider_answer answer = provider_judge(call);
    struct problem_body b = {.code = 0, .name = ""};
    const char *data = buf_text(&call->answer);
    struct reader r = {a, NULL, data, &err};
    struct json_span whole, ok, error;
    if (call->outcome != HTTP_CALL_ANSWERED || json_scan_file(data, call->answer.len, &whole, &err) != E_OK ||
        find_member(&r, whole, "ok", &ok) != E_OK)
        return answer;
    if (json_span_is(ok, "true")) {
        if (call->status == 200)
            answer.verdict = PROVIDER_DONE;
        return answer;
    }
    if (find_member(&r, whole, "error", &error) != E_OK ||
        read_shape(&r, error, "error", &problem_shape, &b) != E_OK)
        return answer;
    answer.code = b.name;
    if (call->status < 400) /* the words are an answer, whatever the status says */
        answer.verdict = b.code == 401 ? PROVIDER_UNAUTHORIZED : PROVIDER_REFUSED;
    for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
        if (strcmp(refusals[i].name, b.name) == 0) {
            answer.verdict = refusals[i].verdict;
            break;
        }
    return answer;
}
