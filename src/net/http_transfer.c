#include "net/http_client_internal.h"

#include <stdlib.h>
#include <string.h>
#include "base/check.h"

#define HEADERS_BYTES_MAX 65536
#define UPLOAD_BUFFER_BYTES 16384

struct http_transfer *http_transfer_new(void)
{
    struct http_transfer *t = calloc(1, sizeof *t);
    CHECK(t);
    t->easy = curl_easy_init();
    CHECK(t->easy);
    return t;
}

static void forget(struct http_transfer *t)
{
    curl_easy_reset(t->easy); /* before what it points to is freed */
    curl_slist_free_all(t->headers);
    curl_mime_free(t->mime);
    *t = (struct http_transfer){.easy = t->easy};
}

void http_transfer_free(struct http_transfer *t)
{
    if (!t)
        return;
    forget(t);
    curl_easy_cleanup(t->easy);
    free(t);
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
    struct http_transfer *t = arg;
    buf_add(&t->call->answer, data, size * n);
    t->over = buf_overflowed(&t->call->answer);
    return t->over ? 0 : size * n;
}

static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
    struct http_transfer *t = arg;
    t->header_bytes += size * n;
    return t->header_bytes > HEADERS_BYTES_MAX ? 0 : size * n;
}

/*
 * A connection is ready and the request is about to be written: from here on the peer may have seen it.
 * libcurl comes here again when a kept connection turns out to be closed before an answer came; it would send
 * the request once more, a POST too, although the peer may have read it.
 */
static int on_ready(void *arg, char *to, char *from, int to_port, int from_port)
{
    struct http_transfer *t = arg;
    t->attempts++;
    return t->attempts == 1 || t->call->repeatable ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* The place in a part's data. */
struct part_reader {
    const struct http_part *part;
    size_t at;
};

static size_t part_read(char *out, size_t size, size_t n, void *arg)
{
    struct part_reader *r = arg;
    size_t left = r->part->len - r->at, take = size * n < left ? size * n : left;
    if (take)
        memcpy(out, (const char *)r->part->data + r->at, take);
    r->at += take;
    return take;
}

static int part_seek(void *arg, curl_off_t offset, int origin)
{
    struct part_reader *r = arg;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > r->part->len)
        return CURL_SEEKFUNC_FAIL;
    r->at = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

static void part_free(void *arg)
{
    free(arg);
}

static void add_part(struct http_transfer *t, const struct http_part *p)
{
    curl_mimepart *part = curl_mime_addpart(t->mime);
    struct part_reader *r = malloc(sizeof *r);
    CHECK(part && r);
    *r = (struct part_reader){p, 0};
    CHECK(curl_mime_name(part, p->name) == CURLE_OK &&
          curl_mime_data_cb(part, (curl_off_t)p->len, part_read, part_seek, part_free, r) == CURLE_OK &&
          curl_mime_filename(part, p->filename) == CURLE_OK &&
          curl_mime_type(part, p->content_type) == CURLE_OK);
}

static bool printable(const char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < 0x20 && *s != '\t') || *s == 0x7f)
            return false;
    return true;
}

static enum ecode add_header(struct http_transfer *t, const char *name, const char *value, struct err *err)
{
    struct buf line;
    if (!name[0] || strpbrk(name, ":;\r\n ") || !printable(name) || !printable(value))
        return err_set(err, E_INVALID, "a request header holds bytes that cannot be sent");
    buf_init(&line, 65536);
    /* libcurl leaves a header without a value out, but for one that ends with a semicolon */
    buf_printf(&line, value[0] ? "%s: %s" : "%s;", name, value);
    struct curl_slist *longer = curl_slist_append(t->headers, buf_text(&line));
    bool whole = !buf_overflowed(&line);
    buf_release(&line);
    CHECK(longer);
    t->headers = longer;
    return whole ? E_OK : err_set(err, E_INVALID, "a request header is too long");
}

static enum ecode set_headers(struct http_transfer *t, const struct http_call *call, struct err *err)
{
    enum ecode rc = E_OK;
    for (size_t i = 0; i < call->n_headers && !rc; i++)
        rc = add_header(t, call->headers[i].name, call->headers[i].value, err);
    if (!rc && call->body)
        rc = add_header(t, "Content-Type", call->content_type, err);
    /* a request that waits for 100 would go out again after a 417 */
    struct curl_slist *longer = rc ? NULL : curl_slist_append(t->headers, "Expect:");
    CHECK(rc || longer);
    if (rc)
        return rc;
    t->headers = longer;
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
    return E_OK;
}

