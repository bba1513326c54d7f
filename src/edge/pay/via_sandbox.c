#include "base/check.h"
#include "edge/pay/work.h"

/*
 * The sandbox: the whole flow without an account and without money. It pays at once, or shows a page where
 * the person decides (payment_sandbox_decide).
 */
static const char *charge_of(struct pay_work *w)
{
    char id[UUID_TEXT];
    return arena_printf(w->arena, "sandbox:%s", uuid_format(&w->errand.payment.id, id));
}

static void create(struct pay_work *w)
{
    const struct payment *p = &w->errand.payment;
    bool at_once = w->pay->o.sandbox == PAY_SANDBOX_INSTANT || p->method;
    struct payment_notice *n;
    if (p->status != PAYMENT_CREATED)
        return;
    n = work_learn(w, at_once ? FACT_SUCCEEDED : FACT_PENDING);
    n->ref = charge_of(w);
    if (!at_once) {
        n->pay_url = arena_printf(w->arena, "%s/sandbox/%s", w->pay->base_url, work_payload(w));
        return;
    }
    n->amount = p->amount;
    n->currency = p->currency;
    n->method = w->errand.save_method ? "sandbox" : NULL;
}

void via_sandbox(struct pay_work *w)
{
    if (w->errand.call == CALL_CREATE) {
        create(w);
    } else if (w->errand.call == CALL_REFUND) {
        struct payment_notice *n = work_learn(w, FACT_REFUNDED);
        n->ref = w->errand.ref;
        n->charge = w->errand.charge;
        n->amount = w->errand.amount;
        n->currency = w->errand.payment.currency;
    }
}
