#ifndef HABITD_DOMAIN_ADMIN_H
#define HABITD_DOMAIN_ADMIN_H

#include "domain/broadcast/broadcast.h"
#include "domain/ledger/ledger.h"
#include "domain/list.h"
#include "domain/message/inbox.h"
#include "domain/message/outbox.h"
#include "domain/payment/payment.h"
#include "domain/referral/referral.h"
#include "domain/subscription/subscription.h"
#include "store/migrate.h"
#include "store/size.h"

/* What operators look up, and the blocking of people. */

/* Does nothing: that it may be called says that the actor is an operator. */
enum ecode admin_present(struct ctx *ctx, const void *in, void *out);

struct admin_person {
    struct uuid id;
    int64_t telegram_id;               /* 0: none */
    const char *username, *first_name; /* NULL: unknown */
    const char *language_code, *timezone;
    enum tier tier; /* effective */
    const char *referral_code;
    bool is_admin, is_blocked, is_erased, is_unreachable;
    struct instant created_at;
};
struct admin_people_query {
    struct list_query list; /* by created_at */
    /* Only those; 0, NULL, day_none(): all. */
    int64_t telegram_id;
    const char *username, *referral_code;
    struct list_days came, marked; /* who came, who made a mark on these days, imports left out */
    bool has_erased, erased;
};
struct admin_people_page {
    struct admin_person *items;
    size_t count;
    struct list_rest rest;
};
/* E_INVALID field "from": days are asked for beside an identifier. */
enum ecode admin_people(struct ctx *ctx, const struct admin_people_query *in, struct admin_people_page *out);

struct admin_person_ref {
    struct uuid user_id;
};
/* A person with their money. */
struct admin_card {
    struct admin_person person;
    struct wallet wallet;
    bool has_subscription;
    struct subscription subscription;
};
/* E_NOT_FOUND. Erased people too. */
enum ecode admin_person(struct ctx *ctx, const struct admin_person_ref *in, struct admin_card *out);

struct admin_block {
    struct uuid user_id;
    bool blocked;
    const char *reason;
};
/*
 * Blocks a person, or lets them in again; audited. A blocked one is answered by nobody: their sessions end,
 * none can be made, the bot is silent. What they paid for runs on, but nothing renews itself (nor after they
 * were let in again, until they buy), and money that comes all the same is refunded. E_NOT_FOUND; E_INVALID
 * reason; E_CONFLICT reason "cannot_block_oneself".
 */
enum ecode admin_block(struct ctx *ctx, const struct admin_block *in, struct admin_card *out);

struct admin_postings_query {
    struct uuid user_id;
    struct posting_query page;
};
/* Somebody's postings. */
enum ecode admin_postings(struct ctx *ctx, const struct admin_postings_query *in, struct posting_page *out);

struct admin_payments_query {
    struct list_query list; /* by created_at, amount */
    /* Only those; zero, NULL, below 0, day_none(): all. */
    struct uuid user_id;
    const char *charge;   /* the provider's id of it */
    int provider, status; /* enum payment_provider, enum payment_status */
    const char *currency;
    struct list_days revenue; /* what reports count as revenue of these days: paid then, not from a wallet */
};
struct admin_payments_page {
    struct payment *items;
    size_t count;
    struct list_rest rest;
};
/* E_INVALID field "revenue_from": days are asked for beside a charge. */
enum ecode admin_payments(struct ctx *ctx, const struct admin_payments_query *in,
                          struct admin_payments_page *out);

struct admin_audit_query {
    struct list_query list; /* by created_at */
    struct uuid user_id;    /* whom it was done to; zero: all */
    const char *operation;  /* NULL: all */
};
struct admin_audit_row {
    struct uuid id, user_id;
    const char *actor, *operation, *request_id;
    const char *detail; /* a JSON object; NULL: none */
    struct instant created_at;
};
struct admin_audit_page {
    struct admin_audit_row *items;
    size_t count;
    struct list_rest rest;
};
enum ecode admin_audit(struct ctx *ctx, const struct admin_audit_query *in, struct admin_audit_page *out);

/* A list of everybody's. */
struct admin_list_query {
    struct list_query list;
    int status; /* only those: of the thing's own enum; below 0: all */
};

