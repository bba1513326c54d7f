#include "net/http_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

/* Splits "host:port" and "[v6]:port". */
static bool split(const char *where, char *host, size_t host_size, char *port, size_t port_size)
{
    const char *colon = strrchr(where, ':');
    if (!colon || colon == where || colon[1] == '\0' || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return false;
    size_t len = (size_t)(colon - where);
    bool bracketed = where[0] == '[';
    if (bracketed && (len < 4 || where[len - 1] != ']'))
        return false;
    if (!bracketed && memchr(where, ':', len))
        return false;
    if (bracketed) {
        where++;
        len -= 2;
    }
    if (len >= host_size || strlen(colon + 1) > 5 || strtoul(colon + 1, NULL, 10) > 65535)
        return false;
    snprintf(host, host_size, "%.*s", (int)len, where);
    snprintf(port, port_size, "%s", colon + 1);
    return true;
}

/* A socket bound and listening at one address, or -1 with errno. */
static int listen_at(const struct addrinfo *ai)
{
    int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, ai->ai_protocol), on = 1,
        off = 0;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (ai->ai_family == AF_INET6) /* "[::]" means everybody */
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static int bound_port(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } sa = {.v6 = {.sin6_family = AF_UNSPEC}};
    socklen_t len = sizeof sa;
    if (getsockname(fd, &sa.any, &len) != 0)
        return -1;
    return ntohs(sa.any.sa_family == AF_INET ? sa.v4.sin_port : sa.v6.sin6_port);
}

enum ecode http_listen(const char *where, int *out, int *port, struct err *err)
{
    char host[200], service[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *list = NULL;
    if (!split(where, host, sizeof host, service, sizeof service))
        return err_field(err, "listen", "\"%s\" is not an address such as 127.0.0.1:8080 or [::1]:8080",
                         where);
    int rc = getaddrinfo(host, service, &hints, &list);
    if (rc != 0)
        return err_field(err, "listen", "\"%s\": %s", host, gai_strerror(rc));
    int fd = -1;
    errno = 0;
    for (const struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
        fd = listen_at(ai);
    int saved = errno;
    freeaddrinfo(list);
    if (fd < 0)
        return err_set(err, E_IO, "cannot listen on %s: %s", where, strerror(saved));
    *port = bound_port(fd);
    *out = fd;
    return E_OK;
}
