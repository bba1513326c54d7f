/*
 * Linked into a habitd of its own (habitd_flood): a thread beside the program logs HABITD_LOG_FLOOD warnings
 * and errors a second, of as many kinds as there are messages here, each with other numbers and names.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "base/check.h"
#include "base/instant.h"
#include "base/log.h"

#define TICK_NS 1000000

static void say(int64_t n)
{
    char who[32];
    struct log_field name, number = log_i64("n", n);
    snprintf(who, sizeof who, "somebody-%lld", (long long)(n % 977));
    name = log_str("who", who);
    switch (n % 8) {
    case 0:
        log_event(LOG_ERROR, "flood: a thing broke", number, name);
        break;
    case 1:
        log_event(LOG_WARN, "flood: a call was refused", number, name);
        break;
    case 2:
        log_event(LOG_WARN, "flood: an answer came late", number, name);
        break;
    case 3:
        log_event(LOG_WARN, "flood: a message waits", number, name);
        break;
    case 4:
        log_event(LOG_WARN, "flood: a name is not known", number, name);
        break;
    case 5:
        log_event(LOG_WARN, "flood: a file is large", number, name);
        break;
    case 6:
        log_event(LOG_WARN, "flood: a signature is wrong", number, name);
        break;
    default:
        log_event(LOG_WARN, "flood: a clock is off", number, name);
    }
}

static void *flood(void *arg)
{
    int64_t per_second = *(int64_t *)arg, said = 0, began = monotime_now().ns;
    for (;;) {
        int64_t due = (monotime_now().ns - began) / 1000 * per_second / 1000000;
        while (said < due)
            say(said++);
        nanosleep(&(struct timespec){.tv_nsec = TICK_NS}, NULL);
    }
    return NULL;
}

__attribute__((constructor)) static void begin(void)
{
    static int64_t per_second;
    const char *text = getenv("HABITD_LOG_FLOOD");
    sigset_t all, before;
    pthread_t thread;
    per_second = text != NULL ? strtoll(text, NULL, 10) : 0;
    if (per_second <= 0)
        return;
    sigfillset(&all); /* signals are the program's */
    pthread_sigmask(SIG_BLOCK, &all, &before);
    CHECK(pthread_create(&thread, NULL, flood, &per_second) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
