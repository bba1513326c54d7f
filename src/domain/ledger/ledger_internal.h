#ifndef HABITD_DOMAIN_LEDGER_INTERNAL_H
#define HABITD_DOMAIN_LEDGER_INTERNAL_H

#include "base/hash.h"
#include "domain/ledger/ledger.h"

/* What the files of the ledger share. */

/* Beyond this nothing is posted: a balance plus one more amount never overflows. */
#define LEDGER_BALANCE_MAX 4000000000000000000

/* E_INVALID naming the field. */
enum ecode posting_check(struct ctx *ctx, const struct posting_request *in);
/* SHA-256 of the canonical body: kind, amount, payment and reason, each with its length before it. */
void posting_hash(const struct posting_request *in, uint8_t out[SHA256_LEN]);
/* Whether the kind and sign may leave the wallet below zero. */
bool posting_may_owe(enum posting_kind kind, int64_t amount);
/* "user", "admin" or "system". */
const char *posting_actor(const struct ctx *ctx);
enum ecode posting_key_reused(struct ctx *ctx);
enum ecode posting_wrong_currency(struct ctx *ctx);
enum ecode posting_out_of_range(struct ctx *ctx);
/* Remembers a refusal under its key. */
enum ecode posting_refuse(struct ctx *ctx, const struct posting_request *in, const uint8_t hash[SHA256_LEN],
                          int64_t balance, struct posting *out);

#endif
