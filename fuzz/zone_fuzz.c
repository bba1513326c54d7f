#include <stddef.h>
#include <stdint.h>
#include "base/check.h"
#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever is read as a zone answers every question about time, and its answers fit together. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t moments[] = {-62135596800000, -1, 0, 951782400000, 1790000000000, 4102444800000,
                                      253402300799999};
    struct zone *z = NULL;
    struct err err;
    if (zone_parse("Fuzz/Zone", data, size, &z, &err))
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
        struct instant t = instant_from_ms(moments[i]);
        struct walltime w = zone_to_local(z, t);
        struct day d = zone_local_day(z, t, 180);
        CHECK(w.ms >= 0 && w.ms < 86400000 && (d.n == w.day.n || d.n == w.day.n - 1));
        /* The first moment of this wall minute is not after the moment that shows it. */
        CHECK(zone_from_local(z, w.day, w.ms / 60000).ms <= t.ms);
        zone_reminder_at(z, d, 150, 180);
    }
    zone_free(z);
    return 0;
}
