#ifndef HABITD_TEST_TRANSFER_BED_H
#define HABITD_TEST_TRANSFER_BED_H

#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"

/* Sample files for the tests of import and export. Whatever fails ends the test. */
struct sample {
    const char *name;
    char *data;
    size_t len;
};

/* A file of test/data; a ".sql" one becomes the SQLite image that its statements make. In the arena. */
struct sample sample_load(struct arena *a, const char *name);
/* The SQLite image that statements make. */
struct sample sample_sqlite(struct arena *a, const char *sql);
/* A file of the folder of real files beside the project; false: this checkout has none. */
bool sample_real(struct arena *a, const char *name, struct sample *out);

struct sample_file {
    const char *name, *text;
};
/* A zip of these files. */
struct sample sample_zip(struct arena *a, const struct sample_file *files, size_t n);
/* A zip as Loop writes it: two habits, three marks. */
struct sample sample_loop_csv(struct arena *a);

#endif
