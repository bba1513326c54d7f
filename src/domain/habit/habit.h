#ifndef HABITD_DOMAIN_HABIT_H
#define HABITD_DOMAIN_HABIT_H

#include "domain/ctx.h"
#include "domain/schedule/rule.h"
#include "domain/score/habit_rule.h"

/* Habits: what a person wants to do, how often, and whether it is active. */

/* The words of the database and the API, by enum value; NULL-ended. */
extern const char *const habit_kind_names[];
extern const char *const target_kind_names[];
extern const char *const schedule_type_names[];

#define HABIT_NAME_VISIBLE_MAX 100
#define HABIT_NAME_BYTES_MAX 4096 /* a hundred joined emoji of 35 bytes fit */
#define HABIT_EMOJI_BYTES_MAX 64
#define HABIT_DESCRIPTION_BYTES_MAX 4096
#define HABIT_UNIT_VISIBLE_MAX 20
#define HABIT_UNIT_BYTES_MAX 1024
#define HABIT_TARGET_MAX 1000000000000 /* thousandths */
#define HABIT_UNDO_DAYS 30
#define HABITS_PER_USER_MAX 1000 /* all of them, archived ones too */
#define SCHEDULES_PER_HABIT_MAX 24
#define SCHEDULES_PER_USER_MAX 2000 /* all are worked out anew when the person moves to another zone */

struct schedule {
    struct uuid id, habit_id;
    enum schedule_type type;
    int reminder_minute; /* MINUTE_NONE (-1): no reminder */
    uint8_t weekdays;    /* bit 0 = Monday; weekly only, else 0 */
    const char *rrule;   /* custom only, else NULL */
    struct day starts_on;
    bool enabled;
};

struct habit {
    struct uuid id;
    const char *name, *description; /* description "" when none */
    const char *emoji;              /* NULL: none */
    const char *color;              /* "#rrggbb" */
    enum habit_kind kind;
    enum target_kind target_kind;
    int64_t target_value;                /* thousandths */
    const char *unit;                    /* "" when none */
    int frequency_count, frequency_days; /* 0/0: due by schedules */
    struct day starts_on;
    int64_t position;
    bool archived, paused, paused_by_tier, deleted;
    struct instant archived_at, paused_at; /* when so */
    struct instant created_at;
    struct schedule *schedules;
    size_t schedules_count;
};

/* A habit to be made, or changes to one: only what `has_` says is set. Texts are checked for UTF-8, control
 * characters and length here. */
struct habit_change {
    struct uuid id; /* of the habit to change; ignored by habit_create */
    bool has_name, has_description, has_emoji, has_color, has_kind, has_target_kind, has_target_value,
        has_unit, has_frequency, has_starts_on, has_position, has_archived, has_paused;
    const char *name, *description, *emoji, *color, *unit; /* emoji NULL clears it */
    enum habit_kind kind;
    enum target_kind target_kind;
    int64_t target_value;
    int frequency_count, frequency_days; /* 0/0: due by schedules */
    struct day starts_on;
    int64_t position; /* place in the list from 0; the others move */
    bool archived, paused;
    struct schedule *schedules; /* habit_create only; ids are given here; starts_on day_none(): the habit's */
    size_t schedules_count;
};

enum archived_filter { ARCHIVED_NO, ARCHIVED_ONLY, ARCHIVED_ALL };
struct habit_query {
    enum archived_filter archived;
    int limit;      /* 1–200 */
    bool has_after; /* continue behind (after_position, after_id) */
    int64_t after_position;
    struct uuid after_id;
};
struct habit_page {
    struct habit *items;
    size_t count;
    bool more;
};
struct habit_ref {
    struct uuid id;
};

/* The actor's habits by position; deleted ones never. */
enum ecode habit_list(struct ctx *ctx, const struct habit_query *in, struct habit_page *out);
/* E_NOT_FOUND for a missing, deleted or foreign habit. */
enum ecode habit_get(struct ctx *ctx, const struct habit_ref *in, struct habit *out);
/*
 * Name is required. Defaults: yes_no, at_least, "#4c8bf5", starts today, at the end of the list; frequency
 * 1/1 unless schedules were given or frequency was set to null. E_LIMIT reason "habit_limit_reached" when the
 * tier allows no more active habits; measurable needs a target_value.
 */
enum ecode habit_create(struct ctx *ctx, const struct habit_change *in, struct habit *out);
/*
 * kind cannot change once logs exist. Unarchiving and unpausing count against the tier's limit. A change of
 * frequency or target makes the checkpoint anew.
 */
enum ecode habit_update(struct ctx *ctx, const struct habit_change *in, struct habit *out);
/* Deleted at once for the person, for 30 days restorable, then purged. */
enum ecode habit_delete(struct ctx *ctx, const struct habit_ref *in, void *none);
/* A deleted one that can be restored: its id, emoji and name. E_NOT_FOUND. */
enum ecode habit_deleted(struct ctx *ctx, const struct habit_ref *in, struct habit *out);
enum ecode habit_restore(struct ctx *ctx, const struct habit_ref *in, struct habit *out);

/* How many habits count against the limit (not archived, paused or deleted). */
enum ecode habit_count_active(struct ctx *ctx, int *out);

/*
 * Follows the actor's tier, which has changed: of the habits that count against its limit those created first
 * are active, the others paused by the tier. Habits that the person paused stay so.
 */
enum ecode habit_follow_limit(struct ctx *ctx);

/* --- schedules
 * ------------------------------------------------------------------------------------------------- */

struct schedule_change {
    struct uuid habit_id, id;
    bool has_type, has_reminder, has_weekdays, has_rrule, has_starts_on, has_enabled;
    struct schedule value;
};
/* Schedules of the actor's habit; next_due_at is kept by every change. E_LIMIT above
 * SCHEDULES_PER_HABIT_MAX and SCHEDULES_PER_USER_MAX.
 */
enum ecode schedule_create(struct ctx *ctx, const struct schedule_change *in, struct schedule *out);
enum ecode schedule_update(struct ctx *ctx, const struct schedule_change *in, struct schedule *out);
enum ecode schedule_delete(struct ctx *ctx, const struct schedule_change *in, void *none);
/* The days that a schedule would name, from the local today on, and when it would remind. */
#define PREVIEW_DAYS 5
struct schedule_preview {
    struct day days[PREVIEW_DAYS];
    size_t count;
    bool has_reminder;
    struct instant reminder_at;
};
/* Checks a schedule as schedule_create does, stores nothing. */
enum ecode schedule_preview(struct ctx *ctx, const struct schedule_change *in, struct schedule_preview *out);
/* Recomputes next_due_at of all of the actor's schedules (zone or boundary changed). */
enum ecode schedule_refresh_due(struct ctx *ctx);

#endif
