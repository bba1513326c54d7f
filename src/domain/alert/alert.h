#ifndef HABITD_DOMAIN_ALERT_H
#define HABITD_DOMAIN_ALERT_H

#include "domain/list.h"

/*
 * What the operator has to know. Of one cause (fingerprint) at most one is not resolved; it counts.
 *
 *   open          ──► acknowledged, silenced, resolved
 *   acknowledged  ──► silenced, resolved
 *   silenced      ──► open, acknowledged, resolved
 *   resolved          the end: the next occurrence is a new alert
 */
enum alert_status { ALERT_OPEN, ALERT_ACKNOWLEDGED, ALERT_SILENCED, ALERT_RESOLVED, ALERT_STATUSES };
extern const char *const alert_status_names[];
/* The table of the picture above. */
bool alert_may(enum alert_status from, enum alert_status to);

enum alert_severity { ALERT_WARNING, ALERT_CRITICAL, ALERT_SEVERITIES };
extern const char *const alert_severity_names[];

struct alert {
    struct uuid id;
    const char *fingerprint;
    enum alert_severity severity;
    enum alert_status status;
    const char *title, *detail;
    int64_t occurrences;
    struct instant first_seen_at, last_seen_at;
    struct uuid acknowledged_by; /* zero: nobody */
};

struct alert_draft {
    const char *fingerprint; /* "inbox.parked:telegram" */
    enum alert_severity severity;
    const char *title;  /* one line */
    const char *detail; /* no secrets */
};

/* How long the operator is left in peace about one that is open and goes on. */
#define ALERT_REPEAT_CRITICAL_S 300
#define ALERT_REPEAT_WARNING_S 900
/*
 * Raises one, or counts it into the one that is not resolved. A new one is sent to the operator's chat
 * (policy->alert_chat_id, when set) with the payments, and again when it occurs that much later and nobody
 * has acknowledged or silenced it: in a write transaction.
 */
enum ecode alert_raise(struct ctx *ctx, const struct alert_draft *draft);
/* The cause is gone: resolves what there is of it, and tells the operator who was told of it, unless it was
 * silenced. Harmless when there is none. */
enum ecode alert_clear(struct ctx *ctx, const char *fingerprint);
/* Ends or quietens one by hand; the actor becomes who acknowledged it. E_NOT_FOUND; E_CONFLICT reason
 * "alert_move_refused". */
enum ecode alert_move(struct ctx *ctx, const struct uuid *id, enum alert_status to);
/* The same as an operator's operation, audited with its reason; *out is the alert afterwards. E_INVALID
 * reason. */
struct alert_order {
    struct uuid id;
    enum alert_status to;
    const char *reason;
};
enum ecode alert_handle(struct ctx *ctx, const struct alert_order *in, struct alert *out);

struct alert_query {
    struct list_query list; /* by first_seen_at, last_seen_at, occurrences */
    bool resolved;          /* the resolved ones too */
};
struct alert_page {
    struct alert *items;
    size_t count;
    struct list_rest rest;
};
enum ecode alert_list(struct ctx *ctx, const struct alert_query *in, struct alert_page *out);

#endif
