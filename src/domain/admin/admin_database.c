#include "domain/admin/admin.h"
#include "admin.sql.h"
#include "domain/health/health.h"
#include "store/partition.h"

/* The database and its queues, for operators. */

#define MS_PER_DAY 86400000LL

static enum ecode read_doctor(struct ctx *ctx, struct admin_database *d)
{
    struct stmt *q = db_query(ctx->db, &Q_admin_doctor_last);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc == E_NOT_FOUND ? E_OK : rc;
    d->doctor_by = stmt_uuid(q, 0);
    d->doctor = arena_strdup(ctx->arena, stmt_text(q, 1));
    d->doctor_at = stmt_time(q, 2);
    stmt_end(q);
    return E_OK;
}

enum ecode admin_database(struct ctx *ctx, const void *unused, struct admin_database *out)
{
    enum migrate_state state;
    int version;
    struct day today = day_of((int32_t)(ctx->now.ms / MS_PER_DAY));
    struct migration_set set = migration_set_embedded();
    struct admin_database d = {.engine = db_engine_name(db_engine(ctx->db))};
    enum ecode rc = size_of_database(ctx->db, &d.bytes);
    if (rc == E_OK)
        rc = migrate_state(ctx->db, set, &state, &version);
    if (rc == E_OK)
        rc = migrate_status(ctx->db, set, ctx->arena, &d.migrations, &d.migrations_count);
    if (rc == E_OK)
        rc = size_of_partitions(ctx->db, ctx->arena, &d.partitions, &d.partitions_count);
    if (rc == E_OK)
        rc = partition_is_ahead(ctx->db, today, &d.partitions_ahead);
    if (rc == E_OK)
        rc = read_doctor(ctx, &d);
    if (rc != E_OK)
        return rc;
    d.schema = health_schema_name(&(struct health){.state = (int)state});
    *out = d;
    return E_OK;
}

enum ecode admin_queues(struct ctx *ctx, const void *unused, struct admin_queues *out)
{
    struct admin_queues q;
    enum ecode rc = outbox_stats(ctx, &q.outbox);
    if (rc == E_OK)
        rc = inbox_stats(ctx, &q.inbox);
    if (rc == E_OK)
        *out = q;
    return rc;
}
