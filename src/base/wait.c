#include "base/wait.h"

#include <errno.h>
#include <time.h>
#include "base/check.h"

#define NS_PER_MS 1000000
#define NS_PER_S 1000000000

void cond_init_monotonic(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    CHECK(pthread_condattr_init(&attr) == 0 && pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(cond, &attr) == 0);
    pthread_condattr_destroy(&attr);
}

void cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, struct monotime at)
{
    struct timespec t = {.tv_sec = (time_t)(at.ns / NS_PER_S), .tv_nsec = (long)(at.ns % NS_PER_S)};
    int rc = pthread_cond_timedwait(cond, lock, &t);
    CHECK(rc == 0 || rc == ETIMEDOUT);
}

void pause_init(struct pause *p)
{
    *p = (struct pause){.stopping = false};
    CHECK(pthread_mutex_init(&p->lock, NULL) == 0);
    cond_init_monotonic(&p->wake);
}

void pause_release(struct pause *p)
{
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
}

bool pause_for(struct pause *p, int64_t ms)
{
    struct monotime at = {monotime_now().ns + ms * NS_PER_MS};
    pthread_mutex_lock(&p->lock);
    while (!p->stopping && monotime_now().ns < at.ns)
        cond_wait_until(&p->wake, &p->lock, at);
    bool going = !p->stopping;
    pthread_mutex_unlock(&p->lock);
    return going;
}

bool pause_is_over(struct pause *p)
{
    pthread_mutex_lock(&p->lock);
    bool over = p->stopping;
    pthread_mutex_unlock(&p->lock);
    return over;
}

void pause_stop(struct pause *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}
