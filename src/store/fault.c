#include "store/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/check.h"

static const char *const names[FAULT_POINTS] = {
    [FAULT_STATEMENT] = "statement",
    [FAULT_COMMIT] = "commit",
    [FAULT_LOST_BEFORE] = "lost_before_commit",
    [FAULT_LOST_DURING] = "lost_during_commit",
    [FAULT_LOST_AFTER] = "lost_after_commit",
};

static struct {
    pthread_mutex_t lock;
    struct {
        long countdown; /* 0: not armed */
        enum ecode code;
    } points[FAULT_POINTS];
} faults = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void arm(enum fault_point point, long nth, enum ecode code)
{
    pthread_mutex_lock(&faults.lock);
    faults.points[point].countdown = nth;
    faults.points[point].code = code;
    pthread_mutex_unlock(&faults.lock);
}

static enum ecode code_named(const char *name)
{
    if (strcmp(name, "kill") == 0)
        return FAULT_KILL;
    for (int c = E_OK + 1; c < E_CODES; c++)
        if (strcmp(ecode_name((enum ecode)c), name) == 0)
            return (enum ecode)c;
    return E_OK;
}

/* A wrong HABITD_FAULT must not look like a test that passed. */
static void read_environment(void)
{
    const char *text = getenv("HABITD_FAULT");
    if (!text)
        return;
    const char *colon = strchr(text, ':');
    CHECK(colon);
    char *end;
    long nth = strtol(colon + 1, &end, 10);
    CHECK(nth > 0 && *end == ':');
    enum ecode code = code_named(end + 1);
    CHECK(code != E_OK);
    size_t len = (size_t)(colon - text);
    int point = 0;
    while (point < FAULT_POINTS && (strncmp(names[point], text, len) != 0 || names[point][len] != '\0'))
        point++;
    CHECK(point < FAULT_POINTS);
    arm((enum fault_point)point, nth, code);
}

static void once(void)
{
    static pthread_once_t done = PTHREAD_ONCE_INIT;
    pthread_once(&done, read_environment);
}

void fault_arm(enum fault_point point, int nth, enum ecode code)
{
    once();
    arm(point, nth, code);
}

enum ecode fault_hit(enum fault_point point, struct err *err)
{
    once();
    pthread_mutex_lock(&faults.lock);
    bool now = faults.points[point].countdown > 0 && --faults.points[point].countdown == 0;
    enum ecode code = faults.points[point].code;
    pthread_mutex_unlock(&faults.lock);
    if (!now)
        return E_OK;
    if (code == FAULT_KILL)
        kill(getpid(), SIGKILL);
    return err_set(err, code, "fault point %s", names[point]);
}

void fault_poison(const void *bytes, size_t len)
{
    const char *poison = getenv("HABITD_FAULT_POISON");
    if (poison && memmem(bytes, len, poison, strlen(poison)))
        kill(getpid(), SIGKILL);
}
