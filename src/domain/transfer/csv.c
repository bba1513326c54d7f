#include "domain/transfer/csv.h"

#include <string.h>
#include "base/utf8.h"

void csv_reader_init(struct csv_reader *r, struct arena *a, const char *data, size_t len)
{
    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        len -= 3;
    }
    *r = (struct csv_reader){.p = data, .end = data + len, .separator = ',', .next_line = 1};
    r->fields = arena_array(a, CSV_FIELDS_MAX, sizeof *r->fields);
    r->scratch = arena_alloc(a, len + 1);
    const char *eol = memchr(data, '\n', len);
    size_t first = eol ? (size_t)(eol - data) : len;
    if (memchr(data, ',', first) == NULL && memchr(data, ';', first) != NULL)
        r->separator = ';';
}

/* A quoted field; r->p stands on its quote. Doubled quotes become one. */
static enum ecode quoted(struct csv_reader *r, struct csv_field *f, struct err *err)
{
    f->text = r->scratch + r->scratch_used;
    f->len = 0;
    r->p++;
    for (;;) {
        const char *quote = memchr(r->p, '"', (size_t)(r->end - r->p));
        if (!quote)
            return err_set(err, E_MALFORMED, "line %zu: a quote is never closed", r->line);
        bool twice = quote + 1 < r->end && quote[1] == '"';
        size_t n = (size_t)(quote - r->p) + twice;
        memcpy(r->scratch + r->scratch_used, r->p, n);
        for (size_t i = 0; i < n; i++)
            r->next_line += r->p[i] == '\n';
        r->scratch_used += n;
        f->len += n;
        r->p = quote + 1 + twice;
        if (!twice)
            break;
    }
    if (r->p < r->end && *r->p != r->separator && *r->p != '\n' && *r->p != '\r')
        return err_set(err, E_MALFORMED, "line %zu: something follows a closing quote", r->line);
    return E_OK;
}

static void plain(struct csv_reader *r, struct csv_field *f)
{
    f->text = r->p;
    while (r->p < r->end && *r->p != r->separator && *r->p != '\n' && *r->p != '\r')
        r->p++;
    f->len = (size_t)(r->p - f->text);
}

/* One row up to and with its line end. */
static enum ecode read_row(struct csv_reader *r, struct err *err)
{
    r->line = r->next_line;
    r->count = 0;
    r->scratch_used = 0;
    for (;;) {
        if (r->count == CSV_FIELDS_MAX)
            return err_set(err, E_MALFORMED, "line %zu: more than %d fields", r->line, CSV_FIELDS_MAX);
        struct csv_field *f = &r->fields[r->count++];
        enum ecode code = E_OK;
        if (r->p < r->end && *r->p == '"')
            code = quoted(r, f, err);
        else
            plain(r, f);
        if (code != E_OK)
            return code;
        if (!utf8_valid(f->text, f->len))
            return err_set(err, E_MALFORMED, "line %zu: not valid UTF-8", r->line);
        if (r->p < r->end && *r->p == r->separator) {
            r->p++;
            continue;
        }
        if (r->p < r->end && *r->p == '\r')
            r->p++;
        if (r->p < r->end && *r->p == '\n')
            r->p++;
        r->next_line++;
        return E_OK;
    }
}

bool csv_next(struct csv_reader *r, enum ecode *code, struct err *err)
{
    *code = E_OK;
    while (r->p < r->end) {
        *code = read_row(r, err);
        if (*code != E_OK)
            return false;
        if (r->count > 1 || r->fields[0].len > 0)
            return true;
    }
    return false;
}

struct csv_field csv_field(const struct csv_reader *r, size_t i)
{
    return i < r->count ? r->fields[i] : (struct csv_field){"", 0};
}

bool csv_is(struct csv_field f, const char *text)
{
    if (strlen(text) != f.len)
        return false;
    for (size_t i = 0; i < f.len; i++) {
        char a = f.text[i], b = text[i];
        if (a >= 'A' && a <= 'Z')
            a = (char)(a - 'A' + 'a');
        if (b >= 'A' && b <= 'Z')
            b = (char)(b - 'A' + 'a');
        if (a != b)
            return false;
    }
    return true;
}

int csv_find(const struct csv_reader *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (csv_is(r->fields[i], name))
            return (int)i;
    return -1;
}

void csv_put(struct buf *b, const char *text, size_t len)
{
    bool plain_text = true;
    for (size_t i = 0; i < len && plain_text; i++)
        plain_text = text[i] != ',' && text[i] != '"' && text[i] != '\n' && text[i] != '\r' && text[i] != ';';
    if (plain_text && len > 0 && (text[0] == ' ' || text[len - 1] == ' '))
        plain_text = false;
    if (plain_text) {
        buf_add(b, text, len);
        return;
    }
    buf_char(b, '"');
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            buf_char(b, '"');
        buf_char(b, text[i]);
    }
    buf_char(b, '"');
}
