#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/check.h"
#include "base/utf8.h"
#include "net/http_client.h"
#include "net/yookassa.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever YooKassa, or somebody in its name, sends is refused, or is what yookassa.h promises. */

static int digits_of(const void *arg, const char *currency)
{
    return currency[0] == 'J' ? 0 : currency[0] == 'U' ? 6 : 2;
}
static const struct decimal_scale scale = {digits_of, NULL};

static void check_text(const char *s)
{
    CHECK(!s || (*s && utf8_valid(s, strlen(s))));
}

static void check_payment(const struct yk_payment *p)
{
    CHECK(p->id && p->currency && p->amount > 0 && p->refunded >= 0);
    CHECK(strlen(p->id) <= YK_ID_BYTES_MAX && p->status <= YK_CANCELED);
    check_text(p->id);
    check_text(p->currency);
    check_text(p->ref);
    check_text(p->confirmation_url);
    check_text(p->method_id);
    check_text(p->shop_id);
    check_text(p->reason);
}

static void check_refund(const struct yk_refund *r)
{
    CHECK(r->id && r->payment_id && r->amount > 0 && r->status != YK_WAITING_FOR_CAPTURE);
    check_text(r->ref);
}

static void judge(struct arena *a, const char *text, size_t size)
{
    static const int statuses[] = {200, 202, 400, 401, 404, 429, 500};
    struct http_call call;
    http_call_init(&call);
    buf_init(&call.answer, size + 1);
    buf_add(&call.answer, text, size);
    call.outcome = HTTP_CALL_ANSWERED;
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        call.status = statuses[i];
        struct provider_answer answer = yk_judge(a, &call);
        CHECK(answer.code && answer.said && (answer.verdict == PROVIDER_DONE) == (statuses[i] == 200));
    }
    http_call_release(&call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 65536)
        return 0;
    const char *text = (const char *)data;
    struct arena *a = arena_new(YK_ARENA_BYTES);
    struct err err;
    struct yk_payment payment;
    struct yk_refund refund;
    struct yk_payments payments;
    struct yk_refunds refunds;
    struct yk_notification n;
    if (yk_payment_parse(a, &scale, text, size, &payment, &err) == E_OK)
        check_payment(&payment);
    if (yk_refund_parse(a, &scale, text, size, &refund, &err) == E_OK)
        check_refund(&refund);
    if (yk_payments_parse(a, &scale, text, size, &payments, &err) == E_OK)
        for (size_t i = 0; i < payments.n; i++)
            check_payment(&payments.items[i]);
    if (yk_refunds_parse(a, &scale, text, size, &refunds, &err) == E_OK)
        for (size_t i = 0; i < refunds.n; i++)
            check_refund(&refunds.items[i]);
    if (yk_notification_parse(a, text, size, &n, &err) == E_OK)
        CHECK(n.event && n.id && *n.id && !strpbrk(n.id, "/?#%. "));
    else
        CHECK(err.code == E_MALFORMED || err.code == E_INVALID);
    judge(a, text, size);
    arena_free(a);
    return 0;
}
