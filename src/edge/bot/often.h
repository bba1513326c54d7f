#ifndef HABITD_EDGE_BOT_OFTEN_H
#define HABITD_EDGE_BOT_OFTEN_H

#include "domain/habit/habit.h"
#include "edge/bot/view.h"

/* How often a habit is meant to be done, as the bot asks it: the same buttons for a new habit and for one
 * that there is. */

enum often_kind {
    OFTEN_DAILY,
    OFTEN_DAYS, /* on days of the week: due on them alone */
    OFTEN_WEEK, /* so many times a week, on any day */
    OFTEN_KINDS
};
#define OFTEN_WEEK_MAX 6
#define OFTEN_ALL_DAYS 0x7fu
#define OFTEN_WORKING_DAYS 0x1fu

struct often {
    enum often_kind kind;
    unsigned days; /* OFTEN_DAYS: bit 0 = Monday, not 0 and not all */
    int count;     /* OFTEN_WEEK: 1–OFTEN_WEEK_MAX */
};

/* What a button of these says. */
enum often_answer {
    OFTEN_BAD,
    OFTEN_CHOSEN,    /* that is it */
    OFTEN_ASK_DAYS,  /* ask for the days; `days` are those that are ticked */
    OFTEN_ASK_COUNT, /* ask how many times */
    OFTEN_NO_DAYS    /* no day was ticked */
};
/* From word i on. */
enum often_answer often_read(const struct args *a, size_t i, struct often *out);

/* Buttons; their data is "<prefix>:…", which often_read reads behind the prefix. */
void often_put_choices(struct view *v, const char *prefix);
void often_put_days(struct view *v, const char *prefix, unsigned ticked, enum text_id save);
void often_put_counts(struct view *v, const char *prefix);

/* A new habit's frequency and schedules (arena), one for each reminder; minutes of the day. */
void often_apply(struct arena *a, const struct often *o, const int *times, size_t n_times, struct habit *h);
/* The days that a habit's enabled weekly schedules name together. */
unsigned often_days(const struct habit *h);
/* A change that makes the same habit once more; its texts and schedules are borrowed. */
void often_copy(const struct habit *h, struct habit_change *out);

#endif
