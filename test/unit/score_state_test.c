#include "test.h"
#include <stdio.h>
#include <string.h>
#include "base/check.h"
#include "base/rng.h"
#include "domain/score/score.h"
#include "domain/score/state.h"

/* The incremental evaluation equals the full one: random histories, rules, checkpoints and days asked about.
 */

#define DAYS_MAX 500
#define HISTORIES 12000

struct history {
    struct mark marks[DAYS_MAX];
    size_t n;
    struct day first, last; /* the range marks are drawn from */
};

static const int frequencies[][2] = {{1, 1},  {1, 7}, {3, 7}, {2, 3}, {1, 30}, {1, 31}, {5, 14},  {10, 100},
                                     {3, 30}, {7, 7}, {9, 7}, {6, 7}, {1, 2},  {2, 31}, {30, 31}, {29, 30}};

static struct habit_rule random_rule(struct rng *g, struct arena *a, const struct history *h)
{
    const int *f = frequencies[rng_below(g, ARRAY_LEN(frequencies))];
    struct habit_rule r = {.kind = rng_below(g, 4) ? HABIT_YES_NO : HABIT_MEASURABLE,
                           .target_kind = rng_below(g, 2) ? TARGET_AT_LEAST : TARGET_AT_MOST,
                           .target = (int64_t)rng_below(g, 4) * 1000,
                           .count = f[0],
                           .days = f[1],
                           .starts_on = rng_below(g, 2) ? h->first : day_none()};
    if (rng_below(g, 6) != 0)
        return r;
    r.count = r.days = 0; /* chosen weekdays */
    struct day_set *due = arena_alloc(a, sizeof *due);
    *due = day_set_new(a, day_add(h->first, -40), h->last);
    uint64_t mask = 1 + rng_below(g, 127);
    for (struct day d = due->first; d.n <= h->last.n; d.n++)
        if (mask >> (day_weekday(d) - 1) & 1)
            day_set_add(due, d);
    r.due_set = due;
    return r;
}

/* Phases of different habits: dense, sparse, long runs of skips, nothing at all. */
static void random_history(struct rng *g, struct history *h)
{
    int length = 1 + (int)rng_below(g, DAYS_MAX), left = 0;
    uint64_t done = 0, skip = 0, no = 0;
    h->n = 0;
    h->first = day_of(18000 + (int)rng_below(g, 1000));
    h->last = day_add(h->first, length - 1);
    for (struct day d = h->first; d.n <= h->last.n; d.n++, left--) {
        if (left <= 0) {
            left = 5 + (int)rng_below(g, 120);
            done = rng_below(g, 101);
            skip = rng_below(g, 5) ? rng_below(g, 101 - done) : 100 - done;
            no = rng_below(g, 101 - done - skip);
        }
        uint64_t x = rng_below(g, 100);
        struct mark m = {.day = d, .status = MARK_NONE};
        if (x < done)
            m.status = MARK_DONE;
        else if (x < done + skip)
            m.status = MARK_SKIPPED;
        else if (x < done + skip + no)
            m.status = rng_below(g, 4) ? MARK_DECLINED : MARK_NONE;
        else
            continue;
        m.automatic = m.status == MARK_DONE && rng_below(g, 40) == 0;
        m.has_value = rng_below(g, 10) != 0;
        m.value = (int64_t)rng_below(g, 5) * 1000;
        h->marks[h->n++] = m;
    }
}

/* What a store would answer: the marks after a day, in memory of their own, so that reading before them is
 * seen. */
static struct mark_window load(struct arena *a, const struct history *h, struct day after)
{
    size_t skip = 0;
    while (!day_is_none(after) && skip < h->n && h->marks[skip].day.n <= after.n)
        skip++;
    struct mark_window w = {.after = after, .n = h->n - skip};
    struct mark *copy = arena_array(a, w.n, sizeof *copy);
    if (w.n > 0)
        memcpy(copy, h->marks + skip, w.n * sizeof *copy);
    w.marks = copy;
    return w;
}

static int loads; /* windows loaded in one read or advance */

static void advance(struct score_state *s, struct arena *a, const struct habit_rule *r,
                    const struct history *h, struct day to)
{
    struct day after = score_state_window(s, r), need;
    for (loads = 1;; loads++, after = need) {
        struct mark_window w = load(a, h, after);
        if (score_state_advance(s, a, r, &w, to, &need) == SCORE_OK)
            break;
        assert_true(day_is_none(need) || need.n < after.n);
        assert_false(day_is_none(after));
    }
    struct err err;
    assert_int_equal(score_state_check(s, r, &err), E_OK);
}

