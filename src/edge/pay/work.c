#include "edge/pay/work.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/log.h"
#include "base/secret.h"
#include "domain/payment/plan.h"

#define CONNECT_TIMEOUT_MS 8000
#define CALL_TIMEOUT_MS 20000
#define UNAUTHORIZED_WAIT_S 300

struct payment_notice *work_learn(struct pay_work *w, enum payment_fact_kind kind)
{
    CHECK(w->n < PAY_NOTICES_MAX);
    if (w->notices == NULL)
        w->notices = arena_array(w->arena, PAY_NOTICES_MAX, sizeof *w->notices);
    struct payment_notice *n = &w->notices[w->n++];
    *n = (struct payment_notice){.provider = w->errand.payment.provider,
                                 .user_id = w->errand.payment.user_id,
                                 .payment_id = w->errand.payment.id,
                                 .kind = kind};
    return n;
}

void work_end(struct pay_work *w, enum outbox_end end, const char *error)
{
    w->result.end = end;
    w->result.error = error;
}

const char *work_secret(struct pay_work *w, const struct pay_account *a)
{
    char *text = arena_alloc(w->arena, SECRET_BYTES_MAX + 1);
    secret_copy(a->secret, text);
    return text;
}

void work_again(struct pay_work *w, int64_t seconds)
{
    work_end(w, END_RETRY, NULL);
    w->result.no_fault = true;
    w->result.at = instant_add(instant_now(), duration_seconds(seconds));
}

void work_judge(struct pay_work *w, const struct provider_answer *a)
{
    const char *error =
        arena_printf(w->arena, "%s (%d) %s", provider_verdict_name(a->verdict), a->status, a->code);
    pay_count(&w->pay->counters.calls[w->errand.payment.provider][a->verdict], 1);
    switch (a->verdict) {
    case PROVIDER_DONE:
        work_end(w, END_SENT, NULL);
        break;
    case PROVIDER_UNAUTHORIZED:
        work_again(w, UNAUTHORIZED_WAIT_S);
        w->result.error = error;
        w->alert = "The provider does not accept our credentials";
        break;
    case PROVIDER_LATER:
    case PROVIDER_UNKNOWN:
        work_end(w, END_RETRY, error);
        if (a->retry_after_ms > 0)
            w->result.at = instant_add(instant_now(), duration_ms(a->retry_after_ms));
        break;
    default:
        work_end(w, END_FAILED, error);
    }
    if (a->verdict != PROVIDER_DONE)
        log_event(LOG_WARN, "call to a payment provider", log_str("provider", w->item.channel),
                  log_str("call", w->item.method), log_uuid("outbox_id", &w->item.id),
                  log_str("verdict", provider_verdict_name(a->verdict)), log_i64("status", a->status),
                  log_str("said", a->code), log_i64("attempts", w->item.attempts));
}

static bool is_last(const struct pay_work *w)
{
    return w->result.end == END_FAILED ||
           (w->result.end == END_RETRY && !w->result.no_fault && w->item.attempts >= OUTBOX_ATTEMPTS_MAX);
}

void work_not_created(struct pay_work *w, const struct provider_answer *a)
{
    work_judge(w, a);
    if (a->verdict == PROVIDER_UNKNOWN) {
        work_learn(w, FACT_UNKNOWN);
        return;
    }
    if (!is_last(w) || w->errand.payment.status == PAYMENT_UNKNOWN)
        return;
    work_learn(w, FACT_FAILED)->note = a->verdict == PROVIDER_LATER ? "not reached" : a->code;
    w->alert = "The provider refuses our orders";
}

void work_not_refunded(struct pay_work *w, const struct provider_answer *a)
{
    work_judge(w, a);
    if (!is_last(w))
        return;
    if (a->verdict == PROVIDER_UNKNOWN) {
        w->alert = "Nobody knows whether money was given back; look at the provider's";
        return; /* it may have been: the request stands until a person has looked */
    }
    struct payment_notice *n = work_learn(w, FACT_REFUND_FAILED);
    n->ref = w->errand.ref;
    n->note = a->code;
}

int64_t work_order_age_ms(const struct pay_work *w)
{
    return instant_diff(instant_now(), w->errand.payment.created_at).ms;
}

int64_t work_row_age_ms(const struct pay_work *w)
{
    return instant_diff(instant_now(), w->item.created_at).ms;
}

bool work_is_repeated(const struct pay_work *w)
{
    return w->item.attempts > 1 || w->item.unknowns > 0;
}

const char *work_title(const struct pay_work *w)
{
    const struct payment *p = &w->errand.payment;
    const struct plan *plan = p->plan ? plan_find(w->pay->o.plans, p->plan) : NULL;
    bool russian = strncmp(w->errand.language_code, "ru", 2) == 0;
    if (p->purpose == PURPOSE_TOPUP)
        return russian ? "Пополнение баланса" : "Wallet top-up";
    int length = plan == NULL ? 0 : plan->months ? plan->months : plan->days;
    const char *unit = plan == NULL || plan->months ? (russian ? "мес." : "mo.") : (russian ? "дн." : "d.");
    if (length == 0)
        return russian ? "Премиум" : "Premium";
    return arena_printf(w->arena, russian ? "Премиум, %d %s" : "Premium, %d %s", length, unit);
}

const char *work_payload(const struct pay_work *w)
{
    char text[PAYMENT_PAYLOAD_TEXT];
    return arena_strdup(w->arena, payment_payload(&w->errand.payment, text));
}

const char *work_text(struct pay_work *w, struct buf *b)
{
    CHECK(!buf_overflowed(b));
    const char *text = arena_strdup(w->arena, buf_text(b));
    buf_release(b);
    return text;
}

static void release_call(void *call)
{
    http_call_release(call);
}

const struct http_call *work_fetch(struct pay_work *w, const struct pay_request *r)
{
    struct http_call *call = arena_alloc(w->arena, sizeof *call);
    http_call_init(call);
    call->method = r->method;
    call->url = r->url;
    call->headers = r->headers;
    call->n_headers = r->n_headers;
    call->body = r->body;
    call->body_len = r->body ? strlen(r->body) : 0;
    call->content_type = r->body ? "application/json" : NULL;
    call->connect_timeout_ms = CONNECT_TIMEOUT_MS;
    call->timeout_ms = CALL_TIMEOUT_MS;
    call->retry_after_s = -1;
    arena_defer(w->arena, release_call, call);
    pay_call(w->pay, w->fence, call);
    return call;
}

void work_unreadable(struct pay_work *w, const struct err *err)
{
    log_event(LOG_ERROR, "a payment provider's answer cannot be read", log_str("provider", w->item.channel),
              log_str("call", w->item.method), log_str("field", err->field), log_err(err));
    work_end(w, END_RETRY, arena_printf(w->arena, "unreadable answer: %s %s", err->field, err->text));
    w->alert = "The provider's answers cannot be read";
}
