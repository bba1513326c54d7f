#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/ledger/ledger_internal.h"
#include "ledger.sql.h"

/*
 * A batch of postings on PostgreSQL: two reads (wallets, and what the keys have done), the arithmetic here,
 * two writes. The postings of one wallet follow one another in their order, so that a hot wallet is one row
 * written once.
 */
struct line {
    struct posting_call *call;
    size_t order;
    uint8_t hash[SHA256_LEN];
    bool known;        /* the key has done something before this batch */
    bool fresh;        /* is written by this batch */
    struct line *same; /* an earlier line of the batch with this key */
};

struct group { /* one wallet's lines and where it stands */
    struct line **lines;
    size_t n;
    bool found, right_currency, changed;
    int64_t amount, seq;
};

static int by_user(const void *a, const void *b)
{
    const struct line *x = *(struct line *const *)a, *y = *(struct line *const *)b;
    int c = uuid_cmp(&x->call->request.user_id, &y->call->request.user_id);
    return c ? c : (x->order > y->order) - (x->order < y->order);
}

static void answer(struct ctx *ctx, struct line *l, enum ecode rc)
{
    l->call->code = rc;
    if (rc != E_OK)
        l->call->err = ctx->err;
    err_clear(&ctx->err);
}

/* The lines that are well formed, by wallet, and the wallets. */
static size_t gather(struct ctx *ctx, struct posting_call *calls, size_t n, struct line ***out,
                     struct group **groups, size_t *ngroups)
{
    struct line *all = arena_array(ctx->arena, n, sizeof *all);
    struct line **lines = arena_array(ctx->arena, n, sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        all[i] = (struct line){.call = &calls[i], .order = i};
        enum ecode rc = posting_check(ctx, &calls[i].request);
        answer(ctx, &all[i], rc);
        if (rc == E_OK) {
            posting_hash(&calls[i].request, all[i].hash);
            lines[count++] = &all[i];
        }
    }
    qsort(lines, count, sizeof *lines, by_user);
    *groups = arena_array(ctx->arena, count, sizeof **groups);
    *ngroups = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || uuid_cmp(&lines[i - 1]->call->request.user_id, &lines[i]->call->request.user_id) != 0)
            (*groups)[(*ngroups)++] = (struct group){.lines = &lines[i]};
        (*groups)[*ngroups - 1].n++;
    }
    *out = lines;
    return count;
}

static const struct uuid *group_user(const struct group *g)
{
    return &g->lines[0]->call->request.user_id;
}

