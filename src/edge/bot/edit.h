#ifndef HABITD_EDGE_BOT_EDIT_H
#define HABITD_EDGE_BOT_EDIT_H

#include "domain/habit/habit.h"
#include "edge/bot/often.h"
#include "edge/bot/turn.h"

/* Inside the editing of a habit: edit.c, edit_rule.c, edit_view.c. */

/* Colours to choose from. */
struct edit_color {
    const char *sign, *hex; /* "🔵", "#4c8bf5" */
};
#define EDIT_COLORS 8
extern const struct edit_color edit_colors[EDIT_COLORS];

/* --- edit_rule.c ---------------------------------------------------------------------------------------- */

/* How often, on the habit's rows: its reminders stay at their times and move to the new days. */
enum ecode edit_often(struct turn *t, const struct habit *h, const struct often *o);
/* One reminder more at each of these minutes, on the days of those that there are. */
enum ecode edit_add_times(struct turn *t, const struct habit *h, const int *times, size_t n);
/* A reminder less; the habit stays due on the same days. */
enum ecode edit_remove_time(struct turn *t, const struct habit *h, const struct schedule *s);
/* Changes one schedule: only what has_ says. */
enum ecode edit_schedule(struct turn *t, const struct schedule *s, struct schedule_change c);

#endif
