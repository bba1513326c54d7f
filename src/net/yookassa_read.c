#include <stdio.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "net/http_client.h"
#include "net/json_shape.h"
#include "net/yookassa.h"
#include "net/yookassa_priv.h"

/* YooKassa: what comes in. */

#define URL_BYTES_MAX 2048
#define WORD_BYTES_MAX 128

struct reader {
    struct arena *arena;
    const struct decimal_scale *scale;
    const char *file; /* what the spans lie in */
    struct err *err;
};

static const char *const status_names[] = {
    [YK_PENDING] = "pending",
    [YK_WAITING_FOR_CAPTURE] = "waiting_for_capture",
    [YK_SUCCEEDED] = "succeeded",
    [YK_CANCELED] = "canceled",
    NULL,
};

/* ---- the parts of objects ---- */

struct money_body {
    const char *value, *currency;
};
static const struct json_field money_rows[] = {
    {JSON_MEMBER(struct money_body, value), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 40},
    {JSON_MEMBER(struct money_body, currency), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = 8},
};
static const struct json_shape money_shape = {money_rows, ARRAY_LEN(money_rows), NULL};

struct confirmation_body {
    const char *confirmation_url;
};
static const struct json_field confirmation_rows[] = {
    {JSON_MEMBER(struct confirmation_body, confirmation_url), FIELD_STRING, FIELD_NULLABLE, .min = 1,
     .max = URL_BYTES_MAX},
};
static const struct json_shape confirmation_shape = {confirmation_rows, ARRAY_LEN(confirmation_rows), NULL};

struct metadata_body {
    const char *ref;
};
static const struct json_field metadata_rows[] = {
    {.name = YK_REF,
     .offset = offsetof(struct metadata_body, ref),
     .size = sizeof(const char *),
     FIELD_STRING,
     FIELD_NULLABLE,
     .min = 1,
     .max = YK_REF_BYTES_MAX},
};
static const struct json_shape metadata_shape = {metadata_rows, ARRAY_LEN(metadata_rows), NULL};

struct method_body {
    const char *id;
    bool saved;
};
static const struct json_field method_rows[] = {
    {JSON_MEMBER(struct method_body, id), FIELD_STRING, .min = 1, .max = YK_ID_BYTES_MAX},
    {JSON_MEMBER(struct method_body, saved), FIELD_BOOL},
};
static const struct json_shape method_shape = {method_rows, ARRAY_LEN(method_rows), NULL};

struct recipient_body {
    const char *account_id;
};
static const struct json_field recipient_rows[] = {
    {JSON_MEMBER(struct recipient_body, account_id), FIELD_STRING, .min = 1, .max = YK_ID_BYTES_MAX},
};
static const struct json_shape recipient_shape = {recipient_rows, ARRAY_LEN(recipient_rows), NULL};

struct cancellation_body {
    const char *reason;
};
static const struct json_field cancellation_rows[] = {
    {JSON_MEMBER(struct cancellation_body, reason), FIELD_STRING, .min = 1, .max = WORD_BYTES_MAX},
};
static const struct json_shape cancellation_shape = {cancellation_rows, ARRAY_LEN(cancellation_rows), NULL};

/* ---- objects ---- */

struct object_body {
    const char *id, *payment_id;
    int status;
    struct instant created_at, captured_at;
    json_t *amount, *refunded_amount, *confirmation, *metadata, *payment_method, *recipient,
        *cancellation_details;
};

#define ROW_ID                                                                                               \
    JSON_MEMBER(struct object_body, id), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = YK_ID_BYTES_MAX
#define ROW_STATUS JSON_MEMBER(struct object_body, status), FIELD_ENUM, FIELD_REQUIRED, .names = status_names
#define ROW_CREATED JSON_MEMBER(struct object_body, created_at), FIELD_INSTANT, FIELD_REQUIRED
#define ROW_AMOUNT JSON_MEMBER(struct object_body, amount), FIELD_OBJECT, FIELD_REQUIRED

static const struct json_field payment_rows[] = {
    {ROW_ID},
    {ROW_STATUS},
    {ROW_CREATED},
    {JSON_MEMBER(struct object_body, captured_at), FIELD_INSTANT, FIELD_NULLABLE},
    {ROW_AMOUNT},
    {JSON_MEMBER(struct object_body, refunded_amount), FIELD_OBJECT, FIELD_NULLABLE},
    {JSON_MEMBER(struct object_body, confirmation), FIELD_OBJECT, FIELD_NULLABLE},
    {JSON_MEMBER(struct object_body, metadata), FIELD_OBJECT, FIELD_NULLABLE},
    {JSON_MEMBER(struct object_body, payment_method), FIELD_OBJECT, FIELD_NULLABLE},
    {JSON_MEMBER(struct object_body, recipient), FIELD_OBJECT, FIELD_NULLABLE},
    {JSON_MEMBER(struct object_body, cancellation_details), FIELD_OBJECT, FIELD_NULLABLE},
};
static const struct json_shape *const payment_inner[ARRAY_LEN(payment_rows)] = {
    NULL,
    NULL,
    NULL,
    NULL,
    &money_shape,
    &money_shape,
    &confirmation_shape,
    &metadata_shape,
    &method_shape,
    &recipient_shape,
    &cancellation_shape,
};
static const struct json_shape payment_shape = {payment_rows, ARRAY_LEN(payment_rows), payment_inner};

