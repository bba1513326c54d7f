#include "payment_bed.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/hash.h"
#include "test.h"

struct payment payment_bed_order(struct domain_bed *b, enum payment_provider provider, int64_t amount,
                                 const char *plan)
{
    struct payment p;
    struct payment_order o = {.provider = provider,
                              .purpose = plan ? PURPOSE_SUBSCRIPTION : PURPOSE_TOPUP,
                              .amount = amount,
                              .plan = plan};
    domain_bed_ok(b, payment_create(&b->ctx, &o, &p));
    return p;
}

struct payment_notice payment_bed_notice(const struct payment *p, enum payment_fact_kind kind,
                                         const char *ref, const char *charge, int64_t amount)
{
    return (struct payment_notice){.provider = p->provider,
                                   .user_id = p->user_id,
                                   .payment_id = p->id,
                                   .kind = kind,
                                   .ref = ref,
                                   .charge = charge,
                                   .amount = amount,
                                   .currency = amount ? p->currency : NULL};
}

struct payment_change payment_bed_receive(struct domain_bed *b, const struct payment_notice *n)
{
    struct payment_change change;
    struct actor actor = b->ctx.actor;
    b->ctx.actor = (struct actor){.role = ROLE_SYSTEM};
    domain_bed_ok(b, payment_receive(&b->ctx, n, &change));
    b->ctx.actor = actor;
    return change;
}

struct payment_change payment_bed_pay(struct domain_bed *b, const struct payment *p)
{
    struct payment_notice n = payment_bed_notice(p, FACT_SUCCEEDED, "A", NULL, p->amount);
    return payment_bed_receive(b, &n);
}

static void add_row(void *arg, int ncols, const char *const *values)
{
    struct buf *b = arg;
    for (int i = 0; i < ncols; i++) {
        buf_str(b, values[i] ? values[i] : "NULL");
        buf_char(b, i + 1 < ncols ? '|' : '\n');
    }
}

const char *payment_bed_hash(struct domain_bed *b)
{
    static const char *const parts[] = {
        "SELECT purpose, plan, amount, currency, status, refunded, provider_payment_id FROM payments ORDER "
        "BY user_id, id",
        "SELECT p.provider, t.kind, sum(t.amount) FROM balance_transactions t JOIN payments p ON p.user_id = "
        "t.user_id "
        "AND p.id = t.payment_id GROUP BY t.user_id, p.id, p.provider, t.kind HAVING sum(t.amount) <> 0 "
        "ORDER BY t.user_id, "
        "p.id, t.kind",
        "SELECT kind, ref, charge, amount, currency FROM payment_events WHERE kind <> 'refund_asked' ORDER "
        "BY user_id, "
        "payment_id, kind, ref, charge, amount, currency",
        "SELECT amount FROM balances ORDER BY user_id",
        "SELECT status, plan, renews_by, ends_at FROM subscriptions ORDER BY user_id, id",
        "SELECT p.provider_payment_id, d.plan, d.status FROM subscription_periods d JOIN payments p ON "
        "p.user_id = "
        "d.user_id AND p.id = d.payment_id ORDER BY d.user_id, p.id",
        "SELECT status, reward FROM referrals ORDER BY referrer_id, referred_id",
        "SELECT tier FROM users ORDER BY id",
    };
    struct buf text;
    uint8_t hash[SHA256_LEN];
    buf_init(&text, 1u << 20);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        buf_printf(&text, "-- %zu\n", i);
        domain_bed_ok(b, db_exec_rows(b->base.db, parts[i], add_row, &text));
    }
    assert_false(buf_overflowed(&text));
    sha256(text.data, text.len, hash);
    buf_release(&text);
    char *hex = arena_alloc(b->ctx.arena, sizeof hash * 2 + 1);
    return hex_encode(hash, sizeof hash, hex);
}

bool next_permutation(int *p, int n)
{
    int i = n - 2, j = n - 1;
    while (i >= 0 && p[i] >= p[i + 1])
        i--;
    if (i < 0)
        return false;
    while (p[j] <= p[i])
        j--;
    int swap = p[i];
    p[i] = p[j];
    p[j] = swap;
    for (int a = i + 1, b = n - 1; a < b; a++, b--) {
        swap = p[a];
        p[a] = p[b];
        p[b] = swap;
    }
    return true;
}
