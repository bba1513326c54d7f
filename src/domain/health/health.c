#include "domain/health/health.h"

#include "base/check.h"
#include "store/migrate.h"

enum ecode health_check(struct ctx *ctx, const void *unused, struct health *out)
{
    enum migrate_state state;
    int version;
    enum ecode rc = migrate_state(ctx->db, migration_set_embedded(), &state, &version);
    if (rc != E_OK)
        return rc;
    *out = (struct health){.current = state == MIGRATE_CURRENT, .version = version, .state = (int)state};
    return E_OK;
}

const char *health_schema_name(const struct health *h)
{
    static const char *const names[] = {
        [MIGRATE_CURRENT] = "current", [MIGRATE_EMPTY] = "empty",     [MIGRATE_OLDER] = "older",
        [MIGRATE_NEWER] = "newer",     [MIGRATE_CHANGED] = "changed",
    };
    CHECK(h->state >= 0 && (size_t)h->state < ARRAY_LEN(names));
    return names[h->state];
}