static const struct json_field refund_rows[] = {
    {ROW_ID},
    {ROW_STATUS},
    {ROW_CREATED},
    {JSON_MEMBER(struct object_body, payment_id), FIELD_STRING, FIELD_REQUIRED, .min = 1,
     .max = YK_ID_BYTES_MAX},
    {ROW_AMOUNT},
    {JSON_MEMBER(struct object_body, metadata), FIELD_OBJECT, FIELD_NULLABLE},
    {JSON_MEMBER(struct object_body, cancellation_details), FIELD_OBJECT, FIELD_NULLABLE},
};
static const struct json_shape *const refund_inner[ARRAY_LEN(refund_rows)] = {
    NULL, NULL, NULL, NULL, &money_shape, &metadata_shape, &cancellation_shape,
};
static const struct json_shape refund_shape = {refund_rows, ARRAY_LEN(refund_rows), refund_inner};

/* An object among the members, when it is there. */
static enum ecode read_part(const struct reader *r, json_t *object, const char *path,
                            const struct json_shape *shape, void *out)
{
    struct json_seen seen;
    return object ? json_object_read(r->arena, object, path, shape->rows, shape->n, JSON_WHOLE, out, &seen,
                                     r->err)
                  : E_OK;
}

static enum ecode read_money(const struct reader *r, json_t *object, const char *path, int64_t min,
                             int64_t *amount, const char **currency)
{
    char field[64];
    struct money_body m = {"", ""};
    enum ecode rc = read_part(r, object, path, &money_shape, &m);
    if (rc)
        return rc;
    int digits = r->scale->digits(r->scale->arg, m.currency);
    snprintf(field, sizeof field, "%s.value", path);
    if (!decimal_parse(m.value, strlen(m.value), digits, amount) || *amount < min)
        return err_field(r->err, field, "is not an amount of that currency");
    *currency = m.currency;
    return E_OK;
}

static enum ecode read_object(const struct reader *r, struct json_span span, const struct json_shape *shape,
                              struct object_body *b)
{
    json_t *root = NULL;
    enum ecode rc = json_shape_read(r->arena, r->file, span, shape, &root, r->err);
    return rc ? rc : read_part(r, root, "", shape, b);
}

static enum ecode read_payment(const struct reader *r, struct json_span span, void *item)
{
    struct yk_payment *out = item;
    struct object_body b = {.id = NULL};
    struct confirmation_body confirmation = {NULL};
    struct metadata_body metadata = {NULL};
    struct method_body method = {NULL, false};
    struct recipient_body recipient = {NULL};
    struct cancellation_body cancellation = {NULL};
    int64_t amount = 0, refunded = 0;
    const char *currency = NULL, *refunded_currency = NULL;
    enum ecode rc = read_object(r, span, &payment_shape, &b);
    if (!rc)
        rc = read_money(r, b.amount, "amount", 1, &amount, &currency);
    if (!rc && b.refunded_amount)
        rc = read_money(r, b.refunded_amount, "refunded_amount", 0, &refunded, &refunded_currency);
    if (!rc && refunded_currency && strcmp(refunded_currency, currency) != 0)
        rc = err_field(r->err, "refunded_amount.currency", "is not the payment's");
    if (!rc)
        rc = read_part(r, b.confirmation, "confirmation", &confirmation_shape, &confirmation);
    if (!rc)
        rc = read_part(r, b.metadata, "metadata", &metadata_shape, &metadata);
    if (!rc)
        rc = read_part(r, b.payment_method, "payment_method", &method_shape, &method);
    if (!rc)
        rc = read_part(r, b.recipient, "recipient", &recipient_shape, &recipient);
    if (!rc)
        rc = read_part(r, b.cancellation_details, "cancellation_details", &cancellation_shape, &cancellation);
    if (rc)
        return rc;
    *out = (struct yk_payment){
        .id = b.id,
        .status = (enum yk_status)b.status,
        .amount = amount,
        .refunded = refunded,
        .currency = currency,
        .confirmation_url = confirmation.confirmation_url,
        .ref = metadata.ref,
        .method_id = method.saved ? method.id : NULL,
        .shop_id = recipient.account_id,
        .reason = cancellation.reason,
        .created_at = b.created_at,
        .captured_at = b.captured_at,
    };
    return E_OK;
}

