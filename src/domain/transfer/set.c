#include "domain/transfer/set.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/hash.h"
#include "base/utf8.h"

#define ABSURD_BEFORE 0    /* 1970-01-01 */
#define ABSURD_AFTER 47481 /* 2099-12-31 */
#define DEFAULT_COLOR "#4c8bf5"
#define DAYS_MAX 366 /* longest frequency */

const char *const transfer_loss_names[LOSSES] = {
    [LOSS_DAY_RANGE] = "day_range", [LOSS_DAY_TWICE] = "day_twice", [LOSS_ORPHAN] = "orphan",
    [LOSS_EMPTY_ROW] = "empty_row", [LOSS_NAME_CUT] = "name_cut",   [LOSS_NOTE_CUT] = "note_cut",
    [LOSS_TEXT_CLEANED] = "text",   [LOSS_VALUE] = "value",         [LOSS_FREQUENCY] = "frequency",
    [LOSS_REMINDER] = "reminder",   [LOSS_KIND] = "kind",           [LOSS_NEWER] = "newer",
};

static const char *const loss_texts[LOSSES] = {
    [LOSS_DAY_RANGE] = "marks lie before 2000-01-01 or after today and were left out",
    [LOSS_DAY_TWICE] = "marks were for a day that has a later mark in the file; the last one counts",
    [LOSS_ORPHAN] = "marks belong to no habit of the file and were left out",
    [LOSS_EMPTY_ROW] = "rows name no habit or no day and were left out",
    [LOSS_NAME_CUT] = "names were longer than allowed and were cut",
    [LOSS_NOTE_CUT] = "texts were longer than is kept (4096 characters) and were cut",
    [LOSS_TEXT_CLEANED] = "texts held control characters, which were taken out",
    [LOSS_VALUE] = "amounts make no sense and were left out",
    [LOSS_FREQUENCY] = "frequencies do not exist here and were replaced by the nearest one",
    [LOSS_REMINDER] = "reminders make no sense and were left out",
    [LOSS_KIND] = "marks were fitted to a habit that is of another kind here (yes/no or measurable)",
    [LOSS_NEWER] = "the file was written by a newer version than the one known here",
};

static void free_entries(void *p)
{
    struct transfer_set *s = p;
    free(s->entries);
}

struct transfer_set *transfer_set_new(struct arena *a, enum transfer_format format, struct day today,
                                      struct err *err)
{
    struct transfer_set *s = arena_alloc(a, sizeof *s);
    s->arena = a;
    s->err = err;
    s->format = format;
    s->today = today;
    s->first = s->last = day_none();
    s->habits = arena_array(a, HABITS_PER_USER_MAX, sizeof *s->habits);
    arena_defer(a, free_entries, s);
    return s;
}

/* --- text
 * ----------------------------------------------------------------------------------------------------------
 */

/* Room for n more bytes of text; hostile files can name the same bytes many times over. */
static enum ecode spend_text(struct transfer_set *s, size_t n)
{
    if (n > IMPORT_TEXT_MAX - s->text_bytes)
        return err_set(s->err, E_TOO_LARGE, "the file holds more than %u MiB of text", IMPORT_TEXT_MAX >> 20);
    s->text_bytes += n;
    return E_OK;
}

/* Length of a control character at p (C0, DEL, C1, U+2028, U+2029), 0 for anything else. p is valid UTF-8. */
static size_t control_at(const unsigned char *p, size_t left)
{
    if (p[0] < 0x20 || p[0] == 0x7f)
        return 1;
    if (left >= 2 && p[0] == 0xc2 && p[1] < 0xa0)
        return 2;
    if (left >= 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
        return 3;
    return 0;
}

/* Copies text without control characters; in lines each becomes a space, in texts newline and tab stay. */
static char *copy_clean(struct transfer_set *s, const char *text, size_t len, bool line, size_t *out_len)
{
    char *out = arena_alloc(s->arena, len + 1);
    size_t n = 0;
    bool cleaned = false;
    for (size_t i = 0; i < len;) {
        size_t control = control_at((const unsigned char *)text + i, len - i);
        if (control == 0) {
            out[n++] = text[i++];
            continue;
        }
        if (!line && (text[i] == '\n' || text[i] == '\t'))
            out[n++] = text[i];
        else if (line)
            out[n++] = ' ';
        else if (text[i] != '\r' || i + 1 >= len || text[i + 1] != '\n') /* CR LF is an ordinary line end */
            cleaned = true;
        i += control;
    }
    if (cleaned)
        s->losses[LOSS_TEXT_CLEANED]++;
    out[n] = '\0';
    *out_len = n;
    return out;
}

enum ecode transfer_text(struct transfer_set *s, const char *text, size_t len, const char **out)
{
    *out = NULL;
    if (len == 0)
        return E_OK;
    if (!utf8_valid(text, len))
        return err_set(s->err, E_MALFORMED, "a text is not valid UTF-8");
    size_t characters = 0, cut = len;
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80 && ++characters > IMPORT_NOTE_CHARACTERS_MAX) {
            cut = i;
            s->losses[LOSS_NOTE_CUT]++;
            break;
        }
    enum ecode code = spend_text(s, cut);
    if (code != E_OK)
        return code;
    size_t n;
    const char *copy = copy_clean(s, text, cut, false, &n);
    if (n > 0)
        *out = copy;
    return E_OK;
}

