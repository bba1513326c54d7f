#include "domain/referral/referral.h"

#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/json_write.h"
#include "base/utf8.h"
#include "domain/alert/alert.h"
#include "domain/ledger/ledger.h"
#include "domain/message/outbox.h"
#include "domain/subscription/subscription.h"
#include "referral.sql.h"

#define MS_PER_HOUR 3600000LL
#define MS_PER_DAY (24 * MS_PER_HOUR)
#define PAGE_MAX 200

const char *const referral_status_names[] = {
    [REFERRAL_PENDING] = "pending",       [REFERRAL_HELD] = "held",
    [REFERRAL_REWARDED] = "rewarded",     [REFERRAL_REJECTED] = "rejected",
    [REFERRAL_TAKEN_BACK] = "taken_back", [REFERRAL_STATUSES] = NULL,
};

#define R(s) (1u << REFERRAL_##s)
/* The picture in the header as a table. */
static const unsigned moves[REFERRAL_STATUSES] = {
    [REFERRAL_PENDING] = R(HELD) | R(REWARDED) | R(REJECTED),
    [REFERRAL_HELD] = R(PENDING) | R(REJECTED),
    [REFERRAL_REWARDED] = R(TAKEN_BACK),
};

bool referral_may(enum referral_status from, enum referral_status to)
{
    CHECK(from < REFERRAL_STATUSES && to < REFERRAL_STATUSES);
    return moves[from] >> to & 1;
}

struct referral_row {
    struct referral_ref ref;
    enum referral_status status;
    int64_t reward;
    const char *reasons;
    bool approved, has_next, erased, blocked, rewarded;
    struct uuid payment_id; /* zero: none */
    struct instant matures_at, rewarded_at, next_action_at, created_at;
    enum payment_status payment_status; /* with a payment */
    int64_t telegram_id;                /* of the referrer; 0: none */
};

static enum ecode load(struct ctx *ctx, const struct referral_ref *ref, struct referral_row *out)
{
    struct stmt *q = db_query(ctx->db, &Q_referral_load);
    stmt_bind_uuid(q, 1, &ref->referrer);
    stmt_bind_uuid(q, 2, &ref->referred);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? err_set(&ctx->err, E_NOT_FOUND, "there is no such referral") : rc;
    *out = (struct referral_row){
        .ref = *ref,
        .status = (enum referral_status)name_index(referral_status_names, stmt_text(q, 0)),
        .reward = stmt_i64(q, 1),
        .reasons = arena_strdup(ctx->arena, stmt_text(q, 2)),
        .approved = stmt_bool(q, 3),
        .payment_id = stmt_uuid(q, 4),
        .matures_at = stmt_time(q, 5),
        .rewarded = !stmt_is_null(q, 6),
        .rewarded_at = stmt_time(q, 6),
        .has_next = !stmt_is_null(q, 7),
        .next_action_at = stmt_time(q, 7),
        .created_at = stmt_time(q, 8),
        .payment_status = stmt_is_null(q, 9)
                              ? PAYMENT_CREATED
                              : (enum payment_status)name_index(payment_status_names, stmt_text(q, 9)),
        .erased = !stmt_is_null(q, 10),
        .blocked = !stmt_is_null(q, 11),
        .telegram_id = stmt_i64(q, 12), /* NULL reads as 0 */
    };
    stmt_end(q);
    return E_OK;
}

static enum ecode save(struct ctx *ctx, const struct referral_row *r)
{
    bool paid = !uuid_is_zero(&r->payment_id);
    struct stmt *q = db_query(ctx->db, &Q_referral_update);
    stmt_bind_uuid(q, 1, &r->ref.referrer);
    stmt_bind_uuid(q, 2, &r->ref.referred);
    stmt_bind_text(q, 3, referral_status_names[r->status]);
    stmt_bind_i64(q, 4, r->reward);
    stmt_bind_text(q, 5, r->reasons);
    stmt_bind_bool(q, 6, r->approved);
    stmt_bind_uuid(q, 7, paid ? &r->payment_id : NULL);
    if (paid)
        stmt_bind_time(q, 8, r->matures_at);
    if (r->rewarded)
        stmt_bind_time(q, 9, r->rewarded_at);
    if (r->has_next)
        stmt_bind_time(q, 10, r->next_action_at);
    stmt_bind_time(q, 11, ctx->now);
    return stmt_run(q);
}

