#include "http_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/check.h"

#define CONNECTIONS_MAX 512
#define REQUEST_MAX (8 << 20)

struct line {
    struct peer *peer;
    pthread_t thread;
    int fd;
    SSL *ssl;
    bool open;
};

struct peer {
    enum peer_kind kind;
    int fd, port;
    SSL_CTX *tls;
    char certificate[64];
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct line lines[CONNECTIONS_MAX];
    unsigned connections, requests, open;
    bool let_go, stopping;
};

static ssize_t line_read(struct line *l, void *to, size_t n)
{
    return l->ssl ? SSL_read(l->ssl, to, (int)n) : recv(l->fd, to, n, 0);
}

static bool line_write(struct line *l, const char *s, size_t n)
{
    while (n > 0) {
        ssize_t got = l->ssl ? SSL_write(l->ssl, s, (int)n) : send(l->fd, s, n, MSG_NOSIGNAL);
        if (got <= 0)
            return false;
        s += got;
        n -= (size_t)got;
    }
    return true;
}

static bool line_text(struct line *l, const char *s)
{
    return line_write(l, s, strlen(s));
}

static size_t body_length(const char *head)
{
    const char *at = strcasestr(head, "\r\ncontent-length:");
    return at ? (size_t)strtoull(at + strlen("\r\ncontent-length:"), NULL, 10) : 0;
}

/* One whole request into b; false: the other side is gone. */
static bool read_request(struct line *l, struct buf *b)
{
    char piece[16384];
    buf_clear(b);
    for (;;) {
        const char *end = b->len ? strstr(b->data, "\r\n\r\n") : NULL;
        if (end && b->len >= (size_t)(end + 4 - b->data) + body_length(b->data))
            return true;
        ssize_t n = line_read(l, piece, sizeof piece);
        if (n <= 0)
            return false;
        buf_add(b, piece, (size_t)n);
        CHECK(!buf_overflowed(b));
    }
}

static void count_request(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    p->requests++;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void answer(struct line *l, const char *status, const char *header, const char *body, size_t len)
{
    char head[256];
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, header, len);
    if (line_text(l, head))
        line_write(l, body, len);
}

static void hello(struct line *l)
{
    answer(l, "200 OK", "", "hello", 5);
}

