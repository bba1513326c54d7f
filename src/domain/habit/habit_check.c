#include <string.h>
#include "base/utf8.h"
#include "domain/habit/habit_rows.h"
#include "domain/user/user.h"

#define DEFAULT_COLOR "#4c8bf5"
#define STARTS_AHEAD_MAX 3660 /* days */

const char *const habit_kind_names[] = {[HABIT_YES_NO] = "yes_no", [HABIT_MEASURABLE] = "measurable", NULL};
const char *const target_kind_names[] = {[TARGET_AT_LEAST] = "at_least", [TARGET_AT_MOST] = "at_most", NULL};
const char *const schedule_type_names[] = {
    [SCHEDULE_DAILY] = "daily", [SCHEDULE_WEEKLY] = "weekly", [SCHEDULE_CUSTOM] = "custom", NULL};

static enum ecode too_long(struct ctx *ctx, const char *field, size_t visible_max)
{
    return err_field(&ctx->err, field, "must be at most %zu character%s", visible_max,
                     visible_max == 1 ? "" : "s");
}

/* Cuts white space off both ends and refuses what cannot be shown in one line. */
static enum ecode clean_line(struct ctx *ctx, const char *field, const char **text, size_t visible_max,
                             size_t bytes_max)
{
    const char *start;
    size_t len;
    if (strlen(*text) > bytes_max)
        return too_long(ctx, field, visible_max);
    if (!utf8_clean_line(*text, strlen(*text), &start, &len))
        return err_field(&ctx->err, field, "must be one line of UTF-8 text without control characters");
    if (utf8_visible_length(start, len) > visible_max)
        return too_long(ctx, field, visible_max);
    *text = arena_memdup(ctx->arena, start, len);
    return E_OK;
}

static bool color_valid(const char *s)
{
    return strlen(s) == 7 && s[0] == '#' && strspn(s + 1, "0123456789abcdefABCDEF") == 6;
}

static enum ecode validate_texts(struct ctx *ctx, struct habit *h)
{
    const char *start;
    size_t len;
    if (!h->name)
        return err_field(&ctx->err, "name", "is required");
    enum ecode rc = clean_line(ctx, "name", &h->name, HABIT_NAME_VISIBLE_MAX, HABIT_NAME_BYTES_MAX);
    if (rc == E_OK && utf8_blank(h->name, strlen(h->name)))
        rc = err_field(&ctx->err, "name", "must not be empty");
    if (rc == E_OK)
        rc = clean_line(ctx, "unit", &h->unit, HABIT_UNIT_VISIBLE_MAX, HABIT_UNIT_BYTES_MAX);
    if (rc == E_OK && h->emoji) {
        rc = clean_line(ctx, "emoji", &h->emoji, 1, HABIT_EMOJI_BYTES_MAX);
        if (rc == E_OK && h->emoji[0] == '\0')
            h->emoji = NULL;
    }
    if (rc != E_OK)
        return rc;
    if (strlen(h->description) > HABIT_DESCRIPTION_BYTES_MAX)
        return err_field(&ctx->err, "description", "must be at most %d bytes", HABIT_DESCRIPTION_BYTES_MAX);
    if (!utf8_clean_text(h->description, strlen(h->description), &start, &len))
        return err_field(&ctx->err, "description", "must be UTF-8 text without control characters");
    h->description = arena_memdup(ctx->arena, start, len);
    if (!color_valid(h->color))
        return err_field(&ctx->err, "color", "must be #rrggbb");
    return E_OK;
}

enum ecode habit_validate(struct ctx *ctx, struct habit *h)
{
    enum ecode rc = validate_texts(ctx, h);
    if (rc != E_OK)
        return rc;
    if (h->target_value < 0 || h->target_value > HABIT_TARGET_MAX)
        return err_field(&ctx->err, "target_value", "must be between 0 and %lld", HABIT_TARGET_MAX / 1000LL);
    if (h->kind == HABIT_YES_NO && h->target_value != 0)
        return err_field(&ctx->err, "target_value", "belongs to measurable habits only");
    bool none = h->frequency_count == 0 && h->frequency_days == 0;
    if (!none && (h->frequency_days < 1 || h->frequency_days > 366))
        return err_field(&ctx->err, "frequency.days", "must be between 1 and 366");
    if (!none && (h->frequency_count < 1 || h->frequency_count > h->frequency_days))
        return err_field(&ctx->err, "frequency.count", "must be between 1 and frequency.days");
    if (h->starts_on.n < DAY_FIRST_LOG || h->starts_on.n > ctx_today(ctx).n + STARTS_AHEAD_MAX)
        return err_field(&ctx->err, "starts_on", "must be between 2000-01-01 and ten years from now");
    if (h->schedules_count > SCHEDULES_PER_HABIT_MAX)
        return err_field(&ctx->err, "schedules", "must be at most %d", SCHEDULES_PER_HABIT_MAX);
    for (size_t i = 0; i < h->schedules_count; i++) {
        rc = schedule_validate(ctx, &h->schedules[i]);
        if (rc != E_OK)
            return rc;
    }
    return E_OK;
}

