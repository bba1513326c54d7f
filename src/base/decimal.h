#ifndef HABITD_BASE_DECIMAL_H
#define HABITD_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Amounts as decimal text, the way payment providers write them ("299.00"), and as the minor units that
 * habitd counts in. Never negative, never rounded.
 */
#define DECIMAL_DIGITS_MAX 9
#define DECIMAL_MAX ((int64_t)1000000000000000000) /* minor units, what is read at most */
#define DECIMAL_TEXT 24                            /* bytes decimal_format needs, NUL included */

/* How many digits stand behind the point of a currency; 0 to DECIMAL_DIGITS_MAX. */
struct decimal_scale {
    int (*digits)(const void *arg, const char *currency);
    const void *arg;
};

/* 29900 with two digits is "299.00", without any "29900". minor_units ≥ 0. Returns out. */
char *decimal_format(int64_t minor_units, int digits, char out[DECIMAL_TEXT]);
/*
 * "299", "299.0" and "299.0000" with two digits are 29900. false: anything but digits and one point between
 * them, more decimals than the currency has (zeros excepted), more than DECIMAL_MAX.
 */
bool decimal_parse(const char *s, size_t len, int digits, int64_t *out);

#endif
