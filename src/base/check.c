#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

static void (*panic_hook)(void);

void check_set_hook(void (*hook)(void))
{
    panic_hook = hook;
}

void check_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "habitd: %s:%d: check failed: %s\n", file, line, expression);
    void (*hook)(void) = panic_hook;
    panic_hook = NULL; /* a check that fails inside the hook must not loop */
    if (hook)
        hook();
    abort();
}
