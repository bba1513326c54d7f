#ifndef HABITD_DOMAIN_TRANSFER_READ_H
#define HABITD_DOMAIN_TRANSFER_READ_H

#include "domain/transfer/set.h"
#include "store/foreign.h"

/*
 * The parse stage: bytes of somebody's file to a transfer_set. Pure: no database of ours, no clock. Errors
 * are E_MALFORMED with what is wrong and where, or E_TOO_LARGE. What docs/formats.md says of each format is
 * done here.
 */

/* By content: SQLite tables, zip, JSON, the first line of text. FORMAT_UNKNOWN when nothing fits. */
enum transfer_format transfer_recognise(const void *data, size_t len);

/*
 * Reads a file of that format. The set is finished (sorted, one mark a day); it lives in the arena, which
 * should allow IMPORT_ARENA_BYTES.
 */
enum ecode transfer_read(struct arena *a, const void *data, size_t len, enum transfer_format format,
                         struct day today, struct transfer_set **out, struct err *err);

/* One reader per format; each fills an empty set. */
enum ecode read_loop(struct transfer_set *s, struct foreign *f);
enum ecode read_tickmate(struct transfer_set *s, struct foreign *f);
enum ecode read_rewire(struct transfer_set *s, struct foreign *f);
enum ecode read_loop_csv(struct transfer_set *s, const void *data, size_t len);
enum ecode read_habitbull(struct transfer_set *s, const char *data, size_t len);
enum ecode read_csv(struct transfer_set *s, const char *data, size_t len);
enum ecode read_json(struct transfer_set *s, const char *data, size_t len);

/* The header line of HabitBull's and of our own CSV. */
bool habitbull_recognise(const char *data, size_t len);
bool csv_recognise(const char *data, size_t len);

/* --- values of an SQLite file: the type is what the row happens to hold
 * ------------------------------------------------ */

/* Where a value stands, for errors. */
struct cell {
    struct transfer_set *set;
    const char *table;
    int64_t row; /* the row's id there */
};
/* NULL reads as `absent`. E_MALFORMED for another type. Whole REAL numbers are accepted as integers. */
enum ecode cell_i64(const struct cell *c, const char *column, const struct foreign_value *v, int64_t absent,
                    int64_t *out);
/* NULL reads as "". E_MALFORMED for another type or bad UTF-8. Not copied. */
enum ecode cell_text(const struct cell *c, const char *column, const struct foreign_value *v,
                     const char **text, size_t *len);
/* A number of the unit in thousandths; NULL reads as 0. E_MALFORMED when negative, not a number or above
 * LOG_VALUE_MAX. */
enum ecode cell_milli(const struct cell *c, const char *column, const struct foreign_value *v, int64_t *out);

/* Habits of a file that numbers them. */
struct id_map {
    int64_t ids[HABITS_PER_USER_MAX];
    size_t count;
    size_t last; /* where the last look-up ended: marks mostly come habit by habit */
};
void id_map_add(struct id_map *m, int64_t id);
/* The index of the habit with that id, -1 for none. */
int id_map_find(struct id_map *m, int64_t id);

#endif
