#ifndef HABITD_EDGE_PAY_PAY_H
#define HABITD_EDGE_PAY_PAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "base/instant.h"

/*
 * The payment providers as a running part of the program: it makes the calls that the domain left in the
 * outbox, takes webhooks, and does what the clock makes due about money. Of several instances on one database
 * the one that holds LEASE_PAY calls and lets time pass; every one takes webhooks.
 */
struct pay;
struct buf;
struct secret;
struct service;
struct plan_table;

/* An account with a provider; secret NULL: there is none. */
struct pay_account {
    const char *api_url, *id; /* outlive the part */
    struct secret *secret;
};

enum pay_sandbox { PAY_SANDBOX_OFF, PAY_SANDBOX_INSTANT, PAY_SANDBOX_PAGE };

struct pay_options {
    struct service *service; /* outlives the part */
    struct pay_account yookassa, cryptobot, telegram;
    enum pay_sandbox sandbox;
    const struct plan_table *plans;
    int vat_code;                /* of YooKassa's receipts; 0: none are made */
    const char *receipt_contact; /* e-mail for receipts of people who left none; NULL: none */
};

/* A part at rest. E_INVALID: an option (field names the setting). Copies o. */
enum ecode pay_new(const struct pay_options *o, struct pay **out, struct err *err);
/* Begins to work. base_url: where people reach this program, without a slash at the end; copied. */
void pay_start(struct pay *p, const char *base_url);
/* Lets calls that are under way end for at most `limit`, stores what they said, and gives the lease away. */
void pay_stop(struct pay *p, struct duration limit);
/* Stopped or never started. NULL-safe. */
void pay_free(struct pay *p);

enum pay_source { PAY_FROM_YOOKASSA, PAY_FROM_CRYPTOBOT, PAY_SOURCES };

/* A webhook. The caller's until pay_take, and again from done() on. */
struct pay_event {
    enum pay_source source;
    const char *body; /* as it came; not touched by the caller until done() */
    size_t len;
    const char *signature;             /* what came in the provider's header; NULL: nothing */
    void (*done)(struct pay_event *e); /* on a worker's thread */
    void *owner;
    enum ecode code; /* during done(); E_OK: it is stored */
};
/* Whether there is an account for it, so that its webhooks are wanted. */
bool pay_takes(const struct pay *p, enum pay_source source);
/*
 * E_OK: done() is called once. Else it is not: E_UNAUTHENTIC, the signature is wrong (nothing is stored, the
 * operator is alerted); E_MALFORMED, E_INVALID: it cannot be read; E_BUSY. Any thread.
 */
enum ecode pay_take(struct pay *p, struct pay_event *e);

/* Prometheus' text. Fits the HTTP edge's metrics_source; arg is the struct pay. Any thread. */
void pay_write_metrics(void *arg, struct buf *out);

#endif