static struct group *find_group(struct group *groups, size_t n, const struct uuid *user)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = uuid_cmp(group_user(&groups[mid]), user);
        if (c == 0)
            return &groups[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static enum ecode read_wallets(struct ctx *ctx, const struct uuid *users, struct group *groups, size_t n,
                               size_t *found)
{
    enum stmt_step step;
    struct stmt *q = db_query(ctx->db, &Q_ledger_wallets_many);
    stmt_bind_array(q, 1, users, NULL, n);
    *found = 0;
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct uuid user = stmt_uuid(q, 0);
        struct group *g = find_group(groups, n, &user);
        CHECK(g != NULL);
        g->right_currency = strcmp(stmt_text(q, 1), ctx->policy->currency) == 0;
        g->amount = stmt_i64(q, 2);
        g->seq = stmt_i64(q, 3);
        g->found = true;
        (*found)++;
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

/* Locks the people, opens the wallets that are missing, reads where all stand. */
static enum ecode load_wallets(struct ctx *ctx, struct group *groups, size_t n)
{
    size_t found = 0;
    struct uuid *users = arena_array(ctx->arena, n, sizeof *users);
    for (size_t i = 0; i < n; i++)
        users[i] = *group_user(&groups[i]);
    enum ecode rc = ctx_lock_people(ctx, users, n);
    if (rc == E_OK)
        rc = read_wallets(ctx, users, groups, n, &found);
    if (rc != E_OK || found == n)
        return rc;
    struct stmt *q = db_query(ctx->db, &Q_ledger_wallets_open_many);
    stmt_bind_array(q, 1, users, NULL, n);
    stmt_bind_text(q, 2, ctx->policy->currency);
    stmt_bind_time(q, 3, ctx->now);
    rc = stmt_run(q);
    if (rc == E_OK)
        rc = read_wallets(ctx, users, groups, n, &found);
    return rc;
}

static enum ecode load_known(struct ctx *ctx, struct line **lines, size_t n)
{
    enum stmt_step step;
    int64_t *index = arena_array(ctx->arena, n, sizeof *index);
    struct uuid *users = arena_array(ctx->arena, n, sizeof *users);
    const char **keys = arena_array(ctx->arena, n, sizeof *keys);
    for (size_t i = 0; i < n; i++) {
        index[i] = (int64_t)i;
        users[i] = lines[i]->call->request.user_id;
        keys[i] = lines[i]->call->request.key;
    }
    struct stmt *q = db_query(ctx->db, &Q_ledger_known_many);
    stmt_bind_array(q, 1, index, NULL, n);
    stmt_bind_array(q, 2, users, NULL, n);
    stmt_bind_array(q, 3, keys, NULL, n);
    while ((step = stmt_step(q)) == STMT_ROW) {
        struct line *l = lines[stmt_i64(q, 0)];
        size_t len;
        const void *hash = stmt_bytes(q, 1, &len);
        l->known = true;
        if (len != SHA256_LEN || memcmp(hash, l->hash, SHA256_LEN) != 0) {
            answer(ctx, l, posting_key_reused(ctx));
            continue;
        }
        l->call->posting = (struct posting){
            .outcome = stmt_i64(q, 2) ? POSTED_BEFORE : POSTED_REFUSED,
            .seq = stmt_i64(q, 2),
            .kind = (enum posting_kind)name_index(posting_kind_names, stmt_text(q, 3)),
            .amount = stmt_i64(q, 4),
            .balance_after = stmt_i64(q, 5),
            .payment_id = stmt_uuid(q, 6),
            .reason = arena_strdup(ctx->arena, stmt_text(q, 7)),
            .created_at = stmt_time(q, 8),
        };
    }
    return step == STMT_ERROR ? ctx->err.code : E_OK;
}

static struct line *earlier(struct group *g, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(g->lines[k]->call->request.key, g->lines[i]->call->request.key) == 0)
            return g->lines[k];
    }
    return NULL;
}

/* One line over the wallet as the lines before it left it. */
static enum ecode apply(struct ctx *ctx, struct group *g, size_t i)
{
    struct line *l = g->lines[i];
    const struct posting_request *r = &l->call->request;
    struct posting *p = &l->call->posting;
    if (l->known)
        return E_OK;
    l->same = earlier(g, i);
    if (l->same) {
        if (memcmp(l->same->hash, l->hash, SHA256_LEN) != 0)
            answer(ctx, l, posting_key_reused(ctx));
        return E_OK;
    }
    if (!g->right_currency) {
        answer(ctx, l, posting_wrong_currency(ctx));
        return E_OK;
    }
    if (g->amount > LEDGER_BALANCE_MAX || g->amount < -LEDGER_BALANCE_MAX) {
        answer(ctx, l, posting_out_of_range(ctx));
        return E_OK;
    }
    if (g->amount + r->amount < 0 && !posting_may_owe(r->kind, r->amount))
        return posting_refuse(ctx, r, l->hash, g->amount, p);
    g->amount += r->amount;
    g->seq++;
    g->changed = l->fresh = true;
    *p = (struct posting){.outcome = POSTED_NEW,
                          .kind = r->kind,
                          .seq = g->seq,
                          .amount = r->amount,
                          .balance_after = g->amount,
                          .payment_id = r->payment_id,
                          .reason = r->reason,
                          .created_at = ctx->now};
    return E_OK;
}

