#ifndef HABITD_DOMAIN_TASK_H
#define HABITD_DOMAIN_TASK_H

#include <pthread.h>
#include "domain/service.h"

/*
 * A job that a thread of an edge waits for. Its kind's done is task_done; its run finds `in` as j->owner:
 *
 *     static const struct job_kind kind = {"lease", JOB_WRITE, keep, NULL, task_done};
 *     rc = task_run(service, &kind, arena, &in, &err);
 *
 * Several may be under way at once: task_start each, then task_wait each.
 */
struct task {
    struct job job; /* first: task_done knows */
    pthread_mutex_t lock;
    pthread_cond_t over;
    bool done, refused;
};

/* The arena is the job's until task_wait. A queue that is full is asked again for a second. */
void task_start(struct task *t, struct service *s, const struct job_kind *kind, struct arena *arena,
                void *in);
/* The job's answer; E_BUSY also when the queue did not take it. */
enum ecode task_wait(struct task *t, struct err *err);
enum ecode task_run(struct service *s, const struct job_kind *kind, struct arena *arena, void *in,
                    struct err *err);
void task_done(struct job *j);

#endif
