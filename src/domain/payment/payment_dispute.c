#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/payment/payment_internal.h"

/*
 * Disputes. No provider that habitd speaks to tells of them: the operator hears of one from the bank and
 * records it. What follows (suspension, restoration, revocation, the wallet) is the fold's, as with any
 * event.
 */

const char *const dispute_turn_names[] = {
    [DISPUTE_OPENED] = "opened", [DISPUTE_WON] = "won", [DISPUTE_LOST] = "lost", [DISPUTE_TURNS] = NULL};

static const enum payment_fact_kind kinds[DISPUTE_TURNS] = {
    [DISPUTE_OPENED] = FACT_DISPUTED, [DISPUTE_WON] = FACT_DISPUTE_WON, [DISPUTE_LOST] = FACT_DISPUTE_LOST};

/* How far a dispute of that name has come. */
struct course {
    bool turns[DISPUTE_TURNS];
    const char *charge; /* what it is about; NULL: it has not begun */
};

static struct course course_of(const struct payment_event *events, size_t n, const char *dispute)
{
    struct course c = {.charge = NULL};
    for (size_t i = 0; i < n; i++) {
        for (int t = 0; t < DISPUTE_TURNS; t++) {
            if (events[i].fact.kind == kinds[t] && strcmp(events[i].fact.ref, dispute) == 0) {
                c.turns[t] = true;
                c.charge = events[i].fact.charge;
            }
        }
    }
    return c;
}

static enum ecode check_turn(struct ctx *ctx, const struct payment *p, const struct course *c,
                             enum dispute_turn turn)
{
    if (c->turns[DISPUTE_WON] || c->turns[DISPUTE_LOST])
        return err_reason(&ctx->err, E_CONFLICT, "dispute_decided",
                          "this dispute was %s; another one needs a name of its own",
                          dispute_turn_names[c->turns[DISPUTE_LOST] ? DISPUTE_LOST : DISPUTE_WON]);
    if (turn == DISPUTE_WON && !c->turns[DISPUTE_OPENED])
        return err_reason(&ctx->err, E_CONFLICT, "dispute_not_open", "there is no such dispute");
    if (p->provider == PROVIDER_BALANCE || !(payment_stands(p->status) || p->status == PAYMENT_DISPUTED))
        return err_reason(&ctx->err, E_CONFLICT, "payment_not_disputable",
                          "a payment by %s that is %s cannot be disputed",
                          payment_provider_names[p->provider], payment_status_names[p->status]);
    return E_OK;
}

static const char *audit_text(struct ctx *ctx, const struct payment_dispute *in, const char *name)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, 8192);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_uuid(&w, "payment_id", &in->payment_id);
    json_field_string(&w, "dispute", name);
    json_field_string(&w, "turn", dispute_turn_names[in->turn]);
    json_field_string(&w, "reason", in->reason);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    const char *text = arena_strdup(ctx->arena, buf_text(&b));
    buf_release(&b);
    return text;
}

static enum ecode record(struct ctx *ctx, const struct payment_dispute *in, const char *name,
                         struct payment_row *row)
{
    struct payment_event *events;
    struct payment_change change;
    size_t n;
    enum ecode rc = payment_facts(ctx, &row->p.user_id, &row->p.id, &events, &n);
    if (rc != E_OK)
        return rc;
    struct course c = course_of(events, n, name);
    bool decided = c.turns[DISPUTE_WON] || c.turns[DISPUTE_LOST];
    if (c.turns[in->turn] && (in->turn != DISPUTE_OPENED || !decided))
        return E_OK; /* it is known */
    rc = check_turn(ctx, &row->p, &c, in->turn);
    struct payment_entry e = {.fact = {.kind = kinds[in->turn],
                                       .ref = name,
                                       .charge = c.charge ? c.charge : row->p.charge,
                                       .currency = ""},
                              .note = in->reason,
                              .occurred_at = ctx->now};
    return rc == E_OK ? payment_record(ctx, row, &e, 1, &change) : rc;
}

enum ecode payment_dispute(struct ctx *ctx, const struct payment_dispute *in, struct payment *out)
{
    struct actor admin = ctx->actor;
    struct uuid user_id = in->user_id;
    struct payment_row row;
    const char *name = in->dispute ? in->dispute : "dispute";
    CHECK(in->turn < DISPUTE_TURNS);
    enum ecode rc = ctx_check_reason(ctx, in->reason);
    if (rc == E_OK && (!*name || strlen(name) > DISPUTE_NAME_BYTES_MAX || !utf8_valid(name, strlen(name))))
        rc = err_field(&ctx->err, "dispute", "must be 1 to %d bytes", DISPUTE_NAME_BYTES_MAX);
    if (rc == E_OK)
        rc = payment_owner(ctx, &in->payment_id, &user_id);
    if (rc == E_OK)
        rc = payment_act_for(ctx, &user_id);
    if (rc == E_OK)
        rc = payment_row_load(ctx, &user_id, &in->payment_id, &row);
    if (rc == E_OK)
        rc = record(ctx, in, name, &row);
    ctx->actor = admin;
    ctx->subject = user_id;
    if (rc != E_OK)
        return rc;
    ctx->audit_detail = audit_text(ctx, in, name);
    *out = row.p;
    return E_OK;
}
