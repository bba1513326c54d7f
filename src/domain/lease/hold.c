#include "domain/lease/hold.h"

#include "base/check.h"
#include "base/wait.h"

#define NS_PER_MS 1000000

void hold_init(struct hold *h)
{
    *h = (struct hold){.fence = 0};
    CHECK(pthread_mutex_init(&h->lock, NULL) == 0 && pthread_mutex_init(&h->alone, NULL) == 0);
    cond_init_monotonic(&h->changed);
}

void hold_release(struct hold *h)
{
    pthread_cond_destroy(&h->changed);
    pthread_mutex_destroy(&h->alone);
    pthread_mutex_destroy(&h->lock);
}

void hold_begin(struct hold *h, int64_t fence, struct monotime until)
{
    CHECK(fence > 0);
    pthread_mutex_lock(&h->lock);
    h->fence = fence;
    h->until = until;
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

void hold_extend(struct hold *h, int64_t fence, struct monotime until)
{
    pthread_mutex_lock(&h->lock);
    if (h->fence == fence && until.ns > h->until.ns) {
        h->until = until;
        /* Whoever saw it run out, before this slow answer came, waits for it to be held. */
        pthread_cond_broadcast(&h->changed);
    }
    pthread_mutex_unlock(&h->lock);
}

bool hold_end(struct hold *h, int64_t fence)
{
    pthread_mutex_lock(&h->lock);
    bool held = h->fence != 0 && (fence == 0 || h->fence == fence);
    if (held)
        h->fence = 0;
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
    return held;
}

void hold_stop(struct hold *h)
{
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

/* With the lock held. */
static int64_t fence_now(const struct hold *h)
{
    return h->fence != 0 && monotime_now().ns < h->until.ns ? h->fence : 0;
}

int64_t hold_fence(struct hold *h)
{
    pthread_mutex_lock(&h->lock);
    int64_t fence = fence_now(h);
    pthread_mutex_unlock(&h->lock);
    return fence;
}

void hold_be_wary(struct hold *h, struct monotime until)
{
    pthread_mutex_lock(&h->lock);
    h->wary_until = until;
    pthread_mutex_unlock(&h->lock);
}

bool hold_wary(struct hold *h)
{
    pthread_mutex_lock(&h->lock);
    bool wary = fence_now(h) == 0 || monotime_now().ns < h->wary_until.ns;
    pthread_mutex_unlock(&h->lock);
    return wary;
}

void hold_alone(struct hold *h)
{
    pthread_mutex_lock(&h->alone);
}

void hold_alone_end(struct hold *h)
{
    pthread_mutex_unlock(&h->alone);
}

bool hold_stopping(struct hold *h)
{
    pthread_mutex_lock(&h->lock);
    bool stopping = h->stopping;
    pthread_mutex_unlock(&h->lock);
    return stopping;
}

int64_t hold_wait(struct hold *h)
{
    int64_t fence = 0;
    pthread_mutex_lock(&h->lock);
    while (!h->stopping && (fence = fence_now(h)) == 0)
        pthread_cond_wait(&h->changed, &h->lock);
    if (h->stopping)
        fence = 0;
    pthread_mutex_unlock(&h->lock);
    return fence;
}

bool hold_sleep(struct hold *h, int64_t fence, int64_t ms)
{
    struct monotime at = {monotime_now().ns + ms * NS_PER_MS};
    pthread_mutex_lock(&h->lock);
    while (!h->stopping && fence_now(h) == fence && monotime_now().ns < at.ns)
        cond_wait_until(&h->changed, &h->lock, at);
    bool still = !h->stopping && fence_now(h) == fence;
    pthread_mutex_unlock(&h->lock);
    return still;
}

bool hold_sleep_any(struct hold *h, int64_t ms)
{
    struct monotime at = {monotime_now().ns + ms * NS_PER_MS};
    pthread_mutex_lock(&h->lock);
    while (!h->stopping && monotime_now().ns < at.ns)
        cond_wait_until(&h->changed, &h->lock, at);
    bool still = !h->stopping;
    pthread_mutex_unlock(&h->lock);
    return still;
}
