#ifndef HABITD_DOMAIN_REPORT_H
#define HABITD_DOMAIN_REPORT_H

#include "domain/ctx.h"

/*
 * Figures over UTC days, both ends included. Nothing in them depends on engine, path or moment, so that a
 * copy of the database reports the same.
 */
struct report_span {
    struct day from, to; /* day_none(): the 30 days that end at the newest log, or the end of the other */
};
#define REPORT_DAYS 30

/* What came in by one provider in one currency. Plans bought from a wallet are no revenue: the top-up was. */
struct revenue_row {
    const char *currency, *provider;
    int64_t payments, payers;
    int64_t amount; /* paid in these days, minor units */
    int64_t lost;   /* of that, given back or lost in disputes, whenever that was */
};
struct revenue_report {
    struct day from, to;
    struct revenue_row *rows; /* by currency and provider */
    size_t count;
};
/* In one snapshot. E_INVALID field "from": behind "to". */
enum ecode report_revenue(struct ctx *ctx, const struct report_span *span, struct revenue_report *out);

#endif
