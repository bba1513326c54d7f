#include "domain/transfer/zip_file.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include "base/check.h"

#define CHUNK 65536

struct zip_reader {
    zip_t *zip;
    size_t count;
    size_t bytes_left;
};

static enum ecode zip_failed(zip_error_t *e, struct err *err)
{
    enum ecode code = err_set(err, E_MALFORMED, "the zip file cannot be read: %s", zip_error_strerror(e));
    zip_error_fini(e);
    return code;
}

enum ecode zip_reader_open(const void *data, size_t len, struct zip_reader **out, struct err *err)
{
    zip_error_t e;
    zip_error_init(&e);
    zip_source_t *source = zip_source_buffer_create(data, len, 0, &e);
    if (!source)
        return zip_failed(&e, err);
    zip_t *zip = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &e);
    if (!zip) {
        zip_source_free(source);
        return zip_failed(&e, err);
    }
    zip_error_fini(&e);
    zip_int64_t n = zip_get_num_entries(zip, 0);
    if (n < 0 || n > ZIP_ENTRIES_MAX) {
        zip_discard(zip);
        return err_set(err, E_TOO_LARGE, "the zip file has more than %d entries", ZIP_ENTRIES_MAX);
    }
    struct zip_reader *z = calloc(1, sizeof *z);
    CHECK(z != NULL);
    z->zip = zip;
    z->count = (size_t)n;
    z->bytes_left = ZIP_BYTES_MAX;
    *out = z;
    return E_OK;
}

void zip_reader_free(struct zip_reader *z)
{
    if (!z)
        return;
    zip_discard(z->zip);
    free(z);
}

size_t zip_reader_count(const struct zip_reader *z)
{
    return z->count;
}

const char *zip_reader_name(const struct zip_reader *z, size_t i)
{
    const char *name = zip_get_name(z->zip, i, ZIP_FL_ENC_GUESS);
    return name ? name : "";
}

/* Everything the opened entry gives, as far as the budget goes. */
static enum ecode drain(struct zip_reader *z, zip_file_t *f, char **data, size_t *len, struct err *err)
{
    size_t cap = CHUNK, n = 0;
    char *out = malloc(cap + 1);
    CHECK(out != NULL);
    for (;;) {
        if (n == cap) {
            cap *= 2;
            out = realloc(out, cap + 1);
            CHECK(out != NULL);
        }
        zip_int64_t got = zip_fread(f, out + n, cap - n);
        if (got < 0) {
            free(out);
            return err_set(err, E_MALFORMED, "the zip file is damaged: %s", zip_file_strerror(f));
        }
        if (got == 0)
            break;
        if ((size_t)got > z->bytes_left) {
            free(out);
            return err_set(err, E_TOO_LARGE, "the zip file unpacks to more than %u MiB", ZIP_BYTES_MAX >> 20);
        }
        z->bytes_left -= (size_t)got;
        n += (size_t)got;
    }
    out[n] = '\0';
    *data = out;
    *len = n;
    return E_OK;
}

enum ecode zip_reader_read(struct zip_reader *z, size_t i, char **data, size_t *len, struct err *err)
{
    zip_file_t *f = zip_fopen_index(z->zip, i, 0);
    if (!f)
        return err_set(err, E_MALFORMED, "the zip file's entry %zu cannot be read: %s", i + 1,
                       zip_strerror(z->zip));
    enum ecode code = drain(z, f, data, len, err);
    zip_fclose(f);
    return code;
}

/* DOS time as libzip takes it: seconds since 1970, read as local time; the service runs in UTC or the date is
 * off by hours, which nobody reads. */
static bool add_entry(zip_t *zip, const struct zip_entry *entry, struct instant when)
{
    zip_source_t *source = zip_source_buffer(zip, entry->data, entry->len, 0);
    if (!source)
        return false;
    zip_int64_t index = zip_file_add(zip, entry->name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    return zip_file_set_mtime(zip, (zip_uint64_t)index, (time_t)(when.ms / 1000), 0) == 0;
}

/* The finished archive out of the source it was written to. */
static bool take_archive(zip_source_t *source, void **out, size_t *len)
{
    zip_stat_t st;
    if (zip_source_stat(source, &st) != 0 || zip_source_open(source) != 0)
        return false;
    char *data = malloc(st.size + 1);
    CHECK(data != NULL);
    zip_int64_t n = zip_source_read(source, data, st.size);
    zip_source_close(source);
    if (n < 0 || (zip_uint64_t)n != st.size) {
        free(data);
        return false;
    }
    *out = data;
    *len = (size_t)n;
    return true;
}

enum ecode zip_pack(const struct zip_entry *entries, size_t n, struct instant when, void **out, size_t *len,
                    struct err *err)
{
    zip_error_t e;
    zip_error_init(&e);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &e);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_TRUNCATE, &e) : NULL;
    bool ok = zip != NULL;
    zip_error_fini(&e);
    if (ok)
        zip_source_keep(source); /* closing the archive gives up its own hold */
    for (size_t i = 0; ok && i < n; i++)
        ok = add_entry(zip, &entries[i], when);
    if (zip && (!ok || zip_close(zip) != 0)) {
        zip_discard(zip);
        ok = false;
    }
    if (ok)
        ok = take_archive(source, out, len);
    zip_source_free(source);
    return ok ? E_OK : err_set(err, E_INTERNAL, "the zip file could not be made");
}
