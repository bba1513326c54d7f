#include "net/http_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/config.h"

#define BACKLOG 1024

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

enum ecode http_listen(const char *text, int *out, int *port, struct err *err)
{
    struct listen_address where;
    char service[8];
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_PASSIVE | AI_NUMERICSERV},
                    *list = NULL;
    if (!listen_parse(text, &where))
        return err_field(err, "listen", "\"%s\" is not an address such as 127.0.0.1:8080 or [::1]:8080",
                         text);
    snprintf(service, sizeof service, "%d", where.port);
    int rc = getaddrinfo(where.host[0] ? where.host : NULL, service, &hints, &list);
    if (rc != 0)
        return err_field(err, "listen", "\"%s\": %s", where.host, gai_strerror(rc));
    /* one socket: "every address" is IPv6's with IPv4 mapped into it, a name is its IPv4 address when it has
     * one */
    int first = where.host[0] ? AF_INET : AF_INET6, fd = -1;
    errno = 0;
    for (int pass = 0; pass < 2 && fd < 0; pass++)
        for (const struct addrinfo *ai = list; ai && fd < 0; ai = ai->ai_next)
            if ((ai->ai_family == first) == (pass == 0))
                fd = listen_at(ai);
    int saved = errno;
    freeaddrinfo(list);
    if (fd < 0)
        return err_set(err, E_IO, "cannot listen on %s: %s", text, strerror(saved));
    *port = bound_port(fd);
    *out = fd;
    return E_OK;
}
