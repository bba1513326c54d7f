#include "test.h"
#include <math.h>
#include <string.h>
#include "base/check.h"
#include "base/rng.h"
#include "domain/score/score.h"

/* Numbers of CONTRACT and of Loop Habit Tracker's own test-suite; and a day-by-day oracle written from the
 * definitions. */

#define TODAY 20000
#define ORACLE_DAYS 700

static const struct habit_rule daily = {.kind = HABIT_YES_NO, .count = 1, .days = 1, .starts_on = {DAY_NONE}};

static struct habit_rule frequency(int count, int days)
{
    struct habit_rule r = daily;
    r.count = count;
    r.days = days;
    return r;
}

static struct habit_rule measurable(enum target_kind kind, int64_t target)
{
    return (struct habit_rule){.kind = HABIT_MEASURABLE,
                               .target_kind = kind,
                               .target = target,
                               .count = 1,
                               .days = 1,
                               .starts_on = day_none()};
}

/* A history under construction: marks of the days TODAY − offset. */
struct history {
    struct mark days[1200]; /* by offset */
    struct mark marks[1200];
    size_t n;
};

static void put(struct history *h, int offset, enum mark_status status, int64_t value, bool has_value)
{
    h->days[offset] =
        (struct mark){.day = {TODAY - offset}, .status = status, .value = value, .has_value = has_value};
    h->n = 0;
    for (int i = 1199; i >= 0; i--)
        if (h->days[i].day.n != 0)
            h->marks[h->n++] = h->days[i];
}

static void done(struct history *h, int from, int to)
{
    for (int i = from; i < to; i++)
        put(h, i, MARK_DONE, 0, false);
}

static void values(struct history *h, int from, int to, int64_t value)
{
    for (int i = from; i < to; i++)
        put(h, i, MARK_DONE, value, true);
}

static double score_at(const struct habit_rule *r, const struct history *h, int offset)
{
    double s;
    score_series(r, h->marks, h->n, day_of(TODAY - offset), day_of(TODAY - offset), &s);
    return s;
}

static void assert_close(double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("got %.9f, want %.9f", got, want);
}

static void assert_scores(const struct habit_rule *r, const struct history *h, const double *want, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_close(score_at(r, h, (int)i), want[i], 1e-6);
}

/* A daily habit done on the last twenty days, today first. */
static const double twenty[] = {0.655747, 0.636894, 0.617008, 0.596033, 0.573910, 0.550574,
                                0.525961, 0.500000, 0.472617, 0.443734, 0.413270, 0.381137,
                                0.347244, 0.311495, 0.273788, 0.234017, 0.192067, 0.147820,
                                0.101149, 0.051922, 0.0,      0.0,      0.0};

static void scores_of_a_daily_habit(void **state)
{
    struct history h = {0};
    done(&h, 0, 20);
    assert_scores(&daily, &h, twenty, ARRAY_LEN(twenty));
    put(&h, 5, MARK_SKIPPED, 0, false);
    put(&h, 10, MARK_SKIPPED, 0, false);
    put(&h, 11, MARK_SKIPPED, 0, false);
    static const double skips[] = {0.596033, 0.573910, 0.550574, 0.525961, 0.500000, 0.472617, 0.472617,
                                   0.443734, 0.413270, 0.381137, 0.347244, 0.347244, 0.347244, 0.311495,
                                   0.273788, 0.234017, 0.192067, 0.147820, 0.101149, 0.051922, 0.0};
    assert_scores(&daily, &h, skips, ARRAY_LEN(skips));
    struct history one = {0};
    put(&one, 5, MARK_DONE, 0, false);
    put(&one, 4, MARK_SKIPPED, 0, false);
    static const double after[] = {0.041949, 0.044247, 0.046670, 0.049226, 0.051922, 0.051922, 0.0};
    assert_scores(&daily, &one, after, ARRAY_LEN(after));
}

