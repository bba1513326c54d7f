#ifndef HABITD_DOMAIN_CHECKIN_MARK_H
#define HABITD_DOMAIN_CHECKIN_MARK_H

#include "domain/checkin/checkin.h"

/* A day that is asked about, day_none(): the local today. E_INVALID naming the field: too old, or not yet. */
enum ecode checkin_day(struct ctx *ctx, struct day asked, const char *field, struct day *out);

/* One mark on its way into the table; shared by log_put, log_put_many and log_batch. */

/* A day's row as it stands. */
struct stored_mark {
    bool exists;
    struct log_entry entry;
    struct uuid decline_note_id; /* zero: none */
};

struct pending_mark {
    const struct log_mark *mark;
    struct instant marked_at;
    enum source source;
    struct stored_mark old;
};

/*
 * Checks everything about a mark that needs no stored row but the habit's kind: E_INVALID naming the field.
 * *marked_at is the moment that counts.
 */
enum ecode mark_check(struct ctx *ctx, const struct log_mark *m, enum habit_kind kind,
                      struct instant *marked_at);
/* The stored mark from columns first … first + 8: log_date (NULL: none), status, value, note, source,
 * marked_at, decline_note_id, preset, decline note. Texts go to `a`. */
void mark_from_row(struct stmt *q, int first, const struct uuid *habit_id, struct arena *a,
                   struct stored_mark *out);
/* The older of two loses: true when the stored mark was made later. */
bool mark_is_outdated(const struct pending_mark *p);
/* Writes through decline notes and the row, and says what came of it. E_RETRY when another writer was in
 * between. */
enum ecode mark_write(struct ctx *ctx, const struct pending_mark *p, struct log_result *out);
/* No decline note comes or goes: the mark may be written by an array statement. */
bool mark_is_plain(const struct pending_mark *p);
/* What a plain mark that was written, or one that is outdated, is answered with. */
void mark_result(const struct pending_mark *p, struct log_result *out);
/*
 * Writes n plain marks of the given owners, no key twice, in the order of the primary key for speed: one
 * array statement on PostgreSQL, one statement each on SQLite. E_RETRY when another writer was in between.
 */
enum ecode mark_write_many(struct ctx *ctx, const struct uuid *owners, struct pending_mark *const *p,
                           size_t n);

#endif
