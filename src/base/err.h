#ifndef HABITD_BASE_ERR_H
#define HABITD_BASE_ERR_H

/*
 * The one error type of habitd: a code for the program, a text for the person, and the input field it is
 * about. A function returns the code and fills the struct; callers wrap the text on the way up or handle it,
 * and only the outermost one logs. Nothing here allocates, so an error can always be reported.
 */

enum ecode {
    E_OK = 0,
    E_INVALID,     /* input is wrong: `field` says where                          (HTTP 422) */
    E_MALFORMED,   /* the bytes cannot be read as what they should be             (HTTP 400) */
    E_UNAUTHENTIC, /* no credential or one that is not valid                      (HTTP 401) */
    E_FORBIDDEN,   /* known, and not allowed                                      (HTTP 403) */
    E_NOT_FOUND,   /* there is no such thing, or it is somebody else's            (HTTP 404) */
    E_CONFLICT,    /* contradicts what is stored (a key reused with another body) (HTTP 409) */
    E_LIMIT,       /* the tier's limit is reached                                 (HTTP 403) */
    E_TOO_LARGE,   /* more than is accepted at once                               (HTTP 413) */
    E_RATE,        /* too many requests                                           (HTTP 429) */
    E_BUSY,        /* a bounded queue is full, or a lock was not had in time      (HTTP 503) */
    E_UNAVAILABLE, /* the database or another party cannot be reached             (HTTP 503) */
    E_UNCERTAIN,   /* lost while committing: neither yes nor no is known          (HTTP 503) */
    E_UNIQUE,      /* a unique constraint refused the row                         (store only) */
    E_FOREIGN,     /* a foreign key refused the row                               (store only) */
    E_CHECK,       /* a check or not-null constraint refused the row              (store only) */
    E_RETRY,       /* deadlock or serialisation failure: the transaction may be tried again (store only) */
    E_IO,          /* a file, a disk or a socket failed                           (HTTP 500) */
    E_CORRUPT,     /* stored data contradicts itself                              (HTTP 500) */
    E_INTERNAL,    /* a defect of the program                                     (HTTP 500) */
    E_CODES
};

struct err {
    enum ecode code;
    char reason[40]; /* machine-readable refinement, e.g. "habit_limit_reached"; empty: the code's own name */
    char field[64];  /* the input's field, empty when it is about none */
    char text[512];  /* one sentence for a person, no final full stop, no secrets */
};

/* Forgets what was there. */
void err_clear(struct err *e);

/* Sets code and text and returns the code, so that `return err_set(…)` is the idiom. Longer texts are cut. */
enum ecode err_set(struct err *e, enum ecode code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* E_INVALID about one field of the input; returns E_INVALID. */
enum ecode err_field(struct err *e, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set, with a machine-readable reason (lower_snake_case, part of the outer contract). */
enum ecode err_reason(struct err *e, enum ecode code, const char *reason, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Puts "context: " before the text; returns the code that is there already. */
enum ecode err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The code's name in lower_snake_case, as it stands in problem documents ("not_found"). Never NULL. */
const char *ecode_name(enum ecode code);

#endif
