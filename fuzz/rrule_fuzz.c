#include <stddef.h>
#include <stdint.h>
#include "base/check.h"
#include "base/instant.h"
#include "domain/schedule/rule.h"

/*
 * RRULE text: two bytes for the anchor, the rest is the text. Whatever it says, reading it and asking for its
 * days ends soon, and the ways of asking agree.
 */

#define DAYS 800
#define TIME_LIMIT_MS 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct monotime begin = monotime_now();
    struct arena *a = arena_new(1 << 20);
    struct schedule_rule s = {.type = SCHEDULE_CUSTOM,
                              .starts_on = day_of(DAY_FIRST_LOG + (data[0] << 8 | data[1]) % 20000)};
    struct err err;
    err_clear(&err);
    if (rrule_parse(a, (const char *)data + 2, size - 2, s.starts_on, &s.rrule, &err) == E_OK) {
        struct day first;
        CHECK(schedule_rule_next(&s, day_add(s.starts_on, -1), day_of(INT32_MAX), &first));
        struct day from = day_add(first, -DAYS / 4);
        struct day_set set = day_set_new(a, from, day_add(from, DAYS));
        schedule_rule_days(&s, &set);
        struct day next = day_add(from, -1);
        bool more = schedule_rule_next(&s, next, day_add(from, DAYS), &next);
        for (struct day d = from; d.n <= from.n + DAYS; d.n++) {
            bool named = more && next.n == d.n;
            CHECK(day_set_has(&set, d) == named);
            if (named)
                more = schedule_rule_next(&s, d, day_add(from, DAYS), &next);
        }
    } else {
        CHECK(err.code == E_INVALID && err.field[0] != '\0' && err.text[0] != '\0');
    }
    arena_free(a);
    CHECK(monotime_diff(monotime_now(), begin).ms < TIME_LIMIT_MS);
    return 0;
}
