#ifndef HABITD_DOMAIN_CTX_H
#define HABITD_DOMAIN_CTX_H

#include <stdbool.h>
#include "base/arena.h"
#include "base/day.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/rng.h"
#include "base/uuid.h"
#include "base/zone.h"
#include "store/db.h"

/*
 * The call context: what every public domain function gets first. One per operation, on one worker thread,
 * over one connection. Time and randomness come from here and from nowhere else, so that tests own them.
 */

enum tier { TIER_TRIAL, TIER_FREE, TIER_PREMIUM, TIERS };

struct plan_table;

/* What the operator configured and the rules depend on; read-only, outlives every context. */
struct policy {
    int trial_days;         /* length of the one trial; 0: none */
    int habit_limit[TIERS]; /* active habits; 0 = unlimited */
    const char *default_timezone;
    const char *currency;
    const int64_t *admin_ids; /* telegram ids */
    size_t admin_ids_count;
    int64_t alert_chat_id;          /* the operator's chat; 0: none */
    const struct plan_table *plans; /* what is sold; domain/payment/plan.h */
    unsigned providers;             /* that take payments here: bit 1 << enum payment_provider */
    int64_t referral_reward;        /* minor units; 0: none */
    bool asks_receipt_contact;      /* YooKassa makes receipts, and they go to the person */
    bool external_payments;         /* inside Telegram others than Stars may be paid too */
};

enum role {
    ROLE_NOBODY, /* no credential */
    ROLE_USER,   /* a person, over their own rows */
    ROLE_ADMIN,  /* an operator's session */
    ROLE_SYSTEM  /* the program itself: the command line, jobs */
};

/* How a session was begun. */
enum session_origin {
    ORIGIN_TOKEN,    /* `habitd token create`: a program's */
    ORIGIN_LINK,     /* a one-time sign-in link */
    ORIGIN_TELEGRAM, /* a Mini App's initData */
    ORIGIN_DEMO      /* the button of a demonstration */
};

/* Who is asking. For ROLE_USER and ROLE_ADMIN the person's own data that nearly every operation needs is
 * loaded with the credential. */
struct actor {
    enum role role;
    struct uuid user_id;        /* whose rows the operation works on; zero for ROLE_NOBODY */
    struct uuid session_id;     /* zero when there is no session */
    enum session_origin origin; /* of the session */
    const struct zone *zone;
    int day_starts_at; /* minutes, 0–360 */
    enum tier tier;    /* effective: a trial that is over is TIER_FREE */
};

/* How a mark came in; stored in habit_logs.source. */
enum source { SOURCE_API, SOURCE_BOT, SOURCE_WEB, SOURCE_IMPORT, SOURCE_AUTO, SOURCE_DEMO, SOURCES };
/* The words of the database and the API, by enum value; NULL-ended. */
extern const char *const source_names[];
extern const char *const tier_names[];
/* Index of a word in such a table; -1 when it is not there or NULL. */
int name_index(const char *const *names, const char *name);

struct ctx {
    struct db *db;
    struct arena *arena; /* results live here */
    const struct policy *policy;
    struct actor actor;
    struct uuid subject;      /* whom an admin's operation is done to, for the audit row; zero: the actor */
    const char *audit_detail; /* a JSON object for the audit row: the reason and the like; NULL: none */
    bool locked;              /* ctx_lock_people was called for the actor */
    struct instant now;
    struct rng *rng;
    enum source source;
    const char *request_id;
    bool queued;     /* something to send was stored (outbox.h) */
    unsigned serial; /* how many ids were drawn that have an order within the millisecond */
    struct err err;  /* every failing function fills it; the connection's errors go here too */
};

/*
 * Sets up a context on a connection and points the connection's errors at it. `arena`, `policy`, `rng` and
 * `request_id` must outlive it. The actor is ROLE_NOBODY until session_authenticate or ctx_act_as.
 */
void ctx_init(struct ctx *ctx, struct db *db, struct arena *arena, const struct policy *policy,
              struct rng *rng, struct instant now, const char *request_id);

/* Becomes ROLE_SYSTEM acting on that person's rows (command line, jobs). E_NOT_FOUND when there is no such
 * person or they were erased. */
enum ecode ctx_act_as(struct ctx *ctx, const struct uuid *user_id);

/*
 * Makes this transaction the only one that writes for these people, until it ends; reading is not hindered.
 * What is read after it (not before) stays true until then: on PostgreSQL another instance or a command may
 * write for the same person at this moment. Taken by op_run for every operation that writes; in any order,
 * zero ids and repetitions are left out. In a write transaction. E_BUSY when another holds one for too long.
 */
enum ecode ctx_lock_people(struct ctx *ctx, const struct uuid *users, size_t n);

/*
 * Runs f under a savepoint: when it fails, what it wrote is undone, the actor is as before, and the
 * transaction goes on. Returns f's code, or the error of the savepoint. In a write transaction.
 */
enum ecode ctx_try(struct ctx *ctx, enum ecode (*f)(struct ctx *ctx, void *arg), void *arg);

/* The actor's local day now (CONTRACT "Local day"). */
struct day ctx_today(const struct ctx *ctx);

/*
 * Whether an error is about the whole transaction (try it again, the database is away), not about what was
 * being done in it: whoever carries on after other errors returns these.
 */
bool ctx_ends_transaction(enum ecode code);

/* Why an operator did something: E_INVALID field "reason" unless it is there, at most REASON_BYTES_MAX bytes
 * of UTF-8. */
#define REASON_BYTES_MAX 500
enum ecode ctx_check_reason(struct ctx *ctx, const char *reason);

/* A fresh UUIDv7 from the context's clock and randomness. */
struct uuid ctx_new_id(struct ctx *ctx);

#endif
