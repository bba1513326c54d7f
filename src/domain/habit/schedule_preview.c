#include "domain/habit/habit_rows.h"
#include "domain/user/user.h"

#define HORIZON_DAYS 36600

enum ecode schedule_preview(struct ctx *ctx, const struct schedule_change *in, struct schedule_preview *out)
{
    struct schedule s = in->value;
    struct schedule_rule rule;
    struct schedule_preview p = {.count = 0};
    struct day today = ctx_today(ctx), at = day_add(today, -1), limit = day_add(today, HORIZON_DAYS);
    if (day_is_none(s.starts_on))
        s.starts_on = today;
    enum ecode rc = schedule_validate(ctx, &s);
    if (rc == E_OK)
        rc = schedule_as_rule(ctx, &s, &rule);
    if (rc != E_OK)
        return rc;
    while (p.count < PREVIEW_DAYS && schedule_rule_next(&rule, at, limit, &at))
        p.days[p.count++] = at;
    if (s.reminder_minute != MINUTE_NONE) {
        struct reminder_clock clock = {ctx->actor.zone, ctx->actor.day_starts_at, s.reminder_minute};
        p.has_reminder =
            schedule_rule_next_reminder(&rule, &clock, ctx->now, HORIZON_DAYS, &at, &p.reminder_at);
    }
    *out = p;
    return E_OK;
}
