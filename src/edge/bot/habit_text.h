#ifndef HABITD_EDGE_BOT_HABIT_TEXT_H
#define HABITD_EDGE_BOT_HABIT_TEXT_H

#include "domain/habit/habit.h"
#include "edge/bot/view.h"

/* How a habit reads. */

/* "💧 Water" whole and bold, with a line break. */
void habit_put_title(struct view *v, const struct habit *h);
/* What is asked of the person: how often, the target, the reminders; a line each. */
void habit_put_rule(struct view *v, const struct habit *h);
/* "2.5 km": Telegram HTML, arena. */
const char *habit_amount(struct view *v, int64_t thousandths, const char *unit);
/* The habit's schedules by the time of day, those without one first; arena. */
const struct schedule **habit_schedules(struct view *v, const struct habit *h);
/* "09:00 · Mon, Wed": one reminder; plain text, arena. The days only when they are not every day. */
const char *habit_reminder(struct view *v, const struct schedule *s);

#endif
