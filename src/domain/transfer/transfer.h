#ifndef HABITD_DOMAIN_TRANSFER_H
#define HABITD_DOMAIN_TRANSFER_H

#include "domain/ctx.h"

/* Import and export of a person's habits. Everything is all or nothing: a hostile file leaves the database as
 * it was. */

#define IMPORT_BYTES_MAX (32u * 1024 * 1024)

enum transfer_format {
    FORMAT_UNKNOWN,
    FORMAT_LOOP,     /* Loop's SQLite backup, old and new versions */
    FORMAT_LOOP_CSV, /* Loop's zip of CSV files */
    FORMAT_HABITBULL,
    FORMAT_TICKMATE,
    FORMAT_REWIRE,
    FORMAT_CSV,  /* our own */
    FORMAT_JSON, /* our own; exports import back to identical rows */
    FORMAT_ICS,  /* export only */
    FORMATS
};
/* "loop", "loop-csv", … from FORMAT_LOOP = 1 on: [0] is "", and NULL ends it. */
extern const char *const format_names[];

/* What could not be carried over, counted; by kind. */
enum transfer_loss {
    LOSS_DAY_RANGE, /* days before 2000 or after today */
    LOSS_DAY_TWICE, /* several marks for one day */
    LOSS_ORPHAN,    /* marks of a habit that is not in the file */
    LOSS_EMPTY_ROW, /* rows without a habit or a day */
    LOSS_NAME_CUT,
    LOSS_NOTE_CUT,
    LOSS_TEXT_CLEANED,
    LOSS_VALUE,     /* amounts that make no sense */
    LOSS_FREQUENCY, /* frequencies that had to be changed */
    LOSS_REMINDER,  /* reminders that make no sense */
    LOSS_KIND,      /* marks fitted to a habit that is of another kind here */
    LOSS_NEWER,     /* the file is of a newer version */
    LOSSES
};
/* "day_range", "day_twice", …: part of the outer contract. */
extern const char *const transfer_loss_names[LOSSES];

struct import_request {
    const void *data;
    size_t len;
    enum transfer_format format;                            /* FORMAT_UNKNOWN: recognised by content */
    bool dry_run;                                           /* says what would come and writes nothing */
    bool restore;                                           /* brings deleted habits back */
    void (*progress)(void *arg, size_t done, size_t total); /* rows; may be NULL */
    void *progress_arg;
};
struct import_result {
    enum transfer_format format;
    bool dry_run;
    int habits_new, habits_known, habits_skipped; /* skipped: deleted here, and no restore asked */
    int habits_archived;                          /* came in archived because of the tier's limit */
    int64_t logs_new, logs_existing;              /* days written; days that had a row already and kept it */
    int64_t notes_new;                            /* of the new ones those with a note */
    struct day first, last;                       /* of the file's days; day_none() when it has none */
    int64_t losses[LOSSES];
    const char **warnings; /* the losses as English sentences, one each */
    size_t warnings_count;
};
/* E_MALFORMED with what is wrong and where (line, row, table); E_TOO_LARGE; E_INVALID field "format" when not
 * recognised. */
enum ecode import_run(struct ctx *ctx, const struct import_request *in, struct import_result *out);

struct export_request {
    enum transfer_format format; /* JSON, CSV, LOOP_CSV, ICS */
};
struct export_result {
    const void *data; /* arena */
    size_t len;
    const char *content_type, *file_name;
};
/* E_INVALID field "format" for one that cannot be exported. */
enum ecode export_run(struct ctx *ctx, const struct export_request *in, struct export_result *out);

#endif
