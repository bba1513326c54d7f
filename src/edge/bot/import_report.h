#ifndef HABITD_EDGE_BOT_IMPORT_REPORT_H
#define HABITD_EDGE_BOT_IMPORT_REPORT_H

#include "domain/transfer/transfer.h"

/*
 * What an import of a file from the chat is about, kept as JSON with the rows of the outbox that carry it:
 * the errand of the fetcher (channel "files", method getFile), and what it found, for the view that tells it.
 */
#define IMPORT_CHANNEL "files"
#define IMPORT_FILE_BYTES_MAX (20 * 1024 * 1024) /* what Telegram lets a bot download */
#define IMPORT_NAME_UNITS 60

struct import_errand {
    const char *file_id, *name; /* name "" when the person's program told none */
    bool real;                  /* not only looks what would come */
    bool restore;               /* brings back habits that were deleted here */
    int64_t message_id;         /* of the message that is edited with the result; 0: a new one */
};

struct import_report {
    const char *name;
    enum transfer_format format;
    int64_t habits_new, habits_known, habits_skipped, habits_archived, logs_new, logs_existing;
    struct day first, last; /* day_none(): the file has no days */
    int64_t losses[LOSSES];
    const char *detail; /* what is wrong with the file; "" when nothing is */
};

/* As JSON in the arena. */
const char *import_errand_write(struct arena *a, const struct import_errand *e);
const char *import_report_write(struct arena *a, const struct import_report *r);
/* false: it is none. Texts live in the arena. */
bool import_errand_read(struct arena *a, const char *json, struct import_errand *out);
bool import_report_read(struct arena *a, const char *json, struct import_report *out);
/* What an import came to. */
void import_report_fill(const struct import_result *from, const char *name, struct import_report *out);

#endif