static void one_step_of_the_score(void **state)
{
    /* The first full day from 0 adds 1 − m. */
    struct habit_rule every_day = measurable(TARGET_AT_LEAST, 1000), third = every_day;
    third.days = 3;
    struct history h = {0};
    values(&h, 0, 1, 1000);
    double m1 = 1 - score_at(&every_day, &h, 0), m3 = 1 - score_at(&third, &h, 0);
    static const double from[] = {0.0, 0.5, 0.75};
    static const double up1[] = {0.051922, 0.525961, 0.762981}, up3[] = {0.030314, 0.515157, 0.757578};
    static const double down1[] = {0.0, 0.474039, 0.711058}, down3[] = {0.0, 0.484842, 0.727263};
    for (size_t i = 0; i < 3; i++) {
        assert_close(from[i] * m1 + 1 - m1, up1[i], 1e-6);
        assert_close(from[i] * m3 + 1 - m3, up3[i], 1e-6);
        assert_close(from[i] * m1, down1[i], 1e-6);
        assert_close(from[i] * m3, down3[i], 1e-6);
    }
}

static void scores_of_rarer_habits(void **state)
{
    struct history h = {0};
    done(&h, 0, 2);
    struct habit_rule half = frequency(1, 2);
    assert_close(score_at(&daily, &h, 0), 0.101149, 1e-6);
    assert_close(score_at(&half, &h, 0), 0.054816, 1e-6);
    /* Two of the three wanted in every week converge to two thirds, two of four to a half. */
    struct history weeks = {0};
    for (int k = 0; k < 100; k++)
        done(&weeks, 7 * k, 7 * k + 2);
    struct habit_rule three = frequency(3, 7), four = frequency(4, 7), weekly = frequency(1, 7);
    assert_close(score_at(&three, &weeks, 0), 2 / 3.0, 1e-6);
    assert_close(score_at(&four, &weeks, 0), 0.5, 1e-6);
    /* Every week, on different weekdays. */
    struct history irregular = {0};
    for (int k = 0; k < 80; k++) {
        put(&irregular, 14 * k, MARK_DONE, 0, false);
        put(&irregular, 14 * k + 13, MARK_DONE, 0, false);
    }
    assert_close(score_at(&weekly, &irregular, 0), 1.0, 1e-3);
    struct history monthly = {0};
    for (int k = 0; k < 18; k++)
        put(&monthly, 30 * k, MARK_DONE, 0, false);
    struct habit_rule month = frequency(1, 30);
    assert_true(score_at(&month, &monthly, 0) > 0.99);
}

static void scores_of_at_least(void **state)
{
    struct habit_rule r = measurable(TARGET_AT_LEAST, 2000);
    struct history h = {0};
    values(&h, 0, 20, 2000);
    assert_scores(&r, &h, twenty, ARRAY_LEN(twenty));
    struct history two = {0};
    values(&two, 0, 2, 2000);
    assert_close(score_at(&r, &two, 0), 0.101149, 1e-6);
    r.days = 2;
    assert_close(score_at(&r, &two, 0), 0.072631, 1e-6);
    r.days = 1;
    struct history half = {0}, huge = {0}, zero = {0};
    values(&half, 0, 500, 1000);
    assert_close(score_at(&r, &half, 0), 0.5, 1e-6);
    values(&huge, 0, 1, INT64_MAX);
    assert_close(score_at(&r, &huge, 0), 0.051922, 1e-6);
    r.target = 0;
    values(&zero, 0, 1, 0);
    assert_close(score_at(&r, &zero, 0), 0.051922, 1e-6);
}

static void scores_of_at_most(void **state)
{
    struct habit_rule r = measurable(TARGET_AT_MOST, 2000);
    struct history h = {0};
    assert_close(score_at(&r, &h, 0), 1.0, 0);
    put(&h, 20, MARK_DONE, 1000, true);
    values(&h, 0, 20, 5000);
    static const double want[] = {0.344253, 0.363106, 0.382992, 0.403967, 0.426090, 0.449426, 0.474039,
                                  0.500000, 0.527383, 0.556266, 0.586730, 0.618863, 0.652756, 0.688505,
                                  0.726212, 0.765983, 0.807933, 0.852180, 0.898851, 0.948078, 1.0};
    assert_scores(&r, &h, want, ARRAY_LEN(want));
    struct history two = {0}, half = {0}, before = {0}, zero = {0};
    values(&two, 0, 2, 5000);
    r.days = 2;
    assert_close(score_at(&r, &two, 0), 0.927369, 1e-6);
    r.days = 1;
    values(&half, 0, 500, 3000);
    assert_close(score_at(&r, &half, 0), 0.5, 1e-6);
    values(&half, 0, 500, 3500);
    assert_close(score_at(&r, &half, 0), 0.25, 1e-6);
    put(&before, 1, MARK_DONE, 10000000, true);
    assert_close(score_at(&r, &before, 0), 0.950773, 1e-6);
    r.target = 0;
    values(&zero, 0, 1, 1);
    assert_close(score_at(&r, &zero, 0), 0.948078, 1e-6);
}

