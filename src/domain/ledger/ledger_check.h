#ifndef HABITD_DOMAIN_LEDGER_CHECK_H
#define HABITD_DOMAIN_LEDGER_CHECK_H

#include "domain/doctor/doctor.h"

/*
 * The proof of the books: every balance is the sum of its postings, these are numbered 1, 2, 3 … and each
 * one's balance_after is the one before it plus its amount. Reads every posting once, in their order, beside
 * the wallets; names each row that breaks it. Over one moment when the caller opened a snapshot.
 */
enum ecode ledger_check_all(struct ctx *ctx, struct doctor_result *r);
/* The same for the wallets that changed at `since` or later. */
enum ecode ledger_check_changed(struct ctx *ctx, struct instant since, struct doctor_result *r);

#endif
