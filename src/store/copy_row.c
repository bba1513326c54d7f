#include <endian.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/hash.h"
#include "store/copy_priv.h"
#include "store/db_driver.h"

#define EPOCH_MS 946684800000LL /* PostgreSQL counts from 2000-01-01 */
#define EPOCH_DAY 10957

enum oid {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_FLOAT8 = 701,
    OID_DATE = 1082,
    OID_TIMESTAMPTZ = 1184,
    OID_UUID = 2950,
    OID_JSONB = 3802
};

/* --- canonical form ------------------------------------------------------------------------------ */

/* The same value has one text: members in order, no white space. What jansson cannot read stays as it is. */
static char *canonical_json(const struct copy_cell *c)
{
    json_t *tree = json_loadb(c->data, c->len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    char *text = tree ? json_dumps(tree, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
    json_decref(tree);
    return text;
}

static void add_bytes(struct buf *b, const char *data, size_t len)
{
    uint64_t n = htole64(len);
    buf_add(b, &n, sizeof n);
    buf_add(b, data, len);
}

static void add_cell(struct buf *b, const struct copy_cell *c, bool json)
{
    buf_char(b, (char)c->kind);
    if (c->kind == COPY_I64) {
        uint64_t v = htole64((uint64_t)c->i);
        buf_add(b, &v, sizeof v);
    } else if (c->kind == COPY_F64) {
        double f = c->f + 0.0; /* one zero */
        buf_add(b, &f, sizeof f);
    } else if (c->kind != COPY_NULL) {
        char *text = json ? canonical_json(c) : NULL;
        add_bytes(b, text ? text : c->data, text ? strlen(text) : c->len);
        free(text);
    }
}

void copy_digest_row(struct copy_digest *d, const struct copy_table *t, const struct copy_cell *row,
                     struct buf *scratch)
{
    uint8_t hash[SHA256_LEN];
    uint64_t piece[2];
    buf_clear(scratch);
    for (size_t i = 0; i < t->n; i++) {
        add_cell(scratch, &row[i], t->columns[i].json);
        if (row[i].kind == COPY_I64)
            d->sum += (uint64_t)row[i].i;
    }
    CHECK(!buf_overflowed(scratch));
    sha256(scratch->data, scratch->len, hash);
    memcpy(piece, hash, sizeof piece);
    d->hash[0] += le64toh(piece[0]);
    d->hash[1] += le64toh(piece[1]);
    d->rows++;
}

/* --- PostgreSQL's binary forms --------------------------------------------------------------------- */

static int64_t get64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return (int64_t)be64toh(v);
}

static int32_t get32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return (int32_t)be32toh(v);
}

static void put32(struct buf *b, int32_t v)
{
    uint32_t be = htobe32((uint32_t)v);
    buf_add(b, &be, sizeof be);
}

static void put64(struct buf *b, int64_t v)
{
    uint64_t be = htobe64((uint64_t)v);
    buf_add(b, &be, sizeof be);
}

static void set_i64(struct copy_cell *out, int64_t v)
{
    out->kind = COPY_I64;
    out->i = v;
}

static void set_data(struct copy_cell *out, enum copy_kind kind, const char *data, size_t len)
{
    out->kind = kind;
    out->data = data;
    out->len = len;
}

/* 0: as long as it is. */
static int fixed_length(unsigned oid)
{
    switch (oid) {
    case OID_BOOL:
        return 1;
    case OID_INT2:
        return 2;
    case OID_INT4:
    case OID_DATE:
        return 4;
    case OID_INT8:
    case OID_TIMESTAMPTZ:
    case OID_FLOAT8:
        return 8;
    case OID_UUID:
        return 16;
    default:
        return 0;
    }
}

bool copy_decode(unsigned oid, const char *data, int len, struct copy_cell *out)
{
    int64_t bits;
    int fixed = fixed_length(oid);
    if (fixed > 0 && len != fixed)
        return false;
    switch (oid) {
    case OID_BOOL:
        set_i64(out, data[0] != 0);
        return true;
    case OID_INT2:
        set_i64(out, (int16_t)((uint16_t)(unsigned char)data[0] << 8 | (unsigned char)data[1]));
        return true;
    case OID_INT4:
        set_i64(out, get32(data));
        return true;
    case OID_INT8:
        set_i64(out, get64(data));
        return true;
    case OID_TIMESTAMPTZ:
        set_i64(out, get64(data) / 1000 + EPOCH_MS); /* the columns hold whole milliseconds */
        return true;
    case OID_FLOAT8:
        bits = get64(data);
        out->kind = COPY_F64;
        memcpy(&out->f, &bits, sizeof bits);
        return true;
    case OID_DATE:
        day_format(day_of(get32(data) + EPOCH_DAY), out->own);
        set_data(out, COPY_TEXT, out->own, strlen(out->own));
        return true;
    case OID_JSONB:
        set_data(out, COPY_TEXT, data + 1, (size_t)len - 1);
        return len > 0 && data[0] == 1;
    case OID_TEXT:
        set_data(out, COPY_TEXT, data, (size_t)len);
        return true;
    case OID_BYTEA:
    case OID_UUID:
        set_data(out, COPY_BYTES, data, (size_t)len);
        return true;
    default:
        return false;
    }
}

static bool encode_number(struct buf *b, unsigned oid, int64_t v)
{
    switch (oid) {
    case OID_BOOL:
        put32(b, 1);
        buf_char(b, v != 0);
        return v == 0 || v == 1;
    case OID_INT2:
        put32(b, 2);
        buf_char(b, (char)((uint16_t)v >> 8));
        buf_char(b, (char)v);
        return v == (int16_t)v;
    case OID_INT4:
        put32(b, 4);
        put32(b, (int32_t)v);
        return v == (int32_t)v;
    case OID_INT8:
        put32(b, 8);
        put64(b, v);
        return true;
    case OID_TIMESTAMPTZ:
        put32(b, 8);
        put64(b, (v - EPOCH_MS) * 1000);
        return v >= DB_TIME_MIN_MS && v <= DB_TIME_MAX_MS;
    default:
        return false;
    }
}

static bool encode_text(struct buf *b, unsigned oid, const struct copy_cell *c)
{
    struct day day;
    switch (oid) {
    case OID_TEXT:
        put32(b, (int32_t)c->len);
        buf_add(b, c->data, c->len);
        return true;
    case OID_JSONB:
        put32(b, (int32_t)c->len + 1);
        buf_char(b, 1);
        buf_add(b, c->data, c->len);
        return true;
    case OID_DATE:
        if (!day_parse(c->data, c->len, &day))
            return false;
        put32(b, 4);
        put32(b, day.n - EPOCH_DAY);
        return true;
    default:
        return false;
    }
}

bool copy_encode(struct buf *b, unsigned oid, const struct copy_cell *c)
{
    int64_t bits;
    if (c->len >= COPY_ROW_MAX)
        return false;
    switch (c->kind) {
    case COPY_NULL:
        put32(b, -1);
        return true;
    case COPY_I64:
        return encode_number(b, oid, c->i);
    case COPY_F64:
        memcpy(&bits, &c->f, sizeof bits);
        put32(b, 8);
        put64(b, bits);
        return oid == OID_FLOAT8;
    case COPY_TEXT:
        return encode_text(b, oid, c);
    case COPY_BYTES:
        put32(b, (int32_t)c->len);
        buf_add(b, c->data, c->len);
        return oid == OID_BYTEA || (oid == OID_UUID && c->len == 16);
    }
    return false;
}
