#ifndef HABITD_DOMAIN_OUTBOX_ROWS_H
#define HABITD_DOMAIN_OUTBOX_ROWS_H

#include "domain/message/outbox.h"

/* One row of the outbox and the only two ways to change its status. For the files of this folder. */

struct outbox_row {
    struct uuid user_id, id;
    enum outbox_status status;
    enum outbox_lane lane;
    int64_t chat_id, message_id;
    const char *channel, *method, *view; /* arena */
    struct uuid ref_id;
    struct day ref_date;
    int ref_number;
    bool for_dialog;
    int attempts, unknowns;
    bool has_fence;
    int64_t fence;
    struct instant due_at, attempted_at, created_at;
    bool erased; /* its person was erased: nothing of it stays */
};

/* When a row of the lane that is due then is too old to be sent; 0: never. */
struct instant outbox_expiry(enum outbox_lane lane, struct instant due_at);

struct outbox_key {
    struct uuid user_id, id;
};

/* E_NOT_FOUND. */
enum ecode outbox_row_load(struct ctx *ctx, const struct uuid *user_id, const struct uuid *id,
                           struct outbox_row *out);
/* The keys a query (user_id, id) returns, whose parameters are bound; at most max. */
enum ecode outbox_keys(struct ctx *ctx, struct stmt *q, size_t max, struct outbox_key *out, size_t *n);

/*
 * Ends a row: sent, failed, unknown or dropped. Its delivery becomes `delivery`, a broadcast counts it.
 * *moved is false, and nothing was written, when somebody else changed it since it was loaded. E_CONFLICT
 * reason "outbox_move_refused" for a move that the picture in outbox.h has no arrow for.
 */
struct outbox_finish {
    enum outbox_status to;
    enum delivery_status delivery;
    int64_t message_id; /* 0: none */
    const char *error;  /* NULL: none */
};
enum ecode outbox_row_finish(struct ctx *ctx, const struct outbox_row *row, const struct outbox_finish *f,
                             bool *moved);
/* Stores the row as it stands in `row` (attempts, unknowns, message_id, method, due_at), queued or held. */
enum ecode outbox_row_requeue(struct ctx *ctx, const struct outbox_row *row, enum outbox_status to,
                              const char *error, bool *moved);
/* A row that is being sent and was not sent waits until `at`, and as long as its lane allows from then on. */
enum ecode outbox_row_postpone(struct ctx *ctx, const struct outbox_row *row, struct instant at,
                               struct instant expires_at);
/* END_UNKNOWN for a row that is being sent. */
enum ecode outbox_row_cut_off(struct ctx *ctx, struct outbox_row *row, const char *error,
                              struct outbox_tally *tally);

#endif