enum ecode transfer_description(struct transfer_set *s, const char *text, size_t len, const char **out)
{
    if (len > HABIT_DESCRIPTION_BYTES_MAX && utf8_valid(text, len)) {
        len = HABIT_DESCRIPTION_BYTES_MAX;
        while (((unsigned char)text[len] & 0xc0) == 0x80) /* not inside a character */
            len--;
        s->losses[LOSS_NOTE_CUT]++;
    }
    const char *clean;
    enum ecode code = transfer_text(s, text, len, &clean);
    if (code == E_OK)
        *out = clean ? clean : "";
    return code;
}

enum ecode transfer_line(struct transfer_set *s, const char *text, size_t len, size_t visible,
                         const char **out)
{
    if (!utf8_valid(text, len))
        return err_set(s->err, E_MALFORMED, "a text is not valid UTF-8");
    enum ecode code = spend_text(s, len);
    if (code != E_OK)
        return code;
    size_t n;
    char *copy = copy_clean(s, text, len, true, &n);
    const char *start = copy;
    if (!utf8_clean_line(copy, n, &start, &n))
        return err_set(s->err, E_MALFORMED, "a text holds characters that are not allowed");
    size_t cut = utf8_truncate(start, n, visible);
    if (cut > (visible > 6 ? visible * 10 : 64))
        return err_set(s->err, E_MALFORMED, "a name of %zu bytes is more than is accepted", cut);
    if (cut < n)
        s->losses[LOSS_NAME_CUT]++;
    *out = arena_memdup(s->arena, start, cut);
    return E_OK;
}

const char *transfer_color(struct transfer_set *s, const char *text, size_t len)
{
    if (len != 7 || text[0] != '#')
        return DEFAULT_COLOR;
    char *out = arena_memdup(s->arena, text, len);
    for (size_t i = 1; i < 7; i++) {
        if (out[i] >= 'A' && out[i] <= 'F')
            out[i] = (char)(out[i] - 'A' + 'a');
        if (!((out[i] >= '0' && out[i] <= '9') || (out[i] >= 'a' && out[i] <= 'f')))
            return DEFAULT_COLOR;
    }
    return out;
}

bool transfer_milli(const char *text, size_t len, int64_t *out)
{
    bool negative = len > 0 && text[0] == '-';
    size_t i = negative ? 1 : 0, digits = 0;
    int64_t v = 0;
    int places = -1;
    for (; i < len; i++) {
        if (text[i] == '.' && places < 0 && digits > 0) {
            places = 0;
            continue;
        }
        if (text[i] < '0' || text[i] > '9')
            return false;
        digits++;
        if (places >= 3) {
            if (text[i] != '0')
                return false;
            continue;
        }
        v = v * 10 + (text[i] - '0');
        if (places >= 0)
            places++;
        if (v > LOG_VALUE_MAX)
            return false;
    }
    if (digits == 0 || places == 0)
        return false;
    for (int p = places < 0 ? 0 : places; p < 3; p++)
        v *= 10;
    if (v > LOG_VALUE_MAX)
        return false;
    *out = negative ? -v : v;
    return true;
}

/* --- habits
 * -------------------------------------------------------------------------------------------------------- */

/* The text under which a source's id or name is stored. */
static const char *ref_text(struct transfer_set *s, const char *ref, size_t len)
{
    if (len <= IMPORT_REF_MAX && memchr(ref, '\0', len) == NULL)
        return arena_memdup(s->arena, ref, len);
    uint8_t hash[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    sha256(ref, len, hash);
    return arena_printf(s->arena, "sha256:%s", hex_encode(hash, sizeof hash, hex));
}

/* The slot of a ref in the set's table: the one that holds it, or the free one where it belongs. */
static uint16_t *ref_slot(struct transfer_set *s, const char *ref, size_t len)
{
    uint32_t hash = 2166136261u; /* FNV-1a; a set is small, so hostile collisions cost little */
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)ref[i]) * 16777619u;
    for (size_t i = hash % TRANSFER_SLOTS;;
         i = (i + 1) % TRANSFER_SLOTS) { /* ends: the table is never full */
        uint16_t *slot = &s->slots[i];
        if (*slot == 0)
            return slot;
        const char *there = s->habits[*slot - 1].ref;
        if (strncmp(there, ref, len) == 0 && there[len] == '\0')
            return slot;
    }
}