static void automatic_days_stay_out_of_the_score(void **state)
{
    struct history h = {0};
    done(&h, 0, 1);
    put(&h, 1, MARK_DONE, 0, false);
    h.marks[0].automatic = true;
    assert_close(score_at(&daily, &h, 0), 0.051922, 1e-6);
    struct arena *a = arena_new(1 << 20);
    struct habit_stats s;
    habit_stats(a, &daily, h.marks, h.n, day_of(TODAY), &s);
    assert_int_equal(s.current_streak, 2);
    arena_free(a);
}

static void assert_streaks(const struct habit_rule *r, const struct history *h, int (*want)[3], size_t n,
                           int current)
{
    struct arena *a = arena_new(1 << 20);
    struct habit_stats s;
    habit_stats(a, r, h->marks, h->n, day_of(TODAY), &s);
    assert_int_equal(s.streak_count, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(TODAY - s.streaks[i].from.n, want[i][0]);
        assert_int_equal(TODAY - s.streaks[i].to.n, want[i][1]);
        assert_int_equal(s.streaks[i].length, want[i][2]);
    }
    assert_int_equal(s.current_streak, current);
    arena_free(a);
}

/* Days before today on which Loop's fixture "long habit" is done. */
static const int long_habit[] = {0,  1,  3,  5,  7,  8,  9,  10, 12, 14,  15,  17,  19,  20, 26,
                                 27, 28, 50, 51, 52, 53, 54, 58, 60, 63,  65,  70,  71,  72, 73,
                                 74, 75, 80, 81, 83, 89, 90, 91, 95, 102, 103, 108, 109, 120};

static void streaks_of_loops_fixture(void **state)
{
    struct history h = {0};
    for (size_t i = 0; i < ARRAY_LEN(long_habit); i++)
        put(&h, long_habit[i], MARK_DONE, 0, false);
    struct arena *a = arena_new(1 << 20);
    struct habit_stats s;
    habit_stats(a, &daily, h.marks, h.n, day_of(TODAY), &s);
    /* The four best, newest first, have 4, 3, 5 and 6 days. */
    static const int best[] = {4, 3, 5, 6};
    size_t k = 0;
    for (size_t i = 0; i < s.streak_count && k < 4; i++)
        if (s.streaks[i].length == best[k])
            k++;
    assert_int_equal(k, 4);
    assert_int_equal(s.best_streak, 6);
    assert_int_equal(s.total_done, 44);
    arena_free(a);
}

static void implied_days(void **state)
{
    /* Loop: once in three days, done 4, 9 and 10 days ago, implies days 2–4 and 7–12. */
    struct habit_rule third = frequency(1, 3);
    struct history h = {0};
    put(&h, 4, MARK_DONE, 0, false);
    done(&h, 9, 11);
    assert_streaks(&third, &h, (int[][3]){{4, 2, 3}, {12, 7, 6}}, 2, 0);
    /* Weekly ones 8, 12, 20 and 27 days ago move to 8–2, 15–9, 22–16 and 29–23: one run. */
    struct habit_rule weekly = frequency(1, 7);
    struct history w = {0};
    put(&w, 8, MARK_DONE, 0, false);
    put(&w, 12, MARK_DONE, 0, false);
    put(&w, 20, MARK_DONE, 0, false);
    put(&w, 27, MARK_DONE, 0, false);
    assert_streaks(&weekly, &w, (int[][3]){{29, 2, 28}}, 1, 0);
    /* Twice a week, done 8, 15, 18, 22 and 23 days ago: groups 18–15, 22–18, 23–22. */
    struct habit_rule twice = frequency(2, 7);
    struct history t = {0};
    put(&t, 8, MARK_DONE, 0, false);
    put(&t, 15, MARK_DONE, 0, false);
    put(&t, 18, MARK_DONE, 0, false);
    done(&t, 22, 24);
    assert_streaks(&twice, &t, (int[][3]){{8, 8, 1}, {28, 12, 17}}, 2, 0);
}

