#include "domain/report/stored.h"

#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "stored.sql.h"

#define AGE_MS 60000
#define AGE_TIMES 20
#define BODY_MAX (1u << 20)

/* counted_at: what it says of that; 0: nothing. */
static enum ecode count(struct ctx *ctx, enum report_kind kind, const struct report_span *span,
                        struct instant counted_at, struct report_answer *out)
{
    const struct report_maker *m = &report_makers[kind];
    struct buf b;
    struct json_writer w;
    void *report = arena_alloc(ctx->arena, m->size);
    enum ecode rc = m->make(ctx, span, report);
    if (rc != E_OK)
        return rc;
    buf_init(&b, BODY_MAX);
    json_writer_init(&w, &b);
    m->json(&w, report, counted_at);
    json_writer_finish(&w);
    if (buf_overflowed(&b))
        rc = err_set(&ctx->err, E_LIMIT, "the report is longer than %u bytes", BODY_MAX);
    else
        *out = (struct report_answer){arena_strdup(ctx->arena, buf_text(&b)), b.len};
    buf_release(&b);
    return rc;
}

/* E_NOT_FOUND: none is kept. */
static enum ecode find(struct ctx *ctx, enum report_kind kind, struct stored_report *out)
{
    struct stmt *q = db_query(ctx->db, &Q_stored_report_get);
    stmt_bind_text(q, 1, report_makers[kind].name);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    const char *body = arena_strdup(ctx->arena, stmt_text(q, 0));
    *out = (struct stored_report){.kind = kind,
                                  .answer = {body, strlen(body)},
                                  .took_ms = stmt_i64(q, 1),
                                  .counted_at = stmt_time(q, 2)};
    stmt_end(q);
    return E_OK;
}

/* --- asked for --------------------------------------------------------------------------------------- */

static enum ecode answer(struct ctx *ctx, enum report_kind kind, const struct report_span *span,
                         struct report_answer *out)
{
    struct stored_report kept;
    bool usual = day_is_none(span->from) && day_is_none(span->to);
    enum ecode rc = usual ? find(ctx, kind, &kept) : E_NOT_FOUND;
    if (rc == E_OK)
        *out = kept.answer;
    if (rc != E_NOT_FOUND)
        return rc;
    err_clear(&ctx->err);
    return count(ctx, kind, span, instant_from_ms(0), out);
}

enum ecode report_answer_overview(struct ctx *ctx, const struct report_span *span, struct report_answer *out)
{
    return answer(ctx, REPORT_OVERVIEW, span, out);
}

enum ecode report_answer_cohorts(struct ctx *ctx, const struct report_span *span, struct report_answer *out)
{
    return answer(ctx, REPORT_COHORTS, span, out);
}

enum ecode report_answer_retention(struct ctx *ctx, const struct report_span *span, struct report_answer *out)
{
    return answer(ctx, REPORT_RETENTION, span, out);
}

enum ecode report_answer_habits(struct ctx *ctx, const struct report_span *span, struct report_answer *out)
{
    return answer(ctx, REPORT_HABITS, span, out);
}

enum ecode report_answer_revenue(struct ctx *ctx, const struct report_span *span, struct report_answer *out)
{
    return answer(ctx, REPORT_REVENUE, span, out);
}

enum ecode report_answer_business(struct ctx *ctx, const struct report_span *span, struct report_answer *out)
{
    return answer(ctx, REPORT_BUSINESS, span, out);
}

/* --- counted ahead ----------------------------------------------------------------------------------- */

static bool is_young(const struct ctx *ctx, const struct stored_report *r)
{
    int64_t age = ctx->now.ms - r->counted_at.ms, keep = r->took_ms * AGE_TIMES * REPORT_KINDS;
    return age >= 0 && age < (keep > AGE_MS ? keep : AGE_MS);
}

/* Tests have databases in which nothing is slow. */
static int64_t slow_ms(void)
{
#ifdef HABITD_TEST_BUILD
    const char *text = getenv("HABITD_STORED_SLOW_MS");
    if (text)
        return strtoll(text, NULL, 10);
#endif
    return STORED_SLOW_MS;
}

enum ecode stored_report_count(struct ctx *ctx, enum report_kind kind, struct stored_report *out)
{
    const struct report_span usual = {day_none(), day_none()};
    struct monotime began = monotime_now();
    enum ecode rc = find(ctx, kind, out);
    bool kept = rc == E_OK;
    if (kept && is_young(ctx, out))
        return E_OK;
    if (rc != E_OK && rc != E_NOT_FOUND)
        return rc;
    err_clear(&ctx->err);
    *out = (struct stored_report){.kind = kind, .counted_at = ctx->now};
    rc = count(ctx, kind, &usual, ctx->now, &out->answer);
    out->took_ms = monotime_diff(monotime_now(), began).ms;
    out->slow = out->took_ms >= slow_ms();
    out->changes = out->slow || kept;
    return rc;
}

enum ecode stored_report_keep(struct ctx *ctx, const struct stored_report *r)
{
    struct stmt *q = db_query(ctx->db, r->slow ? &Q_stored_report_put : &Q_stored_report_drop);
    stmt_bind_text(q, 1, report_makers[r->kind].name);
    if (r->slow) {
        stmt_bind_text(q, 2, r->answer.json);
        stmt_bind_i64(q, 3, r->took_ms);
        stmt_bind_time(q, 4, r->counted_at);
    }
    return stmt_run(q);
}
