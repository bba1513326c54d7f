#ifndef HABITD_TEST_ANALYZER_H
#define HABITD_TEST_ANALYZER_H

/*
 * Put before every file that clang-tidy looks at. It sees one file at a time and would take `return
 * err_set(…)` for a possible E_OK, and then every out-parameter for uninitialised. Told here: these return
 * the error they are given.
 */
#include "base/err.h"

#define err_set(e, code, ...) ((void)err_set((e), (code), __VA_ARGS__), (code))
#define err_field(e, field, ...) ((void)err_field((e), (field), __VA_ARGS__), E_INVALID)
#define err_reason(e, code, reason, ...) ((void)err_reason((e), (code), (reason), __VA_ARGS__), (code))

#endif