static void months_have_their_own_length(void **state)
{
    /* Once a month: from 2023-02-10 the interval is February's 28 days, from 2023-01-31 also, from
     * 2024-01-31 29. */
    static const struct {
        int y, m, d, length;
    } cases[] = {
        {2023, 2, 10, 28}, {2023, 1, 31, 28}, {2024, 1, 31, 29}, {2024, 4, 30, 31}, {2024, 4, 29, 30}};
    struct arena *a = arena_new(1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct day b;
        assert_true(day_from_ymd(cases[i].y, cases[i].m, cases[i].d, &b));
        struct mark m = {.day = b, .status = MARK_DONE};
        for (int days = 30; days <= 31; days++) {
            struct habit_rule month = frequency(1, days);
            struct habit_stats s;
            habit_stats(a, &month, &m, 1, day_add(b, 100), &s);
            assert_int_equal(s.streak_count, 1);
            assert_int_equal(s.streaks[0].length, cases[i].length);
        }
    }
    arena_free(a);
}

static void the_current_streak(void **state)
{
    struct history h = {0};
    done(&h, 1, 4);
    assert_streaks(&daily, &h, (int[][3]){{3, 1, 3}}, 1, 3); /* today is unanswered */
    put(&h, 0, MARK_NONE, 0, false);
    assert_streaks(&daily, &h, (int[][3]){{3, 1, 3}}, 1, 3); /* a note is no answer */
    put(&h, 0, MARK_DECLINED, 0, false);
    assert_streaks(&daily, &h, (int[][3]){{3, 1, 3}}, 1, 0);
    put(&h, 0, MARK_SKIPPED, 0, false);
    assert_streaks(&daily, &h, (int[][3]){{3, 0, 4}}, 1, 4);
    struct history skips = {0};
    put(&skips, 0, MARK_SKIPPED, 0, false);
    put(&skips, 1, MARK_SKIPPED, 0, false);
    assert_streaks(&daily, &skips, NULL, 0, 0); /* no done day, no streak */
    struct habit_rule most = measurable(TARGET_AT_MOST, 2000);
    struct history m = {0};
    values(&m, 1, 3, 2000);
    put(&m, 3, MARK_DONE, 2001, true);
    assert_streaks(&most, &m, (int[][3]){{2, 1, 2}}, 1, 2); /* nothing recorded is no day under the limit */
}

static void schedules_name_the_days(void **state)
{
    /* Due on every third day; the days between neither break nor lengthen, nor do marks on them. */
    struct arena *a = arena_new(1 << 20);
    struct day_set due = day_set_new(a, day_of(TODAY - 100), day_of(TODAY));
    for (int i = 0; i <= 100; i++)
        if ((i + 1) % 3 == 0)
            day_set_add(&due, day_of(TODAY - i));
    struct habit_rule r = frequency(0, 0);
    r.due_set = &due;
    r.starts_on = day_of(TODAY);
    struct history h = {0};
    put(&h, 2, MARK_DONE, 0, false);
    put(&h, 3, MARK_DECLINED, 0, false);
    put(&h, 4, MARK_DONE, 0, false);
    put(&h, 5, MARK_SKIPPED, 0, false);
    put(&h, 8, MARK_DONE, 0, false);
    put(&h, 14, MARK_DONE, 0, false);
    assert_streaks(&r, &h, (int[][3]){{8, 2, 3}, {14, 14, 1}}, 2, 3);
    struct habit_stats s;
    habit_stats(a, &r, h.marks, h.n, day_of(TODAY), &s);
    assert_close(s.completion_30d, 3.0 / 4,
                 1e-9); /* of 14, 11, 8 and 2: nothing before the first mark, 5 skipped */
    arena_free(a);
}

