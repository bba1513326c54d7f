#include <string.h>
#include "base/check.h"
#include "domain/payment/payment_internal.h"
#include "payment_call.sql.h"

/* Where a person's receipts go: asked once, kept with the person. */

#define EMAIL_BYTES_MAX 254
#define PHONE_DIGITS_MIN 10
#define PHONE_DIGITS_MAX 15

/* Something before one @, and after it a name with a dot inside; no spaces, no controls, ASCII. */
static bool is_email(const char *s)
{
    const char *at = strchr(s, '@');
    size_t len = strlen(s);
    if (at == NULL || at == s || strchr(at + 1, '@') != NULL || len > EMAIL_BYTES_MAX)
        return false;
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("<>()[]\\,;:\"", *p) != NULL)
            return false;
    const char *dot = strrchr(at + 1, '.');
    return dot != NULL && dot > at + 1 && dot[1] != '\0' && strstr(at, "..") == NULL;
}

/* "+7 (999) 123-45-67" as its digits; NULL: it is no number. */
static const char *phone_digits(struct arena *a, const char *s)
{
    char digits[PHONE_DIGITS_MAX + 1];
    size_t n = 0;
    for (const char *p = *s == '+' ? s + 1 : s; *p; p++) {
        if (*p >= '0' && *p <= '9') {
            if (n == PHONE_DIGITS_MAX)
                return NULL;
            digits[n++] = *p;
        } else if (strchr(" ()-.", *p) == NULL) {
            return NULL;
        }
    }
    return n >= PHONE_DIGITS_MIN ? arena_memdup(a, digits, n) : NULL;
}

/* Whether one is known. */
static enum ecode known(struct ctx *ctx, bool *out)
{
    struct stmt *q = db_query(ctx->db, &Q_payment_call_payer);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        *out = !stmt_is_null(q, 2);
        stmt_end(q);
    }
    return rc;
}

enum ecode payment_contact_keep(struct ctx *ctx, const struct payment_order *order)
{
    bool there;
    if (order->contact == NULL) {
        if (order->provider != PROVIDER_YOOKASSA || !ctx->policy->asks_receipt_contact || order->method)
            return E_OK;
        enum ecode rc = known(ctx, &there);
        if (rc != E_OK || there)
            return rc;
        err_field(&ctx->err, "contact", "is needed once: an e-mail address or a phone number for receipts");
        memcpy(ctx->err.reason, "receipt_contact_required", sizeof "receipt_contact_required");
        return E_INVALID;
    }
    return payment_contact_set(ctx, order->contact);
}

enum ecode payment_contact_set(struct ctx *ctx, const char *text)
{
    const char *contact = is_email(text) ? text : phone_digits(ctx->arena, text);
    if (contact == NULL)
        return err_field(&ctx->err, "contact", "must be an e-mail address or a phone number");
    struct stmt *q = db_query(ctx->db, &Q_payment_call_keep_contact);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    stmt_bind_text(q, 2, contact);
    stmt_bind_time(q, 3, ctx->now);
    return stmt_run(q);
}