static enum ecode read_refund(const struct reader *r, struct json_span span, void *item)
{
    struct yk_refund *out = item;
    struct object_body b = {.id = NULL};
    struct metadata_body metadata = {NULL};
    struct cancellation_body cancellation = {NULL};
    int64_t amount = 0;
    const char *currency = NULL;
    enum ecode rc = read_object(r, span, &refund_shape, &b);
    if (!rc && b.status == YK_WAITING_FOR_CAPTURE)
        rc = err_field(r->err, "status", "is not one of a refund");
    if (!rc)
        rc = read_money(r, b.amount, "amount", 1, &amount, &currency);
    if (!rc)
        rc = read_part(r, b.metadata, "metadata", &metadata_shape, &metadata);
    if (!rc)
        rc = read_part(r, b.cancellation_details, "cancellation_details", &cancellation_shape, &cancellation);
    if (rc)
        return rc;
    *out = (struct yk_refund){
        .id = b.id,
        .payment_id = b.payment_id,
        .status = (enum yk_status)b.status,
        .amount = amount,
        .currency = currency,
        .ref = metadata.ref,
        .reason = cancellation.reason,
        .created_at = b.created_at,
    };
    return E_OK;
}

/* ---- whole answers ---- */

static enum ecode whole(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                        enum ecode (*read)(const struct reader *r, struct json_span span, void *item),
                        void *out, struct err *err)
{
    struct reader r = {a, scale, data, err};
    struct json_span span;
    enum ecode rc = json_scan_file(data, len, &span, err);
    return rc ? rc : read(&r, span, out);
}

enum ecode yk_payment_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                            struct yk_payment *out, struct err *err)
{
    return whole(a, scale, data, len, read_payment, out, err);
}

enum ecode yk_refund_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                           struct yk_refund *out, struct err *err)
{
    return whole(a, scale, data, len, read_refund, out, err);
}

struct list_body {
    const char *next_cursor;
};
static const struct json_field list_rows[] = {
    {JSON_MEMBER(struct list_body, next_cursor), FIELD_STRING, FIELD_NULLABLE, .min = 1, .max = 256},
};
static const struct json_shape list_shape = {list_rows, ARRAY_LEN(list_rows), NULL};

/* The member `items`; empty when there is none. */
static enum ecode find_items(const struct reader *r, struct json_span list, struct json_span *items)
{
    struct json_scan s;
    struct json_span key, value;
    *items = (struct json_span){NULL, 0};
    enum ecode rc = json_scan_init(&s, r->file, list, '{', r->err);
    while (!rc && json_scan_next(&s, &key, &value, &rc, r->err))
        if (json_span_is(key, "items"))
            *items = value;
    return rc;
}

/* Reads at most YK_LIST_MAX items of a list into `items`, each `size` bytes. */
static enum ecode read_list(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                            enum ecode (*read)(const struct reader *r, struct json_span span, void *item),
                            void *items, size_t size, size_t *n, const char **next, struct err *err)
{
    struct reader r = {a, scale, data, err};
    struct list_body b = {.next_cursor = NULL};
    struct json_span span, list = {.len = 0}, item;
    struct json_scan s;
    size_t count = 0;
    enum ecode rc = json_scan_file(data, len, &span, err);
    json_t *root = NULL;
    if (!rc)
        rc = json_shape_read(a, data, span, &list_shape, &root, err);
    if (!rc)
        rc = read_part(&r, root, "", &list_shape, &b);
    if (!rc)
        rc = find_items(&r, span, &list);
    if (!rc && list.len == 0)
        rc = err_field(err, "items", "is required");
    if (!rc)
        rc = json_scan_init(&s, data, list, '[', err);
    while (!rc && json_scan_next(&s, NULL, &item, &rc, err)) {
        if (count == YK_LIST_MAX)
            return err_field(err, "items", "must be at most %d", YK_LIST_MAX);
        rc = read(&r, item, (char *)items + count++ * size);
    }
    *n = count;
    *next = b.next_cursor;
    return rc;
}

enum ecode yk_payments_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                             struct yk_payments *out, struct err *err)
{
    struct yk_payments list = {.items = arena_array(a, YK_LIST_MAX, sizeof *list.items)};
    enum ecode rc = read_list(a, scale, data, len, read_payment, list.items, sizeof *list.items, &list.n,
                              &list.next, err);
    if (!rc)
        *out = list;
    return rc;
}

