#include "queries_money.h"

#include <string.h>
#include "base/check.h"
#include "domain/ledger/ledger.h"
#include "test.h"

static void post(struct domain_bed *b, const struct uuid *user, enum posting_kind kind, int64_t amount,
                 const char *key)
{
    struct posting p;
    struct posting_request r = {.user_id = *user, .kind = kind, .amount = amount, .key = key};
    domain_bed_ok(b, ledger_post(&b->ctx, &r, &p));
}

void money_fill(struct domain_bed *b, struct money_fixture *f)
{
    f->user = b->ctx.actor.user_id;
    post(b, &f->user, POSTING_TOPUP, 1000, "known");
    post(b, &f->user, POSTING_SUBSCRIPTION, -400, "bought");
    post(b, &f->user, POSTING_SUBSCRIPTION, -4000, "refused");
}

/* Values by query (its beginning) and parameter. Texts NULL with number 0: NULL is bound. */
static const struct {
    const char *query, *param;
    const char *text;
    int64_t number;
} values[] = {
    {"ledger_insert", "kind", "topup", 0},    {"ledger_refusal_insert", "kind", "topup", 0},
    {"ledger_", "idempotency_key", "new", 0}, {"ledger_", "currency", "RUB", 0},
    {"ledger_", "amount", NULL, 100},         {"ledger_", "payment_id", NULL, 0},
    {"ledger_", "actor", "system", 0},        {"ledger_list", "before_seq", NULL, 100},
    {"ledger_insert_many", "seq", NULL, 3},   {"ledger_insert_many", "balance_after", NULL, 700},
};

static const char *const finds_known[] = {"ledger_by_key", "ledger_known_many"};

static bool starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

static void bind_value(struct stmt *s, const struct query *q, int i, const char *text, int64_t number)
{
    enum db_type type = (enum db_type)(q->params[i] & ~DB_ARRAY);
    struct uuid none = {{0}};
    if (q->params[i] & DB_ARRAY) {
        bool null = type == DB_UUID;
        const void *element = type == DB_TEXT  ? (const void *)&text
                              : type == DB_I64 ? (const void *)&number
                                               : &none;
        stmt_bind_array(s, i + 1, element, null ? &null : NULL, 1);
    } else if (type == DB_TEXT) {
        stmt_bind_text(s, i + 1, text);
    } else if (type == DB_I64) {
        stmt_bind_i64(s, i + 1, number);
    } else {
        CHECK(type == DB_UUID);
        stmt_bind_uuid(s, i + 1, NULL);
    }
}

bool money_bind(struct stmt *s, const struct query *q, int i, const struct money_fixture *f)
{
    const char *name = q->param_names[i];
    for (size_t k = 0; k < ARRAY_LEN(finds_known); k++) {
        if (strcmp(q->name, finds_known[k]) == 0 && strcmp(name, "idempotency_key") == 0) {
            bind_value(s, q, i, "known", 0);
            return true;
        }
    }
    for (size_t k = ARRAY_LEN(values); k-- > 0;) { /* the special ones stand last */
        if (starts(q->name, values[k].query) && strcmp(name, values[k].param) == 0) {
            bind_value(s, q, i, values[k].text, values[k].number);
            return true;
        }
    }
    return false;
}
