#ifndef HABITD_DOMAIN_SCORE_STATE_H
#define HABITD_DOMAIN_SCORE_STATE_H

#include "base/err.h"
#include "domain/score/habit_rule.h"

/*
 * Incremental evaluation: a checkpoint of score and streak after all marks up to a day, from which a reader
 * rolls forward with the marks of a short window. The results equal habit_stats() bit for bit (a randomised
 * test proves it). The fields are the columns of table streaks; a habit without marks has no row.
 *
 * For n < m the intervals of a streak are moved from the newest to the oldest, so an older one depends on all
 * newer ones, but only through one number, the shift x the newer ones push onto it. The checkpoint therefore
 * keeps its newest interval and, for every shift that can happen to it, the day its run starts.
 *
 * The checkpoint is void (start again from the whole history, score_state_init) when a mark at or before
 * last_date changes, or the rule, or for a habit due by schedules a schedule that names days up to last_date.
 */
struct score_state {
    struct day last_date;     /* all marks up to and with it are in; day_none(): none yet */
    struct day first_date;    /* the first mark; day_none(): none so far */
    double score;             /* as of last_date */
    struct day run_from;      /* daily-like: first day of the current run as of last_date; day_none(): none */
    struct day interval_from; /* n < m: the newest interval's b; day_none(): there is none */
    struct day interval_done; /* n < m: its c; daily-like: the run's newest done day, day_none(): skipped days
                                 only */
    const uint8_t *run_starts; /* n < m: for each shift 0 … M the day the interval's run starts; daily-like:
                                  the run's length; big-endian int32 each, in an arena */
    size_t run_starts_len;     /* bytes */
};

/* Marks with day > after are all there, up to the last day asked about; after = day_none(): the whole
 * history. */
struct mark_window {
    struct day after;
    const struct mark *marks;
    size_t n;
};

struct score_now {
    double score;
    int32_t current_streak;
    bool due;                /* on the day asked about; paused and archived are the caller's */
    enum mark_status status; /* that day's mark */
    bool has_value;
    int64_t value;
};

enum score_answer {
    SCORE_OK,
    SCORE_NEED_OLDER, /* *need says how far back: call again with the marks after *need */
};

/* The state before any mark. */
struct score_state score_state_init(void);

/* The `after` of the window that a read or an advance from this state needs first; nearly always it is
 * enough. */
struct day score_state_window(const struct score_state *s, const struct habit_rule *r);

/*
 * Moves the checkpoint to day `to` (≥ last_date). SCORE_NEED_OLDER: nothing was changed, load the marks after
 * *need (older than w->after) and call again; it ends, because the whole history is enough. run_starts is
 * allocated in the arena. A habit due by schedules needs due_set over [last_date, to], or from the first mark
 * on when the state is empty. Marks after `to` are ignored.
 */
enum score_answer score_state_advance(struct score_state *s, struct arena *a, const struct habit_rule *r,
                                      const struct mark_window *w, struct day to, struct day *need);

/* Score, streak and due as of day `on` ≥ last_date; the same terms. For an older day use habit_stats. */
enum score_answer score_state_read(const struct score_state *s, struct arena *a, const struct habit_rule *r,
                                   const struct mark_window *w, struct day on, struct score_now *out,
                                   struct day *need);

/*
 * A checkpoint read back from the database fits the rule: E_CORRUPT when the table's length or a day
 * contradicts it. Callers then start again from the whole history.
 */
enum ecode score_state_check(const struct score_state *s, const struct habit_rule *r, struct err *err);

#endif
