#ifndef HABITD_DOMAIN_CHECKIN_H
#define HABITD_DOMAIN_CHECKIN_H

#include "domain/ctx.h"
#include "domain/habit/habit.h"

/* Marks: one row for a habit and a local day; idempotent, the latest marked_at wins. */

enum log_status { LOG_NONE, LOG_DONE, LOG_DECLINED, LOG_SKIPPED, LOG_STATUSES }; /* LOG_NONE: a note alone */
enum decline_preset { PRESET_NONE, PRESET_TIRED, PRESET_SICK, PRESET_BUSY, PRESET_OTHER, PRESETS };
/* The words of the database and the API, from LOG_DONE = 1 and PRESET_TIRED = 1 on: [0] is ""; NULL-ended. */
extern const char *const log_status_names[];
extern const char *const decline_preset_names[];

#define LOG_NOTE_VISIBLE_MAX 4096
#define LOG_NOTE_BYTES_MAX 16384
#define DECLINE_NOTE_VISIBLE_MAX 300 /* what people type; imports keep notes up to LOG_NOTE_VISIBLE_MAX */
#define LOG_VALUE_MAX 1000000000000  /* thousandths */
#define LOG_BATCH_MAX 1000

struct log_mark {
    struct uuid habit_id;
    struct day day;
    enum log_status status; /* not LOG_NONE */
    bool has_value;
    int64_t value;    /* thousandths; required for done on a measurable habit, refused on a yes_no one */
    const char *note; /* NULL: none; the decline's note when declined */
    enum decline_preset preset; /* declined only */
    bool has_marked_at;
    struct instant marked_at; /* default now; up to 5 min in the future is taken as now, later is refused */
};

struct log_entry {
    struct uuid habit_id;
    struct day day;
    enum log_status status;
    bool has_value;
    int64_t value;
    const char *note;
    enum decline_preset preset;
    enum source source;
    struct instant marked_at;
};

enum mark_outcome {
    MARK_NEW,     /* 201 */
    MARK_CHANGED, /* 200 */
    MARK_SAME,    /* 200: the same mark again, or an older one than what is stored */
};
struct log_result {
    enum mark_outcome outcome;
    struct log_entry entry; /* as it stands now */
};

/* E_NOT_FOUND habit; E_INVALID field "day" for days after the actor's local today or before 2000, "value",
 * "preset", "note", "marked_at". */
enum ecode log_put(struct ctx *ctx, const struct log_mark *in, struct log_result *out);

struct log_ref {
    struct uuid habit_id;
    struct day day;
};
/* Removes the mark and its decline note. E_NOT_FOUND habit; a day without a mark is fine. */
enum ecode log_delete(struct ctx *ctx, const struct log_ref *in, void *none);

struct log_range {
    struct uuid habit_id;
    struct day from, to; /* inclusive; to − from ≤ 36,600 days */
    int limit;           /* 1–1000 */
    struct day after;    /* cursor: continue behind that day; day_none() from the start */
};
struct log_page {
    struct log_entry *items;
    size_t count;
    bool more;
};
enum ecode log_list(struct ctx *ctx, const struct log_range *in, struct log_page *out);

/*
 * Up to LOG_BATCH_MAX marks, a result for each: a refused one does not stop the others. Several marks of one
 * habit and day are folded, the latest marked_at (of equals the last) wins and all are answered with it.
 */
struct log_batch {
    const struct log_mark *items;
    size_t count;
};
struct log_batch_item {
    enum ecode code;
    struct err err;
    struct log_result result; /* when code is E_OK */
};
struct log_batch_result {
    struct log_batch_item *items; /* as many as marks, in their order */
    size_t count;
};
enum ecode log_batch(struct ctx *ctx, const struct log_batch *in, struct log_batch_result *out);

/*
 * The lane's batch: log_put of many people in one go, on PostgreSQL by array statements: authenticates,
 * checks, writes and answers each. All of a batch have tokens, or none; tokens are for PostgreSQL only.
 * Returns E_OK or the error after which the batch is rolled back.
 */
