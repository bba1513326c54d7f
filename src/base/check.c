#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local const char *doing_what, *doing_id;

void check_doing(const char *what, const char *id)
{
    doing_what = what;
    doing_id = id;
}

void check_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "habitd: %s:%d: check failed: %s\n", file, line, expression);
    if (doing_what)
        fprintf(stderr, "habitd: while doing %s, request %s\n", doing_what, doing_id ? doing_id : "-");
    abort();
}
