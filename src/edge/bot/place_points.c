#include "edge/bot/place_points.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"

#define POINTS_MAX 2000
#define DEGREE (3.14159265358979323846 / 180)

void place_points_init(struct place_points *p)
{
    *p = (struct place_points){0};
}

void place_points_release(struct place_points *p)
{
    free(p->list);
    place_points_init(p);
}

void place_vector(double latitude, double longitude, double v[3])
{
    double lat = latitude * DEGREE, lon = longitude * DEGREE;
    v[0] = cos(lat) * cos(lon);
    v[1] = cos(lat) * sin(lon);
    v[2] = sin(lat);
}

/* A text that is not ended by a NUL. */
struct span {
    const char *s;
    size_t len;
};

/* Cuts off what stands before the first `c`, and `c`; all of it when there is none. */
static struct span cut(struct span *rest, char c)
{
    const char *at = memchr(rest->s, c, rest->len);
    struct span first = {rest->s, at ? (size_t)(at - rest->s) : rest->len};
    size_t taken = at ? first.len + 1 : rest->len;
    rest->s += taken;
    rest->len -= taken;
    return first;
}

/* The number in the digits of s. */
static int number(struct span s)
{
    int n = 0;
    for (size_t i = 0; i < s.len; i++)
        n = n * 10 + (s.s[i] - '0');
    return n;
}

/* ±D…MM or ±D…MMSS with that many digits of degrees; false: it is not. */
static bool parse_angle(struct span s, size_t degree_digits, int limit, double *out)
{
    if (s.len < 1 || (s.s[0] != '+' && s.s[0] != '-'))
        return false;
    size_t digits = s.len - 1;
    if (digits != degree_digits + 2 && digits != degree_digits + 4)
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (s.s[i] < '0' || s.s[i] > '9')
            return false;
    int degrees = number((struct span){s.s + 1, degree_digits});
    int minutes = number((struct span){s.s + 1 + degree_digits, 2});
    int seconds = number((struct span){s.s + 3 + degree_digits, digits == degree_digits + 4 ? 2 : 0});
    double value = degrees + minutes / 60.0 + seconds / 3600.0;
    if (minutes > 59 || seconds > 59 || value > limit)
        return false;
    *out = s.s[0] == '-' ? -value : value;
    return true;
}

/* Both angles of ISO 6709: the second begins with the second sign. */
static bool parse_point(struct span s, double *latitude, double *longitude)
{
    size_t second = 1;
    while (second < s.len && s.s[second] != '+' && s.s[second] != '-')
        second++;
    return second < s.len && parse_angle((struct span){s.s, second}, 2, 90, latitude) &&
           parse_angle((struct span){s.s + second, s.len - second}, 3, 180, longitude);
}

/* Two capital letters, and more of them behind commas. */
static bool countries_valid(struct span s)
{
    if (s.len % 3 != 2)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (i % 3 == 2 ? s.s[i] != ',' : s.s[i] < 'A' || s.s[i] > 'Z')
            return false;
    return true;
}

static void add(struct place_points *p, struct span zone, double latitude, double longitude)
{
    for (size_t i = 0; i < p->count; i++)
        if (strlen(p->list[i].zone) == zone.len && memcmp(p->list[i].zone, zone.s, zone.len) == 0)
            return;
    if (p->count == p->cap) {
        p->cap = p->cap ? p->cap * 2 : 512;
        p->list = reallocarray(p->list, p->cap, sizeof *p->list);
        CHECK(p->list != NULL);
    }
    struct place_point *point = &p->list[p->count++];
    memcpy(point->zone, zone.s, zone.len);
    point->zone[zone.len] = '\0';
    place_vector(latitude, longitude, point->v);
}

enum ecode place_points_read(struct place_points *p, const char *file, const char *text, size_t len,
                             struct err *err)
{
    struct span rest = {text, len};
    for (int line = 1; rest.len > 0; line++) {
        struct span l = cut(&rest, '\n');
        if (l.len == 0 || l.s[0] == '#')
            continue;
        double latitude, longitude;
        struct span countries = cut(&l, '\t'), point = cut(&l, '\t'), zone = cut(&l, '\t');
        if (!countries_valid(countries) || !parse_point(point, &latitude, &longitude) || zone.len == 0 ||
            zone.len >= sizeof p->list->zone || memchr(zone.s, '\0', zone.len) || p->count >= POINTS_MAX)
            return err_set(err, E_MALFORMED, "%s:%d: is no point of a zone table", file, line);
        add(p, zone, latitude, longitude);
    }
    return E_OK;
}
