#ifndef HABITD_TEST_QUERIES_MONEY_H
#define HABITD_TEST_QUERIES_MONEY_H

#include "domain_bed.h"

/* What the query suite needs of money: rows to find, and values that fit the rows' rules. */
struct money_fixture {
    struct uuid user, payment, waiting, plan, subscription, period, referred, invited;
    const char *code; /* "ref:…" */
    struct instant now;
};

/* Makes the rows; the context acts for the person before and after. */
void money_fill(struct domain_bed *b, struct money_fixture *f);
/* Binds parameter i (from 0) when it is one of money's; false: it is not. */
bool money_bind(struct stmt *s, const struct query *q, int i, const struct money_fixture *f);

#endif