struct transfer_habit *transfer_habit_find(struct transfer_set *s, const char *ref, size_t ref_len)
{
    if (ref_len > IMPORT_REF_MAX || memchr(ref, '\0', ref_len) != NULL) {
        ref = ref_text(s, ref, ref_len);
        ref_len = strlen(ref);
    }
    uint16_t *slot = ref_slot(s, ref, ref_len);
    return *slot ? &s->habits[*slot - 1] : NULL;
}

const char *transfer_ref_unique(struct transfer_set *s, const char *name, size_t len)
{
    if (!transfer_habit_find(s, name, len))
        return arena_memdup(s->arena, name, len);
    for (int n = 2;; n++) { /* ends: a set holds at most HABITS_PER_USER_MAX refs */
        const char *ref =
            arena_printf(s->arena, "%.*s#%d", (int)(len < IMPORT_REF_MAX ? len : IMPORT_REF_MAX), name, n);
        if (!transfer_habit_find(s, ref, strlen(ref)))
            return ref;
    }
}

enum ecode transfer_habit_add(struct transfer_set *s, const char *ref, size_t ref_len, const char *name,
                              size_t name_len, struct transfer_habit **out)
{
    const char *clean = NULL;
    if (s->habits_count >= HABITS_PER_USER_MAX)
        return err_set(s->err, E_TOO_LARGE, "the file holds more than %d habits", HABITS_PER_USER_MAX);
    enum ecode code = transfer_line(s, name, name_len, HABIT_NAME_VISIBLE_MAX, &clean);
    if (code != E_OK)
        return code;
    if (clean[0] == '\0')
        return err_set(s->err, E_MALFORMED, "a habit has no name");
    if (!utf8_valid(ref, ref_len))
        return err_set(s->err, E_MALFORMED, "a habit's id is not valid UTF-8");
    if (transfer_habit_find(s, ref, ref_len))
        return err_set(s->err, E_MALFORMED, "two habits have the id '%.60s'", ref_text(s, ref, ref_len));
    struct transfer_habit *h = &s->habits[s->habits_count];
    *h = (struct transfer_habit){
        .ref = ref_text(s, ref, ref_len),
        .name = clean,
        .description = "",
        .color = DEFAULT_COLOR,
        .unit = "",
        .frequency_count = 1,
        .frequency_days = 1,
        .starts_on = day_none(),
        .position = (int64_t)s->habits_count,
    };
    s->habits_count++;
    *ref_slot(s, h->ref, strlen(h->ref)) = (uint16_t)s->habits_count;
    *out = h;
    return E_OK;
}

void transfer_habit_frequency(struct transfer_set *s, struct transfer_habit *h, int64_t count, int64_t days)
{
    if (count < 1 || days < 1 || days > DAYS_MAX)
        s->losses[LOSS_FREQUENCY]++;
    days = days < 1 ? 1 : days > DAYS_MAX ? DAYS_MAX : days;
    count = count < 1 ? 1 : count;
    if (count >= days)
        count = days = 1;
    h->frequency_count = (int)count;
    h->frequency_days = (int)days;
}

enum ecode transfer_schedule_new(struct transfer_set *s, struct transfer_habit *h,
                                 struct transfer_schedule **out)
{
    if (h->schedules_count >= SCHEDULES_PER_HABIT_MAX)
        return err_set(s->err, E_TOO_LARGE, "the habit '%.60s' has more than %d schedules", h->name,
                       SCHEDULES_PER_HABIT_MAX);
    if (!h->schedules)
        h->schedules = arena_array(s->arena, SCHEDULES_PER_HABIT_MAX, sizeof *h->schedules);
    *out = &h->schedules[h->schedules_count++];
    (*out)->reminder_minute = -1;
    (*out)->starts_on = day_none();
    (*out)->enabled = true;
    return E_OK;
}

enum ecode transfer_schedule_add(struct transfer_set *s, struct transfer_habit *h, uint8_t weekdays,
                                 int reminder_minute)
{
    struct transfer_schedule *schedule;
    CHECK(weekdays > 0 && weekdays <= 127);
    enum ecode code = transfer_schedule_new(s, h, &schedule);
    if (code != E_OK)
        return code;
    schedule->type = weekdays == 127 ? SCHEDULE_DAILY : SCHEDULE_WEEKLY;
    schedule->weekdays = weekdays == 127 ? 0 : weekdays;
    schedule->reminder_minute = reminder_minute;
    return E_OK;
}

