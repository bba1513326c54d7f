#include "store/queue.h"

#include <signal.h>
#include <string.h>
#include "base/check.h"

void queue_init(struct queue *q, size_t max)
{
    CHECK(max > 0);
    *q = (struct queue){.max = max};
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->more, NULL);
}

void queue_release(struct queue *q)
{
    CHECK(q->waiting == 0);
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->more);
}

enum ecode queue_put(struct queue *q, struct lane_command *c)
{
    CHECK(c->kind && c->kind->run && c->kind->done);
    pthread_mutex_lock(&q->lock);
    bool full = q->stopping || q->waiting >= q->max;
    if (!full) {
        c->next = NULL;
        c->order = q->order++;
        if (q->tail)
            q->tail->next = c;
        else
            q->head = c;
        q->tail = c;
        q->waiting++;
        if (q->sleeping > 0)
            pthread_cond_signal(&q->more);
    }
    pthread_mutex_unlock(&q->lock);
    return full ? E_BUSY : E_OK;
}

size_t queue_take(struct queue *q, struct lane_command **out, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&q->lock);
    q->sleeping++;
    while (!q->head && !q->stopping)
        pthread_cond_wait(&q->more, &q->lock);
    q->sleeping--;
    while (q->head && n < max) {
        out[n++] = q->head;
        q->head = q->head->next;
    }
    if (!q->head)
        q->tail = NULL;
    q->waiting -= n;
    pthread_mutex_unlock(&q->lock);
    return n;
}

void queue_stop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    pthread_cond_broadcast(&q->more);
    pthread_mutex_unlock(&q->lock);
}

size_t queue_waiting(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t n = q->waiting;
    pthread_mutex_unlock(&q->lock);
    return n;
}

enum ecode worker_start(pthread_t *thread, const char *name, void *(*run)(void *), void *arg, struct err *err)
{
    CHECK(strlen(name) < 16);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(thread, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc)
        return err_set(err, E_IO, "cannot start the thread %s: %s", name, strerror(rc));
    pthread_setname_np(*thread, name);
    return E_OK;
}
