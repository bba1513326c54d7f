#include "domain/score/state.h"

#include <string.h>
#include "base/check.h"
#include "domain/score/internal.h"
#include "domain/score/score.h"

/* Days that a window grows by at least when a run reaches beyond it. */
#define OLDER_DAYS 64

static void put_day(uint8_t *p, int32_t v)
{
    uint32_t u = (uint32_t)v;
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(u >> (24 - 8 * i));
}

static int32_t get_day(const uint8_t *p)
{
    return (int32_t)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

struct score_state score_state_init(void)
{
    return (struct score_state){.last_date = day_none(),
                                .first_date = day_none(),
                                .run_from = day_none(),
                                .interval_from = day_none(),
                                .interval_done = day_none()};
}

struct day score_state_window(const struct score_state *s, const struct habit_rule *r)
{
    return day_is_none(s->last_date) ? day_none() : day_add(s->last_date, -habit_rule_window(r));
}

/* The marks up to `on`, and whether they reach back far enough to begin with. */
static bool window_cut(const struct score_state *s, const struct habit_rule *r, const struct mark_window *w,
                       struct day on, struct mark_window *out, struct day *need)
{
    CHECK(day_is_none(s->last_date) || s->last_date.n <= on.n);
    *need = score_state_window(s, r);
    if (!day_is_none(w->after) && (day_is_none(*need) || w->after.n > need->n))
        return false;
    *out = *w;
    while (out->n > 0 && out->marks[out->n - 1].day.n > on.n)
        out->n--;
    return true;
}

/* Where to load from when a run goes on beyond the window: twice as far, all when that passes the first mark.
 */
static struct day older_day(const struct score_state *s, const struct mark_window *w, struct day on)
{
    int32_t far = 2 * (on.n - w->after.n);
    struct day d = day_add(w->after, -(far > OLDER_DAYS ? far : OLDER_DAYS));
    return day_is_none(s->first_date) || d.n < s->first_date.n ? day_none() : d;
}

/* ---- n < m: intervals ---- */

/* Intervals after the checkpoint, and the checkpoint's own one when they do not already hold the whole
 * history. */
struct chain {
    const struct habit_rule *rule;
    const struct mark_window *window;
    struct interval *list; /* oldest first */
    size_t n;
    bool has_base;
    struct interval base;
    const uint8_t *base_starts;
    struct memo *memo; /* while a table is made, else NULL */
};

/*
 * Walks of one table soon meet: through an interval moved as far as in an earlier walk they go on alike. For
 * each interval the shift (plus one, 0: none) of the last walk that went through it, and which walk that was.
 */
struct memo {
    int32_t *shift_plus_1;
    int32_t *walk;
    int32_t now;          /* the walk under way */
    const uint8_t *table; /* results of the earlier ones */
};

/* True: an earlier walk went through interval i moved as far, and its result is ours. */
static bool memo_met(struct memo *m, size_t i, int32_t shift, struct day *from)
{
    if (m->shift_plus_1[i] == shift + 1) {
        *from = day_of(get_day(m->table + 4 * (size_t)m->walk[i]));
        return true;
    }
    m->shift_plus_1[i] = shift + 1;
    m->walk[i] = m->now;
    return false;
}

static void chain_build(struct chain *ch, struct arena *a, const struct score_state *s,
                        const struct habit_rule *r, const struct mark_window *w)
{
    bool whole = day_is_none(w->after);
    *ch = (struct chain){.rule = r, .window = w};
    ch->n = intervals_build(a, r, w->marks, w->n, whole ? day_none() : s->last_date, &ch->list);
    if (!whole && !day_is_none(s->interval_from)) {
        ch->has_base = true;
        ch->base = interval_of(r, s->interval_from, s->interval_done);
        ch->base_starts = s->run_starts;
    }
}

enum walk_end { WALK_STARTS, WALK_OLDER, WALK_ALL };

/*
 * Goes back from day d while days count. `i` intervals are still ahead (list[i − 1] is the newest of them),
 * `newer` is the one behind, NULL at the start. WALK_STARTS: the run starts at *from and has a done day or
 * not. Ends of moved intervals get strictly older from each to the next, so one pass is enough.
 */
static enum walk_end chain_walk(const struct chain *ch, struct day d, size_t i, const struct interval *newer,
                                struct day *from, bool *done)
{
    const struct mark *marks = ch->window->marks;
    size_t m = ch->window->n;
    bool base = ch->has_base;
    struct interval cur, prev;
    if (newer)
        prev = *newer;
    bool has_prev = newer != NULL, has_cur = false;
    for (;;) {
        while (has_cur || i > 0 || base) {
            if (!has_cur) {
                cur = i > 0 ? ch->list[i - 1] : ch->base;
                cur.shift = has_prev ? interval_push(&cur, &prev) : 0;
                has_cur = true;
            }
            if (cur.e.n - cur.shift < d.n)
                break;
            bool covers = cur.b.n - cur.shift <= d.n;
            if (i == 0) { /* the checkpoint's interval: it knows where its run starts */
                if (!covers)
                    return WALK_ALL; /* a longer month's interval reached past it */
                *from = day_of(get_day(ch->base_starts + 4 * (size_t)cur.shift));
                *done = true;
                return WALK_STARTS;
            }
            if (covers) {
                d = day_add(cur.b, -cur.shift - 1);
                *done = true;
                if (ch->memo && memo_met(ch->memo, i - 1, cur.shift, from))
                    return WALK_STARTS;
            }
            prev = cur;
            has_prev = true;
            has_cur = false;
            i--;
        }
        if (!day_is_none(ch->window->after) && d.n <= ch->window->after.n)
            return WALK_OLDER;
        while (m > 0 && marks[m - 1].day.n > d.n)
            m--;
        if (m == 0 || marks[m - 1].day.n != d.n || !mark_counts(ch->rule, &marks[m - 1]))
            break;
        *done |= mark_done(ch->rule, &marks[m - 1]);
        d = day_add(d, -1);
    }
    *from = day_add(d, 1);
    return WALK_STARTS;
}

static enum score_answer older(enum walk_end end, const struct score_state *s, const struct mark_window *w,
                               struct day on, struct day *need)
{
    CHECK(!day_is_none(w->after));
    *need = end == WALK_ALL ? day_none() : older_day(s, w, on);
    return SCORE_NEED_OLDER;
}

/* The length of the run that ends at `on`, or the day before while `on` is unanswered. */
static enum score_answer chain_current(const struct chain *ch, const struct score_state *s, struct day on,
                                       int32_t *length, struct day *need)
{
    const struct mark_window *w = ch->window;
    const struct mark *today = mark_find(w->marks, w->n, on);
    *length = 0;
    for (struct day last = on; last.n >= on.n - 1; last.n--) {
        struct day from;
        bool done = false;
        enum walk_end end = chain_walk(ch, last, ch->n, NULL, &from, &done);
        if (end != WALK_STARTS)
            return older(end, s, w, on, need);
        if (from.n <= last.n) {
            *length = done ? last.n - from.n + 1 : 0;
            break;
        }
        if (today && mark_answered(ch->rule, today))
            break;
    }
    return SCORE_OK;
}

/* The table of the newest interval: for each shift the start of its run. */
static enum score_answer chain_table(const struct chain *chain, struct arena *a, const struct score_state *s,
                                     struct day to, struct score_state *out, struct day *need)
{
    if (chain->n == 0)
        return SCORE_OK; /* later marks alone do not move the start of an older interval's run */
    struct chain ch = *chain;
    struct interval top = ch.list[ch.n - 1];
    size_t entries = (size_t)interval_room(&top) + 1;
    uint8_t *table = arena_alloc(a, entries * 4);
    struct memo memo = {.table = table};
    memo.shift_plus_1 = arena_array(a, ch.n, sizeof *memo.shift_plus_1);
    memo.walk = arena_array(a, ch.n, sizeof *memo.walk);
    ch.memo = &memo;
    for (size_t x = 0; x < entries; x++) {
        struct day from;
        bool done = true;
        top.shift = memo.now = (int32_t)x;
        enum walk_end end = chain_walk(&ch, day_add(top.b, -top.shift - 1), ch.n - 1, &top, &from, &done);
        if (end != WALK_STARTS)
            return older(end, s, ch.window, to, need);
        put_day(table + 4 * x, from.n);
    }
    out->interval_from = top.b;
    out->interval_done = top.c;
    out->run_starts = table;
    out->run_starts_len = entries * 4;
    return SCORE_OK;
}

/* ---- daily-like: one run ---- */

struct run {
    struct day from;
    struct day done; /* newest done day */
    int32_t length;
};

static struct run run_of(const struct score_state *s)
{
    struct run run = {.from = s->run_from, .done = s->interval_done};
    run.length = s->run_starts_len == 4 ? get_day(s->run_starts) : 0;
    return run;
}

static struct run run_none(void)
{
    return (struct run){.from = day_none(), .done = day_none()};
}

/* Adds day d; `last`: it is the day asked about, which keeps the run while unanswered. */
static void run_step(struct run *run, const struct habit_rule *r, const struct mark_window *w, struct day d,
                     bool last)
{
    if (r->days == 0 && !day_set_has(r->due_set, d))
        return;
    const struct mark *m = mark_find(w->marks, w->n, d);
    if (m && mark_counts(r, m)) {
        if (run->length++ == 0)
            run->from = d;
        if (mark_done(r, m))
            run->done = d;
    } else if (!last || (m && mark_answered(r, m))) {
        *run = run_none();
    }
}

/* The run as of `on`, from the state's. */
static struct run run_forward(const struct score_state *s, const struct habit_rule *r,
                              const struct mark_window *w, struct day on)
{
    struct run run = run_of(s);
    struct day d = s->last_date;
    if (day_is_none(d)) {
        if (w->n == 0)
            return run;
        d = day_add(w->marks[0].day, -1);
    } else if (d.n < on.n && (r->days > 0 || day_set_has(r->due_set, d))) {
        /* What kept the run as the last day, being unanswered yet, breaks it now. */
        const struct mark *m = mark_find(w->marks, w->n, d);
        if (!m || !mark_counts(r, m))
            run = run_none();
    }
    for (d = day_add(d, 1); d.n <= on.n; d.n++)
        run_step(&run, r, w, d, d.n == on.n);
    return run;
}

/* ---- both ---- */

static double score_forward(const struct score_state *s, const struct habit_rule *r,
                            const struct mark_window *w, struct day first, struct day on)
{
    if (day_is_none(first))
        return score_start(r);
    bool begun = !day_is_none(s->first_date);
    struct day last = begun ? s->last_date : day_add(first, -1);
    struct score_walk walk;
    score_walk_init(&walk, r, w->marks, w->n, last, begun ? s->score : score_start(r));
    for (struct day d = day_add(last, 1); d.n <= on.n; d.n++)
        score_walk_step(&walk, d);
    return walk.score;
}

static struct day first_mark(const struct score_state *s, const struct mark_window *w)
{
    if (!day_is_none(s->first_date))
        return s->first_date;
    return w->n > 0 ? w->marks[0].day : day_none();
}

enum score_answer score_state_advance(struct score_state *s, struct arena *a, const struct habit_rule *r,
                                      const struct mark_window *w, struct day to, struct day *need)
{
    struct mark_window cut;
    if (!window_cut(s, r, w, to, &cut, need))
        return SCORE_NEED_OLDER;
    struct score_state next = *s;
    if (habit_rule_daily_like(r)) {
        struct run run = run_forward(s, r, &cut, to);
        next.run_from = run.from;
        next.interval_done = run.done;
        uint8_t *length = arena_alloc(a, 4);
        put_day(length, run.length);
        next.run_starts = length;
        next.run_starts_len = 4;
    } else {
        struct chain ch;
        chain_build(&ch, a, s, r, &cut);
        if (chain_table(&ch, a, s, to, &next, need) != SCORE_OK)
            return SCORE_NEED_OLDER;
    }
    next.first_date = first_mark(s, &cut);
    next.score = score_forward(s, r, &cut, next.first_date, to);
    next.last_date = to;
    *s = next;
    return SCORE_OK;
}

enum score_answer score_state_read(const struct score_state *s, struct arena *a, const struct habit_rule *r,
                                   const struct mark_window *w, struct day on, struct score_now *out,
                                   struct day *need)
{
    struct mark_window cut;
    if (!window_cut(s, r, w, on, &cut, need))
        return SCORE_NEED_OLDER;
    struct score_now now = {.status = MARK_NONE};
    if (habit_rule_daily_like(r)) {
        struct run run = run_forward(s, r, &cut, on);
        now.current_streak = day_is_none(run.done) ? 0 : run.length;
    } else {
        struct chain ch;
        chain_build(&ch, a, s, r, &cut);
        if (chain_current(&ch, s, on, &now.current_streak, need) != SCORE_OK)
            return SCORE_NEED_OLDER;
    }
    struct day first = first_mark(s, &cut);
    now.score = score_forward(s, r, &cut, first, on);
    now.due = habit_due(r, cut.marks, cut.n, first, on);
    const struct mark *today = mark_find(cut.marks, cut.n, on);
    if (today) {
        now.status = today->status;
        now.has_value = today->has_value;
        now.value = today->value;
    }
    *out = now;
    return SCORE_OK;
}

static bool state_fits(const struct score_state *s, const struct habit_rule *r)
{
    if (day_is_none(s->last_date) || (!day_is_none(s->first_date) && s->first_date.n > s->last_date.n))
        return day_is_none(s->last_date) && day_is_none(s->first_date);
    if (!(s->score >= 0.0 && s->score <= 1.0))
        return false;
    if (habit_rule_daily_like(r))
        return s->run_starts_len == 4 && (get_day(s->run_starts) == 0) == day_is_none(s->run_from);
    if (day_is_none(s->interval_from) || day_is_none(s->interval_done))
        return day_is_none(s->interval_from) && day_is_none(s->interval_done) && s->run_starts_len == 0;
    struct interval in = interval_of(r, s->interval_from, s->interval_done);
    if (in.c.n < in.b.n || in.c.n > in.e.n || in.c.n > s->last_date.n)
        return false;
    size_t entries = (size_t)interval_room(&in) + 1;
    if (s->run_starts_len != 4 * entries)
        return false;
    for (size_t x = 0; x < entries; x++)
        if (get_day(s->run_starts + 4 * x) > in.b.n - (int32_t)x)
            return false;
    return true;
}

enum ecode score_state_check(const struct score_state *s, const struct habit_rule *r, struct err *err)
{
    return state_fits(s, r) ? E_OK
                            : err_set(err, E_CORRUPT, "the checkpoint of the habit contradicts its rule");
}