static enum ecode move(struct ctx *ctx, struct referral_row *r, enum referral_status to)
{
    if (!referral_may(r->status, to))
        return err_set(&ctx->err, E_CORRUPT, "a referral cannot move from %s to %s",
                       referral_status_names[r->status], referral_status_names[to]);
    r->status = to;
    return E_OK;
}

/* Ours are ten characters of user.c; people who came from an older program keep theirs. */
bool referral_is_code(const char *code)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t n = strspn(code, allowed);
    return n > 0 && n <= REFERRAL_CODE_MAX && code[n] == '\0';
}

const char *referral_link_code(const char *start)
{
    static const char prefix[] = REFERRAL_LINK_PREFIX;
    return start && strncmp(start, prefix, sizeof prefix - 1) == 0 ? start + sizeof prefix - 1 : NULL;
}

enum ecode referral_register(struct ctx *ctx, const char *code, const struct uuid *referred, bool returning)
{
    if (!referral_is_code(code))
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_referral_by_code);
    stmt_bind_text(q, 1, arena_printf(ctx->arena, "ref:%s", code));
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? E_OK : rc;
    struct uuid referrer = stmt_uuid(q, 0);
    bool older = instant_cmp(stmt_time(q, 1), ctx->now) < 0;
    stmt_end(q);
    if (!older || uuid_cmp(&referrer, referred) == 0)
        return E_OK;
    q = db_query(ctx->db, &Q_referral_set_referrer);
    stmt_bind_uuid(q, 1, referred);
    stmt_bind_uuid(q, 2, &referrer);
    rc = stmt_run(q);
    if (rc != E_OK)
        return rc;
    q = db_query(ctx->db, &Q_referral_insert);
    stmt_bind_uuid(q, 1, &referrer);
    stmt_bind_uuid(q, 2, referred);
    stmt_bind_text(q, 3, referral_status_names[returning ? REFERRAL_REJECTED : REFERRAL_PENDING]);
    stmt_bind_text(q, 4, returning ? "returning" : NULL);
    stmt_bind_time(q, 5, ctx->now);
    return stmt_run(q);
}

/* Lets the first payment that stands mature; without one there is nothing to do. */
static enum ecode find_payment(struct ctx *ctx, struct referral_row *r)
{
    struct stmt *q = db_query(ctx->db, &Q_referral_first_payment);
    stmt_bind_uuid(q, 1, &r->ref.referred);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    r->payment_id = rc == E_OK ? stmt_uuid(q, 0) : (struct uuid){{0}};
    stmt_end(q);
    int64_t days = ctx->policy->plans->referral.mature_days;
    r->matures_at = instant_from_ms(ctx->now.ms + days * MS_PER_DAY);
    r->has_next = rc == E_OK && r->status == REFERRAL_PENDING;
    r->next_action_at = r->matures_at;
    return E_OK;
}

static bool wholly_reversed(enum payment_status s)
{
    return s == PAYMENT_REFUNDED || s == PAYMENT_CHARGED_BACK;
}

enum ecode referral_follow_payment(struct ctx *ctx, const struct payment *p)
{
    struct referral_ref ref = {.referred = p->user_id};
    struct referral_row r;
    if (p->provider == PROVIDER_BALANCE || !payment_was_paid(p->status))
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_referral_of_referred);
    stmt_bind_uuid(q, 1, &p->user_id);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? E_OK : rc;
    ref.referrer = stmt_uuid(q, 0);
    stmt_end(q);
    rc = load(ctx, &ref, &r);
    if (rc != E_OK)
        return rc;
    bool its_own = uuid_cmp(&r.payment_id, &p->id) == 0;
    bool open = r.status == REFERRAL_PENDING || r.status == REFERRAL_HELD;
    if (open && (uuid_is_zero(&r.payment_id) || (its_own && wholly_reversed(p->status))))
        rc = find_payment(ctx, &r);
    else if (r.status == REFERRAL_REWARDED && its_own && wholly_reversed(p->status)) {
        r.has_next = true; /* the wallet is another person's: a command of its own takes it back */
        r.next_action_at = ctx->now;
    } else
        return E_OK;
    return rc == E_OK ? save(ctx, &r) : rc;
}

