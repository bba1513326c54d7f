#ifndef HABITD_BASE_CHECK_H
#define HABITD_BASE_CHECK_H

/*
 * Asserts that stay on in release builds. They test programmers, never input: input is answered with an
 * error. CHECK(x) ends the process with file, line and expression, after the panic hook has printed what it
 * was doing.
 */
#define CHECK(x) ((x) ? (void)0 : check_failed(#x, __FILE__, __LINE__))

__attribute__((noreturn)) void check_failed(const char *expression, const char *file, int line);

/* Called once before the process ends by a failed CHECK; prints context (request ids) to stderr. NULL: none.
 */
void check_set_hook(void (*hook)(void));

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