struct admin_subscription {
    struct uuid user_id;
    struct subscription subscription; /* without its periods */
};
struct admin_subscriptions_page {
    struct admin_subscription *items; /* by ends_at, starts_at */
    size_t count;
    struct list_rest rest;
};
enum ecode admin_subscriptions(struct ctx *ctx, const struct admin_list_query *in,
                               struct admin_subscriptions_page *out);

struct admin_referrals_page {
    struct referral *items; /* by created_at; the id is the referred one's */
    size_t count;
    struct list_rest rest;
};
enum ecode admin_referrals(struct ctx *ctx, const struct admin_list_query *in,
                           struct admin_referrals_page *out);

struct admin_broadcasts_page {
    struct broadcast *items; /* by created_at, people, queued, sent, failed */
    size_t count;
    struct list_rest rest;
};
enum ecode admin_broadcasts(struct ctx *ctx, const struct admin_list_query *in,
                            struct admin_broadcasts_page *out);

/* What there is to know of the database itself. */
struct admin_database {
    const char *engine; /* "sqlite", "postgres" */
    int64_t bytes;      /* on disk */
    const char *schema; /* health_schema_name */
    struct migrate_row *migrations;
    size_t migrations_count;
    struct partition_size *partitions; /* none on SQLite */
    size_t partitions_count;
    bool partitions_ahead; /* those that are needed next are there */
    /* Of the doctor's last examination that an operator asked for (doctor_runner.h); NULL: there was none. */
    const char *doctor;
    struct uuid doctor_by;
    struct instant doctor_at;
};
enum ecode admin_database(struct ctx *ctx, const void *unused, struct admin_database *out);

/* What is behind the queues' figures. What messages say belongs to people: it is not among it. */
struct admin_outbox_query {
    struct list_query list; /* by due_at */
    /* Only those; zero, NULL, below 0: all. Of everybody those that are not over or went wrong. */
    struct uuid user_id;
    const char *kind;          /* the view or method */
    int lane, status, channel; /* enum outbox_lane, enum outbox_status, of outbox_channel_names */
};
struct admin_outbox_row {
    struct uuid id, user_id; /* of the operator's chat zero */
    const char *channel, *kind, *error;
    enum outbox_lane lane;
    enum outbox_status status;
    int64_t chat_id;
    int attempts, unknowns;
    struct instant due_at, created_at;
    struct instant expires_at, attempted_at, done_at; /* 0: never, not yet */
};
struct admin_outbox_page {
    struct admin_outbox_row *items;
    size_t count;
    struct list_rest rest;
};
/* E_INVALID field "status": of everybody sent and dropped ones are not listed. */
enum ecode admin_outbox(struct ctx *ctx, const struct admin_outbox_query *in, struct admin_outbox_page *out);

/* A place in a list whose rows have a text for an id. */
#define ADMIN_INBOX_ID_MAX 200
struct admin_inbox_place {
    int64_t received_ms;
    int64_t down;
    char external_id[ADMIN_INBOX_ID_MAX];
};
struct admin_inbox_query {
    int limit;        /* 1 – LIST_MAX */
    const char *sort; /* "received_at" or, as NULL, "-received_at" */
    bool has_after;
    struct admin_inbox_place after;
    int status, source; /* only those; of the names below; below 0: all */
};
#define ADMIN_INBOX_STATUSES 2
#define ADMIN_INBOX_SOURCES 3
extern const char *const admin_inbox_status_names[ADMIN_INBOX_STATUSES];
extern const char *const admin_inbox_source_names[ADMIN_INBOX_SOURCES];
struct admin_inbox_row {
    const char *source, *external_id, *status, *error;
    int64_t chat_id, bytes; /* chat_id 0: nobody's */
    int attempts;
    bool begun; /* it is being acted on, or was when a program ended */
    struct instant received_at;
    struct instant next_at, processed_at; /* 0: not so */
};
struct admin_inbox_page {
    struct admin_inbox_row *items;
    size_t count;
    bool more;
    struct admin_inbox_place next; /* when there is more */
};
/* What came and waits or was given up. E_INVALID field "limit", "sort", "cursor". */
enum ecode admin_inbox(struct ctx *ctx, const struct admin_inbox_query *in, struct admin_inbox_page *out);

/* What waits, and since when. */
struct admin_queues {
    struct outbox_stats outbox;
    struct inbox_stats inbox;
};
enum ecode admin_queues(struct ctx *ctx, const void *unused, struct admin_queues *out);

#endif
