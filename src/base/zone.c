#include "base/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/check.h"
#include "base/zone_data.h"

#define MS_PER_DAY 86400000
#define FILE_MAX (256 * 1024)
#define BUCKETS 256

/*
 * The cache. Names are bounded by the files below the directory: every name has one spelling (no "//", no
 * "."), so a caller cannot make it grow. Entries are never removed.
 */
static pthread_rwlock_t cache_lock = PTHREAD_RWLOCK_INITIALIZER;
static struct zone *cache[BUCKETS];
static char directory[PATH_MAX] = "/usr/share/zoneinfo";

void zone_set_directory(const char *path)
{
    CHECK(strlen(path) < sizeof directory);
    memcpy(directory, path, strlen(path) + 1);
}

const char *zone_name(const struct zone *z)
{
    return z->name;
}

static unsigned bucket_of(const char *name)
{
    unsigned h = 2166136261u; /* FNV-1a */
    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return h % BUCKETS;
}

static const struct zone *cached(const char *name)
{
    const struct zone *z = cache[bucket_of(name)];
    while (z && strcmp(z->name, name) != 0)
        z = z->next;
    return z;
}

static bool name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+';
}

/* Whether a name may be looked for at all: plain path parts, so it cannot leave the directory. */
static bool name_valid(const char *name)
{
    static const char *const foreign[] = {"localtime", "posixrules", "Factory"};
    size_t len = strnlen(name, ZONE_NAME_MAX + 1);
    if (len == 0 || len > ZONE_NAME_MAX || strncmp(name, "posix/", 6) == 0 || strncmp(name, "right/", 6) == 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
        if (strcmp(name, foreign[i]) == 0)
            return false;
    for (size_t i = 0; i < len; i++) {
        bool slash = name[i] == '/';
        if (slash ? i == 0 || i + 1 == len || name[i - 1] == '/' : !name_char(name[i]))
            return false;
    }
    return true;
}

static enum ecode unknown(struct err *err, const char *name)
{
    return err_field(err, "timezone", "\"%.64s\" is not a time zone of the IANA database", name);
}

/* Reads the whole file into fresh memory. */
static enum ecode read_file(int fd, void **data, size_t *len, struct err *err)
{
    char *p = malloc(FILE_MAX);
    size_t n = 0;
    CHECK(p != NULL);
    while (n < FILE_MAX) {
        ssize_t got = read(fd, p + n, FILE_MAX - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            free(p);
            return err_set(err, E_IO, "cannot read the time zone data: %s", strerror(errno));
        }
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *data = p;
    *len = n;
    return E_OK;
}

static enum ecode open_file(const char *name, int *out, struct err *err)
{
    char path[PATH_MAX + ZONE_NAME_MAX + 2];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        int why = errno;
        if ((why == ENOENT || why == ENOTDIR || why == ELOOP) && stat(directory, &st) == 0)
            return unknown(err, name);
        return err_set(err, E_IO, "cannot open the time zone data in %s: %s", directory, strerror(why));
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return unknown(err, name);
    }
    *out = fd;
    return E_OK;
}

static enum ecode load(const char *name, struct zone **out, struct err *err)
{
    void *data = NULL;
    size_t len = 0;
    int fd = -1;
    enum ecode rc = open_file(name, &fd, err);
    if (rc)
        return rc;
    rc = read_file(fd, &data, &len, err);
    close(fd);
    if (!rc && (len < 4 || memcmp(data, "TZif", 4) != 0))
        rc = unknown(err, name); /* tables and lists lie in the same directory */
    if (!rc && zone_parse(name, data, len, out, err))
        rc = err_set(err, E_IO, "the time zone data of %s cannot be read", name);
    free(data);
    return rc;
}

enum ecode zone_get(const char *name, const struct zone **out, struct err *err)
{
    if (!name_valid(name))
        return unknown(err, name);
    pthread_rwlock_rdlock(&cache_lock);
    const struct zone *z = cached(name);
    pthread_rwlock_unlock(&cache_lock);
    if (!z) {
        struct zone *fresh = NULL;
        enum ecode rc = load(name, &fresh, err);
        if (rc)
            return rc;
        pthread_rwlock_wrlock(&cache_lock);
        z = cached(name); /* another thread may have been first */
        if (!z) {
            fresh->next = cache[bucket_of(name)];
            cache[bucket_of(name)] = fresh;
            z = fresh;
            fresh = NULL;
        }
        pthread_rwlock_unlock(&cache_lock);
        zone_free(fresh);
    }
    *out = z;
    return E_OK;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The offset at second t, and until when it holds. */
static struct zone_span span_at(const struct zone *z, int64_t t)
{
    size_t low = 0, high = z->n; /* the number of transitions at or before t */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (z->at[mid] <= t)
            low = mid + 1;
        else
            high = mid;
    }
    if (low < z->n)
        return (struct zone_span){low ? z->after[low - 1] : z->before, z->at[low]};
    if (z->has_rule)
        return zone_rule_span(&z->rule, t);
    return (struct zone_span){z->n ? z->after[z->n - 1] : z->before, INT64_MAX};
}

int32_t zone_offset_at(const struct zone *z, struct instant t)
{
    return span_at(z, floor_div(t.ms, 1000)).offset;
}

struct walltime zone_to_local(const struct zone *z, struct instant t)
{
    int64_t local = t.ms + (int64_t)zone_offset_at(z, t) * 1000, day = floor_div(local, MS_PER_DAY);
    return (struct walltime){day_of((int32_t)day), (int32_t)(local - day * MS_PER_DAY)};
}

struct instant zone_from_local(const struct zone *z, struct day d, int minute)
{
    CHECK(minute >= 0 && minute < 1440);
    /*
     * The first moment at which the wall shows `wanted` or more. Walking from a moment that is before it in
     * every offset, that is the first of two in an overlap, and the end of a gap (a whole minute in every
     * zone since 1972).
     */
    const int64_t wanted = (int64_t)d.n * ZONE_SECONDS_PER_DAY + (int64_t)minute * 60;
    int64_t t = wanted - 26 * 3600;
    for (;;) {
        struct zone_span span = span_at(z, t);
        int64_t exact = wanted - span.offset;
        if (exact < t) /* t is a change that jumped over it */
            exact = t;
        if (exact < span.until)
            return instant_from_ms(exact * 1000);
        t = span.until;
    }
}

struct day zone_local_day(const struct zone *z, struct instant t, int day_starts_at)
{
    struct walltime w = zone_to_local(z, t);
    return w.ms < day_starts_at * 60000 ? day_add(w.day, -1) : w.day;
}

struct instant zone_reminder_at(const struct zone *z, struct day d, int minute, int day_starts_at)
{
    return zone_from_local(z, minute < day_starts_at ? day_add(d, 1) : d, minute);
}

struct day zone_skipped_day(const struct zone *z, struct day after)
{
    for (size_t i = 0; i < z->n; i++) {
        int64_t from = z->at[i] + (i ? z->after[i - 1] : z->before), to = z->at[i] + z->after[i];
        if (to - from < ZONE_SECONDS_PER_DAY)
            continue;
        int64_t d = floor_div(from + ZONE_SECONDS_PER_DAY - 1, ZONE_SECONDS_PER_DAY);
        if (d <= after.n)
            d = (int64_t)after.n + 1;
        if ((d + 1) * ZONE_SECONDS_PER_DAY <= to)
            return day_of((int32_t)d);
    }
    return day_none();
}
