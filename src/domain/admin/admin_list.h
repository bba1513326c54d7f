#ifndef HABITD_DOMAIN_ADMIN_LIST_H
#define HABITD_DOMAIN_ADMIN_LIST_H

#include "domain/admin/admin.h"

/* What the files of the module share. */

/* E_INVALID field "limit" outside 1 – ADMIN_LIST_MAX. */
enum ecode admin_check_limit(struct ctx *ctx, int limit);
/* Binds $1 and $2 of a list: behind the place, or before everything. */
void admin_bind_place(struct stmt *q, bool has_after, const struct admin_place *after);

#endif