static struct score_now read_at(const struct score_state *s, struct arena *a, const struct habit_rule *r,
                                const struct history *h, struct day on)
{
    struct score_now now;
    struct day after = score_state_window(s, r), need;
    for (loads = 1;; loads++, after = need) {
        struct mark_window w = load(a, h, after);
        if (score_state_read(s, a, r, &w, on, &now, &need) == SCORE_OK)
            return now;
        assert_true(day_is_none(need) || need.n < after.n);
        assert_false(day_is_none(after));
    }
}

static struct day random_day(struct rng *g, struct day from, struct day to)
{
    return day_add(from, (int)rng_below(g, (uint64_t)(to.n - from.n) + 1));
}

static void assert_same(struct arena *a, const struct habit_rule *r, const struct history *h, struct day on,
                        const struct score_now *now)
{
    struct habit_stats full;
    habit_stats(a, r, h->marks, h->n, on, &full);
    if (now->current_streak != full.current_streak ||
        memcmp(&now->score, &full.score, sizeof now->score) != 0)
        fail_msg("%d/%d kind %d on %d: streak %d, full %d; score %.17g, full %.17g", r->count, r->days,
                 (int)r->kind, (int)on.n, now->current_streak, full.current_streak, now->score, full.score);
    size_t known = 0;
    while (known < h->n && h->marks[known].day.n <= on.n)
        known++;
    assert_int_equal(now->due, habit_due(r, h->marks, h->n, known ? h->marks[0].day : day_none(), on));
}

static void incremental_equals_full(void **state)
{
    struct rng g;
    rng_init(&g, 4711);
    struct arena *a = arena_new(32 << 20);
    static struct history h;
    int reads = 0, more = 0;
    for (int round = 0; round < HISTORIES; round++) {
        random_history(&g, &h);
        struct habit_rule r = random_rule(&g, a, &h);
        struct score_state s = score_state_init();
        struct day at = day_add(h.first, -2);
        for (int step = (int)rng_below(&g, 4); step > 0; step--) {
            /* mostly a few days on, as in life; now and then far */
            struct day far = day_add(at, rng_below(&g, 3) ? 10 : DAYS_MAX);
            at = random_day(&g, at, far.n < h.last.n ? far : h.last);
            advance(&s, a, &r, &h, at);
        }
        for (int k = 0; k < 4; k++) {
            struct day on = random_day(&g, at,
                                       k == 0                      ? at
                                       : k == 1 && at.n < h.last.n ? day_add(at, 1)
                                                                   : h.last);
            struct score_now now = read_at(&s, a, &r, &h, on);
            reads += s.last_date.n != DAY_NONE;
            more += loads > 1;
            assert_same(a, &r, &h, on, &now);
        }
        arena_reset(a);
    }
    print_message("%d reads from checkpoints, %d of them beyond the first window\n", reads, more);
    assert_true(more > 0 && more * 10 < reads);
    arena_free(a);
}

static void a_checkpoint_every_day(void **state)
{
    struct rng g;
    rng_init(&g, 99);
    struct arena *a = arena_new(64 << 20);
    static struct history h;
    for (int round = 0; round < 250; round++) {
        random_history(&g, &h);
        struct habit_rule r = random_rule(&g, a, &h);
        struct score_state s = score_state_init();
        for (struct day d = h.first; d.n <= h.last.n; d.n++) {
            advance(&s, a, &r, &h, d);
            struct score_now now = read_at(&s, a, &r, &h, d);
            assert_same(a, &r, &h, d, &now);
        }
        arena_reset(a);
    }
    arena_free(a);
}

static void a_long_streak_needs_one_window(void **state)
{
    /* Ten years of a habit three times a week: the table knows the start, nothing old is read. */
    struct arena *a = arena_new(8 << 20);
    struct habit_rule r = {.kind = HABIT_YES_NO, .count = 3, .days = 7, .starts_on = day_none()};
    static struct mark marks[3650];
    size_t n = 0;
    for (int d = 0; d < 3650; d++)
        if (d % 7 == 0 || d % 7 == 2 || d % 7 == 5)
            marks[n++] = (struct mark){.day = {16000 + d}, .status = MARK_DONE};
    struct score_state s = score_state_init();
    struct mark_window all = {.after = day_none(), .marks = marks, .n = n};
    struct day need;
    assert_int_equal(score_state_advance(&s, a, &r, &all, day_of(16000 + 3640), &need), SCORE_OK);
    struct day after = score_state_window(&s, &r);
    struct mark_window w = {.after = after, .marks = marks, .n = n};
    while (w.n > 0 && w.marks[0].day.n <= after.n) {
        w.marks++;
        w.n--;
    }
    assert_true(w.n < 12);
    struct score_now now;
    assert_int_equal(score_state_read(&s, a, &r, &w, day_of(16000 + 3649), &now, &need), SCORE_OK);
    struct habit_stats full;
    habit_stats(a, &r, marks, n, day_of(16000 + 3649), &full);
    assert_int_equal(now.current_streak, full.current_streak);
    assert_true(now.current_streak > 3649);
    arena_free(a);
}

