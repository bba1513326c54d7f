#ifndef HABITD_DOMAIN_ADOPT_WRITE_H
#define HABITD_DOMAIN_ADOPT_WRITE_H

#include "domain/adopt/judge.h"

/* The writing stage: a judged person into the open write transaction, by the rules of each module. */
enum ecode adopt_write(struct ctx *ctx, struct judged_person *j);

#endif