static void due_days(void **state)
{
    struct habit_rule weekly = frequency(1, 7), thrice = frequency(3, 7);
    struct history h = {0};
    done(&h, 7, 8);
    struct day first = h.marks[0].day;
    assert_true(
        habit_due(&weekly, h.marks, h.n, first, day_of(TODAY - 7))); /* its own answer does not hide it */
    assert_false(habit_due(&weekly, h.marks, h.n, first, day_of(TODAY - 6)));
    assert_false(habit_due(&weekly, h.marks, h.n, first, day_of(TODAY - 1)));
    assert_true(habit_due(&weekly, h.marks, h.n, first, day_of(TODAY)));
    assert_true(habit_due(&thrice, h.marks, h.n, first, day_of(TODAY - 1)));
    weekly.starts_on = day_of(TODAY - 1);
    assert_false(habit_due(&weekly, NULL, 0, day_none(), day_of(TODAY - 2)));
    assert_true(habit_due(&weekly, NULL, 0, day_none(), day_of(TODAY - 1)));
}

/* ---- the oracle: arrays by day, every definition spelled out ---- */

#define LEAD 200 /* days before the first mark that intervals can be moved to */
#define SPAN (LEAD + ORACLE_DAYS)

struct oracle {
    bool counts[SPAN], done[SPAN];
    const struct mark *at[SPAN];
};

static void oracle_intervals(const struct habit_rule *r, struct oracle *o, int today)
{
    int b[SPAN], c[SPAN], e[SPAN], n = 0, day[SPAN], days = 0;
    for (int d = 0; d <= today; d++)
        if (o->at[d] && o->at[d]->status == MARK_DONE && !o->at[d]->automatic)
            day[days++] = d;
    for (int i = 0; i + r->count <= days; i++) {
        struct day real = o->at[day[i]]->day;
        int y, mo, dom, len = r->days;
        day_to_ymd(real, &y, &mo, &dom);
        if (len == 30 || len == 31)
            len = dom == day_month_length(real) ? day_month_length(day_add(real, 1)) : day_month_length(real);
        if (day[i + r->count - 1] - day[i] >= len)
            continue;
        b[n] = day[i];
        c[n] = day[i + r->count - 1];
        e[n++] = day[i] + len - 1;
    }
    for (int i = n - 2; i >= 0; i--)
        while (e[i] > c[i] && e[i] >= b[i + 1]) { /* one day at a time */
            b[i]--;
            e[i]--;
        }
    for (int i = 0; i < n; i++)
        for (int d = b[i]; d <= e[i]; d++)
            if (d <= today)
                o->counts[d] = true;
}

static double oracle_score(const struct habit_rule *r, const struct oracle *o, int first, int today)
{
    double f = (double)r->count / r->days, m = pow(0.5, sqrt(f) / 13), score = score_start(r);
    for (int d = first; d <= today; d++) {
        if (o->at[d] && o->at[d]->status == MARK_SKIPPED)
            continue;
        int window = r->kind == HABIT_YES_NO && f < 1 ? 2 * r->days : r->days;
        double sum = 0, v, t = (double)r->target;
        for (int k = d - window + 1; k <= d; k++) {
            const struct mark *x = k >= 0 ? o->at[k] : NULL;
            if (!x || x->status == MARK_SKIPPED)
                continue;
            if (r->kind == HABIT_YES_NO)
                sum += x->status == MARK_DONE && !x->automatic;
            else if (x->has_value && x->value > 0)
                sum += (double)x->value;
        }
        if (r->kind == HABIT_YES_NO)
            v = fmin(1, sum / (f < 1 ? 2 * r->count : r->count));
        else if (r->target_kind == TARGET_AT_LEAST)
            v = r->target > 0 ? fmin(1, sum / t) : 1;
        else
            v = r->target > 0 ? fmin(1, fmax(0, 1 - (sum - t) / t)) : sum == 0;
        score = score * m + v * (1 - m);
    }
    return score;
}

