#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "domain/checkin/checkpoint.h"
#include "domain/score/score.h"
#include "domain/transfer/csv.h"
#include "domain/transfer/loop_palette.h"
#include "domain/transfer/write.h"
#include "domain/transfer/zip_file.h"

/*
 * The zip of CSV files as Loop 2.3 writes it: the same files, columns, words and order (newest day first).
 * Days that Loop would fill in because a frequency implies them are not written; marks of an import that were
 * such days are.
 */

#define FILE_BYTES_MAX (128u * 1024 * 1024) /* of all unpacked files together */
#define TABLE_CELLS_MAX 20000000            /* days × habits of the tables over all habits */
#define FOLDER_NAME_MAX 100

struct loop_zip {
    struct ctx *ctx;
    const struct transfer_set *set;
    struct day today;
    struct zip_entry *entries; /* names and data malloc'ed */
    size_t count;
    size_t bytes;
    struct day oldest;
    double **scores; /* per habit: of every day from the oldest to today */
};

/* Takes over the buffer as a file of the archive. */
static enum ecode add_file(struct loop_zip *z, const char *name, struct buf *b)
{
    struct zip_entry *e = &z->entries[z->count];
    size_t len;
    z->bytes += b->len;
    if (buf_overflowed(b) || z->bytes > FILE_BYTES_MAX) {
        buf_release(b);
        return err_set(&z->ctx->err, E_TOO_LARGE, "the export is larger than %u MiB", FILE_BYTES_MAX >> 20);
    }
    if (b->len == 0)
        buf_char(b, '\n');
    e->name = arena_strdup(z->ctx->arena, name);
    e->data = buf_steal(b, &len);
    e->len = len;
    z->count++;
    return E_OK;
}

/* "2.0", "2.5": as Loop prints a target. */
static void put_number(struct buf *b, int64_t milli)
{
    char digits[8];
    snprintf(digits, sizeof digits, "%03d", (int)(milli % 1000));
    size_t n = 3;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    buf_printf(b, "%lld.%.*s", (long long)(milli / 1000), (int)n, digits);
}

/* Times per days; a rule of fixed weekdays is so many times a week. */
static void frequency_of(const struct transfer_habit *h, int *count, int *days)
{
    *count = h->frequency_count;
    *days = h->frequency_days;
    if (*days > 0)
        return;
    unsigned mask = 0;
    for (size_t i = 0; i < h->schedules_count; i++)
        mask |=
            h->schedules[i].enabled && h->schedules[i].type == SCHEDULE_WEEKLY ? h->schedules[i].weekdays : 0;
    *count = __builtin_popcount(mask);
    *days = 7;
    if (*count == 0 || *count == 7)
        *count = *days = 1;
}

static enum ecode add_habits(struct loop_zip *z)
{
    struct buf b;
    buf_init(&b, FILE_BYTES_MAX);
    buf_str(&b, "Position,Name,Type,Question,Description,FrequencyNumerator,FrequencyDenominator,Color,Unit,"
                "Target Type,"
                "Target Value,Archived?\n");
    for (size_t i = 0; i < z->set->habits_count; i++) {
        const struct transfer_habit *h = &z->set->habits[i];
        bool numerical = h->kind == HABIT_MEASURABLE;
        int count, days;
        char color[8];
        frequency_of(h, &count, &days);
        snprintf(color, sizeof color, "%s", h->color);
        for (char *c = color; *c; c++)
            *c = *c >= 'a' && *c <= 'f' ? (char)(*c - 'a' + 'A') : *c;
        buf_printf(&b, "%03zu,", i + 1);
        csv_put(&b, h->name, strlen(h->name));
        buf_printf(&b, ",%s,,", numerical ? "NUMERICAL" : "YES_NO");
        csv_put(&b, h->description, strlen(h->description));
        buf_printf(&b, ",%d,%d,%s,", count, days, color);
        if (numerical)
            csv_put(&b, h->unit, strlen(h->unit));
        buf_printf(&b, ",%s,", !numerical ? "" : h->target_kind == TARGET_AT_MOST ? "AT_MOST" : "AT_LEAST");
        if (numerical)
            put_number(&b, h->target_value);
        buf_printf(&b, ",%s\n", h->archived ? "true" : "false");
    }
    return add_file(z, "Habits.csv", &b);
}