enum ecode referral_due(struct ctx *ctx, size_t max, struct referral_ref *out, size_t *n)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_referral_due);
    stmt_bind_time(q, 1, ctx->now);
    stmt_bind_i64(q, 2, (int64_t)max);
    for (*n = 0; (step = stmt_step(q)) == STMT_ROW && *n < max; (*n)++)
        out[*n] = (struct referral_ref){stmt_uuid(q, 0), stmt_uuid(q, 1)};
    stmt_end(q);
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

/* Tells the referrer in the chat. */
static enum ecode tell(struct ctx *ctx, const struct referral_row *r, int64_t amount)
{
    bool back = amount < 0;
    struct outbox_draft draft = {
        .user_id = r->ref.referrer,
        .lane = LANE_PAYMENT,
        .chat_id = r->telegram_id,
        .view = "reward",
        .args =
            arena_printf(ctx->arena, back ? "back:%lld" : "paid:%lld", (long long)(back ? -amount : amount)),
        .ref_id = r->ref.referred,
    };
    return r->telegram_id == 0 ? E_OK : outbox_add(ctx, &draft, NULL);
}

static enum ecode post(struct ctx *ctx, const struct referral_row *r, int64_t amount, const char *suffix,
                       struct posting *out)
{
    char id[UUID_TEXT];
    struct posting_request request = {
        .user_id = r->ref.referrer,
        .kind = POSTING_REFERRAL_REWARD,
        .amount = amount,
        .key = arena_printf(ctx->arena, "referral:%s%s", uuid_format(&r->ref.referred, id), suffix),
    };
    enum ecode rc = ledger_post(ctx, &request, out);
    if (rc == E_OK && out->outcome == POSTED_NEW)
        rc = subscription_follow_wallet(ctx, &r->ref.referrer, out->balance_after - amount,
                                        out->balance_after);
    if (rc == E_OK && out->outcome == POSTED_NEW)
        rc = tell(ctx, r, amount);
    return rc;
}

static enum ecode one_number(struct stmt *q, int64_t *a, int64_t *b)
{
    enum ecode rc = stmt_row(q);
    if (rc == E_OK) {
        *a = stmt_i64(q, 0);
        if (b)
            *b = stmt_i64(q, 1);
        stmt_end(q);
    }
    return rc;
}

/* What makes a person look at it first; NULL: nothing. */
static enum ecode suspicions(struct ctx *ctx, const struct referral_row *r, const char **out)
{
    int64_t near = 0;
    int burst = ctx->policy->plans->referral.burst;
    struct stmt *q = db_query(ctx->db, &Q_referral_same_payer);
    stmt_bind_uuid(q, 1, &r->ref.referrer);
    stmt_bind_uuid(q, 2, &r->ref.referred);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    bool same_payer = rc == E_OK;
    stmt_end(q);
    q = db_query(ctx->db, &Q_referral_near);
    stmt_bind_uuid(q, 1, &r->ref.referrer);
    stmt_bind_time(q, 2, instant_from_ms(r->created_at.ms - MS_PER_HOUR));
    stmt_bind_time(q, 3, instant_from_ms(r->created_at.ms + MS_PER_HOUR));
    rc = one_number(q, &near, NULL);
    bool many = burst > 0 && near >= burst;
    *out = same_payer && many ? "same_payer,burst" : same_payer ? "same_payer" : many ? "burst" : NULL;
    return rc;
}

