#include "import_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(IMPORT_ARENA_BYTES);
    fuzz_import(a, data, size, FORMAT_HABITBULL);
    arena_free(a);
    return 0;
}
