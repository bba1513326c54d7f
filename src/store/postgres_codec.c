/* PostgreSQL's binary forms (src/backend/utils/adt/…_send and _recv), all big-endian. */
#include <endian.h>
#include <string.h>
#include "base/check.h"
#include "store/postgres_priv.h"

#define EPOCH_MS 946684800000LL /* 2000-01-01 in Unix time */
#define EPOCH_DAY 10957

/* OIDs from src/include/catalog/pg_type.dat; they never change. */
static const struct {
    Oid scalar, array;
} oids[DB_TYPES] = {
    [DB_BOOL] = {16, 1000},   [DB_I64] = {20, 1016},   [DB_F64] = {701, 1022},
    [DB_TEXT] = {25, 1009},   [DB_BYTES] = {17, 1001}, [DB_UUID] = {2950, 2951},
    [DB_TIME] = {1184, 1185}, [DB_DAY] = {1082, 1182}, [DB_JSON] = {3802, 3807},
};
enum { OID_NAME = 19, OID_INT2 = 21, OID_INT4 = 23, OID_BPCHAR = 1042, OID_VARCHAR = 1043, OID_JSONB = 3802 };

Oid pg_oid(unsigned type)
{
    unsigned scalar = type & ~(unsigned)DB_ARRAY;
    CHECK(scalar < DB_TYPES);
    return type & DB_ARRAY ? oids[scalar].array : oids[scalar].scalar;
}

bool pg_readable(unsigned type, Oid oid)
{
    CHECK(type < DB_TYPES);
    if (oid == oids[type].scalar)
        return true;
    if (type == DB_I64)
        return oid == OID_INT2 || oid == OID_INT4;
    if (type == DB_TEXT)
        return oid == OID_VARCHAR || oid == OID_BPCHAR || oid == OID_NAME;
    return false;
}

static void put32(struct buf *out, int32_t v)
{
    uint32_t be = htobe32((uint32_t)v);
    buf_add(out, &be, sizeof be);
}

static void put64(struct buf *out, int64_t v)
{
    uint64_t be = htobe64((uint64_t)v);
    buf_add(out, &be, sizeof be);
}

static void put_double(struct buf *out, double v)
{
    int64_t bits;
    memcpy(&bits, &v, sizeof bits);
    put64(out, bits);
}

void pg_encode(struct buf *out, unsigned type, const struct db_value *v)
{
    switch (type) {
    case DB_BOOL:
        buf_char(out, v->b ? 1 : 0);
        break;
    case DB_I64:
        put64(out, v->i);
        break;
    case DB_F64:
        put_double(out, v->f);
        break;
    case DB_UUID:
        buf_add(out, v->uuid.b, sizeof v->uuid.b);
        break;
    case DB_TIME:
        put64(out, (v->time.ms - EPOCH_MS) * 1000);
        break;
    case DB_DAY:
        put32(out, v->day.n - EPOCH_DAY);
        break;
    case DB_JSON:
        buf_char(out, 1); /* jsonb's version */
        buf_add(out, v->bytes.data, v->bytes.len);
        break;
    default:
        buf_add(out, v->bytes.data, v->bytes.len);
        break;
    }
}

static struct db_value text_value(const char *text)
{
    return (struct db_value){.null = !text, .bytes = {text, text ? strlen(text) : 0}};
}

static struct db_value element(unsigned type, const void *v, size_t k)
{
    switch (type) {
    case DB_BOOL:
        return (struct db_value){.b = ((const bool *)v)[k]};
    case DB_I64:
        return (struct db_value){.i = ((const int64_t *)v)[k]};
    case DB_F64:
        return (struct db_value){.f = ((const double *)v)[k] + 0.0};
    case DB_UUID:
        return (struct db_value){.uuid = ((const struct uuid *)v)[k]};
    case DB_TIME:
        return (struct db_value){.time = ((const struct instant *)v)[k]};
    case DB_DAY: {
        struct day d = ((const struct day *)v)[k];
        return (struct db_value){.null = day_is_none(d), .day = d};
    }
    case DB_BYTES: {
        struct db_bytes b = ((const struct db_bytes *)v)[k];
        return (struct db_value){.null = !b.data, .bytes = b};
    }
    default:
        return text_value(((const char *const *)v)[k]);
    }
}

