#ifndef HABITD_EDGE_BOT_INPUT_H
#define HABITD_EDGE_BOT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What people type: numbers and times of day, the way they write them. Pure functions. */

#define INPUT_TIMES_MAX 12

/*
 * A number with at most three decimals, point or comma, "1 000" and a word behind it ("2,5 km") allowed, as
 * thousandths from 0 to max. false: it is none.
 */
bool input_number(const char *text, int64_t max, int64_t *thousandths);
/* The word behind the number, "" when there is none; points into text. */
const char *input_unit(const char *text);
/*
 * Times of day, "8:30, 14.00 21, 9 pm": hours alone are whole hours; commas, blanks and "и"/"and" between.
 * Minutes after midnight, ascending, without repeats. false: something is none, or there are too many.
 */
bool input_times(const char *text, int out[INPUT_TIMES_MAX], size_t *n);
/*
 * From when to when, "23:00-7:30", "с 23 до 7": different times, as minutes after midnight. false: it is
 * none.
 */
bool input_span(const char *text, int *from, int *to);

#endif
