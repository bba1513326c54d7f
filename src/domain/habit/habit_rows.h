#ifndef HABITD_DOMAIN_HABIT_HABIT_ROWS_H
#define HABITD_DOMAIN_HABIT_HABIT_ROWS_H

#include "domain/habit/habit.h"

/* Habits and schedules as rows: shared by the modules that read and write them in numbers. */

/* A habit from a row of habit_get or habit_list, without its schedules. */
void habit_from_row(struct ctx *ctx, struct stmt *q, struct habit *out);
/* All of the actor's habits that are not deleted, by position, with their schedules. */
enum ecode habits_load_all(struct ctx *ctx, enum archived_filter archived, struct habit **out, size_t *n);
/* Where an imported habit came from. */
struct habit_origin {
    const char *format, *ref; /* NULL: not imported */
    struct instant updated_at;
};
/* Inserts a checked habit of the actor; its schedules are not written. `o` NULL: not imported. */
enum ecode habit_insert_row(struct ctx *ctx, const struct habit *h, const struct habit_origin *o);
/* Writes a checked habit of the actor over its row; not its position. */
enum ecode habit_update_row(struct ctx *ctx, const struct habit *h);
/* Inserts a checked schedule of the actor's habit; next_due_at is worked out when the habit is active. */
enum ecode schedule_insert_row(struct ctx *ctx, const struct habit *h, const struct schedule *s);
/* E_LIMIT when the person has no room for n more schedules. */
enum ecode schedules_check_room(struct ctx *ctx, size_t n);
/* Gives each habit its schedules with one statement. Habits in any order. */
enum ecode schedules_load(struct ctx *ctx, struct habit *habits, size_t n);
/* The same for one habit. */
enum ecode schedules_load_one(struct ctx *ctx, struct habit *h);

/* A new habit with the contract's defaults and the change over it; not checked yet. */
void habit_draft(struct ctx *ctx, const struct habit_change *in, struct habit *out);
/* Lays what `has_` says over a habit; the position is left alone. */
void habit_merge(const struct habit_change *in, struct habit *h);
/* Checks a whole habit (texts cleaned in place, in the arena): E_INVALID naming the field. */
enum ecode habit_validate(struct ctx *ctx, struct habit *h);
/* Checks a schedule: E_INVALID naming the field. */
enum ecode schedule_validate(struct ctx *ctx, const struct schedule *s);
/* The schedule as the mathematics wants it. E_INVALID field "rrule" when the stored text cannot be read. */
enum ecode schedule_as_rule(struct ctx *ctx, const struct schedule *s, struct schedule_rule *out);
/* The same for reminders: a habit that starts later than its schedule is not reminded of before. */
enum ecode schedule_reminder_rule(struct ctx *ctx, const struct schedule *s, struct day habit_starts_on,
                                  struct schedule_rule *out);
#define REMINDER_HORIZON_DAYS 3700 /* a rule that names no day in ten years has no next reminder */
/* Recomputes next_due_at of one habit's schedules. */
enum ecode schedules_refresh_habit(struct ctx *ctx, const struct habit *h);

#endif
