#include "base/uuid.h"

#include <string.h>
#include "base/buf.h"
#include "base/hash.h"
#include "base/rng.h"

static void set_version(struct uuid *u, int version)
{
    u->b[6] = (uint8_t)((u->b[6] & 0x0f) | version << 4);
    u->b[8] = (uint8_t)((u->b[8] & 0x3f) | 0x80);
}

struct uuid uuid_v7(struct instant now, struct rng *rng)
{
    struct uuid u;
    uint64_t ms = (uint64_t)now.ms;
    for (int i = 0; i < 6; i++)
        u.b[i] = (uint8_t)(ms >> (40 - 8 * i));
    rng_bytes(rng, u.b + 6, 10);
    set_version(&u, 7);
    return u;
}

struct uuid uuid_from_name(const char *space, const void *name, size_t len)
{
    struct buf b;
    uint8_t digest[SHA256_LEN];
    struct uuid u;
    buf_init(&b, strlen(space) + 1 + len);
    buf_add(&b, space, strlen(space) + 1);
    buf_add(&b, name, len);
    sha256(b.data, b.len, digest);
    buf_release(&b);
    memcpy(u.b, digest, sizeof u.b);
    set_version(&u, 8);
    return u;
}

int uuid_cmp(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->b, b->b, sizeof a->b);
}

bool uuid_is_zero(const struct uuid *u)
{
    static const struct uuid zero;
    return uuid_cmp(u, &zero) == 0;
}

char *uuid_format(const struct uuid *u, char out[UUID_TEXT])
{
    static const int dash_before[16] = {[4] = 1, [6] = 1, [8] = 1, [10] = 1};
    char *o = out;
    for (int i = 0; i < 16; i++) {
        if (dash_before[i])
            *o++ = '-';
        hex_encode(u->b + i, 1,
                   o); /* by hand: every row of every answer has one, snprintf costs ten times as much */
        o += 2;
    }
    return out;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool uuid_parse(const char *s, size_t len, struct uuid *out)
{
    struct uuid u;
    size_t n = 0;
    if (len != 36)
        return false;
    for (size_t i = 0; i < 36;) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (s[i++] != '-')
                return false;
            continue;
        }
        int hi = nibble(s[i]), lo = nibble(s[i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        u.b[n++] = (uint8_t)(hi << 4 | lo);
        i += 2;
    }
    *out = u;
    return true;
}
