#include "base/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include "base/check.h"

static int64_t power_of_ten(int n)
{
    int64_t v = 1;
    while (n-- > 0)
        v *= 10;
    return v;
}

char *decimal_format(int64_t minor_units, int digits, char out[DECIMAL_TEXT])
{
    CHECK(minor_units >= 0 && digits >= 0 && digits <= DECIMAL_DIGITS_MAX);
    int64_t one = power_of_ten(digits);
    if (digits == 0)
        snprintf(out, DECIMAL_TEXT, "%" PRId64, minor_units);
    else
        snprintf(out, DECIMAL_TEXT, "%" PRId64 ".%0*" PRId64, minor_units / one, digits, minor_units % one);
    return out;
}

/* v = v × 10 + digit; false: it would pass DECIMAL_MAX. */
static bool push_digit(int64_t *v, int digit)
{
    if (*v > DECIMAL_MAX / 10)
        return false;
    *v = *v * 10 + digit;
    return *v <= DECIMAL_MAX;
}

bool decimal_parse(const char *s, size_t len, int digits, int64_t *out)
{
    int64_t v = 0;
    int decimals = 0;
    bool point = false;
    CHECK(digits >= 0 && digits <= DECIMAL_DIGITS_MAX);
    if (len == 0 || s[0] == '.' || s[len - 1] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        bool is_digit = s[i] >= '0' && s[i] <= '9', beyond = point && decimals == digits;
        if (!is_digit && (s[i] != '.' || point))
            return false;
        point |= !is_digit;
        if (!is_digit || (beyond && s[i] == '0'))
            continue;
        if (beyond || !push_digit(&v, s[i] - '0'))
            return false;
        decimals += point;
    }
    for (; decimals < digits; decimals++)
        if (!push_digit(&v, 0))
            return false;
    *out = v;
    return true;
}
