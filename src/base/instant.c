#include "base/instant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/check.h"
#include "base/day.h"

#define MS_PER_DAY 86400000
#define END_OF_YEAR_9999 (2932897LL * 1440) /* minutes since 1970 */

#ifdef HABITD_TEST_BUILD
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>
static pthread_once_t shift_once = PTHREAD_ONCE_INIT;
static int64_t shift_ms;
static const _Atomic int64_t *stepped_ms; /* HABITD_NOW_STEP: a file of eight bytes that a test writes */

static int64_t real_ms(void);

static void step_open(const char *path)
{
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *p = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *stepped_ms, PROT_READ, MAP_SHARED, fd, 0);
    if (fd >= 0)
        close(fd);
    if (p != MAP_FAILED)
        stepped_ms = p;
}

static void shift_read(void)
{
    struct instant t;
    const char *s = getenv("HABITD_NOW");
    if (s && instant_parse(s, strlen(s), &t))
        shift_ms = t.ms - real_ms();
    step_open(getenv("HABITD_NOW_STEP"));
}
#endif

static int64_t real_ms(void)
{
    struct timespec ts;
    CHECK(clock_gettime(CLOCK_REALTIME, &ts) == 0);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct instant instant_now(void)
{
#ifdef HABITD_TEST_BUILD
    pthread_once(&shift_once, shift_read);
    return instant_from_ms(real_ms() + shift_ms + (stepped_ms ? *stepped_ms : 0));
#else
    return instant_from_ms(real_ms());
#endif
}

bool nights_pass(void)
{
#ifdef HABITD_TEST_BUILD
    return getenv("HABITD_NO_NIGHT") == NULL;
#else
    return true;
#endif
}

struct monotime monotime_now(void)
{
    struct timespec ts;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
    return (struct monotime){(int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec};
}

struct duration monotime_diff(struct monotime later, struct monotime earlier)
{
    return duration_ms((later.ns - earlier.ns) / 1000000);
}

char *instant_format(struct instant t, char out[INSTANT_TEXT])
{
    int64_t days = t.ms / MS_PER_DAY, rest = t.ms % MS_PER_DAY;
    char date[DAY_TEXT];
    if (rest < 0) {
        rest += MS_PER_DAY;
        days--;
    }
    CHECK(days > -719162 && days < 2932897); /* years 1 to 9999 */
    int s = (int)(rest / 1000), ms = (int)(rest % 1000);
    int n = snprintf(out, INSTANT_TEXT, "%sT%02d:%02d:%02d", day_format(day_of((int32_t)days), date),
                     s / 3600, s / 60 % 60, s % 60);
    if (ms)
        snprintf(out + n, INSTANT_TEXT - (size_t)n, ".%03dZ", ms);
    else
        snprintf(out + n, INSTANT_TEXT - (size_t)n, "Z");
    return out;
}

/* Two digits at s, at most `max`. */
static bool two(const char *s, int max, int *out)
{
    if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
        return false;
    *out = (s[0] - '0') * 10 + (s[1] - '0');
    return *out <= max;
}

bool instant_parse(const char *s, size_t len, struct instant *out)
{
    struct day d;
    int h, m, sec, ms = 0, oh = 0, om = 0, sign = 0;
    if (len < 20 || len > 35 || !day_parse(s, 10, &d) || (s[10] != 'T' && s[10] != 't') ||
        !two(s + 11, 23, &h) || s[13] != ':' || !two(s + 14, 59, &m) || s[16] != ':' ||
        !two(s + 17, 59, &sec))
        return false;
    size_t i = 19;
    if (s[i] == '.') {
        size_t first = ++i;
        for (int scale = 100; i < len && s[i] >= '0' && s[i] <= '9'; i++, scale /= 10)
            ms += (s[i] - '0') * scale;
        if (i == first || i - first > 9)
            return false;
    }
    if (i < len && (s[i] == 'Z' || s[i] == 'z')) {
        i++;
    } else if (i + 6 <= len && (s[i] == '+' || s[i] == '-')) {
        sign = s[i] == '+' ? 1 : -1;
        if (!two(s + i + 1, 23, &oh) || s[i + 3] != ':' || !two(s + i + 4, 59, &om))
            return false;
        i += 6;
    } else {
        return false;
    }
    if (i != len)
        return false;
    int64_t minutes = (int64_t)d.n * 1440 + h * 60 + m - sign * (oh * 60 + om);
    if (minutes < 0 ||
        minutes >= END_OF_YEAR_9999) /* an offset can lead out of the years that can be printed */
        return false;
    *out = instant_from_ms(minutes * 60000 + sec * 1000 + ms);
    return true;
}
