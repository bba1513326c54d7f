#include "domain/health/health.h"

#include "base/check.h"
#include "domain/lease/lease.h"
#include "health.sql.h"
#include "store/migrate.h"

static enum ecode check_lease(struct ctx *ctx, struct health *h)
{
    struct lease lease;
    enum ecode rc = lease_get(ctx, LEASE_BOT, &lease);
    if (rc == E_NOT_FOUND)
        return E_OK;
    if (rc != E_OK)
        return rc;
    h->bot_held = lease.fresh;
    h->bot_problem = lease.problem;
    return E_OK;
}

static enum ecode check_clock(struct ctx *ctx, struct health *h)
{
    struct stmt *q = db_query(ctx->db, &Q_health_oldest_reminder);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    if (!stmt_is_null(q, 0)) {
        struct duration lag = instant_diff(ctx->now, stmt_time(q, 0));
        h->remind_lag = lag.ms > 0 ? lag : duration_ms(0);
    }
    stmt_end(q);
    return E_OK;
}

enum ecode health_check(struct ctx *ctx, const struct health_query *in, struct health *out)
{
    enum migrate_state state;
    int version;
    enum ecode rc = migrate_state(ctx->db, migration_set_embedded(), &state, &version);
    struct health h = {.current = state == MIGRATE_CURRENT, .version = version, .state = (int)state};
    if (rc == E_OK && in->bot && h.current)
        rc = check_lease(ctx, &h);
    if (rc == E_OK && in->bot && h.current)
        rc = check_clock(ctx, &h);
    if (rc == E_OK)
        *out = h;
    return rc;
}

bool health_is_good(const struct health_query *in, const struct health *h)
{
    if (!h->current || !in->bot)
        return h->current;
    return h->bot_held && h->bot_problem == NULL && h->remind_lag.ms <= HEALTH_LAG_MAX_MS;
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
