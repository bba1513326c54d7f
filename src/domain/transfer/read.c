#include "domain/transfer/read.h"

#include <math.h>
#include <string.h>
#include "base/utf8.h"

const char *const format_names[] = {
    [FORMAT_UNKNOWN] = "",          [FORMAT_LOOP] = "loop",
    [FORMAT_LOOP_CSV] = "loop-csv", [FORMAT_HABITBULL] = "habitbull",
    [FORMAT_TICKMATE] = "tickmate", [FORMAT_REWIRE] = "rewire",
    [FORMAT_CSV] = "csv",           [FORMAT_JSON] = "json",
    [FORMAT_ICS] = "ics",           [FORMATS] = NULL,
};

/* Which program's tables an SQLite file has. */
static enum transfer_format sqlite_format(const struct foreign *f)
{
    if (foreign_has_table(f, "Habits") && foreign_has_table(f, "Repetitions"))
        return FORMAT_LOOP;
    if (foreign_has_table(f, "tracks") && foreign_has_table(f, "ticks"))
        return FORMAT_TICKMATE;
    if (foreign_has_table(f, "Habits") && foreign_has_table(f, "CHECKINS"))
        return FORMAT_REWIRE;
    return FORMAT_UNKNOWN;
}

enum transfer_format transfer_recognise(const void *data, size_t len)
{
    const char *p = data, *end = p + len;
    if (foreign_is_sqlite(data, len)) {
        struct err ignored;
        struct foreign *f = NULL;
        enum transfer_format format = FORMAT_UNKNOWN;
        if (foreign_open(data, len, &f, &ignored) == E_OK)
            format = sqlite_format(f);
        foreign_free(f);
        return format;
    }
    if (len >= 4 && (memcmp(p, "PK\3\4", 4) == 0 || memcmp(p, "PK\5\6", 4) == 0))
        return FORMAT_LOOP_CSV;
    if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    const char *first = p;
    while (first < end && (*first == ' ' || *first == '\t' || *first == '\n' || *first == '\r'))
        first++;
    if (first < end && *first == '{')
        return FORMAT_JSON;
    if (habitbull_recognise(p, (size_t)(end - p)))
        return FORMAT_HABITBULL;
    if (csv_recognise(p, (size_t)(end - p)))
        return FORMAT_CSV;
    return FORMAT_UNKNOWN;
}

static enum ecode read_sqlite(struct transfer_set *s, const void *data, size_t len)
{
    struct foreign *f = NULL;
    enum ecode code = foreign_open(data, len, &f, s->err);
    if (code != E_OK)
        return code;
    if (s->format == FORMAT_LOOP)
        code = read_loop(s, f);
    else if (s->format == FORMAT_TICKMATE)
        code = read_tickmate(s, f);
    else
        code = read_rewire(s, f);
    foreign_free(f);
    return code;
}

enum ecode transfer_read(struct arena *a, const void *data, size_t len, enum transfer_format format,
                         struct day today, struct transfer_set **out, struct err *err)
{
    struct transfer_set *s = transfer_set_new(a, format, today, err);
    enum ecode code;
    switch (format) {
    case FORMAT_LOOP:
    case FORMAT_TICKMATE:
    case FORMAT_REWIRE:
        code = read_sqlite(s, data, len);
        break;
    case FORMAT_LOOP_CSV:
        code = read_loop_csv(s, data, len);
        break;
    case FORMAT_HABITBULL:
        code = read_habitbull(s, data, len);
        break;
    case FORMAT_CSV:
        code = read_csv(s, data, len);
        break;
    case FORMAT_JSON:
        code = read_json(s, data, len);
        break;
    default:
        code = err_field(err, "format", "this format cannot be imported");
        break;
    }
    if (code != E_OK)
        return code;
    transfer_set_finish(s);
    *out = s;
    return E_OK;
}

/* --- values of an SQLite file
 * ------------------------------------------------------------------------------------------ */

static enum ecode wrong(const struct cell *c, const char *column, const char *what)
{
    return err_set(c->set->err, E_MALFORMED, "table %s, row %lld: %s %s", c->table, (long long)c->row, column,
                   what);
}

enum ecode cell_i64(const struct cell *c, const char *column, const struct foreign_value *v, int64_t absent,
                    int64_t *out)
{
    if (v->type == FOREIGN_NULL)
        *out = absent;
    else if (v->type == FOREIGN_I64)
        *out = v->i64;
    else if (v->type == FOREIGN_F64 && fabs(v->f64) < 9e15 && v->f64 == floor(v->f64))
        *out = (int64_t)v->f64;
    else
        return wrong(c, column, "is not a whole number");
    return E_OK;
}

enum ecode cell_text(const struct cell *c, const char *column, const struct foreign_value *v,
                     const char **text, size_t *len)
{
    if (v->type != FOREIGN_NULL && v->type != FOREIGN_TEXT)
        return wrong(c, column, "is not a text");
    if (v->type == FOREIGN_TEXT && !utf8_valid(v->text, v->len))
        return wrong(c, column, "is not valid UTF-8");
    *text = v->type == FOREIGN_TEXT ? v->text : "";
    *len = v->type == FOREIGN_TEXT ? v->len : 0;
    return E_OK;
}

enum ecode cell_milli(const struct cell *c, const char *column, const struct foreign_value *v, int64_t *out)
{
    double number = 0;
    if (v->type == FOREIGN_I64)
        number = (double)v->i64;
    else if (v->type == FOREIGN_F64)
        number = v->f64;
    else if (v->type != FOREIGN_NULL)
        return wrong(c, column, "is not a number");
    if (!(number >= 0 && number * 1000 <= (double)LOG_VALUE_MAX))
        return wrong(c, column, "is out of range");
    *out = (int64_t)llround(number * 1000);
    return E_OK;
}

void id_map_add(struct id_map *m, int64_t id)
{
    m->ids[m->count++] = id;
}

int id_map_find(struct id_map *m, int64_t id)
{
    if (m->last < m->count && m->ids[m->last] == id)
        return (int)m->last;
    for (size_t i = 0; i < m->count; i++)
        if (m->ids[i] == id) {
            m->last = i;
            return (int)i;
        }
    return -1;
}
