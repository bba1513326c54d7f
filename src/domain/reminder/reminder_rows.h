#ifndef HABITD_DOMAIN_REMINDER_ROWS_H
#define HABITD_DOMAIN_REMINDER_ROWS_H

#include "domain/checkin/checkpoint.h"
#include "domain/message/outbox.h"
#include "domain/reminder/reminder.h"
#include "domain/score/score.h"

/* People and occasions as rows: shared by the parts of this module. */

struct reminder_person {
    struct person_hours hours;
    int64_t telegram_id; /* 0: none */
    bool reachable;      /* has Telegram, wants messages, is not blocked and did not block the bot */
};

/*
 * From the columns telegram_id, timezone, day_starts_at, week_starts_on, quiet_from, quiet_to,
 * notifications_enabled, unreachable_at, blocked_at of a row, the first of them at `first`. In a zone that is
 * not known (any more; the doctor names them) a person is in UTC and not reachable.
 */
enum ecode reminder_person_from_row(struct ctx *ctx, struct stmt *q, int first, struct reminder_person *out);
/* The actor. */
enum ecode reminder_person_load(struct ctx *ctx, struct reminder_person *out);

#define REMINDER_SILENT_DAYS 3 /* without a mark: silent */
#define REMINDER_MARKS_DAYS 32 /* how old a day can be whose mark still tells that the person was there */

/* A habit of the actor with its history up to today, for the mathematics. */
struct reminder_history {
    struct checkpoint rule;
    struct mark_list marks;
    struct day today;
};
/* `habit_id`: E_NOT_FOUND. */
enum ecode reminder_history_load(struct ctx *ctx, const struct uuid *habit_id, struct reminder_history *out);
/* Streaks and all as of a day up to today. */
void reminder_history_stats(struct ctx *ctx, const struct reminder_history *h, struct day on,
                            struct habit_stats *out);

/* Occasions of one tick on their way into the tables. In the context's arena. */
struct reminder_batch {
    struct outbox_draft *told;
    struct delivery *silent; /* missed and quiet ones */
    size_t told_count, told_room, silent_count, silent_room;
};

/* What is said on an occasion whose moment has come. */
struct occasion {
    struct delivery_key key;
    struct day day;    /* when it is over they are not told */
    struct instant at; /* ≤ now */
    struct duration jitter;
};
/* Sends it, silences it or takes it as missed, by its age and the person's quiet hours. */
void reminder_batch_add(struct ctx *ctx, struct reminder_batch *b, const struct reminder_person *p,
                        const struct occasion *o);
/* Writes all of them and counts the new ones. */
enum ecode reminder_batch_write(struct ctx *ctx, struct reminder_batch *b, struct reminder_tick *counts);

/* The parts of a tick that are about people: at most `max` of them each, *handled counts. */
enum ecode reminder_tick_summaries(struct ctx *ctx, int max, struct reminder_batch *b,
                                   struct reminder_tick *counts, int *handled);
enum ecode reminder_tick_nudges(struct ctx *ctx, int max, struct reminder_batch *b,
                                struct reminder_tick *counts, int *handled);

/*
 * Moves rows of one table on: next_due_at, next_summary_at or next_nudge_at, unless somebody changed it
 * meanwhile.
 */
struct reminder_advance {
    struct uuid user_id, id; /* id: schedules only */
    struct instant was_due, was_updated;
    bool has_next;
    struct instant next;
};
enum ecode reminder_advance_rows(struct ctx *ctx, const struct query *one, const struct query *many,
                                 const struct reminder_advance *rows, size_t n);

#endif
