#include "domain/payment/payment_fold.h"

#include <string.h>
#include "base/check.h"

const char *const payment_status_names[] = {
    [PAYMENT_CREATED] = "created",
    [PAYMENT_PENDING] = "pending",
    [PAYMENT_UNKNOWN] = "unknown",
    [PAYMENT_SUCCEEDED] = "succeeded",
    [PAYMENT_PARTIALLY_REFUNDED] = "partially_refunded",
    [PAYMENT_REFUNDED] = "refunded",
    [PAYMENT_DISPUTED] = "disputed",
    [PAYMENT_CHARGED_BACK] = "charged_back",
    [PAYMENT_FAILED] = "failed",
    [PAYMENT_CANCELED] = "canceled",
    [PAYMENT_EXPIRED] = "expired",
    [PAYMENT_STATUSES] = NULL,
};

const char *const payment_fact_names[] = {
    [FACT_CREATED] = "created",
    [FACT_PENDING] = "pending",
    [FACT_UNKNOWN] = "unknown",
    [FACT_SUCCEEDED] = "succeeded",
    [FACT_FAILED] = "failed",
    [FACT_CANCELED] = "canceled",
    [FACT_EXPIRED] = "expired",
    [FACT_REFUNDED] = "refunded",
    [FACT_DISPUTED] = "disputed",
    [FACT_DISPUTE_WON] = "dispute_won",
    [FACT_DISPUTE_LOST] = "dispute_lost",
    [FACT_REFUND_ASKED] = "refund_asked",
    [FACT_REFUND_FAILED] = "refund_failed",
    [FACT_KINDS] = NULL,
};

#define BIT(s) (1u << PAYMENT_##s)
#define PAID (BIT(SUCCEEDED) | BIT(PARTIALLY_REFUNDED) | BIT(REFUNDED) | BIT(DISPUTED) | BIT(CHARGED_BACK))

/* The picture in the header as a table. */
static const unsigned moves[PAYMENT_STATUSES] = {
    [PAYMENT_CREATED] = BIT(PENDING) | BIT(UNKNOWN) | BIT(FAILED) | BIT(CANCELED) | BIT(EXPIRED) | PAID,
    [PAYMENT_PENDING] = BIT(UNKNOWN) | BIT(FAILED) | BIT(CANCELED) | BIT(EXPIRED) | PAID,
    [PAYMENT_UNKNOWN] = BIT(PENDING) | BIT(FAILED) | BIT(CANCELED) | BIT(EXPIRED) | PAID,
    [PAYMENT_EXPIRED] = BIT(PENDING) | BIT(UNKNOWN) | BIT(FAILED) | BIT(CANCELED) | PAID,
    [PAYMENT_FAILED] = BIT(PENDING) | BIT(UNKNOWN) | BIT(CANCELED) | PAID,
    [PAYMENT_CANCELED] = BIT(PENDING) | BIT(UNKNOWN) | PAID,
    [PAYMENT_SUCCEEDED] = PAID & ~BIT(SUCCEEDED),
    [PAYMENT_PARTIALLY_REFUNDED] = PAID & ~BIT(PARTIALLY_REFUNDED),
    [PAYMENT_REFUNDED] = PAID & ~BIT(REFUNDED),
    [PAYMENT_DISPUTED] = PAID & ~BIT(DISPUTED),
    [PAYMENT_CHARGED_BACK] = PAID & ~BIT(CHARGED_BACK),
};

bool payment_may(enum payment_status from, enum payment_status to)
{
    CHECK(from < PAYMENT_STATUSES && to < PAYMENT_STATUSES);
    return moves[from] >> to & 1;
}

bool payment_was_paid(enum payment_status s)
{
    return PAID >> s & 1;
}

bool payment_stands(enum payment_status s)
{
    return s == PAYMENT_SUCCEEDED || s == PAYMENT_PARTIALLY_REFUNDED;
}

/* One charge and what was taken back of it. */
struct charge {
    const char *ref;
    int64_t amount;
    bool as_ordered;
    int64_t refunded, asked;
    bool disputed, lost;
};

struct folding {
    const struct payment_terms *terms;
    const struct payment_fact *facts;
    size_t n;
    struct charge charges[PAYMENT_CHARGES_MAX];
    size_t count;
    bool too_many;
    struct payment_state *out;
};

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool as_ordered(const struct payment_terms *t, const struct payment_fact *f)
{
    return f->amount == t->amount && same(f->currency, t->currency) &&
           (!t->has_payer || !f->has_payer || memcmp(f->payer, t->payer, SHA256_LEN) == 0);
}

