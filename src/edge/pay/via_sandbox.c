#include "domain/payment/sandbox.h"
#include "edge/pay/work.h"

/*
 * The sandbox: the whole flow without an account and without money. It pays at once, or shows a page where
 * the person decides (sandbox_decide).
 */
static void create(struct pay_work *w)
{
    const struct payment *p = &w->errand.payment;
    bool at_once = w->pay->o.sandbox == PAY_SANDBOX_INSTANT || p->method;
    struct payment_notice *n;
    if (p->status != PAYMENT_CREATED)
        return;
    n = work_learn(w, at_once ? FACT_SUCCEEDED : FACT_PENDING);
    n->ref = sandbox_charge(w->arena, &p->id);
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
