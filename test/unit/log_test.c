#include "test.h"
#include <jansson.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/log.h"
#include "base/log_fingerprint.h"

static char captured[1 << 20];

/* Runs f with the log going to a temporary file and leaves what was written in `captured`. */
static void capture(void (*f)(void))
{
    FILE *file = tmpfile();
    assert_non_null(file);
    log_set_fd(fileno(file));
    f();
    log_set_fd(STDERR_FILENO);
    rewind(file);
    size_t n = fread(captured, 1, sizeof captured - 1, file);
    captured[n] = '\0';
    fclose(file);
}

static void one_event(void)
{
    const struct uuid id = {{0x01, 0x9a, [15] = 0xff}};
    struct err err;
    err_set(&err, E_NOT_FOUND, "no habit \"x\"");
    log_event(LOG_WARN, "request answered", log_str("route", "/v1/today"),
              log_str("who", "a b\n2026 error forged=1"), log_str("none", NULL), log_str("empty", ""),
              log_i64("status", -5), log_f64("rate", 0.5), log_f64("nan", (double)NAN), log_bool("ok", true),
              log_uuid("id", &id), log_instant("at", instant_from_ms(1000)),
              log_ms("took_ms", duration_ms(12)), log_err(&err));
}

static void text_lines(void **state)
{
    log_configure(LOG_INFO, LOG_TEXT);
    capture(one_event);
    char *space = strchr(captured, ' ');
    struct instant at;
    assert_non_null(space);
    assert_true(instant_parse(captured, (size_t)(space - captured), &at));
    assert_string_equal(
        space, " warn request answered route=/v1/today who=\"a b\\n2026 error forged=1\" none=null "
               "empty=\"\" status=-5 rate=0.5 "
               "nan=null ok=true id=019a0000-0000-0000-0000-0000000000ff at=1970-01-01T00:00:01Z took_ms=12 "
               "code=not_found error=\"no habit \\\"x\\\"\"\n");
}

static void json_lines(void **state)
{
    log_configure(LOG_INFO, LOG_JSON);
    capture(one_event);
    json_t *v = json_loads(captured, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(v);
    assert_string_equal(json_string_value(json_object_get(v, "level")), "warn");
    assert_string_equal(json_string_value(json_object_get(v, "message")), "request answered");
    assert_string_equal(json_string_value(json_object_get(v, "who")), "a b\n2026 error forged=1");
    assert_int_equal(json_integer_value(json_object_get(v, "status")), -5);
    assert_true(json_is_null(json_object_get(v, "nan")));
    assert_int_equal(json_object_size(v), 16);
    json_decref(v);
}

static void quiet_events(void)
{
    log_event(LOG_INFO, "not shown", log_i64("n", 1));
    log_note(LOG_DEBUG, "not shown");
    log_note(LOG_ERROR, "shown\nforged");
}

static void levels(void **state)
{
    log_configure(LOG_WARN, LOG_TEXT);
    capture(quiet_events);
    assert_null(strstr(captured, "not shown"));
    assert_non_null(strstr(captured, " error shown forged\n"));
}

static char huge[3000];

static void huge_events(void)
{
    struct log_field many[40];
    for (int i = 0; i < 39; i++)
        many[i] = log_str("k", huge);
    many[39] = (struct log_field){.key = NULL};
    log_event(LOG_INFO, "long value", log_str("k", huge));
    log_write("here", LOG_INFO, "too long a line", many);
}

static void sizes_are_bounded(void **state)
{
    memset(huge, 'x', sizeof huge - 1);
    memcpy(huge + 1022, "\xd0\x94\xd0\x94", 4); /* the cut comes inside a letter */
    log_configure(LOG_INFO, LOG_JSON);
    capture(huge_events);
    char *second = strchr(captured, '\n');
    assert_non_null(second);
    *second++ = '\0';
    json_t *v = json_loads(captured, 0, NULL);
    assert_int_equal(json_string_length(json_object_get(v, "k")), 1024);
    json_decref(v);
    v = json_loads(second, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(v, "message")), "too long a line");
    json_decref(v);
}

static void *log_much(void *arg)
{
    for (int i = 0; i < 200; i++)
        log_event(LOG_INFO, "from a thread", log_str("k", huge), log_i64("i", i));
    return NULL;
}

static void log_from_threads(void)
{
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, log_much, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
}

static void lines_stay_whole(void **state)
{
    memset(huge, 'y', sizeof huge - 1);
    huge[700] = '\0';
    log_configure(LOG_INFO, LOG_JSON);
    capture(log_from_threads);
    int lines = 0;
    for (char *line = captured, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        json_t *v = json_loadb(line, (size_t)(end - line), 0, NULL);
        assert_non_null(v);
        json_decref(v);
    }
    assert_int_equal(lines, 800);
}

static int sunk;

static void sink(void *arg, const char *source, enum log_level level, struct instant at, const char *message,
                 const struct log_field *fields)
{
    assert_ptr_equal(arg, &sunk);
    assert_string_equal(source, "log_test.c");
    assert_string_equal(fields[0].key, "n");
    sunk++;
    log_event(LOG_ERROR, "logged by the sink", log_i64("n", 2));
}

static void sink_events(void)
{
    log_event(LOG_INFO, "event", log_i64("n", 1));
    log_event(LOG_DEBUG, "event", log_i64("n", 1));
}

static void sinks_get_events_once(void **state)
{
    log_configure(LOG_INFO, LOG_TEXT);
    log_set_sink(sink, &sunk);
    capture(sink_events);
    log_set_sink(NULL, NULL);
    assert_int_equal(sunk, 1);
    assert_non_null(strstr(captured, "logged by the sink n=2\n"));
}

static void kinds_of_events(void **state)
{
    static const struct {
        const char *message, *kind;
    } cases[] = {
        {"messages cannot be claimed", "messages cannot be claimed"},
        {"read 12 of 3,000 rows in 1.5 s", "read ? of ? rows in ? s"},
        {"user 019a0000-0001-7000-8000-000000000063: no", "user ?: no"},
        {"key deadbeef0 and 5f3a9c11deadbeef", "key ? and ?"},
        {"added deeds faced", "added deeds faced"},
        {"cannot open \"/var/lib/x 7\" or 'that one'", "cannot open ? or ?"},
        {"the person's habit isn't there", "the person's habit isn't there"},
        {"нет «Бег 5 км» в `habits`", "нет ? в ?"},
        {"at 127.0.0.1:8080", "at ?"},
        {"an open \"quote", "an open \"quote"},
        {"2026-11-23T12:00:00Z late", "? late"},
        {"", ""},
    };
    char out[200], a[LOG_FINGERPRINT_TEXT], b[LOG_FINGERPRINT_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(log_template(cases[i].message, out, sizeof out), strlen(cases[i].kind));
        assert_string_equal(out, cases[i].kind);
    }
    assert_int_equal(log_template("a longer message than fits", out, 10), 8);
    log_fingerprint(LOG_WARN, "x.c", "took 1 ms", a);
    log_fingerprint(LOG_WARN, "x.c", "took 22 ms", b);
    assert_string_equal(a, b);
    assert_int_equal(strlen(a), LOG_FINGERPRINT_TEXT - 1);
    assert_memory_equal(a, "1:", 2);
    log_fingerprint(LOG_ERROR, "x.c", "took 1 ms", b);
    assert_string_not_equal(a, b);
    log_fingerprint(LOG_WARN, "y.c", "took 1 ms", b);
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_of_events),
        cmocka_unit_test(text_lines),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(levels),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(lines_stay_whole),
        cmocka_unit_test(sinks_get_events_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
