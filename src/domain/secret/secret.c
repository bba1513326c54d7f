#include "domain/secret/secret.h"

#include "secret.sql.h"

static enum ecode hmac_stored(struct ctx *ctx, const char *name, const void *data, size_t data_len,
                              uint8_t out[SHA256_LEN])
{
    size_t len;
    struct stmt *q = db_query(ctx->db, &Q_secret_get);
    stmt_bind_text(q, 1, name);
    enum ecode rc = stmt_row(q);
    if (rc != E_OK)
        return rc;
    const void *key = stmt_bytes(q, 0, &len);
    hmac_sha256(key, len, data, data_len, out);
    stmt_end(q);
    return E_OK;
}

enum ecode secret_hmac(struct ctx *ctx, const char *name, const void *data, size_t len,
                       uint8_t out[SHA256_LEN])
{
    uint8_t key[SHA256_LEN];
    enum ecode rc = hmac_stored(ctx, name, data, len, out);
    if (rc != E_NOT_FOUND)
        return rc;
    rng_bytes(ctx->rng, key, sizeof key);
    struct stmt *q = db_query(ctx->db, &Q_secret_insert);
    stmt_bind_text(q, 1, name);
    stmt_bind_bytes(q, 2, key, sizeof key);
    stmt_bind_time(q, 3, ctx->now);
    rc = stmt_run(q);
    if (rc == E_OK)
        rc = hmac_stored(ctx, name, data, len, out);
    return rc == E_NOT_FOUND ? err_set(&ctx->err, E_RETRY, "the key %s is being made at this moment", name)
                             : rc;
}