static struct charge *find_charge(struct folding *w, const char *ref)
{
    for (size_t i = 0; i < w->count; i++) {
        if (same(w->charges[i].ref, ref))
            return &w->charges[i];
    }
    return NULL;
}

/* The charges; of one that is told of twice with different content the one that is as ordered counts. */
static void collect_charges(struct folding *w)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct payment_fact *f = &w->facts[i];
        if (f->kind != FACT_SUCCEEDED)
            continue;
        bool good = as_ordered(w->terms, f);
        struct charge *c = find_charge(w, f->ref);
        if (c) {
            w->out->contradiction |= c->amount != f->amount || c->as_ordered != good;
            if (good || (!c->as_ordered && f->amount > c->amount))
                c->amount = f->amount;
            c->as_ordered = c->as_ordered || good;
        } else if (w->count < PAYMENT_CHARGES_MAX) {
            w->charges[w->count++] = (struct charge){.ref = f->ref, .amount = f->amount, .as_ordered = good};
        } else {
            w->too_many = true;
        }
    }
}

/* Whether an equal id of this kind on this charge was met before, with at least this amount: the larger one
 * counts. */
static bool counted(const struct folding *w, size_t i)
{
    const struct payment_fact *f = &w->facts[i];
    for (size_t k = 0; k < w->n; k++) {
        const struct payment_fact *o = &w->facts[k];
        if (k == i || o->kind != f->kind || !same(o->ref, f->ref) || !same(o->charge, f->charge))
            continue;
        if (o->amount != f->amount)
            w->out->contradiction = true;
        if (o->amount > f->amount || (o->amount == f->amount && k < i))
            return true;
    }
    return false;
}

static bool has(const struct folding *w, enum payment_fact_kind kind, const char *ref)
{
    for (size_t i = 0; i < w->n; i++) {
        if (w->facts[i].kind == kind && same(w->facts[i].ref, ref))
            return true;
    }
    return false;
}

/* Lays the reversals over their charges; *early: one belongs to no charge that is known. */
static void collect_reversals(struct folding *w, bool *early)
{
    *early = false;
    for (size_t i = 0; i < w->n; i++) {
        const struct payment_fact *f = &w->facts[i];
        bool reversal = f->kind >= FACT_REFUNDED && f->kind <= FACT_DISPUTE_LOST;
        if (!reversal && f->kind != FACT_REFUND_ASKED)
            continue;
        if (reversal && *f->currency && !same(f->currency, w->terms->currency)) {
            w->out->mismatch = true;
            continue;
        }
        struct charge *c = find_charge(w, f->charge);
        if (!c) {
            *early = *early || reversal;
            continue;
        }
        if (f->kind == FACT_REFUNDED && !counted(w, i)) {
            w->out->reversed_too_much |= f->amount > c->amount - c->refunded;
            c->refunded = f->amount > c->amount - c->refunded ? c->amount : c->refunded + f->amount;
        } else if (f->kind == FACT_REFUND_ASKED && !counted(w, i) && !has(w, FACT_REFUND_FAILED, f->ref)) {
            c->asked = f->amount > c->amount - c->asked ? c->amount : c->asked + f->amount;
        } else if (f->kind == FACT_DISPUTE_LOST) {
            w->out->contradiction |= has(w, FACT_DISPUTE_WON, f->ref);
            c->lost = true;
        } else if (f->kind == FACT_DISPUTED) {
            c->disputed |= !has(w, FACT_DISPUTE_WON, f->ref) && !has(w, FACT_DISPUTE_LOST, f->ref);
        }
    }
}

static enum payment_status charge_status(const struct charge *c)
{
    if (c->refunded == c->amount)
        return PAYMENT_REFUNDED;
    if (c->lost)
        return PAYMENT_CHARGED_BACK;
    if (c->disputed)
        return PAYMENT_DISPUTED;
    return c->refunded > 0 ? PAYMENT_PARTIALLY_REFUNDED : PAYMENT_SUCCEEDED;
}

/* How much of it is gone; the order of preference. */
static int taken_back(const struct charge *c)
{
    static const int ranks[PAYMENT_STATUSES] = {[PAYMENT_SUCCEEDED] = 0,
                                                [PAYMENT_PARTIALLY_REFUNDED] = 1,
                                                [PAYMENT_DISPUTED] = 2,
                                                [PAYMENT_CHARGED_BACK] = 3,
                                                [PAYMENT_REFUNDED] = 4};
    return ranks[charge_status(c)];
}