struct log_put_call {
    struct arena *arena; /* what *out points to goes here */
    const char *token;   /* authenticates the person; NULL: `actor` is known */
    size_t token_len;
    const struct actor *actor; /* of a caller that knows the person otherwise and has locked them */
    enum source source;
    const struct log_mark *mark;
    struct log_result *out;
    enum ecode code; /* the answer */
    struct err *err;
    struct uuid user_id; /* whose it was, once authenticated */
};
enum ecode log_put_many(struct ctx *ctx, struct log_put_call **calls, size_t n);

/* --- reading
 * ----------------------------------------------------------------------------------------------------- */

struct today_query {
    struct day day; /* day_none(): the local today */
};
struct today_item {
    struct habit habit;
    enum log_status status;
    bool has_value;
    int64_t value;
    const char *note;
    double score;
    int current_streak;
};
struct today {
    struct day day;
    struct today_item *items;
    size_t count;
};
/* Due habits of that local day, and those already marked on it; by position. E_INVALID field "day" after
 * today or before 2000. */
enum ecode today_get(struct ctx *ctx, const struct today_query *in, struct today *out);

struct stats_query {
    struct uuid habit_id;
    struct day on; /* day_none(): the local today */
};
struct stats_streak {
    struct day from, to;
    int length;
};
struct stats {
    struct day on;
    double score;
    int current_streak, best_streak;
    struct stats_streak *streaks; /* newest first */
    size_t streaks_count;
    int64_t total_done;
    bool has_completion;
    double completion_30d;
};
enum ecode stats_get(struct ctx *ctx, const struct stats_query *in, struct stats *out);

#define YEAR_DAYS_MAX 371
struct year_query {
    struct uuid habit_id;
    struct day from, to; /* at most YEAR_DAYS_MAX days; to: day_none() or after today is the local today */
};
struct year_day {
    bool began;             /* the habit had begun by then */
    bool due;               /* the day was one to answer */
    enum log_status status; /* LOG_NONE also for a value or a note alone */
    bool done;              /* measurable: by its value against the target */
    double share;           /* measurable: of the target, 0–1 */
    double score;           /* 0–1; NAN before the first mark and after the habit was paused */
};
struct year {
    struct habit habit;
    struct stats stats; /* as of today */
    struct day first;
    struct year_day *days; /* from `first` to the last asked for */
    size_t count;
};
/* A habit day by day, for its picture. E_NOT_FOUND habit; E_INVALID field "from". */
enum ecode year_get(struct ctx *ctx, const struct year_query *in, struct year *out);

/* How a day of a year is shown. */
enum day_level { DAY_BEFORE, DAY_NOT_DUE, DAY_OPEN, DAY_DONE, DAY_PARTLY, DAY_SKIPPED, DAY_DECLINED };
enum day_level year_day_level(const struct year *y, const struct year_day *d);

struct overall_query {
    struct day from, to; /* at most YEAR_DAYS_MAX days; day_none(): the thirty up to the local today */
};
struct overall_counts {
    int64_t done, declined, skipped;
};
struct overall {
    struct day from, to;
    struct overall_counts *days; /* one for each day */
    size_t days_count;
    struct overall_habit {
        struct uuid habit_id;
        struct overall_counts counts;
    } * habits; /* with a mark in those days, deleted ones left out */
    size_t habits_count;
};
/* Marks of all habits together. E_INVALID field "from". */
enum ecode overall_get(struct ctx *ctx, const struct overall_query *in, struct overall *out);

/* Makes the habit's checkpoint anew from all its logs: after imports and rule changes. In a write
 * transaction. */
enum ecode checkin_rebuild(struct ctx *ctx, const struct uuid *habit_id);
/* The same for all of the actor's habits: after a change of what every history is read with, the zone. */
enum ecode checkin_rebuild_all(struct ctx *ctx);

#endif
