#include "domain/task.h"

#include <stddef.h>
#include <time.h>
#include "base/check.h"

#define BUSY_TRIES 50
#define BUSY_PAUSE_NS 20000000

void task_done(struct job *j)
{
    struct task *t = (struct task *)(void *)((char *)j - offsetof(struct task, job));
    pthread_mutex_lock(&t->lock);
    t->done = true;
    pthread_cond_signal(&t->over);
    pthread_mutex_unlock(&t->lock);
}

void task_start(struct task *t, struct service *s, const struct job_kind *kind, struct arena *arena, void *in)
{
    *t = (struct task){.job = {.kind = kind, .arena = arena, .owner = in}};
    CHECK(pthread_mutex_init(&t->lock, NULL) == 0 && pthread_cond_init(&t->over, NULL) == 0);
    t->refused = true;
    for (int i = 0; i < BUSY_TRIES && t->refused; i++) {
        if (i > 0)
            nanosleep(&(struct timespec){.tv_nsec = BUSY_PAUSE_NS}, NULL);
        t->refused = service_submit_job(s, &t->job) != E_OK;
    }
}

enum ecode task_wait(struct task *t, struct err *err)
{
    pthread_mutex_lock(&t->lock);
    while (!t->done && !t->refused)
        pthread_cond_wait(&t->over, &t->lock);
    pthread_mutex_unlock(&t->lock);
    pthread_cond_destroy(&t->over);
    pthread_mutex_destroy(&t->lock);
    if (t->refused)
        return err_set(err, E_BUSY, "the queue is full");
    if (t->job.code != E_OK)
        *err = t->job.err;
    return t->job.code;
}

enum ecode task_run(struct service *s, const struct job_kind *kind, struct arena *arena, void *in,
                    struct err *err)
{
    struct task t;
    task_start(&t, s, kind, arena, in);
    return task_wait(&t, err);
}
