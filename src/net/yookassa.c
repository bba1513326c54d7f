#include "net/yookassa.h"

#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/json_write.h"
#include "net/yookassa_priv.h"

/* YooKassa: what goes out. */

static void base_url(struct buf *out, const char *base, const char *path)
{
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    buf_add(out, base, len);
    buf_str(out, path);
}

/* Part of a path or a query. */
static void put_escaped(struct buf *out, const char *s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *s; s++)
        if (strchr(plain, *s))
            buf_char(out, *s);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*s);
}

static void object_url(struct buf *out, const char *base, const char *path, const char *id)
{
    base_url(out, base, path);
    if (id) {
        buf_char(out, '/');
        put_escaped(out, id);
    }
}

void yk_payment_url(struct buf *out, const char *base, const char *id)
{
    object_url(out, base, "/payments", id);
}

void yk_refund_url(struct buf *out, const char *base, const char *id)
{
    object_url(out, base, "/refunds", id);
}

static void put_query(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "&%s=", name);
    put_escaped(out, value);
}

void yk_payments_url(struct buf *out, const char *base, struct instant from, struct instant to,
                     const char *cursor)
{
    char text[INSTANT_TEXT];
    base_url(out, base, "/payments");
    buf_printf(out, "?limit=%d", YK_LIST_MAX);
    put_query(out, "created_at.gte", instant_format(from, text));
    put_query(out, "created_at.lt", instant_format(to, text));
    if (cursor)
        put_query(out, "cursor", cursor);
}

void yk_refunds_url(struct buf *out, const char *base, const char *payment_id, const char *cursor)
{
    base_url(out, base, "/refunds");
    buf_printf(out, "?limit=%d", YK_LIST_MAX);
    put_query(out, "payment_id", payment_id);
    if (cursor)
        put_query(out, "cursor", cursor);
}

const char *yk_authorization(struct arena *a, const char *shop_id, const char *secret_key)
{
    const char *pair = arena_printf(a, "%s:%s", shop_id, secret_key);
    size_t len = strlen(pair);
    char *text = arena_alloc(a, (len + 2) / 3 * 4 + 1);
    base64url_encode(pair, len, text);
    for (char *p = text; *p; p++) /* the other alphabet of RFC 4648 */
        *p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
    return arena_printf(a, "Basic %s%.*s", text, (int)((3 - len % 3) % 3), "==");
}

static void put_money(struct json_writer *w, const char *key, int64_t amount, int digits,
                      const char *currency)
{
    char text[DECIMAL_TEXT];
    json_key(w, key);
    json_object_begin(w);
    json_field_string(w, "value", decimal_format(amount, digits, text));
    json_field_string(w, "currency", currency);
    json_object_end(w);
}

static void put_ref(struct json_writer *w, const char *ref)
{
    CHECK(strlen(ref) <= YK_REF_BYTES_MAX);
    json_key(w, "metadata");
    json_object_begin(w);
    json_field_string(w, YK_REF, ref);
    json_object_end(w);
}

static void put_receipt(struct json_writer *w, const struct yk_receipt *r, int64_t amount, int digits,
                        const char *currency)
{
    CHECK((r->email || r->phone) && r->vat_code >= 1 && r->vat_code <= YK_VAT_CODE_MAX);
    json_key(w, "receipt");
    json_object_begin(w);
    json_key(w, "customer");
    json_object_begin(w);
    if (r->email)
        json_field_string(w, "email", r->email);
    if (r->phone)
        json_field_string(w, "phone", r->phone);
    json_object_end(w);
    json_key(w, "items");
    json_array_begin(w);
    json_object_begin(w);
    json_field_cut(w, "description", r->item, YK_DESCRIPTION_MAX);
    json_field_string(w, "quantity", "1.00");
    put_money(w, "amount", amount, digits, currency);
    json_field_i64(w, "vat_code", r->vat_code);
    json_field_string(w, "payment_subject", "service");
    json_field_string(w, "payment_mode", "full_payment");
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
}

void yk_order_body(struct buf *out, const struct yk_order *o)
{
    struct json_writer w;
    CHECK(o->amount > 0 && !(o->method_id && (o->return_url || o->save_method)));
    CHECK(o->method_id || o->return_url);
    json_writer_init(&w, out);
    json_object_begin(&w);
    put_money(&w, "amount", o->amount, o->digits, o->currency);
    json_field_bool(&w, "capture", true);
    json_field_cut(&w, "description", o->description, YK_DESCRIPTION_MAX);
    put_ref(&w, o->ref);
    if (o->method_id) {
        json_field_string(&w, "payment_method_id", o->method_id);
    } else {
        json_key(&w, "confirmation");
        json_object_begin(&w);
        json_field_string(&w, "type", "redirect");
        json_field_string(&w, "return_url", o->return_url);
        json_object_end(&w);
    }
    if (o->save_method)
        json_field_bool(&w, "save_payment_method", true);
    if (o->receipt)
        put_receipt(&w, o->receipt, o->amount, o->digits, o->currency);
    json_object_end(&w);
    json_writer_finish(&w);
}

void yk_refund_body(struct buf *out, const struct yk_refund_order *o)
{
    struct json_writer w;
    CHECK(o->amount > 0);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_field_string(&w, "payment_id", o->payment_id);
    put_money(&w, "amount", o->amount, o->digits, o->currency);
    json_field_cut(&w, "description", o->description, YK_DESCRIPTION_MAX);
    put_ref(&w, o->ref);
    if (o->receipt)
        put_receipt(&w, o->receipt, o->amount, o->digits, o->currency);
    json_object_end(&w);
    json_writer_finish(&w);
}
