#include "import_fuzz.h"

/* What was read is written and read again: the second writing equals the first. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(IMPORT_ARENA_BYTES);
    struct transfer_set *s = fuzz_import(a, data, size, FORMAT_JSON);
    if (s) {
        struct buf first, second;
        buf_init(&first, 1 << 26);
        buf_init(&second, 1 << 26);
        write_json(s, &first);
        s = fuzz_import(a, (const uint8_t *)first.data, first.len, FORMAT_JSON);
        CHECK(s != NULL);
        write_json(s, &second);
        CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
        buf_release(&first);
        buf_release(&second);
    }
    arena_free(a);
    return 0;
}
