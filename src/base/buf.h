#ifndef HABITD_BASE_BUF_H
#define HABITD_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A growing byte buffer with a maximum. Past the maximum it stops growing and remembers: callers look at
 * buf_overflowed() once at the end. `data` always has a NUL behind `len` bytes once something was added.
 */
struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;
    bool overflowed;
};

/* max counts the content's bytes, without the NUL. */
void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);
/* len 0, memory kept. */
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The content as a string, "" when empty; owned by the buffer. */
const char *buf_text(const struct buf *b);
bool buf_overflowed(const struct buf *b);
/* Hands the memory over (free() it); the buffer is empty afterwards. */
char *buf_steal(struct buf *b, size_t *len);

#endif
