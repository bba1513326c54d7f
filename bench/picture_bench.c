/*
 * How long the picture of /stats takes, and whether memory stays.
 *
 *   picture_bench PICTURES
 *
 * Draws years that are all different, with every level and all words, and prints in one line: milliseconds of
 * the first picture, of the median and of the slowest hundredth of the others; resident KiB after a tenth of
 * them and at the end; bytes of a PNG.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/check.h"
#include "base/instant.h"
#include "base/rng.h"
#include "draw/picture.h"

#define DAYS 365

static void make_year(struct rng *rng, struct picture_day days[DAYS])
{
    double score = 0;
    for (int i = 0; i < DAYS; i++) {
        enum picture_level level = (enum picture_level)(rng_below(rng, PICTURE_LEVELS - 1) + 1);
        if (rng_below(rng, 3) > 0)
            level = PICTURE_DONE;
        score = score * 0.948 + (level == PICTURE_DONE ? 0.052 : 0);
        days[i] = (struct picture_day){level, (double)rng_below(rng, 100) / 100, score};
    }
}

static double draw(struct rng *rng, size_t number, struct buf *png)
{
    struct picture_day days[DAYS];
    static const char *const accents[] = {"#d32f2f", "#f9a825", "#388e3c", "#1976d2", "#303030"};
    make_year(rng, days);
    struct picture p = {.days = days,
                        .day_count = DAYS,
                        .today = day_of(20000 + (int32_t)(number % 3000)),
                        .week_start = 1,
                        .accent = accents[number % ARRAY_LEN(accents)],
                        .words = {.months = {"янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен",
                                             "окт", "ноя", "дек"},
                                  .weekdays = {"Пн", "Вт", "Ср", "Чт", "Пт", "Сб", "Вс"},
                                  .legend = {[PICTURE_DONE] = "выполнено",
                                             [PICTURE_PARTLY] = "частично",
                                             [PICTURE_SKIPPED] = "пропущено",
                                             [PICTURE_DECLINED] = "отказ"},
                                  .score = "Сила привычки",
                                  .score_now = "66 %",
                                  .low = "0",
                                  .middle = "50",
                                  .high = "100"}};
    struct err err = {.code = E_OK};
    buf_clear(png);
    struct monotime start = monotime_now();
    enum ecode rc = picture_draw(&p, png, &err);
    double took = (double)(monotime_now().ns - start.ns) / 1e6;
    CHECK(rc == E_OK);
    return took;
}

static long resident_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    CHECK(f != NULL);
    while (fgets(line, sizeof line, f))
        if (!strncmp(line, "VmRSS:", 6))
            kib = strtol(line + 6, NULL, 10);
    fclose(f);
    return kib;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    size_t n = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
    if (n < 10) {
        fprintf(stderr, "usage: picture_bench PICTURES (10 or more)\n");
        return 2;
    }
    struct rng rng;
    struct buf png;
    long early = 0;
    double *took = calloc(n, sizeof *took);
    CHECK(took != NULL);
    rng_init(&rng, 1);
    buf_init(&png, 1 << 20);
    double first = draw(&rng, 0, &png);
    for (size_t i = 0; i < n; i++) {
        took[i] = draw(&rng, i + 1, &png);
        if (i == n / 10)
            early = resident_kib();
    }
    qsort(took, n, sizeof *took, ascending);
    printf("%.2f %.2f %.2f %ld %ld %zu\n", first, took[n / 2], took[n - 1 - n / 100], early, resident_kib(),
           png.len);
    buf_release(&png);
    free(took);
    return 0;
}