/*
 * Once a month, done daily round the end of February: the interval of the 28th has 31 days and moves back
 * past that of the 27th with its 28, so the table of the latter cannot tell where the run starts, and the
 * reader asks for everything.
 */
static void a_short_february(void **state)
{
    struct arena *a = arena_new(32 << 20);
    static struct history h;
    struct day begin;
    assert_true(day_from_ymd(2023, 2, 27, &begin));
    for (int gap = 0; gap < 40; gap++) {
        h = (struct history){.first = day_add(begin, -gap), .last = day_add(begin, 30)};
        if (gap > 0)
            h.marks[h.n++] = (struct mark){.day = h.first, .status = MARK_DONE};
        for (int d = 0; d <= 30; d++)
            h.marks[h.n++] = (struct mark){.day = day_add(begin, d), .status = MARK_DONE};
        for (int count = 1; count <= 3; count++) {
            struct habit_rule r = {.kind = HABIT_YES_NO, .count = count, .days = 30, .starts_on = day_none()};
            for (struct day at = begin; at.n <= h.last.n; at.n++) {
                struct score_state s = score_state_init();
                advance(&s, a, &r, &h, at);
                for (struct day on = at; on.n <= h.last.n && on.n <= at.n + 4; on.n++) {
                    struct score_now now = read_at(&s, a, &r, &h, on);
                    assert_same(a, &r, &h, on, &now);
                }
            }
            arena_reset(a);
        }
    }
    arena_free(a);
}

static void too_short_a_window_is_refused(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct habit_rule r = {.kind = HABIT_YES_NO, .count = 1, .days = 1, .starts_on = day_none()};
    struct score_state s = score_state_init();
    struct mark_window w = {.after = day_of(100)};
    struct day need = day_of(0);
    struct score_now now;
    assert_int_equal(score_state_read(&s, a, &r, &w, day_of(200), &now, &need), SCORE_NEED_OLDER);
    assert_true(day_is_none(need));
    w.after = day_none();
    assert_int_equal(score_state_advance(&s, a, &r, &w, day_of(200), &need), SCORE_OK);
    w.after = day_of(199);
    assert_int_equal(score_state_read(&s, a, &r, &w, day_of(201), &now, &need), SCORE_NEED_OLDER);
    assert_int_equal(need.n, 198);
    arena_free(a);
}

static void a_foreign_checkpoint_is_refused(void **state)
{
    struct arena *a = arena_new(1 << 20);
    struct habit_rule weekly = {.kind = HABIT_YES_NO, .count = 1, .days = 7, .starts_on = day_none()},
                      daily = weekly;
    daily.days = 1;
    struct mark m = {.day = {20000}, .status = MARK_DONE};
    struct mark_window w = {.after = day_none(), .marks = &m, .n = 1};
    struct score_state s = score_state_init();
    struct day need;
    struct err err;
    assert_int_equal(score_state_advance(&s, a, &weekly, &w, day_of(20010), &need), SCORE_OK);
    assert_int_equal(s.run_starts_len, 28);
    assert_int_equal(score_state_check(&s, &weekly, &err), E_OK);
    assert_int_equal(score_state_check(&s, &daily, &err), E_CORRUPT);
    struct score_state bad = s;
    bad.run_starts_len = 24;
    assert_int_equal(score_state_check(&bad, &weekly, &err), E_CORRUPT);
    bad = s;
    bad.interval_done = day_of(20020);
    assert_int_equal(score_state_check(&bad, &weekly, &err), E_CORRUPT);
    bad = s;
    bad.score = 1.5;
    assert_int_equal(score_state_check(&bad, &weekly, &err), E_CORRUPT);
    uint8_t table[28];
    memcpy(table, s.run_starts, 28);
    table[0] = 0x7f; /* a run that starts after its interval */
    bad = s;
    bad.run_starts = table;
    assert_int_equal(score_state_check(&bad, &weekly, &err), E_CORRUPT);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incremental_equals_full),        cmocka_unit_test(a_checkpoint_every_day),
        cmocka_unit_test(a_long_streak_needs_one_window), cmocka_unit_test(a_short_february),
        cmocka_unit_test(too_short_a_window_is_refused),  cmocka_unit_test(a_foreign_checkpoint_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
