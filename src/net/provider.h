#ifndef HABITD_NET_PROVIDER_H
#define HABITD_NET_PROVIDER_H

#include <stdint.h>

struct http_call;

/* What a payment provider's answer to a call means, alike for all of them. */
enum provider_verdict {
    PROVIDER_DONE,
    PROVIDER_LATER,        /* not done: again later, after retry_after_ms when it is told */
    PROVIDER_REFUSED,      /* not done, and never will be: the request is wrong or not allowed */
    PROVIDER_GONE,         /* not done: the object it is about is not there */
    PROVIDER_UNAUTHORIZED, /* not done: our credentials are not valid */
    PROVIDER_UNKNOWN,      /* may have been done: no answer that says so came back */
    PROVIDER_VERDICTS
};
/* "done", for logs and metrics. */
const char *provider_verdict_name(enum provider_verdict v);

/* The verdict with its reasons. */
struct provider_answer {
    enum provider_verdict verdict;
    int status;             /* of HTTP; 0: none */
    const char *code;       /* the provider's word for a refusal; "" when none */
    const char *said;       /* its explanation, which may quote what was sent; "" when none */
    int64_t retry_after_ms; /* -1: not told */
};

/*
 * What an answer means that does not speak the provider's language: something between here and there spoke.
 * Of a call that was not answered: whether it may have been done.
 */
struct provider_answer provider_judge(const struct http_call *call);

#endif