/* --- marks
 * ---------------------------------------------------------------------------------------------------------
 */

enum ecode transfer_entry_add(struct transfer_set *s, const struct transfer_habit *h, struct day day,
                              struct transfer_entry **out)
{
    if (day.n < ABSURD_BEFORE || day.n > ABSURD_AFTER) {
        char text[DAY_TEXT];
        return err_set(s->err, E_MALFORMED,
                       "the day %s is absurd: habits are not older than 1970 or younger than 2099",
                       day_format(day, text));
    }
    *out = NULL;
    if (day.n < DAY_FIRST_LOG || day_cmp(day, s->today) > 0) {
        s->losses[LOSS_DAY_RANGE]++;
        return E_OK;
    }
    if (s->entries_count >= IMPORT_ROWS_MAX)
        return err_set(s->err, E_TOO_LARGE, "the file holds more than %d marks", IMPORT_ROWS_MAX);
    if (s->entries_count == s->entries_cap) {
        s->entries_cap = s->entries_cap ? s->entries_cap * 2 : 256;
        s->entries = realloc(s->entries, s->entries_cap * sizeof *s->entries);
        CHECK(s->entries != NULL);
    }
    struct transfer_entry *e = &s->entries[s->entries_count];
    *e = (struct transfer_entry){
        .habit = (uint32_t)(h - s->habits),
        .row = (uint32_t)s->entries_count,
        .day = day,
        .source = SOURCE_IMPORT,
        .version = 1,
    };
    s->entries_count++;
    *out = e;
    return E_OK;
}

static int entry_cmp(const void *a, const void *b)
{
    const struct transfer_entry *x = a, *y = b;
    if (x->habit != y->habit)
        return x->habit < y->habit ? -1 : 1;
    int c = day_cmp(x->day, y->day);
    return c ? c : (x->row > y->row) - (x->row < y->row);
}

static bool entries_sorted(const struct transfer_set *s)
{
    for (size_t i = 1; i < s->entries_count; i++)
        if (entry_cmp(&s->entries[i - 1], &s->entries[i]) > 0)
            return false;
    return true;
}

void transfer_set_finish(struct transfer_set *s)
{
    size_t n = 0;
    if (!entries_sorted(s))
        qsort(s->entries, s->entries_count, sizeof *s->entries, entry_cmp);
    for (size_t i = 0; i < s->entries_count; i++) {
        struct transfer_entry *e = &s->entries[i];
        if (e->status == LOG_NONE && !e->note)
            continue; /* says nothing */
        struct transfer_entry *last = n > 0 ? &s->entries[n - 1] : NULL;
        if (last && last->habit == e->habit && last->day.n == e->day.n) {
            const char *note = e->note ? e->note : last->note;
            if (e->status != LOG_NONE) /* a note alone does not take a mark away */
                *last = *e;
            last->note = note;
            s->losses[LOSS_DAY_TWICE]++;
            continue;
        }
        s->entries[n++] = *e;
    }
    s->entries_count = n;
    for (size_t i = 0; i < n; i++) {
        const struct transfer_entry *e = &s->entries[i];
        struct transfer_habit *h = &s->habits[e->habit];
        if (h->entries_count++ == 0)
            h->first_entry = i;
        if (day_is_none(s->first) || day_cmp(e->day, s->first) < 0)
            s->first = e->day;
        if (day_is_none(s->last) || day_cmp(e->day, s->last) > 0)
            s->last = e->day;
    }
}

_Static_assert((int)LOG_NONE == (int)MARK_NONE && (int)LOG_DONE == (int)MARK_DONE &&
                   (int)LOG_DECLINED == (int)MARK_DECLINED && (int)LOG_SKIPPED == (int)MARK_SKIPPED,
               "statuses of rows and of the mathematics are the same");

void transfer_marks(const struct transfer_set *s, const struct transfer_habit *h, struct mark *out)
{
    for (size_t i = 0; i < h->entries_count; i++) {
        const struct transfer_entry *e = &s->entries[h->first_entry + i];
        out[i] = (struct mark){
            .day = e->day,
            .status = (enum mark_status)e->status,
            .automatic = e->source == SOURCE_AUTO,
            .has_value = e->has_value,
            .value = e->value,
        };
    }
}

void transfer_set_warnings(const struct transfer_set *s, struct arena *a, const char ***out, size_t *count)
{
    *out = arena_array(a, LOSSES, sizeof **out);
    *count = 0;
    for (int i = 0; i < LOSSES; i++) {
        if (s->losses[i] == 0)
            continue;
        if (i == LOSS_NEWER)
            (*out)[(*count)++] = loss_texts[i];
        else
            (*out)[(*count)++] = arena_printf(a, "%lld %s", (long long)s->losses[i], loss_texts[i]);
    }
}
