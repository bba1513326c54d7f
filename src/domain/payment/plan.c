#include "domain/payment/plan.h"

#include <string.h>
#include "base/check.h"

static const struct plan_table builtin = {
    .plans =
        {
            {.name = "month",
             .months = 1,
             .prices = {{"RUB", 29900}, {"XTR", 250}, {"USDT", 3500000}, {"USD", 399}, {"EUR", 399}},
             .prices_count = 5},
            {.name = "year",
             .months = 12,
             .prices = {{"RUB", 249900}, {"XTR", 2100}, {"USDT", 29000000}, {"USD", 2990}, {"EUR", 2990}},
             .prices_count = 5},
        },
    .count = 2,
    .scales = {{"RUB", 2}, {"XTR", 0}, {"USDT", 6}},
    .scales_count = 3,
    .referral = {.mature_days = 14, .per_day = 5, .lifetime = 100, .burst = 10},
};

const struct plan_table *plans_builtin(void)
{
    return &builtin;
}

struct reader {
    struct arena *arena;
    struct plan_table *table;
    struct err *err;
};

static enum ecode wrong(const struct reader *r, const struct toml_value *v, const char *field,
                        const char *allowed)
{
    return err_field(r->err, field, "habitd.toml:%d: %s %s", v->line, field, allowed);
}

static enum ecode read_integer(const struct reader *r, const struct toml_value *v, const char *field,
                               int64_t min, int64_t max, int64_t *out)
{
    if (v->kind != TOML_INT || v->v.integer < min || v->v.integer > max)
        return wrong(r, v, field,
                     arena_printf(r->arena, "must be a whole number from %lld to %lld", (long long)min,
                                  (long long)max));
    *out = v->v.integer;
    return E_OK;
}

static bool is_currency(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return n >= 3 && n <= 5 && s[n] == '\0';
}

static bool is_plan_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    return n >= 1 && n <= PLAN_NAME_BYTES_MAX && s[n] == '\0';
}

static enum ecode read_prices(const struct reader *r, const struct toml_value *prices, struct plan *p)
{
    if (prices->kind != TOML_TABLE)
        return wrong(r, prices, "plans.prices", "must be a table");
    for (const struct toml_value *v = prices->v.first; v; v = v->next) {
        const char *field = arena_printf(r->arena, "plans.prices.%s", v->key);
        if (!is_currency(v->key))
            return wrong(r, v, field, "is not a currency of three to five capital letters");
        if (p->prices_count == PLAN_PRICES_MAX)
            return wrong(r, v, field, "is one price too many");
        struct price *price = &p->prices[p->prices_count++];
        price->currency = arena_strdup(r->arena, v->key);
        enum ecode rc = read_integer(r, v, field, 1, PRICE_MAX, &price->amount);
        if (rc != E_OK)
            return rc;
    }
    return E_OK;
}

static enum ecode read_plan(const struct reader *r, const struct toml_value *table, struct plan *p)
{
    enum ecode rc = E_OK;
    int64_t n = 0;
    for (const struct toml_value *v = table->v.first; v && rc == E_OK; v = v->next) {
        if (strcmp(v->key, "name") == 0) {
            if (v->kind != TOML_STRING || !is_plan_name(v->v.string))
                return wrong(r, v, "plans.name", "must be 1 to 32 small letters, digits, _ and -");
            if (plan_find(r->table, v->v.string))
                return wrong(r, v, "plans.name", "is there twice");
            p->name = arena_strdup(r->arena, v->v.string);
        } else if (strcmp(v->key, "months") == 0) {
            rc = read_integer(r, v, "plans.months", 1, 60, &n);
            p->months = (int)n;
        } else if (strcmp(v->key, "days") == 0) {
            rc = read_integer(r, v, "plans.days", 1, 1830, &n);
            p->days = (int)n;
        } else if (strcmp(v->key, "prices") == 0) {
            rc = read_prices(r, v, p);
        } else {
            return wrong(r, v, arena_printf(r->arena, "plans.%s", v->key), "is not known");
        }
    }
    if (rc != E_OK)
        return rc;
    if (!p->name)
        return wrong(r, table, "plans.name", "is missing");
    if ((p->months == 0) == (p->days == 0))
        return wrong(r, table, "plans.months", "or plans.days must be given, and not both");
    if (p->prices_count == 0)
        return wrong(r, table, "plans.prices", "is missing");
    return E_OK;
}