enum ecode yk_refunds_parse(struct arena *a, const struct decimal_scale *scale, const char *data, size_t len,
                            struct yk_refunds *out, struct err *err)
{
    struct yk_refunds list = {.items = arena_array(a, YK_LIST_MAX, sizeof *list.items)};
    enum ecode rc =
        read_list(a, scale, data, len, read_refund, list.items, sizeof *list.items, &list.n, &list.next, err);
    if (!rc)
        *out = list;
    return rc;
}

/* ---- notifications ---- */

struct id_body {
    const char *id;
};
static const struct json_field id_rows[] = {
    {JSON_MEMBER(struct id_body, id), FIELD_STRING, FIELD_REQUIRED, .min = 1, .max = YK_ID_BYTES_MAX},
};
static const struct json_shape id_shape = {id_rows, ARRAY_LEN(id_rows), NULL};

struct notification_body {
    const char *type, *event;
    json_t *object;
};
static const struct json_field notification_rows[] = {
    {JSON_MEMBER(struct notification_body, type), FIELD_STRING, FIELD_REQUIRED, .max = WORD_BYTES_MAX},
    {JSON_MEMBER(struct notification_body, event), FIELD_STRING, FIELD_REQUIRED, .min = 1,
     .max = WORD_BYTES_MAX},
    {JSON_MEMBER(struct notification_body, object), FIELD_OBJECT, FIELD_REQUIRED},
};
static const struct json_shape *const notification_inner[ARRAY_LEN(notification_rows)] = {NULL, NULL,
                                                                                          &id_shape};
static const struct json_shape notification_shape = {notification_rows, ARRAY_LEN(notification_rows),
                                                     notification_inner};

static bool is_id(const char *s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return strspn(s, plain) == strlen(s);
}

enum ecode yk_notification_parse(struct arena *a, const char *data, size_t len, struct yk_notification *out,
                                 struct err *err)
{
    struct reader r = {a, NULL, data, err};
    struct notification_body b = {.type = ""};
    struct id_body object = {""};
    struct json_span span;
    json_t *root = NULL;
    enum ecode rc = json_scan_file(data, len, &span, err);
    if (!rc)
        rc = json_shape_read(a, data, span, &notification_shape, &root, err);
    if (!rc)
        rc = read_part(&r, root, "", &notification_shape, &b);
    if (!rc && strcmp(b.type, "notification") != 0)
        rc = err_field(err, "type", "must be \"notification\"");
    if (!rc)
        rc = read_part(&r, b.object, "object", &id_shape, &object);
    if (!rc && !is_id(object.id))
        rc = err_field(err, "object.id", "must be letters, digits, - and _");
    if (rc)
        return rc;
    *out = (struct yk_notification){
        .about = strncmp(b.event, "payment.", 8) == 0  ? YK_ABOUT_PAYMENT
                 : strncmp(b.event, "refund.", 7) == 0 ? YK_ABOUT_REFUND
                                                       : YK_ABOUT_OTHER,
        .event = b.event,
        .id = object.id,
    };
    return E_OK;
}

/* ---- what an answer means ---- */

struct problem_body {
    const char *type, *code, *description;
    int64_t retry_after;
};
static const struct json_field problem_rows[] = {
    {JSON_MEMBER(struct problem_body, type), FIELD_STRING, .max = WORD_BYTES_MAX},
    {JSON_MEMBER(struct problem_body, code), FIELD_STRING, .max = WORD_BYTES_MAX},
    {JSON_MEMBER(struct problem_body, description), FIELD_STRING, .max = 4096},
    {JSON_MEMBER(struct problem_body, retry_after), FIELD_I64, .min = 0, .max = INT32_MAX},
};
static const struct json_shape problem_shape = {problem_rows, ARRAY_LEN(problem_rows), NULL};

static bool read_problem(struct arena *a, const struct http_call *call, struct problem_body *b)
{
    struct err err;
    const char *data = buf_text(&call->answer);
    struct reader r = {a, NULL, data, &err};
    struct json_span span;
    json_t *root = NULL;
    return json_scan_file(data, call->answer.len, &span, &err) == E_OK &&
           json_shape_read(a, data, span, &problem_shape, &root, &err) == E_OK &&
           read_part(&r, root, "", &problem_shape, b) == E_OK;
}

struct provider_answer yk_judge(struct arena *a, const struct http_call *call)
{
    struct provider_answer answer = provider_judge(call);
    struct problem_body b = {.type = "", .code = "", .description = "", .retry_after = -1};
    if (call->outcome != HTTP_CALL_ANSWERED)
        return answer;
    if (call->status == 200) {
        answer.verdict = PROVIDER_DONE;
        return answer;
    }
    if (!read_problem(a, call, &b) || strcmp(b.type, call->status == 202 ? "processing" : "error") != 0)
        return answer;
    answer.code = b.code;
    answer.said = b.description;
    if (b.retry_after >= 0)
        answer.retry_after_ms = b.retry_after;
    return answer;
}