static void set_body(struct http_transfer *t, const struct http_call *call)
{
    CURL *e = t->easy;
    if (call->n_parts) {
        CHECK(call->method == HTTP_POST && !call->body);
        t->mime = curl_mime_init(e);
        CHECK(t->mime);
        for (size_t i = 0; i < call->n_parts; i++)
            add_part(t, &call->parts[i]);
        curl_easy_setopt(e, CURLOPT_MIMEPOST, t->mime);
    } else if (call->body || call->method == HTTP_POST) {
        CHECK(!call->body || call->content_type);
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, call->body ? call->body : "");
    }
    if (call->method == HTTP_HEAD)
        curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
    else if (call->method != HTTP_GET && call->method != HTTP_POST)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, http_method_name(call->method));
}

static void set_transport(struct http_transfer *t, const struct http_call *call,
                          const struct http_client_options *o)
{
    CURL *e = t->easy;
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    /* else taking a call out would wait for the system's resolver */
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    if (o->ca_file)
        curl_easy_setopt(e, CURLOPT_CAINFO, o->ca_file);
    curl_easy_setopt(e, CURLOPT_CAPATH,
                     NULL); /* one file is read once for all connections, a folder for each */
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)(o->idle_ms + 999) / 1000);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)call->connect_timeout_ms);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
    curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER_BYTES);
    curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)call->answer_max);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "habitd/" HABITD_VERSION);
}

static enum ecode prepare(struct http_transfer *t, struct http_call *call,
                          const struct http_client_options *o, struct err *err)
{
    CURL *e = t->easy;
    set_transport(t, call, o);
    set_body(t, call);
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->said);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_ready);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
    if (curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
        curl_easy_setopt(e, CURLOPT_URL, call->url) != CURLE_OK)
        return err_set(err, E_INVALID, "the URL cannot be used");
    return set_headers(t, call, err);
}

bool http_transfer_begin(struct http_transfer *t, struct http_call *call, const struct http_client_options *o)
{
    CHECK(!t->call && call->url && call->connect_timeout_ms > 0 && call->timeout_ms > 0);
    t->call = call;
    if (prepare(t, call, o, &call->err) == E_OK)
        return true;
    call->outcome = HTTP_CALL_NOT_SENT;
    forget(t);
    return false;
}

/* Why it failed, without the URL: libcurl's own words only where they are known to name at most the host. */
static const char *reason_text(const struct http_transfer *t, CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_OPERATION_TIMEDOUT:
        return t->said[0] ? t->said : curl_easy_strerror(code);
    case CURLE_GOT_NOTHING:
    case CURLE_ABORTED_BY_CALLBACK:
        return "the connection was closed before an answer came";
    case CURLE_PARTIAL_FILE:
        return "the connection was closed in the middle of the answer";
    case CURLE_WRITE_ERROR:
        return "the answer's header is too long";
    default:
        return curl_easy_strerror(code);
    }
}

static enum ecode error_code(const struct http_transfer *t, CURLcode code)
{
    if (t->attempts)
        return t->over || code == CURLE_FILESIZE_EXCEEDED ? E_TOO_LARGE : E_UNCERTAIN;
    return code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL ? E_INVALID : E_UNAVAILABLE;
}

static void explain(const struct http_transfer *t, CURLcode code, bool canceled, struct err *err)
{
    enum ecode e = canceled ? t->attempts ? E_UNCERTAIN : E_UNAVAILABLE : error_code(t, code);
    const char *reason = canceled ? "canceled" : code == CURLE_OPERATION_TIMEDOUT ? "timeout" : "";
    if (canceled)
        (void)err_reason(err, e, reason, "the request was canceled");
    else if (e == E_TOO_LARGE)
        (void)err_set(err, e, "the answer has more than %zu bytes", t->call->answer_max);
    else
        (void)err_reason(err, e, reason, "%s", reason_text(t, code));
}

void http_transfer_end(struct http_transfer *t, CURLcode code, bool canceled)
{
    struct http_call *call = t->call;
    long status = 0;
    curl_off_t after = 0;
    CHECK(call);
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    call->status = (int)status;
    err_clear(&call->err);
    if (code == CURLE_OK && !canceled) {
        curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &after);
        call->outcome = HTTP_CALL_ANSWERED;
        call->retry_after_s = after > 0 ? (int64_t)after : -1;
    } else {
        call->outcome = t->attempts ? HTTP_CALL_UNKNOWN : HTTP_CALL_NOT_SENT;
        explain(t, code, canceled, &call->err);
        buf_clear(&call->answer);
    }
    forget(t);
}
