#ifndef HABITD_DOMAIN_DOCTOR_CHECKS_H
#define HABITD_DOMAIN_DOCTOR_CHECKS_H

#include "domain/doctor/doctor.h"

/* The checks that need more than a query; each adds what it finds to r. */
enum ecode doctor_check_users(struct ctx *ctx, struct doctor_result *r);
/* Works out every checkpoint from the whole history and compares. */
enum ecode doctor_check_streaks(struct ctx *ctx, struct doctor_result *r);
/* Counts samples of the days in daily_stats again. */
enum ecode doctor_check_daily(struct ctx *ctx, struct doctor_result *r);
/* The engine's own check of its files and references. */
enum ecode doctor_check_integrity(struct ctx *ctx, struct doctor_result *r);

#endif
