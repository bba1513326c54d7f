#include "base/secret.h"

#include <string.h>
#include "base/check.h"

static void put(char out[SECRET_BYTES_MAX + 1], const char *text)
{
    size_t len = strlen(text);
    CHECK(len <= SECRET_BYTES_MAX);
    memcpy(out, text, len + 1);
}

void secret_init(struct secret *s, const char *text)
{
    *s = (struct secret){.replaced = {0}};
    CHECK(pthread_mutex_init(&s->lock, NULL) == 0);
    put(s->now, text);
}

void secret_release(struct secret *s)
{
    pthread_mutex_destroy(&s->lock);
}

void secret_copy(struct secret *s, char out[SECRET_BYTES_MAX + 1])
{
    pthread_mutex_lock(&s->lock);
    put(out, s->now);
    pthread_mutex_unlock(&s->lock);
}

bool secret_copy_last(struct secret *s, char out[SECRET_BYTES_MAX + 1])
{
    pthread_mutex_lock(&s->lock);
    bool valid = s->replaced.ns != 0 && monotime_diff(monotime_now(), s->replaced).ms < SECRET_OVERLAP_MS;
    if (valid)
        put(out, s->before);
    pthread_mutex_unlock(&s->lock);
    return valid;
}

bool secret_replace(struct secret *s, const char *text)
{
    pthread_mutex_lock(&s->lock);
    bool differs = strcmp(s->now, text) != 0;
    if (differs) {
        put(s->before, s->now);
        put(s->now, text);
        s->replaced = monotime_now();
    }
    pthread_mutex_unlock(&s->lock);
    return differs;
}