static void wait_for_it(struct peer *p, const bool *flag)
{
    pthread_mutex_lock(&p->lock);
    while (!*flag && !p->stopping)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

static void endless(struct line *l, const char *start, const char *piece)
{
    if (line_text(l, start))
        while (line_text(l, piece))
            ;
}

/* Answers what `path` ends with; false: the connection ends. */
static bool act(struct line *l, const char *path, struct buf *request)
{
    const char *what = strrchr(path, '/');
    what = what ? what + 1 : path;
    if (strcmp(what, "ok") == 0) {
        hello(l);
    } else if (strcmp(what, "echo") == 0) {
        answer(l, "200 OK", "", request->data, request->len);
    } else if (strcmp(what, "wait") == 0) {
        answer(l, "429 Too Many Requests", "Retry-After: 7\r\n", "later", 5);
    } else if (strcmp(what, "moved") == 0) {
        answer(l, "302 Found", "Location: ok\r\n", "", 0);
    } else if (strcmp(what, "large") == 0) {
        char much[5000];
        memset(much, 'x', sizeof much);
        answer(l, "200 OK", "", much, sizeof much);
    } else if (strcmp(what, "endless") == 0) {
        endless(l, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "a\r\n0123456789\r\n");
    } else if (strcmp(what, "headers") == 0) {
        endless(l, "HTTP/1.1 200 OK\r\n", "X-More: 0123456789012345678901234567890123456789\r\n");
    } else if (strcmp(what, "held") == 0) {
        wait_for_it(l->peer, &l->peer->let_go);
        hello(l);
    } else if (strcmp(what, "silent") == 0) {
        static const bool never;
        wait_for_it(l->peer, &never);
        return false;
    } else if (strcmp(what, "half") == 0) {
        line_text(l, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789");
        return false;
    } else if (strcmp(what, "bye") == 0) {
        hello(l);
        return false;
    } else if (strcmp(what, "last") == 0) {
        hello(l);
        if (read_request(l, request))
            count_request(l->peer);
        return false;
    } else {
        CHECK(strcmp(what, "close") == 0);
        return false;
    }
    return true;
}

static void *line_main(void *arg)
{
    struct line *l = arg;
    struct peer *p = l->peer;
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    sigset_t pipe; /* TLS writes without MSG_NOSIGNAL */
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    bool good = !l->ssl || SSL_accept(l->ssl) == 1;
    while (good && read_request(l, &request)) {
        char path[512] = "";
        const char *from = strchr(request.data, ' ');
        size_t n = from ? strcspn(from + 1, " \r\n") : 0;
        CHECK(from && n < sizeof path);
        memcpy(path, from + 1, n);
        count_request(p);
        good = act(l, path, &request);
    }
    buf_release(&request);
    pthread_mutex_lock(&p->lock);
    SSL_free(l->ssl);
    close(l->fd);
    l->open = false;
    p->open--;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void *peer_main(void *arg)
{
    struct peer *p = arg;
    for (;;) {
        int fd = accept(p->fd, NULL, NULL);
        if (fd < 0)
            return NULL;
        int on = 1; /* header and body are written one after the other */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        pthread_mutex_lock(&p->lock);
        CHECK(p->connections < CONNECTIONS_MAX);
        struct line *l = &p->lines[p->connections++];
        *l = (struct line){.peer = p, .fd = fd, .open = true};
        if (p->tls) {
            l->ssl = SSL_new(p->tls);
            CHECK(l->ssl && SSL_set_fd(l->ssl, fd) == 1);
        }
        p->open++;
        CHECK(pthread_create(&l->thread, NULL, line_main, l) == 0);
        pthread_mutex_unlock(&p->lock);
    }
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *c = X509_new();
    X509V3_CTX ctx;
    X509_set_version(c, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
    X509_gmtime_adj(X509_getm_notBefore(c), -3600);
    X509_gmtime_adj(X509_getm_notAfter(c), 3600);
    X509_set_pubkey(c, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_ASC, (const unsigned char *)"peer",
                               -1, -1, 0);
    X509_set_issuer_name(c, X509_get_subject_name(c));
    X509V3_set_ctx(&ctx, c, c, NULL, NULL, 0);
    X509_EXTENSION *name = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, "IP:127.0.0.1");
    CHECK(name && X509_add_ext(c, name, -1) == 1);
    X509_EXTENSION_free(name);
    CHECK(X509_sign(c, key, EVP_sha256()) > 0);
    return c;
}

static void start_tls(struct peer *p)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *c = make_certificate(key);
    p->tls = SSL_CTX_new(TLS_server_method());
    CHECK(key && p->tls && SSL_CTX_use_certificate(p->tls, c) == 1 &&
          SSL_CTX_use_PrivateKey(p->tls, key) == 1);
    snprintf(p->certificate, sizeof p->certificate, "/tmp/habitd-peer-XXXXXX");
    int fd = mkstemp(p->certificate);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    CHECK(f && PEM_write_X509(f, c) == 1 && fclose(f) == 0);
    X509_free(c);
    EVP_PKEY_free(key);
}

struct peer *peer_new(enum peer_kind kind)
{
    struct peer *p = calloc(1, sizeof *p);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    CHECK(p);
    p->kind = kind;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    if (kind == PEER_TLS)
        start_tls(p);
    p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(p->fd >= 0 && bind(p->fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(p->fd, 64) == 0);
    CHECK(getsockname(p->fd, (struct sockaddr *)&a, &len) == 0);
    p->port = ntohs(a.sin_port);
    if (kind != PEER_DEAF)
        CHECK(pthread_create(&p->thread, NULL, peer_main, p) == 0);
    return p;
}

void peer_free(struct peer *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
    shutdown(p->fd, SHUT_RDWR);
    if (p->kind != PEER_DEAF)
        pthread_join(p->thread, NULL);
    close(p->fd);
    pthread_mutex_lock(&p->lock);
    for (unsigned i = 0; i < p->connections; i++)
        if (p->lines[i].open)
            shutdown(p->lines[i].fd, SHUT_RDWR);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->connections; i++)
        pthread_join(p->lines[i].thread, NULL);
    if (p->certificate[0])
        unlink(p->certificate);
    SSL_CTX_free(p->tls);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

int peer_port(const struct peer *p)
{
    return p->port;
}

const char *peer_certificate(const struct peer *p)
{
    return p->certificate;
}

static unsigned look(struct peer *p, const unsigned *n)
{
    pthread_mutex_lock(&p->lock);
    unsigned v = *n;
    pthread_mutex_unlock(&p->lock);
    return v;
}

unsigned peer_requests(struct peer *p)
{
    return look(p, &p->requests);
}

unsigned peer_connections(struct peer *p)
{
    return look(p, &p->connections);
}

unsigned peer_open(struct peer *p)
{
    return look(p, &p->open);
}

void peer_await_requests(struct peer *p, unsigned n)
{
    pthread_mutex_lock(&p->lock);
    while (p->requests < n)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

void peer_await_open(struct peer *p, unsigned n)
{
    pthread_mutex_lock(&p->lock);
    while (p->open > n)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

void peer_let_go(struct peer *p)
{
    pthread_mutex_lock(&p->lock);
    p->let_go = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}
