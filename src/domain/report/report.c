#include "domain/report/report.h"

#include "domain/payment/payment.h"
#include "report.sql.h"

#define ROWS_MAX 1000 /* providers times currencies */
#define MS_PER_DAY 86400000LL

enum ecode report_complete(struct ctx *ctx, const struct report_span *span, struct day *from, struct day *to)
{
    *from = span->from;
    *to = span->to;
    if (day_is_none(*to)) {
        struct stmt *q = db_query(ctx->db, &Q_report_newest);
        enum ecode rc = stmt_row(q);
        if (rc != E_OK)
            return rc;
        *to = stmt_day(q, 0);
        stmt_end(q);
        if (day_is_none(*to)) /* nobody marked anything yet */
            *to = day_of((int32_t)(ctx->now.ms / MS_PER_DAY));
    }
    if (day_is_none(*from))
        *from = day_add(*to, 1 - REPORT_DAYS);
    if (day_diff(*to, *from) < 0)
        return err_field(&ctx->err, "from", "the first day must not be behind the last");
    if (day_diff(*to, *from) >= REPORT_DAYS_MAX)
        return err_field(&ctx->err, "from", "must be at most %d days before \"to\"", REPORT_DAYS_MAX - 1);
    return E_OK;
}

struct instant report_begin(struct day d)
{
    return instant_from_ms((int64_t)d.n * MS_PER_DAY);
}

enum ecode report_revenue(struct ctx *ctx, const struct report_span *span, struct revenue_report *out)
{
    struct revenue_report r = {.rows = arena_array(ctx->arena, ROWS_MAX, sizeof *r.rows)};
    enum stmt_step step;
    enum ecode rc = report_complete(ctx, span, &r.from, &r.to);
    if (rc != E_OK)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_report_revenue);
    stmt_bind_time(q, 1, report_begin(r.from));
    stmt_bind_time(q, 2, report_begin(day_add(r.to, 1)));
    while ((step = stmt_step(q)) == STMT_ROW && r.count < ROWS_MAX)
        r.rows[r.count++] = (struct revenue_row){
            .currency = arena_strdup(ctx->arena, stmt_text(q, 0)),
            .provider = arena_strdup(ctx->arena, stmt_text(q, 1)),
            .payments = stmt_i64(q, 2),
            .payers = stmt_i64(q, 3),
            .amount = stmt_i64(q, 4),
            .lost = stmt_i64(q, 5),
        };
    stmt_end(q);
    if (step == STMT_ERROR)
        return ctx->err.code;
    *out = r;
    return E_OK;
}
