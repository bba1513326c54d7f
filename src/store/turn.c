#include "store/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>
#include "base/instant.h"

enum ecode turn_open(const char *path, int *fd, struct err *err)
{
    char side[PATH_MAX];
    if (snprintf(side, sizeof side, "%s-turn", path) >= (int)sizeof side)
        return err_set(err, E_UNAVAILABLE, "the path of the database file is too long");
    int f = open(side, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f < 0)
        return err_set(err, E_UNAVAILABLE, "cannot open %s: %s", side, strerror(errno));
    *fd = f;
    return E_OK;
}

/* Polling keeps the wait bounded; the gate is closed for microseconds unless somebody waits behind it. */
enum ecode turn_take(int fd, int timeout_ms, struct err *err)
{
    struct monotime start = {0};
    for (long pause_ns = 50000;; pause_ns = pause_ns < 1000000 ? pause_ns * 2 : pause_ns) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return E_OK;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_set(err, E_IO, "cannot lock the database's turn file: %s", strerror(errno));
        if (start.ns == 0)
            start = monotime_now();
        else if (monotime_diff(monotime_now(), start).ms >= timeout_ms)
            return err_set(err, E_BUSY, "another process has been writing to the database for too long");
        nanosleep(&(struct timespec){.tv_nsec = pause_ns}, NULL);
    }
}

void turn_leave(int fd)
{
    flock(fd, LOCK_UN);
}