/* A new habit with the defaults of the contract, and the change over it. */
void habit_draft(struct ctx *ctx, const struct habit_change *in, struct habit *out)
{
    *out = (struct habit){
        .description = "",
        .color = DEFAULT_COLOR,
        .unit = "",
        .starts_on = ctx_today(ctx),
        .created_at = ctx->now,
    };
    if (!in->has_frequency && in->schedules_count == 0)
        out->frequency_count = out->frequency_days = 1;
    out->schedules = arena_array(ctx->arena, in->schedules_count, sizeof *out->schedules);
    out->schedules_count = in->schedules_count;
    if (in->schedules_count)
        memcpy(out->schedules, in->schedules, in->schedules_count * sizeof *out->schedules);
    habit_merge(in, out);
    for (size_t i = 0; i < out->schedules_count; i++)
        if (day_is_none(out->schedules[i].starts_on))
            out->schedules[i].starts_on = out->starts_on;
}

void habit_merge(const struct habit_change *in, struct habit *h)
{
    if (in->has_name)
        h->name = in->name;
    if (in->has_description)
        h->description = in->description ? in->description : "";
    if (in->has_emoji)
        h->emoji = in->emoji;
    if (in->has_color)
        h->color = in->color;
    if (in->has_kind)
        h->kind = in->kind;
    if (in->has_target_kind)
        h->target_kind = in->target_kind;
    if (in->has_target_value)
        h->target_value = in->target_value;
    if (in->has_unit)
        h->unit = in->unit ? in->unit : "";
    if (in->has_frequency) {
        h->frequency_count = in->frequency_count;
        h->frequency_days = in->frequency_days;
    }
    if (in->has_starts_on)
        h->starts_on = in->starts_on;
    if (in->has_archived)
        h->archived = in->archived;
    if (in->has_paused && in->paused != h->paused) {
        h->paused = in->paused;
        h->paused_by_tier = false;
    }
}

enum ecode schedule_validate(struct ctx *ctx, const struct schedule *s)
{
    struct schedule_rule rule;
    if (s->reminder_minute != MINUTE_NONE && (s->reminder_minute < 0 || s->reminder_minute > 1439))
        return err_field(&ctx->err, "reminder_time", "must be between 00:00 and 23:59");
    if (s->type == SCHEDULE_WEEKLY && (s->weekdays == 0 || s->weekdays > 127))
        return err_field(&ctx->err, "days_of_week",
                         "must name at least one ISO weekday, 1 (Monday) to 7 (Sunday)");
    if (s->type != SCHEDULE_WEEKLY && s->weekdays != 0)
        return err_field(&ctx->err, "days_of_week", "belongs to weekly schedules only");
    if (s->type == SCHEDULE_CUSTOM && !s->rrule)
        return err_field(&ctx->err, "rrule", "is required for a custom schedule");
    if (s->type != SCHEDULE_CUSTOM && s->rrule)
        return err_field(&ctx->err, "rrule", "belongs to custom schedules only");
    if (s->starts_on.n < DAY_FIRST_LOG || s->starts_on.n > ctx_today(ctx).n + STARTS_AHEAD_MAX)
        return err_field(&ctx->err, "starts_on", "must be between 2000-01-01 and ten years from now");
    return schedule_as_rule(ctx, s, &rule);
}

enum ecode schedule_as_rule(struct ctx *ctx, const struct schedule *s, struct schedule_rule *out)
{
    struct schedule_rule rule = {.type = s->type, .starts_on = s->starts_on, .weekdays = s->weekdays};
    if (s->type == SCHEDULE_CUSTOM) {
        enum ecode rc =
            rrule_parse(ctx->arena, s->rrule, strlen(s->rrule), s->starts_on, &rule.rrule, &ctx->err);
        if (rc != E_OK)
            return rc;
    }
    *out = rule;
    return E_OK;
}
