#ifndef HABITD_STORE_FAULT_H
#define HABITD_STORE_FAULT_H

#include <stddef.h>
#include "base/err.h"

/*
 * Faults on demand, in test builds only (meson -Dtest_build=true); a release contains none of it. A point is
 * armed with a countdown: the n-th time it is passed, by any connection of the process, it fails once, and is
 * disarmed. Besides fault_arm, the environment arms one point of a whole program: HABITD_FAULT=POINT:N:CODE,
 * CODE an error's name ("io_error") or "kill", which ends the process with SIGKILL then and there.
 */
enum fault_point {
    FAULT_STATEMENT,   /* "statement": before a statement or SQL text runs */
    FAULT_COMMIT,      /* "commit": instead of COMMIT; rolled back */
    FAULT_LOST_BEFORE, /* "lost_before_commit": PostgreSQL's connection is cut before COMMIT is sent */
    FAULT_LOST_DURING, /* "lost_during_commit": … after COMMIT is sent, without reading the answer */
    FAULT_LOST_AFTER,  /* "lost_after_commit": … after the answer came, which is forgotten */
    FAULT_POINTS
};

#ifdef HABITD_TEST_BUILD
#define FAULT_KILL E_CODES /* not an answer: the process ends with SIGKILL */
/* nth ≥ 1, 0 disarms. code may be FAULT_KILL. Any thread. */
void fault_arm(enum fault_point point, int nth, enum ecode code);
/* E_OK, or the armed code with its words in *err. */
enum ecode fault_hit(enum fault_point point, struct err *err);
/* Ends the process with SIGKILL when the environment's HABITD_FAULT_POISON stands in these bytes. */
void fault_poison(const void *bytes, size_t len);
#else
static inline enum ecode fault_hit(enum fault_point point, struct err *err)
{
    (void)point;
    (void)err;
    return E_OK;
}
static inline void fault_poison(const void *bytes, size_t len)
{
    (void)bytes;
    (void)len;
}
#endif

#endif
