#ifndef HABITD_DOMAIN_PEOPLE_H
#define HABITD_DOMAIN_PEOPLE_H

#include "domain/user/user.h"

/* What an operator does about people. */

struct person_query {
    int64_t telegram_id;  /* 0: by username */
    const char *username; /* without @, in any case */
    struct uuid id;       /* not zero: by it alone */
};
struct person {
    struct user user;
    bool unreachable; /* blocked the bot */
    int64_t habits;   /* not deleted */
    int64_t marks;    /* in all */
    struct day last;  /* of the newest mark; day_none(): none */
};
/* E_NOT_FOUND: nobody, or erased. */
enum ecode person_find(struct ctx *ctx, const struct person_query *in, struct person *out);

/* The operator has named this telegram id as an admin's. */
bool person_is_admin(const struct policy *policy, int64_t telegram_id);
/* The person is found by that name from now on; NULL: nothing. In a write transaction. */
enum ecode person_remember_name(struct ctx *ctx, const struct uuid *id, const char *username);

#endif
