#ifndef HABITD_DOMAIN_STORED_H
#define HABITD_DOMAIN_STORED_H

#include "domain/report/report.h"

/*
 * Reports for whoever must not wait: with a million people, counting who was active takes seconds. Those of
 * the 30 days that end at the newest log are counted by upkeep and kept; they say when (counted_at). A
 * report that is counted within STORED_SLOW_MS is not kept: it is counted when it is asked for, like those
 * of any other days.
 */
#define STORED_SLOW_MS 50

struct report_answer { /* JSON, in the arena */
    const char *json;
    size_t len;
};
/* Each the kept one, or else counted now. In a snapshot. */
enum ecode report_answer_overview(struct ctx *ctx, const struct report_span *span, struct report_answer *out);
enum ecode report_answer_cohorts(struct ctx *ctx, const struct report_span *span, struct report_answer *out);
enum ecode report_answer_retention(struct ctx *ctx, const struct report_span *span,
                                   struct report_answer *out);
enum ecode report_answer_habits(struct ctx *ctx, const struct report_span *span, struct report_answer *out);
enum ecode report_answer_revenue(struct ctx *ctx, const struct report_span *span, struct report_answer *out);
enum ecode report_answer_business(struct ctx *ctx, const struct report_span *span, struct report_answer *out);

/* One that upkeep counts. */
struct stored_report {
    enum report_kind kind;
    bool changes; /* false: nothing is to be kept or forgotten */
    bool slow;    /* it is to be kept */
    struct report_answer answer;
    int64_t took_ms;
    struct instant counted_at;
};
/*
 * Counts it when it is due: what is kept is older than a minute, and than twenty times what counting it would
 * take if all of them took as long, so that together they never take more than a twentieth of an instance's
 * time. In a snapshot, so that nobody waits for it.
 */
enum ecode stored_report_count(struct ctx *ctx, enum report_kind kind, struct stored_report *out);
/* Keeps it when it is slow, else forgets the kept one. In a write transaction after it, if it changes. */
enum ecode stored_report_keep(struct ctx *ctx, const struct stored_report *r);

#endif
