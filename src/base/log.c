#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/json_write.h"

#define LINE_MAX_BYTES 16384
#define VALUE_MAX 1024

const char *const log_level_names[] = {"debug", "info", "warn", "error", NULL};
const char *const log_format_names[] = {"text", "json", NULL};

static atomic_int threshold = LOG_INFO, line_format = LOG_TEXT, target = STDERR_FILENO;
static pthread_mutex_t write_lock =
    PTHREAD_MUTEX_INITIALIZER; /* a line longer than a pipe's atom stays whole */
static log_sink *sink_function;
static void *sink_arg;
static _Thread_local bool in_sink;

void log_configure(enum log_level level, enum log_format format)
{
    atomic_store(&threshold, (int)level);
    atomic_store(&line_format, (int)format);
}

bool log_enabled(enum log_level level)
{
    return (int)level >= atomic_load_explicit(&threshold, memory_order_relaxed);
}

void log_set_sink(log_sink *sink, void *arg)
{
    sink_function = sink;
    sink_arg = arg;
}

void log_set_fd(int fd)
{
    atomic_store(&target, fd);
}

/* The bytes of s that are logged: cut before a character that would not fit whole. */
static size_t cut(const char *s)
{
    size_t n = strnlen(s, VALUE_MAX + 1);
    if (n <= VALUE_MAX)
        return n;
    for (n = VALUE_MAX; n > VALUE_MAX - 4 && ((unsigned char)s[n] & 0xc0) == 0x80;)
        n--;
    return n;
}

static void put_value(struct json_writer *w, const struct log_field *f)
{
    switch (f->kind) {
    case LOG_KIND_STRING:
        if (f->v.string)
            json_put_text(w, f->v.string, cut(f->v.string));
        else
            json_put_null(w);
        break;
    case LOG_KIND_I64:
        json_put_i64(w, f->v.i64);
        break;
    case LOG_KIND_F64:
        if (isfinite(f->v.f64))
            json_put_f64(w, f->v.f64);
        else
            json_put_null(w);
        break;
    case LOG_KIND_BOOL:
        json_put_bool(w, f->v.boolean);
        break;
    case LOG_KIND_UUID:
        json_put_uuid(w, &f->v.uuid);
        break;
    case LOG_KIND_INSTANT:
        json_put_instant(w, f->v.instant);
        break;
    }
}

void log_put_fields(struct json_writer *w, const struct log_field *fields)
{
    for (; fields->key; fields++) {
        json_key(w, fields->key);
        put_value(w, fields);
    }
}

/* Whether a string can stand bare after "key=". */
static bool bare(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7f || strchr("\"=\\", s[i]))
            return false;
    return n > 0;
}

static void text_value(struct buf *b, const struct log_field *f)
{
    struct json_writer w;
    if (f->kind == LOG_KIND_STRING && f->v.string && bare(f->v.string, cut(f->v.string))) {
        buf_add(b, f->v.string, cut(f->v.string));
        return;
    }
    size_t from = b->len;
    json_writer_init(&w, b);
    put_value(&w, f);
    if ((f->kind == LOG_KIND_UUID || f->kind == LOG_KIND_INSTANT) && !buf_overflowed(b)) {
        b->len--; /* the quotes are not needed */
        memmove(b->data + from, b->data + from + 1, b->len - from - 1);
        b->data[--b->len] = '\0';
    }
}

static void text_line(struct buf *b, enum log_level level, struct instant at, const char *message,
                      const struct log_field *fields)
{
    char time[INSTANT_TEXT];
    buf_printf(b, "%s %s ", instant_format(at, time), log_level_names[level]);
    for (size_t i = 0, n = cut(message); i < n; i++)
        buf_char(b, message[i] < ' ' && message[i] >= 0 ? ' ' : message[i]);
    for (; fields->key; fields++) {
        buf_printf(b, " %s=", fields->key);
        text_value(b, fields);
    }
}

static void json_line(struct buf *b, enum log_level level, struct instant at, const char *message,
                      const struct log_field *fields)
{
    struct json_writer w;
    json_writer_init(&w, b);
    json_object_begin(&w);
    json_field_instant(&w, "time", at);
    json_field_string(&w, "level", log_level_names[level]);
    json_key(&w, "message");
    json_put_text(&w, message, cut(message));
    log_put_fields(&w, fields);
    json_object_end(&w);
}

static void write_all(const char *p, size_t n)
{
    pthread_mutex_lock(&write_lock);
    while (n) {
        ssize_t done = write(atomic_load(&target), p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            break; /* nowhere left to say so */
        p += done;
        n -= (size_t)done;
    }
    pthread_mutex_unlock(&write_lock);
}

void log_write(const char *source, enum log_level level, const char *message, const struct log_field *fields)
{
    static const struct log_field none = {.key = NULL};
    if (!log_enabled(level))
        return;
    struct instant at = instant_now();
    struct buf b;
    int saved = errno;
    buf_init(&b, LINE_MAX_BYTES);
    if (atomic_load(&line_format) == LOG_JSON)
        json_line(&b, level, at, message, fields);
    else
        text_line(&b, level, at, message, fields);
    if (buf_overflowed(&b)) { /* half a line would be no JSON and could mislead: keep what it is about */
        buf_clear(&b);
        if (atomic_load(&line_format) == LOG_JSON)
            json_line(&b, level, at, message, &none);
        else
            text_line(&b, level, at, message, &none);
    }
    b.max++;
    buf_char(&b, '\n');
    write_all(b.data, b.len);
    buf_release(&b);
    if (sink_function && !in_sink) {
        in_sink = true;
        sink_function(sink_arg, source, level, at, message, fields);
        in_sink = false;
    }
    errno = saved;
}
