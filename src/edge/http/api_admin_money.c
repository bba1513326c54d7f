#include "edge/http/route.h"

#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "domain/subscription/subscription.h"

/* What operators do to somebody's money. Every write takes a reason; the domain audits it. */

#define REASON_BYTES_MAX 500

struct adjust_body {
    int64_t amount;
    const char *reason;
};
enum { ADJUST_AMOUNT, ADJUST_REASON };

enum ecode parse_admin_adjust(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [ADJUST_AMOUNT] = {JSON_MEMBER(struct adjust_body, amount), FIELD_I64, FIELD_REQUIRED,
                           .min = -LEDGER_AMOUNT_MAX, .max = LEDGER_AMOUNT_MAX},
        [ADJUST_REASON] = {JSON_MEMBER(struct adjust_body, reason), FIELD_LINE, FIELD_REQUIRED, .min = 1,
                           .max = REASON_BYTES_MAX, .max_bytes = REASON_BYTES_MAX},
    };
    struct adjust_body body = {0};
    struct adjustment *a = in;
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &a->user_id);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    a->amount = body.amount;
    a->reason = body.reason;
    return rc;
}

enum ecode render_admin_adjusted(struct exchange *x, const void *out, struct json_writer *w)
{
    const struct adjusted *a = out;
    json_object_begin(w);
    json_key(w, "transaction");
    render_posting(w, &a->posting, a->wallet.currency);
    json_key(w, "balance");
    render_wallet(x, &a->wallet, w);
    json_object_end(w);
    return E_OK;
}

struct grant_body {
    int64_t months, days;
    const char *reason;
};
enum { GRANT_MONTHS, GRANT_DAYS, GRANT_REASON };

enum ecode parse_admin_grant(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [GRANT_MONTHS] = {JSON_MEMBER(struct grant_body, months), FIELD_I64, .min = 1, .max = 120},
        [GRANT_DAYS] = {JSON_MEMBER(struct grant_body, days), FIELD_I64, .min = 1, .max = 3660},
        [GRANT_REASON] = {JSON_MEMBER(struct grant_body, reason), FIELD_LINE, FIELD_REQUIRED, .min = 1,
                          .max = REASON_BYTES_MAX, .max_bytes = REASON_BYTES_MAX},
    };
    struct grant_body body = {0};
    struct grant *g = in;
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &g->user_id);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    g->months = (int)body.months;
    g->days = (int)body.days;
    g->reason = body.reason;
    return rc;
}

struct revoke_body {
    struct uuid period_id;
    const char *reason;
};
enum { REVOKE_PERIOD, REVOKE_REASON };

enum ecode parse_admin_revoke(struct exchange *x, void *in)
{
    static const struct json_field fields[] = {
        [REVOKE_PERIOD] = {JSON_MEMBER(struct revoke_body, period_id), FIELD_UUID, FIELD_REQUIRED},
        [REVOKE_REASON] = {JSON_MEMBER(struct revoke_body, reason), FIELD_LINE, FIELD_REQUIRED, .min = 1,
                           .max = REASON_BYTES_MAX, .max_bytes = REASON_BYTES_MAX},
    };
    struct revoke_body body = {0};
    struct revocation *r = in;
    struct json_seen seen;
    enum ecode rc = path_uuid(x, 0, &r->user_id);
    if (rc == E_OK)
        rc = json_object_read(x->request->arena, x->body, "", fields, ARRAY_LEN(fields), JSON_WHOLE, &body,
                              &seen, &x->err);
    r->period_id = body.period_id;
    r->reason = body.reason;
    return rc;
}