static enum ecode write_postings(struct ctx *ctx, struct line **lines, size_t n)
{
    struct arena *a = ctx->arena;
    struct uuid *users = arena_array(a, n, sizeof *users), *payments = arena_array(a, n, sizeof *payments);
    int64_t *seqs = arena_array(a, n, sizeof *seqs), *amounts = arena_array(a, n, sizeof *amounts),
            *after = arena_array(a, n, sizeof *after);
    const char **kinds = arena_array(a, n, sizeof *kinds), **keys = arena_array(a, n, sizeof *keys),
               **reasons = arena_array(a, n, sizeof *reasons);
    struct db_bytes *hashes = arena_array(a, n, sizeof *hashes);
    bool *none = arena_array(a, n, sizeof *none);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!lines[i]->fresh)
            continue;
        const struct posting_request *r = &lines[i]->call->request;
        users[count] = r->user_id;
        seqs[count] = lines[i]->call->posting.seq;
        kinds[count] = posting_kind_names[r->kind];
        amounts[count] = r->amount;
        after[count] = lines[i]->call->posting.balance_after;
        keys[count] = r->key;
        hashes[count] = (struct db_bytes){lines[i]->hash, SHA256_LEN};
        payments[count] = r->payment_id;
        none[count] = uuid_is_zero(&r->payment_id);
        reasons[count++] = r->reason;
    }
    if (count == 0)
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_ledger_insert_many);
    stmt_bind_array(q, 1, users, NULL, count);
    stmt_bind_array(q, 2, seqs, NULL, count);
    stmt_bind_array(q, 3, kinds, NULL, count);
    stmt_bind_array(q, 4, amounts, NULL, count);
    stmt_bind_array(q, 5, after, NULL, count);
    stmt_bind_array(q, 6, keys, NULL, count);
    stmt_bind_array(q, 7, hashes, NULL, count);
    stmt_bind_array(q, 8, payments, none, count);
    stmt_bind_array(q, 9, reasons, NULL, count);
    stmt_bind_text(q, 10, posting_actor(ctx));
    stmt_bind_time(q, 11, ctx->now);
    enum ecode rc = stmt_run(q);
    if (rc == E_UNIQUE)
        return err_set(&ctx->err, E_RETRY, "another writer posted to one of these wallets at this moment");
    return rc;
}

static enum ecode write_wallets(struct ctx *ctx, const struct group *groups, size_t n)
{
    struct arena *a = ctx->arena;
    struct uuid *users = arena_array(a, n, sizeof *users);
    int64_t *amounts = arena_array(a, n, sizeof *amounts), *seqs = arena_array(a, n, sizeof *seqs);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!groups[i].changed)
            continue;
        users[count] = *group_user(&groups[i]);
        amounts[count] = groups[i].amount;
        seqs[count++] = groups[i].seq;
    }
    if (count == 0)
        return E_OK;
    struct stmt *q = db_query(ctx->db, &Q_ledger_wallets_update_many);
    stmt_bind_array(q, 1, users, NULL, count);
    stmt_bind_array(q, 2, amounts, NULL, count);
    stmt_bind_array(q, 3, seqs, NULL, count);
    stmt_bind_time(q, 4, ctx->now);
    return stmt_run(q);
}

/* A key that came twice in the batch: the first one's answer. */
static void answer_same(struct line **lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct line *l = lines[i];
        if (!l->same || l->call->code != E_OK)
            continue;
        l->call->code = l->same->call->code;
        l->call->err = l->same->call->err;
        l->call->posting = l->same->call->posting;
        if (l->call->posting.outcome == POSTED_NEW)
            l->call->posting.outcome = POSTED_BEFORE;
    }
}

/* No arrays: one after the other, which costs no round trips there. */
static enum ecode post_each(struct ctx *ctx, struct posting_call *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum ecode rc = ledger_post(ctx, &calls[i].request, &calls[i].posting);
        calls[i].code = rc;
        calls[i].err = ctx->err;
        if (rc != E_OK && rc != E_INVALID && rc != E_CONFLICT && rc != E_LIMIT)
            return rc;
        err_clear(&ctx->err);
    }
    return E_OK;
}

enum ecode ledger_post_many(struct ctx *ctx, struct posting_call *calls, size_t n)
{
    struct line **lines;
    struct group *groups;
    size_t ngroups;
    if (db_engine(ctx->db) == DB_SQLITE)
        return post_each(ctx, calls, n);
    n = gather(ctx, calls, n, &lines, &groups, &ngroups);
    if (n == 0)
        return E_OK;
    enum ecode rc = load_wallets(ctx, groups, ngroups);
    if (rc == E_OK)
        rc = load_known(ctx, lines, n);
    for (size_t g = 0; g < ngroups && rc == E_OK; g++) {
        if (!groups[g].found)
            return err_set(&ctx->err, E_RETRY, "a wallet is not visible yet");
        for (size_t i = 0; i < groups[g].n && rc == E_OK; i++)
            rc = apply(ctx, &groups[g], i);
    }
    if (rc == E_OK)
        rc = write_postings(ctx, lines, n);
    if (rc == E_OK)
        rc = write_wallets(ctx, groups, ngroups);
    if (rc == E_OK)
        answer_same(lines, n);
    return rc;
}
