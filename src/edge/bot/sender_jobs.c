#include "edge/bot/sender_jobs.h"

static enum ecode run_claim(struct job *j, struct ctx *ctx)
{
    struct claim_job *c = j->owner;
    return outbox_claim(ctx, &c->query, &c->claimed);
}

static enum ecode run_draw(struct job *j, struct ctx *ctx)
{
    struct draw_job *d = j->owner;
    return outbox_draw_claimed(ctx, &d->claim->query, &d->claim->claimed, &d->drawn);
}

static enum ecode run_settle(struct job *j, struct ctx *ctx)
{
    struct settle_job *s = j->owner;
    return outbox_settle(ctx, s->fence, s->results, s->count, &s->tally);
}

static enum ecode run_peek(struct job *j, struct ctx *ctx)
{
    struct peek_job *p = j->owner;
    enum ecode rc = outbox_next(ctx, NULL, &p->due_at);
    p->found = rc == E_OK;
    return rc == E_NOT_FOUND ? E_OK : rc;
}

static enum ecode run_take_back(struct job *j, struct ctx *ctx)
{
    struct take_back_job *t = j->owner;
    return outbox_take_back(ctx, "telegram", t->fence, &t->more);
}

const struct job_kind kind_claim = {"outbox.claim", JOB_WRITE, run_claim, NULL, task_done};
const struct job_kind kind_draw = {"outbox.draw", JOB_WRITE, run_draw, NULL, task_done};
const struct job_kind kind_settle = {"outbox.settle", JOB_WRITE, run_settle, NULL, task_done};
const struct job_kind kind_peek = {"outbox.peek", JOB_READ, run_peek, NULL, task_done};
const struct job_kind kind_take_back = {"outbox.take_back", JOB_WRITE, run_take_back, NULL, task_done};