/* Loop's word for a mark. Amounts are thousandths; the smallest ones have words, too. */
static void put_value(struct buf *b, const struct transfer_habit *h, const struct transfer_entry *e)
{
    static const char *const small[] = {"NO", "YES_AUTO", "YES_MANUAL"};
    if (!e || e->status == LOG_NONE)
        buf_str(b, "UNKNOWN");
    else if (e->status == LOG_SKIPPED)
        buf_str(b, "SKIP");
    else if (e->status == LOG_DECLINED)
        buf_str(b, "NO");
    else if (h->kind == HABIT_YES_NO)
        buf_str(b, e->source == SOURCE_AUTO ? "YES_AUTO" : "YES_MANUAL");
    else if (e->value < 3)
        buf_str(b, small[e->value]);
    else
        buf_printf(b, "%lld", (long long)e->value);
}

static enum ecode add_checkmarks(struct loop_zip *z, const struct transfer_habit *h, const char *folder)
{
    struct buf b;
    char day[DAY_TEXT];
    buf_init(&b, FILE_BYTES_MAX);
    buf_str(&b, "Date,Value,Notes\n");
    for (size_t i = h->entries_count; i-- > 0;) {
        const struct transfer_entry *e = &z->set->entries[h->first_entry + i];
        const char *note = e->note ? e->note : e->decline && e->decline->note ? e->decline->note : "";
        buf_printf(&b, "%s,", day_format(e->day, day));
        put_value(&b, h, e);
        buf_char(&b, ',');
        csv_put(&b, note, strlen(note));
        buf_char(&b, '\n');
    }
    return add_file(z, arena_printf(z->ctx->arena, "%s/Checkmarks.csv", folder), &b);
}

/* Scores of every day since the oldest mark of all habits. */
static enum ecode load_scores(struct loop_zip *z, size_t index)
{
    const struct transfer_habit *h = &z->set->habits[index];
    struct checkpoint c;
    enum ecode code = checkpoint_load(z->ctx, &h->id, &c);
    if (code != E_OK)
        return code;
    struct mark *marks = arena_array(z->ctx->arena, h->entries_count, sizeof *marks);
    transfer_marks(z->set, h, marks);
    checkpoint_name_days(z->ctx, &c, z->oldest, z->today);
    size_t days = (size_t)day_diff(z->today, z->oldest) + 1;
    z->scores[index] = arena_array(z->ctx->arena, days, sizeof(double));
    score_series(&c.rule, marks, h->entries_count, z->oldest, z->today, z->scores[index]);
    return E_OK;
}

static enum ecode add_scores(struct loop_zip *z, size_t index, const char *folder)
{
    const struct transfer_habit *h = &z->set->habits[index];
    struct day from = h->entries_count > 0 ? z->set->entries[h->first_entry].day : z->today;
    struct buf b;
    char day[DAY_TEXT];
    buf_init(&b, FILE_BYTES_MAX);
    buf_str(&b, "Date,Score\n");
    for (struct day d = z->today; day_cmp(d, from) >= 0; d = day_add(d, -1))
        buf_printf(&b, "%s,%.4f\n", day_format(d, day), z->scores[index][day_diff(d, z->oldest)]);
    return add_file(z, arena_printf(z->ctx->arena, "%s/Scores.csv", folder), &b);
}