static void compare_with_oracle(struct arena *a, const struct habit_rule *r, const struct mark *marks,
                                size_t n, int today)
{
    static struct oracle o;
    memset(&o, 0, sizeof o);
    int base = marks[0].day.n - LEAD, last = today - base;
    for (size_t i = 0; i < n && marks[i].day.n <= today; i++) {
        int d = marks[i].day.n - base;
        o.at[d] = &marks[i];
        o.done[d] = mark_done(r, &marks[i]);
        o.counts[d] = o.done[d] || marks[i].status == MARK_SKIPPED;
    }
    if (r->kind == HABIT_YES_NO && r->count < r->days)
        oracle_intervals(r, &o, last);
    struct habit_stats s;
    habit_stats(a, r, marks, n, day_of(today), &s);
    size_t k = 0;
    int best = 0, current = 0, total = 0;
    bool answered = o.at[last] && (o.at[last]->status != MARK_NONE ||
                                   (r->kind == HABIT_MEASURABLE && o.at[last]->has_value));
    for (int to = last; to >= 0; to--) {
        total += o.done[to];
        if (!o.counts[to] || (to < last && o.counts[to + 1]))
            continue;
        int from = to;
        bool any = o.done[to];
        while (from > 0 && o.counts[from - 1])
            any |= o.done[--from];
        if (!any)
            continue;
        assert_true(k < s.streak_count);
        assert_int_equal(s.streaks[k].from.n, base + from);
        assert_int_equal(s.streaks[k].to.n, base + to);
        assert_int_equal(s.streaks[k].length, to - from + 1);
        k++;
        best = to - from + 1 > best ? to - from + 1 : best;
        if (to == last || (to == last - 1 && !answered))
            current = to - from + 1;
    }
    assert_int_equal(s.streak_count, k);
    assert_int_equal(s.best_streak, best);
    assert_int_equal(s.current_streak, current);
    assert_int_equal(s.total_done, total);
    assert_close(s.score, oracle_score(r, &o, LEAD, last), 1e-9);
}

static void against_the_definitions(void **state)
{
    static const int freq[][2] = {{1, 1},  {1, 7}, {3, 7}, {2, 3}, {1, 30}, {1, 31}, {5, 14}, {10, 100},
                                  {2, 30}, {7, 7}, {8, 7}, {6, 7}, {4, 31}, {1, 2},  {30, 31}};
    struct rng g;
    rng_init(&g, 20261123);
    struct arena *a = arena_new(8 << 20);
    for (int round = 0; round < 3000; round++) {
        const int *f = freq[rng_below(&g, ARRAY_LEN(freq))];
        struct habit_rule r = frequency(f[0], f[1]);
        if (rng_below(&g, 3) == 0)
            r = (struct habit_rule){.kind = HABIT_MEASURABLE,
                                    .target_kind = rng_below(&g, 2) ? TARGET_AT_MOST : TARGET_AT_LEAST,
                                    .target = (int64_t)rng_below(&g, 4) * 1000,
                                    .count = f[0],
                                    .days = f[1],
                                    .starts_on = day_none()};
        struct mark marks[ORACLE_DAYS];
        size_t n = 0;
        int first = 19000 + (int)rng_below(&g, 800), len = 1 + (int)rng_below(&g, ORACLE_DAYS - 1);
        uint64_t density = 1 + rng_below(&g, 100);
        for (int d = 0; d < len; d++) {
            if (rng_below(&g, 100) >= density)
                continue;
            uint64_t kind = rng_below(&g, 10);
            marks[n++] = (struct mark){.day = {first + d},
                                       .status = kind < 7   ? MARK_DONE
                                                 : kind < 8 ? MARK_DECLINED
                                                 : kind < 9 ? MARK_SKIPPED
                                                            : MARK_NONE,
                                       .automatic = kind < 7 && rng_below(&g, 30) == 0,
                                       .has_value = r.kind == HABIT_MEASURABLE && rng_below(&g, 8) != 0,
                                       .value = (int64_t)rng_below(&g, 5) * 1000};
        }
        if (n > 0)
            compare_with_oracle(a, &r, marks, n, marks[0].day.n + (int)rng_below(&g, (uint64_t)len));
        arena_reset(a);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_of_a_daily_habit),
        cmocka_unit_test(one_step_of_the_score),
        cmocka_unit_test(scores_of_rarer_habits),
        cmocka_unit_test(scores_of_at_least),
        cmocka_unit_test(scores_of_at_most),
        cmocka_unit_test(automatic_days_stay_out_of_the_score),
        cmocka_unit_test(streaks_of_loops_fixture),
        cmocka_unit_test(implied_days),
        cmocka_unit_test(months_have_their_own_length),
        cmocka_unit_test(the_current_streak),
        cmocka_unit_test(schedules_name_the_days),
        cmocka_unit_test(due_days),
        cmocka_unit_test(against_the_definitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