static enum ecode hold(struct ctx *ctx, struct referral_row *r, const char *reasons, enum referral_act *act)
{
    char id[UUID_TEXT];
    struct alert_draft alert = {
        .fingerprint = "referral.held",
        .severity = ALERT_WARNING,
        .title = "Referral rewards wait for review",
        .detail = arena_printf(ctx->arena, "%s: %s", uuid_format(&r->ref.referred, id), reasons),
    };
    r->reasons = reasons;
    r->has_next = false;
    *act = REFERRAL_HOLD;
    enum ecode rc = move(ctx, r, REFERRAL_HELD);
    return rc == E_OK ? alert_raise(ctx, &alert) : rc;
}

static enum ecode refuse(struct ctx *ctx, struct referral_row *r, const char *reason, enum referral_act *act)
{
    r->reasons = reason;
    r->has_next = false;
    *act = REFERRAL_REFUSED;
    return move(ctx, r, REFERRAL_REJECTED);
}

static void wait(struct ctx *ctx, struct referral_row *r, enum referral_act *act)
{
    r->has_next = true;
    r->next_action_at = instant_from_ms(ctx->now.ms + MS_PER_DAY);
    *act = REFERRAL_WAITS;
}

/* A matured payment: reward, hold, refuse or put off. */
static enum ecode reward(struct ctx *ctx, struct referral_row *r, enum referral_act *act)
{
    const struct referral_rules *rules = &ctx->policy->plans->referral;
    const char *reasons = NULL;
    int64_t total = 0, recent = 0;
    struct posting p;
    if (r->payment_status == PAYMENT_DISPUTED) { /* won or lost, it will be known */
        wait(ctx, r, act);
        return E_OK;
    }
    if (!payment_stands(r->payment_status))
        return find_payment(ctx, r);
    if (ctx->policy->referral_reward == 0)
        return refuse(ctx, r, "no_reward", act);
    if (r->erased || r->blocked)
        return refuse(ctx, r, r->erased ? "referrer_gone" : "referrer_blocked", act);
    enum ecode rc = r->approved ? E_OK : suspicions(ctx, r, &reasons);
    if (rc == E_OK && reasons)
        return hold(ctx, r, reasons, act);
    struct stmt *q = db_query(ctx->db, &Q_referral_rewarded);
    stmt_bind_uuid(q, 1, &r->ref.referrer);
    stmt_bind_time(q, 2, instant_from_ms(ctx->now.ms - MS_PER_DAY));
    if (rc == E_OK)
        rc = one_number(q, &total, &recent);
    if (rc == E_OK && rules->lifetime > 0 && total >= rules->lifetime)
        return refuse(ctx, r, "lifetime_cap", act);
    if (rc == E_OK && rules->per_day > 0 && recent >= rules->per_day) {
        wait(ctx, r, act);
        return E_OK;
    }
    if (rc == E_OK)
        rc = move(ctx, r, REFERRAL_REWARDED);
    if (rc == E_OK)
        rc = post(ctx, r, ctx->policy->referral_reward, "", &p);
    if (rc != E_OK)
        return rc;
    r->reward = p.amount;
    r->rewarded = true;
    r->rewarded_at = ctx->now;
    r->has_next = false;
    *act = REFERRAL_PAID;
    return E_OK;
}

static enum ecode take_back(struct ctx *ctx, struct referral_row *r, enum referral_act *act)
{
    struct posting p;
    r->has_next = false;
    if (!wholly_reversed(r->payment_status)) /* another charge stands for it now */
        return E_OK;
    enum ecode rc = move(ctx, r, REFERRAL_TAKEN_BACK);
    *act = REFERRAL_BACK;
    return rc == E_OK ? post(ctx, r, -r->reward, ":back", &p) : rc;
}

