#include "base/zone.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/zone_data.h"

/* RFC 8536. Every length is checked against the image before it is used; the largest known file has 4 KiB. */
#define IMAGE_MAX (256 * 1024)
#define HEADER_LEN 44
#define TYPE_LEN 6
#define OFFSET_MIN (-25 * 3600) /* RFC 8536 §3.2: offsets SHOULD lie between −25 h and 26 h */
#define OFFSET_MAX (26 * 3600)

struct header {
    char version;
    uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static bool read_header(const uint8_t *p, size_t len, struct header *h)
{
    if (len < HEADER_LEN || memcmp(p, "TZif", 4) != 0)
        return false;
    *h = (struct header){(char)p[4],   be32(p + 20), be32(p + 24), be32(p + 28),
                         be32(p + 32), be32(p + 36), be32(p + 40)};
    return (h->version == '\0' || (h->version >= '2' && h->version <= '4')) && h->type >= 1 &&
           h->type <= 256 && h->chars >= 1 && h->chars <= 1024 && h->time <= 16384 && h->leap <= 1024 &&
           (h->isut == 0 || h->isut == h->type) && (h->isstd == 0 || h->isstd == h->type);
}

/* The length of the data block behind a header whose counts were checked. */
static size_t block_len(const struct header *h, size_t time_size)
{
    return (size_t)h->time * (time_size + 1) + (size_t)h->type * TYPE_LEN + h->chars +
           (size_t)h->leap * (time_size + 4) + h->isstd + h->isut;
}

/* Offsets of the local time types; false: one is not valid. */
static bool read_types(const uint8_t *types, const uint8_t *chars, const struct header *h,
                       int32_t offsets[256])
{
    for (uint32_t i = 0; i < h->type; i++) {
        const uint8_t *p = types + (size_t)i * TYPE_LEN;
        offsets[i] = (int32_t)be32(p);
        if (offsets[i] <= OFFSET_MIN || offsets[i] >= OFFSET_MAX || p[4] > 1 || p[5] >= h->chars ||
            !memchr(chars + p[5], '\0', h->chars - p[5]))
            return false;
    }
    return true;
}

/* Fills before, at and after from the block at p; false: it contradicts the format. */
static bool read_block(const uint8_t *p, const struct header *h, size_t time_size, struct zone *z)
{
    int32_t offsets[256];
    const uint8_t *index = p + (size_t)h->time * time_size, *types = index + h->time;
    if (h->leap || !read_types(types, types + (size_t)h->type * TYPE_LEN, h, offsets))
        return false; /* with leap seconds ("right/…") the numbers are no POSIX times */
    z->n = h->time;
    z->before = offsets[0];
    z->at = calloc(z->n + 1, sizeof *z->at);
    z->after = calloc(z->n + 1, sizeof *z->after);
    CHECK(z->at && z->after);
    for (size_t i = 0; i < z->n; i++) {
        const uint8_t *at = p + i * time_size;
        z->at[i] = time_size == 8 ? be64(at) : (int32_t)be32(at);
        if (index[i] >= h->type || (i > 0 && z->at[i] <= z->at[i - 1]))
            return false;
        z->after[i] = offsets[index[i]];
    }
    return true;
}

/* "\n" TZ string "\n" at the end of versions 2 and later; an empty string is no rule. */
static bool read_footer(const uint8_t *p, size_t len, struct zone *z)
{
    if (len < 2 || p[0] != '\n' || p[len - 1] != '\n')
        return false;
    z->has_rule = len > 2;
    return !z->has_rule || zone_rule_parse((const char *)p + 1, len - 2, &z->rule);
}

static bool read_image(const uint8_t *p, size_t len, struct zone *z)
{
    struct header h;
    if (len > IMAGE_MAX || !read_header(p, len, &h))
        return false;
    size_t block = block_len(&h, 4);
    if (len - HEADER_LEN < block)
        return false;
    if (h.version == '\0')
        return read_block(p + HEADER_LEN, &h, 4, z);
    p += HEADER_LEN + block; /* the 32-bit block is for readers of version 1 */
    len -= HEADER_LEN + block;
    if (!read_header(p, len, &h) || h.version == '\0')
        return false;
    block = block_len(&h, 8);
    return len - HEADER_LEN >= block && read_block(p + HEADER_LEN, &h, 8, z) &&
           read_footer(p + HEADER_LEN + block, len - HEADER_LEN - block, z);
}

enum ecode zone_parse(const char *name, const void *data, size_t len, struct zone **out, struct err *err)
{
    CHECK(strlen(name) <= ZONE_NAME_MAX);
    struct zone *z = calloc(1, sizeof *z);
    CHECK(z != NULL);
    memcpy(z->name, name, strlen(name) + 1);
    if (!read_image(data, len, z)) {
        zone_free(z);
        return err_set(err, E_MALFORMED, "%s is not a time zone file that can be read", name);
    }
    *out = z;
    return E_OK;
}

void zone_free(struct zone *z)
{
    if (!z)
        return;
    free(z->at);
    free(z->after);
    free(z);
}
