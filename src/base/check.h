#ifndef HABITD_BASE_CHECK_H
#define HABITD_BASE_CHECK_H

/*
 * Asserts that stay on in release builds. They test programmers, never input: input is answered with an
 * error. CHECK(x) ends the process with file, line and expression, after the panic hook has printed what it
 * was doing.
 */
#define CHECK(x) ((x) ? (void)0 : check_failed(#x, __FILE__, __LINE__))

__attribute__((noreturn)) void check_failed(const char *expression, const char *file, int line);

/*
 * What this thread is doing, printed when a CHECK fails on it: an operation's name and its request id. Both
 * must live until the next call; NULL, NULL when it is done.
 */
void check_doing(const char *what, const char *id);

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