static int32_t encoded_length(unsigned type, const struct db_value *v)
{
    switch (type) {
    case DB_BOOL:
        return 1;
    case DB_DAY:
        return 4;
    case DB_I64:
    case DB_F64:
    case DB_TIME:
        return 8;
    case DB_UUID:
        return 16;
    default:
        CHECK(v->bytes.len < INT32_MAX);
        return (int32_t)v->bytes.len + (type == DB_JSON);
    }
}

void pg_encode_array(struct buf *out, unsigned type, const void *v, const bool *nulls, size_t n)
{
    CHECK(n < INT32_MAX);
    put32(out, n > 0 ? 1 : 0); /* dimensions */
    put32(out, 1);             /* may hold NULLs */
    put32(out, (int32_t)oids[type].scalar);
    if (n == 0)
        return;
    put32(out, (int32_t)n);
    put32(out, 1); /* lower bound */
    for (size_t k = 0; k < n; k++) {
        struct db_value e = {.null = true};
        if (!nulls || !nulls[k])
            e = element(type, v, k);
        if (e.null) {
            put32(out, -1);
            continue;
        }
        db_check_value(type, &e);
        put32(out, encoded_length(type, &e));
        pg_encode(out, type, &e);
    }
}

static int64_t get_integer(const char *data, int len)
{
    uint16_t v16;
    uint32_t v32;
    uint64_t v64;
    switch (len) {
    case 2:
        memcpy(&v16, data, sizeof v16);
        return (int16_t)be16toh(v16);
    case 4:
        memcpy(&v32, data, sizeof v32);
        return (int32_t)be32toh(v32);
    default:
        CHECK(len == 8);
        memcpy(&v64, data, sizeof v64);
        return (int64_t)be64toh(v64);
    }
}

/* Microseconds, which others may have written, are cut to the millisecond; infinity becomes the last one we
 * know. */
static struct instant get_time(const char *data, int len)
{
    int64_t us = get_integer(data, len);
    int64_t ms = us / 1000 - (us % 1000 < 0);
    if (ms > DB_TIME_MAX_MS - EPOCH_MS)
        return instant_from_ms(DB_TIME_MAX_MS);
    if (ms < DB_TIME_MIN_MS - EPOCH_MS)
        return instant_from_ms(DB_TIME_MIN_MS);
    return instant_from_ms(ms + EPOCH_MS);
}

static struct day get_day(const char *data, int len)
{
    int64_t n = get_integer(data, len) + EPOCH_DAY;
    if (n > DB_DAY_MAX)
        return day_of(DB_DAY_MAX);
    return day_of(n < DB_DAY_MIN ? DB_DAY_MIN : (int32_t)n);
}

void pg_decode(unsigned type, Oid oid, const char *data, int len, struct db_value *out)
{
    switch (type) {
    case DB_BOOL:
        out->b = data[0] != 0;
        break;
    case DB_I64:
        out->i = get_integer(data, len);
        break;
    case DB_F64: {
        int64_t bits = get_integer(data, len);
        memcpy(&out->f, &bits, sizeof out->f);
        break;
    }
    case DB_UUID:
        CHECK(len == (int)sizeof out->uuid.b);
        memcpy(out->uuid.b, data, sizeof out->uuid.b);
        break;
    case DB_TIME:
        out->time = get_time(data, len);
        break;
    case DB_DAY:
        out->day = get_day(data, len);
        break;
    default: {
        int version = oid == OID_JSONB ? 1 : 0;
        out->bytes = (struct db_bytes){data + version, (size_t)(len - version)};
        break;
    }
    }
}