static enum ecode read_plans(const struct reader *r, const struct toml_value *list)
{
    if (list->kind != TOML_ARRAY || !list->v.first || list->v.first->kind != TOML_TABLE)
        return wrong(r, list, "plans", "must be tables, [[plans]]");
    r->table->count = 0;
    for (const struct toml_value *v = list->v.first; v; v = v->next) {
        struct plan p = {.name = NULL};
        if (r->table->count == PLANS_MAX)
            return wrong(r, v, "plans", "are too many");
        enum ecode rc = read_plan(r, v, &p);
        if (rc != E_OK)
            return rc;
        r->table->plans[r->table->count++] = p;
    }
    return E_OK;
}

static enum ecode read_currencies(const struct reader *r, const struct toml_value *table)
{
    int64_t n = 0;
    if (table->kind != TOML_TABLE)
        return wrong(r, table, "currencies", "must be a table");
    for (const struct toml_value *v = table->v.first; v; v = v->next) {
        const char *field = arena_printf(r->arena, "currencies.%s", v->key);
        if (!is_currency(v->key))
            return wrong(r, v, field, "is not a currency of three to five capital letters");
        enum ecode rc = read_integer(r, v, field, 0, 8, &n);
        if (rc != E_OK)
            return rc;
        size_t at = 0;
        while (at < r->table->scales_count && strcmp(r->table->scales[at].currency, v->key) != 0)
            at++;
        if (at == CURRENCIES_MAX)
            return wrong(r, v, field, "is one currency too many");
        if (at == r->table->scales_count)
            r->table->scales[r->table->scales_count++].currency = arena_strdup(r->arena, v->key);
        r->table->scales[at].digits = (int)n;
    }
    return E_OK;
}

static enum ecode read_referral(const struct reader *r, const struct toml_value *table)
{
    if (table->kind != TOML_TABLE)
        return wrong(r, table, "referral", "must be a table");
    struct referral_rules *rules = &r->table->referral;
    const struct {
        const char *key;
        int max, *out;
    } keys[] = {
        {"mature_days", 365, &rules->mature_days},
        {"per_day", 1000000, &rules->per_day},
        {"lifetime", 1000000, &rules->lifetime},
        {"burst", 1000000, &rules->burst},
    };
    for (const struct toml_value *v = table->v.first; v; v = v->next) {
        const char *field = arena_printf(r->arena, "referral.%s", v->key);
        size_t k = 0;
        int64_t n = 0;
        while (k < ARRAY_LEN(keys) && strcmp(keys[k].key, v->key) != 0)
            k++;
        if (k == ARRAY_LEN(keys))
            return wrong(r, v, field, "is not known");
        enum ecode rc = read_integer(r, v, field, 0, keys[k].max, &n);
        if (rc != E_OK)
            return rc;
        *keys[k].out = (int)n;
    }
    return E_OK;
}

enum ecode plans_load(const struct toml_value *file, struct arena *a, const struct plan_table **out,
                      struct err *err)
{
    static const struct {
        const char *key;
        enum ecode (*read)(const struct reader *r, const struct toml_value *v);
    } parts[] = {{"plans", read_plans}, {"currencies", read_currencies}, {"referral", read_referral}};
    struct reader r = {.arena = a, .table = arena_alloc(a, sizeof *r.table), .err = err};
    *r.table = builtin;
    for (size_t i = 0; file && i < ARRAY_LEN(parts); i++) {
        const struct toml_value *v = toml_get(file, parts[i].key);
        enum ecode rc = v ? parts[i].read(&r, v) : E_OK;
        if (rc != E_OK)
            return rc;
    }
    *out = r.table;
    return E_OK;
}

const struct plan *plan_find(const struct plan_table *t, const char *name)
{
    for (size_t i = 0; name && i < t->count; i++) {
        if (strcmp(t->plans[i].name, name) == 0)
            return &t->plans[i];
    }
    return NULL;
}

int64_t plan_price(const struct plan *p, const char *currency)
{
    for (size_t i = 0; i < p->prices_count; i++) {
        if (strcmp(p->prices[i].currency, currency) == 0)
            return p->prices[i].amount;
    }
    return 0;
}

int currency_digits(const struct plan_table *t, const char *currency)
{
    for (size_t i = 0; i < t->scales_count; i++) {
        if (strcmp(t->scales[i].currency, currency) == 0)
            return t->scales[i].digits;
    }
    return 2;
}