enum ecode referral_act(struct ctx *ctx, const struct referral_ref *ref, enum referral_act *out)
{
    enum referral_act act = REFERRAL_NOTHING;
    struct referral_row r;
    const struct uuid both[] = {ref->referrer, ref->referred};
    enum ecode rc = ctx_lock_people(ctx, both, ARRAY_LEN(both));
    if (rc == E_OK)
        rc = load(ctx, ref, &r);
    if (rc != E_OK)
        return rc;
    if (r.has_next && instant_cmp(r.next_action_at, ctx->now) <= 0) {
        if (r.status == REFERRAL_PENDING)
            rc = reward(ctx, &r, &act);
        else if (r.status == REFERRAL_REWARDED)
            rc = take_back(ctx, &r, &act);
        else
            r.has_next = false;
        if (rc == E_OK)
            rc = save(ctx, &r);
    }
    if (rc == E_OK)
        *out = act;
    return rc;
}

enum ecode referral_get(struct ctx *ctx, const void *unused, struct referral_summary *out)
{
    struct wallet w;
    enum ecode rc = wallet_get(ctx, NULL, &w);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_referral_summary);
    stmt_bind_uuid(q, 1, &ctx->actor.user_id);
    rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? err_set(&ctx->err, E_NOT_FOUND, "there is no such person") : rc;
    *out = (struct referral_summary){.code = arena_strdup(ctx->arena, stmt_text(q, 0)),
                                     .invited = stmt_i64(q, 1),
                                     .pending = stmt_i64(q, 2),
                                     .rewarded = stmt_i64(q, 3),
                                     .earned = stmt_i64(q, 4),
                                     .currency = w.currency};
    stmt_end(q);
    return E_OK;
}

static void audit(struct ctx *ctx, const struct referral_verdict *in, const struct uuid *referrer)
{
    struct buf b;
    struct json_writer w;
    buf_init(&b, 8192);
    json_writer_init(&w, &b);
    json_object_begin(&w);
    json_field_uuid(&w, "referred_id", &in->ref.referred);
    json_field_bool(&w, "approve", in->approve);
    json_field_string(&w, "reason", in->reason);
    json_object_end(&w);
    json_writer_finish(&w);
    CHECK(!buf_overflowed(&b));
    ctx->audit_detail = arena_strdup(ctx->arena, buf_text(&b));
    ctx->subject = *referrer;
    buf_release(&b);
}

/* Completes a reference that names the invited person only. */
static enum ecode find_referrer(struct ctx *ctx, struct referral_ref *ref)
{
    if (!uuid_is_zero(&ref->referrer))
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_referral_of_referred);
    stmt_bind_uuid(q, 1, &ref->referred);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? err_set(&ctx->err, E_NOT_FOUND, "there is no such referral") : rc;
    ref->referrer = stmt_uuid(q, 0);
    stmt_end(q);
    return E_OK;
}

enum ecode referral_review(struct ctx *ctx, const struct referral_verdict *in, struct referral *out)
{
    struct referral_row r;
    struct referral_ref ref = in->ref;
    enum ecode rc = ctx_check_reason(ctx, in->reason);
    if (rc == E_OK)
        rc = find_referrer(ctx, &ref);
    const struct uuid both[] = {ref.referrer, ref.referred};
    if (rc == E_OK)
        rc = ctx_lock_people(ctx, both, ARRAY_LEN(both));
    if (rc == E_OK)
        rc = load(ctx, &ref, &r);
    if (rc == E_OK && r.status != REFERRAL_HELD)
        return err_reason(&ctx->err, E_CONFLICT, "referral_not_held", "this referral is %s",
                          referral_status_names[r.status]);
    if (rc == E_OK)
        rc = move(ctx, &r, in->approve ? REFERRAL_PENDING : REFERRAL_REJECTED);
    if (rc != E_OK)
        return rc;
    r.approved = in->approve;
    r.has_next = in->approve && !uuid_is_zero(&r.payment_id);
    r.next_action_at = instant_cmp(r.matures_at, ctx->now) > 0 ? r.matures_at : ctx->now;
    rc = save(ctx, &r);
    if (rc != E_OK)
        return rc;
    audit(ctx, in, &ref.referrer);
    *out = (struct referral){.ref = r.ref,
                             .status = r.status,
                             .reasons = r.reasons,
                             .reward = r.reward,
                             .created_at = r.created_at};
    return E_OK;
}
