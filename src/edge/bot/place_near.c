#include "edge/bot/place.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/check.h"
#include "base/zone.h"
#include "edge/bot/place_points.h"

#define FILE_MAX (256 * 1024)

static enum ecode read_table(struct place_points *p, const char *path, struct err *err)
{
    enum ecode rc = E_OK;
    struct buf text;
    char block[8192];
    size_t n;
    buf_init(&text, FILE_MAX);
    FILE *f = fopen(path, "re");
    if (!f)
        return err_set(err, E_IO, "cannot open %s: %s", path, strerror(errno));
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(&text, block, n);
    if (ferror(f) || buf_overflowed(&text))
        rc = err_set(err, E_IO, "cannot read %s", path);
    fclose(f);
    if (!rc && place_points_read(p, path, buf_text(&text), text.len, err)) {
        err->code = E_IO;
        rc = E_IO;
    }
    buf_release(&text);
    return rc;
}

static pthread_mutex_t system_lock = PTHREAD_MUTEX_INITIALIZER;
static struct place_points system_points;

/* Read once; after a failure the next caller tries again. They are constant from then on. */
static enum ecode system_points_get(const struct place_points **out, struct err *err)
{
    static const char *const tables[] = {"/usr/share/zoneinfo/zone1970.tab", "/usr/share/zoneinfo/zone.tab"};
    enum ecode rc = E_OK;
    pthread_mutex_lock(&system_lock);
    if (system_points.count == 0) {
        struct place_points fresh;
        place_points_init(&fresh);
        for (size_t i = 0; !rc && i < ARRAY_LEN(tables); i++)
            rc = read_table(&fresh, tables[i], err);
        if (rc)
            place_points_release(&fresh);
        else
            system_points = fresh;
    }
    pthread_mutex_unlock(&system_lock);
    if (!rc)
        *out = &system_points;
    return rc;
}

struct distance {
    double closeness; /* cosine of the angle between: 1 is the same point */
    const struct place_point *point;
};

static int distance_cmp(const void *a, const void *b)
{
    const struct distance *x = a, *y = b;
    if (x->closeness != y->closeness)
        return x->closeness > y->closeness ? -1 : 1;
    return (x->point > y->point) - (x->point < y->point);
}

enum ecode place_nearest(double latitude, double longitude, const char **zones, size_t max, size_t *count,
                         struct err *err)
{
    CHECK(max > 0);
    if (!(latitude >= -90 && latitude <= 90))
        return err_field(err, "latitude", "must be from -90 to 90");
    if (!(longitude >= -180 && longitude <= 180))
        return err_field(err, "longitude", "must be from -180 to 180");
    const struct place_points *p;
    enum ecode rc = system_points_get(&p, err);
    if (rc)
        return rc;
    double v[3];
    place_vector(latitude, longitude, v);
    struct distance *by_distance = calloc(p->count, sizeof *by_distance);
    CHECK(by_distance != NULL);
    for (size_t i = 0; i < p->count; i++) {
        const double *w = p->list[i].v;
        by_distance[i] = (struct distance){v[0] * w[0] + v[1] * w[1] + v[2] * w[2], &p->list[i]};
    }
    qsort(by_distance, p->count, sizeof *by_distance, distance_cmp);
    size_t n = 0;
    for (size_t i = 0; i < p->count && n < max; i++) {
        const struct zone *z;
        struct err unknown;
        if (!zone_get(by_distance[i].point->zone, &z, &unknown))
            zones[n++] = zone_name(z);
    }
    free(by_distance);
    if (n == 0)
        return err_set(err, E_IO, "none of the places of tzdata has its zone there");
    *count = n;
    return E_OK;
}