/* "001 Meditate": the position, and of the name what every file system takes. */
static const char *folder_name(struct arena *a, size_t index, const char *name)
{
    char safe[FOLDER_NAME_MAX + 1];
    size_t n = 0;
    for (const char *c = name; *c && n < FOLDER_NAME_MAX; c++)
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
            strchr(" ._-", *c))
            safe[n++] = *c;
    while (n > 0 && safe[n - 1] == ' ')
        n--;
    return arena_printf(a, n > 0 ? "%03zu %.*s" : "%03zu%.*s", index + 1, (int)n, safe);
}

/* One row a day, newest first, one column a habit; each line ends with a comma, as Loop's do. */
static enum ecode add_table(struct loop_zip *z, bool scores)
{
    const struct transfer_set *s = z->set;
    size_t *at =
        arena_array(z->ctx->arena, s->habits_count, sizeof *at); /* behind the newest entry not yet written */
    struct buf b;
    char text[DAY_TEXT];
    buf_init(&b, FILE_BYTES_MAX);
    buf_str(&b, "Date,");
    for (size_t i = 0; i < s->habits_count; i++) {
        csv_put(&b, s->habits[i].name, strlen(s->habits[i].name));
        buf_char(&b, ',');
        at[i] = s->habits[i].first_entry + s->habits[i].entries_count;
    }
    buf_char(&b, '\n');
    for (struct day d = z->today; day_cmp(d, z->oldest) >= 0 && !buf_overflowed(&b); d = day_add(d, -1)) {
        buf_printf(&b, "%s,", day_format(d, text));
        for (size_t i = 0; i < s->habits_count; i++) {
            const struct transfer_habit *h = &s->habits[i];
            const struct transfer_entry *e = NULL;
            while (at[i] > h->first_entry && day_cmp(s->entries[at[i] - 1].day, d) >= 0)
                e = s->entries[--at[i]].day.n == d.n ? &s->entries[at[i]] : NULL;
            if (scores)
                buf_printf(&b, "%.4f", z->scores[i][day_diff(d, z->oldest)]);
            else
                put_value(&b, h, e);
            buf_char(&b, ',');
        }
        buf_char(&b, '\n');
    }
    return add_file(z, scores ? "Scores.csv" : "Checkmarks.csv", &b);
}

static enum ecode add_all(struct loop_zip *z)
{
    size_t n = z->set->habits_count;
    int64_t cells = (int64_t)n * (day_diff(z->today, z->oldest) + 1);
    if (cells > TABLE_CELLS_MAX)
        return err_set(&z->ctx->err, E_TOO_LARGE, "the tables over all habits would have more than %d cells",
                       TABLE_CELLS_MAX);
    enum ecode code = add_habits(z);
    for (size_t i = 0; code == E_OK && i < n; i++) {
        const char *folder = folder_name(z->ctx->arena, i, z->set->habits[i].name);
        code = load_scores(z, i);
        if (code == E_OK)
            code = add_scores(z, i, folder);
        if (code == E_OK)
            code = add_checkmarks(z, &z->set->habits[i], folder);
    }
    if (code == E_OK)
        code = add_table(z, true);
    if (code == E_OK)
        code = add_table(z, false);
    return code;
}

enum ecode write_loop_csv(struct ctx *ctx, const struct transfer_set *s, void **out, size_t *len)
{
    struct day today = ctx_today(ctx);
    struct loop_zip z = {.ctx = ctx, .set = s, .today = today, .oldest = today};
    z.entries = arena_array(ctx->arena, 2 * s->habits_count + 3, sizeof *z.entries);
    z.scores = arena_array(ctx->arena, s->habits_count, sizeof *z.scores);
    for (size_t i = 0; i < s->entries_count; i++)
        if (day_cmp(s->entries[i].day, z.oldest) < 0)
            z.oldest = s->entries[i].day;
    enum ecode code = add_all(&z);
    if (code == E_OK)
        code = zip_pack(z.entries, z.count, ctx->now, out, len, &ctx->err);
    for (size_t i = 0; i < z.count; i++)
        free((void *)(uintptr_t)z.entries[i].data);
    return code;
}
