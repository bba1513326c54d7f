#ifndef HABITD_DOMAIN_TRANSFER_SET_H
#define HABITD_DOMAIN_TRANSFER_SET_H

#include "domain/checkin/checkin.h"
#include "domain/habit/habit.h"
#include "domain/score/habit_rule.h"
#include "domain/transfer/transfer.h"

/*
 * What every import format is read into before a database is touched: habits, their schedules and marks. Pure
 * memory, no database; one thread at a time. Outside sizes are bounded here: habits, rows and text.
 */

#define IMPORT_ROWS_MAX 1000000                 /* marks in one file */
#define IMPORT_TEXT_MAX (64u * 1024 * 1024)     /* bytes of names, notes and descriptions kept */
#define IMPORT_ARENA_BYTES (512u * 1024 * 1024) /* never reached: the limits above come first */
#define IMPORT_NOTE_CHARACTERS_MAX 4096         /* Unicode characters kept of a note or description */
#define IMPORT_REF_MAX 200  /* bytes of an id or name in the source; longer ones are hashed */
#define TRANSFER_SLOTS 2048 /* more than twice the habits */

struct transfer_schedule {
    struct uuid id; /* zero: a new one */
    enum schedule_type type;
    int reminder_minute;  /* -1: no reminder */
    uint8_t weekdays;     /* bit 0 = Monday; weekly only */
    const char *rrule;    /* custom only */
    struct day starts_on; /* day_none(): the habit's */
    bool enabled;
    bool has_times; /* the two below; otherwise now */
    struct instant created_at, updated_at;
};

struct transfer_habit {
    const char *ref;    /* the habit's id or name in the source; unique in the set */
    struct uuid id;     /* its id in habitd, own formats only; zero: unknown */
    const char *origin; /* own JSON: the format it once came from, and its ref there; NULL: none */
    const char *origin_ref;
    const char *name, *description, *emoji, *color, *unit;
    enum habit_kind kind;
    enum target_kind target_kind;
    int64_t target_value;                /* thousandths */
    int frequency_count, frequency_days; /* 0/0: due by the schedules */
    struct day starts_on;                /* day_none(): the first mark's day */
    int64_t position;
    bool archived, paused, paused_by_tier;
    bool has_times; /* the instants below are the source's; otherwise now */
    struct instant created_at, updated_at, archived_at, paused_at;
    struct transfer_schedule *schedules;
    size_t schedules_count;
    size_t first_entry, entries_count; /* into the set's entries, after transfer_set_finish */
};

/* The reason of a declined day; own JSON only. */
struct transfer_decline {
    struct uuid id;
    enum decline_preset preset;
    const char *note;
    struct instant created_at;
};

struct transfer_entry {
    uint32_t habit; /* index */
    uint32_t row;   /* order in the source: of several marks of a day the last one counts */
    struct day day;
    enum log_status status; /* LOG_NONE: only a note */
    enum source source; /* SOURCE_IMPORT, SOURCE_AUTO for a day that the source implied, or the own file's */
    bool has_value, has_marked_at;
    int32_t version; /* 1 unless the own file says otherwise */
    int64_t value;   /* thousandths */
    const char *note;
    struct instant marked_at;
    const struct transfer_decline *decline;
};

struct transfer_set {
    struct arena *arena;
    struct err *err;
    enum transfer_format format;
    struct day today;              /* later days are not taken */
    struct transfer_habit *habits; /* room for HABITS_PER_USER_MAX */
    size_t habits_count;
    uint16_t slots[TRANSFER_SLOTS]; /* refs, hashed: habit index + 1, 0 = free */
    struct transfer_entry *entries;
    size_t entries_count, entries_cap;
    size_t text_bytes;
    int64_t losses[LOSSES];
    struct day first, last; /* of the entries, after transfer_set_finish */
};

/* An empty set whose memory is the arena's; errors go to err. */
struct transfer_set *transfer_set_new(struct arena *a, enum transfer_format format, struct day today,
                                      struct err *err);

/*
 * A new habit with defaults: yes/no, daily, at the next position. The name is cleaned and cut to what habitd
 * allows; `ref`, copied, tells it from the file's others. E_MALFORMED for an empty name, E_TOO_LARGE above
 * HABITS_PER_USER_MAX. The pointer stays valid.
 */
enum ecode transfer_habit_add(struct transfer_set *s, const char *ref, size_t ref_len, const char *name,
                              size_t name_len, struct transfer_habit **out);
/* The habit of that ref, or NULL. */
struct transfer_habit *transfer_habit_find(struct transfer_set *s, const char *ref, size_t ref_len);
/* A name made unique as a ref: the second "Run" is "Run#2". In the arena. */
const char *transfer_ref_unique(struct transfer_set *s, const char *name, size_t len);
/* The weakest valid frequency that says the same: 5 in 7 stays, 9 in 7 is daily, 1 in 400 is 1 in 366. */
void transfer_habit_frequency(struct transfer_set *s, struct transfer_habit *h, int64_t count, int64_t days);
/* Appends a schedule; daily when the mask is all seven days. */
enum ecode transfer_schedule_add(struct transfer_set *s, struct transfer_habit *h, uint8_t weekdays,
                                 int reminder_minute);
/* Room for one more schedule, zeroed. E_TOO_LARGE above SCHEDULES_PER_HABIT_MAX. */
enum ecode transfer_schedule_new(struct transfer_set *s, struct transfer_habit *h,
                                 struct transfer_schedule **out);

/*
 * A mark to be filled. Days that habitd does not take (before 2000, after today) are counted and *out is
 * NULL; E_MALFORMED for a day that no calendar of people reaches (before 1970 or after 2099), E_TOO_LARGE
 * above IMPORT_ROWS_MAX.
 */
enum ecode transfer_entry_add(struct transfer_set *s, const struct transfer_habit *h, struct day day,
                              struct transfer_entry **out);

/* A note or description: valid UTF-8 (else E_MALFORMED), control characters out, cut at 4,096 characters. An
 * empty one is NULL. */
enum ecode transfer_text(struct transfer_set *s, const char *text, size_t len, const char **out);
/* A habit's description: as a text, cut to HABIT_DESCRIPTION_BYTES_MAX; "" when empty. */
enum ecode transfer_description(struct transfer_set *s, const char *text, size_t len, const char **out);
/* A short line (unit, emoji): as a name, cut to `visible` characters; "" when empty. */
enum ecode transfer_line(struct transfer_set *s, const char *text, size_t len, size_t visible,
                         const char **out);
/* "#RRGGBB" in lower case, or the default colour. */
const char *transfer_color(struct transfer_set *s, const char *text, size_t len);
/* "2.5" or "-3" in thousandths, exactly; false: not a plain decimal, more than three places, or beyond
 * LOG_VALUE_MAX. */
bool transfer_milli(const char *text, size_t len, int64_t *out);

/* Sorts entries by habit and day, keeps the last of equal days, sets each habit's range. */
void transfer_set_finish(struct transfer_set *s);
/* The habit's entries as the mathematics wants them; `out` has room for all. */
void transfer_marks(const struct transfer_set *s, const struct transfer_habit *h, struct mark *out);
/* The losses as sentences for import_result. */
void transfer_set_warnings(const struct transfer_set *s, struct arena *a, const char ***out, size_t *count);

#endif
