#include "transfer_bed.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "domain/transfer/zip_file.h"

static bool read_file(struct arena *a, const char *folder, const char *name, struct sample *out)
{
    char path[512];
    const char *root = getenv("HABITD_SOURCE_ROOT");
    CHECK(root != NULL);
    snprintf(path, sizeof path, "%s/%s/%s", root, folder, name);
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    char *data = arena_alloc(a, 1 << 20);
    size_t len = fread(data, 1, 1 << 20, f);
    fclose(f);
    *out = (struct sample){name, data, len};
    return true;
}

struct sample sample_sqlite(struct arena *a, const char *sql)
{
    sqlite3 *db;
    sqlite3_int64 size;
    CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, "PRAGMA page_size=512", NULL, NULL, NULL) == SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(db));
        CHECK(!"the sample's statements run");
    }
    unsigned char *image = sqlite3_serialize(db, "main", &size, 0);
    struct sample s = {"sqlite", arena_memdup(a, image, (size_t)size), (size_t)size};
    sqlite3_free(image);
    sqlite3_close(db);
    return s;
}

struct sample sample_load(struct arena *a, const char *name)
{
    struct sample s;
    CHECK(read_file(a, "test/data", name, &s));
    if (strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".sql") == 0)
        s = sample_sqlite(a, s.data);
    s.name = name;
    return s;
}

bool sample_real(struct arena *a, const char *name, struct sample *out)
{
    return read_file(a, "../shared/data/loop", name, out);
}

struct sample sample_zip(struct arena *a, const struct sample_file *files, size_t n)
{
    struct zip_entry entries[8];
    struct err err;
    void *data;
    size_t len;
    CHECK(n <= ARRAY_LEN(entries));
    for (size_t i = 0; i < n; i++)
        entries[i] = (struct zip_entry){files[i].name, files[i].text, strlen(files[i].text)};
    CHECK(zip_pack(entries, n, instant_from_ms(1700000000000), &data, &len, &err) == E_OK);
    struct sample s = {"zip", arena_memdup(a, data, len), len};
    free(data);
    return s;
}

struct sample sample_loop_csv(struct arena *a)
{
    static const struct sample_file files[] = {
        {"Habits.csv", "Position,Name,Type,Question,Description,FrequencyNumerator,FrequencyDenominator,"
                       "Color,Unit,Target Type,Target Value,Archived?\n"
                       "001,Meditate,YES_NO,Did you?,,2,3,#FF8F00,,,,false\n"
                       "002,Run,NUMERICAL,,\"Far, far\",1,1,#E64A19,km,AT_LEAST,2.5,true\n"},
        {"001 Meditate/Checkmarks.csv", "Date,Value,Notes\n2025-01-03,SKIP,\n2025-01-02,YES_AUTO,\n"
                                        "2025-01-01,YES_MANUAL,first\n2024-12-31,NO,\n2024-12-30,UNKNOWN,\n"},
        {"001 Meditate/Scores.csv", "Date,Score\n2025-01-03,0.1\n"},
        {"002 Run/Checkmarks.csv", "Date,Value,Notes\n2025-01-02,5250,\n2025-01-01,NO,\n"},
        {"Checkmarks.csv", "Date,Meditate,Run,\n"},
    };
    return sample_zip(a, files, ARRAY_LEN(files));
}
