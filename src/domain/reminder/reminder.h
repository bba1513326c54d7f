#ifndef HABITD_DOMAIN_REMINDER_H
#define HABITD_DOMAIN_REMINDER_H

#include "domain/checkin/checkin.h"
#include "domain/ctx.h"
#include "domain/habit/habit.h"
#include "domain/message/delivery.h"
#include "domain/reminder/reminder_moment.h"

/*
 * What people are told without having asked at that moment: reminders, snoozes, milestones, weekly summaries,
 * nudges. Each occasion is a delivery, whose key makes it happen once, and a row of the outbox with the view
 * of the same name:
 *
 *   view       ref_id    ref_date              ref_number
 *   reminder   schedule  local day             minute of the day
 *   snooze     habit     local day             minutes after that day's 00:00, as the wall shows them
 *   milestone  habit     first day of the run  its length
 *   summary    person    first day of the week 0
 *   nudge      person    local day             0
 *
 * The view is drawn when its turn to be sent has come, which can be much later: reminder_check says whether
 * it is still wanted.
 */

#define REMINDER_LATE_MS (2 * 3600 * 1000) /* what is older when its turn comes is missed, not sent */

/* --- the clock: in the transaction of a job, nobody's rows -------------------------------------------- */

struct reminder_claim {
    int64_t fence; /* of LEASE_BOT */
    struct duration lease_ttl;
    int max; /* people and schedules at most, ≥ 1 */
};
struct reminder_tick {
    int claimed; /* queued in the outbox */
    int missed;  /* older than two hours */
    int quiet;   /* their day is over when the quiet hours end */
    int skipped; /* the person is not told anything: no Telegram, unreachable, blocked, not wanted */
    bool more;   /* more is due: call again */
    bool has_next;
    struct instant next; /* when the next one is due, unless `more` */
};
/*
 * Claims what is due: the first schedules, then weekly summaries, then looks for silence, and works out when
 * each is due next. Nothing due: one statement that reads three indexes, the lease is not touched. E_CONFLICT
 * reason "lease_lost": another instance took over, nothing was claimed. Two at once, or one again after a
 * crash, claim nothing twice: keys of deliveries are unique.
 */
enum ecode reminder_tick(struct ctx *ctx, const struct reminder_claim *in, struct reminder_tick *out);
/* When the first of them is due: in the past, ticks are late. E_NOT_FOUND: none waits. Reads only, by index.
 */
enum ecode reminder_first_due(struct ctx *ctx, struct instant *at);

/* --- at the moment of sending ------------------------------------------------------------------------- */

enum reminder_verdict {
    REMINDER_SEND,
    REMINDER_LATER,    /* the person is further west by now, or has quiet hours: not before `later` */
    REMINDER_ANSWERED, /* the day is marked, or the habit done as often as wanted; a nudge: they were there */
    REMINDER_QUIET,    /* the day is over when the quiet hours end */
    REMINDER_CANCELED  /* not wanted any more: schedule moved or off, habit not active, person not to be
                          reached */
};
struct reminder_now {
    enum reminder_verdict verdict;
    struct instant later;
    struct habit habit; /* REMINDER_SEND of a reminder, a snooze or a milestone */
};
/* Whether an occasion of the actor is still wanted now. Every kind but "notice". */
enum ecode reminder_check(struct ctx *ctx, const struct delivery_key *key, struct reminder_now *out);
/*
 * After the actor's zone, day boundary or quiet hours changed: reminders that wait for an end of quiet hours
 * are due at once, and reminder_check says when they are by the new clock.
 */
enum ecode reminder_look_again(struct ctx *ctx);

/* --- what people cause -------------------------------------------------------------------------------- */

#define SNOOZES_PENDING_MAX 4 /* of one habit and day */
struct snooze_request {
    struct uuid habit_id;
    struct day day; /* that the reminder was for: the local today or yesterday */
    enum snooze_choice choice;
};
struct snooze {
    struct instant at; /* when it rings */
};
/*
 * Reminds again later, unless the day is answered by then. Pressing twice within a minute is once.
 * E_NOT_FOUND habit; E_CONFLICT reasons "habit_not_active", "already_answered", "day_is_over" (too old a
 * day), "quiet_hours" (the day is over when they end), "not_reachable"; E_LIMIT "snooze_limit_reached".
 */
enum ecode reminder_snooze(struct ctx *ctx, const struct snooze_request *in, struct snooze *out);

/*
 * After the actor's habit was marked done on `day`: when that brought the current streak to a milestone, and
 * this run of it was not told so before, a message says so. *length: the milestone, 0: none. Days before
 * yesterday bring none.
 */
enum ecode reminder_milestone(struct ctx *ctx, const struct uuid *habit_id, struct day day, int *length);
/* log_put and log_batch, and the milestones that they bring; a batch, which can be a history, today's only.
 */
enum ecode log_put_and_tell(struct ctx *ctx, const struct log_mark *in, struct log_result *out);
enum ecode log_batch_and_tell(struct ctx *ctx, const struct log_batch *in, struct log_batch_result *out);
/* log_put_many, and the milestones: PostgreSQL only. */
enum ecode log_put_many_and_tell(struct ctx *ctx, struct log_put_call **calls, size_t n);

/* --- what a weekly summary shows ---------------------------------------------------------------------- */

struct summary_item {
    struct habit habit;
    int done, due; /* days of the week; n < m: due is what n per m comes to in seven days */
    int current_streak, best_streak;
};
struct summary {
    struct day first, last;     /* last: not after today */
    struct summary_item *items; /* by position; habits that had nothing to do are left out */
    size_t count;
};
struct summary_query {
    struct day first; /* of the week; not after today */
};
/* The actor's active habits in the week that begins on `first`. */
enum ecode summary_get(struct ctx *ctx, const struct summary_query *in, struct summary *out);

#endif
