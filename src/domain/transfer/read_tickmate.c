#include <stdio.h>
#include <string.h>
#include "domain/transfer/read.h"

/*
 * Tickmate's backup: `tracks` and their `ticks`. A tick's month counts from 0; it may have a time of day. A
 * track is a yes/no habit of every day.
 */

enum { T_ID, T_NAME, T_DESCRIPTION, T_ENABLED, T_ORDER, T_COLUMNS };
static const struct foreign_column track_columns[T_COLUMNS] = {
    [T_ID] = {"_id", true},           [T_NAME] = {"name", true},    [T_DESCRIPTION] = {"description", false},
    [T_ENABLED] = {"enabled", false}, [T_ORDER] = {"order", false},
};
enum { K_ID, K_TRACK, K_YEAR, K_MONTH, K_DAY, K_COLUMNS };
static const struct foreign_column tick_columns[K_COLUMNS] = {
    [K_ID] = {"_id", false},     [K_TRACK] = {"_track_id", true}, [K_YEAR] = {"year", true},
    [K_MONTH] = {"month", true}, [K_DAY] = {"day", true},
};

struct tickmate {
    struct transfer_set *set;
    struct id_map ids;
};

static enum ecode track_row(void *arg, const struct foreign_value *v)
{
    struct tickmate *t = arg;
    struct cell c = {t->set, "tracks", (int64_t)t->ids.count + 1};
    int64_t id, enabled, order;
    const char *name, *text;
    size_t name_len, text_len;
    struct transfer_habit *h;
    enum ecode code = cell_i64(&c, "_id", &v[T_ID], 0, &id);
    if (code == E_OK)
        code = cell_i64(&c, "enabled", &v[T_ENABLED], 1, &enabled);
    if (code == E_OK)
        code = cell_i64(&c, "order", &v[T_ORDER], 0, &order);
    if (code == E_OK)
        code = cell_text(&c, "name", &v[T_NAME], &name, &name_len);
    if (code == E_OK)
        code = cell_text(&c, "description", &v[T_DESCRIPTION], &text, &text_len);
    if (code != E_OK)
        return code;
    char ref[32];
    snprintf(ref, sizeof ref, "id:%lld", (long long)id);
    code = transfer_habit_add(t->set, ref, strlen(ref), name, name_len, &h);
    if (code != E_OK)
        return err_wrap(t->set->err, "table tracks, row %lld", (long long)id);
    id_map_add(&t->ids, id);
    h->archived = enabled == 0;
    h->position = order;
    code = transfer_description(t->set, text, text_len, &h->description);
    return code;
}

static enum ecode tick_row(void *arg, const struct foreign_value *v)
{
    static const char *const names[] = {"_id", "_track_id", "year", "month", "day"};
    struct tickmate *t = arg;
    struct transfer_set *s = t->set;
    struct cell c = {s, "ticks", 0};
    int64_t numbers[K_COLUMNS];
    for (int i = 0; i < K_COLUMNS; i++) {
        enum ecode code = cell_i64(&c, names[i], &v[i], -1, &numbers[i]);
        if (code != E_OK)
            return code;
        c.row = numbers[K_ID];
    }
    if (v[K_TRACK].type == FOREIGN_NULL || v[K_YEAR].type == FOREIGN_NULL) {
        s->losses[LOSS_EMPTY_ROW]++;
        return E_OK;
    }
    int index = id_map_find(&t->ids, numbers[K_TRACK]);
    if (index < 0) {
        s->losses[LOSS_ORPHAN]++;
        return E_OK;
    }
    struct day day;
    int64_t year = numbers[K_YEAR], month = numbers[K_MONTH] + 1, dom = numbers[K_DAY];
    if (year < 1 || year > 9999 || month < 1 || month > 12 || dom < 1 || dom > 31 ||
        !day_from_ymd((int)year, (int)month, (int)dom, &day))
        return err_set(s->err, E_MALFORMED, "table ticks, row %lld: there is no such date", (long long)c.row);
    struct transfer_entry *e;
    enum ecode code = transfer_entry_add(s, &s->habits[index], day, &e);
    if (code != E_OK)
        return err_wrap(s->err, "table ticks, row %lld", (long long)c.row);
    if (e)
        e->status = LOG_DONE;
    return E_OK;
}

enum ecode read_tickmate(struct transfer_set *s, struct foreign *f)
{
    struct tickmate *t = arena_alloc(s->arena, sizeof *t);
    t->set = s;
    enum ecode code =
        foreign_read(f, "tracks", track_columns, T_COLUMNS, HABITS_PER_USER_MAX + 1, track_row, t, s->err);
    if (code == E_OK)
        code = foreign_read(f, "ticks", tick_columns, K_COLUMNS, IMPORT_ROWS_MAX, tick_row, t, s->err);
    return code;
}