static const struct charge *standing(struct folding *w)
{
    const struct charge *best = NULL;
    for (size_t i = 0; i < w->count; i++) {
        const struct charge *c = &w->charges[i];
        if (!c->as_ordered)
            continue;
        w->out->charges++;
        if (!best || taken_back(c) < taken_back(best) ||
            (taken_back(c) == taken_back(best) && strcmp(c->ref, best->ref) < 0))
            best = c;
    }
    return best;
}

static void collect_surplus(struct folding *w, const struct charge *best)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct charge *c = &w->charges[i];
        if (!c->as_ordered) {
            w->out->mismatch |= c->refunded < c->amount;
        } else if (c != best && c->refunded < c->amount && c->asked == 0 && !c->lost && !c->disputed) {
            w->out->surplus[w->out->surplus_count].charge = c->ref;
            w->out->surplus[w->out->surplus_count++].amount = c->amount - c->refunded;
        }
    }
    w->out->mismatch |= w->too_many;
}

/* The status while no charge stands for the order. */
static enum payment_status status_without_charge(const struct folding *w, bool early)
{
    static const struct {
        enum payment_fact_kind kind;
        enum payment_status status;
    } ends[] = {
        {FACT_CANCELED, PAYMENT_CANCELED}, {FACT_FAILED, PAYMENT_FAILED}, {FACT_EXPIRED, PAYMENT_EXPIRED}};
    bool seen[FACT_KINDS] = {false};
    if (early || w->out->mismatch)
        return PAYMENT_UNKNOWN;
    for (size_t i = 0; i < w->n; i++) {
        const struct payment_fact *f = &w->facts[i];
        seen[f->kind] = true;
        if (f->kind == FACT_PENDING && !has(w, FACT_CANCELED, f->ref) && !has(w, FACT_FAILED, f->ref) &&
            !has(w, FACT_EXPIRED, f->ref) && !has(w, FACT_SUCCEEDED, f->ref))
            return PAYMENT_PENDING;
    }
    seen[FACT_FAILED] |= w->count > 0; /* by money that was not what was ordered, and went back */
    for (size_t k = 0; k < ARRAY_LEN(ends); k++) {
        if (seen[ends[k].kind])
            return ends[k].status;
    }
    return seen[FACT_UNKNOWN] ? PAYMENT_UNKNOWN : PAYMENT_CREATED;
}

/* The first name of a charge that is known: where the provider's answer will be found. */
static const char *any_charge(const struct folding *w)
{
    const char *first = "";
    for (size_t i = 0; i < w->n; i++) {
        const struct payment_fact *f = &w->facts[i];
        bool names = f->kind == FACT_PENDING || f->kind == FACT_SUCCEEDED;
        if (names && *f->ref && (!*first || strcmp(f->ref, first) < 0))
            first = f->ref;
    }
    return first;
}

void payment_fold(const struct payment_terms *terms, const struct payment_fact *facts, size_t n,
                  struct payment_state *out)
{
    struct folding w = {.terms = terms, .facts = facts, .n = n, .out = out};
    bool early;
    CHECK(n <= PAYMENT_FACTS_MAX && terms->amount > 0);
    *out = (struct payment_state){.charge = ""};
    collect_charges(&w);
    collect_reversals(&w, &early);
    const struct charge *best = standing(&w);
    collect_surplus(&w, best);
    if (!best) {
        out->status = status_without_charge(&w, early);
        out->charge = any_charge(&w);
        return;
    }
    out->status = charge_status(best);
    out->charge = best->ref;
    out->refunded = best->refunded;
    out->refund_asked = best->asked;
}

struct payment_target payment_target(enum payment_wallet wallet, int64_t amount,
                                     const struct payment_state *s)
{
    struct payment_target t = {0};
    bool gone = s->status == PAYMENT_DISPUTED || s->status == PAYMENT_CHARGED_BACK;
    if (wallet == WALLET_UNTOUCHED || !payment_was_paid(s->status))
        return t;
    if (wallet == WALLET_SPENT) {
        t.subscription = -amount;
        t.refund = s->refunded;
        return t;
    }
    t.topup = amount;
    t.refund = -s->refunded;
    t.chargeback = gone ? -(amount - s->refunded) : 0;
    return t;
}
