#ifndef HABITD_DOMAIN_PLAN_H
#define HABITD_DOMAIN_PLAN_H

#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"
#include "base/toml.h"

/*
 * What is sold, and for how much: the tables [[plans]], [currencies] and [referral] of habitd.toml. What is
 * shown and what is charged come from here alone. Without a file the built-in table stands.
 *
 *   [[plans]]
 *   name = "month"        # lower case; what the API calls it
 *   months = 1            # or days = 30
 *   [plans.prices]        # minor units; a currency without a price is not sold in it
 *   RUB = 29900
 *   XTR = 250
 *
 *   [currencies]          # digits behind the point, beside RUB 2, XTR 0, USDT 6; 2 for all others
 *   JPY = 0
 *
 *   [referral]
 *   mature_days = 14      # a payment is rewarded when it has stood so long
 *   per_day = 5           # rewards of one person; 0: no cap
 *   lifetime = 100
 *   burst = 10            # so many invited within an hour are looked at by a person first; 0: never
 */
#define PLANS_MAX 16
#define PLAN_PRICES_MAX 8
#define PLAN_NAME_BYTES_MAX 32
#define CURRENCIES_MAX 32
#define PRICE_MAX 1000000000000 /* minor units */

struct price {
    const char *currency;
    int64_t amount; /* minor units, > 0 */
};
struct plan {
    const char *name;
    int months, days; /* one of them, the other 0 */
    struct price prices[PLAN_PRICES_MAX];
    size_t prices_count;
};
struct currency_scale {
    const char *currency;
    int digits; /* 0–8 */
};
struct referral_rules {
    int mature_days, per_day, lifetime, burst;
};
struct plan_table {
    struct plan plans[PLANS_MAX];
    size_t count;
    struct currency_scale scales[CURRENCIES_MAX];
    size_t scales_count;
    struct referral_rules referral;
};

/* The built-in table; lives for ever. */
const struct plan_table *plans_builtin(void);
/*
 * Reads the tables of a file (NULL: no file) over the built-in ones: [[plans]] replaces all plans. Texts are
 * the file's own, copied into the arena. E_INVALID: `field` names the entry ("plans.month.prices.RUB"), the
 * text the line and what is allowed; unknown keys are errors.
 */
enum ecode plans_load(const struct toml_value *file, struct arena *a, const struct plan_table **out,
                      struct err *err);

/* NULL when there is none. */
const struct plan *plan_find(const struct plan_table *t, const char *name);
/* 0 when the plan is not sold in that currency. */
int64_t plan_price(const struct plan *p, const char *currency);
/* Digits behind the point when amounts of that currency are shown. */
int currency_digits(const struct plan_table *t, const char *currency);

#endif
