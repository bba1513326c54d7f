#ifndef HABITD_DOMAIN_PAYMENT_CHECK_H
#define HABITD_DOMAIN_PAYMENT_CHECK_H

#include "domain/doctor/doctor.h"

/*
 * Every payment is the fold of its events, and what was posted for it is what it should be: names each row
 * that differs.
 */
enum ecode payment_check_all(struct ctx *ctx, struct doctor_result *r);
/* The same for payments changed at `since` or later. */
enum ecode payment_check_changed(struct ctx *ctx, struct instant since, struct doctor_result *r);

#endif
