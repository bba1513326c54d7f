#ifndef HABITD_FUZZ_IMPORT_FUZZ_H
#define HABITD_FUZZ_IMPORT_FUZZ_H

#include <string.h>
#include "base/check.h"
#include "base/instant.h"
#include "domain/transfer/read.h"
#include "domain/transfer/write.h"

/*
 * What every import format promises of any bytes: an answer in time, with words when it is a refusal, and
 * otherwise a set that keeps its own rules.
 */
#define FUZZ_TODAY 20782 /* 2026-11-25 */
#define TIME_LIMIT_MS 5000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_check_set(const struct transfer_set *s)
{
    CHECK(s->habits_count <= HABITS_PER_USER_MAX && s->entries_count <= IMPORT_ROWS_MAX);
    for (size_t i = 0; i < s->habits_count; i++) {
        const struct transfer_habit *h = &s->habits[i];
        CHECK(h->name[0] != '\0' && h->ref && h->description && h->unit && strlen(h->color) == 7);
        CHECK(h->frequency_count <= h->frequency_days && h->frequency_days <= 366);
        CHECK(h->schedules_count <= SCHEDULES_PER_HABIT_MAX);
    }
    for (size_t i = 0; i < s->entries_count; i++) {
        const struct transfer_entry *e = &s->entries[i];
        CHECK(e->habit < s->habits_count && e->day.n >= DAY_FIRST_LOG && e->day.n <= FUZZ_TODAY);
        CHECK(e->status != LOG_NONE || e->note);
        CHECK(e->value >= 0 && e->value <= LOG_VALUE_MAX);
        CHECK(i == 0 || e[-1].habit < e->habit || (e[-1].habit == e->habit && e[-1].day.n < e->day.n));
    }
}

/* Reads the bytes as that format; the set when they are one, in the arena. */
static inline struct transfer_set *fuzz_import(struct arena *a, const uint8_t *data, size_t size,
                                               enum transfer_format format)
{
    struct monotime begin = monotime_now();
    struct transfer_set *s = NULL;
    struct err err;
    err_clear(&err);
    transfer_recognise(data, size);
    enum ecode code = transfer_read(a, data, size, format, day_of(FUZZ_TODAY), &s, &err);
    if (code == E_OK)
        fuzz_check_set(s);
    else
        CHECK((code == E_MALFORMED || code == E_TOO_LARGE) && err.text[0] != '\0');
    CHECK(monotime_diff(monotime_now(), begin).ms < TIME_LIMIT_MS);
    return s;
}

#endif
